#include "check.h"

#include "base/buf.h"
#include "sip/uri.h"

static void add_part(kl_buf *buf, const char *mark, kl_span part)
{
    if (!part.s) return;
    buf_add(buf, span_text(mark));
    buf_add(buf, part);
}

/* "sip user=a password=b host=c port=5 params=... headers=... more=..." with what is there. */
static void check_parts(const char *text, const char *expected)
{
    size_t n = strlen(text);
    sip_uri uri;
    kl_error err = {0};
    kl_buf buf;
    buf_init(&buf);
    if (sip_uri_parse(span_of(check_edge(text, n), n), &uri, &err) == KL_OK) {
        buf_add(&buf, span_text(sip_scheme_name(uri.scheme)));
        if (uri.user.n) add_part(&buf, " user=", uri.user);
        add_part(&buf, " password=", uri.password);
        if (uri.host.n) add_part(&buf, " host=", uri.host);
        add_part(&buf, " port=", uri.port);
        add_part(&buf, " params=", uri.params);
        add_part(&buf, " headers=", uri.headers);
        add_part(&buf, " more=", uri.user_params);
        if (uri.phone) buf_add(&buf, SPAN(" phone"));
        CHECK(uri.text.n == n);
    } else {
        buf_add(&buf, SPAN("bad at "));
        buf_addi(&buf, err.offset);
        CHECK(strncmp(err.text, "expected ", 9) == 0);
    }
    buf_addc(&buf, '\0');
    CHECK_STR(buf.s, expected);
    buf_free(&buf);
}

static void sip_uris(void)
{
    check_parts("sip:alice@example.com", "sip user=alice host=example.com");
    check_parts("SIPS:alice:pw@example.com:5061", "sips user=alice password=pw host=example.com port=5061");
    check_parts("sip:example.com", "sip host=example.com");
    check_parts("sip:example.com:5060;lr", "sip host=example.com port=5060 params=lr");
    check_parts("sip:a@h;x=1;y?h=v&k=w", "sip user=a host=h params=x=1;y headers=h=v&k=w");
    check_parts("sip:a@h?h=v", "sip user=a host=h headers=h=v");
    check_parts("sip:h?h=v", "sip host=h headers=h=v");
    check_parts("sip:a@h:", "sip user=a host=h port=");
    check_parts("sip:a@h;", "sip user=a host=h params=");
    check_parts("sip:%61%20b@h", "sip user=%61%20b host=h");
    check_parts("sip:+1-555;ext=2@gw:5;user=dialstring", "sip user=+1-555;ext=2 host=gw port=5 params=user=dialstring");
}

static void ipv6_references_keep_their_brackets(void)
{
    check_parts("sip:[2001:db8::1]", "sip host=[2001:db8::1]");
    check_parts("sip:u@[::1]:5;maddr=[::2]", "sip user=u host=[::1] port=5 params=maddr=[::2]");
    check_parts("sip:u@[::1", "bad at 10");
    check_parts("sip:u@[::1]x", "bad at 11");
    check_parts("sip:[::1]@h", "bad at 9");
    check_parts("sip:a[b@h", "bad at 5");
}

static void tel_and_urn_uris(void)
{
    check_parts("tel:+1-201-555-0123", "tel user=+1-201-555-0123");
    check_parts("tel:863-1234;phone-context=+1-914", "tel user=863-1234 more=phone-context=+1-914");
    check_parts("urn:service:sos", "urn host=service:sos");
    check_parts("urn:uuid:f81d4fae-7dec", "urn host=uuid:f81d4fae-7dec");
    check_parts("URN:isbn:0451450523", "urn host=isbn:0451450523");
    check_parts("urn:nena:uid:callid:2c91@bcf.example.com", "urn host=nena:uid:callid:2c91@bcf.example.com");
    check_parts("urn:a;b", "urn host=a more=b");
    check_parts("urn:gsma:imei:9-0;vers=0", "urn host=gsma:imei:9-0 more=vers=0");
    check_parts("urn:", "bad at 4");
    check_parts("urn:;a", "bad at 4");
}

static void user_phone_reads_as_a_telephone_number(void)
{
    check_parts("sip:+1@h;user=phone", "sip user=+1 host=h params=user=phone phone");
    check_parts("sip:+1;x=2@h;user=phone", "sip user=+1 host=h params=user=phone more=x=2 phone");
    check_parts("sip:+1;x=2@h;user=PHONE", "sip user=+1;x=2 host=h params=user=PHONE");
}

