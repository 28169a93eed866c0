/* vm_call, vm_run_string and what an error tells. */
#include "vm_test.h"

static void arguments_are_strings_and_results_are_dropped(void)
{
    kl_vm *vm = open_vm(&unlimited);
    kl_error err;
    CHECK_INT(run(vm, "function f(...) seen = table.concat({...}, '|') .. select('#', ...) return 1, 2, 3 end", &err),
              KL_OK);
    kl_span args[] = {SPAN("a"), SPAN(""), {"x\0y", 3}};
    CHECK_INT(vm_call(vm, SPAN("f"), args, 3, &err), KL_OK);
    CHECK_INT(lua_gettop(vm->L), 0);
    CHECK_STR(eval(vm, "return #seen .. seen:gsub('%z', '0')"), "7a||x0y3");
    vm_free(vm);
}

static void function_is_looked_up_at_each_call(void)
{
    kl_vm *vm = open_vm(&unlimited);
    kl_error err;
    run(vm, "n = 0 function f() function f() n = n + 10 end n = n + 1 end", &err);
    CHECK_INT(call(vm, "f", &err), KL_OK);
    CHECK_INT(call(vm, "f", &err), KL_OK);
    CHECK_STR(eval(vm, "return n"), "11");
    vm_free(vm);
}

static void missing_function_is_told_apart(void)
{
    kl_vm *vm = open_vm(&unlimited);
    kl_error err;
    run(vm, "number = 3 callable = setmetatable({}, {__call = function() end}) t = {f = print}", &err);
    CHECK_INT(call(vm, "nothing", &err), KL_ENOENT);
    CHECK_INT(call(vm, "number", &err), KL_ENOENT);
    CHECK_INT(call(vm, "callable", &err), KL_ENOENT);
    CHECK_INT(call(vm, "t.f", &err), KL_ENOENT);
    CHECK_INT(call(vm, "", &err), KL_ENOENT);
    CHECK(!vm_has_function(vm, SPAN("nothing")));
    CHECK(vm_has_function(vm, SPAN("print")));
    vm_free(vm);
}

static void strict_globals_do_not_turn_a_missing_callback_into_an_error(void)
{
    kl_vm *vm = open_vm(&unlimited);
    kl_error err;
    run(vm,
        "setmetatable(_G, {__index = function(_, name) if name == 'lazy' then return function() ran = true end end "
        "error('undeclared ' .. name) end}) ran = false",
        &err);
    CHECK_INT(call(vm, "ksr_reply_route", &err), KL_ENOENT);
    CHECK(!vm_has_function(vm, SPAN("ksr_reply_route")));
    CHECK_INT(call(vm, "lazy", &err), KL_OK);
    CHECK_STR(eval(vm, "return ran"), "true");
    vm_free(vm);
}

static void exit_is_a_good_end_of_named_functions_alone(void)
{
    kl_vm *vm = open_vm(&unlimited);
    kl_error err;
    int results = 7;
    run(vm, "function f() error('~~ksr~exit~~', 0) end function g() error('~~ksr~exit~~') end", &err);
    CHECK_INT(call(vm, "f", &err), KL_OK);
    CHECK_INT(call(vm, "g", &err), KL_ERUN);
    CHECK_STR(err.text, "test:1: ~~ksr~exit~~");
    CHECK_INT(run(vm, "f()", &err), KL_ERUN);
    CHECK_STR(err.text, "~~ksr~exit~~");
    CHECK_INT(vm_run_string(vm, SPAN("f() return 1"), "=test", true, &results, &err), KL_OK);
    CHECK_INT(results, 0);
    CHECK_STR(eval(vm, "local ok, text = pcall(f) return text"), "~~ksr~exit~~");
    vm_free(vm);
}

static void error_names_file_line_and_traceback(void)
{
    kl_vm *vm = open_vm(&unlimited);
    kl_error err;
    const char *code = "local function deep()\n  error('broken')\nend\nfunction top()\n  deep()\n  return 1\nend";
    CHECK_INT(vm_run_string(vm, span_text(code), "@dir/routing.lua", false, NULL, &err), KL_OK);
    CHECK_INT(call(vm, "top", &err), KL_ERUN);
    CHECK_INT(err.status, KL_ERUN);
    CHECK_STR(err.text, "dir/routing.lua:2: broken");
    CHECK_STR(err.where, "dir/routing.lua");
    CHECK_INT(err.line, 2);
    CHECK_SPAN(err.traceback, "stack traceback:\n\t[C]: in global 'error'\n\tdir/routing.lua:2: in upvalue "
                              "'deep'\n\tdir/routing.lua:5: in function <dir/routing.lua:4>");
    vm_free(vm);
}

