/* The entries themselves: from Python's arguments to the engine and back. */
#include "direct.h"

#ifndef PYPY_VERSION

#    include <pthread.h>

#    define POSITIONAL ARG_CONNECTION /* arguments of receive_datagram that need not be named */

/* ---- who is inside */

int direct_enter(direct_binding *self)
{
    const unsigned long me = PyThread_get_thread_ident();
    if (KL_UNLIKELY(self->depth > 0 && self->thread != me)) return 0;
    self->thread = me;
    return ++self->depth;
}

int direct_leave(direct_binding *self)
{
    if (KL_UNLIKELY(self->depth == 0) || --self->depth > 0) return self->depth;
    if (self->c) direct_forget(&self->c->python);
    return 0;
}

void direct_forget(bridge_python *python)
{
    python->unsettled = false;
    Py_CLEAR(python->message);
    Py_CLEAR(python->result);
}

/* ---- an entry's own way to Lua and back */

typedef struct passage {
    uintptr_t thread; /* what the entry around this one had set */
} passage;

static passage depart(bridge_python *python)
{
    const passage before = {atomic_load_explicit(&python->thread, memory_order_relaxed)};
    atomic_store_explicit(&python->thread, (uintptr_t)pthread_self(), memory_order_relaxed);
    bridge_let_go(python);
    return before;
}

static void arrive(bridge_python *python, passage before)
{
    bridge_take_back(python);
    atomic_store_explicit(&python->thread, before.thread, memory_order_relaxed);
}

/* The threshold of the logger costs nothing per line and next to nothing per entry: logging empties the caches of all
 * loggers whenever a level changes anywhere, and Engine._refresh_log_level leaves a mark there. (Not empty alone says
 * nothing: others ask the logger too.) */
