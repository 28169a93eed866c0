/* names.h: a list of variables by name, once it is long: names to their newest item, and from each item the next older
 * one of its name. What is made of it lies in the arena of the message. Private to store.c. */
#ifndef KL_PV_NAMES_H
#define KL_PV_NAMES_H

#include "store.h"

#define NAMES_FEW 16 /* items that are walked rather than looked up */

/* True when the list can be asked by name. False when it is short and was never asked before, or memory ended: it has
 * to be walked. */
bool names_ready(kl_msg *msg, store_list *list, bool fold);
/* Of a list that is ready. */
store_item *names_newest(const store_list *list, const store_name *name);
int64_t names_count(const store_list *list, const store_name *name);
/* that was put in front; the list may be ready no longer */
void names_add(kl_msg *msg, store_list *list, store_item *item);
void names_remove(store_list *list, store_item *item); /* from names and list */

#endif
