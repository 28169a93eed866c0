/* siputils.h: the halves of KSR.siputils see each other here. */
#ifndef KL_MODULES_SIPUTILS_H
#define KL_MODULES_SIPUTILS_H

#include "modules/modules.h"

typedef struct siputils_state {
    /* header bodies of options_reply */
    kl_span options_accept, options_accept_encoding, options_accept_language, options_support;
    kl_span contact_flds_separator; /* its first byte */
} siputils_state;

/* siputils/uri.c: comparing URIs, parameters of the R-URI */
int siputils_cmp_uri(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_cmp_aor(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_uri_param(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_uri_param_value(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_uri_param_any(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_add_uri_param(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_uri_param_rm(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_is_gruu(kl_ctx *ctx, const kl_value *args, kl_value *out);

/* siputils/date.c: RFC 3261 20.17 */
int siputils_hdr_date_check(kl_ctx *ctx, const kl_value *args, kl_value *out);

/* siputils/charging.c: $pcv */
extern const struct pv_table siputils_variables;

/* siputils/options.c: RFC 3261 11.2 */
int siputils_options_reply(kl_ctx *ctx, const kl_value *args, kl_value *out);
void siputils_init(void *opaque);

/* siputils/contact.c, siputils/encode.c: URIs of Contact packed into others */
int siputils_contact_param_check(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_contact_param_decode(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_contact_param_decode_ruri(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_contact_param_encode(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_contact_param_encode_alias(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_contact_param_rm(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_encode_contact(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_decode_contact(kl_ctx *ctx, const kl_value *args, kl_value *out);
int siputils_decode_contact_header(kl_ctx *ctx, const kl_value *args, kl_value *out);

#endif
