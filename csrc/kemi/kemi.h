/* kemi.h: KSR: one table of rows, one closure for all of them, conversion both ways. The only room that knows Lua and SIP. */
#ifndef KL_KEMI_KEMI_H
#define KL_KEMI_KEMI_H

#include "../modules/row.h"
#include "../vm/vm.h"

typedef struct kemi_table {
    const kl_row **rows;            /* in order of registration; addresses stay */
    size_t count, cap;
    kl_arena arena;                 /* rows of Python exports and their names */
} kemi_table;

void kemi_init(kemi_table *table);
void kemi_done(kemi_table *table);
/* KL_EROW: a name that is no identifier, doubled, over KL_MAX_PARAMS, a type that cannot be, or more than 1536 rows. */
kl_status kemi_add(kemi_table *table, const kl_row *row, kl_error *err);            /* static rows, kept by address */
kl_status kemi_add_copy(kemi_table *table, const kl_row *row, const kl_row **added, kl_error *err);  /* Python's */
const kl_row *kemi_find(const kemi_table *table, kl_span module, kl_span name);
/* Builds KSR with its sub-tables and KSR.x in a new state (vm_new's setup, arg is the table), plain writable tables without metatable. */
void kemi_open(lua_State *L, void *table);
void kemi_open_row(lua_State *L, void *row);                                        /* one more row in a living state (vm_protect) */

/* dispatch.c: the one closure; upvalue 1 is the row as light userdata. Kamailio's manners (app_lua sheet): no message, too few, too many, wrong phase: an error line and false. */
int kemi_dispatch(lua_State *L);

/* convert.c. Reading never raises; strings are borrowed from the Lua value. */
void convert_arg(lua_State *L, int index, kl_type type, kl_value *out);             /* by declared type, Kamailio's rules */
/* Any Lua value, copied into the arena (eval, XVAL parameters): tables become ARRAY (1..n) or DICT, functions and the like KL_TYPE_NONE. False when memory or depth (32) ends. */
bool convert_any(lua_State *L, int index, kl_arena *arena, kl_value *out);
int convert_push(lua_State *L, const kl_row *row, int result, const kl_value *value);   /* how many values were pushed */

/* trace.c */
typedef struct kemi_clock { double (*now_us)(void); } kemi_clock;                   /* monotonic, for measuring only */

#endif
