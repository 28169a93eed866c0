/* paramlist.h: "a=1;b="x y";c" as Kamailio's {param.*} reads it. Looser and stricter than RFC 3261 in places; the facts
 * are recordings.
 *
 * Blanks may stand around = and delimiters but not before the first name. A value in quotes (either kind) ends at the
 * next such quote, without escapes. A comma ends the list. "a=;b" and a delimiter at the end (but for one) are
 * malformed; an empty name is not. */
#ifndef KL_PV_PARAMLIST_H
#define KL_PV_PARAMLIST_H

#include "base/span.h"

typedef struct paramlist_item {
    kl_span name, value; /* value without its quotes, empty when there is none */
} paramlist_item;

typedef struct paramlist {
    kl_span rest;
    char delimiter;
    bool done;
} paramlist;

/* False for an empty text. */
bool paramlist_start(paramlist *list, kl_span text, char delimiter);
/* 1: *out is the next item; 0: the end; -1: malformed. */
int paramlist_next(paramlist *list, paramlist_item *out);
/* Walks all of it: how many there are, -1 for a malformed list. */
int64_t paramlist_count(kl_span text, char delimiter);
/* The last item of that name, any case: 1, 0 or -1. */
int paramlist_find(kl_span text, char delimiter, kl_span name, paramlist_item *out);
/* The item at a place, negative ones counted from the end: 1, 0 or -1. */
int paramlist_at(kl_span text, char delimiter, int64_t index, paramlist_item *out);

#endif
