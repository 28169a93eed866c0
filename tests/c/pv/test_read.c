/* What each class reads from a message; the whole tables are compared with recordings in tests/golden. */
#include <time.h>

#include "fixture.h"

static void request_uri(void)
{
    fixture *f = fixture_new(INVITE);
    READINGS(f, {"$ru", "sip:bob:pw@example.com:5070;transport=tcp;x=y?a=b"},
             {"$ruri", "sip:bob:pw@example.com:5070;transport=tcp;x=y?a=b"}, {"$rul", "int 49"}, {"$rU", "bob"},
             {"$rUl", "int 3"}, {"$rd", "example.com"}, {"$rp", "5070 with int 5070"}, {"$rP", "tcp with int 2"},
             {"$rz", "sip with int 1"}, {"$ou", "sip:bob:pw@example.com:5070;transport=tcp;x=y?a=b"}, {"$oU", "bob"},
             {"$od", "example.com"}, {"$op", "5070 with int 5070"}, {"$oP", "tcp with int 2"}, {"$oUl", "int 3"},
             {"$du", "null"}, {"$dd", "null"}, {"$dp", "null"}, {"$dP", "null"});
    fixture_free(f);
}

static void telephone_numbers(void)
{
    fixture *f = fixture_new(INVITE);
    static const char *const samples[][3] = {
        {"tel:+1;p=q", "tel with int 3", "+1"},           {"sip:+1@h;user=phone", "tel with int 3", "+1"},
        {"sips:+1@h;user=phone", "tel with int 3", "+1"}, {"sips:u@h", "sips with int 2", "u"},
        {"urn:service:sos", "urn with int 5", "null"},    {"sip:u@h;user=ip", "sip with int 1", "u"}};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        CHECK(fixture_sets(f, "$ru", samples[i][0]));
        CHECK_STR(fixture_read(f, "$rz"), samples[i][1]);
        CHECK_STR(fixture_read(f, "$rU"), samples[i][2]);
    }
    fixture_free(f);
}

