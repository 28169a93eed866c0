/* What other threads hand to an engine: kept in order, copied, bounded, and refused once the engine is gone. */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"
#include "core/shared.h"

static int join(kl_shared *shared, kl_inbox *box, const unsigned char key[16])
{
    int number = -1;
    CHECK_INT(shared_join(shared, box, 0, key, &number), KL_OK);
    return number;
}

static atomic_int wakes;
static void wake(int64_t with)
{
    CHECK_INT(with, 7);
    atomic_fetch_add(&wakes, 1);
}

static void noted(kl_ctx *ctx, const void *data, size_t size) { (void)ctx, (void)data, (void)size; }

static void drop_first(kl_inbox *box) { inbox_drop(box, inbox_take(box)); }

static void inputs_come_out_in_order_and_are_copies(void)
{
    kl_error err;
    kl_inbox *box = inbox_new(0);
    char data[] = "OPTIONS", source[] = "192.0.2.1", local[] = "192.0.2.2";
    const kl_packet packet = {.data = data,
                              .size = 7,
                              .source_host = span_text(source),
                              .local_host = span_text(local),
                              .source_port = 5061,
                              .conid = 3,
                              .now = 5};
    CHECK_INT(kl_inbox_post_packet(box, &packet, &err), KL_OK);
    CHECK_INT(kl_inbox_post_timer(box, 6, 7, &err), KL_OK);
    CHECK_INT(inbox_post_action(box, noted, data, 3, &err), KL_OK);
    CHECK_INT(kl_inbox_post_rpc(box, 42, &err), KL_OK);
    const kl_target targets[] = {{span_text(source), 5060, KL_PROTO_UDP}, {SPAN("::1"), 5061, KL_PROTO_TLS}};
    CHECK_INT(kl_inbox_post_resolved(box, 9, targets, 2, 10, 11, &err), KL_OK);
    CHECK_INT(kl_inbox_post_send_failed(box, &packet, &err), KL_OK);
    CHECK_INT(kl_inbox_post_resolved(box, 9, &(kl_target){.port = 1}, 1, 10, 11, &err), KL_EARG);
    memset(data, 'x', sizeof data - 1);
    memset(source, 'x', sizeof source - 1);
    memset(local, 'x', sizeof local - 1);

    inbox_input *input = inbox_take(box);
    REQUIRE_INT(input->kind, KL_INPUT_PACKET);
    CHECK_MEM(input->packet.data, input->packet.size, "OPTIONS", 7);
    CHECK_SPAN(input->packet.source_host, "192.0.2.1");
    CHECK_SPAN(input->packet.local_host, "192.0.2.2");
    CHECK_INT(input->packet.conid, 3);
    inbox_drop(box, input);
    input = inbox_take(box);
    REQUIRE_INT(input->kind, KL_INPUT_TIMER);
    CHECK(input->timer.now == 6 && input->timer.monotonic == 7);
    inbox_drop(box, input);
    input = inbox_take(box);
    REQUIRE_INT(input->kind, KL_INPUT_ACTION);
    CHECK_MEM(input->action.data, input->action.size, "OPT", 3);
    CHECK(input->action.run == noted);
    inbox_drop(box, input);
    input = inbox_take(box);
    REQUIRE_INT(input->kind, KL_INPUT_RPC);
    CHECK_INT(input->ticket, 42);
    inbox_drop(box, input);
    input = inbox_take(box);
    REQUIRE_INT(input->kind, KL_INPUT_RESOLVED);
    CHECK_INT(input->resolved.ticket, 9);
    REQUIRE_INT(input->resolved.count, 2);
    CHECK_SPAN(input->resolved.targets[0].host, "192.0.2.1");
    CHECK_SPAN(input->resolved.targets[1].host, "::1");
    CHECK_INT(input->resolved.targets[1].transport, KL_PROTO_TLS);
    CHECK(input->resolved.now == 10 && input->resolved.monotonic == 11);
    inbox_drop(box, input);
    input = inbox_take(box);
    REQUIRE_INT(input->kind, KL_INPUT_SEND_FAILED);
    CHECK_MEM(input->packet.data, input->packet.size, "OPTIONS", 7);
    CHECK_SPAN(input->packet.source_host, "192.0.2.1");
    inbox_drop(box, input);
    CHECK(inbox_take(box) == NULL);
    kl_inbox_free(box);
}

static void the_first_one_wakes(void)
{
    kl_error err;
    kl_inbox *box = inbox_new(0);
    inbox_set_wake(box, wake, 7);
    atomic_store(&wakes, 0);
    kl_inbox_post_rpc(box, 1, &err);
    kl_inbox_post_rpc(box, 2, &err);
    CHECK_INT(atomic_load(&wakes), 1);
    drop_first(box);
    kl_inbox_post_rpc(box, 3, &err);
    CHECK_INT(atomic_load(&wakes), 1);
    drop_first(box);
    drop_first(box);
    kl_inbox_post_rpc(box, 4, &err);
    CHECK_INT(atomic_load(&wakes), 2);
    kl_inbox_free(box);
}

