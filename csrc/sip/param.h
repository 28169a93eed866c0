/* param.h: parameters behind header values: ";name", ";name=token", ";name="quoted"" (RFC 3261 25.1, generic-param). */
#ifndef KL_SIP_PARAM_H
#define KL_SIP_PARAM_H

#include "base/status.h"

typedef struct sip_param {
    kl_span text; /* all of it, without the ; before it */
    kl_span name;
    kl_span value; /* quotes taken off, escapes left; .s NULL when there is no "=" */
} sip_param;

/* Blanks, tabs and folded line ends. Header bodies end where a line end is not followed by a blank, so any line end
 * inside one is a fold; a CR without LF is none. */
static inline const char *sip_skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || (*p == '\r' && end - p > 1 && p[1] == '\n'))) p++;
    return p;
}

enum { SIP_PARAM_LIST = 1 /* a comma ends it */, SIP_PARAM_BACKSLASH = 2 /* may stand in a token */ };

/* Reads one parameter at p, behind its ';'. Returns where it stopped, blanks skipped: `end`, a ';' or something the
 * caller has to judge. NULL: malformed at *bad. */
const char *sip_param_next(const char *p, const char *end, unsigned flags, sip_param *out, const char **bad);

/* p stands behind the opening quote: the closing one, or NULL for none, a line end or an unescaped NUL in it, with *bad
 * the place. */
const char *sip_quoted_end(const char *p, const char *end, const char **bad);

#endif
