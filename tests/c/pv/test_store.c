/* Variables: what a script reads after it wrote. Expected values are recordings of Kamailio, oddities included. */
#include "fixture.h"

#include "base/mem.h"
#include "sip/msg_clone.h"

#define SETS(name, value)    CHECK(fixture_sets(f, name, value))
#define SETI(name, value)    CHECK(fixture_seti(f, name, value))
#define UNSET(name)          CHECK(fixture_unset(f, name))
#define REFUSES(name, value) CHECK(!fixture_sets(f, name, value))
#define READ(name, value)    CHECK_STR(fixture_read(f, name), value)

static void avp_is_a_stack(void)
{
    fixture *f = fixture_new(INVITE);
    READ("$avp(x)", "null");
    UNSET("$avp(x)");
    SETS("$avp(x)", "v1"), SETS("$avp(x)", "v2"), SETI("$avp(x)", 4);
    READINGS(f, {"$avp(x)", "int 4"}, {"$(avp(x)[1])", "v2"}, {"$(avp(x)[2])", "v1"}, {"$(avp(x)[3])", "null"},
             {"$(avp(x)[-1])", "null"}, {"$(avp(x)[-3])", "int 4"}, {"$(avp(x)[-4])", "null"},
             {"$(avp(x)[*])", "4, v2, v1"}, {"$(avp(x)[+])", "int 4"}, {"$cnt($avp(x))", "int 3"},
             {"$avp(s:x)", "int 4"}, {"$avp(S:x)", "int 4"}, {"$avp(X)", "null"});
    UNSET("$(avp(x)[2])");
    READ("$(avp(x)[*])", "v2, v1");
    SETS("$(avp(x)[1])", "new");
    READ("$(avp(x)[*])", "new, v2, v1");
    SETS("$(avp(x)[*])", "");
    READ("$(avp(x)[*])", "");
    READ("$(avp(x)[0])", "");
    READ("$(avp(x)[1])", "null");
    UNSET("$(avp(x)[*])");
    READ("$avp(x)", "null");
    READ("$(avp(x)[*])", "null");
    fixture_free(f);
}

static void avp_names(void)
{
    fixture *f = fixture_new(INVITE);
    SETS("$avp(i:5)", "id"), SETS("$avp(s:5)", "name"), SETI("$var(five)", 5), SETS("$var(n)", "dyn"),
        SETS("$var(e)", ""), SETS("$avp($var(n))", "D"), SETS("$avp( q)", "blank");
    READINGS(f, {"$avp(i:5)", "id"}, {"$avp(I:5)", "id"}, {"$avp(i:05)", "id"}, {"$avp(i:65541)", "id"},
             {"$avp(5)", "name"}, {"$avp($var(five))", "id"}, {"$avp(dyn)", "D"},
             {"$avp($(var(n){s.toupper}))", "null"}, {"$avp($null)", "failure"}, {"$avp($var(e))", "failure"},
             {"$avp(q)", "null"}, {"$avp( q)", "blank"}, {"$avp(i:0)", "bad"}, {"$avp(i:x)", "bad"},
             {"$avp(i:)", "bad"}, {"$avp(s:)", "bad"}, {"$avp(x:5)", "bad"}, {"$avp()", "bad"}, {"$avp", "bad"},
             {"$cnt($avp($null))", "null"});
    REFUSES("$avp($null)", "x");
    CHECK(!fixture_unset(f, "$avp($null)"));
    fixture_free(f);
}

static void joining_skips_empty_values_in_front(void)
{
    fixture *f = fixture_new(INVITE);
    SETS("$avp(j)", "x"), SETS("$avp(j)", ""), SETS("$avp(j)", "y");
    READ("$(avp(j)[*])", "y, , x");
    SETS("$avp(j)", "");
    READ("$(avp(j)[*])", "y, , x");
    char *text = malloc(20001);
    memset(text, 'a', 20000), text[20000] = 0;
    SETS("$avp(long)", text);
    READ("$(avp(long)[*]{s.len})", "int 20000");
    SETS("$avp(long)", text);
    READ("$(avp(long)[*])", "null");
    free(text);
    fixture_free(f);
}

