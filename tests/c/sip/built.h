/* built.h: one message that a test reads, changes and builds, and the bytes of that. */
#ifndef TESTS_C_SIP_BUILT_H
#define TESTS_C_SIP_BUILT_H

#include "message.h"

static kl_msg msg;
static kl_buf out;

static inline void start_from(const char *text, const message_packet *from)
{
    msg_init(&msg, 0);
    buf_init(&out);
    CHECK(message_read_from(&msg, text, from));
}

static inline void start(const char *text) { start_from(text, &message_udp); }

static inline void finish(void)
{
    buf_free(&out);
    msg_done(&msg);
}

#endif