static void error_in_c_names_the_line_that_called(void)
{
    kl_vm *vm = open_vm(&unlimited);
    kl_error err;
    CHECK_INT(run(vm, "\n\nstring.rep()", &err), KL_ERUN);
    CHECK_INT(err.line, 3);
    CHECK_STR(err.where, "test");
    CHECK_STR(err.text, "test:3: bad argument #1 to 'rep' (string expected, got no value)");
    vm_free(vm);
}

static void path_of_an_error_keeps_its_end(void)
{
    kl_vm *vm = open_vm(&unlimited);
    kl_error err;
    char name[402] = "@";
    memset(name + 1, 'd', 380);
    strcpy(name + 381, "/last.lua");
    CHECK_INT(vm_run_string(vm, SPAN("error('x')"), name, false, NULL, &err), KL_ERUN);
    CHECK_INT(strlen(err.where), sizeof err.where - 1);
    CHECK_STR(err.where + strlen(err.where) - 9, "/last.lua");
    vm_free(vm);
}

static void long_tracebacks_skip_their_middle(void)
{
    kl_vm *vm = open_vm(&unlimited);
    kl_error err;
    CHECK_INT(run(vm, "local function f(n) if n == 0 then error('x') end f(n - 1) return n end f(150)", &err), KL_ERUN);
    CHECK(err.traceback.n < 4096);
    CHECK(span_search(err.traceback, SPAN("...\t(skipping 132 levels)")) != NULL);
    CHECK(span_search(err.traceback, SPAN("in main chunk")) != NULL);
    vm_free(vm);
}

static const struct {
    const char *value, *text;
} values[] = {
    {"nil", "unknown"},
    {"{}", "unknown"},
    {"true", "unknown"},
    {"print", "unknown"},
    {"42", "42"},
    {"3.0", "3.0"},
    {"-1.5", "-1.5"},
    {"1e300", "1e+300"},
    {"-1/0", "-inf"},
    {"math.mininteger", "-9223372036854775808"},
    {"'text'", "text"},
    {"''", ""},
    {"'a\\nb'", "a\nb"},
    {"'a\\0b'", "a"},
    {"setmetatable({}, {__tostring = function() error('no') end})", "unknown"},
    {"coroutine.create(print)", "unknown"},
};

static void error_values_of_any_type_are_told(void)
{
    kl_vm *vm = open_vm(&unlimited);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char code[200];
        kl_error err;
        snprintf(code, sizeof code, "error(%s, 0)", values[i].value);
        CHECK_INT(run(vm, code, &err), KL_ERUN);
        CHECK_STR(err.text, values[i].text);
    }
    vm_free(vm);
}

static void text_longer_than_its_place_is_cut(void)
{
    kl_vm *vm = open_vm(&unlimited);
    kl_error err;
    CHECK_INT(run(vm, "error(('x'):rep(5000), 0)", &err), KL_ERUN);
    CHECK_INT(strlen(err.text), sizeof err.text - 1);
    vm_free(vm);
}

static void nobody_needs_to_want_the_error(void)
{
    kl_vm *vm = open_vm(&unlimited);
    CHECK_INT(run(vm, "error('x')", NULL), KL_ERUN);
    CHECK_INT(run(vm, "x x", NULL), KL_ESYNTAX);
    CHECK_INT(call(vm, "none", NULL), KL_ENOENT);
    CHECK_INT(vm_run_file(vm, SPAN("no/such/file"), NULL), KL_EIO);
    vm_free(vm);
}

/* ---- chunks */

static void results_stay_for_who_keeps_them(void)
{
    kl_vm *vm = open_vm(&unlimited);
    kl_error err;
    int results = 0;
    REQUIRE_INT(vm_run_string(vm, SPAN("return 1, 'two', nil"), "=test", true, &results, &err), KL_OK);
    CHECK_INT(results, 3);
    CHECK_INT(lua_tointeger(vm->L, -3), 1);
    CHECK_STR(lua_tostring(vm->L, -2), "two");
    CHECK(lua_isnil(vm->L, -1));
    vm_pop(vm, results);
    CHECK_INT(lua_gettop(vm->L), 0);
    REQUIRE_INT(vm_run_string(vm, SPAN("return table.unpack({}, 1, 100000)"), "=test", true, &results, &err), KL_OK);
    CHECK_INT(results, 100000);
    vm_pop(vm, results);
    CHECK_INT(vm_run_string(vm, SPAN_NULL, "=test", true, &results, &err), KL_OK);
    CHECK_INT(results, 0);
    vm_free(vm);
}

