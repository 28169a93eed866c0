#include "build.h"

#include "base/text.h"
#include "mime.h"

/* What a build adds to the message's own edits: the Request-URI, our Via, the stamps on the top Via, Content-Length;
 * more only when every Via goes. */
typedef struct plan {
    const kl_msg *msg;
    build_socket socket;
    sip_edit *items; /* in order of offset */
    size_t count, cap;
    kl_span body; /* what stands for the whole body and its edits; .s NULL: they themselves */
    size_t until; /* edits from this offset on do not count */
} plan;

#define PLAN_ITEMS  9   /* beside one for each Via */
#define KIND_ALWAYS 255 /* an item that no cut around it takes along: our Via */

static bool plan_begin(plan *p, kl_msg *msg, size_t more)
{
    *p = (plan){.msg = msg, .cap = PLAN_ITEMS + more, .until = SIZE_MAX};
    p->items = arena_alloc(&msg->arena, p->cap * sizeof *p->items);
    return p->items != NULL;
}

static void plan_item(plan *p, const char *place, size_t cut, kl_span text, uint8_t kind)
{
    if (p->count == p->cap) return;
    const sip_edit item = {.offset = (uint32_t)(place - p->msg->buf), .cut = (uint32_t)cut, .text = text, .kind = kind};
    size_t at = p->count++;
    for (; at > 0 && p->items[at - 1].offset > item.offset; at--) p->items[at] = p->items[at - 1];
    p->items[at] = item;
}

static void plan_add(plan *p, const char *place, size_t cut, kl_span text)
{
    plan_item(p, place, cut, text, EDIT_KIND_TEXT);
}

/* One pass over the buffer. What stands strictly inside a cut piece goes with it; at its ends it stays. */
typedef struct writer {
    const char *buf;
    const plan *plan;
    size_t at, cut_from; /* next byte to copy; where the cut that ended there began */
    char *out;           /* NULL: only count */
    size_t n;
} writer;

static void emit(writer *w, kl_span text)
{
    if (w->out) text_put(w->out + w->n, text);
    w->n += text.n;
}

static bool holds(const plan *p, uint8_t when)
{
    return when == EDIT_ALWAYS || (when == EDIT_OTHER_SOCKET ? !p->socket.received : p->socket.proto != p->msg->proto);
}

static void emit_part(writer *w, const edit_part *part)
{
    const build_socket *socket = &w->plan->socket;
    if (!holds(w->plan, part->when) || (part->what == EDIT_PART_NAME && span_empty(socket->name))) return;
    emit(w, part->text);
    if (part->what == EDIT_PART_ADDRESS) emit(w, socket->address);
    if (part->what == EDIT_PART_NAME) emit(w, socket->name);
    if (part->what == EDIT_PART_PROTO && socket->told != KL_PROTO_NONE)
        emit(w, span_text(sip_transport_name(socket->told)));
}

static void emit_edit(writer *w, const sip_edit *edit)
{
    if (!holds(w->plan, edit->when)) return;
    emit(w, edit->text);
    for (const edit_part *part = edit->parts; part; part = part->next) emit_part(w, part);
}

static void apply(writer *w, const sip_edit *edit)
{
    const size_t end = (size_t)edit->offset + edit->cut;
    if (edit->offset >= w->at) {
        emit(w, span_of(w->buf + w->at, edit->offset - w->at));
        w->at = w->cut_from = edit->offset;
    }
    if (edit->offset == w->at || edit->offset == w->cut_from || edit->kind >= EDIT_KIND_LOOSE) emit_edit(w, edit);
    if (end > w->at) w->at = end;
}

static const sip_edit *first_of(const plan *p, const sip_edit *edit)
{
    return edit && edit->offset < p->until ? edit : NULL;
}

static void apply_all(writer *w, const sip_edit *edit, const sip_edit *item, const sip_edit *items_end, size_t end)
{
    for (edit = first_of(w->plan, edit); edit || item < items_end;) {
        if (item == items_end || (edit && edit->offset <= item->offset)) {
            apply(w, edit);
            edit = first_of(w->plan, edit->next);
        } else {
            apply(w, item++);
        }
    }
    if (end > w->at) emit(w, span_of(w->buf + w->at, end - w->at));
}

#define PROTO_NAME 4 /* bytes of the longest */

