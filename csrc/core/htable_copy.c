/* htable_copy.c: all tables of a shared state as they are, and put back. */
#include "base/mem.h"
#include "base/status.h"
#include "htable_layout.h"

static bool copy_piece(const htable_piece *from, htable_piece *to)
{
    *to = *from;
    if (!from->s) return true;
    to->s = kl_malloc(from->cap);
    if (to->s && from->n) memcpy(to->s, from->s, from->n);
    return to->s != NULL;
}

static htable_entry *copy_item(const htable_entry *from)
{
    htable_entry *one = kl_malloc(sizeof *one);
    if (!one) return NULL;
    *one = *from;
    one->next = NULL;
    one->text.s = NULL;
    if (copy_piece(&from->key, &one->key) && copy_piece(&from->text, &one->text)) return one;
    htable_free_entries(one);
    return NULL;
}

static bool copy_items(const core_htable *from, core_htable *to)
{
    if (from->bucket_count != to->bucket_count) {
        htable_entry **buckets = kl_calloc(from->bucket_count, sizeof *buckets);
        if (!buckets) return false;
        kl_free(to->buckets);
        to->buckets = buckets;
        to->bucket_count = from->bucket_count;
    }
    for (size_t i = 0; i < from->bucket_count; i++)
        for (const htable_entry *old = from->buckets[i]; old; old = old->next) {
            htable_entry *one = copy_item(old);
            if (!one) return false;
            one->next = to->buckets[i];
            to->buckets[i] = one;
            htable_order_insert(to, one);
            to->count++;
        }
    to->age = from->age;
    return true;
}

static void drop_spare(core_htable *table)
{
    for (const htable_entry *one = table->spare; one; one = one->next) htable_account(table, htable_entry_size(one), 0);
    htable_free_entries(table->spare);
    table->spare = NULL;
    table->spare_count = 0;
}

static core_htable *copy_table(core_htable *from, htable_root *to)
{
    core_htable *table = htable_new_table(to, &from->def);
    if (!table) return NULL;
    htable_enter(from);
    drop_spare(from);
    atomic_store(&table->refused, atomic_load(&from->refused));
    const bool good = copy_items(from, table);
    htable_leave(from);
    if (good) return table;
    htable_free_table(table);
    return NULL;
}

static bool copy_tables(htable_root *from, htable_root *to)
{
    core_htable *newest = NULL, **last = &newest;
    bool good = true;
    for (core_htable *table = htable_next(from, NULL); table && good; table = table->older) {
        *last = copy_table(table, to);
        good = *last != NULL;
        if (good) last = &(*last)->older;
    }
    atomic_store(&to->newest, newest);
    return good;
}

htable_root *htable_root_copy(htable_root *root)
{
    htable_root *copy = htable_root_new();
    if (!copy) return NULL;
    if (copy_tables(root, copy)) {
        atomic_store(&copy->used, htable_memory(root));
        return copy;
    }
    htable_root_free(copy);
    return NULL;
}

static void take_items(core_htable *table, const core_htable *from)
{
    table->buckets = from->buckets;
    table->bucket_count = from->bucket_count;
    table->count = from->count;
    table->top = from->top;
    table->spare = from->spare;
    table->spare_count = from->spare_count;
    table->age = from->age;
    atomic_store(&table->refused, from->refused);
}

static void swap_items(core_htable *table, core_htable *other)
{
    const core_htable old = *table;
    take_items(table, other);
    take_items(other, &old);
}

void htable_root_swap(htable_root *root, htable_root *copy)
{
    core_htable *other = htable_next(copy, NULL);
    for (core_htable *table = htable_next(root, NULL); table; table = table->older, other = other->older) {
        KL_ASSERT(other && span_eq(table->def.name, other->def.name));
        htable_enter(table);
        swap_items(table, other);
        htable_leave(table);
    }
    atomic_store(&copy->used, atomic_exchange(&root->used, htable_memory(copy)));
}
