/* xlog.c: KSR.xlog: log lines with pseudo-variables in them (xlog sheet). A line is the prefix and the evaluated text,
 * no newline added. */
#include "pv/pv.h"

#include <stddef.h>
#include <stdio.h>

#include "modules.h"

typedef struct xlog_state {
    kl_span prefix;
    int prefix_mode; /* 1: the prefix is a format too */
    kl_span log_facility;
    int buf_size, force_color /* $C */, auto_newline,
        long_format; /* of native xlog alone, as is methods_filter; taken so that a configuration loads */
    int methods_filter;
    kl_buf line;
} xlog_state;

static bool add_prefix(kl_ctx *ctx, xlog_state *state)
{
    if (!state->prefix_mode) buf_add(&state->line, state->prefix);
    else if (!pv_format(ctx, state->prefix, &state->line)) return false;
    return true;
}

/* A level that is not printed costs nothing: the text is not even parsed. */
static int print(kl_ctx *ctx, int level, kl_span text)
{
    xlog_state *state = module_state(ctx, MOD_XLOG);
    if (!log_enabled(ctx, level)) return 1;
    if (text.s == NULL) {
        ctx_misuse(ctx, KL_LOG_ERR, "xlog without a text");
        return -1;
    }
    buf_clear(&state->line);
    if (!add_prefix(ctx, state) || !pv_format(ctx, text, &state->line) || state->line.failed) return -1;
    log_text(ctx, level, buf_span(&state->line));
    return 1;
}

static KSR_FN(row_print) { return print(ctx, (int)ctx->row->data, args[0].s); }

typedef struct level_name {
    kl_span name;
    int level;
} level_name;

static const level_name levels[] = {
    {{"L_ALERT", 7}, KL_LOG_ALERT}, {{"L_BUG", 5}, KL_LOG_BUG},       {{"L_CRIT2", 7}, KL_LOG_CRIT2},
    {{"L_CRIT0", 7}, KL_LOG_CRIT},  {{"L_CRIT", 6}, KL_LOG_CRIT2},    {{"L_ERR", 5}, KL_LOG_ERR},
    {{"L_WARN", 6}, KL_LOG_WARN},   {{"L_NOTICE", 8}, KL_LOG_NOTICE}, {{"L_INFO", 6}, KL_LOG_INFO},
    {{"L_DBG", 5}, KL_LOG_DBG},
};

/* Whatever else is asked for is an error line. */
static int level_of(kl_span name)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (span_eqi(name, levels[i].name)) return levels[i].level;
    return KL_LOG_ERR;
}

static KSR_FN(row_xlog) { return print(ctx, level_of(args[0].s), args[1].s); }

static bool is_facility(kl_span name)
{
    static const char *const names[] = {"AUTH",   "AUTHPRIV", "CRON",   "DAEMON", "FTP",    "KERN",   "LOCAL0",
                                        "LOCAL1", "LOCAL2",   "LOCAL3", "LOCAL4", "LOCAL5", "LOCAL6", "LOCAL7",
                                        "LPR",    "MAIL",     "NEWS",   "SYSLOG", "USER",   "UUCP"};
    if (!span_startsi(name, SPAN("LOG_"))) return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_eqi(span_from(name, 4), span_text(names[i]))) return true;
    return false;
}

/* Facilities are syslog's; here lines go to the host, which has one place for them. */
static KSR_FN(row_facility)
{
    int level = level_of(args[1].s);
    if (log_enabled(ctx, level) && !is_facility(args[0].s))
        ctx_misuse(ctx, KL_LOG_WARN, "unknown syslog facility \"%.*s\"", (int)args[0].s.n,
                   args[0].s.n ? args[0].s.s : "");
    return print(ctx, level, args[2].s);
}

static void init(void *state)
{
    xlog_state *xlog = state;
    xlog->prefix = SPAN("<script>: ");
    xlog->buf_size = 4096;
    xlog->methods_filter = -1;
    buf_init(&xlog->line);
}

