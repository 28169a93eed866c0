#include "corex.h"

#include "proxy/forward.h"

static int truth(bool value) { return value ? 1 : -1; }

/* ---- extended flags */

enum { SET, RESET, IS_SET };

static KSR_FN(xflag)
{
    if (args[0].i < 0 || args[0].i > 63) {
        ctx_misuse(ctx, KL_LOG_ERR, "%s: no flag %lld, they are 0 to 63", ctx->row->name, (long long)args[0].i);
        return -1;
    }
    const uint64_t bit = (uint64_t)1 << args[0].i;
    if (ctx->row->data == IS_SET) return truth(ctx->msg->xflags & bit);
    if (ctx->row->data == SET) ctx->msg->xflags |= bit;
    else ctx->msg->xflags &= ~bit;
    return 1;
}

/* ---- what a message has */

static KSR_FN(has_ruri_user)
{
    const sip_uri *uri = ctx->msg->is_request ? msg_ruri(ctx->msg) : NULL;
    return truth(uri && !span_empty(uri->user));
}

static KSR_FN(has_user_agent)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_USER_AGENT);
    return truth(hdr && !span_empty(hdr_body(hdr)));
}

static KSR_FN(is_faked) { return truth(ctx->msg->msg_flags & SIP_MSG_FAKED); }

/* What goes on Via headers later; data: the flag. */
static KSR_FN(via_flag)
{
    if (args[0].i) ctx->msg->msg_flags |= (unsigned)ctx->row->data;
    else ctx->msg->msg_flags &= ~(unsigned)ctx->row->data;
    return 1;
}

/* ---- forwarding as a client of its own */

static KSR_FN(forward_uac) { return truth(forward_request(ctx, SPAN_NULL, 0, true)); }

static KSR_FN(forward_uac_uri) { return truth(forward_request(ctx, args[0].s, 0, true)); }

static KSR_FN(forward_uac_branch) { return truth(forward_request(ctx, SPAN_NULL, (int)args[0].i, true)); }

static KSR_FN(forward_uac_uri_branch) { return truth(forward_request(ctx, args[0].s, (int)args[1].i, true)); }

#define MODULE_ROWS "modules/corex/rows.def"
#include "modules/rows.h"

static kl_status add_subdomains(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    (void)state;
    if (value->type != KL_TYPE_STR)
        return error_set(err, KL_ECONFIG, "corex: alias_subdomains is a string, [proto:]host[:port]");
    return alias_add_subdomains(ctx->server, value->s, err);
}

static kl_status set_reply_out(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    (void)state;
    if (value->type != KL_TYPE_STR)
        return error_set(err, KL_ECONFIG, "corex: evcb_reply_out is the name of a function");
    const kl_span copy = arena_copy(&ctx->server->arena, value->s);
    if (!copy.s) return error_set(err, KL_ENOMEM, "out of memory keeping a modparam");
    ctx->server->reply_out_callback = copy;
    return KL_OK;
}

static const module_param params[] = {
    {"alias_subdomains", KL_TYPE_STR, 0, add_subdomains},
    {"evcb_reply_out", KL_TYPE_STR, 0, set_reply_out},
};

static void init(void *state) { buf_init(&((corex_state *)state)->file); }
static void done(void *state) { buf_free(&((corex_state *)state)->file); }

const kl_module corex_module = {.name = "corex",
                                .rows = rows,
                                .row_count = sizeof rows / sizeof *rows,
                                .params = params,
                                .param_count = sizeof params / sizeof *params,
                                .state_size = sizeof(corex_state),
                                .scratch_size = sizeof(corex_state),
                                .init = init,
                                .done = done,
                                .variables = &corex_variables};