static void whoever_attends_to_it_is_not_told(void)
{
    kl_error err;
    kl_inbox *box = inbox_new(0);
    inbox_set_wake(box, wake, 7);
    atomic_store(&wakes, 0);
    CHECK(inbox_attend(box, true));
    kl_inbox_post_rpc(box, 1, &err);
    CHECK_INT(atomic_load(&wakes), 0);
    CHECK(!inbox_attend(box, false)); /* there is one: look again, do not wait */
    drop_first(box);
    CHECK(inbox_attend(box, false));
    kl_inbox_post_rpc(box, 2, &err);
    CHECK_INT(atomic_load(&wakes), 1);
    kl_inbox_free(box);
}

static kl_over offer_packet(kl_inbox *box, const kl_packet *packet, size_t most)
{
    inbox_offer offer = {.packet = packet};
    inbox_put_offers(box, &offer, 1, 0, most);
    return offer.over;
}

/* The blocks of earlier offers: each comes out as the one that went in, and memory of many does not stay. */
static void offers_of_all_sizes_come_out_whole(void)
{
    static char data[3000];
    kl_inbox *box = inbox_new(0);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 300; i++) {
            const size_t size = (size_t)i * 10;
            memset(data, 'a' + round, size);
            kl_packet packet = {.data = data, .size = size, .source_host = SPAN("192.0.2.1"), .source_port = i + 1};
            CHECK_INT(offer_packet(box, &packet, 300), KL_OVER_GIVEN);
        }
        for (int i = 0; i < 300; i++) {
            inbox_input *input = inbox_take(box);
            REQUIRE(input != NULL);
            CHECK_INT(input->packet.source_port, i + 1);
            REQUIRE_INT(input->packet.size, (size_t)i * 10);
            for (size_t at = 0; at < input->packet.size; at++) CHECK(input->packet.data[at] == 'a' + round);
            CHECK(span_eq(input->packet.source_host, SPAN("192.0.2.1")));
            inbox_drop(box, input);
        }
    }
    CHECK(inbox_is_empty(box));
    kl_inbox_free(box);
}

static void a_full_one_and_a_closed_one_refuse(void)
{
    kl_error err;
    char data[4000] = {0};
    kl_inbox *box = inbox_new(10000);
    CHECK_INT(inbox_post_action(box, noted, data, sizeof data, &err), KL_OK);
    CHECK_INT(inbox_post_action(box, noted, data, sizeof data, &err), KL_OK);
    CHECK_INT(inbox_post_action(box, noted, data, sizeof data, &err), KL_EBUSY);
    CHECK_STR(err.text, "the engine is behind: more than 10000 bytes wait in its inbox");
    drop_first(box);
    CHECK_INT(inbox_post_action(box, noted, data, sizeof data, &err), KL_OK);
    inbox_close(box);
    CHECK(inbox_take(box) == NULL);
    CHECK_INT(kl_inbox_post_rpc(box, 1, &err), KL_ENOENT);
    CHECK_STR(err.text, "the engine is closed");
    kl_inbox_free(box);
}

/* It needs no memory, and stands for all that were asked for meanwhile. */
static void timers_are_looked_at_once(void)
{
    kl_error err;
    kl_inbox *box = inbox_new(1);
    inbox_set_wake(box, wake, 7);
    atomic_store(&wakes, 0);
    inbox_look_at_timers(box);
    inbox_look_at_timers(box);
    CHECK_INT(kl_inbox_post_rpc(box, 1, &err), KL_EBUSY);
    CHECK_INT(atomic_load(&wakes), 1);
    inbox_input *input = inbox_take(box);
    CHECK(input && input->kind == KL_INPUT_TIMER && input->timer.now < 0);
    inbox_drop(box, input);
    CHECK(inbox_take(box) == NULL);
    inbox_look_at_timers(box);
    CHECK_INT(atomic_load(&wakes), 2);
    kl_inbox_free(box);
}

/* ---- what loops hand over */

static kl_packet packet_of(const char *text, uint16_t port)
{
    return (kl_packet){.data = text,
                       .size = strlen(text),
                       .source_host = SPAN("192.0.2.1"),
                       .local_host = SPAN("192.0.2.2"),
                       .source_port = port,
                       .conid = -1};
}

static kl_over offer(kl_inbox *box, const char *text, uint16_t port)
{
    const kl_packet packet = packet_of(text, port);
    return offer_packet(box, &packet, 3);
}

