/* tm_rpc.h: commands of tm that stand in files of their own. */
#ifndef KL_MODULES_TM_RPC_H
#define KL_MODULES_TM_RPC_H

#include "modules/modules.h"

/* ---- uac_rpc.c: what sends a request. FORM(name, mode, flags of it, what it does beside sending) */
#define RPC_UAC_FORMS(FORM)                                                                                            \
    FORM(t_uac_start, START, 0, "")                                                                                    \
    FORM(t_uac_start_hex, START, HEX, RPC_UAC_HEX)                                                                     \
    FORM(t_uac_start_noack, START, NO_ACK, RPC_UAC_NO_ACK)                                                             \
    FORM(t_uac_start_noack_hex, START, HEX | NO_ACK, RPC_UAC_HEX RPC_UAC_NO_ACK)                                       \
    FORM(t_uac_wait, WAIT, 0, RPC_UAC_REPLY)                                                                           \
    FORM(t_uac_wait_hex, WAIT, HEX, RPC_UAC_HEX RPC_UAC_REPLY)                                                         \
    FORM(t_uac_wait_noack, WAIT, NO_ACK, RPC_UAC_NO_ACK RPC_UAC_REPLY)                                                 \
    FORM(t_uac_wait_noack_hex, WAIT, HEX | NO_ACK, RPC_UAC_HEX RPC_UAC_NO_ACK RPC_UAC_REPLY)                           \
    FORM(t_uac_wait_block, BLOCK, 0, RPC_UAC_STATUS)                                                                   \
    FORM(t_uac_wait_block_hex, BLOCK, HEX, RPC_UAC_HEX RPC_UAC_STATUS)                                                 \
    FORM(t_uac_wait_block_noack, BLOCK, NO_ACK, RPC_UAC_NO_ACK RPC_UAC_STATUS)                                         \
    FORM(t_uac_wait_block_noack_hex, BLOCK, HEX | NO_ACK, RPC_UAC_HEX RPC_UAC_NO_ACK RPC_UAC_STATUS)
#define RPC_UAC_HEX    "; BODY is in hexadecimal digits"
#define RPC_UAC_NO_ACK "; a 2xx gets no ACK"
#define RPC_UAC_REPLY  "; the reply's code, reason, dialog (target, next hop, Routes), and the rest of it"
#define RPC_UAC_STATUS "; the reply's code and text"

#define RPC_UAC_DECLARE(name, mode, flags, does)                                                                       \
    int rpc_##name(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out);
RPC_UAC_FORMS(RPC_UAC_DECLARE)
#undef RPC_UAC_DECLARE
int rpc_t_uac_attrs(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out);

#endif
