/* tm.h: transactions: what a proxy remembers between a request and the final reply to it (RFC 3261 16 and 17, RFC
 * 6026), with the routes of the script that Kamailio's tm runs meanwhile. All of one belongs to one engine. */
#ifndef KL_TM_TM_H
#define KL_TM_TM_H

#include "cell.h"
#include "counters.h"
#include "note.h"

/* Named as in Kamailio; times in milliseconds. */
typedef struct tm_settings {
    int fr_timer, fr_inv_timer, wt_timer, retr_timer1, retr_timer2, max_inv_lifetime, max_noninv_lifetime;
    int noisy_ctimer, auto_inv_100, restart_fr_on_each_reply, unmatched_cancel, reply_matching, callid_matching;
    int callid_cseq_matching, ruri_matching, via1_matching, reparse_invite, cancel_b_method, disable_6xx_block;
    int aggregate_challenges, failure_reply_mode, faked_reply_prio, remap_503_500, failure_exec_mode;
    int local_cancel_reason, e2e_cancel_reason, e2e_cancel_hop_by_hop, headers_mode, evlreq_mode, relay_100;
    int rich_redirect, enable_uac_fr, reply_408_code, delayed_reply, pass_provisional_replies, reply_relay_mode;
    int local_ack_mode, local_ack_branch_mode, exec_time_check, unix_tx_timeout, default_code, dns_reuse_rcv_socket;
    int reparse_on_dns_failover;
    kl_span auto_inv_100_reason, default_reason, reply_408_reason, ac_extra_hdrs;
    kl_span contacts_avp, contact_flows_avp, xavp_contact, fr_timer_avp, fr_inv_timer_avp, failover_reply_codes;
    /* functions of the script; empty: none */
    kl_span on_sl_reply, event_callback, event_callback_lres_sent, evcb_local_ack_sent;
} tm_settings;

struct tm_state {
    tm_settings settings;
    tm_counters counters;
    uint32_t label; /* how many there were */
    uint32_t tickets;
    /* what owns memory: a rewind does not copy it back */
    tm_cell **slots; /* by hash; a power of two of them */
    size_t slot_count, count;
    kl_shared *shared;
    int number;   /* of the engine */
    kl_msg *sent; /* what was sent, to be read again (build.c); made when it is needed */
    kl_buf out;   /* a message while it is built */
};

#define TM_SCRATCH (sizeof(tm_state) - offsetof(tm_state, slots))

static inline tm_state *tm_of(const kl_ctx *ctx) { return ctx->per_engine->tm; }
/* Parameters as Kamailio has them when nobody sets any. */
void tm_init(tm_state *tm);
void tm_done(tm_state *tm);                 /* all transactions end where they are */
void tm_end_all(kl_ctx *ctx, tm_state *tm); /* and their timers */
/* Listens to what comes in; place: that of the module. */
void tm_join(kl_ctx *ctx, tm_state *tm, int place);

/* ---- what tm answers: Kamailio's codes */
enum {
    TM_E_UNSPEC = -1,
    TM_E_OUT_OF_MEM = -2,
    TM_E_INTERNAL = -4, /* t_relay with its own replies turned off */
    TM_E_CFG = -6,
    TM_E_NO_SOCKET = -7,
    TM_E_BAD_TUPEL = -9,
    TM_E_SCRIPT = -10,
    TM_E_TOO_MANY_BRANCHES = -12,
    TM_E_BAD_REQ = -400,
    TM_E_SEND = -477,
    TM_E_BAD_ADDRESS = -478,
    TM_E_BAD_URI = -479,
    TM_E_CANCELED = -487
};

/* ---- requests (newtran.c, relay.c) */

/* A transaction for ctx->msg: 1 (an ACK has none and gets 1), 0 it was a retransmission, or an ACK to a reply of ours:
 * done with; TM_E_SCRIPT there is one already, other codes. */
int tm_newtran(kl_ctx *ctx);
/* 0: as tm_newtran; 1: there is one, which is now the message's; -1: there is none. */
int tm_check(kl_ctx *ctx);

