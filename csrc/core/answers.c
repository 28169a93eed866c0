#include "answers.h"

#include "base/mem.h"

struct kl_answer {
    kl_answer *next;
    kl_span name, id; /* behind the struct */
    kl_arena arena;   /* of fields */
    kl_item *fields;
};

#define ANSWER_BYTES ((size_t)1 << 20)

static kl_answer *find(const kl_answers *answers, kl_span name, kl_span id)
{
    kl_answer *one = answers->first;
    while (one && !(span_eq(one->name, name) && span_eq(one->id, id))) one = one->next;
    return one;
}

static kl_span put_text(char *place, kl_span text)
{
    if (text.n) memcpy(place, text.s, text.n);
    return span_of(place, text.n);
}

static kl_answer *make(kl_answers *answers, kl_span name, kl_span id)
{
    if (answers->count >= ANSWERS_MAX) return NULL;
    kl_answer *one = kl_calloc(1, sizeof *one + name.n + id.n);
    if (!one) return NULL;
    one->name = put_text((char *)(one + 1), name);
    one->id = put_text((char *)(one + 1) + name.n, id);
    arena_init_small(&one->arena, ANSWER_BYTES, 256);
    one->next = answers->first;
    answers->first = one;
    answers->count++;
    return one;
}

void answers_done(kl_answers *answers)
{
    while (answers->first) {
        kl_answer *one = answers->first;
        answers->first = one->next;
        arena_free(&one->arena);
        kl_free(one);
    }
    answers->count = 0;
}

bool answers_has(const kl_answers *answers, kl_span name, kl_span id) { return find(answers, name, id) != NULL; }

bool answers_touch(kl_answers *answers, kl_span name, kl_span id)
{
    return find(answers, name, id) || make(answers, name, id);
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

kl_status answers_put(kl_answers *answers, kl_span name, kl_span id, const kl_value *fields)
{
    if (fields->type != KL_TYPE_DICT) return KL_ECONFIG;
    kl_answer *one = find(answers, name, id);
    if (!one) one = make(answers, name, id);
    if (!one) return KL_ENOMEM;
    one->fields = NULL;
    arena_reset(&one->arena);
    kl_item *made;
    const kl_status status = copy_items(&one->arena, fields->items, &made, false);
    if (status == KL_OK) one->fields = made;
    return status;
}

const kl_value *answers_get(const kl_answers *answers, kl_span name, kl_span id, kl_span key)
{
    const kl_answer *one = find(answers, name, id);
    for (const kl_item *item = one ? one->fields : NULL; item; item = item->next)
        if (span_eq(item->key, key)) return &item->value;
    return NULL;
}
