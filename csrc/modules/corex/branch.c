/* branch.c: additional branches: other places one request could go to. */
#include "core/line.h"
#include "corex.h"

#define Q_UNSPECIFIED (-1)
#define Q_BAD         (-2)

/* "0.5" to 500: blanks before it and zeros before its point are let pass, digits behind the third are ignored (but none
 * may make it more than 1). */
static int q_of(kl_span text)
{
    size_t at = 0;
    while (at < text.n && char_is(text.s[at], SPAN_WS)) at++;
    if (at == text.n) return text.n == 0 ? Q_UNSPECIFIED : Q_BAD;
    while (at < text.n && text.s[at] == '0') at++;
    const bool one = at < text.n && text.s[at] == '1';
    if (one) at++;
    if (at == text.n) return one ? 1000 : 0;
    if (text.s[at++] != '.' || at == text.n) return Q_BAD;
    int q = 0;
    for (int scale = 100; at < text.n; at++, scale /= 10) {
        if (!char_is(text.s[at], SPAN_DIGIT) || (one && text.s[at] != '0')) return Q_BAD;
        q += (text.s[at] - '0') * scale;
    }
    return one ? 1000 : q;
}

/* Of a reply what stands in its place: the status code, unless a script has set one. */
static kl_span current_uri(const kl_msg *msg)
{
    return msg->is_request || msg->new_uri.s ? msg_current_uri(msg) : msg->status_text;
}

static int append(kl_ctx *ctx, kl_span uri, int q)
{
    kl_msg *msg = ctx->msg;
    const int limit = ctx->server->max_branches - 1;
    if (!line_good(ctx, uri)) return -1;
    if (msg->branch_count >= (limit < SIP_MAX_BRANCHES ? limit : SIP_MAX_BRANCHES)) {
        log_print(ctx, KL_LOG_ERR, "append_branch: there are %d branches already", msg->branch_count);
        return -1;
    }
    const kl_span copy = arena_copy(&msg->arena, span_empty(uri) ? current_uri(msg) : uri);
    /* its memory is used again by the next one */
    const kl_span dst = span_empty(msg->dst_uri) ? SPAN_NULL : arena_copy(&msg->arena, msg->dst_uri);
    if (!copy.s || (!dst.s && !span_empty(msg->dst_uri))) return -1;
    const sip_branch branch = {.uri = copy,
                               .dst_uri = dst,
                               .path = msg->path_vec,
                               .q = q,
                               .flags = msg->bflags,
                               .send_socket = msg->send_socket};
    if (!msg_branch_append(msg, &branch)) return -1;
    if (!span_empty(uri)) return 1;
    msg_set_dst(msg, SPAN("")); /* they went with the new branch */
    msg->path_vec = SPAN_NULL;
    msg->send_socket = -1;
    msg->bflags = 0;
    return 1;
}

KSR_FN(corex_append_branch) { return append(ctx, SPAN_NULL, Q_UNSPECIFIED); }

KSR_FN(corex_append_branch_uri) { return append(ctx, args[0].s, Q_UNSPECIFIED); }

KSR_FN(corex_append_branch_uri_q)
{
    const int q = q_of(args[1].s);
    if (q == Q_BAD) {
        ctx_misuse(ctx, KL_LOG_ERR, "append_branch: not a q value: [%.*s]", (int)(args[1].s.n > 32 ? 32 : args[1].s.n),
                   args[1].s.s);
        return -1;
    }
    return append(ctx, args[0].s, q);
}
