/* What the two library sets hold, and that wrapped functions answer as Lua's own do. */
#include "vm_test.h"

static const struct {
    const char *code, *full, *safe;
} differences[] = {
    {"return type(io)", "table", "nil"},
    {"return type(debug)", "table", "nil"},
    {"return type(os.execute)", "function", "nil"},
    {"return type(os.remove)", "function", "nil"},
    {"return type(os.rename)", "function", "nil"},
    {"return type(os.tmpname)", "function", "nil"},
    {"return type(os.getenv)", "function", "nil"},
    {"return type(os.setlocale)", "function", "nil"},
    {"return type(os.time()) .. type(os.clock()) .. type(os.date())", "numbernumberstring", "numbernumberstring"},
    {"return type(package.loadlib)", "function", "nil"},
    {"return #package.searchers", "4", "1"},
    {"return type(dofile) .. type(loadfile) .. type(package.searchpath)", "functionfunctionfunction", "nilnilnil"},
    {"return package.path == ''", "false", "true"},
    {"return package.cpath == ''", "false", "true"},
    {"return KSRVERSION", "2.0", "2.0"},
    {"return _VERSION", "Lua 5.4", "Lua 5.4"},
    {"return select(2, pcall(os.exit))", "os.exit is not available: ending the process is up to the host",
     "os.exit is not available: ending the process is up to the host"},
    {"return select(2, pcall(os.exit, true, true))", "os.exit is not available: ending the process is up to the host",
     "os.exit is not available: ending the process is up to the host"},
    {"return (load(string.dump(function() return 7 end)) or function() return 'no' end)()", "7", "no"},
    {"return select(2, load(string.dump(function() end), 'x', 'b')) or 'loaded'", "loaded",
     "attempt to load bytecode: this library set loads text only"},
    {"return select(2, load(string.dump(function() end), '=x', 'bt')) or 'loaded'", "loaded",
     "attempt to load a binary chunk (mode is 't')"},
    {"return load('return x', 'name', 't', {x = 5})()", "5", "5"},
    {"return load('return 1 + 1')()", "2", "2"},
    {"local parts = {'return', ' 40', ' + 2'} local i = 0 return load(function() i = i + 1 return parts[i] end)()",
     "42", "42"},
    {"return select(2, load('x = = 1', '=chunk'))", "chunk:1: unexpected symbol near '='",
     "chunk:1: unexpected symbol near '='"},
    {"return tostring(pcall(load, nil))", "false", "false"},
    {"return math.type(math.random(10)) .. utf8.char(228) .. #table.pack(1, 2)",
     "integer\xc3\xa4"
     "2",
     "integer\xc3\xa4"
     "2"},
    {"return type(require('string'))", "table", "table"},
    {"return tostring((pcall(require, 'no.such.module')))", "false", "false"},
    {"return coroutine.wrap(function(a) return a + coroutine.yield(a) end)(3)", "3", "3"},
    {"warn('@on') warn('nothing is printed') return 1", "1", "1"},
};

static void sets_differ_where_they_should(void)
{
    kl_vm *full = open_vm(&limited), *safe = open_vm(&limited_safe);
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        CHECK_STR(eval(full, differences[i].code), differences[i].full);
        CHECK_STR(eval(safe, differences[i].code), differences[i].safe);
    }
    vm_free(full);
    vm_free(safe);
}

static void safe_takes_no_bytecode_by_any_way(void)
{
    char path[] = "/tmp/kemilua_test_libs_XXXXXX";
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    kl_vm *full = open_vm(&limited), *safe = open_vm(&limited_safe);
    kl_error err;
    char code[300];
    snprintf(code, sizeof code,
             "local f = io.open('%s', 'wb') f:write(string.dump(function() done = true return {} end)) f:close()",
             path);
    CHECK_INT(run(full, code, &err), KL_OK);
    CHECK_INT(vm_run_file(full, span_text(path), &err), KL_OK);
    CHECK_INT(vm_run_file(safe, span_text(path), &err), KL_ESYNTAX);
    snprintf(code, sizeof code, "package.path = '%s' return tostring(pcall(require, 'anything')) .. tostring(done)",
             path);
    CHECK_STR(eval(safe, code), "falsenil");
    CHECK_STR(eval(safe, "return tostring(select(2, pcall(require, 'anything')))"),
              "module 'anything' not found:\n\tno field package.preload['anything']");
    vm_free(full);
    vm_free(safe);
    close(fd);
    unlink(path);
}

static const char *path_with(const vm_config *base, kl_span environment, const char *field)
{
    static char path[2048];
    char code[100];
    vm_config config = *base;
    config.environment = environment;
    kl_vm *vm = open_vm(&config);
    snprintf(code, sizeof code, "return package.%s", field);
    snprintf(path, sizeof path, "%s", eval(vm, code));
    vm_free(vm);
    return path;
}

