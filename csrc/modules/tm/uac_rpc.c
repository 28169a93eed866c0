/* uac_rpc.c: the commands of tm that send a request. */
#include "modules/rpc_values.h"
#include "tm.h"
#include "tm/local.h"
#include "tm_rpc.h"

#include "base/codec.h"
#include "base/text.h"

#define NEEDED 5 /* parameters; a body may follow */

/* As Kamailio's reader of parameters words it. */
static int too_few(kl_ctx *ctx, size_t count, kl_value *out)
{
    char digits[TEXT_INT];
    const kl_span text = text_join(ctx->scratch, SPAN("too few parameters ("), count ? SPAN("-") : SPAN(""),
                                   text_decimal(digits, count), SPAN("/5)"));
    if (!text.s) return rpc_no_memory(out);
    value_str(out, text);
    return 400;
}

/* .s NULL: it is no text of pairs of digits, or memory ended. */
static kl_span from_hex(kl_arena *arena, kl_span digits)
{
    char *text = digits.n % 2 == 0 ? arena_alloc(arena, digits.n / 2 + 1) : NULL;
    if (!text) return SPAN_NULL;
    const size_t n = hex_decode(digits, text);
    return n == CODEC_BAD ? SPAN_NULL : span_of(text, n);
}

static int start(kl_ctx *ctx, const kl_value *args, size_t count, kl_arena *arena, bool no_ack, bool hex, kl_value *out)
{
    kl_span given[NEEDED + 1];
    tm_local_fault fault;
    if (count < NEEDED) return too_few(ctx, count, out);
    for (size_t i = 0; i <= NEEDED; i++) given[i] = rpc_text(arena, args, count, i);
    const bool has_body = given[5].n > 0 && !span_eq(given[5], SPAN("."));
    const kl_span body = !has_body ? SPAN("") : hex ? from_hex(arena, given[5]) : given[5];
    if (!body.s) return rpc_fault(out, 400, "Invalid hexadecimal body");
    const tm_local_request request = {.method = given[0],
                                      .uri = given[1],
                                      .next_hop = given[2],
                                      .socket = given[3],
                                      .headers = given[4],
                                      .body = body,
                                      .no_ack = no_ack};
    if (local_send(ctx, &request, NULL, &fault)) return 0;
    value_str(out, fault.text);
    return fault.code;
}

int rpc_uac_start(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    (void)state;
    return start(ctx, args, count, arena, false, false, out);
}

int rpc_uac_start_hex(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    (void)state;
    return start(ctx, args, count, arena, false, true, out);
}

int rpc_uac_start_noack(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)
{
    (void)state;
    return start(ctx, args, count, arena, true, false, out);
}

int rpc_uac_start_noack_hex(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena,
                            kl_value *out)
{
    (void)state;
    return start(ctx, args, count, arena, true, true, out);
}