static void xavp_roots(void)
{
    fixture *f = fixture_new(INVITE);
    READ("$xavp(a)", "null");
    SETS("$xavp(a)", "1"), SETS("$xavp(a)", "2"), SETI("$xavp(a)", 3);
    READINGS(f, {"$xavp(a)", "int 3"}, {"$xavp(a[1])", "2"}, {"$xavp(a[3])", "null"}, {"$xavp(a[-1])", "1"},
             {"$xavp(a[-3])", "int 3"}, {"$xavp(a[-4])", "null"}, {"$xavp(a[*])", "int 3"}, {"$xavp(A)", "null"},
             {"$xavp(a=>k)", "null"}, {"$cnt($xavp(a))", "int 3"}, {"$cnt($xavp(a[1]))", "int 1"},
             {"$cnt($xavp(a[9]))", "int 0"}, {"$(xavp(a)[1])", "bad"});
    SETS("$xavp(a[1])", "z");
    READ("$xavp(a[1])", "z");
    REFUSES("$xavp(a[9])", "x"), REFUSES("$xavp(none[0])", "x"), REFUSES("$xavp(a[*])", "x"),
        REFUSES("$xavp(a[-1])", "x");
    SETS("$xavp(a[-2])", "last"); /* a negative index is off by one on writing */
    READ("$xavp(a[2])", "last");
    UNSET("$xavp(a[-1])");
    READ("$cnt($xavp(a))", "int 3");
    UNSET("$xavp(a[1])"), READ("$xavp(a[1])", "last");
    UNSET("$xavp(a)"), READ("$xavp(a)", "last");
    UNSET("$xavp(a[*])"), READ("$xavp(a)", "null");
    UNSET("$xavp(a)"), UNSET("$xavp(a[3])");
    fixture_free(f);
}

static void xavp_fields(void)
{
    fixture *f = fixture_new(INVITE);
    SETS("$xavp(r=>k)", "1"), SETI("$xavp(r[0]=>k)", 2), SETS("$xavp(r[0]=>j)", "J");
    READINGS(f, {"$xavp(r=>k)", "int 2"}, {"$xavp(r=>k[1])", "1"}, {"$xavp(r=>k[-1])", "1"}, {"$xavp(r=>k[*])", "2, 1"},
             {"$xavp(r=>j[*])", "J"}, {"$xavp(r[*]=>k)", "int 2"}, {"$xavp(r[1]=>k)", "null"}, {"$xavp(r=>z)", "null"},
             {"$xavp(r)", "<<xavp:0x4>>"}, {"$cnt($xavp(r=>k))", "int 2"}, {"$cnt($xavp(r=>k[1]))", "int 1"});
    SETS("$xavp(r=>k)", "n"); /* without an index on the root: a new root */
    READINGS(f, {"$xavp(r=>k[*])", "n"}, {"$xavp(r[1]=>j)", "J"}, {"$cnt($xavp(r))", "int 2"},
             {"$cnt($xavp(r=>k))", "int 3"}, {"$cnt($xavp(r[1]=>k))", "int 2"}, {"$cnt($xavp(r[-1]=>k))", "int 2"});
    SETS("$xavp(r[*]=>k)", "x"), SETS("$xavp(r[7]=>k)", "x"), SETS("$xavp(r[0]=>k[*])", "x"),
        SETS("$xavp(r[0]=>k[5])", "x");
    READ("$xavp(r=>k[*])", "n");
    SETS("$xavp(r[1]=>k[1])", "one"), READ("$xavp(r[1]=>k[*])", "2, one");
    UNSET("$xavp(r[1]=>k)"), READ("$xavp(r[1]=>k[*])", "one");
    UNSET("$xavp(r[*]=>k[*])"), READ("$cnt($xavp(r=>k))", "int 0");
    READ("$xavp(r)", "<<xavp:(nil)>>");
    SETS("$xavp(p)", "plain"), REFUSES("$xavp(p[0]=>k)", "x"), UNSET("$xavp(p=>k)"), READ("$xavp(p)", "plain");
    SETS("$xavp(r[0])", "now plain"), READ("$xavp(r)", "now plain");
    fixture_free(f);
}

