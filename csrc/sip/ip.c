#include "ip.h"

#include "base/text.h"

static inline unsigned digit_at(const char *p, const char *end)
{
    return p < end ? (unsigned)(unsigned char)*p - '0' : 10;
}

/* Four parts of one to three digits, each up to 255. */
static bool parse4(const char *p, const char *end, uint8_t out[4])
{
    for (int i = 0;; i++) {
        unsigned part = digit_at(p, end), digit;
        if (part > 9) return false;
        if ((digit = digit_at(++p, end)) <= 9) {
            part = part * 10 + digit;
            if ((digit = digit_at(++p, end)) <= 9) {
                part = part * 10 + digit;
                p++;
            }
        }
        if (part > 255) return false;
        out[i] = (uint8_t)part;
        if (i == 3) return p == end;
        if (p == end || *p++ != '.') return false;
    }
}

static int hex_digit(char c)
{
    if (char_is(c, SPAN_DIGIT)) return c - '0';
    return char_is(c, SPAN_HEX) ? char_lower(c) - 'a' + 10 : -1;
}

/* RFC 4291 2.2: up to eight groups, one "::" for a run of zeros, the last two groups perhaps as IPv4. */
static bool parse6(const char *p, const char *end, uint8_t out[16])
{
    uint8_t bytes[16] = {0};
    int n = 0, gap = -1;
    if (end - p >= 2 && p[0] == ':' && p[1] == ':') {
        gap = 0;
        p += 2;
    }
    while (p < end) {
        unsigned group = 0;
        const char *start = p;
        for (; p < end && p - start < 4 && hex_digit(*p) >= 0; p++) group = group * 16 + (unsigned)hex_digit(*p);
        if (p == start || n > 14) return false;
        if (p < end && *p == '.') {
            if (n > 12 || !parse4(start, end, bytes + n)) return false;
            n += 4;
            break;
        }
        bytes[n++] = (uint8_t)(group >> 8);
        bytes[n++] = (uint8_t)group;
        if (p == end) break;
        if (*p++ != ':' || p == end) return false;
        if (*p == ':') {
            if (gap >= 0) return false;
            gap = n;
            p++;
        }
    }
    if (gap < 0 ? n != 16 : n > 14) return false;
    memset(out, 0, 16);
    size_t head = gap < 0 ? (size_t)n : (size_t)gap;
    memcpy(out, bytes, head);
    memcpy(out + 16 - ((size_t)n - head), bytes + head, (size_t)n - head);
    return true;
}

bool ip_parse(kl_span text, sip_ip *out)
{
    sip_ip ip = {0};
    const char *p = text.s, *end = span_end(text);
    if (text.n >= 2 && *p == '[' && end[-1] == ']') {
        p++;
        end--;
    } else if (text.n && text.n <= 15 && parse4(p, end, ip.bytes)) {
        ip.family = 4;
        *out = ip;
        return true;
    }
    if (!text.n || end - p > 45 || !parse6(p, end, ip.bytes)) return false;
    ip.family = 6;
    *out = ip;
    return true;
}

bool ip_eq(const sip_ip *a, const sip_ip *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : 16) == 0;
}

static char *put4(char *p, const uint8_t *bytes)
{
    for (int i = 0; i < 4; i++) {
        if (i) *p++ = '.';
        p = text_put_uint(p, bytes[i]);
    }
    return p;
}

static unsigned group_at(const uint8_t *bytes, size_t i) { return (unsigned)(bytes[2 * i] << 8 | bytes[2 * i + 1]); }

/* RFC 5952 4.2: the longest run of two or more zero groups, the first of equal ones. */
static int zero_run(const uint8_t *bytes, int *length)
{
    int best = -1;
    *length = 1;
    for (int i = 0; i < 8; i++) {
        int n = 0;
        while (i + n < 8 && group_at(bytes, i + n) == 0) n++;
        if (n > *length) {
            best = i;
            *length = n;
        }
        i += n ? n - 1 : 0;
    }
    return best;
}

static char *put6(char *p, const uint8_t *bytes)
{
    int length, gap = zero_run(bytes, &length);
    bool mapped = gap == 0 && length == 5 && group_at(bytes, 5) == 0xffff;
    for (int i = 0; i < 8; i++) {
        if (i == gap) {
            *p++ = ':';
            *p++ = ':';
            i += length - 1;
            continue;
        }
        if (mapped && i == 6) return put4(p, bytes + 12);
        p = text_put_hex(p, group_at(bytes, i));
        if (i < 7 && i + 1 != gap) *p++ = ':';
    }
    return p;
}

size_t ip_format(const sip_ip *ip, char out[46])
{
    char *end = out;
    if (ip->family == 4) end = put4(out, ip->bytes);
    else if (ip->family == 6) end = put6(out, ip->bytes);
    *end = '\0';
    return (size_t)(end - out);
}

char *ip_put_host(char *at, kl_span host)
{
    const bool bare6 = ip_wants_brackets(host);
    if (bare6) at = text_putc(at, '[');
    at = text_put(at, host);
    return bare6 ? text_putc(at, ']') : at;
}

char *ip_put_endpoint(char *at, kl_span host, uint16_t port)
{
    return text_put_uint(text_putc(ip_put_host(at, host), ':'), port);
}
