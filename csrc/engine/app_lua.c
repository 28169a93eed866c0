/* KSR.app_lua.*: a script running others. All give 1 or -1; failures are logged by the runs themselves. */
#include "engine.h"

static KSR_FN(run_chunk)
{
    kl_error err;
    error_clear(&err);
    int result;
    if (ctx->row->data == CHUNK_DOFILE && ctx->server->safe) {
        ctx_misuse(ctx, KL_LOG_ERR, "%s: scripts may not touch files here", ctx->row->name);
        return -1;
    }
    engine_run_chunk(ctx, (engine_chunk)ctx->row->data, args[0].s, &result, &err);
    return result;
}

static KSR_FN(run_named)
{
    const size_t count = ctx->row->nparams;
    kl_span words[4];
    for (size_t i = 0; i < count; i++) {
        if (!args[i].s.s || (i == 0 && span_empty(args[i].s))) {
            ctx_misuse(ctx, KL_LOG_ERR, "app_lua.%s: parameter %zu is missing", ctx->row->name, i + 1);
            return -1;
        }
        words[i] = span_of(args[i].s.s, strnlen(args[i].s.s, args[i].s.n));
    }
    kl_error err;
    error_clear(&err);
    int result;
    engine_run_named(ctx, words, count, &result, &err);
    return result;
}

static const kl_row rows[] = {
    ROW_WITH("app_lua", "dofile", INT, run_chunk, CHUNK_DOFILE, STR),
    ROW_WITH("app_lua", "dostring", INT, run_chunk, CHUNK_DOSTRING, STR),
    ROW("app_lua", "run", INT, run_named, STR),
    ROW("app_lua", "run_p1", INT, run_named, STR, STR),
    ROW("app_lua", "run_p2", INT, run_named, STR, STR, STR),
    ROW("app_lua", "run_p3", INT, run_named, STR, STR, STR, STR),
    ROW_WITH("app_lua", "runstring", INT, run_chunk, CHUNK_RUNSTRING, STR),
};

const kl_module app_lua_module = {.name = "app_lua", .rows = rows, .row_count = sizeof rows / sizeof *rows};
