/* loose.c: the route set, RFC 3261 16.4 and 16.12 with its strict routers, as Kamailio follows it. Headers are cut by
 * edits: reads see them as received. */
#include "core/hooks.h"
#include "base/text.h"
#include "sip/build.h"
#include "sip/edit.h"
#include "rr.h"

enum { DONE = 1, FAILED = -1, PRELOADED = -3 };
enum { MODE_LOOSE_ONLY = 1 }; /* bit 2, no outbound, is always so */

static int fail(kl_ctx *ctx, const char *what, kl_span about)
{
    log_print(ctx, KL_LOG_ERR, "loose_route: %s [%.*s]", what, (int)(about.n > 256 ? 256 : about.n),
              about.n ? about.s : "");
    return FAILED;
}

/* ---- targets */

/* maddr stands for the host, and nothing else of the URI is left then. */
static kl_span target_of(kl_ctx *ctx, const sip_uri *uri)
{
    if (uri->maddr.n == 0) return uri->text;
    char *text = arena_alloc(ctx->scratch, uri->maddr.n + uri->port.n + 8), *at = text;
    if (!text) return uri->text;
    at = text_put(text_put(at, SPAN("sip:")), uri->maddr);
    if (uri->port.n > 0) at = text_put(text_put(at, SPAN(":")), uri->port);
    return span_between(text, at);
}

static void force_socket(kl_ctx *ctx, const sip_uri *uri, bool by_name)
{
    const kl_server *server = ctx->server;
    kl_span name;
    int socket = -1;
    if (by_name && rr_state_of(ctx)->sockname_mode && sip_param_find(uri->params, ';', SPAN("sn"), &name))
        socket = socket_named(server, name);
    if (socket < 0)
        socket = socket_find(server, uri->proto == KL_PROTO_NONE ? KL_PROTO_UDP : uri->proto, uri->host,
                             uri->port_number ? uri->port_number : 5060);
    if (socket >= 0) ctx->msg->send_socket = socket;
    else if (rr_state_of(ctx)->enable_socket_mismatch_warning)
        log_print(ctx, KL_LOG_WARN, "loose_route: no socket of ours for [%.*s]",
                  (int)(uri->text.n > 256 ? 256 : uri->text.n), uri->text.s);
}

static bool keep_params(kl_ctx *ctx, const sip_uri *uri, size_t before)
{
    route_notes *notes = route_notes_of(ctx->msg);
    if (!notes) return false;
    notes->routed = uri->params.n > 0;
    if (notes->routed)
        notes->params = arena_copy(&ctx->msg->arena, span_of(uri->params.s - before, uri->params.n + before));
    return !notes->routed || notes->params.s != NULL;
}

/* ---- cutting */

/* Of the header the walk is in all bodies before the present one, and with it the present one too. */
static bool cut_through(route_walk *walk, bool with)
{
    const char *from = walk->start;
    if (with && !route_has_more(walk)) return edit_remove(walk->msg, walk->hdr);
    if (with && route_next_in(walk) != ROUTE_FOUND) return false;
    return walk->entry.text.s == from || edit_cut(walk->msg, span_between(from, walk->entry.text.s));
}

/* To the next body; a header that is used up goes. */
static route_found advance(route_walk *walk)
{
    if (route_has_more(walk)) return route_next_in(walk);
    edit_remove(walk->msg, walk->hdr);
    return route_next_header(walk);
}

static bool save_ruri(kl_msg *msg)
{
    const size_t n = msg->uri.n + 11;
    char *line = msg->hdrs_bad ? NULL : arena_alloc(&msg->arena, n);
    if (!line) return false;
    char *at = text_put(text_put(text_put(line, SPAN("Route: <")), msg->uri), SPAN(">\r\n"));
    return edit_append(msg, span_between(line, at));
}

/* ---- the previous hop was a strict router: the R-URI is ours, the real one is the last Route */

static bool cut_last(route_walk *walk)
{
    if (!walk->previous.text.s) return edit_remove(walk->msg, walk->hdr);
    const char *from = walk->previous.text.s + walk->previous.text.n;
    return edit_cut(walk->msg, span_between(from, walk->entry.text.s + walk->entry.text.n));
}

static int take_last(kl_ctx *ctx, route_walk *walk)
{
    sip_uri uri;
    route_walk last = *walk;
    for (;;) {
        while (route_has_more(walk))
            if (route_next_in(walk) != ROUTE_FOUND) return fail(ctx, "a malformed Route", hdr_body(walk->hdr));
        last = *walk;
        const route_found found = route_next_header(walk);
        if (found == ROUTE_END) break;
        if (found == ROUTE_BAD) return fail(ctx, "a malformed Route", SPAN(""));
    }
    if (sip_uri_parse(last.entry.uri, &uri, NULL) != KL_OK)
        return fail(ctx, "the last Route has no URI", last.entry.uri);
    return msg_set_uri(ctx->msg, last.entry.uri) && cut_last(&last) ? DONE : FAILED;
}

