/* Notes of other rooms on a message: made once, gone with it, kept or dropped when its bytes are replaced. */
#include "message.h"

#include "base/mem.h"

#define TEXT                                                                                                           \
    "OPTIONS sip:a@b SIP/2.0\nVia: SIP/2.0/UDP h\nFrom: <sip:a@b>\nTo: <sip:a@b>\nCall-ID: 1\nCSeq: 1 OPTIONS\n\n"

typedef struct note {
    slot_note head;
    int number;
    void *outside;
} note;

static int drops;

static void drop(void *opaque)
{
    kl_free(((note *)opaque)->outside);
    drops++;
}

static bool stays_when_odd(void *opaque) { return ((note *)opaque)->number % 2 != 0; }

static const slot_kind plain = {.number = SLOT_ROUTE, .size = sizeof(note)},
                       owner = {.number = SLOT_UAC, .size = sizeof(note), .drop = drop},
                       odd = {.number = SLOT_CONTACT, .size = sizeof(note), .replaced = stays_when_odd, .drop = drop};

static kl_msg msg;

static void start(void)
{
    drops = 0;
    msg_init(&msg, 0);
    CHECK(message_read(&msg, TEXT));
}

static note *put(const slot_kind *kind, int number)
{
    note *made = slot_make(&msg, kind);
    if (made) made->number = number;
    return made;
}

static void a_note_is_made_once_and_begins_with_zeros(void)
{
    start();
    for (slot_number i = 0; i < SLOT_COUNT; i++) CHECK(!msg_slot(&msg, i));
    note *made = slot_make(&msg, &plain);
    REQUIRE(made);
    CHECK(made->head.kind == &plain && made->number == 0);
    made->number = 7;
    CHECK(slot_make(&msg, &plain) == made && msg_slot(&msg, SLOT_ROUTE) == made && made->number == 7);
    CHECK(!msg_slot(&msg, SLOT_UAC));
    msg_done(&msg);
}

static void a_note_ends_with_its_message(void)
{
    start();
    note *made = put(&owner, 1);
    REQUIRE(made && put(&plain, 2));
    made->outside = kl_malloc(100);
    msg_reset(&msg);
    CHECK_INT(drops, 1);
    CHECK(!msg_slot(&msg, SLOT_UAC) && !msg_slot(&msg, SLOT_ROUTE));
    CHECK(message_read(&msg, TEXT) && put(&owner, 3));
    CHECK(message_read(&msg, TEXT)); /* the next one, in the same memory */
    CHECK_INT(drops, 2);
    CHECK(put(&owner, 4));
    msg_done(&msg);
    CHECK_INT(drops, 3);
    msg_done(&msg);
    CHECK_INT(drops, 3);
}

static void other_bytes_take_along_what_does_not_want_to_stay(void)
{
    kl_error err;
    for (int number = 1; number <= 2; number++) {
        start();
        CHECK(put(&plain, 1) && put(&owner, 1) && put(&odd, number));
        const kl_span wire = message_wire(TEXT);
        CHECK_INT(msg_replace(&msg, wire, &err), KL_OK);
        free((char *)wire.s);
        CHECK(!msg_slot(&msg, SLOT_ROUTE) && !msg_slot(&msg, SLOT_UAC));
        const note *left = msg_slot(&msg, SLOT_CONTACT);
        CHECK(number == 1 ? left && left->number == 1 : !left);
        CHECK_INT(drops, number);
        msg_done(&msg);
    }
}

static void without_memory_there_is_no_note(void)
{
    drops = 0;
    msg_init(&msg, sizeof(note) - 1);
    CHECK(!slot_make(&msg, &owner) && !msg_slot(&msg, SLOT_UAC));
    msg_done(&msg);
    CHECK_INT(drops, 0);
}

CHECK_MAIN(CHECK_TEST(a_note_is_made_once_and_begins_with_zeros), CHECK_TEST(a_note_ends_with_its_message),
           CHECK_TEST(other_bytes_take_along_what_does_not_want_to_stay), CHECK_TEST(without_memory_there_is_no_note))
