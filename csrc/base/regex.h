/* regex.h: POSIX extended regular expressions, with the last one kept compiled. What the C library can be made to spend on one is bounded: patterns
 * over REGEX_MAX_PATTERN bytes, with back references, or whose counted repetitions multiply to more than REGEX_MAX_REPEAT are refused. */
#ifndef KL_BASE_REGEX_H
#define KL_BASE_REGEX_H

#include <regex.h>

#include "buf.h"

#define REGEX_MAX_PATTERN 1024
#define REGEX_MAX_REPEAT 1000

typedef struct base_regex {
    kl_buf pattern;
    regex_t compiled;
    bool made;
} base_regex;

void regex_init(base_regex *regex);
void regex_done(base_regex *regex);
/* Case-insensitive, without groups. False: empty, malformed or refused; then nothing matches. */
bool regex_use(base_regex *regex, kl_span pattern);
bool regex_matches(const base_regex *regex, kl_span text);     /* up to a NUL */

#endif
