/* internal.h: what the files of this room have of each other, and nobody else. */
#ifndef KL_TM_INTERNAL_H
#define KL_TM_INTERNAL_H

#include "cancel.h"
#include "elsewhere.h"
#include "local.h"
#include "table.h"
#include "timers.h"
#include "tm.h"

/* Flags that messages of one transaction have in common. */
static inline void flags_copy(kl_msg *to, const kl_msg *from)
{
    to->flags = from->flags;
    to->xflags = from->xflags;
}

/* ---- states.c: what an event does, STEP_OCCURS among it: look asks, move goes to the next state. 0: it cannot occur
 */
static inline const tm_step *client_step(const tm_branch *branch, client_event event)
{
    return &client_table[cell_is(branch->cell, TM_IS_INVITE)][branch->client][event];
}

static inline const tm_step *server_step(const tm_cell *cell, server_event event)
{
    const server_kind kind = cell->local                   ? SERVER_OF_NOBODY
                             : cell_is(cell, TM_IS_INVITE) ? SERVER_OF_INVITE
                                                           : SERVER_OF_OTHERS;
    return &server_table[kind][cell->server][event];
}

static inline unsigned step_take(const tm_step *step, uint8_t *state)
{
    if (step->does) *state = step->next;
    return step->does;
}

static inline unsigned client_look(const tm_branch *branch, client_event event)
{
    return client_step(branch, event)->does;
}

static inline unsigned client_move(tm_branch *branch, client_event event)
{
    return step_take(client_step(branch, event), &branch->client);
}

static inline unsigned cancel_move(tm_branch *branch, cancel_event event)
{
    return step_take(&cancel_table[branch->cancelling][event], &branch->cancelling);
}

static inline unsigned server_look(const tm_cell *cell, server_event event) { return server_step(cell, event)->does; }

static inline unsigned server_move(tm_cell *cell, server_event event)
{
    return step_take(server_step(cell, event), &cell->server);
}

/* ---- sending.c: bytes out, and out again */
void sending_request(kl_ctx *ctx, tm_branch *branch);
void sending_cancel(kl_ctx *ctx, tm_branch *branch);
bool sending_response(kl_ctx *ctx, tm_cell *cell);      /* the response for the first time */
bool sending_same(kl_ctx *ctx, tm_cell *cell);          /* and once more */
void sending_repeat_answer(kl_ctx *ctx, tm_cell *cell); /* again until ACK: a 2xx on any transport */
/* A provisional reply: patience of an INVITE begins anew, other requests are repeated less often. */
void sending_provisional(kl_ctx *ctx, tm_branch *branch, int before, int code);
void sending_stop(kl_ctx *ctx, tm_sending *sending);
/* How long a final reply is waited for, from now on. False: no memory for that, and it is not waited at all. */
bool sending_patience(kl_ctx *ctx, tm_branch *branch, int64_t patience);

/* ---- waiting.c: transactions that wait until something is stored */
/* All that is sent of it from now on waits for this one; false: no memory. */
bool waiting_for(kl_ctx *ctx, tm_cell *cell, int64_t ticket);
bool waiting_hook(kl_ctx *ctx, int64_t ticket); /* listens to hook_waits */
/* Its final reply is kept aside, or was replaced: no other one goes upstream. */
static inline bool waiting_holds(const tm_cell *cell)
{
    return cell_is_final(cell) && (cell->after != 0 || cell_is(cell, TM_UNSTORED));
}

/* ---- elsewhere.c: transactions of one engine that functions in another one name */
uint32_t elsewhere_label(tm_state *tm); /* that no other engine gives */
void elsewhere_note(tm_cell *cell);     /* an INVITE, by Call-ID and CSeq */
void elsewhere_suspended(tm_cell *cell, bool is);
void elsewhere_forget(tm_cell *cell);

/* ---- timers.c */
/* A timer of a transaction in the table: what has ended gets none. False: it has, or there is no memory. */
bool timers_set(kl_ctx *ctx, const tm_cell *cell, timer_id *id, int64_t when, timer_fn fn);
void timers_wait(kl_ctx *ctx, tm_cell *cell);              /* Kamailio's put_on_wait */
void timers_wait_on(kl_ctx *ctx, tm_cell *cell);           /* as long as somebody may repeat a 2xx */
void timers_end(kl_ctx *ctx, tm_cell *cell);               /* it is gone */
void timers_final(timer_id *id, int64_t when, void *arg);  /* of a branch */
void timers_answer(timer_id *id, int64_t when, void *arg); /* nobody acknowledged */

/* ---- build.c */
kl_span build_tm_branch(const tm_branch *branch, char text[64]); /* value of our Via's parameter */
/* CANCEL of a branch, or ACK to the negative final `reply` on it: what was sent, read again. `more`: header lines. The
 * text lives as long as the transaction; empty: event_callback dropped it; .s NULL: no memory. */
kl_span build_hop(kl_ctx *ctx, tm_branch *branch, kl_span method, kl_msg *reply, kl_span more);
/* Of the request as it was sent, for CANCEL and others: good until the next one; NULL when it cannot be read. */
kl_msg *build_sent(kl_ctx *ctx, const tm_branch *branch);
/* Bytes of ours, good as long; NULL when they cannot be read. */
kl_msg *build_read(tm_state *tm, const kl_packet *packet);

/* ---- fr_avp.c */
/* Microseconds; 0: the variable of that name has none. */
int64_t fr_avp(kl_ctx *ctx, kl_span name);