static void environment_says_where_modules_are(void)
{
    char own[2048];
    snprintf(own, sizeof own, "%s", path_with(&limited, SPAN_NULL, "path"));
    CHECK(strstr(own, "/usr/share/lua/5.4/?.lua;") && strstr(own, ";./?.lua"));
    CHECK_STR(path_with(&limited, SPAN("LUA_PATH=/from/the/environment/?.lua\0"), "path"),
              "/from/the/environment/?.lua");
    CHECK_STR(path_with(&limited, SPAN("LUA_PATH=/no\0LUA_PATH_5_4=/of/5.4\0"), "path"), "/of/5.4");
    CHECK_STR(path_with(&limited, SPAN("XLUA_PATH=/no\0LUA_CPATH=/c/?.so"), "cpath"), "/c/?.so");
    char expected[2200];
    snprintf(expected, sizeof expected, "/front;%s;/end", own);
    CHECK_STR(path_with(&limited, SPAN("LUA_PATH=/front;;/end\0"), "path"), expected);
    CHECK_STR(path_with(&limited, SPAN("LUA_PATH=;;\0"), "path"), own);
}

/* Another thread of the process may be writing it. */
static void environment_of_the_process_is_not_asked(void)
{
    setenv("LUA_PATH", "/from/the/process/?.lua", 1);
    setenv("LUA_CPATH", "/from/the/process/?.so", 1);
    CHECK(!strstr(path_with(&limited, SPAN_NULL, "path"), "process"));
    CHECK(!strstr(path_with(&limited, SPAN_NULL, "cpath"), "process"));
    CHECK(!strstr(path_with(&limited_safe, SPAN_NULL, "path"), "process"));
    unsetenv("LUA_PATH");
    unsetenv("LUA_CPATH");
}

/* ---- print */

static void keep_line(void *arg, kl_span line) { snprintf(arg, 100, "%.*s", (int)line.n, line.s); }

static void print_goes_where_the_host_wants_it(void)
{
    char line[100] = "";
    vm_config config = limited_safe;
    kl_error err;
    config.print = keep_line;
    config.print_arg = line;
    kl_vm *vm = open_vm(&config);
    CHECK_INT(
        run(vm, "print('a', nil, 1.5, true, setmetatable({}, {__tostring = function() return 'mine' end}))", &err),
        KL_OK);
    CHECK_STR(line, "a\tnil\t1.5\ttrue\tmine");
    CHECK_INT(run(vm, "print()", &err), KL_OK);
    CHECK_STR(line, "");
    vm_free(vm);
    vm = open_vm(&limited_safe);
    CHECK_INT(run(vm, "print('dropped')", &err), KL_OK);
    vm_free(vm);
}

static void seed_makes_random_repeat_itself(void)
{
    char first[100];
    const uint64_t seed[2] = {1, 0xFFFFFFFFFFFFFFFF};
    vm_config config = unlimited;
    config.seed = seed;
    const char *code = "return math.random(1 << 40) .. ' ' .. math.random(1 << 40)";
    kl_vm *vm = open_vm(&config);
    snprintf(first, sizeof first, "%s", eval(vm, code));
    vm_free(vm);
    vm = open_vm(&config);
    CHECK_STR(eval(vm, code), first);
    vm_free(vm);
}

/* ---- further libraries */

static int answer(lua_State *L)
{
    lua_pushinteger(L, 42);
    return 1;
}

