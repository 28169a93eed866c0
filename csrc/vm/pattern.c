/* Lua patterns under a budget.
 *
 * Each repetition in a pattern multiplies what a match may take by the length of the subject, and subjects come from the net. Lua's matcher cannot be interrupted, so where
 * the worst case is more than a little this one does the work: it takes the same way through subject and pattern, and pays for each step. For gsub it only goes ahead and counts,
 * then Lua's own function runs. A pattern that it finds malformed is left to Lua, which has the words for it. */
#include "state.h"

#include <ctype.h>
#include <lauxlib.h>

#define CHEAP 65536             /* steps that are not worth counting */
#define MAX_DEPTH 200           /* where Lua says "pattern too complex" */
#define MAX_CAPTURES 32
#define OPEN (-1)               /* a capture without its end; Lua's position captures need no length of their own */
#define POSITION (-2)

typedef struct matcher {
    const char *start, *end;    /* subject */
    const char *stop;           /* end of the pattern, where a NUL is */
    int64_t steps;              /* left */
    int depth, level;
    bool over;                  /* steps are used up, or Lua will refuse the pattern */
    struct {
        const char *at;
        ptrdiff_t n;
    } captures[MAX_CAPTURES];
} matcher;

static const char *walk(matcher *m, const char *s, const char *p);

static const char *give_up(matcher *m)
{
    m->over = true;
    return NULL;
}

static bool spend(matcher *m, int64_t steps)
{
    m->steps -= steps;
    if (m->steps < 0) m->over = true;
    return !m->over;
}

static bool in_class(unsigned char c, unsigned char letter)
{
    bool is;
    switch (letter | 32) {
    case 'a': is = isalpha(c) != 0; break;
    case 'c': is = iscntrl(c) != 0; break;
    case 'd': is = isdigit(c) != 0; break;
    case 'g': is = isgraph(c) != 0; break;
    case 'l': is = islower(c) != 0; break;
    case 'p': is = ispunct(c) != 0; break;
    case 's': is = isspace(c) != 0; break;
    case 'u': is = isupper(c) != 0; break;
    case 'w': is = isalnum(c) != 0; break;
    case 'x': is = isxdigit(c) != 0; break;
    case 'z': is = c == 0; break;
    default: return c == letter;
    }
    return is == (islower(letter) != 0);
}

/* set is at '[', last at its ']'. */
static bool in_set(unsigned char c, const char *set, const char *last)
{
    const bool listed = set[1] != '^';
    if (!listed) set++;
    while (++set < last) {
        const unsigned char member = (unsigned char)*set;
        if (member == '%') {
            if (in_class(c, (unsigned char)*++set)) return listed;
        } else if (set[1] == '-' && set + 2 < last) {
            set += 2;
            if (member <= c && c <= (unsigned char)*set) return listed;
        } else if (member == c) {
            return listed;
        }
    }
    return !listed;
}

/* Behind the character, class or set at p. */
static const char *item_end(matcher *m, const char *p)
{
    if (*p == '%') return p + 1 == m->stop ? give_up(m) : p + 2;
    if (*p != '[') return p + 1;
    const char *set = p++;
    if (*p == '^') p++;
    do {
        if (p == m->stop) return give_up(m);
        if (*p++ == '%' && p < m->stop) p++;
    } while (*p != ']');
    return spend(m, p - set) ? p + 1 : NULL;
}

static bool fits(matcher *m, const char *s, const char *p, const char *after)
{
    if (s >= m->end) return false;
    const unsigned char c = (unsigned char)*s;
    switch (*p) {
    case '.': return true;
    case '%': return in_class(c, (unsigned char)p[1]);
    case '[': return spend(m, after - p) && in_set(c, p, after - 1);
    default: return (unsigned char)*p == c;
    }
}

static const char *as_many(matcher *m, const char *s, const char *p, const char *after)
{
    const char *most = s;
    while (fits(m, most, p, after)) most++;
    if (!spend(m, most - s)) return NULL;
    for (; most >= s; most--) {
        const char *end = walk(m, most, after + 1);
        if (end || m->over) return end;
    }
    return NULL;
}