static void xavp_names(void)
{
    fixture *f = fixture_new(INVITE);
    SETS("$xavp(a.b-c=>x.y)", "1"), SETI("$var(i)", 0), SETS("$var(s)", "0");
    READINGS(f, {"$xavp(a.b-c=>x.y)", "1"}, {"$xavp( a.b-c => x.y )", "1"}, {"$xavp(a.b-c[-]=>x.y[-0])", "1"},
             {"$xavp(a.b-c[$var(i)]=>x.y[$var(i)])", "1"}, {"$xavp(a.b-c[$var(s)]=>x.y)", "null"},
             {"$xavp(a.b-c=>x.y[0)", "1"}, {"$xavp(a.b-c=>x.y=>z)", "1"}, {"$xavp(a.b-c=>x.y z)", "1"},
             {"$xavp(a.b-c[0] =>x.y)", "<<xavp:0x2>>"}, {"$xavp(a=b)", "bad"}, {"$xavp(a=>)", "bad"},
             {"$xavp(=>a)", "bad"}, {"$xavp( )", "bad"}, {"$xavp(a[x])", "bad"}, {"$xavp(a[])", "bad"},
             {"$xavp(a[+1])", "bad"}, {"$xavp(a[ 1])", "bad"}, {"$xavp(a[--1])", "bad"}, {"$xavp(a[$nosuch])", "bad"},
             {"$cnt($xavu(a))", "bad"}, {"$cnt($xavi(a))", "bad"}, {"$cnt(avp(a))", "bad"}, {"$cnt($ru)", "bad"},
             {"$cnt($xavp(a[$var(s)]=>k))", "null"});
    REFUSES("$xavp(a.b-c[$var(s)]=>x.y)", "1");
    SETS("$xavi(Ab=>Cd)", "1"), SETS("$xavi(AB[0]=>CD)", "2");
    READINGS(f, {"$xavi(aB=>cD)", "2"}, {"$xavi(ab=>cd[*])", "2, 1"}, {"$xavp(Ab=>Cd)", "null"});
    UNSET("$xavi(AB=>cd)"), READ("$xavi(ab=>cd)", "1");
    fixture_free(f);
}

static void xavu_has_one_value_a_name(void)
{
    fixture *f = fixture_new(INVITE);
    UNSET("$xavu(p)"), UNSET("$xavu(p=>x)");
    SETS("$xavu(p)", "1"), SETS("$xavu(p)", "2"), READ("$xavu(p)", "2"), READ("$xavu(p=>x)", "null");
    SETS("$xavu(p=>x)", "3"), SETI("$xavu(p=>y)", 4);
    READINGS(f, {"$xavu(p=>x)", "3"}, {"$xavu(p=>y)", "int 4"}, {"$xavu(P=>x)", "null"}, {"$xavu( p=>x )", "3"},
             {"$xavu(p =>x)", "null"}, {"$xavu(p=>)", "bad"}, {"$xavu(=>x)", "bad"}, {"$xavu(p=x)", "bad"});
    SETS("$xavu(p=>x)", "5"), READ("$xavu(p=>x)", "5");
    UNSET("$xavu(p=>x)"), UNSET("$xavu(p=>y)"), READ("$xavu(p=>x)", "null"), READ("$xavu(p)", "<<xavp:(nil)>>");
    SETS("$xavu(p)", "plain"), READ("$xavu(p)", "plain"), UNSET("$xavu(p=>x)"), READ("$xavu(p)", "plain");
    UNSET("$xavu(p)"), READ("$xavu(p)", "null");
    SETS("$xavu(q[0])", "bracket"), READ("$xavu(q[0])", "bracket"), READ("$xavu(q)", "null");
    SETS("$xavu(q=>a=>b)", "deep"), READ("$xavu(q=>a=>b)", "deep"), READ("$xavu(q=>a)", "null");
    fixture_free(f);
}

