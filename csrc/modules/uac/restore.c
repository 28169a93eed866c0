/* restore.c: the URI that was replaced, kept in our Record-Route and put back in later requests of the dialog. */
#include "base/codec.h"
#include "base/text.h"
#include "core/route.h"
#include "proxy/record_route.h"
#include "sip/build.h"
#include "sip/edit.h"
#include "uac.h"

static void apply_password(const uac_state *uac, char *bytes, size_t n)
{
    const kl_span password = uac->restore_passwd;
    for (size_t i = 0; password.n > 0 && i < n; i++) bytes[i] ^= password.s[i % password.n];
}

static void apply_uri(char *bytes, kl_span uri)
{
    for (size_t i = 0; i < uri.n; i++) bytes[i] ^= uri.s[i];
}

/* ";name=" and Base64 whose padding is -, since = would end a value. */
bool uac_store(kl_ctx *ctx, bool from, kl_span old, kl_span replacement)
{
    const uac_state *uac = uac_state_of(ctx);
    const kl_span name = from ? uac->rr_from_store_param : uac->rr_to_store_param;
    const size_t n = old.n > replacement.n ? old.n : replacement.n;
    char *bytes = arena_zalloc(ctx->scratch, n + 1),
         *text = arena_alloc(ctx->scratch, name.n + 2 + base64_encode_bound(n));
    if (!bytes || !text) return false;
    apply_uri(bytes, old);
    apply_uri(bytes, replacement);
    apply_password(uac, bytes, n);
    char *at = text_put(text_put(text_put(text, SPAN(";")), name), SPAN("="));
    const size_t coded = base64_encode(span_of(bytes, n), false, true, at);
    for (size_t i = coded; i > 0 && at[i - 1] == '='; i--) at[i - 1] = '-';
    return record_route_add_param(ctx, span_between(text, at + coded)) > 0;
}

/* ---- back */

/* In ctx->scratch; false: malformed. Padding is at most two -. */
static bool decode(kl_ctx *ctx, kl_span value, char **bytes, size_t *n)
{
    char *text = arena_alloc(ctx->scratch, value.n + 1);
    *bytes = arena_alloc(ctx->scratch, base64_decode_bound(value.n) + 1);
    if (!text || !*bytes || value.n == 0) return false;
    memcpy(text, value.s, value.n);
    size_t end = value.n;
    while (end > 0 && value.n - end < 2 && text[end - 1] == '-') text[--end] = '=';
    for (size_t i = 0; i < end; i++)
        if (!char_is(text[i], SPAN_ALPHA | SPAN_DIGIT) && text[i] != '+' && text[i] != '/') return false;
    *n = base64_decode_lax(span_of(text, value.n), false, *bytes);
    return *n != CODEC_BAD;
}

/* No byte that could end a header or its brackets: the text comes from the peer. */
static bool is_clean(kl_span uri)
{
    for (size_t i = 0; i < uri.n; i++)
        if ((unsigned char)uri.s[i] <= ' ' || uri.s[i] == 0x7f || uri.s[i] == '<' || uri.s[i] == '>') return false;
    return uri.n > 0;
}

static bool other_uri(kl_ctx *ctx, kl_span value, kl_span present, kl_span *out)
{
    char *bytes;
    size_t n;
    if (!decode(ctx, value, &bytes, &n) || n < present.n) return false;
    apply_password(uac_state_of(ctx), bytes, n);
    apply_uri(bytes, present);
    while (n > 0 && bytes[n - 1] == '\0') n--;
    *out = span_of(bytes, n);
    return is_clean(*out);
}

/* A Record-Route of this request has the parameter too, for a route set that is made anew. */
static bool record_again(kl_ctx *ctx, kl_span name, kl_span value)
{
    const kl_span param = text_join(ctx->scratch, SPAN(";"), name, SPAN("="), value);
    return param.s && record_route_add_param(ctx, param) > 0;
}

/* Who called has From in its own requests, and To in those of the other side. */
static bool restore(kl_ctx *ctx, bool from)
{
    const uac_state *uac = uac_state_of(ctx);
    const route_notes *notes = route_noted(ctx->msg);
    if (uac->restore_mode == UAC_RESTORE_NONE || !ctx->msg->is_request || !notes || !notes->routed) return false;
    const kl_span name = from ? uac->rr_from_store_param : uac->rr_to_store_param;
    const kl_span value = route_param(notes->params, name);
    if (value.n == 0) return false;
    const sip_nameaddr *address = from != route_is_upstream(ctx) ? msg_from(ctx->msg) : msg_to(ctx->msg);
    kl_span uri;
    if (address && other_uri(ctx, value, address->uri, &uri))
        return record_again(ctx, name, value) && uac_keep(ctx, from != route_is_upstream(ctx), address) &&
               edit_address_uri(ctx->msg, address, uri);
    log_print(ctx, KL_LOG_ERR, "uac: the URI in Route cannot be restored: %.*s", (int)(value.n > 128 ? 128 : value.n),
              value.s);
    return false;
}

KSR_FN(uac_restore_header) { return restore(ctx, (ctx->row->data & UAC_FROM) != 0) ? 1 : -1; }

bool uac_route_found(kl_ctx *ctx, kl_span params)
{
    (void)params; /* restore reads them, for scripts too */
    if (uac_state_of(ctx)->restore_mode != UAC_RESTORE_AUTO) return false;
    const bool upstream = route_is_upstream(ctx), from = restore(ctx, true), to = restore(ctx, false);
    uac_note *note = from || to ? uac_note_of(ctx->msg) : NULL;
    if (!note) return false;
    if (from) note->done |= upstream ? UAC_TO_BACK : UAC_FROM_BACK;
    if (to) note->done |= upstream ? UAC_FROM_BACK : UAC_TO_BACK;
    return false;
}