static void retransmissions_wait_once(void)
{
    kl_inbox *box = inbox_new(0);
    CHECK_INT(offer(box, "INVITE one", 5060), KL_OVER_GIVEN);
    CHECK_INT(offer(box, "INVITE one", 5060), KL_OVER_REPEATED);
    CHECK_INT(offer(box, "INVITE one", 5061), KL_OVER_GIVEN); /* another sender */
    CHECK_INT(offer(box, "INVITE two", 5060), KL_OVER_GIVEN);
    CHECK_INT(offer(box, "INVITE three", 5060), KL_OVER_FULL);
    CHECK_INT(offer(box, "INVITE two", 5060), KL_OVER_REPEATED); /* it is there, full or not */
    drop_first(box);
    CHECK_INT(offer(box, "INVITE one", 5060), KL_OVER_GIVEN); /* what was taken may come again */
    for (int i = 0; i < 3; i++) drop_first(box);
    CHECK(inbox_is_empty(box));
    inbox_close(box);
    CHECK_INT(offer(box, "INVITE one", 5060), KL_OVER_MINE);
    kl_inbox_free(box);
}

/* A batch for several engines: each has its own, in order, and is told once. */
static void those_of_one_owner_come_in_together(void)
{
    kl_inbox *box = inbox_new(0);
    kl_packet packets[6];
    inbox_offer offers[6];
    inbox_set_wake(box, wake, 7);
    atomic_store(&wakes, 0);
    for (int i = 0; i < 6; i++) {
        packets[i] = packet_of(i == 4 ? "INVITE same" : "INVITE", (uint16_t)(i == 4 ? 5060 : 5060 + i));
        offers[i] = (inbox_offer){.packet = &packets[i], .owner = i % 2 ? 3 : 8};
    }
    packets[2] = packets[4];
    inbox_put_offers(box, offers, 6, 8, 100);
    static const kl_over expected[] = {KL_OVER_GIVEN, KL_OVER_MINE,     KL_OVER_GIVEN,
                                       KL_OVER_MINE,  KL_OVER_REPEATED, KL_OVER_MINE};
    for (int i = 0; i < 6; i++) CHECK_INT(offers[i].over, expected[i]);
    CHECK_INT(atomic_load(&wakes), 1);
    for (int i = 0; i < 2; i++) {
        inbox_input *input = inbox_take(box);
        REQUIRE(input != NULL);
        CHECK_MEM(input->packet.data, input->packet.size, packets[2 * i].data, packets[2 * i].size);
        inbox_drop(box, input);
    }
    CHECK(inbox_take(box) == NULL);
    kl_inbox_free(box);
}

static void many_are_told_apart(void)
{
    char text[32];
    kl_inbox *box = inbox_new(0);
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i < 2000; i++) {
            snprintf(text, sizeof text, "MESSAGE %d", i);
            const kl_packet packet = packet_of(text, 5060);
            CHECK_INT(offer_packet(box, &packet, 2000), turn == 0 ? KL_OVER_GIVEN : KL_OVER_REPEATED);
        }
    }
    for (int i = 0; i < 2000; i++) {
        inbox_input *input = inbox_take(box);
        snprintf(text, sizeof text, "MESSAGE %d", i);
        CHECK_MEM(input->packet.data, input->packet.size, text, strlen(text));
        inbox_drop(box, input);
    }
    kl_inbox_free(box);
}

static void the_pipe_tells_of_inputs_and_of_who_rings(void)
{
    kl_error err;
    char byte = 9;
    int in, out, in2, out2;
    kl_inbox *box = inbox_new(0);
    kl_inbox_ring(box); /* nobody hears it */
    CHECK_INT(offer(box, "before it was opened", 1), KL_OVER_GIVEN);
    REQUIRE_INT(kl_inbox_open(box, &in, &out, &err), KL_OK);
    CHECK_INT(kl_inbox_open(box, &in2, &out2, &err), KL_OK);
    CHECK(in == in2 && out == out2);
    CHECK(read(in, &byte, 1) == 1 && byte == 0);
    CHECK(read(in, &byte, 1) < 0);
    kl_inbox_post_rpc(box, 1, &err); /* it was not empty */
    CHECK(read(in, &byte, 1) < 0);
    kl_inbox_ring(box);
    CHECK(read(in, &byte, 1) == 1 && byte == 1);
    drop_first(box);
    drop_first(box);
    kl_inbox_post_rpc(box, 2, &err);
    CHECK(read(in, &byte, 1) == 1 && byte == 0);
    for (int i = 0; i < 100000; i++) kl_inbox_ring(box); /* a full pipe is enough */
    kl_inbox_free(box);
}

