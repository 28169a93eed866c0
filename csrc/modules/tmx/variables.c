/* variables.c: $T, $T_reply_code and its kin. */
#include "pv/variables/variables.h"
#include "tmx.h"

enum { K_INDEX, K_LABEL, K_INDEX_NEW, K_LABEL_NEW, K_REPLY_CODE, K_REPLY_TYPE, K_BRANCH_INDEX, K_REPLY_REASON };
static const char *const keys[] = {"id_index",   "id_label",   "id_index_n",   "id_label_n",
                                   "reply_code", "reply_type", "branch_index", "reply_reason"};

enum { K_URI, K_FLAGS, K_RUID };
static const char *const branch_keys[] = {"uri", "flags", "ruid"};

static bool parse_key(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return variable_key(param, keys, COUNT(keys));
}

static bool parse_branch_key(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return variable_key(param, branch_keys, COUNT(branch_keys));
}

static bool parse_nested(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return param->nested != NULL;
}

static bool get_branch_index(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_int(out, tm_branch_index(ctx));
    return true;
}

static bool get_reply_code(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_int(out, tm_status(ctx));
    return true;
}

static bool get_reply_reason(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_null(out);
    if (!ctx->msg->is_request) {
        pv_str(out, ctx->msg->reason.n > 0 ? ctx->msg->reason : SPAN(""));
        return true;
    }
    const tm_branch *branch = tm_in_failure(ctx) ? tm_branch_here(ctx) : NULL;
    if (branch && branch->faked) pv_str(out, tm_reason_of(branch->last_received));
    else if (branch && branch->reply) pv_str(out, branch->reply->reason);
    return true;
}

static bool get_reply_last(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    const tm_branch *branch = ctx->phase == KL_PHASE_TM_ONREPLY ? tm_branch_here(ctx) : NULL;
    pv_null(out);
    if (!branch) return true;
    const int status = ctx->msg->status;
    pv_int(out, branch->last_received > status ? branch->last_received : status);
    return true;
}

static bool get_reply_ruid(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const tm_branch *branch = tm_branch_here(ctx);
    (void)param, (void)data;
    pv_str(out, branch ? branch->ruid : SPAN(""));
    return true;
}

/* ---- $T(...) and $T_branch(...) */

/* Looked for without becoming the message's. */
static tm_cell *cell_of(kl_ctx *ctx, bool make)
{
    tm_cell *cell = note_cell(ctx->msg);
    if (cell) return cell;
    if (!ctx->msg->is_request) {
        const tm_branch *branch = table_reply(ctx);
        return branch ? branch->cell : NULL;
    }
    if (make) return tm_newtran(ctx) == 1 ? note_cell(ctx->msg) : NULL;
    return table_request(ctx, &cell) == TABLE_NONE ? NULL : cell;
}

static bool get_id(kl_ctx *ctx, intptr_t key, pv_value *out)
{
    const tm_cell *cell = cell_of(ctx, key == K_INDEX_NEW || key == K_LABEL_NEW);
    pv_null(out);
    if (cell) pv_int(out, key == K_INDEX || key == K_INDEX_NEW ? table_index(cell) : cell->label);
    return true;
}

static bool get_t(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const tm_branch *branch;
    switch (param->key) {
    case K_REPLY_CODE: return get_reply_code(ctx, param, data, out);
    case K_BRANCH_INDEX: return get_branch_index(ctx, param, data, out);
    case K_REPLY_REASON: return get_reply_reason(ctx, param, data, out);
    case K_REPLY_TYPE:
        branch = tm_in_failure(ctx) ? tm_branch_here(ctx) : NULL;
        pv_null(out);
        if (cell_of(ctx, false)) pv_int(out, branch ? branch->faked : 0);
        return true;
    default: return get_id(ctx, param->key, out);
    }
}

static bool get_branch(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const tm_branch *branch = tm_branch_here(ctx);
    (void)data;
    pv_null(out);
    if (!branch) return true;
    if (param->key == K_FLAGS && (tm_in_failure(ctx) || ctx->phase == KL_PHASE_TM_ONREPLY)) pv_int(out, branch->flags);
    if (param->key == K_URI && ctx->phase == KL_PHASE_TM_ONREPLY) pv_str(out, branch->uri);
    if (param->key == K_RUID) pv_str(out, branch->ruid);
    return true;
}

/* ---- other messages of the transaction */

/* It belongs to its transaction while it is read, and not afterwards, as the transaction owns it. */
static bool read_on(kl_ctx *ctx, tm_cell *cell, kl_msg *other, const pv_param *param, pv_value *out)
{
    kl_msg *const msg = ctx->msg;
    pv_null(out);
    if (!other || !note_set(other, cell, -1)) return true;
    ctx->msg = other;
    const bool done = pv_get(ctx, param->nested, out);
    ctx->msg = msg;
    note_set(other, NULL, -1);
    return done;
}

static bool get_req(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    tm_cell *cell = ctx->msg->is_request ? NULL : cell_of(ctx, false);
    (void)data;
    return read_on(ctx, cell, cell ? cell->request : NULL, param, out);
}

static bool get_rpl(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const tm_branch *branch = tm_in_failure(ctx) ? tm_branch_here(ctx) : NULL;
    (void)data;
    return read_on(ctx, branch ? branch->cell : NULL, branch ? branch->reply : NULL, param, out);
}

static bool get_inv(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const bool cancel = ctx->msg->is_request && ctx->msg->method_id == SIP_CANCEL && ctx->phase == KL_PHASE_REQUEST;
    tm_cell *invite = cancel ? table_invite_of(ctx) : NULL;
    (void)data;
    return read_on(ctx, invite, invite ? invite->request : NULL, param, out);
}

static const pv_class classes[] = {
    {"T", get_t, NULL, parse_key, 0, 0},
    {"T_branch", get_branch, NULL, parse_branch_key, 0, 0},
    {"T_branch_idx", get_branch_index, NULL, NULL, 0, 0},
    {"T_inv", get_inv, NULL, parse_nested, PV_CLASS_NESTED, 0},
    {"T_reply_code", get_reply_code, NULL, NULL, 0, 0},
    {"T_reply_last", get_reply_last, NULL, NULL, 0, 0},
    {"T_reply_reason", get_reply_reason, NULL, NULL, 0, 0},
    {"T_reply_ruid", get_reply_ruid, NULL, NULL, 0, 0},
    {"T_req", get_req, NULL, parse_nested, PV_CLASS_NESTED, 0},
    {"T_rpl", get_rpl, NULL, parse_nested, PV_CLASS_NESTED, 0},
};

CLASS_TABLE(tmx_variables);
