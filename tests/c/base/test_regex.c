/* Regular expressions: what is one, what matches, what groups hold, and what it may cost. */
#include "check.h"

#include "base/mem.h"
#include "base/regex/regex.h"

static regex_cache *cache;

static kl_regex *use(const char *pattern, unsigned flags)
{
    const char *why = NULL;
    if (!cache) cache = regex_cache_new();
    return cache ? regex_use(cache, span_text(pattern), flags, &why) : NULL;
}

static void forget(void)
{
    regex_cache_free(cache);
    cache = NULL;
}

/* The groups as "0-4 0-1 - 4-4", NULL without a match. */
static const char *found(const char *pattern, kl_span subject, unsigned flags, unsigned search)
{
    static char text[256];
    regex_group groups[REGEX_GROUPS];
    kl_regex *regex = use(pattern, flags);
    if (!regex) return "refused";
    const regex_result result = regex_search(regex, subject, search, REGEX_GROUPS, groups);
    if (result != REGEX_MATCH) return result == REGEX_NONE ? NULL : "failed";
    size_t n = 0;
    for (size_t i = 0; i < REGEX_GROUPS && i <= regex_group_count(regex); i++) {
        if (groups[i].start == REGEX_UNSET) n += (size_t)snprintf(text + n, sizeof text - n, "%s-", i ? " " : "");
        else
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%zu-%zu", i ? " " : "", groups[i].start, groups[i].end);
    }
    return text;
}

static const char *match(const char *pattern, const char *subject) { return found(pattern, span_text(subject), 0, 0); }