static size_t edit_bound(const plan *p, const sip_edit *edit)
{
    size_t bound = edit->text.n;
    for (const edit_part *part = edit->parts; part; part = part->next)
        bound += part->text.n +
                 (part->what == EDIT_PART_TEXT ? 0 : p->socket.address.n + p->socket.name.n + PROTO_NAME);
    return bound;
}

static bool run(const plan *p, kl_buf *out)
{
    const kl_msg *msg = p->msg;
    size_t bound = msg->len;
    for (const sip_edit *edit = msg->edits; edit; edit = edit->next) {
        msg_pay(msg, 8);
        bound += edit_bound(p, edit);
    }
    msg_pay(msg, bound / 64);
    for (size_t i = 0; i < p->count; i++) bound += p->items[i].text.n;
    buf_clear(out);
    if (!buf_reserve(out, bound)) return false;
    writer w = {.buf = msg->buf, .plan = p, .out = out->s};
    apply_all(&w, msg->edits, p->items, p->items + p->count, msg->len);
    out->n = w.n;
    return true;
}

/* ---- Content-Length */

/* Without an empty line there is no body, and what is appended are headers. */
static bool body_changed(const kl_msg *msg, size_t start)
{
    if (start == msg->eoh || !msg->edits_tail || msg->edits_tail->offset < start) return false;
    const sip_edit *edit = msg->edits;
    while (edit && (edit->offset < start || edit->kind == EDIT_KIND_LOOSE)) edit = edit->next;
    return edit != NULL;
}

/* Writes from start to end with the edits there, or counts when out is NULL. */
static size_t write_range(const plan *p, size_t start, size_t end, char *out)
{
    const kl_msg *msg = p->msg;
    const sip_edit *edit = msg->edits;
    while (edit && edit->offset < start) edit = edit->next;
    writer w = {.buf = msg->buf, .plan = p, .at = start, .cut_from = start, .out = out};
    apply_all(&w, edit, NULL, NULL, end);
    return w.n;
}

static size_t write_body(const plan *p, size_t start, char *out) { return write_range(p, start, p->msg->len, out); }

bool build_piece(kl_msg *msg, kl_span piece, kl_span *out)
{
    const size_t start = (size_t)(piece.s - msg->buf), end = start + piece.n;
    const plan p = {.msg = msg, .until = end};
    *out = piece;
    if (!msg->edits) return true;
    char *text = arena_alloc(&msg->arena, write_range(&p, start, end, NULL) + 1);
    if (text) *out = span_of(text, write_range(&p, start, end, text));
    return text != NULL;
}

static bool is_cut(const kl_msg *msg, const sip_hdr *hdr)
{
    const size_t start = (size_t)(hdr_line(hdr).s - msg->buf), end = start + hdr_line(hdr).n;
    for (const sip_edit *edit = msg->edits; edit && edit->offset <= start; edit = edit->next)
        if (edit->offset + (size_t)edit->cut >= end) return true;
    return false;
}

static bool appends_length(const kl_msg *msg)
{
    for (const sip_edit *edit = msg->edits; edit; edit = edit->next)
        if (span_startsi(edit->text, SPAN("Content-Length"))) return true;
    return false;
}

static kl_span length_digits(kl_span body)
{
    size_t n = 0;
    while (n < body.n && char_is(body.s[n], SPAN_DIGIT)) n++;
    return span_of(body.s, n ? n : body.n);
}

static bool body_replaced(const kl_msg *msg, size_t start)
{
    for (const sip_edit *edit = msg->edits; edit; edit = edit->next)
        if (edit->offset >= start && edit->kind == EDIT_KIND_BODY) return true;
    return false;
}

/* The last delimiter closes the body when parts of it were added or removed. A new body whose delimiters are not those
 * of the Content-Type does not replace the one that was received, as in Kamailio. */
static bool plan_parts(plan *p, kl_msg *msg)
{
    const size_t start = edit_body_start(msg);
    kl_span boundary;
    if (!(msg->msg_flags & SIP_MSG_MULTIPART) || start == msg->eoh || !mime_msg_boundary(msg, &boundary)) return true;
    if (is_cut(msg, msg_hdr_first(msg, SIP_HDR_CONTENT_TYPE))) return true;
    const size_t n = write_body(p, start, NULL);
    char *edited = arena_alloc(&msg->arena, n + 1), *closed = arena_alloc(&msg->arena, n + MIME_CLOSE_MORE);
    if (!edited || !closed) return false;
    write_body(p, start, edited);
    const bool replaced = body_replaced(msg, start);
    /* and may have lost the last one */
    const bool had_parts = !replaced && mime_delimiters(msg->body, boundary) > 1;
    const size_t length = mime_close(span_of(edited, n), boundary, had_parts ? 1 : 2, closed);
    if (length != SIZE_MAX) p->body = span_of(closed, length);
    else if (replaced) p->body = span_of(msg->buf + start, msg->len - start);
    else return true;
    p->until = start;
    plan_add(p, msg->buf + start, msg->len - start, p->body);
    return true;
}

