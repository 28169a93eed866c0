/* The one way in: what it refuses, what it leaves behind. */
#include "kemi_test.h"

#include <unistd.h>

static void well_called_functions_run(void)
{
    kemi_test_open();
    CHECK_STR(eval("return KSR.is_on()"), "true");
    CHECK_STR(told, "is_on()");
    CHECK_STR(eval("return KSR.t.three('a', 2, 'c')"), "true");
    CHECK_STR(told, "three('a',2,'c')");
    CHECK_STR(eval("return KSR.t.six('a', 'b', 'c', 'd', 'e', 'f')"), "1");
    CHECK_STR(told, "six('a','b','c','d','e','f')");
    CHECK_STR(last_log(), "");
    kemi_test_close();
}

/* Gives false, runs nothing, logs why. */
static void refused(const char *code, const char *line)
{
    told[0] = '\0';
    CHECK_STR(eval(code), "false");
    CHECK_STR(told, "");
    CHECK_STR(last_log(), line);
}

static void wrong_counts_are_refused(void)
{
    kemi_test_open();
    refused("return KSR.t.str()", "KSR.t.str: not enough parameters");
    refused("return KSR.t.three('a')", "KSR.t.three: not enough parameters");
    refused("return KSR.t.three('a', 2)", "KSR.t.three: not enough parameters");
    refused("return KSR.t.str(1,2,3,4,5,6,7)", "KSR.t.str: too many parameters");
    refused("return KSR.is_on(1)", "KSR.is_on: takes no parameters");
    refused("return KSR.is_on(nil)", "KSR.is_on: takes no parameters");
    refused("return KSR.is_on(1,2,3,4,5,6)", "KSR.is_on: takes no parameters");
    refused("return KSR.is_on(1,2,3,4,5,6,7)", "KSR.is_on: too many parameters");
    kemi_test_close();
}

static void up_to_six_arguments_may_be_given(void)
{
    kemi_test_open();
    CHECK_STR(eval("return KSR.t.str('a', 'x', 'y')"), "1");
    CHECK_STR(told, "str('a')");
    CHECK_STR(eval("return KSR.t.str('a', 2, 3, 4, 5, 6)"), "1");
    CHECK_STR(eval("return KSR.t.str('a', nil, nil)"), "1");
    CHECK_STR(last_log(), "");
    kemi_test_close();
}

static void nils_count_as_arguments(void)
{
    kemi_test_open();
    CHECK_STR(eval("return KSR.t.three(nil, nil, nil)"), "true");
    CHECK_STR(told, "three((null),0,(null))");
    kemi_test_close();
}

static void without_a_message_everything_is_refused(void)
{
    kemi_test_open();
    ctx.msg = NULL;
    ctx.plain = 0;
    refused("return KSR.is_on()", "KSR.is_on: there is no message here");
    refused("return KSR.t.str('a')", "KSR.t.str: there is no message here");
    ctx.msg = &msg;
    ctx.plain = ctx.phase;
    kemi_test_close();
}

static void routes_are_minded(void)
{
    kemi_test_open();
    refused("return KSR.t.onsend()", "KSR.t.onsend: not allowed in this route");
    ctx.phase = ctx.plain = KL_PHASE_ONSEND;
    CHECK_STR(eval("return KSR.t.onsend()"), "1");
    ctx.phase = ctx.plain = KL_PHASE_REPLY;
    CHECK_STR(eval("return KSR.t.onsend()"), "1");
    kemi_test_close();
}

/* A finalizer that runs while the state is closed. */
static void without_a_context_calls_are_refused_in_silence(void)
{
    kemi_test_open();
    CHECK_STR(eval("K = KSR; setmetatable({}, {__gc = function() K.is_on(); K.t.str('a'); K.x.probe(); "
                   "K.x.modf('has_totag'); pcall(K.x.drop) end})"),
              "");
    vm->ctx = NULL;
    CHECK_STR(eval("return KSR.is_on(), KSR.x.modf('has_totag')"), "false -1");
    CHECK_STR(told, "");
    kemi_test_close();
}

