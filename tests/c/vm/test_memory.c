/* The memory limit, and each allocation failing in turn: no abort, no leak, and the state serves afterwards. */
#include "vm_test.h"

static const char *const greedy[] = {
    "local t = {} while true do t[#t + 1] = {} end",
    "local s = 'x' while true do s = s .. s end",
    "return ('x'):rep(1e9)",
    "return ('x'):rep(2e9)",
    "local t = {} for i = 1, 1e9 do t[i] = i end",
    "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
    "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
    "local t = {} for i = 1, 1e9 do t[i] = function() return i end end",
    "local t = {} for i = 1, 2e5 do t[i] = 'some words ' end return table.concat(t, ('x'):rep(100))",
    "return (('x'):rep(1e6):gsub('.', 'twenty bytes of text '))",
    "local t = {} for i = 1, 1e9 do t['k' .. i] = i end",
    "local s = ('x'):rep(1e6) local t = {} while true do t[#t + 1] = s:upper() .. #t end",
    "local function f(...) return f(1, 2, 3, 4, 5, 6, 7, 8, 9, ...) end f()",
    "local f = coroutine.wrap(function() local t = {} while true do t[#t + 1] = {} end end) f()",
    "local t = setmetatable({}, {__gc = function() end}) local all = {} while true do all[#all + 1] = setmetatable({}, "
    "getmetatable(t)) end",
    "collectgarbage('stop') local t = {} while true do t = {t} end",
    "local n = 0 local t = {} local ok, m = pcall(function() while true do t[#t + 1] = {} end end) error(m, 0)",
    "local t = {} xpcall(function() while true do t[#t + 1] = {} end end, print) while true do t[#t + 1] = {} end",
};

static void greedy_code_ends_at_the_limit(void)
{
    for (size_t i = 0; i < sizeof greedy / sizeof greedy[0]; i++) {
        vm_config config = limited;
        kl_error err;
        config.instructions = 0;
        config.memory = (size_t)4 << 20;
        kl_vm *vm = open_vm(&config);
        kl_status status = run(vm, greedy[i], &err);
        /* a stack that cannot grow for lack of memory is Lua's "stack overflow" */
        if (status != KL_ERUN || !strstr(err.text, "stack overflow"))
            check_int(status, KL_EMEMORY, greedy[i], __FILE__, __LINE__);
        if (status == KL_EMEMORY) CHECK_STR(err.text, "not enough memory");
        CHECK(vm->peak <= vm->baseline + config.memory);
        CHECK_STR(eval(vm, "collectgarbage('restart') local t = {} for i = 1, 1000 do t[i] = {i} end return #t"),
                  "1000");
        vm_free(vm);
    }
}

static void limit_counts_from_what_set_up_took(void)
{
    vm_config config = unlimited;
    kl_error err;
    config.memory = 200000;
    kl_vm *vm = open_vm(&config);
    CHECK(vm->baseline > 10000);
    CHECK_INT(vm->limit, vm->baseline + 200000);
    CHECK_INT(run(vm, "s = ('x'):rep(90000)", &err), KL_OK);
    CHECK(vm_memory(vm) >= vm->baseline + 90000);
    CHECK_INT(run(vm, "t = ('y'):rep(90000)", &err), KL_EMEMORY);
    CHECK_INT(run(vm, "s = nil t = ('y'):rep(90000)", &err), KL_OK);
    vm_free(vm);
}

static void memory_error_names_line_and_traceback(void)
{
    vm_config config = limited;
    kl_error err;
    config.memory = 1 << 20;
    kl_vm *vm = open_vm(&config);
    CHECK_INT(run(vm,
                  "local function hoard()\n local t = {}\n for i = 1, 1e9 do\n  t[i] = 'text' .. i\n end\n return "
                  "t\nend\nlocal t = hoard()",
                  &err),
              KL_EMEMORY);
    CHECK_INT(err.line, 4);
    CHECK_STR(err.where, "test");
    CHECK(span_search(err.traceback, SPAN("in local 'hoard'")) != NULL);
    CHECK(span_search(err.traceback, SPAN("test:8: in main chunk")) != NULL);
    CHECK_INT(run(vm, "\nlocal t = ('x'):rep(2e6)", &err), KL_EMEMORY);
    CHECK_INT(err.line, 2);
    vm_free(vm);
}

static void memory_error_that_was_caught_is_none(void)
{
    vm_config config = limited;
    config.memory = 1 << 20;
    kl_vm *vm = open_vm(&config);
    CHECK_STR(eval(vm, "local ok, m = pcall(string.rep, 'x', 2e6) return m"), "not enough memory");
    kl_error err;
    CHECK_INT(run(vm, "pcall(string.rep, 'x', 2e6) error('another')", &err), KL_ERUN);
    CHECK_STR(err.text, "test:1: another");
    vm_free(vm);
}

static void memory_is_given_back(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    run(vm, "function work() local t = {} for i = 1, 1000 do t[i] = {i} end end", &err);
    lua_gc(vm->L, LUA_GCCOLLECT);
    size_t before = vm_memory(vm);
    for (int i = 0; i < 200; i++) CHECK_INT(call(vm, "work", &err), KL_OK);
    lua_gc(vm->L, LUA_GCCOLLECT);
    CHECK(vm_memory(vm) <= before + 1024);
    vm_free(vm);
    CHECK_INT(mem_live(), 0);
}

/* ---- failing allocations */

static int raise_python(lua_State *L)
{
    vm_raise_python(L, SPAN("ValueError: a text that is longer than a short string of Lua's may be"), 77);
}

