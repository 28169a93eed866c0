/* program.h: what a pattern becomes. It goes through tree (parse.c), nodes (compile.c) and states (dfa.c); groups.c
 * finds what groups hold once a match is known; search.c joins them, and cache.c keeps what was compiled. */
#ifndef KL_BASE_REGEX_PROGRAM_H
#define KL_BASE_REGEX_PROGRAM_H

#include "base/arena.h"
#include "regex.h"

typedef struct regex_set {
    uint64_t bits[4];
} regex_set;

static inline bool set_has(const regex_set *set, unsigned c) { return set->bits[c >> 6] >> (c & 63) & 1; }
static inline void set_add(regex_set *set, unsigned c) { set->bits[c >> 6] |= (uint64_t)1 << (c & 63); }
static inline void set_drop(regex_set *set, unsigned c) { set->bits[c >> 6] &= ~((uint64_t)1 << (c & 63)); }

/* ---- the tree */

typedef enum tree_kind { TREE_EMPTY, TREE_SET, TREE_ASSERT, TREE_GROUP, TREE_CAT, TREE_ALT, TREE_REPEAT } tree_kind;
typedef enum assertion {
    AT_LINE_START,
    AT_LINE_END,
    AT_START,
    AT_END,
    AT_WORD_START,
    AT_WORD_END,
    AT_WORD_EDGE,
    AT_NO_WORD_EDGE
} assertion;

#define TREE_FOREVER (-1) /* no upper bound of a repetition; no fixed length */

typedef struct regex_tree regex_tree;
struct regex_tree {
    tree_kind kind;
    bool nullable;            /* can match nothing */
    bool hollow;              /* holds a group that can */
    unsigned arg;             /* number of a set or group, or the assertion */
    int32_t min, max;         /* TREE_REPEAT */
    int32_t length;           /* of every match, or TREE_FOREVER */
    regex_tree *child, *next; /* first child; next sibling */
};

typedef struct regex_parsed {
    kl_arena arena;
    regex_tree *tree;
    regex_set *sets; /* of bytes, each once */
    unsigned set_count, group_count;
    const char *why; /* NULL: good */
} regex_parsed;
void regex_parse(kl_span pattern, unsigned flags, regex_parsed *out); /* the caller frees out->arena */

/* ---- the nodes */

typedef uint16_t node_id;
#define NO_NODE UINT16_MAX

typedef enum node_op {
    NODE_MATCH,
    NODE_SET,
    NODE_SPLIT /* next first, then other */,
    NODE_ASSERT,
    NODE_OPEN,
    NODE_CLOSE,
    NODE_ENTER,
    NODE_LOOP /* around the body of a repetition that can be empty: a round without progress is the last */
} node_op;

typedef struct regex_node {
    uint8_t op;
    bool optional; /* NODE_CLOSE: of a group that is repeated from zero times on */
    uint16_t arg;  /* set, assertion, group or loop; of a NODE_SPLIT its number among them */
    node_id next, other;
} regex_node;

/* What stands at one side of a position. */
enum { SIDE_EDGE = 1 /* start or end of the subject */, SIDE_LINE = 2, SIDE_WORD = 4, SIDE_COUNT = 8 };

typedef struct dfa_state {
    uint32_t kernel, count;  /* of node ids in the pool, groups divided by NO_NODE */
    uint32_t next_in_bucket; /* + 1 */
    uint8_t side;            /* of what was passed last */
    bool searching;          /* a match may still start here */
} dfa_state;

#define DFA_BUCKETS 256
typedef struct regex_dfa {
    bool backward;
    uint32_t *next; /* by state and symbol: DFA_* */
    dfa_state *states;
    node_id *pool;
    uint32_t state_count, state_cap, pool_count, pool_cap;
    uint32_t buckets[DFA_BUCKETS]; /* + 1 */
    uint32_t start[SIDE_COUNT];    /* + 1 */
} regex_dfa;

/* ---- what all programs of one cache run on, one at a time */

