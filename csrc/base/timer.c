/* timer.c: level 0 has a slot for each time that differs from now in its last TIMER_BITS bits alone, level 1 for those
 * that differ in the next ones, and so on: so all timers of one time are in one slot, those of a lower level before
 * those of a higher, and in a level before each other as their slots are. When now comes to a slot of a higher level,
 * what is in it moves to lower ones. */
#include "timer.h"

#include <string.h>

#include "mem.h"
#include "status.h"

#define LATEST      ((INT64_C(1) << TIMER_BITS * TIMER_LEVELS) - 1)
#define FIRST_NODES 64 /* those of one word of bits */

void timer_init(timer_wheel *wheel) { *wheel = (timer_wheel){.until = INT64_MIN}; }

static bool is_set(const timer_wheel *wheel, uint32_t node) { return wheel->set[node / 64] >> node % 64 & 1; }
static void mark_set(timer_wheel *wheel, uint32_t node) { wheel->set[node / 64] |= UINT64_C(1) << node % 64; }
static void mark_stopped(timer_wheel *wheel, uint32_t node) { wheel->set[node / 64] &= ~(UINT64_C(1) << node % 64); }

static void unset_all(timer_wheel *wheel)
{
    for (uint32_t i = 1; i < wheel->cap; i++)
        if (is_set(wheel, i)) *wheel->calls[i].id = 0;
}

void timer_free(timer_wheel *wheel)
{
    unset_all(wheel);
    timer_copy_free(wheel);
}

void timer_copy_free(timer_wheel *wheel)
{
    kl_free(wheel->slots);
    kl_free(wheel->nodes);
    kl_free(wheel->calls);
    kl_free(wheel->set);
    timer_init(wheel);
}

/* ---- slots */

static int level_of(const timer_wheel *wheel, int64_t when)
{
    const uint64_t differs = (uint64_t)(when ^ wheel->now);
    return differs ? (63 - __builtin_clzll(differs)) / TIMER_BITS : 0;
}

static int place_of(int64_t when, int level) { return (int)(when >> TIMER_BITS * level) & (TIMER_SLOTS - 1); }

static void empty_slot(timer_wheel *wheel, int level, int place)
{
    wheel->slots[level][place] = (timer_slot){0};
    wheel->used[level] &= ~(UINT64_C(1) << place);
}

static bool is_earliest(const timer_wheel *wheel, const timer_slot *slot)
{
    return is_set(wheel, slot->earliest) && wheel->nodes[slot->earliest].when == slot->when;
}

static void link_node(timer_wheel *wheel, uint32_t node)
{
    timer_node *added = &wheel->nodes[node];
    const int level = level_of(wheel, added->when), place = place_of(added->when, level);
    timer_slot *slot = &wheel->slots[level][place];
    added->next = slot->first;
    /* what was the earliest may have been stopped: slot->when is not after any that is set */
    if (!slot->first || added->when <= slot->when) {
        slot->earliest = node;
        slot->when = added->when;
    }
    slot->first = node;
    wheel->used[level] |= UINT64_C(1) << place;
}

/* ---- nodes: in use, stopped in a slot, or free */

static void give_node(timer_wheel *wheel, uint32_t node)
{
    wheel->nodes[node].next = wheel->free;
    wheel->free = node;
}

/* In order of memory, so that it takes little for each. The lowest are taken first again. */
static void sweep(timer_wheel *wheel)
{
    memset(wheel->used, 0, sizeof wheel->used);
    memset(wheel->slots, 0, TIMER_LEVELS * sizeof *wheel->slots);
    wheel->free = 0;
    wheel->sorted = false;
    for (uint32_t i = wheel->cap; i-- > 1;) {
        if (is_set(wheel, i)) link_node(wheel, i);
        else give_node(wheel, i);
    }
}

static bool grow(timer_wheel *wheel)
{
    if (wheel->cap > UINT32_MAX / 2) return false;
    const uint32_t cap = wheel->cap ? wheel->cap * 2 : FIRST_NODES;
    if (!wheel->slots && !(wheel->slots = kl_calloc(TIMER_LEVELS, sizeof *wheel->slots))) return false;
    timer_call *calls = kl_realloc(wheel->calls, cap * sizeof *calls);
    if (!calls) return false;
    wheel->calls = calls;
    timer_node *nodes = kl_realloc(wheel->nodes, cap * sizeof *nodes);
    if (!nodes) return false;
    wheel->nodes = nodes;
    uint64_t *set = kl_realloc(wheel->set, cap / 64 * sizeof *set);
    if (!set) return false;
    wheel->set = set;
    memset(set + wheel->cap / 64, 0, (cap - wheel->cap) / 64 * sizeof *set); /* node 0 is none, and never set */
    for (uint32_t i = cap; i-- > (wheel->cap ? wheel->cap : 1);) give_node(wheel, i);
    wheel->cap = cap;
    return true;
}

