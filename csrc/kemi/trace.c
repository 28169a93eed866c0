#include "kemi.h"

#include <time.h>

#define MAX_PLACE 256           /* bytes of "script.lua:12" */

double kemi_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* A call that took latency_limit_action microseconds or more, at level latency_log (core parameters). */
static void alert(lua_State *L, kl_ctx *ctx, const kl_row *row, double microseconds)
{
    char place[MAX_PLACE];
    const char *caller = NULL;
    const size_t n = vm_position(L, place, sizeof place, NULL, &caller);
    log_print(ctx, ctx->world->latency_log, "KSR.%s%s%s took %.0f us, called at %.*s in %s", row->module, row->module[0] ? "." : "", row->name,
              microseconds, n ? (int)n : 1, n ? place : "?", caller ? caller : "the main chunk");
}

static void trace(lua_State *L, kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, const kl_value *result, double microseconds)
{
    char place[MAX_PLACE];
    int line = 0;
    size_t n = vm_position(L, place, sizeof place, &line, NULL);
    while (n > 0 && place[n - 1] != ':') n--;       /* the line goes by itself */
    if (n > 0) place[n - 1] = '\0';
    kl_py_trace((uintptr_t)ctx->engine, row->module, row->name, args, count, result, vm_call_depth(L), microseconds, n > 0 ? place : NULL, line);
}

void kemi_told(lua_State *L, kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, const kl_value *result, double microseconds)
{
    const unsigned slow = vm_of(L)->slow;
    const int limit = ctx->world->latency_limit_action;
    if ((slow & VM_SLOW_LATENCY) && limit > 0 && microseconds >= limit) alert(L, ctx, row, microseconds);
    if (slow & VM_SLOW_TRACE) trace(L, ctx, row, args, count, result, microseconds);
}
