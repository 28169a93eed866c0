/* method.c: KSR.is_INVITE and its kin. */
#include "core.h"

#define MAX_LIST 126 /* bytes of a list "INVITE|BYE" */

KSR_FN(core_is_method_id)
{
    uint32_t id = ctx->msg->method_id;
    if (KL_UNLIKELY(id == 0)) id = msg_method_id(ctx->msg);
    return id == (uint32_t)ctx->row->data;
}

static bool warn_empty(kl_ctx *ctx, kl_span text)
{
    if (span_empty(text)) ctx_misuse(ctx, KL_LOG_WARN, "%s: nothing to compare with", ctx->row->name);
    return span_empty(text);
}

static kl_span skip_blanks(kl_span rest)
{
    size_t n = 0;
    while (n < rest.n && char_is(rest.s[n], SPAN_WS)) n++;
    return span_from(rest, n);
}

/* Blanks may stand around the names, and a comma does as well as a bar, but only once a bar has made it a list. False
 * at a name that is followed by anything else. */
static bool next_item(kl_span *rest, kl_span *item)
{
    kl_span at = skip_blanks(*rest);
    size_t n = 0;
    while (n < at.n && !char_is(at.s[n], SPAN_WS) && at.s[n] != '|' && at.s[n] != ',') n++;
    *item = span_of(at.s, n);
    at = skip_blanks(span_from(at, n));
    *rest = at;
    if (at.n == 0) return true;
    *rest = skip_blanks(span_from(at, 1));
    return at.s[0] == '|' || at.s[0] == ',';
}

/* One unknown name makes the whole list false. */
static bool in_list(kl_ctx *ctx, kl_span list, uint32_t id)
{
    uint32_t ids = 0;
    kl_span item;
    while (list.n > 0) {
        const bool good = next_item(&list, &item);
        const uint32_t method = sip_method_ofi(item);
        if (!good || method == SIP_METHOD_OTHER) {
            ctx_misuse(ctx, KL_LOG_ERR, "is_method: unknown method [%.*s]", (int)item.n, item.s);
            return false;
        }
        ids |= method;
    }
    return id != SIP_METHOD_OTHER && (ids & id) != 0;
}

KSR_FN(core_is_method)
{
    const kl_span name = args[0].s;
    if (warn_empty(ctx, name)) return 0;
    if (!span_find(name, '|')) return span_eqi(name, msg_method(ctx->msg));
    return name.n <= MAX_LIST && in_list(ctx, name, msg_method_id(ctx->msg));
}

static uint32_t method_of_letter(char letter)
{
    static const char letters[] = "iabcmrepsnofgukdtv";
    static const uint32_t ids[] = {SIP_INVITE, SIP_ACK,     SIP_BYE,       SIP_CANCEL, SIP_MESSAGE, SIP_REGISTER,
                                   SIP_PRACK,  SIP_PUBLISH, SIP_SUBSCRIBE, SIP_NOTIFY, SIP_OPTIONS, SIP_REFER,
                                   SIP_GET,    SIP_UPDATE,  SIP_KDMQ,      SIP_DELETE, SIP_POST,    SIP_PUT};
    const char *at = letter ? strchr(letters, char_lower(letter)) : NULL;
    return at ? ids[at - letters] : 0;
}

KSR_FN(core_is_method_in)
{
    const kl_span letters = args[0].s;
    if (warn_empty(ctx, letters)) return 0;
    const uint32_t id = msg_method_id(ctx->msg);
    if (id == SIP_METHOD_OTHER) return 0;
    for (size_t i = 0; i < letters.n; i++) {
        const uint32_t method = method_of_letter(letters.s[i]);
        if (method == id) return 1;
        if (method == 0)
            ctx_misuse(ctx, KL_LOG_WARN, "is_method_in: no method has the letter %c",
                       char_is(letters.s[i], SPAN_TOKEN) ? letters.s[i] : '?');
    }
    return 0;
}
