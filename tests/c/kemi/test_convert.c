/* app_lua's tables "Argument conversion" and "Return conversion". */
#include "kemi_test.h"

/* What a function of one parameter gets for a Lua expression. */
static const char *argument(const char *function, const char *expression)
{
    static char code[256];
    snprintf(code, sizeof code, "KSR.t.%s(%s)", function, expression);
    eval(code);
    return told;
}

static void strings_take_text_and_numbers(void)
{
    kemi_test_open();
    CHECK_STR(argument("str", "'abc'"), "str('abc')");
    CHECK_STR(argument("str", "''"), "str('')");
    CHECK_STR(argument("str", "12"), "str('12')");
    CHECK_STR(argument("str", "1.5"), "str('1.5')");
    CHECK_STR(argument("str", "3.0"), "str('3.0')");
    CHECK_STR(argument("str", "-0.0"), "str('-0.0')");
    CHECK_STR(argument("str", "2^63"), "str('9.2233720368548e+18')");
    CHECK_STR(argument("str", "math.mininteger"), "str('-9223372036854775808')");
    kemi_test_close();
}

static int length(kl_ctx *c, const kl_value *args, kl_value *out)
{
    (void)c, (void)out;
    return (int)args[0].s.n * 1000 + (unsigned char)args[0].s.s[args[0].s.n - 1];
}

static void nul_bytes_are_text(void)
{
    static const kl_row row = ROW("t", "length", INT, length, STR);
    kemi_test_open();
    CHECK_INT(kemi_add(&table, &row, NULL), KL_OK);
    CHECK_INT(vm_protect(vm, kemi_open_row, (void *)&row, &failure), KL_OK);
    CHECK_STR(eval("return KSR.t.length('a\\0b\\xff')"), "4255");
    kemi_test_close();
}

static void everything_else_is_the_null_string(void)
{
    kemi_test_open();
    CHECK_STR(argument("str", "nil"), "str((null))");
    CHECK_STR(argument("str", "true"), "str((null))");
    CHECK_STR(argument("str", "false"), "str((null))");
    CHECK_STR(argument("str", "{}"), "str((null))");
    CHECK_STR(argument("str", "print"), "str((null))");
    CHECK_STR(argument("str", "coroutine.create(print)"), "str((null))");
    CHECK_STR(argument("str", "setmetatable({}, {__tostring=function() return 'x' end})"), "str((null))");
    kemi_test_close();
}

static void method_call_passes_the_table(void)
{
    kemi_test_open();
    CHECK_STR(eval("KSR.t:str()"), "");
    CHECK_STR(told, "str((null))");
    kemi_test_close();
}

static void integers_take_integral_values(void)
{
    kemi_test_open();
    CHECK_STR(argument("int", "5"), "int(5)");
    CHECK_STR(argument("int", "-5"), "int(-5)");
    CHECK_STR(argument("int", "5.0"), "int(5)");
    CHECK_STR(argument("int", "3.7"), "int(0)");
    CHECK_STR(argument("int", "'5'"), "int(5)");
    CHECK_STR(argument("int", "'0x10'"), "int(16)");
    CHECK_STR(argument("int", "'3.0'"), "int(3)");
    CHECK_STR(argument("int", "' 7 '"), "int(7)");
    CHECK_STR(argument("int", "'x'"), "int(0)");
    CHECK_STR(argument("int", "'5x'"), "int(0)");
    CHECK_STR(argument("int", "''"), "int(0)");
    CHECK_STR(argument("int", "nil"), "int(0)");
    CHECK_STR(argument("int", "true"), "int(0)");
    CHECK_STR(argument("int", "{}"), "int(0)");
    kemi_test_close();
}

static void integers_are_cut_to_32_bits(void)
{
    kemi_test_open();
    CHECK_STR(argument("int", "2^32 + 1"), "int(1)");
    CHECK_STR(argument("int", "(1 << 32) + 7"), "int(7)");
    CHECK_STR(argument("int", "1 << 31"), "int(-2147483648)");
    CHECK_STR(argument("int", "math.maxinteger"), "int(-1)");
    CHECK_STR(argument("int", "1e300"), "int(0)");
    CHECK_STR(argument("int", "0/0"), "int(0)");
    kemi_test_close();
}

