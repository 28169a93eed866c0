/* The written forms of a pseudo-variable, format strings, and what is refused. */
#include "pv/cache.h"

#include "fixture.h"

static void written_forms(void)
{
    fixture *f = fixture_new(INVITE);
    READINGS(f, {"$ci", "a84b"}, {"$(ci)", "a84b"}, {"$$", "$ with int 36"}, {"$($)", "$ with int 36"},
             {"$hdr(X-Foo)", "one"}, {"$(hdr(X-Foo))", "one"}, {"$(hdr(X-Foo)[1])", "two\r\n folded"},
             {"$(hdr(X-Foo)[-2]{s.len})", "int 3"}, {"$(ci{s.len})", "int 4"}, {"$(ci{s.len} {s.len})", "int 1"},
             {"$(ci{s.len} )", "int 4"}, {"$ruri.user", "bob"}, {"$?", "int 0"}, {"$(hdr(X-Foo)[-])", "one"},
             {"$var(any (balanced) text, $and more)", "int 0"});
    fixture_free(f);
}

static void refused_forms(void)
{
    static const char *const bad[] = {
        "",
        "$",
        "ci",
        "$ci ",
        " $ci",
        "$ci$ci",
        "$ci{s.len}",
        "$hdr(X-Foo)[1]",
        "$(ci",
        "$(ci{s.len}[0])",
        "$( ci)",
        "$(ci )",
        "$(ci {s.len})",
        "$()",
        "$hdr",
        "$hdr()",
        "$hdr(a",
        "$(hdr(X-Foo)[])",
        "$(hdr(X-Foo)[ 1])",
        "$(hdr(X-Foo)[1x])",
        "$(hdr(X-Foo)[+1])",
        "$(hdr(X-Foo)[1]",
        "$(hdr(X-Foo)[$nosuch])",
        "$hdr($nosuch)",
        "$ci(x)",
        "$(ci[0])",
        "$nosuch",
        "$CI",
        "$rU.",
        "$$$",
        "$(ci{s.nosuch})",
        "$(ci{nosuch.len})",
        "$(ci{s.before,(})",
        "$Mf(32)",
        "$Mf(-1)",
        "$Mf(x)",
        "$branch(nope)",
        "$msg(nope)",
        "$expires(mid)",
        "$_s(a$nosuch)",
        "$_s($)",
        "$cnt($ci)",
        "$cnt(avp(x))",
        "$C(r)",
        "$C(zz)",
        "$via0(nope)",
        "$hdr(a b)",
        "$hdr( To)",
        "$hdr(:)",
        "$hdr(a@b)",
        "$hdrc(a%b)",
        "$hfl(a*)",
    };
    fixture *f = fixture_new(INVITE);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t logged = f->effects.count;
        check_str(fixture_read(f, bad[i]), "bad", bad[i], __FILE__, __LINE__);
        CHECK(f->effects.count > logged); /* each time, with a line in the log */
    }
    fixture_free(f);
}

static void names_inside_names(void)
{
    fixture *f = fixture_new(INVITE);
    CHECK(fixture_sets(f, "$var(n)", "x-FOO"));
    CHECK(fixture_seti(f, "$var(i)", 1));
    CHECK(fixture_sets(f, "$var(s)", "1"));
    READINGS(f, {"$hdr($var(n))", "one"}, {"$(hdr($var(n))[$var(i)])", "two\r\n folded"}, {"$hdr($var(n)abc)", "one"},
             {"$(hdr(X-Foo)[$var(s)])", "failure"}, {"$(hdr(X-Foo)[$(var(s){s.int})])", "two\r\n folded"},
             {"$hdr($null)", "failure"}, {"$hdr(X-$var(n))", "bad"}, {"$(hdr(X-Foo)[$null])", "failure"},
             {"$hdrc($var(n))", "int 2"}, {"$_s($var(n)/$_s(<$ci>)/$$)", "x-FOO/<a84b>/$"});
    fixture_free(f);
}

