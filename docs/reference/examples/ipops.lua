--- compare_ips
KSR.ipops.compare_ips("[::1]", "::1")  --> 1

--- compare_pure_ips
KSR.ipops.compare_pure_ips("::1", "0:0::1")  --> 1

--- detailed_ip_type
KSR.ipops.detailed_ip_type("192.168.1.1", "$var(type)")  --> 1
KSR.pv.get("$var(type)")  --> "PRIVATE"

--- detailed_ipv4_type
KSR.ipops.detailed_ipv4_type("203.0.113.9", "$var(type)")  --> 1
KSR.pv.get("$var(type)")  --> "TEST-NET"

--- detailed_ipv6_type
KSR.ipops.detailed_ipv6_type("fe80::1", "$var(type)")  --> 1
KSR.pv.get("$var(type)")  --> "LINK-LOCAL-UNICAST"

--- dns_int_match_ip
KSR.ipops.dns_int_match_ip("gw.example.com", "192.0.2.9")  --> 1

--- dns_query
KSR.ipops.dns_query("gw.example.com", "gw")  --> 1
KSR.pv.get("$dns(gw=>addr)")  --> "192.0.2.9"

--- dns_set_local_ttl options_min
KSR.ipops.dns_set_local_ttl(60)  --> 1

--- dns_sys_match_ip options_min
KSR.ipops.dns_sys_match_ip("127.0.0.1", "127.0.0.1")  --> 1

--- ip_is_in_subnet
KSR.ipops.ip_is_in_subnet("10.1.2.3", "10.0.0.0/8, 192.168.0.0/16")  --> 1

--- ip_type
KSR.ipops.ip_type("1.2.3.4")  --> 1
KSR.ipops.ip_type("[::1]")  --> 3

--- is_in_subnet
KSR.ipops.is_in_subnet("10.1.2.3", "10.0.0.0/8")  --> 1

--- is_ip
KSR.ipops.is_ip("1.2.3.4")  --> 1
KSR.ipops.is_ip("1.2.3")  --> -1

--- is_ip4 options_min
KSR.ipops.is_ip4("192.0.2.1")  --> 1

--- is_ip6 options_min
KSR.ipops.is_ip6("fe80::1")  --> 1
KSR.ipops.is_ip6("1.2.3.4")  --> -1

--- is_ip6_reference
KSR.ipops.is_ip6_reference("[2001:db8::1]")  --> 1

--- is_ip_rfc1918
KSR.ipops.is_ip_rfc1918("192.168.1.1")  --> 1

--- is_pure_ip options_min
KSR.ipops.is_pure_ip("192.168.1.1")  --> 1
KSR.ipops.is_pure_ip("1.2.3.4.5")  --> -1

--- naptr_query
KSR.pv.get("$naptrquery(np=>count)")  --> 0
KSR.ipops.naptr_query("example.com", "np")  --> 1
KSR.pv.get("$naptrquery(np=>count)")  --> 1

--- ptr_query
KSR.ipops.ptr_query("192.0.2.9", "pt")  --> 1
KSR.pv.get("$ptrquery(pt=>hostname)")  --> "gw.example.com"

--- srv_query
KSR.pv.get("$srvquery(sv=>count)")  --> 0
KSR.ipops.srv_query("_sip._udp.example.com", "sv")  --> 1
KSR.pv.get("$srvquery(sv=>target[0])")  --> "gw.example.com"
