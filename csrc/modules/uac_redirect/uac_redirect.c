/* KSR.uac_redirect.*: contacts of the replies that redirect become branches (RFC 3261 8.1.3.4). */
#include "uac_redirect.h"

#include "core/ruid.h"
#include "proxy/branches.h"
#include "tm/tm.h"

#define NO_LIMIT REDIRECT_CONTACTS

/* The last of them, which have the highest q. How many were added. */
static int append(kl_ctx *ctx, kl_msg *reply, size_t most)
{
    redirect_contact contacts[REDIRECT_CONTACTS];
    const size_t count = redirect_contacts_of(ctx, reply, contacts);
    int added = 0;
    for (size_t i = count > most ? count - most : 0; i < count; i++) {
        const kl_span ruid = ruid_next(ctx, SPAN("rdir"));
        const sip_branch branch = {.uri = contacts[i].uri,
                                   .ruid = ruid,
                                   .instance = ruid,
                                   .user_agent = ruid,
                                   .q = contacts[i].q,
                                   .flags = contacts[i].flags,
                                   .send_socket = -1};
        if (!ruid.s || !branches_append(ctx, &branch)) break;
        added++;
    }
    return added;
}

/* The smaller of what is left of both limits. */
static size_t most_of(int64_t total, int64_t per_branch, int added)
{
    size_t most = NO_LIMIT;
    if (total > 0 && total - added < (int64_t)most) most = (size_t)(total - added);
    if (per_branch > 0 && per_branch < (int64_t)most) most = (size_t)per_branch;
    return most;
}

/* Of the branches of the last t_relay. */
static int get_redirects(kl_ctx *ctx, int64_t total, int64_t per_branch)
{
    const tm_cell *cell = note_cell(ctx->msg);
    int added = 0;
    if (!cell) {
        ctx_misuse(ctx, KL_LOG_CRIT, "%s: there is no transaction", ctx_caller(ctx, "get_redirects"));
        return -1;
    }
    for (int i = cell->step; i < cell->branch_count; i++) {
        const tm_branch *branch = cell->branches[i];
        if (branch->last_received / 100 != 3 || !branch->reply) continue;
        const size_t most = most_of(total, per_branch, added);
        if (most > 0) added += append(ctx, branch->reply, most);
    }
    return added > 0 ? 1 : -1;
}

static KSR_FN(get_all) { return get_redirects(ctx, 0, 0); }

static KSR_FN(get_some) { return get_redirects(ctx, args[0].i, args[1].i); }

/* What module acc would write is not written where it is not there. */
static KSR_FN(get_accounted)
{
    if (args[2].s.n > 0 && redirect_state_of(ctx)->acc_function.n > 0)
        ctx_misuse(ctx, KL_LOG_ERR, "get_redirects_acc: module acc is not there, nothing is accounted");
    return get_redirects(ctx, args[0].i, args[1].i);
}

static const kl_row rows[] = {
    ROW("uac_redirect", "get_redirects", INT, get_some, INT, INT),
    ROW("uac_redirect", "get_redirects_acc", INT, get_accounted, INT, INT, STR),
    ROW("uac_redirect", "get_redirects_all", INT, get_all),
};

static kl_status set_q(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    (void)ctx;
    if (value->type != KL_TYPE_INT || value->i < 0 || value->i > 1000)
        return error_set(err, KL_ECONFIG, "modparam uac_redirect.q_value is 0 to 1000");
    ((redirect_state *)state)->q_value = (int)value->i;
    return KL_OK;
}

#define PLACE(name) offsetof(redirect_state, name), NULL
static const module_param params[] = {
    {"default_filter", KL_TYPE_STR, 0, redirect_set_default},
    {"accept_filter", KL_TYPE_STR, 0, redirect_set_accept},
    {"deny_filter", KL_TYPE_STR, 0, redirect_set_deny},
    {"q_value", KL_TYPE_INT, 0, set_q},
    {"bflags", KL_TYPE_INT, PLACE(bflags)},
    {"flags_hdr_mode", KL_TYPE_INT, PLACE(flags_hdr_mode)},
    {"acc_function", KL_TYPE_STR, PLACE(acc_function)},
    {"acc_db_table", KL_TYPE_STR, PLACE(acc_db_table)},
};

static void init(void *state)
{
    *(redirect_state *)state = (redirect_state){
        .q_value = 10, .acc_function = SPAN("acc_log_request"), .acc_db_table = SPAN("acc")};
}

const kl_module uac_redirect_module = {.name = "uac_redirect",
                                       .rows = rows,
                                       .row_count = sizeof rows / sizeof *rows,
                                       .params = params,
                                       .param_count = sizeof params / sizeof *params,
                                       .state_size = sizeof(redirect_state),
                                       .init = init,
                                       .needs = {MOD_TM}};
