#include "shared_secrets.h"

#include "base/mem.h"
#include "base/mutex.h"

struct shared_secret {
    shared_secret *next;
    size_t n;
    char text[];
};

bool shared_secrets_init(shared_secrets *secrets)
{
    *secrets = (shared_secrets){.first = NULL};
    return mutex_init(&secrets->lock);
}

static void drop_first(shared_secret **link)
{
    shared_secret *gone = *link;
    *link = gone->next;
    memset(gone->text, 0, gone->n);
    kl_free(gone);
}

void shared_secrets_done(shared_secrets *secrets)
{
    while (secrets->first) drop_first(&secrets->first);
    pthread_mutex_destroy(&secrets->lock);
}

static bool add(shared_secrets *secrets, kl_span text)
{
    shared_secret *one = kl_malloc(sizeof *one + text.n);
    if (!one) return false;
    one->n = text.n;
    if (text.n > 0) memcpy(one->text, text.s, text.n);
    one->next = secrets->first;
    secrets->first = one;
    return true;
}

bool shared_secrets_fill(shared_secrets *secrets, const kl_span *texts, size_t count)
{
    bool good = true;
    pthread_mutex_lock(&secrets->lock);
    for (size_t i = 0; i < count && good && !secrets->filled; i++) good = add(secrets, texts[i]);
    secrets->filled = true;
    pthread_mutex_unlock(&secrets->lock);
    return good;
}

bool shared_secrets_add(shared_secrets *secrets, kl_span text)
{
    pthread_mutex_lock(&secrets->lock);
    const bool good = add(secrets, text);
    pthread_mutex_unlock(&secrets->lock);
    return good;
}

bool shared_secrets_remove(shared_secrets *secrets, int64_t number)
{
    pthread_mutex_lock(&secrets->lock);
    shared_secret **link = &secrets->first;
    for (; number > 0 && *link; number--) link = &(*link)->next;
    const bool found = number == 0 && *link;
    if (found) drop_first(link);
    pthread_mutex_unlock(&secrets->lock);
    return found;
}

static size_t copy_all(const shared_secrets *secrets, kl_arena *arena, kl_span **out)
{
    size_t count = 0;
    for (const shared_secret *one = secrets->first; one; one = one->next) count++;
    kl_span *texts = arena_alloc(arena, (count + 1) * sizeof *texts);
    if (!texts) return SIZE_MAX;
    *out = texts;
    for (const shared_secret *one = secrets->first; one; one = one->next) {
        *texts = arena_copy(arena, span_of(one->text, one->n));
        if (!texts++->s) return SIZE_MAX;
    }
    return count;
}

size_t shared_secrets_copy(shared_secrets *secrets, kl_arena *arena, kl_span **out)
{
    pthread_mutex_lock(&secrets->lock);
    const size_t count = copy_all(secrets, arena, out);
    pthread_mutex_unlock(&secrets->lock);
    return count;
}