static uint32_t take_node(timer_wheel *wheel)
{
    if (KL_UNLIKELY(!wheel->free)) {
        if (wheel->cap > 0 && wheel->count <= wheel->cap / 2) sweep(wheel);
        else if (!grow(wheel)) return 0;
    }
    const uint32_t node = wheel->free;
    wheel->free = wheel->nodes[node].next;
    return node;
}

bool timer_set(timer_wheel *wheel, timer_id *id, int64_t when, timer_fn fn)
{
    const int64_t passed = wheel->until > wheel->now ? wheel->until : wheel->now;
    const uint32_t node = take_node(wheel);
    if (!node) return false;
    timer_stop(wheel, id);
    if (when <= passed) when = passed + 1;
    wheel->nodes[node].when = when < LATEST ? when : LATEST;
    wheel->nodes[node].turn = ++wheel->turn;
    wheel->calls[node] = (timer_call){id, fn};
    mark_set(wheel, node);
    wheel->count++;
    link_node(wheel, node);
    *id = node;
    return true;
}

void timer_stop(timer_wheel *wheel, timer_id *id)
{
    if (!*id) return;
    KL_ASSERT(wheel->calls[*id].id == id && is_set(wheel, *id));
    mark_stopped(wheel, *id);
    wheel->count--;
    *id = 0;
}

/* ---- time */

/* Takes those that were stopped out of a slot. False: none is left. */
static bool clear_stopped(timer_wheel *wheel, int level, int place)
{
    timer_slot *slot = &wheel->slots[level][place];
    uint32_t *link = &slot->first;
    slot->when = INT64_MAX;
    while (*link) {
        const uint32_t node = *link;
        timer_node *one = &wheel->nodes[node];
        if (!is_set(wheel, node)) {
            *link = one->next;
            give_node(wheel, node);
            continue;
        }
        if (one->when < slot->when) {
            slot->earliest = node;
            slot->when = one->when;
        }
        link = &one->next;
    }
    if (!slot->first) empty_slot(wheel, level, place);
    return slot->first != 0;
}

/* The first slot with a timer that is set, its earliest known. */
static timer_slot *first_slot(timer_wheel *wheel, int *level, int *place)
{
    for (*level = 0; *level < TIMER_LEVELS; ++*level) {
        while (wheel->used[*level]) {
            *place = __builtin_ctzll(wheel->used[*level]);
            timer_slot *slot = &wheel->slots[*level][*place];
            if (is_earliest(wheel, slot) || clear_stopped(wheel, *level, *place)) return slot;
        }
    }
    return NULL;
}

bool timer_next(timer_wheel *wheel, int64_t *when)
{
    int level, place;
    const timer_slot *slot = wheel->count > 0 ? first_slot(wheel, &level, &place) : NULL;
    if (slot) *when = slot->when;
    return slot != NULL;
}

static const timer_slot *first_used(const timer_wheel *wheel, int *level, int *place)
{
    for (*level = 0; *level < TIMER_LEVELS; ++*level) {
        if (!wheel->used[*level]) continue;
        *place = __builtin_ctzll(wheel->used[*level]);
        return &wheel->slots[*level][*place];
    }
    return NULL;
}

int64_t timer_soonest(const timer_wheel *wheel)
{
    int level, place;
    const timer_slot *slot = wheel->count > 0 ? first_used(wheel, &level, &place) : NULL;
    return slot ? slot->when : INT64_MAX;
}

/* Now is where a slot of a higher level begins: what is in it differs from now in lower bits alone. */
static void move_down(timer_wheel *wheel, int level, int place)
{
    uint32_t node = wheel->slots[level][place].first;
    empty_slot(wheel, level, place);
    for (uint32_t next; node; node = next) {
        next = wheel->nodes[node].next;
        if (is_set(wheel, node)) link_node(wheel, node);
        else give_node(wheel, node);
    }
}

static bool is_before(const timer_wheel *wheel, uint32_t a, uint32_t b)
{
    return (int32_t)(wheel->nodes[a].turn - wheel->nodes[b].turn) < 0;
}

static uint32_t merge(timer_wheel *wheel, uint32_t a, uint32_t b)
{
    uint32_t first = 0, *link = &first;
    while (a && b) {
        uint32_t *less = is_before(wheel, a, b) ? &a : &b;
        *link = *less;
        link = &wheel->nodes[*less].next;
        *less = *link;
    }
    *link = a ? a : b;
    return first;
}

