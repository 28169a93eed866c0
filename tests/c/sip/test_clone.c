/* A clone is what its source was, whatever becomes of that, and can be read, built, written on and cloned as well. */
#include "message.h"

#include "sip/msg_clone.h"
#include "sip/sdp.h"

#define REQUEST                                                                                                        \
    "INVITE sip:bob:pw@example.com:5070;transport=tcp;lr SIP/2.0\n"                                                    \
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport , SIP/2.0/TCP h2;branch=z9hG4bK2;received=192.0.2.7\n"      \
    "v: SIP/2.0/UDP h3\n"                                                                                              \
    "From: \"A\" <sip:alice@example.com>;tag=1;x=y\n"                                                                  \
    "To: Bob <sip:bob@example.org>\n"                                                                                  \
    "Call-ID: abc@h\nCSeq: 7 INVITE\nX-One: 1\nX-One: 2\n folded\n"                                                    \
    "Proxy-Authorization: Digest username=\"u@d\", realm=\"r\", nonce=\"n\", uri=\"sip:a\", response=\"0\"\n"          \
    "Record-Route: <sip:p;lr>\nContact: <sip:alice@192.0.2.1>\nx-two: 3\n"                                             \
    "Content-Type: application/sdp\nContent-Length: 86\n\n"                                                            \
    "v=0\no=a 1 2 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 9 RTP/AVP 0\n"
#define REPLY                                                                                                          \
    "SIP/2.0 180 Ringing  now\nVia: SIP/2.0/UDP 192.0.2.1\nVia: SIP/2.0/UDP h2;branch=z9hG4bK2\nFrom: <sip:a@b>\n"     \
    "To: <sip:a@b>;tag=9\nCall-ID: 1\nCSeq: 1 INVITE\n\n"

typedef struct note {
    slot_note head;
    kl_span text;
    kl_span received;
} note;

static int drops;

static void *clone_note(clone_work *work, const void *opaque)
{
    const note *from = opaque;
    note *copy = clone_copy(work, from, sizeof *from);
    const kl_span text = clone_text(work, from->text), received = clone_text(work, from->received);
    if (!copy) return NULL;
    copy->text = text;
    copy->received = received;
    return copy;
}

static void drop_note(void *opaque)
{
    (void)opaque;
    drops++;
}

static const slot_kind cloned = {.number = SLOT_UAC, .size = sizeof(note), .clone = clone_note, .drop = drop_note},
                       left = {.number = SLOT_ROUTE, .size = sizeof(note)};

/* ---- a message and its control, which goes through the same */

static void change(kl_msg *msg)
{
    CHECK(msg_set_uri(msg, SPAN("sip:carol@example.net;x=1")) && msg_set_dst(msg, SPAN("sip:h:5;transport=tcp")));
    msg->path_vec = arena_copy(&msg->arena, SPAN("<sip:path;lr>"));
    msg->ruid = arena_copy(&msg->arena, SPAN("uloc-1"));
    msg->location_ua = arena_copy(&msg->arena, SPAN("Phone"));
    msg->advertised_address = arena_copy(&msg->arena, SPAN("203.0.113.9"));
    msg->flags = 5;
    msg->bflags = 6;
    msg->xflags = 7;
    msg->ruri_q = 300;
    msg->send_socket = 1;
    msg->msg_flags = SIP_MSG_FORCE_RPORT;
    const sip_branch branch = {.uri = arena_copy(&msg->arena, SPAN("sip:d@e")),
                               .dst_uri = arena_copy(&msg->arena, SPAN("sip:f")),
                               .q = 500,
                               .send_socket = 2};
    CHECK(msg_branch_append(msg, &branch) && msg_branch_append(msg, &branch));
    CHECK(edit_append(msg, SPAN("X-New: 1\r\n")) && edit_insert(msg, SPAN("X-First: 1\r\n")));
    CHECK(edit_remove(msg, msg_hdr_named(msg, SPAN("X-One"))));
    CHECK(edit_replace(msg, hdr_body(msg_hdr_named(msg, SPAN("X-Two"))), SPAN("changed")));
    edit_part *part = edit_part_new(msg, EDIT_PART_TEXT, EDIT_ALWAYS, SPAN("X-Parts: "));
    REQUIRE(part && (part->next = edit_part_new(msg, EDIT_PART_ADDRESS, EDIT_ALWAYS, SPAN_NULL)));
    part->next->next = edit_part_new(msg, EDIT_PART_TEXT, EDIT_OTHER_SOCKET, SPAN(";other\r\n"));
    CHECK(part->next->next && edit_parts_append(msg, part));
    CHECK(edit_reply(msg, SPAN("X-Reply: 1\r\n")));
    msg->reply_body = arena_copy(&msg->arena, SPAN("body"));
    msg->reply_content_type = arena_copy(&msg->arena, SPAN("text/plain"));
    note *made = slot_make(msg, &cloned);
    REQUIRE(made && slot_make(msg, &left));
    made->text = arena_copy(&msg->arena, SPAN("noted"));
    made->received = msg->method;
}