static void script_variables(void)
{
    fixture *f = fixture_new(INVITE);
    READINGS(f, {"$var(a)", "int 0"}, {"$vn(a)", "null"}, {"$vz(a)", "int 0"}, {"$var", "bad"}, {"$var()", "bad"},
             {"$(var(a)[0])", "bad"});
    SETS("$var(a)", "text"), READ("$vz(a)", "text"), READ("$vn(a)", "null");
    SETS("$vn(a)", ""), READ("$vn(a)", ""), SETI("$vn(a)", -5), READ("$vn(a)", "int -5"), UNSET("$vn(a)"),
        READ("$vn(a)", "null");
    SETI("$vz(a)", 5000000000), READ("$var(a)", "int 5000000000"), UNSET("$var(a)"), READ("$var(a)", "int 0");
    SETS("$var(x y)", "blank"), READ("$var(x y)", "blank"), SETS("$var($ru)", "literal"), READ("$var($ru)", "literal"),
        READ("$var(A)", "int 0");
    SETS("$var(a)", "longer than anything that stood here before, so the memory has to grow"), SETS("$var(a)", "short"),
        READ("$var(a)", "short");
    fixture_parse(f, INVITE, KL_PROTO_UDP);
    READ("$var(a)", "short");
    READ("$avp(a)", "null");
    f->ctx.msg = NULL;
    READ("$var(a)", "short");
    SETS("$var(a)", "no message"), READ("$var(a)", "no message");
    READ("$avp(a)", "null");
    REFUSES("$avp(a)", "x");
    fixture_free(f);
}

static void many_script_variables(void)
{
    fixture *f = fixture_new(INVITE);
    char name[32], expected[32];
    for (int i = 0; i < 6000; i++) {
        snprintf(name, sizeof name, "$%s(n%d)", i % 2 ? "vn" : "var", i / 2);
        SETI(name, i);
        arena_reset(&f->scratch);
    }
    for (int i = 0; i < 6000; i += 7) {
        snprintf(name, sizeof name, "$%s(n%d)", i % 2 ? "vn" : "var", i / 2);
        snprintf(expected, sizeof expected, "int %d", i);
        READ(name, expected);
        arena_reset(&f->scratch);
    }
    CHECK_INT(vars_count(f->ctx.vars), 6000);
    READ("$var(never set and past the eager ones)", "int 0");
    CHECK_INT(vars_count(f->ctx.vars), 6000);
    fixture_free(f);
}

static void shared_variables(void)
{
    fixture *f = fixture_new(INVITE);
    READINGS(f, {"$shv(z)", "int 0"}, {"$shvinc(z)", "int 1"}, {"$shvinc(z)", "int 2"}, {"$shv(z)", "int 2"});
    SETI("$shv(z)", 41), READ("$shvinc(z)", "int 42");
    SETS("$shv(z)", "text"), READ("$shvinc(z)", "int 0"), READ("$shv(z)", "text");
    UNSET("$shv(z)"), READ("$shv(z)", "");
    SETS("$shvinc(z)", "9"), READ("$shv(z)", ""); /* read-only: nothing happens, with success */
    fixture_free(f);
}

/* ---- memory */

static void values_are_copies(void)
{
    fixture *f = fixture_new(INVITE);
    char text[] = "first";
    SETS("$avp(a)", text), SETS("$xavp(a=>b)", text), SETS("$var(a)", text), SETS("$shv(a)", text);
    memset(text, 'x', 5);
    READINGS(f, {"$avp(a)", "first"}, {"$xavp(a=>b)", "first"}, {"$var(a)", "first"}, {"$shv(a)", "first"});
    fixture_free(f);
}

