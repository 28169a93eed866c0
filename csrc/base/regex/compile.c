/* compile.c: a tree into nodes, and bytes into the classes that the pattern tells apart. */
#include "program.h"

#include "base/mem.h"
#include "base/stack.h"
#include "base/status.h"

/* up to so many optional rounds, more of them go before longer ones, as in the GNU C library */
#define SMALL_CHOICE 8

typedef struct maker {
    regex_node *nodes;
    size_t count, cap, work;
    unsigned splits, loops;
    bool failed, too_large;
    bool copying; /* a repetition's body is emitted once more */
} maker;

static node_id emit(maker *m, const regex_tree *tree, node_id next);

static bool grow(maker *m)
{
    const size_t cap = m->cap ? m->cap * 2 : 32;
    regex_node *nodes = kl_realloc(m->nodes, cap * sizeof *nodes);
    if (!nodes) return !(m->failed = true);
    m->nodes = nodes;
    m->cap = cap;
    return true;
}

static node_id add(maker *m, node_op op, unsigned arg, node_id next)
{
    if (m->count >= REGEX_MAX_NODES) m->failed = m->too_large = true;
    if (m->failed || (m->count == m->cap && !grow(m))) return 0;
    m->nodes[m->count] = (regex_node){.op = (uint8_t)op, .arg = (uint16_t)arg, .next = next, .other = NO_NODE};
    return (node_id)m->count++;
}

/* first is filled in later where a loop needs it to be. */
static node_id add_split(maker *m, node_id first, node_id other)
{
    const node_id id = add(m, NODE_SPLIT, m->splits, first);
    if (m->failed) return 0;
    m->splits++;
    m->nodes[id].other = other;
    return id;
}

/* Pieces of a row are emitted from the last to the first, each knowing where it leads. */
static node_id emit_row(maker *m, const regex_tree *piece, node_id next)
{
    const regex_tree *small[16], **all = small;
    size_t count = 0;
    for (const regex_tree *p = piece; p; p = p->next) count++;
    if (count > 16) all = kl_malloc(count * sizeof *all);
    if (!all) m->failed = true;
    if (m->failed) return 0;
    size_t n = 0;
    for (const regex_tree *p = piece; p; p = p->next) all[n++] = p;
    while (n-- > 0 && !m->failed) next = emit(m, all[n], next);
    if (all != small) kl_free(all);
    return next;
}

static bool is_nothing(const regex_tree *tree)
{
    if (tree->kind != TREE_CAT) return tree->kind == TREE_EMPTY;
    const regex_tree *piece = tree->child;
    while (piece && is_nothing(piece)) piece = piece->next;
    return !piece;
}

/* A split before each alternative but the last; other of the split before them leads here. */
static void emit_others(maker *m, node_id split, const regex_tree *branch, node_id next)
{
    for (; branch && !m->failed; branch = branch->next) {
        const node_id id = branch->next ? add_split(m, 0, next) : emit(m, branch, next),
                      body = branch->next ? emit(m, branch, next) : 0;
        if (m->failed) return;
        m->nodes[split].other = id;
        if (branch->next) m->nodes[id].next = body;
        split = id;
    }
}

/* As in the GNU C library, an empty alternative before all others is tried after the second. */
static node_id emit_alternatives(maker *m, const regex_tree *branch, node_id next)
{
    if (!branch->next) return emit(m, branch, next);
    const bool swap = is_nothing(branch) && !is_nothing(branch->next);
    const regex_tree *others = swap ? branch->next->next : branch->next;
    const node_id first = add_split(m, 0, next), entry = emit(m, swap ? branch->next : branch, next);
    const node_id last = swap && others ? add_split(m, next, next) : first;
    if (m->failed) return 0;
    m->nodes[first].next = entry;
    if (last != first) m->nodes[first].other = last;
    emit_others(m, last, others, next);
    return first;
}

