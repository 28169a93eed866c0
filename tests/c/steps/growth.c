/* Four times the size is four times the work, and hardly more, for what a peer or a script can make large: counted in
 * branches of code, so that no clock is asked. What benchmarks/hostile.py measures in time. */
#include "counter.h"
#include "message.h"

#define FACTOR 4
#define BOUND  4.8 /* n log n passes, a square is 16 */

/* The collector comes once a state has doubled: its steps, a multiple of all there is, would tell of that. */
static const char script[] =
    "collectgarbage('stop')\n"
    "function ksr_request_route()\n"
    "  for _, name in ipairs({'$ru', '$fu', '$tu', '$ct', '$(hdr(Via)[-1])', '$(ct{nameaddr.uri}{uri.host})', "
    "'$hdrc(X)', '$(hdr(X)[-1])', '$cs', '$rb',\n"
    "      '$(hfl(Contact)[-1])', '$(hfl(Route)[-1])', '$rr_count', '$sdp(sess_version)'}) do KSR.pv.get(name) end\n"
    "  KSR.siputils.has_totag() KSR.maxfwd.process_maxfwd(10) KSR.sanity.sanity_check(17895, 7)\n"
    "  KSR.hdr.append('X-Ours: 1\\r\\n') KSR.hdr.remove('X') KSR.textopsx.msg_apply_changes()\n"
    "  KSR.setdsturi('sip:192.0.2.9') KSR.forward()\n"
    "end\n"
    "function append(n) for i = 1, n do KSR.hdr.append('X: 1\\r\\n') end KSR.textopsx.msg_apply_changes() end\n"
    "function before(n) for i = 1, n do KSR.hdr.insert_before('X: 1\\r\\n', 'Contact') end "
    "KSR.textopsx.msg_apply_changes() end\n"
    "function xavp(n) for i = 1, n do KSR.pv.seti('$xavp(x=>a)', i) end KSR.pv.get('$xavp(x=>a)') end\n"
    "function avp(n) for i = 1, n do KSR.pv.seti('$avp(a)', i) end KSR.pv.get('$(avp(a)[*])') end\n"
    "function names(n) for i = 1, n do KSR.pv.seti('$var(a' .. i .. ')', i) end end\n"
    "function chain(n) KSR.pv.get('$(ru' .. ('{s.rev}'):rep(n) .. ')') end\n"
    "function nested(n) KSR.pv.get(('$(avp('):rep(n) .. '$ru' .. ('))'):rep(n)) end\n"
    "function codecs() KSR.sdpops.remove_codecs_by_id('8', '') KSR.sdpops.remove_line_by_prefix('a=', '') "
    "KSR.textopsx.msg_apply_changes() end\n"
    "function stars() KSR.textops.search_body('(a*)*b') end\n"
    "function either() KSR.textops.search_body('^(a|aa)+b$') end\n"
    "function media()\n"
    "  KSR.sdpops.sdp_with_media('video') KSR.sdpops.sdp_with_codecs_by_name('none') "
    "KSR.sdpops.sdp_transport('$var(t)') KSR.sdpops.sdp_with_ice()\n"
    "  KSR.sdpops.sdp_get_line_startswith('$avp(l)', 'b=') KSR.textops.is_audio_on_hold() "
    "KSR.nathelper.nat_uac_test(8)\n"
    "  KSR.pv.get('$sdp(c:ip)') KSR.sdpops.keep_codecs_by_name('PCMU', '') KSR.nathelper.fix_nated_sdp(3) "
    "KSR.textopsx.msg_apply_changes()\n"
    "end\n"
    "function lines(n)\n"
    "  KSR.sdpops.sdp_iterator_start('i')\n"
    "  while KSR.sdpops.sdp_iterator_next('i') > 0 do if KSR.sdpops.sdp_iterator_value('i'):sub(1, 1) == 'a' then "
    "KSR.sdpops.sdp_iterator_rm('i') end end\n"
    "  KSR.sdpops.sdp_iterator_end('i') KSR.textopsx.msg_apply_changes()\n"
    "end\n"
    "function values()\n"
    "  KSR.textopsx.hf_iterator_start('i')\n"
    "  while KSR.textopsx.hf_iterator_next('i') > 0 do if KSR.textopsx.hf_iterator_hname('i') == 'X' then "
    "KSR.textopsx.hf_iterator_rm('i') end end\n"
    "  KSR.textopsx.hf_iterator_end('i') KSR.textopsx.msg_apply_changes()\n"
    "end\n"
    "function listed() KSR.textopsx.exclude_hf_value('Allow', 'x') KSR.textopsx.include_hf_value('Allow', 'y') "
    "KSR.pv.get('$(hfl(Allow)[-1])') end\n"
    "function parts() KSR.textops.get_body_part('text/none', '$avp(p)') KSR.textops.remove_body_part('text/plain') "
    "KSR.textopsx.msg_apply_changes() end\n"
    "function texts(n)\n"
    "  KSR.pv.sets('$var(p)', ('a=1;'):rep(n)) KSR.pv.sets('$var(l)', ('b\\n'):rep(n))\n"
    "  for _, name in ipairs({'$(var(p){param.value,zz})', '$(var(p){param.name,-1})', '$(var(p){param.count})', "
    "'$(var(p){s.select,-1,;})',\n"
    "      '$(var(l){line.count})', '$(var(l){line.at,-1})', '$(var(l){line.sw,c})', '$(var(p){s.replace,a,bb})', "
    "'$(var(p){s.encode.hexa}{s.decode.hexa})'}) do\n"
    "    KSR.pv.get(name)\n"
    "  end\n"
    "  KSR.textops.in_list('zz', KSR.pv.get('$var(p)'), ';') KSR.textops.str_ifind(KSR.pv.get('$var(p)'), 'ZZ')\n"
    "end\n"
    "function fields(n) for i = 1, n do KSR.pv.seti('$xavp(x[0]=>a' .. i .. ')', i) end KSR.pvx.xavp_copy('x', 0, 'y') "
    "KSR.pv.get('$xavp(y=>a1)') end\n"
    "function shared(n) for i = 1, n do KSR.pv.seti('$shv(s' .. i .. ')', i) end end\n"
    "function keys(n)\n"
    "  for i = 1, n do KSR.htable.sht_seti('t', 'k' .. i, i) end\n"
    "  for i = 1, n do KSR.htable.sht_get('t', 'k' .. i) end\n"
    "  KSR.htable.sht_iterator_start('i', 't') while KSR.htable.sht_iterator_next('i') > 0 do end "
    "KSR.htable.sht_iterator_end('i')\n"
    "  KSR.htable.sht_rm_name_re('t', '^k')\n"
    "end\n"
    "function all() KSR.textops.replace_body_all('a', 'bb') KSR.textopsx.msg_apply_changes() end\n";

