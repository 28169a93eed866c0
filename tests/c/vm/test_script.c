/* Loading scripts, and reloads that are all or nothing. */
#include "vm_test.h"

static vm_script script(const char *path, const char *text)
{
    return (vm_script){.path = span_text(path), .text = text ? span_text(text) : SPAN_NULL};
}

static kl_status load(kl_vm *vm, const char *text, kl_error *err)
{
    vm_script one = script("/etc/routing.lua", text);
    return vm_script_load(vm, &one, err);
}

static kl_status reload(kl_vm *vm, const char *text, kl_error *err)
{
    vm_script one = script("/etc/routing.lua", text);
    const vm_script *all[] = {&one};
    return vm_script_reload(vm, all, 1, err);
}

/* A file of the test's own. */
static const char *write_file(char *path, const char *data, size_t size)
{
    strcpy(path, "/tmp/kemilua_test_script_XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) != 0) exit(2);
    return path;
}

static void load_runs_the_script_at_top_level(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    CHECK_INT(load(vm, "function ksr_request_route() count = (count or 0) + 1 end loaded = true return 1, 2", &err),
              KL_OK);
    CHECK_INT(lua_gettop(vm->L), 0);
    CHECK_INT(call(vm, "ksr_request_route", &err), KL_OK);
    CHECK_STR(eval(vm, "return tostring(loaded) .. count"), "true1");
    CHECK_STR(eval(vm, "return debug.getinfo(ksr_request_route, 'S').source"), "@/etc/routing.lua");
    vm_free(vm);
}

static void load_reads_files(void)
{
    char path[64], code[256];
    kl_error err;
    kl_vm *vm = open_vm(&limited);
    static const char text[] = "\xEF\xBB\xBF#!/usr/bin/lua\nfunction f() error('x') end";
    vm_script one = script(write_file(path, text, sizeof text - 1), NULL);
    CHECK_INT(vm_script_load(vm, &one, &err), KL_OK);
    CHECK_INT(call(vm, "f", &err), KL_ERUN);
    CHECK_STR(err.where, path);
    CHECK_INT(err.line, 2);
    CHECK_INT(vm_run_file(vm, span_text(path), &err), KL_OK);
    snprintf(code, sizeof code, "io.open('%s', 'wb'):write(string.dump(function() bytecode = true end)):close()", path);
    CHECK_INT(run(vm, code, &err), KL_OK);
    CHECK_INT(vm_script_load(vm, &one, &err), KL_OK);
    CHECK_STR(eval(vm, "return bytecode"), "true");
    vm_free(vm);
    unlink(path);
    vm = open_vm(&limited);
    CHECK_INT(vm_script_load(vm, &one, &err), KL_EIO);
    CHECK_STR(err.where, path);
    CHECK(strstr(err.text, "No such file") != NULL);
    vm_free(vm);
}

static void text_in_place_of_a_file_is_read_like_one(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    CHECK_INT(load(vm, "#!/usr/bin/lua\nline = debug.getinfo(1).currentline", &err), KL_OK);
    CHECK_STR(eval(vm, "return line"), "2");
    CHECK_INT(load(vm, "\xEF\xBB\xBFmarked = 1", &err), KL_OK);
    CHECK_INT(load(vm, "# only this", &err), KL_OK);
    CHECK_INT(load(vm, "", &err), KL_OK);
    vm_free(vm);
}

static void failing_script_names_file_and_line(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    CHECK_INT(load(vm, "\n\nx = = 1", &err), KL_ESYNTAX);
    CHECK_STR(err.where, "/etc/routing.lua");
    CHECK_INT(err.line, 3);
    CHECK_STR(err.text, "/etc/routing.lua:3: unexpected symbol near '='");
    CHECK_INT(load(vm, "\nlocal x = nil + 1", &err), KL_ERUN);
    CHECK_STR(err.where, "/etc/routing.lua");
    CHECK_INT(err.line, 2);
    CHECK_INT(load(vm, "error('~~ksr~exit~~', 0)", &err), KL_ERUN);
    CHECK_INT(load(vm, "while true do end", &err), KL_EBUDGET);
    CHECK_INT(load(vm, "x = ('x'):rep(1e9)", &err), KL_EMEMORY);
    vm_free(vm);
}

/* ---- reload */

static void reload_runs_in_the_existing_state(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    load(vm, "function f() return 'old' end function gone() end counter = 7", &err);
    CHECK_INT(reload(vm, "function f() return 'new' .. counter end", &err), KL_OK);
    CHECK_STR(eval(vm, "return f() .. type(gone)"), "new7function");
    vm_free(vm);
}

static const char *const failures[] = {
    "function f() return 'new' end x = = 1",
    "function f() return 'new' end error('fails')",
    "function f() return 'new' end error(nil)",
    "function f() return 'new' end error('~~ksr~exit~~', 0)",
    "function f() return 'new' end while true do end",
    "function f() return 'new' end local t = {} while true do t[#t + 1] = {{}, {}} end",
    "f = nil removed = nil added = 1 for i = 1, 500 do _G['added' .. i] = i end error('fails')",
    "for k in pairs(_G) do _G[k] = nil end error('fails')",
    "local keep = error for k in pairs(_G) do _G[k] = nil end for i = 1, 100 do new = {i, new} end keep('fails')",
    "KSR.pv.get = nil KSR.x = nil KSR.added = {} KSR = {} f = nil error('fails')",
    "setmetatable(_G, {__index = function() error('strict') end, __newindex = function() end}) rawset(_G, 'f', nil) "
    "error('fails')",
    "package.loaded.mine = nil package.loaded.other = {} package.path = 'x' string.rep = nil string.trim = print f = "
    "nil error('fails')",
    "require('mine').value = 2 require('mine').added = 3 f = nil error('fails')",
    "setmetatable(require('mine'), {}) f = nil error('fails')",
    "local mt = {__gc = function() f = 'from gc' end} setmetatable(_G, mt) error('fails')",
};

static const char before[] =
    "KSR = {pv = {get = function() return 'pv' end}, x = {}, info = print} removed = 'r' package.loaded.mine = {value "
    "= 1} "
    "function f() return KSR.pv.get() .. type(KSR.x) .. tostring(KSR.added) .. removed .. tostring(added) .. "
    "tostring(added500) .. "
    "require('mine').value .. tostring(require('mine').added) .. tostring(package.loaded.other) .. "
    "tostring(string.trim) .. ('x'):rep(2) .. "
    "tostring(getmetatable(_G)) .. tostring(getmetatable(require('mine'))) .. type(pairs) .. type(string) end "
    "function names() local n = 0 for k in pairs(_G) do n = n + 1 end return n end";

static void failed_reload_leaves_the_old_scripts_serving(void)
{
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        char served[200], names[20];
        kl_error err;
        kl_vm *vm = open_vm(&limited);
        CHECK_INT(load(vm, before, &err), KL_OK);
        snprintf(served, sizeof served, "%s", eval(vm, "return f()"));
        snprintf(names, sizeof names, "%s", eval(vm, "return names()"));
        kl_status status = reload(vm, failures[i], &err);
        CHECK(status == KL_ESYNTAX || status == KL_ERUN || status == KL_EBUDGET || status == KL_EMEMORY);
        CHECK_INT(err.status, status);
        CHECK(err.text[0] != '\0');
        if (!check_str(eval(vm, "return f()"), served, failures[i], __FILE__, __LINE__))
            printf("    after %s\n", failures[i]);
        CHECK_STR(eval(vm, "return names()"), names);
        CHECK_INT(lua_gettop(vm->L), 0);
        CHECK_INT(reload(vm, "function f() return 'at last' end", &err), KL_OK);
        CHECK_STR(eval(vm, "return f()"), "at last");
        vm_free(vm);
    }
}

