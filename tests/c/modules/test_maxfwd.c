/* KSR.maxfwd.*: values seen on a running Kamailio. */
#include "scene.h"

static void read_with(const char *line)
{
    char text[512];
    snprintf(text, sizeof text,
             "OPTIONS sip:u@h SIP/2.0\nVia: SIP/2.0/UDP 1.1.1.1\n%sTo: <sip:t@h>\nFrom: <sip:f@h>;tag=a\nCall-ID: "
             "c\nCSeq: 1 OPTIONS\n\n",
             line);
    CHECK(message_read(&msg, text));
}

static void check_processed(const char *value, int result, const char *left)
{
    char line[64];
    snprintf(line, sizeof line, "Max-Forwards: %s\n", value);
    read_with(line);
    CHECK_INT(CALL(maxfwd_module, "process_maxfwd", I(10)), result);
    const kl_span body = hdr_body(msg_hdr_first(&msg, SIP_HDR_MAX_FORWARDS));
    CHECK_MEM(body.s, body.n, left, strlen(left));
}

static void the_value_is_written_in_place(void)
{
    scene_open(INVITE_TEXT);
    load(MOD_MAXFWD, &maxfwd_module);
    check_processed("70", 1, "69");
    check_processed("10", 1, " 9");
    check_processed("100", 1, " 70");
    check_processed("255", 1, " 70");
    check_processed("071", 1, " 70");
    check_processed("1", 1, "0");
    check_processed("0", -1, "0");
    check_processed("007  ", 1, "  6  ");
    check_processed("x", -2, "x");
    check_processed("1x", -2, "1x");
    check_processed("-1", -2, "-1");
    check_processed("99999999999", -2, "99999999999");
    read_with("Max-Forwards: 10\n");
    CHECK_INT(CALL(maxfwd_module, "process_maxfwd", I(5)) + CALL(maxfwd_module, "process_maxfwd", I(5)), 2);
    CHECK_SPAN(hdr_body(msg_hdr_first(&msg, SIP_HDR_MAX_FORWARDS)), " 8");
    unload(MOD_MAXFWD, &maxfwd_module);
    scene_close();
}

static void a_missing_header_is_inserted(void)
{
    kl_span built;
    scene_open(INVITE_TEXT);
    load(MOD_MAXFWD, &maxfwd_module);
    read_with("");
    CHECK_INT(CALL(maxfwd_module, "process_maxfwd", I(107)), 2);
    CHECK_INT(CALL(maxfwd_module, "is_maxfwd_lt", I(10)), -2);
    CHECK_INT(kl_msg_build(&msg, &built), KL_OK);
    CHECK(strstr(message_text(built), "SIP/2.0\nMax-Forwards: 107\nVia:") != NULL);
    CHECK_INT(CALL(maxfwd_module, "process_maxfwd", I(256)), -1);
    CHECK_INT(CALL(maxfwd_module, "process_maxfwd", I(-1)), -1);
    unload(MOD_MAXFWD, &maxfwd_module);
    scene_close();
}

static void the_value_is_compared(void)
{
    scene_open(INVITE_TEXT);
    load(MOD_MAXFWD, &maxfwd_module);
    CHECK_INT(CALL(maxfwd_module, "is_maxfwd_lt", I(11)), 1);
    CHECK_INT(CALL(maxfwd_module, "is_maxfwd_lt", I(10)), -1);
    CHECK_INT(CALL(maxfwd_module, "is_maxfwd_lt", I(300)), -1);
    read_with("Max-Forwards: x\n");
    CHECK_INT(CALL(maxfwd_module, "is_maxfwd_lt", I(10)), -3);
    unload(MOD_MAXFWD, &maxfwd_module);
    scene_close();
}

static void the_limit_is_a_parameter(void)
{
    const module_param *param = &maxfwd_module.params[0];
    kl_value value = I(5);
    scene_open(INVITE_TEXT);
    load(MOD_MAXFWD, &maxfwd_module);
    CHECK_INT(param->set(&ctx, states[MOD_MAXFWD], &value, NULL), KL_OK);
    check_processed("70", 1, " 5");
    value.i = 256;
    CHECK_INT(param->set(&ctx, states[MOD_MAXFWD], &value, NULL), KL_ECONFIG);
    unload(MOD_MAXFWD, &maxfwd_module);
    scene_close();
}

CHECK_MAIN(CHECK_TEST(the_value_is_written_in_place), CHECK_TEST(a_missing_header_is_inserted),
           CHECK_TEST(the_value_is_compared), CHECK_TEST(the_limit_is_a_parameter))
