#include "bridge.h"
#include "kemi.h"

#include <stdio.h>
#include <time.h>

#define MAX_PLACE 256 /* bytes of "script.lua:12" */
#define MAX_NAME  128 /* of a function */

double kemi_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* The name of the global that holds the function on top, in `out`; NULL when there is none. A callback that C called
 * has no other name. */
static const char *global_name(lua_State *L, char *out, size_t cap)
{
    const int function = lua_gettop(L);
    const char *found = NULL;
    if (!lua_checkstack(L, 3)) return NULL;
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    for (lua_pushnil(L); !found && lua_next(L, function + 1); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || !lua_rawequal(L, -1, function)) continue;
        snprintf(out, cap, "%s", lua_tostring(L, -2));
        found = out;
    }
    lua_settop(L, function);
    return found;
}

/* The innermost Lua function, by the name it was called by. */
static const char *caller_name(lua_State *L, char *out, size_t cap)
{
    lua_Debug ar;
    for (int level = 0; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sn", &ar);
        if (*ar.what == 'C') continue;
        if (*ar.what == 'm') return "the main chunk";
        if (ar.name) return ar.name;
        if (!lua_checkstack(L, 1)) break;
        lua_getinfo(L, "f", &ar);
        const char *name = global_name(L, out, cap);
        lua_pop(L, 1);
        return name ? name : "a function without a name";
    }
    return "no function";
}

/* A call that took latency_limit_action microseconds or more, at level latency_log (core parameters). */
static void alert(lua_State *L, kl_ctx *ctx, const kl_row *row, double microseconds)
{
    char place[MAX_PLACE], name[MAX_NAME];
    if (!log_enabled(ctx, ctx->server->latency_log)) return;
    const size_t n = vm_position(L, place, sizeof place, NULL, NULL);
    log_print(ctx, ctx->server->latency_log, "KSR.%s%s%s took %.0f us, called at %.*s in %s", row->module,
              row->module[0] ? "." : "", row->name, microseconds, n ? (int)n : 1, n ? place : "?",
              caller_name(L, name, sizeof name));
}

static void trace(lua_State *L, kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count,
                  const kl_value *result, double microseconds)
{
    char place[MAX_PLACE];
    int line = 0;
    size_t n = vm_position(L, place, sizeof place, &line, NULL);
    while (n > 0 && place[n - 1] != ':') n--; /* the line goes by itself */
    if (n > 0) place[n - 1] = '\0';
    bridge_enter(ctx->host);
    kl_py_trace(ctx->host->handle, row->module, row->name, args, count, result, vm_call_depth(L), microseconds,
                n > 0 ? place : NULL, line);
}

void kemi_told(lua_State *L, kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, const kl_value *result,
               double microseconds)
{
    const unsigned slow = vm_of(L)->slow;
    const int limit = ctx->server->latency_limit_action;
    if ((slow & VM_SLOW_LATENCY) && limit > 0 && microseconds >= limit) alert(L, ctx, row, microseconds);
    if (slow & VM_SLOW_TRACE) trace(L, ctx, row, args, count, result, microseconds);
}
