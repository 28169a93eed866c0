/* base58.c: a number changes base. It grows in limbs of 58^5 (encoding) or 2^32 (decoding) that lie little-endian in
 * the caller's memory; each group of input digits multiplies them and adds. */
#include "codec.h"

#define LIMB58 656356768u /* 58^5 */

static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

static uint32_t get_limb(const char *out, size_t i)
{
    uint32_t limb;
    memcpy(&limb, out + 4 * i, 4);
    return limb;
}

static void put_limb(char *out, size_t i, uint32_t limb) { memcpy(out + 4 * i, &limb, 4); }

/* limbs = limbs * factor + group; how many there are now. `base` is 0 for 2^32. The products stay below 2^62. */
static inline size_t push_group(char *out, size_t limbs, uint64_t factor, uint64_t group, uint64_t base)
{
    for (size_t i = 0; i < limbs; i++) {
        group += get_limb(out, i) * factor;
        put_limb(out, i, (uint32_t)(base ? group % base : group & 0xffffffff));
        group = base ? group / base : group >> 32;
    }
    for (; group; group = base ? group / base : group >> 32)
        put_limb(out, limbs++, (uint32_t)(base ? group % base : group & 0xffffffff));
    return limbs;
}

static void reverse(char *s, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        char c = s[i];
        s[i] = s[n - 1 - i];
        s[n - 1 - i] = c;
    }
}

/* From the highest limb down, so that five characters never cover a limb not yet read. */
static size_t spell(char *out, size_t limbs)
{
    for (size_t i = limbs; i-- > 0;) {
        uint32_t limb = get_limb(out, i);
        for (size_t digit = 0; digit < 5; digit++, limb /= 58) out[5 * i + digit] = alphabet[limb % 58];
    }
    size_t n = 5 * limbs;
    while (n && out[n - 1] == alphabet[0]) n--;
    return n;
}

size_t base58_encode(kl_span in, char *out)
{
    size_t zeros = 0, limbs = 0;
    while (zeros < in.n && in.s[zeros] == 0) out[zeros++] = alphabet[0];
    out += zeros;
    for (size_t at = zeros, take; at < in.n; at += take) {
        uint64_t group = 0, factor = 1;
        take = (in.n - at) % 4 ? (in.n - at) % 4 : 4;
        for (size_t i = 0; i < take; i++, factor <<= 8) group = group << 8 | (unsigned char)in.s[at + i];
        limbs = push_group(out, limbs, factor, group, LIMB58);
    }
    size_t n = spell(out, limbs);
    reverse(out, n);
    return zeros + n;
}

size_t base58_decode(kl_span in, char *out)
{
    size_t zeros = 0, limbs = 0;
    while (zeros < in.n && in.s[zeros] == alphabet[0]) out[zeros++] = 0;
    out += zeros;
    for (size_t at = zeros, take; at < in.n; at += take) {
        uint64_t group = 0, factor = 1;
        take = (in.n - at) % 5 ? (in.n - at) % 5 : 5;
        for (size_t i = 0; i < take; i++, factor *= 58) {
            const char *place = in.s[at + i] ? strchr(alphabet, in.s[at + i]) : NULL;
            if (!place) return CODEC_BAD;
            group = group * 58 + (uint64_t)(place - alphabet);
        }
        limbs = push_group(out, limbs, factor, group, 0);
    }
    for (size_t i = 0; i < limbs; i++) { /* limbs to bytes, whatever the byte order of the machine */
        uint32_t limb = get_limb(out, i);
        for (size_t byte = 0; byte < 4; byte++, limb >>= 8) out[4 * i + byte] = (char)(limb & 0xff);
    }
    size_t n = 4 * limbs;
    while (n && out[n - 1] == 0) n--;
    reverse(out, n);
    return zeros + n;
}
