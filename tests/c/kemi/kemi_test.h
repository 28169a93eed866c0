/* kemi_test.h: KSR over a state and a message, with rows that tell what they were called with, and a Python side played
 * by this file. */
#ifndef TESTS_C_KEMI_TEST_H
#define TESTS_C_KEMI_TEST_H

#include "kemi/bridge.h" /* before the names of server.h */
#include "scene.h"

#include <lauxlib.h>

#include "kemi/kemi.h"

static kemi_table table;
static kl_vm *vm;
static kl_error failure; /* of the last run that failed */

/* What the last row, or Python, was called with, written as "rate('a',3)"; strings in quotes, (null) for the null
 * string. */
static char told[1024];
/* what stub rows answer: .i for int, bool and none rows, all of it for xval rows */
static kl_value answer;

static void show(char *out, size_t cap, const kl_value *value)
{
    char inner[256];
    size_t n = 0;
    switch (value->type) {
    case KL_TYPE_STR:
        if (value->s.s) snprintf(out, cap, "'%.*s'", (int)value->s.n, value->s.s);
        else snprintf(out, cap, "(null)");
        return;
    case KL_TYPE_ARRAY:
    case KL_TYPE_DICT:
        n += (size_t)snprintf(out, cap, "%s", value->type == KL_TYPE_ARRAY ? "[" : "{");
        for (const kl_item *item = value->items; item; item = item->next) {
            show(inner, sizeof inner, &item->value);
            if (value->type == KL_TYPE_DICT)
                n += (size_t)snprintf(out + n, cap - n, "%.*s=", (int)item->key.n, item->key.s);
            n += (size_t)snprintf(out + n, cap - n, "%s%s", inner, item->next ? "," : "");
        }
        snprintf(out + n, cap - n, "%s", value->type == KL_TYPE_ARRAY ? "]" : "}");
        return;
    case KL_TYPE_BOOL: snprintf(out, cap, "%s", value->i ? "true" : "false"); return;
    case KL_TYPE_NULL: snprintf(out, cap, "nil"); return;
    case KL_TYPE_NONE: snprintf(out, cap, "nothing"); return;
    case KL_TYPE_FLOAT: snprintf(out, cap, "%.17gf", value->f); return;
    case KL_TYPE_LONG: snprintf(out, cap, "%" PRId64 "L", value->i); return;
    default: snprintf(out, cap, "%" PRId64, value->i); return;
    }
}

static void tell(const char *name, const kl_value *args, size_t count)
{
    char one[512];
    size_t n = (size_t)snprintf(told, sizeof told, "%s(", name);
    for (size_t i = 0; i < count; i++) {
        show(one, sizeof one, &args[i]);
        n += (size_t)snprintf(told + n, sizeof told - n, "%s%s", i ? "," : "", one);
    }
    snprintf(told + n, sizeof told - n, ")");
}

static int stub(kl_ctx *c, const kl_value *args, kl_value *out)
{
    CHECK_INT(out->type, KL_TYPE_NULL);
    tell(c->row->name, args, c->row->nparams);
    *out = answer;
    return (int)answer.i;
}

/* Leaves rubbish in scratch, as functions do that make text. */
static int litter(kl_ctx *c, const kl_value *args, kl_value *out)
{
    char *text = arena_alloc(c->scratch, 3000);
    memset(text, 'x', 3000);
    value_str(out, span_of(text, args[0].i > 0 ? (size_t)args[0].i : 0));
    return 1;
}

static const kl_row stub_rows[] = {
    ROW("", "is_on", BOOL, stub),
    ROW("", "none0", NONE, stub),
    ROW("", "none1", NONE, stub, STR),
    ROW("t", "str", INT, stub, STR),
    ROW("t", "int", INT, stub, INT),
    ROW("t", "long", BOOL, stub, LONG),
    ROW("t", "get", XVAL, stub),
    ROW("t", "three", BOOL, stub, STR, INT, STR),
    ROW("t", "litter", XVAL, litter, INT),
    {"t",
     "six",
     KL_TYPE_INT,
     6,
     {KL_TYPE_STR, KL_TYPE_STR, KL_TYPE_STR, KL_TYPE_STR, KL_TYPE_STR, KL_TYPE_STR},
     KL_PHASE_ANY,
     stub,
     0,
     -1,
     0,
     NULL,
     NULL},
    {"t", "onsend", KL_TYPE_INT, 0, {0}, KL_PHASE_ONSEND | KL_PHASE_REPLY, stub, 0, -1, 0, NULL, NULL},
};

