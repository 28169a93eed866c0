--- auth_algorithm
KSR.auth.auth_algorithm("SHA-256")  --> 1
KSR.auth.auth_algorithm("sha-256")  --> -1
--| logs err: auth_algorithm: MD5, SHA-256, SHA-512 and SHA-512-256 are known

--- auth_challenge
KSR.auth.auth_challenge("example.com", 1)  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 407 Proxy Authentication Required
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
--|       Proxy-Authenticate: Digest realm="example.com", nonce="ZVPyLGVT8QDc+coBGNi8Ch6fgd3j+iOM", qop="auth", algorithm...

--- auth_get_www_authenticate
KSR.auth.auth_get_www_authenticate("example.com", 1, "$var(line)")  --> 1
KSR.pv.get("$var(line)")  --> "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"ZVPyLGVT8QDc+coBGNi8Ch6fgd3j+iOM\", qop=\"auth\", algorithm=MD5\r\n"

--- consume_credentials
KSR.auth.consume_credentials()  --> -1

--- has_credentials register_multi
KSR.auth.has_credentials("example.com")  --> 1
KSR.auth.has_credentials("example.org")  --> -1

--- proxy_challenge
KSR.auth.proxy_challenge("example.com", 0)  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 407 Proxy Authentication Required
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
--|       Proxy-Authenticate: Digest realm="example.com", nonce="ZVPyLGVT8QDc+coBGNi8Ch6fgd3j+iOM", algorithm=MD5

--- pv_auth_check register_multi
KSR.auth.pv_auth_check("example.com", "secret", 0, 1)  --> -1

--- pv_proxy_authenticate
KSR.auth.pv_proxy_authenticate("example.com", "secret", 0)  --> -5

--- pv_www_authenticate register_multi
KSR.auth.pv_www_authenticate("example.org", "secret", 0)  --> -5

--- pv_www_authenticate_method register_multi
KSR.auth.pv_www_authenticate_method("example.com", "secret", 0, "REGISTER")  --> -1

--- www_challenge
KSR.auth.www_challenge("example.com", 17)  --> 1
--| sends to udp:127.0.0.1:5099: SIP/2.0 401 Unauthorized
--|       Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport=5099;received=127.0.0.1
--|       WWW-Authenticate: Digest realm="example.com", nonce="ZVPyLGVT8QDc+coBGNi8Ch6fgd3j+iOM", qop="auth", stale=true,...
