/* parse.c: the text of a pattern into a tree. What is malformed is what the GNU C library calls so. */
#include "program.h"

#include "base/stack.h"

#define MAX_DEPTH 250 /* of groups and of repetitions of repetitions: trees are walked by recursion */
#define MAX_NAME  31  /* of a class in brackets */

typedef struct parser {
    kl_span rest;
    unsigned flags;
    regex_parsed *out;
    unsigned set_cap, depth;
} parser;

static regex_tree *parse_alternatives(parser *p, bool inside);

static void *give_up(parser *p, const char *why)
{
    if (!p->out->why) p->out->why = why;
    return NULL;
}

static bool has_next(const parser *p, char c) { return p->rest.n > 0 && *p->rest.s == c; }
static char take(parser *p)
{
    const char c = *p->rest.s;
    p->rest = span_from(p->rest, 1);
    return c;
}
static char folded(const parser *p, char c) { return p->flags & REGEX_ICASE ? char_lower(c) : c; }

static regex_tree *new_tree(parser *p, tree_kind kind)
{
    regex_tree *tree = arena_zalloc(&p->out->arena, sizeof *tree);
    if (!tree) return give_up(p, "no memory");
    tree->kind = kind;
    return tree;
}

/* ---- sets */

static bool grow_sets(parser *p)
{
    const unsigned cap = p->set_cap ? p->set_cap * 2 : 8;
    regex_set *sets = arena_alloc(&p->out->arena, cap * sizeof *sets);
    if (!sets) return false;
    if (p->out->set_count) memcpy(sets, p->out->sets, p->out->set_count * sizeof *sets);
    p->out->sets = sets;
    p->set_cap = cap;
    return true;
}

/* The text is read as lower case, so a capital letter is in a set where its small one is. */
static void fold_set(regex_set *set)
{
    for (unsigned c = 'A'; c <= 'Z'; c++)
        if (set_has(set, c + 32)) set_add(set, c);
        else set_drop(set, c);
}

static regex_tree *set_tree(parser *p, regex_set set)
{
    regex_tree *tree = new_tree(p, TREE_SET);
    if (!tree) return NULL;
    if (p->flags & REGEX_ICASE) fold_set(&set);
    while (tree->arg < p->out->set_count && memcmp(&p->out->sets[tree->arg], &set, sizeof set) != 0) tree->arg++;
    if (tree->arg == p->out->set_count) {
        if (tree->arg == p->set_cap && !grow_sets(p)) return give_up(p, "no memory");
        p->out->sets[p->out->set_count++] = set;
    }
    tree->length = 1;
    return tree;
}

static regex_tree *char_tree(parser *p, char c)
{
    regex_set set = {{0}};
    set_add(&set, (unsigned char)folded(p, c));
    return set_tree(p, set);
}

static regex_tree *any_tree(parser *p)
{
    regex_set set = {{~(uint64_t)1, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0}};
    if (p->flags & REGEX_NEWLINE) set_drop(&set, '\n');
    return set_tree(p, set);
}

static bool in_range(unsigned c, unsigned from, unsigned to) { return c >= from && c <= to; }
static bool is_upper(unsigned c) { return in_range(c, 'A', 'Z'); }
static bool is_lower(unsigned c) { return in_range(c, 'a', 'z'); }
static bool is_alpha(unsigned c) { return is_upper(c) || is_lower(c); }
static bool is_digit(unsigned c) { return in_range(c, '0', '9'); }
static bool is_alnum(unsigned c) { return is_alpha(c) || is_digit(c); }
static bool is_word(unsigned c) { return is_alnum(c) || c == '_'; }
static bool is_blank(unsigned c) { return c == ' ' || c == '\t'; }
static bool is_space(unsigned c) { return c == ' ' || in_range(c, '\t', '\r'); }
static bool is_cntrl(unsigned c) { return c < 32 || c == 127; }
static bool is_print(unsigned c) { return in_range(c, 32, 126); }
static bool is_graph(unsigned c) { return in_range(c, 33, 126); }
static bool is_punct(unsigned c) { return is_graph(c) && !is_alnum(c); }
static bool is_xdigit(unsigned c) { return is_digit(c) || in_range(c | 32, 'a', 'f'); }

