/* contact_record.h: a place that a request may go to, as a variable holds it until its turn comes. */
#ifndef KL_TM_CONTACT_RECORD_H
#define KL_TM_CONTACT_RECORD_H

#include "pv/store/store.h"
#include "tm.h"

/* Of the field q_flag: the last one of its q. */
#define CONTACT_LAST 4

/* In front of those of that name. flag: q_flag; negative: without one. False: no memory. */
bool contact_record_put(kl_ctx *ctx, kl_span name, const sip_branch *contact, int flag);
/* Texts are the variable's. False: it has no URI, a text is not within a line, or its socket is none of ours. */
bool contact_record_read(kl_ctx *ctx, const store_item *record, sip_branch *out);
bool contact_record_is_last(const store_item *record);
/* Whether it leads to that instance. */
bool contact_record_leads_to(const store_item *record, kl_span instance);

#endif
