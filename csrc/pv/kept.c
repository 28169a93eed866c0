#include "kept.h"

#include "base/mem.h"

void kept_done(pv_kept *kept)
{
    kept_sbranch_reset(kept);
    kl_free(kept->sbranch);
}

sip_branch *kept_sbranch(pv_kept *kept)
{
    if (kept->sbranch == NULL) {
        kept->sbranch = kl_calloc(1, sizeof *kept->sbranch);
        kept_sbranch_reset(kept);
    }
    return kept->sbranch;
}

void kept_sbranch_reset(pv_kept *kept)
{
    sip_branch *branch = kept->sbranch;
    if (branch == NULL) return;
    kl_span *texts[] = {&branch->uri,  &branch->dst_uri,    &branch->path,
                        &branch->ruid, &branch->user_agent, &branch->instance};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) kl_free((void *)(uintptr_t)texts[i]->s);
    /* 0, as in Kamailio: a branch made of it shows ";q=0" until q is set to null */
    *branch = (sip_branch){.q = 0, .send_socket = -1};
}

#define PV_SBRANCH_MAX 65535 /* bytes of a field, which stays from message to message */

bool kept_sbranch_assign(kl_span *field, kl_span text)
{
    char *copy = NULL;
    if (text.n > PV_SBRANCH_MAX) return false;
    if (text.n > 0) {
        copy = kl_malloc(text.n);
        if (copy == NULL) return false;
        memcpy(copy, text.s, text.n);
    }
    kl_free((void *)(uintptr_t)field->s);
    *field = span_of(copy, text.n);
    return true;
}
