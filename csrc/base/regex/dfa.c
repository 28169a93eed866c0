/* dfa.c: sets of nodes as states, made when the first text needs them and kept until their memory is full. A text is
 * then one look-up per byte.
 *
 * Forward, a state holds the nodes behind the bytes read, in groups of one start each, the earlier start first: what
 * matches from an earlier one takes precedence, and a node that it has reached says nothing in a later one. So when no
 * group is left, the last match seen is the leftmost-longest. Backward there is one group, and the text is read from
 * the end of a match to where it starts. Assertions need the byte to come, so nodes are followed through them when that
 * is read, and a match is seen one byte late. */
#include "program.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/word.h"

#define CACHE_BYTES  ((size_t)128 * 1024)
#define CACHE_STATES 16 /* so many of the largest possible states are held in any case */

/* Values of dfa.next: the offset of the state's row, DFA_MATCH when a match ends (or starts) before the byte,
 * DFA_SPECIAL for all but a plain move: with a state behind it, the search is idle there, and leaps to where a match
 * may start. */
#define DFA_SPECIAL ((uint32_t)1 << 31)
#define DFA_MATCH   ((uint32_t)1 << 30)
#define DFA_ROW     (DFA_MATCH - 1)
#define DFA_DEAD    (DFA_SPECIAL | (DFA_ROW - 1))
#define DFA_UNKNOWN (DFA_SPECIAL | DFA_ROW)
#define DFA_FAILED  (DFA_SPECIAL | (DFA_ROW - 2))

static bool is_dead(uint32_t to) { return (to & ~DFA_MATCH) == DFA_DEAD; }

/* ---- the memory of states */

static void forget(regex_dfa *dfa)
{
    dfa->state_count = dfa->pool_count = 0;
    memset(dfa->buckets, 0, sizeof dfa->buckets);
    memset(dfa->start, 0, sizeof dfa->start);
}

static bool is_full(const kl_regex *regex, const regex_dfa *dfa, size_t count)
{
    const size_t row = regex->stride * sizeof *dfa->next + sizeof *dfa->states,
                 largest = row + 2 * regex->node_count * sizeof *dfa->pool;
    const size_t limit = CACHE_BYTES > CACHE_STATES * largest ? CACHE_BYTES : CACHE_STATES * largest;
    return (dfa->state_count + 1) * row + (dfa->pool_count + count) * sizeof *dfa->pool > limit;
}

static bool grow_states(const kl_regex *regex, regex_dfa *dfa)
{
    const uint32_t cap = dfa->state_cap ? dfa->state_cap * 2 : 8;
    dfa_state *states = kl_realloc(dfa->states, cap * sizeof *states);
    if (states) dfa->states = states;
    uint32_t *next = states ? kl_realloc(dfa->next, (size_t)cap * regex->stride * sizeof *next) : NULL;
    if (!next) return false;
    dfa->next = next;
    dfa->state_cap = cap;
    return true;
}

static bool grow_pool(regex_dfa *dfa, uint32_t count)
{
    uint32_t cap = dfa->pool_cap ? dfa->pool_cap : 64;
    while (cap - dfa->pool_count < count) cap *= 2;
    node_id *pool = kl_realloc(dfa->pool, cap * sizeof *pool);
    if (!pool) return false;
    dfa->pool = pool;
    dfa->pool_cap = cap;
    return true;
}

static uint32_t hash_of(const node_id *kernel, uint32_t count, unsigned side, bool searching)
{
    uint32_t hash = side * 2 + searching + 0x9e3779b9u;
    for (uint32_t i = 0; i < count; i++) hash = (hash ^ kernel[i]) * 0x01000193u;
    return (hash ^ hash >> 15) % DFA_BUCKETS;
}

static uint32_t add_state(const kl_regex *regex, regex_dfa *dfa, dfa_state state, const node_id *kernel,
                          uint32_t bucket)
{
    if (is_full(regex, dfa, state.count)) forget(dfa);
    if (dfa->state_count == dfa->state_cap && !grow_states(regex, dfa)) return DFA_FAILED;
    if (dfa->pool_cap - dfa->pool_count < state.count && !grow_pool(dfa, state.count)) return DFA_FAILED;
    const uint32_t index = dfa->state_count++, row = index * regex->stride;
    state.kernel = dfa->pool_count;
    state.next_in_bucket = dfa->buckets[bucket];
    dfa->buckets[bucket] = index + 1;
    dfa->states[index] = state;
    if (state.count) memcpy(dfa->pool + dfa->pool_count, kernel, state.count * sizeof *kernel);
    dfa->pool_count += state.count;
    for (unsigned i = 0; i < regex->stride; i++) dfa->next[row + i] = DFA_UNKNOWN;
    return row;
}

