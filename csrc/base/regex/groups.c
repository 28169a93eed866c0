/* groups.c: what the groups hold within a match whose ends are known: the first way through the nodes, in their order,
 * that reads exactly this text. Each split is tried once at each place, so the cost is the number of splits times the
 * length of the match. */
#include "program.h"

#include "base/mem.h"

#define MAX_SEEN ((size_t)1 << 26) /* splits times places: 8 MiB of bits */
#define RESTORE  0x80000000u       /* in a choice: put back where a loop's round began */

typedef struct walk {
    kl_regex *regex;
    group_memory *memory;
    kl_span subject;
    unsigned flags;
    size_t from, to, choice_count, trace_count;
} walk;

static bool grow(void **items, size_t *cap, size_t size, size_t want)
{
    size_t n = *cap ? *cap : 64;
    while (n < want) n *= 2;
    void *grown = n > *cap ? kl_realloc(*items, n * size) : *items;
    if (!grown) return false;
    *items = grown;
    *cap = n;
    return true;
}

static bool room_for(walk *w)
{
    group_memory *m = w->memory;
    void *seen = m->seen, *loops = m->loops;
    const size_t bits = w->regex->split_count * (w->to - w->from + 1), words = bits / 64 + 1;
    bool good = bits <= MAX_SEEN && grow(&seen, &m->seen_cap, sizeof *m->seen, words);
    m->seen = seen;
    if (good) memset(m->seen, 0, words * sizeof *m->seen);
    good = good && grow(&loops, &m->loop_cap, sizeof *m->loops, w->regex->loop_count);
    m->loops = loops;
    return good && regex_spend(w->regex, words);
}

static bool add_choice(walk *w, uint32_t node, size_t at)
{
    void *choices = w->memory->choices;
    if (w->choice_count == w->memory->choice_cap &&
        !grow(&choices, &w->memory->choice_cap, sizeof(group_choice), w->choice_count + 1))
        return false;
    w->memory->choices = choices;
    w->memory->choices[w->choice_count++] = (group_choice){node, (uint32_t)at, (uint32_t)w->trace_count};
    return true;
}

static bool add_event(walk *w, node_id node, size_t at)
{
    void *trace = w->memory->trace;
    if (w->trace_count == w->memory->trace_cap &&
        !grow(&trace, &w->memory->trace_cap, sizeof(group_event), w->trace_count + 1))
        return false;
    w->memory->trace = trace;
    w->memory->trace[w->trace_count++] = (group_event){node, (uint32_t)at};
    return true;
}

static bool seen_before(walk *w, unsigned split, size_t at)
{
    const size_t bit = split * (w->to - w->from + 1) + (at - w->from);
    uint64_t *word = &w->memory->seen[bit / 64];
    const uint64_t mask = (uint64_t)1 << (bit % 64);
    const bool seen = *word & mask;
    *word |= mask;
    return seen;
}

/* The last choice that is left. */
static bool go_back(walk *w, node_id *node, size_t *at)
{
    while (w->choice_count > 0) {
        const group_choice choice = w->memory->choices[--w->choice_count];
        if (choice.node & RESTORE) {
            w->memory->loops[choice.node & ~RESTORE] = choice.at;
            continue;
        }
        *node = (node_id)choice.node;
        *at = choice.at;
        w->trace_count = choice.trace;
        return true;
    }
    return false;
}

static bool enter_loop(walk *w, unsigned loop, size_t at)
{
    const bool good = add_choice(w, RESTORE | loop, w->memory->loops[loop]);
    w->memory->loops[loop] = (uint32_t)at;
    return good;
}

static bool stands(const walk *w, assertion what, size_t at)
{
    return regex_asserts(what, side_left(w->regex, w->subject, at, w->flags), side_right(w->regex, w->subject, at));
}

typedef enum outcome { ON, BACK, ENOUGH } outcome;

/* Follows one node. ENOUGH: memory ended. */
static outcome follow(walk *w, node_id *id, size_t *at)
{
    const regex_node *node = &w->regex->nodes[*id];
    const node_id here = *id;
    *id = node->next;
    switch (node->op) {
    case NODE_SET:
        if (*at == w->to || !set_has(&w->regex->sets[node->arg], w->regex->classes[(unsigned char)w->subject.s[*at]]))
            return BACK;
        ++*at;
        return ON;
    case NODE_SPLIT:
        if (seen_before(w, node->arg, *at)) return BACK;
        return add_choice(w, node->other, *at) ? ON : ENOUGH;
    case NODE_ASSERT: return stands(w, (assertion)node->arg, *at) ? ON : BACK;
    case NODE_ENTER: return enter_loop(w, node->arg, *at) ? ON : ENOUGH;
    case NODE_LOOP:
        if (w->memory->loops[node->arg] == *at) *id = node->other;
        return ON;
    default: return add_event(w, here, *at) ? ON : ENOUGH; /* OPEN, CLOSE */
    }
}

static bool find_way(walk *w)
{
    node_id node = w->regex->start;
    size_t at = w->from;
    uint64_t steps = 0;
    while (w->regex->nodes[node].op != NODE_MATCH || at != w->to) {
        outcome out = w->regex->nodes[node].op == NODE_MATCH ? BACK : follow(w, &node, &at);
        if (out == ENOUGH || (out == BACK && !go_back(w, &node, &at))) return false;
        if (++steps % 1024 == 0 && !regex_spend(w->regex, 2048)) return false;
    }
    return regex_spend(w->regex, steps % 1024 * 2);
}

/* A group that is repeated from zero times on and closes empty, having held something: that round did not count. */
static void close_group(unsigned group, bool optional, size_t at, size_t count, regex_group *now, regex_group *before)
{
    if (now[group].start < at) {
        now[group].end = at;
        memcpy(before, now, count * sizeof *now);
    } else if (optional && before[group].start != REGEX_UNSET) memcpy(now, before, count * sizeof *now);
    else now[group].end = at;
}

static void replay(const walk *w, size_t count, regex_group *groups)
{
    regex_group before[REGEX_MAX_GROUPS + 1];
    memcpy(before, groups, count * sizeof *groups);
    for (size_t i = 0; i < w->trace_count; i++) {
        const regex_node *node = &w->regex->nodes[w->memory->trace[i].node];
        const size_t at = w->memory->trace[i].at;
        if (node->arg >= count) continue;
        if (node->op == NODE_OPEN) groups[node->arg] = (regex_group){at, REGEX_UNSET};
        else close_group(node->arg, node->optional, at, count, groups, before);
    }
    for (size_t i = 1; i < count; i++)
        if (groups[i].end == REGEX_UNSET) groups[i].start = REGEX_UNSET;
}

regex_result regex_find_groups(kl_regex *regex, kl_span subject, unsigned flags, size_t count, regex_group *groups)
{
    walk w = {.regex = regex,
              .memory = &regex->means->groups,
              .subject = subject,
              .flags = flags,
              .from = groups[0].start,
              .to = groups[0].end};
    for (size_t i = 1; i < count; i++) groups[i] = (regex_group){REGEX_UNSET, REGEX_UNSET};
    if (count > regex->group_count + 1) count = regex->group_count + 1;
    if (count < 2) return REGEX_MATCH;
    if (subject.n >= UINT32_MAX || !room_for(&w) || !find_way(&w)) return REGEX_FAILED;
    replay(&w, count, groups);
    return REGEX_MATCH;
}
