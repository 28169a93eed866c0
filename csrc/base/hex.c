#include "codec.h"
#include "digest.h"

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

size_t hex_encode(kl_span in, char *out)
{
    digest_hex((const uint8_t *)in.s, in.n, out);
    return 2 * in.n;
}

size_t hex_decode(kl_span in, char *out)
{
    for (size_t i = 0; i < in.n / 2; i++) {
        int high = hex_digit(in.s[2 * i]), low = hex_digit(in.s[2 * i + 1]);
        if (high < 0 || low < 0) return CODEC_BAD;
        out[i] = (char)(high << 4 | low);
    }
    return in.n / 2;
}

static void put_upper(unsigned byte, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    out[0] = digits[byte >> 4 & 15];
    out[1] = digits[byte & 15];
}

size_t gsm7_encode(kl_span in, char *out)
{
    size_t bytes = (in.n * 7 + 7) / 8;
    for (size_t i = 0; i < bytes; i++) {
        size_t septet = i * 8 / 7;
        unsigned shift = (unsigned)(i % 7), next = septet + 1 < in.n ? (unsigned char)in.s[septet + 1] : 0;
        put_upper(((unsigned char)in.s[septet] >> shift | next << (7 - shift)) & 0xff, out + 2 * i);
    }
    return 2 * bytes;
}

size_t gsm7_decode(kl_span in, char *out)
{
    unsigned held = 0, bits = 0;
    size_t n = 0;
    for (size_t i = 0; i + 1 < in.n; i += 2) {
        int high = hex_digit(in.s[i]), low = hex_digit(in.s[i + 1]);
        if (high < 0 || low < 0) return CODEC_BAD;
        held |= (unsigned)(high << 4 | low) << bits;
        for (bits += 8; bits >= 7; bits -= 7, held >>= 7) out[n++] = (char)(held & 0x7f);
    }
    return n;
}
