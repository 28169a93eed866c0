/* build_line.c: what may stand within one line of a message. */
#include "build.h"

/* Some byte of the word is below 16, as the three are. */
static bool has_low(uint64_t word) { return ((word - UINT64_C(0x1010101010101010)) & ~word & UINT64_C(0x8080808080808080)) != 0; }

static bool ends_line(char c) { return c == '\r' || c == '\n' || c == '\0'; }

static bool is_clean(const char *p, const char *end)
{
    while (p < end && !ends_line(*p)) p++;
    return p == end;
}

bool build_is_line(kl_span text)
{
    uint64_t word;
    const char *p = text.s, *const end = span_end(text);
    for (; end - p >= (ptrdiff_t)sizeof word; p += sizeof word) {
        memcpy(&word, p, sizeof word);
        if (has_low(word) && !is_clean(p, p + sizeof word)) return false;
    }
    return is_clean(p, end);
}
