/* uac_redirect.h: the parts of KSR.uac_redirect. Private to them. */
#ifndef KL_MODULES_UAC_REDIRECT_H
#define KL_MODULES_UAC_REDIRECT_H

#include "modules/modules.h"

typedef struct redirect_filter redirect_filter;
struct redirect_filter {
    kl_span pattern; /* an extended regular expression, in the server's arena */
    redirect_filter *next;
};

typedef enum redirect_flags { FLAGS_OURS, FLAGS_REPLACED, FLAGS_COMBINED } redirect_flags; /* flags_hdr_mode */

typedef struct redirect_state {
    redirect_filter *accept, *deny;
    bool deny_others; /* what no filter names */
    int bflags, flags_hdr_mode, q_value;
    kl_span acc_function, acc_db_table;
} redirect_state;

static inline redirect_state *redirect_state_of(kl_ctx *ctx) { return module_state(ctx, MOD_UAC_REDIRECT); }

/* filters.c */
bool redirect_is_wanted(kl_ctx *ctx, kl_span uri);
kl_status redirect_set_accept(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err);
kl_status redirect_set_deny(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err);
kl_status redirect_set_default(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err);

/* contacts.c: a contact of a reply, and where it leads. */
typedef struct redirect_contact {
    kl_span uri;
    int q;
    uint32_t flags;
} redirect_contact;
#define REDIRECT_CONTACTS 16 /* of one reply */
/* Those that pass the filters, lowest q first, equal ones as they came. */
size_t redirect_contacts_of(kl_ctx *ctx, kl_msg *reply, redirect_contact out[REDIRECT_CONTACTS]);

#endif
