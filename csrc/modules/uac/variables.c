/* variables.c: $uac_req(field), the request that uac_req_send sends. */
#include "pv/kept.h"
#include "pv/store/store.h"
#include "uac.h"

enum { URI_LONGEST = 1024, HDRS_LONGEST = 2048, BODY_LONGEST = 32768, METHOD_LONGEST = 31, WORD_LONGEST = 127 };

/* Keys: texts by kept_text, numbers behind them by kept_number, `all` behind these. */
#define NUMBER(which) (KEPT_TEXTS + (which))
#define ALL           NUMBER(KEPT_NUMBERS)
#define KEYS          (ALL + 1)

static const struct field {
    kl_span name;
    uint32_t longest; /* bytes of a text */
} fields[KEYS] = {
    [KEPT_RURI] = {{"ruri", 4}, URI_LONGEST},
    [KEPT_FURI] = {{"furi", 4}, URI_LONGEST},
    [KEPT_FTAG] = {{"ftag", 4}, WORD_LONGEST},
    [KEPT_TURI] = {{"turi", 4}, URI_LONGEST},
    [KEPT_TTAG] = {{"ttag", 4}, WORD_LONGEST},
    [KEPT_OURI] = {{"ouri", 4}, URI_LONGEST},
    [KEPT_HDRS] = {{"hdrs", 4}, HDRS_LONGEST},
    [KEPT_BODY] = {{"body", 4}, BODY_LONGEST},
    [KEPT_METHOD] = {{"method", 6}, METHOD_LONGEST},
    [KEPT_CALLID] = {{"callid", 6}, WORD_LONGEST},
    [KEPT_SOCK] = {{"sock", 4}, WORD_LONGEST},
    [KEPT_AUSER] = {{"auser", 5}, WORD_LONGEST},
    [KEPT_APASSWD] = {{"apasswd", 7}, 63},
    [KEPT_EVPARAM] = {{"evparam", 7}, WORD_LONGEST},
    [NUMBER(KEPT_FLAGS)] = {{"flags", 5}, 0},
    [NUMBER(KEPT_EVROUTE)] = {{"evroute", 7}, 0},
    [NUMBER(KEPT_EVTYPE)] = {{"evtype", 6}, 0},
    [NUMBER(KEPT_EVCODE)] = {{"evcode", 6}, 0},
    [NUMBER(KEPT_CSEQNO)] = {{"cseqno", 6}, 0},
    [NUMBER(KEPT_FR_TIMEOUT)] = {{"fr_timeout", 10}, 0},
    [NUMBER(KEPT_FR_INV_TIMEOUT)] = {{"fr_inv_timeout", 14}, 0},
    [ALL] = {{"all", 3}, 0},
};

static bool parse(pv_cache *cache, pv_param *param)
{
    (void)cache;
    for (int i = 0; i < KEYS; i++) {
        if (!span_eq(param->name, fields[i].name)) continue;
        param->key = i;
        return true;
    }
    return false;
}

/* `all` reads the flags, as in Kamailio. */
static bool get(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    static const kept_request none;
    const kept_request *request = vars_kept(ctx->vars)->request;
    (void)data;
    if (!request) request = &none;
    if (param->key >= KEPT_TEXTS) {
        pv_int(out, request->numbers[param->key == ALL ? KEPT_FLAGS : param->key - KEPT_TEXTS]);
    } else if (request->texts[param->key].n > 0) {
        pv_str(out, request->texts[param->key]);
    } else {
        pv_null(out);
    }
    return true;
}

/* The credentials stay, as in Kamailio. */
static void clear(kept_request *request)
{
    for (int i = 0; i < KEPT_TEXTS; i++)
        if (i != KEPT_AUSER && i != KEPT_APASSWD) kept_text_assign(&request->texts[i], SPAN(""));
    memset(request->numbers, 0, sizeof request->numbers);
}

static bool set_number(int32_t *place, const pv_value *value)
{
    if (!(value->flags & (PV_NULL | PV_INT))) return false;
    *place = value->flags & PV_NULL ? 0 : (int32_t)value->i;
    return true;
}

static bool set_text(kl_ctx *ctx, kl_span *place, const struct field *field, const pv_value *value)
{
    if (value->flags & PV_NULL) return kept_text_assign(place, SPAN(""));
    if (!(value->flags & PV_STR)) return false;
    if (value->s.n <= field->longest) return kept_text_assign(place, value->s);
    ctx_misuse(ctx, KL_LOG_ERR, "$uac_req(%.*s) takes %u bytes at most", (int)field->name.n, field->name.s,
               (unsigned)field->longest);
    return false;
}

static bool set(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    kept_request *request = kept_request_of(vars_kept(ctx->vars));
    const struct field *field = &fields[param->key];
    (void)data;
    if (!request) return false;
    if (param->key < KEPT_TEXTS) return set_text(ctx, &request->texts[param->key], field, value);
    if (param->key < ALL) return set_number(&request->numbers[param->key - KEPT_TEXTS], value);
    if (value->flags & PV_NULL) clear(request);
    return true;
}

static const pv_class classes[] = {{"uac_req", get, set, parse, PV_CLASS_NO_MSG, 0}};
const pv_table uac_variables = {classes, sizeof classes / sizeof *classes};
