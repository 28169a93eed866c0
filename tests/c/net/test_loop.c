/* The loop with an engine and real sockets of 127.0.0.1, run by this thread: what is there before it begins is done,
 * and that it was told to stop beforehand ends it. */
#include "message.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include "core/tickets.h"
#include "engine/engine.h"

static const char script[] =
    "function ksr_request_route() if KSR.is_method('INFO') then error('oh') end KSR.sl.send_reply(200, 'OK') end";

typedef struct place {
    kl_engine *engine;
    kl_inbox *box;
    kl_loop *loop;
    int server, client;
    struct sockaddr_in there;
} place;

static int bound(struct sockaddr_in *address)
{
    socklen_t size = sizeof *address;
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)address, sizeof *address) != 0) exit(2);
    getsockname(fd, (struct sockaddr *)address, &size);
    return fd;
}

static const kl_loop_config plain = {.batch = 4,
                                     .datagram = 2000,
                                     .queue = 100,
                                     .backlog = 100,
                                     .log_fd = -1,
                                     .wanted = 1u << KL_EFFECT_LOG | 1u << KL_EFFECT_DROP};

static kl_engine *make_engine(kl_shared *shared)
{
    static const kl_config config = {.instructions = 1000000,
                                     .memory = 1 << 24,
                                     .libraries = KL_LIBS_SAFE,
                                     .log_level = KL_LOG_ERR,
                                     .two_clocks = 1};
    kl_error err;
    kl_engine *engine = kl_engine_new(&config, shared, &err);
    if (!engine || kl_engine_module(engine, SPAN("sl"), &err) != KL_OK ||
        kl_engine_script(engine, SPAN("s.lua"), span_text(script), &err) != KL_OK ||
        kl_engine_start(engine, &err) != KL_OK) {
        printf("%s\n", err.text);
        exit(2);
    }
    return engine;
}

static bool begin(place *p, const kl_loop_config *config, kl_shared *shared)
{
    struct sockaddr_in here;
    kl_error err;
    p->engine = make_engine(shared);
    p->box = kl_engine_inbox(p->engine);
    p->server = bound(&p->there);
    p->client = bound(&here);
    p->loop = kl_loop_new(config, p->box, &err);
    return p->loop && kl_loop_add(p->loop, p->server, &err) == KL_OK;
}

static void end(place *p)
{
    kl_loop_free(p->loop);
    kl_inbox_free(p->box);
    kl_engine_free(p->engine);
    close(p->server);
    close(p->client);
}

static void give(const place *p, const char *method, int number)
{
    char text[512];
    snprintf(text, sizeof text,
             "%s sip:a@b SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bK%d;rport\nFrom: <sip:a@b>;tag=1\nTo: "
             "<sip:a@b>\nCall-ID: call-%d\nCSeq: 1 %s\n\n",
             method, number, number, method);
    const kl_span wire = message_wire(text);
    CHECK(sendto(p->client, wire.s, wire.n, 0, (const struct sockaddr *)&p->there, sizeof p->there) == (ssize_t)wire.n);
    free((char *)(uintptr_t)wire.s);
}

static int answers(const place *p)
{
    char text[2000];
    int n = 0;
    while (poll(&(struct pollfd){.fd = p->client, .events = POLLIN}, 1, 0) == 1 &&
           recv(p->client, text, sizeof text, 0) > 0)
        n += memcmp(text, "SIP/2.0 200 OK", 14) == 0;
    return n;
}

static uint64_t count(const place *p, const char *name)
{
    const char *found;
    uint64_t value;
    for (size_t i = 0; kl_loop_counter(p->loop, i, &found, &value) == KL_OK; i++)
        if (strcmp(found, name) == 0) return value;
    CHECK_STR(name, "a counter");
    return 0;
}

static kl_status run(place *p, kl_error *err)
{
    kl_loop_stop(p->loop);
    return kl_loop_run(p->loop, p->engine, 0, err);
}

