--- uac_auth
KSR.uac.uac_auth()  --> -1
--| logs err: uac.uac_auth: there is no reply of a branch that failed

--- uac_auth_mode
KSR.uac.uac_auth_mode(1)  --> -1
--| logs err: uac.uac_auth_mode: there is no reply of a branch that failed

--- uac_replace_from
KSR.uac.uac_replace_from("", "sip:n@n")  --> 1
--| - From: "Alice \"A\" Smith" <sip:alice:secret@atlanta.example.org:5080;transport=tcp>;tag=1928301774;foo=bar
--| + From: <sip:n@n>;tag=1928301774;foo=bar

--- uac_replace_from_uri
KSR.uac.uac_replace_from_uri("sip:desk@example.com")  --> 1
--| - From: "Alice \"A\" Smith" <sip:alice:secret@atlanta.example.org:5080;transport=tcp>;tag=1928301774;foo=bar
--| + From: "Alice \"A\" Smith" <sip:desk@example.com>;tag=1928301774;foo=bar

--- uac_replace_to
KSR.uac.uac_replace_to("", "sip:n@n")  --> 1
--| - To: "Bob B." <sip:bob@example.com;x=1>
--| + To: <sip:n@n>

--- uac_replace_to_uri
KSR.uac.uac_replace_to_uri("sip:desk@example.com")  --> 1
--| - To: "Bob B." <sip:bob@example.com;x=1>
--| + To: "Bob B." <sip:desk@example.com>

--- uac_req_send
KSR.pv.sets("$uac_req(method)", "OPTIONS")
KSR.pv.sets("$uac_req(ruri)", "sip:gw@192.0.2.9")
KSR.pv.sets("$uac_req(furi)", "sip:monitor@example.com")
KSR.uac.uac_req_send()  --> 1
--| sends to udp:192.0.2.9:5060: OPTIONS sip:gw@192.0.2.9 SIP/2.0
--|       Via: SIP/2.0/UDP 127.0.0.1:5071;branch=z9hG4bK...
--|       From: <sip:monitor@example.com>;tag=6becb9bd554e5048d274a0a7dddf2fce-7afb4bbe
--|       CSeq: 10 OPTIONS
--|       Call-ID: 55a09c35309072cf-0@127.0.0.1
--|       User-Agent: kemilua

--- uac_restore_from bye_route
KSR.textopsx.msg_set_buffer((KSR.pv.get("$mb"):gsub("nat=yes", "vsf=AAAAAAUJGgglJRkVARECEU9NChVhbXBsZS5vcmc-")))  --> 1
KSR.rr.loose_route()  --> 1
KSR.uac.uac_restore_from()  --> 1
--| - Route: <sip:127.0.0.1:5070;lr;ftag=1928301774;nat=yes>, <sip:p2.example.net;lr>
--| + Route: <sip:p2.example.net;lr>
--| - From: <sip:alice@atlanta.example.org>;tag=1928301774
--| + From: <sip:desk@example.com>;tag=1928301774

--- uac_restore_to bye_route
KSR.textopsx.msg_set_buffer((KSR.pv.get("$mb"):gsub("nat=yes", "vst=AAAAAAYKESslHRkMHRwJS00MAm0-")))  --> 1
KSR.rr.loose_route()  --> 1
KSR.uac.uac_restore_to()  --> 1
--| - Route: <sip:127.0.0.1:5070;lr;ftag=1928301774;nat=yes>, <sip:p2.example.net;lr>
--| + Route: <sip:p2.example.net;lr>
--| - To: <sip:bob@example.com>;tag=8321234356
--| + To: <sip:desk@example.com>;tag=8321234356
