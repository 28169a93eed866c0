#include "bridge.h"
#include "kemi.h"
#include "vm/native.h"

#include <lauxlib.h>

#define MAX_ARGUMENTS 6    /* that a call may have, wanted or not, as in Kamailio */
#define MAX_TOLD      16   /* arguments of a refused call that --trace shows */
#define MAX_RAISED    1000 /* bytes of an exception's text that reach the script */
#define PYTHON_PRICE  40
#define PYTHON_STACK  ((uintptr_t)32 * 1024) /* of the C stack, beyond what is reserved, that Python must find */

static inline int call_native(kl_ctx *ctx, const kl_row *row, const kl_value *args, kl_value *out)
{
    out->type = KL_TYPE_NULL;
    ctx->row = row;
    log_begin_call(ctx);
    return row->fn(ctx, args, out);
}

/* ---- the long way: all that a call may be refused for, Python without its fast lane, calls that are watched */

static int most_arguments(const kl_row *row)
{
    if (!row->fn && row->flags & KL_EXPORT_REST) return KL_EXPORT_MAX_ARGUMENTS;
    return row->nparams > MAX_ARGUMENTS ? row->nparams : MAX_ARGUMENTS;
}

static const char *refusal(const kl_ctx *ctx, const kl_row *row, int count)
{
    if (!ctx->msg && (row->fn || !(row->flags & KL_EXPORT_ANYWHERE))) return "there is no message here";
    if (count > most_arguments(row)) return "too many parameters";
    if (row->nparams == 0 && count > 0 && !(row->flags & KL_EXPORT_REST)) return "takes no parameters";
    if (count < row->nparams - row_optional(row)) return "not enough parameters";
    if (!(row->phases & ctx->phase)) return "not allowed in this route";
    return NULL;
}

/* All that was given, wanted or not; what is too deep or too large is nil. */
static void tell_refused(lua_State *L, kl_ctx *ctx, const kl_row *row)
{
    const kl_value answer = {.type = KL_TYPE_BOOL};
    const int given = lua_gettop(L), count = given < MAX_TOLD ? given : MAX_TOLD;
    kl_value args[MAX_TOLD];
    for (int i = 0; i < count; i++)
        if (!convert_any(L, i + 1, ctx->scratch, &args[i])) args[i] = (kl_value){.type = KL_TYPE_NULL};
    kemi_told(L, ctx, row, args, (size_t)count, &answer, 0);
}

static int refuse(lua_State *L, kl_ctx *ctx, const kl_row *row, const char *why)
{
    const arena_mark mark = arena_save(ctx->scratch);
    ctx->row = row;
    log_begin_call(ctx);
    ctx_misuse(ctx, KL_LOG_ERR, "KSR.%s%s%s: %s", row->module, row->module[0] ? "." : "", row->name, why);
    if (vm_of(L)->slow & VM_SLOW_TRACE) tell_refused(L, ctx, row);
    arena_rewind(ctx->scratch, mark);
    lua_pushboolean(L, 0);
    return 1;
}

/* Kamailio ignores them, and says nothing. */
static void note_surplus(kl_ctx *ctx, const kl_row *row, int count)
{
    const arena_mark mark = arena_save(ctx->scratch);
    ctx->row = row;
    log_begin_call(ctx);
    ctx_misuse(ctx, MISUSE_SILENT, "too many parameters: %d, of which it takes %d", count, row->nparams);
    arena_rewind(ctx->scratch, mark);
}

static bool read_args(lua_State *L, kl_ctx *ctx, const kl_row *row, int count, kl_value *args)
{
    const kl_type *types = row_types(row);
    for (int i = 0; i < count; i++) {
        const kl_type type = types[i < row->nparams ? i : row->nparams];
        if (type != KL_TYPE_XVAL) convert_arg(L, i + 1, type, &args[i]);
        else if (!convert_any(L, i + 1, ctx->scratch, &args[i])) return false;
    }
    return true;
}

