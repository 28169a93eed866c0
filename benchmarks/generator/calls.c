#include "calls.h"

#include <stdlib.h>
#include <string.h>

#define PATIENCE  0.5 /* seconds without an answer until something is sent again */
#define MOST_SENT 10  /* times until a call has failed */

/* What has come. */
enum {
    GOT_ANY = 1,       /* a reply to the caller */
    GOT_RINGING = 2,   /* 180 */
    GOT_FINAL = 4,     /* the final reply to its first request */
    GOT_BYE_REPLY = 8, /* 200 */
    HAD_INVITE = 16,   /* the callee from here on */
    HAD_ACK = 32,
    HAD_BYE = 64,
    HAD_CANCEL = 128,
};

typedef enum { UNDER_WAY, RINGS, OVER } call_state;

typedef struct call {
    double since; /* it waits */
    uint32_t earlier, later;
    char *answer; /* the callee's 200, until it is acknowledged */
    uint16_t answer_size;
    uint8_t kind, state, got, tries;
    uint8_t route_size;
    char route[ROUTE_SIZE];
} call;

#define NOBODY 0 /* calls are counted from 1 */

bool calls_init(calls *c, const places *at, uint32_t cap)
{
    *c = (calls){.at = *at, .cap = cap, .next = 1};
    c->table = calloc((size_t)cap + 1, sizeof *c->table);
    return c->table;
}

/* ---- who waits */

static void unlink_call(calls *c, uint32_t number)
{
    call *one = &c->table[number];
    *(one->earlier ? &c->table[one->earlier].later : &c->oldest) = one->later;
    *(one->later ? &c->table[one->later].earlier : &c->newest) = one->earlier;
}

static void link_call(calls *c, uint32_t number, double now)
{
    call *one = &c->table[number];
    one->since = now;
    one->earlier = c->newest;
    one->later = NOBODY;
    *(c->newest ? &c->table[c->newest].later : &c->oldest) = number;
    c->newest = number;
}

static void touch(calls *c, uint32_t number, double now)
{
    unlink_call(c, number);
    link_call(c, number, now);
}

static void end(calls *c, uint32_t number, call_state state)
{
    unlink_call(c, number);
    c->under_way--;
    c->table[number].state = (uint8_t)state;
}

static void complete(calls *c, uint32_t number, call_state state)
{
    end(c, number, state);
    c->counts.completed++;
}

static void fail(calls *c, uint32_t number)
{
    call *one = &c->table[number];
    c->counts.failed++;
    if (one->state == UNDER_WAY) end(c, number, OVER);
    else if (one->state == RINGS) c->ringing--;
    one->state = OVER;
}

/* ---- what is sent */

static target whom(const calls *c, const call *one)
{
    static const target known[] = {[REFUSED] = {"nobody", true}, [RELAYED] = {"bob", false}, [ANSWERED] = {"", true}};
    return one->kind == RINGING ? (target){c->user, false} : known[one->kind];
}

static void send_out(calls *c, side from, const char *data, size_t size)
{
    if (size) c->send(c->with, from, data, size);
    else c->counts.failed++;
}

static void send_first(calls *c, uint32_t number)
{
    char out[MESSAGE_SIZE];
    const call *one = &c->table[number];
    const target to = whom(c, one);
    send_out(c, CALLER, out, write_first(out, &c->at, one->kind == ANSWERED ? OPTIONS : INVITE, number, &to));
}

static void send_refused_ack(calls *c, const message *reply)
{
    char out[MESSAGE_SIZE];
    const target to = whom(c, &c->table[reply->call]);
    send_out(c, CALLER, out, write_refused_ack(out, &c->at, reply->call, &to, reply));
}

static void send_in_dialog(calls *c, method_id method, uint32_t number)
{
    char out[MESSAGE_SIZE];
    const call *one = &c->table[number];
    send_out(c, CALLER, out, write_in_dialog(out, &c->at, method, number, one->route, one->route_size));
}

static void send_reply(calls *c, const message *request, int status)
{
    char out[MESSAGE_SIZE];
    send_out(c, CALLEE, out, write_reply(out, &c->at, request, status));
}

/* It waits until the caller knows that it rings: a server with several workers need not keep the order. */
static void keep_answer(calls *c, const message *invite)
{
    char out[MESSAGE_SIZE];
    call *one = &c->table[invite->call];
    const size_t size = write_reply(out, &c->at, invite, 200);
    if (one->answer || !(one->answer = malloc(size))) return;
    memcpy(one->answer, out, size);
    one->answer_size = (uint16_t)size;
}

static void drop_answer(call *one)
{
    free(one->answer);
    one->answer = NULL;
}

static void send_answer(calls *c, const call *one)
{
    if (one->answer) c->send(c->with, CALLEE, one->answer, one->answer_size);
    else c->counts.failed++;
}

static void send_cancelled(calls *c, const message *cancel)
{
    char out[MESSAGE_SIZE];
    send_out(c, CALLEE, out, write_cancelled(out, &c->at, cancel));
}

bool calls_start(calls *c, call_kind kind, double now)
{
    if (c->next > c->cap) return false;
    const uint32_t number = c->next++;
    c->table[number] = (call){.kind = (uint8_t)kind, .state = UNDER_WAY};
    link_call(c, number, now);
    c->under_way++;
    c->counts.started++;
    send_first(c, number);
    return true;
}

/* ---- what comes */

