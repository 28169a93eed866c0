--- add_rr_param
KSR.rr.add_rr_param(";nat=yes")  --> 1
KSR.rr.record_route()  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Record-Route: <sip:127.0.0.1:5070;lr;ftag=1928301774;nat=yes>
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- check_route_param bye_route
KSR.rr.check_route_param("nat=yes")  --> 1

--- is_direction options_min
KSR.rr.is_direction("downstream")  --> 1

--- loose_route bye_route
KSR.rr.loose_route()  --> 1
KSR.pv.get("$du")  --> "sip:p2.example.net;lr"
--| - Route: <sip:127.0.0.1:5070;lr;ftag=1928301774;nat=yes>, <sip:p2.example.net;lr>
--| + Route: <sip:p2.example.net;lr>

--- loose_route_mode bye_route
KSR.rr.loose_route_mode(1)  --> 1
KSR.pv.get("$du")  --> "sip:p2.example.net;lr"
--| - Route: <sip:127.0.0.1:5070;lr;ftag=1928301774;nat=yes>, <sip:p2.example.net;lr>
--| + Route: <sip:p2.example.net;lr>

--- loose_route_preloaded
KSR.hdr.insert("Route: <sip:127.0.0.1:5070;lr>\r\n")  --> 1
KSR.textopsx.msg_apply_changes()  --> 1
KSR.rr.loose_route_preloaded()  --> 1

--- next_hop_route bye_route
KSR.rr.loose_route()  --> 1
KSR.rr.next_hop_route()  --> 1
--| - Route: <sip:127.0.0.1:5070;lr;ftag=1928301774;nat=yes>, <sip:p2.example.net;lr>
--| + Route: <sip:p2.example.net;lr>

--- record_route
KSR.rr.record_route()  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Record-Route: <sip:127.0.0.1:5070;lr;ftag=1928301774>
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- record_route_advertised_address
KSR.rr.record_route_advertised_address("sip.example.com")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Record-Route: <sip:sip.example.com;ftag=1928301774;lr>
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- record_route_params
KSR.rr.record_route_params(";nat=yes")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Record-Route: <sip:127.0.0.1:5070;lr;ftag=1928301774;nat=yes>
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- record_route_preset
KSR.rr.record_route_preset("sip.example.com", "10.0.0.1")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Record-Route: <sip:sip.example.com;ftag=1928301774;lr>
--|       Record-Route: <sip:10.0.0.1;ftag=1928301774;lr>
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- record_route_preset_one
KSR.rr.record_route_preset_one("sip.example.com")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Record-Route: <sip:sip.example.com;ftag=1928301774;lr>
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- remove_record_route
KSR.rr.record_route()  --> 1
KSR.rr.remove_record_route()  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099
