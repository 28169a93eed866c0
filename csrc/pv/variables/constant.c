/* constant.c: what does not depend on the message: constants, environment, versions; and $_s, which is a format inside
 * a name. */
#include <unistd.h>

#include "base/env.h"
#include "pv/cache.h"
#include "variables.h"
#include "core/define.h"

/* Kamailio's version whose behaviour this library follows. */
#define VERSION_TEXT   "6.2.0-dev"
#define VERSION_NUMBER 6002000

static bool get_dollar(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)ctx, (void)param, (void)data;
    pv_str_int(out, SPAN("$"), '$');
    return true;
}

static bool get_null(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)ctx, (void)param, (void)data;
    pv_null(out);
    return true;
}

static bool get_int(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)ctx, (void)param;
    pv_int(out, data);
    return true;
}

static const char characters[] = "\n\r\t ,\"':;\\`";

static bool get_character(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)ctx, (void)param;
    pv_str(out, span_of(characters + data, 1));
    return true;
}

static bool get_process(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)ctx, (void)param, (void)data;
    pv_int(out, getpid());
    return true;
}

static bool get_message_number(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_int(out, ctx->message_number);
    return true;
}

static bool get_server_id(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_int(out, ctx->server->server_id);
    return true;
}

/* ---- $env(NAME) $envn(NAME) */

static bool parse_env(pv_cache *cache, pv_param *param)
{
    param->compiled = pv_cache_copy(cache, param->name).s; /* with a NUL behind it */
    return param->compiled != NULL;
}

static bool get_env(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const kl_span text = env_find(ctx->server->environment, span_text(param->compiled));
    int64_t number = 0;
    pv_null(out);
    if (text.s == NULL) return true;
    span_int_prefix(text, &number);
    if (data) pv_int_text(out, number, text);
    else pv_str(out, text);
    return true;
}

/* ---- keys to constants */

typedef struct constant {
    const char *name;
    int number;
    const char *text;
} constant;

static const constant numbers[] = {
    {"IPv4", 2, NULL},           {"IP4", 2, NULL},
    {"INET", 2, NULL},           {"IPv6", 10, NULL},
    {"IP6", 10, NULL},           {"INET6", 10, NULL},
    {"UDP", KL_PROTO_UDP, NULL}, {"TCP", KL_PROTO_TCP, NULL},
    {"TLS", KL_PROTO_TLS, NULL}, {"SCTP", KL_PROTO_SCTP, NULL},
    {"WS", KL_PROTO_WS, NULL},   {"WSS", KL_PROTO_WSS, NULL},
};
static const constant versions[] = {
    {"num", 0, VERSION_TEXT}, {"full", 0, "kamailio " VERSION_TEXT " (kemilua)"}, {"hash", 0, "kemilua"}};
static const constant releases[] = {{"ver", 0, VERSION_TEXT}, {"verval", VERSION_NUMBER, NULL}};

static bool find_constant(pv_param *param, const constant *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (span_eq(param->name, span_text(table[i].name))) {
            param->compiled = &table[i];
            return true;
        }
    }
    return false;
}

static bool parse_number_name(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return find_constant(param, numbers, COUNT(numbers));
}

static bool parse_version(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return find_constant(param, versions, COUNT(versions));
}

static bool parse_release(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return find_constant(param, releases, COUNT(releases));
}

static bool get_constant(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const constant *found = param->compiled;
    (void)ctx, (void)data;
    if (found->text != NULL) pv_str(out, span_text(found->text));
    else pv_int(out, found->number);
    return true;
}

/* ---- $def(NAME) and its kin: what was #!define'd */

static bool parse_any(pv_cache *cache, pv_param *param)
{
    (void)cache, (void)param;
    return true;
}

static bool get_define(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)data;
    const kl_span text = define_text(ctx->server, param->name);
    if (!text.s) return get_null(ctx, param, data, out);
    pv_str(out, text);
    return true;
}

