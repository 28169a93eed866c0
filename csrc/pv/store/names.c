/* names.c: open addressing with the places of names that are gone closed up, so that a table never fills with them. */
#include "names.h"

#include "base/siphash.h"
#include "base/status.h"

typedef struct group { /* the items of one name; newest NULL: a free place */
    store_item *newest;
    uint32_t hash, count;
} group;

struct store_index {
    group *groups;
    uint32_t cap, used; /* cap: a power of two, at most half of it used */
    bool fold;
    /* a script may take names from a message, whose peer should not choose where they lie */
    unsigned char key[16];
};

static void add_folded(siphash *hash, kl_span text)
{
    char lower[64];
    while (text.n > 0) {
        const size_t n = text.n < sizeof lower ? text.n : sizeof lower;
        for (size_t i = 0; i < n; i++) lower[i] = char_lower(text.s[i]);
        siphash_add(hash, span_of(lower, n));
        text = span_from(text, n);
    }
}

static uint32_t hash_of(const store_index *index, kl_span text, uint32_t id)
{
    siphash hash;
    siphash_begin(&hash, index->key);
    if (index->fold) add_folded(&hash, text);
    else siphash_add(&hash, text);
    siphash_add(&hash, span_of((const char *)&id, sizeof id));
    return (uint32_t)siphash_end(&hash);
}

bool store_is(const store_item *item, const store_name *name)
{
    if (item->name.n != name->text.n || item->id != name->id) return false;
    return name->fold ? span_eqi(item->name, name->text) : span_eq(item->name, name->text);
}

/* The place of a name, or the free one where it belongs. */
static group *place_of(const store_index *index, const store_name *name, uint32_t hash)
{
    uint32_t i = hash & (index->cap - 1);
    while (index->groups[i].newest && (index->groups[i].hash != hash || !store_is(index->groups[i].newest, name)))
        i = (i + 1) & (index->cap - 1);
    return &index->groups[i];
}

static group *group_of(const store_index *index, kl_span text, uint32_t id)
{
    const store_name name = {text, id, index->fold};
    return place_of(index, &name, hash_of(index, text, id));
}

static void join(store_index *index, store_item *item)
{
    const store_name name = {item->name, item->id, index->fold};
    const uint32_t hash = hash_of(index, item->name, item->id);
    group *of = place_of(index, &name, hash);
    if (!of->newest) {
        *of = (group){.hash = hash};
        index->used++;
    }
    item->same = of->newest;
    of->newest = item;
    of->count++;
}

/* ---- making it */

static bool make_room(kl_msg *msg, store_index *index, uint32_t items)
{
    uint32_t cap = index->cap ? index->cap : 64;
    while (cap < items * 2) cap *= 2;
    if (cap > index->cap) {
        group *groups = arena_alloc(&store_in(msg)->home->arena, cap * sizeof *groups);
        if (!groups) return false;
        index->groups = groups;
        index->cap = cap;
    }
    memset(index->groups, 0, index->cap * sizeof *index->groups);
    index->used = 0;
    return true;
}

static bool make(kl_msg *msg, store_list *list, bool fold)
{
    list->indexed = false;
    if (!list->index && (list->index = arena_zalloc(&store_in(msg)->home->arena, sizeof *list->index)) && msg->secret)
        memcpy(list->index->key, msg->secret, sizeof list->index->key);
    if (!list->index || !make_room(msg, list->index, list->count)) return false;
    store_item *oldest = NULL;
    for (store_item *item = list->first; item; item = item->next) {
        item->prev = oldest;
        oldest = item;
    }
    list->index->fold = fold;
    for (store_item *item = oldest; item; item = item->prev) join(list->index, item);
    return list->indexed = true;
}

bool names_ready(kl_msg *msg, store_list *list, bool fold)
{
    if (KL_LIKELY(list->indexed && list->index->fold == fold)) return true;
    return list->count > NAMES_FEW && make(msg, list, fold);
}

/* ---- asking and changing */

store_item *names_newest(const store_list *list, const store_name *name)
{
    return group_of(list->index, name->text, name->id)->newest;
}

int64_t names_count(const store_list *list, const store_name *name)
{
    const group *of = group_of(list->index, name->text, name->id);
    return of->newest ? of->count : 0;
}

void names_add(kl_msg *msg, store_list *list, store_item *item)
{
    if ((list->index->used + 1) * 2 > list->index->cap) {
        make(msg, list, list->index->fold);
        return;
    }
    item->prev = NULL;
    if (item->next) item->next->prev = item;
    join(list->index, item);
}

/* Moves up what stands behind a place that became free, where that leads to it. */
static void close_up(store_index *index, uint32_t hole)
{
    const uint32_t mask = index->cap - 1;
    for (uint32_t i = (hole + 1) & mask; index->groups[i].newest; i = (i + 1) & mask) {
        const uint32_t home = index->groups[i].hash & mask;
        if (((i - home) & mask) < ((i - hole) & mask)) continue;
        index->groups[hole] = index->groups[i];
        hole = i;
    }
    index->groups[hole] = (group){.newest = NULL};
    index->used--;
}

void names_remove(store_list *list, store_item *item)
{
    group *of = group_of(list->index, item->name, item->id);
    store_item **link = &of->newest;
    while (*link != item) {
        KL_ASSERT(*link);
        link = &(*link)->same;
    }
    *link = item->same;
    of->count--;
    if (!of->newest) close_up(list->index, (uint32_t)(of - list->index->groups));
    if (item->prev) item->prev->next = item->next;
    else list->first = item->next;
    if (item->next) item->next->prev = item->prev;
}
