/* cell.h: one transaction: its request, the replies upstream, a branch for each place it was sent to. */
#ifndef KL_TM_CELL_H
#define KL_TM_CELL_H

#include "base/timer.h"
#include "core/kept.h"
#include "proxy/send.h"
#include "sip/msg_clone.h"
#include "states.h"

#define TM_MAX_BRANCHES (SIP_MAX_BRANCHES + 1)
#define TM_KEY          32 /* hex digits of a transaction's own part of its Via branches */
#define TM_TAG          (BUILD_TAG_INSTANCE + 1 + 8)

typedef struct tm_cell tm_cell;

/* Functions of the script by name; empty: none. */
typedef struct tm_handlers {
    kl_span on_failure, on_branch_failure, on_reply, on_branch;
} tm_handlers;

/* In microseconds; 0: not told. */
typedef struct tm_timing {
    int64_t fr, fr_inv, repeat_first, repeat_most, life_inv, life_noninv;
} tm_timing;

/* Bytes that are sent again and again (timers A, E, G), until something or the end of patience (B, F, H) stops it. */
typedef struct tm_sending {
    timer_id repeat, final;
    int64_t interval; /* until the next repetition */
    /* Kamailio has one timer for both, which looks at the times when it goes off and not before: patience that becomes
     * shorter ends then */
    int64_t final_at, looked_at;
    kl_span bytes;
} tm_sending;

enum {
    TM_BRANCH_REPLIED = 1,   /* a reply was received and dealt with */
    TM_BRANCH_TIMED_OUT = 2, /* patience ended */
    TM_BRANCH_CANCELLED = 4, /* CANCEL was sent, or goes out with the first provisional reply */
    TM_BRANCH_BLIND = 8,     /* nothing was sent: a suspended transaction waits there */
    TM_BRANCH_SENT = 16,
    TM_BRANCH_DROPPED = 32,     /* its replies are no longer looked at when one is picked */
    TM_BRANCH_REPEATED = 64,    /* the request went out more than once */
    TM_BRANCH_SEND_FAILED = 128 /* the host could not send it */
};

/* A next hop that is a name (hops.c). */
typedef struct tm_hop {
    int64_t ticket;        /* of the look-up that the branch waits for, with the name in .target; 0: none */
    bool sips;             /* the URI told so */
    kl_msg *message;       /* the request for this place, as long as an address may have to be tried; NULL: none */
    const kl_target *next; /* addresses to try after this one */
    size_t left;
} tm_hop;

/* A place the request was sent to. */
typedef struct tm_branch {
    tm_cell *cell;
    uint8_t index;
    uint8_t client, cancelling; /* client_state, cancel_state */
    unsigned state;             /* TM_BRANCH_* */
    int last_received;          /* code; 0: none yet */
    bool faked;                 /* the final reply is ours: nobody answered */
    kl_msg *reply;              /* the final one, kept until one is picked; NULL: none, or faked */
    kl_msg *held;               /* a reply that waits to be continued; NULL: none */
    tm_sending request, cancel;
    kl_span ack;   /* to its negative final reply */
    int64_t after; /* the ticket that the request waited for when it was sent first (core/tickets.h); 0: none */
    send_target target;
    tm_hop hop;
    kl_span uri, dst_uri, path, ruid, instance, user_agent;
    uint32_t flags; /* branch flags */
    tm_handlers handlers;
} tm_branch;

enum {
    TM_IS_INVITE = 1,
    TM_IS_LOCAL = 2, /* made here, or replicated: no replies upstream */
    TM_CANCELLED = 4,
    TM_AUTO_100 = 8,
    TM_DISABLE_6XX = 16,
    TM_DISABLE_FAILOVER = 32,
    TM_DISABLE_INTERNAL_REPLY = 64,
    TM_NO_E2E_REASON = 128,
    TM_NO_AUTO_ACK = 256,
    TM_6XX = 512, /* the other branches were cancelled for one */
    TM_RELAYED = 2048,
    TM_SUSPENDED = 4096,
    TM_USE_UAC_HEADERS = 8192,
    TM_NOISY = 16384,
    TM_WAITED = 32768,  /* on wait at least once */
    TM_UNSTORED = 65536 /* the 2xx was not sent, as what it told of could not be stored */
};

