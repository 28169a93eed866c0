/* encode.c: {s.encode.*} and {s.decode.*} over base/codec.h. */
#include "tr.h"

#include "base/codec.h"

typedef size_t (*convert)(kl_span in, char *out);
typedef size_t (*bound)(size_t n);

static size_t to_base64(kl_span in, char *out) { return base64_encode(in, false, true, out); }
static size_t to_base64t(kl_span in, char *out) { return base64_encode(in, false, false, out); }
static size_t to_base64url(kl_span in, char *out) { return base64_encode(in, true, true, out); }
static size_t to_base64urlt(kl_span in, char *out) { return base64_encode(in, true, false, out); }
static size_t from_base64(kl_span in, char *out) { return base64_decode_lax(in, false, out); }
static size_t from_base64t(kl_span in, char *out) { return base64_decode_lax(in, true, out); }

/* A text that holds less than a byte is malformed too; the empty one is not. */
static size_t from_base64url(kl_span in, char *out)
{
    size_t n = base64_decode_url(in, out);
    return n == 0 && in.n ? CODEC_BAD : n;
}

static size_t hex_half(size_t n) { return n / 2; }

static const struct {
    convert run;
    bound room;
} codecs[] = {
    {hex_encode, hex_encode_bound},        {hex_decode, hex_half},
    {gsm7_encode, gsm7_encode_bound},      {gsm7_decode, gsm7_decode_bound},
    {base58_encode, base58_encode_bound},  {base58_decode, base58_decode_bound},
    {to_base64, base64_encode_bound},      {to_base64t, base64_encode_bound},
    {to_base64url, base64_encode_bound},   {to_base64urlt, base64_encode_bound},
    {from_base64, base64_decode_bound},    {from_base64t, base64_decode_bound},
    {from_base64url, base64_decode_bound},
};
enum {
    HEX_ENCODE,
    HEX_DECODE,
    GSM7_ENCODE,
    GSM7_DECODE,
    BASE58_ENCODE,
    BASE58_DECODE,
    TO_BASE64,
    TO_BASE64T,
    TO_BASE64URL,
    TO_BASE64URLT,
    FROM_BASE64,
    FROM_BASE64T,
    FROM_BASE64URL
};

static bool recode(kl_ctx *ctx, const tr_step *step, pv_value *value)
{
    kl_span text;
    char *room;
    if (!tr_text(ctx, value, &text) || text.n > (size_t)2 * (TR_BUFFER + 1)) return false;
    if (!(room = tr_room(ctx, codecs[step->data].room(text.n)))) return false;
    size_t n = codecs[step->data].run(text, room);
    return n != CODEC_BAD && tr_give(value, span_of(room, n));
}

static const tr_op ops[] = {
    {"s", "encode.hexa", "", recode, HEX_ENCODE},          {"s", "decode.hexa", "", recode, HEX_DECODE},
    {"s", "encode.7bit", "", recode, GSM7_ENCODE},         {"s", "decode.7bit", "", recode, GSM7_DECODE},
    {"s", "encode.base58", "", recode, BASE58_ENCODE},     {"s", "decode.base58", "", recode, BASE58_DECODE},
    {"s", "encode.base64", "", recode, TO_BASE64},         {"s", "decode.base64", "", recode, FROM_BASE64},
    {"s", "encode.base64t", "", recode, TO_BASE64T},       {"s", "decode.base64t", "", recode, FROM_BASE64T},
    {"s", "encode.base64url", "", recode, TO_BASE64URL},   {"s", "decode.base64url", "", recode, FROM_BASE64URL},
    {"s", "encode.base64urlt", "", recode, TO_BASE64URLT}, {"s", "decode.base64urlt", "", recode, FROM_BASE64URL},
};
const tr_family tr_encode_family = {ops, sizeof ops / sizeof ops[0]};
