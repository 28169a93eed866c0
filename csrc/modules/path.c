/* KSR.path.*: Path headers, RFC 3327. The socket they name is the one that sends, known when the message is built
 * (edit.h, parts). */
#include "base/codec.h"
#include "base/text.h"
#include "core/hooks.h"
#include "core/line.h"
#include "proxy/origin.h"
#include "sip/edit.h"
#include "sip/ip.h"
#include "modules.h"

typedef struct path_state {
    int use_received, received_format, enable_r2, sockname_mode;
    kl_span received_name;
} path_state;

static path_state *state_of(kl_ctx *ctx) { return module_state(ctx, MOD_PATH); }

/* What an export takes, in this order. */
enum { WITH_ADDRESS = 1, WITH_USER = 2, WITH_PARAMS = 4, WITH_RECEIVED = 8 };

typedef struct recipe {
    kl_span address, user, params, received;
    bool advertised;
} recipe;

/* ---- where the message came from */

static kl_span source_text(kl_ctx *ctx)
{
    const kl_msg *msg = ctx->msg;
    const bool short_form = state_of(ctx)->received_format != 0;
    const kl_span mark = short_form ? SPAN("~") : SPAN(":");
    char *text = arena_alloc(ctx->scratch, msg->source_host.n + 64), *at = text;
    if (!text) return SPAN_NULL;
    if (!short_form) at = text_put(at, SPAN("sip:"));
    at = ip_put_host(at, msg->source_host);
    at = text_put_uint(text_put(at, mark), msg->source_port);
    if (short_form) at = text_put_uint(text_put(at, mark), msg->proto);
    else if (build_is_stream(msg->proto))
        at = text_put(text_put(at, SPAN("%3Btransport%3D")), span_text(sip_transport_name(msg->proto)));
    return span_between(text, at);
}

/* ---- headers */

/* sent: of the socket that sends; else of the one received on. */
static void put_address(kl_ctx *ctx, edit_parts *parts, const recipe *r, bool sent)
{
    if (r->advertised) {
        edit_parts_text(parts, r->address);
        edit_parts_put(parts, sent ? EDIT_PART_PROTO : EDIT_PART_TEXT, EDIT_ALWAYS, SPAN(";transport="));
        if (!sent) edit_parts_text(parts, span_text(sip_transport_name(origin_received_proto(ctx))));
    } else if (sent) {
        edit_parts_put(parts, EDIT_PART_ADDRESS, EDIT_ALWAYS, SPAN_NULL);
    } else {
        edit_parts_text(parts, origin_received(ctx));
    }
}

static void put_name(kl_ctx *ctx, edit_parts *parts, bool sent)
{
    const kl_span name = origin_received_name(ctx);
    if (!state_of(ctx)->sockname_mode) return;
    if (sent) {
        edit_parts_put(parts, EDIT_PART_NAME, EDIT_ALWAYS, SPAN(";sn="));
    } else if (name.n > 0) {
        edit_parts_text(parts, SPAN(";sn="));
        edit_parts_text(parts, name);
    }
}

static void put_uri(kl_ctx *ctx, edit_parts *parts, const recipe *r, bool sent)
{
    const path_state *path = state_of(ctx);
    edit_parts_text(parts, SPAN("Path: <sip:"));
    edit_parts_text(parts, r->user);
    if (r->user.n > 0) edit_parts_text(parts, SPAN("@"));
    put_address(ctx, parts, r, sent);
    put_name(ctx, parts, sent);
    edit_parts_text(parts, SPAN(";lr"));
    if (r->received.n > 0) {
        edit_parts_text(parts, SPAN(";"));
        edit_parts_text(parts, path->received_name);
        edit_parts_text(parts, SPAN("="));
        edit_parts_text(parts, r->received);
    }
    if (r->params.n > 0) edit_parts_text(parts, SPAN(";"));
    edit_parts_text(parts, r->params);
    if (path->enable_r2) edit_parts_text(parts, SPAN(";r2=on"));
    edit_parts_text(parts, SPAN(">\r\n"));
}

static int add(kl_ctx *ctx, const recipe *r)
{
    edit_parts parts = {.msg = ctx->msg};
    const sip_hdr *first = msg_hdr_first(ctx->msg, SIP_HDR_PATH);
    put_uri(ctx, &parts, r, true);
    if (state_of(ctx)->enable_r2) put_uri(ctx, &parts, r, false);
    if (parts.failed) return -1;
    return (first ? edit_parts_before(ctx->msg, first, parts.first, EDIT_ALWAYS)
                  : edit_parts_append(ctx->msg, parts.first))
               ? 1
               : -1;
}

static bool is_address(kl_span text)
{
    core_endpoint end;
    for (size_t i = 0; i < text.n; i++)
        if (!char_is(text.s[i], SPAN_HOST | SPAN_ALPHA | SPAN_DIGIT) && text.s[i] != '[' && text.s[i] != ']' &&
            text.s[i] != ':')
            return false;
    const bool bare_v6 = text.n > 0 && text.s[0] != '[' && span_find(text, ':') != span_rfind(text, ':');
    return !bare_v6 && socket_endpoint_parse(text, &end) && end.proto == KL_PROTO_NONE;
}

