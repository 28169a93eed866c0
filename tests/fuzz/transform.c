/* A line, "{s.upper}{...}", on any text behind it: what comes out of $(var(t){...}) can be read to its end, and is the
 * same when read again. */
#include "variables.h"

#include "pv/transform/tr.h"

static void set(variables *v, const char *name, kl_span text)
{
    pv_value value;
    pv_str(&value, text);
    variables_set(v, span_text(name), &value);
}

static bool read(variables *v, kl_span name, pv_value *out)
{
    const pv_spec *spec = pv_lookup(&v->ctx, name);
    return spec && pv_get(&v->ctx, spec, out);
}

static void reads_the_same(variables *v, kl_span name)
{
    pv_value once, again;
    const bool done = read(v, name, &once);
    FUZZ_CHECK(read(v, name, &again) == done);
    if (!done) return;
    variables_touch(v, &once);
    FUZZ_CHECK(once.flags == again.flags && span_eq(pv_text(&v->ctx, &once), pv_text(&v->ctx, &again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, data + size};
    variables v;
    kl_buf name;
    variables_open(&v);
    buf_init(&name);
    buf_add(&name, SPAN("$(var(t)"));
    buf_add(&name, fuzz_until(&in, '\n'));
    buf_add(&name, SPAN(")"));
    set(&v, "$var(t)", fuzz_rest(&in));
    set(&v, "$var(n)", SPAN("2"));
    set(&v, "$var(d)", SPAN(","));
    reads_the_same(&v, buf_span(&name));
    buf_free(&name);
    variables_close(&v);
    return 0;
}
