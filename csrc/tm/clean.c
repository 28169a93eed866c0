/* clean.c: transactions that nobody ended. */
#include "internal.h"

#include "core/clock.h"

#define OVERDUE (90 * CLOCK_SECOND) /* beyond the end of its life, as in Kamailio */

int tm_clean(kl_ctx *ctx)
{
    tm_state *tm = tm_of(ctx);
    int count = 0;
    for (size_t i = 0; i < tm->slot_count; i++)
        for (tm_cell *cell = tm->slots[i], *next; cell; cell = next) {
            next = cell->next;
            if (cell->end_of_life + OVERDUE >= ctx->monotonic) continue;
            timers_end(ctx, cell);
            count++;
        }
    return count;
}
