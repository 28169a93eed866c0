/* message.h: messages for the programs in tests/c, written with plain line ends: "\n" in a test is CRLF on the wire,
 * both ways. */
#ifndef TESTS_C_MESSAGE_H
#define TESTS_C_MESSAGE_H

#include "check.h"

#include "base/mem.h"
#include "sip/build.h"

typedef struct message_packet {
    const char *source, *local;
    uint16_t source_port, local_port;
    kl_transport proto;
    int conid;
} message_packet;

static const message_packet message_udp = {"127.0.0.1", "127.0.0.1", 5099, 5070, KL_PROTO_UDP, -1};

/* Every "\n" becomes "\r\n". Freed by the caller with free(). */
static inline kl_span message_wire(const char *text)
{
    char *out = malloc(2 * strlen(text) + 1), *at = out;
    if (!out) exit(2);
    for (; *text; text++) {
        if (*text == '\n') *at++ = '\r';
        *at++ = *text;
    }
    return span_between(out, at);
}

/* "\r\n" becomes "\n"; what stands alone of the two shows as \r and \n in text. In a buffer that the next call reuses.
 */
static inline const char *message_text(kl_span bytes)
{
    static char shown[16384];
    size_t n = 0;
    for (size_t i = 0; i < bytes.n && n < sizeof shown - 3; i++) {
        if (bytes.s[i] == '\r' && i + 1 < bytes.n && bytes.s[i + 1] == '\n') {
            shown[n++] = '\n';
            i++;
        } else if (bytes.s[i] == '\r' || bytes.s[i] == '\n') {
            shown[n++] = '\\';
            shown[n++] = bytes.s[i] == '\r' ? 'r' : 'n';
        } else {
            shown[n++] = bytes.s[i];
        }
    }
    shown[n] = '\0';
    return shown;
}

/* What came in, in the bytes of `wire`. */
static inline kl_packet message_packet_of(kl_span wire, const message_packet *from, double now)
{
    return (kl_packet){.data = wire.s,
                       .size = wire.n,
                       .source_host = span_text(from->source),
                       .local_host = span_text(from->local),
                       .source_port = from->source_port,
                       .local_port = from->local_port,
                       .transport = from->proto,
                       .conid = from->conid,
                       .now = now};
}

static inline int message_read_from(kl_msg *msg, const char *text, const message_packet *from)
{
    kl_span wire = message_wire(text);
    kl_error err;
    const kl_packet packet = message_packet_of(wire, from, 1000);
    kl_status status = msg_parse(msg, &packet, &err);
    if (status != KL_OK) printf("    not a message: %s at %lld\n", err.text, (long long)err.offset);
    free((char *)wire.s);
    return status == KL_OK;
}

static inline int message_read(kl_msg *msg, const char *text) { return message_read_from(msg, text, &message_udp); }

#define CHECK_WIRE(bytes, expected) CHECK_STR(message_text(bytes), expected)

#endif