static void mark_optional(maker *m, const regex_tree *body, size_t from)
{
    if (body->kind != TREE_GROUP) return;
    for (size_t i = from; i < m->count; i++)
        if (m->nodes[i].op == NODE_CLOSE && m->nodes[i].arg == body->arg) m->nodes[i].optional = true;
}

static node_id emit_copy(maker *m, const regex_tree *body, node_id next)
{
    const bool before = m->copying;
    m->copying = true;
    const node_id entry = emit(m, body, next);
    m->copying = before;
    return entry;
}

/* As in the GNU C library, what is optional in the pattern is not in a copy that a repetition around it makes. */
static node_id emit_optional(maker *m, const regex_tree *body, bool copy, node_id next)
{
    const size_t from = m->count;
    const node_id entry = copy ? emit_copy(m, body, next) : emit(m, body, next);
    if (!m->copying) mark_optional(m, body, from);
    return entry;
}

static node_id emit_star(maker *m, const regex_tree *body, bool copy, node_id next)
{
    const node_id split = add_split(m, 0, next);
    node_id back = split;
    if (m->failed) return 0;
    if (body->nullable) {
        back = add(m, NODE_LOOP, m->loops, split);
        if (m->failed) return 0;
        m->nodes[back].other = next;
    }
    const unsigned loop = m->loops;
    if (body->nullable) m->loops++;
    node_id entry = emit_optional(m, body, copy, back);
    if (body->nullable) entry = add(m, NODE_ENTER, loop, entry);
    if (!m->failed) m->nodes[split].next = entry;
    return split;
}

/* One round at least, and the same nodes for all; only where neither a round nor a group in it can be empty. */
static node_id emit_plus(maker *m, const regex_tree *body, node_id next)
{
    const node_id split = add_split(m, 0, next), entry = emit(m, body, split);
    if (!m->failed) m->nodes[split].next = entry;
    return entry;
}

/* x{0,3} is ((x?x)?x)? when there are few, else (x(x(x)?)?)?, which takes fewer steps. The round that comes first is
 * the one marked. */
static node_id emit_rounds(maker *m, const regex_tree *body, int32_t count, bool copy, node_id next)
{
    const node_id after = next;
    if (count > SMALL_CHOICE) {
        for (; count > 1 && !m->failed; count--) next = add_split(m, emit_copy(m, body, next), after);
        next = add_split(m, emit_optional(m, body, copy, next), after);
        return next;
    }
    KL_ASSERT(count > 0);
    node_id splits[SMALL_CHOICE];
    for (int32_t i = 0; i < count; i++) {
        splits[i] = add_split(m, 0, next);
        next = i + 1 < count ? emit_copy(m, body, next) : emit_optional(m, body, copy, next);
    }
    for (int32_t i = 0; i < count && !m->failed; i++) m->nodes[splits[i]].next = i + 1 < count ? splits[i + 1] : next;
    return splits[0];
}

static node_id emit_repeat(maker *m, const regex_tree *tree, node_id next)
{
    const regex_tree *body = tree->child;
    int32_t copies = tree->min;
    const bool copy = copies > 0;
    if (tree->max == TREE_FOREVER && copy && !body->nullable && !body->hollow) {
        next = emit_plus(m, body, next);
        copies--;
    } else if (tree->max == TREE_FOREVER) next = emit_star(m, body, copy, next);
    else if (tree->max > tree->min) next = emit_rounds(m, body, tree->max - tree->min, copy, next);
    for (; copies > 1 && !m->failed; copies--) next = emit_copy(m, body, next);
    return copies > 0 && !m->failed ? emit(m, body, next) : next;
}

static node_id emit_group(maker *m, const regex_tree *tree, node_id next)
{
    const node_id close = add(m, NODE_CLOSE, tree->arg, next);
    return add(m, NODE_OPEN, tree->arg, emit(m, tree->child, close));
}

