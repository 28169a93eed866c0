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

typedef enum errand_kind { ERRAND_CANCEL, ERRAND_REPLY, ERRAND_RESEND, ERRAND_CONTINUE, ERRAND_CLEAN } errand_kind;

enum { OF_CALL_ID, OF_CSEQ, OF_TEXT, OF_TO_TAG, OF_HEADERS, OF_BODY, TEXTS };

typedef struct errand {
    errand_kind kind;
    uint32_t index, label;
    int flag, code;
    bool tagged;          /* the To-tag was given, empty or not */
    kl_span texts[TEXTS]; /* in an inbox their sizes count alone: the bytes are behind, one after the other */
} errand;

static void reply(kl_ctx *ctx, tm_cell *cell, const errand *task, const kl_span *texts)
{
    const tm_reply_extra extra = {
        .to_tag = task->tagged ? texts[OF_TO_TAG] : SPAN_NULL, .headers = texts[OF_HEADERS], .body = texts[OF_BODY]};
    tm_reply_more(ctx, cell, task->code, texts[OF_TEXT], &extra);
}

static void run_on(kl_ctx *ctx, tm_cell *cell, const errand *task, const kl_span *texts)
{
    if (!cell) return;
    cell_ref(cell);
    if (task->kind == ERRAND_REPLY) reply(ctx, cell, task, texts);
    else if (task->kind == ERRAND_RESEND) tm_retransmit_reply(ctx, cell);
    else tm_continue(ctx, cell, texts[OF_TEXT]);
    cell_unref(cell);
}

static void run(kl_ctx *ctx, const void *data, size_t size)
{
    const errand *task = data;
    const char *at = (const char *)(task + 1);
    kl_span texts[TEXTS];
    (void)size;
    if (!tm_of(ctx)) return;
    for (int i = 0; i < TEXTS; i++, at = span_end(texts[i - 1])) texts[i] = span_of(at, task->texts[i].n);
    switch (task->kind) {
    case ERRAND_CLEAN: tm_clean(ctx); return;
    case ERRAND_CANCEL: cancel_call(ctx, texts[OF_CALL_ID], texts[OF_CSEQ], task->flag, task->code); return;
    case ERRAND_CONTINUE: run_on(ctx, table_by_id(tm_of(ctx), task->index, task->label), task, texts); return;
    default: run_on(ctx, table_by_call_id(ctx, texts[OF_CALL_ID], texts[OF_CSEQ]), task, texts); return;
    }
}

static bool post(kl_ctx *ctx, int engine, const errand *task)
{
    kl_error err;
    size_t size = sizeof *task;
    for (int i = 0; i < TEXTS; i++) size += task->texts[i].n;
    char *bytes = arena_alloc(ctx->scratch, size), *at = bytes;
    if (!bytes) return false;
    at = text_put(at, span_of((const char *)task, sizeof *task));
    for (int i = 0; i < TEXTS; i++) at = text_put(at, task->texts[i]);
    if (shared_engines_post(shared_engines_of(ctx->shared), engine, run, bytes, size, &err) == KL_OK) return true;
    if (err.status != KL_ENOENT) log_print(ctx, KL_LOG_ERR, "tm: engine %d could not be told: %s", engine, err.text);
    return false;
}

static int hand_over(kl_ctx *ctx, uint64_t key, const errand *task)
{
    const int engine = shared_index_find(shared_index_of(ctx->shared), key);
    return engine >= 0 && engine != ctx->number && post(ctx, engine, task) ? 1 : -1;
}

static int hand_over_call(kl_ctx *ctx, kl_span call_id, kl_span cseq, errand task)
{
    const tm_state *tm = tm_of(ctx);
    if (is_alone(tm)) return -1;
    task.texts[OF_CALL_ID] = call_id;
    task.texts[OF_CSEQ] = cseq;
    return hand_over(ctx, call_key(tm, call_id, cseq), &task);
}

int elsewhere_cancel(kl_ctx *ctx, kl_span call_id, kl_span cseq, int flag, int cause)
{
    return hand_over_call(ctx, call_id, cseq, (errand){.kind = ERRAND_CANCEL, .flag = flag, .code = cause});
}

int elsewhere_reply(kl_ctx *ctx, kl_span call_id, kl_span cseq, int code, kl_span reason, const tm_reply_extra *extra)
{
    errand task = {.kind = ERRAND_REPLY, .code = code, .texts[OF_TEXT] = reason};
    if (extra) {
        task.tagged = extra->to_tag.s != NULL;
        task.texts[OF_TO_TAG] = extra->to_tag;
        task.texts[OF_HEADERS] = extra->headers;
        task.texts[OF_BODY] = extra->body;
    }
    return hand_over_call(ctx, call_id, cseq, task);
}

int elsewhere_resend(kl_ctx *ctx, kl_span call_id, kl_span cseq)
{
    return hand_over_call(ctx, call_id, cseq, (errand){.kind = ERRAND_RESEND});
}

int elsewhere_continue(kl_ctx *ctx, uint32_t index, uint32_t label, kl_span function)
{
    const tm_state *tm = tm_of(ctx);
    const errand task = {.kind = ERRAND_CONTINUE, .index = index, .label = label, .texts[OF_TEXT] = function};
    return is_alone(tm) ? -1 : hand_over(ctx, id_key(tm, index, label), &task);
}

int elsewhere_of(const kl_ctx *ctx, uint32_t label)
{
    const int engine = (int)(label >> LABEL_BITS);
    return engine != ctx->number && !is_alone(tm_of(ctx)) &&
                   engine < shared_engines_count(shared_engines_of(ctx->shared))
               ? engine
               : -1;
}

void elsewhere_clean(kl_ctx *ctx)
{
    const errand task = {.kind = ERRAND_CLEAN};
    if (is_alone(tm_of(ctx))) return;
    const int count = shared_engines_count(shared_engines_of(ctx->shared));
    for (int i = 0; i < count; i++)
        if (i != ctx->number) post(ctx, i, &task);
}