typedef bool (*class_test)(unsigned c);

static void add_class(regex_set *set, class_test test)
{
    for (unsigned c = 0; c < 256; c++)
        if (test(c)) set_add(set, c);
}

static void negate(regex_set *set)
{
    for (int i = 0; i < 4; i++) set->bits[i] = ~set->bits[i];
}

static regex_tree *variable_tree(parser *p, class_test test, bool not)
{
    regex_set set = {{0}};
    add_class(&set, test);
    if (not) negate(&set);
    return set_tree(p, set);
}

/* ---- brackets: XBD 9.3.5 */

static class_test variable_named(const parser *p, kl_span name)
{
    static const struct {
        char name[7];
        class_test test;
    } classes[] = {{"alpha", is_alpha}, {"digit", is_digit}, {"alnum", is_alnum}, {"upper", is_upper},
                   {"lower", is_lower}, {"space", is_space}, {"blank", is_blank}, {"punct", is_punct},
                   {"print", is_print}, {"graph", is_graph}, {"cntrl", is_cntrl}, {"xdigit", is_xdigit}};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (!span_eq(name, span_text(classes[i].name))) continue;
        const bool one_case = classes[i].test == is_upper || classes[i].test == is_lower;
        return one_case && (p->flags & REGEX_ICASE) ? is_alpha : classes[i].test;
    }
    return NULL;
}

/* What stands in [:name:], [.c.] or [=c=], the first two characters taken. */
static bool take_named(parser *p, char kind, kl_span *name)
{
    for (size_t n = 0; n <= MAX_NAME && n + 1 < p->rest.n; n++) {
        if (p->rest.s[n] != kind || p->rest.s[n + 1] != ']') continue;
        *name = span_of(p->rest.s, n);
        p->rest = span_from(p->rest, n + 2);
        return true;
    }
    give_up(p, "a bracket is not closed");
    return false;
}

typedef struct bracket_item {
    bool range_end; /* may stand at one of a range's */
    unsigned char c;
    class_test test; /* NULL: c alone */
} bracket_item;

static bool take_special(parser *p, bracket_item *item)
{
    kl_span name;
    const char kind = p->rest.s[1];
    p->rest = span_from(p->rest, 2);
    if (!take_named(p, kind, &name)) return false;
    if (kind == ':') {
        char lower[MAX_NAME];
        /* take_named gives no more, which a compiler cannot know */
        const size_t n = name.n < sizeof lower ? name.n : sizeof lower;
        for (size_t i = 0; i < n; i++) lower[i] = folded(p, name.s[i]);
        item->test = variable_named(p, span_of(lower, n));
        if (!item->test) give_up(p, "no such class of characters");
        return item->test != NULL;
    }
    if (name.n != 1) give_up(p, "no such collating element");
    else item->c = (unsigned char)folded(p, *name.s);
    item->range_end = kind == '.';
    return name.n == 1;
}

/* "-" is itself at either end of the list and at the end of a range. */
static bool take_item(parser *p, bool hyphen, bracket_item *item)
{
    *item = (bracket_item){.range_end = true};
    if (p->rest.n == 0) return give_up(p, "a bracket is not closed") != NULL;
    if (p->rest.n > 1 && *p->rest.s == '[' && memchr(".=:", p->rest.s[1], 3)) {
        item->range_end = false;
        return take_special(p, item);
    }
    item->c = (unsigned char)folded(p, take(p));
    if (item->c == '-' && !hyphen && !has_next(p, ']')) return give_up(p, "a range in brackets has no start") != NULL;
    return true;
}

static bool take_range(parser *p, const bracket_item *from, regex_set *set)
{
    bracket_item to;
    p->rest = span_from(p->rest, 1);
    if (!take_item(p, true, &to)) return false;
    if (!from->range_end || !to.range_end || from->c > to.c)
        return give_up(p, "a range in brackets goes backward") != NULL;
    for (unsigned c = from->c; c <= to.c; c++) set_add(set, c);
    return true;
}

