/* bridge.h: how a row whose target is Python is called, in two lanes behind one interface.
 *
 * portable: cffi's extern "Python" functions (kl_py_*), PyPy's too; direct: a table of functions that the room above
 * (cpython/) installs in an engine. No Lua error is raised while Python is on the stack: the lane returns a status and
 * text, then dispatch raises. */
#ifndef KL_KEMI_BRIDGE_H
#define KL_KEMI_BRIDGE_H

#include <lua.h>

#include "modules/row.h"

/* What is there of Python in an engine; ctx->host points to it. */
typedef struct bridge_host {
    void *handle;                   /* for the functions that cffi calls (kl_config.host); NULL: the engine is going */
    const struct bridge_lane *lane; /* NULL: the portable one */
    void (*entering)(void *with);   /* called before Python is, which may take long; NULL: nobody wants to know */
    void *with;
} bridge_host;

static inline void bridge_enter(const bridge_host *host)
{
    if (host->entering) host->entering(host->with);
}

typedef struct bridge_lane {
    /* As bridge_call. */
    kl_status (*call)(kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, kl_value *result,
                      lua_State *L);
    /* Runs the handlers of signals that came. True when one raised: the Engine has the exception, and has ended the
     * runs. */
    bool (*signals)(const struct bridge_lane *lane);
    /* A function that cffi calls has kept an exception. */
    void (*kept)(const struct bridge_lane *lane);
} bridge_lane;

/* KL_OK with *result (spans valid until the next call), or KL_EPYTHON with the exception's text in result->s and its
 * token in result->i. Never raises. L not NULL: a table may lie on its stack instead, result->type being BRIDGE_PUSHED;
 * or KL_EMEMORY, the error of Lua's on its stack. */
#define BRIDGE_PUSHED KL_TYPE_XVAL /* which no value is of */
static inline kl_status bridge_call(kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count,
                                    kl_value *result, lua_State *L)
{
    const bridge_host *host = ctx->host;
    bridge_enter(host);
    if (host->lane) return host->lane->call(ctx, row, args, count, result, L);
    return kl_py_export(host->handle, row->slot, ctx->msg, args, count, result);
}

static inline bool bridge_signals(const bridge_host *host)
{
    bridge_enter(host);
    return host->lane ? host->lane->signals(host->lane) : kl_py_signals(host->handle) != 0;
}

#endif