static const char *as_few(matcher *m, const char *s, const char *p, const char *after)
{
    for (;; s++) {
        const char *end = walk(m, s, after + 1);
        if (end || m->over) return end;
        if (!fits(m, s, p, after)) return NULL;
    }
}

static const char *open_capture(matcher *m, const char *s, const char *p)
{
    if (m->level == MAX_CAPTURES) return give_up(m);
    const bool position = p[1] == ')';
    m->captures[m->level].at = s;
    m->captures[m->level].n = position ? POSITION : OPEN;
    m->level++;
    const char *end = walk(m, s, p + (position ? 2 : 1));
    if (!end) m->level--;
    return end;
}

static const char *close_capture(matcher *m, const char *s, const char *p)
{
    int last = m->level - 1;
    while (last >= 0 && m->captures[last].n != OPEN) last--;
    if (last < 0) return give_up(m);
    m->captures[last].n = s - m->captures[last].at;
    const char *end = walk(m, s, p + 1);
    if (!end) m->captures[last].n = OPEN;
    return end;
}

static const char *balanced(matcher *m, const char *s, const char *p)
{
    if (p + 1 >= m->stop) return give_up(m);
    if (s >= m->end || *s != p[0]) return NULL;
    const char *from = s;
    long nested = 1;
    while (++s < m->end) {
        if (*s == p[1]) {
            if (--nested == 0) return spend(m, s - from) ? s + 1 : NULL;
        } else if (*s == p[0]) {
            nested++;
        }
    }
    spend(m, s - from);
    return NULL;
}

static const char *repeated(matcher *m, const char *s, char digit)
{
    const int index = digit - '1';
    if (index < 0 || index >= m->level || m->captures[index].n == OPEN) return give_up(m);
    const ptrdiff_t n = m->captures[index].n;
    if (n < 0 || m->end - s < n) return NULL;
    return spend(m, n / 8) && memcmp(m->captures[index].at, s, (size_t)n) == 0 ? s + n : NULL;
}

/* p is at %f; where the pattern goes on, or NULL. */
static const char *frontier(matcher *m, const char *s, const char *p)
{
    p += 2;
    if (*p != '[') return give_up(m);
    const char *after = item_end(m, p);
    if (!after) return NULL;
    const char before = s == m->start ? '\0' : s[-1];
    return !in_set((unsigned char)before, p, after - 1) && in_set((unsigned char)*s, p, after - 1) ? after : NULL;
}

/* One single-character item and its repetition. True: *s and *p went on; false: *s is the result. */
static bool item(matcher *m, const char **s, const char **p)
{
    const char *from = *s, *set = *p, *after = item_end(m, set);
    *s = NULL;
    if (!after) return false;
    const bool first = fits(m, from, set, after);
    switch (*after) {
    case '?':
        if (first) *s = walk(m, from + 1, after + 1);
        if (*s || m->over) return false;
        *s = from;
        *p = after + 1;
        return true;
    case '+':
        if (first) *s = as_many(m, from + 1, set, after);
        return false;
    case '*':
        *s = as_many(m, from, set, after);
        return false;
    case '-':
        *s = as_few(m, from, set, after);
        return false;
    default:
        if (first) *s = from + 1;
        *p = after;
        return first;
    }
}

static const char *sequence(matcher *m, const char *s, const char *p)
{
    while (p != m->stop) {
        if (!spend(m, 1)) return NULL;
        if (*p == '(') return open_capture(m, s, p);
        if (*p == ')') return close_capture(m, s, p);
        if (*p == '$' && p + 1 == m->stop) return s == m->end ? s : NULL;
        if (*p == '%' && p[1] == 'b') {
            s = balanced(m, s, p + 2);
            p += 4;
        } else if (*p == '%' && p[1] == 'f') {
            p = frontier(m, s, p);
            if (!p) return NULL;
        } else if (*p == '%' && isdigit((unsigned char)p[1])) {
            s = repeated(m, s, p[1]);
            p += 2;
        } else if (!item(m, &s, &p)) {
            return s;
        }
        if (!s) return NULL;
    }
    return s;
}