/* RFC 3261 19.1.1 lets '?' and ';' stand in the user part, so only a later '@' tells; one ':' on the way parts a
 * password. */
static void what_stands_before_the_at_is_the_user(void)
{
    check_parts("sip:user;par=u%40h@example.com", "sip user=user;par=u%40h host=example.com");
    check_parts("sip:a?b@c", "sip user=a?b host=c");
    check_parts("sip:a;b?c;d@e", "sip user=a;b?c;d host=e");
    check_parts("sip:a;b:c@d", "sip user=a;b password=c host=d");
    check_parts("sip:a?b:c@d", "sip user=a?b password=c host=d");
    check_parts("sip:a;b:c:d@e", "bad at 11");
    check_parts("sip:a;b:c;d@e", "bad at 11");
    check_parts("sip:a:b;c@d", "bad at 6");
    check_parts("sip:a:1;c@d", "bad at 9");
    check_parts("sip:a@b;c@d", "bad at 9");
    check_parts("sip:a@b@c", "bad at 7");
    check_parts("sip:a?b;c", "bad at 7");
    check_parts("sip:a@b?c;d", "bad at 9");
    check_parts("sip:;a@b", "sip user=;a host=b");
    check_parts("sip:@a@b", "sip user=@a host=b");
    check_parts("sip:@b", "bad at 4");
}

static void hosts_and_ports(void)
{
    check_parts("sip:a_b", "sip host=a_b"); /* without a user nearly anything may be a host, as in Kamailio */
    check_parts("sip:a@b_c", "bad at 7");
    check_parts("sip:a@-b", "bad at 6");
    check_parts("sip:a@", "bad at 6");
    check_parts("sip:a@b&c", "bad at 7");
    check_parts("sip:a@b:65535", "sip user=a host=b port=65535");
    check_parts("sip:a@b:65536", "bad at 8");
    check_parts("sip:a@b:000001", "bad at 8");
    check_parts("sip:a@b:5x", "bad at 9");
    check_parts("sip:b:99999", "bad at 6");
    check_parts("sip:b:5x", "bad at 7");
}

static void schemes(void)
{
    check_parts("", "bad at 0");
    check_parts("sip", "bad at 0");
    check_parts("sip:", "bad at 4");
    check_parts("sips:", "bad at 5");
    check_parts("http://example.com", "bad at 0");
    check_parts("sip::5060", "bad at 4");
    check_parts("sip:]", "bad at 4");
    CHECK_STR(sip_scheme_name(SIP_URI_ERROR), "none");
    CHECK_STR(sip_scheme_name(SIP_URI_TELS), "tels");
    CHECK_STR(sip_scheme_name((sip_scheme)99), "none");
}

static void well_known_parameters(void)
{
    sip_uri uri;
    REQUIRE(sip_uri_parse(SPAN("sip:a@b;Transport=TCP;lr;user=ip;maddr=1.2.3.4;ttl=15;method=BYE;r2=on;gr=urn:x"), &uri,
                          NULL) == KL_OK);
    CHECK_INT(uri.proto, KL_PROTO_TCP);
    CHECK_SPAN(uri.transport, "TCP");
    CHECK(uri.lr_present && uri.r2_present && uri.gr_present && uri.maddr_present && uri.ttl_present &&
          uri.method_present && uri.user_param_present);
    CHECK_SPAN(uri.lr, "");
    CHECK_SPAN(uri.r2, "on");
    CHECK_SPAN(uri.gr, "urn:x");
    CHECK_SPAN(uri.maddr, "1.2.3.4");
    CHECK_SPAN(uri.ttl, "15");
    CHECK_SPAN(uri.method, "BYE");
    CHECK_SPAN(uri.user_param, "ip");
}

