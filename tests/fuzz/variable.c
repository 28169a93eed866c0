/* Any lines as names of pseudo-variables that are read and written, and as format strings. What a line starts with says
 * which:
 * "=text" is the value that later lines write, "#" writes a number, "-" unsets, "<" writes the value, "@" is a format,
 * and all else is read. */
#include "variables.h"

typedef struct session {
    variables v;
    kl_span value;
} session;

static void set_text(session *s, kl_span name)
{
    pv_value value;
    pv_str(&value, s->value);
    variables_set(&s->v, name, &value);
}

static void set_number(session *s, kl_span name)
{
    pv_value value;
    pv_int(&value, (int64_t)s->value.n - 2);
    variables_set(&s->v, name, &value);
}

static void unset(session *s, kl_span name)
{
    pv_value value;
    pv_null(&value);
    variables_set(&s->v, name, &value);
}

static void format(session *s, kl_span text)
{
    kl_span out;
    if (pv_format_span(&s->v.ctx, text, &out)) fuzz_touch(out);
}

static void line(session *s, kl_span text)
{
    const kl_span rest = text.n > 0 ? span_from(text, 1) : text;
    switch (text.n > 0 ? text.s[0] : '\0') {
    case '=': s->value = rest; break;
    case '<': set_text(s, rest); break;
    case '#': set_number(s, rest); break;
    case '-': unset(s, rest); break;
    case '@': format(s, rest); break;
    default: variables_get(&s->v, text); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, data + size};
    session s = {.value = SPAN("sip:carol@h.example;x=1")};
    variables_open(&s.v);
    for (int lines = 0; in.at < in.end && lines < 32; lines++) {
        const arena_mark mark = arena_save(&s.v.scratch);
        line(&s, fuzz_until(&in, '\n'));
        arena_rewind(&s.v.scratch, mark);
    }
    kl_span built;
    FUZZ_CHECK(kl_msg_build(s.v.ctx.msg, &built) == KL_OK);
    fuzz_touch(built);
    variables_close(&s.v);
    return 0;
}
