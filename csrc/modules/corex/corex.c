#include "corex.h"

#include "proxy/forward.h"

static int truth(bool value) { return value ? 1 : -1; }

/* ---- extended flags */

enum { SET, RESET, IS_SET };

static int xflag(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
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

static int has_ruri_user(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    const sip_uri *uri = ctx->msg->is_request ? msg_ruri(ctx->msg) : NULL;
    return truth(uri && !span_empty(uri->user));
}

static int has_user_agent(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_USER_AGENT);
    return truth(hdr && !span_empty(hdr_body(hdr)));
}

static int is_faked(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    return truth(ctx->msg->msg_flags & SIP_MSG_FAKED);
}

/* What goes on Via headers later; data: the flag. */
static int via_flag(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    if (args[0].i) ctx->msg->msg_flags |= (unsigned)ctx->row->data;
    else ctx->msg->msg_flags &= ~(unsigned)ctx->row->data;
    return 1;
}

/* ---- forwarding as a client of its own */

static int forward_uac(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)args, (void)out;
    return truth(forward_request(ctx, SPAN_NULL, 0, true));
}

static int forward_uac_uri(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return truth(forward_request(ctx, args[0].s, 0, true));
}

static int forward_uac_branch(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return truth(forward_request(ctx, SPAN_NULL, (int)args[0].i, true));
}

static int forward_uac_uri_branch(kl_ctx *ctx, const kl_value *args, kl_value *out)
{
    (void)out;
    return truth(forward_request(ctx, args[0].s, (int)args[1].i, true));
}

static const kl_row rows[] = {
    ROW("corex", "append_branch", INT, corex_append_branch),
    ROW("corex", "append_branch_uri", INT, corex_append_branch_uri, STR),
    ROW("corex", "append_branch_uri_q", INT, corex_append_branch_uri_q, STR, STR),
    ROW("corex", "file_read", XVAL, corex_file_read, STR),
    ROW("corex", "file_write", INT, corex_file_write, STR, STR),
    ROW("corex", "forward_uac", INT, forward_uac),
    ROW("corex", "forward_uac_branch", INT, forward_uac_branch, INT),
    ROW("corex", "forward_uac_uri", INT, forward_uac_uri, STR),
    ROW("corex", "forward_uac_uri_branch", INT, forward_uac_uri_branch, STR, INT),
    ROW("corex", "has_ruri_user", INT, has_ruri_user),
    ROW("corex", "has_user_agent", INT, has_user_agent),
    ROW("corex", "is_faked_msg", INT, is_faked),
    ROW("corex", "is_socket_name", INT, corex_is_socket_name, STR),
    ROW_WITH("corex", "isxflagset", INT, xflag, IS_SET, INT),
    ROW_WITH("corex", "resetxflag", INT, xflag, RESET, INT),
    ROW("corex", "send_data", INT, corex_send_data, STR, STR),
    ROW("corex", "sendx", INT, corex_sendx, STR, STR, STR),
    ROW("corex", "set_recv_socket", INT, corex_set_recv_socket, STR),
    ROW("corex", "set_recv_socket_name", INT, corex_set_recv_socket_name, STR),
    ROW("corex", "set_send_socket", INT, corex_set_send_socket, STR),
    ROW("corex", "set_send_socket_name", INT, corex_set_send_socket_name, STR),
    ROW("corex", "set_source_address", INT, corex_set_source_address, STR),
    ROW_WITH("corex", "setxflag", INT, xflag, SET, INT),
    ROW_WITH("corex", "via_add_srvid", INT, via_flag, SIP_MSG_VIA_SERVER_ID, INT),
    ROW_WITH("corex", "via_add_xavp_params", INT, via_flag, SIP_MSG_VIA_XAVP_PARAMS, INT),
    ROW_WITH("corex", "via_reply_add_xavp_params", INT, via_flag, SIP_MSG_VIA_REPLY_XAVP, INT),
    ROW_WITH("corex", "via_use_xavp_fields", INT, via_flag, SIP_MSG_VIA_XAVP_FIELDS, INT),
};

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
