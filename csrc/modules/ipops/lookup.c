/* lookup.c: $dns, $ptrquery, $srvquery, $naptrquery and $HN: what lookups found (core/lookups.h). The lookups
 * themselves are Python's (kemilua/modules/ipops_dns.py), as they need a resolver. */
#include "lookup.h"

#include "core/server.h"
#include "pv/variables/variables.h"

typedef struct class_keys {
    const char *name;
    /* $dns and $ptrquery: an index may be left out, one that is not needed is ignored, nothing found is null throughout
     */
    bool addresses;
    const char *const *lists, *const *singles; /* NULL behind the last */
} class_keys;

static const char *const address_lists[] = {"addr", "type", NULL},
                         *const address_singles[] = {"count", "hostname", "ipv4", "ipv6", NULL},
                         *const ptr_singles[] = {"count", "hostname", "ip", "ipv4", "ipv6", NULL},
                         *const srv_lists[] = {"port", "priority", "target", "weight", NULL},
                         *const count_only[] = {"count", NULL}, *const naptr_lists[] = {"flags", "order",   "pref",
                                                                                        "regex", "replace", "services",
                                                                                        NULL};

static const class_keys kinds[] = {
    {"dns", true, address_lists, address_singles},
    {"ptrquery", true, address_lists, ptr_singles},
    {"srvquery", false, srv_lists, count_only},
    {"naptrquery", false, naptr_lists, count_only},
};

typedef struct question {
    kl_span id, key;
    bool single;
    int index;
    const pv_program *program; /* of an index with variables */
} question;

static bool among(kl_span key, const char *const *names)
{
    for (; *names; names++)
        if (span_eq(key, span_text(*names))) return true;
    return false;
}

/* "-12", whole. */
static bool read_index(kl_span text, int *out)
{
    int64_t number;
    if (text.n == 0 || span_int_prefix(text, &number) != text.n || number < -INT32_MAX || number > INT32_MAX)
        return false;
    *out = (int)number;
    return true;
}

static bool parse_index(pv_cache *cache, const class_keys *kind, kl_span text, question *q)
{
    if (span_find(text, '$')) return (q->program = format_parse(cache, text)) != NULL;
    return read_index(text, &q->index) || !kind->addresses; /* of the latter anything else is the first */
}

/* "key" or "key[index]". */
static bool parse_key(pv_cache *cache, const class_keys *kind, kl_span text, question *q)
{
    const char *open = span_find(text, '['), *const end = span_end(text);
    q->key = open ? span_between(text.s, open) : text;
    q->single = among(q->key, kind->singles);
    if (!q->single && !among(q->key, kind->lists)) return false;
    if (!open) return q->single || kind->addresses;
    if (end[-1] != ']' || (q->single && !kind->addresses)) return false;
    return parse_index(cache, kind, span_between(open + 1, end - 1), q);
}

static const char *arrow(kl_span text)
{
    for (size_t i = 0; i + 1 < text.n; i++)
        if (text.s[i] == '=' && text.s[i + 1] == '>') return text.s + i;
    return NULL;
}

static bool parse(pv_cache *cache, const class_keys *kind, pv_param *param)
{
    const char *at = arrow(param->name);
    question *q = at ? pv_cache_alloc(cache, sizeof *q) : NULL;
    if (!q) return false;
    *q = (question){.id = span_trim(span_between(param->name.s, at))};
    param->compiled = q;
    return parse_key(cache, kind, span_between(at + 2, span_end(param->name)), q);
}

static bool parse_dns(pv_cache *cache, pv_param *param) { return parse(cache, &kinds[0], param); }
static bool parse_ptr(pv_cache *cache, pv_param *param) { return parse(cache, &kinds[1], param); }
static bool parse_srv(pv_cache *cache, pv_param *param) { return parse(cache, &kinds[2], param); }
static bool parse_naptr(pv_cache *cache, pv_param *param) { return parse(cache, &kinds[3], param); }

static bool give(const kl_value *value, pv_value *out)
{
    if (value && value->type == KL_TYPE_STR) pv_str(out, value->s);
    else if (value && value->type == KL_TYPE_INT) pv_int(out, value->i);
    else pv_null(out);
    return true;
}

/* Negative ones count from the end. */
static const kl_value *element(const kl_value *list, int index)
{
    int count = 0;
    for (const kl_item *item = list->items; item && index < 0; item = item->next) count++;
    index = index < 0 ? index + count : index;
    const kl_item *item = index < 0 ? NULL : list->items;
    while (item && index-- > 0) item = item->next;
    return item ? &item->value : NULL;
}

static bool index_of(kl_ctx *ctx, const question *q, int *out)
{
    kl_span text;
    *out = q->index;
    return !q->program || (format_span(ctx, q->program, &text) && read_index(text, out));
}

/* srv_query and naptr_query fill only what has been asked for before: asking makes the place. */
static bool get_found(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const class_keys *kind = &kinds[data];
    const question *q = param->compiled;
    const kl_span name = span_text(kind->name);
    kl_lookups *lookups = &ctx->server->lookups;
    int index;
    if (!kind->addresses && !lookups_touch(lookups, name, q->id))
        log_print(ctx, KL_LOG_ERR, "%s: no room for one more id", kind->name);
    const kl_value *value = lookups_get(lookups, name, q->id, q->key);
    if (!value && !kind->addresses && q->single) return pv_int(out, 0), true;
    if (!value || q->single) return give(value, out);
    if (!index_of(ctx, q, &index)) return pv_null(out), true;
    return give(element(value, index), out);
}

/* ---- $HN(n|f|d|i) */

static const char *const host_keys[] = {"n", "f", "d", "i"};

static bool parse_host(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return variable_key(param, host_keys, COUNT(host_keys));
}

static bool get_host(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)data;
    return give(lookups_get(&ctx->server->lookups, SPAN("HN"), SPAN(""), span_text(host_keys[param->key])), out);
}

static const pv_class classes[] = {
    {"HN", get_host, NULL, parse_host, PV_CLASS_NO_MSG, 0},
    {"dns", get_found, NULL, parse_dns, PV_CLASS_NO_MSG, 0},
    {"naptrquery", get_found, NULL, parse_naptr, PV_CLASS_NO_MSG, 3},
    {"ptrquery", get_found, NULL, parse_ptr, PV_CLASS_NO_MSG, 1},
    {"srvquery", get_found, NULL, parse_srv, PV_CLASS_NO_MSG, 2},
};

CLASS_TABLE(ipops_variables);
