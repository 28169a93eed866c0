#include "../message.h"

#include "sip/sdp.h"

static const char HEAD[] = "INVITE sip:b@h SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\nFrom: <sip:a@h>;tag=1\nTo: "
                           "<sip:b@h>\nCall-ID: 1\nCSeq: 1 INVITE\n";
static const char BODY[] = "v=0\no=- 1 12 IN IP4 10.0.0.1\ns=-\nc=IN IP4 10.0.0.1\nt=0 0\nm=audio 4000 RTP/AVP 0 "
                           "8\na=inactive\nm=video 0 RTP/SAVP 31\nc=IN IP6 ::1\n";

static kl_msg msg;

/* The message with that Content-Type and the first n bytes of the body on the wire. */
static sdp_status parsed(const char *type, const char *body, size_t n, const sip_sdp **sdp)
{
    static char text[4096];
    kl_error err;
    snprintf(text, sizeof text, "%sContent-Type: %s\n\n%s", HEAD, type, body);
    if (!msg.arena.limit) msg_init(&msg, 0);
    const kl_span wire = message_wire(text);
    const kl_span whole_body = message_wire(body);
    const kl_packet packet = {.data = wire.s,
                              .size = wire.n - whole_body.n + (n < whole_body.n ? n : whole_body.n),
                              .source_host = SPAN("127.0.0.1"),
                              .local_host = SPAN("127.0.0.1"),
                              .transport = KL_PROTO_UDP,
                              .conid = -1};
    CHECK(msg_parse(&msg, &packet, &err) == KL_OK);
    free((void *)wire.s);
    free((void *)whole_body.s);
    return msg_sdp(&msg, sdp);
}

static bool within(kl_span part)
{
    return part.n == 0 || (part.s >= msg.body.s && part.s + part.n <= msg.body.s + msg.body.n);
}

static void check_parts(const sip_sdp *sdp)
{
    for (const sdp_session *session = sdp->sessions; session; session = session->next) {
        CHECK(within(session->text) && within(session->version) && within(session->origin) && within(session->address));
        CHECK(session->streams != NULL);
        for (const sdp_stream *stream = session->streams; stream; stream = stream->next) {
            CHECK(within(stream->text) && within(stream->media) && within(stream->port) && within(stream->transport) &&
                  within(stream->formats));
            CHECK(stream->family == 4 || stream->family == 6);
        }
    }
}

static void streams_of_a_description(void)
{
    const sip_sdp *sdp;
    REQUIRE(parsed("application/sdp", BODY, sizeof BODY * 2, &sdp) == SDP_GOOD);
    const sdp_session *session = sdp->sessions;
    CHECK(session == sdp->last && !session->next);
    CHECK_SPAN(session->version, "12");
    CHECK_SPAN(session->origin, "10.0.0.1");
    const sdp_stream *audio = session->streams, *video = audio->next;
    REQUIRE(video && video == session->last);
    CHECK_SPAN(audio->media, "audio");
    CHECK_SPAN(audio->port, "4000");
    CHECK_SPAN(audio->transport, "RTP/AVP");
    CHECK_SPAN(audio->formats, "0 8");
    CHECK_SPAN(audio->address, "10.0.0.1");
    CHECK(audio->inactive && !video->inactive);
    CHECK_SPAN(video->address, "::1");
    CHECK_INT(video->family, 6);
    CHECK_SPAN(video->text, "m=video 0 RTP/SAVP 31\r\nc=IN IP6 ::1\r\n");
}

static void every_beginning_of_a_body(void)
{
    static const char MIXED[] = "--x\nContent-Type: application/sdp\n\nv=0\no=- 1 12 IN IP4 10.0.0.1\nc=IN IP4 "
                                "10.0.0.1\nm=audio 4000 RTP/AVP 0\n--x\nc: text/plain\n\nhi\n--x--\n";
    const struct {
        const char *type, *body;
        size_t n;
    } cases[] = {{"application/sdp", BODY, sizeof BODY},
                 {"multipart/mixed;boundary=x", MIXED, sizeof MIXED},
                 {"multipart/mixed;boundary=\"x\"", MIXED, sizeof MIXED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t n = 0; n < 2 * cases[i].n; n++) {
            const sip_sdp *sdp = NULL;
            if (parsed(cases[i].type, cases[i].body, n, &sdp) == SDP_GOOD) check_parts(sdp);
        }
}

static void bytes_at_random(void)
{
    static const char some[] = "vocmab=:/ \t0189IPx-";
    unsigned seed = 7;
    for (int round = 0; round < 20000; round++) {
        char body[sizeof BODY];
        const sip_sdp *sdp = NULL;
        memcpy(body, BODY, sizeof body);
        for (int i = 0; i < 3; i++) {
            seed = seed * 1103515245u + 12345u;
            body[(seed >> 16) % (sizeof body - 1)] = (seed >> 8) % 7 == 0 ? '\n'
                                                                          : some[(seed >> 9) % (sizeof some - 1)];
        }
        if (parsed("application/sdp", body, sizeof body * 2, &sdp) == SDP_GOOD) check_parts(sdp);
    }
}

static void no_body_is_not_a_bad_one(void)
{
    const sip_sdp *sdp;
    CHECK_INT(parsed("application/sdp", BODY, 0, &sdp), SDP_NO_BODY);
    CHECK_INT(parsed("text/plain", BODY, 9999, &sdp), SDP_BAD);
    CHECK_INT(parsed("multipart/mixed", "--x\n", 9999, &sdp), SDP_BAD);
    CHECK_INT(parsed("multipart/mixed;boundary=", "--x\n", 9999, &sdp), SDP_BAD);
    CHECK_INT(parsed("multipart/mixed;boundary=x;y", "--x--\n", 9999, &sdp), SDP_GOOD);
    CHECK(sdp->sessions == NULL && sdp->text.n == 0);
}

CHECK_MAIN(CHECK_TEST(streams_of_a_description), CHECK_TEST(every_beginning_of_a_body), CHECK_TEST(bytes_at_random),
           CHECK_TEST(no_body_is_not_a_bad_one))
