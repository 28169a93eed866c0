/* uac.h: the parts of KSR.uac. Private to them. */
#ifndef KL_MODULES_UAC_H
#define KL_MODULES_UAC_H

#include "modules/modules.h"
#include "sip/digest_answer.h"

typedef enum uac_restore { UAC_RESTORE_NONE, UAC_RESTORE_MANUAL, UAC_RESTORE_AUTO } uac_restore;

typedef struct uac_credential uac_credential; /* credentials.c */

typedef struct uac_state {
    uac_restore restore_mode;
    kl_span rr_from_store_param, rr_to_store_param, restore_passwd;
    uac_credential *credentials; /* the one set last first, in the server's arena */
    kl_span auth_realm_avp, auth_username_avp, auth_password_avp;
    kl_span default_socket, event_callback, restore_from_avp, restore_to_avp;
} uac_state;

static inline uac_state *uac_state_of(kl_ctx *ctx) { return module_state(ctx, MOD_UAC); }

/* What became of From and To of a message: of a request replaced, and what replies to it get back (reply.c). */
enum { UAC_FROM_URI = 1, UAC_FROM_NAME = 2, UAC_TO_URI = 4, UAC_TO_NAME = 8, UAC_FROM_BACK = 16, UAC_TO_BACK = 32 };
typedef struct uac_note {
    slot_note head;
    unsigned done; /* UAC_FROM_URI and so on */
} uac_note;
uac_note *uac_note_of(kl_msg *msg); /* made on first use; NULL: no memory */

/* uac/reply.c */
/* Listens to reply_within: From and To as the request had them, or as restore_from_avp and restore_to_avp tell. */
bool uac_reply_received(kl_ctx *ctx, kl_msg *request);
/* What the variable is to hold from now on, where there is one. False: no memory. */
bool uac_keep(kl_ctx *ctx, bool from, const sip_nameaddr *address);

/* uac/replace.c: row data says which header, and what a row takes. */
enum { UAC_FROM = 1, UAC_TO = 2, UAC_DISPLAY = 4 };

/* uac/restore.c. What stands in a URI of our Record-Route once From or To has another one: as many bytes as the longer
 * URI has, each byte of the old one XOR the new one's, in Base64. The same text leads from either URI to the other. */
bool uac_store(kl_ctx *ctx, bool from, kl_span old, kl_span replacement);
/* Listens to loose_route: in auto mode our own Route may know the URIs of this dialog. */
bool uac_route_found(kl_ctx *ctx, kl_span params);

/* uac/auth.c */
/* The first challenge of a 401 or 407 whose algorithm we know (RFC 8760 2.4); false: there is none. */
bool uac_challenge(const kl_msg *reply, int code, sip_challenge *out);
/* The header line that answers it, in ctx->scratch; method, uri and body of the request are given. .s NULL: there can
 * be none. */
kl_span uac_answer(kl_ctx *ctx, int code, const sip_challenge *challenge, const digest_login *login,
                   digest_request *request);

/* uac/variables.c: $uac_req. */
extern const struct pv_table uac_variables;

/* uac/credentials.c: who we are for a realm: what the variables of auth_*_avp hold, else the parameter credential. The
 * texts are good until the end of the call. False: nobody. */
/* Text of a variable; .n 0: it has none. */
kl_span uac_text_of(kl_ctx *ctx, kl_span name);
bool uac_login(kl_ctx *ctx, kl_span realm, kl_span *user, kl_span *password);
kl_status uac_set_credential(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err);
kl_status uac_set_realm_avp(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err);
kl_status uac_set_username_avp(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err);
kl_status uac_set_password_avp(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err);
kl_status uac_set_from_avp(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err);
kl_status uac_set_to_avp(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err);

#endif