/* The row of the state with this kernel. When memory is full all states go first. */
static uint32_t state_of(const kl_regex *regex, regex_dfa *dfa, const node_id *kernel, uint32_t count, unsigned side,
                         bool searching)
{
    const uint32_t bucket = hash_of(kernel, count, side, searching);
    for (uint32_t i = dfa->buckets[bucket]; i; i = dfa->states[i - 1].next_in_bucket) {
        const dfa_state *state = &dfa->states[i - 1];
        if (state->count == count && state->side == side && state->searching == searching &&
            (count == 0 || memcmp(dfa->pool + state->kernel, kernel, count * sizeof *kernel) == 0))
            return (i - 1) * regex->stride;
    }
    return add_state(regex, dfa, (dfa_state){.count = count, .side = (uint8_t)side, .searching = searching}, kernel,
                     bucket);
}

/* ---- one step: the nodes of a state, followed to where they read a byte */

typedef struct dfa_step {
    kl_regex *regex;
    unsigned left, right, symbol; /* symbol: class of the byte read, or an edge */
    uint32_t made, visited;       /* in regex->kernel; nodes */
    bool matched;
} dfa_step;

static void next_turn(kl_regex *regex)
{
    if (++regex->turn != 0) return;
    memset(regex->closed, 0, regex->node_count * sizeof *regex->closed);
    memset(regex->taken, 0, regex->node_count * sizeof *regex->taken);
    regex->turn = 1;
}

static void push(dfa_step *step, node_id id, uint32_t *top)
{
    kl_regex *regex = step->regex;
    if (regex->closed[id] == regex->turn) return;
    regex->closed[id] = regex->turn;
    regex->stack[(*top)++] = id;
    step->visited++;
}

static void take(dfa_step *step, node_id id)
{
    kl_regex *regex = step->regex;
    if (regex->taken[id] == regex->turn) return;
    regex->taken[id] = regex->turn;
    regex->kernel[step->made++] = id;
}

static bool reads(const dfa_step *step, const regex_node *node)
{
    return step->symbol < step->regex->class_count && set_has(&step->regex->sets[node->arg], step->symbol);
}

static void follow_forward(dfa_step *step, node_id id)
{
    uint32_t top = 0;
    for (push(step, id, &top); top > 0;) {
        const regex_node *node = &step->regex->nodes[step->regex->stack[--top]];
        switch (node->op) {
        case NODE_MATCH: step->matched = true; break;
        case NODE_SET:
            if (reads(step, node)) take(step, node->next);
            break;
        case NODE_ASSERT:
            if (regex_asserts((assertion)node->arg, step->left, step->right)) push(step, node->next, &top);
            break;
        case NODE_SPLIT:
            push(step, node->other, &top);
            push(step, node->next, &top);
            break;
        default: push(step, node->next, &top); break;
        }
    }
}

static void follow_backward(dfa_step *step, node_id id)
{
    kl_regex *regex = step->regex;
    uint32_t top = 0;
    for (push(step, id, &top); top > 0;) {
        const node_id at = regex->stack[--top];
        if (at == regex->start) step->matched = true;
        for (uint32_t i = regex->before_at[at]; i < regex->before_at[at + 1]; i++) {
            const regex_node *node = &regex->nodes[regex->before[i]];
            step->visited++;
            if (node->op == NODE_SET) {
                if (reads(step, node)) take(step, regex->before[i]);
            } else if (node->op != NODE_ASSERT || regex_asserts((assertion)node->arg, step->left, step->right))
                push(step, regex->before[i], &top);
        }
    }
}

/* Small groups are put in order, so that one set of nodes is one state. */
static void sort(node_id *ids, uint32_t n)
{
    if (n > 32) return;
    for (uint32_t i = 1; i < n; i++) {
        const node_id id = ids[i];
        uint32_t at = i;
        for (; at > 0 && ids[at - 1] > id; at--) ids[at] = ids[at - 1];
        ids[at] = id;
    }
}

static void end_group(dfa_step *step, uint32_t from)
{
    if (step->made == from) return;
    sort(step->regex->kernel + from, step->made - from);
    step->regex->kernel[step->made++] = NO_NODE;
}

static void step_forward(dfa_step *step, const dfa_state *state, const node_id *kernel)
{
    for (uint32_t i = 0; i < state->count && !step->matched; i++) {
        const uint32_t from = step->made;
        for (; kernel[i] != NO_NODE; i++) follow_forward(step, kernel[i]);
        end_group(step, from);
    }
    if (!state->searching || step->matched) return;
    const uint32_t from = step->made;
    follow_forward(step, step->regex->start);
    end_group(step, from);
}

static void step_backward(dfa_step *step, const dfa_state *state, const node_id *kernel)
{
    for (uint32_t i = 0; i < state->count; i++) follow_backward(step, kernel[i]);
    sort(step->regex->kernel, step->made);
}

