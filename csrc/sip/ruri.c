#include "build.h"

/* Kamailio's MAX_URI_SIZE: what setuser, sethost and setport refuse to go beyond. */
enum { MAX_URI = 1024 };

/* Copies text into memory of the message that is used again, so that a script may set it many times. text may lie in
 * it. */
static bool assign(kl_msg *msg, kl_span *slot, uint32_t *room, kl_span text)
{
    if (!slot->s || *room < text.n) {
        size_t n = text.n < 120 ? 120 : text.n;
        char *memory = n < UINT32_MAX ? arena_alloc(&msg->arena, n + 1) : NULL;
        if (!memory) return false;
        slot->s = memory;
        *room = (uint32_t)n;
    }
    if (text.n) memmove((char *)slot->s, text.s, text.n);
    ((char *)slot->s)[text.n] = '\0';
    slot->n = text.n;
    return true;
}

bool msg_set_uri(kl_msg *msg, kl_span uri)
{
    if (!build_is_line(uri) || !assign(msg, &msg->new_uri, &msg->new_uri_room, uri)) return false;
    msg->lazy.ruri = SIP_LAZY_UNKNOWN;
    msg->ruri_is_new = true;
    return true;
}

bool msg_set_dst(kl_msg *msg, kl_span uri)
{
    if (!build_is_line(uri)) return false;
    msg->lazy.dst = SIP_LAZY_UNKNOWN;
    if (!uri.n) {
        msg->dst_uri = SPAN_NULL;
        msg->dst_uri_room = 0;
        return true;
    }
    msg->ruri_is_new = true; /* another next hop makes the same R-URI worth a branch */
    return assign(msg, &msg->dst_uri, &msg->dst_uri_room, uri);
}

typedef struct writer {
    char text[MAX_URI];
    size_t n;
    bool full;
} writer;

static void put(writer *w, kl_span text)
{
    w->full = w->full || text.n > MAX_URI - w->n;
    if (w->full || !text.n) return;
    memcpy(w->text + w->n, text.s, text.n);
    w->n += text.n;
}

/* `mark` and text, when there is a text; an empty one is written only where the URI had it. */
static void put_part(writer *w, const char *mark, kl_span text)
{
    if (!text.s) return;
    put(w, span_text(mark));
    put(w, text);
}

static bool rebuild(kl_msg *msg, const sip_uri *uri)
{
    writer w;
    w.n = 0;
    w.full = false;
    put(&w, span_text(sip_scheme_name(uri->scheme)));
    put(&w, SPAN(":"));
    put(&w, uri->user);
    put_part(&w, ":", uri->password);
    put_part(&w, ";", uri->user_params);
    if (uri->scheme != SIP_URI_TEL) {
        if (uri->user.n || uri->user_params.n) put(&w, SPAN("@"));
        put(&w, uri->host);
    }
    put_part(&w, ":", uri->port);
    if (uri->scheme != SIP_URI_TEL) put_part(&w, ";", uri->params);
    put_part(&w, "?", uri->headers);
    return !w.full && msg_set_uri(msg, span_of(w.text, w.n));
}

/* The current R-URI, to be changed and rebuilt. urn: has neither user nor host to set. */
static bool current(kl_msg *msg, sip_uri *out)
{
    const sip_uri *uri = msg_ruri(msg);
    if (!uri || uri->scheme == SIP_URI_URN) return false;
    *out = *uri;
    return true;
}

bool msg_set_user(kl_msg *msg, kl_span user)
{
    sip_uri uri;
    if (!current(msg, &uri)) return false;
    uri.user = user;
    if (!uri.user.n) uri.password = SPAN_NULL;
    if (!uri.user.n && uri.scheme != SIP_URI_TEL) uri.user_params = SPAN_NULL;
    return rebuild(msg, &uri);
}

/* A tel: URI becomes a sip: one of a telephone number. */
bool msg_set_host(kl_msg *msg, kl_span host)
{
    sip_uri uri;
    if (!current(msg, &uri)) return false;
    uri.host = host;
    if (uri.scheme == SIP_URI_TEL) {
        uri.scheme = SIP_URI_SIP;
        uri.params = SPAN("user=phone");
    }
    return rebuild(msg, &uri);
}

bool msg_set_port(kl_msg *msg, kl_span port)
{
    sip_uri uri;
    if (!current(msg, &uri) || uri.scheme == SIP_URI_TEL) return false;
    uri.port = port;
    if (!uri.port.n) uri.port = SPAN_NULL;
    return rebuild(msg, &uri);
}
