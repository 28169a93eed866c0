/* tm_rpc.c: the commands of tm about transactions that there are. */
#include "tm.h"

#include "base/text.h"
#include "core/clock.h"
#include "core/line.h"
#include "modules/rpc_values.h"
#include "tm_rpc.h"

/* ---- numbers */

static int rpc_stats(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    static const char *const classes[] = {"2xx", "3xx", "4xx", "5xx", "6xx"};
    const tm_counters *counted = &((const tm_state *)state)->counters;
    kl_item *items = NULL, **tail = &items;
    (void)ctx, (void)args, (void)count;
    bool done = rpc_add_number(arena, &tail, "current", (int64_t)counted->in_use) &&
                rpc_add_number(arena, &tail, "waiting", (int64_t)(counted->in_use - counted->active)) &&
                rpc_add_number(arena, &tail, "total", (int64_t)counted->transactions) &&
                rpc_add_number(arena, &tail, "total_local", (int64_t)counted->client_transactions) &&
                rpc_add_number(arena, &tail, "rpl_received", (int64_t)counted->replies_received) &&
                rpc_add_number(arena, &tail, "rpl_generated", (int64_t)counted->replies_generated) &&
                rpc_add_number(arena, &tail, "rpl_sent", (int64_t)counted->replies_sent);
    for (int i = 4; i >= 0 && done; i--)
        done = rpc_add_number(arena, &tail, classes[i], (int64_t)counted->completed[i]);
    done = done && rpc_add_number(arena, &tail, "created", (int64_t)counted->transactions) &&
           rpc_add_number(arena, &tail, "freed", (int64_t)counted->deleted) &&
           rpc_add_number(arena, &tail, "delayed_free", 0);
    *out = (kl_value){.type = KL_TYPE_DICT, .items = items};
    return done ? 0 : rpc_no_memory(out);
}

static int rpc_clean(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    (void)state, (void)args, (void)count, (void)arena, (void)out;
    tm_clean(ctx);
    elsewhere_clean(ctx);
    return 0;
}

/* As of a Kamailio that was compiled without them. */
static int rpc_hash_stats(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    (void)ctx, (void)state, (void)args, (void)count, (void)arena;
    return rpc_fault(out, 500, "Hash statistics not supported (tryrecompiling with -DTM_HASH_STATS)"); /* sic */
}

/* ---- each transaction */

/* Kamailio's numbers of its flags. */
static int64_t flags_of(const tm_cell *cell)
{
    static const struct {
        unsigned ours;
        int theirs;
    } flags[] = {{TM_IS_INVITE, 1}, {TM_IS_LOCAL, 2},      {TM_CANCELLED, 8},         {TM_6XX, 16},
                 {TM_AUTO_100, 64}, {TM_DISABLE_6XX, 128}, {TM_DISABLE_FAILOVER, 256}};
    int64_t told = 0;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (cell_is(cell, flags[i].ours)) told |= flags[i].theirs;
    return told;
}

static kl_span line_of(const kl_msg *request, sip_hdr_id id)
{
    const sip_hdr *hdr = msg_hdr_first(request, id);
    return hdr ? hdr_line(hdr) : SPAN("");
}

static bool describe(kl_ctx *ctx, kl_arena *arena, kl_item ***tail, tm_cell *cell)
{
    char number[24];
    kl_item **inner;
    kl_msg *request = cell->request;
    const sip_cseq *cseq = msg_cseq(request);
    const kl_span place = span_between(number, text_put_hex(text_put(number, SPAN("0x")), cell->hash)),
                  sequence = text_join(ctx->scratch, SPAN("CSeq: "), cseq ? cseq->number : SPAN(""));
    return sequence.s && rpc_add_struct(arena, tail, NULL, &inner) && rpc_add_text(arena, &inner, "cell", place) &&
           rpc_add_number(arena, &inner, "tindex", table_index(cell)) &&
           rpc_add_number(arena, &inner, "tlabel", cell->label) &&
           rpc_add_text(arena, &inner, "method", request->method) &&
           rpc_add_text(arena, &inner, "from", line_of(request, SIP_HDR_FROM)) &&
           rpc_add_text(arena, &inner, "to", line_of(request, SIP_HDR_TO)) &&
           rpc_add_text(arena, &inner, "callid", line_of(request, SIP_HDR_CALL_ID)) &&
           rpc_add_text(arena, &inner, "cseq", sequence) &&
           rpc_add_text(arena, &inner, "uas_request", cell->local ? SPAN("no") : SPAN("yes")) &&
           rpc_add_number(arena, &inner, "tflags", flags_of(cell)) &&
           rpc_add_number(arena, &inner, "outgoings", cell->branch_count) &&
           rpc_add_number(arena, &inner, "ref_count", cell->refs) &&
           rpc_add_number(arena, &inner, "lifetime", cell->end_of_life / (CLOCK_SECOND / 16));
}

