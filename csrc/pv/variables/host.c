/* host.c: variables that the host program defines: read and written through ctx->ops. */
#include "variables.h"

#include "pv/host.h"

/* [2], [*] and [+]; nil without one. */
static bool index_of(kl_ctx *ctx, const pv_param *param, kl_value *out)
{
    int number;
    switch (param->index_kind) {
    case PV_INDEX_NONE: *out = (kl_value){.type = KL_TYPE_NULL}; return true;
    case PV_INDEX_ALL: *out = (kl_value){.type = KL_TYPE_STR, .s = SPAN("*")}; return true;
    case PV_INDEX_PLUS: *out = (kl_value){.type = KL_TYPE_STR, .s = SPAN("+")}; return true;
    default:
        if (!pv_param_index(ctx, param, &number)) return false;
        *out = (kl_value){.type = KL_TYPE_INT, .i = number};
        return true;
    }
}

static bool ask(kl_ctx *ctx, const pv_param *param, intptr_t data, const kl_value *written, kl_value *out)
{
    kl_span inner;
    kl_value index;
    if (!ctx->ops || !ctx->ops->host_variable) return false;
    return pv_param_name(ctx, param, &inner) && index_of(ctx, param, &index) &&
           ctx->ops->host_variable(ctx, data, inner, &index, written, out);
}

static bool get_host(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    kl_value value;
    if (!ask(ctx, param, data, NULL, &value)) return false;
    if (value.type == KL_TYPE_STR && value.s.s) pv_str(out, value.s);
    else if (value.type == KL_TYPE_INT || value.type == KL_TYPE_BOOL) pv_int(out, value.i);
    else pv_null(out);
    return true;
}

static bool set_host(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    kl_value written, nothing;
    if (value->flags & PV_NULL) written = (kl_value){.type = KL_TYPE_NULL};
    else if (value->flags & PV_IS_INT) written = (kl_value){.type = KL_TYPE_INT, .i = value->i};
    else written = (kl_value){.type = KL_TYPE_STR, .s = value->s};
    return ask(ctx, param, data, &written, &nothing);
}

static bool parse_host(pv_cache *cache, pv_param *param)
{
    (void)cache, (void)param;
    return true;
}

pv_class pv_host_class(const char *name, bool inner, bool index, bool anywhere, bool writable, intptr_t data)
{
    return (pv_class){
        .name = name,
        .get = get_host,
        .set = writable ? set_host : NULL,
        .parse_name = inner ? parse_host : NULL,
        .data = data,
        .flags = PV_CLASS_NESTED | (index ? PV_CLASS_INDEX : 0) | (anywhere ? PV_CLASS_NO_MSG : 0),
    };
}
