/* KSR.x: what Kamailio's app_lua gives scripts besides the export table. None of it is listed by app_lua.api_list. */
#include "kemi.h"

#include <lauxlib.h>

/* What --trace calls them; nothing else looks at these rows. */
static const kl_row x_exit = ROW("x", "exit", NONE, NULL), x_drop = ROW("x", "drop", NONE, NULL),
                    x_probe = ROW("x", "probe", NONE, NULL);

static void told(lua_State *L, kl_ctx *ctx, const kl_row *row)
{
    const kl_value nothing = {.type = KL_TYPE_NONE};
    if (ctx && KL_UNLIKELY(vm_of(L)->slow)) kemi_told(L, ctx, row, NULL, 0, &nothing, 0);
}

/* The error value is exactly this string: no position in front of it. */
static int raise_exit(lua_State *L)
{
    lua_pushliteral(L, VM_EXIT);
    return lua_error(L);
}

static int do_exit(lua_State *L)
{
    told(L, vm_of(L)->ctx, &x_exit);
    return raise_exit(L);
}

static int do_drop(lua_State *L)
{
    kl_ctx *ctx = vm_of(L)->ctx;
    if (ctx && ctx->has_action) ctx->dropped = true;
    told(L, ctx, &x_drop);
    return raise_exit(L);
}

static int do_probe(lua_State *L)
{
    kl_ctx *ctx = vm_of(L)->ctx;
    if (ctx && log_enabled(ctx, KL_LOG_DBG)) {
        const arena_mark mark = arena_save(ctx->scratch);
        log_print(ctx, KL_LOG_DBG, "KSR.x.probe: here");
        arena_rewind(ctx->scratch, mark);
    }
    told(L, ctx, &x_probe);
    return 0;
}

void kemi_push_x(lua_State *L, const kemi_table *table)
{
    lua_createtable(L, 0, 4);
    lua_pushcfunction(L, do_exit);
    lua_setfield(L, -2, "exit");
    lua_pushcfunction(L, do_drop);
    lua_setfield(L, -2, "drop");
    lua_pushcfunction(L, do_probe);
    lua_setfield(L, -2, "probe");
    lua_pushlightuserdata(L, (void *)table);
    lua_pushcclosure(L, kemi_modf, 1);
    lua_setfield(L, -2, "modf");
}
