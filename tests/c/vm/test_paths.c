/* Paths through KSR are remembered, and never lead anywhere but where the script's own look-ups would. */
#include "vm_test.h"

/* KSR = {pv = {get = "get", seti = "seti"}, is_INVITE = "is", version = "6"}, all marked. */
static void make_ksr(lua_State *L, void *arg)
{
    (void)arg;
    lua_newtable(L);
    lua_newtable(L);
    paths_mark(L, NULL);
    lua_pushliteral(L, "get");
    lua_setfield(L, -2, "get");
    lua_pushliteral(L, "seti");
    lua_setfield(L, -2, "seti");
    lua_setfield(L, -2, "pv");
    lua_pushliteral(L, "is");
    lua_setfield(L, -2, "is_INVITE");
    lua_pushvalue(L, -1);
    lua_setglobal(L, "KSR");
    paths_mark(L, "KSR");
    lua_pop(L, 1);
}

static kl_vm *open_ksr(const char *script)
{
    kl_error err;
    alarm(120);
    kl_vm *vm = vm_new(&limited, make_ksr, NULL, &err);
    if (!vm) exit(2);
    CHECK_INT(run(vm, script, &err), KL_OK);
    return vm;
}

static int remembered(const kl_vm *vm)
{
    int count = 0;
    for (size_t i = 0; i < VM_PATHS; i++) count += vm->paths.path[i].module != NULL;
    return count;
}

#define LOOKS                                                                                                          \
    "function get() return KSR.pv.get end function is() return KSR.is_INVITE end function all() return KSR.pv.get .. " \
    "KSR.is_INVITE .. KSR.pv.seti end "

static void paths_are_remembered_once_looked_at(void)
{
    kl_vm *vm = open_ksr(LOOKS);
    CHECK_INT(remembered(vm), 0);
    CHECK_STR(eval(vm, "return get()"), "get");
    CHECK_INT(remembered(vm), 1);
    CHECK_STR(eval(vm, "return get() .. is() .. all() .. all()"), "getisgetissetigetisseti");
    CHECK_INT(remembered(vm), 3);
    vm_free(vm);
}

static void value_set_anew_is_seen(void)
{
    kl_vm *vm = open_ksr(LOOKS "all() all()");
    CHECK_STR(eval(vm, "KSR.pv.get = 'g2' KSR.is_INVITE = 'i2' return all()"), "g2i2seti");
    CHECK_STR(eval(vm, "KSR.pv.get = nil return tostring(get())"), "nil");
    CHECK_STR(eval(vm, "KSR.pv.get = false return tostring(get())"), "false");
    CHECK_STR(eval(vm, "local kept = KSR.pv KSR.pv = {get = 'other', seti = ''} local a = all() KSR.pv = kept "
                       "KSR.pv.get = 'back' return a .. all()"),
              "otheri2backi2seti");
    CHECK_STR(eval(vm, "local kept = KSR KSR = {pv = {get = 'mock', seti = ''}, is_INVITE = ''} local a = all() KSR = "
                       "kept return a .. all()"),
              "mockbacki2seti");
    CHECK_STR(eval(vm, "KSR.pv = nil return tostring(pcall(get))"), "false");
    CHECK_STR(eval(vm, "KSR.pv = 'text' return tostring(get()) .. is()"), "nili2");
    CHECK_STR(eval(vm, "KSR = nil return tostring(pcall(is))"), "false");
    vm_free(vm);
}

static void keys_that_join_move_what_was_remembered(void)
{
    kl_vm *vm = open_ksr(LOOKS "all() all()");
    CHECK_STR(eval(vm, "for i = 1, 200 do KSR.pv['k' .. i] = i assert(all() == 'getisseti') end return all()"),
              "getisseti");
    CHECK_STR(eval(vm, "for i = 1, 200 do KSR['k' .. i] = i assert(all() == 'getisseti') end return all()"),
              "getisseti");
    CHECK_STR(eval(vm, "for i = 1, 200 do _G['k' .. i] = i assert(all() == 'getisseti') end return all()"),
              "getisseti");
    CHECK_STR(eval(vm, "for i = 1, 200 do KSR['k' .. i] = nil KSR.pv['k' .. i] = nil _G['k' .. i] = nil end "
                       "for i = 1, 300 do collectgarbage() KSR['l' .. i] = i KSR.pv['l' .. i] = i _G['l' .. i] = i "
                       "assert(all() == 'getisseti') end return all()"),
              "getisseti");
    vm_free(vm);
}

/* A key that was removed may lie where it did, or anywhere. */
static void key_that_leaves_and_comes_back_is_found(void)
{
    kl_vm *vm = open_ksr(LOOKS "all() all()");
    CHECK_STR(eval(vm, "for i = 1, 100 do KSR.pv.get = nil collectgarbage() KSR.pv['x' .. i % 7] = i % 3 > 0 and i or "
                       "nil KSR.pv.get = 'g' .. i assert(all() == 'g' .. i .. 'isseti') end return all()"),
              "g100isseti");
    CHECK_STR(eval(vm, "for i = 1, 100 do local k = KSR.is_INVITE KSR.is_INVITE = nil collectgarbage() KSR['x' .. i % "
                       "7] = i % 3 > 0 and i or nil KSR.is_INVITE = k assert(all() == 'g100isseti') end return all()"),
              "g100isseti");
    CHECK_STR(eval(vm, "local k = KSR for i = 1, 100 do KSR = nil collectgarbage() _G['x' .. i % 7] = i % 3 > 0 and i "
                       "or nil KSR = k assert(all() == 'g100isseti') end return all()"),
              "g100isseti");
    vm_free(vm);
}

