/* route.c: what Route and Record-Route tell: $route_uri, $rr_count, $rr_top_count, and the tags and the direction of
 * the dialog's first request
 * ($fti, $tti, $rdir). */
#include "core/route.h"
#include "variables.h"

static bool get_route_uri(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    route_walk walk;
    (void)param, (void)data;
    if (route_first(&walk, ctx->msg, SIP_HDR_ROUTE) == ROUTE_FOUND) pv_str(out, walk.entry.uri);
    else pv_null(out);
    return true;
}

enum { TAG_FROM, TAG_TO };

static bool get_initial_tag(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param;
    const bool from = (data == TAG_FROM) != route_is_upstream(ctx);
    const sip_nameaddr *address = from ? msg_from(ctx->msg) : msg_to(ctx->msg);
    return variable_filled(out, address != NULL ? address->tag : SPAN_NULL);
}

static const char *const direction_names[] = {"id", "name"};

static bool parse_direction(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return variable_key(param, direction_names, COUNT(direction_names));
}

static bool get_direction(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const bool upstream = route_is_upstream(ctx);
    (void)data;
    if (param->key == 0) pv_int(out, upstream ? 2 : 1);
    else pv_str(out, upstream ? SPAN("upstream") : SPAN("downstream"));
    return true;
}

/* Fails as a whole where one header cannot be read. */
static bool get_count(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    route_walk walk;
    int64_t count = 0;
    (void)param, (void)data;
    if (ctx->msg->hdrs_bad) return false;
    route_found found = route_first(&walk, ctx->msg, SIP_HDR_RECORD_ROUTE);
    while (found == ROUTE_FOUND) {
        count++;
        found = route_has_more(&walk) ? route_next_in(&walk) : route_next_header(&walk);
    }
    pv_int(out, count);
    return found == ROUTE_END;
}

/* How many headers the top one stands for: 2 of a double record-routing. */
static bool get_top_count(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    route_walk walk;
    sip_uri uri;
    (void)param, (void)data;
    if (ctx->msg->hdrs_bad) return false;
    const route_found found = route_first(&walk, ctx->msg, SIP_HDR_RECORD_ROUTE);
    if (found == ROUTE_BAD || (found == ROUTE_FOUND && sip_uri_parse(walk.entry.uri, &uri, NULL) != KL_OK))
        return false;
    pv_int(out, found != ROUTE_FOUND ? 0 : uri.r2_present ? 2 : 1);
    return true;
}

static const pv_class classes[] = {
    {"route_uri", get_route_uri, NULL, NULL, 0, 0},  {"fti", get_initial_tag, NULL, NULL, 0, TAG_FROM},
    {"tti", get_initial_tag, NULL, NULL, 0, TAG_TO}, {"rdir", get_direction, NULL, parse_direction, 0, 0},
    {"rr_count", get_count, NULL, NULL, 0, 0},       {"rr_top_count", get_top_count, NULL, NULL, 0, 0},
};

CLASS_TABLE(pv_route_table);