static void prepare(kl_msg *msg, const char *text, bool changed)
{
    msg_init(msg, 0);
    CHECK(message_read_from(msg, text, &(message_packet){"198.51.100.7", "192.0.2.9", 5062, 5060, KL_PROTO_TCP, 3}));
    msg->recv_socket = 1;
    if (changed) change(msg);
}

/* Nothing of it can be read any more, and its memory is another one's. */
static void destroy(kl_msg *msg)
{
    memset(msg->buf, 'X', msg->len);
    if (msg->new_uri.s) memset((char *)(uintptr_t)msg->new_uri.s, 'X', msg->new_uri.n);
    msg_done(msg);
    memset(msg, 0xa5, sizeof *msg);
}

static void same_text(kl_span a, kl_span b, const char *what)
{
    CHECK(!a.s == !b.s);
    check_mem(a.s, a.n, b.s, b.n, what, __FILE__, __LINE__);
}
#define SAME_TEXT(member) same_text(a->member, b->member, #member)
#define SAME(member)      CHECK_INT(a->member, b->member)

static void same_uri(const sip_uri *a, const sip_uri *b)
{
    REQUIRE(!a == !b);
    if (!a) return;
    SAME_TEXT(text), SAME_TEXT(user), SAME_TEXT(password), SAME_TEXT(host), SAME_TEXT(params), SAME(proto);
    SAME(port_number), SAME(lr_present);
}

static void same_address(const sip_nameaddr *a, const sip_nameaddr *b)
{
    REQUIRE(!a == !b);
    if (!a) return;
    SAME_TEXT(text), SAME_TEXT(display), SAME_TEXT(uri), SAME_TEXT(params), SAME_TEXT(tag), SAME(brackets);
}

static void same_via(const sip_via *a, const sip_via *b)
{
    REQUIRE(!a == !b);
    if (!a) return;
    SAME_TEXT(text), SAME_TEXT(version), SAME_TEXT(transport), SAME_TEXT(host), SAME_TEXT(port), SAME_TEXT(params);
    SAME_TEXT(branch), SAME_TEXT(received), SAME_TEXT(rport), SAME_TEXT(rport_text), SAME_TEXT(received_text);
    SAME_TEXT(comment), SAME(proto), SAME(port_number), SAME(rport_present);
}

static void same_headers(const kl_msg *a, const kl_msg *b)
{
    SAME(hdr_count);
    for (int i = 0; i < b->hdr_count; i++) {
        CHECK_INT(a->hdrs[i].id, b->hdrs[i].id);
        same_text(hdr_name(&a->hdrs[i]), hdr_name(&b->hdrs[i]), "name");
        same_text(hdr_body(&a->hdrs[i]), hdr_body(&b->hdrs[i]), "body");
        same_text(hdr_line(&a->hdrs[i]), hdr_line(&b->hdrs[i]), "line");
        const kl_span name = hdr_name(&b->hdrs[i]);
        CHECK_INT(msg_hdr_count_named(a, name), msg_hdr_count_named(b, name));
        const sip_hdr *one = msg_hdr_index(a, name, -1), *other = msg_hdr_index(b, name, -1);
        CHECK(!one == !other); /* none where a header ended the index */
        if (one && other) same_text(hdr_body(one), hdr_body(other), "the last one");
    }
    CHECK(!msg_hdr_named(a, SPAN("X-None")));
}

