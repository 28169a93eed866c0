#include "check.h"

#include "sip/via.h"

static sip_via via;

/* The first value of a Via body at the end of a page; what follows it comes back in *rest. */
static kl_status first(const char *text, kl_span *rest, kl_error *err)
{
    size_t n = strlen(text);
    *rest = span_of(check_edge(text, n), n);
    memset(&via, 0, sizeof via);
    return sip_via_next(rest, &via, err);
}

static void a_usual_value(void)
{
    kl_span rest;
    REQUIRE(first("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776;rport;received=198.51.100.7;maddr=h;ttl=5;alias;x=y",
                  &rest, NULL) == KL_OK);
    CHECK_SPAN(via.version, "2.0");
    CHECK_SPAN(via.transport, "UDP");
    CHECK_INT(via.proto, KL_PROTO_UDP);
    CHECK_SPAN(via.host, "192.0.2.1");
    CHECK_SPAN(via.port, "5060");
    CHECK_INT(via.port_number, 5060);
    CHECK_SPAN(via.params, "branch=z9hG4bK776;rport;received=198.51.100.7;maddr=h;ttl=5;alias;x=y");
    CHECK_SPAN(via.branch, "z9hG4bK776");
    CHECK(via.rport_present && !via.rport.s);
    CHECK_SPAN(via.rport_text, "rport");
    CHECK_SPAN(via.received_text, "received=198.51.100.7");
    CHECK_SPAN(via.received, "198.51.100.7");
    CHECK_INT(rest.n, 0);
}

static void blanks_folds_and_case(void)
{
    kl_span rest;
    REQUIRE(first("sip  /   2.0\r\n /udp\r\n    [2001:db8::1] : 5060 ;\r\n branch = 390sk ; RPort = 7 ", &rest, NULL) ==
            KL_OK);
    CHECK_SPAN(via.transport, "udp");
    CHECK_SPAN(via.host, "[2001:db8::1]");
    CHECK_INT(via.port_number, 5060);
    CHECK_SPAN(via.branch, "390sk");
    CHECK_SPAN(via.rport, "7");
    CHECK_SPAN(via.rport_text, "RPort = 7");
}

static void several_values_in_one_header(void)
{
    kl_span rest;
    REQUIRE(first("SIP/2.0/UDP h;x=\"a,b\" ,SIP/2.0/TLS-SCTP g_1 (a (b\\) c)) , SIP/2.0/WSS i;y (z)", &rest, NULL) ==
            KL_OK);
    CHECK_SPAN(via.text, "SIP/2.0/UDP h;x=\"a,b\"");
    REQUIRE(sip_via_next(&rest, &via, NULL) == KL_OK);
    CHECK_SPAN(via.text, "SIP/2.0/TLS-SCTP g_1 (a (b\\) c))");
    CHECK_SPAN(via.comment, "a (b\\) c)");
    CHECK_INT(via.proto, KL_PROTO_NONE);
    CHECK(!via.params.s && !via.port.s);
    REQUIRE(sip_via_next(&rest, &via, NULL) == KL_OK);
    CHECK_SPAN(via.host, "i");
    CHECK_SPAN(via.comment, "z");
    CHECK_INT(via.proto, KL_PROTO_WSS);
    CHECK_INT(sip_via_next(&rest, &via, NULL), KL_ENOENT);
}

static void values_that_kamailio_takes_too(void)
{
    static const char *const rows[] = {
        "SIP/2.0/FOO h",
        "SIP/2.0/UDP h@x",
        "SIP/2.0/UDP h;x=",
        "SIP/2.0/UDP h;rport=abc",
        "SIP/2.0/UDP h;branch=a/b:c",
        "SIP/2.0/UDP h;branch=a\\b",
        "SIP/2.0/UDP h;x=[::1]",
        "SIP/2.0/UDP h:0",
        "SIP/2.0/UDP\th",
        "SIP/2.0/UDP h;branch=-.!%66*_+`'~",
        "SIP/2.0/UDP h;branch=209%fzsnel234",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        kl_span rest;
        check_int(first(rows[i], &rest, NULL), KL_OK, rows[i], __FILE__, __LINE__);
    }
}

static void malformed_values(void)
{
    static const struct {
        const char *text;
        int offset;
    } rows[] = {
        {"x", 0},
        {"SIP", 3},
        {"SIP/", 4},
        {"SIP/7.0/UDP h", 4},
        {"SIP/2.0 UDP h", 8},
        {"SIP/2.0/", 8},
        {"SIP/2.0/UDP", 11},
        {"SIP/2.0/UDP ", 12},
        {"SIP/2.0/U/P h", 9},
        {"SIP/2.0/UDP :5060", 12},
        {"SIP/2.0/UDP h:", 14},
        {"SIP/2.0/UDP h:x", 14},
        {"SIP/2.0/UDP h:65536", 14},
        {"SIP/2.0/UDP h:5x", 15},
        {"SIP/2.0/UDP h x", 14},
        {"SIP/2.0/UDP [::1", 12},
        {"SIP/2.0/UDP [::1]x", 17},
        {"SIP/2.0/UDP h;", 14},
        {"SIP/2.0/UDP h;;x", 14},
        {"SIP/2.0/UDP h;x=1;", 18},
        {"SIP/2.0/UDP h;=x", 14},
        {"SIP/2.0/UDP h;branch", 20},
        {"SIP/2.0/UDP h;branch=", 20},
        {"SIP/2.0/UDP h;x=\"a", 18},
        {"SIP/2.0/UDP h;x=a b", 18},
        {"SIP/2.0/UDP h;x=a=b", 17},
        {"SIP/2.0/UDP h (a (b)", 20},
        {"SIP/2.0/UDP h,", 13},
        {"SIP/2.0/UDP h,\r\n ", 13},
        {"SIP/2.0/UDP h\r;x", 13},
        {"SIP/2.0/UDP 192.0.2.15;;,;,,", 23},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        kl_span rest;
        kl_error err = {0};
        check_int(first(rows[i].text, &rest, &err), KL_EPARSE, rows[i].text, __FILE__, __LINE__);
        check_int(err.offset, rows[i].offset, rows[i].text, __FILE__, __LINE__);
    }
}

static void nothing_is_no_value(void)
{
    kl_span rest;
    CHECK_INT(first("", &rest, NULL), KL_ENOENT);
    CHECK_INT(first(" \r\n ", &rest, NULL), KL_ENOENT);
}

CHECK_MAIN(CHECK_TEST(a_usual_value), CHECK_TEST(blanks_folds_and_case), CHECK_TEST(several_values_in_one_header),
           CHECK_TEST(values_that_kamailio_takes_too), CHECK_TEST(malformed_values), CHECK_TEST(nothing_is_no_value))
