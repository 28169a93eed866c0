/* tm_rpc.h: commands of tm that stand in files of their own. */
#ifndef KL_MODULES_TM_RPC_H
#define KL_MODULES_TM_RPC_H

#include "modules/modules.h"

/* ---- uac_rpc.c */
int rpc_uac_start(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out);
int rpc_uac_start_hex(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out);
int rpc_uac_start_noack(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out);
int rpc_uac_start_noack_hex(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena,
                            kl_value *out);

#endif
