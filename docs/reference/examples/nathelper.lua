--- add_contact_alias nat_contact
KSR.nathelper.add_contact_alias()  --> 1
--| - Contact: <sip:nat@10.1.2.3:5060>
--| + Contact: <sip:nat@10.1.2.3:5060;alias=127.0.0.1~5099~1>

--- add_contact_alias_addr nat_contact
KSR.nathelper.add_contact_alias_addr("198.51.100.7", "5061", "tcp")  --> 1
--| - Contact: <sip:nat@10.1.2.3:5060>
--| + Contact: <sip:nat@10.1.2.3:5060;alias=198.51.100.7~5061~2>

--- add_rcv_param nat_contact
KSR.nathelper.add_rcv_param(0)  --> 1
--| - Contact: <sip:nat@10.1.2.3:5060>
--| + Contact: <sip:nat@10.1.2.3:5060>;received="sip:127.0.0.1:5099"

--- fix_nated_contact nat_contact
KSR.nathelper.fix_nated_contact()  --> 1
--| - Contact: <sip:nat@10.1.2.3:5060>
--| + Contact: <sip:nat@127.0.0.1:5099>

--- fix_nated_register register_multi
KSR.nathelper.fix_nated_register()  --> 1
KSR.pv.get("$avp(received)")  --> "sip:127.0.0.1:5099"

--- fix_nated_sdp nat_contact
KSR.nathelper.fix_nated_sdp(2)  --> 1
--| - Content-Length: 281
--| + Content-Length: 305
--| - c=IN IP4 10.1.2.3
--| + c=IN IP4 127.0.0.1
--| + a=oldmediaip:10.1.2.3

--- fix_nated_sdp_ip
KSR.nathelper.fix_nated_sdp_ip(2, "198.51.100.9")  --> 1
--| - Content-Length: 287
--| + Content-Length: 314
--| - c=IN IP4 192.0.2.101
--| + c=IN IP4 198.51.100.9
--| + a=oldmediaip:192.0.2.101

--- handle_ruri_alias
KSR.seturi("sip:bob@10.1.2.3;alias=198.51.100.7~5060~1")  --> true
KSR.nathelper.handle_ruri_alias()  --> 1
KSR.pv.get("$du")  --> "sip:198.51.100.7:5060"
KSR.pv.get("$ru")  --> "sip:bob@10.1.2.3"
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:bob@10.1.2.3 SIP/2.0

--- handle_ruri_alias_mode
KSR.seturi("sip:bob@10.1.2.3;alias=198.51.100.7~5060~1;alias=198.51.100.8~5060~1")  --> true
KSR.nathelper.handle_ruri_alias_mode(1)  --> 1
KSR.pv.get("$du")  --> "sip:198.51.100.8:5060"
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:bob@10.1.2.3;alias=198.51.100.7~5060~1 SIP/2.0

--- is_rfc1918
KSR.nathelper.is_rfc1918("172.16.5.5")  --> 1
KSR.nathelper.is_rfc1918("192.0.2.1")  --> -1

--- nat_uac_test nat_contact
KSR.nathelper.nat_uac_test(1)  --> 1
KSR.nathelper.nat_uac_test(8)  --> 1

--- set_alias_to_pv nat_contact
KSR.nathelper.set_contact_alias()  --> 1
KSR.textopsx.msg_apply_changes()  --> 1
KSR.nathelper.set_alias_to_pv("$var(alias)")  --> 1
KSR.pv.get("$var(alias)")  --> "sip:127.0.0.1:5099;transport=udp"
--| - Contact: <sip:nat@10.1.2.3:5060>
--| + Contact: <sip:nat@10.1.2.3:5060;alias=127.0.0.1~5099~1>

--- set_contact_alias nat_contact
KSR.nathelper.set_contact_alias()  --> 1
--| - Contact: <sip:nat@10.1.2.3:5060>
--| + Contact: <sip:nat@10.1.2.3:5060;alias=127.0.0.1~5099~1>

--- set_contact_alias_trim nat_contact
KSR.nathelper.set_contact_alias_trim()  --> 1
--| - Contact: <sip:nat@10.1.2.3:5060>
--| + Contact: <sip:nat@10.1.2.3:5060;alias=127.0.0.1~5099~1>
