--- append_body_part publish_multipart
KSR.textops.append_body_part("seen", "text/plain")  --> 1
--| - Content-Length: 214
--| + Content-Length: 255
--| + --bnd
--| + Content-Type: text/plain
--| +
--| + seen

--- append_body_part_cd publish_multipart
KSR.textops.append_body_part_cd("seen", "text/plain", "render")  --> 1
--| - Content-Length: 214
--| + Content-Length: 284
--| + --bnd
--| + Content-Type: text/plain
--| + Content-Disposition: render
--| +
--| + seen

--- append_body_part_hex publish_multipart
KSR.textops.append_body_part_hex("7365656e", "text/plain")  --> 1
--| - Content-Length: 214
--| + Content-Length: 255
--| + --bnd
--| + Content-Type: text/plain
--| +
--| + seen

--- append_body_part_hex_cd publish_multipart
KSR.textops.append_body_part_hex_cd("7365656e", "text/plain", "render")  --> 1
--| - Content-Length: 214
--| + Content-Length: 284
--| + --bnd
--| + Content-Type: text/plain
--| + Content-Disposition: render
--| +
--| + seen

--- cmp_istr options_min
KSR.textops.cmp_istr("a", "A")  --> 1

--- cmp_str
KSR.textops.cmp_str("a", "a")  --> 1
KSR.textops.cmp_str("a", "A")  --> -1

--- ends_with
KSR.textops.ends_with("hello", "lo")  --> 1

--- filter_body publish_multipart
KSR.textops.filter_body("application/sdp")  --> 1
--| - Content-Length: 214
--| + Content-Length: 97
--| -
--| - --bnd
--| - Content-Type: application/sdp
--| - --bnd
--| - Content-Type: text/plain
--| - Content-ID: <x1>
--| -
--| - hello there
--| - --bnd--
--| -

--- get_body_part publish_multipart
KSR.textops.get_body_part("text/plain", "$var(part)")  --> 1
KSR.pv.get("$var(part)")  --> "Content-ID: <x1>\r\n\r\nhello there\r\n"

--- get_body_part_raw publish_multipart
KSR.textops.get_body_part_raw("text/plain", "$var(part)")  --> 1
KSR.pv.get("$var(part)")  --> "Content-Type: text/plain\r\nContent-ID: <x1>\r\n\r\nhello there\r\n--bnd--\r\n"

--- has_body publish_multipart
KSR.textops.has_body()  --> 1

--- has_body_type compact
KSR.textops.has_body_type("text/plain")  --> 1

--- in_list
KSR.textops.in_list("a", "a", ",")  --> 1

--- in_list_prefix
KSR.textops.in_list_prefix("4930123", "4930,4940", ",")  --> 1

--- is_audio_on_hold publish_multipart
KSR.textops.is_audio_on_hold()  --> 2

--- is_present_hf
KSR.textops.is_present_hf("Subject")  --> 1

--- is_present_hf_re
KSR.textops.is_present_hf_re("^X-F")  --> 1

--- is_privacy
KSR.textops.is_privacy("id")  --> 1

--- regex_substring
KSR.textops.regex_substring("hello world", "w(or)", 1, 2, "$var(x)")  --> 1
KSR.pv.get("$var(x)")  --> "or"

--- remove_body_part publish_multipart
KSR.textops.remove_body_part("text/plain")  --> 1
--| - Content-Length: 214
--| + Content-Length: 148
--| - --bnd
--| - Content-Type: text/plain
--| - Content-ID: <x1>
--| -
--| - hello there

--- remove_hf
KSR.textops.remove_hf("X-Foo")  --> 1
--| - X-Foo: bar one
--| - X-Foo: bar two

--- remove_hf_exp
KSR.textops.remove_hf_exp("^X-", "Empty")  --> 1
--| - X-Foo: bar one
--| - X-Foo: bar two

--- remove_hf_idx
KSR.textops.remove_hf_idx("X-Foo", 1)  --> 1
--| - X-Foo: bar two

--- remove_hf_match
KSR.textops.remove_hf_match("X-Foo", "in", "two")  --> 1
--| - X-Foo: bar two

--- remove_hf_re
KSR.textops.remove_hf_re("^X-")  --> 1
--| - X-Foo: bar one
--| - X-Foo: bar two
--| - X-Empty:

--- replace
KSR.textops.replace("Hello", "Bye")  --> 1
--| - Subject: Hello, World
--| + Subject: Bye, World

