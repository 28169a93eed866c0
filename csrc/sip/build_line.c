/* build_line.c: what may stand within one line of a message. */
#include "base/word.h"
#include "build.h"

static bool ends_line(char c) { return c == '\r' || c == '\n' || c == '\0'; }

static bool is_clean(kl_span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (ends_line(text.s[i])) return false;
    return true;
}

/* Texts seldom have a byte as low as the three; the last word may begin within the one before. */
bool build_is_line(kl_span text)
{
    if (text.n < WORD_BYTES) return is_clean(text);
    const size_t last = text.n - WORD_BYTES;
    uint64_t low = word_below(word_at(text.s + last), '\r' + 1);
    for (size_t i = 0; i < last; i += WORD_BYTES) low |= word_below(word_at(text.s + i), '\r' + 1);
    return !low || is_clean(text);
}
