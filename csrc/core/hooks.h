/* hooks.h: where rooms meet that do not know each other: one tells what happens, and whoever has to know listens. */
#ifndef KL_CORE_HOOKS_H
#define KL_CORE_HOOKS_H

#include "per_engine.h"

#define HOOK_LISTENERS 4 /* of one hook */

/* The listeners of one hook, lowest place first. */
typedef struct core_hook {
    unsigned count;
    struct hook_listener {
        int place;
        void (*call)(void); /* called as the type it was added as */
    } listeners[HOOK_LISTENERS];
} core_hook;

struct core_hooks {
#define HOOK(name, parameters, arguments) core_hook name;
#include "hooks.def"
#undef HOOK
};

void hook_add(core_hook *to, int place, void (*listener)(void));

/* Of each hook in hooks.def: on_<name>(ctx, place, listener) adds a listener, in a module's join with the module's
 * number as its place, so that they stand in the order of modules, whatever that of loading is. hook_<name>(ctx, ...)
 * calls them, up to the first that returns true; true: one did. */
#define HOOK(name, parameters, arguments)                                                                              \
    typedef bool(*hook_##name##_listener) parameters;                                                                  \
    static inline void on_##name(kl_ctx *ctx, int place, hook_##name##_listener listener)                              \
    {                                                                                                                  \
        hook_add(&ctx->per_engine->hooks->name, place, (void (*)(void))listener);                                      \
    }                                                                                                                  \
    static inline bool hook_##name parameters                                                                          \
    {                                                                                                                  \
        const core_hook *all = &ctx->per_engine->hooks->name;                                                          \
        for (unsigned i = 0; i < all->count; i++)                                                                      \
            if (((hook_##name##_listener)all->listeners[i].call)arguments) return true;                                \
        return false;                                                                                                  \
    }
#include "hooks.def"
#undef HOOK

#endif
