--- append_branch
KSR.seturi("sip:carol@192.0.2.9")  --> true
KSR.corex.append_branch()  --> 1
KSR.pv.get("$branch(count)")  --> 1
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:carol@192.0.2.9 SIP/2.0

--- append_branch_uri
KSR.corex.append_branch_uri("sip:carol@192.0.2.9")  --> 1
KSR.pv.get("$(branch(uri)[0])")  --> "sip:carol@192.0.2.9"

--- append_branch_uri_q
KSR.corex.append_branch_uri_q("sip:carol@192.0.2.9", "0.5")  --> 1
KSR.pv.get("$(branch(q)[0])")  --> 500

--- file_read
KSR.corex.file_read("greeting.txt")  --> "welcome"

--- file_write
KSR.corex.file_write("note.txt", "seen")  --> 1
KSR.corex.file_read("note.txt")  --> "seen"

--- forward_uac
KSR.setdsturi("sip:127.0.0.1:5098")  --> true
KSR.corex.forward_uac()  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...

--- forward_uac_branch
KSR.setdsturi("sip:127.0.0.1:5098")  --> true
KSR.corex.forward_uac_branch(1)  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...

--- forward_uac_uri
KSR.corex.forward_uac_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...

--- forward_uac_uri_branch
KSR.corex.forward_uac_uri_branch("sip:127.0.0.1:5098", 1)  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...

--- has_ruri_user bye_route
KSR.corex.has_ruri_user()  --> 1

--- has_user_agent
KSR.corex.has_user_agent()  --> 1

--- is_faked_msg bye_route
KSR.corex.is_faked_msg()  --> -1

--- is_socket_name
KSR.corex.is_socket_name("main")  --> 1

--- isxflagset
KSR.corex.setxflag(40)  --> 1
KSR.corex.isxflagset(40)  --> 1

--- resetxflag
KSR.corex.setxflag(40)  --> 1
KSR.corex.resetxflag(40)  --> 1
KSR.corex.isxflagset(40)  --> -1

--- send_data
KSR.corex.send_data("sip:127.0.0.1:5098", "ping")  --> 1
--| sends to udp:127.0.0.1:5098: ping

--- sendx
KSR.corex.sendx("sip:127.0.0.1:5098", "udp:127.0.0.1:5070", "ping")  --> 1
--| sends to udp:127.0.0.1:5098: ping

--- set_recv_socket
KSR.corex.set_recv_socket("udp:127.0.0.1:5071")  --> 1
KSR.kx.get_rcvport()  --> 5071

--- set_recv_socket_name
KSR.corex.set_recv_socket_name("second")  --> 1
KSR.kx.get_rcvport()  --> 5071

--- set_send_socket
KSR.corex.set_send_socket("udp:127.0.0.1:5071")  --> 1
KSR.kx.get_send_sock()  --> "udp:127.0.0.1:5071"

--- set_send_socket_name
KSR.corex.set_send_socket_name("second")  --> 1
KSR.kx.get_send_sock()  --> "udp:127.0.0.1:5071"

--- set_source_address
KSR.corex.set_source_address("udp:198.51.100.7:5060")  --> 1
KSR.pv.get("$si")  --> "198.51.100.7"

--- setxflag
KSR.corex.setxflag(40)  --> 1
KSR.corex.isxflagset(40)  --> 1

--- via_add_srvid
KSR.corex.via_add_srvid(1)  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...;srvid=7
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- via_add_xavp_params
KSR.pvx.xavp_child_sets("viap", "zone", "us")  --> 1
KSR.corex.via_add_xavp_params(1)  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...;zone=us
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- via_reply_add_xavp_params
KSR.pvx.xavp_child_sets("viar", "zone", "us")  --> 1
KSR.corex.via_reply_add_xavp_params(1)  --> 1
KSR.sl.send_reply(200, "OK")  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 200 OK
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1;zone=us

--- via_use_xavp_fields
KSR.pvx.xavp_child_sets("viaf", "address", "203.0.113.1")  --> 1
KSR.corex.via_use_xavp_fields(1)  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Via: SIP/2.0/UDP 203.0.113.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099
