/* What a script changes at once: Request-URI and next hop. */
#include "message.h"

static kl_msg msg;

static void with_uri(const char *uri)
{
    msg_init(&msg, 0);
    CHECK(message_read(&msg, "INVITE sip:old@example.com SIP/2.0\nVia: SIP/2.0/UDP h\nFrom: <sip:a@b>;tag=1\nTo: "
                             "<sip:a@b>\nCall-ID: c\nCSeq: 1 INVITE\n\n"));
    if (uri) CHECK(msg_set_uri(&msg, span_text(uri)));
}

typedef bool (*setter)(kl_msg *msg, kl_span text);

static void check_set(const char *uri, setter set, kl_span text, const char *expected)
{
    with_uri(uri);
    bool done = set(&msg, text);
    kl_span now = msg_current_uri(&msg);
    check_int(done, expected != NULL, uri, __FILE__, __LINE__);
    expected = expected ? expected : uri;
    check_mem(now.s, now.n, expected, strlen(expected), uri, __FILE__, __LINE__);
    msg_done(&msg);
}

static void the_user(void)
{
    check_set("sip:b", msg_set_user, SPAN("zz"), "sip:zz@b");
    check_set("sips:a:pw@b:5;y=2?h=1", msg_set_user, SPAN("zz"), "sips:zz:pw@b:5;y=2?h=1");
    check_set("sip:a:pw@b:5;y=2?h=1", msg_set_user, SPAN(""), "sip:b:5;y=2?h=1");
    check_set("sip:a@[::1]:9;p?q", msg_set_user, SPAN("x\0y"), NULL);
    check_set("sip:b;", msg_set_user, SPAN("a"), "sip:a@b;");
    check_set("sip:b:", msg_set_user, SPAN("a"), "sip:a@b:");
    check_set("tel:+123;x=1", msg_set_user, SPAN("+9"), "tel:+9;x=1");
    check_set("sip:a;x=1@b;y=2;user=phone", msg_set_user, SPAN("+9"), "sip:+9;x=1@b;y=2;user=phone");
    check_set("sip:a;x=1@b;user=phone", msg_set_user, SPAN(""), "sip:b;user=phone");
    check_set("urn:service:sos", msg_set_user, SPAN("x"), NULL);
    check_set("nonsense", msg_set_user, SPAN("x"), NULL);
    check_set("", msg_set_user, SPAN("x"), NULL);
}

static void the_host(void)
{
    check_set("sip:a@b:5;y?h", msg_set_host, SPAN("q.com"), "sip:a@q.com:5;y?h");
    check_set("sip:a@b:5", msg_set_host, SPAN("h:99"), "sip:a@h:99:5");
    check_set("sip:a@b:1;p", msg_set_host, SPAN(""), "sip:a@:1;p");
    check_set("sip:b", msg_set_host, SPAN("c\0d"), NULL);
    check_set("tel:+123;x=1", msg_set_host, SPAN("q.com"), "sip:+123;x=1@q.com;user=phone");
    check_set("tel:+123", msg_set_host, SPAN("h:99"), "sip:+123@h:99;user=phone");
    check_set("sip:+1;x=1@b;user=phone", msg_set_host, SPAN("c"), "sip:+1;x=1@c;user=phone");
    check_set("nonsense", msg_set_host, SPAN("x"), NULL);
}

static void the_port(void)
{
    check_set("sip:a@b;x?h", msg_set_port, SPAN("77"), "sip:a@b:77;x?h");
    check_set("sip:a@b:5;x", msg_set_port, SPAN("0"), "sip:a@b:0;x");
    check_set("sip:a@b:5;x?h", msg_set_port, SPAN(""), "sip:a@b;x?h");
    check_set("sip:[::1]:5", msg_set_port, SPAN("6"), "sip:[::1]:6");
    check_set("tel:+1", msg_set_port, SPAN("5"), NULL);
}

