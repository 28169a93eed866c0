#include "edit.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "build.h"

static bool offset_of(const kl_msg *msg, kl_span piece, size_t *out)
{
    if (!piece.s || piece.s < msg->buf || piece.s + piece.n > msg->buf + msg->len) return false;
    *out = (size_t)(piece.s - msg->buf);
    return true;
}

static void link_edit(kl_msg *msg, sip_edit *edit)
{
    sip_edit **place = &msg->edits;
    if (msg->edits_tail && msg->edits_tail->offset <= edit->offset) place = &msg->edits_tail->next;
    else if (msg->edits_near && msg->edits_near->offset <= edit->offset) place = &msg->edits_near->next;
    for (; *place && (*place)->offset <= edit->offset; place = &(*place)->next) msg_pay(msg, 1);
    edit->next = *place;
    *place = edit;
    if (!edit->next) msg->edits_tail = edit;
    msg->edits_near = edit;
}

static sip_edit *new_edit(kl_msg *msg, size_t offset, size_t cut, uint8_t kind)
{
    sip_edit *edit = arena_alloc(&msg->arena, sizeof *edit);
    if (edit) *edit = (sip_edit){.offset = (uint32_t)offset, .cut = (uint32_t)cut, .kind = kind};
    return edit;
}

static bool add(kl_msg *msg, size_t offset, size_t cut, kl_span text, uint8_t kind)
{
    sip_edit *edit = new_edit(msg, offset, cut, kind);
    if (!edit) return false;
    if (text.n > 0) {
        edit->text = arena_copy(&msg->arena, text);
        if (!edit->text.s) return false;
    }
    link_edit(msg, edit);
    return true;
}

static sip_edit *same_cut(kl_msg *msg, size_t offset, size_t cut)
{
    sip_edit *edit = msg->edits_near && msg->edits_near->offset < offset ? msg->edits_near : msg->edits;
    if (msg->edits_tail && msg->edits_tail->offset < offset) return NULL;
    for (; edit && (edit->offset < offset || (edit->offset == offset && edit->cut != cut)); edit = edit->next) {
        msg_pay(msg, 1);
        msg->edits_near = edit;
    }
    return edit && edit->offset == offset ? edit : NULL;
}

bool edit_append(kl_msg *msg, kl_span text) { return add(msg, msg->eoh, 0, text, EDIT_KIND_TEXT); }

bool edit_insert(kl_msg *msg, kl_span text)
{
    return msg->hdr_count > 0 ? edit_before(msg, &msg->hdrs[0], text) : edit_append(msg, text);
}

bool edit_before(kl_msg *msg, const sip_hdr *hdr, kl_span text)
{
    size_t offset;
    return offset_of(msg, hdr_line(hdr), &offset) && add(msg, offset, 0, text, EDIT_KIND_TEXT);
}

bool edit_after(kl_msg *msg, const sip_hdr *hdr, kl_span text)
{
    size_t offset;
    return offset_of(msg, hdr_line(hdr), &offset) && add(msg, offset + hdr_line(hdr).n, 0, text, EDIT_KIND_TEXT);
}

bool edit_remove(kl_msg *msg, const sip_hdr *hdr) { return edit_cut(msg, hdr_line(hdr)); }

bool edit_cut(kl_msg *msg, kl_span piece)
{
    size_t offset;
    if (!offset_of(msg, piece, &offset)) return false;
    return piece.n == 0 || same_cut(msg, offset, piece.n) || add(msg, offset, piece.n, SPAN_NULL, EDIT_KIND_TEXT);
}

bool edit_replace(kl_msg *msg, kl_span piece, kl_span text)
{
    size_t offset;
    if (!offset_of(msg, piece, &offset)) return false;
    sip_edit *same = piece.n > 0 ? same_cut(msg, offset, piece.n) : NULL;
    if (!same) return add(msg, offset, piece.n, text, EDIT_KIND_TEXT);
    kl_span copy = arena_copy(&msg->arena, text);
    if (!copy.s) return false;
    same->text = copy;
    return true;
}

