/* core.h: KSR.<function>, one file per topic. Private to them. */
#ifndef KL_MODULES_CORE_H
#define KL_MODULES_CORE_H

#include "modules/modules.h"

/* core/log.c */
int core_log(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_log_at(kl_ctx *ctx, const kl_value *args, kl_value *out); /* data: the level */
int core_set_drop(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_get_debug(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_route(kl_ctx *ctx, const kl_value *args, kl_value *out);
/* core/method.c */
int core_is_method(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_is_method_in(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_is_method_id(kl_ctx *ctx, const kl_value *args, kl_value *out); /* data: the id */
/* core/addr.c */
int core_is_transport(kl_ctx *ctx, const kl_value *args, kl_value *out); /* data: a set of 1 << kl_transport */
int core_to_transport(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_is_proto(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_is_family(kl_ctx *ctx, const kl_value *args, kl_value *out); /* data: 4 or 6 */
int core_to_family(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_is_src_port(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_is_dst_port(kl_ctx *ctx, const kl_value *args, kl_value *out);
/* core/myself.c */
int core_is_myself(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_is_myself_ruri(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_is_myself_duri(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_is_myself_nhuri(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_is_myself_furi(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_is_myself_turi(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_is_myself_suri(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_is_myself_srcip(kl_ctx *ctx, const kl_value *args, kl_value *out);
/* core/flags.c; data: what to do with the flag */
enum { CORE_FLAG_SET, CORE_FLAG_RESET, CORE_FLAG_IS_SET };
int core_flag(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_branch_flag(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_branch_flag_of(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_script_flag(kl_ctx *ctx, const kl_value *args, kl_value *out);
/* core/uri.c */
int core_seturi(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_setuser(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_sethost(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_setdsturi(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_resetdsturi(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_isdsturiset(kl_ctx *ctx, const kl_value *args, kl_value *out);
/* core/forward.c */
int core_forward(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_forward_uri(kl_ctx *ctx, const kl_value *args, kl_value *out);
/* data: SIP_MSG_FORCE_RPORT or SIP_MSG_ADD_LOCAL_RPORT */
int core_set_rport(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_set_advertised_address(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_set_advertised_port(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_set_forward_flag(kl_ctx *ctx, const kl_value *args, kl_value *out); /* data: KL_SEND_* */
int core_set_reply_flag(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_add_tcp_alias(kl_ctx *ctx, const kl_value *args, kl_value *out);
int core_add_tcp_alias_via(kl_ctx *ctx, const kl_value *args, kl_value *out);

#endif
