/* branch.c: additional branches: other places one request could go to. */
#include "core/line.h"
#include "corex.h"
#include "proxy/branches.h"
#include "sip/qvalue.h"

/* Of a reply what stands in its place: the status code, unless a script has set one. */
static kl_span current_uri(const kl_msg *msg)
{
    return msg->is_request || msg->new_uri.s ? msg_current_uri(msg) : msg->status_text;
}

static int append(kl_ctx *ctx, kl_span uri, int q)
{
    kl_msg *msg = ctx->msg;
    if (!line_good(ctx, uri)) return -1;
    const sip_branch branch = {.uri = span_empty(uri) ? current_uri(msg) : uri,
                               .dst_uri = msg->dst_uri,
                               .path = msg->path_vec,
                               .q = q,
                               .flags = msg->bflags,
                               .send_socket = msg->send_socket};
    if (!branches_append(ctx, &branch)) return -1;
    if (!span_empty(uri)) return 1;
    msg_set_dst(msg, SPAN("")); /* they went with the new branch */
    msg->path_vec = SPAN_NULL;
    msg->send_socket = -1;
    msg->bflags = 0;
    return 1;
}

KSR_FN(corex_append_branch) { return append(ctx, SPAN_NULL, SIP_Q_UNSPECIFIED); }

KSR_FN(corex_append_branch_uri) { return append(ctx, args[0].s, SIP_Q_UNSPECIFIED); }

KSR_FN(corex_append_branch_uri_q)
{
    const int q = sip_qvalue(args[1].s);
    if (q == SIP_Q_BAD) {
        ctx_misuse(ctx, KL_LOG_ERR, "append_branch: not a q value: [%.*s]", (int)(args[1].s.n > 32 ? 32 : args[1].s.n),
                   args[1].s.s);
        return -1;
    }
    return append(ctx, args[0].s, q);
}
