#include "ctx.h"

#include <stdarg.h>
#include <stdio.h>

#include "limit.h"

#define MAX_LOG_LINE 4096
#define DEFAULT_PORT 5060

void log_text(kl_ctx *ctx, int level, kl_span text)
{
    if (!log_enabled(ctx, level)) return;
    const kl_span where = ctx->position ? ctx->position(ctx) : SPAN_NULL;
    effects_add(ctx->effects,
                &(kl_effect){.kind = KL_EFFECT_LOG, .level = level, .conid = -1, .data = text, .where = where});
}

static kl_span print_line(char line[MAX_LOG_LINE + 1], const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static kl_span print_line(char line[MAX_LOG_LINE + 1], const char *format, va_list args)
{
    const int n = vsnprintf(line, MAX_LOG_LINE + 1, format, args);
    return span_of(line, n < 0 ? 0 : n > MAX_LOG_LINE ? MAX_LOG_LINE : (size_t)n);
}

/* ---- lines of C code. One call writes a few; of more, the last one tells how many there were. */

#define LINES_OF_CALL 8
#define LINES_OF_KIND 3 /* of one format, one after the other */
#define MORE          "and %u more lines of this call"
#define MORE_BYTES    (sizeof MORE + 10)

/* The line that counts is written once, and written over then. */
static void count_more(kl_ctx *ctx, int level)
{
    log_calm *calm = &ctx->calm;
    if (calm->more++ == 0) {
        char room[MORE_BYTES] = {0};
        const size_t before = ctx->effects->count;
        log_text(ctx, level, span_of(room, sizeof room));
        calm->at = ctx->effects->count > before ? ctx->effects->count : 0;
        calm->clears = ctx->effects->clears;
    }
    if (calm->at == 0 || calm->clears != ctx->effects->clears) return;
    kl_span *text = &ctx->effects->items[calm->at - 1].data;
    text->n = (size_t)snprintf((char *)(uintptr_t)text->s, MORE_BYTES, MORE, calm->more);
}

/* Whether a line of that format is one too many of its call. */
static bool is_too_many(log_calm *calm, const char *format)
{
    if (calm->call.lines == 0) calm->more = calm->same = 0;
    calm->same = calm->format == format ? calm->same + 1 : 1;
    calm->format = format;
    if (calm->same > LINES_OF_KIND || calm->call.lines >= LINES_OF_CALL) return true;
    calm->call.lines++;
    return false;
}

/* The log has it already: it tells of memory that is used up, or repeats what its call has told. */
static bool is_left_out(kl_ctx *ctx, int level, const char *format)
{
    if (limit_told(ctx)) return true;
    if (!ctx->row || KL_LIKELY(!is_too_many(&ctx->calm, format))) return false;
    count_more(ctx, level);
    return true;
}

void log_print(kl_ctx *ctx, int level, const char *format, ...)
{
    if (!log_enabled(ctx, level) || is_left_out(ctx, level, format)) return;
    char line[MAX_LOG_LINE + 1];
    va_list args;
    va_start(args, format);
    log_text(ctx, level, print_line(line, format, args));
    va_end(args);
}

void ctx_misuse(kl_ctx *ctx, int level, const char *format, ...)
{
    const bool strict = ctx->ops && ctx->ops->note_misuse;
    if (!strict && (!log_enabled(ctx, level) || is_left_out(ctx, level, format))) return;
    char line[MAX_LOG_LINE + 1];
    va_list args;
    va_start(args, format);
    const kl_span text = print_line(line, format, args);
    va_end(args);
    if (!strict) log_text(ctx, level, text);
    else ctx->ops->note_misuse(ctx, text);
}

const char *ctx_caller(const kl_ctx *ctx, const char *otherwise)
{
    return ctx->row && ctx->ops ? ctx->ops->row_name(ctx->row) : otherwise;
}

static kl_effect effect_of(const kl_ctx *ctx, kl_span data, const ctx_target *target)
{
    kl_effect effect = {.kind = KL_EFFECT_SEND,
                        .transport = target->proto,
                        .conid = target->conid,
                        .flags = target->flags,
                        .port = target->port,
                        .host = target->host,
                        .data = data};
    if (target->socket >= 0) {
        effect.local_host = ctx->world->sockets[target->socket].host;
        effect.local_port = ctx->world->sockets[target->socket].port;
    } else if (ctx->msg) {
        effect.local_host = ctx->msg->local_host;
        effect.local_port = ctx->msg->local_port;
    }
    return effect;
}

bool ctx_send_raw(kl_ctx *ctx, kl_span data, const ctx_target *target)
{
    const kl_effect effect = effect_of(ctx, data, target);
    return effects_add(ctx->effects, &effect);
}

/* False when onsend dropped it. */
static bool run_routes(kl_ctx *ctx, kl_span data, const ctx_target *target, bool request)
{
    const kl_world *world = ctx->world;
    const ctx_send send = {
        .data = data, .host = target->host, .port = target->port, .proto = target->proto, .socket = target->socket};
    bool dropped = false;
    if (!request && world_hears(world, world->reply_out_callback))
        ctx->ops->run_callback(ctx, world->reply_out_callback, SPAN("corex:reply-out"), KL_PHASE_EVENT, &send, NULL);
    if (!span_empty(world->onsend_route) && (request || world->onsend_route_reply))
        ctx->ops->run_callback(ctx, world->onsend_route, SPAN_NULL, KL_PHASE_ONSEND, &send, &dropped);
    return !dropped;
}

static bool has_routes(const kl_ctx *ctx, bool request)
{
    const kl_world *world = ctx->world;
    if (!ctx->ops) return false;
    return (!span_empty(world->onsend_route) && (request || world->onsend_route_reply)) ||
           (!request && world_hears(world, world->reply_out_callback));
}

/* The routes see the very bytes of the effect: what is nested in them may reuse the memory of data and host. */
bool ctx_send_to(kl_ctx *ctx, kl_span data, const ctx_target *target, bool request)
{
    if (!has_routes(ctx, request)) return ctx_send_raw(ctx, data, target);
    const kl_span kept = arena_copy(&ctx->effects->arena, data);
    ctx_target to = *target;
    to.host = arena_copy(&ctx->effects->arena, target->host);
    if (!kept.s || !to.host.s) {
        ctx->effects->lost_others++;
        return false;
    }
    if (!run_routes(ctx, kept, &to, request)) return false;
    const kl_effect effect = effect_of(ctx, kept, &to);
    return effects_adopt(ctx->effects, &effect);
}

bool ctx_send_bytes(kl_ctx *ctx, kl_span data, kl_span host, uint16_t port, kl_transport proto, int socket, int flags,
                    bool request)
{
    const ctx_target target = {.host = host,
                               .port = port,
                               .proto = proto,
                               .conid = request || !ctx->msg ? -1 : ctx->msg->conid,
                               .socket = socket,
                               .flags = flags};
    return ctx_send_to(ctx, data, &target, request);
}

static uint16_t via_port(const sip_via *via) { return via && via->port_number ? via->port_number : DEFAULT_PORT; }

/* RFC 3261 18.2.2 without its maddr, which Kamailio ignores: the address the request came from, its port when rport
 * asks for it, else the Via's. */
void ctx_reply_destination(kl_ctx *ctx, kl_span *host, uint16_t *port)
{
    kl_msg *msg = ctx->msg;
    const sip_via *via = msg_via1(msg);
    const bool rport = (via && via->rport_present) || (msg->msg_flags & SIP_MSG_FORCE_RPORT);
    const bool datagram = msg->proto == KL_PROTO_UDP || msg->proto == KL_PROTO_NONE;
    *host = msg->source_host;
    *port = rport || !datagram ? msg->source_port : via_port(via);
    if (ctx->world->reply_to_via && datagram && !rport && via) *host = via->host;
}