static node_id emit(maker *m, const regex_tree *tree, node_id next)
{
    /* trees without nodes of their own cost time too */
    if (++m->work > (size_t)8 * REGEX_MAX_NODES) m->failed = m->too_large = true;
    if (stack_is_low()) m->failed = m->too_large = true;
    if (m->failed) return 0;
    switch (tree->kind) {
    case TREE_SET: return add(m, NODE_SET, tree->arg, next);
    case TREE_ASSERT: return add(m, NODE_ASSERT, tree->arg, next);
    case TREE_GROUP: return emit_group(m, tree, next);
    case TREE_CAT: return emit_row(m, tree->child, next);
    case TREE_ALT: return emit_alternatives(m, tree->child, next);
    case TREE_REPEAT: return emit_repeat(m, tree, next);
    default: return next;
    }
}

/* ---- sides */

static bool is_word(unsigned c) { return char_is((char)c, SPAN_DIGIT | SPAN_ALPHA) || c == '_'; }

static uint8_t sides_asked(const maker *m)
{
    uint8_t mask = 0;
    for (size_t i = 0; i < m->count; i++) {
        if (m->nodes[i].op != NODE_ASSERT) continue;
        const unsigned what = m->nodes[i].arg;
        mask |= what <= AT_LINE_END ? SIDE_LINE : what <= AT_END ? SIDE_EDGE : SIDE_WORD;
    }
    return mask;
}

static unsigned side_of(const kl_regex *regex, unsigned c)
{
    unsigned side = c == '\n' && (regex->flags & REGEX_NEWLINE) ? SIDE_LINE : 0;
    if (is_word(c)) side |= SIDE_WORD;
    return side & regex->side_mask;
}

/* ---- byte classes */

/* Splits every class into the bytes that are in the set and those that are not. */
static void tell_apart(kl_regex *regex, const regex_set *set)
{
    int renamed[512];
    unsigned count = 0;
    for (unsigned i = 0; i < 512; i++) renamed[i] = -1;
    for (unsigned c = 0; c < 256; c++) {
        const unsigned key = regex->classes[c] * 2u + set_has(set, c);
        if (renamed[key] < 0) renamed[key] = (int)count++;
        regex->classes[c] = (uint8_t)renamed[key];
    }
    regex->class_count = count;
}

static void make_classes(kl_regex *regex, const regex_parsed *parsed)
{
    static const unsigned bits[] = {SIDE_LINE, SIDE_WORD};
    regex->class_count = 1;
    for (unsigned i = 0; i < parsed->set_count; i++) tell_apart(regex, &parsed->sets[i]);
    for (unsigned i = 0; i < 2; i++) {
        regex_set set = {{0}};
        for (unsigned c = 0; c < 256; c++)
            if (side_of(regex, c) & bits[i]) set_add(&set, c);
        tell_apart(regex, &set);
    }
    for (unsigned c = 0; c < 256; c++) regex->sides[regex->classes[c]] = (uint8_t)side_of(regex, c);
    regex->sides[SYMBOL_EDGE(regex)] = (SIDE_EDGE | SIDE_LINE) & regex->side_mask;
    regex->sides[SYMBOL_EDGE_NOTBOL(regex)] = SIDE_EDGE & regex->side_mask;
    regex->stride = regex->class_count + 2;
    for (unsigned i = 0; i < parsed->set_count; i++)
        for (unsigned c = 0; c < 256; c++)
            if (set_has(&parsed->sets[i], c)) set_add(&regex->sets[i], regex->classes[c]);
}

/* ---- what leads where */

static unsigned edges(const regex_node *node, node_id out[2])
{
    if (node->op == NODE_MATCH) return 0;
    out[0] = node->next;
    out[1] = node->other;
    return node->op == NODE_SPLIT ? 2 : 1;
}