/* ---- Python */

static kl_status python_status; /* KL_EPYTHON: raise answer.s with token answer.i */
static int python_calls;
static bridge_host python = {.handle = &python};

kl_status kl_py_export(void *host, int slot, kl_msg *m, const kl_value *args, size_t count, kl_value *result)
{
    char name[16];
    CHECK(m == ctx.msg && host == &python);
    snprintf(name, sizeof name, "py%d", slot);
    tell(name, args, count);
    python_calls++;
    *result = answer;
    return python_status;
}

static char traced[2048]; /* one line a call */

void kl_py_trace(void *host, const char *module, const char *name, const kl_value *args, size_t count,
                 const kl_value *result, int depth, double microseconds, const char *script, int line)
{
    char kept[sizeof told], value[256] = "raised";
    CHECK(host == &python && microseconds >= 0);
    memcpy(kept, told, sizeof kept);
    tell(name, args, count);
    if (result) show(value, sizeof value, result);
    const size_t n = strlen(traced);
    snprintf(traced + n, sizeof traced - n, "%s.%s=%s depth %d at %s:%d\n", module, told, value, depth,
             script ? script : "-", line);
    memcpy(told, kept, sizeof kept);
}

static char explained[256];

size_t kl_py_explain(void *host, const char *path, char *out, size_t cap)
{
    CHECK(host == &python);
    snprintf(explained, sizeof explained, "%s", path);
    return (size_t)snprintf(out, cap, "%s is missing", path);
}

/* ---- runs */

static kl_span position(kl_ctx *c)
{
    char place[128];
    const size_t n = vm_position(((kl_vm *)c->vm)->L, place, sizeof place, NULL, NULL);
    return arena_copy(c->scratch, span_of(place, n));
}

CHECK_MAYBE_UNUSED static void add_rows(const kl_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) CHECK_INT(kemi_add(&table, &rows[i], NULL), KL_OK);
}

static void open_state(void)
{
    const vm_config config = {.instructions = 5000000, .memory = (size_t)16 << 20};
    alarm(120);
    vm = vm_new(&config, kemi_open, &table, &failure);
    if (!vm) {
        fprintf(stderr, "vm_new: %s\n", failure.text);
        exit(2);
    }
    vm->ctx = &ctx;
    ctx.vm = vm;
    ctx.host = &python;
    ctx.work = &vm->work;
    ctx.plain = ctx.phase;
    ctx.position = position;
    answer = (kl_value){.type = KL_TYPE_INT, .i = 1};
    python_status = KL_OK;
    python_calls = 0;
    told[0] = traced[0] = '\0';
}

CHECK_MAYBE_UNUSED static void kemi_test_open(void)
{
    scene_open(INVITE_TEXT);
    kemi_init(&table);
    add_rows(stub_rows, sizeof stub_rows / sizeof *stub_rows);
    open_state();
}

CHECK_MAYBE_UNUSED static void kemi_test_close(void)
{
    vm_free(vm);
    kemi_done(&table);
    scene_close();
}

/* The results of a chunk as text, separated by blanks: integers as 1, floats as 1.0, strings in quotes, tables by their
 * contents. */
CHECK_MAYBE_UNUSED static const char *eval(const char *code)
{
    static char text[2048];
    int results = 0;
    size_t n = 0;
    text[0] = '\0';
    const kl_status status = vm_run_string(vm, span_text(code), "=test", true, &results, &failure);
    if (status != KL_OK) {
        snprintf(text, sizeof text, "%s: %s", kl_status_name(status), failure.text);
        return text;
    }
    kl_arena arena;
    arena_init(&arena, 0);
    for (int i = 0; i < results; i++) {
        kl_value value;
        char one[512];
        CHECK(convert_any(vm->L, i - results, &arena, &value));
        show(one, sizeof one, &value);
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? " " : "", one);
    }
    arena_free(&arena);
    vm_pop(vm, results);
    return text;
}

/* The last log line since the previous call; "" when there is none. */
CHECK_MAYBE_UNUSED static const char *last_log(void)
{
    static char text[512];
    text[0] = '\0';
    for (size_t i = 0; i < effects.count; i++)
        if (effects.items[i].kind == KL_EFFECT_LOG)
            snprintf(text, sizeof text, "%.*s", (int)effects.items[i].data.n, effects.items[i].data.s);
    effects_clear(&effects);
    return text;
}

#endif
