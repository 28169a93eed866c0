/* entries.c: receive_datagram and lua_run: from Python's arguments to the engine and back. */
#include "cpython.h"

/* of receive_datagram */
enum { ARG_DATA, ARG_SOURCE, ARG_LOCAL, ARG_TRANSPORT, ARG_NOW, ARG_CONNECTION, ARG_MONOTONIC, ARG_COUNT };
#define POSITIONAL ARG_CONNECTION /* those that need not be named */

static const char *const arg_names[ARG_COUNT] = {"data", "source",     "local",    "transport",
                                                 "now",  "connection", "monotonic"};
static PyObject *names[ARG_COUNT], *message_name; /* interned, as the names in calls are */
static PyObject *portable_receive, *portable_lua_run;

bool entries_learn(PyObject *portable)
{
    for (int i = 0; i < ARG_COUNT; i++)
        if (!(names[i] = PyUnicode_InternFromString(arg_names[i]))) return false;
    message_name = PyUnicode_InternFromString("message");
    portable_receive = PyObject_GetAttrString(portable, "receive_datagram");
    portable_lua_run = PyObject_GetAttrString(portable, "lua_run");
    return message_name && portable_receive && portable_lua_run;
}

/* ---- the threshold of the logger */

/* One call of Python asks the logger twice: half of what two calls from here would take. */
static bool refresh_log_level(engine_base *self)
{
    PyObject *answer = self->holds ? PyObject_CallNoArgs(self->holds) : Py_NewRef(Py_True);
    const bool holds = answer == Py_True;
    Py_XDECREF(answer);
    if (KL_LIKELY(holds)) return true;
    PyErr_Clear(); /* a logger of the host's own raised: _refresh_log_level meets the same */
    PyObject *done = PyObject_CallMethod((PyObject *)self, "_refresh_log_level", NULL);
    Py_XDECREF(done);
    return done != NULL;
}

/* ---- the end of an entry. `answer` is its result so far, NULL with an exception set. */

static void error_init(kl_error *err)
{
    err->status = KL_OK;
    err->token = 0;
    err->traceback = SPAN_NULL;
}

/* Calls a method whatever happened before. Its own exception replaces the answer, with an earlier exception as its
 * context. */
static PyObject *and_then(engine_base *self, PyObject *answer, const char *method, PyObject *argument)
{
    PyObject *type, *value, *traceback, *type2, *value2, *traceback2;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *done = argument ? PyObject_CallMethod((PyObject *)self, method, "O", argument)
                              : PyObject_CallMethod((PyObject *)self, method, NULL);
    if (done) {
        Py_DECREF(done);
        PyErr_Restore(type, value, traceback);
        return answer;
    }
    Py_CLEAR(answer);
    if (type) {
        PyErr_NormalizeException(&type, &value, &traceback);
        PyErr_Fetch(&type2, &value2, &traceback2);
        PyErr_NormalizeException(&type2, &value2, &traceback2);
        PyException_SetContext(value2, value); /* steals value */
        PyErr_Restore(type2, value2, traceback2);
        Py_DECREF(type);
        Py_XDECREF(traceback);
    }
    return NULL;
}

static PyObject *fail(engine_base *self, const kl_error *err, bool always)
{
    *self->error = *err;
    return PyObject_CallMethod((PyObject *)self, "_fail", "O", always ? Py_True : Py_False);
}

static PyObject *settle(engine_base *self, PyObject *answer, PyObject *effects)
{
    if (KL_LIKELY(!self->lane.unsettled)) return answer;
    self->absorbed = true;
    return and_then(self, answer, "_settle", effects ? effects : Py_None);
}

static PyObject *absorb(engine_base *self, PyObject *answer)
{
    self->absorbed = self->c->effects.count > 0;
    return and_then(self, answer, "_absorb", NULL);
}

/* The Engine forgets what an earlier entry left with it. */
static bool begin_anew(engine_base *self)
{
    effects_clear(&self->c->effects);
    PyObject *done = absorb(self, Py_NewRef(Py_None));
    Py_XDECREF(done);
    return done != NULL;
}

