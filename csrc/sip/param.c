#include "param.h"

#include "uri.h"

const char *sip_quoted_end(const char *p, const char *end, const char **bad)
{
    for (; p < end && *p != '"'; p++) {
        if (*p == '\\' && end - p > 1) p++;
        else if (*p == '\r' || *p == '\n' || *p == '\0') break;
    }
    *bad = p;
    return p < end && *p == '"' ? p : NULL;
}

/* A name or an unquoted value: up to a blank, ';', '=', and in a list ','. Bytes that can be no part of either end it
 * too. */
static const char *word_end(const char *p, const char *end, unsigned flags)
{
    for (; p < end; p++) switch (*p) {
        case ' ':
        case '\t':
        case '\r':
        case '\n':
        case ';':
        case '=':
        case '"':
        case '\0': return p;
        case ',':
            if (flags & SIP_PARAM_LIST) return p;
            break;
        case '\\':
            if (!(flags & SIP_PARAM_BACKSLASH)) return p;
            break;
        default: break;
        }
    return p;
}

static bool ends_word(const char *p, const char *end, unsigned flags)
{
    return p == end || *p == ';' || (flags & SIP_PARAM_LIST && *p == ',') || char_is(*p, SPAN_WS);
}

static const char *value_next(const char *p, const char *end, unsigned flags, sip_param *out, const char **bad)
{
    const char *start = p = sip_skip_blanks(p, end), *stop;
    if (p < end && *p == '"') {
        stop = sip_quoted_end(++start, end, bad);
        if (!stop) return NULL;
        p = stop + 1;
    } else stop = p = word_end(p, end, flags);
    out->value = span_between(start, stop);
    *bad = p;
    return ends_word(p, end, flags) ? p : NULL;
}

const char *sip_param_next(const char *p, const char *end, unsigned flags, sip_param *out, const char **bad)
{
    const char *start = p = sip_skip_blanks(p, end);
    p = word_end(p, end, flags);
    out->name = span_between(start, p);
    out->value = SPAN_NULL;
    *bad = p;
    if (p == start || !(ends_word(p, end, flags) || *p == '=')) return NULL;
    const char *stop = p;
    p = sip_skip_blanks(p, end);
    if (p < end && *p == '=') {
        const char *equal = p;
        stop = p = value_next(p + 1, end, flags, out, bad);
        if (!p) return NULL;
        if (p == out->value.s) { /* no value: the blanks behind are not the parameter's */
            stop = equal + 1;
            out->value = span_of(stop, 0);
        }
        p = sip_skip_blanks(p, end);
    }
    out->text = span_between(start, stop);
    return p;
}

/* The end of one "name[=value]", delimiters inside quotes skipped. */
static const char *item_end(const char *p, const char *end, char delimiter)
{
    for (bool quoted = false; p < end; p++) {
        if (*p == '"') quoted = !quoted;
        else if (*p == '\\' && quoted && end - p > 1) p++;
        else if (*p == delimiter && !quoted) break;
    }
    return p;
}

static kl_span unquoted(kl_span text)
{
    if (text.n >= 2 && *text.s == '"' && text.s[text.n - 1] == '"') return span_of(text.s + 1, text.n - 2);
    return text;
}

bool sip_param_find(kl_span params, char delimiter, kl_span name, kl_span *value)
{
    const char *p = params.s, *end = span_end(params);
    while (p < end) {
        const char *stop = item_end(p, end, delimiter);
        kl_span item = span_between(p, stop);
        const char *equal = span_find(item, '=');
        if (span_eqi(span_trim(equal ? span_between(p, equal) : item), name)) {
            *value = equal ? unquoted(span_trim(span_between(equal + 1, stop))) : span_of(stop, 0);
            return true;
        }
        p = stop < end ? stop + 1 : end;
    }
    return false;
}
