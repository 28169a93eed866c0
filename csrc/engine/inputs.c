/* inputs.c: what comes in, one at a time: a message, the time, what other threads posted. */
#include "engine.h"

static kl_status begin(kl_engine *engine, kl_error *err)
{
    if (!engine->started) return error_set(err, KL_EARG, "the engine has not started");
    const kl_status status = engine_enter(engine, err);
    if (status != KL_OK) return status;
    if (engine->depth > 1) {
        engine_leave(engine);
        return error_set(err, KL_EBUSY, "nothing can be received from within a run of a script");
    }
    effects_clear(&engine->effects);
    failure_begin(engine);
    return KL_OK;
}

static kl_status end(kl_engine *engine, kl_error *err)
{
    err->status = KL_OK;
    if (KL_UNLIKELY(engine->failure.status != KL_OK)) failure_end(engine, err);
    const bool lost = effects_lost(&engine->effects) && !effects_note_loss(&engine->effects);
    engine_leave(engine);
    return lost ? error_set(err, KL_ENOMEM, "out of memory: effects were lost") : KL_OK;
}

static void take_packet(kl_engine *engine, const kl_packet *packet)
{
    engine_set_time(engine, packet->now, packet->monotonic);
    engine_receive(engine, packet);
}

static void take_time(kl_engine *engine, double now, double monotonic)
{
    engine_set_time(engine, now, monotonic);
    if (engine_is_due(engine)) engine_run_due(engine);
}

static void take_resolved(kl_engine *engine, int64_t ticket, const kl_target *targets, size_t count, double now,
                          double monotonic)
{
    take_time(engine, now, monotonic);
    engine_resolved(engine, ticket, targets, count);
}

static void take_send_failed(kl_engine *engine, const kl_packet *packet)
{
    take_time(engine, packet->now, packet->monotonic);
    engine_send_failed(engine, packet);
}

static void take_action(kl_engine *engine, const inbox_input *input)
{
    kl_ctx ctx;
    engine_ctx(engine, &ctx, NULL, KL_PHASE_EVENT);
    input->action.run(&ctx, input->action.data, input->action.size);
    engine_ctx_end(engine, &ctx);
}

kl_status kl_engine_receive(kl_engine *engine, const kl_packet *packet, kl_error *err)
{
    const kl_status status = begin(engine, err);
    if (status != KL_OK) return status;
    take_packet(engine, packet);
    return end(engine, err);
}

kl_status kl_engine_timer(kl_engine *engine, double now, double monotonic, kl_error *err)
{
    const kl_status status = begin(engine, err);
    if (status != KL_OK) return status;
    take_time(engine, now, monotonic);
    return end(engine, err);
}

kl_status kl_engine_resolved(kl_engine *engine, int64_t ticket, const kl_target *targets, size_t count, double now,
                             double monotonic, kl_error *err)
{
    const kl_status good = kl_targets_check(targets, count, err);
    const kl_status status = good == KL_OK ? begin(engine, err) : good;
    if (status != KL_OK) return status;
    take_resolved(engine, ticket, targets, count, now, monotonic);
    return end(engine, err);
}

kl_status kl_engine_send_failed(kl_engine *engine, const kl_packet *packet, kl_error *err)
{
    const kl_status status = begin(engine, err);
    if (status != KL_OK) return status;
    take_send_failed(engine, packet);
    return end(engine, err);
}

kl_status kl_engine_stored(kl_engine *engine, int64_t ticket, kl_span error, kl_error *err)
{
    const kl_status status = begin(engine, err);
    if (status != KL_OK) return status;
    engine_stored(engine, &(inbox_input){.kind = KL_INPUT_STORED, .stored = {.ticket = ticket, .error = error}});
    return end(engine, err);
}

/* ---- the inbox */

kl_inbox *kl_engine_inbox(kl_engine *engine) { return inbox_ref(engine->inbox); }

void kl_engine_tell_inputs(kl_engine *engine, int64_t number) { inbox_set_wake(engine->inbox, kl_py_wake, number); }

static void take_input(kl_engine *engine, const inbox_input *input, int64_t *ticket)
{
    switch (input->kind) {
    case KL_INPUT_PACKET: take_packet(engine, &input->packet); break;
    case KL_INPUT_TIMER:
        if (input->timer.now >= 0) take_time(engine, input->timer.now, input->timer.monotonic);
        break;
    case KL_INPUT_ACTION: take_action(engine, input); break;
    case KL_INPUT_RPC: *ticket = input->ticket; break;
    case KL_INPUT_RESOLVED:
        take_resolved(engine, input->resolved.ticket, input->resolved.targets, input->resolved.count,
                      input->resolved.now, input->resolved.monotonic);
        break;
    case KL_INPUT_SEND_FAILED: take_send_failed(engine, &input->packet); break;
    case KL_INPUT_STORED: engine_stored(engine, input); break;
    case KL_INPUT_NONE: break;
    }
}

kl_status kl_engine_handle_input(kl_engine *engine, kl_input_kind *kind, int64_t *ticket, kl_error *err)
{
    const kl_status status = begin(engine, err);
    if (status != KL_OK) return status;
    inbox_input *input = inbox_take(engine->inbox);
    *kind = input ? input->kind : KL_INPUT_NONE;
    if (input) take_input(engine, input, ticket);
    if (input) inbox_drop(engine->inbox, input);
    return end(engine, err);
}

/* Those of each owner at once: it takes its lock, and wakes up, for all of them. */
static void offer_all(kl_engine *engine, inbox_offer *offers, size_t count, size_t backlog)
{
    uint64_t seen = 0; /* owners above 63 may be asked more than once, which changes nothing */
    for (size_t i = 0; i < count; i++) {
        const int owner = offers[i].owner;
        const uint64_t bit = owner < 64 ? UINT64_C(1) << owner : 0;
        if (owner == engine->number || offers[i].over != KL_OVER_MINE || seen & bit) continue;
        seen |= bit;
        shared_engines_offer(shared_engines_of(engine->shared), offers + i, count - i, owner, backlog);
    }
}

void kl_engine_hand_over(kl_engine *engine, const kl_packet *packets, size_t count, size_t backlog, kl_over *over)
{
    inbox_offer offers[KL_OVER_MOST];
    for (size_t i = 0; i < count; i++) over[i] = KL_OVER_MINE;
    if (kl_shared_engines(engine->shared) < 2) return;
    for (size_t i = 0; i < count; i++) {
        offers[i] = (inbox_offer){.packet = &packets[i], .over = KL_OVER_MINE};
        offers[i].owner = shared_owner(engine->shared, span_of(packets[i].data, packets[i].size), &offers[i].hash);
    }
    offer_all(engine, offers, count, backlog);
    for (size_t i = 0; i < count; i++) over[i] = offers[i].over;
}
