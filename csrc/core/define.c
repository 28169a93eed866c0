/* define.c: names of the configuration and their texts; few, so they are looked for one by one. */
#include "define.h"

#include "base/status.h"

struct core_define {
    kl_span name, text;
    core_define *next;
};

static bool is_name(kl_span name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!char_is(name.s[i], SPAN_ALPHA | SPAN_DIGIT) && name.s[i] != '_') return false;
    return name.n > 0;
}

static core_define *find(const kl_server *server, kl_span name)
{
    core_define *at = server->defines;
    while (at && !span_eq(at->name, name)) at = at->next;
    return at;
}

kl_status define_add(kl_server *server, kl_span name, kl_span text, kl_error *err)
{
    if (!is_name(name))
        return error_set(err, KL_EARG, "a name that is defined has letters, digits and _, not '%.*s'",
                         (int)(name.n > 64 ? 64 : name.n), name.n ? name.s : "");
    const kl_span copy = arena_copy(&server->arena, text.s ? text : SPAN(""));
    core_define *at = find(server, name);
    if (!at && (at = arena_zalloc(&server->arena, sizeof *at))) {
        at->name = arena_copy(&server->arena, name);
        if (at->name.s) {
            at->next = server->defines;
            server->defines = at;
        }
    }
    if (!at || !at->name.s || !copy.s) return error_set(err, KL_ENOMEM, "out of memory for a defined name");
    at->text = copy;
    return KL_OK;
}

kl_span define_text(const kl_server *server, kl_span name)
{
    const core_define *found = find(server, name);
    return found ? found->text : SPAN_NULL;
}
