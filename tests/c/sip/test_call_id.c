/* Whose message it is, told from bytes: what the parser has as its Call-ID. */
#include "message.h"

#include "core/shared.h"
#include "sip/call_id.h"

#define BEFORE "OPTIONS sip:b@h SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\nFrom: <sip:a@h>;tag=1\nTo: <sip:b@h>\n"
#define BEHIND "CSeq: 1 OPTIONS\nContent-Length: 0\n\n"

static int join(kl_shared *shared, kl_inbox *box, const unsigned char key[16])
{
    int number = -1;
    CHECK_INT(shared_join(shared, box, 0, key, &number), KL_OK);
    return number;
}

static void expect(const char *text, const char *id)
{
    const kl_span wire = message_wire(text);
    const kl_span found = sip_call_id_of(span_of(check_block(wire.s, wire.n), wire.n));
    if (id) CHECK_MEM(found.s, found.n, id, strlen(id));
    else CHECK(found.s == NULL);
    free((char *)(uintptr_t)wire.s);
}

static void it_is_found_as_the_parser_does(void)
{
    expect(BEFORE "Call-ID: one@h\n" BEHIND, "one@h");
    expect(BEFORE "i:  two\n" BEHIND, "two");
    expect(BEFORE "cAlL-iD \t: three  \n" BEHIND, "three  ");
    expect(BEFORE "Call-ID:\n four\n" BEHIND, "four");
    expect(BEFORE "X-Call-ID: no\nCall-ID: five\nCall-ID: six\n" BEHIND, "five");
    expect("\n\n " BEFORE "Call-ID: seven\n" BEHIND, "seven");
    expect("SIP/2.0 200 OK\nCall-ID: eight\n" BEHIND, "eight");
}

static void none_is_none(void)
{
    expect("", NULL);
    expect("\n\n", NULL);
    expect("OPTIONS", NULL);
    expect(BEFORE BEHIND, NULL);
    expect(BEFORE BEHIND "Call-ID: in the body\n", NULL);
    expect(BEFORE "a malformed line\nCall-ID: one\n" BEHIND, NULL);
    expect(BEFORE "Call-ID: no line end", NULL);
}

static void it_is_within_its_bytes_wherever_they_end(void)
{
    const kl_span wire = message_wire(BEFORE "Call-ID: nine@host\n" BEHIND);
    for (size_t n = 0; n <= wire.n; n++) {
        char *data = check_edge(wire.s, n);
        const kl_span found = sip_call_id_of(span_of(data, n));
        CHECK(!found.s || (found.s >= data && found.s + found.n <= data + n));
    }
    free((char *)(uintptr_t)wire.s);
}

/* ---- which engine */

static void owners_share_the_calls(void)
{
    const unsigned char key[16] = {1, 2, 3};
    kl_shared *shared = kl_shared_new();
    kl_inbox *box = inbox_new(0);
    char text[512];
    int calls[3] = {0};
    CHECK_INT(kl_shared_owner(shared, "", 0), 0);
    for (int i = 0; i < 3; i++) CHECK_INT(join(shared, box, key), i);
    for (int i = 0; i < 3000; i++) {
        const int n = snprintf(text, sizeof text, "ACK sip:b@h SIP/2.0\r\nCall-ID: %d@host\r\n\r\n", i);
        const int owner = kl_shared_owner(shared, text, (size_t)n);
        REQUIRE(owner >= 0 && owner < 3);
        calls[owner]++;
        CHECK_INT(kl_shared_owner(shared, text, (size_t)n), owner);
        snprintf(text, sizeof text, "%d@host", i);
        for (int engine = 0; engine < 3; engine++)
            CHECK_INT(shared_is_owner(shared, engine, span_text(text)), engine == owner);
    }
    for (int i = 0; i < 3; i++) CHECK(calls[i] > 800);
    CHECK_INT(kl_shared_owner(shared, "ACK sip:b@h SIP/2.0\r\n\r\n", 23), 0);
    kl_inbox_free(box);
    kl_shared_free(shared);
}

CHECK_MAIN(CHECK_TEST(it_is_found_as_the_parser_does), CHECK_TEST(none_is_none),
           CHECK_TEST(it_is_within_its_bytes_wherever_they_end), CHECK_TEST(owners_share_the_calls))
