#include "hooks.h"

void hook_add(core_hook *to, int place, void (*listener)(void))
{
    KL_ASSERT(to->count < HOOK_LISTENERS);
    unsigned at = to->count++;
    for (; at > 0 && to->listeners[at - 1].place > place; at--) to->listeners[at] = to->listeners[at - 1];
    to->listeners[at] = (struct hook_listener){place, listener};
}