typedef struct growth {
    const char *name;
    int size;
    const char *head, *piece, *tail; /* of the header lines: head, size times piece, tail */
    const char *body, *type;         /* size times */
    const char *function;            /* of the script, called with the size; NULL: the message is routed */
} growth;

static const growth cases[] = {
    {"a long header", 4000, "X: ", "a", "\n", NULL, NULL, NULL},
    {"a header of blanks", 4000, "X: a", " ", "b\n", NULL, NULL, NULL},
    {"a folded header", 1000, "X: a", "\n b", "\n", NULL, NULL, NULL},
    {"quotes without end", 2000, "Contact: \"", "\\\"", "\n", NULL, NULL, NULL},
    {"headers", 300, "", "X: 1\n", "", NULL, NULL, NULL},
    {"Via headers", 200, "", "Via: SIP/2.0/UDP h\n", "", NULL, NULL, NULL},
    {"commas in Contact", 500, "Contact: <sip:a>", ",<sip:a>", "\n", NULL, NULL, NULL},
    {"commas in Via", 300, "Via: SIP/2.0/UDP a", ",SIP/2.0/UDP a", "\n", NULL, NULL, NULL},
    {"commas in Route", 500, "Route: <sip:a>", ",<sip:a>", "\n", NULL, NULL, NULL},
    {"parameters of a URI", 1000, "Contact: <sip:a", ";a=1", ">\n", NULL, NULL, NULL},
    {"a long body", 8000, "", "", "", "a", "text/plain", NULL},
    {"parts of a body", 100, "", "", "", "--b\nContent-Type: text/plain\n\n1\n", "multipart/mixed;boundary=b", NULL},
    {"lines of SDP", 100, "", "", "", "m=audio 4000 RTP/AVP 8\na=rtpmap:8 PCMA/8000\n", "application/sdp", NULL},
    {"lines of SDP removed", 100, "", "", "", "m=audio 4000 RTP/AVP 8\na=rtpmap:8 PCMA/8000\n", "application/sdp",
     "codecs"},
    {"media of SDP read", 100, "", "", "", "m=audio 4000 RTP/AVP 8\na=rtpmap:8 PCMA/8000\n", "application/sdp",
     "media"},
    {"lines of SDP iterated", 100, "", "", "", "m=audio 4000 RTP/AVP 8\na=rtpmap:8 PCMA/8000\n", "application/sdp",
     "lines"},
    {"headers iterated", 300, "", "X: 1\n", "", NULL, NULL, "values"},
    {"a list in a header", 1000, "Allow: a", ",b", "\n", NULL, NULL, "listed"},
    {"parts asked for", 100, "", "", "", "--b\nContent-Type: text/plain\n\n1\n", "multipart/mixed;boundary=b", "parts"},
    {"texts transformed", 400, "", "", "", NULL, NULL, "texts"},
    {"fields of an xavp copied", 400, "", "", "", NULL, NULL, "fields"},
    {"shared variables", 100, "", "", "", NULL, NULL, "shared"},
    {"keys of a hash table", 400, "", "", "", NULL, NULL, "keys"},
    {"headers appended", 400, "", "", "", NULL, NULL, "append"},
    {"headers inserted", 400, "Contact: <sip:a>\n", "", "", NULL, NULL, "before"},
    {"entries of an xavp", 400, "", "", "", NULL, NULL, "xavp"},
    {"avps", 400, "", "", "", NULL, NULL, "avp"},
    {"names of variables", 100, "", "", "", NULL, NULL, "names"},
    {"transformations", 60, "", "", "", NULL, NULL, "chain"},
    {"nested names", 60, "", "", "", NULL, NULL, "nested"},
    {"an expression of stars", 4000, "", "", "", "a", "text/plain", "stars"},
    {"an expression of choices", 4000, "", "", "", "a", "text/plain", "either"},
    {"replacements", 1000, "", "", "", "a", "text/plain", "all"},
};

