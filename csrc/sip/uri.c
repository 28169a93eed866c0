#include "uri.h"

#include "reader.h"

/* Where Kamailio's parser is looser or stricter than RFC 3261 19.1 its recordings are followed: almost any byte may
 * stand in the user part and in a host that has no user before it, a host behind '@' is letters, digits, '.' and '-',
 * and a ';' or '?' before the '@' still belongs to the user. */

static const struct {
    const char *name;
    uint8_t length;
    sip_scheme scheme;
} schemes[] = {
    {"sip:", 4, SIP_URI_SIP}, {"sips:", 5, SIP_URI_SIPS}, {"tel:", 4, SIP_URI_TEL}, {"urn:", 4, SIP_URI_URN}};

static const char *const transports[] = {"none", "udp", "tcp", "tls", "sctp", "ws", "wss"};
static const char *const scheme_names[] = {"none", "sip", "sips", "tel", "tels", "urn"};

const char *sip_scheme_name(sip_scheme scheme) { return scheme_names[scheme <= SIP_URI_URN ? scheme : SIP_URI_ERROR]; }

const char *sip_transport_name(kl_transport proto) { return transports[proto <= KL_PROTO_WSS ? proto : KL_PROTO_NONE]; }

kl_transport sip_transport_of(kl_span name)
{
    if (span_eq(name, SPAN("UDP"))) return KL_PROTO_UDP;
    for (int i = KL_PROTO_UDP; i <= KL_PROTO_WSS; i++)
        if (span_eqi(name, span_text(transports[i]))) return (kl_transport)i;
    return KL_PROTO_NONE;
}

static bool read_scheme(reader *r, sip_uri *uri)
{
    kl_span text = span_between(r->p, r->end);
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (span_startsi(text, span_of(schemes[i].name, schemes[i].length))) {
            uri->scheme = schemes[i].scheme;
            r->p += schemes[i].length;
            return r->p < r->end || reader_fail(r, r->p, "a user or host");
        }
    return reader_fail(r, r->p, "a URI scheme (sip, sips, tel, urn)");
}

/* Bytes that mean something in the user part: '@' ':' ';' '?' '[' ']'. */
static const bool user_stop[256] = {['@'] = true, [':'] = true, [';'] = true, ['?'] = true, ['['] = true, [']'] = true};

static const char *skip_user(const char *p, const char *end)
{
    while (p < end && !user_stop[(unsigned char)*p]) p++;
    return p;
}

/* Walks parameters and headers from p on. While the user is still open an '@' makes all before it the user, and the
 * last ':' may part its password; true with *at that '@' or NULL. */
static bool read_tail(reader *r, const char *p, bool headers, bool user_known, const char **at, const char **colon)
{
    const char *dirty = NULL; /* a ';' in the headers, which only a user part excuses */
    *at = *colon = NULL;
    for (; p < r->end; p++) {
        switch (*p) {
        case '@':
            if (user_known) return reader_fail(r, p, "no '@' in parameters or headers");
            *at = p;
            return true;
        case ':':
            user_known = user_known || *colon; /* two of them: no password */
            *colon = user_known ? NULL : p;
            break;
        case '?':
            headers = true;
            user_known = user_known || *colon; /* a password has no '?' and no ';' */
            *colon = NULL;
            break;
        case ';':
            if (headers && (user_known || *colon)) return reader_fail(r, p, "no ';' in headers");
            dirty = headers ? p : dirty;
            user_known = user_known || *colon;
            *colon = NULL;
            break;
        default: break;
        }
    }
    return !dirty || reader_fail(r, dirty, "no ';' in headers");
}

static void split_tail(sip_uri *uri, const char *p, const char *end)
{
    if (p == end) return;
    if (*p == ';') {
        const char *question = memchr(p, '?', (size_t)(end - p));
        uri->params = span_between(p + 1, question ? question : end);
        p = question ? question : end;
    }
    if (p < end) uri->headers = span_between(p + 1, end);
}