--- replace_all
KSR.textops.replace_all("192\\.0\\.2\\.101", "203.0.113.1")  --> 1
--| - o=alice 2890844526 2890844526 IN IP4 192.0.2.101
--| + o=alice 2890844526 2890844526 IN IP4 203.0.113.1
--| - c=IN IP4 192.0.2.101
--| + c=IN IP4 203.0.113.1

--- replace_body
KSR.textops.replace_body("192\\.0\\.2\\.101", "203.0.113.1")  --> 1
--| - o=alice 2890844526 2890844526 IN IP4 192.0.2.101
--| + o=alice 2890844526 2890844526 IN IP4 203.0.113.1

--- replace_body_all
KSR.textops.replace_body_all("192\\.0\\.2\\.101", "203.0.113.1")  --> 1
--| - o=alice 2890844526 2890844526 IN IP4 192.0.2.101
--| + o=alice 2890844526 2890844526 IN IP4 203.0.113.1
--| - c=IN IP4 192.0.2.101
--| + c=IN IP4 203.0.113.1

--- replace_body_atonce
KSR.textops.replace_body_atonce("RTP", "X")  --> 1
--| - Content-Length: 287
--| + Content-Length: 273
--| - m=audio 49172 RTP/AVP 0 8 97 101
--| + m=audio 49172 X/AVP 0 8 97 101
--| - a=rtpmap:0 PCMU/8000
--| + a=Xmap:0 PCMU/8000
--| - a=rtpmap:8 PCMA/8000
--| + a=Xmap:8 PCMA/8000
--| - a=rtpmap:97 iLBC/8000
--| + a=Xmap:97 iLBC/8000
--| - a=rtpmap:101 telephone-event/8000
--| + a=Xmap:101 telephone-event/8000
--| - m=video 51372 RTP/AVP 31
--| + m=video 51372 X/AVP 31
--| - a=rtpmap:31 H261/90000
--| + a=Xmap:31 H261/90000

--- replace_body_str
KSR.textops.replace_body_str("sendrecv", "sendonly", "f")  --> 1
--| - a=sendrecv
--| + a=sendonly

--- replace_hdrs
KSR.textops.replace_hdrs("bar", "baz")  --> 1
--| - From: "Alice \"A\" Smith" <sip:alice:secret@atlanta.example.org:5080;transport=tcp>;tag=1928301774;foo=bar
--| + From: "Alice \"A\" Smith" <sip:alice:secret@atlanta.example.org:5080;transport=tcp>;tag=1928301774;foo=baz

--- replace_hdrs_str
KSR.textops.replace_hdrs_str("example", "EX", "x")  --> 1
--| - To: "Bob B." <sip:bob@example.com;x=1>
--| + To: "Bob B." <sip:bob@EX.com;x=1>
--| - From: "Alice \"A\" Smith" <sip:alice:secret@atlanta.example.org:5080;transport=tcp>;tag=1928301774;foo=bar
--| + From: "Alice \"A\" Smith" <sip:alice:secret@atlanta.EX.org:5080;transport=tcp>;tag=1928301774;foo=bar
--| - Call-ID: a84b4c76e66710@pc33.example.com
--| + Call-ID: a84b4c76e66710@pc33.EX.com
--| - P-Asserted-Identity: "Alice" <sip:+1555000111@example.com>, <tel:+1555000111>
--| + P-Asserted-Identity: "Alice" <sip:+1555000111@EX.com>, <tel:+1555000111>
--| - P-Preferred-Identity: <sip:alice2@example.com>
--| + P-Preferred-Identity: <sip:alice2@EX.com>
--| - Remote-Party-ID: "Alice" <sip:rpid@example.com>;party=calling
--| + Remote-Party-ID: "Alice" <sip:rpid@EX.com>;party=calling
--| - Diversion: <sip:carol@example.com>;reason=no-answer
--| + Diversion: <sip:carol@EX.com>;reason=no-answer

--- replace_str
KSR.textops.replace_str("Hello", "Bye", "f")  --> 1
--| - Subject: Hello, World
--| + Subject: Bye, World

--- search
KSR.textops.search("^INVITE")  --> 1

--- search_append
KSR.textops.search_append("^Subject: Hello", " again")  --> 1
--| - Subject: Hello, World
--| + Subject: Hello again, World

--- search_append_body publish_multipart
KSR.textops.search_append_body("audio", "AUDIO")  --> 1
--| - Content-Length: 214
--| + Content-Length: 219
--| - m=audio 4000 RTP/AVP 0
--| + m=audioAUDIO 4000 RTP/AVP 0

--- search_body
KSR.textops.search_body("PCM[UA]")  --> 1