static void same_fields(const kl_msg *a, const kl_msg *b)
{
    SAME(is_request), SAME(hdrs_bad), SAME(status), SAME(len), SAME(eoh), SAME(content_length);
    same_text(span_of(a->buf, a->len), span_of(b->buf, b->len), "buf");
    SAME_TEXT(first_line), SAME_TEXT(method), SAME_TEXT(uri), SAME_TEXT(version), SAME_TEXT(status_text);
    SAME_TEXT(reason), SAME_TEXT(body), SAME_TEXT(source_host), SAME_TEXT(local_host), SAME(source_port);
    SAME(local_port), SAME(proto), SAME(conid), SAME(recv_socket), SAME(now);
    SAME_TEXT(new_uri), SAME_TEXT(dst_uri), SAME_TEXT(path_vec), SAME_TEXT(ruid), SAME_TEXT(location_ua);
    SAME(ruri_is_new), SAME(flags), SAME(bflags), SAME(xflags), SAME(ruri_q), SAME(send_socket), SAME(msg_flags);
    SAME_TEXT(advertised_address), SAME_TEXT(advertised_port), SAME_TEXT(reply_headers), SAME_TEXT(reply_body);
    SAME_TEXT(reply_content_type), SAME(branch_count);
    for (int i = 0; i < b->branch_count; i++) {
        same_text(msg_branch(a, i)->uri, msg_branch(b, i)->uri, "uri");
        same_text(msg_branch(a, i)->dst_uri, msg_branch(b, i)->dst_uri, "dst_uri");
        CHECK_INT(msg_branch(a, i)->q, msg_branch(b, i)->q);
    }
}

static void same_parts(kl_msg *a, kl_msg *b)
{
    same_uri(msg_ruri(a), msg_ruri(b));
    same_uri(msg_ouri(a), msg_ouri(b));
    same_uri(msg_dst(a), msg_dst(b));
    same_uri(msg_from_uri(a), msg_from_uri(b));
    same_uri(msg_to_uri(a), msg_to_uri(b));
    same_address(msg_from(a), msg_from(b));
    same_address(msg_to(a), msg_to(b));
    same_via(msg_via1(a), msg_via1(b));
    same_via(msg_via2(a), msg_via2(b));
    same_text(msg_cseq(a)->number, msg_cseq(b)->number, "number");
    same_text(msg_method(a), msg_method(b), "method");
    CHECK_INT(msg_method_id(a), msg_method_id(b));
    CHECK(!msg_credentials(a) == !msg_credentials(b));
    if (msg_credentials(b)) same_text(msg_credentials(a)->user, msg_credentials(b)->user, "user");
    const sip_sdp *sdp, *other;
    CHECK_INT(msg_sdp(a, &sdp), msg_sdp(b, &other));
    if (msg_sdp(b, &other) == SDP_GOOD) same_text(sdp->last->address, other->last->address, "address");
}

static void same_bytes(kl_msg *a, kl_msg *b)
{
    kl_buf one, two;
    buf_init(&one);
    buf_init(&two);
    CHECK(build_message(a, &one) && build_message(b, &two));
    same_text(buf_span(&one), buf_span(&two), "build_message");
    const build_reply_options reply = {.to_tag = SPAN("t"), .server = SPAN("Server: s")};
    CHECK_INT(build_reply(a, 183, SPAN("Progress"), &reply, &one), build_reply(b, 183, SPAN("Progress"), &reply, &two));
    same_text(buf_span(&one), buf_span(&two), "build_reply");
    const build_forward_options forward = {.via_host = SPAN("192.0.2.9"),
                                           .proto = KL_PROTO_UDP,
                                           .branch = SPAN("z9hG4bKx"),
                                           .socket = {.address = SPAN("192.0.2.9:5060")}};
    CHECK(build_forward(a, &forward, &one) && build_forward(b, &forward, &two));
    same_text(buf_span(&one), buf_span(&two), "build_forward");
    buf_free(&one);
    buf_free(&two);
}

static void same(kl_msg *a, kl_msg *b)
{
    REQUIRE(a);
    same_fields(a, b);
    same_headers(a, b);
    same_parts(a, b);
    same_bytes(a, b);
}

/* ---- tests */

static const char *const texts[] = {REQUEST, REPLY,
                                    /* a header that ends the index */
                                    "OPTIONS sip:a@b SIP/2.0\nVia: SIP/2.0/UDP h\nFrom: <sip:a@b>\nTo: "
                                    "<sip:a@b>\nCall-ID: 1\nCSeq: 1 OPTIONS\nbad\n\n"};

