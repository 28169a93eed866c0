/* store.h: where variables live. $avp, $xavp, $xavu and $xavi belong to a message and take memory from its arena; $var
 * and $vn belong to an engine and keep heap memory that is reused when the next value fits. Values are copied in. */
#ifndef KL_PV_STORE_H
#define KL_PV_STORE_H

#include "pv/pv.h"

/* ---- per message: lists, newest first */

typedef struct pv_store pv_store;
typedef struct store_item store_item;
typedef struct store_index store_index; /* names.h */

typedef struct store_list {
    store_item *first;  /* the newest */
    store_index *index; /* by name, once there were more than a few; its memory stays */
    uint32_t count;
    bool indexed; /* index, same and prev are as they should */
} store_list;

struct store_item {
    store_item *next;
    store_item *same, *prev; /* the next older one of this name; the newer one before it: of an indexed list */
    kl_span name;
    uint32_t id;     /* of $avp(i:n), 0 for one with a name */
    uint32_t serial; /* of this message's items: what a list that holds it in front prints as */
    bool is_list;
    store_list fields;     /* of a list */
    pv_value value;        /* of the others */
    char *text, *name_own; /* memory of value and name, in the arena of the message */
    size_t cap, name_cap;
};

struct pv_store {
    slot_note head;
    store_list avps, xavps, xavus, xavis;
    kl_msg *home;      /* whose arena all of it lies in */
    store_item *spare; /* dropped ones, to be used again */
    uint32_t serial;
};

typedef struct store_name {
    kl_span text;
    uint32_t id;
    bool fold; /* any case: $xavi */
} store_name;

/* Whether an item has that name. */
bool store_is(const store_item *item, const store_name *name);
pv_store *store_of(kl_msg *msg); /* made on first use; NULL when the arena is full */
/* NULL before that */
static inline pv_store *store_in(const kl_msg *message) { return msg_slot(message, SLOT_VARIABLES); }

/* From now on both messages have the same variables, those of `from`, which has to outlive that; undone by giving the
 * old ones back (NULL: none). What `to` had is the result. False in *done when memory ended. */
pv_store *store_share(kl_msg *to, kl_msg *from, bool *done);
void store_give_back(kl_msg *to, pv_store *old);

/* n counts from the newest, 0 is it; NULL when there are not so many. */
store_item *store_nth(kl_msg *msg, store_list *list, const store_name *name, int64_t n);
/* the next older one of that name */
store_item *store_after(const store_list *list, const store_item *item, const store_name *name);
int64_t store_count(kl_msg *msg, store_list *list, const store_name *name);
/* Puts a new item in front: a list without fields when value is NULL. NULL when the arena is full. */
store_item *store_push(kl_msg *msg, store_list *list, const store_name *name, const pv_value *value);
/* The same in place of the newest one of that name, which goes when the new one is there. */
store_item *store_put(kl_msg *msg, store_list *list, const store_name *name, const pv_value *value);
/* Replaces what an item holds, fields too. False when the arena is full: then it holds what it held. */
bool store_assign(kl_msg *msg, store_item *item, const pv_value *value);
void store_make_list(kl_msg *msg, store_item *item); /* drops the value for an empty list */
void store_drop(kl_msg *msg, store_list *list, store_item *item);
int64_t store_drop_all(kl_msg *msg, store_list *list, const store_name *name); /* how many there were */
/* For those who change the order of a list themselves; how many items there are is theirs to count. */
static inline void store_reordered(store_list *list) { list->indexed = false; }
/* All values of a name with ", " between, newest first, in ctx->scratch; null when there is none or the text is longer
 * than PV_JOIN_MAX. False when memory ended. */
#define PV_JOIN_MAX 32767
bool store_join(kl_ctx *ctx, store_list *list, const store_name *name, pv_value *out);
/* "<<xavp:0x1f>>": the number of the list's newest field in its message, where Kamailio prints its address; "(nil)" for
 * an empty list. In ctx->scratch; .s NULL when memory ended. */
kl_span store_list_text(kl_ctx *ctx, const store_item *item);

/* ---- per engine: $var and $vn */

typedef struct pv_var pv_var;
struct pv_var {
    kl_span name;
    bool nullable; /* $vn: null until set; $var: 0 */
    pv_value value;
    char *own; /* memory of a text */
    size_t cap;
    pv_vars *home;
    pv_var *older; /* made before it */
};

/* limit: bytes all variables together may take, 0 for any; NULL: out of memory */
pv_vars *vars_new(size_t limit);
void vars_free(pv_vars *vars);
struct pv_kept *vars_kept(pv_vars *vars); /* pv/kept.h */
pv_vars *vars_copy(const pv_vars *vars);  /* new/free; NULL: out of memory */
/* The address of a slot is good until vars_free. $var and $vn of one name are two. */
pv_var *vars_find(const pv_vars *vars, kl_span name, bool nullable); /* NULL: never set */
/* made on first use; NULL: out of memory, or at the limit */
pv_var *vars_slot(pv_vars *vars, kl_span name, bool nullable);
size_t vars_count(const pv_vars *vars);
pv_var *vars_newest(const pv_vars *vars); /* the one made last, NULL when there is none */
/* Null makes a $var 0 and a $vn null. False when memory ended or the limit is reached: the old value stays. */
bool var_assign(pv_var *var, const pv_value *value);
/* By name, made on first use; false, and the log knows, when memory ended or the limit is reached. */
bool vars_put(kl_ctx *ctx, kl_span name, bool nullable, const pv_value *value);

#endif
