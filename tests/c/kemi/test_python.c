/* Rows whose target is Python, through the portable lane, Python being played by kemi_test.h. */
#include "kemi_test.h"

static const kl_row *export(const char *name, kl_type returns, int flags, int count, const kl_type *params)
{
    static const unsigned char marks[KL_EXPORT_MAX_PARAMS + 1];
    const int nparams = count - (flags & KL_EXPORT_REST ? 1 : 0);
    const kl_row row = {.module = "py",
                        .name = name,
                        .returns = returns,
                        .nparams = (uint8_t)nparams,
                        .phases = KL_PHASE_ANY,
                        .flags = flags,
                        .slot = (int)table.rows.count,
                        .types = params,
                        .marks = marks};
    const kl_row *added = NULL;
    CHECK_INT(kemi_add_copy(&table, &row, &added, NULL), KL_OK);
    CHECK_INT(vm_protect(vm, kemi_open_row, (void *)added, &failure), KL_OK);
    return added;
}

#define EXPORT(name, returns, flags, ...)                                                                              \
    export(name, KL_TYPE_##returns, flags, sizeof((const kl_type[]){__VA_ARGS__}) / sizeof(kl_type),                   \
           (const kl_type[]){__VA_ARGS__})

static void arguments_reach_python_converted(void)
{
    kemi_test_open();
    EXPORT("f", INT, 0, KL_TYPE_STR, KL_TYPE_INT, KL_TYPE_LONG);
    CHECK_STR(eval("return KSR.py.f(1.5, '7', 2.9)"), "1");
    CHECK_STR(told, "py11('1.5',7,2L)");
    CHECK_INT(python_calls, 1);
    kemi_test_close();
}

static void parameters_of_any_type_take_any_value(void)
{
    kemi_test_open();
    EXPORT("any", INT, 0, KL_TYPE_XVAL);
    CHECK_STR(eval("return KSR.py.any({1, {a='x'}, 2.5})"), "1");
    CHECK_STR(told, "py11([1,{a='x'},2.5f])");
    CHECK_STR(eval("return KSR.py.any(nil)"), "1");
    CHECK_STR(told, "py11(nil)");
    CHECK_STR(eval("local t = {}; t.t = t; return KSR.py.any(t)"), "false");
    CHECK_STR(last_log(), "KSR.py.any: a parameter is too deep or too large");
    CHECK_INT(scratch.used, 0);
    kemi_test_close();
}

static void trailing_parameters_may_be_optional(void)
{
    kemi_test_open();
    EXPORT("opt", INT, 2 * KL_EXPORT_OPTIONAL, KL_TYPE_STR, KL_TYPE_STR, KL_TYPE_STR);
    EXPORT("all", INT, 1 * KL_EXPORT_OPTIONAL, KL_TYPE_STR);
    CHECK_STR(eval("return KSR.py.opt('a')"), "1");
    CHECK_STR(told, "py11('a')");
    CHECK_STR(eval("return KSR.py.opt('a', 'b')"), "1");
    CHECK_STR(told, "py11('a','b')");
    CHECK_STR(eval("return KSR.py.opt('a', 'b', 'c', 'd')"), "1");
    CHECK_STR(told, "py11('a','b','c')");
    CHECK_STR(eval("return KSR.py.all()"), "1");
    CHECK_STR(told, "py12()");
    CHECK_STR(eval("return KSR.py.opt()"), "false");
    CHECK_STR(last_log(), "KSR.py.opt: not enough parameters");
    kemi_test_close();
}

static void further_arguments_are_of_the_last_type(void)
{
    kemi_test_open();
    EXPORT("rest", INT, KL_EXPORT_REST, KL_TYPE_STR, KL_TYPE_XVAL);
    CHECK_STR(eval("return KSR.py.rest('a')"), "1");
    CHECK_STR(told, "py11('a')");
    CHECK_STR(eval("return KSR.py.rest(1, 2, nil, 'b', 4, 5, 6, 7, {8})"), "1");
    CHECK_STR(told, "py11('1',2,nil,'b',4,5,6,7,[8])");
    CHECK_STR(eval("return KSR.py.rest(table.unpack({}, 1, 251))"), "false");
    CHECK_STR(last_log(), "KSR.py.rest: too many parameters");
    CHECK_INT(scratch.used, 0);
    kemi_test_close();
}