static bool take_bracket_part(parser *p, bool first, regex_set *set)
{
    bracket_item item;
    if (!take_item(p, first, &item)) return false;
    if (p->rest.n > 1 && *p->rest.s == '-' && p->rest.s[1] != ']') return take_range(p, &item, set);
    if (item.test) add_class(set, item.test);
    else set_add(set, item.c);
    return true;
}

static regex_tree *bracket_tree(parser *p)
{
    regex_set set = {{0}};
    const bool not = has_next(p, '^');
    if (not) p->rest = span_from(p->rest, 1);
    for (bool first = true; first || !has_next(p, ']'); first = false)
        if (!take_bracket_part(p, first, &set)) return NULL;
    p->rest = span_from(p->rest, 1);
    if (not) negate(&set);
    if (not && (p->flags & REGEX_NEWLINE)) set_drop(&set, '\n');
    return set_tree(p, set);
}

/* ---- what one piece is */

static regex_tree *assert_tree(parser *p, assertion what)
{
    regex_tree *tree = new_tree(p, TREE_ASSERT);
    if (!tree) return NULL;
    tree->arg = what;
    tree->nullable = true;
    return tree;
}

static regex_tree *escape_tree(parser *p)
{
    if (p->rest.n == 0) return give_up(p, "a backslash at the end");
    const char c = take(p);
    switch (c) {
    case 'w': return variable_tree(p, is_word, false);
    case 'W': return variable_tree(p, is_word, true);
    case 's': return variable_tree(p, is_space, false);
    case 'S': return variable_tree(p, is_space, true);
    case 'b': return assert_tree(p, AT_WORD_EDGE);
    case 'B': return assert_tree(p, AT_NO_WORD_EDGE);
    case '<': return assert_tree(p, AT_WORD_START);
    case '>': return assert_tree(p, AT_WORD_END);
    case '`': return assert_tree(p, AT_START);
    case '\'': return assert_tree(p, AT_END);
    default:
        return in_range((unsigned char)c, '1', '9') ? give_up(p, "back references are not supported") : char_tree(p, c);
    }
}

static regex_tree *group_tree(parser *p)
{
    regex_tree *tree = new_tree(p, TREE_GROUP);
    if (!tree) return NULL;
    if (p->out->group_count == REGEX_MAX_GROUPS || ++p->depth > MAX_DEPTH || stack_is_low())
        return give_up(p, "too many groups");
    tree->arg = ++p->out->group_count;
    tree->child = parse_alternatives(p, true);
    p->depth--;
    if (!tree->child) return NULL;
    if (!has_next(p, ')')) return give_up(p, "a parenthesis is not closed");
    p->rest = span_from(p->rest, 1);
    tree->nullable = tree->child->nullable;
    tree->hollow = tree->nullable || tree->child->hollow;
    tree->length = tree->child->length;
    return tree;
}

static bool is_repetition(const parser *p) { return p->rest.n > 0 && memchr("*+?{", *p->rest.s, 4); }

static regex_tree *parse_atom(parser *p)
{
    if (is_repetition(p)) return give_up(p, "nothing to repeat");
    const char c = take(p);
    switch (c) {
    case '(': return group_tree(p);
    case '[': return bracket_tree(p);
    case '.': return any_tree(p);
    case '^': return assert_tree(p, AT_LINE_START);
    case '$': return assert_tree(p, AT_LINE_END);
    case '\\': return escape_tree(p);
    default: return char_tree(p, c);
    }
}

/* ---- repetitions */

/* Digits, saturating above the limit; false when there is none. */
static bool take_number(parser *p, int32_t *out)
{
    int64_t n = 0;
    if (p->rest.n == 0 || !char_is(*p->rest.s, SPAN_DIGIT)) return false;
    while (p->rest.n > 0 && char_is(*p->rest.s, SPAN_DIGIT)) {
        const int digit = take(p) - '0';
        if (n <= REGEX_MAX_REPEAT) n = n * 10 + digit;
    }
    *out = (int32_t)n;
    return true;
}

