/* Setting: what changes at once, what waits as an edit, what is refused and what is passed over. */
#include "sip/build.h"

#include "fixture.h"

static void request_uri(void)
{
    fixture *f = fixture_new(INVITE);
    CHECK(fixture_sets(f, "$ru", "sip:new@host"));
    CHECK_STR(fixture_read(f, "$ru"), "sip:new@host");
    CHECK_STR(fixture_read(f, "$rU"), "new");
    CHECK_STR(fixture_read(f, "$ou"), "sip:bob:pw@example.com:5070;transport=tcp;x=y?a=b");
    CHECK(fixture_sets(f, "$rU", "carol"));
    CHECK(fixture_sets(f, "$rd", "d.example"));
    CHECK(fixture_seti(f, "$rp", 5099));
    CHECK_STR(fixture_read(f, "$ru"), "sip:carol@d.example:5099");
    CHECK(fixture_sets(f, "$rp", "5098"));
    CHECK(fixture_unset(f, "$rU"));
    CHECK_STR(fixture_read(f, "$ru"), "sip:d.example:5098");
    CHECK(fixture_unset(f, "$rp"));
    CHECK_STR(fixture_read(f, "$ru"), "sip:d.example");
    CHECK(!fixture_unset(f, "$ru"));
    CHECK(!fixture_seti(f, "$ru", 1));
    CHECK(!fixture_unset(f, "$rd"));
    CHECK(!fixture_seti(f, "$rd", 1));
    CHECK(!fixture_seti(f, "$rU", 1));
    CHECK_STR(fixture_read(f, "$ru"), "sip:d.example");
    fixture_free(f);
}

static void texts_hold_no_line_end_and_no_nul(void)
{
    fixture *f = fixture_new(INVITE);
    const pv_spec *ru = pv_lookup(&f->ctx, SPAN("$ru"));
    pv_value v;
    const kl_span refused[] = {{"sip:a@b\0@c", 10},
                               {"sip:a@b\r\nX: 1", 13},
                               {"sip:a@b\n", 8},
                               {"\rsip:a@b", 8},
                               {"sip:abcdefghijklmnopqrst@h\0", 27}};
    CHECK(fixture_sets(f, "$ru", "sip:x@y"));
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        pv_str(&v, refused[i]);
        CHECK(!pv_set(&f->ctx, ru, &v));
    }
    CHECK_STR(fixture_read(f, "$ru"), "sip:x@y");
    fixture_free(f);
}

static void next_hop(void)
{
    fixture *f = fixture_new(INVITE);
    f->msg->ruri_is_new = false;
    CHECK(fixture_sets(f, "$du", "sip:10.0.0.9:5080;transport=tcp"));
    CHECK(f->msg->ruri_is_new);
    READINGS(f, {"$du", "sip:10.0.0.9:5080;transport=tcp"}, {"$dd", "10.0.0.9"}, {"$dp", "5080 with int 5080"},
             {"$dP", "tcp with int 2"}, {"$nh(i)", "int 4"});
    CHECK(!fixture_seti(f, "$du", 1));
    CHECK(fixture_sets(f, "$du", ""));
    CHECK_STR(fixture_read(f, "$du"), "null");
    CHECK(fixture_sets(f, "$du", "sip:x"));
    CHECK(fixture_unset(f, "$du"));
    CHECK_STR(fixture_read(f, "$du"), "null");
    fixture_free(f);
}

/* From and To as they would be sent; the variables keep reading what was received. */
static void check_line(fixture *f, const char *name, const char *expected, const char *file, int line)
{
    kl_buf out;
    buf_init(&out);
    build_message(f->msg, &out);
    char *text = calloc(1, out.n + 1), *at;
    memcpy(text, out.s, out.n);
    at = strstr(text, name);
    if (at != NULL) at[strcspn(at, "\r")] = 0;
    check_str(at, expected, name, file, line);
    free(text);
    buf_free(&out);
}
#define CHECK_LINE(f, name, expected) check_line(f, name, expected, __FILE__, __LINE__)

static const char FORMS[] = "INVITE sip:a@b SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\nFrom: %s\nTo: %s\nCall-ID: "
                            "c\nCSeq: 1 INVITE\nContent-Length: 0\n\n";

typedef struct edit_case {
    const char *header;       /* From as received; To is the same */
    const char *name, *value; /* value NULL: unset */
    const char *sent;
} edit_case;