static void table_that_was_collected_is_forgotten(void)
{
    kl_vm *vm = open_ksr(LOOKS "all() all()");
    CHECK_STR(eval(vm, "KSR.pv = nil collectgarbage() collectgarbage() KSR.pv = {get = 'new', seti = ''} return all()"),
              "newis");
    CHECK_STR(eval(vm, "KSR = nil collectgarbage() collectgarbage() KSR = {pv = {get = 'newer', seti = ''}, is_INVITE "
                       "= '!'} return all() .. all()"),
              "newer!newer!");
    vm_free(vm);
}

/* As if the allocator had put it where the first one lay. */
static void table_that_was_not_marked_is_not_remembered(void)
{
    kl_vm *vm = open_ksr(LOOKS
                         "KSR = {pv = {get = 'other', seti = ''}, is_INVITE = ''} collectgarbage() collectgarbage()");
    lua_getglobal(vm->L, "KSR");
    vm->paths.table = lua_topointer(vm->L, -1);
    lua_pop(vm->L, 1);
    CHECK_STR(eval(vm, "return all() .. all() .. is()"), "otherother");
    CHECK_INT(remembered(vm), 0);
    vm_free(vm);
}

static void another_environment_has_another_ksr(void)
{
    kl_vm *vm = open_ksr(LOOKS "all() all()");
    CHECK_STR(eval(vm, "local code = 'return KSR.pv.get' local f, g = load(code), load(code, '', 't', {KSR = {pv = "
                       "{get = 'mine'}}}) return f() .. g() .. f() .. g()"),
              "getminegetmine");
    CHECK_STR(eval(vm, "local function look() return KSR.pv.get end local a = look() debug.setupvalue(look, 1, {KSR = "
                       "{pv = {get = 'mine'}}}) return a .. look()"),
              "getmine");
    CHECK_STR(eval(vm, "local _ENV = {KSR = {pv = {get = 'local'}}} return KSR.pv.get"), "local");
    vm_free(vm);
}

static void metatables_answer_for_what_is_not_there(void)
{
    kl_vm *vm = open_ksr("function none() return KSR.none.get end function less() return KSR.pv.none end");
    CHECK_STR(
        eval(vm, "setmetatable(KSR, {__index = function(_, name) return {get = name} end}) return none() .. none()"),
        "nonenone");
    CHECK_STR(
        eval(vm, "setmetatable(KSR.pv, {__index = function(_, name) return name .. '!' end}) return less() .. less()"),
        "none!none!");
    CHECK_STR(eval(vm, "KSR.none = {get = 'here'} KSR.pv.none = 'too' return none() .. less()"), "heretoo");
    vm_free(vm);
}

static void more_fields_than_a_path_has_are_taken_one_by_one(void)
{
    kl_vm *vm = open_ksr(
        "function deep() return KSR.pv.inner.most end function short() local k = KSR return k.pv.inner end");
    CHECK_STR(eval(vm, "KSR.pv.inner = {most = 'deep'} return deep() .. deep() .. short().most"), "deepdeepdeep");
    vm_free(vm);
}

static void paths_share_places_and_are_told_apart(void)
{
    kl_vm *vm = open_ksr("");
    CHECK_STR(
        eval(vm,
             "local all = {} for i = 1, 1000 do KSR.pv['f' .. i] = i all[i] = load('return KSR.pv.f' .. i) end "
             "for turn = 1, 3 do for i = 1, 1000 do assert(all[i]() == i) assert(all[i]() == i) end end return 'all'"),
        "all");
    CHECK(remembered(vm) > VM_PATHS / 2);
    vm_free(vm);
}

static void twenty_paths_find_a_place_each(void)
{
    kl_vm *vm = open_ksr("");
    CHECK_STR(eval(vm, "local all = {} for i = 1, 20 do KSR.pv['f' .. i] = i all[i] = load('return KSR.pv.f' .. i) end "
                       "for turn = 1, 3 do for i = 1, 20 do assert(all[i]() == i) end end return 'all'"),
              "all");
    CHECK(remembered(vm) >= 18); /* addresses are drawn anew for each process */
    vm_free(vm);
}

static void hook_sees_each_instruction(void)
{
    kl_vm *vm = open_ksr(LOOKS "all() all()");
    const char
        *count = "local n = 0 debug.sethook(function() n = n + 1 end, '', 1) local a = all() debug.sethook() return n";
    char first[32];
    snprintf(first, sizeof first, "%s", eval(vm, count));
    CHECK(atoi(first) >= 15);
    CHECK_STR(
        eval(vm, "local n = 0 local k = {pv = KSR.pv, is_INVITE = KSR.is_INVITE} KSR, kept = k, KSR "
                 "debug.sethook(function() n = n + 1 end, '', 1) local a = all() debug.sethook() KSR = kept return n"),
        first);
    vm_free(vm);
}

CHECK_MAIN(CHECK_TEST(paths_are_remembered_once_looked_at), CHECK_TEST(value_set_anew_is_seen),
           CHECK_TEST(keys_that_join_move_what_was_remembered), CHECK_TEST(key_that_leaves_and_comes_back_is_found),
           CHECK_TEST(table_that_was_collected_is_forgotten), CHECK_TEST(table_that_was_not_marked_is_not_remembered),
           CHECK_TEST(another_environment_has_another_ksr), CHECK_TEST(metatables_answer_for_what_is_not_there),
           CHECK_TEST(more_fields_than_a_path_has_are_taken_one_by_one),
           CHECK_TEST(paths_share_places_and_are_told_apart), CHECK_TEST(twenty_paths_find_a_place_each),
           CHECK_TEST(hook_sees_each_instruction))
