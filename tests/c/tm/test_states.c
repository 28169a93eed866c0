/* Every cell of the tables of csrc/tm/states.c: a real transaction is brought into each state by messages and timers,
 * gets each event that can be made from outside, and is looked at: its next state, and what was sent. With STATES_SHOW
 * set it prints its rows. */
#include "call.h"

static const char script[] =
    "DO = ''\n"
    "function ksr_request_route()\n"
    "  local ci = KSR.pv.get('$ci')\n"
    "  if KSR.is_CANCEL() then if KSR.tm.t_check_trans() > 0 then KSR.tm.t_relay() end return end\n"
    "  if KSR.tm.t_check_trans() == 0 or KSR.is_ACK() then return end\n"
    "  if ci == 'continue' then KSR.tmx.t_continue(INDEX, LABEL, 'ksr_on') return end\n"
    "  if ci == 'quiet' then KSR.tmx.t_cancel_callid(WHOM, '1', 0) return end\n"
    "  KSR.tm.t_on_reply('ksr_reply')\n"
    "  if ci == 'silent' then KSR.tm.t_set_auto_inv_100(0) end\n"
    "  if ci == 'paused' then\n"
    "    KSR.tm.t_set_auto_inv_100(0) KSR.tmx.t_suspend()\n"
    "    INDEX, LABEL = KSR.pv.get('$T(id_index)'), KSR.pv.get('$T(id_label)') return\n"
    "  end\n"
    "  if ci == 'refuses' then KSR.tm.t_newtran() KSR.tm.t_reply(486, 'No') return end\n"
    "  if ci == 'answers' then KSR.tm.t_newtran() KSR.tm.t_reply(200, 'Yes') return end\n"
    "  if ci == 'asks' then\n"
    "    local h = 'From: <sip:a@example.com>;tag=f\\r\\nTo: <sip:b@example.com>\\r\\n'\n"
    "    KSR.tm.t_uac_send('OPTIONS', 'sip:one@127.0.0.1:5081', '', '', h, '') return\n"
    "  end\n"
    "  if ci == 'name' then KSR.seturi('sip:one@names.example') end\n"
    "  if ci ~= 'single' and ci ~= 'silent' then KSR.corex.append_branch_uri('sip:two@127.0.0.1:5082') end\n"
    "  KSR.tm.t_relay()\n"
    "end\n"
    "function ksr_reply()\n"
    "  local what = DO DO = ''\n"
    "  if what == 'drop' then KSR.tmx.t_drop() end\n"
    "  if what == 'answer' then KSR.tm.t_reply(200, 'Yes') end\n"
    "end\n"
    "function ksr_on() KSR.seturi('sip:two@127.0.0.1:5082') KSR.tm.t_relay() end\n";

static const char *id, *method;
static int mark; /* of what was sent before */

/* Times that let each timer go off alone: F and H, C, those of the end. */
static void set(kl_engine *unused)
{
    (void)unused;
    call_param("tm", "fr_timer", NULL, 2000);
    call_param("tm", "fr_inv_timer", NULL, 10000);
    call_param("tm", "wt_timer", NULL, 60000);
    call_param("tm", "reply_matching", NULL, 0);
}

static tm_cell *find(void)
{
    const tm_state *tm = engine->per_engine.tm;
    for (size_t i = 0; i < tm->slot_count; i++)
        for (tm_cell *cell = tm->slots[i]; cell; cell = cell->next) {
            const sip_hdr *call_id = msg_hdr_first(cell->request, SIP_HDR_CALL_ID);
            if (span_eq(hdr_body(call_id), span_text(id)) && span_eq(cell->request->method, span_text(method)))
                return cell;
        }
    return NULL;
}

static void begin(const char *of)
{
    id = of;
    request(id, method);
}

static char first[CALL_TEXT], second[CALL_TEXT]; /* as they were sent */

static void keep(char *into, uint16_t port)
{
    const char *text = sent_to(port, method);
    snprintf(into, CALL_TEXT, "%s", text ? text : "");
}

static void keep_sent(void)
{
    keep(first, 5081);
    keep(second, 5082);
    if (first[0] || !second[0]) return; /* what would come back of a branch that sent nothing */
    memcpy(first, second, sizeof first);
    char *index = strstr(first, ".1;rport");
    if (!index) index = strstr(first, ".1\r\n");
    if (check_int(index != NULL, 1, first, __FILE__, __LINE__)) index[1] = '0';
}