static void repeat(kl_buf *out, const char *text, int times)
{
    for (int i = 0; i < times; i++) buf_add(out, span_text(text));
}

static kl_span message_of(const growth *one, int size)
{
    static const char session[] = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n";
    kl_buf text;
    buf_init(&text);
    buf_add(&text, SPAN("INVITE sip:bob@example.com SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\nMax-Forwards: "
                        "10\nTo: <sip:bob@example.com>\n"
                        "From: <sip:a@b>;tag=a\nCall-ID: c\nCSeq: 1 INVITE\n"));
    buf_add(&text, span_text(one->head));
    repeat(&text, one->piece, size);
    buf_add(&text, span_text(one->tail));
    if (one->type) {
        buf_add(&text, SPAN("Content-Type: "));
        buf_add(&text, span_text(one->type));
        buf_add(&text, SPAN("\n"));
    }
    buf_add(&text, SPAN("\n"));
    if (one->type && strcmp(one->type, "application/sdp") == 0) buf_add(&text, span_text(session));
    if (one->body) repeat(&text, one->body, size);
    buf_addc(&text, '\0');
    if (text.failed) exit(2);
    const kl_span wire = message_wire(text.s);
    buf_free(&text);
    return wire;
}

static kl_engine *open_engine(void)
{
    static const kl_config config = {.instructions = 10000000, .memory = 1 << 26, .log_level = KL_LOG_ALERT};
    kl_error err;
    kl_engine *engine = kl_engine_new(&config, NULL, &err);
    if (!engine) exit(2);
    for (size_t i = 1; kl_module_name(i); i++)
        CHECK_INT(kl_engine_module(engine, span_text(kl_module_name(i)), &err), KL_OK);
    const kl_value table = {.type = KL_TYPE_STR, .s = SPAN("t=>size=8;")};
    CHECK_INT(kl_engine_param(engine, SPAN("htable"), SPAN("htable"), &table, &err), KL_OK);
    CHECK_INT(kl_engine_listen(engine, SPAN("udp:192.0.2.2:5060"), &err), KL_OK);
    CHECK_INT(kl_engine_script(engine, SPAN("growth.lua"), span_text(script), &err), KL_OK);
    CHECK_INT(kl_engine_start(engine, &err), KL_OK);
    return engine;
}

