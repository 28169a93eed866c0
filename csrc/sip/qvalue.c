#include "qvalue.h"

int sip_qvalue(kl_span text)
{
    size_t at = 0;
    while (at < text.n && char_is(text.s[at], SPAN_WS)) at++;
    if (at == text.n) return text.n == 0 ? SIP_Q_UNSPECIFIED : SIP_Q_BAD;
    while (at < text.n && text.s[at] == '0') at++;
    const bool one = at < text.n && text.s[at] == '1';
    if (one) at++;
    if (at == text.n) return one ? 1000 : 0;
    if (text.s[at++] != '.' || at == text.n) return SIP_Q_BAD;
    int q = 0;
    for (int scale = 100; at < text.n; at++, scale /= 10) {
        if (!char_is(text.s[at], SPAN_DIGIT) || (one && text.s[at] != '0')) return SIP_Q_BAD;
        q += (text.s[at] - '0') * scale;
    }
    return one ? 1000 : q;
}
