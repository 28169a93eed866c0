#include "columns.h"

#define MOST (1u << 30) /* bytes of one */

/* In front of each: it is read where it was written, so numbers are the machine's. */
typedef struct head {
    uint32_t name, value; /* bytes */
    uint8_t type, is_key, is_bytes;
} head;

static kl_span bytes_of(const kl_value *value)
{
    switch (value->type) {
    case KL_TYPE_STR: return value->s;
    case KL_TYPE_FLOAT: return span_of((const char *)&value->f, sizeof value->f);
    case KL_TYPE_NULL: return SPAN_NULL;
    default: return span_of((const char *)&value->i, sizeof value->i);
    }
}

void columns_add(kl_buf *out, const kl_column *column)
{
    const kl_span value = bytes_of(&column->value);
    if (column->name.n > MOST || value.n > MOST) {
        out->failed = true;
        return;
    }
    const head front = {.name = (uint32_t)column->name.n,
                        .value = (uint32_t)value.n,
                        .type = (uint8_t)column->value.type,
                        .is_key = column->is_key != 0,
                        .is_bytes = column->is_bytes != 0};
    buf_add(out, span_of((const char *)&front, sizeof front));
    buf_add(out, column->name);
    buf_add(out, value);
}

static kl_span cut(kl_span *rest, size_t n)
{
    const kl_span piece = span_of(rest->s, n);
    *rest = span_from(*rest, n);
    return piece;
}

static void read_value(kl_value *out, kl_span bytes)
{
    if (out->type == KL_TYPE_STR) out->s = bytes;
    else if (out->type == KL_TYPE_FLOAT) memcpy(&out->f, bytes.s, sizeof out->f);
    else if (out->type != KL_TYPE_NULL) memcpy(&out->i, bytes.s, sizeof out->i);
}

int kl_column_next(kl_span *rest, kl_column *out)
{
    head front;
    if (rest->n < sizeof front) return 0;
    memcpy(&front, cut(rest, sizeof front).s, sizeof front);
    *out = (kl_column){.is_key = front.is_key, .is_bytes = front.is_bytes, .value = {.type = (kl_type)front.type}};
    out->name = cut(rest, front.name);
    read_value(&out->value, cut(rest, front.value));
    return 1;
}

static bool is_value(const kl_value *value)
{
    return value->type == KL_TYPE_NULL || value->type == KL_TYPE_INT || value->type == KL_TYPE_LONG ||
           value->type == KL_TYPE_FLOAT || (value->type == KL_TYPE_STR && value->s.s);
}

const char *columns_wrong(const kl_store *store)
{
    size_t keys = 0;
    if (store->operation < KL_STORE_UPSERT || store->operation > KL_STORE_DELETE) return "there is no such operation";
    if (span_empty(store->table)) return "the name of the table is empty";
    for (size_t i = 0; i < store->count; i++) {
        if (span_empty(store->columns[i].name)) return "the name of a column is empty";
        if (!is_value(&store->columns[i].value)) return "a value is neither text, number nor null";
        keys += store->columns[i].is_key != 0;
    }
    if (store->operation == KL_STORE_DELETE && keys < store->count) return "a delete has no values, only a key";
    if (store->operation != KL_STORE_INSERT && keys == 0) return "no column is the key";
    return store->count > 0 ? NULL : "there are no columns";
}
