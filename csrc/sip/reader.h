/* reader.h: a place in a header body that is being parsed, and what was wrong there. */
#ifndef KL_SIP_READER_H
#define KL_SIP_READER_H

#include "base/span.h"

typedef struct reader {
    const char *p, *end, *start;
    bool list; /* a comma ends the body */
    const char *expected;
} reader;

static inline bool reader_fail(reader *r, const char *at, const char *expected)
{
    r->p = at;
    r->expected = expected;
    return false;
}

#endif