static void failed_reload_tells_where_and_how(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    load(vm, before, &err);
    CHECK_INT(reload(vm, "local function deep()\n error('broken')\nend\ndeep()", &err), KL_ERUN);
    CHECK_STR(err.text, "/etc/routing.lua:2: broken");
    CHECK_STR(err.where, "/etc/routing.lua");
    CHECK_INT(err.line, 2);
    CHECK(span_search(err.traceback, SPAN("/etc/routing.lua:4: in main chunk")) != NULL);
    vm_free(vm);
}

static void all_are_compiled_before_the_first_runs(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    vm_script good = script("good.lua", "ran = (ran or '') .. 'good '"),
              last = script("last.lua", "ran = ran .. 'last'"), bad = script("bad.lua", "\nx = = 1");
    const vm_script *failing[] = {&good, &bad}, *working[] = {&good, &last};
    CHECK_INT(vm_script_reload(vm, failing, 2, &err), KL_ESYNTAX);
    CHECK_STR(err.where, "bad.lua");
    CHECK_INT(err.line, 2);
    CHECK_STR(eval(vm, "return tostring(ran)"), "nil");
    CHECK_INT(vm_script_reload(vm, working, 2, &err), KL_OK);
    CHECK_STR(eval(vm, "return ran"), "good last");
    vm_script absent = script("no/such.lua", NULL);
    const vm_script *missing[] = {&good, &absent};
    CHECK_INT(vm_script_reload(vm, missing, 2, &err), KL_EIO);
    CHECK_STR(eval(vm, "return ran"), "good last");
    CHECK_INT(vm_script_reload(vm, NULL, 0, &err), KL_OK);
    vm_free(vm);
}

