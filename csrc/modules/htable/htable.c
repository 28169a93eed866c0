/* htable.c: KSR.htable: tables of values by key, shared by engines (htable sheet). */
#include "htable.h"

#include "core/htable_match.h"

core_htable *htable_named(kl_ctx *ctx, kl_span name)
{
    core_htable *table = htable_find(shared_htables(ctx->shared), name);
    if (!table)
        ctx_misuse(ctx, KL_LOG_ERR, "there is no hash table \"%.*s\"", (int)(name.n > 64 ? 64 : name.n),
                   name.n ? name.s : "");
    return table;
}

/* ---- reading */

enum { NIL, EMPTY, WORD };

static void fill(const kl_ctx *ctx, kl_value *out)
{
    if (ctx->row->data == EMPTY) value_str(out, SPAN(""));
    else if (ctx->row->data == WORD) value_str(out, SPAN("<null>"));
    else value_null(out);
}

static KSR_FN(get)
{
    core_htable *table = htable_named(ctx, args[0].s);
    kl_value value = {.type = KL_TYPE_NULL};
    if (table && args[1].s.s) htable_get(table, args[1].s, ctx->now, ctx->scratch, &value);
    if (value.type == KL_TYPE_STR && value.s.s) value_str(out, value.s);
    else if (value.type == KL_TYPE_LONG) value_int(out, value.i);
    else fill(ctx, out);
    return 1;
}

static KSR_FN(is_null)
{
    core_htable *table = htable_named(ctx, args[0].s);
    if (!table) return 2;
    if (htable_of(table)->has_initval) return -2;
    return args[1].s.s && htable_has(table, args[1].s, ctx->now) ? -1 : 1;
}

/* ---- writing; a null key is refused, an empty one is none */

static int set_for(kl_ctx *ctx, const kl_value *args, int64_t seconds)
{
    core_htable *table = htable_named(ctx, args[0].s);
    kl_value value = args[2];
    if (!table || !args[1].s.s) return -1;
    if (value.type == KL_TYPE_STR && !value.s.s) value.s = SPAN("");
    if (limit_htable(ctx, table, htable_set(table, args[1].s, &value, seconds, ctx->now))) return 1;
    log_print(ctx, KL_LOG_ERR, "%s: there is no more memory for hash tables", ctx->row->name);
    return -1;
}

static KSR_FN(set) { return set_for(ctx, args, 0); }

static KSR_FN(set_with_expire) { return set_for(ctx, args, args[3].i); }

static KSR_FN(setex)
{
    core_htable *table = htable_named(ctx, args[0].s);
    if (!table) return -1;
    if (args[1].s.s) htable_set_expire(table, args[1].s, args[2].i, ctx->now);
    return 1;
}

#define NO_SUM (-255)

static KSR_FN(add)
{
    core_htable *table = htable_named(ctx, args[0].s);
    int64_t sum;
    if (!table || !args[1].s.s) return NO_SUM;
    return limit_htable(ctx, table, htable_add(table, args[1].s, ctx->row->data, ctx->now, &sum)) ? (int)(int32_t)sum
                                                                                                  : NO_SUM;
}

static KSR_FN(rm)
{
    core_htable *table = htable_named(ctx, args[0].s);
    if (!table) return -1;
    if (args[1].s.s) htable_remove(table, args[1].s);
    return 1;
}

static KSR_FN(reset)
{
    core_htable *table = htable_named(ctx, args[0].s);
    if (!table) return -1;
    htable_clear(table);
    return 0;
}

/* ---- many items at once. data: by value */

typedef struct operator_name {
    const char *name;
    htable_op op;
} operator_name;

static const operator_name removers[] = {
    {"re", HTABLE_REGEX}, {"sw", HTABLE_STARTS}, {"ew", HTABLE_ENDS}, {"in", HTABLE_HOLDS}};
static const operator_name matchers[] = {
    {"eq", HTABLE_EQUAL}, {"ne", HTABLE_DIFFERS}, {"re", HTABLE_REGEX}, {"sw", HTABLE_STARTS}};

