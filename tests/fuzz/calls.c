/* Any calls of KSR functions with any arguments on any message. Each call is a number that leads to a function, a byte
 * that may ask for one argument more or less, and the arguments; behind the calls comes the message. What is run is Lua
 * text: the way through the dispatcher is a script's own. */
#include "engine.h"

/* Texts that functions look for, beside those that the input spells out. */
static const char *const words[] = {"",
                                    "$ru",
                                    "$(hdr(Contact)[*])",
                                    "$xavp(x=>a)",
                                    "$xavp(x[0]=>b)",
                                    "$var(v)",
                                    "$avp(i:1)",
                                    "x",
                                    "a",
                                    "Contact",
                                    "X-Foo",
                                    "x-foo: v\r\n",
                                    "Route",
                                    "Via",
                                    "sip:carol@h.example:5062;lr",
                                    "<sip:c@h>;q=0.5",
                                    "udp:192.0.2.1:5060",
                                    "first",
                                    "198.51.100.7",
                                    "2001:db8::/32",
                                    "10.0.0.0/8",
                                    "INVITE|ACK",
                                    "application/sdp",
                                    "text/plain",
                                    "a=1;b=2",
                                    ".*",
                                    "/one/two/g",
                                    "^(a|b)*$",
                                    "tag",
                                    "path",
                                    "100rel",
                                    "lr",
                                    "e",
                                    "enc",
                                    "0.5",
                                    "12",
                                    "-1",
                                    "ERR",
                                    "m=audio",
                                    "a=rtpmap",
                                    "c=IN IP4",
                                    "8",
                                    "PCMA",
                                    "$ft",
                                    "$fu",
                                    "%s",
                                    "{s.len}"};

static void add_quoted(kl_buf *out, kl_span text)
{
    buf_addc(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        char escape[5];
        snprintf(escape, sizeof escape, "\\%03u", (unsigned)(unsigned char)text.s[i]);
        buf_add(out, span_of(escape, 4));
    }
    buf_addc(out, '"');
}

static void add_number(kl_buf *out, fuzz_input *in)
{
    static const char *const numbers[] = {"0",     "1",          "-1",          "2",          "31",  "32",   "255",
                                          "65536", "2147483647", "-2147483648", "4294967296", "1.5", "1e300"};
    const unsigned choice = fuzz_byte(in), count = sizeof numbers / sizeof *numbers;
    if (choice < count) buf_add(out, span_text(numbers[choice]));
    else buf_addi(out, (int)fuzz_number(in) - 256);
}

static void add_argument(kl_buf *out, kl_type type, fuzz_input *in)
{
    const unsigned choice = fuzz_byte(in);
    if (choice == 255) buf_add(out, SPAN("nil"));
    else if (choice == 254) buf_add(out, SPAN("{}"));
    else if (choice == 253) add_number(out, in);
    else if (choice == 252) buf_add(out, SPAN("string.rep('a', 70000)"));
    else if (choice == 251) buf_add(out, SPAN("true"));
    else if (type != KL_TYPE_STR && choice < 240) add_number(out, in);
    else if (choice < 128) add_quoted(out, span_text(words[choice % (sizeof words / sizeof *words)]));
    else add_quoted(out, fuzz_text(in));
}

/* A place on a ring of 65,536 for each name, so that a saved input means much the same when functions are added. */
static unsigned place_of(const char *module, const char *name)
{
    uint32_t hash = 2166136261u;
    for (const char *p = module; *p; p++) hash = (hash ^ (unsigned char)*p) * 16777619u;
    for (const char *p = name; *p; p++) hash = (hash ^ (unsigned char)*p) * 16777619u;
    return (hash ^ hash >> 16) & 0xffff;
}

static size_t row_behind(const kl_engine *engine, unsigned number)
{
    const char *module, *name;
    const kl_type *params;
    kl_type returns;
    size_t count, found = 0;
    unsigned nearest = 0x10000;
    int slot;
    for (size_t i = 0; kl_engine_row(engine, i, &module, &name, &returns, &params, &count, &slot) == KL_OK; i++) {
        const unsigned distance = (place_of(module, name) - number) & 0xffff;
        if (distance < nearest) nearest = distance, found = i;
    }
    return found;
}

static void add_call(kl_buf *out, const kl_engine *engine, fuzz_input *in)
{
    const char *module, *name;
    const kl_type *params;
    kl_type returns;
    size_t count;
    int slot;
    const unsigned number = fuzz_number(in);
    FUZZ_CHECK(kl_engine_row(engine, row_behind(engine, number), &module, &name, &returns, &params, &count, &slot) ==
               KL_OK);
    const unsigned form = fuzz_byte(in);
    buf_add(out, SPAN("pcall(KSR."));
    if (*module) {
        buf_add(out, span_text(module));
        buf_addc(out, '.');
    }
    buf_add(out, span_text(name));
    if (form >= 0xf0) count += form & 1 ? 1 : (size_t)-(count > 0); /* too many, too few */
    for (size_t i = 0; i < count; i++) {
        buf_add(out, SPAN(", "));
        add_argument(out, i < 6 ? params[i] : KL_TYPE_STR, in);
    }
    buf_add(out, SPAN(")\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, data + size};
    kl_engine *engine = engine_open();
    kl_msg *msg = kl_msg_new(engine_config.message_memory);
    kl_buf code;
    buf_init(&code);
    const unsigned count = fuzz_byte(&in);
    for (unsigned i = 0; i < count % 64; i++) add_call(&code, engine, &in);
    fuzz_parse(msg, fuzz_rest(&in), count & 128 ? KL_PROTO_TCP : KL_PROTO_UDP);
    engine_eval(engine, msg, buf_span(&code));
    engine_goes_on(engine, msg);
    engine_is_built(msg);
    buf_free(&code);
    kl_engine_free(engine);
    kl_msg_free(msg);
    return 0;
}