/* What C does not do itself. */
static PyObject *portable(engine_base *self, PyObject *function, PyObject *const *args, Py_ssize_t count,
                          PyObject *kwnames)
{
    const Py_ssize_t all = count + (kwnames ? PyTuple_GET_SIZE(kwnames) : 0);
    PyObject **stack = PyMem_New(PyObject *, (size_t)all + 1);
    if (!stack) return PyErr_NoMemory();
    stack[0] = (PyObject *)self;
    for (Py_ssize_t i = 0; i < all; i++) stack[1 + i] = args[i];
    PyObject *answer = PyObject_Vectorcall(function, stack, (size_t)count + 1, kwnames);
    PyMem_Free(stack);
    return answer;
}

static bool is_name(PyObject *given, PyObject *name)
{
    return given == name || (PyUnicode_Check(given) && PyUnicode_Compare(given, name) == 0);
}

/* ---- lua_run */

typedef struct run_request {
    kl_span words[4];
    size_t count;
    message_base *message; /* borrowed, held; NULL: none */
} run_request;

static bool take_message(engine_base *self, PyObject *object, run_request *request)
{
    if (object == Py_None) return true;
    if (!PyObject_TypeCheck(object, message_base_type)) return false;
    message_base *message = (message_base *)object;
    if (message->engine != (PyObject *)self) {
        if (message->engine) return false;
        message->engine = Py_NewRef((PyObject *)self);
    }
    if (message_is_stale(message) || !message_hold(message)) return false;
    request->message = message;
    return true;
}

static bool read_run(engine_base *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames,
                     run_request *request)
{
    const Py_ssize_t named = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;
    request->count = (size_t)count;
    request->message = NULL;
    if (count < 1 || count > 4 || named > 1) return false;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!args_word(args[i], &request->words[i])) return false;
    return named == 0 ||
           (is_name(PyTuple_GET_ITEM(kwnames, 0), message_name) && take_message(self, args[count], request));
}

/* Exports find the Message that the caller gave; what the entry around this one had set comes back. */
typedef struct message_place {
    PyObject *message;
    kl_msg *of;
    uint64_t generation;
} message_place;

static message_place set_message(direct_lane *lane, message_base *message)
{
    const message_place before = {lane->message, lane->message_of, lane->message_generation};
    lane->message = Py_NewRef((PyObject *)message);
    lane->message_of = message->msg;
    lane->message_generation = message->generation;
    return before;
}

static void reset_message(direct_lane *lane, message_place before)
{
    PyObject *message = lane->message;
    lane->message = before.message;
    lane->message_of = before.of;
    lane->message_generation = before.generation;
    Py_XDECREF(message);
}

static PyObject *run(engine_base *self, const run_request *request, int depth)
{
    kl_engine *c = self->c;
    int result = -1;
    kl_error err;
    error_init(&err);
    if (depth == 1) {
        if (!refresh_log_level(self)) return NULL;
        if (c->effects.count) effects_clear(&c->effects);
    }
    const bool before = gil_depart(&self->lane);
    const kl_status status = kl_engine_lua_run(c, request->message ? request->message->msg : NULL, request->words,
                                               request->count, &result, &err);
    gil_arrive(&self->lane, before);
    PyObject *answer = KL_LIKELY(status == KL_OK) ? PyLong_FromLong(result) : fail(self, &err, false);
    if (depth > 1) return answer;
    if (KL_UNLIKELY(c->effects.count || self->absorbed)) answer = absorb(self, answer);
    return settle(self, answer, NULL);
}

static PyObject *run_on(engine_base *self, const run_request *request, int depth)
{
    if (!request->message) return run(self, request, depth);
    const message_place before = set_message(&self->lane, request->message);
    PyObject *answer = run(self, request, depth);
    reset_message(&self->lane, before);
    return answer;
}

PyObject *entries_lua_run(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    engine_base *self = (engine_base *)object;
    run_request request;
    if (KL_UNLIKELY(!self->c)) return engine_closed(self);
    if (KL_UNLIKELY(!self->native || !read_run(self, args, count, kwnames, &request)))
        return portable(self, portable_lua_run, args, count, kwnames);
    const int depth = engine_base_enter(self);
    PyObject *answer;
    if (KL_LIKELY(depth > 0)) {
        answer = run_on(self, &request, depth);
        engine_base_leave(self);
    } else {
        answer = portable(self, portable_lua_run, args, count, kwnames);
    }
    if (request.message) message_let(request.message);
    return answer;
}

/* ---- receive_datagram */

typedef struct receive_request {
    kl_packet packet;
    PyObject *source, *local; /* borrowed */
    Py_buffer view;           /* to be released when view.obj is set */
} receive_request;