static const struct {
    const char *name, *code, *where;
    int line;
} broken[] = {
    {"@a.lua", "x = = 1", "a.lua", 1},
    {"@a.lua", "\n\n\nfunction (", "a.lua", 4},
    {"@odd:7: name:12.lua", "\nend", "odd:7: name:12.lua", 2},
    {"=eval", "'", "eval", 1},
    {"=eval:3:", "\n]", "eval:3:", 2},
    {"return 1 +", "return 1 +", "return 1 +", 1},
    {"@/a/very/long/path/that/lua/shortens/in/its/messages/and/that/has/to/be/known/whole/routing.lua", "\nif",
     "/a/very/long/path/that/lua/shortens/in/its/messages/and/that/has/to/be/known/whole/routing.lua", 2},
    {"@b.luac", "\x1bLua broken", "b.luac", 0},
};

static void syntax_errors_name_file_and_line(void)
{
    kl_vm *vm = open_vm(&unlimited);
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        kl_error err;
        CHECK_INT(vm_run_string(vm, span_text(broken[i].code), broken[i].name, false, NULL, &err), KL_ESYNTAX);
        CHECK_STR(err.where, broken[i].where);
        CHECK_INT(err.line, broken[i].line);
        CHECK_INT(err.status, KL_ESYNTAX);
        CHECK(err.text[0] != '\0');
        CHECK_INT(err.traceback.n, 0);
    }
    vm_free(vm);
}

static void missing_file_is_told_with_the_reason(void)
{
    kl_vm *vm = open_vm(&unlimited);
    kl_error err;
    CHECK_INT(vm_run_file(vm, SPAN("no/such/routing.lua"), &err), KL_EIO);
    CHECK_STR(err.text, "cannot open no/such/routing.lua: No such file or directory");
    CHECK_STR(err.where, "no/such/routing.lua");
    CHECK_INT(vm_run_file(vm, SPAN("."), &err), KL_EIO);
    vm_free(vm);
}

/* ---- errors of Python exports */

static int raise_python(lua_State *L)
{
    kl_span text = SPAN("ValueError: no such user");
    if (lua_isstring(L, 1)) text.s = lua_tolstring(L, 1, &text.n);
    vm_raise_python(L, text, luaL_optinteger(L, 2, 77));
}

static void add_python(lua_State *L, void *arg)
{
    (void)arg;
    lua_register(L, "python", raise_python);
}

static kl_vm *open_with_python(const vm_config *config)
{
    kl_error err;
    alarm(120);
    return vm_new(config, add_python, NULL, &err);
}

static void uncaught_python_error_brings_its_token_back(void)
{
    kl_vm *vm = open_with_python(&unlimited);
    kl_error err;
    CHECK_INT(run(vm, "\npython()", &err), KL_EPYTHON);
    CHECK_STR(err.text, "ValueError: no such user");
    CHECK_INT(err.token, 77);
    CHECK_INT(err.line, 2);
    CHECK_INT(run(vm, "local ok, e = pcall(python, 'x', 5) error(e)", &err), KL_EPYTHON);
    CHECK_INT(err.token, 5);
    CHECK_INT(run(vm, "coroutine.wrap(function() python('in a coroutine', 6) end)()", &err), KL_EPYTHON);
    CHECK_INT(err.token, 6);
    CHECK_STR(err.text, "in a coroutine");
    vm_free(vm);
}

static void caught_python_error_reads_as_text(void)
{
    kl_vm *vm = open_with_python(&unlimited);
    kl_error err;
    run(vm, "ok, e = pcall(python)", &err);
    CHECK_STR(eval(vm, "return tostring(e)"), "ValueError: no such user");
    CHECK_STR(eval(vm, "return 'failed: ' .. e .. '!'"), "failed: ValueError: no such user!");
    CHECK_STR(eval(vm, "return e .. 1"), "ValueError: no such user1");
    CHECK_STR(eval(vm, "return e .. e"), "ValueError: no such userValueError: no such user");
    CHECK_STR(eval(vm, "return type(e)"), "userdata");
    CHECK_STR(eval(vm, "return getmetatable(e)"), "false");
    CHECK_STR(eval(vm, "return select(2, pcall(string.rep, e))"),
              "bad argument #1 to 'string.rep' (string expected, got PythonError)");
    CHECK_STR(eval(vm, "return (select(2, pcall(function() return e .. {} end)))"),
              "test:1: attempt to concatenate a table value");
    CHECK_INT(run(vm, "error(tostring(e), 0)", &err), KL_ERUN);
    CHECK_STR(err.text, "ValueError: no such user");
    vm_free(vm);
}

