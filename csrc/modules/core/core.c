/* core.c: the table of KSR.<function>. */
#include "core.h"

#define VIA(proto) (1 << KL_PROTO_##proto)

static const kl_row rows[] = {
    ROW_WITH("", "add_local_rport", BOOL, core_set_rport, SIP_MSG_ADD_LOCAL_RPORT),
    ROW("", "add_tcp_alias", INT, core_add_tcp_alias, INT),
    ROW("", "add_tcp_alias_via", INT, core_add_tcp_alias_via),
    ROW_WITH("", "crit", NONE, core_log_at, KL_LOG_CRIT, STR),
    ROW_WITH("", "dbg", NONE, core_log_at, KL_LOG_DBG, STR),
    ROW_WITH("", "err", NONE, core_log_at, KL_LOG_ERR, STR),
    ROW_WITH("", "force_rport", BOOL, core_set_rport, SIP_MSG_FORCE_RPORT),
    ROW("", "forward", INT, core_forward),
    ROW("", "forward_uri", INT, core_forward_uri, STR),
    ROW("", "get_debug", INT, core_get_debug),
    ROW_WITH("", "info", NONE, core_log_at, KL_LOG_INFO, STR),
    ROW_WITH("", "is_ACK", BOOL, core_is_method_id, SIP_ACK),
    ROW_WITH("", "is_BYE", BOOL, core_is_method_id, SIP_BYE),
    ROW_WITH("", "is_CANCEL", BOOL, core_is_method_id, SIP_CANCEL),
    ROW_WITH("", "is_DELETE", BOOL, core_is_method_id, SIP_DELETE),
    ROW_WITH("", "is_GET", BOOL, core_is_method_id, SIP_GET),
    ROW_WITH("", "is_INFO", BOOL, core_is_method_id, SIP_INFO),
    ROW_WITH("", "is_INVITE", BOOL, core_is_method_id, SIP_INVITE),
    ROW_WITH("", "is_IPv4", BOOL, core_is_family, 4),
    ROW_WITH("", "is_IPv6", BOOL, core_is_family, 6),
    ROW_WITH("", "is_KDMQ", BOOL, core_is_method_id, SIP_KDMQ),
    ROW_WITH("", "is_MESSAGE", BOOL, core_is_method_id, SIP_MESSAGE),
    ROW_WITH("", "is_NOTIFY", BOOL, core_is_method_id, SIP_NOTIFY),
    ROW_WITH("", "is_OPTIONS", BOOL, core_is_method_id, SIP_OPTIONS),
    ROW_WITH("", "is_POST", BOOL, core_is_method_id, SIP_POST),
    ROW_WITH("", "is_PRACK", BOOL, core_is_method_id, SIP_PRACK),
    ROW_WITH("", "is_PUBLISH", BOOL, core_is_method_id, SIP_PUBLISH),
    ROW_WITH("", "is_PUT", BOOL, core_is_method_id, SIP_PUT),
    ROW_WITH("", "is_REFER", BOOL, core_is_method_id, SIP_REFER),
    ROW_WITH("", "is_REGISTER", BOOL, core_is_method_id, SIP_REGISTER),
    ROW_WITH("", "is_SCTP", BOOL, core_is_transport, VIA(SCTP)),
    ROW_WITH("", "is_SUBSCRIBE", BOOL, core_is_method_id, SIP_SUBSCRIBE),
    ROW_WITH("", "is_TCP", BOOL, core_is_transport, VIA(TCP)),
    ROW_WITH("", "is_TCPX", BOOL, core_is_transport, VIA(TCP) | VIA(TLS) | VIA(WS) | VIA(WSS)),
    ROW_WITH("", "is_TLS", BOOL, core_is_transport, VIA(TLS)),
    ROW_WITH("", "is_UDP", BOOL, core_is_transport, VIA(UDP)),
    ROW_WITH("", "is_UPDATE", BOOL, core_is_method_id, SIP_UPDATE),
    ROW_WITH("", "is_WS", BOOL, core_is_transport, VIA(WS)),
    ROW_WITH("", "is_WSS", BOOL, core_is_transport, VIA(WSS)),
    ROW_WITH("", "is_WSX", BOOL, core_is_transport, VIA(WS) | VIA(WSS)),
    ROW("", "is_dst_port", BOOL, core_is_dst_port, INT),
    ROW("", "is_method", BOOL, core_is_method, STR),
    ROW("", "is_method_in", BOOL, core_is_method_in, STR),
    ROW("", "is_myself", BOOL, core_is_myself, STR),
    ROW("", "is_myself_duri", BOOL, core_is_myself_duri),
    ROW("", "is_myself_furi", BOOL, core_is_myself_furi),
    ROW("", "is_myself_nhuri", BOOL, core_is_myself_nhuri),
    ROW("", "is_myself_ruri", BOOL, core_is_myself_ruri),
    ROW("", "is_myself_srcip", BOOL, core_is_myself_srcip),
    ROW("", "is_myself_suri", BOOL, core_is_myself_suri),
    ROW("", "is_myself_turi", BOOL, core_is_myself_turi),
    ROW("", "is_proto", BOOL, core_is_proto, STR),
    ROW("", "is_src_port", BOOL, core_is_src_port, INT),
    ROW_WITH("", "isbflagset", BOOL, core_branch_flag, CORE_FLAG_IS_SET, INT),
    ROW_WITH("", "isbiflagset", BOOL, core_branch_flag_of, CORE_FLAG_IS_SET, INT, INT),
    ROW("", "isdsturiset", BOOL, core_isdsturiset),
    ROW_WITH("", "isflagset", BOOL, core_flag, CORE_FLAG_IS_SET, INT),
    ROW_WITH("", "issflagset", BOOL, core_script_flag, CORE_FLAG_IS_SET, INT),
    ROW("", "log", NONE, core_log, STR, STR),
    ROW_WITH("", "notice", NONE, core_log_at, KL_LOG_NOTICE, STR),
    ROW_WITH("", "resetbflag", BOOL, core_branch_flag, CORE_FLAG_RESET, INT),
    ROW_WITH("", "resetbiflag", BOOL, core_branch_flag_of, CORE_FLAG_RESET, INT, INT),
    ROW("", "resetdsturi", BOOL, core_resetdsturi),
    ROW_WITH("", "resetflag", BOOL, core_flag, CORE_FLAG_RESET, INT),
    ROW_WITH("", "resetsflag", BOOL, core_script_flag, CORE_FLAG_RESET, INT),
    ROW("", "route", INT, core_route, STR),
    ROW("", "set_advertised_address", INT, core_set_advertised_address, STR),
    ROW("", "set_advertised_port", INT, core_set_advertised_port, STR),
    ROW("", "set_drop", NONE, core_set_drop),
    ROW_WITH("", "set_forward_close", BOOL, core_set_forward_flag, KL_SEND_CLOSE),
    ROW_WITH("", "set_forward_no_connect", BOOL, core_set_forward_flag, KL_SEND_NO_CONNECT),
    ROW_WITH("", "set_reply_close", BOOL, core_set_reply_flag, KL_SEND_CLOSE),
    ROW_WITH("", "set_reply_no_connect", BOOL, core_set_reply_flag, KL_SEND_NO_CONNECT),
    ROW_WITH("", "setbflag", BOOL, core_branch_flag, CORE_FLAG_SET, INT),
    ROW_WITH("", "setbiflag", BOOL, core_branch_flag_of, CORE_FLAG_SET, INT, INT),
    ROW("", "setdsturi", BOOL, core_setdsturi, STR),
    ROW_WITH("", "setflag", BOOL, core_flag, CORE_FLAG_SET, INT),
    ROW("", "sethost", BOOL, core_sethost, STR),
    ROW_WITH("", "setsflag", BOOL, core_script_flag, CORE_FLAG_SET, INT),
    ROW("", "seturi", BOOL, core_seturi, STR),
    ROW("", "setuser", BOOL, core_setuser, STR),
    ROW_WITH("", "to_IPv4", BOOL, core_to_family, 4),
    ROW_WITH("", "to_IPv6", BOOL, core_to_family, 6),
    ROW_WITH("", "to_SCTP", BOOL, core_to_transport, VIA(SCTP)),
    ROW_WITH("", "to_TCP", BOOL, core_to_transport, VIA(TCP)),
    ROW_WITH("", "to_TLS", BOOL, core_to_transport, VIA(TLS)),
    ROW_WITH("", "to_UDP", BOOL, core_to_transport, VIA(UDP)),
    ROW_WITH("", "to_WS", BOOL, core_to_transport, VIA(WS)),
    ROW_WITH("", "to_WSS", BOOL, core_to_transport, VIA(WSS)),
    ROW_WITH("", "to_WSX", BOOL, core_to_transport, VIA(WS) | VIA(WSS)),
    ROW_WITH("", "warn", NONE, core_log_at, KL_LOG_WARN, STR),
};

static void init(void *state)
{
    core_state *core = state;
    buf_init(&core->out);
    buf_init(&core->branch);
    core->last_error = CORE_ERROR_UNSPECIFIED;
}

static void done(void *state)
{
    core_state *core = state;
    buf_free(&core->out);
    buf_free(&core->branch);
}

const kl_module core_module = {.name = "",
                               .rows = rows,
                               .row_count = sizeof rows / sizeof *rows,
                               .state_size = sizeof(core_state),
                               .init = init,
                               .done = done};