static void a_clone_is_what_its_source_was(void)
{
    for (size_t i = 0; i < 2 * sizeof texts / sizeof *texts; i++) {
        kl_msg source, control;
        const bool changed = i == 0 || i == 1;
        const char *text = changed ? REQUEST : texts[i / 2];
        prepare(&source, text, changed);
        prepare(&control, text, changed);
        if (i % 2) same_parts(&source, &control); /* so that there are parts that were asked for */
        kl_msg *clone = msg_clone(&source);
        destroy(&source);
        same(clone, &control);
        kl_msg_free(clone);
        msg_done(&control);
    }
}

static void a_clone_of_a_clone_is_the_same(void)
{
    kl_msg source, control;
    prepare(&source, REQUEST, true);
    prepare(&control, REQUEST, true);
    kl_msg *first = msg_clone(&source);
    REQUIRE(first);
    msg_ruri(first);
    kl_msg *second = msg_clone(first);
    msg_done(&source);
    destroy(first);
    free(first);
    same(second, &control);
    kl_msg_free(second);
    msg_done(&control);
}

/* What a failure route does. */
static void write_on(kl_msg *msg)
{
    const sip_branch more = {.uri = SPAN("sip:more"), .q = -1};
    CHECK(msg_set_uri(msg, SPAN("sip:short")) && msg_set_user(msg, SPAN("a-user-longer-than-what-was-there-before")));
    CHECK(msg_set_dst(msg, SPAN("sip:another-host-with-a-long-name.example.com:5060;transport=tls")));
    for (int i = msg->branch_count; i < SIP_MAX_BRANCHES; i++) CHECK(msg_branch_append(msg, &more));
    CHECK(!msg_branch_append(msg, &more));
    msg_branch_remove(msg, 0);
    CHECK(edit_append(msg, SPAN("X-Late: 1\r\n")) && edit_insert(msg, SPAN("X-Early: 1\r\n")));
    CHECK(edit_remove(msg, msg_hdr_first(msg, SIP_HDR_CONTACT)) && edit_reply(msg, SPAN("X-Reply: 2\r\n")));
    CHECK(edit_body(msg, SPAN("other"), SPAN("text/plain")));
    msg->flags |= 64;
}

static void a_clone_is_written_on_like_its_source(void)
{
    kl_msg source, control;
    prepare(&source, REQUEST, true);
    prepare(&control, REQUEST, true);
    kl_msg *clone = msg_clone(&source), *untouched = msg_clone(&source);
    REQUIRE(clone && untouched);
    write_on(clone);
    same(untouched, &source);
    same(&source, &control);
    write_on(&control);
    msg_done(&source);
    same(clone, &control);
    kl_msg *again = msg_clone(clone);
    kl_msg_free(clone);
    same(again, &control);
    kl_msg_free(again);
    kl_msg_free(untouched);
    msg_done(&control);
}

static void its_bytes_can_be_replaced(void)
{
    kl_msg source;
    kl_error err;
    prepare(&source, REQUEST, true);
    kl_msg *clone = msg_clone(&source);
    REQUIRE(clone);
    msg_done(&source);
    const kl_span wire = message_wire(REPLY);
    CHECK_INT(msg_replace(clone, wire, &err), KL_OK);
    free((char *)wire.s);
    CHECK(!clone->edits && clone->branch_count == 2 && clone->status == 180 && clone->flags == 5);
    CHECK(message_read(clone, REQUEST) && clone->branch_count == 0 && msg_ruri(clone));
    kl_msg_free(clone);
}

static void notes_go_along_where_their_room_says_so(void)
{
    kl_msg source;
    drops = 0;
    prepare(&source, REQUEST, true);
    kl_msg *clone = msg_clone(&source);
    REQUIRE(clone);
    destroy(&source);
    CHECK_INT(drops, 1);
    CHECK(!msg_slot(clone, SLOT_ROUTE));
    const note *made = msg_slot(clone, SLOT_UAC);
    REQUIRE(made && made->head.kind == &cloned);
    CHECK_SPAN(made->text, "noted");
    CHECK_SPAN(made->received, "INVITE");
    CHECK(made->received.s == clone->method.s);
    kl_msg_free(clone);
    CHECK_INT(drops, 2);
}

