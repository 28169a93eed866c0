/* uac_rpc.c: the commands of tm that send a request. */
#include "modules/rpc_values.h"
#include "tm.h"
#include "tm/local.h"
#include "tm_rpc.h"

#include "base/codec.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/clock.h"

#define NEEDED   5                   /* parameters; a body may follow */
#define PATIENCE (80 * CLOCK_SECOND) /* of what blocks in Kamailio */

typedef enum uac_mode { START, WAIT, BLOCK } uac_mode;
enum { NO_ACK = 1, HEX = 2 };

typedef struct uac_form {
    uac_mode mode;
    unsigned flags;
    int64_t fr, fr_inv; /* ms; 0: the parameters' */
} uac_form;

/* As Kamailio's reader of parameters words it. */
static int too_few(kl_ctx *ctx, size_t count, size_t needed, kl_value *out)
{
    char digits[TEXT_INT], total[TEXT_INT];
    const kl_span text = text_join(ctx->scratch, SPAN("too few parameters ("), count ? SPAN("-") : SPAN(""),
                                   text_decimal(digits, count), SPAN("/"), text_decimal(total, needed), SPAN(")"));
    if (!text.s) return rpc_no_memory(out);
    value_str(out, text);
    return 400;
}

/* ---- who waits for a reply */

typedef struct asker {
    int64_t number; /* of the answer */
    uac_mode mode;
    bool begun, answered;
    timer_id patience;
    timer_wheel *timers;
    const ctx_ops *ops;
    const struct bridge_host *host;
} asker;

static void answer(asker *to, int code, const kl_value *value)
{
    if (to->answered) return;
    to->answered = true;
    timer_stop(to->timers, &to->patience);
    to->ops->answer(to->host, to->number, code, value);
}

static void fault(asker *to, const char *text)
{
    kl_value value;
    answer(to, rpc_fault(&value, 500, text), &value);
}

static void let_go(void *data)
{
    asker *to = data;
    if (to->begun) fault(to, "No response");
    else timer_stop(to->timers, &to->patience);
    kl_free(to);
}

static void out_of_patience(timer_id *id, int64_t when, void *arg)
{
    (void)when, (void)arg;
    fault(timer_owner(id, asker, patience), "No response");
}

/* A reply that makes no dialog has no place for one, and no reply at all has empty ones. */
static bool add_dialog(kl_ctx *ctx, kl_item ***tail, const kl_msg *reply)
{
    kl_span uri = SPAN(""), hop = SPAN(""), routes = SPAN("");
    if (reply && !local_dialog(ctx, reply, &uri, &hop, &routes)) return true;
    return rpc_add_text(ctx->scratch, tail, NULL, uri) && rpc_add_text(ctx->scratch, tail, NULL, hop) &&
           rpc_add_text(ctx->scratch, tail, NULL, routes);
}

static kl_span behind_first_line(const kl_msg *reply)
{
    return span_between(span_end(reply->first_line), reply->buf + reply->len);
}

static bool describe(kl_ctx *ctx, const asker *to, const tm_local_news *news, kl_value *out)
{
    const bool all = to->mode == WAIT;
    const kl_span reason = news->reply ? news->reply->reason : tm_faked_reason(news->cell, news->code);
    kl_item *items = NULL, **tail = &items;
    const bool good = rpc_add_number(ctx->scratch, &tail, all ? NULL : "code", news->code) &&
                      rpc_add_text(ctx->scratch, &tail, all ? NULL : "text", reason) &&
                      (!all || (add_dialog(ctx, &tail, news->reply) &&
                                rpc_add_text(ctx->scratch, &tail, NULL,
                                             news->reply ? behind_first_line(news->reply) : SPAN(""))));
    *out = (kl_value){.type = all ? KL_TYPE_ARRAY : KL_TYPE_DICT, .items = items};
    return good;
}

static void answered(kl_ctx *ctx, const tm_local_news *news, void *data)
{
    const arena_mark mark = arena_save(ctx->scratch);
    kl_value value;
    if (describe(ctx, data, news, &value)) answer(data, 0, &value);
    else fault(data, "Internal error");
    arena_rewind(ctx->scratch, mark);
}

static asker *make_asker(kl_ctx *ctx, uac_mode mode)
{
    asker *to = kl_calloc(1, sizeof *to);
    if (!to) return NULL;
    *to = (asker){
        .number = ++ctx->per_engine->answers, .mode = mode, .timers = ctx->timers, .ops = ctx->ops, .host = ctx->host};
    if (mode != BLOCK || timer_set(ctx->timers, &to->patience, ctx->monotonic + PATIENCE, out_of_patience)) return to;
    kl_free(to);
    return NULL;
}

