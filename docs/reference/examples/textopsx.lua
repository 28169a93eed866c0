--- append_hf_value
KSR.textopsx.append_hf_value("X-Foo", "val")  --> 1
--| + X-Foo: val

--- assign_hf_value
KSR.textopsx.assign_hf_value("X-Foo[2]", "val")  --> 1
--| - X-Foo: bar two
--| + X-Foo: val

--- assign_hf_value2 register_multi
KSR.textopsx.assign_hf_value2("Authorization.realm", "\"example.org\"")  --> 1
--| - Authorization: Digest username="bob", realm="example.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="sip:exa...
--| + Authorization: Digest username="bob", realm="example.org", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="sip:exa...

--- bl_iterator_append
KSR.textopsx.bl_iterator_start("i")  --> 1
KSR.textopsx.bl_iterator_next("i")  --> 1
KSR.textopsx.bl_iterator_append("i", "x=after\r\n")  --> 1
--| - Content-Length: 287
--| + Content-Length: 296
--| + x=after

--- bl_iterator_end
KSR.textopsx.bl_iterator_start("i")  --> 1
KSR.textopsx.bl_iterator_end("i")  --> 1

--- bl_iterator_insert
KSR.textopsx.bl_iterator_start("i")  --> 1
KSR.textopsx.bl_iterator_next("i")  --> 1
KSR.textopsx.bl_iterator_next("i")  --> 1
KSR.textopsx.bl_iterator_insert("i", "x=before\r\n")  --> 1
--| - Content-Length: 287
--| + Content-Length: 297
--| + x=before

--- bl_iterator_next
KSR.textopsx.bl_iterator_start("i")  --> 1
KSR.textopsx.bl_iterator_next("i")  --> 1
KSR.textopsx.bl_iterator_value("i")  --> "v=0\r\n"

--- bl_iterator_rm
KSR.textopsx.bl_iterator_start("i")  --> 1
KSR.textopsx.bl_iterator_next("i")  --> 1
KSR.textopsx.bl_iterator_next("i")  --> 1
KSR.textopsx.bl_iterator_rm("i")  --> 1
--| - Content-Length: 287
--| + Content-Length: 237
--| - o=alice 2890844526 2890844526 IN IP4 192.0.2.101

--- bl_iterator_start
KSR.textopsx.bl_iterator_start("i")  --> 1

--- bl_iterator_value
KSR.textopsx.bl_iterator_start("i")  --> 1
KSR.textopsx.bl_iterator_next("i")  --> 1
KSR.textopsx.bl_iterator_value("i")  --> "v=0\r\n"

--- change_reply_status reply_200
KSR.textopsx.change_reply_status(202, "Accepted")  --> 1
--| - SIP/2.0 200 OK
--| + SIP/2.0 202 Accepted

--- change_reply_status_code reply_200
KSR.textopsx.change_reply_status_code(202)  --> 1
--| - SIP/2.0 200 OK
--| + SIP/2.0 202 OK

--- exclude_hf_value
KSR.textopsx.exclude_hf_value("Supported", "timer")  --> 1
--| - Supported: timer, 100rel
--| + Supported:  100rel

--- fnmatch
KSR.textopsx.fnmatch("abc", "abc")  --> 0
KSR.textopsx.fnmatch("abc", "")  --> -1

--- fnmatch_ex
KSR.textopsx.fnmatch_ex("abc", "a?c", "i")  --> 0

--- hf_iterator_append
KSR.textopsx.hf_iterator_start("i")  --> 1
KSR.textopsx.hf_iterator_next("i")  --> 1
KSR.textopsx.hf_iterator_append("i", "X-Zone: us\r\n")  --> 1
--| + X-Zone: us

--- hf_iterator_end
KSR.textopsx.hf_iterator_start("i")  --> 1
KSR.textopsx.hf_iterator_end("i")  --> 1

--- hf_iterator_hbody
KSR.textopsx.hf_iterator_start("i")  --> 1
KSR.textopsx.hf_iterator_next("i")  --> 1
KSR.textopsx.hf_iterator_hbody("i")  --> "SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport"

--- hf_iterator_hname
KSR.textopsx.hf_iterator_start("i")  --> 1
KSR.textopsx.hf_iterator_next("i")  --> 1
KSR.textopsx.hf_iterator_hname("i")  --> "Via"