bool edit_swap(kl_msg *msg, kl_span piece, kl_span text, uint8_t kind)
{
    size_t offset;
    if (!offset_of(msg, piece, &offset)) return false;
    return add(msg, offset, piece.n > 0 && same_cut(msg, offset, piece.n) ? 0 : piece.n, text, kind);
}

size_t edit_body_start(const kl_msg *msg)
{
    size_t at = msg->eoh;
    if (at < msg->len && msg->buf[at] == '\r') at++;
    if (at < msg->len && msg->buf[at] == '\n') at++;
    return at;
}

/* Those inside start...end, and with `bodies` those that a new body made. */
static void unlink_edits(kl_msg *msg, size_t start, size_t end, bool bodies)
{
    sip_edit **place = &msg->edits;
    msg->edits_tail = msg->edits_near = NULL;
    while (*place) {
        msg_pay(msg, 1);
        const sip_edit *edit = *place;
        const bool inside = edit->offset >= start && edit->offset < end && (size_t)edit->offset + edit->cut <= end;
        if (inside || (bodies && edit->kind == EDIT_KIND_BODY)) {
            *place = edit->next;
            continue;
        }
        msg->edits_tail = *place;
        place = &(*place)->next;
    }
}

bool edit_is_replaced(kl_msg *msg, kl_span piece)
{
    size_t offset;
    return offset_of(msg, piece, &offset) && same_cut(msg, offset, piece.n);
}

void edit_forget(kl_msg *msg, kl_span piece)
{
    size_t offset;
    if (msg->edits && offset_of(msg, piece, &offset)) unlink_edits(msg, offset, offset + piece.n, false);
}

static bool append_line(kl_msg *msg, kl_span name, kl_span value)
{
    char *line = arena_alloc(&msg->arena, name.n + value.n + 2);
    if (!line) return false;
    memcpy(line, name.s, name.n);
    memcpy(line + name.n, value.s, value.n);
    memcpy(line + name.n + value.n, "\r\n", 2);
    return add(msg, msg->eoh, 0, span_of(line, name.n + value.n + 2), EDIT_KIND_BODY);
}

static bool replace_content_type(kl_msg *msg, kl_span content_type)
{
    for (const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_CONTENT_TYPE); hdr; hdr = msg_hdr_next(msg, hdr))
        if (!add(msg, (size_t)(hdr_line(hdr).s - msg->buf), hdr_line(hdr).n, SPAN_NULL, EDIT_KIND_BODY)) return false;
    return append_line(msg, SPAN("Content-Type: "), content_type);
}

bool edit_body(kl_msg *msg, kl_span body, kl_span content_type)
{
    const size_t start = edit_body_start(msg);
    char digits[20];
    if (start == msg->eoh) return false;      /* no empty line: there is no place for a body */
    unlink_edits(msg, start, SIZE_MAX, true); /* what was done to the old body is gone with it */
    if (content_type.s && !replace_content_type(msg, content_type)) return false;
    if (!msg_hdr_first(msg, SIP_HDR_CONTENT_LENGTH) &&
        !append_line(msg, SPAN("Content-Length: "), text_decimal(digits, body.n)))
        return false;
    return add(msg, start, msg->len - start, body, EDIT_KIND_BODY);
}

enum { REPLY_ROOM = 128 }; /* for a few headers, as scripts append them one by one */

bool edit_reply(kl_msg *msg, kl_span text)
{
    const kl_span before = msg->reply_headers;
    const size_t n = before.n + text.n;
    char *all = (char *)(uintptr_t)before.s; /* memory of this message */
    if (!all || n > msg->reply_headers_room) {
        const size_t room = mem_room(n < REPLY_ROOM ? REPLY_ROOM : n);
        all = arena_alloc(&msg->arena, room);
        if (!all) return false;
        if (before.s) memcpy(all, before.s, before.n);
        msg->reply_headers_room = room;
    }
    if (text.n > 0) memcpy(all + before.n, text.s, text.n);
    msg->reply_headers = span_of(all, n);
    return true;
}

/* ---- texts in parts */