static void work(kl_engine *engine, const growth *one, const kl_packet *packet, int size)
{
    kl_error err;
    int result = 0;
    char digits[16];
    if (!one->function) {
        CHECK_INT(kl_engine_receive(engine, packet, &err), KL_OK);
        CHECK_INT(err.status, KL_OK);
        return;
    }
    snprintf(digits, sizeof digits, "%d", size);
    const kl_span words[] = {span_text(one->function), span_text(digits)};
    kl_msg *msg = kl_msg_new(0);
    REQUIRE(msg);
    CHECK_INT(kl_msg_parse(msg, packet, &err), KL_OK);
    CHECK_INT(kl_engine_lua_run(engine, msg, words, 2, &result, &err), KL_OK);
    CHECK_INT(result, 1);
    kl_msg_free(msg);
}

/* The second time at a size: what is made once is there. */
static double steps_of(const growth *one, int size)
{
    kl_engine *engine = open_engine();
    const kl_span wire = message_of(one, size);
    const kl_packet packet = {.data = wire.s,
                              .size = wire.n,
                              .source_host = SPAN("192.0.2.1"),
                              .local_host = SPAN("192.0.2.2"),
                              .source_port = 5060,
                              .local_port = 5060,
                              .transport = KL_PROTO_UDP,
                              .conid = -1,
                              .now = 1000};
    work(engine, one, &packet, size);
    const unsigned long before = counter_steps();
    work(engine, one, &packet, size);
    const unsigned long after = counter_steps();
    kl_engine_free(engine);
    free((char *)wire.s);
    return (double)(after - before);
}

static void four_times_the_size_is_four_times_the_work(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const growth *one = &cases[i];
        const double small = steps_of(one, one->size), large = steps_of(one, one->size * FACTOR);
        printf("%-28s %6d: %10.0f steps, %6d: %10.0f steps, times %.2f\n", one->name, one->size, small,
               one->size * FACTOR, large, large / small);
        CHECK(small > 100);
        CHECK(large <= small * BOUND);
    }
}

/* That the counter would tell: a search through all there is for each of them. */
static void a_square_is_noticed(void)
{
    kl_engine *engine = open_engine();
    kl_error err;
    const kl_value *values;
    size_t count;
    double counts[2];
    for (int i = 0; i < 2; i++) {
        char code[200];
        const int n = i ? 200 * FACTOR : 200;
        snprintf(code, sizeof code, "local x = 0 for i = 1, %d do for k = 1, %d do x = x + 1 end end return x", n, n);
        const unsigned long before = counter_steps();
        CHECK_INT(kl_engine_eval(engine, NULL, span_text(code), &values, &count, &err), KL_OK);
        counts[i] = (double)(counter_steps() - before);
    }
    CHECK(counts[1] > counts[0] * BOUND);
    kl_engine_free(engine);
}

CHECK_MAIN(CHECK_TEST(four_times_the_size_is_four_times_the_work), CHECK_TEST(a_square_is_noticed))
