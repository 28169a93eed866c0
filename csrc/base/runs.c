#include "runs.h"

#include <string.h>

#include "mem.h"
#include "status.h"

typedef struct run {
    const char *first;
    size_t number; /* of the first row; it ends where the next one begins */
} run;

void runs_init(run_list *list, size_t row_bytes) { *list = (run_list){.row_bytes = row_bytes}; }

void runs_free(run_list *list)
{
    kl_free(list->runs);
    *list = (run_list){.row_bytes = list->row_bytes};
}

/* The run that has this row. */
static size_t run_of(const run_list *list, size_t number)
{
    size_t low = 0, high = list->run_count;
    KL_ASSERT(number < list->count);
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (list->runs[middle].number <= number) low = middle;
        else high = middle;
    }
    return low;
}

static const char *row_at(const run_list *list, const run *in, size_t number)
{
    return in->first + (number - in->number) * list->row_bytes;
}

const void *runs_at(const run_list *list, size_t number)
{
    return row_at(list, &list->runs[run_of(list, number)], number);
}

static bool room_for(run_list *list, size_t more)
{
    if (list->runs && list->cap - list->run_count >= more) return true;
    const size_t cap = list->cap ? list->cap * 2 : 8;
    run *grown = kl_realloc(list->runs, cap * sizeof *grown);
    if (!grown) return false;
    list->runs = grown;
    list->cap = cap;
    return true;
}

bool runs_add(run_list *list, const void *row)
{
    const run *last = list->run_count ? &list->runs[list->run_count - 1] : NULL;
    if (!last || row_at(list, last, list->count) != row) {
        if (!room_for(list, 1)) return false;
        list->runs[list->run_count++] = (run){row, list->count};
    }
    list->count++;
    return true;
}

/* It becomes a run of its own, and what was behind it in its run another one. */
bool runs_replace(run_list *list, size_t number, const void *row)
{
    if (!room_for(list, 2)) return false;
    size_t at = run_of(list, number);
    run *found = &list->runs[at];
    const size_t end = at + 1 < list->run_count ? found[1].number : list->count;
    run parts[3];
    size_t count = 0;
    if (number > found->number) parts[count++] = *found;
    parts[count++] = (run){row, number};
    if (number + 1 < end) parts[count++] = (run){row_at(list, found, number + 1), number + 1};
    memmove(found + count, found + 1, (list->run_count - at - 1) * sizeof *found);
    memcpy(found, parts, count * sizeof *found);
    list->run_count += count - 1;
    return true;
}
