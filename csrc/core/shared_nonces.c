#include "shared_nonces.h"

#include <math.h>

#include "base/mem.h"
#include "base/mutex.h"

bool shared_nonces_init(shared_nonces *nonces)
{
    *nonces = (shared_nonces){.counts_size = 0};
    atomic_init(&nonces->next, 0);
    atomic_init(&nonces->began, INFINITY);
    atomic_init(&nonces->counts, NULL);
    atomic_init(&nonces->once, NULL);
    return mutex_init(&nonces->lock);
}

void shared_nonces_done(shared_nonces *nonces)
{
    kl_free(nonces->counts);
    kl_free(nonces->once);
    pthread_mutex_destroy(&nonces->lock);
}

static bool make_room(atomic_uchar *_Atomic *cells, uint32_t *size, uint32_t n)
{
    if (n == 0 || *cells) return true;
    atomic_uchar *room = kl_calloc(n, sizeof *room);
    *size = n;
    *cells = room;
    return room != NULL;
}

bool shared_nonces_room(shared_nonces *nonces, uint32_t counts, uint32_t once)
{
    pthread_mutex_lock(&nonces->lock);
    const bool made = make_room(&nonces->counts, &nonces->counts_size, counts) &&
                      make_room(&nonces->once, &nonces->once_size, once);
    pthread_mutex_unlock(&nonces->lock);
    return made;
}

double shared_nonces_began(shared_nonces *nonces, double started)
{
    double known = nonces->began;
    while (started < known && !atomic_compare_exchange_weak(&nonces->began, &known, started)) {}
    return started < known ? started : known;
}

uint32_t shared_nonces_number(shared_nonces *nonces)
{
    const uint32_t number = atomic_fetch_add(&nonces->next, 1);
    if (nonces->counts) nonces->counts[number & (nonces->counts_size - 1)] = 0;
    if (nonces->once) nonces->once[number & (nonces->once_size - 1)] = 0;
    return number;
}

/* Numbers that were not given out yet are as old as can be. */
static bool is_old(const shared_nonces *nonces, uint32_t number, uint32_t size)
{
    return nonces->next - number - 1 >= size;
}

nonce_use shared_nonces_count(shared_nonces *nonces, uint32_t number, unsigned count, bool take)
{
    if (!nonces->counts || count > UINT8_MAX || is_old(nonces, number, nonces->counts_size)) return NONCE_USE_OLD;
    atomic_uchar *last = &nonces->counts[number & (nonces->counts_size - 1)];
    unsigned char known = *last;
    do
        if (count <= known) return NONCE_USE_AGAIN;
    while (take && !atomic_compare_exchange_weak(last, &known, (unsigned char)count));
    return NONCE_USE_FIRST;
}

nonce_use shared_nonces_once(shared_nonces *nonces, uint32_t number)
{
    if (!nonces->once || is_old(nonces, number, nonces->once_size)) return NONCE_USE_OLD;
    return atomic_exchange(&nonces->once[number & (nonces->once_size - 1)], 1) ? NONCE_USE_AGAIN : NONCE_USE_FIRST;
}
