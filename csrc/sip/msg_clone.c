/* msg_clone.c: the same walk counts first and copies then, so that one allocation fits. */
#include "msg_clone.h"

#include "base/text.h"

#define FIRST_BLOCK 512 /* bytes of memory for what is written on a clone: seldom much */

void *clone_room(clone_work *work, size_t n)
{
    work->n = (work->n + 7) & ~(size_t)7;
    char *room = work->memory ? work->memory + work->n : NULL;
    work->n += n;
    return room;
}

void *clone_copy(clone_work *work, const void *part, size_t n)
{
    void *room = part ? clone_room(work, n) : NULL;
    return room ? memcpy(room, part, n) : NULL;
}

static bool is_received(const kl_msg *msg, const char *s)
{
    return msg->buf && (uintptr_t)s - (uintptr_t)msg->buf <= msg->len;
}

/* From the source's bytes into the clone's. */
static const char *moved(const clone_work *work, const char *s)
{
    return work->memory ? work->to->buf + (s - work->from->buf) : s;
}

static char *text_room(clone_work *work, size_t n)
{
    char *room = work->memory ? work->memory + work->n : NULL;
    work->n += n;
    return room;
}

static char *copy_bytes(clone_work *work, const char *s, size_t n)
{
    char *copy = text_room(work, n + 1);
    if (copy) *text_put(copy, span_of(s, n)) = '\0';
    return copy;
}

kl_span clone_text(clone_work *work, kl_span text)
{
    if (!text.s) return text;
    if (is_received(work->from, text.s)) return span_of(moved(work, text.s), text.n);
    return span_of(copy_bytes(work, text.s, text.n), text.n);
}

/* ---- as received */

static void clone_headers(clone_work *work)
{
    const kl_msg *from = work->from;
    sip_hdr *hdrs = clone_copy(work, from->hdrs, from->hdr_count * sizeof *hdrs);
    for (size_t i = 0; hdrs && i < from->hdr_count; i++) hdrs[i].start = moved(work, hdrs[i].start);
    work->to->hdrs = hdrs;
    work->to->hdr_cap = from->hdr_count;
}

/* A part that begins with so many spans. */
#define PART(work, part, rest)                                                                                         \
    clone_part(work, part, sizeof *(part), offsetof(__typeof__(*(part)), rest) / sizeof(kl_span))

static void *clone_part(clone_work *work, const void *part, size_t size, size_t spans)
{
    kl_span *copy = clone_copy(work, part, size);
    for (size_t i = 0; part && i < spans; i++) {
        const kl_span text = clone_text(work, ((const kl_span *)part)[i]);
        if (copy) copy[i] = text;
    }
    return copy;
}

static void clone_parts(clone_work *work)
{
    const kl_msg *from = work->from;
    kl_msg *to = work->to;
    to->via1 = PART(work, from->via1, proto);
    to->via2 = PART(work, from->via2, proto);
    to->from = PART(work, from->from, brackets);
    to->to = PART(work, from->to, brackets);
    to->cseq = PART(work, from->cseq, value);
    to->p_ruri = to->p_ouri = to->p_from_uri = to->p_to_uri = to->p_dst = NULL;
    to->p_authorization = NULL;
    to->sdp = NULL;
    memset(&to->lazy, 0, sizeof to->lazy);
}

/* ---- what the script changed */

static void clone_branches(clone_work *work)
{
    const kl_msg *from = work->from;
    sip_branch *copies = clone_copy(work, from->branches, from->branch_count * sizeof *copies);
    for (int i = 0; i < from->branch_count; i++) {
        sip_branch branch = *msg_branch(from, i);
        kl_span *const texts[] = {&branch.uri,  &branch.dst_uri,    &branch.path,
                                  &branch.ruid, &branch.user_agent, &branch.instance};
        for (size_t at = 0; at < sizeof texts / sizeof *texts; at++) *texts[at] = clone_text(work, *texts[at]);
        if (copies) copies[i] = branch;
    }
    work->to->branches = copies;
    work->to->branch_cap = from->branch_count;
}

static edit_part *clone_part_list(clone_work *work, const edit_part *part)
{
    edit_part *first = NULL, **last = &first;
    for (; part; part = part->next) {
        edit_part *copy = clone_copy(work, part, sizeof *part);
        const kl_span text = clone_text(work, part->text);
        if (!copy) continue;
        copy->text = text;
        *last = copy;
        last = &copy->next;
    }
    return first;
}

