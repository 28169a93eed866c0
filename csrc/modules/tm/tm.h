/* tm.h: what the files of KSR.tm share. */
#ifndef KL_MODULES_TM_H
#define KL_MODULES_TM_H

#include "modules/modules.h"
#include "tm/internal.h"

/* The transaction of the message, looked for; NULL: there is none. */
tm_cell *ksr_tm_cell(kl_ctx *ctx);
/* $T_reply_code; 0: none. */
int ksr_tm_status(kl_ctx *ctx);
/* $T_branch_idx; -1: none. */
int ksr_tm_branch_index(kl_ctx *ctx);

extern const module_command tm_commands[]; /* tm_rpc.c */

#endif
