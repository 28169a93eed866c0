/* hops.c: next hops that are names (RFC 3263): a branch waits until the host knows their addresses, and where one of
 * them fails, another branch goes to the next one (4.3). */
#include "internal.h"

#include "proxy/target.h"
#include "pv/store/store.h"

/* ---- addresses */

static bool keep_targets(tm_branch *branch, const kl_target *targets, size_t count)
{
    kl_arena *arena = &branch->cell->request->arena;
    if (count > TM_MAX_BRANCHES) count = TM_MAX_BRANCHES; /* each takes one */
    kl_target *kept = arena_alloc(arena, (count + 1) * sizeof *kept);
    if (!kept) return false;
    for (size_t i = 0; i < count; i++) {
        kept[i] = targets[i];
        kept[i].host = arena_copy(arena, targets[i].host);
        if (!kept[i].host.s) return false;
    }
    branch->hop.next = kept;
    branch->hop.left = count;
    return true;
}

/* The next one that a socket of ours sends to becomes the target: 0, or why there is none. */
static int take_next(kl_ctx *ctx, tm_branch *branch)
{
    tm_hop *hop = &branch->hop;
    int error = TM_E_BAD_ADDRESS;
    for (; hop->left > 0; error = TM_E_NO_SOCKET) {
        hop->left--;
        if (target_of_address(ctx, hop->next++, &branch->target)) return 0;
    }
    return error;
}

static kl_effect question_of(const kl_ctx *ctx, const tm_branch *branch)
{
    kl_effect question = send_effect(ctx, SPAN(""), &branch->target);
    question.kind = KL_EFFECT_RESOLVE;
    question.ticket = branch->hop.ticket;
    question.flags = branch->hop.sips ? KL_RESOLVE_SIPS : 0;
    return question;
}

int hops_ask(kl_ctx *ctx, tm_branch *branch, const sip_uri *uri)
{
    kl_target found[TM_MAX_BRANCHES];
    send_target *target = &branch->target;
    branch->hop = (tm_hop){.ticket = table_ticket(branch->cell), .sips = uri->scheme == SIP_URI_SIPS};
    target->host = uri->host;
    target->port = uri->port_number;
    target->proto = uri->proto;
    target->conid = -1;
    target->socket = ctx->msg->send_socket;
    if (!ctx->ops || !ctx->ops->next_hops) return HOP_WAITS;
    const kl_effect question = question_of(ctx, branch);
    const int count = ctx->ops->next_hops(ctx, &question, found, TM_MAX_BRANCHES);
    if (count < 0) return HOP_WAITS;
    branch->hop.ticket = 0;
    return keep_targets(branch, found, (size_t)count) ? take_next(ctx, branch) : TM_E_OUT_OF_MEM;
}

bool hops_wait(kl_ctx *ctx, tm_branch *branch)
{
    const kl_effect question = question_of(ctx, branch);
    if (sending_patience(ctx, branch, branch->cell->timing.fr) && effects_add(ctx->effects, &question)) {
        client_move(branch, CLIENT_RESOLVE);
        return true;
    }
    sending_stop(ctx, &branch->request);
    branch->hop.ticket = 0;
    return false;
}

static void forget_message(tm_branch *branch)
{
    if (branch->hop.message) kl_msg_free(branch->hop.message);
    branch->hop.message = NULL;
    branch->hop.left = 0;
}

bool hops_forget(kl_ctx *ctx, tm_branch *branch)
{
    if (branch->client != CLIENT_RESOLVING) return false;
    client_move(branch, CLIENT_CANCEL);
    branch->hop.ticket = 0;
    sending_stop(ctx, &branch->request);
    branch->last_received = 487;
    branch->faked = true;
    forget_message(branch);
    return true;
}

/* ---- a branch on its own way */

/* onsend sees the message of the branch, and what the transaction knows. */
static void send_own(kl_ctx *ctx, tm_branch *branch)
{
    tm_cell *cell = branch->cell;
    kl_msg *const before = ctx->msg, *message = branch->hop.message;
    bool shared;
    pv_store *own = store_share(message, cell->request, &shared);
    flags_copy(message, cell->request);
    ctx->msg = message;
    if (shared && note_set(message, cell, -1) && branch_build(ctx, branch)) sending_request(ctx, branch);
    ctx->msg = before;
    store_give_back(message, own);
    if (note_in(message))
        note_set(message, NULL, -1); /* the transaction holds it, so it may not hold the transaction */
    if (branch->hop.left == 0) forget_message(branch);
}

/* The next address as a target; by the sockets that the message asks for. */
static int next_target(kl_ctx *ctx, tm_branch *branch)
{
    kl_msg *const before = ctx->msg;
    ctx->msg = branch->hop.message;
    const int found = take_next(ctx, branch);
    ctx->msg = before;
    return found;
}

static void go(kl_ctx *ctx, tm_branch *branch, const kl_target *targets, size_t count)
{
    const int found = keep_targets(branch, targets, count) ? next_target(ctx, branch) : TM_E_OUT_OF_MEM;
    if (found < 0) {
        forget_message(branch);
        client_move(branch, CLIENT_UNSENT);
        failed_branch(ctx, branch, found == TM_E_BAD_ADDRESS ? 478 : 500, NULL);
        return;
    }
    send_own(ctx, branch);
    if (branch_is(branch, TM_BRANCH_SENT)) return;
    branch->state |= TM_BRANCH_DROPPED; /* by onsend */
    client_move(branch, CLIENT_UNSENT);
    failed_branch(ctx, branch, 500, NULL);
}

