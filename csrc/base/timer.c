/* timer.c: level 0 has a slot for each time that differs from now in its last TIMER_BITS bits alone, level 1 for those that differ in the next ones, and so on: so all timers of one time are in one slot,
 * those of a lower level before those of a higher, and in a level before each other as their slots are. When now comes to a slot of a higher level, what is in it moves to lower ones. */
#include "timer.h"

#include "mem.h"
#include "status.h"

#define TIMER_UNKNOWN INT64_MIN
#define LATEST ((INT64_C(1) << TIMER_BITS * TIMER_LEVELS) - 1)
#define FIRST_NODES 64

void timer_init(timer_wheel *wheel) { *wheel = (timer_wheel){.until = INT64_MIN}; }

void timer_free(timer_wheel *wheel)
{
    for (uint32_t i = 1; i < wheel->cap; i++)
        if (wheel->nodes[i].id) *wheel->nodes[i].id = 0;
    kl_free(wheel->slots);
    kl_free(wheel->nodes);
    timer_init(wheel);
}

/* ---- slots */

static int level_of(const timer_wheel *wheel, int64_t when)
{
    const uint64_t differs = (uint64_t)(when ^ wheel->now);
    return differs ? (63 - __builtin_clzll(differs)) / TIMER_BITS : 0;
}

static int place_of(int64_t when, int level) { return (int)(when >> TIMER_BITS * level) & (TIMER_SLOTS - 1); }

static void link_last(timer_wheel *wheel, uint32_t node)
{
    timer_node *added = &wheel->nodes[node];
    const int level = level_of(wheel, added->when), place = place_of(added->when, level);
    timer_slot *slot = &wheel->slots[level][place];
    added->prev = slot->last;
    added->next = 0;
    if (slot->last) {
        wheel->nodes[slot->last].next = node;
        if (added->when < slot->earliest) slot->earliest = added->when;     /* TIMER_UNKNOWN is before all */
    } else {
        slot->first = node;
        slot->earliest = added->when;
        wheel->used[level] |= UINT64_C(1) << place;
    }
    slot->last = node;
}

static void unlink_node(timer_wheel *wheel, uint32_t node)
{
    const timer_node *gone = &wheel->nodes[node];
    const int level = level_of(wheel, gone->when), place = place_of(gone->when, level);
    timer_slot *slot = &wheel->slots[level][place];
    if (gone->prev) wheel->nodes[gone->prev].next = gone->next;
    else slot->first = gone->next;
    if (gone->next) wheel->nodes[gone->next].prev = gone->prev;
    else slot->last = gone->prev;
    if (!slot->first) wheel->used[level] &= ~(UINT64_C(1) << place);
    else if (level > 0 && gone->when == slot->earliest) slot->earliest = TIMER_UNKNOWN;
}

/* ---- nodes */

static bool grow(timer_wheel *wheel)
{
    if (wheel->cap > UINT32_MAX / 2) return false;
    const uint32_t cap = wheel->cap ? wheel->cap * 2 : FIRST_NODES;
    if (!wheel->slots && !(wheel->slots = kl_calloc(TIMER_LEVELS, sizeof *wheel->slots))) return false;
    timer_node *nodes = kl_realloc(wheel->nodes, cap * sizeof *nodes);
    if (!nodes) return false;
    wheel->nodes = nodes;
    for (uint32_t i = cap; i-- > (wheel->cap ? wheel->cap : 1);) {      /* 0 is none */
        nodes[i] = (timer_node){.next = wheel->free};
        wheel->free = i;
    }
    wheel->cap = cap;
    return true;
}

static uint32_t take_node(timer_wheel *wheel)
{
    if (KL_UNLIKELY(!wheel->free) && !grow(wheel)) return 0;
    const uint32_t node = wheel->free;
    wheel->free = wheel->nodes[node].next;
    wheel->count++;
    return node;
}

static void give_node(timer_wheel *wheel, uint32_t node)
{
    *wheel->nodes[node].id = 0;
    wheel->nodes[node].id = NULL;
    wheel->nodes[node].next = wheel->free;
    wheel->free = node;
    wheel->count--;
}

bool timer_set(timer_wheel *wheel, timer_id *id, int64_t when, timer_fn fn)
{
    const int64_t passed = wheel->until > wheel->now ? wheel->until : wheel->now;
    if (*id) {
        KL_ASSERT(wheel->nodes[*id].id == id);
        unlink_node(wheel, *id);
    } else if (!(*id = take_node(wheel))) {
        return false;
    }
    if (when <= passed) when = passed + 1;
    timer_node *node = &wheel->nodes[*id];
    node->when = when < LATEST ? when : LATEST;
    node->id = id;
    node->fn = fn;
    link_last(wheel, *id);
    return true;
}

void timer_stop(timer_wheel *wheel, timer_id *id)
{
    if (!*id) return;
    KL_ASSERT(wheel->nodes[*id].id == id);
    unlink_node(wheel, *id);
    give_node(wheel, *id);
}

/* ---- time */

/* The first slot of the lowest level that has any. */
static bool first_slot(const timer_wheel *wheel, int *level, int *place)
{
    for (*level = 0; *level < TIMER_LEVELS; ++*level) {
        if (!wheel->used[*level]) continue;
        *place = __builtin_ctzll(wheel->used[*level]);
        return true;
    }
    return false;
}

static int64_t earliest_of(const timer_wheel *wheel, timer_slot *slot)
{
    if (slot->earliest == TIMER_UNKNOWN) {
        slot->earliest = INT64_MAX;
        for (uint32_t node = slot->first; node; node = wheel->nodes[node].next)
            if (wheel->nodes[node].when < slot->earliest) slot->earliest = wheel->nodes[node].when;
    }
    return slot->earliest;
}

bool timer_next(const timer_wheel *wheel, int64_t *when)
{
    int level, place;
    if (!first_slot(wheel, &level, &place)) return false;
    *when = earliest_of(wheel, &wheel->slots[level][place]);
    return true;
}

/* Now is where a slot of a higher level begins: what is in it differs from now in lower bits alone. */
static void move_down(timer_wheel *wheel, int level, int place)
{
    timer_slot *slot = &wheel->slots[level][place];
    uint32_t node = slot->first;
    *slot = (timer_slot){0};
    wheel->used[level] &= ~(UINT64_C(1) << place);
    for (uint32_t next; node; node = next) {
        next = wheel->nodes[node].next;
        link_last(wheel, node);
    }
}

static void go_off(timer_wheel *wheel, uint32_t node, void *arg)
{
    const timer_node due = wheel->nodes[node];
    unlink_node(wheel, node);
    give_node(wheel, node);
    due.fn(due.id, due.when, arg);
}

size_t timer_run(timer_wheel *wheel, int64_t now, void *arg)
{
    size_t count = 0;
    int level, place;
    if (now > LATEST) now = LATEST;
    if (now <= wheel->now) return 0;
    wheel->until = now;
    while (first_slot(wheel, &level, &place)) {
        const int64_t below = (INT64_C(1) << TIMER_BITS * level) - 1, around = (INT64_C(1) << TIMER_BITS * (level + 1)) - 1;
        const int64_t start = (wheel->now & ~around) | ((int64_t)place << TIMER_BITS * level);
        KL_ASSERT((start & below) == 0 && start >= (wheel->now & ~below));
        (void)below;
        if (start > now) break;
        wheel->now = start;
        if (level > 0) {
            move_down(wheel, level, place);
            continue;
        }
        go_off(wheel, wheel->slots[0][place].first, arg);
        count++;
    }
    wheel->now = now;
    wheel->until = INT64_MIN;
    return count;
}
