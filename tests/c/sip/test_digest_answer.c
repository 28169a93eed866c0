/* Answers to Digest challenges: the examples of RFC 2617 and 7616, and what OpenSSL's hashes make of the rest. */
#include "check.h"

#include "sip/digest_answer.h"

static kl_arena arena;

static sip_challenge challenge_of(const char *text)
{
    sip_challenge out = {.scheme = SPAN_NULL};
    const size_t n = strlen(text);
    CHECK_INT(sip_challenge_parse(span_of(check_edge(text, n), n), &out, NULL), KL_OK);
    return out;
}

static kl_span answer(const char *text, const digest_login *login, const digest_request *request)
{
    const sip_challenge challenge = challenge_of(text);
    return digest_answer(&arena, &challenge, login, request);
}

/* Value of a parameter in the answer, quotes taken off. */
static kl_span value_of(kl_span text, const char *name)
{
    char key[32];
    snprintf(key, sizeof key, " %s=", name);
    const char *at = span_search(text, span_text(key));
    if (!at) return SPAN("");
    at += strlen(key);
    const char *start = *at == '"' ? at + 1 : at, *end = start;
    while (end < span_end(text) && *end != '"' && *end != ',') end++;
    return span_between(start, end);
}

static const digest_login mufasa = {.user = {"Mufasa", 6}, .password = {"Circle of Life", 14}};
static const digest_request index_html = {.method = {"GET", 3},
                                          .uri = {"/dir/index.html", 15},
                                          .cnonce = {"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", 44},
                                          .count = 1};
#define RFC7616                                                                                                        \
    "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", "                                                 \
    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""

static void example_of_rfc2617(void)
{
    const digest_login login = {.user = SPAN("Mufasa"), .password = SPAN("Circle Of Life")};
    digest_request request = index_html;
    request.cnonce = SPAN("0a4f113b");
    const kl_span text = answer("Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", "
                                "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
                                "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
                                &login, &request);
    CHECK_SPAN(text, "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
                     "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", "
                     "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", "
                     "response=\"6629fae49393a05397450978507c4ef1\", algorithm=MD5");
}

