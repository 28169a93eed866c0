/* Runs: everything that executes Lua goes through run_protected, and whatever may raise happens in a body that it
 * calls. */
#include "state.h"

#include <lauxlib.h>

#include "host.h"
#include "internals.h"

#define ENTRY_CALLS 20          /* of those that Lua lets C nest, beyond what a run within another one must find */
#define ENTRY_STACK (16 * 1024) /* of the C stack, beyond what is reserved, that a run must find */

/* A run within what the host does while it is asked whether to go on finds the state in the middle of an instruction.
 */
static bool enter(kl_vm *vm)
{
    if (KL_LIKELY(vm->depth == 0)) {
        vm->out_of_memory = false;
        if (KL_UNLIKELY(vm->gc_held)) vm_gc_release(vm->L);
        budget_arm(vm);
    } else if (vm->asking || internals_c_left(vm->L) < ENTRY_CALLS || !lua_checkstack(vm->L, LUA_MINSTACK))
        return false;
    if (KL_UNLIKELY((uintptr_t)__builtin_frame_address(0) < vm->work.stack + (vm->work.stack ? ENTRY_STACK : 0)))
        return false;
    vm->depth++;
    vm->place.where[0] = '\0';
    vm->place.line = 0;
    vm->traceback.n = 0;
    vm->origin.n = 0;
    return true;
}

/* The error value is on top. */
static kl_status failed(kl_vm *vm, const vm_run *run, int status, kl_error *err)
{
    if (!vm->over && run->exit_is_good && error_is_exit(vm->L, -1)) return KL_OK;
    return error_fill(vm, status, -1, err);
}

kl_status run_protected(kl_vm *vm, const vm_run *run, int *results, kl_error *err)
{
    lua_State *L = vm->L;
    const int top = lua_gettop(L);
    const bool outer = vm->noting;
    kl_status status = KL_OK;
    if (KL_UNLIKELY(!enter(vm)))
        return error_set(err, KL_EDEPTH,
                         vm->asking  ? "a script cannot run here"
                         : vm->depth ? "runs are nested too deeply for the C stack of this thread"
                                     : "too little is left of the C stack of this thread");
    vm->noting = err != NULL;
    lua_pushcfunction(L, error_handler);
    int raised = internals_pcall(L, run->body, run->request);
    vm->noting = outer;
    vm->depth--;
    if (KL_UNLIKELY(raised != LUA_OK || vm->over)) {
        if (raised == LUA_OK) lua_pushnil(L); /* the script caught what ended it */
        status = failed(vm, run, raised, err);
        lua_settop(L, top);
    } else if (run->keep) {
        lua_remove(L, top + 1);
    } else {
        lua_settop(L, top);
    }
    if (results) *results = lua_gettop(L) - top;
    KL_ASSERT(run->keep || lua_gettop(L) == top);
    return status;
}

/* ---- a function by name */

typedef struct call_request {
    kl_span function;
    const kl_span *args;
    size_t count;
    bool found;
} call_request;

void names_open(lua_State *L)
{
    kl_vm *vm = vm_of(L);
    for (int i = 0; i < VM_NAMES; i++) {
        lua_pushboolean(L, 0);
        vm->names[i].ref = luaL_ref(L, LUA_REGISTRYINDEX);
    }
}

static void push_name(lua_State *L, kl_span name)
{
    const size_t last = name.n ? (unsigned char)name.s[name.n - 1] : 0;
    vm_name *known = &vm_of(L)->names[(name.n + last) % VM_NAMES];
    if (KL_LIKELY(known->n == name.n && name.n && memcmp(known->text, name.s, name.n) == 0)) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, known->ref);
        return;
    }
    lua_pushlstring(L, name.s, name.n);
    if (name.n == 0 || name.n > sizeof known->text) return;
    lua_pushvalue(L, -1);
    lua_rawseti(L, LUA_REGISTRYINDEX, known->ref);
    memcpy(known->text, name.s, name.n);
    known->n = name.n;
}

static bool push_global(lua_State *L, kl_span name)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    push_name(L, name);
    lua_gettable(L, -2);
    return lua_isfunction(L, -1);
}

