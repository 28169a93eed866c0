/* sanity.c: KSR.sanity.*: its functions and parameters. The tests are in checks.c. */
#include "sanity.h"

#include "proxy/stateless.h"

static int truth(bool yes) { return yes ? 1 : -1; }

static KSR_FN(check) { return truth(sanity_passes(ctx, (unsigned)args[0].i, (unsigned)args[1].i)); }

static KSR_FN(check_defaults)
{
    const sanity_state *state = sanity_state_of(ctx);
    return truth(sanity_passes(ctx, (unsigned)state->default_checks, (unsigned)state->uri_checks));
}

static KSR_FN(reply)
{
    const sanity_state *state = sanity_state_of(ctx);
    const kl_msg *msg = ctx->msg;
    if (!msg->is_request || msg->method_id == SIP_ACK || !state->noreply) return 1;
    const bool known = state->code != 0 && state->msg == msg && state->generation == msg->generation;
    const int code = known ? state->code : 500;
    const char *reason = known ? state->reason : "Server Sanity Failure";
    return truth(stateless_reply(ctx, code, span_text(reason)) == 1);
}

#define MODULE_ROWS "modules/sanity/rows.def"
#include "modules/rows.h"

#define INT_PARAM(name) {#name, KL_TYPE_INT, offsetof(sanity_state, name), NULL}
#define SIZE_PARAM(name)                                                                                               \
    {"size_" #name, KL_TYPE_INT, offsetof(sanity_state, sizes) + offsetof(sanity_sizes, name), NULL}
static const module_param params[] = {
    INT_PARAM(default_checks), INT_PARAM(uri_checks),
    INT_PARAM(noreply),        INT_PARAM(autodrop),
    INT_PARAM(size_checks),    {"proxy_require", KL_TYPE_STR, offsetof(sanity_state, proxy_require), NULL},
    SIZE_PARAM(message),       SIZE_PARAM(method),
    SIZE_PARAM(ruri),          SIZE_PARAM(from_uri),
    SIZE_PARAM(to_uri),        SIZE_PARAM(contact_uri),
    SIZE_PARAM(route_uri),     SIZE_PARAM(path_uri),
    SIZE_PARAM(pai_uri),       SIZE_PARAM(header),
    SIZE_PARAM(headers),       SIZE_PARAM(body),
};

static void init(void *opaque)
{
    sanity_state *state = opaque;
    buf_init(&state->line);
    state->default_checks = 3047;
    state->uri_checks = 7;
    state->autodrop = 1;
    state->proxy_require = SPAN("");
    state->sizes = (sanity_sizes){16384, 32, 256, 256, 256, 256, 256, 256, 256, 2048, 8192, 8192};
}

static void done(void *state) { buf_free(&((sanity_state *)state)->line); }

const kl_module sanity_module = {.name = "sanity",
                                 .rows = rows,
                                 .row_count = sizeof rows / sizeof *rows,
                                 .params = params,
                                 .param_count = sizeof params / sizeof *params,
                                 .state_size = sizeof(sanity_state),
                                 .scratch_size = sizeof(sanity_state) - offsetof(sanity_state, line),
                                 .init = init,
                                 .done = done,
                                 .needs = {MOD_SL}};
