--- get_redirects
KSR.uac_redirect.get_redirects(3, 1)  --> -1
--| logs crit: get_redirects: there is no transaction

--- get_redirects_acc
KSR.uac_redirect.get_redirects_acc(3, 1, "redirected")  --> -1
--| logs err: get_redirects_acc: module acc is not there, nothing is accounted
--| logs crit: get_redirects_acc: there is no transaction

--- get_redirects_all
KSR.uac_redirect.get_redirects_all()  --> -1
--| logs crit: get_redirects_all: there is no transaction
