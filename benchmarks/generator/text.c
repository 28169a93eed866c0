#define _GNU_SOURCE
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST "127.0.0.1"

static const char *const methods[METHODS] = {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS"};

static const char offer[] = "v=0\r\no=- 3725 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                            "m=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
                            "a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=sendrecv\r\n";

/* ---- reading */

/* The next line of a head with its CRLF; size 0: there is none. */
static const char *next_line(const message *m, const char *at, size_t *size)
{
    const char *end = m->data + m->size;
    const char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    *size = stop ? (size_t)(stop + 1 - at) : 0;
    if (*size == 2 && at[0] == '\r') *size = 0;
    return at;
}

static bool has_name(const char *line, size_t size, const char *name)
{
    const size_t n = strlen(name);
    return size > n + 1 && line[n] == ':' && memcmp(line, name, n) == 0;
}

static bool read_method(message *m, const char *text, size_t size)
{
    for (int i = 0; i < METHODS; i++) {
        const size_t n = strlen(methods[i]);
        if (size < n || memcmp(text, methods[i], n) != 0) continue;
        m->method = (method_id)i;
        return true;
    }
    return false;
}

static bool read_line(message *m, const char *line, size_t size, bool *call, bool *method)
{
    if (has_name(line, size, "Call-ID")) {
        *call = sscanf(line, "Call-ID: %u-bench", &m->call) == 1;
        return *call;
    }
    if (!has_name(line, size, "CSeq")) return true;
    const char *space = memchr(line + 6, ' ', size - 6);
    *method = space && read_method(m, space + 1, size - (size_t)(space + 1 - line));
    return *method;
}

bool message_read(message *m, const char *data, size_t size)
{
    *m = (message){.data = data, .size = size};
    bool call = false, method = false;
    size_t n;
    const char *line = next_line(m, data, &n);
    if (n < 12) return false;
    if (memcmp(line, "SIP/2.0 ", 8) == 0) m->status = atoi(line + 8);
    while (!(call && method)) {
        line = next_line(m, line + n, &n);
        if (n == 0 || !read_line(m, line, n, &call, &method)) return false;
    }
    return true;
}

bool message_route(const message *m, char *out, uint8_t *size)
{
    static const char name[] = "Record-Route";
    size_t n;
    for (const char *line = next_line(m, m->data, &n); n > 0; line = next_line(m, line + n, &n)) {
        if (!has_name(line, n, name)) continue;
        const size_t length = n - sizeof name - 3; /* without the name, a colon and a space, and CRLF */
        if (length > ROUTE_SIZE) return false;
        memcpy(out, line + sizeof name + 1, length);
        *size = (uint8_t)length;
        return true;
    }
    return false;
}

/* ---- writing */

typedef struct writer {
    char *out;
    size_t n;
    bool full;
} writer;

static void put(writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(writer *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(w->out + w->n, MESSAGE_SIZE - w->n, format, args);
    va_end(args);
    w->full |= n < 0 || (size_t)n >= MESSAGE_SIZE - w->n;
    if (!w->full) w->n += (size_t)n;
}

static void put_bytes(writer *w, const char *bytes, size_t size)
{
    w->full |= size >= MESSAGE_SIZE - w->n;
    if (w->full) return;
    memcpy(w->out + w->n, bytes, size);
    w->n += size;
}

static size_t done(const writer *w) { return w->full ? 0 : w->n; }

static void put_uri(writer *w, const places *at, const target *to)
{
    put(w, "sip:%s%s" HOST ":%u", to->user, *to->user ? "@" : "", to->at_server ? at->server : at->callee);
}

static unsigned sequence(method_id method) { return method == BYE ? 2 : 1; }

/* The branch is the call's number and a letter: an ACK of a 2xx and BYE are transactions of their own. */
static void put_via(writer *w, const places *at, uint32_t call, char letter)
{
    put(w, "Via: SIP/2.0/UDP " HOST ":%u;branch=z9hG4bK-%u-%c\r\n", at->caller, call, letter);
}

static void put_dialog(writer *w, uint32_t call, method_id method)
{
    put(w, "Call-ID: %u-bench@" HOST "\r\nCSeq: %u %s\r\n", call, sequence(method), methods[method]);
}

static void put_from(writer *w, uint32_t call) { put(w, "From: <sip:alice@" HOST ">;tag=f%u\r\n", call); }

size_t write_first(char *out, const places *at, method_id method, uint32_t call, const target *to)
{
    writer w = {.out = out};
    put(&w, "%s ", methods[method]);
    put_uri(&w, at, to);
    put(&w, " SIP/2.0\r\n");
    put_via(&w, at, call, 'i');
    put(&w, "Max-Forwards: 70\r\n");
    put_from(&w, call);
    put(&w, "To: <");
    put_uri(&w, at, to);
    put(&w, ">\r\n");
    put_dialog(&w, call, method);
    put(&w, "Contact: <sip:alice@" HOST ":%u>\r\nUser-Agent: generator\r\n", at->caller);
    put(&w, "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE\r\nSupported: replaces, timer\r\n");
    if (method == INVITE)
        put(&w, "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s", sizeof offer - 1, offer);
    else put(&w, "Content-Length: 0\r\n\r\n");
    return done(&w);
}

static void put_lines(writer *w, const message *from, const char *name)
{
    size_t n;
    for (const char *line = next_line(from, from->data, &n); n > 0; line = next_line(from, line + n, &n))
        if (has_name(line, n, name)) put_bytes(w, line, n);
}

size_t write_refused_ack(char *out, const places *at, uint32_t call, const target *to, const message *reply)
{
    writer w = {.out = out};
    put(&w, "ACK ");
    put_uri(&w, at, to);
    put(&w, " SIP/2.0\r\n");
    put_via(&w, at, call, 'i');
    put(&w, "Max-Forwards: 70\r\n");
    put_from(&w, call);
    put_lines(&w, reply, "To");
    put_dialog(&w, call, ACK);
    put(&w, "Content-Length: 0\r\n\r\n");
    return done(&w);
}

size_t write_in_dialog(char *out, const places *at, method_id method, uint32_t call, const char *route, size_t size)
{
    writer w = {.out = out};
    put(&w, "%s sip:bob@" HOST ":%u SIP/2.0\r\n", methods[method], at->callee);
    put_via(&w, at, call, method == ACK ? 'a' : 'b');
    put(&w, "Route: %.*s\r\nMax-Forwards: 70\r\n", (int)size, route);
    put_from(&w, call);
    put(&w, "To: <sip:bob@" HOST ":%u>;tag=t%u\r\n", at->callee, call);
    put_dialog(&w, call, method);
    put(&w, "User-Agent: generator\r\nContent-Length: 0\r\n\r\n");
    return done(&w);
}

static bool has_tag(const char *line, size_t size) { return memmem(line, size, ";tag=", 5); }

static void put_to(writer *w, const message *request)
{
    size_t n;
    for (const char *line = next_line(request, request->data, &n); n > 0; line = next_line(request, line + n, &n)) {
        if (!has_name(line, n, "To")) continue;
        put_bytes(w, line, n - 2);
        if (!has_tag(line, n)) put(w, ";tag=t%u", request->call);
        put(w, "\r\n");
    }
}

static const char *reason(int status)
{
    return status == 180 ? "Ringing" : status == 487 ? "Request Terminated" : "OK";
}

size_t write_reply(char *out, const places *at, const message *request, int status)
{
    writer w = {.out = out};
    put(&w, "SIP/2.0 %d %s\r\n", status, reason(status));
    put_lines(&w, request, "Via");
    put_lines(&w, request, "Record-Route");
    put_lines(&w, request, "From");
    put_to(&w, request);
    put_dialog(&w, request->call, request->method);
    if (request->method == INVITE) put(&w, "Contact: <sip:bob@" HOST ":%u>\r\n", at->callee);
    put(&w, "User-Agent: generator\r\n");
    if (request->method == INVITE && status == 200)
        put(&w, "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s", sizeof offer - 1, offer);
    else put(&w, "Content-Length: 0\r\n\r\n");
    return done(&w);
}

size_t write_cancelled(char *out, const places *at, const message *cancel)
{
    writer w = {.out = out};
    put(&w, "SIP/2.0 487 %s\r\n", reason(487));
    put_lines(&w, cancel, "Via");
    put_via(&w, at, cancel->call, 'i');
    put_lines(&w, cancel, "From");
    put_to(&w, cancel);
    put_dialog(&w, cancel->call, INVITE);
    put(&w, "Content-Length: 0\r\n\r\n");
    return done(&w);
}
