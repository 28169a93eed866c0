--- add_uri_param
KSR.seturi("sip:bob@example.com")  --> true
KSR.siputils.add_uri_param("zone=us")  --> 1
KSR.pv.get("$ru")  --> "sip:bob@example.com;zone=us"
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:bob@example.com;zone=us SIP/2.0

--- cmp_aor
KSR.siputils.cmp_aor("sip:a@b;x=1", "sip:a@b")  --> 1
KSR.siputils.cmp_aor("sip:a@b", "sip:A@b")  --> -1

--- cmp_hdr_name
KSR.siputils.cmp_hdr_name("f", "From")  --> 1

--- cmp_uri
KSR.siputils.cmp_uri("sip:a@b;lr;x", "sip:a@b;x;lr")  --> 1
KSR.siputils.cmp_uri("sip:a@b:5060", "sip:a@b")  --> -1

--- contact_param_check
KSR.siputils.contact_param_check("ob")  --> 1
KSR.siputils.contact_param_check("nosuch")  --> -1

--- contact_param_decode nat_contact
KSR.siputils.contact_param_encode("x", "sip:127.0.0.1:5070")  --> 1
KSR.textopsx.msg_apply_changes()  --> 1
KSR.siputils.contact_param_decode("x")  --> 1
KSR.textopsx.msg_apply_changes()  --> 1
KSR.hdr.get("Contact")  --> "<sip:nat@10.1.2.3:5060>"

--- contact_param_decode_ruri
KSR.seturi("sip:127.0.0.1:5070;x=c2lwOmJvYkAxOTIuMC4yLjk")  --> true
KSR.siputils.contact_param_decode_ruri("x")  --> 1
KSR.pv.get("$ru")  --> "sip:bob@192.0.2.9"
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:bob@192.0.2.9 SIP/2.0

--- contact_param_encode nat_contact
KSR.siputils.contact_param_encode("x", "sip:127.0.0.1:5070")  --> 1
--| - Contact: <sip:nat@10.1.2.3:5060>
--| + Contact: <sip:127.0.0.1:5070;x=c2lwOm5hdEAxMC4xLjIuMzo1MDYw>

--- contact_param_encode_alias nat_contact
KSR.siputils.contact_param_encode_alias("x", "sip:127.0.0.1:5070")  --> 1
--| - Contact: <sip:nat@10.1.2.3:5060>
--| + Contact: <sip:127.0.0.1:5070;x=c2lwOm5hdEAxMC4xLjIuMzo1MDYwO2FsaWFzPTEyNy4wLjAuMX41MDk5fjE>

--- contact_param_rm
KSR.siputils.contact_param_rm("ob")  --> 1
--| - Contact: "Al" <sip:alice@127.0.0.1:5099;ob>;q=0.7;expires=60, <sip:alice@192.0.2.9>
--| + Contact: "Al" <sip:alice@127.0.0.1:5099>;q=0.7;expires=60, <sip:alice@192.0.2.9>

--- decode_contact
KSR.seturi("sip:x*bob**192.0.2.9*5062*udp@127.0.0.1")  --> true
KSR.siputils.decode_contact()  --> 1
KSR.pv.get("$ru")  --> "sip:bob@192.0.2.9:5062;transport=udp"
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:bob@192.0.2.9:5062;transport=udp SIP/2.0

--- decode_contact_header nat_contact
KSR.siputils.encode_contact("x", "127.0.0.1")  --> 1
KSR.textopsx.msg_apply_changes()  --> 1
KSR.siputils.decode_contact_header()  --> 1
KSR.textopsx.msg_apply_changes()  --> 1
KSR.hdr.get("Contact")  --> "<sip:nat@10.1.2.3:5060>"

--- encode_contact nat_contact
KSR.siputils.encode_contact("x", "127.0.0.1")  --> 1
--| - Contact: <sip:nat@10.1.2.3:5060>
--| + Contact: <sip:x*nat**10.1.2.3*5060*@127.0.0.1>

--- has_totag bye_route
KSR.siputils.has_totag()  --> 1

--- hdr_date_check
KSR.siputils.hdr_date_check(2000000000)  --> 1
KSR.siputils.hdr_date_check(100000000)  --> -4

--- is_alphanum
KSR.siputils.is_alphanum("alice1")  --> 1
KSR.siputils.is_alphanum("alice.1")  --> -3

--- is_alphanumex
KSR.siputils.is_alphanumex("a_b-c", "_-")  --> 1
KSR.siputils.is_alphanumex("a.b", "_")  --> -3

--- is_first_hop refer
KSR.siputils.is_first_hop()  --> 1

--- is_first_hop_mode options_min
KSR.siputils.is_first_hop_mode(1)  --> 1

--- is_gruu
KSR.seturi("sip:bob@example.com;gr=urn:uuid:1")  --> true
KSR.siputils.is_gruu()  --> 1
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:bob@example.com;gr=urn:uuid:1 SIP/2.0

--- is_http options_min
KSR.siputils.is_http()  --> -1

--- is_numeric
KSR.siputils.is_numeric("1")  --> 1
KSR.siputils.is_numeric("+4930123")  --> -2

--- is_reply reply_200
KSR.siputils.is_reply()  --> 1

--- is_request register_multi
KSR.siputils.is_request()  --> 1

--- is_sip register_multi
KSR.siputils.is_sip()  --> 1

--- is_tel_number
KSR.siputils.is_tel_number("123")  --> 1
KSR.siputils.is_tel_number("+12a")  --> -2

--- is_uri options_min
KSR.siputils.is_uri("sip:a@b")  --> 1

--- is_user
KSR.siputils.is_user("bob")  --> -1
--| logs err: is_user: no authorized credentials here; was an auth function called before?

--- options_reply options_min
KSR.siputils.options_reply()  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 200 OK
--|       Accept: */*
--|       Accept-Encoding:
--|       Accept-Language: en
--|       Supported:

--- sip_parse_headers options_min
KSR.siputils.sip_parse_headers()  --> 1

--- uri_param
KSR.seturi("sip:bob@example.com;lr")  --> true
KSR.siputils.uri_param("lr")  --> 1
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:bob@example.com;lr SIP/2.0

--- uri_param_any
KSR.siputils.uri_param_any("transport")  --> 1

--- uri_param_rm
KSR.siputils.uri_param_rm("transport")  --> 1
KSR.pv.get("$ru")  --> "sip:bob@example.com:5070;user=phone?Subject=hi&Priority=urgent"
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:bob@example.com:5070;user=phone?Subject=hi&Priority=urgent SIP/2.0

--- uri_param_value
KSR.siputils.uri_param_value("transport", "udp")  --> 1