static void python_error_is_told_from_other_userdata(void)
{
    kl_vm *vm = open_with_python(&unlimited);
    kl_error err;
    int results;
    kl_span text;
    int64_t token;
    REQUIRE_INT(vm_run_string(vm, SPAN("return io.stdout, {}, 'x', select(2, pcall(python, 'a\\0b', 9))"), "=test",
                              true, &results, &err),
                KL_OK);
    CHECK(!vm_python_error(vm->L, -4, &text, &token));
    CHECK(!vm_python_error(vm->L, -3, &text, &token));
    CHECK(!vm_python_error(vm->L, -2, &text, &token));
    REQUIRE(vm_python_error(vm->L, -1, &text, &token));
    CHECK_SPAN(text, "a\0b");
    CHECK_INT(token, 9);
    vm_pop(vm, results);
    vm_free(vm);
}

static void python_error_survives_short_memory(void)
{
    kl_vm *vm = open_with_python(&unlimited);
    kl_error err;
    run(vm, "function f() python(text, 31) end text = ('x'):rep(100000)", &err);
    mem_fail_after(1, 1);
    kl_status status = call(vm, "f", &err);
    mem_fail_after(0, 0);
    CHECK_INT(status, KL_EPYTHON);
    CHECK_INT(err.token, 31);
    CHECK_INT(strlen(err.text), 511);
    vm_free(vm);
}

/* ---- nesting, positions */

static int nested_call(lua_State *L)
{
    kl_error err;
    kl_span name;
    name.s = luaL_checklstring(L, 1, &name.n);
    kl_status status = vm_call(vm_of(L), name, NULL, 0, &err);
    lua_pushstring(L, status == KL_OK ? "ok" : err.text);
    lua_pushinteger(L, status);
    return 2;
}

static int position(lua_State *L)
{
    char place[64];
    int line;
    const char *function;
    vm_position(L, place, sizeof place, &line, &function);
    lua_pushfstring(L, "%s %d %s %d", place, line, function ? function : "none", vm_call_depth(L));
    return 1;
}

static void add_nested(lua_State *L, void *arg)
{
    (void)arg;
    lua_register(L, "run", nested_call);
    lua_register(L, "position", position);
}

static kl_vm *open_nested(const vm_config *config)
{
    kl_error err;
    alarm(120);
    return vm_new(config, add_nested, NULL, &err);
}

static void nested_runs_end_by_themselves(void)
{
    kl_vm *vm = open_nested(&limited);
    kl_error err;
    run(vm, "function exits() error('~~ksr~exit~~', 0) end function fails() error('inner', 0) end", &err);
    CHECK_STR(eval(vm, "local a, b = run('exits') return a .. b"), "ok0");
    CHECK_STR(eval(vm, "local a, b = run('fails') return a .. b"), "inner-13");
    CHECK_STR(eval(vm, "return coroutine.wrap(function() coroutine.yield() return (run('fails')) end)() or 'yielded'"),
              "yielded");
    CHECK_STR(eval(vm, "local f = coroutine.wrap(function() return (run('fails')) end) return f()"), "inner");
    CHECK_INT(run(vm, "run('fails')\nerror('outer')", &err), KL_ERUN);
    CHECK_STR(err.text, "test:2: outer");
    CHECK_INT(err.line, 2);
    CHECK_INT(vm->depth, 0);
    vm_free(vm);
}

static void endless_nesting_ends(void)
{
    kl_vm *vm = open_nested(&limited);
    kl_error err;
    run(vm,
        "deepest = 0 level = 0 function f() level = level + 1 deepest = math.max(deepest, level) run('f') level = "
        "level - 1 end "
        "function g() level = level + 1 deepest = math.max(deepest, level) coroutine.wrap(function() run('g') end)() "
        "level = level - 1 end",
        &err);
    CHECK_INT(call(vm, "f", &err), KL_OK);
    CHECK(atoi(eval(vm, "return deepest")) > 10);
    CHECK_STR(eval(vm, "return level"), "0");
    eval(vm, "deepest = 0");
    CHECK_INT(call(vm, "g", &err), KL_OK);
    CHECK(atoi(eval(vm, "return deepest")) > 10);
    CHECK_STR(eval(vm, "return 1 + 1"), "2");
    vm_free(vm);
}

