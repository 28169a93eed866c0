/* variables.h: what the files of variables share. */
#ifndef KL_PV_VARIABLES_H
#define KL_PV_VARIABLES_H

#include "pv/tables.h"

#define COUNT(array)      (sizeof(array) / sizeof *(array))
#define CLASS_TABLE(name) const pv_table name = {classes, COUNT(classes)}

/* Text, or null when it is empty. True, so that a getter can return it. */
static inline bool variable_filled(pv_value *out, kl_span text)
{
    if (text.n > 0) pv_str(out, text);
    else pv_null(out);
    return true;
}

/* variables/branch.c: "0.5", and "<uri>;q=0.5", where there is no q the URI, in brackets when `always`. They return the
 * end; at has room for 16 bytes more than the URI's. */
char *branch_put_contact(char *at, kl_span uri, int q, bool always);

/* The inner name as one of `names`; its place becomes the key. */
static inline bool variable_key(pv_param *param, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (span_eq(param->name, span_text(names[i]))) {
            param->key = (intptr_t)i;
            return true;
        }
    }
    return false;
}

#endif