static const char *walk(matcher *m, const char *s, const char *p)
{
    if (m->depth == 0) return give_up(m);
    m->depth--;
    const char *end = sequence(m, s, p);
    m->depth++;
    return end;
}

/* ---- the four functions */

static void start(matcher *m, lua_State *L, kl_span subject, kl_span pattern)
{
    m->start = subject.s;
    m->end = span_end(subject);
    m->stop = span_end(pattern);
    m->steps = vm_of(L)->budget;
    m->depth = MAX_DEPTH;
    m->over = false;
}

static const char *attempt(matcher *m, const char *s, const char *p)
{
    m->level = 0;
    return spend(m, 1) ? walk(m, s, p) : NULL;
}

static void pay(matcher *m, lua_State *L)
{
    budget_spend(L, m->steps < 0 ? INT64_MAX : vm_of(L)->budget - m->steps);
}

/* Whether the worst case is worth a count. What is certainly linear is paid for here. */
static bool risky(lua_State *L, size_t n, kl_span pattern, bool anchored)
{
    double worst = (double)pattern.n + 1;
    int repetitions = 0;
    for (size_t i = 0; i < pattern.n; i++) {
        char c = pattern.s[i];
        if (c == '%' && ++i < pattern.n) c = pattern.s[i] == 'b' || isdigit((unsigned char)pattern.s[i]) ? '*' : '%';
        if (c == '?') worst *= 2;
        if (c != '*' && c != '+' && c != '-') continue;
        worst *= (double)n + 1;
        repetitions++;
    }
    if (!anchored) worst *= (double)n + 1;
    if (worst <= CHEAP) return false;
    if (repetitions || worst > 1e15) return true;
    budget_spend(L, (int64_t)(worst / 16));
    return false;
}

static size_t start_position(lua_State *L, int index, size_t n)
{
    const lua_Integer init = luaL_optinteger(L, index, 1);
    if (init > 0) return (lua_Unsigned)init - 1 > n ? n + 1 : (size_t)init - 1;
    return init == 0 || init < -(lua_Integer)n ? 0 : n - (size_t)-init;
}

static kl_span text_argument(lua_State *L, int index)
{
    kl_span text;
    text.s = luaL_checklstring(L, index, &text.n);
    return text;
}

static int original(lua_State *L) { return lua_tocfunction(L, lua_upvalueindex(1))(L); }

static bool skip_anchor(kl_span *pattern)
{
    if (pattern->s[0] != '^') return false;
    pattern->s++;
    pattern->n--;
    return true;
}

/* From s to end; find gives its captures only, else a match without captures is one itself. */
static int push_captures(lua_State *L, const matcher *m, const char *s, const char *end, bool find)
{
    luaL_checkstack(L, MAX_CAPTURES, "too many captures");
    if (m->level == 0 && !find) {
        lua_pushlstring(L, s, (size_t)(end - s));
        return 1;
    }
    for (int i = 0; i < m->level; i++) {
        const ptrdiff_t n = m->captures[i].n;
        if (n == OPEN) return luaL_error(L, "unfinished capture");
        if (n == POSITION) lua_pushinteger(L, m->captures[i].at - m->start + 1);
        else lua_pushlstring(L, m->captures[i].at, (size_t)n);
    }
    return m->level;
}

static int search(lua_State *L, bool find)
{
    matcher m;
    kl_span subject = text_argument(L, 1), pattern = text_argument(L, 2);
    const size_t from = start_position(L, 3, subject.n);
    const bool anchored = skip_anchor(&pattern);
    if (from > subject.n || !risky(L, subject.n - from, pattern, anchored)) return original(L);
    start(&m, L, subject, pattern);
    const char *s = subject.s + from, *end = attempt(&m, s, pattern.s);
    while (!end && !m.over && !anchored && s < m.end) end = attempt(&m, ++s, pattern.s);
    pay(&m, L);
    if (m.over) return original(L);
    if (!end) {
        luaL_pushfail(L);
        return 1;
    }
    if (!find) return push_captures(L, &m, s, end, false);
    lua_pushinteger(L, s - m.start + 1);
    lua_pushinteger(L, end - m.start);
    return 2 + push_captures(L, &m, s, end, true);
}

