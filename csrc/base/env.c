#include "env.h"

kl_span env_find(kl_span block, kl_span name)
{
    while (block.n > 0) {
        const char *end = span_find(block, '\0');
        const kl_span entry = end ? span_between(block.s, end) : block;
        if (name.n > 0 && span_starts(entry, name) && entry.n > name.n && entry.s[name.n] == '=')
            return span_from(entry, name.n + 1);
        block = span_from(block, entry.n + (end ? 1 : 0));
    }
    return SPAN_NULL;
}