static void default_ports(void)
{
    fixture *f = fixture_new(INVITE);
    static const struct {
        const char *uri, *dp, *dP, *nh;
    } samples[] = {
        {"sip:h", "5060 with int 5060", "UDP with int 1", "5060 with int 5060"},
        {"sips:h", "5060 with int 5060", "UDP with int 1", "5060 with int 5060"},
        {"sip:h;transport=tls", "5061 with int 5061", "tls with int 3", "5060 with int 5060"},
        {"sip:h:7;transport=TLS", "7 with int 7", "TLS with int 3", "7 with int 7"},
        {"nonsense", "null", "null", "null"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        CHECK(fixture_sets(f, "$du", samples[i].uri));
        CHECK_STR(fixture_read(f, "$du"), samples[i].uri);
        CHECK_STR(fixture_read(f, "$dp"), samples[i].dp);
        CHECK_STR(fixture_read(f, "$dP"), samples[i].dP);
        CHECK_STR(fixture_read(f, "$nh(p)"), samples[i].nh);
        CHECK_STR(fixture_read(f, "$nh(u)"), samples[i].uri);
    }
    fixture_free(f);
}

static void from_and_to(void)
{
    fixture *f = fixture_new(INVITE);
    READINGS(f, {"$fu", "sip:alice@atlanta.example:5080"}, {"$from", "sip:alice@atlanta.example:5080"},
             {"$ful", "int 30"}, {"$fU", "alice"}, {"$from.user", "alice"}, {"$fUl", "int 5"},
             {"$fd", "atlanta.example"}, {"$from.domain", "atlanta.example"}, {"$fn", "Alice"}, {"$ft", "1928"},
             {"$tu", "sip:bob@example.com;x=1"}, {"$tU", "bob"}, {"$td", "example.com"}, {"$tn", "\"Bob B.\""},
             {"$tt", "null"}, {"$tts", "int 0"}, {"$tUl", "int 3"}, {"$Au", "alice@atlanta.example"}, {"$AU", "alice"});
    fixture_free(f);
}

static void header_fields(void)
{
    fixture *f = fixture_new(INVITE);
    READINGS(f, {"$hdr(X-Foo)", "one"}, {"$(hdr(x-foo)[1])", "two\r\n folded"}, {"$(hdr(X-Foo)[-1])", "two\r\n folded"},
             {"$(hdr(X-Foo)[-2])", "one"}, {"$(hdr(X-Foo)[-3])", "null"}, {"$(hdr(X-Foo)[2])", "null"},
             {"$(hdr(X-Foo)[*])", "one,two\r\n folded"}, {"$(hdr(X-Foo)[+])", "null"}, {"$hdr(X-Empty)", ""},
             {"$hdr(Nope)", "null"}, {"$(hdr(Nope)[*])", "null"}, {"$(hdr(*)[4])", "a84b"}, {"$hdrc(Via)", "int 2"},
             {"$hdrc(v)", "int 2"}, {"$hdrc(*)", "int 0"}, {"$hdrc(Nope)", "int 0"}, {"$hdr(X-Foo )", "one"},
             {"$hdr(User-Agent: x)", "T/1"}, {"$hdr(X-Foo:)", "null"}, {"$ci", "a84b"}, {"$cs", "0031"},
             {"$csb", "0031 INVITE"}, {"$ua", "T/1"}, {"$cT", "text/plain"}, {"$cl", "int 5 shown as 05"},
             {"$ct", "\"C\" <sip:c1@h>;expires=9;q=0.5, <sip:c2@h>"}, {"$ctu", "sip:c1@h"}, {"$cts", "int 0"},
             {"$expires(min)", "int 3"}, {"$expires(max)", "int 60"});
    fixture_free(f);
}

static void header_bodies(void)
{
    fixture *f = fixture_new(INVITE);
    READINGS(f, {"$hfl(Via)", "SIP/2.0/UDP 198.51.100.7:5099;branch=z9hG4bKa;rport ,"},
             {"$(hfl(Via)[1])", "SIP/2.0/TCP second.example;branch=z9hG4bKb;received=9.9.9.9;rport=77"},
             {"$(hfl(Via)[2])", "SIP/2.0/TLS last.example"}, {"$(hfl(Via)[-1])", "SIP/2.0/TLS last.example"},
             {"$(hfl(Via)[3])", "null"}, {"$hflc(Via)", "int 3"}, {"$hfl(Route)", "<sip:r1;lr>"},
             {"$(hfl(Route)[1])", "\"x, y\" <sip:r2>;p=q"}, {"$hflc(Route)", "int 2"}, {"$hflc(Record-Route)", "int 0"},
             {"$(hfl(Contact)[1])", "<sip:c2@h>"}, {"$(hfl(Contact)[2])", "sip:c3@h;expires=3"}, {"$hflc(m)", "int 3"},
             {"$(hfl(Contact)[*])", "\"C\" <sip:c1@h>;expires=9;q=0.5, <sip:c2@h>,sip:c3@h;expires=3"},
             {"$(hfl(Diversion)[1])", "<sip:d2@h>"}, {"$(hfl(P-Preferred-Identity)[1])", "sip:q3"},
             {"$hflc(P-Asserted-Identity)", "int 2"}, {"$hfl(X-Foo)", "one"}, {"$hflc(X-Foo)", "int 2"});
    fixture_free(f);
}

static void via_values(void)
{
    fixture *f = fixture_new(INVITE);
    READINGS(f, {"$via0(host)", "198.51.100.7"}, {"$via0(port)", "int 5099"}, {"$via0(proto)", "UDP"},
             {"$via0(protoid)", "int 1"}, {"$via0(branch)", "z9hG4bKa"}, {"$via0(rport)", "null"},
             {"$via0(received)", "null"}, {"$via1(host)", "second.example"}, {"$via1(port)", "int 5060"},
             {"$via1(rport)", "77"}, {"$via1(received)", "9.9.9.9"}, {"$via1(oc)", "int 0"},
             {"$viaZ(host)", "last.example"}, {"$viaZ(protoid)", "int 3"}, {"$viaZ(branch)", "null"},
             {"$rpl(duri)", "null"}, {"$nh(d)", "example.com"}, {"$nh(U)", "bob"}, {"$nh(P)", "tcp with int 2"},
             {"$nh(i)", "int 0"});
    fixture_free(f);
}

static void identities(void)
{
    fixture *f = fixture_new(INVITE);
    READINGS(f, {"$ai", "sip:p1@h"}, {"$(ai[1])", "tel:+1"}, {"$(ai[2])", "null"}, {"$(ai[-1])", "sip:p1@h"},
             {"$(ai[*])", "failure"}, {"$pu", "sip:q@pref.example"}, {"$pU", "q"}, {"$pd", "pref.example"},
             {"$pn", "\"Q\""}, {"$(pu[1])", "sip:q3"}, {"$(pU[1])", "null"}, {"$re", "sip:rpid@h"},
             {"$rt", "sip:carol@h?Replaces=x"}, {"$di", "sip:d1@h"}, {"$dir", "yes, it is"}, {"$dip", "null"},
             {"$dic", "5"}, {"$au", "u"}, {"$ad", "d"}, {"$aU", "u@d"}, {"$ar", "r"}, {"$adn", "n"}, {"$adu", "sip:x"},
             {"$adr", "00"}, {"$aa", ""}, {"$adc", ""}, {"$ado", ""});
    fixture_free(f);
}

static void whole_message(void)
{
    fixture *f = fixture_new(INVITE);
    READINGS(f, {"$rm", "INVITE with int 1"}, {"$rmid", "int 1"}, {"$rv", "SIP/2.0"}, {"$rs", "null"}, {"$rr", "null"},
             {"$rsi", "int 0"}, {"$mt", "int 1"}, {"$mts", "rq"}, {"$ml", "int 977"}, {"$rb", "hello"},
             {"$bs", "int 5"}, {"$msg(len)", "int 977"}, {"$msg(body)", "hello"}, {"$msg(body_len)", "int 5"},
             {"$msg(hdrc)", "int 23"},
             {"$msg(fline)", "INVITE sip:bob:pw@example.com:5070;transport=tcp;x=y?a=b SIP/2.0"},
             {"$(msg(hdrs){s.select,0, })", "Via:"}, {"$(msg(fpart){s.substr,-2,0})", "05"},
             {"$(msg(lpart){s.substr,-7,0})", "\r\nhello"}, {"$(mb{s.len})", "int 977"}, {"$(mbu{s.len})", "int 977"},
             {"$(msgbuf(0){s.len})", "int 2"}, {"$msgbuf(977)", "null"}, {"$msgbuf(-1)", "null"});
    fixture_free(f);
}

static void replies(void)
{
    fixture *f = fixture_new(REPLY);
    READINGS(f, {"$ru", "null"}, {"$rU", "null"}, {"$ou", "null"}, {"$rul", "null"}, {"$rz", "null"},
             {"$rm", "INVITE with int 1"}, {"$rmid", "int 1"}, {"$rs", "int 183 shown as 183"}, {"$rsi", "int 183"},
             {"$rr", "Session Progress"}, {"$mt", "int 2"}, {"$mts", "rp"}, {"$br", "null"}, {"$ds", "null"},
             {"$rpl(duri)", "sip:[2001:db8::1]:5060;transport=tls"}, {"$rpl(dhost)", "[2001:db8::1]"},
             {"$rpl(dport)", "int 5060"}, {"$rpl(dproto)", "tls"}, {"$rpl(dprotoid)", "int 3"},
             {"$rpl(cntvia)", "int 3"}, {"$rpl(cntrr)", "int 3"}, {"$nh(u)", "sip:[2001:db8::1]:5061;transport=tls"},
             {"$nh(p)", "int 5061"}, {"$nh(P)", "tls"}, {"$nh(i)", "int 6"}, {"$nh(U)", "null"}, {"$tts", "int 1"});
    fixture_free(f);
}

static void addresses(void)
{
    fixture *f = fixture_new(INVITE);
    READINGS(f, {"$si", "198.51.100.7"}, {"$src_ip", "198.51.100.7"}, {"$siz", "198.51.100.7"}, {"$sp", "int 5099"},
             {"$sas", "udp:198.51.100.7:5099"}, {"$su", "sip:198.51.100.7:5099"},
             {"$sut", "sip:198.51.100.7:5099;transport=udp"}, {"$pr", "udp with int 1"}, {"$prid", "int 1"},
             {"$conid", "null"}, {"$Ri", "192.0.2.1"}, {"$Rp", "int 5060"}, {"$Ras", "udp:192.0.2.1:5060"},
             {"$Ru", "sip:192.0.2.1:5060"}, {"$Rut", "sip:192.0.2.1:5060;transport=udp"}, {"$RAi", "192.0.2.1"},
             {"$RAp", "int 5060"}, {"$Rn", "null"}, {"$af(id)", "int 2"}, {"$af(name)", "IPv4"}, {"$sndto(ip)", "null"},
             {"$fs", "null"}, {"$fsp", "int 0"});
    f->msg->recv_socket = socket_named(&f->server, SPAN("second"));
    READINGS(f, {"$Rp", "int 5062"}, {"$Rn", "second"}, {"$RAi", "203.0.113.9"}, {"$RAp", "int 5999"},
             {"$RAu", "sip:203.0.113.9:5999"}, {"$RAut", "sip:203.0.113.9:5999;transport=udp"});
    fixture_parse(f, INVITE, KL_PROTO_TCP);
    READINGS(f, {"$su", "sip:198.51.100.7:5099;transport=tcp"}, {"$Ru", "sip:192.0.2.1:5060;transport=tcp"},
             {"$conid", "int 7"}, {"$pr", "tcp with int 2"});
    ctx_send send = {
        .data = SPAN("bytes"), .host = SPAN("2001:db8::5"), .port = 5070, .proto = KL_PROTO_TCP, .socket = 2};
    f->ctx.send = &send;
    READINGS(f, {"$sndto(ip)", "2001:db8::5"}, {"$sndto(af)", "int 10"}, {"$sndto(port)", "int 5070"},
             {"$sndto(proto)", "int 2"}, {"$snd(sproto)", "tcp"}, {"$snd(buf)", "bytes"}, {"$snd(len)", "int 5"},
             {"$sndfrom(port)", "int 5060"}, {"$sndfrom(ip)", "192.0.2.1"}, {"$sndfrom(sproto)", "tcp"});
    f->ctx.send = NULL;
    fixture_free(f);
}

static void time_and_constants(void)
{
    setenv("TZ", "UTC-2", 1);
    setenv("KEMILUA_TEST_NONE", "of the process", 1);
    tzset();
    fixture *f = fixture_new(INVITE);
    f->server.environment = SPAN("KEMILUA_TEST_NAME_2=no\0KEMILUA_TEST_NAME=12ab\0");
    READINGS(f, {"$Ts", "int 1000000000"}, {"$TS", "int 1000000007"},
             {"$Tf", "Sun Sep  9 03:46:40 2001 with int 1000000000"},
             {"$TF", "Sun Sep  9 03:46:47 2001 with int 1000000007"}, {"$time(hour)", "int 3"},
             {"$utime(hour)", "int 1"}, {"$time(mon)", "int 9"}, {"$time(year)", "int 2001"}, {"$time(wday)", "int 1"},
             {"$time(yday)", "int 252"}, {"$timef(%Y-%m-%d %H)", "2001-09-09 03"}, {"$utimef(%H:%M)", "01:46"},
             {"$timef(%%)", "%"}, {"$TV(s)", "int 1000000000"}, {"$TV(u)", "int 500000"}, {"$TV(un)", "int 0"},
             {"$TV(sn)", "int 1000000007"}, {"$TV(un)", "int 250000"}, {"$TV(Sn)", "1000000007.250000"},
             {"$TV(Fn)", "2001-09-09 03:46:47.250000"}, {"$env(KEMILUA_TEST_NAME)", "12ab"},
             {"$envn(KEMILUA_TEST_NAME)", "int 12 shown as 12ab"}, {"$env(KEMILUA_TEST_NONE)", "null"},
             {"$def(X)", "null"}, {"$defn(X)", "int 0"}, {"$true", "int 1"}, {"$null", "null"}, {"$K(TLS)", "int 3"},
             {"$K(INET6)", "int 10"}, {"$Es", " "}, {"$Eb", "\\"}, {"$En", "\n"}, {"$mi", "int 3"}, {"$sid", "int 0"},
             {"$ksr(verval)", "int 6002000"}, {"$err.class", "null"});
    f->server.started = 999;
    CHECK_STR(fixture_read(f, "$Tb"), "int 999");
    fixture_free(f);
    unsetenv("TZ");
}

/* Kamailio's lazy parsing: what stands before the bad header reads on by its own name. */
static void headers_that_end_early(void)
{
    fixture *f = fixture_new("OPTIONS sip:a@b SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\nTo: <sip:t@h>\nFrom: "
                             "<sip:f@h>;tag=1\nCall-ID: c\nCSeq: 1 OPTIONS\n"
                             "C%6Fntact: <sip:x@y>\nUser-Agent: late\nX-Foo: late\nContent-Length: 0\n\n");
    REQUIRE(f->msg->hdrs_bad);
    READINGS(f, {"$ci", "c"}, {"$fU", "f"}, {"$cs", "1"}, {"$ua", "null"}, {"$cl", "null"}, {"$hdr(To)", "null"},
             {"$hdrc(Via)", "int 0"}, {"$hflc(Via)", "int 0"}, {"$via0(host)", "null"}, {"$rb", "null"},
             {"$bs", "int 0"}, {"$msg(len)", "null"}, {"$rpl(cntvia)", "null"}, {"$expires(min)", "null"});
    fixture_free(f);
}

static void without_message(void)
{
    fixture *f = fixture_new(NULL);
    READINGS(f, {"$ru", "null"}, {"$hdr(X)", "null"}, {"$si", "null"}, {"$mf", "null"}, {"$avp(x)", "null"},
             {"$Ts", "int 1000000007"}, {"$true", "int 1"}, {"$var(x)", "int 0"}, {"$shv(x)", "int 0"},
             {"$sf", "int 0"}, {"$_s($ru)", "<null>"}, {"$nosuch", "bad"});
    CHECK(fixture_sets(f, "$var(x)", "v"));
    CHECK(!fixture_sets(f, "$ru", "sip:x"));
    CHECK(!fixture_sets(f, "$avp(x)", "v"));
    CHECK(fixture_sets(f, "$ci", "read-only"));
    CHECK_STR(fixture_read(f, "$var(x)"), "v");
    fixture_free(f);
}

CHECK_MAIN(CHECK_TEST(request_uri), CHECK_TEST(telephone_numbers), CHECK_TEST(default_ports), CHECK_TEST(from_and_to),
           CHECK_TEST(header_fields), CHECK_TEST(header_bodies), CHECK_TEST(via_values), CHECK_TEST(identities),
           CHECK_TEST(whole_message), CHECK_TEST(replies), CHECK_TEST(addresses), CHECK_TEST(time_and_constants),
           CHECK_TEST(headers_that_end_early), CHECK_TEST(without_message))
