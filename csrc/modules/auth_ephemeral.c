/* KSR.auth_ephemeral.*: users whose name says until when it is good, and whose password is an HMAC of the name with a
 * secret that is shared with whoever gave it out. */
#include "auth/auth.h"
#include "base/codec.h"
#include "base/hmac.h"
#include "base/status.h"
#include "base/text.h"
#include "core/notes.h"
#include "core/shared.h"
#include "modules/modules.h"
#include "modules/rpc_values.h"

enum { TIME_BEHIND, TIME_BEFORE }; /* username_format: the user's name */

/* Of a parameter, in the server's arena. */
typedef struct given_secret {
    struct given_secret *before;
    kl_span text;
} given_secret;

typedef struct ephemeral_state {
    given_secret *secrets; /* the last one */
    size_t secret_count;
    int username_format, sha_algorithm;
} ephemeral_state;

static ephemeral_state *state_of(kl_ctx *ctx) { return module_state(ctx, MOD_AUTH_EPHEMERAL); }

/* ---- names and passwords */

/* Unix time of its end; false: it has none. */
static bool end_of(const ephemeral_state *state, kl_span name, uint64_t *out)
{
    const char *colon = span_find(name, ':');
    if (colon && state->username_format == TIME_BEFORE) name = span_between(name.s, colon);
    else if (colon) name = span_between(colon + 1, span_end(name));
    return span_uint(name, UINT32_MAX, out);
}

static kl_span password_of(kl_ctx *ctx, kl_span secret, kl_span name)
{
    static const hmac_hash *const hashes[] = {&hmac_sha1, &hmac_sha256, &hmac_sha384, &hmac_sha512};
    const hmac_hash *with = hashes[state_of(ctx)->sha_algorithm];
    uint8_t bytes[DIGEST_MAX_SIZE];
    char *out = arena_alloc(ctx->scratch, base64_encode_bound(DIGEST_MAX_SIZE));
    if (!out || !hmac_of(ctx->scratch, with, secret, name, bytes)) return SPAN_NULL;
    return span_of(out, base64_encode(span_of((const char *)bytes, with->size), false, true, out));
}

/* For each secret, the newest first, until one gives another result than WRONG_PASSWORD. */
typedef auth_result (*tried)(kl_ctx *ctx, const void *with, kl_span password);
static auth_result try_all(kl_ctx *ctx, kl_span name, tried try, const void *with)
{
    kl_span *secrets;
    auth_result result = AUTH_WRONG_PASSWORD;
    const size_t count = shared_secrets_copy(shared_ephemeral_of(ctx->shared), ctx->scratch, &secrets);
    if (count == SIZE_MAX) return AUTH_ERROR;
    for (size_t i = 0; i < count && result == AUTH_WRONG_PASSWORD; i++) {
        const kl_span password = password_of(ctx, secrets[i], name);
        result = password.s ? try(ctx, with, password) : AUTH_ERROR;
    }
    return result;
}

/* ---- requests */

typedef struct request {
    const auth_found *found;
    kl_span method;
} request;

static auth_result try_response(kl_ctx *ctx, const void *with, kl_span password)
{
    const request *asked = with;
    return auth_try(ctx, asked->found, asked->method, &(auth_password){.text = password});
}

static auth_result judge(kl_ctx *ctx, const auth_found *found, kl_span method)
{
    uint64_t end;
    const auth_result nonce = auth_admit(ctx, module_state(ctx, MOD_AUTH), found, false);
    if (nonce != AUTH_GOOD && nonce != AUTH_STALE) return nonce;
    /* the header is marked whatever comes of it, as in Kamailio */
    if (!notes_set_authorized(ctx->msg, found->given.user, found->hdr)) return AUTH_ERROR;
    if (!end_of(state_of(ctx), found->given.username, &end)) return AUTH_ERROR;
    if ((double)end < ctx->now) return AUTH_EXPIRED_USER;
    const auth_result response = try_all(ctx, found->given.username, try_response, &(request){found, method});
    return response == AUTH_GOOD ? nonce : response;
}

static int check(kl_ctx *ctx, bool proxy, kl_span realm, kl_span method)
{
    auth_found found;
    if (auth_passes(ctx->msg)) return AUTH_GOOD;
    if (realm.n == 0 || method.n == 0) return AUTH_ERROR;
    const auth_result is_there = auth_find(ctx->msg, proxy ? SIP_HDR_PROXY_AUTHORIZATION : SIP_HDR_AUTHORIZATION, realm,
                                           &found);
    return is_there == AUTH_GOOD ? judge(ctx, &found, method) : is_there;
}

static KSR_FN(check_either) { return check(ctx, ctx->msg->method_id != SIP_REGISTER, args[0].s, msg_method(ctx->msg)); }

static KSR_FN(check_www) { return check(ctx, false, args[0].s, msg_method(ctx->msg)); }

static KSR_FN(check_www_method) { return check(ctx, false, args[0].s, args[1].s); }

static KSR_FN(check_proxy) { return check(ctx, true, args[0].s, msg_method(ctx->msg)); }

/* ---- a name and a password by themselves */

static auth_result try_text(kl_ctx *ctx, const void *with, kl_span password)
{
    (void)ctx;
    return digest_equal(*(const kl_span *)with, password) ? AUTH_GOOD : AUTH_WRONG_PASSWORD;
}