static int after_strict(kl_ctx *ctx, route_walk *walk)
{
    sip_uri uri;
    if (sip_uri_parse(walk->entry.uri, &uri, NULL) != KL_OK)
        return fail(ctx, "the first Route has no URI", walk->entry.uri);
    if (rr_state_of(ctx)->enable_double_rr && uri.r2_present && route_is_own(ctx->server, &uri)) {
        force_socket(ctx, &uri, false);
        if (advance(walk) != ROUTE_FOUND || sip_uri_parse(walk->entry.uri, &uri, NULL) != KL_OK)
            return fail(ctx, "no Route behind our own", SPAN(""));
    }
    if (!uri.lr_present) return msg_set_uri(ctx->msg, target_of(ctx, &uri)) && cut_through(walk, true) ? DONE : FAILED;
    if (!msg_set_dst(ctx->msg, target_of(ctx, &uri)) || !cut_through(walk, false)) return FAILED;
    return take_last(ctx, walk);
}

/* ---- the previous hop routed loosely */

/* Past our own Route, or both of a double record-routing. */
static route_found skip_own(kl_ctx *ctx, route_walk *walk, const sip_uri *own)
{
    sip_uri second;
    const rr_state *rr = rr_state_of(ctx);
    const bool doubled = rr->enable_double_rr && own->r2_present;
    if (!doubled && rr->force_send_socket) force_socket(ctx, own, true);
    route_found found = advance(walk);
    if (!doubled || found != ROUTE_FOUND) return found;
    if (sip_uri_parse(walk->entry.uri, &second, NULL) != KL_OK) return ROUTE_BAD;
    force_socket(ctx, &second, true);
    return advance(walk);
}

static int route_on(kl_ctx *ctx, route_walk *walk, const sip_uri *uri)
{
    if (uri->lr_present) return msg_set_dst(ctx->msg, target_of(ctx, uri)) && cut_through(walk, false) ? DONE : FAILED;
    if (!save_ruri(ctx->msg)) return fail(ctx, "the R-URI cannot be kept in a Route", SPAN(""));
    return msg_set_uri(ctx->msg, target_of(ctx, uri)) && cut_through(walk, true) ? DONE : FAILED;
}

static int after_loose(kl_ctx *ctx, route_walk *walk, bool preloaded)
{
    sip_uri uri;
    if (sip_uri_parse(walk->entry.uri, &uri, NULL) != KL_OK)
        return fail(ctx, "the first Route has no URI", walk->entry.uri);
    if (!route_is_own(ctx->server, &uri)) return route_on(ctx, walk, &uri);
    if (!keep_params(ctx, &uri, 1)) return FAILED;
    const route_found found = skip_own(ctx, walk, &uri);
    if (found == ROUTE_END) return preloaded ? PRELOADED : DONE;
    if (found == ROUTE_BAD || sip_uri_parse(walk->entry.uri, &uri, NULL) != KL_OK)
        return fail(ctx, "a malformed Route behind our own", SPAN(""));
    const int result = route_on(ctx, walk, &uri);
    route_noted(ctx->msg)->next_hop = result == DONE;
    return result;
}

static int follow(kl_ctx *ctx, int64_t mode)
{
    route_walk walk;
    const sip_nameaddr *to = msg_to(ctx->msg);
    const bool preloaded = !to || to->tag.n == 0;
    if (!ctx->msg->is_request || route_first(&walk, ctx->msg, SIP_HDR_ROUTE) != ROUTE_FOUND) return FAILED;
    const sip_uri *uri = msg_ruri(ctx->msg);
    if (!uri) return fail(ctx, "the R-URI is malformed", msg_current_uri(ctx->msg));
    if (preloaded || (mode & MODE_LOOSE_ONLY) || !route_is_own(ctx->server, uri))
        return after_loose(ctx, &walk, preloaded);
    return keep_params(ctx, uri, 0) ? after_strict(ctx, &walk) : FAILED;
}

static int loose_route(kl_ctx *ctx, int64_t mode)
{
    const int result = follow(ctx, mode);
    const route_notes *notes = route_noted(ctx->msg);
    if (result != FAILED && notes && notes->routed) hook_loose_route(ctx, notes->params);
    return result;
}

KSR_FN(rr_loose_route) { return loose_route(ctx, 0); }

KSR_FN(rr_loose_route_mode) { return loose_route(ctx, args[0].i); }

KSR_FN(rr_loose_route_preloaded) { return loose_route(ctx, 0) == PRELOADED ? 1 : -1; }
