/* KSR.x: exit, drop, probe, modf. */
#include "kemi_test.h"

#include "pv/pv.h"
#include "pv/store/store.h"

static void exit_raises_exactly_its_string(void)
{
    kemi_test_open();
    CHECK_STR(eval("return pcall(KSR.x.exit)"), "false '~~ksr~exit~~'");
    CHECK_STR(eval("return pcall(KSR.x.exit, 1, 'ignored')"), "false '~~ksr~exit~~'");
    CHECK_STR(eval("return pcall(KSR.x.drop)"), "false '~~ksr~exit~~'");
    ctx.msg = NULL;
    CHECK_STR(eval("return pcall(KSR.x.exit)"), "false '~~ksr~exit~~'");
    kemi_test_close();
}

static void exit_ends_a_function_well(void)
{
    kemi_test_open();
    eval("function f() Before = 1 KSR.x.exit() After = 1 end");
    CHECK_INT(vm_call(vm, SPAN("f"), NULL, 0, &failure), KL_OK);
    CHECK_STR(eval("return Before, After"), "1 nil");
    CHECK_STR(last_log(), "");
    kemi_test_close();
}

static void drop_marks_where_there_is_an_action(void)
{
    kemi_test_open();
    eval("function f() KSR.x.drop() end");
    CHECK_INT(vm_call(vm, SPAN("f"), NULL, 0, &failure), KL_OK);
    CHECK(!ctx.dropped);
    ctx.has_action = true;
    CHECK_STR(eval("pcall(KSR.x.drop) return 'went on'"), "'went on'");
    CHECK(ctx.dropped);
    kemi_test_close();
}

static void probe_is_a_debug_line_and_no_value(void)
{
    kemi_test_open();
    CHECK_STR(eval("return select('#', KSR.x.probe())"), "0");
    CHECK_STR(last_log(), "");
    ctx.log_level = KL_LOG_DBG;
    ctx.msg = NULL;
    CHECK_STR(eval("return KSR.x.probe(1)"), "");
    CHECK_STR(last_log(), "KSR.x.probe: here");
    kemi_test_close();
}

/* ---- modf */

static const kl_row sl_rows[] = {
    ROW("sl", "sl_send_reply", INT, stub, INT, STR),    ROW("sl", "sl_reply_error", INT, stub),
    ROW("sl", "sl_forward_reply", INT, stub, STR, STR), ROW("maxfwd", "process_maxfwd", INT, stub, INT),
    ROW("siputils", "is_request", BOOL, stub),          ROW("siputils", "add_uri_param", INT, stub, STR),
    ROW("siputils", "is_user", INT, stub, STR),         ROW("hdr", "remove", INT, stub, STR)};
static int present;
static int is_present(kl_ctx *c, const kl_value *args, kl_value *out)
{
    (void)c, (void)args, (void)out;
    return present;
}
static const kl_row present_row = ROW("hdr", "is_present", INT, is_present, STR);

static void modf_open(void)
{
    scene_open(INVITE_TEXT);
    ctx.pvs = pv_cache_new((const unsigned char[16]){0});
    ctx.vars = vars_new(0);
    kemi_init(&table);
    add_rows(stub_rows, sizeof stub_rows / sizeof *stub_rows);
    add_rows(sl_rows, sizeof sl_rows / sizeof *sl_rows);
    add_rows(&present_row, 1);
    open_state();
}

static void modf_close(void)
{
    vars_free(ctx.vars);
    pv_cache_free(ctx.pvs);
    kemi_test_close();
}

/* -1, nothing called, a line that ends like this. */
static void refused(const char *arguments, const char *line)
{
    char code[256];
    snprintf(code, sizeof code, "return KSR.x.modf(%s)", arguments);
    told[0] = '\0';
    CHECK_STR(eval(code), "-1");
    CHECK_STR(told, "");
    const char *text = last_log();
    const size_t n = strlen(text), m = strlen(line);
    CHECK_STR(n > m ? text + n - m : text, line);
}

