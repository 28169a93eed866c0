#include "state.h"

#include "base/region/region.h"
#include "internals.h"

#define PRICED_BLOCK   1024 /* smaller ones are paid for by the instructions that make them */
#define BYTES_PER_STEP 64   /* what an instruction's time fills, about */

/* Lua collects all garbage and asks once more before it gives up; the note is of the last time. */
static void *refuse(kl_vm *vm, const void *block)
{
    vm->out_of_memory = true;
    if (vm->noting && !internals_is_stack(vm->L, block)) error_note(vm, vm->L, 0);
    return NULL;
}

void *memory_alloc(void *owner, void *block, size_t osize, size_t nsize)
{
    kl_vm *vm = owner;
    if (!block) osize = 0; /* else it is a type */
    if (nsize == 0) {
        vm->used -= osize;
        if (block) region_release(vm->region, block, osize);
        return NULL;
    }
    if (nsize > osize && KL_UNLIKELY(vm->used >= vm->limit || nsize - osize > vm->limit - vm->used))
        return refuse(vm, block);
    void *moved = block ? region_realloc(vm->region, block, osize, nsize) : region_alloc(vm->region, nsize);
    if (KL_UNLIKELY(!moved)) return refuse(vm, block);
    vm->used += nsize - osize; /* wraps around to a difference */
    if (vm->used > vm->peak) vm->peak = vm->used;
    if (nsize >= PRICED_BLOCK && nsize > osize) work_pay(&vm->work, nsize / BYTES_PER_STEP);
    return moved;
}

size_t vm_memory(const kl_vm *vm) { return vm->used; }
