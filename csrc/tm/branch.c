/* branch.c: a request as it goes to one place. */
#include "internal.h"

#include "base/text.h"
#include "proxy/origin.h"
#include "proxy/own_via.h"
#include "proxy/target.h"
#include "sip/build.h"

/* Everything of a message that says where it goes. */
static void direct(kl_msg *msg, const sip_branch *where)
{
    msg->new_uri = where->uri;
    msg->new_uri_room = 0;
    msg->lazy.ruri = msg->lazy.dst = SIP_LAZY_UNKNOWN;
    msg->dst_uri = where->dst_uri;
    msg->dst_uri_room = 0;
    msg->path_vec = where->path;
    msg->ruid = where->ruid;
    msg->location_ua = where->user_agent;
    msg->instance = where->instance;
    msg->send_socket = where->send_socket;
    msg->bflags = where->flags;
}

sip_branch branch_of_message(const kl_msg *msg)
{
    return (sip_branch){.uri = msg->new_uri,
                        .dst_uri = msg->dst_uri,
                        .path = msg->path_vec,
                        .ruid = msg->ruid,
                        .user_agent = msg->location_ua,
                        .instance = msg->instance,
                        .send_socket = msg->send_socket,
                        .flags = msg->bflags};
}

/* Path of a registered contact: Routes before those that there are (RFC 3327 5.3). */
static bool add_path(kl_ctx *ctx)
{
    kl_msg *msg = ctx->msg;
    if (msg->path_vec.n == 0) return true;
    const sip_hdr *route = msg_hdr_first(msg, SIP_HDR_ROUTE);
    const kl_span line = text_join(ctx->scratch, SPAN("Route: "), msg->path_vec, SPAN("\r\n"));
    return line.s && (route ? edit_before(msg, route, line) : edit_append(msg, line));
}

/* As hops_ask answers. */
static int find_target(kl_ctx *ctx, const tm_relay_options *options, tm_branch *branch)
{
    kl_msg *msg = ctx->msg;
    send_target *target = &branch->target;
    const kl_span hop = options->proxy.s ? options->proxy : msg->dst_uri.n ? msg->dst_uri : msg_current_uri(msg);
    sip_uri uri;
    *target = (send_target){.flags = msg->forward_send_flags};
    if (sip_uri_parse(hop, &uri, NULL) != KL_OK) {
        log_print(ctx, KL_LOG_ERR, "tm: the next hop is not a URI [%.*s]", (int)(hop.n > 256 ? 256 : hop.n), hop.s);
        return TM_E_BAD_ADDRESS;
    }
    if (options->proto != KL_PROTO_NONE) uri.proto = options->proto;
    if (target_is_name(&uri)) return hops_ask(ctx, branch, &uri);
    if (target_of_uri(ctx, &uri, target)) return 0;
    /* one of another family, or of another kind of URI, is an address that there is not */
    const bool sip = uri.scheme == SIP_URI_SIP || uri.scheme == SIP_URI_SIPS;
    return sip && socket_pick(ctx->server, -1, -1, target->proto, 0) < 0 ? TM_E_NO_SOCKET : TM_E_BAD_ADDRESS;
}

bool branch_build(kl_ctx *ctx, tm_branch *branch)
{
    tm_cell *cell = branch->cell;
    char via[64];
    build_forward_options options = {.proto = branch->target.proto,
                                     .branch = build_tm_branch(branch, via),
                                     .strip_vias = branch->cell->local != NULL, /* it has one that is no Via yet */
                                     .socket = origin_sent(ctx, &branch->target)};
    if (!own_via_fill(ctx, &branch->target, branch->index, &options)) return false;
    if (!build_forward(ctx->msg, &options, &cell->tm->out)) return false;
    branch->request.bytes = arena_copy(&cell->request->arena, buf_span(&cell->tm->out));
    return branch->request.bytes.s != NULL;
}

bool branch_write(kl_ctx *ctx, tm_branch *branch)
{
    const bool waits = hops_waits(branch);
    if (waits || branch->hop.left > 0) branch->hop.message = cell_clone(branch->cell, ctx->msg);
    return waits ? branch->hop.message != NULL : branch_build(ctx, branch);
}

bool branch_leave(kl_ctx *ctx, tm_branch *branch)
{
    if (hops_waits(branch)) return hops_wait(ctx, branch);
    sending_request(ctx, branch);
    return branch_is(branch, TM_BRANCH_SENT);
}

static bool keep(tm_branch *branch, const kl_msg *msg)
{
    tm_cell *cell = branch->cell;
    branch->uri = cell_text(cell, msg_current_uri(msg));
    branch->dst_uri = cell_text(cell, msg->dst_uri);
    branch->path = cell_text(cell, msg->path_vec);
    branch->ruid = cell_text(cell, msg->ruid);
    branch->user_agent = cell_text(cell, msg->location_ua);
    branch->instance = cell_text(cell, msg->instance);
    branch->target.host = cell_text(cell, branch->target.host);
    branch->flags = msg->bflags;
    branch->handlers = cell->handlers;
    return branch->uri.s && branch->dst_uri.s && branch->path.s && branch->ruid.s && branch->user_agent.s &&
           branch->instance.s && branch->target.host.s;
}

/* ctx->msg is the branch's. */
static int prepare(kl_ctx *ctx, tm_branch *branch, const tm_relay_options *options)
{
    const int found = find_target(ctx, options, branch);
    if (found < 0) return found;
    if (!add_path(ctx)) return TM_E_OUT_OF_MEM;
    return branch_write(ctx, branch) && keep(branch, ctx->msg) ? 0 : TM_E_OUT_OF_MEM;
}

/* The branch route of `copy`: false: it dropped the branch. */
static bool run_route(kl_ctx *ctx, const tm_branch *branch, kl_msg *copy, kl_span function)
{
    kl_msg *const msg = ctx->msg;
    bool dropped = false;
    flags_copy(branch->cell->request, msg);
    tm_run(ctx, branch->cell, copy, branch->index, function, KL_PHASE_BRANCH, &dropped);
    flags_copy(msg, copy);
    return !dropped;
}

/* What a branch route and a Path change is a copy, so that the next branch does not have it too. */
static int prepare_copy(kl_ctx *ctx, tm_branch *branch, const tm_relay_options *options, kl_span function)
{
    kl_msg *const msg = ctx->msg;
    kl_msg *copy = cell_clone(branch->cell, msg);
    if (!copy) return TM_E_OUT_OF_MEM;
    const bool stays = function.n == 0 || run_route(ctx, branch, copy, function);
    ctx->msg = copy;
    const int prepared = stays ? prepare(ctx, branch, options) : TM_E_CFG;
    ctx->msg = msg;
    kl_msg_free(copy);
    return prepared;
}

int branch_prepare(kl_ctx *ctx, tm_cell *cell, const sip_branch *where, const tm_relay_options *options,
                   kl_span on_branch)
{
    kl_msg *msg = ctx->msg;
    const sip_branch before = branch_of_message(msg);
    tm_branch *branch = cell_add_branch(ctx, cell);
    if (!branch) return TM_E_TOO_MANY_BRANCHES;
    direct(msg, where);
    const int prepared = on_branch.n > 0 || where->path.n > 0 ? prepare_copy(ctx, branch, options, on_branch)
                                                              : prepare(ctx, branch, options);
    direct(msg, &before);
    if (prepared == 0) return branch->index;
    if (branch->hop.message) kl_msg_free(branch->hop.message);
    cell->branch_count--; /* its number is free again, as in Kamailio */
    return prepared;
}
