--- ki_t_load_contacts_mode
KSR.corex.append_branch_uri_q("sip:carol@192.0.2.9", "0.5")  --> 1
KSR.tm.ki_t_load_contacts_mode(1)  --> 1
KSR.tm.t_next_contacts()  --> 1
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:carol@192.0.2.9 SIP/2.0

--- t_any_replied
KSR.tm.t_newtran()  --> 1
KSR.tm.t_any_replied()  --> -1

--- t_any_timeout
KSR.tm.t_newtran()  --> 1
KSR.tm.t_any_timeout()  --> -1

--- t_branch_replied
KSR.tm.t_newtran()  --> 1
KSR.tm.t_branch_replied()  --> -1

--- t_branch_timeout
KSR.tm.t_newtran()  --> 1
KSR.tm.t_branch_timeout()  --> -1

--- t_check_status
KSR.tm.t_send_reply(486, "Busy Here")  --> 1
KSR.tm.t_check_status("4[0-9][0-9]")  --> 1
KSR.tm.t_check_status("404")  --> -1
--| sends to udp:127.0.0.1:5099: SIP/2.0 486 Busy Here
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1

--- t_check_trans
KSR.tm.t_check_trans()  --> -1
KSR.tm.t_newtran()  --> 1

--- t_clean
KSR.tm.t_clean()  --> 1

--- t_drop_replies
KSR.tm.t_drop_replies("n")  --> 1

--- t_drop_replies_all
KSR.tm.t_drop_replies_all()  --> 1

--- t_exists
KSR.tm.t_exists()  --> -1
KSR.tm.t_newtran()  --> 1
KSR.tm.t_exists()  --> 1

--- t_get_branch_index
KSR.tm.t_get_branch_index()  --> 0
KSR.corex.append_branch_uri("sip:carol@192.0.2.9")  --> 1
KSR.tm.t_get_branch_index()  --> 1

--- t_get_status_code
KSR.tm.t_send_reply(180, "Ringing")  --> 1
KSR.tm.t_get_status_code()  --> 180
--| sends to udp:127.0.0.1:5099: SIP/2.0 180 Ringing
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1

--- t_grep_status
KSR.tm.t_relay()  --> 1
KSR.tm.t_grep_status(486)  --> -1
--| sends to udp:127.0.0.1:5099: SIP/2.0 100 trying -- your call is important to us
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
--| Resolve(ticket=6742221979, name='example.com', port=5070, transport='udp', sips=False, local=('127.0.0.1', 5070))

--- t_is_canceled
KSR.tm.t_newtran()  --> 1
KSR.tm.t_is_canceled()  --> -1

--- t_is_expired
KSR.tm.t_newtran()  --> 1
KSR.tm.t_is_expired()  --> -1

--- t_is_retr_async_reply
KSR.tm.t_newtran()  --> 1
KSR.tm.t_is_retr_async_reply()  --> -1

--- t_is_set
KSR.tm.t_on_failure("ksr_failure_busy")  --> 1
KSR.tm.t_is_set("failure_route")  --> 1
KSR.tm.t_is_set("branch_route")  --> -1

--- t_load_contacts
KSR.corex.append_branch_uri_q("sip:carol@192.0.2.9", "0.5")  --> 1
KSR.tm.t_load_contacts()  --> 1
KSR.pv.get("$xavp(contacts=>uri)")  --> "sip:carol@192.0.2.9"
KSR.pv.get("$xavp(contacts[1]=>uri)")  --> "sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent"

--- t_lookup_cancel cancel
KSR.tm.t_lookup_cancel()  --> -1

--- t_lookup_cancel_flags cancel
KSR.tm.t_lookup_cancel_flags(1)  --> -1

--- t_lookup_request
KSR.tm.t_lookup_request()  --> -1
KSR.tm.t_newtran()  --> 1
KSR.tm.t_lookup_request()  --> 1

--- t_newtran
KSR.tm.t_newtran()  --> 1
KSR.tm.t_newtran()  --> -10

--- t_next_contact_flow
KSR.tm.t_next_contact_flow()  --> -1

--- t_next_contacts
KSR.corex.append_branch_uri_q("sip:carol@192.0.2.9", "0.5")  --> 1
KSR.tm.t_load_contacts()  --> 1
KSR.tm.t_next_contacts()  --> 1
KSR.pv.get("$ru")  --> "sip:carol@192.0.2.9"
KSR.tm.t_next_contacts()  --> 1
KSR.tm.t_next_contacts()  --> -2

--- t_on_branch
KSR.tm.t_on_branch("ksr_branch_number")  --> 1
KSR.tm.t_is_set("branch_route")  --> 1

--- t_on_branch_failure
KSR.tm.t_on_branch_failure("ksr_branch_failed")  --> 1

--- t_on_failure
KSR.tm.t_on_failure("ksr_failure_busy")  --> 1
KSR.tm.t_is_set("failure_route")  --> 1

--- t_on_reply
KSR.tm.t_on_reply("ksr_reply_ringing")  --> 1
KSR.tm.t_is_set("onreply_route")  --> 1

