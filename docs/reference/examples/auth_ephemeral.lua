--- autheph_authenticate
KSR.auth_ephemeral.autheph_authenticate("4102444800:alice", "a guess")  --> -1
KSR.auth_ephemeral.autheph_authenticate("1000:alice", "a guess")  --> -7

--- autheph_check register_multi
KSR.auth_ephemeral.autheph_check("example.org")  --> -5

--- autheph_proxy
KSR.auth_ephemeral.autheph_proxy("example.com")  --> -5

--- autheph_www register_multi
KSR.auth_ephemeral.autheph_www("example.com")  --> -1

--- autheph_www_method
KSR.auth_ephemeral.autheph_www_method("example.com", "")  --> -1
