/* branch.c: additional branches of the request ($br $bR $branch), the destination set ($ds), and the one branch kept
 * per engine ($sbranch). */
#include "base/mem.h"
#include "base/text.h"
#include "sip/build.h"
#include "pv/cache.h"
#include "variables.h"

/* "<uri>;q=0.5" where there is a q, else the URI, in brackets when `always`. */
char *branch_put_contact(char *at, kl_span uri, int q, bool always)
{
    bool brackets = always || q >= 0;
    at = brackets ? text_put(at, SPAN("<")) : at;
    at = text_put(at, uri);
    at = brackets ? text_put(at, SPAN(">")) : at;
    return q >= 0 ? text_put_q(text_put(at, SPAN(";q=")), q) : at;
}

/* first: the R-URI branch, .s NULL to leave it out. */
static bool write_set(kl_ctx *ctx, kl_span prefix, kl_span first, bool always, pv_value *out)
{
    const kl_msg *msg = ctx->msg;
    size_t room = prefix.n + first.n + 16;
    for (int i = 0; i < msg->branch_count; i++) room += msg_branch(msg, i)->uri.n + 16;
    char *text = arena_alloc(ctx->scratch, room), *p = text;
    if (text == NULL) return false;
    p = text_put(p, prefix);
    if (first.s != NULL) p = branch_put_contact(p, first, msg->ruri_q, always);
    for (int i = 0; i < msg->branch_count; i++) {
        p = p > text + prefix.n ? text_put(p, SPAN(", ")) : p;
        p = branch_put_contact(p, msg_branch(msg, i)->uri, msg_branch(msg, i)->q, always);
    }
    pv_str(out, span_between(text, p));
    return true;
}

static bool get_bR(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    if (ctx->msg->is_request && ctx->msg->branch_count > 0) return write_set(ctx, SPAN(""), SPAN_NULL, false, out);
    pv_null(out);
    return true;
}

/* The R-URI counts when it was rewritten. Replies have a set too, once a script made one. */
static bool get_ds(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const kl_msg *msg = ctx->msg;
    (void)param, (void)data;
    if (msg->branch_count > 0 || msg->new_uri.s != NULL)
        return write_set(ctx, SPAN("Contact: "), msg->new_uri, true, out);
    pv_null(out);
    return true;
}

/* ---- $br */

static bool get_br(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    if (ctx->msg->is_request && ctx->msg->branch_count > 0) pv_str(out, msg_branch(ctx->msg, 0)->uri);
    else pv_null(out);
    return true;
}

static bool set_br(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    kl_msg *msg = ctx->msg;
    (void)param, (void)data;
    if (!(value->flags & PV_STR) || value->s.n == 0 || !build_is_line(value->s)) return false;
    if (msg->branch_count + 1 >= ctx->server->max_branches) return false;
    kl_span uri = arena_copy(&msg->arena, value->s);
    const sip_branch branch = {.uri = uri, .q = -1, .send_socket = msg->send_socket};
    return uri.s != NULL && msg_branch_append(msg, &branch) != NULL;
}

/* ---- $branch(name) and $sbranch(name) */

enum { B_URI, B_DST_URI, B_PATH, B_Q, B_SEND_SOCKET, B_COUNT, B_FLAGS, B_RUID, B_LOCATION_UA, B_OTCPID, B_INSTANCE };
static const char *const branch_names[] = {"uri",   "dst_uri", "path",        "q",      "send_socket", "count",
                                           "flags", "ruid",    "location_ua", "otcpid", "instance"};

static bool parse_branch_name(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return variable_key(param, branch_names, COUNT(branch_names));
}

static bool branch_attr(kl_ctx *ctx, const sip_branch *branch, intptr_t key, pv_value *out)
{
    switch (key) {
    case B_URI: return variable_filled(out, branch->uri);
    case B_DST_URI: return variable_filled(out, branch->dst_uri);
    case B_PATH: return variable_filled(out, branch->path);
    case B_Q:
        if (branch->q == -1) pv_null(out);
        else pv_int(out, branch->q);
        return true;
    case B_SEND_SOCKET:
        return variable_filled(out,
                               branch->send_socket >= 0 ? ctx->server->sockets[branch->send_socket].text : SPAN_NULL);
    case B_COUNT: pv_int(out, ctx->msg->branch_count); return true;
    case B_FLAGS: pv_int(out, branch->flags); return true;
    case B_RUID: return variable_filled(out, branch->ruid);
    case B_LOCATION_UA: return variable_filled(out, branch->user_agent);
    case B_OTCPID: pv_int(out, branch->otcpid); return true;
    default: return variable_filled(out, branch->instance);
    }
}

