/* nonce.c: nonces as Kamailio's auth makes them, so that servers with one secret take each other's: base64 of the times
 * of their end and of their making, an MD5 over these with the secret, one over what they are bound to, and a number
 * where their use is noted. */
#include "auth.h"
#include "base/codec.h"
#include "base/digest.h"
#include "base/text.h"
#include "core/shared.h"
#include "sip/ip.h"

#define TIMES    8
#define NUMBER   5 /* with flags */
#define MOST     (TIMES + 2 * MD5_SIZE + NUMBER)
#define LEAST    (TIMES + MD5_SIZE)
#define HAS_NC   128 /* of the last byte: its count is noted */
#define HAS_ONCE 64
#define SECRET   32 /* characters of a secret that is made here */

typedef struct raw_nonce {
    unsigned char bytes[MOST];
    size_t size;
    unsigned bound; /* AUTH_BIND_* */
} raw_nonce;

static unsigned char *put32(unsigned char *at, uint32_t n)
{
    for (int i = 0; i < 4; i++) *at++ = (unsigned char)(n >> (24 - 8 * i));
    return at;
}

static uint32_t get32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static kl_span bytes_of(const unsigned char *at, size_t n) { return span_of((const char *)at, n); }

/* ---- what is signed */

static bool binds(const auth_settings *settings)
{
    return settings->auth_checks_register || settings->auth_checks_no_dlg || settings->auth_checks_in_dlg;
}

static bool notes_use(const auth_settings *settings) { return settings->nonce_count || settings->one_time_nonce; }

static unsigned bound_to(const auth_settings *settings, kl_msg *msg)
{
    const sip_nameaddr *to = msg_to(msg);
    if (msg->method_id == SIP_REGISTER) return (unsigned)settings->auth_checks_register;
    return (unsigned)(to && to->tag.n > 0 ? settings->auth_checks_in_dlg : settings->auth_checks_no_dlg);
}

/* Without a modparam: one that all engines of the shared state have. */
static kl_span secret_of(const kl_ctx *ctx, const auth_settings *settings, char room[SECRET])
{
    if (settings->secret.n > 0) return settings->secret;
    text_put_hex_digits(room, shared_hash(ctx->shared, SPAN("auth"), SPAN("secret"), SPAN("1")), TEXT_HEX);
    text_put_hex_digits(room + TEXT_HEX, shared_hash(ctx->shared, SPAN("auth"), SPAN("secret"), SPAN("2")), TEXT_HEX);
    return span_of(room, SECRET);
}

/* Two halves where nonces may be bound. */
typedef struct secrets {
    char room[SECRET];
    kl_span first, second;
} secrets;

static void find_secrets(const kl_ctx *ctx, const auth_settings *settings, secrets *out)
{
    const kl_span all = secret_of(ctx, settings, out->room);
    const size_t half = binds(settings) ? all.n / 2 : all.n;
    out->first = span_of(all.s, half);
    out->second = span_from(all, half);
}

static void add_source(digest_state *state, const kl_msg *msg)
{
    sip_ip ip;
    if (ip_parse(msg->source_host, &ip)) md5_update(state, bytes_of(ip.bytes, ip.family == 4 ? 4 : 16));
}

static void sign_request(kl_ctx *ctx, unsigned bound, kl_span secret, unsigned char out[MD5_SIZE])
{
    digest_state state;
    kl_msg *msg = ctx->msg;
    const sip_hdr *call_id = msg_hdr_first(msg, SIP_HDR_CALL_ID);
    const sip_nameaddr *from = msg_from(msg);
    md5_init(&state);
    if (bound & AUTH_BIND_URI) md5_update(&state, msg_current_uri(msg));
    if ((bound & AUTH_BIND_CALL_ID) && call_id) md5_update(&state, hdr_body(call_id));
    if ((bound & AUTH_BIND_FROM_TAG) && from) md5_update(&state, from->tag);
    if (bound & AUTH_BIND_SOURCE) add_source(&state, msg);
    md5_update(&state, secret);
    md5_final(&state, out);
}

/* Fills in what is computed; the times, and the number at the end, are there. */
static void sign(kl_ctx *ctx, const auth_settings *settings, raw_nonce *nonce)
{
    secrets with;
    digest_state state;
    find_secrets(ctx, settings, &with);
    const size_t number = nonce->size - LEAST - (nonce->bound ? MD5_SIZE : 0);
    md5_init(&state);
    md5_update(&state, bytes_of(nonce->bytes, TIMES));
    md5_update(&state, bytes_of(nonce->bytes + nonce->size - number, number));
    md5_update(&state, with.first);
    md5_final(&state, nonce->bytes + TIMES);
    if (nonce->bound) sign_request(ctx, nonce->bound, with.second, nonce->bytes + LEAST);
}

static size_t size_of(const auth_settings *settings, unsigned bound)
{
    return LEAST + (bound ? MD5_SIZE : 0) + (notes_use(settings) ? NUMBER : 0);
}

