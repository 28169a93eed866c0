/* The instruction budget, and the script's own hooks beside it.
 *
 * Lua counts instructions of each coroutine by itself and calls the hook when BUDGET_TICK of them have run. Every coroutine inherits the hook, and making one costs a tick beforehand
 * (guard.c), so instructions that never add up to a tick are paid for as well. Once the budget is gone each tick raises: the next instruction of the coroutine
 * that noticed, and of the main one, is a tick, so no pcall, message handler, __close or __gc goes on for long. debug.sethook shares the hook instead of replacing it. */
#include "state.h"

#include <lauxlib.h>

#include "inside.h"

#define HOOK_EXACT 16           /* among Lua's LUA_MASK*, which end at 8: count instruction by instruction (tick.h) */

static const char gone_key = 0, hooks_key = 0;      /* their addresses are keys of the registry */

typedef struct script_hook {    /* userdata; its user value is the function */
    int mask;
    int count;                  /* instructions between count events, 0 for none */
    int left;                   /* until the next */
    bool running;
} script_hook;

static void on_hook(lua_State *L, lua_Debug *ar);

static inline int tick_of(const kl_vm *vm, const lua_State *L) { return L == vm->L ? BUDGET_TICK_MAIN : BUDGET_TICK; }

static void set_hook(lua_State *L, int mask, int64_t instructions)
{
    lua_sethook(L, on_hook, mask | LUA_MASKCOUNT, (int)(instructions < 1 ? 1 : instructions));
}

static int mask_now(lua_State *L) { return lua_gethook(L) == on_hook ? lua_gethookmask(L) : 0; }
static void set_tick(lua_State *L, int64_t instructions) { set_hook(L, mask_now(L), instructions); }

void budget_arm(kl_vm *vm)
{
    vm->budget = vm->config.instructions;
    vm->out_of_budget = false;
    if (!vm->budget) return;
    const int mask = vm->script_hooks ? mask_now(vm->L) : 0;
    set_hook(vm->L, mask, vm->budget < BUDGET_TICK_MAIN ? vm->budget : BUDGET_TICK_MAIN);
}

/* ---- script hooks */

/* Pushes the record of a coroutine, or nothing and NULL. Allocates nothing. */
static script_hook *push_record(lua_State *L, lua_State *of)
{
    if (!lua_checkstack(L, 4) || !lua_checkstack(of, 1)) return NULL;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &hooks_key);
    lua_pushthread(of);
    if (of != L) lua_xmove(of, L, 1);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    script_hook *record = lua_touserdata(L, -1);
    if (!record) lua_pop(L, 1);
    return record;
}

/* Allocates nothing. */
static void drop_record(lua_State *L, lua_State *of)
{
    if (!lua_checkstack(of, 1)) return;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &hooks_key);
    lua_pushthread(of);
    if (of != L) lua_xmove(of, L, 1);
    lua_pushnil(L);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

_Noreturn static void raise_gone(lua_State *L, kl_vm *vm)
{
    vm->budget = 0;
    vm->out_of_budget = true;
    if (vm->script_hooks) {         /* they would end every next run, too */
        drop_record(L, L);
        drop_record(L, vm->L);
    }
    set_hook(L, mask_now(L) | HOOK_EXACT, 1);
    if (L != vm->L) set_hook(vm->L, mask_now(vm->L) | HOOK_EXACT, 1);
    inside_set_hooks(L, true);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &gone_key);
    lua_error(L);
    __builtin_unreachable();
}

void budget_spend(lua_State *L, int64_t price)
{
    kl_vm *vm = vm_of(L);
    if (price >= vm->budget) raise_gone(L, vm);
    vm->budget -= price;
}

/* Calls the function above its record. Hooks are on in it, as the budget goes on; `running` keeps its own events out. */
static void call_script_hook(lua_State *L, script_hook *record, const lua_Debug *ar)
{
    static const char *const names[] = {"call", "return", "line", "count", "tail call"};
    lua_getiuservalue(L, -1, 1);
    lua_pushstring(L, names[ar->event]);
    if (ar->currentline >= 0) lua_pushinteger(L, ar->currentline);
    else lua_pushnil(L);
    record->running = true;
    inside_set_hooks(L, true);
    int status = lua_pcall(L, 2, 0, 0);
    record->running = false;
    if (status != LUA_OK) lua_error(L);
    inside_set_hooks(L, false);
}

