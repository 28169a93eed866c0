#include "server.h"

#include "base/status.h"
#include "base/text.h"

/* ---- what stands in listen and alias */

static bool port_of(kl_span text, uint16_t *out)
{
    uint64_t port;
    if (!span_uint(text, 65535, &port)) return false;
    *out = (uint16_t)port;
    return true;
}

static bool is_digits(kl_span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!char_is(text.s[i], SPAN_DIGIT)) return false;
    return text.n > 0;
}

/* Takes "proto:" off the front when that is what stands there. */
static kl_span take_proto(kl_span text, kl_transport *proto)
{
    const char *colon = span_find(text, ':');
    *proto = colon ? sip_transport_of(span_between(text.s, colon)) : KL_PROTO_NONE;
    return *proto == KL_PROTO_NONE ? text : span_between(colon + 1, text.s + text.n);
}

static bool take_brackets(kl_span *text, kl_span *host)
{
    const char *close = span_find(*text, ']');
    sip_ip ip;
    if (!close) return false;
    *host = span_between(text->s + 1, close);
    *text = span_between(close + 1, text->s + text->n);
    return ip_parse(*host, &ip) && ip.family == 6 && (span_empty(*text) || text->s[0] == ':');
}

static bool host_good(kl_span host)
{
    if (host.n > 255) return false;
    for (size_t i = 0; i < host.n; i++)
        if (!char_is(host.s[i], SPAN_HOST) && host.s[i] != '_') return false;
    return host.n > 0;
}

bool socket_endpoint_parse(kl_span text, core_endpoint *out)
{
    sip_ip ip;
    core_endpoint end = {.proto = KL_PROTO_NONE};
    text = span_trim(text);
    if (ip_parse(text, &ip) && text.s[0] != '[') {
        *out = (core_endpoint){.host = text};
        return true;
    }
    text = take_proto(text, &end.proto);
    if (!span_empty(text) && text.s[0] == '[') {
        if (!take_brackets(&text, &end.host)) return false;
    } else {
        const char *colon = span_find(text, ':');
        end.host = colon ? span_between(text.s, colon) : text;
        text = span_from(text, end.host.n);
        if (!host_good(end.host)) return false;
    }
    if (!span_empty(text) && (!is_digits(span_from(text, 1)) || !port_of(span_from(text, 1), &end.port))) return false;
    *out = end;
    return true;
}

static kl_span unquoted(kl_span text)
{
    return text.n >= 2 && text.s[0] == '"' && text.s[text.n - 1] == '"' ? span_of(text.s + 1, text.n - 2) : text;
}

/* The next word, quotes kept together; false at the end. */
static bool next_word(kl_span *rest, kl_span *word)
{
    *rest = span_trim(*rest);
    if (span_empty(*rest)) return false;
    size_t n = 0;
    bool quoted = false;
    for (; n < rest->n && (quoted || !char_is(rest->s[n], SPAN_WS)); n++)
        if (rest->s[n] == '"') quoted = !quoted;
    *word = span_of(rest->s, n);
    *rest = span_from(*rest, n);
    return true;
}

/* ---- text kept in the arena */

/* Doubles an array that lives in the arena; the old one stays behind, which set-up can afford. */
static void *grow(kl_server *server, void *items, int *cap, size_t size)
{
    const int more = *cap ? *cap * 2 : 4;
    void *grown = arena_zalloc(&server->arena, (size_t)more * size);
    if (grown && *cap > 0) memcpy(grown, items, (size_t)*cap * size);
    if (grown) *cap = more;
    return grown;
}

/* ---- sockets and aliases */

static kl_status out_of_memory(kl_error *err)
{
    return error_set(err, KL_ENOMEM, "out of memory keeping a socket or a parameter");
}

static kl_status bad(kl_error *err, kl_span where, const char *what)
{
    kl_status status = error_set(err, KL_ECONFIG, "%s", what);
    error_where(err, where);
    return status;
}

static bool fill_texts(kl_server *server, core_socket *socket)
{
    char digits[TEXT_INT];
    const bool v6 = socket->ip.family == 6;
    socket->port_text = arena_copy(&server->arena, span_between(digits, text_put_uint(digits, socket->port)));
    socket->text = text_join(&server->arena, span_text(sip_transport_name(socket->proto)), v6 ? SPAN(":[") : SPAN(":"),
                             socket->host, v6 ? SPAN("]:") : SPAN(":"), socket->port_text);
    return socket->port_text.s && socket->text.s;
}