/* Nesting is bounded, so that hostile names cannot exhaust the C stack. */
static void deep_nesting_is_refused(void)
{
    fixture *f = fixture_new(INVITE);
    char name[4096] = "$ci";
    for (int i = 0; i < 200; i++) {
        char wrapped[4096];
        snprintf(wrapped, sizeof wrapped, "$hdr(%.*s)", 4000, name);
        strcpy(name, wrapped);
        if (i == 8) CHECK_STR(fixture_read(f, name), "failure"); /* no header is called a84b: null inside a name */
    }
    CHECK_STR(fixture_read(f, name), "bad");
    fixture_free(f);
}

static kl_span formatted(fixture *f, const char *format)
{
    kl_span text = SPAN_NULL;
    pv_format_span(&f->ctx, span_text(format), &text);
    return text;
}

static void formats(void)
{
    fixture *f = fixture_new(INVITE);
    CHECK_SPAN(formatted(f, ""), "");
    CHECK_SPAN(formatted(f, "plain {text} 100%"), "plain {text} 100%");
    CHECK_SPAN(formatted(f, "$ci"), "a84b");
    CHECK_SPAN(formatted(f, "<$rU@$rd:$rp> $$5 $cl $ml"), "<bob@example.com:5070> $5 05 977");
    CHECK_SPAN(formatted(f, "$rU{x}$hdr(Nope)."), "bob{x}<null>.");
    CHECK_SPAN(formatted(f, "[$(ci{s.substr,9,1})]"), "[]"); /* a failure prints nothing */
    CHECK_SPAN(formatted(f, "$mF $bf $Rp"), "00000000 0 5060");
    CHECK(formatted(f, "ends in $").s == NULL);
    CHECK(formatted(f, "a $ b").s == NULL);
    CHECK(formatted(f, "$rU.").s == NULL);
    CHECK(formatted(f, "$nosuch").s == NULL);
    CHECK(formatted(f, "$(ci").s == NULL);
    fixture_free(f);
}

/* "aaa...a$ci" in parentheses or not, to give n bytes. */
static char *long_format(size_t n, const char *before, const char *after)
{
    char *text = malloc(n + 64);
    size_t at = strlen(before);
    strcpy(text, before);
    memset(text + at, 'a', n - 4);
    strcpy(text + at + n - 4, "$ci");
    strcat(text, after);
    return text;
}

/* 32767 bytes pass, one more fails and leaves the buffer as it was. */
static void formats_are_bounded(void)
{
    fixture *f = fixture_new(INVITE);
    char *longest = long_format(PV_FORMAT_MAX, "", ""), *longer = long_format(PV_FORMAT_MAX + 1, "", ""),
         *named = long_format(PV_FORMAT_MAX + 1, "$_s(", ")");
    kl_buf out;
    buf_init(&out);
    buf_add(&out, SPAN("before"));
    CHECK(pv_format(&f->ctx, span_text(longest), &out));
    CHECK_INT(out.n, 6 + PV_FORMAT_MAX);
    out.n = 6;
    CHECK(!pv_format(&f->ctx, span_text(longer), &out));
    CHECK_SPAN(buf_span(&out), "before");
    CHECK_STR(fixture_read(f, named), "failure");
    CHECK_STR(fixture_read(f, "$_s(<$_s($ci)>)"), "<a84b>"); /* nothing of the failed one is left */
    buf_free(&out);
    free(longest);
    free(longer);
    free(named);
    fixture_free(f);
}

/* Every prefix of a long name, at the end of a page: nothing reads past its text. */
static void no_overread(void)
{
    fixture *f = fixture_new(INVITE);
    static const char name[] = "$(hdr($(var(n){s.substr,$var(a),3}))[$(var(i){s.int})]{s.select,1,,}{s.len})";
    for (size_t n = 0; n <= sizeof name - 1; n++) {
        kl_span text = span_of(check_edge(name, n), n), rest = text;
        const pv_spec *spec = pv_lookup(&f->ctx, text);
        CHECK((spec != NULL) == (n == sizeof name - 1));
        pv_parse_prefix(&f->ctx, &rest);
        kl_span out;
        pv_format_span(&f->ctx, text, &out);
    }
    fixture_free(f);
}

CHECK_MAIN(CHECK_TEST(written_forms), CHECK_TEST(refused_forms), CHECK_TEST(names_inside_names),
           CHECK_TEST(deep_nesting_is_refused), CHECK_TEST(formats), CHECK_TEST(formats_are_bounded),
           CHECK_TEST(no_overread))