kl_status kemi_invoke(kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, kl_value *result,
                      lua_State *L)
{
    const kl_row *before = ctx->row;
    kl_status status = KL_OK;
    if (row->fn) {
        convert_result(row, call_native(ctx, row, args, result), result);
    } else {
        ctx->row = row;
        log_begin_call(ctx);
        result->type = KL_TYPE_NULL;
        status = bridge_call(ctx, row, args, count, result, L);
        if (status == KL_OK && row->returns != KL_TYPE_XVAL) result->type = row->returns;
        if (status == KL_OK && row->returns == KL_TYPE_NONE) convert_result(row, 0, result);
    }
    ctx->row = before;
    return status;
}

/* The text goes through the C stack, since nothing after the throw can give scratch memory back. */
void kemi_raise(lua_State *L, kl_ctx *ctx, arena_mark mark, const kl_value *raised)
{
    char text[MAX_RAISED];
    const size_t n = raised->s.n < sizeof text ? raised->s.n : sizeof text;
    if (n) memcpy(text, raised->s.s, n);
    const int64_t token = raised->i;
    arena_rewind(ctx->scratch, mark);
    vm_raise_python(L, span_of(text, n), token);
}

bool kemi_room_for_python(kl_vm *vm)
{
    vm_pay(vm, PYTHON_PRICE);
    return !vm->work.stack || (uintptr_t)__builtin_frame_address(0) >= vm->work.stack + PYTHON_STACK;
}

/* The end of a call that has used scratch, or asked a variable of the host program that raised. */
__attribute__((noinline)) void kemi_settle(lua_State *L, kl_ctx *ctx, arena_mark mark)
{
    const kl_value *raised = ctx->raised;
    ctx->raised = NULL;
    if (raised) kemi_raise(L, ctx, mark, raised);
    arena_rewind(ctx->scratch, mark);
}

/* Out of line, so that the short way stays short. */
__attribute__((noinline)) static int dispatch_long(lua_State *L, kl_vm *vm, kl_ctx *ctx, const kl_row *row, int count)
{
    if (!ctx) { /* a finalizer in a state that is being closed: nobody to tell */
        lua_pushboolean(L, 0);
        return 1;
    }
    if (KL_UNLIKELY(vm_pay(vm, vm->price))) vm_look(L);
    const char *why = refusal(ctx, row, count);
    if (why) return refuse(L, ctx, row, why);
    if (KL_UNLIKELY(count > row->nparams && !(row->flags & KL_EXPORT_REST))) {
        note_surplus(ctx, row, count);
        count = row->nparams;
    }
    kl_value few[KL_MAX_PARAMS], result;
    const arena_mark mark = arena_save(ctx->scratch);
    if (!row->fn && !kemi_room_for_python(vm)) return luaL_error(L, "C stack overflow");
    kl_value *args = count <= KL_MAX_PARAMS ? few : arena_alloc(ctx->scratch, (size_t)count * sizeof *args);
    if (!args || !read_args(L, ctx, row, count, args)) {
        arena_rewind(ctx->scratch, mark);
        return refuse(L, ctx, row, "a parameter is too deep or too large");
    }
    const double start = vm->slow ? kemi_now_us() : 0;
    const kl_status status = kemi_invoke(ctx, row, args, (size_t)count, &result, vm->slow ? NULL : L);
    const double end = vm->slow ? kemi_now_us() : 0;
    const int pushed = status != KL_OK ? 0 : result.type == BRIDGE_PUSHED ? 1 : convert_push_value(L, &result);
    if (KL_UNLIKELY(vm->slow))
        kemi_told(L, ctx, row, args, (size_t)count, status == KL_OK ? &result : NULL, end - start);
    if (!row->fn) vm_tick(vm);
    if (KL_UNLIKELY(vm->over != VM_GOES_ON)) vm_look(L);
    if (KL_UNLIKELY(status == KL_EPYTHON)) kemi_raise(L, ctx, mark, &result);
    if (ctx->scratch->used != mark.used || ctx->raised) kemi_settle(L, ctx, mark);
    if (KL_UNLIKELY(status != KL_OK)) return lua_error(L);
    if (result.type >= KL_TYPE_ARRAY && result.type <= BRIDGE_PUSHED) vm_collect_due(L);
    return pushed;
}

