--- append
KSR.hdr.append("X-Zone: us\r\n")  --> 1
--| + X-Zone: us

--- append_after
KSR.hdr.append_after("X-Zone: us\r\n", "Call-ID")  --> 1
--| + X-Zone: us

--- append_to_reply
KSR.hdr.append_to_reply("X-Zone: us\r\n")  --> 1
KSR.sl.send_reply(200, "OK")  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 200 OK
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
--|       X-Zone: us

--- get
KSR.hdr.get("Subject")  --> "Hello, World"
KSR.hdr.get("s")  --> "Hello, World"

--- get_idx
KSR.hdr.get_idx("X-Foo", 1)  --> "bar two"
KSR.hdr.get_idx("X-Foo", 2)  --> nil

--- gete
KSR.hdr.gete("User-Agent")  --> "Tester/1.0 (unit)"
KSR.hdr.gete("Nope")  --> ""

--- gete_idx
KSR.hdr.gete_idx("Via", -1)  --> "SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bKabc;received=198.51.100.3"
KSR.hdr.gete_idx("Via", 5)  --> ""

--- getw
KSR.hdr.getw("Content-Type")  --> "application/sdp"
KSR.hdr.getw("Nope")  --> "<null>"

--- getw_idx
KSR.hdr.getw_idx("X-Foo", 0)  --> "bar one"
KSR.hdr.getw_idx("Via", 5)  --> "<null>"

--- insert
KSR.hdr.insert("X-Zone: us\r\n")  --> 1
--| + X-Zone: us

--- insert_before
KSR.hdr.insert_before("X-Zone: us\r\n", "Contact")  --> 1
--| + X-Zone: us

--- is_present
KSR.hdr.is_present("From")  --> 1
KSR.hdr.is_present("Nope")  --> -1

--- match_content
KSR.hdr.match_content("X-Foo", "eq", "bar one", "f")  --> true

--- remove
KSR.hdr.remove("X-Foo")  --> 1
--| - X-Foo: bar one
--| - X-Foo: bar two

--- rmappend
KSR.hdr.rmappend("Subject", "X-Zone: us\r\n")  --> 1
--| - Subject: Hello, World
--| + X-Zone: us

--- rminsert
KSR.hdr.rminsert("Subject", "X-Zone: us\r\n")  --> 1
--| + X-Zone: us
--| - Subject: Hello, World
