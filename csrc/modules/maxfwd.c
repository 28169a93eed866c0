/* maxfwd.c: KSR.maxfwd.*: the hop counter, RFC 3261 16.6 step 3. */
#include "modules.h"

#include "base/text.h"
#include "sip/edit.h"

typedef struct maxfwd_state {
    int max_limit;
} maxfwd_state;

static void init(void *state) { ((maxfwd_state *)state)->max_limit = 70; }

static const sip_hdr *header(const kl_msg *msg) { return msg_hdr_first(msg, SIP_HDR_MAX_FORWARDS); }

/* An empty value counts as 0, as in Kamailio. */
static bool value_of(kl_ctx *ctx, const sip_hdr *hdr, uint64_t *value)
{
    const kl_span text = span_trim(hdr_body(hdr));
    *value = 0;
    if (span_empty(text) || span_uint(text, UINT32_MAX, value)) return true;
    log_print(ctx, KL_LOG_ERR, "Max-Forwards is not a number: [%.*s]", (int)(text.n > 64 ? 64 : text.n), text.s);
    return false;
}

static bool limit_good(kl_ctx *ctx, int64_t limit)
{
    if (limit >= 0 && limit <= 255) return true;
    ctx_misuse(ctx, KL_LOG_ERR, "%s: %lld is not between 0 and 255", ctx->row->name, (long long)limit);
    return false;
}

/* In place, as Kamailio does, so that reads see it at once: right-aligned in the digits that are there, blanks before
 * it. */
static void write_number(kl_msg *msg, const sip_hdr *hdr, uint64_t number)
{
    const kl_span digits = span_trim(hdr_body(hdr));
    char *start = msg->buf + (digits.s - msg->buf), *at = start + digits.n;
    while (at > start) {
        *--at = (char)('0' + number % 10);
        number /= 10;
        if (number == 0) break;
    }
    while (at > start) *--at = ' ';
}

static bool insert_header(kl_msg *msg, int limit)
{
    char line[32], *at = text_put_uint(text_put(line, SPAN("Max-Forwards: ")), (unsigned)limit);
    return edit_insert(msg, span_between(line, text_put(at, SPAN("\r\n"))));
}

static KSR_FN(process)
{
    const maxfwd_state *state = module_state(ctx, MOD_MAXFWD);
    const sip_hdr *hdr = header(ctx->msg);
    uint64_t value;
    if (!limit_good(ctx, args[0].i)) return -1;
    if (!hdr) return !ctx->msg->hdrs_bad && insert_header(ctx->msg, (int)args[0].i) ? 2 : -2;
    if (!value_of(ctx, hdr, &value)) return -2;
    if (value == 0) return -1;
    value--;
    write_number(ctx->msg, hdr, value < (uint64_t)state->max_limit ? value : (uint64_t)state->max_limit);
    return 1;
}

static KSR_FN(is_less)
{
    const sip_hdr *hdr = header(ctx->msg);
    uint64_t value;
    if (!limit_good(ctx, args[0].i)) return -1;
    if (!hdr) return ctx->msg->hdrs_bad ? -3 : -2;
    if (!value_of(ctx, hdr, &value)) return -3;
    return value < (uint64_t)args[0].i ? 1 : -1;
}

static kl_status set_max_limit(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    (void)ctx;
    if ((value->type != KL_TYPE_INT && value->type != KL_TYPE_LONG) || value->i < 0 || value->i > 255)
        return error_set(err, KL_ECONFIG, "maxfwd: max_limit is a number from 0 to 255");
    ((maxfwd_state *)state)->max_limit = (int)value->i;
    return KL_OK;
}

static const kl_row rows[] = {
    ROW("maxfwd", "is_maxfwd_lt", INT, is_less, INT),
    ROW("maxfwd", "process_maxfwd", INT, process, INT),
};

static const module_param params[] = {{"max_limit", KL_TYPE_INT, offsetof(maxfwd_state, max_limit), set_max_limit}};

const kl_module maxfwd_module = {.name = "maxfwd",
                                 .rows = rows,
                                 .row_count = sizeof rows / sizeof *rows,
                                 .params = params,
                                 .param_count = sizeof params / sizeof *params,
                                 .state_size = sizeof(maxfwd_state),
                                 .init = init};