static void answers(const char *asked, uint16_t port, int code)
{
    if (asked[0]) answer(asked, port, code);
}

/* ---- a branch */

static void two_branches(void)
{
    begin("two");
    keep_sent();
    answers(second, 5082, 180); /* so that the end of the first branch is not the end of all */
}

static void not_sent(void)
{
    kl_error err;
    char data[CALL_TEXT];
    snprintf(data, sizeof data, "%s", first);
    const kl_packet packet = packet_of(data, strlen(data), 5081);
    CHECK_INT(kl_engine_send_failed(engine, &packet, &err), KL_OK);
    note_effects(&err);
}

static void cancel_all(int mode)
{
    engine->per_engine.tm->settings.cancel_b_method = mode;
    if (starts(method, "INVITE")) request(id, "CANCEL");
    else answers(second, 5082, 603);
}

/* The transaction ends, and the branch is left as it is. */
static void drop_all(void)
{
    eval("DO = 'drop'");
    answers(second, 5082, 183);
    if (!second[0]) answers(first, 5081, 183);
}

static void bring(client_state state, client_event event)
{
    switch (state) {
    case CLIENT_PAUSED: begin("paused"); return;
    case CLIENT_RESOLVING:
        begin("name");
        keep_sent();
        answers(second, 5082, 180);
        return;
    case CLIENT_CANCEL_DUE:
        two_branches();
        cancel_all(1);
        return;
    case CLIENT_PROCEEDING:
        two_branches();
        answers(first, 5081, 180);
        return;
    case CLIENT_CANCELLED:
        two_branches();
        if (event != CLIENT_SEND_FAILED) answers(first, 5081, 180);
        cancel_all(event == CLIENT_SEND_FAILED ? 2 : 1);
        return;
    case CLIENT_COMPLETED:
        two_branches();
        answers(first, 5081, 486);
        return;
    case CLIENT_ACCEPTED:
        two_branches();
        answers(first, 5081, 200);
        return;
    case CLIENT_ENDED:
        two_branches();
        not_sent();
        return;
    case CLIENT_UNUSED:
        begin("paused");
        request("continue", "OPTIONS");
        keep_sent();
        return;
    default: two_branches(); return;
    }
}

static void feed(client_event event)
{
    char code[64];
    static const uint16_t ports[] = {5081};
    switch (event) {
    case CLIENT_SEND: resolved(ports, 1); return;
    case CLIENT_UNSENT: resolved(ports, 0); return;
    case CLIENT_CONTINUE: request("continue", "OPTIONS"); return;
    case CLIENT_1XX: answers(first, 5081, 183); return;
    case CLIENT_2XX: answers(first, 5081, 200); return;
    case CLIENT_FAILURE: answers(first, 5081, 486); return;
    case CLIENT_LATE_1XX:
        drop_all();
        mark = sent_count;
        answers(first, 5081, 183);
        return;
    case CLIENT_LATE_2XX:
        drop_all();
        mark = sent_count;
        answers(first, 5081, 200);
        return;
    case CLIENT_LATE_FAILURE:
        drop_all();
        mark = sent_count;
        answers(first, 5081, 486);
        return;
    case CLIENT_REPEAT: pass(0.6); return;
    case CLIENT_PATIENCE:
        pass(5);
        answers(second, 5082, 183); /* it rings on */
        mark = sent_count;
        pass(6);
        return;
    case CLIENT_SEND_FAILED: not_sent(); return;
    case CLIENT_CANCEL: cancel_all(1); return;
    case CLIENT_CANCEL_AT_ONCE: cancel_all(2); return;
    case CLIENT_GIVE_UP: cancel_all(0); return;
    case CLIENT_QUIET:
        snprintf(code, sizeof code, "WHOM = '%s'", id);
        eval(code);
        request("quiet", "OPTIONS");
        return;
    default: return;
    }
}

static bool went(uint16_t port, const char *beginning)
{
    for (int i = mark; i < sent_count && i < CALL_SENT; i++)
        if (sent[i].port == port && starts(sent[i].text, beginning)) return true;
    return false;
}