/* ---- making one */

kl_span auth_nonce(kl_ctx *ctx, const auth_settings *settings, bool bound)
{
    raw_nonce nonce = {.bound = bound && ctx->msg ? bound_to(settings, ctx->msg) : 0};
    shared_nonces *const nonces = shared_nonces_of(ctx->shared);
    const uint32_t now = (uint32_t)ctx->now;
    nonce.size = size_of(settings, nonce.bound);
    put32(put32(nonce.bytes, now + (uint32_t)settings->nonce_expire), now);
    shared_nonces_began(nonces, ctx->server->started);
    if (notes_use(settings)) {
        unsigned char *at = put32(nonce.bytes + nonce.size - NUMBER, shared_nonces_number(nonces));
        *at = (unsigned char)((settings->nonce_count ? HAS_NC : 0) | (settings->one_time_nonce ? HAS_ONCE : 0));
    }
    sign(ctx, settings, &nonce);
    char *out = arena_alloc(ctx->scratch, AUTH_NONCE);
    if (!out) return SPAN_NULL;
    return span_of(out, base64_encode(bytes_of(nonce.bytes, nonce.size), false, true, out));
}

/* ---- judging one */

static bool read_nonce(kl_span text, raw_nonce *out)
{
    char room[AUTH_NONCE];
    if (text.n > AUTH_NONCE || base64_decode_bound(text.n) < LEAST) return false;
    const size_t n = base64_decode_lax(text, false, room);
    if (n == CODEC_BAD || n < LEAST || n > MOST) return false;
    memcpy(out->bytes, room, n);
    out->size = n;
    return true;
}

static bool count_of(const sip_credentials *given, unsigned *out)
{
    uint32_t count = 0;
    if (given->nc.n == 0 || given->nc.n > 8) return false;
    for (size_t i = 0; i < given->nc.n; i++) {
        const int digit = hex_digit(given->nc.s[i]);
        if (digit < 0) return false;
        count = count * 16 + (uint32_t)digit;
    }
    *out = count;
    return true;
}

static auth_result judge_use(kl_ctx *ctx, const auth_settings *settings, const raw_nonce *nonce,
                             const sip_credentials *given, bool take)
{
    shared_nonces *const nonces = shared_nonces_of(ctx->shared);
    const unsigned char *at = nonce->bytes + nonce->size - NUMBER;
    unsigned count;
    if (settings->nonce_count && at[4] & HAS_NC && given->qop.n > 0) {
        if (!count_of(given, &count)) return AUTH_ERROR;
        return shared_nonces_count(nonces, get32(at), count, take) == NONCE_USE_FIRST ? AUTH_GOOD : AUTH_STALE;
    }
    if (!take || !settings->one_time_nonce || !(at[4] & HAS_ONCE)) return AUTH_GOOD;
    switch (shared_nonces_once(nonces, get32(at))) {
    case NONCE_USE_FIRST: return AUTH_GOOD;
    case NONCE_USE_AGAIN: return AUTH_REUSED;
    default: return AUTH_STALE;
    }
}

/* The signature that begins there. */
static bool is_same(const raw_nonce *a, const raw_nonce *b, size_t at)
{
    return digest_equal(bytes_of(a->bytes + at, MD5_SIZE), bytes_of(b->bytes + at, MD5_SIZE));
}

static bool is_of_another_time(kl_ctx *ctx, const auth_settings *settings, const raw_nonce *nonce)
{
    const double since = get32(nonce->bytes + 4);
    const double began = shared_nonces_began(shared_nonces_of(ctx->shared), ctx->server->started);
    return since < (double)(uint32_t)began || since - ctx->now > settings->nonce_auth_max_drift;
}

auth_result auth_nonce_judge(kl_ctx *ctx, const auth_settings *settings, const sip_credentials *given, bool keep)
{
    raw_nonce nonce;
    if (!read_nonce(given->nonce, &nonce)) return AUTH_ERROR;
    nonce.bound = bound_to(settings, ctx->msg);
    if (is_of_another_time(ctx, settings, &nonce) || nonce.size != size_of(settings, nonce.bound)) return AUTH_STALE;
    raw_nonce ours = nonce;
    sign(ctx, settings, &ours);
    if (!is_same(&ours, &nonce, TIMES)) return AUTH_ERROR;
    if (nonce.bound && !is_same(&ours, &nonce, LEAST)) return AUTH_STALE;
    const auth_result use = notes_use(settings) ? judge_use(ctx, settings, &nonce, given, !keep) : AUTH_GOOD;
    return use == AUTH_GOOD && get32(nonce.bytes) < ctx->now ? AUTH_STALE : use;
}

void auth_nonce_take(kl_ctx *ctx, const auth_settings *settings, const sip_credentials *given)
{
    raw_nonce nonce;
    if (notes_use(settings) && read_nonce(given->nonce, &nonce) && nonce.size >= LEAST + NUMBER)
        judge_use(ctx, settings, &nonce, given, true);
}
