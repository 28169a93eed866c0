/* charging.c: $pcv(key): parts of the first P-Charging-Vector (RFC 7315 5.6), found as Kamailio does: by the text
 * before them. */
#include "pv/pv.h"

#include "siputils.h"

enum { PCV_ALL, PCV_STATUS }; /* places in parts */

static const struct {
    const char *key;
    kl_span before; /* the part stands behind it */
} parts[] = {
    {"all", {"", 0}},
    {"status", {"", 0}},
    {"value", {"icid-value=", 11}},
    {"genaddr", {"icid-generated-at=", 18}},
    {"orig", {"orig-ioi=", 9}},
    {"term", {"term-ioi=", 9}},
};

static bool parse_key(pv_cache *cache, pv_param *param)
{
    (void)cache;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!span_eq(param->name, span_text(parts[i].key))) continue;
        param->key = (intptr_t)i;
        return true;
    }
    return false;
}

static kl_span part_behind(kl_span body, kl_span before)
{
    const char *start = span_search(body, before), *const end = span_end(body);
    if (!start) return SPAN_NULL;
    start += before.n;
    const char *stop = start;
    while (stop < end && *stop != ';' && *stop != ',' && !char_is(*stop, SPAN_WS)) stop++;
    return span_between(start, stop);
}

/* A vector without an identifier has no parts, but is one. */
enum { PCV_ABSENT, PCV_READ, PCV_UNNAMED };

static bool get_pcv(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_hdr *hdr = msg_hdr_named(ctx->msg, SPAN("P-Charging-Vector"));
    const int status = !hdr ? PCV_ABSENT : span_search(hdr_body(hdr), SPAN("icid-value=")) ? PCV_READ : PCV_UNNAMED;
    (void)data;
    pv_null(out);
    if (param->key == PCV_STATUS) pv_int(out, status);
    if (param->key == PCV_STATUS || status == PCV_ABSENT || (status == PCV_UNNAMED && param->key != PCV_ALL))
        return true;
    const kl_span text = param->key == PCV_ALL ? hdr_body(hdr) : part_behind(hdr_body(hdr), parts[param->key].before);
    if (text.n > 0) pv_str(out, text);
    return true;
}

static const pv_class classes[] = {{"pcv", get_pcv, NULL, parse_key, 0, 0}};
const pv_table siputils_variables = {classes, sizeof classes / sizeof *classes};