/* What a script sets and unsets in a loop takes its memory again. */
static void loops_take_no_more_of_the_message(void)
{
    fixture *f = fixture_new(INVITE);
    SETS("$avp(a)", "some text"), SETS("$xavp(r=>k)", "some text"), SETS("$xavu(u=>k)", "some text");
    UNSET("$avp(a)"), UNSET("$xavp(r)");
    size_t before = 0;
    for (int i = 0; i < 1000; i++) {
        if (i == 10) before = f->msg->arena.used; /* by then each piece of memory has served each purpose */
        SETS("$avp(a)", "some text"), SETS("$xavp(r=>k)", "some text"), SETS("$xavp(r[0]=>k[0])", "other text"),
            SETS("$xavu(u=>k)", "text");
        UNSET("$avp(a)"), UNSET("$xavp(r)");
    }
    CHECK_INT(f->msg->arena.used, before);
    fixture_free(f);
}

static void a_full_message_refuses(void)
{
    fixture *f = fixture_new(INVITE);
    char *text = malloc(100001);
    memset(text, 'a', 100000), text[100000] = 0;
    SETS("$avp(a)", "kept"), SETS("$xavp(r=>k)", "kept"), SETS("$xavu(u=>k)", "kept");
    f->msg->arena.limit = f->msg->arena.used + 64;
    REFUSES("$avp(a)", text), REFUSES("$avp(b)", text), REFUSES("$xavp(r=>k)", text), REFUSES("$xavp(r[0]=>k)", text),
        REFUSES("$xavp(r[0]=>k[0])", text), REFUSES("$xavu(u=>k)", text);
    READINGS(f, {"$(avp(a)[*])", "kept"}, {"$avp(b)", "null"}, {"$xavp(r=>k[*])", "kept"}, {"$cnt($xavp(r))", "int 1"},
             {"$xavu(u=>k)", "kept"});
    free(text);
    fixture_free(f);
}

static void push(kl_msg *msg, store_list *list, const char *text, int64_t number)
{
    const store_name name = {span_text(text), 0, false};
    pv_value value;
    pv_int(&value, number);
    if (number < 0) pv_str(&value, SPAN("text"));
    CHECK(store_push(msg, list, &name, &value));
}

static void a_clone_has_the_variables_of_its_message(void)
{
    fixture *f = fixture_new(INVITE);
    pv_store *store = store_of(f->msg);
    REQUIRE(store);
    for (int i = 0; i < 40; i++) push(f->msg, &store->avps, i % 2 ? "odd" : "even", i < 39 ? i : -1);
    const store_name odd = {SPAN("odd"), 0, false}, list = {SPAN("list"), 0, false}, key = {SPAN("key"), 0, false};
    CHECK_INT(store_count(f->msg, &store->avps, &odd), 20); /* by its index */
    store_item *root = store_push(f->msg, &store->xavps, &list, NULL);
    REQUIRE(root);
    push(f->msg, &root->fields, "key", 5);
    push(f->msg, &root->fields, "key", -1);
    const kl_span shown = store_list_text(&f->ctx, root);
    kl_msg *clone = msg_clone(f->msg);
    store_drop_all(f->msg, &store->avps, &odd);
    store_drop(f->msg, &store->xavps, root);
    msg_reset(f->msg);
    REQUIRE(clone);
    store = store_in(clone);
    REQUIRE(store);
    CHECK_INT(store_count(clone, &store->avps, &odd), 20);
    CHECK_SPAN(store_nth(clone, &store->avps, &odd, 0)->value.s, "text");
    CHECK_INT(store_nth(clone, &store->avps, &odd, 19)->value.i, 1);
    root = store_nth(clone, &store->xavps, &list, 0);
    REQUIRE(root && root->is_list);
    CHECK_INT(store_count(clone, &root->fields, &key), 2);
    CHECK_SPAN(store_nth(clone, &root->fields, &key, 0)->value.s, "text");
    CHECK_INT(store_nth(clone, &root->fields, &key, 1)->value.i, 5);
    const kl_span again = store_list_text(&f->ctx, root);
    CHECK_MEM(again.s, again.n, shown.s, shown.n);
    push(clone, &store->avps, "odd", 7);
    store_drop(clone, &root->fields, store_nth(clone, &root->fields, &key, 0));
    CHECK_INT(store_count(clone, &store->avps, &odd), 21);
    CHECK_INT(store_count(clone, &root->fields, &key), 1);
    CHECK_INT(store_drop_all(clone, &store->avps, &odd), 21);
    kl_msg_free(clone);
    fixture_free(f);
}

