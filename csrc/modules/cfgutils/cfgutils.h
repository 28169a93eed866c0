/* cfgutils.h: the parts of KSR.cfgutils. */
#ifndef KL_MODULES_CFGUTILS_H
#define KL_MODULES_CFGUTILS_H

#include "core/shared.h"
#include "modules/modules.h"

#define CFGUTILS_HASH 32 /* MD5 in hexadecimal */

typedef struct cfgutils_state {
    int initial_probability, initial_gflags;
    int lock_set_size;        /* 2 to it are the locks; 0: there are none */
    kl_span hash_file;        /* a path with a NUL behind it; .s NULL: none */
    char hash[CFGUTILS_HASH]; /* of the file when the engine started */
} cfgutils_state;

static inline cfgutils_state *cfgutils_state_of(kl_ctx *ctx) { return module_state(ctx, MOD_CFGUTILS); }

/* cfgutils/file.c: false when the file cannot be read. */
bool cfgutils_hash_file(const char *path, char out[CFGUTILS_HASH]);
/* cfgutils/rpc.c */
extern const module_command cfgutils_commands[];

#endif
