/* vm_test.h: a state and ways to run in it, for the programs of this folder. */
#ifndef TESTS_C_VM_TEST_H
#define TESTS_C_VM_TEST_H

#include <lauxlib.h>
#include <lua.h>

#include "base/mem.h"
#include "check.h"
#include "vm/script.h"
#include "vm/vm.h"

#define BUDGET 2000000
#define MEMORY ((size_t)16 << 20)

static const vm_config limited = {.instructions = BUDGET, .memory = MEMORY, .libraries = KL_LIBS_FULL};
static const vm_config limited_safe = {.instructions = BUDGET, .memory = MEMORY, .libraries = KL_LIBS_SAFE};
static const vm_config unlimited = {.libraries = KL_LIBS_FULL};

/* A test that hangs is ended by the alarm. */
CHECK_MAYBE_UNUSED static kl_vm *open_vm(const vm_config *config)
{
    kl_error err;
    alarm(120);
    kl_vm *vm = vm_new(config, NULL, NULL, &err);
    if (!vm) {
        fprintf(stderr, "vm_new: %s\n", err.text);
        exit(2);
    }
    return vm;
}

CHECK_MAYBE_UNUSED static kl_status run(kl_vm *vm, const char *code, kl_error *err)
{
    int top = lua_gettop(vm->L);
    kl_status status = vm_run_string(vm, span_text(code), "=test", false, NULL, err);
    CHECK_INT(lua_gettop(vm->L), top);
    return status;
}

/* The chunk's first result as tostring has it; "" when it returned nothing or failed (which fails the test). Good until
 * the next one. */
CHECK_MAYBE_UNUSED static const char *eval(kl_vm *vm, const char *code)
{
    static char text[2048];
    kl_error err;
    int results = 0, top = lua_gettop(vm->L);
    text[0] = '\0';
    kl_status status = vm_run_string(vm, span_text(code), "=test", true, &results, &err);
    if (!check_int(status, KL_OK, code, __FILE__, __LINE__)) {
        printf("    %s\n", err.text);
        return text;
    }
    if (results) {
        luaL_tolstring(vm->L, -results, NULL);
        snprintf(text, sizeof text, "%s", lua_tostring(vm->L, -1));
        lua_pop(vm->L, 1);
    }
    vm_pop(vm, results);
    CHECK_INT(lua_gettop(vm->L), top);
    return text;
}

CHECK_MAYBE_UNUSED static kl_status call(kl_vm *vm, const char *function, kl_error *err)
{
    return vm_call(vm, span_text(function), NULL, 0, err);
}

#endif