enum { TM_RELAY_NO_100 = 1, TM_RELAY_NO_REPLY = 2, TM_RELAY_NO_FAILOVER = 4 };
typedef struct tm_relay_options {
    kl_span proxy;      /* URI of the next hop in place of the destination; .s NULL: none */
    kl_transport proto; /* that it has to be; NONE: any */
    bool replicate;     /* replies end here */
} tm_relay_options;
/* Kamailio's t_relay, in any route that may. */
int tm_relay(kl_ctx *ctx, const tm_relay_options *options);
/* What failure routes will see: the flags of now, and the edits made since the transaction began, where the Request-URI
 * and the next hop are those of its beginning. */
void tm_save(const kl_ctx *ctx, tm_cell *cell, bool made_before);
/* CANCEL for the INVITE of `invite`: its branches are cancelled and the CANCEL of `cell` answered. */
void tm_cancel_invite(kl_ctx *ctx, tm_cell *cell, tm_cell *invite);

/* ---- next hops by name (hops.c) */

/* The addresses that KL_EFFECT_RESOLVE asked for, the best first. A ticket that nobody waits for is a line in the log.
 */
void tm_resolved(kl_ctx *ctx, int64_t ticket, const kl_target *targets, size_t count);
/* What did not go out, and where to as its source. */
void tm_send_failed(kl_ctx *ctx, const kl_packet *packet);
/* Whether a text is one of failover_reply_codes: "code=403;class=5". */
bool tm_codes_good(kl_span codes);

/* ---- serial forking by q (contacts.c): Request-URI and branches become records in $xavp(contacts_avp) */
int tm_load_contacts(kl_ctx *ctx, bool proportional); /* 1, -1 */
/* Those of the highest q become Request-URI and branches: 1; -1, -2 there are no more, -3 the variable holds others. */
int tm_next_contacts(kl_ctx *ctx);
/* In a branch failure route, another flow to the same instance (RFC 5626): 1, -1, -2 there is none. */
int tm_next_contact_flow(kl_ctx *ctx);

/* ---- transactions that wait (suspend.c) */
int tm_suspend_request(kl_ctx *ctx); /* 1, -1 */
bool tm_suspend_reply(kl_ctx *ctx);  /* that of ctx->msg is held */
/* False: it is not suspended. */
bool tm_continue(kl_ctx *ctx, tm_cell *cell, kl_span function);

/* ---- replies (reply.c) */

/* A reply of ours upstream: 1; -1: there is a final one, or it cannot be built. */
int tm_reply(kl_ctx *ctx, tm_cell *cell, int code, kl_span reason);
/* What the last one was, again; false: there was none. */
bool tm_retransmit_reply(kl_ctx *ctx, tm_cell *cell);
/* It ends with this code, which nobody is told. */
void tm_drop(kl_ctx *ctx, tm_cell *cell, int code);
/* The reply that tells what t_relay ended with. */
void tm_reply_error(kl_ctx *ctx, tm_cell *cell, int error);

/* A reply with more in it: a To-tag (empty: none, .s NULL: ours), header lines, a body with its Content-Type among
 * them. */
typedef struct tm_reply_extra {
    kl_span to_tag, headers, body;
} tm_reply_extra;
int tm_reply_more(kl_ctx *ctx, tm_cell *cell, int code, kl_span reason, const tm_reply_extra *extra);
/* Ends those that should have ended a minute and a half ago: how many. */
int tm_clean(kl_ctx *ctx);

/* ---- what a route is about (status.c) */
/* The transaction of ctx->msg, looked for when nobody has, which makes it the message's; NULL: there is none. */
tm_cell *tm_find(kl_ctx *ctx);
bool tm_in_failure(const kl_ctx *ctx); /* a failure or branch failure route */
/* The branch that a failure route is about; NULL: there is none. */
const tm_branch *tm_failed_branch(const kl_ctx *ctx);
/* The same in those; else that of the reply or of the branch route. NULL: none. */
const tm_branch *tm_branch_here(const kl_ctx *ctx);
int tm_status(kl_ctx *ctx);       /* $T_reply_code; 0: none */
int tm_branch_index(kl_ctx *ctx); /* $T_branch_idx; -1: none */

/* Reason phrases of codes that are made up here. */
kl_span tm_reason_of(int code);
kl_span tm_faked_reason(const tm_cell *cell, int code); /* of a final one in place of a reply that did not come */
/* A number of ms in microseconds of whole ticks (1/16 s), one at least. */
int64_t tm_ticks(int64_t ms);

#endif