static void position_is_that_of_the_innermost_lua_function(void)
{
    kl_vm *vm = open_nested(&unlimited);
    char place[8];
    CHECK_STR(eval(vm, "return position()"), "test:1 1 none 1");
    CHECK_STR(eval(vm, "local function inner()\n local p = position()\n return p end return (inner())"),
              "test:2 2 inner 2");
    CHECK_STR(eval(vm, "local function inner()\n return select(1, position()) end return (coroutine.wrap(inner)())"),
              "test:2 2 none 1");
    CHECK_INT(vm_position(vm->L, place, sizeof place, NULL, NULL), 0);
    CHECK_STR(place, "");
    vm_free(vm);
}

static int short_position(lua_State *L)
{
    char place[8];
    size_t n = vm_position(L, place, sizeof place, NULL, NULL);
    lua_pushlstring(L, place, n);
    return 1;
}

static void add_short(lua_State *L, void *arg)
{
    (void)arg;
    lua_register(L, "short", short_position);
}

static void position_is_cut_to_its_place(void)
{
    kl_error err;
    kl_vm *vm = vm_new(&unlimited, add_short, NULL, &err);
    CHECK_STR(eval(vm, "\n\n\n\n\n\n\n\n\n\n\nreturn (load('\\n\\n\\nlocal p = short() return p', '=chunkname')())"),
              "chunkna");
    vm_free(vm);
}

/* ---- setup and protection */

static void fail(lua_State *L, void *arg) { luaL_error(L, "%s", (const char *)arg); }

static void failing_setup_gives_no_state(void)
{
    kl_error err;
    char text[] = "cannot set up";
    CHECK(vm_new(&unlimited, fail, text, &err) == NULL);
    CHECK_INT(err.status, KL_ERUN);
    CHECK_STR(err.text, "cannot set up");
    CHECK_INT(err.traceback.n, 0);
}

static void protected_functions_may_raise(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    char text[] = "sorry";
    CHECK_INT(vm_protect(vm, fail, text, &err), KL_ERUN);
    CHECK_STR(err.text, "sorry");
    CHECK_INT(vm_protect(vm, add_nested, NULL, &err), KL_OK);
    CHECK_STR(eval(vm, "return type(run)"), "function");
    vm_free(vm);
}

static void freeing_nothing_is_good(void)
{
    vm_free(NULL);
    CHECK_INT(mem_live(), 0);
}

CHECK_MAIN(CHECK_TEST(arguments_are_strings_and_results_are_dropped), CHECK_TEST(function_is_looked_up_at_each_call),
           CHECK_TEST(missing_function_is_told_apart),
           CHECK_TEST(strict_globals_do_not_turn_a_missing_callback_into_an_error),
           CHECK_TEST(exit_is_a_good_end_of_named_functions_alone), CHECK_TEST(error_names_file_line_and_traceback),
           CHECK_TEST(error_in_c_names_the_line_that_called), CHECK_TEST(path_of_an_error_keeps_its_end),
           CHECK_TEST(long_tracebacks_skip_their_middle), CHECK_TEST(error_values_of_any_type_are_told),
           CHECK_TEST(text_longer_than_its_place_is_cut), CHECK_TEST(nobody_needs_to_want_the_error),
           CHECK_TEST(results_stay_for_who_keeps_them), CHECK_TEST(syntax_errors_name_file_and_line),
           CHECK_TEST(missing_file_is_told_with_the_reason), CHECK_TEST(uncaught_python_error_brings_its_token_back),
           CHECK_TEST(caught_python_error_reads_as_text), CHECK_TEST(python_error_is_told_from_other_userdata),
           CHECK_TEST(python_error_survives_short_memory), CHECK_TEST(nested_runs_end_by_themselves),
           CHECK_TEST(endless_nesting_ends), CHECK_TEST(position_is_that_of_the_innermost_lua_function),
           CHECK_TEST(position_is_cut_to_its_place), CHECK_TEST(failing_setup_gives_no_state),
           CHECK_TEST(protected_functions_may_raise), CHECK_TEST(freeing_nothing_is_good))
