/* Texts and route notes on a message: what they are, when they go, and what a clone has of them. */
#include "message.h"

#include "core/notes.h"
#include "core/route.h"
#include "sip/msg_clone.h"

#define TEXT                                                                                                           \
    "INVITE sip:a@b SIP/2.0\nVia: SIP/2.0/UDP h\nFrom: <sip:a@b>\nTo: <sip:a@b>\nCall-ID: 1\nCSeq: 1 INVITE\n"         \
    "Contact: <sip:c@d>\n\n"

static kl_msg msg;

static void start(void)
{
    msg_init(&msg, 0);
    CHECK(message_read(&msg, TEXT));
}

static void texts_stay_until_the_bytes_go(void)
{
    kl_error err;
    start();
    CHECK(!notes_contact(&msg).s && !notes_authorized(&msg).s && !notes_authorized_hdr(&msg));
    CHECK_SPAN(notes_contact_now(&msg, SPAN("sip:c@d")), "sip:c@d");
    CHECK(notes_set_contact(&msg, SPAN("sip:c@e")) && notes_set_authorized(&msg, SPAN("bob"), &msg.hdrs[1]));
    CHECK(notes_authorized_hdr(&msg) == &msg.hdrs[1]);
    CHECK_SPAN(notes_contact_now(&msg, SPAN("sip:c@d")), "sip:c@e");
    CHECK(notes_set_contact(&msg, SPAN("sip:c@f")));
    kl_msg *clone = msg_clone(&msg);
    CHECK_INT(msg_replace(&msg, span_of(msg.buf, msg.len), &err), KL_OK);
    CHECK(!notes_contact(&msg).s && !notes_authorized(&msg).s);
    msg_done(&msg);
    REQUIRE(clone);
    CHECK_SPAN(notes_contact(clone), "sip:c@f");
    CHECK_SPAN(notes_authorized(clone), "bob");
    CHECK(notes_authorized_hdr(clone) == &clone->hdrs[1]);
    kl_msg_free(clone);
}

static void without_memory_nothing_is_noted(void)
{
    start();
    msg.arena.limit = msg.arena.used;
    CHECK(!notes_set_contact(&msg, SPAN("sip:c@e")) && !notes_contact(&msg).s);
    msg_done(&msg);
}

/* A clone's Record-Route grows by parts of its own. */
static void route_notes_of_a_clone_are_about_the_clone(void)
{
    kl_buf out;
    buf_init(&out);
    start();
    edit_part *part = edit_part_new(&msg, EDIT_PART_TEXT, EDIT_ALWAYS, SPAN("Record-Route: <sip:p;lr"));
    REQUIRE(part && (part->next = edit_part_new(&msg, EDIT_PART_TEXT, EDIT_ALWAYS, SPAN(">\r\n"))));
    route_notes *notes = route_notes_of(&msg);
    REQUIRE(notes);
    notes->headers[1] = edit_parts_before(&msg, NULL, part, EDIT_ALWAYS);
    notes->grows[1] = part;
    notes->recorded = notes->waiting = true;
    notes->params = arena_copy(&msg.arena, SPAN(";lr;ftag=1"));
    notes->pending = arena_copy(&msg.arena, SPAN(";x"));
    kl_msg *clone = msg_clone(&msg);
    msg_done(&msg);
    REQUIRE(clone);
    route_notes *copy = route_noted(clone);
    REQUIRE(copy && copy->recorded && copy->waiting && !copy->headers[0] && !copy->grows[0]);
    CHECK_SPAN(copy->params, ";lr;ftag=1");
    CHECK_SPAN(copy->pending, ";x");
    CHECK(copy->headers[1] == clone->edits && copy->grows[1] == clone->edits->parts);
    edit_part *more = edit_part_new(clone, EDIT_PART_TEXT, EDIT_ALWAYS, SPAN(";more"));
    REQUIRE(more);
    more->next = copy->grows[1]->next;
    copy->grows[1]->next = more;
    CHECK(build_message(clone, &out) && span_search(buf_span(&out), SPAN("Record-Route: <sip:p;lr;more>\r\n")));
    buf_free(&out);
    kl_msg_free(clone);
}

static void bytes_that_have_the_record_route_wait_no_longer(void)
{
    kl_error err;
    start();
    route_notes *notes = route_notes_of(&msg);
    REQUIRE(notes);
    notes->recorded = notes->waiting = true;
    CHECK_INT(msg_replace(&msg, span_of(msg.buf, msg.len), &err), KL_OK);
    CHECK(route_noted(&msg) == notes && notes->recorded && !notes->waiting);
    msg_done(&msg);
}

CHECK_MAIN(CHECK_TEST(texts_stay_until_the_bytes_go), CHECK_TEST(without_memory_nothing_is_noted),
           CHECK_TEST(route_notes_of_a_clone_are_about_the_clone),
           CHECK_TEST(bytes_that_have_the_record_route_wait_no_longer))
