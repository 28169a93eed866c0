/* origin.h: where a nil came from that a script indexed or called. */
#ifndef KL_VM_ORIGIN_H
#define KL_VM_ORIGIN_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct vm_origin { /* of a nil that a script indexed or called */
    /* the table that `path` begins in (lua_topointer); NULL: the globals, or see is_local */
    const void *root;
    char path[128]; /* "KSR.tm" */
    size_t n;
    bool is_local; /* the name of a local variable of an outer function, and nothing before it */
} vm_origin;

/* For a message handler: what it was that the function below it indexed or called although it is nil. False where that
 * was not the error, or cannot be told. */
bool origin_of_nil(lua_State *L, vm_origin *out);

#endif
