/* KSR.x.modf: functions of kamailio.cfg, by name and exact number of parameters. Only those of modules: statements of
 * the language are not found. */
#include "kemi.h"

#include "pv/pv.h"

#define MAX_WORDS 7 /* the name and six parameters */

typedef enum modf_kind {
    PLAIN,  /* parameters as they are */
    EVAL,   /* parameters may hold pseudo-variables */
    REFUSED /* there, but Kamailio cannot give its prepared parameters back, and refuses */
} modf_kind;

typedef struct modf {
    const char *name;
    uint8_t count;
    modf_kind kind;
    const char *module, *target; /* the row; parameters it has beyond count are null or 0 */
    const char *guard;           /* a row of the same module that must not fail with the same parameters */
} modf;

static const modf modf_table[] = {
    {"sl_send_reply", 2, EVAL, "sl", "sl_send_reply", NULL},
    {"sl_reply", 2, EVAL, "sl", "sl_send_reply", NULL},
    {"send_reply", 2, EVAL, "sl", "send_reply", NULL},
    {"sl_reply_error", 0, PLAIN, "sl", "sl_reply_error", NULL},
    {"sl_forward_reply", 0, PLAIN, "sl", "sl_forward_reply", NULL},
    {"sl_forward_reply", 1, EVAL, "sl", "sl_forward_reply", NULL},
    {"sl_forward_reply", 2, EVAL, "sl", "sl_forward_reply", NULL},
    {"maxfwd_process", 1, EVAL, "maxfwd", "process_maxfwd", NULL},
    {"mf_process_maxfwd_header", 1, EVAL, "maxfwd", "process_maxfwd", NULL},
    {"process_maxfwd", 1, EVAL, "maxfwd", "process_maxfwd", NULL},
    {"is_maxfwd_lt", 1, EVAL, "maxfwd", "is_maxfwd_lt", NULL},
    {"maxfwd_at_least", 1, EVAL, "maxfwd", "is_maxfwd_lt", NULL},
    {"mf_lowlimit", 1, EVAL, "maxfwd", "is_maxfwd_lt", NULL},
    {"record_route", 0, PLAIN, "rr", "record_route", NULL},
    {"record_route", 1, EVAL, "rr", "record_route_params", NULL},
    {"remove_record_route", 0, PLAIN, "rr", "remove_record_route", NULL},
    {"loose_route", 0, PLAIN, "rr", "loose_route", NULL},
    {"loose_route_preloaded", 0, PLAIN, "rr", "loose_route_preloaded", NULL},
    {"is_direction", 1, REFUSED, NULL, NULL, NULL},
    {"options_reply", 0, PLAIN, "siputils", "options_reply", NULL},
    {"has_totag", 0, PLAIN, "siputils", "has_totag", NULL},
    {"is_user", 1, EVAL, "siputils", "is_user", NULL},
    {"uri_param", 1, EVAL, "siputils", "uri_param", NULL},
    {"uri_param", 2, EVAL, "siputils", "uri_param_value", NULL},
    {"uri_param_any", 1, EVAL, "siputils", "uri_param_any", NULL},
    {"uri_param_rm", 1, EVAL, "siputils", "uri_param_rm", NULL},
    {"add_uri_param", 1, PLAIN, "siputils", "add_uri_param", NULL},
    {"is_uri", 1, EVAL, "siputils", "is_uri", NULL},
    {"is_tel_number", 1, EVAL, "siputils", "is_tel_number", NULL},
    {"is_numeric", 1, EVAL, "siputils", "is_numeric", NULL},
    {"is_alphanum", 1, EVAL, "siputils", "is_alphanum", NULL},
    {"is_alphanumex", 2, EVAL, "siputils", "is_alphanumex", NULL},
    {"encode_contact", 2, PLAIN, "siputils", "encode_contact", NULL},
    {"decode_contact", 0, PLAIN, "siputils", "decode_contact", NULL},
    {"decode_contact_header", 0, PLAIN, "siputils", "decode_contact_header", NULL},
    {"contact_param_encode", 2, EVAL, "siputils", "contact_param_encode", NULL},
    {"contact_param_decode", 1, EVAL, "siputils", "contact_param_decode", NULL},
    {"contact_param_decode_ruri", 1, EVAL, "siputils", "contact_param_decode_ruri", NULL},
    {"contact_param_rm", 1, EVAL, "siputils", "contact_param_rm", NULL},
    {"contact_param_check", 1, EVAL, "siputils", "contact_param_check", NULL},
    {"cmp_uri", 2, EVAL, "siputils", "cmp_uri", NULL},
    {"cmp_aor", 2, EVAL, "siputils", "cmp_aor", NULL},
    {"cmp_hdr_name", 2, EVAL, "siputils", "cmp_hdr_name", NULL},
    {"is_request", 0, PLAIN, "siputils", "is_request", NULL},
    {"is_reply", 0, PLAIN, "siputils", "is_reply", NULL},
    {"is_sip", 0, PLAIN, "siputils", "is_sip", NULL},
    {"is_http", 0, PLAIN, "siputils", "is_http", NULL},
    {"is_gruu", 0, PLAIN, "siputils", "is_gruu", NULL},
    {"is_first_hop", 0, PLAIN, "siputils", "is_first_hop", NULL},
    {"is_first_hop", 1, EVAL, "siputils", "is_first_hop_mode", NULL},
    {"hdr_date_check", 1, EVAL, "siputils", "hdr_date_check", NULL},
    {"sip_parse_headers", 0, PLAIN, "siputils", "sip_parse_headers", NULL},
    {"is_supported", 1, REFUSED, NULL, NULL, NULL},
    {"tel2sip", 3, REFUSED, NULL, NULL, NULL},
    {"has_ruri_user", 0, PLAIN, "corex", "has_ruri_user", NULL},
    {"has_user_agent", 0, PLAIN, "corex", "has_user_agent", NULL},
    {"is_faked_msg", 0, PLAIN, "corex", "is_faked_msg", NULL},
    {"append_branch", 0, PLAIN, "corex", "append_branch", NULL},
    {"append_branch", 1, EVAL, "corex", "append_branch_uri", NULL},
    {"append_branch", 2, EVAL, "corex", "append_branch_uri_q", NULL},
    {"msg_apply_changes", 0, PLAIN, "textopsx", "msg_apply_changes", NULL},
    {"keep_hf", 0, PLAIN, "textopsx", "keep_hf", NULL},
    {"remove_body", 0, PLAIN, "textopsx", "remove_body", NULL},
    {"remove_hf", 1, PLAIN, "hdr", "remove", "is_present"}, /* unlike KSR.hdr.remove it fails when there is none */
    {"append_hf", 1, REFUSED, NULL, NULL, NULL},
    {"append_hf", 2, REFUSED, NULL, NULL, NULL},
    {"append_to_reply", 1, REFUSED, NULL, NULL, NULL},
    {"is_present_hf", 1, REFUSED, NULL, NULL, NULL},
    {"is_method", 1, REFUSED, NULL, NULL, NULL},
    {"xlog", 1, REFUSED, NULL, NULL, NULL},
    {"xlog", 2, REFUSED, NULL, NULL, NULL},
    {"consume_credentials", 0, PLAIN, "auth", "consume_credentials", NULL},
    {"lua_dofile", 1, EVAL, "app_lua", "dofile", NULL},
    {"lua_dostring", 1, EVAL, "app_lua", "dostring", NULL},
    {"lua_runstring", 1, EVAL, "app_lua", "runstring", NULL},
    {"lua_run", 1, REFUSED, NULL, NULL, NULL},
    {"lua_run", 2, REFUSED, NULL, NULL, NULL},
    {"lua_run", 3, REFUSED, NULL, NULL, NULL},
    {"lua_run", 4, REFUSED, NULL, NULL, NULL},
};