static void done(void *state) { buf_free(&((xlog_state *)state)->line); }

/* log_colors is native's: any text is taken. */
static kl_status set_ignored(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    (void)ctx, (void)state, (void)value, (void)err;
    return KL_OK;
}

/* ---- $C(xy): a colour of the terminal that Kamailio logs to; nothing where there is none, unless force_color says so
 */

static int colour(char c)
{
    const char *found = c ? strchr("srgybpcw", c) : NULL;
    return found ? (int)(found - "srgybpcw") : c == 'x' ? 9 : -1;
}

/* Only the first may be a capital letter, for bright. */
static bool parse_colours(pv_cache *cache, pv_param *param)
{
    (void)cache;
    if (param->name.n != 2) return false;
    const char c = param->name.s[0];
    const int front = colour(c != 'X' ? char_lower(c) : c), back = colour(param->name.s[1]);
    if (front < 0 || back < 0) return false;
    param->key = (c != char_lower(c)) << 8 | front << 4 | back;
    return true;
}

static bool get_colours(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    const xlog_state *state = module_state(ctx, MOD_XLOG);
    char *text = arena_alloc(ctx->scratch, 16);
    (void)data;
    if (!text) return false;
    const int key = (int)param->key,
              n = snprintf(text, 16, "\x1b[%d;%d;%dm", key >> 8, 30 + (key >> 4 & 15), 40 + (key & 15));
    pv_str(out, state->force_color ? span_of(text, (size_t)n) : SPAN(""));
    return true;
}

static const pv_class classes[] = {{"C", get_colours, NULL, parse_colours, PV_CLASS_NO_MSG, 0}};
static const pv_table variables = {classes, sizeof classes / sizeof *classes};

static const kl_row rows[] = {
    ROW_WITH("xlog", "xdbg", INT, row_print, KL_LOG_DBG, STR),
    ROW_WITH("xlog", "xinfo", INT, row_print, KL_LOG_INFO, STR),
    ROW_WITH("xlog", "xnotice", INT, row_print, KL_LOG_NOTICE, STR),
    ROW_WITH("xlog", "xwarn", INT, row_print, KL_LOG_WARN, STR),
    ROW_WITH("xlog", "xerr", INT, row_print, KL_LOG_ERR, STR),
    ROW_WITH("xlog", "xcrit", INT, row_print, KL_LOG_CRIT2, STR),
    ROW_WITH("xlog", "xalert", INT, row_print, KL_LOG_ALERT, STR),
    ROW("xlog", "xlog", INT, row_xlog, STR, STR),
    ROW("xlog", "xlog_facility", INT, row_facility, STR, STR, STR),
};

static const module_param params[] = {
    {"prefix", KL_TYPE_STR, offsetof(xlog_state, prefix), NULL},
    {"prefix_mode", KL_TYPE_INT, offsetof(xlog_state, prefix_mode), NULL},
    {"log_facility", KL_TYPE_STR, offsetof(xlog_state, log_facility), NULL},
    {"buf_size", KL_TYPE_INT, offsetof(xlog_state, buf_size), NULL},
    {"force_color", KL_TYPE_INT, offsetof(xlog_state, force_color), NULL},
    {"auto_newline", KL_TYPE_INT, offsetof(xlog_state, auto_newline), NULL},
    {"long_format", KL_TYPE_INT, offsetof(xlog_state, long_format), NULL},
    {"methods_filter", KL_TYPE_INT, offsetof(xlog_state, methods_filter), NULL},
    {"log_colors", KL_TYPE_STR, 0, set_ignored},
};

const kl_module xlog_module = {
    .name = "xlog",
    .rows = rows,
    .row_count = sizeof rows / sizeof *rows,
    .params = params,
    .param_count = sizeof params / sizeof *params,
    .state_size = sizeof(xlog_state),
    .scratch_size = sizeof(xlog_state) - offsetof(xlog_state, line),
    .init = init,
    .done = done,
    .variables = &variables,
};
