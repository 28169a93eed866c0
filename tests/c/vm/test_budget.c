/* The instruction budget: nothing a script does keeps the host waiting, and the state serves afterwards. */
#include "vm_test.h"

/* Each would go on for ever, or for hours. */
static const char *const endless[] = {
    "while true do end",
    "repeat until false",
    "::a:: goto a",
    "local function f() return f() end f()",
    "for i = 1, math.maxinteger do end",
    "while true do pcall(error, {}) end",
    "while true do pcall(function() while true do end end) end",
    "while pcall(string.rep, 'x', 3) do end",
    /* catching what the budget raises */
    "while true do xpcall(function() while true do end end, function() while true do end end) end",
    "xpcall(function() while true do end end, function(m) while true do pcall(function() while true do end end) end "
    "end)",
    "local function again() xpcall(function() while true do end end, again) end again()",
    "local ok = pcall(function() while true do end end) caught = not ok",
    "local ok = pcall(coroutine.wrap(function() while true do end end)) while true do end",
    "local function nest(n) if n > 0 then pcall(nest, n - 1) end while true do end end nest(150)",
    /* __close */
    "local x <close> = setmetatable({}, {__close = function() while true do end end}) while true do end",
    "local x <close> = setmetatable({}, {__close = function() while true do end end}) error('x')",
    "local c = coroutine.wrap(function() local x <close> = setmetatable({}, {__close = function() while true do end "
    "end}) while true do end end) c()",
    "local c = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() while true do end "
    "end}) while true do end end) coroutine.resume(c) coroutine.close(c) while true do end",
    "local c = coroutine.create(function() local x <close> = setmetatable({}, {__close = function() while true do end "
    "end}) coroutine.yield() end) coroutine.resume(c) coroutine.close(c)",
    /* finalizers */
    "setmetatable({}, {__gc = function() while true do end end}) collectgarbage() while true do end",
    "while true do setmetatable({}, {__gc = function() while true do end end}) end",
    "local mt = {__gc = true} for i = 1, 100 do setmetatable({}, mt) end mt.__gc = function() while true do end end "
    "collectgarbage() while true do end",
    "getmetatable(io.stdout).__gc = function() while true do end end io.tmpfile() collectgarbage() while true do end",
    /* coroutines, most of them ending before they have used a tick of their own */
    "while true do coroutine.wrap(function() end)() end",
    "local function f() for i = 1, 8 do pcall(coroutine.wrap(f)) end end f() while true do end",
    "local c = coroutine.wrap(function() while true do coroutine.yield() end end) while true do c() end",
    "local function chain(n) local c = coroutine.wrap(function() chain(n + 1) end) c() end while true do pcall(chain, "
    "1) end",
    "while true do coroutine.create(print) end",
    "local c = coroutine.create(function() while true do pcall(coroutine.yield) end end) while true do "
    "coroutine.resume(c) end",
    /* hooks of the script's own */
    "debug.sethook() while true do end",
    "debug.sethook(function() while true do end end, 'l') local x = 1\nx = 2 while true do end",
    "debug.sethook(function() while true do end end, '', 1) while true do end",
    "debug.sethook(function() debug.sethook() end, 'crl', 1) while true do end",
    "local c = coroutine.create(function() while true do end end) debug.sethook(c) coroutine.resume(c) while true do "
    "end",
    /* loops in C */
    "while true do string.rep('', math.maxinteger) end",
    "while true do string.rep('', 1e18) end",
    "while true do string.rep('x', 1e6) end",
    "while true do pcall(string.rep, 'x', 1e9) end",
    "table.move({}, 1, math.maxinteger - 1, 2, {})",
    "table.move({}, 1, 1e15, 2)",
    "table.concat(setmetatable({}, {__index = table.concat}), '', 1, math.maxinteger)",
    "table.concat(setmetatable({}, {__index = function() return '' end, __len = function() return math.maxinteger "
    "end}))",
    "table.insert(setmetatable({}, {__len = function() return 1e15 // 1 | 0 end}), 1, 'x')",
    "table.remove(setmetatable({}, {__len = function() return 1 << 50 end}), 1)",
    "local n = 0 table.insert(setmetatable({}, {__len = function() n = n + 1 return n < 2 and 5 or 1 << 50 end}), 1, "
    "'x') while true do end",
    "table.sort(setmetatable({}, {__len = function() return (1 << 31) - 2 end}), rawequal)",
    "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.insert(t, 1, 0) table.remove(t, 1) end",
    "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.sort(t) end",
    "while true do select('#', table.unpack({}, 1, 9e5)) end",
    "local s = ('x'):rep(1e6) while true do s:byte(1, 2e5) end",
    "local s = ('x'):rep(1e6) while true do utf8.len(s) tonumber(s) end",
    "local s = ('x'):rep(1e6) while true do s = s:upper() end",
    "local s = ('x'):rep(1e6) while true do local t = s .. 'y' end",
    "local s = ('i'):rep(1e6) while true do s.packsize(s) end",
    "local s = ('-'):rep(1e6) while true do load(s) end",
    "local s = ('-- comment\\n'):rep(1e5) load(function() return s end)",
    "local keep = {} for i = 1, 1e4 do keep[i] = {} end while true do collectgarbage() end",
    "while true do collectgarbage('step', 1000) end",
    "package.searchpath('x', ('?;'):rep(1e6)) while true do end",
    /* patterns */
    "string.find(('a'):rep(2000), ('.-'):rep(12) .. 'b')",
    "string.match((' '):rep(1e5), '^%s*(.-)%s*$x')",
    "while true do string.match((' '):rep(3000), '%s+$x') end",
    "string.gsub(('a'):rep(2000), ('a*'):rep(12) .. 'b', '')",
    "for _ in string.gmatch(('a'):rep(2000), ('a*'):rep(12) .. 'b') do end while true do end",
    "string.find(('('):rep(1e6), ('%b()'):rep(3) .. 'x') while true do end",
    "string.find(('a'):rep(1e6) , ('a'):rep(5e5) .. 'b', 1, true) while true do end",
    "string.find(('a'):rep(1e6), '[' .. ('b'):rep(1e6) .. ']') while true do end",
    "string.find(('a'):rep(5e5), '(a*)%1b') while true do end",
};