static bool wants(script_hook *record, const lua_Debug *ar, int ticked)
{
    if (ar->event != LUA_HOOKCOUNT) return (record->mask & (1 << (ar->event == LUA_HOOKTAILCALL ? LUA_HOOKCALL : ar->event))) != 0;
    if (!record->count) return false;
    record->left -= ticked;
    if (record->left > 0) return false;
    record->left = record->count;
    return true;
}

/* How many instructions may go by until the script's next count event. */
static int script_event(lua_State *L, const lua_Debug *ar, int ticked)
{
    script_hook *record = push_record(L, L);
    const int tick = tick_of(vm_of(L), L);
    if (!record) return tick;
    if (!record->running && wants(record, ar, ticked)) call_script_hook(L, record, ar);
    int left = record->count && record->left < tick ? record->left : tick;
    lua_pop(L, 1);
    return left;
}

static void on_hook(lua_State *L, lua_Debug *ar)
{
    kl_vm *vm = vm_of(L);
    int ticked = 0;
    int64_t next = tick_of(vm, L);
    if (ar->event == LUA_HOOKCOUNT) {
        ticked = lua_gethookcount(L);
        if (ticked >= vm->budget) raise_gone(L, vm);
        vm->budget -= ticked;
    }
    if (KL_UNLIKELY(vm->script_hooks)) next = script_event(L, ar, ticked);
    if (!ticked) return;
    if (vm->budget < next) next = vm->budget;
    if (next != ticked || vm->script_hooks) set_tick(L, next);    /* not what the script's hook itself has left of the tick */
}

static lua_State *thread_argument(lua_State *L, int *at)
{
    lua_State *thread = lua_tothread(L, 1);
    *at = thread ? 1 : 0;
    return thread ? thread : L;
}

static int mask_of(const char *text)
{
    return (strchr(text, 'c') ? LUA_MASKCALL : 0) | (strchr(text, 'r') ? LUA_MASKRET : 0) | (strchr(text, 'l') ? LUA_MASKLINE : 0);
}

static void keep_record(lua_State *L, lua_State *of, int function, script_hook kept)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &hooks_key);
    lua_pushthread(of);
    if (of != L) lua_xmove(of, L, 1);
    *(script_hook *)lua_newuserdatauv(L, sizeof kept, 1) = kept;
    lua_pushvalue(L, function);
    lua_setiuservalue(L, -2, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

int debug_sethook(lua_State *L)
{
    int at;
    lua_State *of = thread_argument(L, &at);
    luaL_checkstack(of, 1, NULL);
    kl_vm *vm = vm_of(L);
    int64_t tick = vm->budget < tick_of(vm, of) ? vm->budget : tick_of(vm, of);
    if (lua_isnoneornil(L, at + 1)) {
        drop_record(L, of);
        set_hook(of, 0, tick);
        return 0;
    }
    script_hook kept = {.mask = mask_of(luaL_checkstring(L, at + 2))};
    luaL_checktype(L, at + 1, LUA_TFUNCTION);
    lua_Integer count = luaL_optinteger(L, at + 3, 0);
    kept.count = kept.left = count < 0 ? 0 : count > INT32_MAX ? INT32_MAX : (int)count;
    keep_record(L, of, at + 1, kept);
    vm->script_hooks = true;
    if (kept.count && kept.count < tick) tick = kept.count;
    set_hook(of, kept.mask | HOOK_EXACT, tick);
    return 0;
}

int debug_gethook(lua_State *L)
{
    int at;
    lua_State *of = thread_argument(L, &at);
    luaL_checkstack(of, 1, NULL);
    const script_hook *record = push_record(L, of);
    if (!record) {
        luaL_pushfail(L);
        return 1;
    }
    char mask[4];
    int n = 0;
    if (record->mask & LUA_MASKCALL) mask[n++] = 'c';
    if (record->mask & LUA_MASKRET) mask[n++] = 'r';
    if (record->mask & LUA_MASKLINE) mask[n++] = 'l';
    int count = record->count;
    lua_getiuservalue(L, -1, 1);
    lua_pushlstring(L, mask, (size_t)n);
    lua_pushinteger(L, count);
    return 3;
}

void budget_open(lua_State *L)
{
    lua_pushfstring(L, "the budget of %I instructions is used up", (LUAI_UACINT)vm_of(L)->config.instructions);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &gone_key);
    lua_createtable(L, 0, 0);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &hooks_key);
}
