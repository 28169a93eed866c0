--- t_cancel_branches
KSR.tmx.t_cancel_branches("others")  --> -1

--- t_cancel_callid
KSR.tm.t_relay()  --> 1
KSR.tmx.t_cancel_callid(KSR.pv.get("$ci"), KSR.pv.get("$cs"), 2)  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 100 trying -- your call is important to us
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
--| Resolve(ticket=6742221979, name='example.com', port=5070, transport='udp', sips=False, local=('127.0.0.1', 5070))

--- t_cancel_callid_reason
KSR.tm.t_relay()  --> 1
KSR.tmx.t_cancel_callid_reason(KSR.pv.get("$ci"), KSR.pv.get("$cs"), 2, 480)  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 100 trying -- your call is important to us
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
--| Resolve(ticket=6742221979, name='example.com', port=5070, transport='udp', sips=False, local=('127.0.0.1', 5070))

--- t_continue
KSR.tmx.t_suspend()  --> 1
KSR.tmx.t_continue(KSR.pv.get("$T(id_index)"), KSR.pv.get("$T(id_label)"), "hello")  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 100 trying -- your call is important to us
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
--| logs dbg: tm: a request is continued
--| logs info: hello
--| sends to udp:127.0.0.1:5099: SIP/2.0 500 I'm terribly sorry, server error occurred (1/TM)
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1

--- t_drop
KSR.tm.t_newtran()  --> 1
KSR.tmx.t_drop()  --> 0
KSR.tm.t_get_status_code()  --> 500

--- t_drop_rcode
KSR.tm.t_newtran()  --> 1
KSR.tmx.t_drop_rcode(480)  --> 0
KSR.tm.t_get_status_code()  --> 480

--- t_flush_flags
KSR.tmx.t_flush_flags()  --> -1
KSR.tm.t_newtran()  --> 1
KSR.setflag(5)  --> true
KSR.tmx.t_flush_flags()  --> 1

--- t_flush_xflags
KSR.tm.t_newtran()  --> 1
KSR.tmx.t_flush_xflags()  --> 1

--- t_is_branch_route
KSR.tmx.t_is_branch_route()  --> -1

--- t_is_failure_route
KSR.tmx.t_is_failure_route()  --> -1

--- t_is_reply_route
KSR.tmx.t_is_reply_route()  --> -1

--- t_is_request_route
KSR.tmx.t_is_request_route()  --> 1

--- t_precheck_trans
KSR.tmx.t_precheck_trans()  --> -1

--- t_reply_callid
KSR.tm.t_newtran()  --> 1
KSR.tmx.t_reply_callid(KSR.pv.get("$ci"), KSR.pv.get("$cs"), 486, "Busy Here")  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 486 Busy Here
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1

--- t_reuse_branch
KSR.tmx.t_reuse_branch()  --> -1

--- t_suspend
KSR.tmx.t_suspend()  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 100 trying -- your call is important to us
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1

--- t_uac_ack_local
KSR.tmx.t_uac_ack_local("call-1@example.com", "10", "", "")  --> -1
