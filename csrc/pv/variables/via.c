/* via.c: Via values ($via0 $via1 $viaZ) and where a message goes next: $nh for both kinds of message, $rpl for replies
 * (RFC 3261 18.2.2). */
#include "base/text.h"
#include "sip/ip.h"
#include "variables.h"

/* ---- $via0 $via1 $viaZ */

enum {
    VIA_HOST,
    VIA_PORT,
    VIA_PROTO,
    VIA_PROTOID,
    VIA_BRANCH,
    VIA_RPORT,
    VIA_RECEIVED,
    VIA_I,
    VIA_PARAMS,
    VIA_OC,
    VIA_OC_ALGO,
    VIA_OC_VALIDITY,
    VIA_OC_SEQ,
    VIA_OC_VAL
};

static const struct {
    const char *name;
    int key;
} via_attrs[] = {
    {"host", VIA_HOST},
    {"port", VIA_PORT},
    {"proto", VIA_PROTO},
    {"protoid", VIA_PROTOID},
    {"branch", VIA_BRANCH},
    {"rport", VIA_RPORT},
    {"received", VIA_RECEIVED},
    {"i", VIA_I},
    {"params", VIA_PARAMS},
    {"oc", VIA_OC},
    {"oc-algo", VIA_OC_ALGO},
    {"ocalgo", VIA_OC_ALGO},
    {"oc-validity", VIA_OC_VALIDITY},
    {"ocvalidity", VIA_OC_VALIDITY},
    {"oc-seq", VIA_OC_SEQ},
    {"ocseq", VIA_OC_SEQ},
    {"oc-val", VIA_OC_VAL},
    {"ocval", VIA_OC_VAL},
};

static bool parse_via_attr(pv_cache *cache, pv_param *param)
{
    (void)cache;
    for (size_t i = 0; i < COUNT(via_attrs); i++) {
        if (span_eq(param->name, span_text(via_attrs[i].name))) {
            param->key = via_attrs[i].key;
            return true;
        }
    }
    return false;
}

enum { WHICH_FIRST, WHICH_SECOND, WHICH_LAST };

static bool last_via(const kl_msg *msg, sip_via *found)
{
    bool there = false;
    for (const sip_hdr *hdr = msg_hdr_first(msg, SIP_HDR_VIA); hdr != NULL; hdr = msg_hdr_next(msg, hdr)) {
        kl_span rest = hdr_body(hdr);
        sip_via via;
        while (sip_via_next(&rest, &via, NULL) == KL_OK) {
            *found = via;
            there = true;
        }
    }
    return there;
}

static kl_span via_param(const sip_via *via, kl_span name)
{
    kl_span value = SPAN_NULL;
    sip_param_find(via->params, ';', name, &value);
    return value;
}

/* Overload control (RFC 7339): 0 where it is absent, or no number. */
static bool number_param(const sip_via *via, kl_span name, pv_value *out)
{
    int64_t n = 0;
    span_int_prefix(via_param(via, name), &n);
    pv_int(out, n);
    return true;
}

/* The parameter alone says that a client takes part, its value is a server's wish. */
enum { OVERLOAD_NONE, OVERLOAD_TAKEN, OVERLOAD_ASKED };

static int overload_of(const sip_via *via)
{
    kl_span value;
    if (!sip_param_find(via->params, ';', SPAN("oc"), &value)) return OVERLOAD_NONE;
    return value.n > 0 ? OVERLOAD_ASKED : OVERLOAD_TAKEN;
}

static bool via_attr(const sip_via *via, intptr_t key, pv_value *out)
{
    switch (key) {
    case VIA_HOST: return variable_filled(out, via->host);
    case VIA_PORT: pv_int(out, via->port_number ? via->port_number : 5060); return true;
    case VIA_PROTO: return variable_filled(out, via->transport);
    case VIA_PROTOID: pv_int(out, via->proto); return true;
    case VIA_BRANCH: return variable_filled(out, via->branch);
    case VIA_RPORT: return variable_filled(out, via->rport);
    case VIA_RECEIVED: return variable_filled(out, via->received);
    case VIA_I: return variable_filled(out, via_param(via, SPAN("i")));
    case VIA_PARAMS: return variable_filled(out, via->params);
    case VIA_OC: pv_int(out, overload_of(via)); return true;
    case VIA_OC_ALGO: return variable_filled(out, via_param(via, SPAN("oc-algo")));
    case VIA_OC_VALIDITY: return number_param(via, SPAN("oc-validity"), out);
    case VIA_OC_SEQ: return number_param(via, SPAN("oc-seq"), out);
    default: return variable_filled(out, via_param(via, SPAN("oc")));
    }
}

static bool get_via(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    sip_via last;
    const sip_via *via = NULL;
    if (!ctx->msg->hdrs_bad) {
        if (data == WHICH_LAST) via = last_via(ctx->msg, &last) ? &last : NULL;
        else via = data == WHICH_FIRST ? msg_via1(ctx->msg) : msg_via2(ctx->msg);
    }
    if (via != NULL) return via_attr(via, param->key, out);
    pv_null(out);
    return true;
}

/* ---- where a reply goes: the second Via */

typedef struct reply_target {
    kl_span host;
    uint16_t port;
    kl_transport proto;
} reply_target;

static bool reply_target_of(kl_msg *msg, reply_target *target)
{
    uint64_t port = 0;
    const sip_via *via = msg->is_request || msg->hdrs_bad ? NULL : msg_via2(msg);
    if (via == NULL) return false;
    target->host = via->received.n > 0 ? via->received : via->host;
    target->proto = via->proto;
    if (!span_uint(via->rport, UINT16_MAX, &port) || port == 0) port = via->port_number;
    target->port = (uint16_t)port;
    return target->host.n > 0;
}

