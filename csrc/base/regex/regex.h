/* regex.h: POSIX extended regular expressions over spans of bytes, at a bounded cost.
 *
 * The syntax is POSIX.1-2017 XBD 9.4 in the C locale, with what the GNU C library takes on top: \w \W \s \S \b \B \< \>
 * \` \' outside of brackets,
 * {,m}, and a ")" without its "(" as itself. Back references are refused. Bytes above 127 are characters of no class;
 * '.' is any byte but NUL. A match is the leftmost, and of these the longest; groups hold what the GNU C library puts
 * there: the first way in writing order, with every repetition as often as it goes, that yields this match, and a group
 * keeps its last text when a later round passes it by.
 *
 * Patterns run as automata built while they run, so a search is linear in the subject; what it costs beyond that is
 * counted, and ends it. */
#ifndef KL_BASE_REGEX_H
#define KL_BASE_REGEX_H

#include "base/span.h"
#include "base/work.h"

#define REGEX_MAX_PATTERN 8192
#define REGEX_MAX_REPEAT  32767 /* in {n,m} */
#define REGEX_MAX_NODES   40000 /* of the automaton: characters of the pattern, times the {n,m} around them */
#define REGEX_MAX_GROUPS  255
#define REGEX_GROUPS      10 /* the whole and \1 to \9: what scripts can name */

enum {
    REGEX_ICASE = 1, /* ASCII letters match in either case */
    REGEX_NEWLINE = 2
}; /* ^ and $ match at line ends too, '.' and [^x] pass none */
enum { REGEX_NOTBOL = 1 }; /* of a search: the subject's start is no line's */

typedef struct kl_regex kl_regex;
typedef struct regex_cache regex_cache; /* patterns by text and flags, compiled once; of one engine */

typedef struct regex_group {
    size_t start, end; /* offsets into the subject; REGEX_UNSET, both, for a group that took no part */
} regex_group;
#define REGEX_UNSET SIZE_MAX

typedef enum regex_result {
    REGEX_FAILED = -1 /* it cost too much, or memory ended */,
    REGEX_NONE = 0,
    REGEX_MATCH = 1
} regex_result;

regex_cache *regex_cache_new(void); /* NULL when memory ended */
/* Who pays for all that follows; a search that is told to stop has failed. NULL: nobody. */
void regex_cache_work(regex_cache *cache, kl_work *work);
void regex_cache_free(regex_cache *cache);
/* The compiled pattern; NULL, and *why in words, when it is malformed or refused. It is good until the next regex_use
 * but one of this cache. Everything searched from now on, up to the next regex_use, has REGEX_STEPS to spend. An empty
 * pattern is good, and matches everywhere. */
kl_regex *regex_use(regex_cache *cache, kl_span pattern, unsigned flags, const char **why);
#define REGEX_STEPS ((uint64_t)1 << 26) /* a byte scanned is one, a node of the automaton visited a few */

/* groups may be NULL with count 0: is there a match at all. groups[0] is the whole match. */
regex_result regex_search(kl_regex *regex, kl_span subject, unsigned flags, size_t count, regex_group *groups);
/* Around work that may use other patterns of the cache: this one stays, and finds the steps it had left. */
void regex_hold(kl_regex *regex, uint64_t *steps);
void regex_resume(kl_regex *regex, uint64_t steps);
size_t regex_group_count(const kl_regex *regex); /* of ( in the pattern */

static inline kl_span regex_text(kl_span subject, regex_group group)
{
    return group.start == REGEX_UNSET ? SPAN_NULL : span_of(subject.s + group.start, group.end - group.start);
}

#endif