static void a_parameter_with_an_empty_value_is_none(void)
{
    sip_uri uri;
    REQUIRE(sip_uri_parse(SPAN("sip:a@b;transport=;maddr;lr=;x"), &uri, NULL) == KL_OK);
    CHECK(!uri.transport_present && !uri.maddr_present && !uri.lr_present);
    REQUIRE(sip_uri_parse(SPAN("sip:a@b;lr="), &uri, NULL) == KL_OK);
    CHECK(uri.lr_present);
    REQUIRE(sip_uri_parse(SPAN("sip:a@b;transport=tls;transport=foo"), &uri, NULL) == KL_OK);
    CHECK_SPAN(uri.transport, "foo");
    CHECK_INT(uri.proto, KL_PROTO_TLS);
    REQUIRE(sip_uri_parse(SPAN("sip:a@b;lrx;xlr"), &uri, NULL) == KL_OK);
    CHECK(!uri.lr_present);
}

static void transports_by_name(void)
{
    for (int proto = KL_PROTO_UDP; proto <= KL_PROTO_WSS; proto++)
        CHECK_INT(sip_transport_of(span_text(sip_transport_name((kl_transport)proto))), proto);
    CHECK_INT(sip_transport_of(SPAN("Tls")), KL_PROTO_TLS);
    CHECK_INT(sip_transport_of(SPAN("none")), KL_PROTO_NONE);
    CHECK_INT(sip_transport_of(SPAN("")), KL_PROTO_NONE);
    CHECK_STR(sip_transport_name(KL_PROTO_NONE), "none");
    CHECK_STR(sip_transport_name((kl_transport)77), "none");
}

static void finding_a_parameter(void)
{
    kl_span value;
    CHECK(sip_param_find(SPAN("a=1; B = \"x;y\" ;c"), ';', SPAN("b"), &value));
    CHECK_SPAN(value, "x;y");
    CHECK(sip_param_find(SPAN("a=1;c;c=2"), ';', SPAN("C"), &value));
    CHECK_SPAN(value, "");
    CHECK(sip_param_find(SPAN("a=\"q\\\";c=3\";c=4"), ';', SPAN("c"), &value));
    CHECK_SPAN(value, "4");
    CHECK(sip_param_find(SPAN("h=v&k=w"), '&', SPAN("k"), &value));
    CHECK_SPAN(value, "w");
    CHECK(!sip_param_find(SPAN("ab=1"), ';', SPAN("a"), &value) && !sip_param_find(SPAN(""), ';', SPAN("a"), &value) &&
          !sip_param_find(SPAN_NULL, ';', SPAN("a"), &value));
}

/* Whatever the bytes, the parts lie inside the text and the error offset too. */
static void any_bytes_give_parts_or_an_error(void)
{
    static const char seed[] = "sip:alice:pw@example.com:5060;transport=tcp;lr;user=phone?h=v";
    static const char alphabet[] = "@:;?=&[] \0%a1\xff";
    unsigned state = 1;
    for (int round = 0; round < 20000; round++) {
        char text[sizeof seed];
        memcpy(text, seed, sizeof seed);
        for (int k = 0; k < 3; k++) {
            state = state * 1103515245 + 12345;
            text[4 + (state >> 16) % (sizeof seed - 5)] = alphabet[(state >> 8) % (sizeof alphabet - 1)];
        }
        size_t n = 4 + (state >> 20) % (sizeof seed - 4);
        char *copy = check_block(text, n);
        sip_uri uri;
        kl_error err = {0};
        if (sip_uri_parse(span_of(copy, n), &uri, &err) == KL_OK) {
            const kl_span parts[] = {uri.user,    uri.password,    uri.host,      uri.port, uri.params,
                                     uri.headers, uri.user_params, uri.transport, uri.lr};
            for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
                CHECK(!parts[i].s || (parts[i].s >= copy && parts[i].s + parts[i].n <= copy + n));
        } else CHECK(err.offset >= 0 && (size_t)err.offset <= n);
        check_free_copies();
    }
}

CHECK_MAIN(CHECK_TEST(sip_uris), CHECK_TEST(ipv6_references_keep_their_brackets), CHECK_TEST(tel_and_urn_uris),
           CHECK_TEST(user_phone_reads_as_a_telephone_number), CHECK_TEST(what_stands_before_the_at_is_the_user),
           CHECK_TEST(hosts_and_ports), CHECK_TEST(schemes), CHECK_TEST(well_known_parameters),
           CHECK_TEST(a_parameter_with_an_empty_value_is_none), CHECK_TEST(transports_by_name),
           CHECK_TEST(finding_a_parameter), CHECK_TEST(any_bytes_give_parts_or_an_error))
