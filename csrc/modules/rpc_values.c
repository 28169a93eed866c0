#include "rpc_values.h"

int rpc_fault(kl_value *out, int code, const char *text)
{
    value_str(out, span_text(text));
    return code;
}

int rpc_done(kl_value *out, const char *text)
{
    value_str(out, span_text(text));
    return 0;
}

kl_span rpc_text(kl_arena *arena, const kl_value *args, size_t count, size_t at)
{
    kl_buf digits;
    if (at >= count || args[at].type == KL_TYPE_STR) return at < count ? args[at].s : SPAN_NULL;
    if (args[at].type != KL_TYPE_INT && args[at].type != KL_TYPE_LONG) return SPAN_NULL;
    buf_init(&digits);
    buf_addi(&digits, args[at].i);
    const kl_span copy = digits.failed ? SPAN_NULL : arena_copy(arena, buf_span(&digits));
    buf_free(&digits);
    return copy;
}

int64_t rpc_number(const kl_value *args, size_t count, size_t at)
{
    int64_t number = 0;
    if (at >= count) return 0;
    if (args[at].type == KL_TYPE_INT || args[at].type == KL_TYPE_LONG) return args[at].i;
    return args[at].type == KL_TYPE_STR && span_int_prefix(args[at].s, &number) == args[at].s.n ? number : 0;
}

kl_value *rpc_add(kl_arena *arena, kl_item ***tail, const char *key)
{
    kl_item *item = arena_zalloc(arena, sizeof *item);
    if (!item) return NULL;
    if (key) item->key = span_text(key);
    **tail = item;
    *tail = &item->next;
    return &item->value;
}

bool rpc_add_text(kl_arena *arena, kl_item ***tail, const char *key, kl_span text)
{
    kl_value *value = rpc_add(arena, tail, key);
    if (value) value_str(value, arena_copy(arena, text));
    return value && value->s.s;
}

bool rpc_add_number(kl_arena *arena, kl_item ***tail, const char *key, int64_t number)
{
    kl_value *value = rpc_add(arena, tail, key);
    if (value) value_long(value, number);
    return value != NULL;
}

bool rpc_add_value(kl_arena *arena, kl_item ***tail, const char *key, const kl_value *value)
{
    return value->type == KL_TYPE_STR ? rpc_add_text(arena, tail, key, value->s)
                                      : rpc_add_number(arena, tail, key, value->i);
}

bool rpc_add_struct(kl_arena *arena, kl_item ***tail, const char *key, kl_item ***inner)
{
    kl_value *value = rpc_add(arena, tail, key);
    if (!value) return false;
    *value = (kl_value){.type = KL_TYPE_DICT};
    *inner = &value->items;
    return true;
}