int pattern_match(lua_State *L) { return search(L, false); }

static bool is_plain(kl_span pattern)
{
    for (size_t i = 0; i < pattern.n; i++)
        if (pattern.s[i] && strchr("^$*+?.([%-", pattern.s[i])) return false;
    return true;
}

int pattern_find(lua_State *L)
{
    const kl_span subject = text_argument(L, 1), text = text_argument(L, 2);
    if (!lua_toboolean(L, 4) && !is_plain(text)) return search(L, true);
    const double worst = (double)subject.n * ((double)text.n + 1) / 64;     /* by memchr and memcmp */
    if (worst * 64 > CHEAP) budget_spend(L, worst > 1e15 ? INT64_MAX : (int64_t)worst);
    return original(L);
}

int pattern_gsub(lua_State *L)
{
    matcher m;
    kl_span subject = text_argument(L, 1), pattern = text_argument(L, 2);
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)subject.n + 1);
    const bool anchored = skip_anchor(&pattern);
    if (!risky(L, subject.n, pattern, anchored)) return original(L);
    start(&m, L, subject, pattern);
    const char *s = subject.s, *last = NULL;
    while (most > 0 && !m.over) {
        const char *end = attempt(&m, s, pattern.s);
        if (end && end != last) {
            s = last = end;
            most--;
        } else if (s < m.end) {
            s++;
        } else {
            break;
        }
        if (anchored) break;
    }
    pay(&m, L);
    return original(L);
}

typedef struct gmatch_state {
    size_t at, last;            /* last: end of the last match, SIZE_MAX for none */
} gmatch_state;

/* Lua's own words for what is wrong with the pattern: string.match meets it at the same place, where a leading ^ must not be an anchor. */
static int refuse(lua_State *L, size_t at)
{
    const char *pattern = lua_tostring(L, lua_upvalueindex(2));
    lua_settop(L, 0);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushfstring(L, pattern[0] == '^' ? "%%" : "");
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_concat(L, 2);
    lua_pushinteger(L, (lua_Integer)at + 1);
    return lua_tocfunction(L, lua_upvalueindex(4))(L);
}

/* Upvalues: subject, pattern, state, Lua's string.match. */
static int next_match(lua_State *L)
{
    matcher m;
    kl_span subject, pattern;
    subject.s = lua_tolstring(L, lua_upvalueindex(1), &subject.n);
    pattern.s = lua_tolstring(L, lua_upvalueindex(2), &pattern.n);
    gmatch_state *state = lua_touserdata(L, lua_upvalueindex(3));
    start(&m, L, subject, pattern);
    for (size_t at = state->at; at <= subject.n; at++) {
        const char *end = attempt(&m, subject.s + at, pattern.s);
        if (m.over || (end && (size_t)(end - subject.s) != state->last)) {
            pay(&m, L);
            if (m.over) return refuse(L, at);
            state->at = state->last = (size_t)(end - subject.s);
            return push_captures(L, &m, subject.s + at, end, false);
        }
    }
    pay(&m, L);
    return 0;
}

int pattern_gmatch(lua_State *L)
{
    const kl_span subject = text_argument(L, 1), pattern = text_argument(L, 2);
    const gmatch_state state = {.at = start_position(L, 3, subject.n), .last = SIZE_MAX};
    if (!risky(L, subject.n, pattern, false)) return original(L);
    lua_settop(L, 2);
    *(gmatch_state *)lua_newuserdatauv(L, sizeof state, 0) = state;
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_pushcclosure(L, next_match, 4);
    return 1;
}