static void what_glibc_takes_is_taken(void)
{
    static const char *const good[] = {
        "",          "|",       "a|",      "()",           ")",           "a)",    "}",
        "a}",        "[]a]",    "[^]a]",   "[a-]",         "[-a]",        "[--a]", "[a-c-]",
        "[[.-.]-z]", "[[=a=]]", "[[=]=]]", "[[.].]]",      "[\\]]",       "[[a]",  "a{0}",
        "a{,3}",     "a{,}",    "a{2}{3}", "a**",          "a+?",         "(^)*",  "a^b",
        "\\(",       "\\0",     "\\d",     "[[:alpha:]-]", "[a-c[.x.]-z]"};
    static const char *const bad[] = {
        "*a",        "a|*b",       "(*a)", "(+",       "^*",       "$*",          "\\<*",          "{1}",
        "{",         "a{",         "a{1",  "a{1,",     "a{}",      "a{a}",        "a{3,2}",        "a{32768}",
        "\\",        "a\\",        "[a",   "[]",       "[^]",      "[z-a]",       "[a-b-c]",       "[a--]",
        "[[:foo:]]", "[[:alpha:]", "[[:",  "[[.ab.]]", "[[..]]",   "[[.space.]]", "[[:alpha:]-z]", "[a-[:alpha:]]",
        "(a",        "a(b",        "(a|b", "(?:a)",    "[a-[=c=]]"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!use(good[i], 0)) CHECK_STR("refused", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (use(bad[i], 0)) CHECK_STR("taken", bad[i]);
    forget();
}

static void back_references_are_refused_with_a_reason(void)
{
    const char *why = NULL;
    cache = regex_cache_new();
    CHECK(!regex_use(cache, SPAN("(a)\\1"), 0, &why));
    CHECK_STR(why, "back references are not supported");
    forget();
}

static void leftmost_then_longest(void)
{
    CHECK_STR(match("a|ab|abc", "xabcd"), "1-4");
    CHECK_STR(match("b+|abcd|c", "abbcd"), "1-3");
    CHECK_STR(match("abcx|c", "abcd"), "2-3");
    CHECK_STR(match("x*", "axx"), "0-0");
    CHECK_STR(match("", ""), "0-0");
    CHECK_STR(match("a{2,3}", "aaaa"), "0-3");
    CHECK_STR(match("[[:digit:]]+", "ab123c"), "2-5");
    CHECK_STR(match("[^a-c]", "abcd"), "3-4");
    CHECK_STR(match("q", "abc"), NULL);
    forget();
}

static void groups_are_those_of_glibc(void)
{
    CHECK_STR(match("(a|ab)(c|bcd)(d*)", "abcd"), "0-4 0-1 1-4 4-4");
    CHECK_STR(match("((a)|b)*", "ab"), "0-2 1-2 0-1");
    CHECK_STR(match("(a*)*", "b"), "0-0 0-0");
    CHECK_STR(match("(a*)+", "a"), "0-1 0-1");
    CHECK_STR(match("(a*){2}", "a"), "0-1 1-1");
    CHECK_STR(match("(a?)*", "aa"), "0-2 1-2");
    CHECK_STR(match("(a)?b", "b"), "0-1 -");
    CHECK_STR(match("(a){0}b", "b"), "0-1 -");
    CHECK_STR(match("(.*)@(.*)", "a@b@c"), "0-5 0-3 4-5");
    CHECK_STR(match("sip:([^@]+)@([^;]*)", "<sip:al@h;x>"), "1-9 5-7 8-9");
    CHECK_STR(match("|(a*)", "aa"), "0-2 0-2");
    CHECK_STR(match("((a*)(b*))*", "aabb"), "0-4 0-4 0-2 2-4");
    forget();
}

static void lines_words_and_edges(void)
{
    CHECK_STR(match("^b", "a\nb"), NULL);
    CHECK_STR(found("^b$", SPAN("a\nb\nc"), REGEX_NEWLINE, 0), "2-3");
    CHECK_STR(found("a.b|a[^x]b", SPAN("a\nb"), REGEX_NEWLINE, 0), NULL);
    CHECK_STR(found("a\\Wb", SPAN("a\nb"), REGEX_NEWLINE, 0), "0-3");
    CHECK_STR(found("a\\'", SPAN("a\na"), REGEX_NEWLINE, 0), "2-3");
    CHECK_STR(found("^a", SPAN("a"), 0, REGEX_NOTBOL), NULL);
    CHECK_STR(found("\\`a", SPAN("a"), 0, REGEX_NOTBOL), "0-1");
    CHECK_STR(match("\\<b\\w*\\>", "ab bc,"), "3-5");
    CHECK_STR(match("\\Bb\\b", "b ab"), "3-4");
    forget();
}

static void letters_fold_and_bytes_stay(void)
{
    CHECK_STR(found("[[:upper:]]X[a-Z]", SPAN("aXb"), REGEX_ICASE, 0), "0-3");
    CHECK_STR(found("[^x]", SPAN("X"), REGEX_ICASE, 0), NULL);
    CHECK_STR(found("\xe4", SPAN("\xc4"), REGEX_ICASE, 0), NULL);
    CHECK_STR(match(".[\x80-\xff]\\W", "\xc3\xb6\xc3"), "0-3");
    CHECK_STR(found("[^a]b", SPAN("\0b"), 0, 0), "0-2");
    CHECK_STR(found("a.b", SPAN("a\0b"), 0, 0), NULL);
    forget();
}

/* A pattern with one first byte leaps to it, one with two alternatives reads every byte: both find the same, at each
 * place in a forbidden page's reach. */
static void a_leap_passes_no_match(void)
{
    static const struct {
        const char *leaps, *reads;
        unsigned flags;
    } pairs[] = {
        {"k-9(8*)7", "k-9(8*)7|!!", 0},     {"k-9(8*)7", "k-9(8*)7|!!", REGEX_ICASE},
        {"-(k+)", "-(k+)|!!", REGEX_ICASE}, {"(k)k*-", "(k)k*-|!!", REGEX_NEWLINE | REGEX_ICASE},
        {"[Kk]([^k])", "[Kk]([^k])|!!", 0}, {"[+K]([^k])", "[+K]([^k])|!!", 0},
    };
    char text[24], *const end = text + sizeof text;
    uint32_t random = 1;
    for (unsigned round = 0; round < 4000; round++) {
        for (char *p = text; p < end; p++)
            random = random * 1664525u + 1013904223u,
            *p = "kK-9887+\n\0b\xeb"[random >> 20 & 15 ? random >> 24 & 3 : random >> 24 & 11];
        const size_t n = random >> 8 & 15 ? sizeof text - (random >> 12 & 15) : 0;
        const kl_span subject = span_of(end - n, n);
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
            char whole[256];
            const char *leapt = found(pairs[i].leaps, subject, pairs[i].flags, 0);
            snprintf(whole, sizeof whole, "%s", leapt ? leapt : "nothing");
            const char *read = found(pairs[i].reads, subject, pairs[i].flags, 0);
            CHECK_STR(whole, read ? read : "nothing");
        }
    }
    const kl_span at_edge = span_of(check_edge("aaaaaaaaaaaaaaaK-97", 19), 19);
    for (size_t from = 0; from < at_edge.n; from++)
        CHECK((found("k-97", span_from(at_edge, from), REGEX_ICASE, 0) != NULL) == (from < 16));
    forget();
}

#define LONG 65535

static char *repeated(const char *what)
{
    static char text[LONG + 1];
    const size_t n = strlen(what);
    for (size_t i = 0; i < LONG; i++) text[i] = what[i % n];
    return text;
}

