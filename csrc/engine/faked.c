/* faked.c: the request that no one sent. */
#include "engine.h"

#include "base/mem.h"

/* What events of modules run on: Kamailio makes up a request too. */
static const char made_up[] =
    "OPTIONS sip:event@kemilua.invalid SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKevent\r\nFrom: "
    "<sip:event@kemilua.invalid>;tag=event\r\n"
    "To: <sip:event@kemilua.invalid>\r\nCall-ID: event@kemilua.invalid\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

kl_msg *engine_faked_message(kl_engine *engine)
{
    kl_error err;
    const kl_packet packet = {.data = made_up,
                              .size = sizeof made_up - 1,
                              .source_host = SPAN("127.0.0.1"),
                              .local_host = SPAN("127.0.0.1"),
                              .source_port = 5060,
                              .local_port = 5060,
                              .transport = KL_PROTO_UDP,
                              .conid = -1,
                              .now = engine->now};
    if (!engine->faked_msg) {
        engine->faked_msg = kl_calloc(1, sizeof *engine->faked_msg);
        if (!engine->faked_msg) return NULL;
        msg_init(engine->faked_msg, engine->config.message_memory);
    }
    if (msg_parse(engine->faked_msg, &packet, &err) != KL_OK) return NULL;
    engine->faked_msg->msg_flags |= SIP_MSG_FAKED;
    return engine->faked_msg;
}