/* What went out since: a ACK, c CANCEL, r the request to the first place, u a reply to the caller. */
static void effects(char *out)
{
    bool told = false;
    for (int i = mark; i < sent_count && i < CALL_SENT && !told; i++)
        told = sent[i].port == CALLER && strstr(sent[i].text, id) && !strstr(sent[i].text, "1 CANCEL");
    if (went(5081, "ACK")) *out++ = 'a';
    if (went(5081, "CANCEL")) *out++ = 'c';
    if (went(5081, method)) *out++ = 'r';
    if (told) *out++ = 'u';
    *out = '\0';
}

/* ---- the walk: a row for each state, a word for each event: the next state and what was sent. "-": it cannot occur,
 * and what was fed was another one, or none; "+": one more has followed from it */

static void next_word(const char **at, char *word)
{
    while (**at == ' ') ++*at;
    while (**at && **at != ' ') *word++ = *(*at)++;
    *word = '\0';
}

static void check_cell(const char *row, int state, int event, const char *seen)
{
    char word[16] = "", place[64];
    for (int i = 0; i <= event; i++) next_word(&row, word);
    snprintf(place, sizeof place, "%s, state %d, event %d", method, state, event);
    if (getenv("STATES_SHOW")) printf("%s%s", event ? " " : "\n", seen);
    else check_str(seen, word, place, __FILE__, __LINE__);
}

static void see(char *seen, const char *letters, uint8_t before, uint8_t after, const tm_step *step)
{
    if (!step->does) *seen++ = '-';
    if (after != (step->does ? step->next : before)) *seen++ = '+';
    *seen++ = letters[after];
    effects(seen);
}

static const char client_letters[] = "izqcdpxCAEn";

static void client_cell(int state, int event, const char *row)
{
    char seen[16];
    REQUIRE(call_begin(script, true, set));
    first[0] = second[0] = '\0';
    bring((client_state)state, (client_event)event);
    const tm_cell *cell = find();
    REQUIRE(cell != NULL);
    CHECK_INT(cell->branches[0]->client, state);
    mark = sent_count;
    feed((client_event)event);
    REQUIRE(find() == cell);
    see(seen, client_letters, (uint8_t)state, cell->branches[0]->client,
        &client_table[cell_is(cell, TM_IS_INVITE)][state][event]);
    check_cell(row, state, event, seen);
    call_end();
}

static void walk_client(const char *const rows[CLIENT_STATES])
{
    for (int state = 0; state < CLIENT_STATES; state++)
        for (int event = 0; rows[state] && event < CLIENT_EVENTS; event++) client_cell(state, event, rows[state]);
}

/* ---- a transaction */

static void answer_here(void)
{
    eval("DO = 'answer'");
    answers(first, 5081, 183);
}

static void bring_server(server_state state)
{
    const bool invite = starts(method, "INVITE");
    switch (state) {
    case SERVER_TRYING: begin(invite ? "silent" : "single"); break;
    case SERVER_PROCEEDING:
        begin("single");
        keep_sent();
        answers(first, 5081, 180);
        break;
    case SERVER_ANSWERED:
        begin("single");
        keep_sent();
        answer_here();
        break;
    case SERVER_ACCEPTED:
        begin("single");
        keep_sent();
        answers(first, 5081, 200);
        break;
    case SERVER_CONFIRMED:
        begin("single");
        keep_sent();
        answers(first, 5081, 486);
        acknowledge(id);
        break;
    default:
        begin("single");
        keep_sent();
        answers(first, 5081, 486);
        break;
    }
    keep_sent();
}

static void feed_server(server_event event)
{
    switch (event) {
    case SERVER_REQUEST: request(id, method); return;
    case SERVER_ACK: acknowledge(id); return;
    case SERVER_CANCEL: request(id, "CANCEL"); return;
    case SERVER_1XX: answers(first, 5081, 183); return;
    case SERVER_2XX: answers(first, 5081, 200); return;
    case SERVER_OWN_2XX: answer_here(); return;
    case SERVER_FAILURE: answers(first, 5081, 486); return;
    case SERVER_SILENT: drop_all(); return;
    case SERVER_REPEAT: pass(0.6); return;
    case SERVER_PATIENCE:
        pass(1.8);
        mark = sent_count;
        pass(8);
        return;
    default: pass(90); return;
    }
}

static const char server_letters[] = "tpCNAFg";

