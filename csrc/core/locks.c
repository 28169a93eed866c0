#include "locks.h"

#include "base/mutex.h"

bool locks_root_init(locks_root *root)
{
    root->held = NULL;
    if (!mutex_init(&root->lock)) return false;
    if (pthread_cond_init(&root->freed, NULL) == 0) return true;
    pthread_mutex_destroy(&root->lock);
    return false;
}

void locks_root_done(locks_root *root)
{
    pthread_cond_destroy(&root->freed);
    pthread_mutex_destroy(&root->lock);
}

static locks_held *find(const locks_root *root, locks_key key)
{
    locks_held *one = root->held;
    while (one && (one->key.space != key.space || one->key.index != key.index)) one = one->next;
    return one;
}

static locks_outcome add(locks_root *root, ctx_locks *mine, locks_key key)
{
    locks_held *one = mine->held;
    if (mine->count == LOCKS_HELD) return LOCKS_FULL;
    while (one->owner) one++;
    *one = (locks_held){.next = root->held, .key = key, .owner = mine, .thread = pthread_self(), .depth = 1};
    root->held = one;
    mine->count++;
    return LOCKS_TAKEN;
}

locks_outcome locks_take(locks_root *root, ctx_locks *mine, locks_key key, bool again, bool wait)
{
    locks_outcome outcome = LOCKS_BUSY;
    locks_held *one;
    pthread_mutex_lock(&root->lock);
    while ((one = find(root, key)) != NULL && one->owner != mine && wait && mine->count == 0 &&
           !pthread_equal(one->thread, pthread_self()))
        pthread_cond_wait(&root->freed, &root->lock);
    if (!one) outcome = add(root, mine, key);
    else if (one->owner == mine) outcome = again ? LOCKS_TAKEN : LOCKS_MINE;
    if (one && outcome == LOCKS_TAKEN) one->depth++;
    pthread_mutex_unlock(&root->lock);
    return outcome;
}

static void remove_one(locks_root *root, ctx_locks *mine, locks_held *one)
{
    locks_held **at = &root->held;
    while (*at != one) at = &(*at)->next;
    *at = one->next;
    one->owner = NULL;
    mine->count--;
    pthread_cond_broadcast(&root->freed);
}

void locks_release(locks_root *root, ctx_locks *mine, locks_key key)
{
    pthread_mutex_lock(&root->lock);
    locks_held *one = find(root, key);
    if (one && one->owner == mine && --one->depth == 0) remove_one(root, mine, one);
    pthread_mutex_unlock(&root->lock);
}

void locks_release_all(locks_root *root, ctx_locks *mine)
{
    pthread_mutex_lock(&root->lock);
    for (int i = 0; i < LOCKS_HELD; i++)
        if (mine->held[i].owner) remove_one(root, mine, &mine->held[i]);
    pthread_mutex_unlock(&root->lock);
}
