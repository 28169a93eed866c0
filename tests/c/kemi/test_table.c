/* The table of rows, and KSR made from it. */
#include "kemi_test.h"

static kl_status add(const kl_row *row, kl_error *err)
{
    error_clear(err);
    return kemi_add(&table, row, err);
}

/* Refused with KL_EROW, naming it; nothing is added. */
static void refused(kl_row row, const char *text)
{
    kl_error err;
    const kl_row *added = NULL;
    const size_t count = table.rows.count;
    error_clear(&err);
    CHECK_INT(kemi_add_copy(&table, &row, &added, &err), KL_EROW);
    CHECK_STR(err.text, text);
    CHECK(added == NULL);
    CHECK_INT(table.rows.count, count);
}

static void rows_are_found_by_module_and_name(void)
{
    kemi_test_open();
    CHECK(kemi_find(&table, SPAN("t"), SPAN("str")) == &stub_rows[3]);
    CHECK(kemi_find(&table, SPAN(""), SPAN("is_on")) == &stub_rows[0]);
    CHECK(kemi_find(&table, SPAN("t"), SPAN("is_on")) == NULL);
    CHECK(kemi_find(&table, SPAN(""), SPAN("str")) == NULL);
    CHECK(kemi_find(&table, SPAN("t"), SPAN("st")) == NULL);
    CHECK(kemi_find(&table, SPAN("t"), SPAN("strx")) == NULL);
    kemi_test_close();
}

static void nothing_is_found_in_an_empty_table(void)
{
    kemi_table empty;
    kemi_init(&empty);
    CHECK(kemi_find(&empty, SPAN(""), SPAN("is_on")) == NULL);
    kemi_done(&empty);
}

static void bad_rows_are_refused_and_named(void)
{
    kemi_test_open();
    refused((kl_row)ROW("t", "str", INT, stub), "KSR.t.str is there already; override=True replaces it");
    refused((kl_row)ROW("", "is_on", INT, stub), "KSR.is_on is there already; override=True replaces it");
    refused((kl_row)ROW("", "t", INT, stub), "KSR.t cannot be a function and a module");
    refused((kl_row)ROW("is_on", "f", INT, stub), "KSR.is_on cannot be a function and a module");
    refused((kl_row)ROW("x", "exit", INT, stub), "KSR.x.exit is there already, and cannot be replaced");
    refused((kl_row)ROW("", "x", INT, stub), "KSR.x is there already, and cannot be replaced");
    refused((kl_row)ROW("t", "", INT, stub), "KSR.t.: not a name that a script could write");
    refused((kl_row)ROW("t", "a-b", INT, stub), "KSR.t.a-b: not a name that a script could write");
    refused((kl_row)ROW("t", "1a", INT, stub), "KSR.t.1a: not a name that a script could write");
    refused((kl_row)ROW("t.u", "a", INT, stub), "KSR.t.u.a: not a name that a script could write");
    refused((kl_row)ROW("t", "r", STR, stub), "KSR.t.r: the result has a type that cannot be");
    refused((kl_row)ROW("t", "r", LONG, stub), "KSR.t.r: the result has a type that cannot be");
    refused((kl_row)ROW("t", "p", INT, stub, BOOL), "KSR.t.p: parameter 1 has a type that cannot be");
    refused((kl_row)ROW("t", "p", INT, stub, STR, XVAL), "KSR.t.p: parameter 2 has a type that cannot be");
    kl_row many = ROW("t", "m", INT, stub);
    many.nparams = KL_MAX_PARAMS + 1;
    refused(many, "KSR.t.m: more than 6 parameters");
    kemi_test_close();
}

static void python_rows_may_take_anything(void)
{
    const kl_row *added;
    kemi_test_open();
    kl_row row = ROW("p", "f", XVAL, NULL, XVAL);
    const unsigned char mark = 0;
    row.types = row.params;
    row.marks = &mark;
    CHECK_INT(kemi_add_copy(&table, &row, &added, NULL), KL_OK);
    CHECK(added != &row && added->module != row.module && kemi_find(&table, SPAN("p"), SPAN("f")) == added);
    kl_row x = ROW("x", "mine", XVAL, NULL);
    CHECK_INT(kemi_add_copy(&table, &x, &added, NULL), KL_OK);
    kemi_test_close();
}