/* [n], [-n] from the end, none and [*] the first; -1 when there is no such branch. false: the index is no int. */
static bool chosen_branch(kl_ctx *ctx, const pv_param *param, int *chosen)
{
    int index = 0;
    const kl_msg *msg = ctx->msg;
    if ((param->index_kind == PV_INDEX_INT || param->index_kind == PV_INDEX_PV) && !pv_param_index(ctx, param, &index))
        return false;
    if (index < 0) index += msg->branch_count;
    *chosen = index >= 0 && index < msg->branch_count ? index : -1;
    return true;
}

static bool get_branch(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    int index;
    (void)data;
    if (!chosen_branch(ctx, param, &index)) return false;
    if (index >= 0) return branch_attr(ctx, msg_branch(ctx->msg, index), param->key, out);
    pv_null(out);
    return true;
}

/* The parts both kinds set alike. */
static bool set_number(int *field, const pv_value *value, int unset)
{
    if (!(value->flags & (PV_NULL | PV_INT))) return false;
    *field = value->flags & PV_NULL ? unset : (int)value->i;
    return true;
}

/* An unknown socket clears it. */
static bool set_send_socket(kl_ctx *ctx, sip_branch *branch, const pv_value *value)
{
    core_endpoint wanted;
    if (!(value->flags & (PV_NULL | PV_STR))) return false;
    branch->send_socket = -1;
    if ((value->flags & PV_NULL) || value->s.n == 0) return true;
    if (!socket_endpoint_parse(value->s, &wanted)) return false;
    branch->send_socket = socket_find(ctx->server, wanted.proto, wanted.host, wanted.port);
    if (branch->send_socket < 0)
        ctx_misuse(ctx, KL_LOG_WARN, "no socket \"%.*s\" to send from", (int)value->s.n, value->s.s);
    return true;
}

/* Into the message's arena, or (one == true) into heap memory of the engine. */
static bool set_text(kl_ctx *ctx, kl_span *field, const pv_value *value, bool one)
{
    if (!(value->flags & (PV_NULL | PV_STR))) return false;
    kl_span text = value->flags & PV_NULL ? SPAN_NULL : value->s;
    if (!build_is_line(text)) return false;
    if (one) return pv_sbranch_assign(field, text);
    kl_span copy = text.n > 0 ? arena_copy(&ctx->msg->arena, text) : SPAN_NULL;
    if (text.n > 0 && copy.s == NULL) return false;
    *field = copy;
    return true;
}

static bool set_attr(kl_ctx *ctx, sip_branch *branch, intptr_t key, const pv_value *value, bool one)
{
    int flags;
    switch (key) {
    case B_URI: return set_text(ctx, &branch->uri, value, one);
    case B_DST_URI: return set_text(ctx, &branch->dst_uri, value, one);
    case B_PATH: return set_text(ctx, &branch->path, value, one);
    case B_Q: return set_number(&branch->q, value, -1);
    case B_SEND_SOCKET: return set_send_socket(ctx, branch, value);
    case B_OTCPID: return set_number(&branch->otcpid, value, 0);
    case B_FLAGS:
        if (!set_number(&flags, value, 0)) return false;
        branch->flags = (uint32_t)flags;
        return true;
    default: /* the others are only read */ return true;
    }
}

static bool clears_uri(intptr_t key, const pv_value *value)
{
    return key == B_URI && ((value->flags & PV_NULL) || ((value->flags & PV_STR) && value->s.n == 0));
}

static bool set_branch(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    int index;
    (void)data;
    if (!chosen_branch(ctx, param, &index) || index < 0) return false;
    if (clears_uri(param->key, value)) {
        msg_branch_remove(ctx->msg, index);
        return true;
    }
    return set_attr(ctx, msg_branch(ctx->msg, index), param->key, value, false);
}

/* ---- the static branch: stays until its URI is cleared; attributes set before the URI are kept */

sip_branch *pv_sbranch(pv_cache *cache)
{
    if (cache->kept.sbranch == NULL) {
        cache->kept.sbranch = kl_calloc(1, sizeof *cache->kept.sbranch);
        pv_sbranch_reset(cache);
    }
    return cache->kept.sbranch;
}

