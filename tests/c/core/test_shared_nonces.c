/* What engines note of nonces together. */
#include "check.h"

#include <pthread.h>

#include "core/shared_nonces.h"

static void counts_go_up(void)
{
    shared_nonces nonces;
    REQUIRE(shared_nonces_init(&nonces));
    CHECK_INT(shared_nonces_count(&nonces, 0, 1, true), NONCE_USE_OLD); /* nothing is noted */
    REQUIRE(shared_nonces_room(&nonces, 4, 0));
    CHECK_INT(shared_nonces_count(&nonces, 0, 1, true), NONCE_USE_OLD); /* nobody was given that number */
    const uint32_t number = shared_nonces_number(&nonces);
    CHECK_INT(shared_nonces_count(&nonces, number, 0, true), NONCE_USE_AGAIN);
    CHECK_INT(shared_nonces_count(&nonces, number, 2, false), NONCE_USE_FIRST);
    CHECK_INT(shared_nonces_count(&nonces, number, 2, true), NONCE_USE_FIRST);
    CHECK_INT(shared_nonces_count(&nonces, number, 2, true), NONCE_USE_AGAIN);
    CHECK_INT(shared_nonces_count(&nonces, number, 1, true), NONCE_USE_AGAIN);
    CHECK_INT(shared_nonces_count(&nonces, number, 255, true), NONCE_USE_FIRST);
    CHECK_INT(shared_nonces_count(&nonces, number, 256, true), NONCE_USE_OLD);
    for (int i = 0; i < 3; i++) shared_nonces_number(&nonces);
    CHECK_INT(shared_nonces_count(&nonces, number, 255, true), NONCE_USE_AGAIN);
    CHECK_INT(shared_nonces_number(&nonces), number + 4); /* takes its place */
    CHECK_INT(shared_nonces_count(&nonces, number, 255, true), NONCE_USE_OLD);
    CHECK_INT(shared_nonces_count(&nonces, number + 4, 1, true), NONCE_USE_FIRST);
    shared_nonces_done(&nonces);
}

static void each_is_used_once(void)
{
    shared_nonces nonces;
    REQUIRE(shared_nonces_init(&nonces) && shared_nonces_room(&nonces, 0, 2));
    const uint32_t first = shared_nonces_number(&nonces), second = shared_nonces_number(&nonces);
    CHECK_INT(shared_nonces_once(&nonces, second), NONCE_USE_FIRST);
    CHECK_INT(shared_nonces_once(&nonces, first), NONCE_USE_FIRST);
    CHECK_INT(shared_nonces_once(&nonces, first), NONCE_USE_AGAIN);
    shared_nonces_number(&nonces);
    CHECK_INT(shared_nonces_once(&nonces, first), NONCE_USE_OLD);
    CHECK_INT(shared_nonces_once(&nonces, second), NONCE_USE_AGAIN);
    shared_nonces_done(&nonces);
}

static void they_began_with_the_first_engine(void)
{
    shared_nonces nonces;
    REQUIRE(shared_nonces_init(&nonces));
    CHECK(shared_nonces_began(&nonces, 100) == 100);
    CHECK(shared_nonces_began(&nonces, 200) == 100);
    CHECK(shared_nonces_began(&nonces, 50) == 50);
    shared_nonces_done(&nonces);
}

enum { ROUNDS = 20000, THREADS = 4 };
static shared_nonces wanted;
static atomic_int taken;

static void *take_all(void *unused)
{
    for (unsigned i = 1; i <= 255; i++) taken += shared_nonces_count(&wanted, 0, i, true) == NONCE_USE_FIRST;
    for (uint32_t i = 1; i < ROUNDS; i++) taken += shared_nonces_once(&wanted, i) == NONCE_USE_FIRST;
    return unused;
}

/* Of several threads with one nonce, one gets through. */
static void one_of_many_comes_first(void)
{
    pthread_t threads[THREADS];
    REQUIRE(shared_nonces_init(&wanted) && shared_nonces_room(&wanted, 1 << 15, 1 << 15));
    for (int i = 0; i < ROUNDS; i++) shared_nonces_number(&wanted);
    for (int i = 0; i < THREADS; i++) REQUIRE(pthread_create(&threads[i], NULL, take_all, NULL) == 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    const int counted = taken - (ROUNDS - 1);
    CHECK(counted >= 1 && counted <= 255);
    shared_nonces_done(&wanted);
}

CHECK_MAIN(CHECK_TEST(counts_go_up), CHECK_TEST(each_is_used_once), CHECK_TEST(they_began_with_the_first_engine),
           CHECK_TEST(one_of_many_comes_first))
