/* local.c: requests that are made here go out, and what comes of them is told to whoever asked. */
#include "local_parts.h"

#include "base/mem.h"
#include "base/text.h"
#include "core/random.h"
#include "core/shared.h"
#include "event.h"
#include "internal.h"
#include "proxy/target.h"
#include "pv/store/store.h"

/* ---- its Call-ID */

#define CALL_ID 96
#define DRAWS   4096 /* more than any number of engines needs */

static kl_span own_host(const kl_ctx *ctx)
{
    const kl_server *server = ctx->server;
    if (server->socket_count > 0) return server->sockets[0].host;
    return ctx->msg && ctx->msg->local_host.n > 0 ? ctx->msg->local_host : SPAN("localhost");
}

/* One that comes back to this engine; in ctx->scratch. */
static kl_span make_call_id(kl_ctx *ctx)
{
    const kl_span host = own_host(ctx);
    char *text = arena_alloc(ctx->scratch, CALL_ID + host.n);
    if (!text) return SPAN_NULL;
    for (int draw = 0; draw < DRAWS; draw++) {
        char *at = text_put_hex_digits(text, (uint32_t)random_next(ctx), 8);
        at = text_put_hex_digits(at, (uint32_t)random_next(ctx), 8);
        at = text_put_uint(text_putc(at, '-'), (unsigned)ctx->number);
        const kl_span made = span_between(text, text_put(text_putc(at, '@'), host));
        if (shared_is_owner(ctx->shared, ctx->number, made)) return made;
    }
    return SPAN_NULL;
}

/* ---- where it leaves from */

static bool find_socket(kl_ctx *ctx, kl_span name, int *socket, tm_local_fault *fault)
{
    core_endpoint at;
    *socket = -1;
    if (name.n == 0 || span_eq(name, SPAN("."))) return true;
    if (socket_endpoint_parse(name, &at)) *socket = socket_find(ctx->server, at.proto, at.host, at.port);
    if (*socket < 0) *socket = socket_named(ctx->server, name);
    return *socket >= 0 || local_fault_about(ctx, fault, "No local socket for", name);
}

/* Where ctx->msg goes: as hops_ask answers. */
static int find_target(kl_ctx *ctx, tm_branch *branch, kl_span hop)
{
    sip_uri uri;
    branch->target = (send_target){.flags = ctx->msg->forward_send_flags};
    if (sip_uri_parse(hop, &uri, NULL) != KL_OK) return TM_E_BAD_ADDRESS;
    if (target_is_name(&uri)) return hops_ask(ctx, branch, &uri);
    return target_of_uri(ctx, &uri, &branch->target) ? 0 : TM_E_NO_SOCKET;
}

/* ---- its branch */

static bool keep(tm_branch *branch, const kl_msg *msg, kl_span hop)
{
    tm_cell *cell = branch->cell;
    branch->uri = cell_text(cell, msg_current_uri(msg));
    branch->dst_uri = cell_text(cell, hop);
    branch->target.host = cell_text(cell, branch->target.host);
    branch->path = branch->ruid = branch->user_agent = branch->instance = SPAN("");
    branch->handlers = cell->handlers;
    return branch->uri.s && branch->dst_uri.s && branch->target.host.s;
}

/* ctx->msg as it goes to `hop`, or as it waits for its addresses: 0 or a TM_E_ code. */
static int prepare(kl_ctx *ctx, tm_branch *branch, kl_span hop)
{
    if (branch->hop.message) kl_msg_free(branch->hop.message); /* of the time before event_callback */
    branch->hop = (tm_hop){.ticket = 0};
    const int found = find_target(ctx, branch, hop);
    if (found < 0) return found;
    return branch_write(ctx, branch) && keep(branch, ctx->msg, hop) ? 0 : TM_E_OUT_OF_MEM;
}

/* What event_callback is to see: with our Via, as long as it is known. */
static kl_msg *shown(kl_ctx *ctx, const tm_branch *branch)
{
    return hops_waits(branch) ? msg_clone(ctx->msg) : tm_read(ctx, branch->request.bytes, ctx->msg);
}

typedef enum told { TOLD_GO, TOLD_DROPPED, TOLD_FAILED } told;

/* What it changed is what is sent: destination, socket, lines. */
static told tell(kl_ctx *ctx, tm_branch *branch, kl_span hop)
{
    kl_msg *const msg = ctx->msg, *seen;
    told result = TOLD_FAILED;
    if (branch->cell->tm->settings.event_callback.n == 0) return TOLD_GO;
    seen = shown(ctx, branch);
    if (seen && msg_set_dst(seen, hop) && note_set(seen, branch->cell, branch->index)) {
        seen->send_socket = msg->send_socket;
        result = event_request(ctx, seen) ? TOLD_GO : TOLD_DROPPED;
        ctx->msg = seen;
        if (result == TOLD_GO && prepare(ctx, branch, seen->dst_uri.n > 0 ? seen->dst_uri : msg_current_uri(seen)) < 0)
            result = TOLD_FAILED;
        ctx->msg = msg;
    }
    if (seen) kl_msg_free(seen);
    return result;
}

/* ---- the transaction */