static void server_cell(server_kind kind, int state, int event, const char *row)
{
    char seen[16];
    REQUIRE(call_begin(script, true, set));
    first[0] = second[0] = '\0';
    bring_server((server_state)state);
    tm_cell *cell = find();
    REQUIRE(cell != NULL);
    CHECK_INT(cell->server, state);
    cell_ref(cell); /* to be looked at when it is gone */
    mark = sent_count;
    feed_server((server_event)event);
    see(seen, server_letters, (uint8_t)state, cell->server, &server_table[kind][state][event]);
    check_cell(row, state, event, seen);
    cell_unref(cell);
    call_end();
}

static void walk_server(server_kind kind, const char *const rows[SERVER_STATES])
{
    for (int state = 0; state < SERVER_STATES; state++)
        for (int event = 0; rows[state] && event <= SERVER_END; event++) server_cell(kind, state, event, rows[state]);
}

/* What only a Store that failed brings about: tests/engine/test_tickets.py does. */
static void a_2xx_that_nobody_saw_is_taken_back(void)
{
    for (int kind = 0; kind < SERVER_KINDS; kind++)
        for (int state = 0; state < SERVER_STATES; state++) {
            const tm_step *step = &server_table[kind][state][SERVER_UNSTORED];
            const bool occurs = kind == SERVER_OF_INVITE   ? state == SERVER_ANSWERED || state == SERVER_ACCEPTED
                                : kind == SERVER_OF_OTHERS ? state == SERVER_COMPLETED
                                                           : false;
            CHECK_INT(step->does != 0, occurs);
            if (occurs) CHECK_INT(step->next, SERVER_COMPLETED);
        }
}

static void servers_of_invites(void)
{
    static const char *const rows[SERVER_STATES] = {
        /* clang-format off */
        /* request ACK CANCEL 1xx 2xx own_2xx failure silent repeat patience end */
        [SERVER_TRYING]     = "t  -t t  pu  Au Nu  Cau F   -tr -+Fu gru",
        [SERVER_PROCEEDING] = "pu -p pc pu  Au Ncu Cau F   -p  -p   gcu",
        [SERVER_COMPLETED]  = "Cu F  C  -C  Cu -C  -Ca -C  Cu  F    gu",
        [SERVER_ANSWERED]   = "Nu F  N  -Nc Nu -Nc -Na -Nc Nu  F    gu",
        [SERVER_ACCEPTED]   = "Au -A A  -A  Au -A  -Aa -A  -A  -A   g",
        [SERVER_CONFIRMED]  = "Fu F  F  -F  Fu -F  -Fa -F  -F  -F   g",
        /* clang-format on */
    };
    method = "INVITE";
    walk_server(SERVER_OF_INVITE, rows);
}

static void servers_of_others(void)
{
    static const char *const rows[SERVER_STATES] = {
        /* clang-format off */
        /* request ACK CANCEL 1xx 2xx own_2xx failure silent repeat patience end */
        [SERVER_TRYING]     = "t  -t -t pu Cu Cu Cu C  -tr -+Cu gru",
        [SERVER_PROCEEDING] = "pu -p -p pu Cu Cu Cu C  -p  -+Cu gu",
        [SERVER_COMPLETED]  = "Cu -C -C -C -C -C -C -C -C  -C   g",
        /* clang-format on */
    };
    method = "OPTIONS";
    walk_server(SERVER_OF_OTHERS, rows);
}

static void clients_of_invites(void)
{
    static const char *const rows[CLIENT_STATES] = {
        /* clang-format off */
        /* send unsent resolve suspend continue 1xx 2xx failure, late 1xx 2xx failure, repeat patience send_failed,
         * cancel at_once give_up quiet */
        [CLIENT_PAUSED]     = "-z -z -z -z n  -z  -z  -z  -z  -z  -z  -z  n  -z -zu -zu -zu z",
        [CLIENT_RESOLVING]  = "cr n  -q -q -q -qu -qu -qu -qu -qu -qu -q  n  -q n   n   n   z",
        [CLIENT_CALLING]    = "-c -c -c -c -c pu  Au  Ca  c   Au  Ca  cr  E  E  d   xc  E   c",
        [CLIENT_CANCEL_DUE] = "-d -d -d -d -d xc  Au  Ca  xc  Au  Ca  dr  Eu E  -d  -d  -d  -d",
        [CLIENT_PROCEEDING] = "-p -p -p -p -p pu  Au  Ca  p   Au  Ca  -p  Ec -p xc  xc  xc  xc",
        [CLIENT_CANCELLED]  = "-x -x -x -x -x xc  Au  Ca  xc  Au  Ca  -xc Eu E  -x  -x  -x  -x",
        [CLIENT_COMPLETED]  = "-C -C -C -C -C C   C   Ca  C   Au  Ca  -C  -C -C -C  -C  -C  -C",
        [CLIENT_ACCEPTED]   = "-A -A -A -A -A -A  -Au -Aa A   Au  Aa  -A  -A -A -A  -A  -A  -A",
        [CLIENT_ENDED]      = "-E -E -E -E -E E   E   Ca  E   Au  Ca  -E  -E -E -E  -E  -E  -E",
        [CLIENT_UNUSED]     = "-n -n -n -n -n -nu -nu -nu -nu -nu -nu -n  -n -n -n  -n  -nu -n",
        /* clang-format on */
    };
    method = "INVITE";
    walk_client(rows);
}