/* A body of another length changes the number; on a stream, where it frames the message, a missing header is added (RFC
 * 3261 18.3). */
static bool plan_length(plan *p, kl_msg *msg, kl_transport proto)
{
    if (!plan_parts(p, msg)) return false;
    const size_t start = edit_body_start(msg);
    const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_CONTENT_LENGTH);
    const bool add = build_is_stream(proto) && (!hdr || is_cut(msg, hdr)) && !appends_length(msg) && start > msg->eoh;
    if (!add && !(hdr && (p->body.s || body_changed(msg, start)))) return true;
    const size_t n = p->body.s ? p->body.n : write_body(p, start, NULL);
    if (!add && n == msg->len - start) return true;
    char *text = arena_alloc(&msg->arena, 48);
    if (!text) return false;
    char *at = add ? text_put(text, SPAN("Content-Length: ")) : text;
    at = text_put_uint(at, n);
    if (add) {
        plan_add(p, msg->buf + msg->eoh, 0, span_between(text, text_put(at, SPAN("\r\n"))));
        return true;
    }
    const kl_span old = length_digits(hdr_body(hdr));
    plan_add(p, old.s, old.n, span_between(text, at));
    return true;
}

static void plan_uri(plan *p, kl_span uri)
{
    const kl_msg *msg = p->msg;
    if (msg->is_request && uri.n > 0 && !span_eq(uri, msg->uri)) plan_add(p, msg->uri.s, msg->uri.n, uri);
}

bool build_message(kl_msg *msg, kl_buf *out)
{
    const arena_mark mark = arena_save(&msg->arena);
    plan p;
    bool done = plan_begin(&p, msg, 0) && plan_length(&p, msg, KL_PROTO_NONE);
    if (done) {
        plan_uri(&p, msg->new_uri);
        done = run(&p, out);
    }
    arena_rewind(&msg->arena, mark);
    return done;
}

kl_status kl_msg_build(kl_msg *msg, kl_span *out)
{
    if (!build_message(msg, &msg->out)) return KL_ENOMEM;
    *out = buf_span(&msg->out);
    return KL_OK;
}

/* ---- forwarding */

static const char *const via_protocols[] = {"UDP", "UDP", "TCP", "TLS", "SCTP", "WS", "WSS"};

static char *put_number(char *at, kl_span name, uint64_t n) { return text_put_uint(text_put(at, name), n); }

static char *put_hex_number(char *at, kl_span name, unsigned n) { return text_put_hex(text_put(at, name), n); }

static kl_span own_via(kl_msg *msg, const build_forward_options *options)
{
    char *text = arena_alloc(&msg->arena, options->via_host.n + options->via_port.n + options->branch.n +
                                              options->via_params.n + 96),
         *at = text;
    if (!text) return SPAN_NULL;
    at = text_put(at, SPAN("Via: SIP/2.0/"));
    at = text_put(at,
                  span_text(via_protocols[options->via_proto != KL_PROTO_NONE ? options->via_proto : options->proto]));
    at = text_put(at, SPAN(" "));
    at = text_put(at, options->via_host);
    if (options->via_port.n > 0) at = text_put(text_put(at, SPAN(":")), options->via_port);
    at = text_put(text_put(at, SPAN(";branch=")), options->branch);
    if (build_is_stream(msg->proto) && msg->conid >= 0) at = put_hex_number(at, SPAN(";i="), (unsigned)msg->conid);
    if (options->rport) at = text_put(at, SPAN(";rport"));
    if (options->server_id > 0) at = put_number(at, SPAN(";srvid="), (uint64_t)options->server_id);
    at = text_put(at, options->via_params);
    return span_between(text, text_put(at, SPAN("\r\n")));
}

/* Where the parameters begin: at the first semicolon, or where it would stand. */
static const char *params_place(const sip_via *via)
{
    if (via->params.n > 0) {
        const char *at = via->params.s;
        while (at > via->text.s && *at != ';') at--;
        return at;
    }
    const kl_span last = via->port.s ? via->port : via->host;
    const char *at = last.s + last.n;
    return at < via->text.s + via->text.n && *at == ']' ? at + 1 : at;
}