static const modf *modf_find(kl_span name, size_t count)
{
    for (size_t i = 0; i < sizeof modf_table / sizeof *modf_table; i++)
        if (modf_table[i].count == count && span_eq(name, span_text(modf_table[i].name))) return &modf_table[i];
    return NULL;
}

static bool evaluate(kl_ctx *ctx, kl_span *text)
{
    if (!memchr(text->s, '$', text->n)) return true;
    kl_buf out;
    buf_init(&out);
    const bool good = pv_format(ctx, *text, &out) && !out.failed;
    *text = good ? arena_copy(ctx->scratch, buf_span(&out)) : SPAN_NULL;
    buf_free(&out);
    return text->s != NULL;
}

/* The parameters as the row declares them; text that is no number does not become one. */
static bool modf_args(kl_ctx *ctx, const kl_row *row, const modf *entry, const kl_value *words, kl_value *args)
{
    const kl_type *types = row_types(row);
    for (int i = 0; i < row->nparams; i++) {
        args[i] = (kl_value){.type = types[i] == KL_TYPE_XVAL ? KL_TYPE_STR : types[i]};
        if (i >= entry->count) continue;
        args[i].s = words[i].s;
        if (entry->kind == EVAL && !evaluate(ctx, &args[i].s)) return false;
        if (args[i].type == KL_TYPE_STR) continue;
        if (span_empty(args[i].s) || span_int_prefix(args[i].s, &args[i].i) != args[i].s.n) return false;
        if (types[i] == KL_TYPE_INT) args[i].i = (int32_t)args[i].i;
    }
    return true;
}

