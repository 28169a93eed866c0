--- send_reply
KSR.sl.send_reply(404, "Not Here")  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 404 Not Here
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1

--- send_reply_error
KSR.sl.send_reply_error()  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 500 I'm terribly sorry, server error occurred (1/SL)
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
--| logs err: stateless error reply used: I'm terribly sorry, server error occurred (1/SL)

--- send_reply_mode
KSR.sl.send_reply_mode(486, "Busy Here", 4)  --> 1
--| sends to udp:127.0.0.1:5099, then close: SIP/2.0 486 Busy Here
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1

--- sl_forward_reply reply_200
KSR.sl.sl_forward_reply("202", "Accepted")  --> 1
--| sends to udp:127.0.0.1:24099: SIP/2.0 202 Accepted

--- sl_reply_error
KSR.sl.sl_reply_error()  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 500 I'm terribly sorry, server error occurred (1/SL)
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
--| logs err: stateless error reply used: I'm terribly sorry, server error occurred (1/SL)

--- sl_send_reply
KSR.sl.sl_send_reply(302, "Moved Temporarily")  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 302 Moved Temporarily
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
