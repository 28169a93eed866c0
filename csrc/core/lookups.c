#include "lookups.h"

#include "base/mem.h"

struct kl_answer {
    kl_answer *next;
    kl_span name, id; /* behind the struct */
    kl_arena arena;   /* of fields */
    kl_item *fields;
};

#define ANSWER_BYTES ((size_t)1 << 20)

static kl_answer *find(const kl_lookups *lookups, kl_span name, kl_span id)
{
    kl_answer *one = lookups->first;
    while (one && !(span_eq(one->name, name) && span_eq(one->id, id))) one = one->next;
    return one;
}

static kl_span put_text(char *place, kl_span text)
{
    if (text.n) memcpy(place, text.s, text.n);
    return span_of(place, text.n);
}

static kl_answer *make(kl_lookups *lookups, kl_span name, kl_span id)
{
    if (lookups->count >= LOOKUPS_MAX) return NULL;
    kl_answer *one = kl_calloc(1, sizeof *one + name.n + id.n);
    if (!one) return NULL;
    one->name = put_text((char *)(one + 1), name);
    one->id = put_text((char *)(one + 1) + name.n, id);
    arena_init_small(&one->arena, ANSWER_BYTES, 256);
    one->next = lookups->first;
    lookups->first = one;
    lookups->count++;
    return one;
}

void lookups_done(kl_lookups *lookups)
{
    while (lookups->first) {
        kl_answer *one = lookups->first;
        lookups->first = one->next;
        arena_free(&one->arena);
        kl_free(one);
    }
    lookups->count = 0;
}

bool lookups_has(const kl_lookups *lookups, kl_span name, kl_span id) { return find(lookups, name, id) != NULL; }

bool lookups_touch(kl_lookups *lookups, kl_span name, kl_span id)
{
    return find(lookups, name, id) || make(lookups, name, id);
}

/* ---- copying */

static kl_status copy_value(kl_arena *arena, const kl_value *from, kl_value *to, bool listed);

static kl_status copy_items(kl_arena *arena, const kl_item *from, kl_item **out, bool listed)
{
    for (*out = NULL; from; from = from->next) {
        kl_item *item = arena_zalloc(arena, sizeof *item);
        if (!item) return KL_ENOMEM;
        if (from->key.s && !(item->key = arena_copy(arena, from->key)).s) return KL_ENOMEM;
        const kl_status status = copy_value(arena, &from->value, &item->value, listed);
        if (status != KL_OK) return status;
        *out = item;
        out = &item->next;
    }
    return KL_OK;
}

static kl_status copy_value(kl_arena *arena, const kl_value *from, kl_value *to, bool listed)
{
    *to = *from;
    switch (from->type) {
    case KL_TYPE_NULL:
    case KL_TYPE_INT: return KL_OK;
    case KL_TYPE_STR: return (to->s = arena_copy(arena, from->s)).s ? KL_OK : KL_ENOMEM;
    case KL_TYPE_ARRAY: return listed ? KL_ECONFIG : copy_items(arena, from->items, &to->items, true);
    default: return KL_ECONFIG;
    }
}

kl_status lookups_put(kl_lookups *lookups, kl_span name, kl_span id, const kl_value *fields)
{
    if (fields->type != KL_TYPE_DICT) return KL_ECONFIG;
    kl_answer *one = find(lookups, name, id);
    if (!one) one = make(lookups, name, id);
    if (!one) return KL_ENOMEM;
    one->fields = NULL;
    arena_reset(&one->arena);
    kl_item *made;
    const kl_status status = copy_items(&one->arena, fields->items, &made, false);
    if (status == KL_OK) one->fields = made;
    return status;
}

static void turn_round(kl_lookups *lookups)
{
    kl_answer *turned = NULL;
    for (kl_answer *one = lookups->first, *next; one; one = next) {
        next = one->next;
        one->next = turned;
        turned = one;
    }
    lookups->first = turned;
}

bool lookups_copy(const kl_lookups *from, kl_lookups *to)
{
    for (const kl_answer *one = from->first; one; one = one->next) {
        kl_answer *copy = make(to, one->name, one->id);
        if (copy && copy_items(&copy->arena, one->fields, &copy->fields, false) == KL_OK) continue;
        lookups_done(to);
        return false;
    }
    turn_round(to);
    return true;
}

const kl_value *lookups_get(const kl_lookups *lookups, kl_span name, kl_span id, kl_span key)
{
    const kl_answer *one = find(lookups, name, id);
    for (const kl_item *item = one ? one->fields : NULL; item; item = item->next)
        if (span_eq(item->key, key)) return &item->value;
    return NULL;
}
