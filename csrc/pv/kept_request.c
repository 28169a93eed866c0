#include "kept_request.h"

#include "base/mem.h"

bool kept_text_assign(kl_span *field, kl_span text)
{
    char *copy = NULL;
    if (text.n > 0) {
        copy = kl_malloc(text.n);
        if (!copy) return false;
        memcpy(copy, text.s, text.n);
    }
    kl_free((void *)(uintptr_t)field->s);
    *field = span_of(copy, text.n);
    return true;
}

kept_request *kept_request_new(void) { return kl_calloc(1, sizeof(kept_request)); }

kept_request *kept_request_copy(const kept_request *from)
{
    kept_request *request = kept_request_new();
    bool good = request != NULL;
    for (size_t i = 0; i < KEPT_TEXTS && good; i++) good = kept_text_assign(&request->texts[i], from->texts[i]);
    if (good) {
        memcpy(request->numbers, from->numbers, sizeof request->numbers);
        return request;
    }
    kept_request_free(request);
    return NULL;
}

void kept_request_free(kept_request *request)
{
    for (size_t i = 0; request && i < KEPT_TEXTS; i++) kl_free((void *)(uintptr_t)request->texts[i].s);
    kl_free(request);
}