static bool set_port(reader *r, sip_uri *uri, kl_span port)
{
    uint64_t n = 0;
    if (port.n > 5 || (port.n && !span_uint(port, 65535, &n))) return reader_fail(r, port.s, "a port from 0 to 65535");
    uri->port = port;
    uri->port_number = (uint16_t)n;
    return true;
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && char_is(*p, SPAN_DIGIT)) p++;
    return p;
}

/* Behind the host: [":" port] [";" params] ["?" headers]. */
static bool read_rest(reader *r, sip_uri *uri)
{
    const char *at, *colon;
    if (r->p < r->end && *r->p == ':') {
        const char *stop = skip_digits(r->p + 1, r->end);
        if (stop < r->end && *stop != ';' && *stop != '?') return reader_fail(r, stop, "a port number");
        if (!set_port(r, uri, span_between(r->p + 1, stop))) return false;
        r->p = stop;
    }
    if (r->p < r->end && !read_tail(r, r->p + 1, *r->p == '?', true, &at, &colon)) return false;
    split_tail(uri, r->p, r->end);
    return true;
}

static const char *ipv6_end(reader *r, const char *p)
{
    while (p < r->end && *p != ']' && *p != '[' && *p != '&' && *p != '@' && *p != ';' && *p != '?') p++;
    if (p == r->end || *p != ']') {
        reader_fail(r, p, "']' behind the IPv6 address");
        return NULL;
    }
    if (++p < r->end && *p != ':' && *p != ';' && *p != '?') {
        reader_fail(r, p, "a port, parameters or the end behind ']'");
        return NULL;
    }
    return p;
}

/* The host behind '@'. */
static bool read_host(reader *r, sip_uri *uri)
{
    const char *p = r->p, *start = p;
    if (p == r->end || !(*p == '[' || char_is(*p, SPAN_DIGIT | SPAN_ALPHA))) return reader_fail(r, p, "a host");
    if (*p == '[') {
        p = ipv6_end(r, p + 1);
        if (!p) return false;
    } else
        while (p < r->end && char_is(*p, SPAN_HOST)) p++;
    if (p < r->end && *p != ':' && *p != ';' && *p != '?')
        return reader_fail(r, p, "a letter, digit, '.' or '-' in the host");
    uri->host = span_between(start, p);
    r->p = p;
    return true;
}

static bool read_user(reader *r, sip_uri *uri, kl_span user, kl_span password, const char *at)
{
    uri->user = user;
    uri->password = password;
    r->p = at + 1;
    return read_host(r, uri) && read_rest(r, uri);
}

/* start ... p is a user or a host, p stands at its ':'. */
static bool read_colon(reader *r, sip_uri *uri, const char *start, const char *p)
{
    const char *digits = skip_digits(p + 1, r->end), *stop;
    if (digits == r->end || *digits == ';' || *digits == '?') {
        uri->host = span_between(start, p);
        r->p = p;
        return read_rest(r, uri);
    }
    stop = skip_user(digits, r->end);
    if (stop < r->end && *stop == '@')
        return read_user(r, uri, span_between(start, p), span_between(p + 1, stop), stop);
    return reader_fail(r, digits, "a port number, or a password and '@'");
}

/* A name has no parts (RFC 8141 2): all of it, whatever colons and '@' are there, is what Kamailio calls its host.
 * Parameters and queries end it. */
static bool read_urn(reader *r, sip_uri *uri)
{
    const char *start = r->p;
    while (r->p < r->end && *r->p != ';' && *r->p != '?') r->p++;
    if (r->p == start) return reader_fail(r, r->p, "a name");
    uri->host = span_between(start, r->p);
    split_tail(uri, r->p, r->end);
    return true;
}

static bool read_uri(reader *r, sip_uri *uri)
{
    const char *start = r->p, *p = start, *at, *colon;
    if (*p == '[') return read_host(r, uri) && read_rest(r, uri);
    if (*p == ':' || *p == ']') return reader_fail(r, p, "a user or host");
    p = skip_user(p + 1, r->end); /* the first byte may be anything */
    if (p < r->end && (*p == '[' || *p == ']')) return reader_fail(r, p, "no bracket in the user part");
    if (p < r->end && *p == '@') return read_user(r, uri, span_between(start, p), SPAN_NULL, p);
    if (p < r->end && *p == ':') return read_colon(r, uri, start, p);
    if (p < r->end) {
        if (!read_tail(r, p + 1, *p == '?', false, &at, &colon)) return false;
        if (at)
            return read_user(r, uri, span_between(start, colon ? colon : at),
                             colon ? span_between(colon + 1, at) : SPAN_NULL, at);
    }
    uri->host = span_between(start, p);
    split_tail(uri, p, r->end);
    return true;
}

