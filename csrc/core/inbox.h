/* inbox.h: what other threads hand to an engine: the only way in while it runs. The kinds are a closed list; each is
 * handled in engine/inputs.c. Inputs are handled in the order they came in, and numbered by that. */
#ifndef KL_CORE_INBOX_H
#define KL_CORE_INBOX_H

#include "ctx.h"

/* What an engine does for another one that knows no more than the engine's number; `data` is a copy. */
typedef void (*inbox_action)(kl_ctx *ctx, const void *data, size_t size);
typedef void (*inbox_wake)(int64_t with);

typedef struct inbox_input inbox_input;
struct inbox_input {
    inbox_input *next;
    kl_input_kind kind;
    size_t size;                      /* of the block that it is */
    inbox_input *same_place;          /* of an offer: the next of its bucket */
    uint64_t hash;                    /* of an offer, never 0; else 0 */
    void (*drop)(inbox_input *input); /* NULL: it is one block */
    bool spare;                       /* its block has the room of those that are used again */
    union {
        kl_packet packet; /* received, or not sent */
        struct {
            double now, monotonic; /* now negative: the time stands, a timer may have been set from elsewhere */
        } timer;
        struct {
            inbox_action run;
            const void *data;
            size_t size;
        } action;
        int64_t ticket; /* of an RPC command that the host keeps */
        struct {
            int64_t ticket;
            const kl_target *targets;
            size_t count;
            double now, monotonic;
        } resolved;
        struct {
            int64_t ticket;
            kl_span error; /* .s NULL: none */
            bool is_wait;  /* the input is a ticket_wait (shared_tickets.h), which need not be looked for */
        } stored;
    };
};

/* An inbox with one holder, which is its engine: whoever posts holds it too, since engines end. */
kl_inbox *inbox_new(size_t limit); /* of bytes, 0 for none; NULL: no memory */
kl_inbox *inbox_ref(kl_inbox *box);
/* Its engine ends: what is in it goes, and nothing comes in any more. */
void inbox_close(kl_inbox *box);
/* Who is to be told, in the posting thread and without a lock, when the first input comes to an empty inbox; NULL:
 * nobody. */
void inbox_set_wake(kl_inbox *box, inbox_wake wake, int64_t with);

/* kl_inbox_post_* with what only C posts: it copies what it is given, and fails as they do. */
kl_status inbox_post_action(kl_inbox *box, inbox_action run, const void *data, size_t size, kl_error *err);

/* One that was made beforehand and has a `drop`, so that nothing can fail: whatever waits, and dropped where the engine
 * is closed. True: inbox_wake_up comes next, outside of any lock. */
bool inbox_put_ready(kl_inbox *box, inbox_input *input);
void inbox_wake_up(kl_inbox *box);

/* A timer was set from elsewhere: a KL_INPUT_TIMER without a time, unless one has not been dropped yet; whoever drops
 * it asks for the next timer then. */
void inbox_look_at_timers(kl_inbox *box);

/* What a loop hands to another one, whose engine may be waiting. */
typedef struct inbox_offer {
    const kl_packet *packet;
    uint64_t hash; /* of anything that stays when it comes again */
    int owner;     /* the number of an engine */
    kl_over over;  /* what became of it: KL_OVER_MINE when that engine is closed */
} inbox_offer;

/* Copies of those of one owner, whose inbox it is, until `most` inputs wait there. */
void inbox_put_offers(kl_inbox *box, inbox_offer *offers, size_t count, int owner, size_t most);

/* Whoever takes inputs is at work and looks again before it waits: it is not told of what comes meanwhile; false ends
 * that. True: there are no inputs now. */
bool inbox_attend(kl_inbox *box, bool attended);
bool inbox_is_empty(kl_inbox *box);
inbox_input *inbox_take(kl_inbox *box); /* the oldest, the caller's until it drops it; NULL: empty */
void inbox_drop(kl_inbox *box, inbox_input *input);

#endif
