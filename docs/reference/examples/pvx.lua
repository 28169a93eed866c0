--- avp_get
KSR.pvx.avp_sets("plan", "gold")  --> 1
KSR.pvx.avp_get("plan")  --> "gold"
KSR.pvx.avp_get("none")  --> nil

--- avp_gete
KSR.pvx.avp_gete("none")  --> ""

--- avp_getw
KSR.pvx.avp_getw("none")  --> "<null>"

--- avp_is_null
KSR.pvx.avp_is_null("none")  --> 1

--- avp_rm
KSR.pvx.avp_sets("plan", "gold")  --> 1
KSR.pvx.avp_rm("plan")  --> 1
KSR.pvx.avp_get("plan")  --> nil

--- avp_seti
KSR.pvx.avp_seti("limit", 5)  --> 1
KSR.pvx.avp_get("limit")  --> 5

--- avp_sets
KSR.pvx.avp_sets("plan", "gold")  --> 1
KSR.pv.get("$avp(plan)")  --> "gold"

--- xavp_get
KSR.pvx.xavp_sets("plan", "gold")  --> 1
KSR.pvx.xavp_get("plan")  --> "gold"
KSR.pvx.xavp_get("none")  --> nil

--- xavp_gete
KSR.pvx.xavp_gete("none")  --> ""

--- xavp_getw
KSR.pvx.xavp_getw("none")  --> "<null>"

--- xavp_is_null
KSR.pvx.xavp_is_null("none")  --> 1

--- xavp_rm
KSR.pvx.xavp_sets("plan", "gold")  --> 1
KSR.pvx.xavp_rm("plan")  --> 1
KSR.pvx.xavp_get("plan")  --> nil

--- xavp_seti
KSR.pvx.xavp_seti("limit", 5)  --> 1
KSR.pvx.xavp_get("limit")  --> 5

--- xavp_sets
KSR.pvx.xavp_sets("plan", "gold")  --> 1
KSR.pv.get("$xavp(plan)")  --> "gold"

--- xavp_child_get
KSR.pvx.xavp_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavp_child_get("user", "plan")  --> "gold"
KSR.pvx.xavp_child_get("user", "none")  --> nil

--- xavp_child_gete
KSR.pvx.xavp_child_gete("user", "none")  --> ""

--- xavp_child_getw
KSR.pvx.xavp_child_getw("user", "none")  --> "<null>"

--- xavp_child_is_null
KSR.pvx.xavp_child_is_null("user", "none")  --> 1

--- xavp_child_rm
KSR.pvx.xavp_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavp_child_rm("user", "plan")  --> 1
KSR.pvx.xavp_child_get("user", "plan")  --> nil

--- xavp_child_seti
KSR.pvx.xavp_child_seti("user", "limit", 5)  --> 1
KSR.pvx.xavp_child_get("user", "limit")  --> 5

--- xavp_child_sets
KSR.pvx.xavp_child_sets("user", "plan", "gold")  --> 1
KSR.pv.get("$xavp(user=>plan)")  --> "gold"

--- xavp_rm_all
KSR.pvx.xavp_sets("plan", "gold")  --> 1
KSR.pvx.xavp_sets("plan", "fax")  --> 1
KSR.pvx.xavp_rm_all("plan")  --> 2

--- xavp_get_keys
KSR.pvx.xavp_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavp_get_keys("user", 0)  --> {"plan"}

--- xavp_getd
KSR.pvx.xavp_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavp_getd("user")  --> {{plan = {"gold"}}}

--- xavp_getd_p1
KSR.pvx.xavp_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavp_getd_p1("user", 0)  --> {plan = {"gold"}}

--- xavi_get
KSR.pvx.xavi_sets("plan", "gold")  --> 1
KSR.pvx.xavi_get("plan")  --> "gold"
KSR.pvx.xavi_get("none")  --> nil

--- xavi_gete
KSR.pvx.xavi_gete("none")  --> ""

--- xavi_getw
KSR.pvx.xavi_getw("none")  --> "<null>"

--- xavi_is_null
KSR.pvx.xavi_is_null("none")  --> 1

--- xavi_rm
KSR.pvx.xavi_sets("plan", "gold")  --> 1
KSR.pvx.xavi_rm("plan")  --> 1
KSR.pvx.xavi_get("plan")  --> nil

--- xavi_seti
KSR.pvx.xavi_seti("limit", 5)  --> 1
KSR.pvx.xavi_get("limit")  --> 5

--- xavi_sets
KSR.pvx.xavi_sets("plan", "gold")  --> 1
KSR.pv.get("$xavi(plan)")  --> "gold"

