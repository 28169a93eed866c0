/* shared.h: state that several engines of a process share: $shv, reload versions, hash tables, locks. Every function
 * takes the lock itself. */
#ifndef KL_CORE_SHARED_H
#define KL_CORE_SHARED_H

#include "base/arena.h"
#include "base/buf.h"
#include "htable.h"
#include "locks.h"
#include "shared_engines.h"
#include "shared_index.h"
#include "shared_nonces.h"
#include "shared_secrets.h"
#include "shared_tickets.h"
#include "shared_timers.h"

void shared_ref(kl_shared *shared); /* kl_shared_free drops one */
/* An engine comes to it, with the inbox that others post to, and has *number from then on; KL_ETOOBIG: there are too
 * many. `limit`: bytes that all $shv may hold together, 0 for any; the largest of those that came counts, and the key
 * of the first for all hashes. */
kl_status shared_join(kl_shared *shared, kl_inbox *box, size_t limit, const unsigned char key[16], int *number);
void shared_leave(kl_shared *shared, int number);
/* The same $shv, numbers and hash tables as a state of its own, without engines and timers; NULL: no memory. */
kl_shared *shared_copy(kl_shared *shared);
/* What a copy holds comes to the state that it is of, and that to the copy. */
void shared_swap(kl_shared *shared, kl_shared *copy);
/* A timer of a shared group, set by an engine: whoever else runs it is told when it has to wait less than it thought.
 */
bool shared_set_timer(kl_shared *shared, int by, shared_timer *timer, unsigned group, shared_timer_fn fn, int64_t when);
/* kl_shared_owner; *hash: of the Call-ID, 0 where nobody asked for it. */
int shared_owner(kl_shared *shared, kl_span data, uint64_t *hash);
/* Whether a Call-ID belongs to this engine: one that it makes up has to come back to it. */
bool shared_is_owner(kl_shared *shared, int number, kl_span call_id);
/* $shv: type INT or STR. get copies the text to `arena`; a missing one is INT 0. */
bool shared_get(kl_shared *shared, kl_span name, kl_arena *arena, kl_value *out);
bool shared_has(kl_shared *shared, kl_span name);
/* Makes a variable of value 0 known, unless there are SHARED_DECLARED already: reading names made of data must not fill
 * memory. False when memory ended. */
#define SHARED_DECLARED 4096
bool shared_declare(kl_shared *shared, kl_span name);
/* false when memory ended or the limit is reached: what was there stays */
bool shared_set(kl_shared *shared, kl_span name, const kl_value *value);
/* set, unless an engine that shares it has done so before */
bool shared_init(kl_shared *shared, kl_span name, const kl_value *value);
/* $shvinc: 0 and no change when it holds a string */
bool shared_increment(kl_shared *shared, kl_span name, int64_t *out);
/* Reload versions: one counter per script path, and one for "anything changed" that a run compares without the lock. */
unsigned long shared_reload_any(const kl_shared *shared);
unsigned long shared_reload_version(kl_shared *shared, kl_span path);
bool shared_reload_request(kl_shared *shared, kl_span path);

/* Single numbers. Until one is set it is `initial`, which each engine brings. */
typedef enum shared_number { SHARED_GLOBAL_FLAGS, SHARED_PROBABILITY, SHARED_NUMBERS } shared_number;
int32_t shared_number_get(kl_shared *shared, shared_number which, int32_t initial);
void shared_number_set(kl_shared *shared, shared_number which, int32_t value);
void shared_number_bits(kl_shared *shared, shared_number which, int32_t initial, uint32_t set, uint32_t reset);

htable_root *shared_htables(const kl_shared *shared);
locks_root *shared_locks(kl_shared *shared);
shared_timers *shared_timers_of(kl_shared *shared);
shared_engines *shared_engines_of(kl_shared *shared);
shared_index *shared_index_of(kl_shared *shared);
shared_tickets *shared_tickets_of(kl_shared *shared);
shared_nonces *shared_nonces_of(kl_shared *shared);
shared_secrets *shared_ephemeral_of(kl_shared *shared); /* of module auth_ephemeral */
shared_index *shared_requests_of(kl_shared *shared);    /* that have left a Store which is pending */
/* A key for it, of two texts; kind: what they are. */
uint64_t shared_hash(const kl_shared *shared, kl_span kind, kl_span first, kl_span second);

#endif
