/* engine.h: a whole engine with every module, small limits and the safe libraries; one for each input. */
#ifndef TESTS_FUZZ_ENGINE_H
#define TESTS_FUZZ_ENGINE_H

#include "fuzz.h"

static const kl_config engine_config = {.instructions = 100000,
                                        .memory = 8 << 20,
                                        .message_memory = 1 << 20,
                                        .libraries = KL_LIBS_SAFE,
                                        .reload = 1,
                                        .log_level = KL_LOG_DBG,
                                        .seed = {1}};

static void engine_set(kl_engine *engine, const char *name, const char *text)
{
    const kl_value value = {.type = KL_TYPE_STR, .s = span_text(text)};
    FUZZ_CHECK(kl_engine_param(engine, SPAN(""), span_text(name), &value, NULL) == KL_OK);
}

static kl_engine *engine_open(void)
{
    kl_error err;
    kl_engine *engine = kl_engine_new(&engine_config, NULL, &err);
    FUZZ_CHECK(engine != NULL);
    FUZZ_CHECK(kl_engine_listen(engine, SPAN("udp:192.0.2.1:5060 name first"), &err) == KL_OK);
    FUZZ_CHECK(kl_engine_alias(engine, SPAN("example.com"), &err) == KL_OK);
    for (size_t i = 1; kl_module_name(i); i++)
        FUZZ_CHECK(kl_engine_module(engine, span_text(kl_module_name(i)), &err) == KL_OK);
    engine_set(engine, "xavp_via_params", "x");
    engine_set(engine, "xavp_via_fields", "x");
    engine_set(engine, "xavp_via_reply_params", "x");
    FUZZ_CHECK(kl_engine_start(engine, &err) == KL_OK);
    return engine;
}

/* What a script can end with. */
static bool engine_may_say(kl_status status)
{
    return status == KL_OK || status == KL_ESYNTAX || status == KL_ERUN || status == KL_EBUDGET ||
           status == KL_EMEMORY || status == KL_ENOMEM;
}

/* Text only: precompiled Lua is not checked by Lua, and an engine takes it from its owner alone. */
static void engine_eval(kl_engine *engine, kl_msg *msg, kl_span code)
{
    const kl_value *values;
    size_t count, effects;
    kl_error err;
    if (code.n > 0 && code.s[0] == '\x1b') return;
    const kl_status status = kl_engine_eval(engine, msg, code, &values, &count, &err);
    FUZZ_CHECK(engine_may_say(status) && kl_engine_depth(engine) == 0);
    if (status == KL_OK)
        for (size_t i = 0; i < count; i++)
            if (values[i].type == KL_TYPE_STR) fuzz_touch(values[i].s);
    const kl_effect *effect = kl_engine_effects(engine, &effects);
    for (; effects > 0; effects--, effect++) fuzz_touch(effect->data);
}

/* After whatever ran: the next chunk does its work, unless the memory that is left is too little for it. */
static void engine_goes_on(kl_engine *engine, kl_msg *msg)
{
    const kl_value *values;
    size_t count;
    kl_error err;
    const kl_status status = kl_engine_eval(engine, msg, SPAN("return 7"), &values, &count, &err);
    FUZZ_CHECK(kl_engine_memory(engine) <= 2 * (size_t)engine_config.memory);
    FUZZ_CHECK(status == KL_EMEMORY || status == KL_ENOMEM || (status == KL_OK && count == 1 && values[0].i == 7));
}

static void engine_is_built(kl_msg *msg)
{
    kl_span built;
    FUZZ_CHECK(kl_msg_build(msg, &built) == KL_OK);
    fuzz_touch(built);
}

#endif
