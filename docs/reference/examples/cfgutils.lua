--- abort
KSR.cfgutils.abort()  --> -1
--| logs crit: cfgutils.abort: the script wants the process to end, which is the host's

--- check_route_exists
KSR.cfgutils.check_route_exists("RELAY")  --> -1

--- core_hash
KSR.cfgutils.core_hash("alice", "", 8)  --> 222

--- lock
KSR.cfgutils.lock("alice")  --> 1
KSR.cfgutils.unlock("alice")  --> 1

--- lock_key2
KSR.cfgutils.lock_key2("alice", "call-1")  --> 1
KSR.cfgutils.unlock_key2("alice", "call-1")  --> 1

--- pkg_status options_min
KSR.cfgutils.pkg_status()  --> 1
--| logs info: pkg_status: ... bytes of the message, ... of the engine's set-up

--- pkg_summary options_min
KSR.cfgutils.pkg_summary()  --> 1
--| logs info: pkg_summary: ... bytes of the message, ... of the engine's set-up

--- rand_event
KSR.cfgutils.rand_set_prob(100)  --> 1
KSR.cfgutils.rand_event()  --> 1

--- rand_get_prob
KSR.cfgutils.rand_get_prob()  --> 10

--- rand_reset_prob
KSR.cfgutils.rand_set_prob(50)  --> 1
KSR.cfgutils.rand_reset_prob()  --> 1
KSR.cfgutils.rand_get_prob()  --> 10

--- rand_set_prob
KSR.cfgutils.rand_set_prob(50)  --> 1
KSR.cfgutils.rand_get_prob()  --> 50

--- route_if_exists
KSR.cfgutils.route_if_exists("RELAY")  --> -1

--- shm_status options_min
KSR.cfgutils.shm_status()  --> 1
--| logs info: shm_status: ... bytes of hash tables

--- shm_summary options_min
KSR.cfgutils.shm_summary()  --> 1
--| logs info: shm_summary: ... bytes of hash tables

--- sleep
KSR.cfgutils.sleep(0)  --> 1

--- trylock
KSR.cfgutils.trylock("alice")  --> 1
KSR.cfgutils.trylock("alice")  --> -1
KSR.cfgutils.unlock("alice")  --> 1

--- trylock_key2
KSR.cfgutils.trylock_key2("alice", "call-1")  --> 1
KSR.cfgutils.unlock_key2("alice", "call-1")  --> 1

--- unlock
KSR.cfgutils.lock("alice")  --> 1
KSR.cfgutils.unlock("alice")  --> 1

--- unlock_key2
KSR.cfgutils.lock_key2("alice", "call-1")  --> 1
KSR.cfgutils.unlock_key2("alice", "call-1")  --> 1

--- usleep
KSR.cfgutils.usleep(100)  --> 1