static void call_body(lua_State *L, void *arg)
{
    call_request *request = arg;
    if (!push_global(L, request->function)) return;
    request->found = true;
    if (KL_UNLIKELY(request->count > LUA_MINSTACK / 2)) luaL_checkstack(L, (int)request->count, NULL);
    for (size_t i = 0; i < request->count; i++) lua_pushlstring(L, request->args[i].s, request->args[i].n);
    lua_call(L, (int)request->count, 0);
}

/* An error of the lookup itself is one of a strict _G, which raises for names it does not know. */
kl_status vm_call(kl_vm *vm, kl_span function, const kl_span *args, size_t count, kl_error *err)
{
    call_request request = {.function = function, .args = args, .count = count};
    const vm_run run = {.body = call_body, .request = &request, .exit_is_good = true};
    kl_status status = run_protected(vm, &run, NULL, err);
    return KL_LIKELY(request.found) || (status != KL_OK && status != KL_ERUN) ? status : KL_ENOENT;
}

static void find_body(lua_State *L, void *arg)
{
    call_request *request = arg;
    request->found = push_global(L, request->function);
}

bool vm_has_function(kl_vm *vm, kl_span function)
{
    call_request request = {.function = function};
    const vm_run run = {.body = find_body, .request = &request};
    return run_protected(vm, &run, NULL, NULL) == KL_OK && request.found;
}

/* ---- chunks */

typedef struct chunk_request {
    kl_span text; /* .s NULL: read the file */
    kl_span path;
    const char *name;
    bool keep;
    kl_error *err;
    kl_status status; /* of loading */
} chunk_request;

kl_status load_text(lua_State *L, kl_span text, const char *name, kl_error *err)
{
    kl_vm *vm = vm_of(L);
    int status = luaL_loadbufferx(L, text.s ? text.s : "", text.n, name, libs_mode(vm));
    if (status == LUA_OK) return KL_OK;
    kl_status kind = error_fill_load(vm, status, name, err);
    lua_pop(L, 1);
    return kind;
}

kl_status load_file(lua_State *L, kl_span path, kl_error *err)
{
    kl_vm *vm = vm_of(L);
    const char *file = lua_pushlstring(L, path.s, path.n);
    const char *chunk = lua_pushfstring(L, "@%s", file);
    int status = host_load(L, file, libs_mode(vm));
    kl_status kind = status == LUA_OK ? KL_OK : error_fill_load(vm, status, chunk, err);
    if (kind == KL_OK) lua_replace(L, -3);
    lua_pop(L, kind == KL_OK ? 1 : 3);
    return kind;
}

static void chunk_body(lua_State *L, void *arg)
{
    chunk_request *request = arg;
    request->status = request->text.s ? load_text(L, request->text, request->name, request->err)
                                      : load_file(L, request->path, request->err);
    if (request->status == KL_OK) lua_call(L, 0, request->keep ? LUA_MULTRET : 0);
}

static kl_status run_chunk(kl_vm *vm, chunk_request *request, int *results, kl_error *err)
{
    const vm_run run = {.body = chunk_body, .request = request, .keep = request->keep, .exit_is_good = request->keep};
    request->err = err;
    kl_status status = run_protected(vm, &run, results, err);
    return status != KL_OK ? status : request->status;
}

kl_status vm_run_string(kl_vm *vm, kl_span code, const char *name, bool keep, int *results, kl_error *err)
{
    if (!code.s) code = SPAN("");
    chunk_request request = {.text = code, .name = name, .keep = keep};
    return run_chunk(vm, &request, results, err);
}

kl_status vm_run_file(kl_vm *vm, kl_span path, kl_error *err)
{
    chunk_request request = {.path = path};
    return run_chunk(vm, &request, NULL, err);
}

void vm_pop(kl_vm *vm, int results) { lua_pop(vm->L, results); }

/* ---- a function of ours */

kl_status vm_protect(kl_vm *vm, void (*fn)(lua_State *L, void *arg), void *arg, kl_error *err)
{
    const vm_run run = {.body = fn, .request = arg};
    if (!lua_checkstack(vm->L, LUA_MINSTACK + 1)) return error_set(err, KL_EMEMORY, "not enough memory");
    return run_protected(vm, &run, NULL, err);
}