static kl_status add_socket(kl_server *server, const core_socket *from, kl_error *err)
{
    if (socket_at(server, from->proto, from->host, from->port) >= 0) return KL_OK;
    if (server->socket_count == server->socket_cap) {
        core_socket *grown = grow(server, server->sockets, &server->socket_cap, sizeof *grown);
        if (!grown) return out_of_memory(err);
        server->sockets = grown;
    }
    core_socket socket = *from;
    socket.host = arena_copy(&server->arena, from->host);
    socket.name = arena_copy(&server->arena, from->name);
    socket.advertised_host = arena_copy(&server->arena, from->advertised_host);
    if (!socket.host.s || !socket.name.s || !socket.advertised_host.s || !fill_texts(server, &socket))
        return out_of_memory(err);
    server->sockets[server->socket_count++] = socket;
    return KL_OK;
}

static bool take_options(kl_span rest, core_socket *socket)
{
    kl_span word, value;
    while (next_word(&rest, &word)) {
        if (!next_word(&rest, &value)) return false;
        if (span_eq(word, SPAN("name"))) {
            socket->name = unquoted(value);
        } else if (span_eq(word, SPAN("advertise"))) {
            core_endpoint end;
            if (!socket_endpoint_parse(unquoted(value), &end)) return false;
            socket->advertised_host = end.host;
            socket->advertised_port = end.port;
            socket->advertised_proto = end.proto;
            if (!ip_parse(end.host, &socket->advertised_ip)) socket->advertised_ip.family = 0;
        } else {
            return false;
        }
    }
    return true;
}

uint16_t socket_default_port(kl_transport proto)
{
    return proto == KL_PROTO_TLS || proto == KL_PROTO_WSS ? 5061 : 5060;
}

kl_status socket_listen(kl_server *server, kl_span text, kl_error *err)
{
    kl_span rest = text, first;
    core_endpoint end;
    core_socket socket = {.name = SPAN(""), .advertised_host = SPAN("")};
    if (!next_word(&rest, &first) || !socket_endpoint_parse(unquoted(first), &end))
        return bad(err, text, "listen wants [proto:]host[:port]");
    if (!take_options(rest, &socket))
        return bad(err, text, "behind the socket come name NAME and advertise [PROTO:]HOST[:PORT] only");
    socket.host = end.host;
    ip_parse(end.host, &socket.ip);
    static const kl_transport both[] = {KL_PROTO_UDP, KL_PROTO_TCP};
    const kl_transport *protos = end.proto == KL_PROTO_NONE ? both : &end.proto;
    for (int i = 0; i < (end.proto == KL_PROTO_NONE ? 2 : 1); i++) {
        socket.proto = protos[i];
        socket.port = end.port ? end.port : socket_default_port(protos[i]);
        kl_status status = add_socket(server, &socket, err);
        if (status != KL_OK) return status;
    }
    return KL_OK;
}

static kl_status add_alias(kl_server *server, kl_span text, bool subdomains, kl_error *err)
{
    core_endpoint end;
    if (!socket_endpoint_parse(unquoted(span_trim(text)), &end))
        return bad(err, text, "alias wants [proto:]host[:port]");
    if (server->alias_count == server->alias_cap) {
        core_alias *grown = grow(server, server->aliases, &server->alias_cap, sizeof *grown);
        if (!grown) return out_of_memory(err);
        server->aliases = grown;
    }
    const kl_span host = arena_copy(&server->arena, end.host);
    if (!host.s) return out_of_memory(err);
    core_alias *alias = &server->aliases[server->alias_count++];
    *alias = (core_alias){.proto = end.proto, .host = host, .port = end.port, .subdomains = subdomains};
    if (!ip_parse(host, &alias->ip)) alias->ip.family = 0;
    return KL_OK;
}

core_endpoint socket_told(const core_socket *socket)
{
    if (span_empty(socket->advertised_host)) return (core_endpoint){socket->proto, socket->host, socket->port};
    const kl_transport proto = socket->advertised_proto;
    return (core_endpoint){proto == KL_PROTO_NONE ? socket->proto : proto, socket->advertised_host,
                           socket->advertised_port};
}

kl_status alias_add(kl_server *server, kl_span text, kl_error *err) { return add_alias(server, text, false, err); }
kl_status alias_add_subdomains(kl_server *server, kl_span text, kl_error *err)
{
    return add_alias(server, text, true, err);
}

/* ---- who is who */

/* A host as scripts and headers have it: any case, IPv6 in brackets or not. Its address is worked out once, and only
 * when texts differ. */
typedef struct wanted {
    kl_span host;
    sip_ip ip;
    bool parsed;
} wanted;

static bool host_is(wanted *w, kl_span text, const sip_ip *ip)
{
    if (span_eqi(w->host, text)) return true;
    if (ip->family == 0) return false;
    if (!w->parsed && !ip_parse(w->host, &w->ip)) w->ip.family = 0;
    w->parsed = true;
    return w->ip.family != 0 && ip_eq(&w->ip, ip);
}

static bool proto_fits(kl_transport wanted_proto, kl_transport proto)
{
    return wanted_proto == KL_PROTO_NONE || proto == KL_PROTO_NONE || proto == wanted_proto;
}
static bool port_fits(uint16_t wanted_port, uint16_t port)
{
    return wanted_port == 0 || port == 0 || port == wanted_port;
}