/* ---- parameters */

/* .s NULL: it is no text of pairs of digits, or memory ended. White space between them is nothing. */
static kl_span from_hex(kl_arena *arena, kl_span digits)
{
    char *text = arena_alloc(arena, digits.n + 1), *end = text;
    if (!text) return SPAN_NULL;
    for (size_t i = 0; i < digits.n; i++)
        if (!char_is(digits.s[i], SPAN_WS)) *end++ = digits.s[i];
    const kl_span pairs = span_between(text, end);
    char *bytes = pairs.n % 2 == 0 ? arena_alloc(arena, pairs.n / 2 + 1) : NULL;
    const size_t n = bytes ? hex_decode(pairs, bytes) : CODEC_BAD;
    return n == CODEC_BAD ? SPAN_NULL : span_of(bytes, n);
}

static int run(kl_ctx *ctx, const kl_value *args, size_t count, kl_arena *arena, const uac_form *form, kl_value *out)
{
    kl_span given[NEEDED + 1];
    tm_local_fault refused;
    tm_cell *cell;
    for (size_t i = 0; i <= NEEDED; i++) given[i] = rpc_text(arena, args, count, i);
    const bool has_body = given[5].n > 0 && !span_eq(given[5], SPAN("."));
    const kl_span body = !has_body ? SPAN("") : form->flags & HEX ? from_hex(arena, given[5]) : given[5];
    if (!body.s) return rpc_fault(out, 400, "Invalid hexadecimal body");
    asker *to = form->mode == START ? NULL : make_asker(ctx, form->mode);
    if (!to && form->mode != START) return rpc_no_memory(out);
    const int64_t number = to ? to->number : 0;
    const tm_local_request request = {.method = given[0],
                                      .uri = given[1],
                                      .next_hop = given[2],
                                      .socket = given[3],
                                      .headers = given[4],
                                      .body = body,
                                      .no_ack = form->flags & NO_ACK,
                                      .fr = form->fr,
                                      .fr_inv = form->fr_inv,
                                      .fn = to ? answered : NULL,
                                      .data = to,
                                      .drop = to ? let_go : NULL};
    if (!local_send(ctx, &request, &cell, &refused)) {
        value_str(out, refused.text);
        return refused.code;
    }
    if (!to) return 0;
    if (!cell) return rpc_fault(out, 500, "No response"); /* event_callback has dropped it */
    to->begun = true;
    value_long(out, number);
    return KL_RPC_LATER;
}

#define UAC_RUN(name, how, these, does)                                                                                \
    int rpc_##name(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)       \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        if (count < NEEDED) return too_few(ctx, count, NEEDED, out);                                                   \
        return run(ctx, args, count, arena, &(uac_form){.mode = how, .flags = these}, out);                            \
    }
RPC_UAC_FORMS(UAC_RUN)
#undef UAC_RUN

/* ---- attributes */

static bool read_attribute(kl_span name, kl_span value, uac_form *form)
{
    static const char *const modes[] = {[START] = "start", [WAIT] = "wait", [BLOCK] = "block"};
    uint64_t number;
    if (span_eq(name, SPAN("mode"))) {
        for (uac_mode mode = START; mode <= BLOCK; mode++)
            if (span_eq(value, span_text(modes[mode]))) form->mode = mode;
        return span_eq(value, span_text(modes[form->mode]));
    }
    if (span_eq(name, SPAN("cbflags"))) {
        form->flags |= NO_ACK;
        return span_eq(value, SPAN("noack"));
    }
    if (!span_uint(value, INT32_MAX, &number)) return false;
    if (span_eq(name, SPAN("rpflags"))) form->flags |= number & 1 ? HEX : 0;
    else if (span_eq(name, SPAN("fr_timeout"))) form->fr = (int64_t)number;
    else if (span_eq(name, SPAN("fr_inv_timeout"))) form->fr_inv = (int64_t)number;
    else return false;
    return true;
}

static bool read_attributes(kl_span text, uac_form *form)
{
    while (text.n > 0) {
        kl_span value = span_cut(&text, ';');
        const kl_span name = span_trim(span_cut(&value, '='));
        if (name.n > 0 && !read_attribute(name, span_trim(value), form)) return false;
    }
    return true;
}

int rpc_t_uac_attrs(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    uac_form form = {.mode = START};
    (void)state;
    if (count < NEEDED + 1) return too_few(ctx, count, NEEDED + 1, out);
    if (!read_attributes(rpc_text(arena, args, count, 0), &form)) return rpc_fault(out, 400, "Invalid attributes");
    return run(ctx, args + 1, count - 1, arena, &form, out);
}