static void clone_edits(clone_work *work)
{
    kl_msg *to = work->to;
    sip_edit **last = &to->edits;
    to->edits = to->edits_tail = to->edits_near = NULL;
    for (const sip_edit *edit = work->from->edits; edit; edit = edit->next) {
        sip_edit *copy = clone_copy(work, edit, sizeof *edit);
        const kl_span text = clone_text(work, edit->text);
        edit_part *parts = clone_part_list(work, edit->parts);
        if (!copy) continue;
        copy->text = text;
        copy->parts = parts;
        *last = to->edits_tail = copy;
        last = &copy->next;
        if (edit == work->from->edits_near) to->edits_near = copy;
    }
}

static void clone_texts(clone_work *work)
{
    kl_msg *to = work->to;
    kl_span *const texts[] = {&to->first_line,
                              &to->method,
                              &to->uri,
                              &to->version,
                              &to->status_text,
                              &to->reason,
                              &to->body,
                              &to->source_host,
                              &to->local_host,
                              &to->new_uri,
                              &to->dst_uri,
                              &to->path_vec,
                              &to->ruid,
                              &to->location_ua,
                              &to->instance,
                              &to->reply_headers,
                              &to->reply_body,
                              &to->reply_content_type,
                              &to->advertised_port,
                              &to->advertised_address};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) *texts[i] = clone_text(work, *texts[i]);
    /* what is written again has as much room as it needs now */
    if (to->new_uri_room > 0) to->new_uri_room = (uint32_t)to->new_uri.n;
    if (to->dst_uri_room > 0) to->dst_uri_room = (uint32_t)to->dst_uri.n;
    if (to->reply_headers_room > 0) to->reply_headers_room = to->reply_headers.n;
}

static void clone_notes(clone_work *work)
{
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        const slot_note *note = work->from->slots[i];
        work->to->slots[i] = note && note->kind->clone ? note->kind->clone(work, note) : NULL;
    }
}

sip_edit *clone_edit(const clone_work *work, const sip_edit *edit)
{
    sip_edit *copy = work->to->edits;
    for (const sip_edit *at = work->from->edits; at && copy; at = at->next, copy = copy->next)
        if (at == edit) return copy;
    return NULL;
}

edit_part *clone_edit_part(const clone_work *work, const edit_part *part)
{
    const sip_edit *copy = work->to->edits;
    for (const sip_edit *at = work->from->edits; at && copy; at = at->next, copy = copy->next) {
        edit_part *part_copy = copy->parts;
        for (const edit_part *one = at->parts; one && part_copy; one = one->next, part_copy = part_copy->next)
            if (one == part) return part_copy;
    }
    return NULL;
}

/* ---- all of it */

/* to: begins as a copy of the struct. */
static void walk(clone_work *work)
{
    const kl_msg *from = work->from;
    kl_msg *to = work->to;
    *to = *from;
    arena_init_small(&to->arena, from->arena.limit, FIRST_BLOCK);
    to->arena.region = work->region;
    buf_init(&to->out);
    to->fresh = false;
    to->work = NULL;
    to->secret = NULL;
    to->buf = from->buf ? copy_bytes(work, from->buf, from->len) : NULL;
    clone_headers(work);
    clone_parts(work);
    clone_branches(work);
    clone_edits(work);
    clone_texts(work);
    clone_notes(work);
}

size_t msg_clone_size(const kl_msg *msg)
{
    kl_msg counted;
    clone_work work = {.from = msg, .to = &counted, .n = sizeof counted};
    walk(&work);
    return work.n;
}

kl_msg *msg_clone_in(kl_region *region, const kl_msg *msg)
{
    const size_t size = msg_clone_size(msg);
    clone_work work = {.from = msg, .memory = region_take(region, size), .region = region, .n = sizeof *msg};
    work.to = (kl_msg *)(void *)work.memory;
    if (!work.to) return NULL;
    walk(&work);
    work.to->clone_size = (uint32_t)size;
    return work.to;
}

kl_msg *msg_clone(const kl_msg *msg) { return msg_clone_in(NULL, msg); }