static void what_is_there_is_answered(void)
{
    place p;
    kl_error err;
    kl_effect effect;
    REQUIRE(begin(&p, &plain, NULL));
    for (int i = 0; i < 10; i++) give(&p, i == 5 ? "INFO" : "OPTIONS", i);
    CHECK_INT(sendto(p.client, "\r\n", 2, 0, (struct sockaddr *)&p.there, sizeof p.there), 2);
    CHECK_INT(run(&p, &err), KL_OK);
    CHECK_INT(answers(&p), 9);
    CHECK_INT(count(&p, "received"), 11);
    CHECK_INT(count(&p, "receive_batches"), 3);
    CHECK_INT(count(&p, "sent"), 9);
    CHECK_INT(count(&p, "failed"), 1);
    CHECK_INT(count(&p, "dropped"), 1);
    CHECK_INT(count(&p, "queued"), 2);
    kl_loop_end(p.loop);
    CHECK_INT(kl_loop_take(p.loop, 0, &effect), 1);
    CHECK(effect.kind == KL_EFFECT_LOG && span_search(effect.data, SPAN("oh")));
    CHECK_INT(kl_loop_take(p.loop, 0, &effect), 1);
    CHECK_SPAN(effect.data, "keep-alive");
    CHECK_INT(kl_loop_take(p.loop, 60, &effect), -1);
    CHECK_INT(kl_loop_run(p.loop, p.engine, 0, &err), KL_EARG);
    CHECK_STR(err.text, "a loop runs once");
    end(&p);
}

static void a_datagram_that_is_too_long_is_left_out(void)
{
    static char large[2001];
    place p;
    kl_error err;
    REQUIRE(begin(&p, &plain, NULL));
    CHECK_INT(sendto(p.client, large, sizeof large, 0, (struct sockaddr *)&p.there, sizeof p.there), 2001);
    give(&p, "OPTIONS", 1);
    CHECK_INT(run(&p, &err), KL_OK);
    CHECK_INT(answers(&p), 1);
    CHECK_INT(count(&p, "truncated"), 1);
    end(&p);
}

static void a_failure_ends_a_loop_that_raises(void)
{
    place p;
    kl_error err;
    kl_loop_config raising = plain;
    raising.raises = 1;
    REQUIRE(begin(&p, &raising, NULL));
    give(&p, "INFO", 1);
    give(&p, "OPTIONS", 2);
    CHECK_INT(run(&p, &err), KL_OK);
    CHECK_INT(err.status, KL_ERUN);
    CHECK_INT(answers(&p), 0);
    end(&p);
}

/* Of two engines that share a state, the one that reads hands over what is the other's. */
static void messages_come_to_their_engine(void)
{
    place p, q;
    kl_error err;
    kl_shared *shared = kl_shared_new();
    REQUIRE(begin(&p, &plain, shared));
    REQUIRE(begin(&q, &plain, shared));
    for (int i = 0; i < 40; i++) give(&p, "OPTIONS", i);
    for (int i = 0; i < 40; i++) give(&p, "OPTIONS", i);
    CHECK_INT(run(&p, &err), KL_OK);
    const uint64_t over = count(&p, "handed_over");
    CHECK(over > 5 && over < 35);
    CHECK_INT(count(&p, "sent"), 2 * (40 - over));
    CHECK_INT(count(&p, "repeated"), over);
    CHECK_INT(kl_loop_add(q.loop, p.server, &err), KL_OK); /* to answer from there */
    CHECK_INT(run(&q, &err), KL_OK);
    CHECK_INT(count(&q, "sent"), over);
    CHECK_INT(answers(&p), 2 * (40 - over) + over);
    end(&p);
    end(&q);
    kl_shared_free(shared);
}

static bool leave(kl_ctx *ctx)
{
    const kl_column column = {.name = SPAN("k"), .value = {.type = KL_TYPE_LONG}};
    const kl_store store = {.operation = KL_STORE_INSERT, .table = SPAN("t"), .columns = &column, .count = 1};
    return tickets_store(ctx, &store, NULL) == 0;
}

