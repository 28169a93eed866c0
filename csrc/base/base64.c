#include "codec.h"

static const char alphabets[2][65] = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

size_t base64_encode(kl_span in, bool url, bool pad, char *out)
{
    const char *alphabet = alphabets[url];
    char *p = out;
    for (size_t at = 0; at < in.n; at += 3) {
        size_t have = in.n - at < 3 ? in.n - at : 3;
        unsigned bits = 0;
        for (size_t i = 0; i < 3; i++) bits = bits << 8 | (i < have ? (unsigned char)in.s[at + i] : 0u);
        for (size_t i = 0; i < 4; i++) {
            if (i <= have) *p++ = alphabet[bits >> (18 - 6 * i) & 63];
            else if (pad) *p++ = '=';
        }
    }
    return (size_t)(p - out);
}

static int digit_of(char c, bool url)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == alphabets[url][62]) return 62;
    if (c == alphabets[url][63]) return 63;
    return -1;
}

size_t base64_decode_lax(kl_span in, bool fill, char *out)
{
    size_t digits = (in.n + 3) / 4 * 4, size;
    if (digits != in.n && !fill) return CODEC_BAD;
    if (in.n > 1 && digits == in.n && in.s[in.n - 2] == '=' && in.s[in.n - 1] != '=') return CODEC_BAD;
    size_t missing = digits - in.n, padding = missing;
    while (padding - missing < in.n && in.s[in.n - 1 - (padding - missing)] == '=') padding++;
    if (padding > 2) padding = 2;
    size = digits / 4 * 3 - (digits ? padding : 0);
    for (size_t i = 0; i < size; i++) {
        size_t at = i / 3 * 4 + i % 3;
        int left = at < in.n ? digit_of(in.s[at], false) : -1,
            right = at + 1 < in.n ? digit_of(in.s[at + 1], false) : -1;
        unsigned l = left < 0 ? 255u : (unsigned)left, r = right < 0 ? 255u : (unsigned)right,
                 shift = 2 * (unsigned)(i % 3) + 2;
        out[i] = (char)((l << shift | r >> (6 - shift)) & 0xff);
    }
    return size;
}

size_t base64_decode_url(kl_span in, char *out)
{
    size_t n = 0;
    unsigned held = 0, bits = 0;
    for (int i = 0; i < 2 && in.n && in.s[in.n - 1] == '='; i++) in.n--;
    for (size_t i = 0; i < in.n; i++) {
        int digit = digit_of(in.s[i], true);
        if (digit < 0) return CODEC_BAD;
        held = held << 6 | (unsigned)digit, bits += 6;
        if (bits >= 8) bits -= 8, out[n++] = (char)(held >> bits & 0xff);
    }
    return n;
}