--- xavi_child_get
KSR.pvx.xavi_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavi_child_get("user", "plan")  --> "gold"
KSR.pvx.xavi_child_get("user", "none")  --> nil

--- xavi_child_gete
KSR.pvx.xavi_child_gete("user", "none")  --> ""

--- xavi_child_getw
KSR.pvx.xavi_child_getw("user", "none")  --> "<null>"

--- xavi_child_is_null
KSR.pvx.xavi_child_is_null("user", "none")  --> 1

--- xavi_child_rm
KSR.pvx.xavi_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavi_child_rm("user", "plan")  --> 1
KSR.pvx.xavi_child_get("user", "plan")  --> nil

--- xavi_child_seti
KSR.pvx.xavi_child_seti("user", "limit", 5)  --> 1
KSR.pvx.xavi_child_get("user", "limit")  --> 5

--- xavi_child_sets
KSR.pvx.xavi_child_sets("user", "plan", "gold")  --> 1
KSR.pv.get("$xavi(user=>plan)")  --> "gold"

--- xavi_rm_all
KSR.pvx.xavi_sets("plan", "gold")  --> 1
KSR.pvx.xavi_sets("plan", "fax")  --> 1
KSR.pvx.xavi_rm_all("plan")  --> 2

--- xavi_get_keys
KSR.pvx.xavi_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavi_get_keys("user", 0)  --> {"plan"}

--- xavi_getd
KSR.pvx.xavi_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavi_getd("user")  --> {{plan = {"gold"}}}

--- xavi_getd_p1
KSR.pvx.xavi_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavi_getd_p1("user", 0)  --> {plan = {"gold"}}

--- xavu_get
KSR.pvx.xavu_sets("plan", "gold")  --> 1
KSR.pvx.xavu_get("plan")  --> "gold"
KSR.pvx.xavu_get("none")  --> nil

--- xavu_gete
KSR.pvx.xavu_gete("none")  --> ""

--- xavu_getw
KSR.pvx.xavu_getw("none")  --> "<null>"

--- xavu_is_null
KSR.pvx.xavu_is_null("none")  --> 1

--- xavu_rm
KSR.pvx.xavu_sets("plan", "gold")  --> 1
KSR.pvx.xavu_rm("plan")  --> 1
KSR.pvx.xavu_get("plan")  --> nil

--- xavu_seti
KSR.pvx.xavu_seti("limit", 5)  --> 1
KSR.pvx.xavu_get("limit")  --> 5

--- xavu_sets
KSR.pvx.xavu_sets("plan", "gold")  --> 1
KSR.pv.get("$xavu(plan)")  --> "gold"

--- xavu_child_get
KSR.pvx.xavu_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavu_child_get("user", "plan")  --> "gold"
KSR.pvx.xavu_child_get("user", "none")  --> nil

--- xavu_child_gete
KSR.pvx.xavu_child_gete("user", "none")  --> ""

--- xavu_child_getw
KSR.pvx.xavu_child_getw("user", "none")  --> "<null>"

--- xavu_child_is_null
KSR.pvx.xavu_child_is_null("user", "none")  --> 1

--- xavu_child_rm
KSR.pvx.xavu_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavu_child_rm("user", "plan")  --> 1
KSR.pvx.xavu_child_get("user", "plan")  --> nil

--- xavu_child_seti
KSR.pvx.xavu_child_seti("user", "limit", 5)  --> 1
KSR.pvx.xavu_child_get("user", "limit")  --> 5

--- xavu_child_sets
KSR.pvx.xavu_child_sets("user", "plan", "gold")  --> 1
KSR.pv.get("$xavu(user=>plan)")  --> "gold"

--- evalx
KSR.pvx.evalx("$var(x)", "$fU calls $rU")  --> 1
KSR.pv.get("$var(x)")  --> "alice calls bob"

--- pv_var_to_xavp
KSR.pv.sets("$var(plan)", "gold")  --> true
KSR.pvx.pv_var_to_xavp("plan", "user")  --> 1
KSR.pv.get("$xavp(user=>plan)")  --> "gold"

--- pv_xavp_to_var
KSR.pvx.xavp_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.pv_xavp_to_var("user")  --> 1
KSR.pv.get("$var(plan)")  --> "gold"

--- pv_xavp_print
KSR.pvx.xavp_sets("plan", "gold")  --> 1
KSR.pvx.pv_xavp_print()  --> 1
--| logs info: $xavp plan=gold

--- pv_xavi_print
KSR.pvx.xavi_sets("plan", "gold")  --> 1
KSR.pvx.pv_xavi_print()  --> 1
--| logs info: $xavi plan=gold