--- search_hf
KSR.textops.search_hf("X-Foo", "two", "l")  --> 1

--- search_str register_multi
KSR.textops.search_str("hello", "l+")  --> 1

--- set_body options_min
KSR.textops.set_body("hello", "text/plain")  --> 1
--| - Content-Length: 0
--| + Content-Length: 5
--| + Content-Type: text/plain
--| -
--| + hello

--- set_body_hex publish_multipart
KSR.textops.set_body_hex("48690d0a", "text/plain")  --> 1
--| - Content-Type: multipart/mixed;boundary="bnd"
--| - Content-Length: 214
--| + Content-Length: 4
--| + Content-Type: text/plain
--| + Hi
--| - --bnd
--| - Content-Type: application/sdp
--| - v=0
--| - o=- 1 1 IN IP4 10.0.0.1
--| - s=-
--| - c=IN IP4 10.0.0.1
--| - t=0 0
--| - m=audio 4000 RTP/AVP 0
--| - a=sendonly
--| -
--| - --bnd
--| - Content-Type: text/plain
--| - Content-ID: <x1>
--| -
--| - hello there
--| - --bnd--
--| -

--- set_body_multipart options_min
KSR.textops.set_body_multipart("hello", "text/plain", "b1")  --> 1
--| - Content-Length: 0
--| + Content-Length: 47
--| + Content-Type: multipart/mixed;boundary="b1"
--| + Mime-Version: 1.0
--| + --b1
--| + Content-Type: text/plain
--| + hello
--| + --b1
--| +

--- set_body_multipart_boundary publish_multipart
KSR.textops.set_body_multipart_boundary("b1")  --> 1

--- set_body_multipart_content options_min
KSR.textops.set_body_multipart_content("hello", "text/plain")  --> 1
--| - Content-Length: 0
--| + Content-Length: 77
--| + Content-Type: multipart/mixed;boundary="unique-boundary-1"
--| + Mime-Version: 1.0
--| + --unique-boundary-1
--| + Content-Type: text/plain
--| + hello
--| + --unique-boundary-1
--| +

--- set_body_multipart_mode
KSR.textops.set_body_multipart_mode()  --> 1
--| + Content-Length: 364
--| + Content-Type: multipart/mixed;boundary="unique-boundary-1"
--| + Mime-Version: 1.0
--| +
--| + --unique-boundary-1
--| - Content-Length: 287
--| + --unique-boundary-1
--| +

--- set_reply_body options_min
KSR.textops.set_reply_body("hello", "text/plain")  --> 1
KSR.sl.send_reply(200, "OK")  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 200 OK
--|       Content-Type: text/plain
--|       Content-Length: 5
--|       hello

--- set_reply_body_hex options_min
KSR.textops.set_reply_body_hex("68656c6c6f", "text/plain")  --> 1
KSR.sl.send_reply(200, "OK")  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 200 OK
--|       Content-Type: text/plain
--|       Content-Length: 5
--|       hello

--- starts_with
KSR.textops.starts_with("hello", "he")  --> 1

--- str_all_in
KSR.textops.str_all_in("abc", "ab")  --> 1
KSR.textops.str_all_in("abc", "abcd")  --> -1

--- str_any_in options_min
KSR.textops.str_any_in("abc", "xyzc")  --> 1

--- str_find
KSR.textops.str_find("hello", "ll")  --> 3

--- str_ifind
KSR.textops.str_ifind("hello", "LO")  --> 4

--- subst
KSR.textops.subst("/Hello, (World)/\\1, Hello/")  --> 1
--| - Subject: Hello, World
--| + Subject: World, Hello

--- subst_body
KSR.textops.subst_body("/sendrecv/sendonly/")  --> 1
--| - a=sendrecv
--| + a=sendonly

--- subst_hf
KSR.textops.subst_hf("X-Foo", "/bar/baz/", "a")  --> 1
--| - X-Foo: bar one
--| + X-Foo: baz one
--| - X-Foo: bar two
--| + X-Foo: baz two

--- subst_uri
KSR.textops.subst_uri("/^sip:bob@(.*)$/sip:carol@\\1/")  --> 1
KSR.pv.get("$rU")  --> "carol"
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:carol@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0

--- subst_user
KSR.textops.subst_user("/bob/carol/")  --> 1
KSR.pv.get("$rU")  --> "carol"
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:carol@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0

--- subst_v
KSR.textops.subst_v("hello", "/o/0/", "$var(x)")  --> 1
KSR.pv.get("$var(x)")  --> "hell0"