static void endless_code_ends(void)
{
    for (size_t i = 0; i < sizeof endless / sizeof endless[0]; i++) {
        kl_vm *vm = open_vm(&limited);
        kl_error err;
        kl_status status = run(vm, endless[i], &err);
        if (!check_int(status, KL_EBUDGET, endless[i], __FILE__, __LINE__)) printf("    %s\n", status ? err.text : "");
        else CHECK_STR(err.text, "the budget of 2000000 instructions is used up");
        CHECK_STR(eval(vm, "debug.sethook() return 1 + 1"), "2");
        vm_free(vm);
    }
}

/* The state is closed while such things are in it. */
static void finalizers_at_the_end_have_a_budget(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    CHECK_INT(
        run(vm, "for i = 1, 1000 do _G[i] = setmetatable({}, {__gc = function() while true do end end}) end", &err),
        KL_OK);
    vm_free(vm);
}

static void finalizers_of_a_next_run_have_a_budget(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    CHECK_INT(run(vm, "x = setmetatable({}, {__gc = function() while true do end end})", &err), KL_OK);
    CHECK_INT(run(vm, "x = nil collectgarbage() local n = 0 for i = 1, 10 do n = n + 1 end", &err), KL_EBUDGET);
    CHECK_STR(eval(vm, "return 3"), "3");
    vm_free(vm);
}

static void coroutines_made_before_the_run_are_covered(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    CHECK_INT(run(vm, "co = coroutine.wrap(function() coroutine.yield() while true do end end) co()", &err), KL_OK);
    CHECK_INT(run(vm, "co()", &err), KL_EBUDGET);
    CHECK_INT(run(vm,
                  "list = {} for i = 1, 100 do list[i] = coroutine.create(function() while true do coroutine.yield() "
                  "end end) end",
                  &err),
              KL_OK);
    CHECK_INT(run(vm, "while true do for i = 1, 100 do coroutine.resume(list[i]) end end", &err), KL_EBUDGET);
    vm_free(vm);
}

static void each_outermost_run_has_a_whole_budget(void)
{
    vm_config config = limited;
    config.instructions = 10000;
    kl_vm *vm = open_vm(&config);
    kl_error err;
    CHECK_INT(run(vm, "function work() for i = 1, 8000 do end end", &err), KL_OK);
    for (int i = 0; i < 50; i++) CHECK_INT(call(vm, "work", &err), KL_OK);
    CHECK_INT(run(vm, "work() work()", &err), KL_EBUDGET);
    CHECK_INT(call(vm, "work", &err), KL_OK);
    vm_free(vm);
}

/* For loops execute one instruction a round. */
static void budget_is_counted_in_instructions(void)
{
    for (int64_t budget = 1; budget < 100000; budget = budget * 3 + 1) {
        char code[64];
        kl_error err;
        vm_config config = limited;
        config.instructions = budget + 300; /* to compile it */
        kl_vm *vm = open_vm(&config);
        snprintf(code, sizeof code, "for i = 1, %lld do end", (long long)budget);
        CHECK_INT(run(vm, code, &err), KL_OK);
        snprintf(code, sizeof code, "for i = 1, %lld do end", (long long)budget + 300);
        CHECK_INT(run(vm, code, &err), KL_EBUDGET);
        vm_free(vm);
    }
}

