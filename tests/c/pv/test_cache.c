/* Names and formats are parsed once, kept within bounds, and never freed while a run may hold them. */
#include "base/mem.h"
#include "pv/cache.h"

#include "fixture.h"

static const pv_spec *numbered(fixture *f, int i)
{
    char name[64];
    snprintf(name, sizeof name, "$hdr(X-%d-header)", i);
    return pv_lookup(&f->ctx, span_text(name));
}

static void one_text_is_parsed_once(void)
{
    fixture *f = fixture_new(INVITE);
    static const char *const names[] = {"$?",
                                        "$ru",
                                        "$rU",
                                        "$hdr(a)",
                                        "$hdr(b)",
                                        "$hdr(X-Foo)",
                                        "$hdr(X-Fop)",
                                        "$(hdr(X-Foo)[1])",
                                        "$(hdr(X-Foo)[2])",
                                        "$(hdr(X-Foo){s.len}{s.int}{s.len})",
                                        "$(hdr(X-Fop){s.len}{s.int}{s.len})"};
    const pv_spec *specs[sizeof names / sizeof *names];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        REQUIRE((specs[i] = pv_lookup(&f->ctx, span_text(names[i]))) != NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char copy[64];
        strcpy(copy, names[i]); /* the text counts, not where it stands */
        CHECK(pv_lookup(&f->ctx, span_text(copy)) == specs[i]);
        for (size_t j = 0; j < i; j++) CHECK(specs[i] != specs[j]);
    }
    fixture_free(f);
}

/* Names of 8, 16 and more bytes differ in one byte at any place. */
static void near_names_stay_apart(void)
{
    fixture *f = fixture_new(INVITE);
    for (size_t n = 1; n <= 40; n++) {
        char name[64] = "$var(";
        memset(name + 5, 'a', n);
        strcpy(name + 5 + n, ")");
        const pv_spec *plain = pv_lookup(&f->ctx, span_text(name));
        for (size_t i = 0; i < n; i++) {
            name[5 + i] = 'b';
            const pv_spec *other = pv_lookup(&f->ctx, span_text(name));
            CHECK(other != plain && span_eq(other->text, span_text(name)));
            name[5 + i] = 'a';
            CHECK(pv_lookup(&f->ctx, span_text(name)) == plain);
        }
    }
    fixture_free(f);
}

static void bounded(void)
{
    fixture *f = fixture_new(INVITE);
    const pv_spec *kept = pv_lookup(&f->ctx, SPAN("$hdr(X-Foo)"));
    for (int i = 0; i < 3 * PV_CACHE_NAMES; i++) {
        arena_mark mark = arena_save(&f->scratch);
        const pv_spec *spec = numbered(f, i);
        REQUIRE(spec != NULL);
        REQUIRE(span_eq(spec->text, span_of(spec->text.s, spec->text.n)) && spec->get != NULL);
        arena_rewind(&f->scratch, mark); /* as after each KSR call */
    }
    CHECK_INT(f->ctx.pvs->specs.count, PV_CACHE_NAMES);
    CHECK(f->ctx.pvs->arena.used <= PV_CACHE_BYTES);
    CHECK(pv_lookup(&f->ctx, SPAN("$hdr(X-Foo)")) == kept); /* still the same: nothing was thrown away in the run */
    pv_cache_trim(f->ctx.pvs);
    CHECK_INT(f->ctx.pvs->specs.count, 0);
    CHECK_STR(fixture_read(f, "$hdr(X-Foo)"), "one");
    CHECK_INT(f->ctx.pvs->specs.count, 1);
    pv_cache_trim(f->ctx.pvs);
    CHECK_INT(f->ctx.pvs->specs.count, 1); /* only a full one is emptied */
    fixture_free(f);
}

static void bounded_in_bytes(void)
{
    fixture *f = fixture_new(INVITE);
    size_t n = 30000;
    char *name = malloc(n + 1);
    for (int i = 0; i < 400; i++) {
        arena_mark mark = arena_save(&f->scratch);
        memset(name, 'a', n);
        memcpy(name, "$var(", 5);
        snprintf(name + 5, 16, "%06d", i);
        name[11] = '_';
        name[n - 1] = ')';
        REQUIRE(pv_lookup(&f->ctx, span_of(name, n)) != NULL);
        arena_rewind(&f->scratch, mark);
    }
    CHECK(f->ctx.pvs->arena.used <= PV_CACHE_BYTES);
    CHECK(f->ctx.pvs->specs.count < 400);
    free(name);
    fixture_free(f);
}

static void formats_are_kept_too(void)
{
    fixture *f = fixture_new(INVITE);
    const pv_program *program = pv_program_of(&f->ctx, SPAN("call $ci of $fU"));
    REQUIRE(program != NULL);
    CHECK(pv_program_of(&f->ctx, SPAN("call $ci of $fU")) == program);
    CHECK(pv_program_of(&f->ctx, SPAN("call $ci of $nosuch")) == NULL);
    for (int i = 0; i < 2 * PV_CACHE_NAMES; i++) {
        char format[64];
        arena_mark mark = arena_save(&f->scratch);
        kl_span text;
        snprintf(format, sizeof format, "%d $ci", i);
        REQUIRE(pv_format_span(&f->ctx, span_text(format), &text));
        arena_rewind(&f->scratch, mark);
    }
    CHECK(f->ctx.pvs->specs.count + f->ctx.pvs->programs.count <= PV_CACHE_NAMES);
    fixture_free(f);
}

/* A bad name costs nothing that stays. */
static void refused_names_leave_nothing(void)
{
    fixture *f = fixture_new(INVITE);
    size_t used = f->ctx.pvs->arena.used;
    for (int i = 0; i < 1000; i++) {
        char name[64];
        snprintf(name, sizeof name, "$(hdr(X%d){s.nosuch})", i);
        CHECK(pv_lookup(&f->ctx, span_text(name)) == NULL);
        effects_clear(&f->effects);
    }
    CHECK_INT(f->ctx.pvs->arena.used, used);
    CHECK_INT(f->ctx.pvs->specs.count, 0);
    fixture_free(f);
}

#ifdef KEMILUA_FAIL_ALLOC
/* Every allocation fails once: an answer each time, and nothing left behind. */
static void failing_allocations(void)
{
    for (long n = 1; n < 200; n++) {
        mem_fail_after(n, 0);
        pv_cache *cache = pv_cache_new((const unsigned char[16]){0});
        mem_fail_after(0, 0);
        if (cache != NULL) {
            fixture *f = fixture_new(INVITE);
            pv_cache_free(f->ctx.pvs);
            f->ctx.pvs = cache;
            mem_fail_after(n, 0);
            fixture_read(f, "$(hdr($var(n)){s.substr,1,2})");
            fixture_read(f, "$_s($ci/$_s($ru)/$bR)");
            fixture_sets(f, "$sbranch(uri)", "sip:x");
            fixture_sets(f, "$fU", "x");
            mem_fail_after(0, 0);
            CHECK_STR(fixture_read(f, "$_s($ci)"), "a84b");
            fixture_free(f);
        }
    }
}
#endif

#ifdef KEMILUA_FAIL_ALLOC
#    define MEMORY_TESTS , CHECK_TEST(failing_allocations)
#else
#    define MEMORY_TESTS
#endif
CHECK_MAIN(CHECK_TEST(one_text_is_parsed_once), CHECK_TEST(near_names_stay_apart), CHECK_TEST(bounded),
           CHECK_TEST(bounded_in_bytes), CHECK_TEST(formats_are_kept_too),
           CHECK_TEST(refused_names_leave_nothing) MEMORY_TESTS)
