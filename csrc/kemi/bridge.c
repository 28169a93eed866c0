#include "bridge.h"

kl_status bridge_call(kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, kl_value *result,
                      lua_State *L)
{
#ifndef KEMILUA_NO_PYTHON
    if (row->callable && ctx->python) return bridge_direct(ctx, row, args, count, result, L);
#endif
    (void)L;
    return kl_py_export((uintptr_t)ctx->engine, row->slot, ctx->msg, args, count, result);
}
