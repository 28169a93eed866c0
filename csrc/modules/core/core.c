/* core.c: the table of KSR.<function>. */
#include "core.h"

#define VIA(proto) (1 << KL_PROTO_##proto)

static const kl_row rows[] = {
    ROW0D("", "add_local_rport", BOOL, core_set_rport, SIP_MSG_ADD_LOCAL_RPORT),
    ROW1("", "add_tcp_alias", INT, core_add_tcp_alias, INT),
    ROW0("", "add_tcp_alias_via", INT, core_add_tcp_alias_via),
    ROW1D("", "crit", NONE, core_log_at, KL_LOG_CRIT, STR),
    ROW1D("", "dbg", NONE, core_log_at, KL_LOG_DBG, STR),
    ROW1D("", "err", NONE, core_log_at, KL_LOG_ERR, STR),
    ROW0D("", "force_rport", BOOL, core_set_rport, SIP_MSG_FORCE_RPORT),
    ROW0("", "forward", INT, core_forward),
    ROW1("", "forward_uri", INT, core_forward_uri, STR),
    ROW0("", "get_debug", INT, core_get_debug),
    ROW1D("", "info", NONE, core_log_at, KL_LOG_INFO, STR),
    ROW0D("", "is_ACK", BOOL, core_is_method_id, SIP_ACK),
    ROW0D("", "is_BYE", BOOL, core_is_method_id, SIP_BYE),
    ROW0D("", "is_CANCEL", BOOL, core_is_method_id, SIP_CANCEL),
    ROW0D("", "is_DELETE", BOOL, core_is_method_id, SIP_DELETE),
    ROW0D("", "is_GET", BOOL, core_is_method_id, SIP_GET),
    ROW0D("", "is_INFO", BOOL, core_is_method_id, SIP_INFO),
    ROW0D("", "is_INVITE", BOOL, core_is_method_id, SIP_INVITE),
    ROW0D("", "is_IPv4", BOOL, core_is_family, 4),
    ROW0D("", "is_IPv6", BOOL, core_is_family, 6),
    ROW0D("", "is_KDMQ", BOOL, core_is_method_id, SIP_KDMQ),
    ROW0D("", "is_MESSAGE", BOOL, core_is_method_id, SIP_MESSAGE),
    ROW0D("", "is_NOTIFY", BOOL, core_is_method_id, SIP_NOTIFY),
    ROW0D("", "is_OPTIONS", BOOL, core_is_method_id, SIP_OPTIONS),
    ROW0D("", "is_POST", BOOL, core_is_method_id, SIP_POST),
    ROW0D("", "is_PRACK", BOOL, core_is_method_id, SIP_PRACK),
    ROW0D("", "is_PUBLISH", BOOL, core_is_method_id, SIP_PUBLISH),
    ROW0D("", "is_PUT", BOOL, core_is_method_id, SIP_PUT),
    ROW0D("", "is_REFER", BOOL, core_is_method_id, SIP_REFER),
    ROW0D("", "is_REGISTER", BOOL, core_is_method_id, SIP_REGISTER),
    ROW0D("", "is_SCTP", BOOL, core_is_transport, VIA(SCTP)),
    ROW0D("", "is_SUBSCRIBE", BOOL, core_is_method_id, SIP_SUBSCRIBE),
    ROW0D("", "is_TCP", BOOL, core_is_transport, VIA(TCP)),
    ROW0D("", "is_TCPX", BOOL, core_is_transport, VIA(TCP) | VIA(TLS) | VIA(WS) | VIA(WSS)),
    ROW0D("", "is_TLS", BOOL, core_is_transport, VIA(TLS)),
    ROW0D("", "is_UDP", BOOL, core_is_transport, VIA(UDP)),
    ROW0D("", "is_UPDATE", BOOL, core_is_method_id, SIP_UPDATE),
    ROW0D("", "is_WS", BOOL, core_is_transport, VIA(WS)),
    ROW0D("", "is_WSS", BOOL, core_is_transport, VIA(WSS)),
    ROW0D("", "is_WSX", BOOL, core_is_transport, VIA(WS) | VIA(WSS)),
    ROW1("", "is_dst_port", BOOL, core_is_dst_port, INT),
    ROW1("", "is_method", BOOL, core_is_method, STR),
    ROW1("", "is_method_in", BOOL, core_is_method_in, STR),
    ROW1("", "is_myself", BOOL, core_is_myself, STR),
    ROW0("", "is_myself_duri", BOOL, core_is_myself_duri),
    ROW0("", "is_myself_furi", BOOL, core_is_myself_furi),
    ROW0("", "is_myself_nhuri", BOOL, core_is_myself_nhuri),
    ROW0("", "is_myself_ruri", BOOL, core_is_myself_ruri),
    ROW0("", "is_myself_srcip", BOOL, core_is_myself_srcip),
    ROW0("", "is_myself_suri", BOOL, core_is_myself_suri),
    ROW0("", "is_myself_turi", BOOL, core_is_myself_turi),
    ROW1("", "is_proto", BOOL, core_is_proto, STR),
    ROW1("", "is_src_port", BOOL, core_is_src_port, INT),
    ROW1D("", "isbflagset", BOOL, core_branch_flag, CORE_FLAG_IS_SET, INT),
    ROW2D("", "isbiflagset", BOOL, core_branch_flag_of, CORE_FLAG_IS_SET, INT, INT),
    ROW0("", "isdsturiset", BOOL, core_isdsturiset),
    ROW1D("", "isflagset", BOOL, core_flag, CORE_FLAG_IS_SET, INT),
    ROW1D("", "issflagset", BOOL, core_script_flag, CORE_FLAG_IS_SET, INT),
    ROW2("", "log", NONE, core_log, STR, STR),
    ROW1D("", "notice", NONE, core_log_at, KL_LOG_NOTICE, STR),
    ROW1D("", "resetbflag", BOOL, core_branch_flag, CORE_FLAG_RESET, INT),
    ROW2D("", "resetbiflag", BOOL, core_branch_flag_of, CORE_FLAG_RESET, INT, INT),
    ROW0("", "resetdsturi", BOOL, core_resetdsturi),
    ROW1D("", "resetflag", BOOL, core_flag, CORE_FLAG_RESET, INT),
    ROW1D("", "resetsflag", BOOL, core_script_flag, CORE_FLAG_RESET, INT),
    ROW1("", "route", INT, core_route, STR),
    ROW1("", "set_advertised_address", INT, core_set_advertised_address, STR),
    ROW1("", "set_advertised_port", INT, core_set_advertised_port, STR),
    ROW0("", "set_drop", NONE, core_set_drop),
    ROW0D("", "set_forward_close", BOOL, core_set_forward_flag, KL_SEND_CLOSE),
    ROW0D("", "set_forward_no_connect", BOOL, core_set_forward_flag, KL_SEND_NO_CONNECT),
    ROW0D("", "set_reply_close", BOOL, core_set_reply_flag, KL_SEND_CLOSE),
    ROW0D("", "set_reply_no_connect", BOOL, core_set_reply_flag, KL_SEND_NO_CONNECT),
    ROW1D("", "setbflag", BOOL, core_branch_flag, CORE_FLAG_SET, INT),
    ROW2D("", "setbiflag", BOOL, core_branch_flag_of, CORE_FLAG_SET, INT, INT),
    ROW1("", "setdsturi", BOOL, core_setdsturi, STR),
    ROW1D("", "setflag", BOOL, core_flag, CORE_FLAG_SET, INT),
    ROW1("", "sethost", BOOL, core_sethost, STR),
    ROW1D("", "setsflag", BOOL, core_script_flag, CORE_FLAG_SET, INT),
    ROW1("", "seturi", BOOL, core_seturi, STR),
    ROW1("", "setuser", BOOL, core_setuser, STR),
    ROW0D("", "to_IPv4", BOOL, core_to_family, 4),
    ROW0D("", "to_IPv6", BOOL, core_to_family, 6),
    ROW0D("", "to_SCTP", BOOL, core_to_transport, VIA(SCTP)),
    ROW0D("", "to_TCP", BOOL, core_to_transport, VIA(TCP)),
    ROW0D("", "to_TLS", BOOL, core_to_transport, VIA(TLS)),
    ROW0D("", "to_UDP", BOOL, core_to_transport, VIA(UDP)),
    ROW0D("", "to_WS", BOOL, core_to_transport, VIA(WS)),
    ROW0D("", "to_WSS", BOOL, core_to_transport, VIA(WSS)),
    ROW0D("", "to_WSX", BOOL, core_to_transport, VIA(WS) | VIA(WSS)),
    ROW1D("", "warn", NONE, core_log_at, KL_LOG_WARN, STR),
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

const kl_module core_module = {
    .name = "", .rows = rows, .row_count = sizeof rows / sizeof *rows, .state_size = sizeof(core_state), .init = init, .done = done};
