/* elsewhere.c: a function that names a transaction by Call-ID or number may run in another engine than the one that has
 * it. A small index, which they share, tells who has it and whether it waits; what is to be done goes to the inbox of
 * that engine. */
#include "internal.h"

#include "base/text.h"
#include "core/shared.h"

#define LABEL_BITS 21 /* of how many there were; the engine's number stands before them */

uint32_t elsewhere_label(tm_state *tm)
{
    const uint32_t count = tm->label++ & ((1u << LABEL_BITS) - 1);
    return count | (uint32_t)(tm->number > 0 ? tm->number : 0) << LABEL_BITS;
}

/* ---- the index */

static bool is_alone(const tm_state *tm)
{
    return !tm->shared || shared_engines_count(shared_engines_of(tm->shared)) < 2;
}

static uint64_t call_key(const tm_state *tm, kl_span call_id, kl_span cseq)
{
    return shared_hash(tm->shared, SPAN("tm call"), call_id, cseq) | 1;
}

static uint64_t id_key(const tm_state *tm, uint32_t index, uint32_t label)
{
    return shared_hash(tm->shared, SPAN("tm id"), span_of((const char *)&index, sizeof index),
                       span_of((const char *)&label, sizeof label)) |
           1;
}

void elsewhere_note(tm_cell *cell)
{
    const sip_hdr *call_id = msg_hdr_first(cell->request, SIP_HDR_CALL_ID);
    const sip_cseq *cseq = msg_cseq(cell->request);
    if (!cell_is(cell, TM_IS_INVITE) || !call_id || !cseq || is_alone(cell->tm)) return;
    const uint64_t key = call_key(cell->tm, hdr_body(call_id), cseq->number);
    if (shared_index_put(shared_index_of(cell->tm->shared), key, cell->tm->number)) cell->call_key = key;
}

static void drop(tm_cell *cell, uint64_t *key)
{
    if (*key) shared_index_drop(shared_index_of(cell->tm->shared), *key, cell->tm->number);
    *key = 0;
}

void elsewhere_suspended(tm_cell *cell, bool is)
{
    if (!is) {
        drop(cell, &cell->id_key);
    } else if (!cell->id_key && !is_alone(cell->tm)) {
        const uint64_t key = id_key(cell->tm, table_index(cell), cell->label);
        if (shared_index_put(shared_index_of(cell->tm->shared), key, cell->tm->number)) cell->id_key = key;
    }
}

void elsewhere_forget(tm_cell *cell)
{
    drop(cell, &cell->call_key);
    drop(cell, &cell->id_key);
}

/* ---- what is handed over */

typedef enum errand_kind { ERRAND_CANCEL, ERRAND_REPLY, ERRAND_CONTINUE } errand_kind;

typedef struct errand { /* texts behind it, one after the other */
    errand_kind kind;
    uint32_t index, label;
    int flag, code;
    size_t call_id, cseq, text; /* bytes of each */
} errand;

static kl_span next(const char **at, size_t n)
{
    const kl_span text = span_of(*at, n);
    *at += n;
    return text;
}

static void run(kl_ctx *ctx, const void *data, size_t size)
{
    const errand *task = data;
    const char *at = (const char *)(task + 1);
    const kl_span call_id = next(&at, task->call_id), cseq = next(&at, task->cseq), text = next(&at, task->text);
    tm_cell *cell = NULL;
    (void)size;
    if (!tm_of(ctx)) return;
    switch (task->kind) {
    case ERRAND_CANCEL: cancel_call(ctx, call_id, cseq, task->flag, task->code); return;
    case ERRAND_REPLY: cell = table_by_call_id(ctx, call_id, cseq); break;
    case ERRAND_CONTINUE: cell = table_by_id(tm_of(ctx), task->index, task->label); break;
    }
    if (!cell) return;
    cell_ref(cell);
    if (task->kind == ERRAND_REPLY) tm_reply(ctx, cell, task->code, text);
    else tm_continue(ctx, cell, text);
    cell_unref(cell);
}

static int hand_over(kl_ctx *ctx, uint64_t key, errand task, kl_span call_id, kl_span cseq, kl_span text)
{
    kl_error err;
    const int engine = shared_index_find(shared_index_of(ctx->shared), key);
    if (engine < 0 || engine == ctx->number) return -1;
    task.call_id = call_id.n;
    task.cseq = cseq.n;
    task.text = text.n;
    const size_t size = sizeof task + call_id.n + cseq.n + text.n;
    char *bytes = arena_alloc(ctx->scratch, size), *at = bytes;
    if (!bytes) return -1;
    at = text_put(at, span_of((const char *)&task, sizeof task));
    text_put(text_put(text_put(at, call_id), cseq), text);
    if (shared_engines_post(shared_engines_of(ctx->shared), engine, run, bytes, size, &err) == KL_OK) return 1;
    log_print(ctx, KL_LOG_ERR, "tm: engine %d could not be told: %s", engine, err.text);
    return -1;
}

int elsewhere_cancel(kl_ctx *ctx, kl_span call_id, kl_span cseq, int flag, int cause)
{
    const tm_state *tm = tm_of(ctx);
    if (is_alone(tm)) return -1;
    const errand task = {.kind = ERRAND_CANCEL, .flag = flag, .code = cause};
    return hand_over(ctx, call_key(tm, call_id, cseq), task, call_id, cseq, SPAN(""));
}

int elsewhere_reply(kl_ctx *ctx, kl_span call_id, kl_span cseq, int code, kl_span reason)
{
    const tm_state *tm = tm_of(ctx);
    if (is_alone(tm)) return -1;
    const errand task = {.kind = ERRAND_REPLY, .code = code};
    return hand_over(ctx, call_key(tm, call_id, cseq), task, call_id, cseq, reason);
}

int elsewhere_continue(kl_ctx *ctx, uint32_t index, uint32_t label, kl_span function)
{
    const tm_state *tm = tm_of(ctx);
    if (is_alone(tm)) return -1;
    const errand task = {.kind = ERRAND_CONTINUE, .index = index, .label = label};
    return hand_over(ctx, id_key(tm, index, label), task, SPAN(""), SPAN(""), function);
}