static KSR_FN(add_path)
{
    const intptr_t with = ctx->row->data;
    recipe r = {.advertised = (with & WITH_ADDRESS) != 0};
    if (with & WITH_ADDRESS) r.address = (args++)->s;
    if (with & WITH_USER) r.user = (args++)->s;
    if (with & WITH_PARAMS) r.params = (args++)->s;
    if (with & WITH_RECEIVED) r.received = source_text(ctx);
    if (ctx->msg->hdrs_bad) {
        log_print(ctx, KL_LOG_ERR, "%s: the headers cannot be parsed", ctx->row->name);
        return -1;
    }
    if (!line_good(ctx, r.user) || !line_good(ctx, r.params)) return -1;
    if (r.advertised && !is_address(r.address)) {
        const int n = (int)(r.address.n > 128 ? 128 : r.address.n);
        ctx_misuse(ctx, KL_LOG_ERR, "%s: not a host or host:port: [%.*s]", ctx->row->name, n, n ? r.address.s : "");
        return -1;
    }
    return add(ctx, &r);
}

/* ---- use_received */

static kl_span unescaped(kl_ctx *ctx, kl_span text)
{
    char *out = arena_alloc(ctx->scratch, text.n + 1), *at = out;
    if (!out) return SPAN_NULL;
    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] == '%' && text.n - i > 2 && char_is(text.s[i + 1], SPAN_HEX) &&
            char_is(text.s[i + 2], SPAN_HEX)) {
            *at++ = (char)(hex_digit(text.s[i + 1]) << 4 | hex_digit(text.s[i + 2]));
            i += 2;
        } else {
            *at++ = text.s[i];
        }
    }
    return span_between(out, at);
}

/* Parameters of our own Route name the address that a registration came from: it becomes the destination. */
static bool use_received(kl_ctx *ctx, kl_span params)
{
    kl_span value;
    const path_state *path = state_of(ctx);
    if (!path->use_received || !sip_param_find(params, ';', path->received_name, &value)) return false;
    if (value.n >= 2 && value.s[0] == '"' && value.s[value.n - 1] == '"') value = span_of(value.s + 1, value.n - 2);
    const kl_span uri = unescaped(ctx, value);
    if (uri.n > 0 && !msg_set_dst(ctx->msg, uri)) line_refused(ctx, uri);
    return false;
}

static const kl_row rows[] = {
    ROW_WITH("path", "add_path", INT, add_path, 0),
    ROW_WITH("path", "add_path_advertised_address", INT, add_path, WITH_ADDRESS, STR),
    ROW_WITH("path", "add_path_advertised_address_user", INT, add_path, WITH_ADDRESS | WITH_USER, STR, STR),
    ROW_WITH("path", "add_path_advertised_address_user_params", INT, add_path, WITH_ADDRESS | WITH_USER | WITH_PARAMS,
             STR, STR, STR),
    ROW_WITH("path", "add_path_received", INT, add_path, WITH_RECEIVED),
    ROW_WITH("path", "add_path_received_advertised_address", INT, add_path, WITH_RECEIVED | WITH_ADDRESS, STR),
    ROW_WITH("path", "add_path_received_advertised_address_user", INT, add_path,
             WITH_RECEIVED | WITH_ADDRESS | WITH_USER, STR, STR),
    ROW_WITH("path", "add_path_received_advertised_address_user_params", INT, add_path,
             WITH_RECEIVED | WITH_ADDRESS | WITH_USER | WITH_PARAMS, STR, STR, STR),
    ROW_WITH("path", "add_path_received_user", INT, add_path, WITH_RECEIVED | WITH_USER, STR),
    ROW_WITH("path", "add_path_received_user_params", INT, add_path, WITH_RECEIVED | WITH_USER | WITH_PARAMS, STR, STR),
    ROW_WITH("path", "add_path_user", INT, add_path, WITH_USER, STR),
    ROW_WITH("path", "add_path_user_params", INT, add_path, WITH_USER | WITH_PARAMS, STR, STR),
};

#define PARAM(name, type) {#name, KL_TYPE_##type, offsetof(path_state, name), NULL}
static const module_param params[] = {
    PARAM(use_received, INT), PARAM(received_format, INT), PARAM(received_name, STR),
    PARAM(enable_r2, INT),    PARAM(sockname_mode, INT),
};

static void init(void *opaque) { ((path_state *)opaque)->received_name = SPAN("received"); }
static void join(kl_ctx *ctx, void *opaque)
{
    (void)opaque;
    on_loose_route(ctx, MOD_PATH, use_received);
}

const kl_module path_module = {.name = "path",
                               .rows = rows,
                               .row_count = sizeof rows / sizeof *rows,
                               .params = params,
                               .param_count = sizeof params / sizeof *params,
                               .state_size = sizeof(path_state),
                               .init = init,
                               .join = join};
