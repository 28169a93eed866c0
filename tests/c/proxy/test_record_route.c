/* proxy/record_route.h: parameters of our Record-Route, put there before it is and afterwards. */
#include "scene.h"

#include "core/route.h"
#include "proxy/record_route.h"
#include "proxy/forward.h"

static const char *forwarded(void)
{
    effects_clear(&effects);
    CHECK(forward_request(&ctx, SPAN("sip:192.0.2.1"), 0, false));
    return sent(0);
}

static void text_waits_for_the_header_and_grows_it(void)
{
    scene_open(INVITE_TEXT);
    load(MOD_RR, &rr_module);
    CHECK_INT(record_route_add_param(&ctx, SPAN(";a=1")), 1);
    CHECK_INT(record_route_add_param(&ctx, SPAN(";b=2")), 1);
    CHECK(strstr(forwarded(), "Record-Route") == NULL);
    CHECK_INT(CALL0(rr_module, "record_route"), 1);
    CHECK(strstr(forwarded(), "\nRecord-Route: <sip:127.0.0.1:5070;lr;ftag=a;a=1;b=2>\n") != NULL);
    CHECK_INT(record_route_add_param(&ctx, SPAN(";c=3")), 1);
    CHECK_INT(record_route_add_param(&ctx, SPAN("")), 1);
    CHECK(strstr(forwarded(), "\nRecord-Route: <sip:127.0.0.1:5070;lr;ftag=a;a=1;b=2;c=3>\n") != NULL);
    CHECK_INT(CALL0(rr_module, "remove_record_route"), 1);
    CHECK_INT(record_route_add_param(&ctx, SPAN(";d=4")), 1);
    CHECK(strstr(forwarded(), "Record-Route") == NULL);
    unload(MOD_RR, &rr_module);
    scene_close();
}

static void one_header_of_two_is_served_and_told(void)
{
    scene_open(INVITE_TEXT);
    load(MOD_RR, &rr_module);
    CHECK_INT(CALL(rr_module, "record_route_preset_one", S("192.0.2.5")), 1);
    CHECK_INT(record_route_add_param(&ctx, SPAN(";a=1")), -1);
    CHECK(strstr(forwarded(), "\nRecord-Route: <sip:192.0.2.5;ftag=a;lr;a=1>\n") != NULL);
    again(INVITE_TEXT);
    const kl_value none = {.type = KL_TYPE_INT, .i = 0};
    CHECK_INT(module_set_param(&rr_module, &ctx, states[MOD_RR], SPAN("enable_double_rr"), &none, NULL), KL_OK);
    CHECK_INT(CALL(rr_module, "record_route_preset_one", S("192.0.2.5")), 1);
    CHECK_INT(record_route_add_param(&ctx, SPAN(";a=1")), 1);
    unload(MOD_RR, &rr_module);
    scene_close();
}

static void what_waits_is_limited_and_within_a_line(void)
{
    char text[513];
    scene_open(INVITE_TEXT);
    memset(text, 'x', sizeof text);
    CHECK_INT(record_route_add_param(&ctx, span_of(text, 513)), -1);
    CHECK_SPAN(effects.items[0].data, "add_rr_param: more than 512 bytes");
    CHECK_INT(record_route_add_param(&ctx, span_of(text, 512)), 1);
    CHECK_INT(record_route_add_param(&ctx, SPAN("x")), -1);
    CHECK_INT(record_route_add_param(&ctx, SPAN("\n")), -1);
    CHECK_INT(route_noted(&msg)->pending.n, 512);
    scene_close();
}

CHECK_MAIN(CHECK_TEST(text_waits_for_the_header_and_grows_it), CHECK_TEST(one_header_of_two_is_served_and_told),
           CHECK_TEST(what_waits_is_limited_and_within_a_line))