static void make_before(kl_regex *regex)
{
    node_id to[2];
    for (size_t i = 0; i < regex->node_count; i++)
        for (unsigned k = edges(&regex->nodes[i], to); k-- > 0;) regex->before_at[to[k] + 1]++;
    for (size_t i = 0; i < regex->node_count; i++) regex->before_at[i + 1] += regex->before_at[i];
    for (size_t i = 0; i < regex->node_count; i++)
        for (unsigned k = edges(&regex->nodes[i], to); k-- > 0;) regex->before[regex->before_at[to[k]]++] = (node_id)i;
    for (size_t i = regex->node_count; i > 0; i--) regex->before_at[i] = regex->before_at[i - 1];
    regex->before_at[0] = 0;
}

static bool starts_at_start(const kl_regex *regex)
{
    const regex_node *node = &regex->nodes[regex->start];
    while (node->op == NODE_OPEN) node = &regex->nodes[node->next];
    return node->op == NODE_ASSERT &&
           (node->arg == AT_START || (node->arg == AT_LINE_START && !(regex->flags & REGEX_NEWLINE)));
}

static void find_lead(kl_regex *regex)
{
    const regex_node *node = &regex->nodes[regex->start];
    unsigned bytes = 0, lead = 0;
    regex->lead = LEAD_ANY;
    while (node->op == NODE_OPEN) node = &regex->nodes[node->next];
    if (node->op != NODE_SET || regex->side_mask) return;
    for (unsigned c = 0; c < 256; c++)
        if (set_has(&regex->sets[node->arg], regex->classes[c])) {
            regex->lead_folds = ++bytes == 2 && lead != c && (unsigned char)char_lower((char)lead) == c;
            lead = c;
        }
    if (bytes == 1 || (bytes == 2 && regex->lead_folds)) regex->lead = (int)lead;
}

/* ---- all of it */

static bool make_room(kl_regex *regex, const maker *m, kl_span pattern, unsigned set_count)
{
    const size_t n = m->count;
    regex->nodes = m->nodes;
    regex->node_count = n;
    regex->text = kl_malloc(pattern.n);
    regex->sets = kl_calloc(set_count, sizeof *regex->sets);
    regex->before = kl_malloc(2 * n * sizeof *regex->before);
    regex->before_at = kl_calloc(n + 1, sizeof *regex->before_at);
    regex->closed = kl_calloc(n, sizeof *regex->closed);
    regex->taken = kl_calloc(n, sizeof *regex->taken);
    regex->stack = kl_malloc(n * sizeof *regex->stack);
    regex->kernel = kl_malloc((2 * n + 2) * sizeof *regex->kernel);
    return regex->text && regex->sets && regex->before && regex->before_at && regex->closed && regex->taken &&
           regex->stack && regex->kernel;
}

static const char *make(kl_regex *regex, kl_span pattern, const regex_parsed *parsed)
{
    maker m = {.nodes = NULL};
    regex->start = emit(&m, parsed->tree, add(&m, NODE_MATCH, 0, NO_NODE));
    if (m.failed) {
        kl_free(m.nodes);
        return m.too_large ? "too large with its repetitions written out" : "no memory";
    }
    if (!make_room(regex, &m, pattern, parsed->set_count)) return "no memory";
    if (pattern.n) memcpy(regex->text, pattern.s, pattern.n);
    regex->text_n = pattern.n;
    regex->side_mask = sides_asked(&m);
    regex->group_count = parsed->group_count;
    regex->split_count = m.splits;
    regex->loop_count = m.loops;
    regex->length = parsed->tree->length;
    regex->backward.backward = true;
    make_classes(regex, parsed);
    make_before(regex);
    regex->only_at_start = starts_at_start(regex);
    find_lead(regex);
    return NULL;
}

const char *regex_compile(kl_regex *regex, kl_span pattern, unsigned flags)
{
    regex_parsed parsed;
    *regex = (kl_regex){.means = regex->means, .flags = flags};
    regex_parse(pattern, flags, &parsed);
    const char *why = parsed.why ? parsed.why : make(regex, pattern, &parsed);
    arena_free(&parsed.arena);
    if (why) regex_release(regex);
    return why;
}