static const edit_case edits[] = {
    {"\"A\" <sip:u@h>;tag=1", "fu", "sip:x@y;p=q", "\"A\" <sip:x@y;p=q>;tag=1"},
    {"sip:u@h;tag=1", "fu", "sip:x@y", "sip:x@y;tag=1"},
    {"sip:u@h;tag=1", "fu", "sip:x@y;p=q", "<sip:x@y;p=q>;tag=1"},
    {"<sip:u@h>;tag=1", "fu", NULL, "<sip:u@h>;tag=1"},
    {"<sip:u@h>;tag=1", "fU", "zed", "<sip:zed@h>;tag=1"},
    {"<sip:u:pw@h>;tag=1", "fU", "zed", "<sip:zed:pw@h>;tag=1"},
    {"<sip:u:pw@h>;tag=1", "fU", NULL, "<sip:h>;tag=1"},
    {"<sip:u@h>;tag=1", "fU", NULL, "<sip:h>;tag=1"},
    {"<sip:u@h>;tag=1", "fU", "", "<sip:@h>;tag=1"},
    {"<sip:h>;tag=1", "fU", "zed", "<sip:zed@h>;tag=1"},
    {"<sip:h>;tag=1", "fU", NULL, "<sip:h>;tag=1"},
    {"<tel:+1;x=y>;tag=1", "fU", "2", "<tel:2;x=y>;tag=1"},
    {"<sip:u@h:5>;tag=1", "fd", "d.example", "<sip:u@d.example:5>;tag=1"},
    {"<sip:u@h:5>;tag=1", "fd", NULL, "<sip:u@h:5>;tag=1"},
    {"<tel:+1>;tag=1", "fd", "d", "<tel:+1>;tag=1"},
    {"\"A\"  <sip:u@h>;tag=1", "fn", "\"B\"", "\"B\"  <sip:u@h>;tag=1"},
    {"\"A\"  <sip:u@h>;tag=1", "fn", NULL, " <sip:u@h>;tag=1"},
    {"A B <sip:u@h>;tag=1", "fn", NULL, "<sip:u@h>;tag=1"},
    {"\"A\"<sip:u@h>;tag=1", "fn", NULL, "<sip:u@h>;tag=1"},
    {"<sip:u@h>;tag=1", "fn", "\"B\"", "\"B\" <sip:u@h>;tag=1"},
    {"sip:u@h;tag=1", "fn", "\"B\"", "\"B\" <sip:u@h>;tag=1"},
    {"sip:u@h;tag=1", "fn", NULL, "sip:u@h;tag=1"},
};

static void from_and_to(void)
{
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        const edit_case *c = &edits[i];
        for (int to = 0; to < 2; to++) {
            char text[512], name[8], line[128], before[128];
            snprintf(text, sizeof text, FORMS, to ? "<sip:other@h>" : c->header, to ? c->header : "<sip:other@h>");
            snprintf(name, sizeof name, "$%c%s", to ? 't' : 'f', c->name + 1);
            snprintf(line, sizeof line, "%s: %s", to ? "To" : "From", c->sent);
            fixture *f = fixture_new(text);
            snprintf(before, sizeof before, "%s", fixture_read(f, name));
            CHECK(c->value ? fixture_sets(f, name, c->value) : fixture_unset(f, name));
            CHECK_STR(fixture_read(f, name), before);
            CHECK_LINE(f, to ? "To:" : "From:", line);
            fixture_free(f);
        }
    }
}

static void parts_set_one_after_the_other(void)
{
    fixture *f = fixture_new(INVITE);
    CHECK(fixture_sets(f, "$fU", "u"));
    CHECK(fixture_sets(f, "$fd", "d"));
    CHECK(fixture_sets(f, "$fn", "\"n\""));
    CHECK_LINE(f, "From:", "From: \"n\" <sip:u@d:5080>;tag=1928");
    CHECK(fixture_sets(f, "$tUl", "w"));
    CHECK_LINE(f, "To:", "To: \"Bob B.\"  <sip:w@example.com;x=1>");
    CHECK(fixture_sets(f, "$fU", "again"));
    CHECK_LINE(f, "From:", "From: \"n\" <sip:again@d:5080>;tag=1928");
    CHECK(fixture_sets(f, "$fu", "sip:whole@uri"));
    CHECK_LINE(f, "From:", "From: \"n\" <sip:whole@uri>;tag=1928");
    CHECK(!fixture_seti(f, "$tUl", 1));
    CHECK(!fixture_seti(f, "$fu", 1));
    CHECK(!fixture_seti(f, "$fn", 1));
    fixture_free(f);
    f = fixture_new("INVITE sip:a@b SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\nFrom: nonsense\nTo: "
                    "<sip:t@h>\nCall-ID: c\nCSeq: 1 INVITE\nContent-Length: 0\n\n");
    CHECK(!fixture_sets(f, "$fu", "sip:x@y"));
    CHECK(!fixture_unset(f, "$fn"));
    CHECK_STR(fixture_read(f, "$fU"), "null");
    fixture_free(f);
}