static void all_of_it_goes_unchecked(void)
{
    with_uri(NULL);
    CHECK_SPAN(msg_current_uri(&msg), "sip:old@example.com");
    CHECK_SPAN(msg_ruri(&msg)->user, "old");
    msg.ruri_is_new = false;
    CHECK(msg_set_uri(&msg, SPAN("not a uri")) && msg.ruri_is_new);
    CHECK_SPAN(msg_current_uri(&msg), "not a uri");
    CHECK(!msg_ruri(&msg) && msg_ouri(&msg));
    CHECK(msg_set_uri(&msg, SPAN("")));
    CHECK(msg.new_uri.s && msg.new_uri.n == 0);
    CHECK(msg_set_uri(&msg, SPAN("tel:+1")) && msg_ruri(&msg)->scheme == SIP_URI_TEL);
    CHECK(msg_set_uri(&msg, span_from(msg_current_uri(&msg), 4))); /* out of itself */
    CHECK_SPAN(msg_current_uri(&msg), "+1");
    CHECK_SPAN(msg.uri, "sip:old@example.com");
    msg_done(&msg);
}

static void the_result_may_have_1024_bytes(void)
{
    char user[1020];
    memset(user, 'x', sizeof user);
    with_uri("sip:a@b");
    CHECK(!msg_set_user(&msg, span_of(user, 1019)));
    CHECK_SPAN(msg_current_uri(&msg), "sip:a@b");
    CHECK(msg_set_user(&msg, span_of(user, 1018)));
    CHECK_INT(msg_current_uri(&msg).n, 1024);
    CHECK(!msg_set_host(&msg, SPAN("bb")) && !msg_set_port(&msg, SPAN("5")) && msg_set_user(&msg, SPAN("")));
    CHECK_SPAN(msg_current_uri(&msg), "sip:b");
    msg_done(&msg);
}

static void the_next_hop(void)
{
    with_uri(NULL);
    CHECK(!msg_dst(&msg) && msg.lazy.dst == SIP_LAZY_ABSENT);
    msg.ruri_is_new = false;
    CHECK(msg_set_dst(&msg, SPAN("sip:h:5;transport=tcp")) && msg.ruri_is_new);
    CHECK(msg_dst(&msg) && msg_dst(&msg)->proto == KL_PROTO_TCP);
    CHECK(msg_set_dst(&msg, SPAN("nonsense")) && !msg_dst(&msg));
    CHECK_SPAN(msg.dst_uri, "nonsense");
    CHECK(msg_set_dst(&msg, SPAN("")) && !msg.dst_uri.s && !msg_dst(&msg));
    msg_done(&msg);
}

static void setting_often_takes_no_more_memory(void)
{
    char uri[64];
    with_uri(NULL);
    CHECK(msg_set_uri(&msg, SPAN("sip:0@h")) && msg_set_dst(&msg, SPAN("sip:0")) && msg_set_port(&msg, SPAN("5")));
    size_t used = msg.arena.used;
    for (int i = 0; i < 10000; i++) {
        snprintf(uri, sizeof uri, "sip:%d@h", i);
        CHECK(msg_set_uri(&msg, span_text(uri)) && msg_set_dst(&msg, span_text(uri)) && msg_set_port(&msg, SPAN("5")));
    }
    CHECK_INT(msg.arena.used, used);
    msg_done(&msg);
}

static void a_full_message_refuses(void)
{
    msg_init(&msg, 4096);
    CHECK(message_read(&msg, "INVITE sip:old@example.com SIP/2.0\nVia: SIP/2.0/UDP h\nFrom: <sip:a@b>;tag=1\nTo: "
                             "<sip:a@b>\nCall-ID: c\nCSeq: 1 INVITE\n\n"));
    while (arena_alloc(&msg.arena, 8)) continue;
    CHECK(!msg_set_uri(&msg, SPAN("sip:x")) && !msg_set_user(&msg, SPAN("x")) && !msg_set_dst(&msg, SPAN("sip:x")));
    CHECK_SPAN(msg_current_uri(&msg), "sip:old@example.com");
    CHECK(msg_ruri(&msg) && !msg_dst(&msg));
    msg_done(&msg);
}

CHECK_MAIN(CHECK_TEST(the_user), CHECK_TEST(the_host), CHECK_TEST(the_port), CHECK_TEST(all_of_it_goes_unchecked),
           CHECK_TEST(the_result_may_have_1024_bytes), CHECK_TEST(the_next_hop),
           CHECK_TEST(setting_often_takes_no_more_memory), CHECK_TEST(a_full_message_refuses))