/* All texts of a branch. */
typedef struct branch_texts {
    kl_span *all[6];
} branch_texts;

static branch_texts texts_of(sip_branch *branch)
{
    return (branch_texts){
        {&branch->uri, &branch->dst_uri, &branch->path, &branch->ruid, &branch->user_agent, &branch->instance}};
}

static void free_texts(sip_branch *branch)
{
    const branch_texts texts = texts_of(branch);
    for (size_t i = 0; i < COUNT(texts.all); i++) kl_free((void *)(uintptr_t)texts.all[i]->s);
}

void pv_sbranch_reset(pv_cache *cache)
{
    sip_branch *branch = cache->kept.sbranch;
    if (branch == NULL) return;
    free_texts(branch);
    /* 0, as in Kamailio: a branch made of it shows ";q=0" until q is set to null */
    *branch = (sip_branch){.q = 0, .send_socket = -1};
}

#define PV_SBRANCH_MAX 65535 /* bytes of a field, which stays from message to message */

bool pv_sbranch_assign(kl_span *field, kl_span text)
{
    char *copy = NULL;
    if (text.n > PV_SBRANCH_MAX) return false;
    if (text.n > 0) {
        copy = kl_malloc(text.n);
        if (copy == NULL) return false;
        memcpy(copy, text.s, text.n);
    }
    kl_free((void *)(uintptr_t)field->s);
    *field = span_of(copy, text.n);
    return true;
}

static sip_branch *copy_branch(sip_branch *from)
{
    sip_branch *branch = kl_malloc(sizeof *branch);
    if (branch == NULL) return NULL;
    *branch = *from;
    const branch_texts texts = texts_of(branch), old = texts_of(from);
    bool good = true;
    for (size_t i = 0; i < COUNT(texts.all); i++) *texts.all[i] = SPAN_NULL;
    for (size_t i = 0; i < COUNT(texts.all) && good; i++) good = pv_sbranch_assign(texts.all[i], *old.all[i]);
    if (good) return branch;
    free_texts(branch);
    kl_free(branch);
    return NULL;
}

bool pv_kept_copy(const pv_kept *from, pv_kept *to)
{
    *to = *from;
    to->sbranch = from->sbranch ? copy_branch(from->sbranch) : NULL;
    return to->sbranch || !from->sbranch;
}

void pv_kept_free(pv_kept *kept)
{
    if (kept->sbranch) free_texts(kept->sbranch);
    kl_free(kept->sbranch);
    kept->sbranch = NULL;
}

static bool get_sbranch(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const sip_branch *branch = ctx->pvs->kept.sbranch;
    (void)data;
    if (param->key == B_COUNT) pv_int(out, ctx->msg->branch_count);
    else if (branch != NULL && branch->uri.n > 0) return branch_attr(ctx, branch, param->key, out);
    else pv_null(out);
    return true;
}

static bool set_sbranch(kl_ctx *ctx, const pv_param *param, intptr_t data, const pv_value *value)
{
    sip_branch *branch = pv_sbranch(ctx->pvs);
    (void)data;
    if (branch == NULL) return false;
    if (clears_uri(param->key, value)) {
        pv_sbranch_reset(ctx->pvs);
        return true;
    }
    return set_attr(ctx, branch, param->key, value, true);
}

/* ---- what lookup() left on the R-URI branch */

static bool get_ruid(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    return variable_filled(out, ctx->msg->is_request ? ctx->msg->ruid : SPAN_NULL);
}

static bool get_location_ua(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    return variable_filled(out, ctx->msg->is_request ? ctx->msg->location_ua : SPAN_NULL);
}

static const pv_class classes[] = {
    {"br", get_br, set_br, NULL, PV_CLASS_LOCAL_NOOP, 0},
    {"bR", get_bR, NULL, NULL, 0, 0},
    {"ds", get_ds, NULL, NULL, 0, 0},
    {"branch", get_branch, set_branch, parse_branch_name, PV_CLASS_INDEX | PV_CLASS_LOCAL_NOOP, 0},
    {"sbranch", get_sbranch, set_sbranch, parse_branch_name, PV_CLASS_LOCAL_NOOP, 0},
    {"ruid", get_ruid, NULL, NULL, 0, 0},
    {"location_ua", get_location_ua, NULL, NULL, 0, 0},
};

CLASS_TABLE(pv_branch_table);