/* `last`: nothing of the URI follows. A parameter with "=" and no value counts as absent, but for flags at the very
 * end; a flag that comes again without a value keeps the one it has. */
static void known_param(sip_uri *uri, kl_span name, kl_span value, bool equal, bool last)
{
    static const struct {
        const char *name;
        uint8_t length;
        bool flag; /* may stand without a value */
        uint16_t value, present;
    } known[] = {
#define KNOWN(name, flag, member)                                                                                      \
    {name, sizeof name - 1, flag, offsetof(sip_uri, member), offsetof(sip_uri, member##_present)}
        KNOWN("transport", false, transport),
        KNOWN("lr", true, lr),
        KNOWN("user", false, user_param),
        KNOWN("maddr", false, maddr),
        KNOWN("ttl", false, ttl),
        KNOWN("method", false, method),
        KNOWN("r2", true, r2),
        KNOWN("gr", true, gr),
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].length != name.n || !span_eqi(name, span_of(known[i].name, name.n))) continue;
        if (value.n ? *value.s == ':' : !known[i].flag || (equal && !last)) return;
        if (value.n || !known[i].flag || !*(bool *)((char *)uri + known[i].present))
            *(kl_span *)((char *)uri + known[i].value) = value;
        *(bool *)((char *)uri + known[i].present) = true;
        if (i == 0 && sip_transport_of(value) != KL_PROTO_NONE) uri->proto = sip_transport_of(value);
        return;
    }
}

static void read_params(sip_uri *uri)
{
    const char *p = uri->params.s, *end = p + uri->params.n;
    while (p < end) {
        const char *stop = memchr(p, ';', (size_t)(end - p));
        stop = stop ? stop : end;
        const char *equal = memchr(p, '=', (size_t)(stop - p));
        known_param(uri, span_between(p, equal ? equal : stop),
                    equal ? span_between(equal + 1, stop) : span_of(stop, 0), equal != NULL,
                    stop == uri->text.s + uri->text.n);
        p = stop + 1;
    }
}

/* user=phone makes a telephone number of a SIP URI, with its own parameters in the user part. */
static void read_phone(sip_uri *uri)
{
    const char *semicolon = span_find(uri->user, ';');
    uri->phone = true;
    if (!semicolon) return;
    uri->user_params = span_between(semicolon + 1, uri->user.s + uri->user.n);
    uri->user.n = (size_t)(semicolon - uri->user.s);
}

/* What the scheme says about the parts found. */
static void settle(sip_uri *uri)
{
    if (uri->scheme == SIP_URI_TEL) {
        uri->user = uri->host;
        uri->host = span_of(uri->text.s + uri->text.n, 0);
    }
    if (uri->scheme == SIP_URI_TEL || uri->scheme == SIP_URI_URN) {
        uri->user_params = uri->params;
        uri->params = SPAN_NULL;
    } else if (span_eq(uri->user_param, SPAN("phone"))) read_phone(uri);
}

kl_status sip_uri_parse(kl_span text, sip_uri *out, kl_error *err)
{
    sip_uri uri = {.text = text};
    reader r = {.p = text.s, .end = span_end(text), .start = text.s};
    bool good = read_scheme(&r, &uri) && (uri.scheme == SIP_URI_URN ? read_urn(&r, &uri) : read_uri(&r, &uri));
    if (good && uri.host.n && *uri.host.s == '@' && uri.scheme <= SIP_URI_SIPS)
        good = reader_fail(&r, uri.host.s, "a user before '@'");
    if (!good) return error_at(err, KL_EPARSE, r.p - r.start, "expected %s", r.expected);
    if (uri.params.n) read_params(&uri);
    settle(&uri);
    *out = uri;
    return KL_OK;
}
