/* Credentials and CSeq. */
#include "check.h"

#include "sip/msg.h"

static sip_credentials found;

static kl_status digest(const char *text, kl_error *err)
{
    size_t n = strlen(text);
    memset(&found, 0, sizeof found);
    return sip_credentials_parse(span_of(check_edge(text, n), n), &found, err);
}

static void digest_with_everything(void)
{
    REQUIRE(digest("Digest username=\"bob@example.com\", realm=\"example.com\",\r\n nonce=\"dcd98b\", "
                   "uri=\"sip:example.com\", response=\"6629f\","
                   " algorithm=MD5, qop=auth, nc=00000001, cnonce=\"0a4f113b\", opaque=\"op\"",
                   NULL) == KL_OK);
    CHECK_SPAN(found.scheme, "Digest");
    CHECK_SPAN(found.username, "bob@example.com");
    CHECK_SPAN(found.user, "bob");
    CHECK_SPAN(found.domain, "example.com");
    CHECK_SPAN(found.realm, "example.com");
    CHECK_SPAN(found.nonce, "dcd98b");
    CHECK_SPAN(found.uri, "sip:example.com");
    CHECK_SPAN(found.response, "6629f");
    CHECK_SPAN(found.algorithm, "MD5");
    CHECK_SPAN(found.qop, "auth");
    CHECK_SPAN(found.nc, "00000001");
    CHECK_SPAN(found.cnonce, "0a4f113b");
    CHECK_SPAN(found.opaque, "op");
}

static void odd_forms(void)
{
    REQUIRE(digest("dIGEST \tUSERNAME = u , Realm=\"a, \\\"b\" junk, x=\"y,z\", username=v", NULL) == KL_OK);
    CHECK_SPAN(found.username, "v");
    CHECK_SPAN(found.user, "v");
    CHECK_SPAN(found.realm, "a, \\\"b");
    CHECK(!found.domain.s && !found.nonce.s);
    REQUIRE(digest("Digest username=\"@d\"", NULL) == KL_OK);
    CHECK_SPAN(found.user, "@d");
    REQUIRE(digest("Digest username=\"u@\"", NULL) == KL_OK);
    CHECK_SPAN(found.user, "u@");
    REQUIRE(digest("Digest username=\"a@b@c\"", NULL) == KL_OK);
    CHECK_SPAN(found.domain, "b@c");
    REQUIRE(digest("Digest username=\"\"", NULL) == KL_OK);
    CHECK(found.username.s && found.username.n == 0);
}

static void malformed_credentials(void)
{
    static const struct {
        const char *text;
        int offset;
    } rows[] = {{"", 0},
                {"Basic abc", 0},
                {"Digest", 6},
                {"Digestusername=u", 0},
                {"Digest x", 8},
                {"Digest username=", 16},
                {"Digest username=,", 16},
                {"Digest username=\"u", 18},
                {"Digest username=\"u\",", 20},
                {"Digest username=\"u\", x", 22}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        kl_error err = {0};
        check_int(digest(rows[i].text, &err), KL_EPARSE, rows[i].text, __FILE__, __LINE__);
        check_int(err.offset, rows[i].offset, rows[i].text, __FILE__, __LINE__);
    }
}

static void cseq(void)
{
    sip_cseq out;
    REQUIRE(sip_cseq_parse(SPAN("0009\r\n  INVITE \t"), &out, NULL) == KL_OK);
    CHECK_SPAN(out.number, "0009");
    CHECK_SPAN(out.method, "INVITE");
    CHECK_INT(out.value, 9);
    CHECK_INT(out.method_id, SIP_INVITE);
    REQUIRE(sip_cseq_parse(SPAN("4294967295 invite"), &out, NULL) == KL_OK);
    CHECK_INT(out.value, UINT32_MAX);
    CHECK_INT(out.method_id, SIP_INVITE);
    REQUIRE(sip_cseq_parse(SPAN("36893488147419103232 FROB"), &out, NULL) == KL_OK);
    CHECK_SPAN(out.number, "36893488147419103232");
    CHECK_INT(out.value, 0);
    CHECK_INT(out.method_id, SIP_METHOD_OTHER);
}

static void malformed_cseq(void)
{
    static const struct {
        const char *text;
        int offset;
    } rows[] = {{"", 0}, {" ", 1}, {"1", 1}, {"INVITE", 6}, {"1 ", 2}, {"1 INVITE x", 9}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = strlen(rows[i].text);
        sip_cseq out;
        kl_error err = {0};
        check_int(sip_cseq_parse(span_of(check_edge(rows[i].text, n), n), &out, &err), KL_EPARSE, rows[i].text,
                  __FILE__, __LINE__);
        check_int(err.offset, rows[i].offset, rows[i].text, __FILE__, __LINE__);
    }
}

CHECK_MAIN(CHECK_TEST(digest_with_everything), CHECK_TEST(odd_forms), CHECK_TEST(malformed_credentials),
           CHECK_TEST(cseq), CHECK_TEST(malformed_cseq))