static void budget_error_names_the_line(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    CHECK_INT(run(vm, "local function loop()\n while true do\n end\nend\nloop()", &err), KL_EBUDGET);
    CHECK(err.line == 2 || err.line == 3);
    CHECK_STR(err.where, "test");
    CHECK(span_search(err.traceback, SPAN("in local 'loop'")) != NULL);
    vm_free(vm);
}

static int nested(lua_State *L)
{
    kl_error err;
    lua_pushinteger(L, vm_call(vm_of(L), SPAN("inner"), NULL, 0, &err));
    return 1;
}

static void add_nested(lua_State *L, void *arg)
{
    (void)arg;
    lua_register(L, "nested", nested);
}

static void nested_runs_share_the_outermost_budget(void)
{
    kl_error err;
    kl_vm *vm = vm_new(&limited, add_nested, NULL, &err);
    run(vm,
        "function inner() for i = 1, 300000 do end end function loops() while true do nested() end end seen = 0 "
        "function inner2() end",
        &err);
    CHECK_INT(call(vm, "loops", &err), KL_EBUDGET);
    CHECK_STR(eval(vm, "for i = 1, 3 do seen = nested() end return seen"), "0");
    CHECK_INT(run(vm, "function inner() while true do end end seen = nested()", &err), KL_EBUDGET);
    CHECK_INT(vm->depth, 0);
    vm_free(vm);
}

static void without_a_budget_there_is_no_hook(void)
{
    kl_vm *vm = open_vm(&unlimited);
    kl_error err;
    CHECK_INT(run(vm, "for i = 1, 5000000 do end", &err), KL_OK);
    CHECK(lua_gethook(vm->L) == NULL);
    CHECK_STR(eval(vm, "local n = 0 debug.sethook(function() n = n + 1 end, 'l')\nlocal a = 1\nlocal b = "
                       "2\ndebug.sethook() return n"),
              "3");
    vm_free(vm);
}

/* ---- debug.sethook beside the budget */

static void script_hooks_see_their_events(void)
{
    kl_vm *vm = open_vm(&limited);
    CHECK_STR(eval(vm, "local lines = {} debug.sethook(function(e, l) lines[#lines + 1] = e .. l end, 'l')\nlocal a = "
                       "1\nlocal b = 2\ndebug.sethook() return table.concat(lines, ' ')"),
              "line2 line3 line4");
    vm_free(vm);
}

static void script_hooks_see_calls_and_returns(void)
{
    kl_vm *vm = open_vm(&limited);
    CHECK_STR(eval(vm, "local seen = {} local function f() end local function g() return f() end\n"
                       "debug.sethook(function(e) seen[#seen + 1] = e end, 'cr') g() debug.sethook() return "
                       "table.concat(seen, ',')"),
              "return,call,tail call,return,call");
    vm_free(vm);
}

static void script_count_hooks_fire_in_their_time(void)
{
    kl_vm *vm = open_vm(&limited);
    CHECK_STR(eval(vm, "local n = 0 debug.sethook(function(e) assert(e == 'count') n = n + 1 end, '', 1000) for i = 1, "
                       "100000 do end debug.sethook() return n"),
              "100");
    /* as in Lua: what the hook runs counts too */
    CHECK_STR(eval(vm, "local n = 0 debug.sethook(function() n = n + 1 end, '', 7) for i = 1, 7000 do end "
                       "debug.sethook() return n // 10"),
              "233");
    CHECK_STR(eval(vm, "local n = 0 debug.sethook(function() n = n + 1 end, '', 150) for i = 1, 15000 do end "
                       "debug.sethook() return n // 10"),
              "10");
    vm_free(vm);
}

static void script_hooks_can_be_read_back(void)
{
    kl_vm *vm = open_vm(&limited);
    CHECK_STR(eval(vm, "return tostring(debug.gethook())"), "nil");
    CHECK_STR(eval(vm, "local function h() end debug.sethook(h, 'rcl', 9) local f, m, n = debug.gethook() "
                       "debug.sethook() return tostring(f == h) .. m .. n"),
              "truecrl9");
    CHECK_STR(eval(vm, "local c = coroutine.create(print) debug.sethook(c, print, 'l') return "
                       "tostring(debug.gethook()) .. tostring(debug.gethook(c) == print)"),
              "niltrue");
    CHECK_STR(eval(vm, "return (select(2, pcall(debug.sethook, 1, 'l')))"),
              "bad argument #1 to 'debug.sethook' (function expected, got number)");
    vm_free(vm);
}