/* What Kamailio's script functions answer: 1 and -1 for yes and no. */
static int64_t modf_code(const kl_row *row, const kl_value *result)
{
    if (row->returns == KL_TYPE_BOOL) return result->i ? 1 : -1;
    return row->returns == KL_TYPE_INT ? result->i : 1;
}

static kl_status modf_call(kl_ctx *ctx, const kemi_table *table, const modf *entry, const kl_value *words,
                           kl_value *result, int64_t *code)
{
    const kl_row *row = kemi_find(table, span_text(entry->module), span_text(entry->target));
    kl_value args[KL_MAX_PARAMS];
    *code = -1;
    if (!row || row->nparams > KL_MAX_PARAMS || !modf_args(ctx, row, entry, words, args)) {
        if (row) log_print(ctx, KL_LOG_ERR, "KSR.x.modf: %s: a parameter cannot be evaluated", entry->name);
        else ctx_misuse(ctx, KL_LOG_ERR, "KSR.x.modf: %s: its module is not loaded", entry->name);
        return KL_OK;
    }
    const kl_row *guard = entry->guard ? kemi_find(table, span_text(entry->module), span_text(entry->guard)) : NULL;
    kl_status status = guard ? kemi_invoke(ctx, guard, args, entry->count, result, NULL) : KL_OK;
    if (status != KL_OK || (guard && modf_code(guard, result) < 0)) return status;
    status = kemi_invoke(ctx, row, args, row->nparams, result, NULL);
    if (status == KL_OK) *code = modf_code(row, result);
    return status;
}

/* ---- the call */

static const kl_row modf_row = ROW("x", "modf", INT, NULL); /* what --trace calls it */

/* Strings and numbers, which become their text in place. */
static bool read_words(lua_State *L, int count, kl_value *words)
{
    for (int i = 0; i < count; i++) {
        if (!lua_isstring(L, i + 1)) return false;
        convert_arg(L, i + 1, KL_TYPE_STR, &words[i]);
    }
    return true;
}

static const char *refusal(lua_State *L, const kl_ctx *ctx, int count, kl_value *words)
{
    if (!ctx->msg) return "there is no message here";
    if (count < 1) return "the name of a function is missing";
    if (count > MAX_WORDS) return "too many parameters";
    return read_words(L, count, words) ? NULL : "parameters are strings and numbers";
}

static kl_status run(lua_State *L, kl_ctx *ctx, int count, const kl_value *words, kl_value *result, int64_t *code)
{
    const kemi_table *table = lua_touserdata(L, lua_upvalueindex(1));
    const modf *entry = modf_find(words[0].s, (size_t)count - 1);
    if (entry && entry->kind != REFUSED) return modf_call(ctx, table, entry, words + 1, result, code);
    ctx_misuse(ctx, KL_LOG_ERR, "KSR.x.modf: %.*s with %d parameters %s", (int)words[0].s.n, words[0].s.s, count - 1,
               entry ? "cannot be called from here" : "is not known");
    return KL_OK;
}

int kemi_modf(lua_State *L)
{
    kl_vm *vm = vm_of(L);
    kl_ctx *ctx = vm->ctx;
    int64_t code = -1;
    if (ctx) {
        const arena_mark mark = arena_save(ctx->scratch);
        const int count = lua_gettop(L);
        kl_value words[MAX_WORDS], result = {.type = KL_TYPE_NULL};
        const double start = vm->slow ? kemi_now_us() : 0;
        const char *why = refusal(L, ctx, count, words);
        kl_status status = KL_OK;
        ctx->row = &modf_row;
        log_begin_call(ctx);
        if (why) ctx_misuse(ctx, KL_LOG_ERR, "KSR.x.modf: %s", why);
        else status = run(L, ctx, count, words, &result, &code);
        const kl_value answer = {.type = KL_TYPE_INT, .i = code};
        if (KL_UNLIKELY(vm->slow))
            kemi_told(L, ctx, &modf_row, words, why ? 0 : (size_t)count, status == KL_OK ? &answer : NULL,
                      kemi_now_us() - start);
        if (KL_UNLIKELY(status != KL_OK)) kemi_raise(L, ctx, mark, &result);
        kemi_settle(L, ctx, mark);
    }
    lua_pushinteger(L, code);
    return 1;
}