static bool refresh_log_level(direct_binding *self)
{
    if (KL_LIKELY(self->log_cache && PyDict_GetItemWithError(self->log_cache, self->log_mark))) return true;
    PyObject *done = PyObject_CallMethod(self->engine, "_refresh_log_level", NULL);
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
static PyObject *and_then(direct_binding *self, PyObject *answer, const char *method, PyObject *argument)
{
    PyObject *type, *value, *traceback, *type2, *value2, *traceback2;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *done = argument ? PyObject_CallMethod(self->engine, method, "O", argument)
                              : PyObject_CallMethod(self->engine, method, NULL);
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

static PyObject *fail(direct_binding *self, const kl_error *err, bool always)
{
    return PyObject_CallMethod(self->engine, "_fail", "KO", (unsigned long long)(uintptr_t)err,
                               always ? Py_True : Py_False);
}

static PyObject *settle(direct_binding *self, PyObject *answer, PyObject *effects)
{
    if (KL_LIKELY(!self->c->python.unsettled)) return answer;
    self->absorbed = true;
    return and_then(self, answer, "_settle", effects ? effects : Py_None);
}

static PyObject *absorb(direct_binding *self, PyObject *answer)
{
    self->absorbed = self->c->effects.count > 0;
    return and_then(self, answer, "_absorb", NULL);
}

/* The Engine forgets what an earlier entry left with it. */
static bool begin_anew(direct_binding *self)
{
    effects_clear(&self->c->effects);
    PyObject *done = absorb(self, Py_NewRef(Py_None));
    Py_XDECREF(done);
    return done != NULL;
}

/* The function of the class, in Python. */
static PyObject *portable(direct_binding *self, const char *name, PyObject *const *args, Py_ssize_t count,
                          PyObject *kwnames)
{
    const Py_ssize_t all = count + (kwnames ? PyTuple_GET_SIZE(kwnames) : 0);
    PyObject *function = PyObject_GetAttrString((PyObject *)Py_TYPE(self->engine), name);
    PyObject **stack = function ? PyMem_New(PyObject *, (size_t)all + 1) : NULL;
    PyObject *answer = NULL;
    if (stack) {
        stack[0] = self->engine;
        for (Py_ssize_t i = 0; i < all; i++) stack[1 + i] = args[i];
        answer = PyObject_Vectorcall(function, stack, (size_t)count + 1, kwnames);
        PyMem_Free(stack);
    } else if (function) {
        PyErr_NoMemory();
    }
    Py_XDECREF(function);
    return answer;
}

static PyObject *closed(const direct_binding *self)
{
    PyErr_SetString(self->closed_type, "the engine is closed");
    return NULL;
}

static bool is_name(PyObject *given, PyObject *name)
{
    return given == name || (PyUnicode_Check(given) && PyUnicode_Compare(given, name) == 0);
}

/* ---- lua_run */

typedef struct run_request {
    kl_span words[4];
    size_t count;
    direct_message *message; /* borrowed, held; NULL: none */
} run_request;

static bool take_message(direct_binding *self, PyObject *object, run_request *request)
{
    if (object == Py_None) return true;
    if (!PyObject_TypeCheck(object, self->message_type)) return false;
    direct_message *message = (direct_message *)object;
    if (message->engine != self->engine) {
        if (message->engine) return false;
        message->engine = Py_NewRef(self->engine);
    }
    if (direct_message_is_stale(message) || !direct_message_hold(message)) return false;
    request->message = message;
    return true;
}

static bool read_run(direct_binding *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames,
                     run_request *request)
{
    const Py_ssize_t named = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;
    request->count = (size_t)count;
    request->message = NULL;
    if (count < 1 || count > 4 || named > 1) return false;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!direct_word(args[i], &request->words[i])) return false;
    return named == 0 ||
           (is_name(PyTuple_GET_ITEM(kwnames, 0), self->message_name) && take_message(self, args[count], request));
}

/* Exports find the Message that the caller gave; what the entry around this one had set comes back. */
typedef struct message_place {
    PyObject *message;
    kl_msg *of;
    uint64_t generation;
} message_place;

static message_place set_message(bridge_python *python, direct_message *message)
{
    const message_place before = {python->message, python->message_of, python->message_generation};
    python->message = Py_NewRef((PyObject *)message);
    python->message_of = message->msg;
    python->message_generation = message->generation;
    return before;
}

static void reset_message(bridge_python *python, message_place before)
{
    PyObject *message = python->message;
    python->message = before.message;
    python->message_of = before.of;
    python->message_generation = before.generation;
    Py_XDECREF(message);
}

static PyObject *run(direct_binding *self, const run_request *request, int depth)
{
    kl_engine *c = self->c;
    int result = -1;
    kl_error err;
    error_init(&err);
    if (depth == 1) {
        if (!refresh_log_level(self)) return NULL;
        if (c->effects.count) effects_clear(&c->effects);
    }
    const passage before = depart(&c->python);
    const kl_status status = kl_engine_lua_run(c, request->message ? request->message->msg : NULL, request->words,
                                               request->count, &result, &err);
    arrive(&c->python, before);
    PyObject *answer = KL_LIKELY(status == KL_OK) ? PyLong_FromLong(result) : fail(self, &err, false);
    if (depth > 1) return answer;
    if (KL_UNLIKELY(c->effects.count || self->absorbed)) answer = absorb(self, answer);
    return settle(self, answer, NULL);
}

static PyObject *run_on(direct_binding *self, const run_request *request, int depth)
{
    if (!request->message) return run(self, request, depth);
    const message_place before = set_message(&self->c->python, request->message);
    PyObject *answer = run(self, request, depth);
    reset_message(&self->c->python, before);
    return answer;
}

PyObject *direct_lua_run(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    direct_binding *self = (direct_binding *)object;
    run_request request;
    if (KL_UNLIKELY(!self->c)) return closed(self);
    if (KL_UNLIKELY(!read_run(self, args, count, kwnames, &request)))
        return portable(self, "lua_run", args, count, kwnames);
    const int depth = direct_enter(self);
    PyObject *answer;
    if (KL_LIKELY(depth > 0)) {
        answer = run_on(self, &request, depth);
        direct_leave(self);
    } else {
        answer = portable(self, "lua_run", args, count, kwnames);
    }
    if (request.message) direct_message_let(request.message);
    return answer;
}

/* ---- receive_datagram */

typedef struct receive_request {
    kl_packet packet;
    Py_buffer view; /* to be released when view.obj is set */
} receive_request;

/* Every argument at its place, NULL where none was given. */
static bool place_args(direct_binding *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames,
                       PyObject **placed)
{
    const Py_ssize_t named = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;
    if (count > POSITIONAL) return false;
    for (int i = 0; i < ARG_COUNT; i++) placed[i] = i < count ? args[i] : NULL;
    for (Py_ssize_t i = 0; i < named; i++) {
        int at = 0;
        while (at < ARG_COUNT && !is_name(PyTuple_GET_ITEM(kwnames, i), self->names[at])) at++;
        if (at == ARG_COUNT || placed[at]) return false;
        placed[at] = args[count + i];
    }
    return placed[ARG_DATA] && placed[ARG_SOURCE];
}

static bool is_given(PyObject *argument) { return argument && argument != Py_None; }

static bool read_packet(direct_binding *self, PyObject *const *args, receive_request *request)
{
    kl_packet *packet = &request->packet;
    packet->transport = KL_PROTO_UDP;
    packet->now = self->c->now;
    packet->conid = -1;
    if (args[ARG_TRANSPORT] && !direct_transport(self->shapes.transports, args[ARG_TRANSPORT], &packet->transport))
        return false;
    PyObject *local = is_given(args[ARG_LOCAL]) ? args[ARG_LOCAL] : PyTuple_GET_ITEM(self->locals, packet->transport);
    if (!direct_address(args[ARG_SOURCE], &packet->source_host, &packet->source_port)) return false;
    if (!direct_address(local, &packet->local_host, &packet->local_port)) return false;
    if (is_given(args[ARG_NOW]) && !direct_seconds(args[ARG_NOW], &packet->now)) return false;
    if (is_given(args[ARG_CONNECTION]) && !direct_index(args[ARG_CONNECTION], &packet->conid)) return false;
    return direct_data(args[ARG_DATA], &request->view, &packet->data, &packet->size);
}

static PyObject *log_lines(direct_binding *self, PyObject *effects)
{
    PyObject *answer = Py_NewRef(effects);
    for (Py_ssize_t i = 0; answer && i < PyList_GET_SIZE(effects); i++) {
        PyObject *effect = PyList_GET_ITEM(effects, i);
        if (Py_IS_TYPE(effect, self->shapes.of[KL_EFFECT_LOG].type)) answer = and_then(self, answer, "_log", effect);
    }
    return answer;
}

static PyObject *receive(direct_binding *self, const kl_packet *packet)
{
    kl_engine *c = self->c;
    kl_error err;
    error_init(&err);
    if (KL_UNLIKELY(self->absorbed) && !begin_anew(self)) return NULL;
    if (!refresh_log_level(self)) return NULL;
    const passage before = depart(&c->python);
    const kl_status status = kl_engine_receive(c, packet, &err);
    arrive(&c->python, before);
    if (KL_UNLIKELY(status != KL_OK)) {
        PyObject *none = fail(self, &err, true);
        Py_XDECREF(none);
        return settle(self, absorb(self, NULL), NULL);
    }
    PyObject *effects = direct_effects(&self->shapes, &c->effects);
    effects_clear(&c->effects);
    if (!effects) return settle(self, NULL, NULL);
    PyObject *answer = settle(self, log_lines(self, effects), effects);
    Py_DECREF(effects);
    return answer;
}

PyObject *direct_receive(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    direct_binding *self = (direct_binding *)object;
    receive_request request;
    PyObject *placed[ARG_COUNT];
    if (KL_UNLIKELY(!self->c)) return closed(self);
    if (KL_UNLIKELY(!place_args(self, args, count, kwnames, placed) || !read_packet(self, placed, &request)))
        return portable(self, "receive_datagram", args, count, kwnames);
    PyObject *answer;
    if (KL_LIKELY(self->depth == 0)) {
        direct_enter(self);
        answer = receive(self, &request.packet);
        direct_leave(self);
    } else { /* within a run, or in another thread: refused there */
        answer = portable(self, "receive_datagram", args, count, kwnames);
    }
    if (request.view.obj) PyBuffer_Release(&request.view);
    return answer;
}

#endif
