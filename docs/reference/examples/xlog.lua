--- xalert
KSR.xlog.xalert("disk full at $si")  --> 1
--| logs alert: <script>: disk full at 127.0.0.1

--- xcrit
KSR.xlog.xcrit("no route for $rU")  --> 1
--| logs crit2: <script>: no route for bob

--- xdbg
KSR.xlog.xdbg("$rm from $fU")  --> 1
--| logs dbg: <script>: INVITE from alice

--- xerr
KSR.xlog.xerr("no gateway for $rU")  --> 1
--| logs err: <script>: no gateway for bob

--- xinfo
KSR.xlog.xinfo("$rm from $fU to $rU")  --> 1
--| logs info: <script>: INVITE from alice to bob

--- xlog
KSR.xlog.xlog("L_NOTICE", "$rm from $si:$sp")  --> 1
--| logs notice: <script>: INVITE from 127.0.0.1:5099

--- xlog_facility
KSR.xlog.xlog_facility("LOG_LOCAL1", "L_INFO", "$ci")  --> 1
--| logs info: <script>: a84b4c76e66710@pc33.example.com

--- xnotice
KSR.xlog.xnotice("$(ru{uri.host}) asked for")  --> 1
--| logs notice: <script>: example.com asked for

--- xwarn
KSR.xlog.xwarn("scanner at $si")  --> 1
--| logs warn: <script>: scanner at 127.0.0.1