static void longs_drop_the_fraction(void)
{
    kemi_test_open();
    CHECK_STR(argument("long", "3.7"), "long(3L)");
    CHECK_STR(argument("long", "-3.7"), "long(-3L)");
    CHECK_STR(argument("long", "(1 << 40) + 1"), "long(1099511627777L)");
    CHECK_STR(argument("long", "math.maxinteger"), "long(9223372036854775807L)");
    CHECK_STR(argument("long", "'12.9'"), "long(12L)");
    CHECK_STR(argument("long", "'x'"), "long(0L)");
    CHECK_STR(argument("long", "nil"), "long(0L)");
    CHECK_STR(argument("long", "1e300"), "long(9223372036854775807L)");
    CHECK_STR(argument("long", "-1e300"), "long(-9223372036854775808L)");
    CHECK_STR(argument("long", "0/0"), "long(0L)");
    kemi_test_close();
}

static void results_follow_the_declared_type(void)
{
    kemi_test_open();
    answer.i = -1;
    CHECK_STR(eval("return KSR.is_on()"), "true");
    CHECK_STR(eval("return KSR.t.int(1)"), "-1");
    CHECK_STR(eval("return KSR.none1('a')"), "0");
    CHECK_STR(eval("return KSR.none0()"), "false");
    answer.i = 0;
    CHECK_STR(eval("return KSR.is_on()"), "false");
    CHECK_STR(eval("return KSR.t.int(1)"), "0");
    kemi_test_close();
}

static const char *got(kl_value value)
{
    answer = value;
    return eval("return KSR.t.get()");
}

static void any_value_can_be_a_result(void)
{
    kemi_test_open();
    CHECK_STR(got((kl_value){.type = KL_TYPE_INT, .i = -7}), "-7");
    CHECK_STR(got((kl_value){.type = KL_TYPE_LONG, .i = 5}), "5f");
    answer = (kl_value){.type = KL_TYPE_STR, .s = SPAN("a\0b")};
    CHECK_STR(eval("local s = KSR.t.get(); return #s, s == 'a\\0b'"), "3 true");
    CHECK_STR(got((kl_value){.type = KL_TYPE_STR}), "''");
    CHECK_STR(got((kl_value){.type = KL_TYPE_BOOL, .i = 1}), "true");
    CHECK_STR(got((kl_value){.type = KL_TYPE_NULL}), "nil");
    CHECK_STR(got((kl_value){.type = KL_TYPE_NONE}), "");
    CHECK_STR(eval("return select('#', KSR.t.get())"), "0");
    CHECK_STR(got((kl_value){.type = KL_TYPE_FLOAT, .f = 1.5}), "1.5f");
    CHECK_STR(got((kl_value){.type = KL_TYPE_XVAL}), "false");
    kemi_test_close();
}

static void lists_and_dictionaries_become_tables(void)
{
    kl_item deep[2] = {{.value = {.type = KL_TYPE_LONG, .i = 9}}};
    kl_item list[3] = {{.value = {.type = KL_TYPE_STR, .s = SPAN("a")}},
                       {.value = {.type = KL_TYPE_NULL}},
                       {.value = {.type = KL_TYPE_INT, .i = 3}}};
    kl_item dict[2] = {{.key = SPAN("k"), .value = {.type = KL_TYPE_ARRAY, .items = deep}},
                       {.key = SPAN("e"), .value = {.type = KL_TYPE_DICT}}};
    kemi_test_open();
    list[0].next = &list[1];
    list[1].next = &list[2];
    dict[0].next = &dict[1];
    CHECK_STR(got((kl_value){.type = KL_TYPE_ARRAY, .items = list}), "{1='a',3=3}");
    answer = (kl_value){.type = KL_TYPE_DICT, .items = dict};
    CHECK_STR(eval("local d = KSR.t.get(); return d.k[1], math.type(d.k[1]), next(d.e)"), "9f 'float' nil");
    kemi_test_close();
}

