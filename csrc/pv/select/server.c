/* server.c: selects of addresses, branches, and of the server itself. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/calendar.h"
#include "base/siphash.h"
#include "base/text.h"
#include "core/per_engine.h"
#include "core/setting.h"
#include "sip/build.h"
#include "pv/variables/variables.h"
#include "select.h"

/* ---- src, dst, received */

enum { WHERE_SOURCE, WHERE_LOCAL };
enum { FORM_IP, FORM_PORT, FORM_IP_PORT, FORM_PROTO, FORM_PROTO_IP_PORT };
#define ENDPOINT(where, form) ((where) << 4 | (form))

static bool write_endpoint(kl_ctx *ctx, select_subject *subject, kl_span host, uint16_t port, bool with_proto)
{
    const kl_span proto = span_text(sip_transport_name(ctx->msg->proto));
    char *text = arena_alloc(ctx->scratch, proto.n + host.n + 1 + IP_ENDPOINT), *at = text;
    if (text == NULL) return false;
    if (with_proto) at = text_putc(text_put(at, proto), ':');
    return select_give(subject, span_between(text, ip_put_endpoint(at, host, port)));
}

static bool endpoint(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const kl_msg *msg = ctx->msg;
    const bool source = data >> 4 == WHERE_SOURCE;
    const kl_span host = source ? msg->source_host : msg->local_host;
    const uint16_t port = source ? msg->source_port : msg->local_port;
    (void)part;
    if (host.n == 0) return false;
    switch (data & 15) {
    case FORM_IP: return select_give(subject, host);
    case FORM_PORT: return select_number(ctx, subject, port);
    case FORM_PROTO: return select_give(subject, span_text(sip_transport_name(msg->proto)));
    default: return write_endpoint(ctx, subject, host, port, (data & 15) == FORM_PROTO_IP_PORT);
    }
}

static bool begin(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)ctx, (void)subject, (void)part, (void)data;
    return true;
}

#define ENDPOINT_NODES(where)                                                                                          \
    {"ip", endpoint, ENDPOINT(where, FORM_IP), 0, NULL}, {"port", endpoint, ENDPOINT(where, FORM_PORT), 0, NULL},      \
    {                                                                                                                  \
        "ip_port", endpoint, ENDPOINT(where, FORM_IP_PORT), 0, NULL                                                    \
    }

static const select_node src_nodes[] = {ENDPOINT_NODES(WHERE_SOURCE), SELECT_END};
static const select_node dst_nodes[] = {ENDPOINT_NODES(WHERE_LOCAL), SELECT_END};
static const select_node received_nodes[] = {
    ENDPOINT_NODES(WHERE_LOCAL),
    {"proto", endpoint, ENDPOINT(WHERE_LOCAL, FORM_PROTO), 0, NULL},
    {"proto_ip_port", endpoint, ENDPOINT(WHERE_LOCAL, FORM_PROTO_IP_PORT), 0, NULL},
    SELECT_END,
};

/* ---- branch */

enum { BRANCH_URI, BRANCH_DST_URI, BRANCH_Q, BRANCH_URIQ };

static bool branch_count(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)part, (void)data;
    return select_number(ctx, subject, ctx->msg->branch_count);
}

static char *put_branch(char *at, const sip_branch *branch, intptr_t what)
{
    switch (what) {
    case BRANCH_URI: return text_put(at, branch->uri);
    case BRANCH_DST_URI: return text_put(at, branch->dst_uri);
    case BRANCH_Q: return branch->q >= 0 ? text_put_q(at, branch->q) : at;
    default: return branch_put_contact(at, branch->uri, branch->q, true);
    }
}

/* One of them from 0 on, or all with commas between. */
static bool branch(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const kl_msg *msg = ctx->msg;
    int from = part->has_index ? part->index : 0, to = part->has_index ? from + 1 : msg->branch_count;
    size_t room = 1;
    if (from < 0 || from >= msg->branch_count) return false;
    for (int i = from; i < to; i++) room += msg_branch(msg, i)->uri.n + msg_branch(msg, i)->dst_uri.n + 18;
    char *text = arena_alloc(ctx->scratch, room), *p = text;
    if (text == NULL) return false;
    for (int i = from; i < to; i++) {
        if (i > from) *p++ = ',';
        p = put_branch(p, msg_branch(msg, i), data);
    }
    return select_filled(subject, span_between(text, p));
}

