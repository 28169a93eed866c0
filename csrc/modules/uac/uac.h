/* uac.h: the parts of KSR.uac. Private to them. */
#ifndef KL_MODULES_UAC_H
#define KL_MODULES_UAC_H

#include "modules/modules.h"

typedef enum uac_restore { UAC_RESTORE_NONE, UAC_RESTORE_MANUAL, UAC_RESTORE_AUTO } uac_restore;

typedef struct uac_state {
    uac_restore restore_mode;
    kl_span rr_from_store_param, rr_to_store_param, restore_passwd;
} uac_state;

static inline uac_state *uac_state_of(kl_ctx *ctx) { return module_state(ctx, MOD_UAC); }

/* uac/replace.c: row data says which header, and what a row takes. */
enum { UAC_FROM = 1, UAC_TO = 2, UAC_DISPLAY = 4 };

/* uac/restore.c. What stands in a URI of our Record-Route once From or To has another one: as many bytes as the longer
 * URI has, each byte of the old one XOR the new one's, in Base64. The same text leads from either URI to the other. */
bool uac_store(kl_ctx *ctx, bool from, kl_span old, kl_span replacement);
/* Listens to loose_route: in auto mode our own Route may know the URIs of this dialog. */
bool uac_route_found(kl_ctx *ctx, kl_span params);

#endif
