#include "stats.h"

#include "base/status.h"
#include "sip/method.h"

/* Of replies those that are counted by themselves, beside 18x. */
/* clang-format off */
#define CODES \
    CODE(400) CODE(401) CODE(402) CODE(403) CODE(404) CODE(405) CODE(406) CODE(407) CODE(408) CODE(409) \
    CODE(410) CODE(411) CODE(413) CODE(414) CODE(415) CODE(420) CODE(480) CODE(481) CODE(482) CODE(483) \
    CODE(484) CODE(485) CODE(486) CODE(487) CODE(488) CODE(489) CODE(491) CODE(493)
/* clang-format on */

/* In the order of the counts. */
#define BY_METHOD(c)                                                                                                   \
    "rcv_replies_" c "_invite", "rcv_replies_" c "_cancel", "rcv_replies_" c "_bye", "rcv_replies_" c "_reg",          \
        "rcv_replies_" c "_message", "rcv_replies_" c "_prack", "rcv_replies_" c "_update", "rcv_replies_" c "_refer", \
        "rcv_replies_" c "_options"
static const char *const names[STAT_COUNT] = {
    "rcv_requests",
    "rcv_replies",
    "fwd_requests",
    "fwd_replies",
    "drop_requests",
    "drop_replies",
    "err_requests",
    "err_replies",
    "bad_URIs_rcvd",
    "bad_msg_hdr",
    "unsupported_methods",
    "rcv_requests_invite",
    "rcv_requests_cancel",
    "rcv_requests_ack",
    "rcv_requests_bye",
    "rcv_requests_info",
    "rcv_requests_register",
    "rcv_requests_subscribe",
    "rcv_requests_notify",
    "rcv_requests_message",
    "rcv_requests_options",
    "rcv_requests_prack",
    "rcv_requests_update",
    "rcv_requests_refer",
    "rcv_requests_publish",
    "rcv_requests_kdmq",
    "rcv_replies_1xx",
    "rcv_replies_2xx",
    "rcv_replies_3xx",
    "rcv_replies_4xx",
    "rcv_replies_5xx",
    "rcv_replies_6xx",
    "rcv_replies_18x",
#define CODE(n) "rcv_replies_" #n,
    CODES
#undef CODE
        BY_METHOD("1xx"),
    BY_METHOD("2xx"),
    BY_METHOD("3xx"),
    BY_METHOD("4xx"),
    BY_METHOD("5xx"),
    BY_METHOD("6xx"),
};

enum {
    FIRST_METHOD = STAT_FIXED,
    FIRST_CLASS = FIRST_METHOD + STAT_METHODS,
    FIRST_CODE = FIRST_CLASS + STAT_CLASSES,
    FIRST_BOTH = FIRST_CODE + STAT_CODES
};

static const uint32_t methods[STAT_METHODS] = {
    SIP_INVITE,  SIP_CANCEL,  SIP_ACK,   SIP_BYE,    SIP_INFO,  SIP_REGISTER, SIP_SUBSCRIBE, SIP_NOTIFY,
    SIP_MESSAGE, SIP_OPTIONS, SIP_PRACK, SIP_UPDATE, SIP_REFER, SIP_PUBLISH,  SIP_KDMQ,
};
static const uint32_t reply_methods[STAT_REPLY_METHODS] = {
    SIP_INVITE, SIP_CANCEL, SIP_BYE, SIP_REGISTER, SIP_MESSAGE, SIP_PRACK, SIP_UPDATE, SIP_REFER, SIP_OPTIONS,
};
#define CODE(n) n,
static const int codes[STAT_CODES] = {180, CODES};
#undef CODE

static void add_method(core_stats *stats, int first, const uint32_t *known, int count, uint32_t id)
{
    for (int i = 0; i < count; i++)
        if (known[i] == id) {
            stats->counts[first + i]++;
            return;
        }
}

void stats_request(core_stats *stats, uint32_t method_id)
{
    stats_add(stats, STAT_RCV_REQUESTS);
    if (method_id == SIP_METHOD_OTHER) stats_add(stats, STAT_UNSUPPORTED_METHODS);
    else add_method(stats, FIRST_METHOD, methods, STAT_METHODS, method_id);
}

/* All but the first are of class 4. */
static void add_code(core_stats *stats, int status)
{
    if (status / 10 == 18) stats->counts[FIRST_CODE]++;
    for (int i = 1; i < STAT_CODES && status / 100 == 4; i++)
        if (codes[i] == status) stats->counts[FIRST_CODE + i]++;
}

void stats_reply(core_stats *stats, int status, uint32_t method_id)
{
    const int class = status / 100 - 1;
    stats_add(stats, STAT_RCV_REPLIES);
    if (class < 0 || class >= STAT_CLASSES) return;
    stats->counts[FIRST_CLASS + class]++;
    add_code(stats, status);
    add_method(stats, FIRST_BOTH + class * STAT_REPLY_METHODS, reply_methods, STAT_REPLY_METHODS, method_id);
}

void stats_group(core_stats *stats, const char *const *group, size_t count, const uint64_t *counts)
{
    KL_ASSERT(stats->group_count < STATS_GROUPS);
    const size_t at = stats->group_count++;
    stats->groups[at].names = group;
    stats->groups[at].count = count;
    stats->groups[at].counts = counts;
}

static bool find(const char *const *known, size_t count, kl_span name, const uint64_t *counts, uint64_t *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!span_eq(name, span_text(known[i]))) continue;
        *out = counts[i];
        return true;
    }
    return false;
}

bool stats_find(const core_stats *stats, kl_span name, uint64_t *out)
{
    bool found = find(names, STAT_COUNT, name, stats->counts, out);
    for (size_t i = 0; i < stats->group_count && !found; i++)
        found = find(stats->groups[i].names, stats->groups[i].count, name, stats->groups[i].counts, out);
    return found;
}
