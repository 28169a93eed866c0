/* calls.h: what both sides of calls do: a table of calls, moved by messages and by time. It has no sockets. */
#ifndef GENERATOR_CALLS_H
#define GENERATOR_CALLS_H

#include "text.h"

/* What is called. */
typedef enum {
    REFUSED,  /* INVITE, 404, ACK */
    RELAYED,  /* INVITE, 180, 200, ACK, BYE, 200 */
    ANSWERED, /* OPTIONS, 200 */
    RINGING,  /* INVITE, 180; in the end CANCEL, 200, 487 at the callee and 408, ACK at the caller */
    KINDS
} call_kind;

typedef enum { CALLER, CALLEE } side;

/* Counted since the last calls_clear. */
typedef struct call_counts {
    uint64_t started, completed, failed;
    uint64_t retransmitted; /* by us */
    uint64_t repeated;      /* by the server */
    uint64_t unexpected;    /* messages that should not have come */
    uint64_t expired;       /* calls that rang and have come to their end */
} call_counts;

struct call;

typedef struct calls {
    places at;
    struct call *table;
    uint32_t next, cap;
    uint32_t oldest, newest; /* those that wait for something, by the time they have waited since */
    uint32_t under_way, ringing;
    char user[32]; /* who is called where calls ring */
    call_counts counts;
    void (*send)(void *with, side from, const char *data, size_t size);
    void *with;
} calls;

/* False: out of memory. Room for `cap` calls, whose pages are touched as they come. */
bool calls_init(calls *c, const places *at, uint32_t cap);

/* False: there is no more room. */
bool calls_start(calls *c, call_kind kind, double now);

/* A datagram came in. */
void calls_heard(calls *c, side at, const char *data, size_t size, double now);

/* Repeats what has been without an answer for half a second. */
void calls_look(calls *c, double now);

#endif
