--- sht_cn
KSR.htable.sht_seti("a", "alice", 1)  --> 1
KSR.htable.sht_seti("a", "albert", 2)  --> 1
KSR.htable.sht_cn("a", "%~", "al")  --> 2

--- sht_dec
KSR.htable.sht_seti("a", "alice", 3)  --> 1
KSR.htable.sht_dec("a", "alice")  --> 2

--- sht_get
KSR.htable.sht_sets("a", "alice", "gold")  --> 1
KSR.htable.sht_get("a", "alice")  --> "gold"
KSR.htable.sht_get("a", "bob")  --> nil

--- sht_gete
KSR.htable.sht_gete("a", "bob")  --> ""

--- sht_getw
KSR.htable.sht_getw("a", "bob")  --> "<null>"

--- sht_inc
KSR.htable.sht_seti("a", "alice", 1)  --> 1
KSR.htable.sht_inc("a", "alice")  --> 2

--- sht_is_null
KSR.htable.sht_is_null("a", "bob")  --> 1

--- sht_iterator_end
KSR.htable.sht_iterator_start("i", "a")  --> 1
KSR.htable.sht_iterator_end("i")  --> 1

--- sht_iterator_next
KSR.htable.sht_seti("a", "alice", 1)  --> 1
KSR.htable.sht_iterator_start("i", "a")  --> 1
KSR.htable.sht_iterator_next("i")  --> 1
KSR.pv.get("$shtitkey(i)")  --> "alice"
KSR.htable.sht_iterator_next("i")  --> -1
KSR.htable.sht_iterator_end("i")  --> 1

--- sht_iterator_rm
KSR.htable.sht_seti("a", "alice", 1)  --> 1
KSR.htable.sht_iterator_start("i", "a")  --> 1
KSR.htable.sht_iterator_next("i")  --> 1
KSR.htable.sht_iterator_rm("i")  --> -2
KSR.htable.sht_iterator_end("i")  --> 1
KSR.htable.sht_get("a", "alice")  --> nil

--- sht_iterator_setex
KSR.htable.sht_seti("ipban", "198.51.100.7", 1)  --> 1
KSR.htable.sht_iterator_start("i", "ipban")  --> 1
KSR.htable.sht_iterator_next("i")  --> 1
KSR.htable.sht_iterator_setex("i", 60)  --> 1
KSR.htable.sht_iterator_end("i")  --> 1
KSR.pv.get("$shtex(ipban=>198.51.100.7)")  --> 60

--- sht_iterator_seti
KSR.htable.sht_seti("a", "alice", 1)  --> 1
KSR.htable.sht_iterator_start("i", "a")  --> 1
KSR.htable.sht_iterator_next("i")  --> 1
KSR.htable.sht_iterator_seti("i", 7)  --> 1
KSR.htable.sht_iterator_end("i")  --> 1
KSR.htable.sht_get("a", "alice")  --> 7

--- sht_iterator_sets
KSR.htable.sht_seti("a", "alice", 1)  --> 1
KSR.htable.sht_iterator_start("i", "a")  --> 1
KSR.htable.sht_iterator_next("i")  --> 1
KSR.htable.sht_iterator_sets("i", "gold")  --> 1
KSR.htable.sht_iterator_end("i")  --> 1
KSR.htable.sht_get("a", "alice")  --> "gold"

--- sht_iterator_start
KSR.htable.sht_iterator_start("i", "a")  --> 1
KSR.htable.sht_iterator_end("i")  --> 1
KSR.htable.sht_iterator_start("i", "nosuch")  --> -1
--| logs err: there is no hash table "nosuch"

--- sht_lock
KSR.htable.sht_lock("a", "alice")  --> 1
KSR.htable.sht_unlock("a", "alice")  --> 1

--- sht_match_name
KSR.htable.sht_seti("a", "alice", 1)  --> 1
KSR.htable.sht_match_name("a", "sw", "al")  --> 1

--- sht_match_str_value
KSR.htable.sht_sets("a", "alice", "gold")  --> 1
KSR.htable.sht_match_str_value("a", "eq", "gold")  --> 1

--- sht_reset
KSR.htable.sht_seti("a", "alice", 1)  --> 1
KSR.htable.sht_reset("a")  --> 0
KSR.htable.sht_get("a", "alice")  --> nil

--- sht_rm
KSR.htable.sht_seti("a", "alice", 1)  --> 1
KSR.htable.sht_rm("a", "alice")  --> 1
KSR.htable.sht_get("a", "alice")  --> nil

--- sht_rm_name
KSR.htable.sht_seti("a", "alice", 1)  --> 1
KSR.htable.sht_rm_name("a", "sw", "al")  --> 1
KSR.htable.sht_get("a", "alice")  --> nil

--- sht_rm_name_re
KSR.htable.sht_seti("a", "alice", 1)  --> 1
KSR.htable.sht_rm_name_re("a", "^al")  --> 1
KSR.htable.sht_get("a", "alice")  --> nil

--- sht_rm_value
KSR.htable.sht_sets("a", "alice", "gold")  --> 1
KSR.htable.sht_rm_value("a", "in", "ol")  --> 1
KSR.htable.sht_get("a", "alice")  --> nil

--- sht_rm_value_re
KSR.htable.sht_sets("a", "alice", "gold")  --> 1
KSR.htable.sht_rm_value_re("a", "^g")  --> 1
KSR.htable.sht_get("a", "alice")  --> nil

--- sht_setex
KSR.htable.sht_seti("ipban", "198.51.100.7", 1)  --> 1
KSR.htable.sht_setex("ipban", "198.51.100.7", 60)  --> 1
KSR.pv.get("$shtex(ipban=>198.51.100.7)")  --> 60

--- sht_seti
KSR.htable.sht_seti("a", "alice", 1)  --> 1
KSR.htable.sht_get("a", "alice")  --> 1

--- sht_sets
KSR.htable.sht_sets("a", "alice", "gold")  --> 1
KSR.htable.sht_get("a", "alice")  --> "gold"

--- sht_setxi
KSR.htable.sht_setxi("ipban", "198.51.100.7", 1, 60)  --> 1
KSR.pv.get("$shtex(ipban=>198.51.100.7)")  --> 60

--- sht_setxs
KSR.htable.sht_setxs("ipban", "198.51.100.7", "scanner", 60)  --> 1
KSR.htable.sht_get("ipban", "198.51.100.7")  --> "scanner"

--- sht_unlock
KSR.htable.sht_lock("a", "alice")  --> 1
KSR.htable.sht_unlock("a", "alice")  --> 1
