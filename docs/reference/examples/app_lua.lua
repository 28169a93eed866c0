--- dofile
KSR.app_lua.dofile("extra.lua")  --> 1
--| logs info: from extra.lua

--- dostring
KSR.app_lua.dostring("KSR.info('from a string')")  --> 1
--| logs info: from a string

--- run
KSR.app_lua.run("hello")  --> 1
--| logs info: hello

--- run_p1
KSR.app_lua.run_p1("hello", "alice")  --> 1
--| logs info: hello alice

--- run_p2
KSR.app_lua.run_p2("hello", "alice", "bob")  --> 1
--| logs info: hello alice bob

--- run_p3
KSR.app_lua.run_p3("hello", "alice", "bob", "carol")  --> 1
--| logs info: hello alice bob carol

--- runstring
KSR.app_lua.runstring("hello('from a string')")  --> 1
--| logs info: hello from a string
