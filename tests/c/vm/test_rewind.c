/* A state back to its mark: all that a script can see is as it was, and a run afterwards does the same again. */
#include "vm_test.h"

#include <stdlib.h>

/* A world with a bit of everything, and what tells of all of it, addresses and the collector's count too. */
static const char setting[] =
    "counter, words, weak = 0, {}, setmetatable({}, {__mode = 'k'}) "
    "for i = 1, 300 do words[i] = 'word ' .. i words['k' .. i] = {i, {i}} end "
    "weak[words.k7] = true "
    "co = coroutine.wrap(function() local n = 0 while true do n = n + 1 coroutine.yield(n) end end) co() "
    "function adder() local sum = 0 return function(n) sum = sum + n return sum end end add = adder() add(3) "
    "closed = 0 kept = setmetatable({}, {__gc = function() closed = closed + 1 end}) "
    "function work() "
    "  counter = counter + co() + add(1) words[#words + 1] = ('long'):rep(counter % 50 + 20) .. counter "
    "  words['k' .. counter % 300] = nil another = {words, kept} kept = nil "
    "  for i = 1, 200 do local t = {i, tostring(i)} setmetatable(t, {__gc = function() closed = closed + 1 end}) end "
    "  return counter .. ' ' .. math.random(1000000) .. ' ' .. tostring({}) "
    "end "
    "function seen() "
    "  local all = {counter, closed, #words, tostring(words), tostring(words.k7), tostring(kept), tostring(another), "
    "    collectgarbage('count')} "
    "  for i, word in ipairs(words) do all[#all + 1] = word end "
    "  for i = 1, 300 do local t = words['k' .. i] all[#all + 1] = t and t[1] + t[2][1] or 'none' end "
    "  for name in pairs(_G) do all[#all + 1] = name end "
    "  local sum = 0 for i, v in ipairs(all) do for k, c in utf8.codes(tostring(v)) do sum = (sum * 31 + c) % 2^40 end "
    "end "
    "  return ('%d %d %s'):format(#all, sum, tostring(kept)) "
    "end";

static kl_vm *set_up_vm(void)
{
    kl_error err;
    vm_config config = limited;
    static const uint64_t seed[2] = {1, 2};
    config.seed = seed;
    kl_vm *vm = open_vm(&config);
    CHECK_INT(run(vm, setting, &err), KL_OK);
    return vm;
}

static void mark(kl_vm *vm)
{
    kl_error err;
    if (!check_int(vm_mark(vm, &err), KL_OK, "mark", __FILE__, __LINE__)) printf("    %s\n", err.text);
}

static void rewind_to_mark(kl_vm *vm)
{
    kl_error err;
    if (!check_int(vm_rewind(vm, &err), KL_OK, "rewind", __FILE__, __LINE__)) printf("    %s\n", err.text);
}

/* Asking changes the state as well, so each of them begins with a rewind. */
static void all_that_is_seen_is_as_it_was(void)
{
    char first[2048], then[2048];
    kl_vm *vm = set_up_vm();
    mark(vm);
    const size_t memory = vm_memory(vm), baseline = vm->baseline;
    snprintf(first, sizeof first, "%s", eval(vm, "return seen()"));
    for (int round = 0; round < 30; round++) {
        rewind_to_mark(vm);
        CHECK_INT(vm_memory(vm), memory);
        CHECK_INT(vm->baseline, baseline);
        for (int i = 0; i < round; i++) eval(vm, "return work()");
        if (round % 3 == 1) eval(vm, "collectgarbage() collectgarbage()");
        if (round % 7 == 2) eval(vm, "_G.print = nil string.rep = nil KSR = {} collectgarbage('generational')");
        if (round % 7 == 3) eval(vm, "for name in pairs(_G) do if name ~= '_G' then _G[name] = nil end end");
        if (round % 7 == 4)
            eval(vm, "collectgarbage('stop') local t = {} for i = 1, 20000 do t[i] = {i} end words = t");
        rewind_to_mark(vm);
        snprintf(then, sizeof then, "%s", eval(vm, "return seen()"));
        CHECK_STR(then, first);
    }
    vm_free(vm);
    CHECK_INT(mem_live(), 0);
}

