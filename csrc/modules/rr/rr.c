/* KSR.rr.*: record-routing and loose routing (RFC 3261 16.4, 16.6 step 4, 16.12). */
#include "rr.h"

#include "core/expression.h"

enum { UNKNOWN_DIRECTION = -6 };

static KSR_FN(is_direction)
{
    const bool upstream = span_eqi(args[0].s, SPAN("upstream"));
    if ((!upstream && !span_eqi(args[0].s, SPAN("downstream"))) || !rr_state_of(ctx)->append_fromtag) {
        ctx_misuse(ctx, KL_LOG_ERR, "is_direction wants upstream or downstream, and rr's append_fromtag");
        return UNKNOWN_DIRECTION;
    }
    return route_is_upstream(ctx) == upstream ? 1 : -1;
}

static KSR_FN(next_hop_route)
{
    const route_notes *notes = route_noted(ctx->msg);
    return notes && notes->next_hop ? 1 : -1;
}

/* ---- check_route_param */

static KSR_FN(check_route_param)
{
    kl_regex *regex = args[0].s.s ? expression_use(ctx, args[0].s, REGEX_ICASE) : NULL;
    const kl_span params = regex ? route_own_params(ctx) : SPAN_NULL;
    return params.n > 0 && expression_matches(ctx, regex, params) ? 1 : -1;
}

#define MODULE_ROWS "modules/rr/rows.def"
#include "modules/rows.h"

#define PARAM(name, type) {#name, KL_TYPE_##type, offsetof(rr_state, name), NULL}
static const module_param params[] = {
    PARAM(append_fromtag, INT),   PARAM(enable_double_rr, INT), PARAM(enable_full_lr, INT),
    PARAM(add_username, INT),     PARAM(custom_user_avp, STR),  PARAM(force_send_socket, INT),
    PARAM(ignore_sips, INT),      PARAM(sockname_mode, INT),    PARAM(enable_socket_mismatch_warning, INT),
    PARAM(loose_route_mode, INT),
};

static void init(void *opaque)
{
    rr_state *rr = opaque;
    rr->append_fromtag = rr->enable_double_rr = rr->enable_socket_mismatch_warning = 1;
}

const kl_module rr_module = {.name = "rr",
                             .rows = rows,
                             .row_count = sizeof rows / sizeof *rows,
                             .params = params,
                             .param_count = sizeof params / sizeof *params,
                             .state_size = sizeof(rr_state),
                             .init = init};