/* A kept difference: there the call returns its last argument. */
static void empty_list_is_an_empty_table(void)
{
    kemi_test_open();
    CHECK_STR(got((kl_value){.type = KL_TYPE_ARRAY}), "[]");
    kemi_test_close();
}

static void any_lua_value_can_be_read(void)
{
    kemi_test_open();
    CHECK_STR(eval("return nil, true, 1, -1, 1 << 40, 1.5, 3.0, 'x', print"),
              "nil true 1 -1 1099511627776L 1.5f 3f 'x' nothing");
    CHECK_STR(eval("return {1,2,3}, {}, {a=1}, {[2]=1}, {{'x'}}"), "[1,2,3] [] {a=1} {2=1} [['x']]");
    CHECK_STR(eval("return {[1.5]=true, [true]=1, [print]=2}"), "{1.5=true}");
    CHECK_STR(eval("local t = {1,2,nil,4}; return #t == 4 or #t == 2"), "true");
    CHECK_STR(
        eval("return setmetatable({}, {__len=function() error('asked') end, __index=function() error('asked') end})"),
        "[]");
    kemi_test_close();
}

static void numbers_stay_keys_while_they_are_read(void)
{
    kemi_test_open();
    CHECK_STR(eval("T = {[10]='a', [20]='b'}; return 1"), "1");
    int results = 0;
    CHECK_INT(vm_run_string(vm, SPAN("return T"), "=t", true, &results, &failure), KL_OK);
    kl_value value;
    CHECK(convert_any(vm->L, -1, &scratch, &value));
    vm_pop(vm, results);
    CHECK_STR(eval("return T[10], T[20]"), "'a' 'b'");
    kemi_test_close();
}

static void too_deep_a_table_is_refused(void)
{
    kl_value value;
    int results = 0;
    kemi_test_open();
    CHECK_INT(vm_run_string(vm, SPAN("local t = {}; t[1] = t; return t"), "=t", true, &results, &failure), KL_OK);
    const int top = lua_gettop(vm->L);
    CHECK(!convert_any(vm->L, -1, &scratch, &value));
    CHECK_INT(lua_gettop(vm->L), top);
    vm_pop(vm, results);
    CHECK_INT(vm_run_string(vm, SPAN("local t = {}; for i = 1, 31 do t = {a=t} end return t"), "=t", true, &results,
                            &failure),
              KL_OK);
    CHECK(convert_any(vm->L, -1, &scratch, &value));
    vm_pop(vm, results);
    kemi_test_close();
}

static void reading_needs_memory_and_says_so(void)
{
    kl_value value;
    kl_arena small;
    int results = 0;
    kemi_test_open();
    CHECK_INT(vm_run_string(vm, SPAN("return {a={1,2,3}, b=('x'):rep(300), [7]='y'}"), "=t", true, &results, &failure),
              KL_OK);
    const int top = lua_gettop(vm->L);
    size_t limit = 8;
    for (bool good = false; !good; limit += 8) {
        arena_init(&small, limit);
        good = convert_any(vm->L, -1, &small, &value);
        CHECK_INT(lua_gettop(vm->L), top);
        arena_free(&small);
        REQUIRE(limit < 4096);
    }
    CHECK(limit > 400);
    vm_pop(vm, results);
    kemi_test_close();
}

CHECK_MAIN(CHECK_TEST(strings_take_text_and_numbers), CHECK_TEST(nul_bytes_are_text),
           CHECK_TEST(everything_else_is_the_null_string), CHECK_TEST(method_call_passes_the_table),
           CHECK_TEST(integers_take_integral_values), CHECK_TEST(integers_are_cut_to_32_bits),
           CHECK_TEST(longs_drop_the_fraction), CHECK_TEST(results_follow_the_declared_type),
           CHECK_TEST(any_value_can_be_a_result), CHECK_TEST(lists_and_dictionaries_become_tables),
           CHECK_TEST(empty_list_is_an_empty_table), CHECK_TEST(any_lua_value_can_be_read),
           CHECK_TEST(numbers_stay_keys_while_they_are_read), CHECK_TEST(too_deep_a_table_is_refused),
           CHECK_TEST(reading_needs_memory_and_says_so))
