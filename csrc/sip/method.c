#include "method.h"

#include "base/status.h"

/* clang-format off */
#define METHODS(X) \
    X(INVITE, 'I', 'E') X(CANCEL, 'C', 'L') X(ACK, 'A', 'K') X(BYE, 'B', 'E') X(INFO, 'I', 'O') \
    X(REGISTER, 'R', 'R') X(SUBSCRIBE, 'S', 'E') X(NOTIFY, 'N', 'Y') X(MESSAGE, 'M', 'E') X(OPTIONS, 'O', 'S') \
    X(PRACK, 'P', 'K') X(UPDATE, 'U', 'E') X(REFER, 'R', 'R') X(PUBLISH, 'P', 'H') X(KDMQ, 'K', 'Q') \
    X(GET, 'G', 'T') X(POST, 'P', 'T') X(PUT, 'P', 'T') X(DELETE, 'D', 'E')
/* clang-format on */

/* No two of these names share a slot: the compiler would report a doubled initializer. */
#define SLOT(length, first, last) (((length) + (size_t)4 * ((first) & 31) + (size_t)16 * ((last) & 31)) & 31)

typedef struct method {
    const char *name;
    uint32_t length, id;
} method;

#define ENTRY(name, first, last) [SLOT(sizeof(#name) - 1, first, last)] = {#name, sizeof(#name) - 1, SIP_##name},
static const method methods[32] = {METHODS(ENTRY)};

static const method *candidate(kl_span name)
{
    if (!name.n) return NULL;
    const method *m = &methods[SLOT(name.n, (unsigned char)*name.s, (unsigned char)name.s[name.n - 1])];
    return m->length == name.n ? m : NULL;
}

uint32_t sip_method_of(kl_span name)
{
    const method *m = candidate(name);
    return m && memcmp(m->name, name.s, name.n) == 0 ? m->id : SIP_METHOD_OTHER;
}

uint32_t sip_method_ofi(kl_span name)
{
    const method *m = candidate(name);
    if (!m) return SIP_METHOD_OTHER;
    return KL_LIKELY(word_equal(m->name, name.s, name.n)) || span_eqi(span_of(m->name, m->length), name)
               ? m->id
               : SIP_METHOD_OTHER;
}