/* None of these takes longer than its steps allow, and most are one pass over the text. */
static void patterns_that_explode_elsewhere_are_quick_or_cut_off(void)
{
    static const struct {
        const char *pattern, *text;
        regex_result expected;
    } cases[] = {{"(a*)*b", "a", REGEX_NONE},
                 {"(a|aa)+$", "a", REGEX_MATCH},
                 {"(a|aa)+b", "a", REGEX_NONE},
                 {"(x+x+)+y", "x", REGEX_NONE},
                 {"(.*)(.*)(.*)(.*)x", "a", REGEX_NONE},
                 {"((((a*)*)*)*)*$", "a", REGEX_MATCH},
                 {"((a{1,100}){1,100})$", "a", REGEX_FAILED},
                 {"(a|b)*a(a|b){12}c", "abaabbab", REGEX_NONE},
                 {"(a?){500}a{500}b", "a", REGEX_NONE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        regex_group groups[REGEX_GROUPS];
        kl_regex *regex = use(cases[i].pattern, 0);
        REQUIRE(regex);
        CHECK_INT(regex_search(regex, span_of(repeated(cases[i].text), LONG), 0, REGEX_GROUPS, groups),
                  cases[i].expected);
        if (cases[i].expected == REGEX_MATCH) CHECK_INT(groups[0].end, LONG);
    }
    CHECK(!use("((((((a{1,10}){1,10}){1,10}){1,10}){1,10}){1,10})", 0));
    CHECK(!use("((((x{0}){30000}){30000}){30000})", 0));
    forget();
}

static void steps_are_for_all_searches_together(void)
{
    regex_group groups[1];
    kl_regex *regex = use("a.*z", 0);
    const kl_span text = span_of(repeated("a"), LONG);
    size_t searches = 0;
    while (searches < 5000 && regex_search(regex, text, 0, 1, groups) == REGEX_NONE) searches++;
    CHECK(searches > 100 && searches < 5000);
    regex = use("a.*z", 0);
    CHECK_INT(regex_search(regex, text, 0, 1, groups), REGEX_NONE);
    forget();
}

/* More states than are kept at a time. */
static void states_come_and_go(void)
{
    regex_group groups[1];
    kl_regex *regex = use("(a|b)*a(a|b){9}c", 0);
    static char text[20001];
    unsigned random = 1;
    for (size_t i = 0; i < sizeof text - 1; i++) {
        random = random * 1103515245u + 12345u;
        text[i] = random >> 16 & 1 ? 'a' : 'b';
    }
    text[10000] = 'a';
    text[10010] = 'c';
    CHECK_INT(regex_search(regex, span_of(text, sizeof text - 1), 0, 1, groups), REGEX_MATCH);
    CHECK_INT(groups[0].start, 0);
    CHECK_INT(groups[0].end, 10011);
    forget();
}

static void cache_keeps_what_is_used(void)
{
    char pattern[32];
    kl_regex *first = use("first", 0);
    for (int i = 0; i < 1000; i++) {
        snprintf(pattern, sizeof pattern, "p%d{1,300}", i);
        REQUIRE(use(pattern, 0));
        if (i < 50) CHECK(use("first", 0) == first);
    }
    CHECK(use("first", REGEX_ICASE) != use("first", 0));
    forget();
}

#ifdef KEMILUA_FAIL_ALLOC
static bool good_run(void)
{
    regex_group groups[3];
    kl_regex *regex = use("(a|b)+([[:digit:]]*c){1,3}", REGEX_ICASE);
    return regex && regex_search(regex, SPAN("xxabB12c3cz"), 0, 3, groups) == REGEX_MATCH;
}

static void every_allocation_may_fail(void)
{
    for (int sticky = 0; sticky < 2; sticky++)
        for (long n = 1; n < 200; n++) {
            const long live = mem_live();
            mem_fail_after(n, sticky);
            const bool good = good_run();
            mem_fail_after(0, 0);
            CHECK(good || good_run());
            forget();
            CHECK_INT(mem_live(), live);
            if (good) break;
        }
}

static void steady_state_allocates_nothing(void)
{
    CHECK(good_run());
    mem_fail_after(1, 1);
    for (int i = 0; i < 10; i++) CHECK(good_run());
    mem_fail_after(0, 0);
    forget();
}
#endif

CHECK_MAIN(CHECK_TEST(what_glibc_takes_is_taken), CHECK_TEST(back_references_are_refused_with_a_reason),
           CHECK_TEST(leftmost_then_longest), CHECK_TEST(groups_are_those_of_glibc), CHECK_TEST(lines_words_and_edges),
           CHECK_TEST(letters_fold_and_bytes_stay), CHECK_TEST(a_leap_passes_no_match),
           CHECK_TEST(patterns_that_explode_elsewhere_are_quick_or_cut_off),
           CHECK_TEST(steps_are_for_all_searches_together), CHECK_TEST(states_come_and_go),
           CHECK_TEST(cache_keeps_what_is_used),
#ifdef KEMILUA_FAIL_ALLOC
           CHECK_TEST(every_allocation_may_fail), CHECK_TEST(steady_state_allocates_nothing),
#endif
)