static void modf_calls_by_name_and_count(void)
{
    modf_open();
    answer.i = 7;
    CHECK_STR(eval("return KSR.x.modf('sl_send_reply', '404', 'Not Found')"), "7");
    CHECK_STR(told, "sl_send_reply(404,'Not Found')");
    CHECK_STR(eval("return KSR.x.modf('sl_send_reply', 404, 'Not Found')"), "7");
    CHECK_STR(told, "sl_send_reply(404,'Not Found')");
    CHECK_STR(eval("return KSR.x.modf('sl_reply_error')"), "7");
    CHECK_STR(eval("return KSR.x.modf('sl_forward_reply')"), "7");
    CHECK_STR(told, "sl_forward_reply((null),(null))");
    CHECK_STR(eval("return KSR.x.modf('sl_forward_reply', '200')"), "7");
    CHECK_STR(told, "sl_forward_reply('200',(null))");
    CHECK_STR(eval("return KSR.x.modf('maxfwd_process', '10')"), "7");
    CHECK_STR(told, "process_maxfwd(10)");
    answer.i = 0;
    CHECK_STR(eval("return KSR.x.modf('is_request')"), "-1");
    answer.i = 1;
    CHECK_STR(eval("return KSR.x.modf('is_request')"), "1");
    CHECK_STR(last_log(), "");
    modf_close();
}

static void modf_evaluates_where_the_script_language_does(void)
{
    modf_open();
    CHECK_STR(eval("return KSR.x.modf('is_user', 'u-$rU')"), "1");
    CHECK_STR(told, "is_user('u-bob')");
    CHECK_STR(eval("return KSR.x.modf('add_uri_param', '$rU')"), "1");
    CHECK_STR(told, "add_uri_param('$rU')");
    modf_close();
}

static void modf_refuses(void)
{
    modf_open();
    refused("", "the name of a function is missing");
    refused("nil", "parameters are strings and numbers");
    refused("'sl_send_reply', 404, nil", "parameters are strings and numbers");
    refused("'sl_send_reply', true, 'x'", "parameters are strings and numbers");
    refused("'sl_send_reply', {}, 'x'", "parameters are strings and numbers");
    refused("'a', 1, 2, 3, 4, 5, 6, 7", "too many parameters");
    refused("'a', 1, 2, 3, 4, 5, 6", "a with 6 parameters is not known");
    refused("'sl_send_reply', 404", "sl_send_reply with 1 parameters is not known");
    refused("'setflag', 1", "setflag with 1 parameters is not known");
    refused("'is_method', 'INVITE'", "is_method with 1 parameters cannot be called from here");
    refused("'xlog', 'text'", "xlog with 1 parameters cannot be called from here");
    refused("'sl_send_reply', 'x', 'text'", "sl_send_reply: a parameter cannot be evaluated");
    refused("'sl_send_reply', '', 'text'", "sl_send_reply: a parameter cannot be evaluated");
    refused("'record_route'", "record_route: its module is not loaded");
    ctx.msg = NULL;
    refused("'is_request'", "there is no message here");
    modf_close();
}

/* Unlike KSR.hdr.remove, which always succeeds. */
static void modf_remove_hf_fails_when_there_is_none(void)
{
    modf_open();
    present = -1;
    told[0] = '\0';
    CHECK_STR(eval("return KSR.x.modf('remove_hf', 'X')"), "-1");
    CHECK_STR(told, "");
    present = 1;
    CHECK_STR(eval("return KSR.x.modf('remove_hf', 'X')"), "1");
    CHECK_STR(told, "remove('X')");
    modf_close();
}

static void modf_gives_scratch_memory_back(void)
{
    modf_open();
    CHECK_STR(eval("for i = 1, 500 do KSR.x.modf('is_user', '$ru$ru$ru') KSR.x.modf('nope') end"), "");
    CHECK_INT(scratch.used, 0);
    effects_clear(&effects);
    modf_close();
}

CHECK_MAIN(CHECK_TEST(exit_raises_exactly_its_string), CHECK_TEST(exit_ends_a_function_well),
           CHECK_TEST(drop_marks_where_there_is_an_action), CHECK_TEST(probe_is_a_debug_line_and_no_value),
           CHECK_TEST(modf_calls_by_name_and_count), CHECK_TEST(modf_evaluates_where_the_script_language_does),
           CHECK_TEST(modf_refuses), CHECK_TEST(modf_remove_hf_fails_when_there_is_none),
           CHECK_TEST(modf_gives_scratch_memory_back))