/* ---- branch.c */
/* One more branch for what `msg` says where to: 0 or higher its index; else a TM_E_ code. Nothing is sent yet. */
int branch_prepare(kl_ctx *ctx, tm_cell *cell, const sip_branch *where, const tm_relay_options *options,
                   kl_span on_branch);

/* Where the message itself goes, without its branches. */
sip_branch branch_of_message(const kl_msg *msg);
/* ctx->msg as it goes to the branch's target; false: no memory, or a text of the script is not within a line. */
bool branch_build(kl_ctx *ctx, tm_branch *branch);
/* The same as far as the target is known, and ctx->msg kept as long as there are further addresses, or none yet. */
bool branch_write(kl_ctx *ctx, tm_branch *branch);
bool branch_leave(kl_ctx *ctx, tm_branch *branch); /* it goes out, or waits for where to; false: neither */

/* It did not go out, and is of no account. */
static inline void branch_unsent(tm_branch *branch)
{
    client_move(branch, CLIENT_UNSENT);
    branch->state |= TM_BRANCH_DROPPED;
    branch->last_received = 500;
}

/* ---- hops.c: next hops that are names */
/* Where a name leads to: 0 to the branch's target, HOP_WAITS not known yet, else a TM_E_ code. */
enum { HOP_WAITS = 1 };
int hops_ask(kl_ctx *ctx, tm_branch *branch, const sip_uri *uri);
bool hops_wait(kl_ctx *ctx, tm_branch *branch); /* in place of sending it; false: no memory */
/* Instead of a branch that just ended with this code, one to the next address of its next hop, where there is one and
 * the way that it ended asks for it. heard: a reply had come before. True: it went out. */
bool hops_fail_over(kl_ctx *ctx, tm_branch *branch, int code, const kl_msg *reply, bool heard);
/* A branch that waits is not waited for any more; true: it was one. */
bool hops_forget(kl_ctx *ctx, tm_branch *branch);
static inline bool hops_waits(const tm_branch *branch) { return branch->hop.ticket != 0; }

/* ---- routes.c: routes of the script within a transaction */
/* On `msg`, with the transaction's variables and flags; what the script left of the flags is the transaction's. */
void tm_run(kl_ctx *ctx, tm_cell *cell, kl_msg *msg, int branch, kl_span function, kl_phase phase, bool *dropped);
/* On a copy of the request. */
void tm_run_failure(kl_ctx *ctx, tm_cell *cell, int branch, kl_span function, kl_phase phase);

/* The same when a suspended one goes on: its Request-URI counts unless it was used. */
void tm_run_continued(kl_ctx *ctx, tm_cell *cell, kl_span function);

/* ---- pick.c */
enum { PICK_NONE = -1, PICK_OPEN = -2 };
/* The branch whose final reply goes upstream; current: whose reply came last. PICK_OPEN: one has none yet. */
int pick_branch(const tm_cell *cell, const tm_branch *current);

/* ---- received.c */
bool received_reply(kl_ctx *ctx); /* listens to hook_reply */
/* What a reply that was held leads to; frees it. */
void received_held(kl_ctx *ctx, tm_branch *branch, kl_msg *reply);

/* ---- failed.c */
/* A final reply on a branch that is no success, received or (NULL) made up: the routes run, and what comes of it is
 * sent upstream. */
void failed_branch(kl_ctx *ctx, tm_branch *branch, int code, kl_msg *reply);
/* They are kept until one is picked. */
void failed_forget_replies(tm_cell *cell);

/* ---- upstream.c */
void upstream_relay(kl_ctx *ctx, tm_cell *cell, kl_msg *reply, int code);
/* The final reply of the branch that was picked, and the end. */
void upstream_picked(kl_ctx *ctx, tm_cell *cell, tm_branch *picked);
/* The transaction has its final reply, which goes out again where timer G may: nothing is asked of downstream any more.
 */
void upstream_finish(kl_ctx *ctx, tm_cell *cell);

/* ---- suspend.c */
void suspend_mark(tm_cell *cell, bool is); /* for this engine and others */

/* ---- cancel.c */
/* All open branches but `except` (-1: none): how many are cancelled. */
int cancel_branches(kl_ctx *ctx, tm_cell *cell, int except, const cancel_reason *reason);
void cancel_ended(kl_ctx *ctx, tm_branch *branch); /* one whose patience ended while it rang */
/* The first provisional reply on a branch that waits for it to be cancelled. */
void cancel_now(kl_ctx *ctx, tm_branch *branch);

/* ---- local.c */
struct tm_local {
    tm_local_fn fn, progress;
    void *data;
    void (*drop)(void *data);
    kl_msg *success; /* the 2xx to an INVITE, for its ACK; NULL: none yet */
    kl_span ack;     /* to it, as it was sent */
    send_target ack_target;
};
/* A reply that ends, or (below 200) does not end, a local request; reply NULL: nobody answered. */
void local_replied(kl_ctx *ctx, tm_branch *branch, int code, kl_msg *reply);
/* A 2xx that came again. */
void local_repeated(kl_ctx *ctx, tm_cell *cell);
void local_free(struct tm_local *local);

/* ---- read.c */
/* Bytes of ours as a message: `like` tells where it came from, NULL: from here. kl_msg_free frees it; NULL: no memory,
 * or they cannot be read. */
kl_msg *tm_read(kl_ctx *ctx, kl_span bytes, const kl_msg *like);

#endif
