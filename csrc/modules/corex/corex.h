/* corex.h: KSR.corex.*, in files by topic. Private to them. */
#ifndef KL_MODULES_COREX_H
#define KL_MODULES_COREX_H

#include "modules/modules.h"

typedef struct corex_state {
    kl_buf file; /* what file_read read last */
} corex_state;

/* corex/branch.c */
int corex_append_branch(kl_ctx *ctx, const kl_value *args, kl_value *out);
int corex_append_branch_uri(kl_ctx *ctx, const kl_value *args, kl_value *out);
int corex_append_branch_uri_q(kl_ctx *ctx, const kl_value *args, kl_value *out);
/* corex/socket.c */
int corex_set_send_socket(kl_ctx *ctx, const kl_value *args, kl_value *out);
int corex_set_send_socket_name(kl_ctx *ctx, const kl_value *args, kl_value *out);
int corex_set_recv_socket(kl_ctx *ctx, const kl_value *args, kl_value *out);
int corex_set_recv_socket_name(kl_ctx *ctx, const kl_value *args, kl_value *out);
int corex_is_socket_name(kl_ctx *ctx, const kl_value *args, kl_value *out);
int corex_set_source_address(kl_ctx *ctx, const kl_value *args, kl_value *out);
int corex_send_data(kl_ctx *ctx, const kl_value *args, kl_value *out);
int corex_sendx(kl_ctx *ctx, const kl_value *args, kl_value *out);
/* corex/variables.c */
extern const struct pv_table corex_variables;
/* corex/file.c */
int corex_file_read(kl_ctx *ctx, const kl_value *args, kl_value *out);
int corex_file_write(kl_ctx *ctx, const kl_value *args, kl_value *out);

#endif
