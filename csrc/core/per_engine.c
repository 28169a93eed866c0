#include "per_engine.h"

#include "kept.h"
#include "shared.h"

void per_engine_init(kl_per_engine *local) { *local = (kl_per_engine){.random_count = 0}; }

void per_engine_done(kl_per_engine *local, kl_shared *shared)
{
    if (local->locks.count > 0) locks_release_all(shared_locks(shared), &local->locks);
    regex_cache_free(local->regexes);
    kept_let(local->kept);
}