/* Every argument at its place, NULL where none was given. */
static bool place_args(PyObject *const *args, Py_ssize_t count, PyObject *kwnames, PyObject **placed)
{
    const Py_ssize_t named = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;
    if (count > POSITIONAL) return false;
    for (int i = 0; i < ARG_COUNT; i++) placed[i] = i < count ? args[i] : NULL;
    for (Py_ssize_t i = 0; i < named; i++) {
        int at = 0;
        while (at < ARG_COUNT && !is_name(PyTuple_GET_ITEM(kwnames, i), names[at])) at++;
        if (at == ARG_COUNT || placed[at]) return false;
        placed[at] = args[count + i];
    }
    return placed[ARG_DATA] && placed[ARG_SOURCE];
}

static bool is_given(PyObject *argument) { return argument && argument != Py_None; }

static bool read_packet(engine_base *self, PyObject *const *args, receive_request *request)
{
    kl_packet *packet = &request->packet;
    packet->transport = KL_PROTO_UDP;
    packet->now = self->c->now;
    packet->monotonic = clock_seconds(self->c->monotonic);
    packet->conid = -1;
    if (args[ARG_TRANSPORT] && !args_transport(args[ARG_TRANSPORT], &packet->transport)) return false;
    request->source = args[ARG_SOURCE];
    request->local = is_given(args[ARG_LOCAL]) ? args[ARG_LOCAL] : PyTuple_GET_ITEM(self->locals, packet->transport);
    if (!args_address(request->source, &packet->source_host, &packet->source_port)) return false;
    if (!args_address(request->local, &packet->local_host, &packet->local_port)) return false;
    if (is_given(args[ARG_NOW]) && !args_seconds(args[ARG_NOW], &packet->now)) return false;
    if (is_given(args[ARG_MONOTONIC]) &&
        !(self->c->config.two_clocks && args_seconds(args[ARG_MONOTONIC], &packet->monotonic)))
        return false;
    if (is_given(args[ARG_CONNECTION]) && !args_index(args[ARG_CONNECTION], &packet->conid)) return false;
    return args_data(args[ARG_DATA], &request->view, &packet->data, &packet->size);
}

static PyObject *log_lines(engine_base *self, PyObject *effects)
{
    PyObject *answer = Py_NewRef(effects);
    for (Py_ssize_t i = 0; answer && i < PyList_GET_SIZE(effects); i++) {
        PyObject *effect = PyList_GET_ITEM(effects, i);
        if (effects_is_log(effect)) answer = and_then(self, answer, "_log", effect);
    }
    return answer;
}

static PyObject *receive(engine_base *self, const receive_request *request)
{
    const effects_origin origin = {&request->packet, request->source, request->local};
    kl_engine *c = self->c;
    kl_error err;
    error_init(&err);
    if (KL_UNLIKELY(self->absorbed) && !begin_anew(self)) return NULL;
    if (!refresh_log_level(self)) return NULL;
    const bool before = gil_depart(&self->lane);
    const kl_status status = kl_engine_receive(c, &request->packet, &err);
    gil_arrive(&self->lane, before);
    if (KL_UNLIKELY(status != KL_OK)) {
        PyObject *none = fail(self, &err, true);
        Py_XDECREF(none);
        return settle(self, absorb(self, NULL), NULL);
    }
    PyObject *effects = effects_list(&c->effects, &origin);
    effects_clear(&c->effects);
    if (!effects) return settle(self, NULL, NULL);
    PyObject *answer = settle(self, log_lines(self, effects), effects);
    Py_DECREF(effects);
    return answer;
}

PyObject *entries_receive(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    engine_base *self = (engine_base *)object;
    receive_request request;
    PyObject *placed[ARG_COUNT];
    if (KL_UNLIKELY(!self->c)) return engine_closed(self);
    if (KL_UNLIKELY(!self->native || !place_args(args, count, kwnames, placed) || !read_packet(self, placed, &request)))
        return portable(self, portable_receive, args, count, kwnames);
    const int depth = engine_base_enter(self);
    PyObject *answer = depth == 1 ? receive(self, &request) : NULL;
    if (KL_LIKELY(depth > 0)) engine_base_leave(self);
    if (KL_UNLIKELY(depth != 1)) /* within a run, or in another thread: refused there */
        answer = portable(self, portable_receive, args, count, kwnames);
    if (request.view.obj) PyBuffer_Release(&request.view);
    return answer;
}
