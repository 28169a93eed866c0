#include "held.h"

#include "base/mem.h"
#include "core/effects.h"

/* Sorted by ticket: what comes in waits for one of the last most often. */
struct held_list {
    int64_t ticket;
    held_item *first, *last;
};

void held_init(held_messages *held, size_t most, size_t most_bytes)
{
    *held = (held_messages){.most = most, .most_bytes = most_bytes};
}

void held_done(held_messages *held)
{
    for (size_t i = 0; i < held->list_count; i++)
        for (held_item *one = held->lists[i].first, *next; one; one = next) {
            next = one->next;
            kl_free(one);
        }
    kl_free(held->lists);
    *held = (held_messages){.most = held->most, .most_bytes = held->most_bytes};
}

/* The first place whose ticket is not lower. */
static size_t place_of(const held_messages *held, int64_t ticket)
{
    size_t low = 0, high = held->list_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (held->lists[middle].ticket < ticket) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool grow(held_messages *held)
{
    const size_t cap = held->list_cap ? held->list_cap * 2 : 16;
    struct held_list *lists = kl_realloc(held->lists, cap * sizeof *lists);
    if (!lists) return false;
    held->lists = lists;
    held->list_cap = cap;
    return true;
}

static struct held_list *list_of(held_messages *held, int64_t ticket)
{
    const size_t place = place_of(held, ticket);
    if (place < held->list_count && held->lists[place].ticket == ticket) return &held->lists[place];
    if (held->list_count == held->list_cap && !grow(held)) return NULL;
    struct held_list *list = &held->lists[place];
    memmove(list + 1, list, (held->list_count++ - place) * sizeof *list);
    *list = (struct held_list){.ticket = ticket};
    return list;
}

static held_item *copy_of(const kl_effect *effect, loop_socket *came_in)
{
    held_item *item = kl_malloc(sizeof *item + effect_size(effect));
    if (!item) return NULL;
    *item = (held_item){.bytes = effect->data.n, .came_in = came_in, .effect = *effect};
    item->effect.ticket = 0;
    effect_move(&item->effect, item->text);
    return item;
}

bool held_put(held_messages *held, const kl_effect *effect, loop_socket *came_in)
{
    if (held->count >= held->most || held->bytes >= held->most_bytes) return false;
    held_item *item = copy_of(effect, came_in);
    struct held_list *list = item && item->bytes <= held->most_bytes - held->bytes ? list_of(held, effect->ticket)
                                                                                   : NULL;
    if (!list) {
        kl_free(item);
        return false;
    }
    *(list->last ? &list->last->next : &list->first) = item;
    list->last = item;
    held->count++;
    held->bytes += item->bytes;
    return true;
}

held_item *held_take(held_messages *held, int64_t ticket)
{
    const size_t place = place_of(held, ticket);
    if (place == held->list_count || held->lists[place].ticket != ticket) return NULL;
    held_item *first = held->lists[place].first;
    memmove(&held->lists[place], &held->lists[place + 1], (--held->list_count - place) * sizeof *held->lists);
    for (const held_item *one = first; one; one = one->next) {
        held->count--;
        held->bytes -= one->bytes;
    }
    return first;
}
