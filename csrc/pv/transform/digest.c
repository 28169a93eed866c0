/* digest.c: {s.md5}, {s.sha*}, {s.keccak}, {s.crc32}, {s.corehash} over base/digest.h. */
#include "tr.h"

#include "base/corehash.h"
#include "base/digest.h"

static bool give_hex(kl_ctx *ctx, pv_value *value, const uint8_t *digest, size_t size)
{
    char *room = tr_room(ctx, 2 * size);
    if (!room) return false;
    digest_hex(digest, size, room);
    return tr_give(value, span_of(room, 2 * size));
}

typedef void (*digest)(kl_span text, uint8_t *out);

static const struct {
    digest run;
    size_t size;
} digests[] = {
    {digest_md5, MD5_SIZE},       {digest_sha1, SHA1_SIZE},     {digest_sha256, SHA256_SIZE},
    {digest_sha384, SHA384_SIZE}, {digest_sha512, SHA512_SIZE},
};
enum { USE_MD5, USE_SHA1, USE_SHA256, USE_SHA384, USE_SHA512 };

static bool hash(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    uint8_t out[DIGEST_MAX_SIZE];
    if (!tr_text(ctx, value, &text)) return false;
    digests[step->data].run(text, out);
    return give_hex(ctx, value, out, digests[step->data].size);
}

/* data 1: Keccak as submitted. */
static bool sha3(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    int64_t bits;
    uint8_t out[DIGEST_MAX_SIZE];
    if (!tr_text(ctx, value, &text) || !tr_int_or(ctx, step, 0, 256, &bits) ||
        (bits != 256 && bits != 384 && bits != 512))
        return false;
    (step->data ? digest_keccak : digest_sha3)(text, (int)bits, out);
    return give_hex(ctx, value, out, (size_t)bits / 8);
}

static bool crc32_of(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    (void)step;
    return tr_text(ctx, value, &text) && tr_give_int(value, digest_crc32(text));
}

static kl_span decimal(kl_ctx *ctx, uint32_t n)
{
    pv_value number;
    pv_int(&number, n);
    return pv_text(ctx, &number);
}

/* A text, although of digits; a size other than 0 masks with size - 1 in 32 bits, whether it is a power of two or not.
 */
static bool core_hash(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    int64_t size;
    if (!tr_text(ctx, value, &text) || !tr_int_or(ctx, step, 0, 0, &size)) return false;
    uint32_t h = corehash(text, SPAN_NULL);
    if (size) h &= (uint32_t)size - 1;
    text = decimal(ctx, h);
    return text.s && tr_give(value, text);
}

/* Kamailio compares one character of "sha1", so {s.s} is SHA-1 and {s.sha1} does not parse. */
static const tr_op ops[] = {
    {"s", "md5", "", hash, USE_MD5},       {"s", "s", "", hash, USE_SHA1},        {"s", "sha256", "", hash, USE_SHA256},
    {"s", "sha384", "", hash, USE_SHA384}, {"s", "sha512", "", hash, USE_SHA512}, {"s", "sha3", "?i", sha3, 0},
    {"s", "keccak", "?i", sha3, 1},        {"s", "crc32", "", crc32_of, 0},       {"s", "corehash", "?i", core_hash, 0},
};
const tr_family tr_digest_family = {ops, sizeof ops / sizeof ops[0]};
