/* Any edits in any order give what a slow and simple reading of the rules in sip/edit.h gives. */
#include "message.h"

static const char text[] = "OPTIONS sip:u@h SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa;rport\nTo: "
                           "<sip:t@h>\nFrom: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 OPTIONS\nX: 1\n\nbody";

#define MAX_EDITS 12

typedef struct edit {
    size_t offset, cut;
    char text[8];
    size_t n;
} edit;

static uint32_t seed;

static size_t dice(size_t sides)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % sides;
}

/* Adds to the model what the real thing is asked to do, by its rules for a second cut and a second text of one piece.
 */
static void note(edit *edits, size_t *count, size_t offset, size_t cut, const char *what, size_t n, bool replaces)
{
    for (size_t i = 0; cut > 0 && i < *count; i++) {
        if (edits[i].offset != offset || edits[i].cut != cut) continue;
        if (replaces) {
            memcpy(edits[i].text, what, n);
            edits[i].n = n;
        }
        return;
    }
    edits[*count] = (edit){.offset = offset, .cut = cut, .n = n};
    memcpy(edits[(*count)++].text, what, n);
}

static bool inside_a_cut(const edit *edits, size_t count, size_t offset)
{
    for (size_t i = 0; i < count; i++)
        if (edits[i].offset < offset && offset < edits[i].offset + edits[i].cut) return true;
    return false;
}

static bool is_cut(const edit *edits, size_t count, size_t at)
{
    for (size_t i = 0; i < count; i++)
        if (edits[i].offset <= at && at < edits[i].offset + edits[i].cut) return true;
    return false;
}

static size_t model(const kl_msg *msg, const edit *edits, size_t count, char *out)
{
    size_t n = 0;
    for (size_t at = 0; at <= msg->len; at++) {
        for (size_t i = 0; i < count && !inside_a_cut(edits, count, at); i++) {
            if (edits[i].offset != at) continue;
            memcpy(out + n, edits[i].text, edits[i].n);
            n += edits[i].n;
        }
        if (at < msg->len && !is_cut(edits, count, at)) out[n++] = msg->buf[at];
    }
    return n;
}

static void edit_at_random(kl_msg *msg, edit *edits, size_t *count, int number)
{
    char what[8];
    const size_t n = (size_t)snprintf(what, sizeof what, "<%d>", number);
    const sip_hdr *hdr = &msg->hdrs[dice(msg->hdr_count)];
    const size_t line = (size_t)(hdr_line(hdr).s - msg->buf), offset = dice(msg->len),
                 cut = dice(msg->len - offset < 20 ? msg->len - offset + 1 : 20);
    switch (dice(7)) {
    case 0:
        CHECK(edit_append(msg, span_of(what, n)));
        note(edits, count, msg->eoh, 0, what, n, false);
        break;
    case 1:
        CHECK(edit_insert(msg, span_of(what, n)));
        note(edits, count, msg->first_line.n, 0, what, n, false);
        break;
    case 2:
        CHECK(edit_before(msg, hdr, span_of(what, n)));
        note(edits, count, line, 0, what, n, false);
        break;
    case 3:
        CHECK(edit_after(msg, hdr, span_of(what, n)));
        note(edits, count, line + hdr_line(hdr).n, 0, what, n, false);
        break;
    case 4:
        CHECK(edit_remove(msg, hdr));
        note(edits, count, line, hdr_line(hdr).n, "", 0, false);
        break;
    case 5:
        CHECK(edit_cut(msg, span_of(msg->buf + offset, cut)));
        if (cut > 0) note(edits, count, offset, cut, "", 0, false);
        break;
    default:
        CHECK(edit_replace(msg, span_of(msg->buf + offset, cut), span_of(what, n)));
        note(edits, count, offset, cut, what, n, true);
        break;
    }
}

static void any_edits_are_written_as_the_rules_say(void)
{
    kl_msg msg;
    kl_buf out;
    char wanted[1024];
    msg_init(&msg, 0);
    buf_init(&out);
    for (seed = 1; seed < 2000000 && !check_now.failed; seed += 997) {
        const uint32_t first = seed;
        edit edits[MAX_EDITS];
        size_t count = 0;
        REQUIRE(message_read(&msg, text));
        for (int i = (int)dice(MAX_EDITS); i > 0; i--) edit_at_random(&msg, edits, &count, i);
        REQUIRE(build_message(&msg, &out));
        CHECK_MEM(out.s, out.n, wanted, model(&msg, edits, count, wanted));
        if (check_now.failed) printf("    seed %u\n", (unsigned)first);
        seed = first;
    }
    buf_free(&out);
    msg_done(&msg);
}

/* What goes out is a message again, whatever was cut to pieces, or memory stays in bounds at least: ASan watches. */
static void any_edits_can_be_forwarded_and_answered(void)
{
    static const build_forward_options options = {
        .via_host = {"h", 1}, .via_port = {"5070", 4}, .proto = KL_PROTO_TCP, .branch = {"B", 1}};
    static const build_reply_options reply = {.to_tag = {"T", 1}};
    kl_msg msg;
    kl_buf out;
    msg_init(&msg, 0);
    buf_init(&out);
    for (seed = 1; seed < 1000000; seed += 997) {
        const uint32_t first = seed;
        edit edits[MAX_EDITS];
        size_t count = 0;
        REQUIRE(message_read(&msg, text));
        for (int i = (int)dice(MAX_EDITS); i > 0; i--) edit_at_random(&msg, edits, &count, i);
        CHECK(build_forward(&msg, &options, &out));
        CHECK(span_search(buf_span(&out), SPAN("Via: SIP/2.0/TCP h:5070;branch=B\r\n")) != NULL);
        CHECK(build_reply(&msg, 200, SPAN("OK"), &reply, &out));
        CHECK(build_forward_reply(&msg, &(build_back_options){.proto = KL_PROTO_UDP}, &out));
        seed = first;
    }
    buf_free(&out);
    msg_done(&msg);
}

CHECK_MAIN(CHECK_TEST(any_edits_are_written_as_the_rules_say), CHECK_TEST(any_edits_can_be_forwarded_and_answered))