static KSR_FN(authenticate)
{
    uint64_t end;
    if (args[0].s.n == 0 || args[1].s.n == 0 || !end_of(state_of(ctx), args[0].s, &end)) return AUTH_ERROR;
    if ((double)end < ctx->now) return AUTH_EXPIRED_USER;
    return try_all(ctx, args[0].s, try_text, &args[1].s) == AUTH_GOOD ? 1 : -1;
}

static const kl_row rows[] = {
    ROW("auth_ephemeral", "autheph_authenticate", INT, authenticate, STR, STR),
    ROW("auth_ephemeral", "autheph_check", INT, check_either, STR),
    ROW("auth_ephemeral", "autheph_proxy", INT, check_proxy, STR),
    ROW("auth_ephemeral", "autheph_www", INT, check_www, STR),
    ROW("auth_ephemeral", "autheph_www_method", INT, check_www_method, STR, STR),
};

/* ---- parameters */

static kl_status set_secret(kl_ctx *ctx, void *opaque, const kl_value *value, kl_error *err)
{
    ephemeral_state *state = opaque;
    if (value->type != KL_TYPE_STR || value->s.n == 0)
        return error_set(err, KL_ECONFIG, "modparam auth_ephemeral.secret is text");
    given_secret *one = arena_zalloc(&ctx->server->arena, sizeof *one);
    if (one) one->text = arena_copy(&ctx->server->arena, value->s);
    if (!one || !one->text.s) return error_set(err, KL_ENOMEM, "out of memory keeping a modparam");
    one->before = state->secrets;
    state->secrets = one;
    state->secret_count++;
    return KL_OK;
}

static kl_status set_choice(int *place, const char *name, int most, const kl_value *value, kl_error *err)
{
    if (value->type != KL_TYPE_INT || value->i < 0 || value->i > most)
        return error_set(err, KL_ECONFIG, "modparam auth_ephemeral.%s is 0 to %d", name, most);
    *place = (int)value->i;
    return KL_OK;
}

static kl_status set_format(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    (void)ctx;
    return set_choice(&((ephemeral_state *)state)->username_format, "username_format", TIME_BEFORE, value, err);
}

static kl_status set_sha(kl_ctx *ctx, void *state, const kl_value *value, kl_error *err)
{
    (void)ctx;
    return set_choice(&((ephemeral_state *)state)->sha_algorithm, "sha_algorithm", 3, value, err);
}

static const module_param params[] = {
    {"secret", KL_TYPE_STR, 0, set_secret},
    {"username_format", KL_TYPE_INT, 0, set_format},
    {"sha_algorithm", KL_TYPE_INT, 0, set_sha},
};

static void init(void *state) { *(ephemeral_state *)state = (ephemeral_state){.username_format = TIME_BEFORE}; }

static bool start(kl_ctx *ctx, void *opaque)
{
    const ephemeral_state *state = opaque;
    kl_span *texts = arena_alloc(ctx->scratch, (state->secret_count + 1) * sizeof *texts);
    size_t at = state->secret_count;
    if (!texts) return false;
    for (const given_secret *one = state->secrets; one; one = one->before) texts[--at] = one->text;
    return shared_secrets_fill(shared_ephemeral_of(ctx->shared), texts, state->secret_count);
}

/* ---- RPC */

#define COMMAND(name)                                                                                                  \
    static int name(kl_ctx *ctx, void *state, const kl_value *args, size_t count, kl_arena *arena, kl_value *out)

COMMAND(dump)
{
    kl_span *secrets;
    char digits[TEXT_INT];
    kl_item *items = NULL, **tail = &items;
    (void)state, (void)args, (void)count;
    const size_t found = shared_secrets_copy(shared_ephemeral_of(ctx->shared), arena, &secrets);
    if (found == SIZE_MAX) return rpc_no_memory(out);
    for (size_t i = 0; i < found; i++) {
        const kl_span line = text_join(arena, SPAN("ID "), text_decimal(digits, i), SPAN(": "), secrets[i]);
        if (!line.s || !rpc_add_text(arena, &tail, NULL, line)) return rpc_no_memory(out);
    }
    *out = (kl_value){.type = KL_TYPE_ARRAY, .items = items};
    return 0;
}

COMMAND(add)
{
    const kl_span text = rpc_text(arena, args, count, 0);
    (void)state;
    if (text.n == 0) return rpc_fault(out, 500, "Not enough parameters");
    return shared_secrets_add(shared_ephemeral_of(ctx->shared), text) ? 0 : rpc_no_memory(out);
}

COMMAND(drop)
{
    (void)state, (void)arena;
    if (count == 0) return rpc_fault(out, 500, "Not enough parameters");
    return shared_secrets_remove(shared_ephemeral_of(ctx->shared), rpc_number(args, count, 0))
               ? 0
               : rpc_fault(out, 500, "Failed removing secret");
}

static const module_command commands[] = {
    MODULE_COMMAND("autheph.dump_secrets", dump, "", "The secrets with their numbers, the newest first."),
    MODULE_COMMAND("autheph.add_secret", add, "SECRET", "Add a secret, which is tried first."),
    MODULE_COMMAND("autheph.rm_secret", drop, "NUMBER", "Remove a secret."),
    {.name = NULL},
};

const kl_module auth_ephemeral_module = {.name = "auth_ephemeral",
                                         .rows = rows,
                                         .row_count = sizeof rows / sizeof *rows,
                                         .params = params,
                                         .param_count = sizeof params / sizeof *params,
                                         .state_size = sizeof(ephemeral_state),
                                         .init = init,
                                         .start = start,
                                         .commands = commands,
                                         .needs = {MOD_AUTH}};