static void script_hooks_may_raise(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    CHECK_INT(run(vm, "debug.sethook(function() error('timeout', 0) end, '', 5000) while true do end", &err), KL_ERUN);
    CHECK_STR(err.text, "timeout");
    CHECK_STR(eval(vm, "debug.sethook() return 1"), "1");
    CHECK_STR(eval(vm, "local c = coroutine.create(function() while true do end end) debug.sethook(c, function() "
                       "error('stop', 0) end, '', 500) "
                       "return (select(2, coroutine.resume(c)))"),
              "stop");
    vm_free(vm);
}

static void other_peoples_hooks_do_not_outlast_the_run(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    lua_sethook(vm->L, NULL, 0, 0);
    CHECK_INT(run(vm, "while true do end", &err), KL_EBUDGET);
    vm_free(vm);
}

/* ---- deep recursion is ended by Lua's own limits */

static const char *const deep[] = {
    "local function f() return 1 + f() end f()",
    "local function f() pcall(f) error('x') end f()",
    "local t = setmetatable({}, {}) getmetatable(t).__index = function(s, k) return s[k] end return t.x",
    "local f f = function(s) return (s:gsub('.', f)) end f('x')",
    "local function f() return coroutine.wrap(f)() end f()",
    "local function f() local x <close> = setmetatable({}, {__close = f}) end f()",
    "local f f = function() table.sort({3, 2, 1}, f) end f()",
    "local function f(m) return xpcall(error, f, m) end f('x') local function g() return g() .. '' end g()",
    "return load(('('):rep(10000) .. ')')() ()",
    "local t = {} for i = 1, 1000 do t = {t} end local function f(x) return f(x[1]) .. 'x' end f(t)",
    "local e = setmetatable({}, {__tostring = function(s) return tostring(s) end}) tostring(e)",
    "xpcall(function() local function f() return f() + 1 end f() end, function(m) local function g() return g() + 1 "
    "end return g() end) error('through')",
};

static void deep_recursion_is_an_error(void)
{
    for (size_t i = 0; i < sizeof deep / sizeof deep[0]; i++) {
        kl_vm *vm = open_vm(&limited);
        kl_error err;
        kl_status status = run(vm, deep[i], &err);
        if (status != KL_ERUN && status != KL_EBUDGET && status != KL_EMEMORY)
            check_int(status, KL_ERUN, deep[i], __FILE__, __LINE__);
        CHECK(status == KL_OK || err.text[0] != '\0');
        CHECK_STR(eval(vm, "local function f(n) return n == 0 and 0 or f(n - 1) + 1 end return f(1000)"), "1000");
        vm_free(vm);
    }
}

static void failing_finalizers_and_close_methods_leave_the_state_good(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    for (int i = 0; i < 20; i++) {
        CHECK_INT(run(vm,
                      "setmetatable({}, {__gc = function() error('in gc') end}) setmetatable({}, {__gc = function() "
                      "error({}) end}) collectgarbage()",
                      &err),
                  KL_OK);
        CHECK_INT(run(vm, "local x <close> = setmetatable({}, {__close = function() error('in close', 0) end})", &err),
                  KL_ERUN);
        CHECK_STR(err.text, "in close");
        CHECK_INT(run(vm,
                      "local x <close> = setmetatable({}, {__close = function(_, e) error(e .. ' and in close', 0) "
                      "end}) error('body', 0)",
                      &err),
                  KL_ERUN);
        CHECK_STR(err.text, "body and in close");
        CHECK_INT(run(vm, "keep = setmetatable({}, {__gc = function() error('at the end') end})", &err), KL_OK);
    }
    vm_free(vm);
}

CHECK_MAIN(CHECK_TEST(endless_code_ends), CHECK_TEST(finalizers_at_the_end_have_a_budget),
           CHECK_TEST(finalizers_of_a_next_run_have_a_budget), CHECK_TEST(coroutines_made_before_the_run_are_covered),
           CHECK_TEST(each_outermost_run_has_a_whole_budget), CHECK_TEST(budget_is_counted_in_instructions),
           CHECK_TEST(budget_error_names_the_line), CHECK_TEST(nested_runs_share_the_outermost_budget),
           CHECK_TEST(without_a_budget_there_is_no_hook), CHECK_TEST(script_hooks_see_their_events),
           CHECK_TEST(script_hooks_see_calls_and_returns), CHECK_TEST(script_count_hooks_fire_in_their_time),
           CHECK_TEST(script_hooks_can_be_read_back), CHECK_TEST(script_hooks_may_raise),
           CHECK_TEST(other_peoples_hooks_do_not_outlast_the_run), CHECK_TEST(deep_recursion_is_an_error),
           CHECK_TEST(failing_finalizers_and_close_methods_leave_the_state_good))