/* By turns, as a binary counter of sorted lists adds. */
static uint32_t sort(timer_wheel *wheel, uint32_t list)
{
    uint32_t sorted[32] = {0}, all = 0;
    for (uint32_t next; list; list = next) {
        uint32_t one = list;
        next = wheel->nodes[list].next;
        wheel->nodes[one].next = 0;
        int i = 0;
        for (; i < 31 && sorted[i]; i++) {
            one = merge(wheel, sorted[i], one);
            sorted[i] = 0;
        }
        sorted[i] = sorted[i] ? merge(wheel, sorted[i], one) : one;
    }
    for (int i = 0; i < 32; i++) all = merge(wheel, sorted[i], all);
    return all;
}

/* The first of a slot of level 0, all of whose timers are of one time. False: it has been stopped. */
static bool run_first(timer_wheel *wheel, int place, void *arg)
{
    timer_slot *slot = &wheel->slots[0][place];
    if (!wheel->sorted && wheel->nodes[slot->first].next) slot->first = sort(wheel, slot->first);
    wheel->sorted = true;
    const uint32_t node = slot->first;
    const timer_call call = wheel->calls[node];
    const int64_t when = wheel->nodes[node].when;
    const bool stopped = !is_set(wheel, node);
    slot->first = wheel->nodes[node].next;
    if (slot->earliest == node) slot->earliest = slot->first;
    if (!slot->first) empty_slot(wheel, 0, place);
    mark_stopped(wheel, node);
    give_node(wheel, node);
    if (stopped) return false;
    wheel->count--;
    *call.id = 0;
    call.fn(call.id, when, arg);
    return true;
}

/* None is set any more: what was stopped does not stay behind now. */
static void clear_all(timer_wheel *wheel)
{
    int level, place;
    while (first_used(wheel, &level, &place)) clear_stopped(wheel, level, place);
}

size_t timer_run(timer_wheel *wheel, int64_t now, void *arg)
{
    int level, place;
    if (now > LATEST) now = LATEST;
    if (now <= wheel->now) return 0;
    size_t count = 0;
    wheel->until = now;
    while (wheel->count > 0 && first_used(wheel, &level, &place)) {
        const int64_t around = (INT64_C(1) << TIMER_BITS * (level + 1)) - 1;
        const int64_t start = (wheel->now & ~around) | ((int64_t)place << TIMER_BITS * level);
        if (start > now) break;
        if (start != wheel->now) wheel->sorted = false;
        wheel->now = start;
        if (level > 0) move_down(wheel, level, place);
        else count += run_first(wheel, place, arg);
    }
    if (wheel->count == 0) clear_all(wheel);
    wheel->now = now;
    wheel->until = INT64_MIN;
    wheel->sorted = false;
    return count;
}

/* ---- copies */

static bool has_room(timer_wheel *copy, const timer_wheel *of)
{
    copy->slots = kl_malloc(TIMER_LEVELS * sizeof *copy->slots);
    copy->nodes = kl_malloc(of->cap * sizeof *copy->nodes);
    copy->calls = kl_malloc(of->cap * sizeof *copy->calls);
    copy->set = kl_malloc(of->cap / 64 * sizeof *copy->set);
    return copy->slots && copy->nodes && copy->calls && copy->set;
}

static void copy_arrays(const timer_wheel *from, timer_wheel *to)
{
    memcpy(to->slots, from->slots, TIMER_LEVELS * sizeof *to->slots);
    memcpy(to->nodes, from->nodes, from->cap * sizeof *to->nodes);
    memcpy(to->calls, from->calls, from->cap * sizeof *to->calls);
    memcpy(to->set, from->set, from->cap / 64 * sizeof *to->set);
}

bool timer_copy(const timer_wheel *wheel, timer_wheel *copy)
{
    *copy = *wheel;
    copy->slots = NULL;
    copy->nodes = NULL;
    copy->calls = NULL;
    copy->set = NULL;
    if (wheel->cap == 0) return true; /* no timer was ever set */
    if (has_room(copy, wheel)) {
        copy_arrays(wheel, copy);
        return true;
    }
    timer_copy_free(copy);
    return false;
}

/* The arrays only ever grow: there is room. */
void timer_rewind(timer_wheel *wheel, const timer_wheel *copy)
{
    const timer_wheel now = *wheel;
    unset_all(wheel);
    *wheel = *copy;
    wheel->slots = now.slots;
    wheel->nodes = now.nodes;
    wheel->calls = now.calls;
    wheel->set = now.set;
    if (copy->cap > 0) copy_arrays(copy, wheel);
    else if (wheel->slots) memset(wheel->slots, 0, TIMER_LEVELS * sizeof *wheel->slots);
    for (uint32_t i = 1; i < wheel->cap; i++)
        if (is_set(wheel, i)) *wheel->calls[i].id = i;
}
