/* variables.c: $cfg, $atkv and $lsock. There is no native configuration here and no task with a key and a value, so the
 * first two tell what they tell outside of them. */
#include "pv/pv.h"

#include <stdio.h>

#include "corex.h"

static bool key_of(pv_param *param, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!span_eq(param->name, span_text(keys[i]))) continue;
        param->key = (intptr_t)i;
        return true;
    }
    return false;
}

/* ---- $cfg(key) $atkv(key) */

static const char *const cfg_keys[] = {"line", "file", "name", "route"};
static const char *const atkv_keys[] = {"type", "key", "val", "gname"};

static bool parse_cfg(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return key_of(param, cfg_keys, sizeof cfg_keys / sizeof *cfg_keys);
}

static bool parse_atkv(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return key_of(param, atkv_keys, sizeof atkv_keys / sizeof *atkv_keys);
}

static bool get_cfg(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)ctx, (void)data;
    if (param->key == 0) pv_int(out, 0);
    else pv_null(out);
    return true;
}

static bool get_atkv(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)ctx, (void)param, (void)data;
    pv_null(out);
    return true;
}

/* ---- $lsock(match/value/field) */

typedef struct question {
    char match, field; /* n l a i */
    kl_span value;
} question;

static bool parse_lsock(pv_cache *cache, pv_param *param)
{
    param->compiled = format_parse(cache, param->name);
    return param->compiled != NULL;
}

/* Of the field the first letter counts, but there are two at least. */
static bool read_question(kl_span text, question *out)
{
    const char *first = span_find(text, '/'), *const end = span_end(text);
    const char *second = first ? span_find(span_between(first + 1, end), '/') : NULL;
    if (!second || first != text.s + 1 || end - second < 3 || memchr(second + 1, '/', (size_t)(end - second - 1)))
        return false;
    *out = (question){.match = text.s[0], .field = second[1], .value = span_between(first + 1, second)};
    return out->value.n > 0 && strchr("nlai", out->match) && strchr("nlai", out->field);
}

/* "udp:192.0.2.1:5060", with port 0 where none is advertised; empty when nothing is. */
static bool advertised(kl_ctx *ctx, const core_socket *socket, kl_span *out)
{
    *out = SPAN("");
    if (socket->advertised_host.n == 0) return true;
    const kl_span host = socket->advertised_host;
    const bool six = ip_wants_brackets(host);
    char *text = arena_alloc(ctx->scratch, host.n + 32);
    if (!text) return false;
    const int n = snprintf(text, host.n + 32, "%s:%s%.*s%s:%u", sip_transport_name(socket_told(socket).proto),
                           six ? "[" : "", (int)host.n, host.s, six ? "]" : "", socket->advertised_port);
    *out = span_of(text, (size_t)n);
    return true;
}

/* Whatever the index that is asked for, Kamailio takes the first. */
static bool fits(kl_ctx *ctx, const core_socket *socket, const question *q)
{
    kl_span text;
    switch (q->match) {
    case 'n': return span_eqi(socket->name, q->value);
    case 'l': return span_eqi(socket->text, q->value);
    case 'a': return advertised(ctx, socket, &text) && span_eqi(text, q->value);
    default: return true;
    }
}

static bool answer(kl_ctx *ctx, int index, char field, pv_value *out)
{
    const core_socket *socket = &ctx->server->sockets[index];
    kl_span text;
    switch (field) {
    case 'n': text = socket->name; break;
    case 'l': text = socket->text; break;
    case 'a':
        if (!advertised(ctx, socket, &text)) return false;
        break;
    default: pv_int(out, index); return true;
    }
    pv_str(out, text.s ? text : SPAN(""));
    return true;
}

static bool get_lsock(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    kl_span text;
    question q;
    (void)data;
    pv_null(out);
    if (!format_span(ctx, param->compiled, &text)) return false;
    if (!read_question(text, &q)) {
        ctx_misuse(ctx, KL_LOG_ERR, "lsock takes match/value/field, not \"%.*s\"", (int)(text.n > 64 ? 64 : text.n),
                   text.s);
        return false;
    }
    for (int i = 0; i < ctx->server->socket_count; i++)
        if (fits(ctx, &ctx->server->sockets[i], &q)) return answer(ctx, i, q.field, out);
    return true;
}

static const pv_class classes[] = {
    {"cfg", get_cfg, NULL, parse_cfg, PV_CLASS_NO_MSG, 0},
    {"atkv", get_atkv, NULL, parse_atkv, PV_CLASS_NO_MSG, 0},
    {"lsock", get_lsock, NULL, parse_lsock, PV_CLASS_NO_MSG, 0},
};
const pv_table corex_variables = {classes, sizeof classes / sizeof *classes};