/* True the first time. */
static bool first(calls *c, call *one, uint8_t what)
{
    if (one->got & what) {
        c->counts.repeated++;
        return false;
    }
    one->got |= what;
    return true;
}

static bool has(const call *one, uint8_t what) { return (one->got & what) == what; }

/* The ACK of the callee's 487 is not waited for: with tm's default reply_matching it comes late, is nobody's, and goes
 * to the caller. */
static void look_whether_expired(calls *c, call *one)
{
    if (one->state != RINGS || !has(one, GOT_FINAL | HAD_CANCEL)) return;
    one->state = OVER;
    c->ringing--;
    c->counts.expired++;
}

static void ringing(calls *c, const message *m)
{
    call *one = &c->table[m->call];
    if (!first(c, one, GOT_RINGING)) return;
    if (one->kind == RELAYED) send_answer(c, one);
    if (one->kind != RINGING) return;
    complete(c, m->call, RINGS);
    c->ringing++;
}

static void connected(calls *c, const message *m)
{
    call *one = &c->table[m->call];
    const bool is_first = first(c, one, GOT_FINAL);
    if (one->kind != RELAYED ||
        (is_first && (!has(one, GOT_RINGING) || !message_route(m, one->route, &one->route_size))))
        fail(c, m->call);
    else send_in_dialog(c, ACK, m->call);
}

static void refused(calls *c, const message *m)
{
    call *one = &c->table[m->call];
    if (one->kind == RINGING && m->status == 487 && has(one, HAD_CANCEL)) return;
    send_refused_ack(c, m);
    if (!first(c, one, GOT_FINAL)) return;
    if (one->kind == REFUSED && m->status == 404 && one->state == UNDER_WAY) complete(c, m->call, OVER);
    else if (one->kind == RINGING && m->status == 408 && one->state == RINGS) look_whether_expired(c, one);
    else fail(c, m->call);
}

static void reply_to_invite(calls *c, const message *m)
{
    c->table[m->call].got |= GOT_ANY;
    if (m->status == 180) ringing(c, m);
    else if (m->status >= 300) refused(c, m);
    else if (m->status >= 200) connected(c, m);
    else if (m->status != 100) c->counts.unexpected++;
}

static void reply_to_bye(calls *c, const message *m)
{
    call *one = &c->table[m->call];
    if (!first(c, one, GOT_BYE_REPLY)) return;
    if (m->status == 200 && has(one, HAD_INVITE | HAD_ACK | HAD_BYE)) complete(c, m->call, OVER);
    else fail(c, m->call);
}

static void reply_to_options(calls *c, const message *m)
{
    if (!first(c, &c->table[m->call], GOT_FINAL)) return;
    if (m->status == 200) complete(c, m->call, OVER);
    else fail(c, m->call);
}

static void at_caller(calls *c, const message *m)
{
    if (m->status == 0) c->counts.unexpected++;
    else if (m->method == INVITE) reply_to_invite(c, m);
    else if (m->method == BYE) reply_to_bye(c, m);
    else if (m->method == OPTIONS) reply_to_options(c, m);
    else c->counts.unexpected++;
}

static void acknowledged(calls *c, const message *m)
{
    call *one = &c->table[m->call];
    if (!first(c, one, HAD_ACK)) return;
    drop_answer(one);
    if (one->kind == RELAYED) send_in_dialog(c, BYE, m->call);
}

static void cancelled(calls *c, const message *m)
{
    call *one = &c->table[m->call];
    send_reply(c, m, 200);
    send_cancelled(c, m);
    if (one->kind != RINGING) fail(c, m->call);
    else if (first(c, one, HAD_CANCEL)) look_whether_expired(c, one);
}

static void invited(calls *c, const message *m)
{
    call *one = &c->table[m->call];
    if (first(c, one, HAD_INVITE) && one->kind == RELAYED) keep_answer(c, m);
    send_reply(c, m, 180);
}

static void at_callee(calls *c, const message *m)
{
    if (m->status) c->counts.unexpected++;
    else if (m->method == INVITE) invited(c, m);
    else if (m->method == ACK) acknowledged(c, m);
    else if (m->method == CANCEL) cancelled(c, m);
    else if (m->method == BYE) {
        first(c, &c->table[m->call], HAD_BYE);
        send_reply(c, m, 200);
    } else c->counts.unexpected++;
}

void calls_heard(calls *c, side at, const char *data, size_t size, double now)
{
    message m;
    if (!message_read(&m, data, size) || m.call == NOBODY || m.call >= c->next) {
        c->counts.unexpected++;
        return;
    }
    if (c->table[m.call].state == UNDER_WAY) touch(c, m.call, now);
    if (at == CALLER) at_caller(c, &m);
    else at_callee(c, &m);
}

/* ---- time */

static void repeat(calls *c, uint32_t number)
{
    const call *one = &c->table[number];
    if (has(one, HAD_ACK)) send_in_dialog(c, BYE, number);
    else if (has(one, GOT_FINAL)) send_in_dialog(c, ACK, number);
    else if (has(one, GOT_RINGING)) send_answer(c, one);
    else if (!has(one, GOT_ANY)) send_first(c, number);
    else return;
    c->counts.retransmitted++;
}

void calls_look(calls *c, double now)
{
    while (c->oldest && c->table[c->oldest].since + PATIENCE <= now) {
        const uint32_t number = c->oldest;
        if (++c->table[number].tries >= MOST_SENT) {
            fail(c, number);
            continue;
        }
        repeat(c, number);
        touch(c, number, now);
    }
}
