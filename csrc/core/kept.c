#include "kept.h"

#include "base/mem.h"
#include "base/status.h"

static kept_memory *make(void)
{
    kept_memory *made = kl_malloc(sizeof *made);
    kl_region *region = made ? region_new() : NULL;
    if (region) {
        *made = (kept_memory){region, 1};
        return made;
    }
    kl_free(made);
    return NULL;
}

kept_memory *kept_hold(kl_per_engine *local)
{
    if (!local->kept) local->kept = make();
    if (local->kept) local->kept->holders++;
    return local->kept;
}

void kept_let(kept_memory *kept)
{
    if (!kept || --kept->holders > 0) return;
    KL_ASSERT(region_live(kept->region) == 0);
    region_free(kept->region);
    kl_free(kept);
}