static void coroutines_call_like_the_rest(void)
{
    kemi_test_open();
    CHECK_STR(eval("return coroutine.wrap(function() return KSR.t.str('co'), coroutine.wrap(function() return "
                   "KSR.is_on() end)() end)()"),
              "1 true");
    CHECK_STR(eval("local c = coroutine.wrap(function(a) local b = coroutine.yield(KSR.t.str(a)); KSR.t.str(b) end); "
                   "c('one'); c('two')"),
              "");
    CHECK_STR(told, "str('two')");
    kemi_test_close();
}

/* To a script they are functions in C like any others. */
static void functions_are_values(void)
{
    kemi_test_open();
    CHECK_STR(eval("return type(KSR.is_on), KSR.t.str == KSR.t.str, rawequal(KSR.t.str, KSR.t['str']), KSR.t.str == "
                   "KSR.is_on, KSR.t.str ~= print"),
              "'function' true true false true");
    CHECK_STR(eval("local t = {[KSR.t.str] = 1, [KSR.is_on] = 2, [print] = 3} local n = 0 for k in pairs(t) do n = n + "
                   "t[k] end return n, t[KSR.t.str], t[KSR.is_on], t[KSR.t.three], next(t) ~= nil"),
              "6 1 2 nil true");
    CHECK_STR(eval("return tostring(KSR.t.str):match('^function: ') ~= nil, ('%p'):format(KSR.t.str) == "
                   "('%p'):format(KSR.is_on), tostring(KSR.t.str) == tostring(KSR.t.str)"),
              "true false true");
    CHECK_STR(eval("local i = debug.getinfo(KSR.t.str) return i.what, i.short_src, i.nups, i.func == KSR.t.str, "
                   "(debug.getupvalue(KSR.t.str, 1))"),
              "'C' '[C]' 0 true nil");
    CHECK_STR(eval("return pcall(KSR.t.str, 'a')"), "true 1");
    CHECK_STR(eval("return coroutine.wrap(KSR.is_on)()"), "true");
    CHECK_STR(eval("local t = setmetatable({}, {__index = KSR.t.str}) return pcall(function() "
                   "return t.x end)"),
              "true 1");
    CHECK_STR(eval("local w = setmetatable({KSR.t.str}, {__mode = 'v'}) collectgarbage() return w[1] == KSR.t.str, "
                   "getmetatable(KSR.t.str), pcall(string.dump, KSR.t.str)"),
              "true nil false 'unable to dump given function'");
    CHECK_STR(eval("return pcall(function() return KSR.t.str + 1 end)"),
              "false 'test:1: attempt to perform arithmetic on a function value (field 'str')'");
    kemi_test_close();
}

static void scratch_memory_is_given_back(void)
{
    kemi_test_open();
    const size_t before = scratch.used;
    CHECK_STR(eval("for i = 1, 1000 do KSR.t.litter(5) end return KSR.t.litter(3)"), "'xxx'");
    CHECK_INT(scratch.used, before);
    CHECK_STR(eval("for i = 1, 1000 do KSR.t.str() end"), "");
    CHECK_INT(scratch.used, before);
    effects_clear(&effects);
    kemi_test_close();
}

static void results_are_copies(void)
{
    kemi_test_open();
    CHECK_STR(eval("local a = KSR.t.litter(2); local b = KSR.t.litter(4); return a, b"), "'xx' 'xxxx'");
    kemi_test_close();
}

static void filtered_refusals_cost_no_line(void)
{
    kemi_test_open();
    ctx.log_level = KL_LOG_CRIT;
    CHECK_STR(eval("return KSR.t.str()"), "false");
    CHECK_INT(effects.count, 0);
    kemi_test_close();
}

static void log_lines_say_where(void)
{
    kemi_test_open();
    eval("\n\nKSR.t.str()");
    const kl_effect *line = effect(KL_EFFECT_LOG, 0);
    REQUIRE(line != NULL);
    CHECK_SPAN(line->where, "test:3");
    kemi_test_close();
}

static void comparing_a_refusal_with_a_number_is_an_error(void)
{
    kemi_test_open();
    CHECK(strstr(eval("return KSR.t.int() < 0"), "KL_ERUN: test:1: attempt to compare boolean with number") != NULL);
    kemi_test_close();
}

