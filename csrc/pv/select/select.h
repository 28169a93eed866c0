/* select.h: $sel(...): SER's selects, "via[1].host". A select is a way through the tree of nodes below; every node on
 * it takes what the one before it left and leaves its own part of it. The names are those that Kamailio's documentation
 * lists. */
#ifndef KL_PV_SELECT_H
#define KL_PV_SELECT_H

#include "pv/pv.h"

#define SELECT_MAX_STEPS 32

/* One element as it was written: "name", "name[3]", or the "text" of name["text"], which counts as an element of its
 * own. */
typedef struct select_part {
    kl_span name;
    bool quoted, has_index;
    int index;
} select_part;

typedef struct select_subject {
    kl_span text;   /* the value so far; .s NULL: null, which ends the walk */
    kl_span params; /* those of an address, of the header it stands in */
    sip_nameaddr address;
    sip_via via;
    sip_credentials credentials;
} select_subject;

/* False: nothing there, the select is null. */
typedef bool (*select_step)(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data);

enum {
    SELECT_INDEX = 1,   /* takes [n] */
    SELECT_MORE = 2,    /* is none without what follows */
    SELECT_HEADER = 4,  /* a header's name: _ stands for - */
    SELECT_LETTER = 8,  /* one character */
    SELECT_SETTING = 16 /* one of the core's (core/setting.h) */
};

typedef struct select_node {
    const char *name; /* any case; "*" fits every name and quoted text */
    select_step step; /* NULL ends a table */
    intptr_t data;
    unsigned flags;
    const struct select_node *children; /* NULL: none */
} select_node;

extern const select_node select_uri_nodes[];      /* select/address.c: of a subject whose text is a URI */
extern const select_node select_nameaddr_nodes[]; /* of a text that is a name-addr with parameters */
extern const select_node select_address_nodes[];  /* roots: ruri, from, contact ... */
extern const select_node select_message_nodes[];  /* select/message.c: roots: via, cseq, msg, authorization ... */
extern const select_node select_server_nodes[];   /* select/server.c: roots: src, dst, received, branch, sys */
extern const select_node select_value_nodes[];    /* select/value.c: roots: hf_value and its kin */

/* What tables are written with. */
#define SELECT_END {NULL, NULL, 0, 0, NULL}

static inline bool select_give(select_subject *subject, kl_span text)
{
    subject->text = text;
    return text.s != NULL;
}

static inline bool select_filled(select_subject *subject, kl_span text)
{
    return select_give(subject, text.n > 0 ? text : SPAN_NULL);
}

bool select_number(kl_ctx *ctx, select_subject *subject, int64_t number);
/* The text of the first header of that kind. */
bool select_body(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data /* sip_hdr_id */);
/* Of "name=value;..." the value without its quotes; .s NULL when there is none, or something that can be no parameter
 * stands before it. */
enum { SELECT_LAST = 1 /* of several, the last */, SELECT_SINGLE_QUOTES = 2 /* are taken off too */ };
kl_span select_param(kl_span params, kl_span name, unsigned flags);

#endif
