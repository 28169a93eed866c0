/* table.h: transactions by what tells them apart: RFC 3261 17.1.3 and 17.2.3. */
#ifndef KL_TM_TABLE_H
#define KL_TM_TABLE_H

#include "tm.h"

/* Of Call-ID and the number of CSeq, keyed by the engine's secret. */
uint32_t table_hash(kl_ctx *ctx, kl_msg *msg);
bool table_add(tm_state *tm, tm_cell *cell); /* takes a reference; false: no memory */
void table_remove(tm_cell *cell);            /* gives it back */

typedef enum table_match {
    TABLE_NONE,
    TABLE_RETRANSMISSION, /* or a CANCEL again */
    TABLE_ACK,            /* to a reply of ours */
} table_match;
/* The transaction of a request. */
table_match table_request(kl_ctx *ctx, tm_cell **out);
/* The INVITE that a CANCEL is about; NULL: there is none. */
tm_cell *table_invite_of(kl_ctx *ctx);
/* The branch that has this value of our Via's parameter; NULL: none. */
tm_branch *table_branch(const tm_state *tm, kl_span via_branch);
/* The branch that waits for the look-up of this ticket, which table_ticket has made; NULL: none. */
tm_branch *table_waiting(const tm_state *tm, int64_t ticket);
int64_t table_ticket(tm_cell *cell);
/* The branch whose answer a reply is; NULL: none. */
tm_branch *table_reply(kl_ctx *ctx);
/* By Call-ID and number of CSeq, an INVITE; NULL: none. */
tm_cell *table_by_call_id(kl_ctx *ctx, kl_span call_id, kl_span cseq);
/* By what $T(id_index) and $T(id_label) tell. */
tm_cell *table_by_id(tm_state *tm, uint32_t index, uint32_t label);
static inline uint32_t table_index(const tm_cell *cell) { return cell->hash & 0xffff; }

#endif
