/* param_set.c: the core parameters of kamailio.cfg. */
#include "server.h"

#include "base/status.h"

typedef enum kind { INT, TEXT, HEADER, CALLBACK } kind;

typedef struct param {
    const char *name;
    kind kind;
    size_t offset;
    int min, max; /* INT; CALLBACK: max 1 when it cannot be disabled */
} param;

#define AT(field) offsetof(kl_server, field)
#define ANY_INT   INT32_MIN, INT32_MAX

static const param params[] = {
    {"server_header", HEADER, AT(server_header), 0, 0},
    {"user_agent_header", HEADER, AT(user_agent_header), 0, 0},
    {"server_signature", INT, AT(server_signature), ANY_INT},
    {"server_id", INT, AT(server_id), ANY_INT},
    {"debug", INT, AT(debug), ANY_INT},
    {"max_branches", INT, AT(max_branches), 1, 32},
    {"msg_recv_max_size", INT, AT(max_datagram), 0, INT32_MAX},
    {"latency_limit_action", INT, AT(latency_limit_action), ANY_INT},
    {"latency_log", INT, AT(latency_log), ANY_INT},
    {"received_route_mode", INT, AT(received_route_mode), ANY_INT},
    {"onsend_route_reply", INT, AT(onsend_route_reply), ANY_INT},
    {"reply_to_via", INT, AT(reply_to_via), ANY_INT},
    {"advertised_address", TEXT, AT(advertised_address), 0, 0},
    {"advertised_port", TEXT, AT(advertised_port), 0, 0},
    {"xavp_via_params", TEXT, AT(via_params), 0, 0},
    {"xavp_via_fields", TEXT, AT(via_fields), 0, 0},
    {"xavp_via_reply_params", TEXT, AT(via_reply_params), 0, 0},
    {"iuid", TEXT, AT(instance_id), 0, 0},
    {"kemi.request_route_callback", CALLBACK, AT(request_route), 0, 1},
    {"kemi.reply_route_callback", CALLBACK, AT(reply_route), 0, 0},
    {"kemi.onsend_route_callback", CALLBACK, AT(onsend_route), 0, 0},
    {"kemi.event_route_callback", CALLBACK, AT(event_route), 0, 0},
    {"kemi.pre_routing_callback", CALLBACK, AT(pre_routing_callback), 0, 0},
    {"kemi.received_route_callback", CALLBACK, AT(received_route_callback), 0, 0},
};

static const param *find(kl_span name)
{
    for (size_t i = 0; i < sizeof params / sizeof *params; i++)
        if (span_eq(name, span_text(params[i].name))) return &params[i];
    return NULL;
}

static kl_status wrong(kl_error *err, const param *p, const char *what)
{
    kl_status status = error_set(err, KL_ECONFIG, "core parameter %s %s", p->name, what);
    error_where(err, span_text(p->name));
    return status;
}

static kl_status set_int(const param *p, void *place, const kl_value *value, kl_error *err)
{
    if (value->type != KL_TYPE_INT && value->type != KL_TYPE_LONG && value->type != KL_TYPE_BOOL)
        return wrong(err, p, "wants an integer");
    if (value->i < p->min || value->i > p->max) return wrong(err, p, "is out of range");
    *(int *)place = (int)value->i;
    return KL_OK;
}

static kl_status set_text(kl_server *server, const param *p, void *place, const kl_value *value, kl_error *err)
{
    if (value->type != KL_TYPE_STR || !value->s.s) return wrong(err, p, "wants a string");
    if (p->kind == HEADER && (memchr(value->s.s, '\r', value->s.n) || memchr(value->s.s, '\n', value->s.n)))
        return wrong(err, p, "is one header line, without its line end");
    const bool none = p->kind == CALLBACK && span_eqi(value->s, SPAN("none"));
    if (p->kind == CALLBACK && p->max == 1 && (none || span_empty(value->s)))
        return wrong(err, p, "cannot be disabled");
    const kl_span copy = arena_copy(&server->arena, none ? SPAN("") : value->s);
    if (!copy.s) return error_set(err, KL_ENOMEM, "out of memory keeping a core parameter");
    *(kl_span *)place = copy;
    return KL_OK;
}

kl_status param_set(kl_server *server, kl_span name, const kl_value *value, kl_error *err)
{
    const param *p = find(name);
    if (!p) {
        kl_status status = error_set(err, KL_ENOENT, "no such core parameter: %.*s", (int)(name.n > 64 ? 64 : name.n),
                                     name.n ? name.s : "");
        error_where(err, name);
        return status;
    }
    void *place = (char *)server + p->offset;
    return p->kind == INT ? set_int(p, place, value, err) : set_text(server, p, place, value, err);
}