static void flags(void)
{
    fixture *f = fixture_new(INVITE);
    static const char *const names[][3] = {
        {"$mf", "$mF", "$Mf(3)"}, {"$sf", "$sF", "$Sf(3)"}, {"$bf", "$bF", "$Bf(3)"}};
    for (size_t i = 0; i < 3; i++) {
        const char *decimal = names[i][0], *hex = names[i][1], *bit = names[i][2];
        CHECK_STR(fixture_read(f, decimal), "int 0");
        CHECK_STR(fixture_read(f, hex), "00000000 with int 0");
        CHECK(fixture_seti(f, decimal, 0x80000008));
        CHECK_STR(fixture_read(f, decimal), "int 2147483656");
        CHECK_STR(fixture_read(f, hex), "80000008 with int 2147483656");
        CHECK_STR(fixture_read(f, bit), "int 1");
        CHECK(fixture_seti(f, bit, 0));
        CHECK_STR(fixture_read(f, hex), "80000000 with int 2147483648");
        CHECK(fixture_seti(f, bit, -1));
        CHECK_STR(fixture_read(f, bit), "int 1");
        CHECK(!fixture_sets(f, decimal, "5"));
        CHECK(!fixture_sets(f, hex, "5"));
        CHECK(!fixture_sets(f, bit, "1"));
        CHECK(fixture_unset(f, bit)); /* clears them all */
        CHECK_STR(fixture_read(f, decimal), "int 0");
        CHECK(fixture_seti(f, hex, -1));
        CHECK_STR(fixture_read(f, hex), "ffffffff with int 4294967295");
        CHECK(fixture_unset(f, decimal));
        CHECK_STR(fixture_read(f, decimal), "int 0");
    }
    fixture_free(f);
}

static void branches(void)
{
    fixture *f = fixture_new(INVITE);
    f->server.max_branches = 4;
    CHECK_STR(fixture_read(f, "$branch(count)"), "null");
    CHECK(!fixture_sets(f, "$br", ""));
    CHECK(!fixture_unset(f, "$br"));
    CHECK(!fixture_seti(f, "$br", 1));
    CHECK(!fixture_sets(f, "$branch(uri)", "sip:x"));
    CHECK(fixture_sets(f, "$br", "sip:b1@h"));
    CHECK(fixture_sets(f, "$br", "sip:b2@h"));
    CHECK(fixture_sets(f, "$br", "sip:b3@h"));
    CHECK(!fixture_sets(f, "$br", "sip:b4@h"));
    READINGS(f, {"$br", "sip:b1@h"}, {"$bR", "sip:b1@h, sip:b2@h, sip:b3@h"}, {"$branch(count)", "int 3"},
             {"$(branch(uri)[1])", "sip:b2@h"}, {"$(branch(uri)[-1])", "sip:b3@h"}, {"$(branch(uri)[*])", "sip:b1@h"},
             {"$(branch(uri)[3])", "null"}, {"$(branch(count)[9])", "null"},
             {"$ds", "Contact: <sip:b1@h>, <sip:b2@h>, <sip:b3@h>"});
    CHECK(fixture_seti(f, "$(branch(q)[1])", 300));
    CHECK(fixture_seti(f, "$(branch(q)[2])", 1000));
    CHECK(!fixture_sets(f, "$(branch(q)[1])", "300"));
    CHECK(fixture_sets(f, "$ru", "sip:n@h"));
    READINGS(f, {"$bR", "sip:b1@h, <sip:b2@h>;q=0.3, <sip:b3@h>;q=1"}, {"$(branch(q)[1])", "int 300"},
             {"$(branch(q)[0])", "null"}, {"$ds", "Contact: <sip:n@h>, <sip:b1@h>, <sip:b2@h>;q=0.3, <sip:b3@h>;q=1"});
    CHECK(fixture_unset(f, "$(branch(uri)[1])"));
    CHECK(fixture_unset(f, "$(branch(q)[1])"));
    CHECK_STR(fixture_read(f, "$bR"), "sip:b1@h, sip:b3@h");
    fixture_free(f);
}

