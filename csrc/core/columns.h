/* columns.h: rows of a table as bytes, which an effect can carry. */
#ifndef KL_CORE_COLUMNS_H
#define KL_CORE_COLUMNS_H

#include "base/buf.h"

/* Appends; out->failed tells that memory ended, or that a name or a value is longer than any row's. */
void columns_add(kl_buf *out, const kl_column *column);
/* Why a change of these is none: a constant; NULL: it is one. */
const char *columns_wrong(const kl_store *store);

#endif
