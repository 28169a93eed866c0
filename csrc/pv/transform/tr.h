/* tr.h: what the families of transformations (tr_*.c) share. Every operation takes a value and leaves another; texts
 * are made in ctx->scratch. */
#ifndef KL_PV_TR_H
#define KL_PV_TR_H

#include "transform.h"

/* bytes a text made by a transformation may have, and those it takes where Kamailio copies them */
#define TR_BUFFER 65535

typedef struct tr_family {
    const tr_op *ops;
    size_t count;
} tr_family;

extern const tr_family tr_string_family, tr_rewrite_family, tr_encode_family, tr_escape_family, tr_digest_family,
    tr_uri_family, tr_params_family, tr_nameaddr_family, tr_line_family, tr_value_family, tr_sock_family, tr_re_family;

/* The text of a value; false for null. tr_bounded: also for more than TR_BUFFER bytes. */
static inline bool tr_text(kl_ctx *ctx, const pv_value *value, kl_span *out)
{
    if (value->flags & PV_NULL) return false;
    *out = pv_text(ctx, value);
    if (out->s == NULL && (value->flags & PV_STR)) *out = SPAN("");
    return out->s != NULL;
}

static inline bool tr_bounded(kl_ctx *ctx, const pv_value *value, kl_span *out)
{
    return tr_text(ctx, value, out) && out->n <= TR_BUFFER;
}

/* Room for a result; NULL when it is too long or memory ended. */
static inline char *tr_room(kl_ctx *ctx, size_t n)
{
    return n <= TR_BUFFER ? arena_alloc(ctx->scratch, n ? n : 1) : NULL;
}

/* The end of an operation. */
static inline bool tr_give(pv_value *value, kl_span text)
{
    pv_str(value, text.n ? text : SPAN(""));
    return true;
}
/* Of those that in Kamailio leave the int beside the text as it was: KSR.pv.geti and {s.int} still see it. */
static inline bool tr_keep(pv_value *value, kl_span text)
{
    value->flags = PV_STR | (value->flags & PV_INT);
    value->s = text.n ? text : SPAN("");
    return true;
}
static inline bool tr_give_int(pv_value *value, int64_t i)
{
    pv_int(value, i);
    return true;
}

/* Parameter i, counted from 0; def for one that was not written. */
static inline bool tr_has(const tr_step *step, int i) { return step->param_count > i; }
static inline bool tr_int_or(kl_ctx *ctx, const tr_step *step, int i, int64_t def, int64_t *out)
{
    *out = def;
    return !tr_has(step, i) || tr_int(ctx, &step->params[i], out);
}
/* First character of a text parameter. */
static inline bool tr_char(kl_ctx *ctx, const tr_param *param, char *out)
{
    kl_span text;
    if (!tr_str(ctx, param, &text) || text.n == 0) return false;
    *out = text.s[0];
    return true;
}

#endif