typedef struct group_choice {
    uint32_t node, at, trace; /* what to try instead; or a loop's number and its old place */
} group_choice;
typedef struct group_event {
    uint32_t node, at;
} group_event;
typedef struct group_memory {
    uint64_t *seen; /* split and offset: tried before */
    group_choice *choices;
    group_event *trace;
    uint32_t *loops; /* where the round of each began */
    size_t seen_cap, choice_cap, trace_cap, loop_cap;
} group_memory;

typedef struct regex_means {
    uint64_t steps; /* left of the search */
    kl_work *work;  /* that pays for them, or NULL */
    group_memory groups;
} regex_means;

/* ---- the program */

struct kl_regex {
    regex_means *means;
    kl_regex *next_in_bucket;
    uint64_t used; /* when, in turns of the cache */
    char *text;    /* of the pattern */
    size_t text_n;
    unsigned flags, held;
    /* -- what compile.c makes */
    regex_node *nodes;
    size_t node_count;
    node_id start;
    regex_set *sets;      /* of byte classes */
    uint8_t classes[256]; /* bytes that no set tells apart are of one class */
    unsigned class_count, stride;
    uint8_t sides[258]; /* of the classes, of the edge, of the edge with REGEX_NOTBOL */
    uint8_t side_mask;  /* what the assertions ask for */
    node_id *before;    /* nodes that lead to a node, and where its list starts */
    uint32_t *before_at;
    unsigned group_count, split_count, loop_count;
    int32_t length;     /* of every match, or TREE_FOREVER */
    bool only_at_start; /* every match starts where the subject does */
    /* the byte every match starts with, or its lower-case letter where either case does; LEAD_ANY: not one, or
     * assertions look around */
    int lead;
    bool lead_folds;
    /* -- what dfa.c works with */
    regex_dfa forward, backward;
    uint32_t turn, *closed, *taken; /* by node: the turn it was visited in */
    node_id *stack, *kernel;
};

#define LEAD_ANY (-1)

#define SYMBOL_EDGE(regex)        ((regex)->class_count)
#define SYMBOL_EDGE_NOTBOL(regex) ((regex)->class_count + 1)

static inline unsigned side_of_byte(const kl_regex *regex, char c)
{
    return regex->sides[regex->classes[(unsigned char)c]];
}
static inline unsigned side_of_start(const kl_regex *regex, unsigned flags)
{
    return regex->sides[flags & REGEX_NOTBOL ? SYMBOL_EDGE_NOTBOL(regex) : SYMBOL_EDGE(regex)];
}
/* What stands left of an offset, and right of it. */
static inline unsigned side_left(const kl_regex *regex, kl_span subject, size_t at, unsigned flags)
{
    return at > 0 ? side_of_byte(regex, subject.s[at - 1]) : side_of_start(regex, flags);
}
static inline unsigned side_right(const kl_regex *regex, kl_span subject, size_t at)
{
    return at < subject.n ? side_of_byte(regex, subject.s[at]) : regex->sides[SYMBOL_EDGE(regex)];
}
bool regex_asserts(assertion what, unsigned left, unsigned right);

void regex_release(kl_regex *regex); /* all but its means */
void dfa_release(regex_dfa *dfa);
void groups_release(group_memory *memory);

/* NULL: good; else why not, and nothing is kept */
const char *regex_compile(kl_regex *regex, kl_span pattern, unsigned flags);

/* ---- running */

bool regex_spend(kl_regex *regex, uint64_t steps); /* false: there are none left */
/* Where the leftmost-longest match ends; with any set, where some match ends. */
regex_result dfa_find_end(kl_regex *regex, kl_span subject, unsigned flags, bool any, size_t *end);
/* where the longest match that ends there starts */
regex_result dfa_find_start(kl_regex *regex, kl_span subject, unsigned flags, size_t end, size_t *start);
/* groups[0] is known, the others are found. */
regex_result regex_find_groups(kl_regex *regex, kl_span subject, unsigned flags, size_t count, regex_group *groups);

#endif