static void what_waits_leaves_once_it_is_stored(void)
{
    static const struct {
        unsigned wanted;
        size_t held;
        const char *error;
        int answers;
        const char *counter;
    } cases[] = {
        {1u << KL_EFFECT_STORE, 8, NULL, 4, "held"},
        {1u << KL_EFFECT_STORE, 8, "full", 3, "held"},
        {1u << KL_EFFECT_STORE, 0, NULL, 0, "held_full"},
        {0, 8, NULL, 0, "held"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        place p;
        kl_error err;
        kl_loop_config config = plain;
        config.wanted = cases[i].wanted;
        config.held = cases[i].held;
        config.held_bytes = 10000;
        REQUIRE(begin(&p, &config, NULL));
        hook_add(&p.engine->hooks.request, 1000, (void (*)(void))leave);
        for (int n = 0; n < 5; n++) give(&p, "REGISTER", n);
        for (int n = 1; n < 5 && config.wanted; n++) /* one waits for good */
            kl_inbox_post_stored(p.box, n, n == 2 && cases[i].error ? span_text(cases[i].error) : SPAN_NULL, &err);
        CHECK_INT(run(&p, &err), KL_OK);
        CHECK_INT(count(&p, cases[i].counter), 5);
        CHECK_INT(answers(&p), cases[i].answers);
        end(&p);
    }
}

static void what_is_no_loop_is_told(void)
{
    place p;
    kl_error err;
    kl_loop_config bad = plain;
    REQUIRE(begin(&p, &plain, NULL));
    bad.batch = 0;
    CHECK(kl_loop_new(&bad, p.box, &err) == NULL && err.status == KL_ECONFIG);
    int pipes[2];
    REQUIRE_INT(pipe(pipes), 0);
    CHECK_INT(kl_loop_add(p.loop, pipes[0], &err), KL_EIO);
    close(pipes[0]);
    close(pipes[1]);
    const int local = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK_INT(kl_loop_add(p.loop, local, &err), KL_ECONFIG);
    close(local);
    kl_engine *other = make_engine(NULL);
    CHECK_INT(kl_loop_run(p.loop, other, 0, &err), KL_EARG);
    CHECK_STR(err.text, "the loop is another engine's");
    kl_engine_free(other);
    end(&p);
}

#ifdef KEMILUA_FAIL_ALLOC
/* At every n-th allocation of its making and its run: an error or an answer less, and nothing leaks. */
static void memory_may_end_anywhere(void)
{
    for (long n = 1;; n++) {
        place p;
        kl_error err;
        struct sockaddr_in here;
        p.engine = make_engine(NULL);
        p.box = kl_engine_inbox(p.engine);
        p.server = bound(&p.there);
        p.client = bound(&here);
        give(&p, "OPTIONS", 1);
        const long before = mem_live();
        mem_fail_after(n, 1);
        p.loop = kl_loop_new(&plain, p.box, &err);
        const bool added = p.loop && kl_loop_add(p.loop, p.server, &err) == KL_OK;
        if (added) run(&p, &err);
        const long refused = mem_refused();
        mem_fail_after(0, 0);
        if (!p.loop) CHECK_INT(mem_live(), before);
        CHECK(!added || refused > 0 || answers(&p) == 1);
        end(&p);
        if (refused == 0) break;
        REQUIRE(n < 1000);
    }
}
#endif

CHECK_MAIN(
#ifdef KEMILUA_FAIL_ALLOC
    CHECK_TEST(memory_may_end_anywhere),
#endif
    CHECK_TEST(what_is_there_is_answered), CHECK_TEST(a_datagram_that_is_too_long_is_left_out),
    CHECK_TEST(a_failure_ends_a_loop_that_raises), CHECK_TEST(messages_come_to_their_engine),
    CHECK_TEST(what_waits_leaves_once_it_is_stored), CHECK_TEST(what_is_no_loop_is_told))
