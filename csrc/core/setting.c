#include "setting.h"

typedef struct setting {
    const char *name;
    int preset, min, max;
} setting;

#define ANY    INT32_MIN, INT32_MAX
#define SWITCH 0, 1

enum { SETTING_DEBUG, SETTING_LATENCY_LOG, SETTING_LATENCY_LIMIT_ACTION }; /* those that stand elsewhere in kl_server */

static const setting settings[] = {
    [SETTING_DEBUG] = {"debug", 0, ANY},
    [SETTING_LATENCY_LOG] = {"latency_log", 0, ANY},
    [SETTING_LATENCY_LIMIT_ACTION] = {"latency_limit_action", 0, ANY},
    {"memdbg", 4, ANY},
    {"memlog", 4, ANY},
    {"dst_blocklist_expire", 60, ANY},
    {"dst_blocklist_udp_imask", 0, ANY},
    {"dst_blocklist_tcp_imask", 0, ANY},
    {"dst_blocklist_tls_imask", 0, ANY},
    {"dst_blocklist_sctp_imask", 0, ANY},
    {"dns_try_naptr", 0, SWITCH},
    {"dns_udp_pref", 30, ANY},
    {"dns_tcp_pref", 20, ANY},
    {"dns_tls_pref", 10, ANY},
    {"dns_sctp_pref", 20, ANY},
    {"dns_retr_time", -1, ANY},
    {"dns_slow_query_ms", 0, ANY},
    {"dns_retr_no", -1, ANY},
    {"dns_servers_no", -1, ANY},
    {"dns_use_search_list", 1, SWITCH},
    {"dns_search_full_match", 1, SWITCH},
    {"dns_naptr_ignore_rfc", 1, ANY},
    {"dns_cache_flags", 0, 0, 4},
    {"dns_srv_lb", 0, SWITCH},
    {"dns_cache_negative_ttl", 60, ANY},
    {"dns_cache_min_ttl", 0, ANY},
    {"dns_cache_max_ttl", -1, ANY},
    {"dns_cache_del_nonexp", 0, SWITCH},
    {"dns_cache_rec_pref", 0, 0, 3},
    {"mem_dump_pkg", 0, ANY},
    {"max_while_loops", 100, ANY},
    {"udp_mtu", 0, 0, 65535},
    {"udp_mtu_try_proto", 0, 0, 4},
    {"udp4_raw_mtu", 1500, 28, 65535},
    {"force_rport", 0, SWITCH},
    {"mem_summary", 12, ANY},
    {"mem_safety", 1, ANY},
    {"mem_join", 1, ANY},
    {"mem_status_mode", 0, ANY},
    {"sip_parser_log_oneline", 0, ANY},
    {"sip_parser_log", -1, ANY},
    {"corelog", -1, ANY},
    {"latency_cfg_log", 3, ANY},
    {"latency_limit_db", 0, ANY},
    {"latency_limit_cfg", 0, ANY},
    {"pv_cache_limit", 2048, ANY},
    {"pv_cache_action", 0, ANY},
};

_Static_assert(sizeof settings / sizeof *settings <= SERVER_SETTINGS, "kl_server has a place for every setting");

void setting_init(kl_server *server)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) server->settings[i] = settings[i].preset;
}

int setting_named(kl_span name)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (span_eq(name, span_text(settings[i].name))) return (int)i;
    return -1;
}

int setting_get(const kl_server *server, int which)
{
    switch (which) {
    case SETTING_DEBUG: return server->debug;
    case SETTING_LATENCY_LOG: return server->latency_log;
    case SETTING_LATENCY_LIMIT_ACTION: return server->latency_limit_action;
    default: return server->settings[which];
    }
}

bool setting_set(kl_server *server, int which, int64_t value)
{
    if (value < settings[which].min || value > settings[which].max || value == SERVER_NO_DEBUG) return false;
    switch (which) {
    case SETTING_DEBUG: server->debug = (int)value; break;
    case SETTING_LATENCY_LOG: server->latency_log = (int)value; break;
    case SETTING_LATENCY_LIMIT_ACTION: server->latency_limit_action = (int)value; break;
    default: server->settings[which] = (int)value; break;
    }
    return true;
}