struct tm_cell {
    tm_state *tm;
    kept_memory *memory;   /* that it and its messages lie in; NULL: the heap */
    tm_cell *next, **link; /* of its slot; link NULL: in none */
    uint32_t hash, label;
    uint64_t call_key, id_key; /* in the index of engines that share a state (elsewhere.c); 0: not there */
    int refs;
    uint8_t server; /* server_state */
    unsigned flags; /* TM_* */
    char key[TM_KEY];
    char tag[TM_TAG];  /* our To-tag */
    kl_span given_tag; /* in its place: what tm.reply was told, empty or not; .s NULL: nothing */
    kl_msg *request;
    kl_msg *relayed; /* the same with what the script changed before it went on; NULL: that is `request` */
    /* upstream */
    int status;     /* last code sent, 0: none */
    int error;      /* of a t_relay in a failure route, told when nothing else is; 0: none */
    int picked;     /* the branch whose final reply a failure route is about; -1: none */
    int drop;       /* which replies are dropped after it: failure_reply_mode, t_drop_replies */
    char *response; /* the last one; NULL: none yet */
    uint32_t response_size, response_room;
    kl_span response_tag; /* To-tag of the last one */
    send_target upstream;
    tm_sending answer; /* .bytes unused: it is `response` */
    int64_t ticket;    /* the highest that what is sent from now on waits for, followed; 0: none */
    int64_t after;     /* that of the response */
    /* downstream */
    tm_branch **branches;
    uint8_t branch_count, branch_cap, step; /* step: the first branch of the last t_relay */
    tm_handlers handlers;
    struct tm_local *local; /* made here (local.h); NULL: received */
    tm_timing timing;
    int64_t end_of_life;
    timer_id wait;
};

/* A transaction for a request, its copy taken; with one reference. NULL: no memory. */
tm_cell *cell_new(kl_ctx *ctx, tm_state *tm);
static inline tm_cell *cell_ref(tm_cell *cell)
{
    cell->refs++;
    return cell;
}
void cell_unref(tm_cell *cell);
/* The timers of all it sends. */
void cell_stop(kl_ctx *ctx, tm_cell *cell);
/* One more branch; NULL: no memory, or too many. */
tm_branch *cell_add_branch(kl_ctx *ctx, tm_cell *cell);
/* A text that lives as long as the transaction; .s NULL: no memory. */
kl_span cell_text(tm_cell *cell, kl_span text);
static inline kl_span cell_response(const tm_cell *cell) { return span_of(cell->response, cell->response_size); }
bool cell_respond(tm_cell *cell); /* the response is a copy of tm->out; false: no memory, it is what it was */
/* A message that the transaction keeps, or that is gone before it is. */
static inline kl_msg *cell_clone(const tm_cell *cell, const kl_msg *msg)
{
    return msg_clone_in(kept_region(cell->memory), msg);
}
static inline bool cell_is(const tm_cell *cell, unsigned flag) { return (cell->flags & flag) != 0; }
static inline kl_span cell_tag(const tm_cell *cell)
{
    return cell->given_tag.s ? cell->given_tag : span_of(cell->tag, TM_TAG);
}
static inline bool cell_waits(const tm_cell *cell) { return timer_is_set(cell->wait); }
static inline bool branch_is(const tm_branch *branch, unsigned state) { return (branch->state & state) != 0; }
static inline bool branch_is_open(const tm_branch *branch) { return branch->client < CLIENT_COMPLETED; }
/* Its final reply is there. */
static inline bool cell_is_final(const tm_cell *cell) { return cell->server >= SERVER_COMPLETED; }

#endif