/* False and an error line: no such operator, nothing to compare with, a bad regular expression. */
static bool prepare(kl_ctx *ctx, const operator_name *names, size_t count, kl_span op, kl_span text, htable_match *out)
{
    size_t i = 0;
    while (i < count && !span_eq(op, span_text(names[i].name))) i++;
    *out = (htable_match){.op = i < count ? names[i].op : HTABLE_ALL, .by_value = ctx->row->data != 0, .text = text};
    bool good = i < count && text.n > 0;
    if (good && out->op == HTABLE_REGEX) good = (out->regex = expression_use(ctx, text, REGEX_ICASE)) != NULL;
    if (!good)
        ctx_misuse(ctx, KL_LOG_ERR, "%s: an unknown operator, no value or a bad regular expression", ctx->row->name);
    return good;
}

static KSR_FN(rm_matching)
{
    core_htable *table = htable_named(ctx, args[0].s);
    htable_match match;
    if (!table || !prepare(ctx, removers, sizeof removers / sizeof *removers, args[1].s, args[2].s, &match)) return -1;
    htable_remove_all(table, &match, ctx->now);
    return 1;
}

/* 1 also without such a table. */
static KSR_FN(rm_regex)
{
    core_htable *table = htable_find(shared_htables(ctx->shared), args[0].s);
    htable_match match;
    if (!table) return 1;
    if (!prepare(ctx, removers, 1, SPAN("re"), args[1].s, &match)) return -1;
    htable_remove_all(table, &match, ctx->now);
    return 1;
}

static KSR_FN(match_any)
{
    core_htable *table = htable_named(ctx, args[0].s);
    htable_match match;
    if (!table || !prepare(ctx, matchers, sizeof matchers / sizeof *matchers, args[1].s, args[2].s, &match)) return -1;
    return htable_any(table, &match, ctx->now) ? 1 : -1;
}

/* Operator and value side by side are what $shtcn takes, so that an unknown operator is a part of the regular
 * expression. */
static KSR_FN(count_names)
{
    core_htable *table = htable_named(ctx, args[0].s);
    const kl_span op = args[1].s, text = args[2].s;
    htable_match match = {.alive = true};
    if (!table) return -1;
    if (op.n != 0 && op.n != 2) {
        ctx_misuse(ctx, KL_LOG_ERR, "sht_cn: an operator has two characters");
        return -1;
    }
    if (text.n == 0 && !span_eq(op, SPAN("**"))) return 0;
    char *both = arena_alloc(ctx->scratch, text.n + 2);
    if (!both) return -1;
    memcpy(both, op.n ? op.s : "~~", 2);
    if (text.n) memcpy(both + 2, text.s, text.n);
    if (!htable_match_parse(ctx, span_of(both, text.n + 2), &match)) return 0;
    return (int)htable_count(table, &match, ctx->now);
}

/* ---- locks, of all keys of a slot */

static bool lock_key(kl_ctx *ctx, const kl_value *args, locks_key *key)
{
    const core_htable *table = htable_named(ctx, args[0].s);
    if (!table || !args[1].s.s) return false;
    *key = (locks_key){table, htable_slot(table, args[1].s)};
    return true;
}

static KSR_FN(lock)
{
    locks_key key;
    if (!lock_key(ctx, args, &key)) return -1;
    if (locks_take(shared_locks(ctx->shared), &ctx->per_engine->locks, key, true, true) == LOCKS_TAKEN) return 1;
    log_print(ctx, KL_LOG_ERR, "sht_lock: another engine has this lock, and to wait for it could take for ever");
    return -1;
}

static KSR_FN(unlock)
{
    locks_key key;
    if (!lock_key(ctx, args, &key)) return -1;
    locks_release(shared_locks(ctx->shared), &ctx->per_engine->locks, key);
    return 1;
}

#define MODULE_ROWS "modules/htable/rows.def"
#include "modules/rows.h"

static const module_param params[] = {
    {"htable", KL_TYPE_STR, 0, htable_param_table},
    {"event_callback", KL_TYPE_STR, offsetof(htable_state, event_callback), NULL},
    {"event_callback_mode", KL_TYPE_INT, offsetof(htable_state, event_callback_mode), NULL},
    {"timer_interval", KL_TYPE_INT, 0, htable_param_interval},
    {"timer_procs", KL_TYPE_INT, offsetof(htable_state, timer_procs), NULL},
};

static void init(void *state) { ((htable_state *)state)->timer_interval = HTABLE_INTERVAL; }

const kl_module htable_module = {.name = "htable",
                                 .rows = rows,
                                 .row_count = sizeof rows / sizeof *rows,
                                 .params = params,
                                 .param_count = sizeof params / sizeof *params,
                                 .state_size = sizeof(htable_state),
                                 .init = init,
                                 .start = htable_start,
                                 .commands = htable_commands};
