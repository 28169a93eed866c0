/* runs.h: a list of rows by address, numbered from 0. Most rows stand in static arrays, one behind the other, so what
 * is kept is where each run of neighbours begins: a few words for hundreds of rows. */
#ifndef KL_BASE_RUNS_H
#define KL_BASE_RUNS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct run_list {
    size_t count; /* rows */
    /* -- private part: runs.c only */
    size_t row_bytes, run_count, cap;
    struct run *runs;
} run_list;

void runs_init(run_list *list, size_t row_bytes);
void runs_free(run_list *list);

const void *runs_at(const run_list *list, size_t number); /* number < count */
/* Both: false, and nothing has changed, when out of memory. Addresses stay the caller's. */
bool runs_add(run_list *list, const void *row);
bool runs_replace(run_list *list, size_t number, const void *row);

#endif
