/* Any text as a Lua chunk, run on a message with KSR and the safe libraries, within its limits. */
#include "engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kl_engine *engine = engine_open();
    kl_msg *msg = kl_msg_new(engine_config.message_memory);
    fuzz_parse(msg, SPAN_NULL, KL_PROTO_UDP);
    engine_eval(engine, msg, span_of((const char *)data, size));
    engine_goes_on(engine, msg);
    engine_is_built(msg);
    kl_engine_free(engine);
    kl_msg_free(msg);
    return 0;
}
