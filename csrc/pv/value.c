/* value.c: getting and setting through a parsed name, and what a value is as text and as an int. */
#include "base/text.h"
#include "pv.h"

#include "cache.h"

bool pv_get(kl_ctx *ctx, const pv_spec *spec, pv_value *out)
{
    if (KL_UNLIKELY(ctx->msg == NULL) && !(spec->klass->flags & PV_CLASS_NO_MSG)) {
        pv_null(out);
        return true;
    }
    if (!spec->get(ctx, &spec->param, spec->data, out)) return false;
    return KL_LIKELY(spec->steps == NULL) || tr_run(ctx, spec->steps, out);
}

bool pv_set(kl_ctx *ctx, const pv_spec *spec, const pv_value *value)
{
    const pv_class *klass = spec->klass;
    if (klass->set == NULL) {
        ctx_misuse(ctx, MISUSE_SILENT, "\"%.*s\" is read-only", (int)(spec->text.n > 256 ? 256 : spec->text.n),
                   spec->text.s);
        return true;
    }
    if ((klass->flags & PV_CLASS_LOCAL_NOOP) && (ctx->phase & KL_PHASE_LOCAL)) return true;
    if (ctx->msg == NULL && !(klass->flags & PV_CLASS_NO_MSG)) return false;
    return klass->set(ctx, &spec->param, klass->data, value);
}

bool pv_is_writable(const pv_spec *spec) { return spec->klass->set != NULL; }

static kl_span int_text(kl_ctx *ctx, int64_t i)
{
    char text[TEXT_INT];
    return arena_copy(ctx->scratch, span_between(text, text_put_int(text, i)));
}

kl_span pv_text(kl_ctx *ctx, const pv_value *value)
{
    if (value->flags & PV_STR) return value->s;
    return value->flags & PV_INT ? int_text(ctx, value->i) : SPAN_NULL;
}

int64_t pv_integer(const pv_value *value)
{
    int64_t i = 0;
    if (value->flags & PV_INT) return value->i;
    if (value->flags & PV_STR) span_int_prefix(value->s, &i);
    return i;
}

bool pv_param_index(kl_ctx *ctx, const pv_param *param, int *out)
{
    pv_value value;
    if (param->index_kind != PV_INDEX_PV) {
        *out = param->index;
        return true;
    }
    if (!pv_get(ctx, param->index_pv, &value) || !(value.flags & PV_INT)) return false;
    *out = (int)value.i;
    return true;
}

bool pv_param_name(kl_ctx *ctx, const pv_param *param, kl_span *out)
{
    pv_value value;
    if (param->nested == NULL) {
        *out = param->name;
        return true;
    }
    if (!pv_get(ctx, param->nested, &value)) return false;
    *out = pv_text(ctx, &value);
    return out->s != NULL;
}

bool pv_read(kl_ctx *ctx, kl_span name, pv_value *out)
{
    const pv_spec *spec = pv_lookup(ctx, name);
    if (spec == NULL) return false;
    if (KL_LIKELY(pv_get(ctx, spec, out))) return true;
    log_print(ctx, KL_LOG_ERR, "\"%.*s\" cannot be evaluated", (int)spec->text.n, spec->text.s);
    return false;
}

void pv_to_value(kl_ctx *ctx, const pv_value *value, kl_value *out)
{
    if (value->flags & PV_NULL) {
        out->type = KL_TYPE_NULL;
    } else if (value->flags & PV_IS_INT) {
        out->i = (int32_t)value->i;
        out->type = KL_TYPE_INT;
        if (KL_LIKELY(!(value->flags & PV_IS_LONG)) || out->i == value->i) return;
        out->i = value->i;
        out->type = KL_TYPE_LONG;
    } else {
        out->type = KL_TYPE_STR;
        out->s = pv_text(ctx, value);
    }
}