static int open_extra(lua_State *L)
{
    static const luaL_Reg functions[] = {{"answer", answer}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}

static int open_broken(lua_State *L) { return luaL_error(L, "cannot open"); }

static void further_libraries_are_opened(void)
{
    const vm_openlib libraries[] = {{{"extra!", 5}, open_extra}, {SPAN("second"), open_extra}};
    vm_config config = limited_safe;
    config.openlibs = libraries;
    config.openlib_count = 2;
    kl_vm *vm = open_vm(&config);
    CHECK_STR(eval(vm, "return extra.answer() .. second.answer() .. require('extra').answer()"), "424242");
    vm_free(vm);
    const vm_openlib broken = {SPAN("broken"), open_broken};
    kl_error err;
    config.openlibs = &broken;
    config.openlib_count = 1;
    CHECK(vm_new(&config, NULL, NULL, &err) == NULL);
    CHECK_STR(err.text, "cannot open");
    CHECK_INT(mem_live(), 0);
}

/* ---- wrapped functions: each row gives the same with a budget and without */

static const char *const same[] = {
    "local t = {1, 2, 3} table.insert(t, 2, 'x') table.insert(t, 'y') return table.concat(t, ',')",
    "local t = {1, 2, 3} return table.remove(t, 1) .. table.remove(t) .. table.concat(t)",
    "return tostring(table.remove({})) .. tostring(table.remove({}, 0)) .. tostring(table.remove({1}, 2))",
    "return table.remove({1, 2}, nil)",
    "return tostring(select(2, pcall(table.insert, {1}, 5, 'x')))",
    "return tostring(select(2, pcall(table.insert, {1}, -1 << 60, 'x')))",
    "return tostring(select(2, pcall(table.insert, {1}, 1, 'x', 'y')))",
    "return tostring(select(2, pcall(table.remove, {1}, 7)))",
    "return tostring(select(2, pcall(table.insert, nil, 1, 2)))",
    "return table.concat({1, 2, 3}, ', ', 2, 3) .. table.concat({}) .. table.concat({'a', 'b'}, nil, 2) .. "
    "table.concat({1}, '', 5, 2)",
    "return tostring(select(2, pcall(table.concat, {1, {}, 3})))",
    "return tostring(select(2, pcall(table.concat, {}, '', 1, 1 << 50)))",
    "return tostring(select(2, pcall(table.concat, {1}, '', 1, math.maxinteger)))",
    "return tostring(select(2, pcall(table.concat, 5)))",
    "return tostring(select(2, pcall(table.concat, {}, {})))",
    "local p = setmetatable({}, {__len = function() return 3 end, __index = function(_, k) return k * 2 end}) return "
    "table.concat(p, ',') .. table.concat(p, '', 2) .. select('#', table.unpack(p))",
    "local log = {} local p = setmetatable({}, {__len = function() return 2 end, __index = log, __newindex = "
    "function(_, k, v) log[k] = v end}) "
    "table.insert(p, 1, 'a') table.insert(p, 'b') return log[1] .. log[3] .. tostring(rawlen(p))",
    "local n = 0 local p = setmetatable({}, {__len = function() n = n + 1 return 3 end}) pcall(table.remove, p, 1) "
    "return n",
    "return select('#', table.unpack({}, 1, 3)) .. table.unpack({1, 2}, 2) .. select('#', table.unpack({}, 5, 2))",
    "return tostring(select(2, pcall(table.unpack, {}, 1, 1e8)))",
    "return tostring(select(2, pcall(table.unpack, {}, math.mininteger, math.maxinteger)))",
    "return table.concat(table.move({1, 2, 3}, 2, 3, 1)) .. table.concat(table.move({1, 2, 3}, 1, 3, 3)) .. "
    "#table.move({1, 2}, 1, 0, 1)",
    "return tostring(select(2, pcall(table.move, {}, 1, math.maxinteger, 2)))",
    "return tostring(select(2, pcall(table.move, {}, -1, math.maxinteger, 2)))",
    "return tostring(select(2, pcall(table.move, {}, 'x', 1, 2)))",
    "local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return table.concat(t)",
    "return tostring(select(2, pcall(table.sort, setmetatable({}, {__len = function() return math.maxinteger end}))))",
    "return tostring(select(2, pcall(table.sort, {1, 'x'})))",
    "return tostring(select(2, pcall(table.sort, {3, 2, 1}, 5)))",
    "return ('ab'):rep(3, '-') .. ('x'):rep(0) .. ('x'):rep(-5) .. ('x'):rep(2.0) .. (''):rep(100) .. string.rep(5, 2)",
    "return tostring(select(2, pcall(string.rep, 'x', 1.5)))",
    "return tostring(select(2, pcall(string.rep, 'x', 1e15)))",
    "return tostring(select(2, pcall(string.rep, {}, 1)))",
    "return tostring(select(2, pcall(string.rep, 'x', 2, {})))",
    "return select('#', ('abc'):byte(1, -1)) .. ('abc'):byte(-1)",
    "return utf8.len('\\u{e4}x') .. utf8.codepoint('\\u{e4}') .. utf8.offset('\\u{e4}x', 2)",
    "return tonumber('0x10') .. tonumber('z', 36) .. tostring(tonumber('')) .. tostring(tonumber({}))",
    "return string.unpack('<i4', string.pack('<i4', 77)) .. string.packsize('i4i4')",
    "return collectgarbage('count') > 0 and collectgarbage('step') ~= nil and collectgarbage() == 0",
    "return tostring(select(2, pcall(collectgarbage, 'nothing')))",
    "return tostring(select(2, pcall(coroutine.create, 5))) .. tostring(select(2, pcall(coroutine.wrap)))",
    "return type(coroutine.create(print)) .. coroutine.wrap(function(...) return select('#', ...) end)(1, nil)",
    "return tostring(select(2, pcall(string.find, 'x', '['))) .. tostring(select(2, pcall(string.match, nil, 'x')))",
    "return tostring(package.searchpath('no.such', './?.lua'))",
};

static void wrapped_functions_answer_as_before(void)
{
    kl_vm *wrapped = open_vm(&limited), *plain = open_vm(&unlimited);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        char expected[2048];
        snprintf(expected, sizeof expected, "%s", eval(plain, same[i]));
        CHECK(expected[0] != '\0');
        CHECK_STR(eval(wrapped, same[i]), expected);
    }
    vm_free(wrapped);
    vm_free(plain);
}

CHECK_MAIN(CHECK_TEST(sets_differ_where_they_should), CHECK_TEST(safe_takes_no_bytecode_by_any_way),
           CHECK_TEST(environment_says_where_modules_are), CHECK_TEST(environment_of_the_process_is_not_asked),
           CHECK_TEST(print_goes_where_the_host_wants_it), CHECK_TEST(seed_makes_random_repeat_itself),
           CHECK_TEST(further_libraries_are_opened), CHECK_TEST(wrapped_functions_answer_as_before))