/* Prints as it was written. */
static bool get_define_number(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)data;
    int64_t n = 0;
    const kl_span text = define_text(ctx->server, param->name);
    span_int_prefix(text, &n);
    if (text.s) pv_int_text(out, n, text);
    else pv_int(out, 0);
    return true;
}

static bool is_quoted(kl_span text)
{
    return text.n >= 2 && (*text.s == '"' || *text.s == '\'') && text.s[text.n - 1] == *text.s;
}

/* Without one pair of quotes around it. */
static bool get_define_value(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)data;
    const kl_span text = define_text(ctx->server, param->name);
    if (!text.s) return get_null(ctx, param, data, out);
    pv_str(out, is_quoted(text) ? span_of(text.s + 1, text.n - 2) : text);
    return true;
}

/* In double quotes, unless there are some, or there are fewer than two characters. */
static bool get_define_string(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)data;
    const kl_span text = define_text(ctx->server, param->name);
    if (!text.s) return get_null(ctx, param, data, out);
    if (text.n < 2 || is_quoted(text)) {
        pv_str(out, text);
        return true;
    }
    char *quoted = arena_alloc(ctx->scratch, text.n + 2);
    if (!quoted) return false;
    quoted[0] = quoted[text.n + 1] = '"';
    memcpy(quoted + 1, text.s, text.n);
    pv_str(out, span_of(quoted, text.n + 2));
    return true;
}

/* ---- $_s(format) */

static bool parse_format_name(pv_cache *cache, pv_param *param)
{
    param->compiled = format_parse(cache, param->name);
    return param->compiled != NULL;
}

static bool get_format(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    kl_span text;
    (void)data;
    if (!format_span(ctx, param->compiled, &text)) return false;
    pv_str(out, text);
    return true;
}

#define CHARACTER(name, at)              {name, get_character, NULL, NULL, PV_CLASS_NO_MSG, at}
#define CONSTANT(name, get, parse, data) {name, get, NULL, parse, PV_CLASS_NO_MSG, data}

static const pv_class classes[] = {
    CONSTANT("$", get_dollar, NULL, 0),
    CONSTANT("null", get_null, NULL, 0),
    CONSTANT("err.class", get_null, NULL, 0),
    CONSTANT("err.level", get_null, NULL, 0),
    CONSTANT("err.info", get_null, NULL, 0),
    CONSTANT("err.rcode", get_null, NULL, 0),
    CONSTANT("err.rreason", get_null, NULL, 0),
    CONSTANT("true", get_int, NULL, 1),
    CONSTANT("?", get_int, NULL, 0), /* of native actions, which there are none of */
    CONSTANT("rc", get_int, NULL, 0),
    CONSTANT("retcode", get_int, NULL, 0),
    CHARACTER("En", 0),
    CHARACTER("Er", 1),
    CHARACTER("Et", 2),
    CHARACTER("Es", 3),
    CHARACTER("Ec", 4),
    CHARACTER("Eq", 5),
    CHARACTER("Ek", 6),
    CHARACTER("Ei", 7),
    CHARACTER("Ej", 8),
    CHARACTER("Eb", 9),
    CHARACTER("Ev", 10),
    CONSTANT("pp", get_process, NULL, 0),
    CONSTANT("mi", get_message_number, NULL, 0),
    CONSTANT("sid", get_server_id, NULL, 0),
    CONSTANT("env", get_env, parse_env, 0),
    CONSTANT("envn", get_env, parse_env, 1),
    CONSTANT("def", get_define, parse_any, 0),
    CONSTANT("defv", get_define_value, parse_any, 0),
    CONSTANT("defs", get_define_string, parse_any, 0),
    CONSTANT("defn", get_define_number, parse_any, 0),
    CONSTANT("K", get_constant, parse_number_name, 0),
    CONSTANT("version", get_constant, parse_version, 0),
    CONSTANT("ksr", get_constant, parse_release, 0),
    CONSTANT("_s", get_format, parse_format_name, 0),
};

CLASS_TABLE(pv_constant_table);