static void engines_are_offered_by_number(void)
{
    static const unsigned char key[16] = {1};
    const kl_packet packet = packet_of("OPTIONS", 5060);
    kl_shared *shared = kl_shared_new();
    kl_inbox *box = inbox_new(0);
    inbox_offer offers[] = {{.packet = &packet, .owner = 0}, {.packet = &packet, .owner = 1}};
    REQUIRE_INT(join(shared, box, key), 0);
    for (int owner = 0; owner < 2; owner++) shared_engines_offer(shared_engines_of(shared), offers, 2, owner, 10);
    CHECK_INT(offers[0].over, KL_OVER_GIVEN);
    CHECK_INT(offers[1].over, KL_OVER_MINE); /* there is none of that number */
    shared_engines_ring(shared_engines_of(shared), 0);
    shared_engines_ring(shared_engines_of(shared), 7);
    shared_leave(shared, 0);
    inbox_close(box);
    kl_inbox_free(box);
    kl_shared_free(shared);
}

/* ---- from many threads */

enum { THREADS = 4, POSTS = 2000 };

static void *post_many(void *arg)
{
    kl_error err;
    kl_inbox *box = arg;
    for (int i = 0; i < POSTS; i++) kl_inbox_post_rpc(box, i, &err);
    kl_inbox_free(box);
    return NULL;
}

static void nothing_is_lost_between_threads(void)
{
    kl_inbox *box = inbox_new(0);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) REQUIRE(pthread_create(&threads[i], NULL, post_many, inbox_ref(box)) == 0);
    int64_t sum = 0;
    for (int taken = 0; taken < THREADS * POSTS;) {
        inbox_input *input = inbox_take(box);
        if (!input) continue;
        sum += input->ticket;
        taken++;
        inbox_drop(box, input);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    CHECK_INT(sum, (int64_t)THREADS * POSTS * (POSTS - 1) / 2);
    CHECK(inbox_take(box) == NULL);
    kl_inbox_free(box);
}

/* ---- by number */

static void engines_have_the_lowest_free_number(void)
{
    kl_error err;
    const unsigned char key[16] = {1};
    kl_shared *shared = kl_shared_new();
    kl_inbox *boxes[] = {inbox_new(0), inbox_new(0), inbox_new(0)};
    CHECK_INT(kl_shared_engines(shared), 0);
    for (int i = 0; i < 3; i++) CHECK_INT(join(shared, boxes[i], key), i);
    shared_leave(shared, 1);
    CHECK_INT(kl_shared_engines(shared), 3);
    CHECK_INT(shared_engines_post(shared_engines_of(shared), 1, noted, "x", 1, &err), KL_ENOENT);
    CHECK_INT(join(shared, boxes[1], key), 1);
    CHECK_INT(shared_engines_post(shared_engines_of(shared), 1, noted, "x", 1, &err), KL_OK);
    CHECK_INT(shared_engines_post(shared_engines_of(shared), 3, noted, "x", 1, &err), KL_ENOENT);
    CHECK_INT(shared_engines_post(shared_engines_of(shared), -1, noted, "x", 1, &err), KL_ENOENT);
    inbox_input *input = inbox_take(boxes[1]);
    CHECK(input && input->kind == KL_INPUT_ACTION);
    inbox_drop(boxes[1], input);
    CHECK(inbox_take(boxes[0]) == NULL);
    for (int i = 0; i < 3; i++) {
        shared_leave(shared, i);
        kl_inbox_free(boxes[i]);
    }
    kl_shared_free(shared);
}

#ifdef KEMILUA_FAIL_ALLOC
static void no_memory_is_told(void)
{
    kl_error err;
    kl_inbox *box = inbox_new(0);
    mem_fail_after(1, 0);
    const kl_status status = kl_inbox_post_rpc(box, 1, &err);
    mem_fail_after(0, 0);
    CHECK_INT(status, KL_ENOMEM);
    CHECK(inbox_take(box) == NULL);
    kl_inbox_free(box);
}
#endif

CHECK_MAIN(
#ifdef KEMILUA_FAIL_ALLOC
    CHECK_TEST(no_memory_is_told),
#endif
    CHECK_TEST(inputs_come_out_in_order_and_are_copies), CHECK_TEST(the_first_one_wakes),
    CHECK_TEST(whoever_attends_to_it_is_not_told), CHECK_TEST(offers_of_all_sizes_come_out_whole),
    CHECK_TEST(a_full_one_and_a_closed_one_refuse), CHECK_TEST(timers_are_looked_at_once),
    CHECK_TEST(retransmissions_wait_once), CHECK_TEST(those_of_one_owner_come_in_together),
    CHECK_TEST(many_are_told_apart), CHECK_TEST(the_pipe_tells_of_inputs_and_of_who_rings),
    CHECK_TEST(engines_are_offered_by_number), CHECK_TEST(nothing_is_lost_between_threads),
    CHECK_TEST(engines_have_the_lowest_free_number))