static int rpc_list(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    const tm_state *tm = state;
    kl_item *items = NULL, **tail = &items;
    (void)args, (void)count;
    for (size_t i = 0; i < tm->slot_count; i++)
        for (tm_cell *cell = tm->slots[i]; cell; cell = cell->next)
            if (!describe(ctx, arena, &tail, cell)) return rpc_no_memory(out);
    *out = (kl_value){.type = KL_TYPE_ARRAY, .items = items};
    return 0;
}

/* ---- one of them */

static tm_cell *no_cell(kl_value *out, int *code, int fault, const char *text)
{
    *code = rpc_fault(out, fault, text);
    return NULL;
}

/* By Call-ID and number of CSeq, two parameters from `at` on, which are there; NULL, and the code of the fault. */
static tm_cell *by_call_id(kl_ctx *ctx, const kl_value *args, size_t count, size_t at, kl_arena *arena, int unknown,
                           kl_value *out, int *code)
{
    const kl_span call_id = rpc_text(arena, args, count, at), cseq = rpc_text(arena, args, count, at + 1);
    tm_cell *cell = table_by_call_id(ctx, call_id, cseq);
    return cell ? cell : no_cell(out, code, unknown, "Transaction not found");
}

/* By "index:label". */
static tm_cell *by_id(kl_ctx *ctx, const kl_value *args, size_t count, size_t at, kl_arena *arena, kl_value *out,
                      int *code)
{
    const kl_span id = rpc_text(arena, args, count, at);
    const char *colon = id.n > 0 ? memchr(id.s, ':', id.n) : NULL;
    uint64_t index, label;
    if (!colon || !span_uint(span_between(id.s, colon), UINT32_MAX, &index) ||
        !span_uint(span_between(colon + 1, span_end(id)), UINT32_MAX, &label))
        return no_cell(out, code, 400, "Invalid transaction ID");
    const int other = elsewhere_of(ctx, (uint32_t)label);
    if (other >= 0) {
        value_long(out, other);
        *code = KL_RPC_ELSEWHERE;
        return NULL;
    }
    tm_cell *cell = table_by_id(tm_of(ctx), (uint32_t)index, (uint32_t)label);
    return cell ? cell : no_cell(out, code, 481, "No such transaction");
}

static int rpc_cancel(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    (void)state;
    if (count < 2) return rpc_fault(out, 400, "Callid and CSeq expected as parameters");
    const kl_span call_id = rpc_text(arena, args, count, 0), cseq = rpc_text(arena, args, count, 1);
    if (!cancel_call(ctx, call_id, cseq, 0, 0) && elsewhere_cancel(ctx, call_id, cseq, 0, 0) < 0)
        return rpc_fault(out, 400, "Transaction not found");
    return rpc_done(out, "branches remaining (waiting for timeout)");
}

/* Code and reason are the first two parameters, what else is in the reply begins at `at`: 0, or the code of a fault. */
static int read_extra(kl_ctx *ctx, const kl_value *args, size_t count, size_t at, kl_arena *arena,
                      tm_reply_extra *extra, kl_value *out)
{
    *extra = (tm_reply_extra){.to_tag = rpc_text(arena, args, count, at),
                              .headers = rpc_text(arena, args, count, at + 1),
                              .body = rpc_text(arena, args, count, at + 2)};
    if (span_eq(extra->headers, SPAN("."))) extra->headers = SPAN_NULL;
    if (extra->to_tag.n > 0 && !line_good(ctx, extra->to_tag)) return rpc_fault(out, 400, "Malformed To-tag");
    if (extra->headers.n > 0 && (extra->headers.n < 2 || extra->headers.s[extra->headers.n - 1] != '\n'))
        return rpc_fault(out, 400, "Header lines have to end with CRLF");
    return 0;
}

static int reply(kl_ctx *ctx, tm_cell *cell, const kl_value *args, size_t count, size_t at, kl_arena *arena,
                 kl_value *out)
{
    tm_reply_extra extra;
    const int code = read_extra(ctx, args, count, at, arena, &extra, out);
    if (code) return code;
    cell_ref(cell);
    const int sent = tm_reply_more(ctx, cell, (int)rpc_number(args, count, 0), rpc_text(arena, args, count, 1), &extra);
    cell_unref(cell);
    return sent < 0 ? rpc_fault(out, 500, "Reply failed") : 0;
}

/* 0: all that are needed are there; `missing`: what is said of each that is not. */
static int check_params(size_t count, const char *const *missing, size_t needed, kl_value *out)
{
    return count >= needed ? 0 : rpc_fault(out, 400, missing[count]);
}