static void clients_of_others(void)
{
    static const char *const rows[CLIENT_STATES] = {
        /* clang-format off */
        /* send unsent resolve suspend continue 1xx 2xx failure, late 1xx 2xx failure, repeat patience send_failed,
         * cancel at_once give_up quiet */
        [CLIENT_PAUSED]     = "-z -z -z -z n  -z  -z  -z  -z  -z  -z  -z  n  -z -z  -z  -z  -z",
        [CLIENT_RESOLVING]  = "cr n  -q -q -q -qu -qu -qu -qu -qu -qu -q  n  -q nu  nu  nu  -q",
        [CLIENT_CALLING]    = "-c -c -c -c -c pu  Cu  C   c   C   C   cr  E  E  d   xc  Eu  -c",
        [CLIENT_CANCEL_DUE] = "-d -d -d -d -d xc  Cu  Cu  xc  C   C   dr  E  Eu -d  -d  -d  -d",
        [CLIENT_PROCEEDING] = "-p -p -p -p -p pu  Cu  C   p   C   C   p   E  -p xc  xc  xc  -p",
        [CLIENT_CANCELLED]  = "-x -x -x -x -x xc  Cu  Cu  xc  C   C   -xc E  Eu -x  -x  -x  -x",
        [CLIENT_COMPLETED]  = "-C -C -C -C -C C   C   C   C   C   C   -C  -C -C -Cu -Cu -Cu -C",
        [CLIENT_ENDED]      = "-E -E -E -E -E E   C   C   E   C   C   -E  -E -E -Eu -Eu -Eu -E",
        [CLIENT_UNUSED]     = "-n -n -n -n -n -nu -nu -nu -nu -nu -nu -n  -n -n -nu -nu -nu -n",
        /* clang-format on */
    };
    method = "OPTIONS";
    walk_client(rows);
}

/* ---- the CANCEL of a branch */

/* As to a CANCEL, whether or not there was one. */
static void answer_cancel(int code)
{
    static char text[CALL_TEXT];
    memcpy(text, first, sizeof text);
    char *cseq = strstr(text, "CSeq: 1 INVITE");
    REQUIRE(cseq != NULL);
    memcpy(cseq, "CSeq: 1 CANCEL", strlen("CSeq: 1 CANCEL"));
    answer(text, 5081, code);
}

static void bring_cancel(cancel_state state)
{
    two_branches();
    cancel_all(1);
    if (state != CANCEL_NONE) answers(first, 5081, 180);
    if (state == CANCEL_PROCEEDING) answer_cancel(100);
    if (state == CANCEL_OVER) answer_cancel(200);
}

static void feed_cancel(cancel_event event)
{
    switch (event) {
    case CANCEL_SEND: answers(first, 5081, 183); return;
    case CANCEL_1XX: answer_cancel(100); return;
    case CANCEL_FINAL: answer_cancel(200); return;
    case CANCEL_REPEAT: pass(0.6); return;
    default: pass(2.1); return;
    }
}

static void cancel_cell_of(int state, int event, const char *row)
{
    char seen[16];
    REQUIRE(call_begin(script, true, set));
    first[0] = second[0] = '\0';
    bring_cancel((cancel_state)state);
    const tm_cell *cell = find();
    REQUIRE(cell != NULL);
    CHECK_INT(cell->branches[0]->cancelling, state);
    mark = sent_count;
    feed_cancel((cancel_event)event);
    see(seen, "ntpo", (uint8_t)state, cell->branches[0]->cancelling, &cancel_table[state][event]);
    check_cell(row, state, event, seen);
    call_end();
}

