/* What ends a run before its time: its instructions, its CPU time, an interruption by the host.
 *
 * All work of a run is taken from one counter (base/work.h): by Lua's core where control jumps or calls, by the
 * functions of Lua's libraries and its collector (vendor/lua/kemilua.patch), by memory.c, by KSR functions. When a
 * grant is used up, luaW_look charges it, and asks the clock and the host. Once a run is over every look raises: the
 * functions that were running are stopped at their next instruction, others where they begin, so no pcall, message
 * handler, __close, __gc or coroutine goes on. Only the count of instructions is the same each time; the other two
 * decide nothing but when to give up. */
#include "state.h"

#include <stdio.h>
#include <time.h>

#include "base/stack.h"
#include "internals.h"
#include "work.h"

#define GRANT       16384    /* between two looks: less than a millisecond */
#define ASK_HOST_NS 10000000 /* how often, at most */
/* Of the C stack, for what does not look at how much is left: C without recursion, ours and the system's. */
#define C_RESERVE ((uintptr_t)64 * 1024)

#ifdef CLOCK_MONOTONIC_COARSE
#    define CLOCK_CHEAP CLOCK_MONOTONIC_COARSE
#else
#    define CLOCK_CHEAP CLOCK_MONOTONIC
#endif

/* their addresses are keys of the registry: the error values */
static const char over_keys[VM_OVER_COUNT], overflow_key = 0;

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec now;
    return clock_gettime(clock, &now) == 0 ? (int64_t)now.tv_sec * 1000000000 + now.tv_nsec : 0;
}

static void grant(kl_vm *vm)
{
    vm->granted = vm->budget < GRANT ? vm->budget : GRANT;
    vm->work.left = vm->granted;
}

static void charge(kl_vm *vm)
{
    vm->budget -= vm->granted - vm->work.left - vm->work.free;
    vm->granted = vm->work.left = vm->work.free = 0;
}

/* The clock starts with the first look: most runs are over before, and reading it takes as long as a dozen KSR calls.
 */
static bool out_of_time(kl_vm *vm)
{
    if (!vm->config.cpu) return false;
    const int64_t now = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    if (!vm->cpu_end) vm->cpu_end = vm->config.cpu < INT64_MAX - now ? now + vm->config.cpu : INT64_MAX;
    return now >= vm->cpu_end;
}

static bool interrupted(kl_vm *vm)
{
    if (!vm->config.interrupted) return false;
    const int64_t now = nanoseconds(CLOCK_CHEAP);
    if (now < vm->ask_at) return false;
    vm->ask_at = now + ASK_HOST_NS;
    vm->asking = true;
    const bool answer = vm->config.interrupted(vm->config.interrupted_arg);
    vm->asking = false;
    return answer;
}

static vm_over reason(kl_vm *vm)
{
    if (vm->over) return vm->over;
    if (vm->budget < 0) return VM_OVER_INSTRUCTIONS;
    if (out_of_time(vm)) return VM_OVER_CPU;
    return interrupted(vm) ? VM_OVER_INTERRUPT : VM_GOES_ON;
}

/* work.look. A run that is over has a grant that is used up, for good. */
static bool look(kl_work *work)
{
    kl_vm *vm = (kl_vm *)(void *)work;
    charge(vm);
    vm->over = reason(vm);
    if (KL_UNLIKELY(vm->over)) work->left = vm->granted = -1;
    else grant(vm);
    return !vm->over;
}

void budget_arm(kl_vm *vm)
{
    const uintptr_t bottom = stack_bottom();
    vm->work.look = look;
    vm->work.stack = bottom ? bottom + C_RESERVE : 0;
    vm->budget = vm->config.instructions ? vm->config.instructions : INT64_MAX;
    vm->over = VM_GOES_ON;
    vm->stopped = false;
    vm->cpu_end = 0;
    vm->work.free = 0;
    grant(vm);
}

/* The grant is taken back, and nothing charged for it. */
static void look_soon(kl_vm *vm)
{
    charge(vm);
    vm->work.left = vm->granted = -1;
}

void vm_tick(kl_vm *vm)
{
    const int64_t now = nanoseconds(CLOCK_CHEAP);
    if (now == vm->ticked) return;
    vm->ticked = now;
    look_soon(vm);
}

void vm_interrupt(kl_vm *vm)
{
    if (!vm->depth) return;
    look_soon(vm);
    if (!vm->over) vm->over = VM_OVER_INTERRUPT;
}

/* Hooks of scripts go, or they would end every next run, too. */
static void stop(lua_State *L)
{
    lua_sethook(L, NULL, 0, 0);
    internals_stop(L);
}

void vm_look(lua_State *L)
{
    kl_vm *vm = vm_of(L);
    if (KL_LIKELY(look(&vm->work))) return;
    if (!vm->stopped && vm->noting) error_note(vm, L, 0);
    vm->stopped = true;
    stop(L);
    if (L != vm->L) stop(vm->L);
    internals_throw(L, &over_keys[vm->over]);
}

void luaW_look(lua_State *L) { vm_look(L); }

/* Without a message handler, which would need stack, too. */
void luaW_overflow(lua_State *L)
{
    kl_vm *vm = vm_of(L);
    if (vm->noting) error_note(vm, L, 0);
    internals_throw(L, &overflow_key);
}

/* ---- what is said of it */

static void write_over(const kl_vm *vm, vm_over over, char *out, size_t cap)
{
    switch (over) {
    case VM_OVER_INSTRUCTIONS:
        snprintf(out, cap, "the budget of %lld instructions is used up", (long long)vm->config.instructions);
        break;
    case VM_OVER_CPU:
        snprintf(out, cap, "the limit of %g seconds of CPU time is used up", (double)vm->config.cpu / 1e9);
        break;
    case VM_OVER_INTERRUPT: snprintf(out, cap, "the run was interrupted"); break;
    default: *out = '\0';
    }
}

kl_status budget_fill(const kl_vm *vm, kl_error *err)
{
    static const kl_status statuses[] = {KL_OK, KL_EBUDGET, KL_ECPU, KL_EPYTHON};
    char text[128];
    write_over(vm, vm->over, text, sizeof text);
    return error_set(err, statuses[vm->over], "%s", text);
}

void budget_open(lua_State *L)
{
    char text[128];
    for (int over = VM_OVER_INSTRUCTIONS; over < VM_OVER_COUNT; over++) {
        write_over(vm_of(L), (vm_over)over, text, sizeof text);
        lua_pushstring(L, text);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &over_keys[over]);
    }
    lua_pushliteral(L, "C stack overflow");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &overflow_key);
}