static void examples_of_rfc7616(void)
{
    CHECK_SPAN(value_of(answer(RFC7616 ", algorithm=MD5", &mufasa, &index_html), "response"),
               "8ca523f5e9506fed4657c9700eebdbec");
    const kl_span text = answer(RFC7616 ", algorithm=SHA-256", &mufasa, &index_html);
    CHECK_SPAN(value_of(text, "response"), "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
    CHECK_SPAN(value_of(text, "algorithm"), "SHA-256");
}

/* That of RFC 7616 3.9.2, whose own value is another hash's. */
static void sha_512_256(void)
{
    const digest_login login = {.user = SPAN("J\303\244s\303\270n Doe"), .password = SPAN("Secret, or not?")};
    const digest_request request = {.method = SPAN("GET"),
                                    .uri = SPAN("/doe.json"),
                                    .cnonce = SPAN("NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm"),
                                    .count = 1};
    const kl_span text = answer("Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, "
                                "nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\"",
                                &login, &request);
    CHECK_SPAN(value_of(text, "response"), "7a4e1192babbba02e91182d2895bfdbf7adafc6e48d4e517ca301974843d840c");
}

#define SIMPLE "Digest realm=\"r\", nonce=\"n\""
static const digest_login al = {.user = {"al", 2}, .password = {"secret", 6}};
static const digest_request to_bob = {
    .method = {"INVITE", 6}, .uri = {"sip:bob", 7}, .body = {"body", 4}, .cnonce = {"c", 1}, .count = 10};

static void every_algorithm_and_quality(void)
{
    static const struct {
        const char *more, *response;
    } rows[] = {
        {", algorithm=MD5", "513bcc38c4daee50d9fb5549a3846158"},
        {", algorithm=MD5, qop=\"auth\"", "d17dd689a610de7390ed3b4704e336ca"},
        {", algorithm=MD5, qop=\"auth-int\"", "2b8542b57abcb3f84e61365f1fc9aa92"},
        {", algorithm=MD5-sess", "31d05496a2fc2df353e1ef3f2a11c4db"},
        {", algorithm=MD5-sess, qop=\"auth\"", "a9c5cbad78a20f074ae713d489ef4bb6"},
        {", algorithm=MD5-sess, qop=\"auth-int\"", "b73c07a54bb8f6ddef543bc9fe6be6d5"},
        {", algorithm=SHA-256", "c41f0410a525c16e39f318ab04090edf4b35738994948b84c8c4caffb45f93f0"},
        {", algorithm=SHA-256, qop=\"auth\"", "cb8ff123bae9428a380d8daef2efd1a8c1c612505beb73dfc19e37d77c08e6d0"},
        {", algorithm=SHA-256, qop=\"auth-int\"", "ae7923653a2d96b440c4fe231607d4b4646737bec454be85cadbade8d1a59d0d"},
        {", algorithm=SHA-256-sess", "f492c23b945a228dcb29c55508caa0a5ce0d5fb5e29a97ea9ca407e7c7c343d2"},
        {", algorithm=SHA-256-sess, qop=\"auth\"", "7ebb6360f59f6af096601c2f4b6b01056cdaa217b74dfc5f180ce9517e477ba2"},
        {", algorithm=SHA-256-sess, qop=\"auth-int\"",
         "9523898d3ce3cd7a7649fd6f1577d2a6842504990036c9be4c9c9b5258bdc5b0"},
        {", algorithm=SHA-512-256", "8e25165b5237a42f652e5e8f5d97f6b4e3a36755d925e0d213b6158e82f3faef"},
        {", algorithm=SHA-512-256, qop=\"auth\"", "2e9453d7c23303abad652336e155cd2c99cfdf9793f9cf646d7ac08d42cdc857"},
        {", algorithm=SHA-512-256, qop=\"auth-int\"",
         "541a247897a470f3382fb201fa6ef8a040f42c80e70e7c0858e1e109ab4a4e17"},
        {", algorithm=SHA-512-256-sess", "4115eff81c5ca97ca6895e535a3e74d01067e0deece84d8d015f84f024eacd2e"},
        {", algorithm=SHA-512-256-sess, qop=\"auth\"",
         "39395df8952ba18c5dda687f97af59d2fec401c95febe166ebffba9fe9c59e37"},
        {", algorithm=SHA-512-256-sess, qop=\"auth-int\"",
         "23263a42ada4e6a925f3be8100a636bc27417b0999f3e15d5a86a3ac9eab0c45"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        snprintf(text, sizeof text, SIMPLE "%s", rows[i].more);
        const kl_span response = value_of(answer(text, &al, &to_bob), "response");
        check_mem(response.s, response.n, rows[i].response, strlen(rows[i].response), rows[i].more, __FILE__, __LINE__);
    }
}

static void hash_in_place_of_the_password(void)
{
    const digest_login login = {
        .user = SPAN("al"), .password = SPAN("68e78f775a69814bedd5d2a7e30d8586"), .is_ha1 = true};
    CHECK_SPAN(answer(SIMPLE, &login, &to_bob), "Digest username=\"al\", realm=\"r\", nonce=\"n\", uri=\"sip:bob\", "
                                                "response=\"513bcc38c4daee50d9fb5549a3846158\", algorithm=MD5");
}

static void count_is_hexadecimal(void)
{
    CHECK_SPAN(value_of(answer(SIMPLE ", qop=auth", &al, &to_bob), "nc"), "0000000a");
}

static void quality_that_nobody_knows_is_none(void)
{
    CHECK(!span_search(answer(SIMPLE ", qop=\"token\"", &al, &to_bob), SPAN("qop")));
}

static void quotes_in_the_user_are_escaped(void)
{
    const digest_login login = {.user = SPAN("a\"\\b"), .password = SPAN("p")};
    CHECK(span_search(answer(SIMPLE, &login, &to_bob), SPAN("username=\"a\\\"\\\\b\", ")) != NULL);
}

static void what_cannot_be_answered(void)
{
    const digest_login broken = {.user = SPAN("al\r\nX: 1"), .password = SPAN("p")};
    digest_request quoted = to_bob;
    quoted.uri = SPAN("sip:\"b");
    CHECK(!answer(SIMPLE ", algorithm=SHA-1", &al, &to_bob).s);
    CHECK(!answer(SIMPLE, &broken, &to_bob).s);
    CHECK(!answer(SIMPLE, &al, &quoted).s);
}

static void malformed_challenges(void)
{
    static const char *const texts[] = {"",
                                        "Digest",
                                        "Basic realm=\"r\"",
                                        "Digest realm=\"r\"",
                                        "Digest nonce=\"n\"",
                                        "Digest realm=\"r, nonce=\"n",
                                        "Digest realm=\"r\", nonce=\"n\","};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const size_t n = strlen(texts[i]);
        sip_challenge out;
        check_int(sip_challenge_parse(span_of(check_edge(texts[i], n), n), &out, NULL), KL_EPARSE, texts[i], __FILE__,
                  __LINE__);
    }
}

CHECK_MAIN(CHECK_TEST(example_of_rfc2617), CHECK_TEST(examples_of_rfc7616), CHECK_TEST(sha_512_256),
           CHECK_TEST(every_algorithm_and_quality), CHECK_TEST(hash_in_place_of_the_password),
           CHECK_TEST(count_is_hexadecimal), CHECK_TEST(quality_that_nobody_knows_is_none),
           CHECK_TEST(quotes_in_the_user_are_escaped), CHECK_TEST(what_cannot_be_answered),
           CHECK_TEST(malformed_challenges))
