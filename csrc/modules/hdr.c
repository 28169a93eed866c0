/* KSR.hdr.*: headers by name. Reads see the message as received, edits wait in its list (sip/edit.h). */
#include "modules.h"

#include "sip/edit.h"

#define MAX_NAME 124 /* of remove, is_present, append_after and insert_before, as in Kamailio */

/* All these functions but append_to_reply scan the headers to the end, so none works where that fails. */
static bool headers_good(kl_ctx *ctx)
{
    if (!ctx->msg->hdrs_bad) return true;
    log_print(ctx, KL_LOG_ERR, "hdr.%s: the headers cannot be parsed", ctx->row->name);
    return false;
}

/* A name these functions take: not empty, no leading blank, nothing behind a blank. */
static bool name_good(kl_ctx *ctx, kl_span name)
{
    if (!headers_good(ctx)) return false;
    size_t end = 0;
    while (end < name.n && !char_is(name.s[end], SPAN_WS)) end++;
    bool good = end > 0;
    for (size_t i = end; i < name.n && good; i++) good = char_is(name.s[i], SPAN_WS);
    if (!good) ctx_misuse(ctx, KL_LOG_ERR, "invalid header name: [%.*s]", (int)name.n, name.s ? name.s : "");
    return good;
}

/* What get looks for: a known header by the leading token of the name, any other by the whole text. */
static kl_span lookup_name(kl_span name)
{
    size_t end = 0;
    while (end < name.n && char_is(name.s[end], SPAN_TOKEN)) end++;
    kl_span token = span_of(name.s, end);
    return end < name.n && sip_hdr_id_of(token) != SIP_HDR_OTHER ? token : name;
}

/* Blanks behind a known name are let pass; behind any other they are part of it and nothing matches. */
static const sip_hdr *first_named(kl_ctx *ctx, kl_span name) { return msg_hdr_named(ctx->msg, lookup_name(name)); }

/* The first header of a name that these functions take; NULL, and a line in the log, for any other. Of a known name as
 * it is nothing has to be asked. */
static const sip_hdr *find(kl_ctx *ctx, kl_span name)
{
    const sip_hdr_id id = sip_hdr_id_of(name);
    if (KL_LIKELY(id != SIP_HDR_OTHER && !ctx->msg->hdrs_bad)) return msg_hdr_first(ctx->msg, id);
    return name_good(ctx, name) ? first_named(ctx, name) : NULL;
}

/* ---- reading */

enum { WHEN_NULL, WHEN_EMPTY, WHEN_NULL_TEXT };

static int give(kl_ctx *ctx, const sip_hdr *hdr, kl_value *out)
{
    static const kl_span texts[] = {{"", 0}, {"<null>", 6}};
    if (hdr) value_str(out, hdr_body(hdr));
    else if (ctx->row->data != WHEN_NULL) value_str(out, texts[ctx->row->data == WHEN_NULL_TEXT]);
    return 1;
}

static KSR_FN(get) { return give(ctx, find(ctx, args[0].s), out); }

#define MAX_FROM_END 255 /* Kamailio counts from the end with a table of this many */

static KSR_FN(get_idx)
{
    if (!name_good(ctx, args[0].s)) return give(ctx, NULL, out);
    const kl_span name = lookup_name(args[0].s);
    const int index = (int)args[1].i;
    const bool countable = index >= 0 || msg_hdr_count_named(ctx->msg, name) <= MAX_FROM_END;
    return give(ctx, countable ? msg_hdr_index(ctx->msg, name, index) : NULL, out);
}

static bool name_fits(kl_ctx *ctx, kl_span name)
{
    if (name.n <= MAX_NAME) return true;
    ctx_misuse(ctx, KL_LOG_ERR, "header name longer than %d bytes", MAX_NAME);
    return false;
}

static bool edit_name_good(kl_ctx *ctx, kl_span name) { return name_fits(ctx, name) && name_good(ctx, name); }

static KSR_FN(is_present) { return name_fits(ctx, args[0].s) && find(ctx, args[0].s) ? 1 : -1; }

/* ---- match_content */

static bool content_equal(kl_span body, kl_span value) { return span_eqi(body, value); }
static bool content_not_equal(kl_span body, kl_span value) { return !span_eqi(body, value); }
static bool content_starts(kl_span body, kl_span value) { return span_startsi(body, value); }

static bool content_contains(kl_span body, kl_span value)
{
    for (size_t i = 0; i + value.n <= body.n; i++)
        if (span_eqi(span_of(body.s + i, value.n), value)) return true;
    return false;
}

typedef bool (*content_test)(kl_span body, kl_span value);

static content_test test_named(kl_span op)
{
    static const struct {
        char name[3];
        content_test test;
    } tests[] = {{"eq", content_equal}, {"ne", content_not_equal}, {"sw", content_starts}, {"in", content_contains}};
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        if (span_eqi(op, span_of(tests[i].name, 2))) return tests[i].test;
    return NULL;
}

