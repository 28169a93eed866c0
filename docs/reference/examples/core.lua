--- add_local_rport
KSR.add_local_rport()  --> true
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...;rport
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- add_tcp_alias
KSR.add_tcp_alias(5062)  --> 1

--- add_tcp_alias_via
KSR.add_tcp_alias_via()  --> 1

--- crit
KSR.crit("no route left")  --> 0
--| logs crit: no route left

--- dbg
KSR.dbg("entered the route")  --> 0
--| logs dbg: entered the route

--- err
KSR.err("no gateway")  --> 0
--| logs err: no gateway

--- force_rport
KSR.force_rport()  --> true
KSR.sl.send_reply(200, "OK")  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 200 OK
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1

--- forward
KSR.setdsturi("sip:127.0.0.1:5098")  --> true
KSR.forward()  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- forward_uri
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- get_debug
KSR.get_debug()  --> 3

--- info
KSR.info("call from " .. KSR.kx.get_srcip())  --> 0
--| logs info: call from 127.0.0.1

--- is_ACK ack_strict
KSR.is_ACK()  --> true

--- is_BYE bye_route
KSR.is_BYE()  --> true

--- is_CANCEL cancel
KSR.is_CANCEL()  --> true

--- is_DELETE register_multi
KSR.is_DELETE()  --> false

--- is_GET bye_route
KSR.is_GET()  --> false

--- is_INFO
KSR.is_INFO()  --> false

--- is_INVITE
KSR.is_INVITE()  --> true

--- is_IPv4
KSR.is_IPv4()  --> true

--- is_IPv6 options_min
KSR.is_IPv6()  --> false

--- is_KDMQ register_multi
KSR.is_KDMQ()  --> false

--- is_MESSAGE compact
KSR.is_MESSAGE()  --> true

--- is_NOTIFY options_min
KSR.is_NOTIFY()  --> false

--- is_OPTIONS options_min
KSR.is_OPTIONS()  --> true

--- is_POST publish_multipart
KSR.is_POST()  --> false

--- is_PRACK
KSR.is_PRACK()  --> false

--- is_PUBLISH publish_multipart
KSR.is_PUBLISH()  --> true

--- is_PUT options_min
KSR.is_PUT()  --> false

--- is_REFER refer
KSR.is_REFER()  --> true

--- is_REGISTER register_multi
KSR.is_REGISTER()  --> true

--- is_SCTP
KSR.is_SCTP()  --> false

--- is_SUBSCRIBE subscribe
KSR.is_SUBSCRIBE()  --> true

--- is_TCP
KSR.is_TCP()  --> false

--- is_TCPX publish_multipart
KSR.is_TCPX()  --> false

--- is_TLS
KSR.is_TLS()  --> false

--- is_UDP
KSR.is_UDP()  --> true

--- is_UPDATE nat_contact
KSR.is_UPDATE()  --> false

--- is_WS
KSR.is_WS()  --> false

--- is_WSS options_min
KSR.is_WSS()  --> false

--- is_WSX options_min
KSR.is_WSX()  --> false

--- is_dst_port
KSR.is_dst_port(5070)  --> true

--- is_method
KSR.is_method("invite")  --> true
KSR.is_method("REGISTER|INVITE")  --> true

--- is_method_in
KSR.is_method_in("IABC")  --> true

--- is_myself
KSR.is_myself("sip:127.0.0.1:5070")  --> true
KSR.is_myself("example.com")  --> true
KSR.is_myself("")  --> false

--- is_myself_duri
KSR.setdsturi("sip:127.0.0.1:5070")  --> true
KSR.is_myself_duri()  --> true

--- is_myself_furi bye_route
KSR.is_myself_furi()  --> false

--- is_myself_nhuri options_min
KSR.is_myself_nhuri()  --> true

--- is_myself_ruri register_multi
KSR.is_myself_ruri()  --> true

--- is_myself_srcip compact
KSR.is_myself_srcip()  --> true

--- is_myself_suri
KSR.is_myself_suri()  --> false

--- is_myself_turi options_min
KSR.is_myself_turi()  --> true

--- is_proto
KSR.is_proto("TU")  --> true

--- is_src_port
KSR.is_src_port(5099)  --> true

--- isbflagset
KSR.isbflagset(1)  --> false
KSR.setbflag(1)  --> true
KSR.isbflagset(1)  --> true

--- isbiflagset
KSR.setbiflag(3, 0)  --> true
KSR.isbiflagset(3, 0)  --> true

--- isdsturiset
KSR.isdsturiset()  --> false
KSR.setdsturi("sip:192.0.2.9")  --> true
KSR.isdsturiset()  --> true

--- isflagset
KSR.isflagset(5)  --> false
KSR.setflag(5)  --> true
KSR.isflagset(5)  --> true

