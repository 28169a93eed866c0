/* Names of headers and methods, and headers that are a number. */
#include "check.h"

#include "sip/hdr.h"
#include "sip/method.h"

static void every_long_name_is_found_in_any_case(void)
{
    for (int id = SIP_HDR_OTHER + 1; id < SIP_HDR_COUNT; id++) {
        kl_span name = sip_hdr_name((sip_hdr_id)id);
        char *upper = check_edge(name.s, name.n), *lower = check_edge(name.s, name.n);
        CHECK(name.n > 1);
        for (size_t i = 0; i < name.n; i++) {
            lower[i] = char_lower(name.s[i]);
            upper[i] = (char)(lower[i] >= 'a' && lower[i] <= 'z' ? lower[i] - 32 : lower[i]);
        }
        CHECK_INT(sip_hdr_id_of(name), id);
        CHECK_INT(sip_hdr_id_of(span_of(lower, name.n)), id);
        CHECK_INT(sip_hdr_id_of(span_of(upper, name.n)), id);
        if (name.n == 2) continue;
        CHECK_INT(sip_hdr_id_of(span_of(lower, name.n - 1)), SIP_HDR_OTHER);
        lower[1] ^= 1; /* the same length, first and last letter */
        CHECK_INT(sip_hdr_id_of(span_of(lower, name.n)), SIP_HDR_OTHER);
    }
}

static void compact_forms(void)
{
    static const char *const rows[][2] = {
        {"a", "Accept-Contact"},
        {"b", "Referred-By"},
        {"c", "Content-Type"},
        {"d", "Request-Disposition"},
        {"e", "Content-Encoding"},
        {"f", "From"},
        {"i", "Call-ID"},
        {"j", "Reject-Contact"},
        {"k", "Supported"},
        {"l", "Content-Length"},
        {"m", "Contact"},
        {"o", "Event"},
        {"r", "Refer-To"},
        {"s", "Subject"},
        {"t", "To"},
        {"u", "Allow-Events"},
        {"v", "Via"},
        {"x", "Session-Expires"},
        {"y", "Identity"},
    };
    int known = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char upper = (char)(rows[i][0][0] - 32);
        CHECK_STR(sip_hdr_name(sip_hdr_id_of(span_text(rows[i][0]))).s, rows[i][1]);
        CHECK_INT(sip_hdr_id_of(span_of(&upper, 1)), sip_hdr_id_of(span_text(rows[i][0])));
    }
    for (int c = 0; c < 256; c++) known += sip_hdr_id_of(span_of((char[]){(char)c}, 1)) != SIP_HDR_OTHER;
    CHECK_INT(known, 2 * sizeof rows / sizeof rows[0]);
}

static void unknown_names_are_other(void)
{
    static const char *const names[] = {"", "X-Foo", "Vib", "Viaa", "Fro", "To ", "CallID", "Content_Type", "-", "1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        CHECK_INT(sip_hdr_id_of(span_text(names[i])), SIP_HDR_OTHER);
    CHECK_SPAN(sip_hdr_name(SIP_HDR_OTHER), "");
    CHECK_SPAN(sip_hdr_name(SIP_HDR_COUNT), "");
}

static void methods_have_the_ids_of_kamailio(void)
{
    static const struct {
        const char *name;
        uint32_t id;
    } rows[] = {
        {"INVITE", 1},       {"CANCEL", 2},          {"ACK", 4},         {"BYE", 8},         {"INFO", 16},
        {"REGISTER", 32},    {"SUBSCRIBE", 64},      {"NOTIFY", 128},    {"MESSAGE", 256},   {"OPTIONS", 512},
        {"PRACK", 1024},     {"UPDATE", 2048},       {"REFER", 4096},    {"PUBLISH", 8192},  {"KDMQ", 16384},
        {"GET", 32768},      {"POST", 65536},        {"PUT", 131072},    {"DELETE", 262144}, {"", 524288},
        {"INVITES", 524288}, {"FROBNICATE", 524288}, {"IXXXXE", 524288},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = strlen(rows[i].name);
        char *lower = check_edge(rows[i].name, n);
        for (size_t k = 0; k < n; k++) lower[k] = char_lower(lower[k]);
        CHECK_INT(sip_method_of(span_text(rows[i].name)), rows[i].id);
        CHECK_INT(sip_method_ofi(span_of(lower, n)), rows[i].id);
        CHECK_INT(sip_method_of(span_of(lower, n)), SIP_METHOD_OTHER);
    }
}

static void content_length_is_digits_alone(void)
{
    uint32_t n = 7;
    CHECK(sip_content_length(SPAN("0"), &n) && n == 0);
    CHECK(sip_content_length(SPAN("0150 \r\n "), &n) && n == 150);
    CHECK(sip_content_length(SPAN("2147483639"), &n) && n == 2147483639);
    static const char *const bad[] = {
        "", "-1", "+1", "1x", "1 2", "0x1", "2147483640", "4294967296", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) CHECK(!sip_content_length(span_text(bad[i]), &n));
}

static void retry_after_may_go_on_behind_its_number(void)
{
    uint32_t n = 7;
    CHECK(sip_retry_after(SPAN("120;duration=60"), &n) && n == 120);
    CHECK(sip_retry_after(SPAN("5 (in a meeting)"), &n) && n == 5);
    CHECK(sip_retry_after(SPAN("4294967295"), &n) && n == UINT32_MAX);
    CHECK(!sip_retry_after(SPAN(""), &n) && !sip_retry_after(SPAN("x"), &n) && !sip_retry_after(SPAN("5x"), &n));
    CHECK(!sip_retry_after(SPAN("949302838503028349304023988"), &n));
}

CHECK_MAIN(CHECK_TEST(every_long_name_is_found_in_any_case), CHECK_TEST(compact_forms),
           CHECK_TEST(unknown_names_are_other), CHECK_TEST(methods_have_the_ids_of_kamailio),
           CHECK_TEST(content_length_is_digits_alone), CHECK_TEST(retry_after_may_go_on_behind_its_number))
