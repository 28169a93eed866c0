/* rewind.c: a state back to what it was. All of it, kl_vm too, lies in its region; what Lua's libraries in C have
 * outside of that cannot be copied, and is looked for here. */
#include "state.h"

#include <lauxlib.h>
#include <stdio.h>

#include "internals.h"

static kl_status refuse(kl_error *err, const char *what)
{
    return error_set(err, KL_EBUSY, "%s cannot be copied: a new state has to be made", what);
}

/* The standard ones are open at all times, and closing them does nothing. */
static bool is_open_file(const void *userdata)
{
    const luaL_Stream *stream = userdata;
    return stream->closef && stream->f != stdin && stream->f != stdout && stream->f != stderr;
}

typedef struct file_request {
    bool all; /* of its userdata, also what has lost its finalizer */
    bool found;
} file_request;

static void find_open_file(lua_State *L, void *arg)
{
    file_request *request = arg;
    if (luaL_getmetatable(L, LUA_FILEHANDLE) == LUA_TTABLE)
        request->found = internals_any_userdata(L, request->all, is_open_file);
}

static kl_status check(kl_vm *vm, bool all, kl_error *err)
{
    file_request request = {.all = all};
    if (vm->depth) return error_set(err, KL_EDEPTH, "a script is running");
    if (vm->config.openlib_count || vm->has_clib) return refuse(err, "a library in C that is loaded");
    const kl_status status = vm_protect(vm, find_open_file, &request, err);
    if (status != KL_OK) return status;
    return request.found ? refuse(err, "a file that is open") : KL_OK;
}

kl_status vm_mark(kl_vm *vm, kl_error *err)
{
    const kl_status status = check(vm, true, err);
    if (status != KL_OK) return status;
    vm_unmark(vm);
    return region_mark(vm->region) ? KL_OK : error_set(err, KL_ENOMEM, "out of memory for the copy of a Lua state");
}

void vm_unmark(kl_vm *vm)
{
    if (region_is_marked(vm->region)) region_unmark(vm->region);
}

kl_status vm_check_rewind(kl_vm *vm, kl_error *err)
{
    if (!region_is_marked(vm->region)) return error_set(err, KL_EARG, "the state has not been marked");
    return check(vm, false, err);
}

/* Whether calls are watched is the host's, and stays. */
void vm_rewind_checked(kl_vm *vm)
{
    const unsigned slow = vm->slow;
    region_rewind(vm->region);
    vm->slow = slow;
}

kl_status vm_rewind(kl_vm *vm, kl_error *err)
{
    const kl_status status = vm_check_rewind(vm, err);
    if (status == KL_OK) vm_rewind_checked(vm);
    return status;
}
