--- is_maxfwd_lt
KSR.maxfwd.is_maxfwd_lt(71)  --> 1
KSR.maxfwd.is_maxfwd_lt(70)  --> -1

--- process_maxfwd
KSR.maxfwd.process_maxfwd(10)  --> 1
KSR.hdr.get("Max-Forwards")  --> "69"
--| - Max-Forwards: 70
--| + Max-Forwards: 69
