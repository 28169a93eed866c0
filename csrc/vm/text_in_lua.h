/* text_in_lua.h: hashes and numbers of Lua's own lstring.c and lobject.c, which vendor/lua/kemilua.patch lets include
 * it. Lua hashes a string byte by byte and writes an integer through snprintf: together a twelfth of a request. */
#ifndef KL_VM_TEXT_IN_LUA_H
#define KL_VM_TEXT_IN_LUA_H

#include "base/text.h"

/* Eight bytes at a time; the last ones may be read twice. */
static inline unsigned luaW_hash(const char *s, size_t n, unsigned seed)
{
    const uint64_t mix = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t hash = (seed + n) * mix, word = 0;
    for (; n > 8; s += 8, n -= 8) {
        memcpy(&word, s, 8);
        hash = (hash ^ word) * mix;
        hash ^= hash >> 32;
    }
    if (n >= 4) {
        uint32_t first, last;
        memcpy(&first, s, 4);
        memcpy(&last, s + n - 4, 4);
        word = (uint64_t)first << 32 | last;
    } else if (n > 0) {
        word = (uint64_t)(unsigned char)s[0] << 16 | (uint64_t)(unsigned char)s[n / 2] << 8 | (unsigned char)s[n - 1];
    }
    hash = (hash ^ word) * mix;
    hash = (hash ^ hash >> 32) * mix;
    return (unsigned)(hash >> 32);
}

/* How many bytes there are; no NUL behind them. */
static inline int luaW_integer2str(char *buff, int64_t n) { return (int)(text_put_int(buff, n) - buff); }

#endif