static bool target_uri(kl_ctx *ctx, const reply_target *target, uint16_t port, pv_value *out)
{
    kl_span proto = span_text(sip_transport_name(target->proto));
    char *text = arena_alloc(ctx->scratch, target->host.n + proto.n + 32), *p = text;
    if (text == NULL) return false;
    p = ip_put_endpoint(text_put(p, SPAN("sip:")), target->host, port);
    p = text_put(text_put(p, SPAN(";transport=")), proto);
    pv_str(out, span_between(text, p));
    return true;
}

/* ---- $nh(key) */

enum { NH_URI, NH_USER, NH_HOST, NH_PORT, NH_PROTO, NH_IP };

static const char *const nh_keys[] = {"u", "U", "d", "p", "P", "i"};

static bool parse_nh_key(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return variable_key(param, nh_keys, COUNT(nh_keys));
}

static void ip_family(kl_span host, pv_value *out)
{
    sip_ip ip;
    pv_int(out, ip_parse(host, &ip) ? ip.family : 0);
}

static bool reply_nh(kl_ctx *ctx, intptr_t key, pv_value *out)
{
    reply_target target;
    pv_null(out);
    if (!reply_target_of(ctx->msg, &target)) return true;
    uint16_t port = target.port ? target.port : target.proto == KL_PROTO_TLS ? 5061 : 5060;
    switch (key) {
    case NH_URI: return target_uri(ctx, &target, port, out);
    case NH_HOST: return variable_filled(out, target.host);
    case NH_PORT: pv_int(out, port); return true;
    case NH_PROTO: return variable_filled(out, span_text(sip_transport_name(target.proto)));
    case NH_IP: ip_family(target.host, out); return true;
    default: return true;
    }
}

/* Unlike $dp, the port is 5060 whatever the transport; and an empty R-URI is none, for the URI alone. */
static bool request_nh(kl_msg *msg, intptr_t key, pv_value *out)
{
    bool routed = msg->dst_uri.n > 0;
    if (key == NH_URI)
        return variable_filled(out, routed ? msg->dst_uri : msg->new_uri.n > 0 ? msg->new_uri : msg->uri);
    const sip_uri *uri = routed ? msg_dst(msg) : msg_ruri(msg);
    pv_null(out);
    if (uri == NULL) return true;
    switch (key) {
    case NH_USER: return variable_filled(out, uri->user);
    case NH_HOST: return variable_filled(out, uri->host);
    case NH_PORT:
        pv_str_int(out, uri->port.n > 0 ? uri->port : SPAN("5060"), uri->port.n > 0 ? uri->port_number : 5060);
        return true;
    case NH_PROTO:
        pv_str_int(out, uri->transport.n > 0 ? uri->transport : SPAN("UDP"),
                   uri->transport.n > 0 ? uri->proto : KL_PROTO_UDP);
        return true;
    default: ip_family(uri->host, out); return true;
    }
}

static bool get_nh(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)data;
    return ctx->msg->is_request ? request_nh(ctx->msg, param->key, out) : reply_nh(ctx, param->key, out);
}

/* ---- $rpl(key) */

enum { RPL_DURI, RPL_DHOST, RPL_DPORT, RPL_DPROTO, RPL_DPROTOID, RPL_CNTVIA, RPL_CNTRR };

static const char *const rpl_keys[] = {"duri", "dhost", "dport", "dproto", "dprotoid", "cntvia", "cntrr"};

static bool parse_rpl_key(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return variable_key(param, rpl_keys, COUNT(rpl_keys));
}

static int count_elements(const kl_msg *msg, sip_hdr_id id)
{
    int count = 0;
    kl_span element;
    for (const sip_hdr *hdr = msg_hdr_first(msg, id); hdr != NULL; hdr = msg_hdr_next(msg, hdr))
        for (kl_span rest = hdr_body(hdr); sip_list_next(&rest, &element);) count++;
    return count;
}

static bool get_rpl(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    reply_target target;
    (void)data;
    pv_null(out);
    if (ctx->msg->is_request || ctx->msg->hdrs_bad) return true;
    if (param->key == RPL_CNTVIA || param->key == RPL_CNTRR) {
        pv_int(out, count_elements(ctx->msg, param->key == RPL_CNTVIA ? SIP_HDR_VIA : SIP_HDR_RECORD_ROUTE));
        return true;
    }
    if (!reply_target_of(ctx->msg, &target)) return true;
    uint16_t port = target.port ? target.port : 5060;
    switch (param->key) {
    case RPL_DURI: return target_uri(ctx, &target, port, out);
    case RPL_DHOST: return variable_filled(out, target.host);
    case RPL_DPORT: pv_int(out, port); return true;
    case RPL_DPROTO: return variable_filled(out, span_text(sip_transport_name(target.proto)));
    default: pv_int(out, target.proto); return true;
    }
}

static const pv_class classes[] = {
    {"via0", get_via, NULL, parse_via_attr, 0, WHICH_FIRST},
    {"via1", get_via, NULL, parse_via_attr, 0, WHICH_SECOND},
    {"viaZ", get_via, NULL, parse_via_attr, 0, WHICH_LAST},
    {"nh", get_nh, NULL, parse_nh_key, 0, 0},
    {"rpl", get_rpl, NULL, parse_rpl_key, 0, 0},
};

CLASS_TABLE(pv_via_table);