static void exports_may_run_without_a_message(void)
{
    kemi_test_open();
    EXPORT("here", INT, 0, KL_TYPE_STR);
    EXPORT("anywhere", INT, KL_EXPORT_ANYWHERE, KL_TYPE_STR);
    ctx.msg = NULL;
    CHECK_STR(eval("return KSR.py.here('a')"), "false");
    CHECK_STR(last_log(), "KSR.py.here: there is no message here");
    CHECK_STR(eval("return KSR.py.anywhere('a')"), "1");
    kemi_test_close();
}

static const char *got(const char *name, kl_value value)
{
    char code[64];
    answer = value;
    snprintf(code, sizeof code, "return KSR.py.%s('a')", name);
    return eval(code);
}

static void results_follow_the_declared_type(void)
{
    kemi_test_open();
    EXPORT("int", INT, 0, KL_TYPE_STR);
    EXPORT("bool", BOOL, 0, KL_TYPE_STR);
    EXPORT("none", NONE, 0, KL_TYPE_STR);
    EXPORT("any", XVAL, 0, KL_TYPE_STR);
    CHECK_STR(got("int", (kl_value){.type = KL_TYPE_INT, .i = -5}), "-5");
    CHECK_STR(got("int", (kl_value){.type = KL_TYPE_LONG, .i = (int64_t)1 << 53}), "9007199254740992L");
    CHECK_STR(got("bool", (kl_value){.type = KL_TYPE_BOOL, .i = 1}), "true");
    CHECK_STR(got("bool", (kl_value){.type = KL_TYPE_BOOL, .i = 0}), "false");
    CHECK_STR(got("none", (kl_value){.type = KL_TYPE_NONE}), "0");
    CHECK_STR(got("any", (kl_value){.type = KL_TYPE_STR, .s = SPAN("text")}), "'text'");
    CHECK_STR(got("any", (kl_value){.type = KL_TYPE_NULL}), "nil");
    CHECK_STR(got("any", (kl_value){.type = KL_TYPE_LONG, .i = (int64_t)1 << 40}), "1099511627776f");
    kemi_test_close();
}

static void exceptions_come_back_with_their_token(void)
{
    kemi_test_open();
    EXPORT("boom", INT, 0, KL_TYPE_STR);
    python_status = KL_EPYTHON;
    answer = (kl_value){.type = KL_TYPE_STR, .i = 42, .s = SPAN("ValueError: no")};
    eval("function f() KSR.py.boom('a') After = 1 end");
    CHECK_INT(vm_call(vm, SPAN("f"), NULL, 0, &failure), KL_EPYTHON);
    CHECK_INT(failure.token, 42);
    CHECK_STR(failure.text, "ValueError: no");
    CHECK_STR(eval("return After"), "nil");
    kemi_test_close();
}

static void scripts_may_catch_exceptions(void)
{
    kemi_test_open();
    EXPORT("boom", INT, 0, KL_TYPE_STR);
    python_status = KL_EPYTHON;
    answer = (kl_value){.type = KL_TYPE_STR, .i = 1, .s = SPAN("ValueError: no")};
    CHECK_STR(eval("local ok, e = pcall(KSR.py.boom, 'a'); return ok, tostring(e), 'caught ' .. e"),
              "false 'ValueError: no' 'caught ValueError: no'");
    kemi_test_close();
}

static void many_exceptions_need_no_more_memory(void)
{
    kemi_test_open();
    EXPORT("boom", INT, 0, KL_TYPE_STR);
    python_status = KL_EPYTHON;
    answer = (kl_value){.type = KL_TYPE_STR, .i = 1, .s = SPAN("E")};
    CHECK_STR(eval("for i = 1, 2000 do pcall(KSR.py.boom, 'a') end return collectgarbage('count') < 4096"), "true");
    CHECK_INT(scratch.used, 0);
    CHECK_INT(python_calls, 2000);
    kemi_test_close();
}