static void add_python(lua_State *L, void *arg)
{
    (void)arg;
    lua_register(L, "python", raise_python);
}

/* Everything a host does with a state; false when some step said that memory was short. */
static bool whole_life(const vm_config *config)
{
    static const char text[] =
        "state = {} function f(a) state[#state + 1] = a return a .. 'x' end function ex() error('~~ksr~exit~~', 0) end "
        "local co = coroutine.wrap(function() local x <close> = setmetatable({}, {__close = function() end}) "
        "coroutine.yield(1) end) co() "
        "setmetatable({}, {__gc = function() f('gc') end})";
    static const char again[] =
        "function g() end state = state or {} function f(a) return 'new' .. a end KSRVERSION = 'mine'";
    kl_error err;
    bool good = true;
    kl_vm *vm = vm_new(config, add_python, NULL, &err);
    if (!vm) {
        CHECK(err.status == KL_ENOMEM || err.status == KL_EMEMORY);
        return false;
    }
    vm_script first = {.path = SPAN("first.lua"), .text = span_text(text)},
              second = {.path = SPAN("first.lua"), .text = span_text(again)};
    const vm_script *scripts[] = {&second, &first};
    const kl_span args[] = {SPAN("an argument that is a long string, longer than forty bytes")};
    int results = 0;
    const kl_status expected[] = {KL_OK,      KL_OK,  KL_OK, KL_EPYTHON, KL_ERUN, KL_OK,
                                  KL_ESYNTAX, KL_EIO, KL_OK, KL_OK,      KL_OK};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        kl_status status = KL_OK;
        switch (i) {
        case 0: status = vm_script_load(vm, &first, &err); break;
        case 1: status = vm_call(vm, SPAN("f"), args, 1, &err); break;
        case 2: status = call(vm, "ex", &err); break;
        case 3: status = vm_run_string(vm, SPAN("python()"), "=test", false, NULL, &err); break;
        case 4: status = vm_run_string(vm, SPAN("local t = {} error('text' .. #t)"), "=test", false, NULL, &err); break;
        case 5:
            status = vm_run_string(vm, SPAN("return ('x'):rep(100), pcall(python)"), "=test", true, &results, &err);
            break;
        case 6: status = vm_run_string(vm, SPAN("x = = 1"), "=a name for a chunk", false, NULL, &err); break;
        case 7: status = vm_run_file(vm, SPAN("no/such/file.lua"), &err); break;
        case 8: status = vm_script_reload(vm, scripts, 2, &err); break;
        case 9: status = vm_run_string(vm, SPAN("collectgarbage()"), "=test", false, NULL, &err); break;
        case 10:
            status = vm_has_function(vm, SPAN("a function of this name does not exist, and the name is long")) ? KL_ERUN
                                                                                                               : KL_OK;
            break;
        }
        if (i == 5 && status == KL_OK) vm_pop(vm, results);
        if (status != expected[i]) {
            /* "stack overflow" is what Lua says when a stack cannot grow */
            if (status != KL_EMEMORY && status != KL_ENOMEM &&
                !(status == KL_ERUN && strstr(err.text, "stack overflow")) && !(status == KL_ENOENT && i == 1) &&
                !(status == KL_ENOENT && i == 2))
                check_int(status, expected[i], i == 8 ? "reload" : "step", __FILE__, __LINE__),
                    printf("    step %zu: %s\n", i, err.text);
            good = false;
        }
        CHECK_INT(lua_gettop(vm->L), 0);
        CHECK_INT(vm->depth, 0);
    }
    vm_free(vm);
    return good;
}

/* Counts up until a life goes by without reaching the n-th allocation. */
static void each_allocation_fails(const vm_config *config, int sticky)
{
    long n = 0;
    bool reached = true;
    alarm(240);
    while (reached) {
        mem_fail_after(++n, sticky);
        whole_life(config);
        mem_fail_after(0, 0);
        if (!check_int(mem_live(), 0, "blocks left", __FILE__, __LINE__))
            printf("    after failing allocation %ld\n", n);
        mem_fail_after(n, 1);
        reached = !whole_life(config);
        mem_fail_after(0, 0);
    }
    printf("     %ld allocations failed in turn\n", n - 1);
    CHECK(n > 500);
}

static void each_allocation_fails_once(void) { each_allocation_fails(&limited, 0); }
static void each_allocation_and_all_after_it_fail(void) { each_allocation_fails(&limited_safe, 1); }
static void each_allocation_fails_without_limits(void) { each_allocation_fails(&unlimited, 0); }

/* Every limit from nothing up: Lua's emergency collections come at all places. */
static void tight_limits_at_every_size(void)
{
    for (size_t memory = 1; memory < 60000; memory += memory / 16 + 13) {
        vm_config config = limited;
        config.memory = memory;
        whole_life(&config);
        CHECK_INT(mem_live(), 0);
    }
}

CHECK_MAIN(CHECK_TEST(greedy_code_ends_at_the_limit), CHECK_TEST(limit_counts_from_what_set_up_took),
           CHECK_TEST(memory_error_names_line_and_traceback), CHECK_TEST(memory_error_that_was_caught_is_none),
           CHECK_TEST(memory_is_given_back), CHECK_TEST(each_allocation_fails_once),
           CHECK_TEST(each_allocation_and_all_after_it_fail), CHECK_TEST(each_allocation_fails_without_limits),
           CHECK_TEST(tight_limits_at_every_size))
