#include "shared_index.h"

#include "base/mem.h"
#include "base/mutex.h"

#define FIRST_BUCKETS 64

struct index_entry {
    index_entry *next;
    uint64_t key;
    int engine;
};

bool shared_index_init(shared_index *index)
{
    *index = (shared_index){.bucket_count = 0};
    return mutex_init(&index->lock);
}

void shared_index_done(shared_index *index)
{
    for (size_t i = 0; i < index->bucket_count; i++)
        for (index_entry *entry = index->buckets[i], *next; entry; entry = next) {
            next = entry->next;
            kl_free(entry);
        }
    kl_free(index->buckets);
    pthread_mutex_destroy(&index->lock);
}

static index_entry **bucket_of(const shared_index *index, uint64_t key)
{
    return &index->buckets[key & (index->bucket_count - 1)];
}

static bool grow(shared_index *index)
{
    const size_t before = index->bucket_count, count = before ? before * 2 : FIRST_BUCKETS;
    index_entry **old = index->buckets, **buckets = kl_calloc(count, sizeof(index_entry *));
    if (!buckets) return before > 0; /* the chains get longer */
    index->buckets = buckets;
    index->bucket_count = count;
    for (size_t i = 0; i < before; i++)
        for (index_entry *entry = old[i], *next; entry; entry = next) {
            index_entry **bucket = bucket_of(index, entry->key);
            next = entry->next;
            entry->next = *bucket;
            *bucket = entry;
        }
    kl_free(old);
    return true;
}

static bool put(shared_index *index, index_entry *entry)
{
    if (index->count >= index->bucket_count && !grow(index)) return false;
    index_entry **bucket = bucket_of(index, entry->key);
    entry->next = *bucket;
    *bucket = entry;
    index->count++;
    return true;
}

bool shared_index_put(shared_index *index, uint64_t key, int engine)
{
    index_entry *entry = kl_malloc(sizeof *entry);
    if (!entry) return false;
    entry->key = key;
    entry->engine = engine;
    pthread_mutex_lock(&index->lock);
    const bool done = put(index, entry);
    pthread_mutex_unlock(&index->lock);
    if (!done) kl_free(entry);
    return done;
}

static index_entry *take(shared_index *index, uint64_t key, int engine)
{
    index_entry **link = index->bucket_count ? bucket_of(index, key) : NULL;
    while (link && *link && !((*link)->key == key && (*link)->engine == engine)) link = &(*link)->next;
    index_entry *found = link ? *link : NULL;
    if (!found) return NULL;
    *link = found->next;
    index->count--;
    return found;
}

void shared_index_drop(shared_index *index, uint64_t key, int engine)
{
    pthread_mutex_lock(&index->lock);
    index_entry *entry = take(index, key, engine);
    pthread_mutex_unlock(&index->lock);
    kl_free(entry);
}

int shared_index_find(shared_index *index, uint64_t key)
{
    pthread_mutex_lock(&index->lock);
    const index_entry *entry = index->bucket_count ? *bucket_of(index, key) : NULL;
    while (entry && entry->key != key) entry = entry->next;
    const int engine = entry ? entry->engine : -1;
    pthread_mutex_unlock(&index->lock);
    return engine;
}
