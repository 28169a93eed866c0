/* stats.h: Kamailio's statistics: what this engine has counted, by name. Groups are the core's and those that modules
 * bring. */
#ifndef KL_CORE_STATS_H
#define KL_CORE_STATS_H

#include "base/span.h"

enum {
    STAT_RCV_REQUESTS,
    STAT_RCV_REPLIES,
    STAT_FWD_REQUESTS,
    STAT_FWD_REPLIES,
    STAT_DROP_REQUESTS,
    STAT_DROP_REPLIES,
    STAT_ERR_REQUESTS,
    STAT_ERR_REPLIES,
    STAT_BAD_URIS,
    STAT_BAD_HEADERS,
    STAT_UNSUPPORTED_METHODS,
    STAT_FIXED,
    STAT_METHODS = 15,      /* requests by method */
    STAT_CLASSES = 6,       /* replies by class, 1xx to 6xx */
    STAT_CODES = 29,        /* replies of single codes */
    STAT_REPLY_METHODS = 9, /* replies by class and method */
    STAT_COUNT = STAT_FIXED + STAT_METHODS + STAT_CLASSES + STAT_CODES + STAT_CLASSES * STAT_REPLY_METHODS
};
#define STATS_GROUPS 8

typedef struct core_stats {
    uint64_t counts[STAT_COUNT];
    struct {
        const char *const *names;
        size_t count;
        const uint64_t *counts;
    } groups[STATS_GROUPS];
    size_t group_count;
} core_stats;

static inline void stats_add(core_stats *stats, int which) { stats->counts[which]++; }
void stats_request(core_stats *stats, uint32_t method_id); /* one was received */
void stats_reply(core_stats *stats, int status, uint32_t method_id);
/* Counters of a module, in an order of its own. Names and counts live as long as the statistics. */
void stats_group(core_stats *stats, const char *const *names, size_t count, const uint64_t *counts);
/* By its name without a group; false: there is none. */
bool stats_find(const core_stats *stats, kl_span name, uint64_t *out);

#endif
