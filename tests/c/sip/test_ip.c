#include "check.h"

#include "sip/ip.h"

static void good_addresses_and_their_canonical_text(void)
{
    static const struct {
        const char *text, *canonical;
        int family;
    } rows[] = {
        {"0.0.0.0", "0.0.0.0", 4},
        {"192.0.2.1", "192.0.2.1", 4},
        {"255.255.255.255", "255.255.255.255", 4},
        {"01.002.3.4", "1.2.3.4", 4},
        {"::", "::", 6},
        {"::1", "::1", 6},
        {"[::1]", "::1", 6},
        {"1::", "1::", 6},
        {"0:0:0:0:0:0:0:1", "::1", 6},
        {"2001:DB8::9:1", "2001:db8::9:1", 6},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", 6},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", 6},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", 6},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", 6},
        {"1:0:0:4:0:0:0:8", "1:0:0:4::8", 6},
        {"fe80::0001", "fe80::1", 6},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1", 6},
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221", 6},
        {"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789", 6},
        {"::1.2.3.4", "::102:304", 6},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = strlen(rows[i].text);
        sip_ip ip = {0}, again = {0};
        char text[46];
        CHECK(ip_parse(span_of(check_edge(rows[i].text, n), n), &ip));
        CHECK_INT(ip.family, rows[i].family);
        size_t length = ip_format(&ip, text);
        CHECK_STR(text, rows[i].canonical);
        CHECK_INT(length, strlen(text));
        CHECK(ip_parse(span_of(text, length), &again) && ip_eq(&ip, &again));
    }
}

static void bad_addresses(void)
{
    static const char *const rows[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.",
        ".1.2.3",
        "1.2.3.4.",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.1000",
        "1..2.3",
        "1.2.3.4 ",
        " 1.2.3.4",
        "a.b.c.d",
        "[1.2.3.4]",
        ":",
        ":::",
        "1:",
        ":1",
        "1:2",
        "::1::",
        "1::2::3",
        "12345::",
        "g::",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "[::1",
        "::1]",
        "[]",
        "::1.2.3",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1.2.3.4::",
        "::%eth0",
        "2001:db8::zz",
        "::00001",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = strlen(rows[i]);
        sip_ip ip = {.family = 9};
        CHECK(!ip_parse(span_of(check_edge(rows[i], n), n), &ip));
        CHECK_INT(ip.family, 9);
    }
}

static void equality_looks_at_the_family(void)
{
    sip_ip a, b, none = {0};
    char text[46];
    REQUIRE(ip_parse(SPAN("0.0.0.0"), &a) && ip_parse(SPAN("::"), &b));
    CHECK(!ip_eq(&a, &b));
    CHECK_INT(ip_format(&none, text), 0);
    CHECK_STR(text, "");
}

CHECK_MAIN(CHECK_TEST(good_addresses_and_their_canonical_text), CHECK_TEST(bad_addresses),
           CHECK_TEST(equality_looks_at_the_family))
