/* pick.c: the best of several final replies (RFC 3261 16.7 step 6, in Kamailio's order). */
#include "internal.h"

/* The lower, the better. */
static int priority(const tm_branch *branch, const tm_branch *current)
{
    const int code = branch->last_received, rest = code % 100;
    const int faked = branch->faked && branch != current ? branch->cell->tm->settings.faked_reply_prio : 0;
    switch (code / 100) {
    case 6: return 1000 + rest + faked;
    case 3: return 3000 + rest + faked;
    case 4:
        switch (rest) {
        case 1:
        case 7:
        case 15:
        case 20:
        case 84: return 4000 + rest + faked;
        default: return 4100 + rest + faked;
        }
    case 5: return 5000 + rest + faked;
    default: return 10000 + code + faked;
    }
}

int pick_branch(const tm_cell *cell, const tm_branch *current)
{
    int best = PICK_NONE, lowest = 0;
    for (int i = 0; i < cell->branch_count; i++) {
        const tm_branch *branch = cell->branches[i];
        if (branch_is_open(branch)) return PICK_OPEN;
        if (branch_is(branch, TM_BRANCH_DROPPED)) continue;
        const int own = priority(branch, current);
        if (best != PICK_NONE && own >= lowest) continue;
        best = i;
        lowest = own;
    }
    return best;
}
