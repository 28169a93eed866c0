/* Every module as the only one that a host names: each of its functions is called once, with arguments of its types, on
 * a request, a reply and without a message. What a function needs of another module is there, or the function says no.
 * A rewind afterwards leaves nothing behind, and what modules own is theirs. */
#include "message.h"

#define LISTEN SPAN("udp:127.0.0.1:5070")

/* Nothing in it is right for sanity's tests, so that whatever replies does. */
static const char bad_request[] =
    "OPTIONS sip:127.0.0.1:5070 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa\nMax-Forwards: x\nTo: "
    "<sip:127.0.0.1>\nFrom: <sip:alice@atlanta.example>;tag=a\n"
    "Call-ID: c\nCSeq: 1 INVITE\nRoute: <sip:127.0.0.1:5070;lr>\nContent-Type: text/plain\nContent-Length: 5\n\nhello";
static const char reply[] = "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKq.0\nVia: SIP/2.0/UDP "
                            "127.0.0.1:5099;branch=z9hG4bKa\nTo: <sip:t@h>;tag=b\n"
                            "From: <sip:f@h>;tag=a\nCall-ID: c\nCSeq: 1 INVITE\nContent-Length: 0\n\n";

static kl_engine *engine_with(const char *module)
{
    static const kl_config config = {
        .instructions = 1000000, .memory = 1 << 24, .libraries = KL_LIBS_SAFE, .log_level = KL_LOG_ERR};
    kl_error err;
    kl_engine *engine = kl_engine_new(&config, NULL, &err);
    if (!engine) return NULL;
    CHECK_INT(kl_engine_listen(engine, LISTEN, &err), KL_OK);
    if (*module) CHECK_INT(kl_engine_module(engine, span_text(module), &err), KL_OK);
    CHECK_INT(kl_engine_start(engine, &err), KL_OK);
    return engine;
}

typedef struct row_info {
    const char *module, *name;
    const kl_type *params;
    kl_type returns;
    size_t count;
} row_info;

static bool row_at(const kl_engine *engine, size_t i, row_info *row)
{
    int slot;
    return kl_engine_row(engine, i, &row->module, &row->name, &row->returns, &row->params, &row->count, &slot) == KL_OK;
}

/* Numbers that are bits, codes and places at once; a text that names a variable, a URI or a header. */
static const struct arguments {
    const char *number, *text;
} plausible[] = {{"7", "'sip:carol@192.0.2.7:5060'"}, {"404", "'$var(x)'"}, {"17895", "'X-Ours: 1\\r\\n'"}};
enum { PLAUSIBLE = sizeof plausible / sizeof *plausible };

static void write_call(char *code, size_t size, const row_info *row, const struct arguments *arguments)
{
    int n = snprintf(code, size, "pcall(KSR.%s%s%s", row->module, *row->module ? "." : "", row->name);
    for (size_t i = 0; i < row->count; i++)
        n += snprintf(code + n, size - (size_t)n, ", %s",
                      row->params[i] == KL_TYPE_STR ? arguments->text : arguments->number);
    snprintf(code + n, size - (size_t)n, ") return 1");
}

static void call(kl_engine *engine, kl_msg *message, const row_info *row, const struct arguments *arguments)
{
    char code[256];
    const kl_value *values;
    size_t count = 0;
    kl_error err;
    write_call(code, sizeof code, row, arguments);
    const kl_status status = kl_engine_eval(engine, message, span_text(code), &values, &count, &err);
    if (!check_int(status, KL_OK, code, __FILE__, __LINE__)) printf("    %s\n", err.text);
    CHECK_INT(count, 1);
    kl_engine_clear_effects(engine);
}

static size_t call_rows(kl_engine *engine, const char *module, const char *text, const struct arguments *arguments)
{
    size_t called = 0;
    row_info row;
    for (size_t i = 0; row_at(engine, i, &row); i++) {
        if (strcmp(row.module, module) != 0) continue;
        kl_msg message; /* one each, as some end what may be done with theirs */
        msg_init(&message, 0);
        if (text) CHECK(message_read(&message, text));
        call(engine, text ? &message : NULL, &row, arguments);
        msg_done(&message);
        called++;
    }
    return called;
}

static void every_module_works_alone(void)
{
    const char *const messages[] = {bad_request, reply, NULL};
    const char *module;
    kl_error err;
    for (size_t i = 0; (module = kl_module_name(i)); i++) {
        kl_engine *engine = engine_with(module);
        REQUIRE(engine != NULL);
        CHECK_INT(kl_engine_mark(engine, &err), KL_OK);
        for (size_t m = 0; m < 3; m++)
            for (size_t a = 0; a < PLAUSIBLE; a++) CHECK(call_rows(engine, module, messages[m], &plausible[a]) > 0);
        CHECK_INT(kl_engine_rewind(engine, &err), KL_OK);
        CHECK(call_rows(engine, module, bad_request, &plausible[0]) > 0);
        kl_engine_free(engine);
    }
}

static bool has_module(const kl_engine *engine, const char *module)
{
    row_info row;
    for (size_t i = 0; row_at(engine, i, &row); i++)
        if (strcmp(row.module, module) == 0) return true;
    return false;
}

static void what_a_module_requires_comes_with_it(void)
{
    static const struct {
        const char *module, *required;
    } pairs[] = {{"sanity", "sl"}, {"siputils", "sl"}, {"uac", "rr"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        kl_engine *engine = engine_with(pairs[i].module);
        REQUIRE(engine != NULL);
        CHECK(has_module(engine, pairs[i].required) && has_module(engine, pairs[i].module));
        kl_engine_free(engine);
    }
    kl_engine *engine = engine_with("maxfwd");
    REQUIRE(engine != NULL);
    CHECK(!has_module(engine, "sl"));
    kl_engine_free(engine);
}

CHECK_MAIN(CHECK_TEST(every_module_works_alone), CHECK_TEST(what_a_module_requires_comes_with_it))
