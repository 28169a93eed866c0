/* cell.c: a transaction from its request to its last reference. */
#include "internal.h"

#include "base/siphash.h"
#include "base/text.h"
#include "pv/store/store.h"
#include "sip/build.h"

#define FEW_TEXTS     192 /* bytes of names of functions, of all that a transaction without branches keeps */
#define BRANCH_TEXTS  512 /* bytes for what a branch keeps beside the request's */
#define RESPONSE_STEP 64  /* bytes, for replies that differ little in size */

/* What tells this transaction from any other here, the same when the request comes once more after its end. */
static void name_it(kl_ctx *ctx, tm_cell *cell)
{
    kl_msg *msg = ctx->msg;
    const unsigned char *secret = ctx->server->secret;
    const sip_via *via = msg_via1(msg);
    const sip_hdr *call_id = msg_hdr_first(msg, SIP_HDR_CALL_ID);
    const sip_cseq *cseq = msg_cseq(msg);
    siphash_fields all;
    siphash_fields_begin(&all, secret, SPAN("transaction"));
    siphash_fields_add(&all, via ? via->host : SPAN_NULL);
    siphash_fields_add(&all, via ? via->port : SPAN_NULL);
    siphash_fields_add(&all, via ? via->branch : SPAN_NULL);
    siphash_fields_add(&all, call_id ? hdr_body(call_id) : SPAN_NULL);
    siphash_fields_add(&all, cseq ? cseq->number : SPAN_NULL);
    const uint64_t first = siphash_fields_end(&all),
                   second = siphash_of(secret + 16, span_of((const char *)&first, sizeof first));
    const uint64_t method = msg->method_id == SIP_CANCEL; /* which has the To-tag of its INVITE, and other branches */
    text_put_hex_digits(text_put_hex_digits(cell->key, first ^ method, 16), second, 16);
    char *at = text_put(cell->tag, span_of(ctx->server->tag_instance, BUILD_TAG_INSTANCE));
    text_put_hex_digits(text_putc(at, '-'), (first ^ second) & 0xffffffff, 8);
}

static int64_t or_else(int64_t told, int64_t otherwise) { return told ? told : otherwise; }

static void time_it(kl_ctx *ctx, tm_cell *cell, const tm_timing *told)
{
    const tm_settings *settings = &cell->tm->settings;
    tm_timing *timing = &cell->timing;
    const int64_t fr = told->fr ? 0 : fr_avp(ctx, settings->fr_timer_avp),
                  fr_inv = told->fr_inv ? 0 : fr_avp(ctx, settings->fr_inv_timer_avp);
    timing->fr = or_else(or_else(told->fr, fr), tm_ticks(settings->fr_timer));
    timing->fr_inv = or_else(or_else(told->fr_inv, fr_inv), tm_ticks(settings->fr_inv_timer));
    if (fr_inv) cell->flags |= TM_NOISY;
    timing->repeat_first = or_else(told->repeat_first, tm_ticks(settings->retr_timer1));
    timing->repeat_most = or_else(told->repeat_most, tm_ticks(settings->retr_timer2));
    timing->life_inv = or_else(told->life_inv, tm_ticks(settings->max_inv_lifetime));
    timing->life_noninv = or_else(told->life_noninv, tm_ticks(settings->max_noninv_lifetime));
    cell->end_of_life = ctx->monotonic + (cell_is(cell, TM_IS_INVITE) ? timing->life_inv : timing->life_noninv);
}

static bool keep_handlers(tm_cell *cell, const tm_handlers *pending)
{
    cell->handlers = (tm_handlers){cell_text(cell, pending->on_failure), cell_text(cell, pending->on_branch_failure),
                                   cell_text(cell, pending->on_reply), cell_text(cell, pending->on_branch)};
    return cell->handlers.on_failure.s && cell->handlers.on_branch_failure.s && cell->handlers.on_reply.s &&
           cell->handlers.on_branch.s;
}

/* What the script set for this message becomes the transaction's. */
static bool take_over(kl_ctx *ctx, tm_cell *cell)
{
    static const tm_note nothing;
    const tm_note *note = note_in(ctx->msg);
    if (!note) note = &nothing;
    if (ctx->msg->method_id == SIP_INVITE) cell->flags |= TM_IS_INVITE;
    if (cell->tm->settings.auto_inv_100) cell->flags |= TM_AUTO_100;
    if (cell->tm->settings.disable_6xx_block) cell->flags |= TM_DISABLE_6XX;
    if (cell->tm->settings.noisy_ctimer) cell->flags |= TM_NOISY;
    cell->flags = (cell->flags | note->set) & ~note->cleared;
    time_it(ctx, cell, &note->timing);
    return keep_handlers(cell, &note->pending);
}