/* ---- what is told of slow and of all calls */

static void every_call_is_traced(void)
{
    kemi_test_open();
    vm->slow = VM_SLOW_TRACE;
    ctx.plain = 0;
    eval("local function f() return KSR.t.three('a', '2', nil) end\nKSR.is_on() f()\nKSR.none1('x') KSR.t.str() "
         "KSR.x.probe() pcall(KSR.x.exit) KSR.x.modf('nope', 1)");
    CHECK_STR(traced, ".is_on()=true depth 1 at test:2\n"
                      "t.three('a',2,(null))=true depth 2 at test:1\n"
                      ".none1('x')=0 depth 1 at test:3\n"
                      "t.str()=false depth 1 at test:3\n"
                      "x.probe()=nothing depth 1 at test:3\n"
                      "x.exit()=nothing depth 1 at test:3\n"
                      "x.modf('nope','1')=-1 depth 1 at test:3\n");
    vm->slow = 0;
    ctx.plain = ctx.phase;
    traced[0] = '\0';
    eval("KSR.is_on()");
    CHECK_STR(traced, "");
    kemi_test_close();
}

static void traced_results_are_those_of_the_script(void)
{
    kemi_test_open();
    vm->slow = VM_SLOW_TRACE;
    ctx.plain = 0;
    answer = (kl_value){.type = KL_TYPE_STR, .s = SPAN("text")};
    CHECK_STR(eval("return KSR.t.get()"), "'text'");
    CHECK_STR(traced, "t.get()='text' depth 1 at test:1\n");
    CHECK_STR(eval("return KSR.t.litter(3)"), "'xxx'");
    kemi_test_close();
}

static int slow(kl_ctx *c, const kl_value *args, kl_value *out)
{
    (void)c, (void)out;
    usleep((useconds_t)args[0].i);
    return 1;
}

static void slow_calls_raise_an_alert(void)
{
    static const kl_row row = ROW("t", "slow", INT, slow, INT);
    kemi_test_open();
    add_rows(&row, 1);
    CHECK_INT(vm_protect(vm, kemi_open_row, (void *)&row, &failure), KL_OK);
    vm->slow = VM_SLOW_LATENCY;
    ctx.plain = 0;
    server.latency_limit_action = 20000;
    server.latency_log = KL_LOG_ERR;
    eval("\nfunction caller() KSR.t.slow(1) KSR.t.slow(25000) end\ncaller()");
    const kl_effect *line = effect(KL_EFFECT_LOG, 0);
    REQUIRE(line != NULL);
    CHECK_INT(line->level, KL_LOG_ERR);
    CHECK(strncmp(line->data.s, "KSR.t.slow took ", 16) == 0 && atoi(line->data.s + 16) >= 25000);
    const char *text = last_log();
    CHECK(strstr(text, " us, called at test:2 in caller") != NULL);
    CHECK_STR(traced, "");
    eval("KSR.t.slow(25000)");
    CHECK(strstr(last_log(), "called at test:1 in the main chunk") != NULL);
    server.latency_log = KL_LOG_DBG;
    eval("KSR.t.slow(25000)");
    CHECK_STR(last_log(), "");
    kemi_test_close();
}

CHECK_MAIN(CHECK_TEST(well_called_functions_run), CHECK_TEST(wrong_counts_are_refused),
           CHECK_TEST(up_to_six_arguments_may_be_given), CHECK_TEST(nils_count_as_arguments),
           CHECK_TEST(without_a_message_everything_is_refused), CHECK_TEST(routes_are_minded),
           CHECK_TEST(without_a_context_calls_are_refused_in_silence), CHECK_TEST(coroutines_call_like_the_rest),
           CHECK_TEST(functions_are_values), CHECK_TEST(scratch_memory_is_given_back), CHECK_TEST(results_are_copies),
           CHECK_TEST(filtered_refusals_cost_no_line), CHECK_TEST(log_lines_say_where),
           CHECK_TEST(comparing_a_refusal_with_a_number_is_an_error), CHECK_TEST(every_call_is_traced),
           CHECK_TEST(traced_results_are_those_of_the_script), CHECK_TEST(slow_calls_raise_an_alert))
