/* store.h: where $avp, $xavp, $xavu, $xavi (per message, in its arena) and $var, $vn, $sbranch (per engine) live. */
#ifndef KL_PV_STORE_H
#define KL_PV_STORE_H

#include "pv.h"

typedef struct avp { struct avp *next; kl_span name; bool is_id; int64_t id; pv_value value; } avp;
typedef struct xavp xavp;
struct xavp { xavp *next; kl_span name; pv_value value; xavp *fields; bool is_list; };

struct pv_store {
    avp *avps;                  /* newest first */
    xavp *xavps, *xavus, *xavis;
};
pv_store *store_of(kl_msg *msg);            /* made on first use; NULL when the arena is full */

/* Values are copied: into the message's arena, or into heap memory of the engine that is reused when it fits. */
pv_vars *vars_new(void);
void vars_free(pv_vars *vars);
typedef struct pv_var { kl_span name; pv_value value; char *own; size_t own_cap; } pv_var;
pv_var *vars_slot(pv_vars *vars, kl_span name, bool null_default);   /* $var and $vn are separate; made on first use; stable address for a cached spec */
bool var_assign(pv_var *var, const pv_value *value);

#endif