static void edits_are_found_again(void)
{
    kl_msg source, copy;
    prepare(&source, REQUEST, true);
    prepare(&copy, REQUEST, true);
    const clone_work work = {.from = &source, .to = &copy};
    sip_edit none = {.offset = 1};
    edit_part no_part = {.what = 1};
    CHECK(clone_edit(&work, source.edits) == copy.edits && clone_edit(&work, source.edits_tail) == copy.edits_tail);
    CHECK(!clone_edit(&work, &none) && !clone_edit(&work, NULL) && !clone_edit_part(&work, &no_part));
    CHECK(clone_edit_part(&work, source.edits_tail->parts->next) == copy.edits_tail->parts->next);
    msg_done(&source);
    msg_done(&copy);
}

static void a_message_that_nothing_was_received_in(void)
{
    kl_msg source;
    msg_init(&source, 0);
    kl_msg *clone = msg_clone(&source);
    REQUIRE(clone);
    CHECK(!clone->buf && clone->hdr_count == 0 && !msg_ruri(clone) && message_read(clone, REQUEST));
    kl_msg_free(clone);
    msg_done(&source);
}

/* An INVITE of 700 bytes from a phone, as it comes to a proxy. */
static void a_kept_invite_of_700_bytes_takes_at_most_2500(void)
{
    static const char invite[] =
        "INVITE sip:+441632960083@example.com SIP/2.0\n"
        "Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK-524287-1---8c6dd2a5b9fb;rport\n"
        "Max-Forwards: 70\n"
        "From: \"Alice\" <sip:alice@example.com>;tag=4d9e1f7a\n"
        "To: <sip:+441632960083@example.com>\n"
        "Call-ID: 7f8a2c1d4b6e9035@198.51.100.7\n"
        "CSeq: 102 INVITE\n"
        "Contact: <sip:alice@198.51.100.7:5060>\n"
        "User-Agent: PhoneWorks 4.2.1.10\n"
        "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY\n"
        "Supported: replaces, timer, 100rel\n"
        "Session-Expires: 1800\n"
        "Content-Type: application/sdp\n"
        "Content-Length: 168\n\n"
        "v=0\no=alice 2890844526 2890844526 IN IP4 198.51.100.7\ns=call\nc=IN IP4 198.51.100.7\nt=0 0\n"
        "m=audio 49170 RTP/AVP 0 8\na=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\n";
    kl_msg source;
    prepare(&source, invite, false);
    CHECK_INT(source.len, 700);
    CHECK_INT(source.hdr_count, 13);
    const size_t size = msg_clone_size(&source);
    if (size > 2500) CHECK_INT(size, 2500);
    const long live = mem_live();
    kl_msg *clone = msg_clone(&source);
    CHECK_INT(mem_live(), live + 1);
    REQUIRE(clone);
    CHECK_INT(clone->arena.used, 0);
    CHECK(!clone->arena.first); /* nothing was asked of it yet */
    kl_msg_free(clone);
    CHECK_INT(mem_live(), live);
    msg_done(&source);
}

static void without_memory_there_is_no_clone(void)
{
    kl_msg source;
    const long before = mem_live();
    prepare(&source, REQUEST, true);
    const long live = mem_live();
    mem_fail_after(1, 1);
    CHECK(!msg_clone(&source));
    mem_fail_after(0, 0);
    CHECK_INT(mem_live(), live);
    kl_msg *clone = msg_clone(&source);
    REQUIRE(clone);
    mem_fail_after(1, 1);
    CHECK(!msg_set_user(clone, SPAN("x")) && !edit_append(clone, SPAN("A: b\r\n")) && !msg_credentials(clone));
    mem_fail_after(0, 0);
    CHECK(msg_credentials(clone)); /* it was not that there are none */
    same(clone, &source);
    kl_msg_free(clone);
    msg_done(&source);
    CHECK_INT(mem_live(), before);
}

CHECK_MAIN(CHECK_TEST(a_clone_is_what_its_source_was), CHECK_TEST(a_clone_of_a_clone_is_the_same),
           CHECK_TEST(a_clone_is_written_on_like_its_source), CHECK_TEST(its_bytes_can_be_replaced),
           CHECK_TEST(notes_go_along_where_their_room_says_so), CHECK_TEST(edits_are_found_again),
           CHECK_TEST(a_message_that_nothing_was_received_in),
           CHECK_TEST(a_kept_invite_of_700_bytes_takes_at_most_2500), CHECK_TEST(without_memory_there_is_no_clone))
