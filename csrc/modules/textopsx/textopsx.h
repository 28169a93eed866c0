/* textopsx.h: KSR.textopsx.*, in files by topic. Private to them. */
#ifndef KL_MODULES_TEXTOPSX_H
#define KL_MODULES_TEXTOPSX_H

#include "modules/modules.h"

#define TEXTOPSX_ITERATORS     4
#define TEXTOPSX_ITERATOR_NAME 32

/* A walk over the headers or the body lines of one message, kept by name for the life of the engine. */
typedef struct textopsx_iterator {
    char name[TEXTOPSX_ITERATOR_NAME]; /* empty: free */
    enum { ITERATOR_ENDED, ITERATOR_BEFORE, ITERATOR_ON } state;
    uint64_t generation; /* of the message, and its bytes: what was started on others has ended */
    const char *buf;
    size_t at, n; /* a header's number; or a line's offset and length */
} textopsx_iterator;

typedef struct textopsx_state {
    textopsx_iterator headers[TEXTOPSX_ITERATORS], lines[TEXTOPSX_ITERATORS];
    kl_buf bytes; /* a message while it is rebuilt */
    kl_buf value; /* a value with its pseudo-variables evaluated */
} textopsx_state;

static inline textopsx_state *textopsx_state_of(kl_ctx *ctx) { return module_state(ctx, MOD_TEXTOPSX); }

/* textopsx/iterator.c */
extern const struct pv_table textopsx_variables;

#endif
