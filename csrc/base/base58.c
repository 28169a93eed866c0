#include "codec.h"

static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* Rewrites a number from one base to another: out holds it little-endian while it grows, each input digit multiplies and adds. */
static size_t push_digit(unsigned char *out, size_t n, unsigned from, unsigned to, unsigned digit) {
    for (size_t i = 0; i < n; i++) {
        digit += from * out[i];
        out[i] = (unsigned char)(digit % to);
        digit /= to;
    }
    for (; digit; digit /= to) out[n++] = (unsigned char)(digit % to);
    return n;
}

static void reverse(char *s, size_t n) {
    for (size_t i = 0; i < n / 2; i++) {
        char c = s[i];
        s[i] = s[n - 1 - i];
        s[n - 1 - i] = c;
    }
}

size_t base58_encode(kl_span in, char *out) {
    size_t zeros = 0, n = 0;
    while (zeros < in.n && in.s[zeros] == 0) out[zeros++] = alphabet[0];
    unsigned char *digits = (unsigned char *)out + zeros;
    for (size_t i = zeros; i < in.n; i++) n = push_digit(digits, n, 256, 58, (unsigned char)in.s[i]);
    for (size_t i = 0; i < n; i++) digits[i] = (unsigned char)alphabet[digits[i]];
    reverse(out + zeros, n);
    return zeros + n;
}

size_t base58_decode(kl_span in, char *out) {
    size_t zeros = 0, n = 0;
    while (zeros < in.n && in.s[zeros] == alphabet[0]) out[zeros++] = 0;
    for (size_t i = zeros; i < in.n; i++) {
        const char *place = in.s[i] ? strchr(alphabet, in.s[i]) : NULL;
        if (!place) return CODEC_BAD;
        n = push_digit((unsigned char *)out + zeros, n, 58, 256, (unsigned)(place - alphabet));
    }
    reverse(out + zeros, n);
    return zeros + n;
}
