/* Effects on their way to Python: copies, in order, bounded, and waited for. */
#include "check.h"

#include <pthread.h>

#include "base/mem.h"
#include "net/queue.h"

static kl_effect line_of(const char *text)
{
    return (kl_effect){
        .kind = KL_EFFECT_LOG, .level = 1, .conid = -1, .data = span_text(text), .where = SPAN("a.lua:1")};
}

static bool put(effect_queue *queue, const char *text)
{
    const kl_effect effect = line_of(text);
    return queue_put(queue, &effect);
}

static void effects_come_out_in_order_and_are_copies(void)
{
    effect_queue queue;
    kl_effect out;
    char text[] = "first";
    REQUIRE(queue_init(&queue, 10));
    CHECK(put(&queue, text) && put(&queue, "second"));
    memset(text, 'x', 5);
    CHECK_INT(queue_take(&queue, 0, &out), 1);
    CHECK_SPAN(out.data, "first");
    CHECK_SPAN(out.where, "a.lua:1");
    CHECK_INT(out.level, 1);
    CHECK_INT(queue_take(&queue, 0, &out), 1);
    CHECK_SPAN(out.data, "second");
    CHECK_INT(queue_take(&queue, 0.01, &out), 0);
    queue_close(&queue);
    CHECK_INT(queue_take(&queue, 100, &out), -1);
    queue_done(&queue);
}

static void all_of_an_effect_is_kept(void)
{
    effect_queue queue;
    kl_effect out;
    const kl_effect effect = {.kind = KL_EFFECT_SEND,
                              .transport = KL_PROTO_TCP,
                              .conid = 3,
                              .flags = KL_SEND_CLOSE,
                              .port = 5061,
                              .local_port = 5062,
                              .host = SPAN("proxy.example"),
                              .local_host = SPAN("192.0.2.1"),
                              .data = SPAN("OPTIONS")};
    REQUIRE(queue_init(&queue, 1));
    CHECK(queue_put(&queue, &effect));
    CHECK_INT(queue_take(&queue, 0, &out), 1);
    CHECK(out.kind == KL_EFFECT_SEND && out.transport == KL_PROTO_TCP && out.conid == 3 && out.flags == KL_SEND_CLOSE);
    CHECK(out.port == 5061 && out.local_port == 5062);
    CHECK_SPAN(out.host, "proxy.example");
    CHECK_SPAN(out.local_host, "192.0.2.1");
    CHECK_SPAN(out.data, "OPTIONS");
    CHECK(put(&queue, "left in it"));
    queue_done(&queue);
}

static void a_full_one_refuses(void)
{
    effect_queue queue;
    kl_effect out;
    REQUIRE(queue_init(&queue, 2));
    CHECK(put(&queue, "1") && put(&queue, "2") && !put(&queue, "3"));
    CHECK_INT(queue_take(&queue, 0, &out), 1);
    CHECK(put(&queue, "4") && !put(&queue, "5"));
    queue_done(&queue);
    char *large = calloc(1, 1 << 20);
    REQUIRE(large != NULL);
    memset(large, 'x', (1 << 20) - 1);
    REQUIRE(queue_init(&queue, 1000));
    int n = 0;
    while (n < 1000 && put(&queue, large)) n++;
    CHECK(n > 10 && n < 17);
    queue_done(&queue);
    free(large);
}

static void *put_later(void *queue)
{
    usleep(20000);
    put(queue, "at last");
    usleep(20000);
    queue_close(queue);
    return NULL;
}

static void who_takes_waits(void)
{
    effect_queue queue;
    kl_effect out;
    pthread_t thread;
    REQUIRE(queue_init(&queue, 2));
    REQUIRE_INT(pthread_create(&thread, NULL, put_later, &queue), 0);
    CHECK_INT(queue_take(&queue, 60, &out), 1);
    CHECK_SPAN(out.data, "at last");
    CHECK_INT(queue_take(&queue, 60, &out), -1);
    pthread_join(thread, NULL);
    queue_done(&queue);
}

#ifdef KEMILUA_FAIL_ALLOC
static void no_memory_is_a_full_queue(void)
{
    effect_queue queue;
    REQUIRE(queue_init(&queue, 2));
    mem_fail_after(1, 1);
    CHECK(!put(&queue, "x"));
    mem_fail_after(0, 0);
    CHECK(put(&queue, "x"));
    queue_done(&queue);
}
#endif

CHECK_MAIN(
#ifdef KEMILUA_FAIL_ALLOC
    CHECK_TEST(no_memory_is_a_full_queue),
#endif
    CHECK_TEST(effects_come_out_in_order_and_are_copies), CHECK_TEST(all_of_an_effect_is_kept),
    CHECK_TEST(a_full_one_refuses), CHECK_TEST(who_takes_waits))
