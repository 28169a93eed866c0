/* Work that belongs to no run. */
#include "work.h"

static bool go_on(kl_work *work)
{
    work->left = INT64_MAX;
    return true;
}

void work_endless(kl_work *work) { *work = (kl_work){.left = INT64_MAX, .look = go_on}; }
