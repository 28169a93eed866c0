/* The table of modules and their parameters. */
#include "scene.h"

static kl_error err;

static int set(const kl_module *module, void *state, const char *name, kl_value value)
{
    error_clear(&err);
    return module_set_param(module, &ctx, state, span_text(name), &value, &err);
}

static kl_value integer(int64_t i) { return (kl_value){.type = KL_TYPE_INT, .i = i}; }
static kl_value text(const char *s) { return (kl_value){.type = KL_TYPE_STR, .s = span_text(s)}; }

static void parameters_are_set_by_name(void)
{
    char reason[] = "Oops";
    scene_open(INVITE_TEXT);
    load(MOD_SL, &sl_module);
    void *sl = states[MOD_SL];
    CHECK_INT(set(&sl_module, sl, "rich_redirect", integer(503)), KL_OK);
    CHECK_INT(set(&sl_module, sl, "event_callback_fl_ack", text(reason)), KL_OK);
    reason[0] = '#';
    CHECK_INT(proxy.stateless.settings->rich_redirect, 503);
    CHECK_SPAN(proxy.stateless.settings->event_callback_fl_ack, "Oops");
    CHECK_INT(set(&sl_module, sl, "nope", integer(1)), KL_ENOENT);
    CHECK_STR(err.where, "nope");
    CHECK_INT(set(&sl_module, sl, "rich_redirect", text("503")), KL_ECONFIG);
    CHECK_INT(set(&sl_module, sl, "event_callback_fl_ack", integer(1)), KL_ECONFIG);
    CHECK_INT(set(&sl_module, sl, "rich_redirect", integer((int64_t)1 << 33)), KL_ECONFIG);
    unload(MOD_SL, &sl_module);
    load(MOD_MAXFWD, &maxfwd_module);
    CHECK_INT(set(&maxfwd_module, states[MOD_MAXFWD], "max_limit", integer(16)), KL_OK);
    unload(MOD_MAXFWD, &maxfwd_module);
    scene_close();
}

static void every_row_says_what_it_is(void)
{
    for (int id = 0; id < MOD_COUNT; id++) {
        const kl_module *module = module_table[id];
        if (id == MOD_APP_LUA) continue; /* kemi's */
        REQUIRE(module != NULL);
        for (size_t i = 0; i < module->row_count; i++) {
            const kl_row *row = &module->rows[i];
            CHECK_STR(row->module, module->name);
            CHECK(row->fn != NULL && row->slot == -1);
            CHECK(row->returns == KL_TYPE_INT || row->returns == KL_TYPE_BOOL || row->returns == KL_TYPE_NONE ||
                  row->returns == KL_TYPE_XVAL);
            for (int p = 0; p < row->nparams; p++)
                CHECK(row->params[p] == KL_TYPE_STR || row->params[p] == KL_TYPE_INT ||
                      row->params[p] == KL_TYPE_LONG || row->params[p] == KL_TYPE_XVAL);
        }
    }
}

CHECK_MAIN(CHECK_TEST(parameters_are_set_by_name), CHECK_TEST(every_row_says_what_it_is))