static void cancels(void)
{
    static const char *const rows[CANCEL_STATES] = {
        /* send 1xx final repeat patience */
        [CANCEL_NONE] = "tc -n -n -nr -nr",
        [CANCEL_TRYING] = "tc p o tc oc",
        [CANCEL_PROCEEDING] = "tc p o -p o",
        [CANCEL_OVER] = "tc o o -o -o",
    };
    method = "INVITE";
    for (int state = 0; state < CANCEL_STATES; state++)
        for (int event = 0; event < CANCEL_EVENTS; event++) cancel_cell_of(state, event, rows[state]);
}

/* ---- requests that are made here */

static tm_cell *find_local(void)
{
    const tm_state *tm = engine->per_engine.tm;
    for (size_t i = 0; i < tm->slot_count; i++)
        for (tm_cell *cell = tm->slots[i]; cell; cell = cell->next)
            if (cell->local) return cell;
    return NULL;
}

static void local_ends(int code, double seconds, server_event event, server_state after)
{
    REQUIRE(call_begin(script, true, set));
    request("asks", "MESSAGE");
    tm_cell *cell = find_local();
    REQUIRE(cell != NULL);
    CHECK_INT(cell->server, SERVER_TRYING);
    cell_ref(cell);
    if (code) answer(sent_to(5081, "OPTIONS"), 5081, code);
    pass(seconds);
    CHECK_INT(cell->server, after);
    CHECK_INT(server_table[SERVER_OF_NOBODY][SERVER_TRYING][event].next, after);
    cell_unref(cell);
    call_end();
}

static void servers_of_nobody(void)
{
    local_ends(200, 0, SERVER_2XX, SERVER_COMPLETED);
    local_ends(486, 0, SERVER_SILENT, SERVER_COMPLETED);
    local_ends(0, 3, SERVER_SILENT, SERVER_COMPLETED); /* patience */
    local_ends(200, 61, SERVER_END, SERVER_GONE);
    for (int event = 0; event < SERVER_EVENTS; event++) {
        const tm_step *trying = &server_table[SERVER_OF_NOBODY][SERVER_TRYING][event];
        CHECK_INT(trying->does != 0, event == SERVER_2XX || event == SERVER_SILENT || event == SERVER_END);
        CHECK_INT(server_table[SERVER_OF_NOBODY][SERVER_COMPLETED][event].does != 0, event == SERVER_END);
    }
}

/* ---- what lasts for the time of one function alone, or for ever */

static void states_that_nothing_comes_in(void)
{
    static const char idle[] = "cnqz---------";
    for (int invite = 0; invite < 2; invite++)
        for (int event = 0; event < CLIENT_EVENTS; event++) {
            const tm_step *step = &client_table[invite][CLIENT_IDLE][event];
            const bool cancels = event >= CLIENT_CANCEL && (invite || event != CLIENT_QUIET);
            const char expected = event < 13 ? idle[event] : cancels ? 'i' : '-';
            CHECK_INT(step->does ? client_letters[step->next] : '-', expected);
            CHECK_INT(client_table[0][CLIENT_ACCEPTED][event].does, 0);
        }
    for (int event = 0; event < SERVER_EVENTS; event++) {
        for (int kind = 0; kind < SERVER_KINDS; kind++) CHECK_INT(server_table[kind][SERVER_GONE][event].does, 0);
        for (int state = SERVER_ANSWERED; state < SERVER_GONE; state++) {
            CHECK_INT(server_table[SERVER_OF_OTHERS][state][event].does, 0);
            CHECK_INT(server_table[SERVER_OF_NOBODY][state][event].does, 0);
        }
        CHECK_INT(server_table[SERVER_OF_NOBODY][SERVER_PROCEEDING][event].does, 0);
    }
}

CHECK_MAIN(CHECK_TEST(clients_of_invites), CHECK_TEST(clients_of_others), CHECK_TEST(cancels),
           CHECK_TEST(servers_of_invites), CHECK_TEST(servers_of_others), CHECK_TEST(servers_of_nobody),
           CHECK_TEST(a_2xx_that_nobody_saw_is_taken_back), CHECK_TEST(states_that_nothing_comes_in))
