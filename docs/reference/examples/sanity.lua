--- sanity_check
KSR.sanity.sanity_check(1024, 1)  --> 1

--- sanity_check_defaults options_min
KSR.sanity.sanity_check_defaults()  --> 1

--- sanity_reply
KSR.sanity.sanity_reply()  --> 1
