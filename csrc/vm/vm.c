/* A state's beginning and end. */
#include "state.h"

#include "internals.h"

#define TRACEBACK_SIZE 4096

typedef struct setup_request {
    void (*setup)(lua_State *L, void *arg);
    void *arg;
} setup_request;

static void set_up(lua_State *L, void *arg)
{
    const setup_request *request = arg;
    error_open(L);
    names_open(L);
    native_open(L);
    libs_open(L);
    if (request->setup) request->setup(L, request->arg);
}

/* All in the region, so that it can be rewound (rewind.c). The first block is zeros: much of kl_vm is not touched
 * before a script runs. */
static kl_vm *make_state(const vm_config *config)
{
    kl_region *region = region_new();
    kl_vm *vm = region ? region_alloc(region, sizeof *vm) : NULL;
    char *traceback = vm ? region_alloc(region, TRACEBACK_SIZE) : NULL;
    if (traceback) {
        vm->region = region;
        vm->config = *config;
        vm->limit = SIZE_MAX;
        vm->traceback = (kl_buf){.s = traceback, .cap = TRACEBACK_SIZE};
        vm->L = lua_newstate(memory_alloc, vm);
        if (vm->L) {
            *(kl_vm **)lua_getextraspace(vm->L) = vm;
            return vm;
        }
    }
    region_free(region);
    return NULL;
}

/* No panic function: nothing outside of a protected call raises, as tests/c/vm/test_memory.c shows by failing each
 * allocation in turn. Warnings, which is what errors of finalizers become, go nowhere. */
kl_vm *vm_new(const vm_config *config, void (*setup)(lua_State *L, void *arg), void *arg, kl_error *err)
{
    kl_vm *vm = make_state(config);
    setup_request request = {setup, arg};
    if (!vm) {
        error_set(err, KL_ENOMEM, "out of memory for a Lua state");
        return NULL;
    }
    if (vm_protect(vm, set_up, &request, err) != KL_OK) {
        if (err) err->traceback = SPAN_NULL; /* it goes with the state */
        vm_free(vm);
        return NULL;
    }
    lua_gc(vm->L, LUA_GCCOLLECT);
    vm->baseline = vm->peak = vm->used;
    if (config->memory) vm->limit = config->memory > SIZE_MAX - vm->baseline ? SIZE_MAX : vm->baseline + config->memory;
    return vm;
}

/* Finalizers have a budget of their own. */
void vm_free(kl_vm *vm)
{
    if (!vm) return;
    KL_ASSERT(vm->depth == 0);
    vm->ctx = NULL;
    budget_arm(vm);
    lua_close(vm->L);
    region_free(vm->region);
}

bool vm_gc_hold(lua_State *L)
{
    if (!lua_gc(L, LUA_GCISRUNNING)) return false;
    vm_of(L)->gc_before = internals_gc_hold(L);
    return vm_of(L)->gc_held = true;
}

void vm_gc_release(lua_State *L)
{
    vm_of(L)->gc_held = false;
    internals_gc_release(L, vm_of(L)->gc_before);
}
