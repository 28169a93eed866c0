/* rpc_values.h: what RPC commands of modules read their parameters with, and make their results of. */
#ifndef KL_MODULES_RPC_VALUES_H
#define KL_MODULES_RPC_VALUES_H

#include "modules.h"

/* Results of a module_rpc: a fault, or a text. `text` is static. */
int rpc_fault(kl_value *out, int code, const char *text);
int rpc_done(kl_value *out, const char *text);
static inline int rpc_no_memory(kl_value *out) { return rpc_fault(out, 500, "Internal error"); }

/* A parameter as text: numbers in decimal. .s NULL: there is none, or it is neither. */
kl_span rpc_text(kl_arena *arena, const kl_value *args, size_t count, size_t at);
/* A parameter as number: text that is none counts as 0. */
int64_t rpc_number(const kl_value *args, size_t count, size_t at);

/* One more entry of a list or, with a key, of a struct, behind *tail; NULL or false: memory ended. */
kl_value *rpc_add(kl_arena *arena, kl_item ***tail, const char *key);
bool rpc_add_text(kl_arena *arena, kl_item ***tail, const char *key, kl_span text);
bool rpc_add_number(kl_arena *arena, kl_item ***tail, const char *key, int64_t number);
bool rpc_add_value(kl_arena *arena, kl_item ***tail, const char *key, const kl_value *value);
/* A struct as the next entry; its own entries go to *inner. */
bool rpc_add_struct(kl_arena *arena, kl_item ***tail, const char *key, kl_item ***inner);

#endif