--- t_relay
KSR.seturi("sip:bob@192.0.2.9:5070")  --> true
KSR.tm.t_relay()  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 100 trying -- your call is important to us
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
--| sends to udp:192.0.2.9:5070: INVITE sip:bob@192.0.2.9:5070 SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- t_relay_to_flags
KSR.seturi("sip:bob@192.0.2.9:5070")  --> true
KSR.tm.t_relay_to_flags(1)  --> 1
--| sends to udp:192.0.2.9:5070: INVITE sip:bob@192.0.2.9:5070 SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- t_relay_to_proto
KSR.seturi("sip:bob@192.0.2.9:5070")  --> true
KSR.tm.t_relay_to_proto("tcp")  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 100 trying -- your call is important to us
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
--| sends to tcp:192.0.2.9:5070: INVITE sip:bob@192.0.2.9:5070 SIP/2.0
--|       Via: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- t_relay_to_proto_addr options_min
KSR.tm.t_relay_to_proto_addr("udp", "192.0.2.9", 5080)  --> 1
--| sends to udp:192.0.2.9:5080: OPTIONS sip:127.0.0.1:5070 SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...

--- t_relay_to_proxy options_min
KSR.tm.t_relay_to_proxy("udp:192.0.2.9:5080")  --> 1
--| sends to udp:192.0.2.9:5080: OPTIONS sip:127.0.0.1:5070 SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...

--- t_relay_to_proxy_flags
KSR.tm.t_relay_to_proxy_flags("192.0.2.9", 3)  --> 1
--| sends to udp:192.0.2.9:5060: INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- t_release
KSR.tm.t_newtran()  --> 1
KSR.tm.t_release()  --> 1

--- t_replicate options_min
KSR.tm.t_replicate("sip:192.0.2.9:5080")  --> 1
--| sends to udp:192.0.2.9:5080: OPTIONS sip:127.0.0.1:5070 SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...

--- t_reply
KSR.tm.t_newtran()  --> 1
KSR.tm.t_reply(404, "Not Here")  --> 1
KSR.tm.t_reply(486, "Busy Here")  --> -1
--| sends to udp:127.0.0.1:5099: SIP/2.0 404 Not Here
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
--| logs err: tm: a reply 486 after the final one

--- t_reply_error
KSR.tm.t_newtran()  --> 1
KSR.tm.t_reply_error()  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 500 I'm terribly sorry, server error occurred (1/TM)
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1

--- t_reset_fr
KSR.tm.t_reset_fr()  --> 1

--- t_reset_max_lifetime
KSR.tm.t_reset_max_lifetime()  --> 1

--- t_reset_retr
KSR.tm.t_reset_retr()  --> 1

--- t_retransmit_reply options_min
KSR.tm.t_send_reply(200, "OK")  --> 1
KSR.tm.t_retransmit_reply()  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 200 OK
--| sends to udp:127.0.0.1:5099: SIP/2.0 200 OK

--- t_save_lumps
KSR.tm.t_newtran()  --> 1
KSR.hdr.append("X-Added: 1\r\n")  --> 1
KSR.tm.t_save_lumps()  --> 1
--| + X-Added: 1

--- t_send_reply
KSR.tm.t_send_reply(404, "Not Here")  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 404 Not Here
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1

--- t_set_auto_inv_100
KSR.tm.t_set_auto_inv_100(0)  --> 1
KSR.seturi("sip:bob@192.0.2.9:5070")  --> true
KSR.tm.t_relay()  --> 1
--| sends to udp:192.0.2.9:5070: INVITE sip:bob@192.0.2.9:5070 SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK...
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;received=127.0.0.1;branch=z9hG4bK776asdhds;rport=5099

--- t_set_disable_6xx
KSR.tm.t_set_disable_6xx(1)  --> 1

--- t_set_disable_failover
KSR.tm.t_set_disable_failover(1)  --> 1

--- t_set_disable_internal_reply
KSR.tm.t_set_disable_internal_reply(1)  --> 1
KSR.seturi("sip:bob@192.0.2.9;transport=sctp")  --> true
KSR.tm.t_relay()  --> -4
--| sends to udp:127.0.0.1:5099: SIP/2.0 100 trying -- your call is important to us
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
--| logs err: forward: no socket that could send to [sip:bob@192.0.2.9;transport=sctp]

--- t_set_fr
KSR.tm.t_set_fr(60000, 10000)  --> 1

--- t_set_fr_inv
KSR.tm.t_set_fr_inv(60000)  --> 1

--- t_set_max_lifetime
KSR.tm.t_set_max_lifetime(120000, 16000)  --> 1

--- t_set_no_auto_ack
KSR.tm.t_set_no_auto_ack(1)  --> 1

--- t_set_no_e2e_cancel_reason
KSR.tm.t_set_no_e2e_cancel_reason(1)  --> 1

--- t_set_retr
KSR.tm.t_set_retr(1000, 4000)  --> 1
KSR.tm.t_set_retr(70000, 4000)  --> -1

--- t_uac_send
KSR.tm.t_uac_send("OPTIONS", "sip:bob@192.0.2.9", "", "", "From: <sip:proxy@example.com>;tag=p1\r\nTo: <sip:bob@192.0.2.9>\r\n", "")  --> 1
--| sends to udp:192.0.2.9:5060: OPTIONS sip:bob@192.0.2.9 SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5071;branch=z9hG4bK...
--|       From: <sip:proxy@example.com>;tag=p1
--|       CSeq: 10 OPTIONS
--|       Call-ID: 7afb4bbe55a09c35-0@127.0.0.1
--|       User-Agent: kemilua

--- t_use_uac_headers
KSR.tm.t_use_uac_headers()  --> 1