--- pv_xavu_print
KSR.pvx.xavu_sets("plan", "gold")  --> 1
KSR.pvx.pv_xavu_print()  --> 1
--| logs info: $xavu plan=gold

--- sbranch_append
KSR.pv.sets("$sbranch(uri)", "sip:carol@192.0.2.9")  --> true
KSR.pvx.sbranch_append()  --> 1
KSR.pv.get("$(branch(uri)[0])")  --> "sip:carol@192.0.2.9"

--- sbranch_reset
KSR.pv.sets("$sbranch(uri)", "sip:carol@192.0.2.9")  --> true
KSR.pvx.sbranch_reset()  --> 1
KSR.pv.get("$sbranch(uri)")  --> nil

--- sbranch_set_ruri
KSR.pv.sets("$sbranch(uri)", "sip:carol@192.0.2.9")  --> true
KSR.pvx.sbranch_set_ruri()  --> 1
KSR.pv.get("$ru")  --> "sip:carol@192.0.2.9"
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:carol@192.0.2.9 SIP/2.0

--- shv_get
KSR.pvx.shv_get("calls")  --> 1

--- shv_seti
KSR.pvx.shv_seti("calls", 5)  --> 1
KSR.pvx.shv_get("calls")  --> 5

--- shv_sets
KSR.pvx.shv_sets("calls", "many")  --> 1
KSR.pvx.shv_get("calls")  --> "many"

--- shvinc_get
KSR.pvx.shvinc_get("calls")  --> 2
KSR.pvx.shvinc_get("calls")  --> 3

--- var_get
KSR.pvx.var_seti("x", 5)  --> 1
KSR.pvx.var_get("x")  --> 5

--- var_seti
KSR.pvx.var_seti("x", 5)  --> 1
KSR.pv.get("$var(x)")  --> 5

--- var_sets
KSR.pvx.var_sets("x", "y")  --> 1
KSR.pv.get("$var(x)")  --> "y"

--- xavp_copy
KSR.pvx.xavp_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavp_copy("user", 0, "copy")  --> 1
KSR.pv.get("$xavp(copy=>plan)")  --> "gold"

--- xavp_copy_dst
KSR.pvx.xavp_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavp_copy_dst("user", 0, "copy", 0)  --> 1
KSR.pv.get("$xavp(copy=>plan)")  --> "gold"

--- xavp_lshift
KSR.pvx.xavp_sets("plan", "gold")  --> 1
KSR.pvx.xavp_sets("plan", "fax")  --> 1
KSR.pvx.xavp_lshift("plan", 1)  --> 1
KSR.pvx.xavp_get("plan")  --> "gold"

--- xavp_params_explode
KSR.pvx.xavp_params_explode("plan=gold;limit=5", "user")  --> 1
KSR.pv.get("$xavp(user=>plan)")  --> "gold"

--- xavp_params_implode
KSR.pvx.xavp_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavp_params_implode("user", "$var(x)")  --> 1
KSR.pv.get("$var(x)")  --> "plan=gold;"

--- xavp_params_implode_qval
KSR.pvx.xavp_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavp_params_implode_qval("user", "$var(x)")  --> 1
KSR.pv.get("$var(x)")  --> "plan=\"gold\";"

--- xavp_push_dst
KSR.pvx.xavp_child_sets("dst", "uri", "sip:carol@192.0.2.9")  --> 1
KSR.pvx.xavp_push_dst("dst")  --> 1
KSR.pv.get("$ru")  --> "sip:carol@192.0.2.9"
--| - INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi&Priority=urgent SIP/2.0
--| + INVITE sip:carol@192.0.2.9 SIP/2.0

--- xavp_slist_explode
KSR.pvx.xavp_slist_explode("gold, fax", ",", "t", "plans")  --> 1
KSR.pv.get("$xavp(plans=>v)")  --> "gold"

--- xavp_xparams_explode
KSR.pvx.xavp_xparams_explode("plan=gold,limit=5", ",", "user")  --> 1
KSR.pv.get("$xavp(user=>limit)")  --> "5"

--- xavu_params_explode
KSR.pvx.xavu_params_explode("plan=gold;limit=5", "user")  --> 1
KSR.pv.get("$xavu(user=>plan)")  --> "gold"

--- xavu_params_implode
KSR.pvx.xavu_child_sets("user", "plan", "gold")  --> 1
KSR.pvx.xavu_params_implode("user", "$var(x)")  --> 1
KSR.pv.get("$var(x)")  --> "plan=gold;"