static const select_node branch_nodes[] = {
    {"count", branch_count, 0, 0, NULL},
    {"uri", branch, BRANCH_URI, SELECT_INDEX, select_uri_nodes},
    {"dst_uri", branch, BRANCH_DST_URI, SELECT_INDEX, select_uri_nodes},
    {"q", branch, BRANCH_Q, SELECT_INDEX, NULL},
    {"uriq", branch, BRANCH_URIQ, SELECT_INDEX, NULL},
    SELECT_END,
};

/* ---- sys */

enum { SYS_PID, SYS_NOW, SYS_SERVER_ID };
enum { SYS_UTC, SYS_LOCAL };

static bool system_number(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)part;
    return select_number(ctx, subject,
                         data == SYS_PID   ? getpid()
                         : data == SYS_NOW ? (int64_t)ctx->now
                                           : ctx->server->server_id);
}

/* One that no other engine gives, and this one once. */
static bool unique(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    const uint64_t count = ++ctx->per_engine->unique_count;
    char *text = arena_alloc(ctx->scratch, 64);
    (void)part, (void)data;
    if (text == NULL) return false;
    const uint64_t mixed = siphash_of(ctx->server->secret + 16, span_of((const char *)&count, sizeof count));
    char *at = text_putc(text_put_hex(text, (unsigned)getpid()), '-');
    at = text_putc(text_put_hex_digits(at, mixed >> 32, 8), '-');
    return select_give(subject, span_between(text, text_put_hex_digits(at, mixed, 8)));
}

/* The format of ctime, or that of the text in brackets. */
static bool write_time(kl_ctx *ctx, select_subject *subject, intptr_t zone, const char *format)
{
    struct tm tm;
    const time_t seconds = ctx->now > 0 && ctx->now < 4e18 ? (time_t)ctx->now : 0;
    char *text = arena_alloc(ctx->scratch, 256);
    if (text == NULL || (zone == SYS_UTC ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm)) == NULL) return false;
    return select_filled(subject, span_of(text, calendar_format(text, 256, format, &tm)));
}

static bool calendar(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    (void)part;
    return write_time(ctx, subject, data, "%a %b %e %H:%M:%S %Y");
}

static bool formatted_time(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    return write_time(ctx, subject, data, part->name.s); /* a copy with its NUL */
}

static const select_node utc_nodes[] = {{"*", formatted_time, SYS_UTC, 0, NULL}, SELECT_END};
static const select_node local_nodes[] = {{"*", formatted_time, SYS_LOCAL, 0, NULL}, SELECT_END};
static const select_node now_nodes[] = {
    {"utc", calendar, SYS_UTC, 0, utc_nodes},
    {"gmt", calendar, SYS_UTC, 0, utc_nodes},
    {"local", calendar, SYS_LOCAL, 0, local_nodes},
    SELECT_END,
};
static const select_node sys_nodes[] = {
    {"pid", system_number, SYS_PID, 0, NULL},
    {"now", system_number, SYS_NOW, 0, now_nodes},
    {"server_id", system_number, SYS_SERVER_ID, 0, NULL},
    {"unique", unique, 0, 0, NULL},
    SELECT_END,
};

/* ---- cfg_get: settings of the core, as $ccp */

static bool setting(kl_ctx *ctx, select_subject *subject, const select_part *part, intptr_t data)
{
    int value = setting_get(ctx->server, setting_named(part->name));
    (void)data;
    return select_number(ctx, subject, value == SERVER_NO_DEBUG ? ctx->log_level : value);
}

static const select_node setting_names[] = {{"*", setting, 0, SELECT_SETTING, NULL}, SELECT_END};
static const select_node setting_groups[] = {{"core", begin, 0, SELECT_MORE, setting_names}, SELECT_END};

const select_node select_server_nodes[] = {
    {"src", begin, 0, SELECT_MORE, src_nodes},
    {"dst", begin, 0, SELECT_MORE, dst_nodes},
    {"received", begin, 0, SELECT_MORE, received_nodes},
    {"branch", begin, 0, SELECT_MORE, branch_nodes},
    {"sys", begin, 0, SELECT_MORE, sys_nodes},
    {"cfg_get", begin, 0, SELECT_MORE, setting_groups},
    SELECT_END,
};
