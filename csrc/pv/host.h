/* host.h: pseudo-variables that the host program defines. */
#ifndef KL_PV_HOST_H
#define KL_PV_HOST_H

#include "pv.h"

/* `name` must live as long as the class; `data` is what ctx->ops->host_variable is called with. */
pv_class pv_host_class(const char *name, bool inner, bool index, bool anywhere, bool writable, intptr_t data);
/* Adds a class, which must live as long as the cache, or with `override` puts it in the place of one of its name; names
 * parsed before stand for the old one until the end of the run. KL_EROW: the name is taken. KL_ENOMEM. */
kl_status pv_cache_define(pv_cache *cache, const pv_class *klass, bool override);

#endif
