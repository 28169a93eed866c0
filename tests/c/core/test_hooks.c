/* core/hooks.h: who listens is called, in the order of places. */
#include "scene.h"

static char told[64];
static bool ends;

static bool note(const char *who, kl_span params)
{
    const size_t n = strlen(told);
    snprintf(told + n, sizeof told - n, "%s(%.*s) ", who, (int)params.n, params.n ? params.s : "");
    return ends;
}

static bool first(kl_ctx *c, kl_span params) { return note(c == &ctx ? "first" : "other", params); }
static bool second(kl_ctx *c, kl_span params) { return note(c == &ctx ? "second" : "other", params); }
static bool third(kl_ctx *c, kl_span params) { return note(c == &ctx ? "third" : "other", params); }

static void start(void)
{
    scene_open(INVITE_TEXT);
    told[0] = '\0';
    ends = false;
}

static void nobody_listens(void)
{
    start();
    CHECK(!hook_request(&ctx));
    CHECK(!hook_loose_route(&ctx, SPAN("x")));
    CHECK_STR(told, "");
    scene_close();
}

static void listeners_stand_in_the_order_of_places(void)
{
    start();
    on_loose_route(&ctx, 7, second);
    on_loose_route(&ctx, 9, third);
    on_loose_route(&ctx, 2, first);
    CHECK(!hook_loose_route(&ctx, SPAN("a=1")));
    CHECK_STR(told, "first(a=1) second(a=1) third(a=1) ");
    CHECK(!hook_request(&ctx));
    CHECK_STR(told, "first(a=1) second(a=1) third(a=1) ");
    scene_close();
}

static void the_first_that_says_so_ends_it(void)
{
    start();
    ends = true;
    on_loose_route(&ctx, 1, first);
    on_loose_route(&ctx, 2, second);
    CHECK(hook_loose_route(&ctx, SPAN("b")));
    CHECK_STR(told, "first(b) ");
    scene_close();
}

static void modules_are_called_in_their_order_however_they_were_loaded(void)
{
    start();
    load(MOD_UAC, &uac_module);
    load(MOD_PATH, &path_module);
    CHECK_INT(scene_hooks.loose_route.count, 2);
    CHECK_INT(scene_hooks.loose_route.listeners[0].place, MOD_PATH);
    CHECK_INT(scene_hooks.loose_route.listeners[1].place, MOD_UAC);
    unload(MOD_PATH, &path_module);
    unload(MOD_UAC, &uac_module);
    scene_close();
}

CHECK_MAIN(CHECK_TEST(nobody_listens), CHECK_TEST(listeners_stand_in_the_order_of_places),
           CHECK_TEST(the_first_that_says_so_ends_it),
           CHECK_TEST(modules_are_called_in_their_order_however_they_were_loaded))
