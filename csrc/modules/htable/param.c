/* param.c: modparams: "name=>size=8;autoexpire=300;". What it takes to load tables from a database or to replicate them
 * is not there. */
#include "htable.h"

typedef struct attribute {
    const char *name;
    enum { A_SIZE, A_AUTOEXPIRE, A_INITVAL, A_UPDATEEXPIRE, A_DBTABLE, A_DBMODE, A_DMQREPLICATE, A_IGNORED } what;
} attribute;

static const attribute attributes[] = {
    {"size", A_SIZE},
    {"autoexpire", A_AUTOEXPIRE},
    {"initval", A_INITVAL},
    {"updateexpire", A_UPDATEEXPIRE},
    {"dbtable", A_DBTABLE},
    {"dbmode", A_DBMODE},
    {"dmqreplicate", A_DMQREPLICATE},
    {"cols", A_IGNORED},
    {"coldelim", A_IGNORED},
    {"colnull", A_IGNORED},
    {"reloadat", A_IGNORED},
};

static kl_status wrong(kl_error *err, const char *what, kl_span text)
{
    return error_set(err, KL_ECONFIG, "modparam htable.htable: %s [%.*s]", what, (int)(text.n > 128 ? 128 : text.n),
                     text.n ? text.s : "");
}

static kl_status take_number(htable_definition *def, int what, int64_t number)
{
    switch (what) {
    case A_SIZE: def->size = (int)(number > 255 ? 255 : number); break;
    case A_AUTOEXPIRE: def->autoexpire = number; break;
    case A_INITVAL:
        def->initval = number;
        def->has_initval = true;
        break;
    case A_UPDATEEXPIRE: def->updateexpire = number != 0; break;
    case A_DBMODE: def->dbmode = (int)number; break;
    default: def->dmqreplicate = (int)number; break;
    }
    return KL_OK;
}

static kl_status take(htable_definition *def, kl_span text, kl_error *err)
{
    const char *equals = span_find(text, '=');
    const kl_span name = equals ? span_trim(span_between(text.s, equals)) : SPAN_NULL;
    const kl_span value = equals ? span_trim(span_between(equals + 1, text.s + text.n)) : SPAN_NULL;
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        int64_t number = 0;
        if (!span_eq(name, span_text(attributes[i].name))) continue;
        if (attributes[i].what == A_DBTABLE) def->dbtable = value;
        if (attributes[i].what == A_DBTABLE || attributes[i].what == A_IGNORED) return KL_OK;
        if (value.n == 0 || span_int_prefix(value, &number) != value.n || number < INT32_MIN || number > INT32_MAX ||
            (number < 0 && attributes[i].what != A_INITVAL))
            return wrong(err, "not a number for it", text);
        return take_number(def, attributes[i].what, number);
    }
    return wrong(err, "unknown attribute", text);
}

static kl_status parse(kl_span text, htable_definition *def, kl_error *err)
{
    const char *arrow = span_search(text, SPAN("=>"));
    kl_status status = KL_OK;
    def->name = arrow ? span_trim(span_between(text.s, arrow)) : SPAN_NULL;
    if (def->name.n == 0) return wrong(err, "not name=>attribute=value;...", text);
    kl_span rest = span_between(arrow + 2, text.s + text.n);
    if (span_empty(span_trim(rest))) return wrong(err, "nothing behind the name", text);
    while (rest.n > 0 && status == KL_OK) {
        const kl_span one = span_trim(span_cut(&rest, ';'));
        if (one.n > 0) status = take(def, one, err);
    }
    return status;
}

/* Twice in one engine is an error; another engine's of the same shared state is this one. */
static kl_status remember(kl_ctx *ctx, htable_state *state, kl_span name, kl_error *err)
{
    for (size_t i = 0; i < state->defined_count; i++)
        if (span_eq(state->defined[i], name)) return wrong(err, "defined twice", name);
    if (state->defined_count == state->defined_cap) {
        const size_t cap = state->defined_cap ? state->defined_cap * 2 : 8;
        kl_span *bigger = arena_alloc(&ctx->server->arena, cap * sizeof *bigger);
        if (!bigger) return error_set(err, KL_ENOMEM, "out of memory defining a hash table");
        if (state->defined_count) memcpy(bigger, state->defined, state->defined_count * sizeof *bigger);
        state->defined = bigger;
        state->defined_cap = cap;
    }
    state->defined[state->defined_count++] = name;
    return KL_OK;
}

kl_status htable_param_table(kl_ctx *ctx, void *opaque, const kl_value *value, kl_error *err)
{
    htable_definition def = {.size = 4, .updateexpire = true, .limit = ctx->effects->arena.limit};
    if (value->type != KL_TYPE_STR) return error_set(err, KL_ECONFIG, "modparam htable.htable wants a string");
    memcpy(def.key, ctx->server->secret, sizeof def.key);
    kl_status status = parse(value->s, &def, err);
    if (status != KL_OK) return status;
    const core_htable *table = htable_define(shared_htables(ctx->shared), &def);
    if (!table) return error_set(err, KL_ENOMEM, "out of memory defining a hash table");
    return remember(ctx, opaque, htable_of(table)->name, err);
}

kl_status htable_param_interval(kl_ctx *ctx, void *opaque, const kl_value *value, kl_error *err)
{
    (void)ctx;
    if ((value->type != KL_TYPE_INT && value->type != KL_TYPE_LONG) || value->i < 1 || value->i > INT32_MAX)
        return error_set(err, KL_ECONFIG, "htable: timer_interval is a number of seconds from 1");
    ((htable_state *)opaque)->timer_interval = (int)value->i;
    return KL_OK;
}