static void what_runs_after_a_rewind_runs_as_before(void)
{
    char texts[6][2048];
    kl_vm *vm = set_up_vm();
    mark(vm);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 6; i++) {
            const char *text = eval(vm, "return work() .. collectgarbage('count')");
            if (round == 0) snprintf(texts[i], sizeof texts[i], "%s", text);
            else CHECK_STR(text, texts[i]);
        }
        rewind_to_mark(vm);
    }
    vm_free(vm);
}

static void after_an_error_of_any_kind_a_rewind_is_possible(void)
{
    static const char *const codes[] = {
        "error('text')",
        "words = nil local x = nil + 1",
        "while true do work() end",
        "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
        "local function f() return 1 + f() end f()",
        "coroutine.wrap(function() counter = 9 error({}) end)()",
        "debug.sethook(function() counter = counter + 1 end, '', 1) work()",
        "local x <close> = setmetatable({}, {__close = function() error('in close') end}) error('text')",
        "setmetatable(_G, {__index = function(t, k) error('strict') end}) local y = nothing",
    };
    char first[2048];
    kl_vm *vm = set_up_vm();
    mark(vm);
    snprintf(first, sizeof first, "%s", eval(vm, "return work() .. seen()"));
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        kl_error err;
        run(vm, codes[i], &err);
        rewind_to_mark(vm);
        CHECK_STR(eval(vm, "return work() .. seen()"), first);
    }
    vm_free(vm);
    CHECK_INT(mem_live(), 0);
}

static void a_thousand_rewinds_take_no_more_memory(void)
{
    kl_vm *vm = set_up_vm();
    mark(vm);
    size_t mapped = region_mapped(vm->region);
    for (int i = 0; i < 1000; i++) {
        CHECK_STR(eval(vm, "counter = counter + 1 local t = {} for i = 1, 100 do t[i] = {i} end return counter"), "1");
        rewind_to_mark(vm);
        CHECK_INT(region_mapped(vm->region), mapped);
    }
    vm_free(vm);
    CHECK_INT(mem_live(), 0);
}

static void a_second_mark_takes_the_place_of_the_first(void)
{
    kl_vm *vm = set_up_vm();
    mark(vm);
    eval(vm, "counter = 7");
    mark(vm);
    eval(vm, "counter = 8");
    rewind_to_mark(vm);
    CHECK_STR(eval(vm, "return counter"), "7");
    vm_free(vm);
    CHECK_INT(mem_live(), 0);
}

static void limits_and_names_go_back_too(void)
{
    kl_error err;
    kl_vm *vm = set_up_vm();
    CHECK_INT(call(vm, "work", &err), KL_OK);
    mark(vm);
    CHECK_INT(run(vm, "function other() counter = 99 end", &err), KL_OK);
    CHECK_INT(call(vm, "other", &err), KL_OK);
    rewind_to_mark(vm);
    CHECK_INT(call(vm, "other", &err), KL_ENOENT);
    CHECK_INT(call(vm, "work", &err), KL_OK);
    CHECK_INT(run(vm, "while true do end", &err), KL_EBUDGET);
    CHECK_INT(run(vm, "local s = 'x' while true do s = s .. s end", &err), KL_EMEMORY);
    rewind_to_mark(vm);
    CHECK_INT(call(vm, "work", &err), KL_OK);
    vm_free(vm);
}

/* ---- what cannot be copied */

static void nothing_to_go_back_to_is_told(void)
{
    kl_error err;
    kl_vm *vm = set_up_vm();
    CHECK_INT(vm_rewind(vm, &err), KL_EARG);
    CHECK_STR(err.text, "the state has not been marked");
    vm_free(vm);
}