/* which: f the first header, l the last, a all of them, o at least one. */
static bool match_headers(kl_ctx *ctx, const sip_hdr *hdr, content_test test, kl_span value, char which)
{
    bool matched = false;
    for (; hdr; hdr = msg_hdr_next(ctx->msg, hdr)) {
        matched = test(span_trim(hdr_body(hdr)), value);
        if (which == 'f' || (which == 'a' && !matched) || (which == 'o' && matched)) return matched;
    }
    return matched;
}

static KSR_FN(match_content)
{
    content_test test = test_named(args[1].s);
    const char which = args[3].s.n ? char_lower(args[3].s.s[0]) : 0;
    if (!test || !which || !strchr("flao", which)) {
        ctx_misuse(ctx, KL_LOG_ERR, "hdr.match_content: unknown operator or index");
        return 0;
    }
    const sip_hdr *hdr = find(ctx, args[0].s);
    return hdr && match_headers(ctx, hdr, test, args[2].s, which);
}

/* ---- editing */

static int outcome(kl_ctx *ctx, bool done)
{
    if (!done) log_print(ctx, KL_LOG_ERR, "hdr.%s: no memory for the change, or no text", ctx->row->name);
    return done ? 1 : -1;
}

static KSR_FN(append)
{
    if (!headers_good(ctx)) return -1;
    return outcome(ctx, args[0].s.s && edit_append(ctx->msg, args[0].s));
}

static KSR_FN(insert)
{
    if (!headers_good(ctx)) return -1;
    return outcome(ctx, args[0].s.s && edit_insert(ctx->msg, args[0].s));
}

static KSR_FN(append_after)
{
    if (!args[0].s.s || !edit_name_good(ctx, args[1].s)) return -1;
    const sip_hdr *hdr = first_named(ctx, args[1].s);
    return outcome(ctx, hdr ? edit_after(ctx->msg, hdr, args[0].s) : edit_append(ctx->msg, args[0].s));
}

static KSR_FN(insert_before)
{
    if (!args[0].s.s || !edit_name_good(ctx, args[1].s)) return -1;
    const sip_hdr *hdr = first_named(ctx, args[1].s);
    return outcome(ctx, hdr ? edit_before(ctx->msg, hdr, args[0].s) : edit_insert(ctx->msg, args[0].s));
}

static KSR_FN(remove_all)
{
    if (!edit_name_good(ctx, args[0].s)) return -1;
    for (const sip_hdr *hdr = first_named(ctx, args[0].s); hdr; hdr = msg_hdr_next(ctx->msg, hdr))
        if (!edit_remove(ctx->msg, hdr)) return outcome(ctx, false);
    return 1;
}

static KSR_FN(rmappend) { return remove_all(ctx, args, out) < 0 ? -1 : append(ctx, args + 1, out); }

static KSR_FN(rminsert) { return remove_all(ctx, args, out) < 0 ? -1 : insert(ctx, args + 1, out); }

static KSR_FN(append_to_reply)
{
    return outcome(ctx,
                   !span_empty(args[0].s) && kl_msg_edit(ctx->msg, KL_EDIT_REPLY, args[0].s, SPAN_NULL, -1) == KL_OK);
}

static const kl_row rows[] = {
    ROW("hdr", "append", INT, append, STR),
    ROW("hdr", "append_after", INT, append_after, STR, STR),
    ROW("hdr", "append_to_reply", INT, append_to_reply, STR),
    ROW_WITH("hdr", "get", XVAL, get, WHEN_NULL, STR),
    ROW_WITH("hdr", "get_idx", XVAL, get_idx, WHEN_NULL, STR, INT),
    ROW_WITH("hdr", "gete", XVAL, get, WHEN_EMPTY, STR),
    ROW_WITH("hdr", "gete_idx", XVAL, get_idx, WHEN_EMPTY, STR, INT),
    ROW_WITH("hdr", "getw", XVAL, get, WHEN_NULL_TEXT, STR),
    ROW_WITH("hdr", "getw_idx", XVAL, get_idx, WHEN_NULL_TEXT, STR, INT),
    ROW("hdr", "insert", INT, insert, STR),
    ROW("hdr", "insert_before", INT, insert_before, STR, STR),
    ROW("hdr", "is_present", INT, is_present, STR),
    ROW("hdr", "match_content", BOOL, match_content, STR, STR, STR, STR),
    ROW("hdr", "remove", INT, remove_all, STR),
    ROW("hdr", "rmappend", INT, rmappend, STR, STR),
    ROW("hdr", "rminsert", INT, rminsert, STR, STR),
};

const kl_module hdr_module = {.name = "hdr", .rows = rows, .row_count = sizeof rows / sizeof *rows};
