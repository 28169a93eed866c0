/* origin.c: where a nil came from that a script indexed or called, read out of the instructions before: "KSR.tm" of
 * KSR.tm.t_relay(). Lua itself tells no more than the last name. Bound to the release that vendor/lua/pin.json names,
 * as internals.c is. Reads only, allocates nothing. */
#include "origin.h"

#include <lstate.h>

#include <ldebug.h>
#include <lfunc.h>
#include <lopcodes.h>
#include <string.h>

_Static_assert(LUA_VERSION_RELEASE_NUM == 50408, "check every line of this file against the new release");

#define MAX_STEPS 8    /* from a value to the table it was taken from */
#define MAX_BACK  4096 /* instructions looked at */

typedef struct trail {
    const LClosure *closure;
    const Proto *proto;
    StkId base;
    int failed; /* the instruction that failed */
    vm_origin *out;
} trail;

static bool add_text(vm_origin *out, const char *text)
{
    const size_t n = strlen(text), dot = out->n > 0 || out->root ? 1 : 0;
    if (out->n + dot + n >= sizeof out->path) return false;
    if (dot) out->path[out->n++] = '.';
    memcpy(out->path + out->n, text, n + 1);
    out->n += n;
    return true;
}

static bool add_constant(const trail *t, int k)
{
    const TValue *value = &t->proto->k[k];
    return ttisstring(value) && add_text(t->out, getstr(tsvalue(value)));
}

static bool sets(Instruction i, int reg)
{
    const int a = GETARG_A(i);
    switch (GET_OPCODE(i)) {
    case OP_LOADNIL: return a <= reg && reg <= a + GETARG_B(i);
    case OP_TFORCALL: return reg >= a + 2;
    case OP_CALL:
    case OP_TAILCALL: return reg >= a;
    case OP_SELF: return reg == a || reg == a + 1;
    default: return testAMode(GET_OPCODE(i)) && reg == a;
    }
}

/* The last instruction before `before` that sets a register, -1 for none: it is a parameter then. Jumps are not
 * followed. */
static int setter(const trail *t, int before, int reg)
{
    for (int i = before - 1; i >= 0 && i >= before - MAX_BACK; i--)
        if (sets(t->proto->code[i], reg)) return i;
    return -1;
}

static bool trace_register(const trail *t, int before, int reg, int steps);

static bool is_environment(const trail *t, int up)
{
    const TString *name = t->proto->upvalues[up].name;
    return name && strcmp(getstr(name), "_ENV") == 0;
}

/* A table that is still there is told by its address. */
static bool is_root(const trail *t, const TValue *value)
{
    if (!ttistable(value)) return false;
    t->out->root = hvalue(value);
    return true;
}

static bool trace_upvalue(const trail *t, int up)
{
    return is_environment(t, up) || is_root(t, t->closure->upvals[up]->v.p);
}

/* A key that had no room in the instruction was loaded into a register. */
static bool add_key_register(const trail *t, int before, int reg)
{
    const int at = setter(t, before, reg);
    const Instruction i = at < 0 ? 0 : t->proto->code[at];
    return at >= 0 && GET_OPCODE(i) == OP_LOADK && add_constant(t, GETARG_Bx(i));
}

static bool trace_instruction(const trail *t, int at, int steps)
{
    const Instruction i = t->proto->code[at];
    const int b = GETARG_B(i), c = GETARG_C(i);
    switch (GET_OPCODE(i)) {
    case OP_MOVE: return trace_register(t, at, b, steps);
    case OP_GETUPVAL: return trace_upvalue(t, b);
    case OP_GETTABUP: return trace_upvalue(t, b) && add_constant(t, c);
    case OP_GETFIELD: return trace_register(t, at, b, steps) && add_constant(t, c);
    case OP_SELF: return trace_register(t, at, b, steps) && add_constant(t, c);
    case OP_GETTABLE: return trace_register(t, at, b, steps) && add_key_register(t, at, c);
    default: return false;
    }
}

/* The value that a register had before an instruction. */
static bool trace_register(const trail *t, int before, int reg, int steps)
{
    const int at = setter(t, before, reg);
    if (setter(t, t->failed, reg) == at && is_root(t, s2v(t->base + reg))) return true; /* it has it still */
    return at >= 0 && steps < MAX_STEPS && trace_instruction(t, at, steps + 1);
}

/* An upvalue that is nil tells its name only. */
static bool trace_nil_upvalue(const trail *t, int up)
{
    const TString *name = t->proto->upvalues[up].name;
    t->out->is_local = true;
    return name && !is_environment(t, up) && ttisnil(t->closure->upvals[up]->v.p) && add_text(t->out, getstr(name));
}

static bool trace_failed(const trail *t)
{
    const Instruction i = t->proto->code[t->failed];
    switch (GET_OPCODE(i)) {
    case OP_CALL:
    case OP_TAILCALL: return ttisnil(s2v(t->base + GETARG_A(i))) && trace_register(t, t->failed, GETARG_A(i), 0);
    case OP_GETFIELD:
    case OP_GETTABLE:
    case OP_SELF: return ttisnil(s2v(t->base + GETARG_B(i))) && trace_register(t, t->failed, GETARG_B(i), 0);
    case OP_GETTABUP: return trace_nil_upvalue(t, GETARG_B(i));
    default: return false;
    }
}

bool origin_of_nil(lua_State *L, vm_origin *out)
{
    const CallInfo *ci = L->ci->previous;
    *out = (vm_origin){0};
    if (!ci || ci == &L->base_ci || !isLua(ci)) return false;
    const LClosure *closure = clLvalue(s2v(ci->func.p));
    const trail t = {.closure = closure,
                     .proto = closure->p,
                     .base = ci->func.p + 1,
                     .failed = pcRel(ci->u.l.savedpc, closure->p),
                     .out = out};
    if (trace_failed(&t) && out->n > 0) return true;
    *out = (vm_origin){0};
    return false;
}