static void open_files_are_told(void)
{
    kl_error err;
    kl_vm *vm = set_up_vm();
    CHECK_INT(run(vm, "file = io.open('/dev/null')", &err), KL_OK);
    CHECK_INT(vm_mark(vm, &err), KL_EBUSY);
    CHECK_STR(err.text, "a file that is open cannot be copied: a new state has to be made");
    CHECK_INT(run(vm, "file:close()", &err), KL_OK);
    CHECK_INT(vm_mark(vm, &err), KL_OK);
    CHECK_INT(run(vm, "file = io.tmpfile()", &err), KL_OK);
    CHECK_INT(vm_rewind(vm, &err), KL_EBUSY);
    CHECK_STR(err.text, "a file that is open cannot be copied: a new state has to be made");
    CHECK_INT(run(vm, "file:close() counter = 5", &err), KL_OK);
    CHECK_INT(vm_rewind(vm, &err), KL_OK);
    CHECK_STR(eval(vm, "return counter"), "0");
    CHECK_INT(run(vm, "getmetatable(io.stdout).__gc = nil file = io.tmpfile()", &err), KL_OK);
    CHECK_INT(vm_mark(vm, &err), KL_EBUSY);
    CHECK_INT(run(vm, "file:close()", &err), KL_OK);
    vm_free(vm);
}

static int open_nothing(lua_State *L)
{
    lua_newtable(L);
    return 1;
}

static void libraries_in_c_are_told(void)
{
    const vm_openlib library = {.name = SPAN("nothing"), .open = open_nothing};
    vm_config config = limited;
    kl_error err;
    config.openlibs = &library;
    config.openlib_count = 1;
    kl_vm *vm = open_vm(&config);
    CHECK_INT(vm_mark(vm, &err), KL_EBUSY);
    CHECK_STR(err.text, "a library in C that is loaded cannot be copied: a new state has to be made");
    vm_free(vm);
}

static kl_status within;

static int ask_within(lua_State *L)
{
    kl_error err;
    within = lua_toboolean(L, 1) ? vm_mark(vm_of(L), &err) : vm_rewind(vm_of(L), &err);
    return 0;
}

static void add_within(lua_State *L, void *arg)
{
    (void)arg;
    lua_register(L, "within", ask_within);
}

static void neither_while_a_script_runs(void)
{
    kl_error err;
    kl_vm *vm = set_up_vm();
    CHECK_INT(vm_protect(vm, add_within, NULL, &err), KL_OK);
    CHECK_INT(run(vm, "within(true)", &err), KL_OK);
    CHECK_INT(within, KL_EDEPTH);
    mark(vm);
    CHECK_INT(run(vm, "within(false)", &err), KL_OK);
    CHECK_INT(within, KL_EDEPTH);
    vm_free(vm);
}

static void short_memory_leaves_the_state_unmarked(void)
{
    kl_error err;
    kl_vm *vm = set_up_vm();
    mem_fail_after(1, 1);
    CHECK_INT(vm_mark(vm, &err), KL_ENOMEM);
    mem_fail_after(0, 0);
    CHECK_INT(vm_rewind(vm, &err), KL_EARG);
    CHECK_STR(eval(vm, "return counter"), "0");
    vm_free(vm);
    CHECK_INT(mem_live(), 0);
}

CHECK_MAIN(CHECK_TEST(all_that_is_seen_is_as_it_was), CHECK_TEST(what_runs_after_a_rewind_runs_as_before),
           CHECK_TEST(after_an_error_of_any_kind_a_rewind_is_possible),
           CHECK_TEST(a_thousand_rewinds_take_no_more_memory), CHECK_TEST(a_second_mark_takes_the_place_of_the_first),
           CHECK_TEST(limits_and_names_go_back_too), CHECK_TEST(nothing_to_go_back_to_is_told),
           CHECK_TEST(open_files_are_told), CHECK_TEST(libraries_in_c_are_told),
           CHECK_TEST(neither_while_a_script_runs), CHECK_TEST(short_memory_leaves_the_state_unmarked))