static bool plan_stamp(plan *p, kl_msg *msg)
{
    const sip_via *via = msg_via1(msg);
    build_stamp *stamp = arena_alloc(&msg->arena, sizeof *stamp);
    if (!via || !stamp) return via == NULL;
    build_stamp_of(msg, via, stamp);
    kl_span both = stamp->received;
    if (via->rport_present) {
        const kl_span piece = build_rport_piece(via);
        plan_add(p, piece.s, piece.n, span_from(stamp->rport, 1));
    } else if (stamp->rport.n > 0) {
        both = span_of(stamp->rport.s, stamp->rport.n + stamp->received.n); /* they lie side by side */
    }
    if (both.n == 0) return true;
    if (via->received.s) plan_add(p, via->received_text.s, via->received_text.n, span_from(both, 1));
    else plan_add(p, params_place(via), 0, both);
    return true;
}

static void plan_strip(plan *p, const kl_msg *msg)
{
    for (const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_VIA); hdr; hdr = msg_hdr_next(msg, hdr))
        plan_add(p, hdr_line(hdr).s, hdr_line(hdr).n, SPAN_NULL);
}

static bool plan_forward(plan *p, kl_msg *msg, const build_forward_options *options)
{
    const sip_hdr *top = msg_hdr_first(msg, SIP_HDR_VIA);
    const kl_span via = own_via(msg, options);
    if (!via.s) return false;
    plan_item(p, top ? hdr_line(top).s : msg->buf + msg->first_line.n, 0, via, KIND_ALWAYS);
    plan_uri(p, options->uri.s ? options->uri : msg->new_uri);
    if (!plan_length(p, msg, options->proto)) return false;
    if (!options->strip_vias) return plan_stamp(p, msg);
    plan_strip(p, msg);
    return true;
}

static size_t via_count(const kl_msg *msg)
{
    size_t count = 0;
    for (const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_VIA); hdr; hdr = msg_hdr_next(msg, hdr)) count++;
    return count;
}

bool build_forward(kl_msg *msg, const build_forward_options *options, kl_buf *out)
{
    msg_via1(msg); /* parsed before the mark, whatever that takes of the arena */
    const arena_mark mark = arena_save(&msg->arena);
    plan p;
    bool done = plan_begin(&p, msg, options->strip_vias ? via_count(msg) : 0);
    if (done) {
        p.socket = options->socket;
        done = plan_forward(&p, msg, options) && run(&p, out);
    }
    arena_rewind(&msg->arena, mark);
    return done;
}

/* The header line, or of a list the first value with the comma and the blanks behind it. */
static kl_span top_value(const sip_hdr *hdr, const sip_via *via)
{
    const char *at = via->text.s + via->text.n, *end = span_end(hdr_line(hdr));
    while (at < end && char_is(*at, SPAN_WS)) at++;
    if (at == end || *at != ',') return hdr_line(hdr);
    for (at++; at < end && char_is(*at, SPAN_WS);) at++;
    return at == end ? hdr_line(hdr) : span_between(via->text.s, at);
}

static void plan_status_line(plan *p, const kl_msg *msg, kl_span status_line)
{
    size_t n = msg->first_line.n;
    while (n > 0 && (msg->first_line.s[n - 1] == '\n' || msg->first_line.s[n - 1] == '\r')) n--;
    if (status_line.s) plan_add(p, msg->first_line.s, n, status_line);
}

bool build_forward_reply(kl_msg *msg, const build_back_options *options, kl_buf *out)
{
    const sip_hdr *top = msg_hdr_first(msg, SIP_HDR_VIA);
    const sip_via *via = msg_via1(msg), *next = msg_via2(msg);
    if (!top || !via) return false;
    const arena_mark mark = arena_save(&msg->arena);
    plan p;
    bool done = plan_begin(&p, msg, 0) && plan_length(&p, msg, options->proto);
    if (done) {
        const kl_span piece = top_value(top, via);
        plan_add(&p, piece.s, piece.n, SPAN_NULL);
        if (next && options->via_params.n > 0) plan_add(&p, span_end(next->text), 0, options->via_params);
        plan_status_line(&p, msg, options->status_line);
        done = run(&p, out);
    }
    arena_rewind(&msg->arena, mark);
    return done;
}