edit_part *edit_part_new(kl_msg *msg, uint8_t what, uint8_t when, kl_span text)
{
    edit_part *part = arena_alloc(&msg->arena, sizeof *part);
    const kl_span copy = part && text.n > 0 ? arena_copy(&msg->arena, text) : SPAN_NULL;
    if (!part || (text.n > 0 && !copy.s)) return NULL;
    *part = (edit_part){.text = copy, .what = what, .when = when};
    return part;
}

void edit_parts_put(edit_parts *parts, uint8_t what, uint8_t when, kl_span text)
{
    edit_part *part = parts->failed ? NULL : edit_part_new(parts->msg, what, when, text);
    if (!part) {
        parts->failed = true;
        return;
    }
    if (parts->last) parts->last->next = part;
    else parts->first = part;
    parts->last = part;
}

void edit_parts_text(edit_parts *parts, kl_span text)
{
    if (text.n > 0) edit_parts_put(parts, EDIT_PART_TEXT, EDIT_ALWAYS, text);
}

static sip_edit *add_parts(kl_msg *msg, size_t offset, edit_part *parts, uint8_t when)
{
    sip_edit *edit = new_edit(msg, offset, 0, EDIT_KIND_TEXT);
    if (!edit) return NULL;
    edit->parts = parts;
    edit->when = when;
    link_edit(msg, edit);
    return edit;
}

sip_edit *edit_parts_before(kl_msg *msg, const sip_hdr *hdr, edit_part *parts, uint8_t when)
{
    size_t offset = msg->eoh;
    if (!hdr && msg->hdr_count > 0) hdr = &msg->hdrs[0];
    return hdr && !offset_of(msg, hdr_line(hdr), &offset) ? NULL : add_parts(msg, offset, parts, when);
}

sip_edit *edit_parts_append(kl_msg *msg, edit_part *parts) { return add_parts(msg, msg->eoh, parts, EDIT_ALWAYS); }

void edit_drop_all(kl_msg *msg) { msg->edits = msg->edits_tail = msg->edits_near = NULL; }

/* ---- what crosses to Python */

static const sip_hdr *by_name(const kl_msg *msg, kl_span name)
{
    return span_empty(name) ? NULL : msg_hdr_named(msg, name);
}

static bool remove_named(kl_msg *msg, kl_span name, int index)
{
    if (index >= 0) {
        const sip_hdr *hdr = msg_hdr_index(msg, name, index);
        return !hdr || edit_remove(msg, hdr);
    }
    for (const sip_hdr *hdr = by_name(msg, name); hdr; hdr = msg_hdr_next(msg, hdr))
        if (!edit_remove(msg, hdr)) return false;
    return true;
}

static bool place_named(kl_msg *msg, kl_edit what, kl_span text, kl_span name)
{
    const sip_hdr *hdr = by_name(msg, name);
    if (what == KL_EDIT_APPEND_AFTER) return hdr ? edit_after(msg, hdr, text) : edit_append(msg, text);
    return hdr ? edit_before(msg, hdr, text) : edit_insert(msg, text);
}

kl_status kl_msg_edit(kl_msg *msg, kl_edit what, kl_span a, kl_span b, int index)
{
    bool done = false;
    const bool line = what == KL_EDIT_URI || what == KL_EDIT_DESTINATION_URI;
    if (!build_is_line(line ? a : what == KL_EDIT_BODY ? b : SPAN_NULL)) return KL_EARG;
    switch (what) {
    case KL_EDIT_APPEND: done = edit_append(msg, a); break;
    case KL_EDIT_INSERT: done = edit_insert(msg, a); break;
    case KL_EDIT_APPEND_AFTER:
    case KL_EDIT_INSERT_BEFORE: done = place_named(msg, what, a, b); break;
    case KL_EDIT_REMOVE: done = remove_named(msg, b, index); break;
    case KL_EDIT_BODY: done = edit_body(msg, a, b); break;
    case KL_EDIT_URI:
        if (!msg->is_request) return KL_EARG;
        done = msg_set_uri(msg, a);
        break;
    case KL_EDIT_DESTINATION_URI: done = msg_set_dst(msg, a); break;
    case KL_EDIT_REPLY: done = edit_reply(msg, a); break;
    default: return KL_EARG;
    }
    return done ? KL_OK : KL_ENOMEM;
}