static void replies_have_no_request_uri_but_a_set(void)
{
    fixture *f = fixture_new(REPLY);
    CHECK(fixture_sets(f, "$br", "sip:b@h"));
    READINGS(f, {"$br", "null"}, {"$bR", "null"}, {"$branch(uri)", "sip:b@h"}, {"$ds", "Contact: <sip:b@h>"});
    fixture_free(f);
}

static void branch_attributes(void)
{
    fixture *f = fixture_new(INVITE);
    CHECK(fixture_sets(f, "$br", "sip:b1@h"));
    CHECK(fixture_sets(f, "$branch(dst_uri)", "sip:d"));
    CHECK(fixture_sets(f, "$branch(path)", "<sip:p>"));
    CHECK(fixture_sets(f, "$branch(send_socket)", "udp:192.0.2.1:5062"));
    CHECK(fixture_seti(f, "$branch(flags)", 5));
    CHECK(fixture_seti(f, "$branch(otcpid)", 4));
    CHECK(fixture_sets(f, "$branch(ruid)", "ignored"));
    CHECK(fixture_seti(f, "$branch(count)", 9));
    READINGS(f, {"$branch(dst_uri)", "sip:d"}, {"$branch(path)", "<sip:p>"},
             {"$branch(send_socket)", "udp:192.0.2.1:5062"}, {"$branch(flags)", "int 5"}, {"$branch(otcpid)", "int 4"},
             {"$branch(ruid)", "null"}, {"$branch(location_ua)", "null"}, {"$branch(instance)", "null"},
             {"$branch(count)", "int 1"});
    CHECK(!fixture_seti(f, "$branch(path)", 1));
    CHECK(!fixture_sets(f, "$branch(flags)", "5"));
    CHECK(fixture_sets(f, "$branch(path)", ""));
    CHECK(fixture_sets(f, "$branch(send_socket)", "udp:9.9.9.9:1")); /* not ours: none */
    CHECK(fixture_unset(f, "$branch(dst_uri)"));
    CHECK(fixture_unset(f, "$branch(flags)"));
    READINGS(f, {"$branch(dst_uri)", "null"}, {"$branch(path)", "null"}, {"$branch(send_socket)", "null"},
             {"$branch(flags)", "int 0"});
    CHECK(fixture_sets(f, "$branch(uri)", ""));
    CHECK_STR(fixture_read(f, "$branch(count)"), "null");
    fixture_free(f);
}

static void the_static_branch(void)
{
    fixture *f = fixture_new(INVITE);
    CHECK_STR(fixture_read(f, "$sbranch(uri)"), "null");
    CHECK_STR(fixture_read(f, "$sbranch(count)"), "int 0");
    CHECK_STR(fixture_read(f, "$(sbranch(uri)[0])"), "bad");
    CHECK(fixture_sets(f, "$sbranch(dst_uri)", "sip:d"));
    CHECK_STR(fixture_read(f, "$sbranch(dst_uri)"), "null");
    CHECK(fixture_sets(f, "$sbranch(uri)", "sip:s@h"));
    CHECK(fixture_seti(f, "$sbranch(q)", 500));
    READINGS(f, {"$sbranch(uri)", "sip:s@h"}, {"$sbranch(dst_uri)", "sip:d"}, {"$sbranch(q)", "int 500"},
             {"$sbranch(flags)", "int 0"});
    fixture_parse(f, INVITE, KL_PROTO_UDP);
    CHECK_STR(fixture_read(f, "$sbranch(uri)"), "sip:s@h"); /* outlives its message */
    CHECK(fixture_unset(f, "$sbranch(uri)"));
    READINGS(f, {"$sbranch(uri)", "null"}, {"$sbranch(q)", "null"});
    fixture_free(f);
}

