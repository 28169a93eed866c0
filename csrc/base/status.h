/* status.h: filling in a kl_error. */
#ifndef KL_BASE_STATUS_H
#define KL_BASE_STATUS_H

#include "span.h"

/* All return `status`, so a failing function can `return error_set(...)`. err may be NULL. */
kl_status error_set(kl_error *err, kl_status status, const char *format, ...) __attribute__((format(printf, 3, 4)));
kl_status error_at(kl_error *err, kl_status status, int64_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void error_where(kl_error *err, kl_span where);
void error_clear(kl_error *err);

#ifdef KEMILUA_DEBUG
#    include <assert.h>
#    define KL_ASSERT(condition) assert(condition) /* our own mistakes only; bytes from the net never get here */
#else
#    define KL_ASSERT(condition) ((void)0)
#endif
#define KL_LIKELY(x)   __builtin_expect(!!(x), 1)
#define KL_UNLIKELY(x) __builtin_expect(!!(x), 0)

#endif
