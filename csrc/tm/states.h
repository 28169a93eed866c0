/* states.h: the states of a transaction as tables (RFC 3261 17, RFC 6026), as far as messages and timers go by them;
 * routes of the script, choice of a reply and settings are decided by those who look here. */
#ifndef KL_TM_STATES_H
#define KL_TM_STATES_H

#include <stdbool.h>
#include <stdint.h>

/* What an event does in a state; .does 0: it cannot occur there, and changes nothing. */
typedef struct tm_step {
    uint16_t does;
    uint8_t next;
} tm_step;

#define STEP_OCCURS 1u

/* ---- a branch, as the client of its next hop (17.1) */

typedef enum client_state {
    CLIENT_IDLE,       /* it is prepared */
    CLIENT_PAUSED,     /* nothing was sent: somebody continues it, or patience ends it */
    CLIENT_RESOLVING,  /* its next hop is a name, whose addresses are asked for */
    CLIENT_CALLING,    /* the request was sent; 17.1.2 calls it Trying */
    CLIENT_CANCEL_DUE, /* the same, and CANCEL goes out with the first provisional reply */
    CLIENT_PROCEEDING, /* a provisional reply came */
    CLIENT_CANCELLED,  /* CANCEL went out */
    /* the branch has ended */
    CLIENT_COMPLETED, /* by a negative final reply, or any to another method than INVITE */
    CLIENT_ACCEPTED,  /* by a 2xx to an INVITE (RFC 6026) */
    CLIENT_ENDED,     /* by patience, the transport or us: its request may still be answered */
    CLIENT_UNUSED,    /* without having sent anything */
    CLIENT_STATES
} client_state;

typedef enum client_event {
    CLIENT_SEND,     /* the request went out */
    CLIENT_UNSENT,   /* it did not */
    CLIENT_RESOLVE,  /* addresses are asked for */
    CLIENT_SUSPEND,  /* t_suspend */
    CLIENT_CONTINUE, /* t_continue */
    CLIENT_1XX,
    CLIENT_2XX,
    CLIENT_FAILURE, /* 3xx to 6xx */
    /* the same after the final reply of the transaction */
    CLIENT_LATE_1XX,
    CLIENT_LATE_2XX,
    CLIENT_LATE_FAILURE,
    CLIENT_REPEAT,      /* timers A, E */
    CLIENT_PATIENCE,    /* timers B, C, F */
    CLIENT_SEND_FAILED, /* the host could not send it */
    /* it is to be cancelled; cancel_b_method 1, 2 and 0 */
    CLIENT_CANCEL,
    CLIENT_CANCEL_AT_ONCE,
    CLIENT_GIVE_UP,
    CLIENT_QUIET, /* by a script, without CANCEL unless it rings */
    CLIENT_EVENTS
} client_event;

enum {
    CLIENT_STOPS = 2,      /* timers of the request */
    CLIENT_ACKS = 4,       /* the reply */
    CLIENT_ROUTES = 8,     /* the reply goes through the script */
    CLIENT_CANCELS = 16,   /* CANCEL goes out */
    CLIENT_GOES_ON = 32,   /* timer A ends, E gets slower, patience begins anew */
    CLIENT_RELAYS = 64,    /* a provisional reply is told upstream */
    CLIENT_SUCCEEDS = 128, /* a 2xx is, and ends the transaction */
    CLIENT_FAILS = 256,    /* the branch does: failed.c */
    CLIENT_FURTHER = 512,  /* one more 2xx is told upstream, or acknowledged again */
    CLIENT_REPEATS = 1024, /* the request goes out again */
};

typedef tm_step client_steps[CLIENT_STATES][CLIENT_EVENTS];
extern const client_steps client_table[2]; /* [1]: INVITE */

/* ---- the CANCEL of a branch, a client of its own */

typedef enum cancel_state { CANCEL_NONE, CANCEL_TRYING, CANCEL_PROCEEDING, CANCEL_OVER, CANCEL_STATES } cancel_state;

typedef enum cancel_event {
    CANCEL_SEND,
    CANCEL_1XX,
    CANCEL_FINAL,
    CANCEL_REPEAT,   /* timer E */
    CANCEL_PATIENCE, /* timer F */
    CANCEL_EVENTS
} cancel_event;

enum {
    CANCEL_STOPS = 2,        /* both timers */
    CANCEL_STOPS_REPEAT = 4, /* E alone, as Kamailio does */
    CANCEL_REPEATS = 8,
};

extern const tm_step cancel_table[CANCEL_STATES][CANCEL_EVENTS];

/* ---- a transaction, as the server of who asked (17.2) */

typedef enum server_state {
    SERVER_TRYING,     /* nothing was said */
    SERVER_PROCEEDING, /* a provisional reply was sent */
    /* the final reply is there */
    SERVER_COMPLETED, /* sent; to an INVITE a negative one, which is sent until ACK */
    SERVER_ANSWERED,  /* a 2xx of ours to an INVITE, the same */
    SERVER_ACCEPTED,  /* a 2xx of somebody downstream, who sends it again himself */
    SERVER_CONFIRMED, /* ACK came, or is not waited for */
    SERVER_GONE,
    SERVER_STATES
} server_state;

typedef enum server_event {
    SERVER_REQUEST, /* the request again */
    SERVER_ACK,
    SERVER_CANCEL,
    SERVER_1XX, /* is sent */
    SERVER_2XX, /* of downstream is sent */
    SERVER_OWN_2XX,
    SERVER_FAILURE,  /* 3xx to 6xx is sent */
    SERVER_SILENT,   /* it failed, and nobody is told */
    SERVER_REPEAT,   /* timer G */
    SERVER_PATIENCE, /* timer H */
    SERVER_END,      /* timers I, J, K, or another end */
    SERVER_UNSTORED, /* a 2xx that was kept aside becomes a 500 (waiting.c) */
    SERVER_EVENTS
} server_event;

typedef enum server_kind { SERVER_OF_INVITE, SERVER_OF_OTHERS, SERVER_OF_NOBODY, SERVER_KINDS } server_kind;

enum {
    SERVER_RESENDS = 2,  /* what was said last */
    SERVER_CANCELS = 4,  /* the branches */
    SERVER_RELEASES = 8, /* everything stops, and it goes on wait */
};

typedef tm_step server_steps[SERVER_STATES][SERVER_EVENTS];
extern const server_steps server_table[SERVER_KINDS];

#endif