static void long_exception_texts_are_cut(void)
{
    char text[5000];
    kemi_test_open();
    EXPORT("boom", INT, 0, KL_TYPE_STR);
    memset(text, 'e', sizeof text);
    python_status = KL_EPYTHON;
    answer = (kl_value){.type = KL_TYPE_STR, .i = 1, .s = {text, sizeof text}};
    CHECK_STR(eval("local ok, e = pcall(KSR.py.boom, 'a'); return #tostring(e)"), "1000");
    kemi_test_close();
}

static void calls_of_python_are_traced(void)
{
    kemi_test_open();
    EXPORT("f", XVAL, 0, KL_TYPE_STR);
    vm->slow = VM_SLOW_TRACE;
    answer = (kl_value){.type = KL_TYPE_STR, .s = SPAN("r")};
    CHECK_STR(eval("return KSR.py.f('a')"), "'r'");
    python_status = KL_EPYTHON;
    eval("KSR.py.f('b')");
    CHECK_STR(traced, "py.f('a')='r' depth 1 at test:1\npy.f('b')=raised depth 1 at test:1\n");
    kemi_test_close();
}

static void modf_raises_what_python_raised(void)
{
    kemi_test_open();
    kl_row row = {.module = "rr", .name = "record_route", .returns = KL_TYPE_INT, .phases = KL_PHASE_ANY, .slot = 3};
    const kl_row *added;
    CHECK_INT(kemi_add_copy(&table, &row, &added, NULL), KL_OK);
    answer.i = 1;
    CHECK_STR(eval("return KSR.x.modf('record_route')"), "1");
    CHECK_STR(told, "py3()");
    python_status = KL_EPYTHON;
    answer = (kl_value){.type = KL_TYPE_STR, .i = 9, .s = SPAN("KeyError: 'x'")};
    CHECK_STR(eval("return KSR.x.modf('record_route')"), "KL_EPYTHON: KeyError: 'x'");
    CHECK_INT(failure.token, 9);
    kemi_test_close();
}

static const kl_value broken = {.type = KL_TYPE_STR, .i = 7, .s = SPAN("ValueError: no such call")};

static int read_broken(kl_ctx *in, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    in->raised = &broken;
    return 1;
}

/* A variable that Python answers is read by a function in C, which scripts call without a frame: there the stack has no
 * room but what is made. */
static void exception_of_a_variable_comes_through_a_function_in_c(void)
{
    static const kl_row row = {
        .module = "own", .name = "read", .returns = KL_TYPE_INT, .phases = KL_PHASE_ANY, .fn = read_broken};
    kemi_test_open();
    CHECK_INT(kemi_add(&table, &row, &failure), KL_OK);
    CHECK_INT(vm_protect(vm, kemi_open_row, (void *)&row, &failure), KL_OK);
    CHECK_STR(eval("local a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r KSR.own.read() return 1"),
              "KL_EPYTHON: ValueError: no such call");
    CHECK_INT(failure.token, 7);
    CHECK_STR(eval("return tostring(select(2, pcall(function() KSR.own.read() end)))"), "'ValueError: no such call'");
    kemi_test_close();
}

CHECK_MAIN(CHECK_TEST(arguments_reach_python_converted), CHECK_TEST(parameters_of_any_type_take_any_value),
           CHECK_TEST(trailing_parameters_may_be_optional), CHECK_TEST(further_arguments_are_of_the_last_type),
           CHECK_TEST(exports_may_run_without_a_message), CHECK_TEST(results_follow_the_declared_type),
           CHECK_TEST(exceptions_come_back_with_their_token), CHECK_TEST(scripts_may_catch_exceptions),
           CHECK_TEST(many_exceptions_need_no_more_memory), CHECK_TEST(long_exception_texts_are_cut),
           CHECK_TEST(calls_of_python_are_traced), CHECK_TEST(modf_raises_what_python_raised),
           CHECK_TEST(exception_of_a_variable_comes_through_a_function_in_c))
