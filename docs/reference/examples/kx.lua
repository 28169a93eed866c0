--- get_au register_multi
KSR.kx.get_au()  --> "bob"

--- get_body compact
KSR.kx.get_body()  --> "hello"

--- get_bodylen
KSR.kx.get_bodylen()  --> 287

--- get_callid
KSR.kx.get_callid()  --> "a84b4c76e66710@pc33.example.com"

--- get_conid
KSR.kx.get_conid()  --> -1

--- get_cturi
KSR.kx.get_cturi()  --> "sip:alice@127.0.0.1:5099;ob"

--- get_def
KSR.kx.get_def("WITH_NAT")  --> "yes"

--- get_defn
KSR.kx.get_defn("MAX")  --> 70

--- get_duri
KSR.setdsturi("sip:192.0.2.9")  --> true
KSR.kx.get_duri()  --> "sip:192.0.2.9"

--- get_env
KSR.kx.get_env("KEMILUA_ZONE")  --> "us"

--- get_envn
KSR.kx.get_envn("KEMILUA_PORT")  --> 5080

--- get_fhost
KSR.kx.get_fhost()  --> "atlanta.example.org"

--- get_furi
KSR.kx.get_furi()  --> "sip:alice:secret@atlanta.example.org:5080;transport=tcp"

--- get_fuser
KSR.kx.get_fuser()  --> "alice"

--- get_method
KSR.kx.get_method()  --> "INVITE"

--- get_msgbuf options_min
KSR.kx.get_msgbuf()  --> "OPTIONS sip:127.0.0.1:5070 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKopt\r\nMax-Forwards: 0\r\nTo: <sip:127.0.0.1:5070>\r\nFrom: <sip:mon@127.0.0.1>;tag=a\r\nCall-ID: opt@1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"

--- get_msglen
KSR.kx.get_msglen()  --> 1376

--- get_msgtype tel_uri
KSR.kx.get_msgtype()  --> 1

--- get_nhuri
KSR.kx.get_nhuri()  --> "sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent"

--- get_ouri
KSR.kx.get_ouri()  --> "sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent"

--- get_proto
KSR.kx.get_proto()  --> "udp"

--- get_protoid
KSR.kx.get_protoid()  --> 1

--- get_rcv_sock_name
KSR.kx.get_rcv_sock_name()  --> "main"

--- get_rcvaddr_sock nat_contact
KSR.kx.get_rcvaddr_sock()  --> "udp:127.0.0.1:5070"

--- get_rcvadvip options_min
KSR.kx.get_rcvadvip()  --> "127.0.0.1"

--- get_rcvadvport register_multi
KSR.kx.get_rcvadvport()  --> 5070

--- get_rcvip bye_route
KSR.kx.get_rcvip()  --> "127.0.0.1"

--- get_rcvport register_multi
KSR.kx.get_rcvport()  --> 5070

--- get_rhost
KSR.kx.get_rhost()  --> "example.com"

--- get_ruri
KSR.kx.get_ruri()  --> "sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent"

--- get_ruser
KSR.kx.get_ruser()  --> "bob"

--- get_send_sock
KSR.corex.set_send_socket_name("second")  --> 1
KSR.kx.get_send_sock()  --> "udp:127.0.0.1:5071"

--- get_send_sock_name
KSR.corex.set_send_socket_name("second")  --> 1
KSR.kx.get_send_sock_name()  --> "second"

--- get_send_sock_port
KSR.corex.set_send_socket_name("second")  --> 1
KSR.kx.get_send_sock_port()  --> 5071

--- get_srcaddr_sock options_min
KSR.kx.get_srcaddr_sock()  --> "udp:127.0.0.1:5099"

--- get_srcip
KSR.kx.get_srcip()  --> "127.0.0.1"

--- get_srcport
KSR.kx.get_srcport()  --> 5099

--- get_srcuri register_multi
KSR.kx.get_srcuri()  --> "sip:127.0.0.1:5099"

--- get_status reply_200
KSR.kx.get_status()  --> 200

--- get_thost
KSR.kx.get_thost()  --> "example.com"

--- get_timestamp
KSR.kx.get_timestamp()  --> 1700000000

--- get_turi
KSR.kx.get_turi()  --> "sip:bob@example.com;x=1"

--- get_tuser cancel
KSR.kx.get_tuser()  --> "bob"

--- get_ua
KSR.kx.get_ua()  --> "Tester/1.0 (unit)"

--- gete_au
KSR.kx.gete_au()  --> ""

--- gete_body options_min
KSR.kx.gete_body()  --> ""

--- gete_cturi options_min
KSR.kx.gete_cturi()  --> ""

--- gete_duri
KSR.kx.gete_duri()  --> ""

--- gete_fhost bye_route
KSR.kx.gete_fhost()  --> "atlanta.example.org"

--- gete_fuser refer
KSR.kx.gete_fuser()  --> "alice"

--- gete_rhost register_multi
KSR.kx.gete_rhost()  --> "example.com"

--- gete_ruser options_min
KSR.kx.gete_ruser()  --> ""

--- gete_thost publish_multipart
KSR.kx.gete_thost()  --> "example.com"

--- gete_tuser options_min
KSR.kx.gete_tuser()  --> ""

--- gete_ua options_min
KSR.kx.gete_ua()  --> ""

--- getw_au
KSR.kx.getw_au()  --> "<null>"

--- getw_body options_min
KSR.kx.getw_body()  --> "<null>"

--- getw_cturi bye_route
KSR.kx.getw_cturi()  --> "<null>"

--- getw_duri
KSR.kx.getw_duri()  --> "<null>"

--- getw_fhost
KSR.kx.getw_fhost()  --> "atlanta.example.org"

--- getw_fuser cancel
KSR.kx.getw_fuser()  --> "alice"

--- getw_rhost register_multi
KSR.kx.getw_rhost()  --> "example.com"

--- getw_ruser options_min
KSR.kx.getw_ruser()  --> "<null>"

--- getw_thost nat_contact
KSR.kx.getw_thost()  --> "example.com"

--- getw_tuser options_min
KSR.kx.getw_tuser()  --> "<null>"

--- getw_ua options_min
KSR.kx.getw_ua()  --> "<null>"

--- gets_status reply_200
KSR.kx.gets_status()  --> "200"

--- ifdef
KSR.kx.ifdef("WITH_NAT")  --> true

--- ifndef
KSR.kx.ifndef("WITH_TLS")  --> true