/* Where a state goes with a symbol; noted in its row unless that had to go. */
static uint32_t move(kl_regex *regex, regex_dfa *dfa, uint32_t row, unsigned symbol)
{
    const dfa_state *state = &dfa->states[row / regex->stride];
    const unsigned side = regex->sides[symbol];
    const bool edge = symbol >= regex->class_count, searching = state->searching && !regex->only_at_start;
    dfa_step step = {.regex = regex,
                     .left = dfa->backward ? side : state->side,
                     .right = dfa->backward ? state->side : side,
                     .symbol = symbol};
    next_turn(regex);
    const node_id *kernel = state->count > 0 ? dfa->pool + state->kernel : NULL;
    if (dfa->backward) step_backward(&step, state, kernel);
    else step_forward(&step, state, kernel);
    if (!regex_spend(regex, 4 * (uint64_t)step.visited + 16)) return DFA_FAILED;
    const bool on = searching && !step.matched;
    const uint32_t before = dfa->state_count;
    uint32_t to = edge || (step.made == 0 && !on) ? DFA_DEAD : state_of(regex, dfa, regex->kernel, step.made, side, on);
    if (to == DFA_FAILED) return to;
    if (step.matched) to |= DFA_SPECIAL | DFA_MATCH;
    else if (regex->lead != LEAD_ANY && on && step.made == 0) to |= DFA_SPECIAL;
    if (dfa->state_count >= before) dfa->next[row + symbol] = to;
    return to;
}

static uint32_t start_of(kl_regex *regex, regex_dfa *dfa, unsigned side)
{
    const node_id match = 0;
    if (!dfa->start[side]) {
        const uint32_t row = dfa->backward ? state_of(regex, dfa, &match, 1, side, false)
                                           : state_of(regex, dfa, NULL, 0, side, true);
        if (row == DFA_FAILED) return row;
        dfa->start[side] = row + 1;
    }
    return dfa->start[side] - 1;
}

/* ---- over a text */

/* The next byte that a match may start with, or stop. */
static const char *leap(const kl_regex *regex, const char *at, const char *stop)
{
    const char lead = (char)regex->lead;
    if (!regex->lead_folds) {
        const char *found = at < stop ? memchr(at, lead, (size_t)(stop - at)) : NULL;
        return found ? found : stop;
    }
    while (stop - at >= (ptrdiff_t)WORD_BYTES &&
           !word_below(word_lower(word_at(at)) ^ WORD_EACH((unsigned char)lead), 1))
        at += WORD_BYTES;
    while (at < stop && char_lower(*at) != lead) at++;
    return at;
}

regex_result dfa_find_end(kl_regex *regex, kl_span subject, unsigned flags, bool any, size_t *end)
{
    regex_dfa *dfa = &regex->forward;
    const uint8_t *classes = regex->classes;
    const char *last = NULL, *at = subject.s, *stop = subject.s + subject.n;
    uint32_t row = start_of(regex, dfa, side_of_start(regex, flags));
    if (row == DFA_FAILED) return REGEX_FAILED;
    bool idle = regex->lead != LEAD_ANY;
    for (;;) {
        KL_ASSERT(at || at == stop);
        uint32_t to = 0;
        if (idle) at = leap(regex, at, stop);
        while (at < stop && !((to = dfa->next[row + classes[(unsigned char)*at]]) & DFA_SPECIAL)) row = to, at++;
        const unsigned symbol = at < stop ? classes[(unsigned char)*at] : SYMBOL_EDGE(regex);
        if (at == stop) to = dfa->next[row + symbol];
        if (to == DFA_UNKNOWN) to = move(regex, dfa, row, symbol);
        if (to == DFA_FAILED) return REGEX_FAILED;
        if ((to & (DFA_SPECIAL | DFA_MATCH)) == (DFA_SPECIAL | DFA_MATCH)) last = at;
        if (is_dead(to) || (any && last)) break;
        idle = (to & (DFA_SPECIAL | DFA_MATCH)) == DFA_SPECIAL;
        row = to & DFA_ROW;
        at++;
    }
    if (!regex_spend(regex, (uint64_t)(at - subject.s))) return REGEX_FAILED;
    if (last) *end = (size_t)(last - subject.s);
    return last ? REGEX_MATCH : REGEX_NONE;
}

regex_result dfa_find_start(kl_regex *regex, kl_span subject, unsigned flags, size_t end, size_t *start)
{
    regex_dfa *dfa = &regex->backward;
    size_t at = end, found = SIZE_MAX;
    uint32_t row = start_of(regex, dfa, side_right(regex, subject, end));
    if (row == DFA_FAILED) return REGEX_FAILED;
    for (;; at--) {
        const unsigned edge = flags & REGEX_NOTBOL ? SYMBOL_EDGE_NOTBOL(regex) : SYMBOL_EDGE(regex);
        const unsigned symbol = at > 0 ? regex->classes[(unsigned char)subject.s[at - 1]] : edge;
        uint32_t to = dfa->next[row + symbol];
        if (to == DFA_UNKNOWN) to = move(regex, dfa, row, symbol);
        if (to == DFA_FAILED) return REGEX_FAILED;
        if ((to & (DFA_SPECIAL | DFA_MATCH)) == (DFA_SPECIAL | DFA_MATCH)) found = at;
        if (is_dead(to)) break;
        row = to & DFA_ROW;
    }
    if (!regex_spend(regex, (uint64_t)(end - at))) return REGEX_FAILED;
    *start = found;
    return found == SIZE_MAX ? REGEX_NONE : REGEX_MATCH;
}