static bool is_under(kl_span host, kl_span domain)
{
    if (host.n <= domain.n || host.s[host.n - domain.n - 1] != '.') return false;
    return span_eqi(span_from(host, host.n - domain.n), domain);
}

/* Behind an advertised address without a port stands the default one, 5060 where the asker looks at no transport. */
static bool told_port_fits(const core_socket *s, uint16_t port)
{
    if (s->advertised_port || port == 0) return port_fits(port, s->advertised_port);
    return port == 5060 || port == socket_default_port(socket_told(s).proto);
}

/* How well a socket fits. Kamailio takes either port with either address. */
enum { FITS_NOT = 0, FITS_MIXED, FITS_ADVERTISED, FITS_OWN };

static int fit_of(const core_socket *s, wanted *w, uint16_t port, kl_transport proto)
{
    const bool advertises = s->advertised_host.n > 0, own = proto_fits(proto, s->proto);
    if (!own && !(advertises && proto_fits(proto, socket_told(s).proto))) return FITS_NOT;
    const bool own_host = host_is(w, s->host, &s->ip), own_port = port_fits(port, s->port);
    if (own && own_host && own_port) return FITS_OWN;
    if (!advertises) return FITS_NOT;
    const bool told_host = host_is(w, s->advertised_host, &s->advertised_ip);
    if (told_host && told_port_fits(s, port)) return FITS_ADVERTISED;
    return (told_host && own_port) || (own_host && port == s->advertised_port) ? FITS_MIXED : FITS_NOT;
}

static bool alias_fits(const core_alias *a, wanted *w, uint16_t port, kl_transport proto)
{
    if (!proto_fits(proto, a->proto) || !port_fits(port, a->port)) return false;
    return host_is(w, a->host, &a->ip) || (a->subdomains && is_under(w->host, a->host));
}

bool socket_is_myself(const kl_server *server, kl_span host, uint16_t port, kl_transport proto)
{
    wanted w = {.host = host};
    for (int i = 0; i < server->socket_count; i++)
        if (fit_of(&server->sockets[i], &w, port, proto) != FITS_NOT) return true;
    for (int i = 0; i < server->alias_count; i++)
        if (alias_fits(&server->aliases[i], &w, port, proto)) return true;
    return false;
}

int socket_find(const kl_server *server, kl_transport proto, kl_span host, uint16_t port)
{
    int found = -1, best = FITS_NOT;
    wanted w = {.host = host};
    for (int i = 0; i < server->socket_count; i++) {
        const int fit = fit_of(&server->sockets[i], &w, port, proto);
        if (fit <= best) continue;
        best = fit;
        found = i;
    }
    return found;
}

int socket_at(const kl_server *server, kl_transport proto, kl_span host, uint16_t port)
{
    wanted w = {.host = host};
    for (int i = 0; i < server->socket_count; i++) {
        const core_socket *s = &server->sockets[i];
        if (proto_fits(proto, s->proto) && port_fits(port, s->port) && host_is(&w, s->host, &s->ip)) return i;
    }
    return -1;
}

int socket_named(const kl_server *server, kl_span name)
{
    if (span_empty(name)) return -1;
    for (int i = 0; i < server->socket_count; i++)
        if (span_eq(server->sockets[i].name, name)) return i;
    return -1;
}

static bool fits(const core_socket *s, kl_transport proto, int family)
{
    return s->proto == proto && (family == 0 || s->ip.family == 0 || s->ip.family == family);
}

static bool is_loopback(const sip_ip *ip)
{
    static const uint8_t v6[16] = {[15] = 1};
    return (ip->family == 4 && ip->bytes[0] == 127) || (ip->family == 6 && memcmp(ip->bytes, v6, 16) == 0);
}

/* A forced socket of another transport stands for the one at the same address and port that has the right one. */
static int forced_socket(const kl_server *server, int forced, kl_transport proto, int family)
{
    if (forced < 0 || forced >= server->socket_count) return -1;
    if (fits(&server->sockets[forced], proto, family)) return forced;
    const int twin = socket_at(server, proto, server->sockets[forced].host, server->sockets[forced].port);
    return twin >= 0 && fits(&server->sockets[twin], proto, family) ? twin : -1;
}

int socket_pick(const kl_server *server, int forced, int received, kl_transport proto, int family)
{
    int found = forced_socket(server, forced, proto, family);
    if (found >= 0) return found;
    if (received >= 0 && received < server->socket_count && fits(&server->sockets[received], proto, family))
        return received;
    for (int i = 0; i < server->socket_count; i++) {
        if (!fits(&server->sockets[i], proto, family)) continue;
        found = i;
        /* Kamailio's default socket: the first of its kind, a loopback one last of all */
        if (!is_loopback(&server->sockets[i].ip)) break;
    }
    return found;
}
