--- add_path register_multi
KSR.path.add_path()  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: REGISTER sip:example.com SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKnashds7;rport=5099
--|       Path: <sip:127.0.0.1:5070;lr>

--- add_path_advertised_address register_multi
KSR.path.add_path_advertised_address("sip.example.com")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: REGISTER sip:example.com SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKnashds7;rport=5099
--|       Path: <sip:sip.example.com;transport=udp;lr>

--- add_path_advertised_address_user register_multi
KSR.path.add_path_advertised_address_user("sip.example.com", "edge")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: REGISTER sip:example.com SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKnashds7;rport=5099
--|       Path: <sip:edge@sip.example.com;transport=udp;lr>

--- add_path_advertised_address_user_params register_multi
KSR.path.add_path_advertised_address_user_params("sip.example.com", "edge", "zone=us")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: REGISTER sip:example.com SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKnashds7;rport=5099
--|       Path: <sip:edge@sip.example.com;transport=udp;lr;zone=us>

--- add_path_received register_multi
KSR.path.add_path_received()  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: REGISTER sip:example.com SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKnashds7;rport=5099
--|       Path: <sip:127.0.0.1:5070;lr;received=sip:127.0.0.1:5099>

--- add_path_received_advertised_address register_multi
KSR.path.add_path_received_advertised_address("sip.example.com")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: REGISTER sip:example.com SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKnashds7;rport=5099
--|       Path: <sip:sip.example.com;transport=udp;lr;received=sip:127.0.0.1:5099>

--- add_path_received_advertised_address_user register_multi
KSR.path.add_path_received_advertised_address_user("sip.example.com", "edge")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: REGISTER sip:example.com SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKnashds7;rport=5099
--|       Path: <sip:edge@sip.example.com;transport=udp;lr;received=sip:127.0.0.1:5099>

--- add_path_received_advertised_address_user_params register_multi
KSR.path.add_path_received_advertised_address_user_params("sip.example.com", "edge", "zone=us")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: REGISTER sip:example.com SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKnashds7;rport=5099
--|       Path: <sip:edge@sip.example.com;transport=udp;lr;received=sip:127.0.0.1:5099;zone=us>

--- add_path_received_user register_multi
KSR.path.add_path_received_user("edge")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: REGISTER sip:example.com SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKnashds7;rport=5099
--|       Path: <sip:edge@127.0.0.1:5070;lr;received=sip:127.0.0.1:5099>

--- add_path_received_user_params register_multi
KSR.path.add_path_received_user_params("edge", "zone=us")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: REGISTER sip:example.com SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKnashds7;rport=5099
--|       Path: <sip:edge@127.0.0.1:5070;lr;received=sip:127.0.0.1:5099;zone=us>

--- add_path_user register_multi
KSR.path.add_path_user("edge")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: REGISTER sip:example.com SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKnashds7;rport=5099
--|       Path: <sip:edge@127.0.0.1:5070;lr>

--- add_path_user_params register_multi
KSR.path.add_path_user_params("edge", "zone=us")  --> 1
KSR.forward_uri("sip:127.0.0.1:5098")  --> 1
--| sends to udp:127.0.0.1:5098: REGISTER sip:example.com SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bKnashds7;rport=5099
--|       Path: <sip:edge@127.0.0.1:5070;lr;zone=us>