/* ---- the short way: by far most calls, so nothing here is asked twice */

/* A run with a message, in a route that the row allows, unwatched, with work left. */
static inline bool is_plain(kl_vm *vm, const kl_ctx *ctx, const kl_row *row)
{
    return KL_LIKELY(ctx && (row->phases & ctx->plain) && !vm_pay(vm, vm->price));
}

/* What a result is, as a value that can be put without pushing anything. False: a table, or a number with a fraction.
 */
static inline bool give(lua_State *L, int base, const kl_row *row, int result, const kl_value *value)
{
    switch (row->returns) {
    case KL_TYPE_BOOL: native_give_boolean(L, base, result != 0); return true;
    case KL_TYPE_INT: native_give_integer(L, base, result); return true;
    case KL_TYPE_XVAL: break;
    default: return false;
    }
    switch (value->type) {
    case KL_TYPE_STR: native_give_text(L, base, value->s.s ? value->s.s : "", value->s.n); return true;
    case KL_TYPE_INT: native_give_integer(L, base, value->i); return true;
    case KL_TYPE_NULL: native_give_nil(L, base); return true;
    default: return false;
    }
}

static int give_rest(lua_State *L, int base, const kl_row *row, int result, const kl_value *value)
{
    if (!native_room(L, LUA_MINSTACK)) return luaL_error(L, "stack overflow");
    const int pushed = convert_push(L, row, result, value);
    if (pushed) native_give_top(L, base);
    return pushed;
}

/* The short way; what the long one would read otherwise is left to it. */
static int dispatch_short(lua_State *L, const void *what, int base, int count)
{
    const kl_row *row = what;
    kl_vm *vm = vm_of(L);
    kl_ctx *ctx = vm->ctx;
    if (KL_UNLIKELY(!row->fn || count != row->nparams || !is_plain(vm, ctx, row))) return NATIVE_REFUSED;
    kl_value args[KL_MAX_PARAMS], out;
    for (int i = 0; i < count; i++) {
        args[i].type = row->params[i];
        if (KL_UNLIKELY(row->params[i] != KL_TYPE_STR)) convert_arg(L, base + 1 + i, row->params[i], &args[i]);
        else if (KL_UNLIKELY(!native_text(L, base + 1 + i, &args[i].s) || args[i].s.n >= CONVERT_LONG_TEXT))
            return NATIVE_REFUSED;
    }
    const arena_mark mark = arena_save(ctx->scratch);
    const int result = call_native(ctx, row, args, &out),
              results = give(L, base, row, result, &out) ? 1 : give_rest(L, base, row, result, &out);
    if (KL_UNLIKELY(ctx->scratch->used != mark.used || ctx->raised)) kemi_settle(L, ctx, mark);
    return results;
}

/* With a frame of its own. */
static int dispatch_framed(lua_State *L, const void *what)
{
    const kl_row *row = what;
    kl_vm *vm = vm_of(L);
    kl_ctx *ctx = vm->ctx;
    const int count = lua_gettop(L);
    if (KL_UNLIKELY(!row->fn || count != row->nparams || !is_plain(vm, ctx, row)))
        return dispatch_long(L, vm, ctx, row, count);
    kl_value args[KL_MAX_PARAMS], out;
    for (int i = 0; i < count; i++) convert_arg(L, i + 1, row->params[i], &args[i]);
    const arena_mark mark = arena_save(ctx->scratch);
    const int result = call_native(ctx, row, args, &out);
    int pushed = 1;
    if (row->returns == KL_TYPE_XVAL && out.type == KL_TYPE_STR) native_push_text(L, out.s.s ? out.s.s : "", out.s.n);
    else pushed = convert_push(L, row, result, &out);
    if (KL_UNLIKELY(ctx->scratch->used != mark.used || ctx->raised)) kemi_settle(L, ctx, mark);
    return pushed;
}

void kemi_push_function(lua_State *L, const kl_row *row)
{
    vm_of(L)->native_short = dispatch_short;
    vm_of(L)->native_long = dispatch_framed;
    native_push(L, row);
}