static void forced_sockets(void)
{
    fixture *f = fixture_new(INVITE);
    CHECK(fixture_sets(f, "$fs", "udp:192.0.2.1:5062"));
    READINGS(f, {"$fs", "udp:192.0.2.1:5062"}, {"$fsp", "int 5062"}, {"$fsn", "second"});
    CHECK(fixture_sets(f, "$fs", "udp:9.9.9.9:1")); /* warns, keeps */
    CHECK_STR(fixture_read(f, "$fs"), "udp:192.0.2.1:5062");
    CHECK(fixture_sets(f, "$fs", "192.0.2.1:5060"));
    CHECK_STR(fixture_read(f, "$fs"), "udp:192.0.2.1:5060");
    CHECK(!fixture_sets(f, "$fs", ""));
    CHECK(!fixture_seti(f, "$fs", 1));
    CHECK(!fixture_sets(f, "$fs", "foo:::"));
    CHECK(fixture_sets(f, "$fsn", "second"));
    CHECK_STR(fixture_read(f, "$fs"), "udp:192.0.2.1:5062");
    CHECK(fixture_sets(f, "$fsn", "nix"));
    CHECK_STR(fixture_read(f, "$fsn"), "second");
    CHECK(!fixture_sets(f, "$fsn", ""));
    CHECK(fixture_unset(f, "$fs"));
    READINGS(f, {"$fs", "null"}, {"$fsp", "int 0"}, {"$fsn", "null"});
    fixture_free(f);
}

static void bytes_of_the_buffer(void)
{
    fixture *f = fixture_new(INVITE);
    CHECK(fixture_sets(f, "$msgbuf(0)", "XYZ"));
    CHECK_STR(fixture_read(f, "$(msgbuf(0){s.encode.hexa})"), "5800");
    CHECK_STR(fixture_read(f, "$(mb{s.substr,0,4})"), "XNVI");
    CHECK(!fixture_sets(f, "$msgbuf(99999)", "x"));
    CHECK(!fixture_sets(f, "$msgbuf(0)", ""));
    CHECK(!fixture_seti(f, "$msgbuf(0)", 65));
    CHECK(fixture_unset(f, "$msgbuf(0)"));
    fixture_free(f);
}

static void read_only_names_take_anything(void)
{
    static const char *const names[] = {"$ci", "$si", "$mb", "$hdr(X-Foo)", "$ou", "$Ri", "$rm",
                                        "$rb", "$ua", "$ds", "$true",       "$$",  "$rP", "$Ts"};
    fixture *f = fixture_new(INVITE);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char before[2048];
        snprintf(before, sizeof before, "%s", fixture_read(f, names[i]));
        CHECK(!pv_is_writable(pv_lookup(&f->ctx, span_text(names[i]))));
        CHECK(fixture_sets(f, names[i], "1.1.1.1"));
        CHECK(fixture_seti(f, names[i], 1));
        CHECK(fixture_unset(f, names[i]));
        CHECK_STR(fixture_read(f, names[i]), before);
    }
    CHECK(fixture_sets(f, "$(rU{s.len})", "via")); /* transformations are passed over */
    CHECK_STR(fixture_read(f, "$rU"), "via");
    fixture_free(f);
}

/* In the local-request route what belongs to the context is not written, and that is no failure. */
static void local_route(void)
{
    fixture *f = fixture_new(INVITE);
    f->ctx.phase = KL_PHASE_LOCAL;
    CHECK(fixture_sets(f, "$br", "sip:b"));
    CHECK(fixture_seti(f, "$bf", 1));
    CHECK(fixture_sets(f, "$sbranch(uri)", "sip:b"));
    CHECK(fixture_seti(f, "$mf", 1));
    READINGS(f, {"$br", "null"}, {"$bf", "int 0"}, {"$sbranch(uri)", "null"}, {"$mf", "int 1"});
    fixture_free(f);
}

CHECK_MAIN(CHECK_TEST(request_uri), CHECK_TEST(texts_hold_no_line_end_and_no_nul), CHECK_TEST(next_hop),
           CHECK_TEST(from_and_to), CHECK_TEST(parts_set_one_after_the_other), CHECK_TEST(flags), CHECK_TEST(branches),
           CHECK_TEST(replies_have_no_request_uri_but_a_set), CHECK_TEST(branch_attributes),
           CHECK_TEST(the_static_branch), CHECK_TEST(forced_sockets), CHECK_TEST(bytes_of_the_buffer),
           CHECK_TEST(read_only_names_take_anything), CHECK_TEST(local_route))