void tm_resolved(kl_ctx *ctx, int64_t ticket, const kl_target *targets, size_t count)
{
    tm_branch *branch = tm_of(ctx) ? table_waiting(tm_of(ctx), ticket) : NULL;
    if (!branch || cell_waits(branch->cell) || cell_is_final(branch->cell)) {
        log_print(ctx, KL_LOG_DBG, "tm: nobody waits for the addresses of ticket %lld", (long long)ticket);
        return;
    }
    tm_cell *cell = cell_ref(branch->cell);
    branch->hop.ticket = 0;
    sending_stop(ctx, &branch->request);
    go(ctx, branch, targets, count);
    cell_unref(cell);
}

/* ---- the next address when one fails */

/* One item of failover_reply_codes; false: it is none. */
static bool read_code(kl_span item, int *code, int *class)
{
    uint64_t n;
    const bool whole = span_starts(item, SPAN("code="));
    if (!whole && !span_starts(item, SPAN("class="))) return false;
    if (!span_uint(span_from(item, whole ? 5 : 6), whole ? 699 : 6, &n) || n < (whole ? 300 : 3)) return false;
    *code = whole ? (int)n : 0;
    *class = whole ? 0 : (int)n;
    return true;
}

static kl_span next_item(kl_span *rest) { return span_trim(span_cut(rest, ';')); }

bool tm_codes_good(kl_span codes)
{
    int code, class;
    while (codes.n > 0)
        if (!read_code(next_item(&codes), &code, &class)) return false;
    return true;
}

static bool is_failover_code(const tm_settings *settings, int received)
{
    int code = 0, class = 0;
    if (received == 503) return true;
    for (kl_span rest = settings->failover_reply_codes; rest.n > 0;)
        if (read_code(next_item(&rest), &code, &class) && (received == code || received / 100 == class)) return true;
    return false;
}

static bool asks_for_next(const tm_branch *branch, int code, const kl_msg *reply, bool heard)
{
    const tm_cell *cell = branch->cell;
    if (branch->hop.left == 0 || !branch->hop.message) return false;
    if (branch_is(branch, TM_BRANCH_CANCELLED) || cell_is(cell, TM_DISABLE_FAILOVER | TM_CANCELLED | TM_6XX))
        return false;
    if (branch_is(branch, TM_BRANCH_SEND_FAILED | TM_BRANCH_DROPPED)) return true;
    return reply ? is_failover_code(&cell->tm->settings, code) : branch_is(branch, TM_BRANCH_TIMED_OUT) && !heard;
}

/* A branch to the next address, with all that the one before has; NULL: there is no further one. */
static tm_branch *follow(kl_ctx *ctx, tm_branch *from)
{
    tm_cell *cell = from->cell;
    tm_branch *branch = cell_add_branch(ctx, cell);
    if (!branch) {
        log_print(ctx, KL_LOG_ERR, "tm: no branch for the next address of the next hop");
        return NULL;
    }
    *branch = (tm_branch){.cell = cell,
                          .index = branch->index,
                          .target = from->target,
                          .hop = from->hop,
                          .uri = from->uri,
                          .dst_uri = from->dst_uri,
                          .path = from->path,
                          .ruid = from->ruid,
                          .instance = from->instance,
                          .user_agent = from->user_agent,
                          .flags = from->flags,
                          .handlers = from->handlers};
    from->hop = (tm_hop){.ticket = 0};
    if (next_target(ctx, branch) == 0) return branch;
    forget_message(branch);
    cell->branch_count--;
    return NULL;
}

bool hops_fail_over(kl_ctx *ctx, tm_branch *branch, int code, const kl_msg *reply, bool heard)
{
    if (!asks_for_next(branch, code, reply, heard)) return false;
    log_print(ctx, KL_LOG_DBG, "tm: branch %d failed, the next address of its next hop is tried", branch->index);
    for (tm_branch *next = branch; next->hop.left > 0 && (next = follow(ctx, next));) {
        send_own(ctx, next);
        if (branch_is(next, TM_BRANCH_SENT)) return true;
        branch_unsent(next); /* by onsend */
    }
    return false;
}

/* ---- what could not be sent */

/* The branch whose request it was, as long as nobody has answered it. */
static tm_branch *unsent(tm_state *tm, const kl_packet *packet)
{
    kl_msg *request = build_read(tm, packet);
    const sip_via *via = request && request->is_request ? msg_via1(request) : NULL;
    tm_branch *branch = via ? table_branch(tm, via->branch) : NULL;
    if (!branch || !client_look(branch, CLIENT_SEND_FAILED) || branch->last_received > 0) return NULL;
    const send_target *target = &branch->target;
    return span_eq(request->method, branch->cell->request->method) && span_eq(packet->source_host, target->host) &&
                   packet->source_port == target->port && packet->transport == target->proto
               ? branch
               : NULL;
}

void tm_send_failed(kl_ctx *ctx, const kl_packet *packet)
{
    tm_branch *branch = tm_of(ctx) ? unsent(tm_of(ctx), packet) : NULL;
    if (!branch || cell_waits(branch->cell) || cell_is_final(branch->cell)) {
        log_print(ctx, KL_LOG_DBG, "tm: nobody waits for an answer to what could not be sent");
        return;
    }
    tm_cell *cell = cell_ref(branch->cell);
    sending_stop(ctx, &branch->request);
    branch->state |= TM_BRANCH_SEND_FAILED;
    client_move(branch, CLIENT_SEND_FAILED);
    failed_branch(ctx, branch, branch_is(branch, TM_BRANCH_REPEATED) ? 503 : 477, NULL);
    cell_unref(cell);
}
