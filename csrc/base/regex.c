#include "regex.h"

void regex_init(base_regex *regex)
{
    buf_init(&regex->pattern);
    regex->made = false;
}

static void forget(base_regex *regex)
{
    if (regex->made) regfree(&regex->compiled);
    regex->made = false;
    buf_clear(&regex->pattern);
}

void regex_done(base_regex *regex)
{
    forget(regex);
    buf_free(&regex->pattern);
}

/* The larger number of {n,m} times what stands before it, as if all were nested. */
static bool is_affordable(kl_span pattern)
{
    int64_t product = 1;
    for (size_t i = 0; i + 1 < pattern.n; i++) {
        if (pattern.s[i] == '\\') {
            if (char_is(pattern.s[++i], SPAN_DIGIT)) return false;
            continue;
        }
        if (pattern.s[i] != '{') continue;
        int64_t least = 0, most = 0;
        size_t used = span_int_prefix(span_from(pattern, i + 1), &least);
        if (i + 1 + used < pattern.n && pattern.s[i + 1 + used] == ',') span_int_prefix(span_from(pattern, i + 2 + used), &most);
        const int64_t times = least > most ? least : most;
        if (times > REGEX_MAX_REPEAT) return false;
        if (times > 1) product *= times;
        if (product > REGEX_MAX_REPEAT) return false;
    }
    return true;
}

bool regex_use(base_regex *regex, kl_span pattern)
{
    if (regex->made && span_eq(pattern, span_of(regex->pattern.s, regex->pattern.n - 1))) return true;
    forget(regex);
    if (pattern.n == 0 || pattern.n > REGEX_MAX_PATTERN || memchr(pattern.s, '\0', pattern.n) || !is_affordable(pattern)) return false;
    buf_add(&regex->pattern, pattern);
    buf_addc(&regex->pattern, '\0');
    if (regex->pattern.failed) return false;
    regex->made = regcomp(&regex->compiled, regex->pattern.s, REG_EXTENDED | REG_ICASE | REG_NOSUB) == 0;
    return regex->made;
}

bool regex_matches(const base_regex *regex, kl_span text)
{
    regmatch_t whole = {.rm_so = 0};
    const char *s = text.n ? text.s : "";
    whole.rm_eo = (regoff_t)strnlen(s, text.n);
    return regex->made && regexec(&regex->compiled, s, 0, &whole, REG_STARTEND) == 0;
}