--- hf_iterator_insert
KSR.textopsx.hf_iterator_start("i")  --> 1
KSR.textopsx.hf_iterator_next("i")  --> 1
KSR.textopsx.hf_iterator_insert("i", "X-Zone: us\r\n")  --> 1
--| + X-Zone: us

--- hf_iterator_next
KSR.textopsx.hf_iterator_start("i")  --> 1
KSR.textopsx.hf_iterator_next("i")  --> 1
KSR.textopsx.hf_iterator_next("i")  --> 1
KSR.textopsx.hf_iterator_next("i")  --> 1
KSR.textopsx.hf_iterator_hname("i")  --> "Max-Forwards"

--- hf_iterator_prev
KSR.textopsx.hf_iterator_start("i")  --> 1
KSR.textopsx.hf_iterator_next("i")  --> 1
KSR.textopsx.hf_iterator_next("i")  --> 1
KSR.textopsx.hf_iterator_prev("i")  --> 1
KSR.textopsx.hf_iterator_hbody("i")  --> "SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport"

--- hf_iterator_rm
KSR.textopsx.hf_iterator_start("i")  --> 1
KSR.textopsx.hf_iterator_next("i")  --> 1
KSR.textopsx.hf_iterator_next("i")  --> 1
KSR.textopsx.hf_iterator_rm("i")  --> 1
--| - Via: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bKabc;received=198.51.100.3

--- hf_iterator_start
KSR.textopsx.hf_iterator_start("i")  --> 1

--- hf_value_exists
KSR.textopsx.hf_value_exists("Supported", "timer")  --> 1

--- include_hf_value
KSR.textopsx.include_hf_value("Allow", "timer")  --> 1
--| - Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE
--| + Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE,timer

--- insert_hf_value
KSR.textopsx.insert_hf_value("X-Foo[-1]", "val")  --> 1
--| - X-Foo: bar two
--| + X-Foo: val,bar two

--- keep_hf publish_multipart
KSR.textopsx.keep_hf()  --> -1
--| - Expires: 3600
--| - Event: presence
--| - SIP-If-Match: dx200xyz

--- keep_hf_re register_multi
KSR.textopsx.keep_hf_re("^X-")  --> -1
--| - Path: <sip:p1.example.net;lr>
--| - Supported: path, outbound
--| - Authorization: Digest username="bob", realm="example.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="sip:exa...
--| - Expires: 3600
--| - User-Agent: Phone X

--- msg_apply_changes
KSR.hdr.append("X-Zone: us\r\n")  --> 1
KSR.hdr.get("X-Zone")  --> nil
KSR.textopsx.msg_apply_changes()  --> 1
KSR.hdr.get("X-Zone")  --> "us"
--| + X-Zone: us

--- msg_set_buffer options_min
KSR.textopsx.msg_set_buffer((KSR.pv.get("$mb"):gsub("mon@", "probe@")))  --> 1
KSR.pv.get("$fU")  --> "probe"
--| - From: <sip:mon@127.0.0.1>;tag=a
--| + From: <sip:probe@127.0.0.1>;tag=a

--- remove_body nat_contact
KSR.textopsx.remove_body()  --> 1
KSR.textopsx.msg_apply_changes()  --> 1
KSR.kx.get_bodylen()  --> 0
--| - Content-Length: 281
--| + Content-Length: 0
--| - v=0
--| - o=alice 2890844526 2890844526 IN IP4 10.1.2.3
--| - s=-
--| - c=IN IP4 10.1.2.3
--| - t=0 0
--| - m=audio 49172 RTP/AVP 0 8 97 101
--| - a=rtpmap:0 PCMU/8000
--| - a=rtpmap:8 PCMA/8000
--| - a=rtpmap:97 iLBC/8000
--| - a=rtpmap:101 telephone-event/8000
--| - a=sendrecv
--| - m=video 51372 RTP/AVP 31
--| - a=rtpmap:31 H261/90000

--- remove_hf_value
KSR.textopsx.remove_hf_value("X-Foo[1]")  --> 1
--| - X-Foo: bar one

--- remove_hf_value2 register_multi
KSR.textopsx.remove_hf_value2("Authorization.opaque", "")  --> 1
--| - Authorization: Digest username="bob", realm="example.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="sip:exa...
--| + Authorization: Digest username="bob", realm="example.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="sip:exa...