/* {n} {n,} {n,m} {,m}, the brace taken. */
static bool take_bounds(parser *p, int32_t *min, int32_t *max)
{
    const bool least = take_number(p, min);
    bool good = least || has_next(p, ',');
    if (!least) *min = 0;
    *max = *min;
    if (good && has_next(p, ',')) {
        p->rest = span_from(p->rest, 1);
        if (!take_number(p, max)) *max = TREE_FOREVER;
    }
    good = good && has_next(p, '}') && *min <= REGEX_MAX_REPEAT && *max <= REGEX_MAX_REPEAT &&
           (*max == TREE_FOREVER || *min <= *max);
    if (good) p->rest = span_from(p->rest, 1);
    else give_up(p, "malformed bounds in braces");
    return good;
}

static bool take_repetition(parser *p, int32_t *min, int32_t *max)
{
    const char c = take(p);
    *min = c == '+';
    *max = c == '?' ? 1 : TREE_FOREVER;
    return c != '{' || take_bounds(p, min, max);
}

static int32_t times(int32_t length, int32_t count)
{
    return length == TREE_FOREVER || (length > 0 && count > INT32_MAX / length) ? TREE_FOREVER : length * count;
}

static regex_tree *repeat_tree(parser *p, regex_tree *what, int32_t min, int32_t max)
{
    regex_tree *tree = new_tree(p, max == 0 || what->kind == TREE_EMPTY ? TREE_EMPTY : TREE_REPEAT);
    if (!tree) return NULL;
    tree->child = what;
    tree->min = min;
    tree->max = max;
    tree->nullable = tree->kind == TREE_EMPTY || min == 0 || what->nullable;
    tree->hollow = what->hollow;
    tree->length = tree->kind == TREE_EMPTY ? 0 : min == max ? times(what->length, min) : TREE_FOREVER;
    return tree;
}

static regex_tree *parse_piece(parser *p)
{
    regex_tree *tree = parse_atom(p);
    const unsigned depth = p->depth;
    while (tree && is_repetition(p)) {
        int32_t min, max;
        if (tree->kind == TREE_ASSERT) return give_up(p, "nothing to repeat");
        if (++p->depth > MAX_DEPTH || stack_is_low()) return give_up(p, "too many repetitions of repetitions");
        tree = take_repetition(p, &min, &max) ? repeat_tree(p, tree, min, max) : NULL;
    }
    p->depth = depth;
    return tree;
}

/* ---- pieces in a row, and alternatives */

static int32_t plus(int32_t a, int32_t b)
{
    return a == TREE_FOREVER || b == TREE_FOREVER || a > INT32_MAX - b ? TREE_FOREVER : a + b;
}

static regex_tree *parse_branch(parser *p, bool inside)
{
    regex_tree *tree = new_tree(p, TREE_CAT), **link = tree ? &tree->child : NULL;
    if (!tree) return NULL;
    tree->nullable = true;
    while (p->rest.n > 0 && *p->rest.s != '|' && !(inside && *p->rest.s == ')')) {
        regex_tree *piece = parse_piece(p);
        if (!piece) return NULL;
        *link = piece;
        link = &piece->next;
        tree->nullable = tree->nullable && piece->nullable;
        tree->hollow = tree->hollow || piece->hollow;
        tree->length = plus(tree->length, piece->length);
    }
    return tree;
}

static regex_tree *parse_alternatives(parser *p, bool inside)
{
    regex_tree *tree = new_tree(p, TREE_ALT), **link = tree ? &tree->child : NULL;
    while (tree) {
        regex_tree *branch = parse_branch(p, inside);
        if (!branch) return NULL;
        tree->length = link == &tree->child || tree->length == branch->length ? branch->length : TREE_FOREVER;
        tree->nullable = tree->nullable || branch->nullable;
        tree->hollow = tree->hollow || branch->hollow;
        *link = branch;
        link = &branch->next;
        if (!has_next(p, '|')) break;
        p->rest = span_from(p->rest, 1);
    }
    return tree;
}

void regex_parse(kl_span pattern, unsigned flags, regex_parsed *out)
{
    *out = (regex_parsed){.why = NULL};
    arena_init(&out->arena, 0);
    parser p = {.rest = pattern, .flags = flags, .out = out};
    if (pattern.n > REGEX_MAX_PATTERN) out->why = "longer than a pattern may be";
    else out->tree = parse_alternatives(&p, false);
}