--- issflagset
KSR.issflagset(2)  --> false
KSR.setsflag(2)  --> true
KSR.issflagset(2)  --> true

--- log
KSR.log("notice", "the gateway is back")  --> 0
--| logs notice: the gateway is back

--- notice
KSR.notice("the gateway is back")  --> 0
--| logs notice: the gateway is back

--- resetbflag
KSR.setbflag(1)  --> true
KSR.resetbflag(1)  --> true
KSR.isbflagset(1)  --> false

--- resetbiflag
KSR.setbiflag(3, 0)  --> true
KSR.resetbiflag(3, 0)  --> true
KSR.isbiflagset(3, 0)  --> false

--- resetdsturi
KSR.setdsturi("sip:192.0.2.9")  --> true
KSR.resetdsturi()  --> true
KSR.isdsturiset()  --> false

--- resetflag
KSR.setflag(5)  --> true
KSR.resetflag(5)  --> true
KSR.isflagset(5)  --> false

--- resetsflag
KSR.setsflag(2)  --> true
KSR.resetsflag(2)  --> true
KSR.issflagset(2)  --> false

--- route
KSR.route("RELAY")  --> -1
--| logs err: route: no route block [RELAY]

--- set_advertised_address
KSR.set_advertised_address("sip.example.com")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Via: SIP/2.0/UDP sip.example.com:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- set_advertised_port
KSR.set_advertised_port("5080")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- set_drop options_min
KSR.set_drop()  --> false

--- set_forward_close
KSR.set_forward_close()  --> true
KSR.forward_uri("sip:127.0.0.1:5098;transport=tcp")  --> 1
--| sends to tcp:127.0.0.1:5098, then close: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority...
--|       Via: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- set_forward_no_connect
KSR.set_forward_no_connect()  --> true
KSR.forward_uri("sip:127.0.0.1:5098;transport=tcp")  --> 1
--| sends to tcp:127.0.0.1:5098, without a new connection: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subje...
--|       Via: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- set_reply_close
KSR.set_reply_close()  --> true
KSR.sl.send_reply(200, "OK")  --> 1
--| sends to udp:127.0.0.1:5099, then close: SIP/2.0 200 OK
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1

--- set_reply_no_connect
KSR.set_reply_no_connect()  --> true
KSR.sl.send_reply(200, "OK")  --> 1
--| sends to udp:127.0.0.1:5099, without a new connection: SIP/2.0 200 OK
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1

--- setbflag
KSR.setbflag(1)  --> true
KSR.pv.get("$bf")  --> 2

--- setbiflag
KSR.setbiflag(3, 0)  --> true
KSR.pv.get("$bf")  --> 8

--- setdsturi
KSR.setdsturi("sip:192.0.2.9:5060")  --> true
KSR.pv.get("$du")  --> "sip:192.0.2.9:5060"

--- setflag
KSR.setflag(5)  --> true
KSR.pv.get("$mf")  --> 32

--- sethost
KSR.sethost("example.org")  --> true
KSR.pv.get("$ru")  --> "sip:bob@example.org:5070;transport=udp;user=phone?Subject=hi&Priority=urgent"
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:bob@example.org:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0

--- setsflag
KSR.setsflag(2)  --> true
KSR.pv.get("$sf")  --> 4

--- seturi
KSR.seturi("sip:carol@example.org")  --> true
KSR.pv.get("$ru")  --> "sip:carol@example.org"
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:carol@example.org SIP/2.0

--- setuser
KSR.setuser("carol")  --> true
KSR.pv.get("$rU")  --> "carol"
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:carol@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0

--- to_IPv4
KSR.setdsturi("sip:192.0.2.9")  --> true
KSR.to_IPv4()  --> true

--- to_IPv6
KSR.setdsturi("sip:[2001:db8::9]")  --> true
KSR.to_IPv6()  --> true

--- to_SCTP
KSR.setdsturi("sip:192.0.2.9;transport=sctp")  --> true
KSR.to_SCTP()  --> true

--- to_TCP
KSR.setdsturi("sip:192.0.2.9;transport=tcp")  --> true
KSR.to_TCP()  --> true

--- to_TLS
KSR.setdsturi("sip:192.0.2.9;transport=tls")  --> true
KSR.to_TLS()  --> true

--- to_UDP
KSR.to_UDP()  --> true

--- to_WS
KSR.setdsturi("sip:192.0.2.9;transport=ws")  --> true
KSR.to_WS()  --> true

--- to_WSS
KSR.setdsturi("sip:192.0.2.9;transport=wss")  --> true
KSR.to_WSS()  --> true

--- to_WSX
KSR.setdsturi("sip:192.0.2.9;transport=ws")  --> true
KSR.to_WSX()  --> true

--- warn
KSR.warn("scanner at " .. KSR.pv.get("$si"))  --> 0
--| logs warn: scanner at 127.0.0.1
