#include "kept.h"

#include "base/mem.h"

/* All texts of a branch. */
typedef struct branch_texts {
    kl_span *all[6];
} branch_texts;

static branch_texts texts_of(sip_branch *branch)
{
    return (branch_texts){
        {&branch->uri, &branch->dst_uri, &branch->path, &branch->ruid, &branch->user_agent, &branch->instance}};
}

static void free_texts(sip_branch *branch)
{
    const branch_texts texts = texts_of(branch);
    for (size_t i = 0; i < sizeof texts.all / sizeof *texts.all; i++) kl_free((void *)(uintptr_t)texts.all[i]->s);
}

void kept_done(pv_kept *kept)
{
    if (kept->sbranch) free_texts(kept->sbranch);
    kl_free(kept->sbranch);
    kept_request_free(kept->request);
}

kept_request *kept_request_of(pv_kept *kept)
{
    if (!kept->request) kept->request = kept_request_new();
    return kept->request;
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
    free_texts(branch);
    /* 0, as in Kamailio: a branch made of it shows ";q=0" until q is set to null */
    *branch = (sip_branch){.q = 0, .send_socket = -1};
}

#define PV_SBRANCH_MAX 65535 /* bytes of a field, which stays from message to message */

bool kept_sbranch_assign(kl_span *field, kl_span text)
{
    return text.n <= PV_SBRANCH_MAX && kept_text_assign(field, text);
}

static sip_branch *copy_branch(sip_branch *from)
{
    sip_branch *branch = kl_malloc(sizeof *branch);
    if (branch == NULL) return NULL;
    *branch = *from;
    const branch_texts texts = texts_of(branch), old = texts_of(from);
    const size_t count = sizeof texts.all / sizeof *texts.all;
    bool good = true;
    for (size_t i = 0; i < count; i++) *texts.all[i] = SPAN_NULL;
    for (size_t i = 0; i < count && good; i++) good = kept_sbranch_assign(texts.all[i], *old.all[i]);
    if (good) return branch;
    free_texts(branch);
    kl_free(branch);
    return NULL;
}

bool kept_copy(const pv_kept *from, pv_kept *to)
{
    *to = *from;
    to->sbranch = from->sbranch ? copy_branch(from->sbranch) : NULL;
    to->request = from->request ? kept_request_copy(from->request) : NULL;
    if ((to->sbranch || !from->sbranch) && (to->request || !from->request)) return true;
    kept_done(to);
    to->sbranch = NULL;
    to->request = NULL;
    return false;
}