static void second_script_failing_undoes_the_first(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    load(vm, "function f() return 'old' end", &err);
    vm_script first = script("a.lua", "function f() return 'new' end function g() end"),
              second = script("b.lua", "error('b fails')");
    const vm_script *both[] = {&first, &second};
    CHECK_INT(vm_script_reload(vm, both, 2, &err), KL_ERUN);
    CHECK_STR(err.where, "b.lua");
    CHECK_STR(eval(vm, "return f() .. type(g)"), "oldnil");
    vm_free(vm);
}

static void reloads_leave_nothing_behind(void)
{
    kl_vm *vm = open_vm(&limited);
    kl_error err;
    load(vm, before, &err);
    for (int i = 0; i < 5; i++) reload(vm, before, &err), reload(vm, failures[1], &err);
    lua_gc(vm->L, LUA_GCCOLLECT);
    size_t size = vm_memory(vm);
    for (int i = 0; i < 50; i++) reload(vm, before, &err), reload(vm, failures[1], &err);
    lua_gc(vm->L, LUA_GCCOLLECT);
    CHECK(vm_memory(vm) <= size + 512);
    vm_free(vm);
    CHECK_INT(mem_live(), 0);
}

/* Memory may run out anywhere in a reload: it took place, or it did not. */
static void reload_is_all_or_nothing_without_memory(void)
{
    for (int sticky = 0; sticky < 2; sticky++) {
        bool done = false;
        long n = 0;
        while (!done && n < 10000) {
            kl_error err;
            kl_vm *vm = open_vm(&limited);
            CHECK_INT(load(vm, before, &err), KL_OK);
            mem_fail_after(++n, sticky);
            kl_status status = reload(vm,
                                      "local a = {} function f() return 'new' end for i = 1, 40 do a[i] = {i} end "
                                      "KSR.x = nil string.trim = print last = a",
                                      &err);
            mem_fail_after(0, 0);
            CHECK_INT(lua_gettop(vm->L), 0);
            const char *served = eval(vm, "return f() .. type(last)");
            if (status == KL_OK) CHECK_STR(served, "newtable");
            else CHECK_STR(served, "pvtablenilrnilnil1nilnilnilxxnilnilfunctiontablenil");
            if (!sticky) done = status == KL_OK && n > 50;
            else done = status == KL_OK;
            vm_free(vm);
            CHECK_INT(mem_live(), 0);
        }
        CHECK(done);
    }
}

CHECK_MAIN(CHECK_TEST(load_runs_the_script_at_top_level), CHECK_TEST(load_reads_files),
           CHECK_TEST(text_in_place_of_a_file_is_read_like_one), CHECK_TEST(failing_script_names_file_and_line),
           CHECK_TEST(reload_runs_in_the_existing_state), CHECK_TEST(failed_reload_leaves_the_old_scripts_serving),
           CHECK_TEST(failed_reload_tells_where_and_how), CHECK_TEST(all_are_compiled_before_the_first_runs),
           CHECK_TEST(second_script_failing_undoes_the_first), CHECK_TEST(reloads_leave_nothing_behind),
           CHECK_TEST(reload_is_all_or_nothing_without_memory))
