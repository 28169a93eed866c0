#include "native.h"

#include <lstate.h>

#include <lauxlib.h>
#include <ldo.h>
#include <lgc.h>
#include <lstring.h>
#include <string.h>

#include "base/word.h"
#include "state.h"
#include "work.h"

#define HELD_BYTES 512 /* longer texts are seldom asked for twice */

static const char held_key; /* its address is the registry key of the strings held */

_Static_assert(LUA_VERSION_RELEASE_NUM == 50408,
               "compare with precallC and luaD_poscall, and the variants of LUA_TFUNCTION, in the new release");

static inline StkId place(const lua_State *L, int base) { return L->ci->func.p + base; }

/* ---- calls */

static inline const void *what_of(StkId func) { return s2v(func)->value_.p; }

/* A library in C that has it from lua_tocfunction may call it in a frame of another function. */
int native_function(lua_State *L)
{
    if (KL_UNLIKELY(ttypetag(s2v(L->ci->func.p)) != LUA_VHOST))
        return luaL_error(L, "a function of the host is called in the place of another");
    return vm_of(L)->native_long(L, what_of(L->ci->func.p));
}

void native_open(lua_State *L)
{
    lua_createtable(L, NATIVE_HELD, 0);
    for (int i = 1; i <= NATIVE_HELD; i++) {
        lua_pushboolean(L, 0);
        lua_rawseti(L, -2, i);
    }
    Table *table = hvalue(s2v(L->top.p - 1));
    vm_of(L)->held_table = table;
    vm_of(L)->held = table->array;
    lua_rawsetp(L, LUA_REGISTRYINDEX, &held_key);
}

void native_push(lua_State *L, const void *what)
{
    TValue *at = s2v(L->top.p);
    at->value_.p = (void *)(uintptr_t)what;
    settt_(at, LUA_VHOST);
    L->top.p++;
}

/* As luaD_poscall leaves results: `wanted` of them, or all that there are. A number of them that the compiler knows
 * does not ask for the top. */
static void settle(lua_State *L, StkId result, int count, int wanted)
{
    if (KL_LIKELY(wanted >= 0 && wanted <= count)) return;
    if (wanted < 0) wanted = count;
    for (; count < wanted; count++) setnilvalue(s2v(result + count));
    L->top.p = result + wanted;
}

/* What runs in between may move the stack, so the function is found again by its distance to the caller's. */
bool luaW_native(lua_State *L, void *at, int wanted)
{
    StkId func = at;
    const int base = (int)(func - L->ci->func.p), count = (int)(L->top.p - func) - 1;
    if (KL_UNLIKELY(L->hookmask)) return false;
    const int results = vm_of(L)->native_short(L, what_of(func), base, count);
    if (KL_UNLIKELY(results == NATIVE_REFUSED)) return false;
    settle(L, place(L, base), results, wanted);
    return true;
}

/* ---- arguments */

bool native_text(lua_State *L, int index, kl_span *out)
{
    const TValue *value = s2v(place(L, index));
    if (KL_LIKELY(ttisstring(value))) {
        *out = span_of(getstr(tsvalue(value)), tsslen(tsvalue(value)));
        return true;
    }
    if (!ttisnumber(value)) return false;
    out->s = lua_tolstring(L, index, &out->n);
    return true;
}

/* ---- results */

void native_give_nil(lua_State *L, int base) { setnilvalue(s2v(place(L, base))); }

void native_give_boolean(lua_State *L, int base, bool b)
{
    TValue *at = s2v(place(L, base));
    if (b) {
        setbtvalue(at);
    } else {
        setbfvalue(at);
    }
}

void native_give_integer(lua_State *L, int base, int64_t i) { setivalue(s2v(place(L, base)), (lua_Integer)i); }

/* By what it is, not by where it lies: what a state does depends on no addresses outside of it. n > 0 */
static inline TValue *held_at(lua_State *L, const char *s, size_t n)
{
    const size_t mixed = n + (size_t)5 * (unsigned char)s[n / 2] + (size_t)3 * (unsigned char)s[n - 1];
    return (TValue *)vm_of(L)->held + mixed % NATIVE_HELD;
}

static inline bool may_be_held(size_t n) { return n - 1 < HELD_BYTES; }

static inline bool is_text(const TValue *value, const char *s, size_t n)
{
    return ttisstring(value) && tsslen(tsvalue(value)) == n && word_equal(getstr(tsvalue(value)), s, n);
}

static void hold(lua_State *L, TString *text, const char *s, size_t n)
{
    TValue *held = held_at(L, s, n);
    setsvalue(L, held, text);
    luaC_barrierback(L, obj2gco((Table *)vm_of(L)->held_table), held);
}

/* The string is on the stack before anything may collect it. */
static void give_new(lua_State *L, int base, const char *s, size_t n)
{
    TString *text = luaS_newlstr(L, s, n);
    setsvalue2s(L, place(L, base), text);
    if (may_be_held(n)) hold(L, text, s, n);
    L->top.p = place(L, base) + 1;
    luaC_checkGC(L);
}

void native_give_text(lua_State *L, int base, const char *s, size_t n)
{
    StkId func = place(L, base);
    if (KL_LIKELY(may_be_held(n))) {
        const TValue *held = held_at(L, s, n);
        if (KL_LIKELY(is_text(held, s, n))) {
            setobj2s(L, func, held);
            return;
        }
    }
    give_new(L, base, s, n);
}

bool native_room(lua_State *L, int slots) { return lua_checkstack(L, slots) != 0; }
void native_give_top(lua_State *L, int base) { setobjs2s(L, place(L, base), L->top.p - 1); }

void native_push_text(lua_State *L, const char *s, size_t n)
{
    if (KL_UNLIKELY(!may_be_held(n) || !is_text(held_at(L, s, n), s, n))) {
        lua_pushlstring(L, s, n);
        if (may_be_held(n)) hold(L, tsvalue(s2v(L->top.p - 1)), s, n);
        return;
    }
    setobj2s(L, L->top.p, held_at(L, s, n));
    L->top.p++;
}
