--- get
KSR.pv.get("$rU")  --> "bob"
KSR.pv.get("$(hdr(X-Foo)[1])")  --> "bar two"
KSR.pv.get("$hdr(X-None)")  --> nil

--- gete
KSR.pv.gete("$ua")  --> "Tester/1.0 (unit)"
KSR.pv.gete("$hdr(X-None)")  --> ""

--- geti options_min
KSR.pv.geti("$sp")  --> 5099

--- getl
KSR.pv.seti("$var(x)", 5)  --> true
KSR.pv.getl("$var(x)")  --> 5.0

--- getvn
KSR.pv.getvn("$avp(x)", 7)  --> 7

--- getvs
KSR.pv.getvs("$avp(x)", "none")  --> "none"

--- getw
KSR.pv.getw("$fU")  --> "alice"
KSR.pv.getw("$hdr(X-None)")  --> "<null>"

--- is_null
KSR.pv.is_null("$avp(x)")  --> true
KSR.pv.is_null("$ru")  --> false

--- seti
KSR.pv.seti("$avp(x)", 5)  --> true
KSR.pv.get("$avp(x)")  --> 5

--- setl
KSR.pv.setl("$avp(x)", 5000000000)  --> true
KSR.pv.getl("$avp(x)")  --> 5000000000.0

--- sets
KSR.pv.sets("$rU", "carol")  --> true
KSR.pv.get("$ru")  --> "sip:carol@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent"
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:carol@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0

--- unset
KSR.pv.sets("$avp(x)", "y")  --> true
KSR.pv.unset("$avp(x)")  --> true
KSR.pv.is_null("$avp(x)")  --> true
