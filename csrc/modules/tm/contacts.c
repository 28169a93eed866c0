/* contacts.c: one q after the other. */
#include "tm.h"

KSR_FN(tm_load_contacts_by_q) { return tm_load_contacts(ctx, false); }
KSR_FN(tm_load_contacts_mode) { return tm_load_contacts(ctx, args[0].i == 1); }
KSR_FN(tm_contacts_next) { return tm_next_contacts(ctx); }
KSR_FN(tm_contact_flow_next) { return tm_next_contact_flow(ctx); }
