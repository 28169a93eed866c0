/* kemi.h: KSR: one table of rows, one way in for all of them, conversion both ways. The only room that knows Lua and
 * SIP. */
#ifndef KL_KEMI_KEMI_H
#define KL_KEMI_KEMI_H

#include "base/runs.h"
#include "modules/row.h"
#include "vm/vm.h"

#define KEMI_MAX_ROWS 1536 /* Kamailio's limit */

typedef struct kemi_table {
    run_list rows;  /* kl_row, in order of registration; addresses stay */
    kl_arena arena; /* rows of Python exports and their names */
    /* -- private part: table.c only */
    uint16_t *index;  /* by module and name, open addressing; row number + 1, 0 empty */
    size_t index_cap; /* a power of two */
} kemi_table;

void kemi_init(kemi_table *table);
void kemi_done(kemi_table *table);
/* KL_EROW: a name that is no identifier, doubled, over KL_MAX_PARAMS, a type that cannot be, or more than
 * KEMI_MAX_ROWS. KL_ENOMEM. */
kl_status kemi_add(kemi_table *table, const kl_row *row, kl_error *err); /* static rows, kept by address */
/* Python's; names are copied too */
kl_status kemi_add_copy(kemi_table *table, const kl_row *row, const kl_row **added, kl_error *err);
static inline const kl_row *kemi_row(const kemi_table *table, size_t number) { return runs_at(&table->rows, number); }
const kl_row *kemi_find(const kemi_table *table, kl_span module, kl_span name);
/* Builds KSR with its sub-tables and KSR.x in a new state (vm_new's setup, arg is the table), plain writable tables
 * without metatable. May raise memory errors. */
void kemi_open(lua_State *L, void *table);
/* One more row in a living state (vm_protect); it goes to the KSR that kemi_open made, whatever the script has put into
 * that global since. */
void kemi_open_row(lua_State *L, void *row);

/* Pushes the KSR that kemi_open made (+1); false, with nothing pushed, where there is none. */
bool kemi_push_ksr(lua_State *L);
/* explain.c: vm_config.explain; arg is the bridge_host. */
size_t kemi_explain(void *host, lua_State *L, const vm_origin *origin, char *out, size_t cap);

/* dispatch.c: pushes the function of a row (+1). Kamailio's manners (app_lua sheet): no message, too few, too many,
 * wrong phase: an error line and false. Python's exceptions and memory errors are raised. */
void kemi_push_function(lua_State *L, const kl_row *row);
/* Calls a row with converted arguments and gives the result as a value, ctx->row restored. KL_EPYTHON, and L, as
 * bridge_call. For KSR.x.modf. */
kl_status kemi_invoke(kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, kl_value *result,
                      lua_State *L);
/* After a KL_EPYTHON: rewinds scratch to the mark and raises. Python has left by then. */
_Noreturn void kemi_raise(lua_State *L, kl_ctx *ctx, arena_mark mark, const kl_value *raised);
/* Pays for a call of Python; false: the C stack is used up too far for one. */
bool kemi_room_for_python(kl_vm *vm);
/* The end of a call: rewinds scratch, and raises what a variable of the host program raised meanwhile. */
void kemi_settle(lua_State *L, kl_ctx *ctx, arena_mark mark);

/* convert.c. Reading never raises but for memory; strings are borrowed from the Lua value. */
#define CONVERT_LONG_TEXT 4096 /* what a function does with a shorter one is in the price of the call */
/* by declared type STR, INT or LONG, Kamailio's rules */
void convert_arg(lua_State *L, int index, kl_type type, kl_value *out);
/* Any Lua value, copied into the arena (eval, XVAL parameters): tables become ARRAY (1..n, also the empty one) or DICT
 * (keys other than strings and numbers are left out), functions and the like KL_TYPE_NONE. False when memory or depth
 * (32) ends. Never raises. */
bool convert_any(lua_State *L, int index, kl_arena *arena, kl_value *out);
/* how many values were pushed, 0 or 1 */
int convert_push(lua_State *L, const kl_row *row, int result, const kl_value *value);
/* What a script gets for `result`, as a value: for rows of Python, and for the trace. */
void convert_result(const kl_row *row, int result, kl_value *value);
int convert_push_value(lua_State *L, const kl_value *value);

/* trace.c: what is told of a call once it is over. */
double kemi_now_us(void); /* a monotonic clock, for measuring only */
/* One line for --trace and, when it took too long, Kamailio's latency alert. result NULL: the call raised. */
void kemi_told(lua_State *L, kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, const kl_value *result,
               double microseconds);

/* x.c: pushes KSR.x (+1, may raise memory errors). table: where modf looks rows up; must outlive the state. */
void kemi_push_x(lua_State *L, const kemi_table *table);
int kemi_modf(lua_State *L); /* modf.c; upvalue 1 is the table */

#endif
