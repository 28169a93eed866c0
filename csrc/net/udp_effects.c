/* udp_effects.c: what comes of an input: sent from a socket of the loop, or on its way to Python. */
#define _GNU_SOURCE
#include "net.h"

#ifdef __linux__

#    include <errno.h>
#    include <stdarg.h>
#    include <stdio.h>

#    include "base/mem.h"
#    include "udp.h"

/* Nobody stores it. */
static void refuse(kl_loop *loop, int64_t ticket, kl_span why)
{
    kl_error err;
    if (kl_inbox_post_stored(loop->box, ticket, why, &err) == KL_ENOMEM)
        udp_say(loop, KL_LOG_ERR, "out of memory: what waits for Store %lld waits for good", (long long)ticket);
}

static void give_to_python(kl_loop *loop, const kl_effect *effect)
{
    if (!(loop->config.wanted & 1u << effect->kind)) {
        if (effect->kind == KL_EFFECT_STORE) refuse(loop, effect->ticket, SPAN("nobody takes what is to be stored"));
        return;
    }
    if (effect->kind == KL_EFFECT_LOG) {
        const lines_taken taken = lines_put(&loop->lines, effect, loop->engine->now);
        if (taken == LINES_LOST) counter_add(&loop->counters, COUNT_overflow, 1);
        if (taken != LINES_NOT_HERE) return;
    }
    const bool queued = queue_put(&loop->queue, effect);
    counter_add(&loop->counters, queued ? COUNT_queued : COUNT_overflow, 1);
    if (!queued && effect->kind == KL_EFFECT_STORE)
        refuse(loop, effect->ticket, SPAN("too many effects wait for the host"));
}

void udp_say(kl_loop *loop, int level, const char *format, ...)
{
    char text[512];
    va_list args;
    if (level > loop->engine->config.log_level) return;
    va_start(args, format);
    const int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const size_t size = n < 0 ? 0 : n < (int)sizeof text ? (size_t)n : sizeof text - 1;
    give_to_python(loop, &(kl_effect){.kind = KL_EFFECT_LOG, .level = level, .conid = -1, .data = span_of(text, size)});
}

/* An input, as this may be within a run. */
static void post_unsent(kl_loop *loop, const departure *one, const char *host)
{
    kl_error err;
    const kl_packet packet = {.data = loop->out.text.s + one->at,
                              .size = one->size,
                              .source_host = span_text(host),
                              .source_port = address_port(&one->to),
                              .transport = KL_PROTO_UDP,
                              .conid = -1,
                              .now = kl_engine_now(loop->engine),
                              .monotonic = kl_engine_monotonic(loop->engine)};
    kl_inbox_post_send_failed(loop->box, &packet, &err);
}

void udp_tell_unsent(void *with, const departure *one, int reason)
{
    char host[NET_HOST];
    address_host(&one->to, host);
    udp_say(with, KL_LOG_ERR, "%zu bytes could not be sent to %s port %u: %s", one->size, host, address_port(&one->to),
            strerror(reason));
    if (reason != EAGAIN && reason != ENOBUFS) post_unsent(with, one, host); /* these pass */
}

static bool is_of(const loop_socket *socket, const kl_effect *effect)
{
    return socket->port == effect->local_port && span_eq(socket_host(socket), effect->local_host);
}

static int family_of(const loop_socket *socket) { return span_find(socket_host(socket), ':') ? AF_INET6 : AF_INET; }

/* Where there is a choice, the socket that the message came in by. NULL: it leaves from none of ours. */
static loop_socket *socket_for(kl_loop *loop, const kl_effect *effect, const net_address *to)
{
    const bool any = effect->local_port == 0;
    const int family = to->any.sa_family;
    if (loop->came_in && (any ? family_of(loop->came_in) == family : is_of(loop->came_in, effect)))
        return loop->came_in;
    for (size_t i = 0; i < loop->socket_count; i++) {
        loop_socket *socket = &loop->sockets[i];
        if (any ? family_of(socket) == family : is_of(socket, effect)) return socket;
    }
    return NULL;
}

/* Most of what is sent goes back where the message came from. */
static bool address_of(const kl_loop *loop, const kl_effect *effect, net_address *to)
{
    if (loop->source && effect->port == loop->packet.source_port && span_eq(effect->host, loop->packet.source_host)) {
        *to = *loop->source;
        return true;
    }
    return address_read(effect->host, effect->port, to);
}

static bool send_here(kl_loop *loop, const kl_effect *effect)
{
    net_address to;
    if (effect->transport != KL_PROTO_UDP || !address_of(loop, effect, &to)) return false;
    loop_socket *from = socket_for(loop, effect, &to);
    if (!from) return false;
    if (!departures_add(&loop->out, from, &to, effect->data)) {
        counter_add(&loop->counters, COUNT_send_failed, 1);
        udp_say(loop, KL_LOG_ERR, "out of memory: a message to %.*s is lost", (int)effect->host.n, effect->host.s);
    }
    return true;
}

/* ---- what waits until something is stored */

static void hold(kl_loop *loop, const kl_effect *effect)
{
    const bool held = held_put(&loop->held, effect, loop->came_in);
    counter_add(&loop->counters, held ? COUNT_held : COUNT_held_full, 1);
}

static void release(kl_loop *loop, const kl_effect *effect)
{
    loop_socket *const came_in = loop->came_in;
    for (held_item *one = held_take(&loop->held, effect->ticket), *next; one; one = next) {
        next = one->next;
        loop->came_in = one->came_in;
        if (!(effect->flags & KL_RELEASE_DROP) && !send_here(loop, &one->effect)) give_to_python(loop, &one->effect);
        kl_free(one);
    }
    loop->came_in = came_in;
}

void udp_apply(kl_loop *loop)
{
    size_t count;
    const kl_effect *effects = kl_engine_effects(loop->engine, &count);
    for (size_t i = 0; i < count; i++) {
        const kl_effect *one = &effects[i];
        if (one->kind == KL_EFFECT_SEND) {
            if (KL_UNLIKELY(one->ticket != 0)) hold(loop, one);
            else if (!send_here(loop, one)) give_to_python(loop, one);
            continue;
        }
        if (one->kind == KL_EFFECT_RELEASE) release(loop, one);
        else if (one->kind == KL_EFFECT_DROP) counter_add(&loop->counters, COUNT_dropped, 1);
        give_to_python(loop, one);
    }
}

#endif