static bool remember(tm_cell *cell, const tm_local_request *request, bool no_ack)
{
    struct tm_local *local = arena_zalloc(&cell->request->arena, sizeof *local);
    if (!local) return false;
    *local = (struct tm_local){.fn = request->fn, .progress = request->progress};
    cell->local = local;
    cell->flags |= TM_IS_LOCAL | (no_ack ? TM_NO_AUTO_ACK : 0);
    cell->flags &= ~(unsigned)TM_AUTO_100;
    if (request->fr > 0) cell->timing.fr = tm_ticks(request->fr);
    if (request->fr_inv > 0) cell->timing.fr_inv = tm_ticks(request->fr_inv);
    cell->upstream = (send_target){.host = SPAN(""), .conid = -1, .socket = -1};
    return true;
}

/* From now on whoever asked is told, and not let go before. */
static void commit(tm_cell *cell, const tm_local_request *request)
{
    cell->local->data = request->data;
    cell->local->drop = request->drop;
}

/* ctx->msg is the request. */
static told begin(kl_ctx *ctx, tm_cell *cell, const tm_local_request *request, const local_parts *parts,
                  tm_local_fault *fault)
{
    tm_branch *branch = cell_add_branch(ctx, cell);
    local_fault(fault, 500, "No memory left");
    if (!branch || !remember(cell, request, parts->no_ack)) return TOLD_FAILED;
    const int prepared = prepare(ctx, branch, parts->next_hop);
    if (prepared < 0 && prepared != TM_E_OUT_OF_MEM)
        local_fault(fault, 500, "I'm terribly sorry, server error occurred (7/RPC/UAC)"); /* E_NO_SOCKET */
    if (prepared < 0) return TOLD_FAILED;
    if (!table_add(cell->tm, cell)) return TOLD_FAILED;
    const told result = tell(ctx, branch, parts->next_hop);
    branch->handlers = cell->handlers;
    if (!cell->tm->settings.enable_uac_fr) branch->handlers.on_failure = SPAN("");
    if (result != TOLD_GO || !branch_leave(ctx, branch)) {
        table_remove(cell);
        return result == TOLD_DROPPED ? TOLD_DROPPED : TOLD_FAILED;
    }
    commit(cell, request);
    count_new(&cell->tm->counters, true);
    return TOLD_GO;
}

static kl_msg *make_message(kl_ctx *ctx, const local_parts *parts, int socket, tm_local_fault *fault)
{
    tm_state *tm = tm_of(ctx);
    const kl_span call_id = make_call_id(ctx);
    const bool written = call_id.s && local_write(ctx, parts, call_id, &tm->out);
    kl_msg *msg = written ? tm_read(ctx, buf_span(&tm->out), NULL) : NULL;
    if (!msg) {
        local_fault(fault, written ? 400 : 500, written ? "Invalid headers" : "No memory left");
        return NULL;
    }
    if (ctx->server->socket_count == 0 && ctx->msg) { /* an engine without sockets sends from where it was asked */
        msg->local_host = arena_copy(&msg->arena, ctx->msg->local_host);
        msg->local_port = ctx->msg->local_port;
    }
    msg->send_socket = socket;
    return msg;
}

bool local_send(kl_ctx *ctx, const tm_local_request *request, tm_cell **cell, tm_local_fault *fault)
{
    kl_msg *const before = ctx->msg;
    local_parts parts;
    int socket;
    if (cell) *cell = NULL;
    kl_msg *msg = local_read(ctx, request, &parts, fault) && find_socket(ctx, request->socket, &socket, fault)
                      ? make_message(ctx, &parts, socket, fault)
                      : NULL;
    told result = TOLD_FAILED;
    if (msg) {
        ctx->msg = msg;
        bool shared = false;
        tm_cell *made = cell_new(ctx, tm_of(ctx));
        if (made) store_share(msg, made->request, &shared);
        if (shared) result = begin(ctx, made, request, &parts, fault);
        else local_fault(fault, 500, "No memory left");
        ctx->msg = before;
        kl_msg_free(msg);
        if (made && cell && result == TOLD_GO) *cell = made;
        if (made) cell_unref(made);
    }
    if (result != TOLD_GO && request->drop) request->drop(request->data);
    return result != TOLD_FAILED;
}

/* ---- what comes of it */

void local_replied(kl_ctx *ctx, tm_branch *branch, int code, kl_msg *reply)
{
    tm_cell *cell = branch->cell;
    struct tm_local *local = cell->local;
    const tm_local_news news = {.cell = cell, .reply = reply, .code = code};
    if (!local) return;
    if (reply && code >= 200) count_relayed(&cell->tm->counters); /* Kamailio counts them as sent */
    if (code < 200) {
        if (local->progress) local->progress(ctx, &news, local->data);
        return;
    }
    if (code < 300 && reply && cell_is(cell, TM_IS_INVITE)) {
        local->success = cell_clone(cell, reply);
        if (!cell_is(cell, TM_NO_AUTO_ACK)) local_ack(ctx, cell, SPAN(""), SPAN(""));
    }
    if (local->fn) local->fn(ctx, &news, local->data);
}

void local_repeated(kl_ctx *ctx, tm_cell *cell)
{
    if (cell->local && cell->local->ack.n > 0) send_raw(ctx, cell->local->ack, &cell->local->ack_target);
}

void local_free(struct tm_local *local)
{
    if (local->success) kl_msg_free(local->success);
    if (local->drop) local->drop(local->data);
    local->success = NULL;
    local->drop = NULL;
}