tm_cell *cell_new(kl_ctx *ctx, tm_state *tm)
{
    kept_memory *const memory = kept_hold(ctx->per_engine);
    kl_region *const region = kept_region(memory);
    tm_cell *cell = region_take(region, sizeof *cell);
    if (!cell) {
        kept_let(memory);
        return NULL;
    }
    memset(cell, 0, sizeof *cell);
    cell->memory = memory;
    cell->tm = tm;
    cell->refs = 1;
    cell->picked = -1;
    cell->label = elsewhere_label(tm);
    cell->request = msg_clone_in(region, ctx->msg);
    if (cell->request) arena_expect(&cell->request->arena, FEW_TEXTS);
    if (!cell->request || !take_over(ctx, cell)) {
        cell_unref(cell);
        return NULL;
    }
    name_it(ctx, cell);
    cell->hash = table_hash(ctx, ctx->msg);
    return cell;
}

kl_span cell_text(tm_cell *cell, kl_span text)
{
    if (text.n == 0) return SPAN("");
    return arena_copy(&cell->request->arena, text);
}

bool cell_respond(tm_cell *cell)
{
    const kl_span built = buf_span(&cell->tm->out);
    kl_region *const region = kept_region(cell->memory);
    if (built.n > cell->response_room) {
        const uint32_t room = ((uint32_t)built.n + RESPONSE_STEP - 1) / RESPONSE_STEP * RESPONSE_STEP;
        char *response = region_take(region, room);
        if (!response) return false;
        if (cell->response) region_give(region, cell->response, cell->response_room);
        cell->response = response;
        cell->response_room = room;
    }
    memcpy(cell->response, built.s, built.n);
    cell->response_size = (uint32_t)built.n;
    return true;
}

void cell_stop(kl_ctx *ctx, tm_cell *cell)
{
    sending_stop(ctx, &cell->answer);
    for (int i = 0; i < cell->branch_count; i++) {
        sending_stop(ctx, &cell->branches[i]->request);
        sending_stop(ctx, &cell->branches[i]->cancel);
    }
}

void cell_unref(tm_cell *cell)
{
    if (--cell->refs > 0) return;
    for (int i = 0; i < cell->branch_count; i++) {
        if (cell->branches[i]->reply) kl_msg_free(cell->branches[i]->reply);
        if (cell->branches[i]->held) kl_msg_free(cell->branches[i]->held);
        if (cell->branches[i]->hop.message) kl_msg_free(cell->branches[i]->hop.message);
    }
    if (cell->response) region_give(kept_region(cell->memory), cell->response, cell->response_room);
    if (cell->local) local_free(cell->local);
    if (cell->relayed) kl_msg_free(cell->relayed);
    if (cell->request) kl_msg_free(cell->request);
    kept_memory *const memory = cell->memory;
    region_give(kept_region(memory), cell, sizeof *cell);
    kept_let(memory);
}

static bool grow(tm_cell *cell)
{
    const size_t cap = cell->branch_cap ? cell->branch_cap * 2u : 2;
    tm_branch **branches = arena_alloc(&cell->request->arena, cap * sizeof *branches);
    if (!branches) return false;
    if (cell->branch_count > 0) memcpy(branches, cell->branches, cell->branch_count * sizeof *branches);
    cell->branches = branches;
    cell->branch_cap = (uint8_t)cap;
    return true;
}

/* The branch, what is sent, CANCEL or ACK, texts: as one block, since many transactions wait at a time. */
static void expect_branch(tm_cell *cell)
{
    arena_expect(&cell->request->arena, sizeof(tm_branch) + cell->request->len + BRANCH_TEXTS);
}

tm_branch *cell_add_branch(kl_ctx *ctx, tm_cell *cell)
{
    if (cell->branch_count >= ctx->server->max_branches || cell->branch_count >= TM_MAX_BRANCHES) return NULL;
    if (cell->branch_count == cell->branch_cap && !grow(cell)) return NULL;
    expect_branch(cell);
    tm_branch *branch = arena_zalloc(&cell->request->arena, sizeof *branch);
    if (!branch) return NULL;
    branch->cell = cell;
    branch->index = cell->branch_count;
    cell->branches[cell->branch_count++] = branch;
    return branch;
}
