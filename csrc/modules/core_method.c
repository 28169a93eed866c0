/* core_method.c: KSR.is_INVITE and its kin. */
#include "core.h"

#define MAX_LIST 126        /* bytes of a list "INVITE|BYE" */

int core_is_method_id(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    uint32_t id = ctx->msg->method_id;
    if (KL_UNLIKELY(id == 0)) id = msg_method_id(ctx->msg);
    return id == (uint32_t)ctx->row->data;
}

static bool warn_empty(kl_ctx *ctx, kl_span text)
{
    if (span_empty(text)) log_print(ctx, KL_LOG_WARN, "%s: nothing to compare with", ctx->row->name);
    return span_empty(text);
}

static kl_span next_item(kl_span *rest)
{
    const char *bar = span_find(*rest, '|');
    const kl_span item = bar ? span_between(rest->s, bar) : *rest;
    *rest = span_from(*rest, item.n + (bar ? 1 : 0));
    return item;
}

/* One unknown name makes the whole list false. */
static bool in_list(kl_ctx *ctx, kl_span list, uint32_t id)
{
    uint32_t ids = 0;
    const char *const end = list.s + list.n;
    while (list.s < end) {
        const kl_span item = next_item(&list);
        const uint32_t method = sip_method_ofi(item);
        if (method == SIP_METHOD_OTHER) {
            log_print(ctx, KL_LOG_ERR, "is_method: unknown method [%.*s]", (int)item.n, item.s);
            return false;
        }
        ids |= method;
    }
    return id != SIP_METHOD_OTHER && (ids & id) != 0;
}

int core_is_method(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    const kl_span name = args[0].s;
    if (warn_empty(ctx, name)) return 0;
    if (!span_find(name, '|')) return span_eqi(name, msg_method(ctx->msg));
    return name.n <= MAX_LIST && in_list(ctx, name, msg_method_id(ctx->msg));
}

static uint32_t method_of_letter(char letter)
{
    static const char letters[] = "iabcmrepsnofgukdtv";
    static const uint32_t ids[] = {SIP_INVITE, SIP_ACK, SIP_BYE, SIP_CANCEL, SIP_MESSAGE, SIP_REGISTER, SIP_PRACK, SIP_PUBLISH, SIP_SUBSCRIBE,
                                   SIP_NOTIFY, SIP_OPTIONS, SIP_REFER, SIP_GET, SIP_UPDATE, SIP_KDMQ, SIP_DELETE, SIP_POST, SIP_PUT};
    const char *at = letter ? strchr(letters, char_lower(letter)) : NULL;
    return at ? ids[at - letters] : 0;
}

int core_is_method_in(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    const kl_span letters = args[0].s;
    if (warn_empty(ctx, letters)) return 0;
    const uint32_t id = msg_method_id(ctx->msg);
    if (id == SIP_METHOD_OTHER) return 0;
    for (size_t i = 0; i < letters.n; i++) {
        const uint32_t method = method_of_letter(letters.s[i]);
        if (method == id) return 1;
        if (method == 0) log_print(ctx, KL_LOG_WARN, "is_method_in: no method has the letter %c", char_is(letters.s[i], SPAN_TOKEN) ? letters.s[i] : '?');
    }
    return 0;
}