static int rpc_reply(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    static const char *const missing[] = {"Reply code expected", "Reason phrase expected", "Transaction ID expected",
                                          "To tag expected"};
    int code = check_params(count, missing, 4, out);
    (void)state;
    if (code) return code;
    tm_cell *cell = by_id(ctx, args, count, 2, arena, out, &code);
    return cell ? reply(ctx, cell, args, count, 3, arena, out) : code;
}

static int rpc_reply_callid(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena,
                            kl_value *out)
{
    static const char *const missing[] = {"Reply code expected", "Reason phrase expected", "Call-ID expected",
                                          "CSeq expected", "To tag expected"};
    int code = check_params(count, missing, 5, out);
    (void)state;
    if (code) return code;
    tm_cell *cell = by_call_id(ctx, args, count, 2, arena, 404, out, &code);
    if (cell) return reply(ctx, cell, args, count, 4, arena, out);
    tm_reply_extra extra;
    const int bad = read_extra(ctx, args, count, 4, arena, &extra, out);
    if (bad) return bad;
    return elsewhere_reply(ctx, rpc_text(arena, args, count, 2), rpc_text(arena, args, count, 3),
                           (int)rpc_number(args, count, 0), rpc_text(arena, args, count, 1), &extra) > 0
               ? 0
               : rpc_fault(out, 404, "Transaction not found");
}

static int retransmit(kl_ctx *ctx, tm_cell *cell, kl_value *out)
{
    cell_ref(cell);
    const bool sent = tm_retransmit_reply(ctx, cell);
    cell_unref(cell);
    return sent ? 0 : rpc_fault(out, 500, "Reply failed");
}

static int rpc_retransmit(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    int code;
    (void)state;
    tm_cell *cell = by_id(ctx, args, count, 0, arena, out, &code);
    return cell ? retransmit(ctx, cell, out) : code;
}

static int rpc_retransmit_callid(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena,
                                 kl_value *out)
{
    int code;
    (void)state;
    if (count < 2) return rpc_fault(out, 400, "Callid and CSeq expected as parameters");
    tm_cell *cell = by_call_id(ctx, args, count, 0, arena, 404, out, &code);
    if (cell) return retransmit(ctx, cell, out);
    return elsewhere_resend(ctx, rpc_text(arena, args, count, 0), rpc_text(arena, args, count, 1)) > 0 ? 0 : code;
}

#define UAC_PARAMS "METHOD URI NEXTHOP SOCKET HEADERS [BODY]"

const module_command tm_commands[] = {
    MODULE_COMMAND("tm.cancel", rpc_cancel, "CALL-ID CSEQ", "Cancel the branches of an INVITE; a text that says so."),
    MODULE_COMMAND("tm.clean", rpc_clean, "", "End transactions that should have ended long ago."),
    MODULE_COMMAND("tm.hash_stats", rpc_hash_stats, "", "A fault: Kamailio has it only when compiled for it."),
    MODULE_COMMAND("tm.list", rpc_list, "",
                   "Every transaction: its index and label, the request, its branches and references.",
                   .merge = KL_MERGE_LIST),
    MODULE_COMMAND("tm.reply", rpc_reply, "CODE REASON INDEX:LABEL TO-TAG [HEADERS] [BODY]",
                   "Reply within a transaction."),
    MODULE_COMMAND("tm.reply_callid", rpc_reply_callid, "CODE REASON CALL-ID CSEQ TO-TAG [HEADERS] [BODY]",
                   "Reply within the transaction of an INVITE."),
    MODULE_COMMAND("tm.retransmit_reply", rpc_retransmit, "INDEX:LABEL", "Send the last reply of a transaction again."),
    MODULE_COMMAND("tm.retransmit_reply_callid", rpc_retransmit_callid, "CALL-ID CSEQ",
                   "Send the last reply within the transaction of an INVITE again."),
    MODULE_COMMAND("tm.stats", rpc_stats, "", "How many transactions and replies there are, and were since the start.",
                   .merge = KL_MERGE_SUM),
    MODULE_COMMAND(
        "tm.t_uac_attrs", rpc_t_uac_attrs, "ATTRIBUTES " UAC_PARAMS,
        "Send a request as ATTRIBUTES say: mode=wait;cbflags=noack;rpflags=1;fr_timeout=MS;fr_inv_timeout=MS."),
#define UAC_COMMAND(name, mode, flags, does)                                                                           \
    MODULE_COMMAND("tm." #name, rpc_##name, UAC_PARAMS, "Send a request" does "."),
    RPC_UAC_FORMS(UAC_COMMAND)
#undef UAC_COMMAND
        {0},
};