static void there_is_room_for_kamailio_s_number_of_rows(void)
{
    kl_error err;
    kemi_test_open();
    while (table.rows.count < KEMI_MAX_ROWS) {
        char name[16];
        const kl_row *added;
        snprintf(name, sizeof name, "f%zu", table.rows.count);
        kl_row row = ROW("many", "f", INT, stub);
        row.name = name;
        REQUIRE_INT(kemi_add_copy(&table, &row, &added, NULL), KL_OK);
    }
    static const kl_row more = ROW("many", "more", INT, stub);
    CHECK_INT(add(&more, &err), KL_EROW);
    CHECK_STR(err.text, "more than 1536 KSR functions");
    CHECK_SPAN(span_text(kemi_find(&table, SPAN("many"), SPAN("f1535"))->name), "f1535");
    CHECK_SPAN(span_text(kemi_find(&table, SPAN("many"), SPAN("f100"))->name), "f100");
    CHECK(kemi_find(&table, SPAN("t"), SPAN("str")) == &stub_rows[3]);
    vm_free(vm);
    open_state();
    CHECK_STR(eval("return KSR.many.f1535(), KSR.many.f700()"), "1 1");
    kemi_test_close();
}

static void ksr_is_plain_tables_of_functions(void)
{
    kemi_test_open();
    CHECK_STR(eval("return type(KSR), type(KSR.t), type(KSR.nothing), type(KSR.t.str), type(KSR.x.exit)"),
              "'table' 'table' 'nil' 'function' 'function'");
    CHECK_STR(eval("return getmetatable(KSR), getmetatable(KSR.t), getmetatable(KSR.x)"), "nil nil nil");
    CHECK_STR(
        eval("local real = KSR.t.str; KSR.t.str = function(a) return 'mine' .. real(a) end; return KSR.t.str('a')"),
        "'mine1'");
    CHECK(strstr(eval("KSR.t.nope()"), "attempt to call a nil value (field 'nope')") != NULL);
    CHECK(strstr(eval("KSR.nope.f()"), "attempt to index a nil value (field 'nope')") != NULL);
    kemi_test_close();
}

static void rows_can_follow_in_a_living_state(void)
{
    static const kl_row rows[] = {ROW("t", "late", INT, stub), ROW("late", "f", INT, stub),
                                  ROW("", "late0", BOOL, stub)};
    kemi_test_open();
    eval("Old = KSR; KSR = nil; Old.t.mine = 1");
    for (size_t i = 0; i < 3; i++) {
        CHECK_INT(kemi_add(&table, &rows[i], NULL), KL_OK);
        CHECK_INT(vm_protect(vm, kemi_open_row, (void *)&rows[i], &failure), KL_OK);
    }
    CHECK_STR(eval("return Old.t.late(), Old.late.f(), Old.late0(), Old.t.mine, KSR"), "1 1 true 1 nil");
    eval("Old.late = 'gone'");
    static const kl_row more = ROW("late", "g", INT, stub);
    CHECK_INT(vm_protect(vm, kemi_open_row, (void *)&more, &failure), KL_OK);
    CHECK_STR(eval("return Old.late.g()"), "1");
    kemi_test_close();
}

#ifdef KEMILUA_FAIL_ALLOC
static void failing_allocations_are_reported(void)
{
    for (long n = 1;; n++) {
        const long before = mem_live();
        kl_status status = KL_OK;
        const kl_row *added;
        kemi_table small;
        kemi_init(&small);
        mem_fail_after(n, 0);
        for (size_t i = 0; i < sizeof stub_rows / sizeof *stub_rows && status == KL_OK; i++)
            status = kemi_add(&small, &stub_rows[i], NULL);
        kl_row row = ROW("p", "f", INT, NULL);
        if (status == KL_OK) status = kemi_add_copy(&small, &row, &added, NULL);
        mem_fail_after(0, 0);
        if (status != KL_OK) CHECK_INT(status, KL_ENOMEM);
        kemi_done(&small);
        CHECK_INT(mem_live(), before);
        REQUIRE(n < 100);
        if (status == KL_OK) break;
    }
}

/* A state that runs out of memory while KSR is made is no state. */
static void ksr_needs_memory(void)
{
    kemi_test_open();
    for (long n = 1, made = 0; !made; n += 7) {
        const vm_config config = {.libraries = KL_LIBS_FULL};
        kl_error err;
        mem_fail_after(n, 1);
        kl_vm *other = vm_new(&config, kemi_open, &table, &err);
        mem_fail_after(0, 0);
        made = other != NULL;
        if (!made) CHECK(err.status == KL_ENOMEM || err.status == KL_EMEMORY);
        vm_free(other);
        REQUIRE(n < 100000);
    }
    kemi_test_close();
}
#endif

CHECK_MAIN(CHECK_TEST(rows_are_found_by_module_and_name), CHECK_TEST(nothing_is_found_in_an_empty_table),
           CHECK_TEST(bad_rows_are_refused_and_named), CHECK_TEST(python_rows_may_take_anything),
           CHECK_TEST(there_is_room_for_kamailio_s_number_of_rows), CHECK_TEST(ksr_is_plain_tables_of_functions),
           CHECK_TEST(rows_can_follow_in_a_living_state),
#ifdef KEMILUA_FAIL_ALLOC
           CHECK_TEST(failing_allocations_are_reported), CHECK_TEST(ksr_needs_memory),
#endif
)