/* There is no memory to look up by name, and none to grow what does: the list is walked. */
static void a_long_list_without_memory_for_its_names_is_walked(void)
{
    for (int ready = 0; ready < 2; ready++) {
        fixture *f = fixture_new(INVITE);
        const store_name oldest = {SPAN("n0"), 0, false}, newest = {SPAN("n39"), 0, false};
        pv_value value;
        for (int i = 0; i < 40; i++) {
            char name[16];
            snprintf(name, sizeof name, "n%d", i);
            const store_name one = {span_text(name), 0, false};
            pv_int(&value, i);
            REQUIRE(store_of(f->msg) && store_push(f->msg, &store_in(f->msg)->avps, &one, &value));
        }
        store_list *list = &store_in(f->msg)->avps;
        if (ready) CHECK_INT(store_count(f->msg, list, &oldest), 1);
        f->msg->arena.limit = f->msg->arena.used;
        CHECK_INT(store_nth(f->msg, list, &oldest, 0)->value.i, 0);
        CHECK_INT(store_nth(f->msg, list, &newest, 0)->value.i, 39);
        CHECK(list->indexed == (ready == 1));
        store_drop(f->msg, list, store_nth(f->msg, list, &oldest, 0));
        CHECK(store_nth(f->msg, list, &oldest, 0) == NULL);
        CHECK(store_push(f->msg, list, &newest, &value) != NULL); /* into the dropped one's memory */
        CHECK_INT(store_count(f->msg, list, &newest), 2);
        CHECK_INT(store_drop_all(f->msg, list, &newest), 2);
        CHECK_INT(list->count, 38);
        fixture_free(f);
    }
}

#ifdef KEMILUA_FAIL_ALLOC
static void a_variable_without_memory_keeps_its_value(void)
{
    fixture *f = fixture_new(INVITE);
    pv_var *var = vars_slot(f->ctx.vars, SPAN("a"), false);
    pv_value value;
    pv_str(&value, SPAN("kept"));
    CHECK(var_assign(var, &value));
    pv_str(&value, SPAN("a text that does not fit into the memory the variable has, which is small"));
    mem_fail_after(1, 1);
    CHECK(!var_assign(var, &value));
    for (int i = 0; i < 40; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        CHECK(vars_slot(f->ctx.vars, span_text(name), true) == NULL);
    }
    CHECK(vars_new(0) == NULL);
    mem_fail_after(0, 0);
    CHECK_SPAN(var->value.s, "kept");
    CHECK_INT(vars_count(f->ctx.vars), 1);
    fixture_free(f);
}
#    define FAIL_TESTS , CHECK_TEST(a_variable_without_memory_keeps_its_value)
#else
#    define FAIL_TESTS
#endif

CHECK_MAIN(CHECK_TEST(avp_is_a_stack), CHECK_TEST(avp_names), CHECK_TEST(joining_skips_empty_values_in_front),
           CHECK_TEST(xavp_roots), CHECK_TEST(xavp_fields), CHECK_TEST(xavp_names),
           CHECK_TEST(xavu_has_one_value_a_name), CHECK_TEST(script_variables), CHECK_TEST(many_script_variables),
           CHECK_TEST(shared_variables), CHECK_TEST(values_are_copies), CHECK_TEST(loops_take_no_more_of_the_message),
           CHECK_TEST(a_full_message_refuses), CHECK_TEST(a_clone_has_the_variables_of_its_message),
           CHECK_TEST(a_long_list_without_memory_for_its_names_is_walked) FAIL_TESTS)
