#include "route_set.h"

#include "base/text.h"

bool route_set_add(route_set *set, kl_span body)
{
    kl_span one;
    while (sip_list_next(&body, &one)) {
        if (one.n == 0) continue;
        if (set->count == ROUTE_SET_MOST - 1) return false;
        set->routes[set->count++] = one;
    }
    return true;
}

void route_set_reverse(route_set *set)
{
    for (size_t i = 0; i < set->count / 2; i++) {
        const kl_span other = set->routes[set->count - 1 - i];
        set->routes[set->count - 1 - i] = set->routes[i];
        set->routes[i] = other;
    }
}

bool route_set_direct(kl_ctx *ctx, route_set *set, kl_span *uri, kl_span *hop)
{
    sip_nameaddr first;
    sip_uri router;
    kl_error err;
    *hop = *uri;
    if (set->count == 0) return true;
    if (sip_nameaddr_parse(set->routes[0], &first, &err) != KL_OK || sip_uri_parse(first.uri, &router, NULL) != KL_OK)
        return false;
    *hop = first.uri;
    if (router.lr_present) return true;
    for (size_t i = 1; i < set->count; i++) set->routes[i - 1] = set->routes[i];
    set->routes[set->count - 1] = text_join(ctx->scratch, SPAN("<"), *uri, SPAN(">"));
    *uri = first.uri;
    return set->routes[set->count - 1].s != NULL;
}

void route_set_write(const route_set *set, kl_buf *out)
{
    for (size_t i = 0; i < set->count; i++) {
        buf_add(out, i == 0 ? SPAN("Route: ") : SPAN(", "));
        buf_add(out, set->routes[i]);
    }
    if (set->count > 0) buf_add(out, SPAN("\r\n"));
}
