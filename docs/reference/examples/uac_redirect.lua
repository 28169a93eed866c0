--- get_redirects
KSR.tm.t_newtran()  --> 1
KSR.uac_redirect.get_redirects(4, 2)  --> -1

--- get_redirects_acc
KSR.tm.t_newtran()  --> 1
KSR.uac_redirect.get_redirects_acc(0, 0, "")  --> -1

--- get_redirects_all
KSR.tm.t_newtran()  --> 1
KSR.uac_redirect.get_redirects_all()  --> -1
