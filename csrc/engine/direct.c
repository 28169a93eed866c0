/* direct.c: the CPython entry lane: kemilua.Engine's receive_datagram and lua_run without cffi in between.
 *
 * ---- Agreement with python/kemilua (both sides follow this block)
 *
 * kl_direct_install(object) sets two attributes on `object` and returns 1; on PyPy and without Python it returns 0 and sets nothing. The portable lane
 * brings Python twins of both.
 *
 * class MessageBase                  base of kemilua.Message, whose __slots__ may add "__weakref__"; made with MessageBase.__new__(cls)
 *     _pointer: object               the cffi pointer kl_msg *, None until set. C never reads it
 *     _engine: object                the Engine it is bound to, or None. lua_run(message=...) sets it
 *     _address: int                  writable, 0 at first: address of the kl_msg. Writing notes kl_msg_generation too; reading gives 0 once stale
 *     _acquire() -> bool             this thread may use the message now (counted); False: another thread does
 *     _release() -> None
 *     _call(function, *arguments)    acquire, function(self._pointer, *arguments), release. When another thread holds the message, or its time is
 *                                    over, it returns self._refuse(busy) instead, which must raise (EngineBusyError, StaleMessageError)
 *
 * bind(address, owner, engine, *, send_type, drop_type, log_type, alias_type, levels, transports, locals, log_cache) -> Binding
 *     address: int                   of the kl_engine
 *     owner: object                  the cffi object that owns it; the Binding keeps it alive
 *     engine: Engine                 the Python object, its methods below are called
 *     send_type ... alias_type       the effect classes. Instances are made without __init__: __slots__ are set one by one, all of them
 *     levels: tuple of 9             Level members, index level + 5
 *     transports: tuple of 7         names, index kl_transport ("" or None at 0)
 *     locals: tuple of 7             (host, port) that local=None stands for, by transport
 *     log_cache: dict | None         logger._cache of "kemilua.script": logging empties it whenever any level changes; None where there is none, or
 *                                    the engine has a threshold of its own and need not ask ({-1000: 0} then)
 * Binding                            Engine stores the first two as instance attributes (they keep Binding, engine and owner alive; garbage collected)
 *     receive_datagram(data, source, local=None, transport="udp", now=None, *, connection=None) -> list of effects. now None: the last one
 *                                    given, to whichever entry (kl_engine_set_now)
 *     lua_run(function, *params, message=None) -> 1 or -1
 *     enter() -> int, leave() -> int who is inside, and how deep: native entries count here, so Python entries (eval, lua_dostring, register ...) must too,
 *                                    in place of a lock and a depth of their own. enter: depth after entering, 1 is outermost; 0: another thread
 *                                    is inside, nothing was entered. leave: depth after leaving
 *     message(address: int) -> Message | None   the Message that a native lua_run in progress was given, or one lent before in this run
 *     close()                        before kl_engine_free by hand; both callables raise RuntimeError from then on
 *
 * Methods of Engine that C calls, always with the GIL, never while Lua could jump over them:
 *     _refresh_log_level()           at the start of an entry, when log_cache is None or has not the key -1000: asks the logger, calls
 *                                    kl_engine_set_log_level and leaves that key in the cache
 *     receive_datagram, lua_run      the functions of the class: called instead, with the very same arguments, whenever these are not of the plain kind that C takes
 *                                    at once, or another thread is inside (then they raise the clear error, or do the work)
 *     _lend(address: int) -> Message an export wants the Message of the run and C does not know one: the Message that a Python entry (eval, lua_dostring...)
 *                                    was given if it has this address, else a new one, acquired for this thread and lent until _settle
 *     _keep(exception) -> int        an export raised (any BaseException): keep it, return a token >= 1, which kl_error.token brings back
 *     _fail(address: int) -> object  a run failed; address is that of the kl_error, valid during this call: raise, or return what lua_run shall return
 *                                    (-1). From receive_datagram also for a callback that failed (kl_engine_receive is KL_OK, err.status is not); its
 *                                    list is then made if this returns. The effects are not its business
 *     _absorb()                      an outermost lua_run left effects, or an outermost receive_datagram is about to raise: read them (logging included),
 *                                    then kl_engine_clear_effects
 *     _log(effect)                   receive_datagram made a Log effect: emit it
 *     _settle(effects)               an outermost entry is over in which _keep or _lend was called: forget what was kept, end the time of what was lent;
 *                                    raise what must not be lost (KeyboardInterrupt ...). effects: the list of receive_datagram, else None. After
 *                                    _fail, _absorb and _log
 *   An exception of one of the last five is raised to the caller when all of them had their turn; one raised later has the earlier one as its context.
 *   _refresh_log_level and these run inside the entry: enter() gives 2 or more there.
 *
 * Exports: kl_engine_export(..., callable=id(function)) for the direct lane, 0 for the portable one; Engine keeps the function alive. Called as
 * function([message,] *arguments). Results by declared type, as in _portable._fill_result: BOOL the truth of anything, INT an int, NONE ignored, XVAL
 * None, bool, int, float, str, bytes, list, tuple, dict; else TypeError (OverflowError beyond 64 bits, ValueError beyond 32 levels) naming the export.
 */
#include "direct.h"

#ifdef PYPY_VERSION

int kl_direct_install(uintptr_t object)
{
    (void)object;
    return 0;
}

#else

#include <pthread.h>

#define LOCALS 7                /* one address per kl_transport */

enum { ARG_DATA, ARG_SOURCE, ARG_LOCAL, ARG_TRANSPORT, ARG_NOW, ARG_CONNECTION, ARG_COUNT };
#define POSITIONAL ARG_CONNECTION

static const char *const arg_names[ARG_COUNT] = {"data", "source", "local", "transport", "now", "connection"};

typedef struct binding {
    PyObject_HEAD
    kl_engine *c;               /* NULL: closed. Owned by `owner` */
    PyObject *owner, *engine;
    PyTypeObject *message_type;
    PyObject *locals, *log_cache, *log_mark;    /* log_cache NULL: none; log_mark: the key that _refresh_log_level leaves in it */
    PyObject *names[ARG_COUNT], *message_name;  /* interned, as the names in calls are */
    direct_shapes shapes;
    unsigned long thread;       /* inside, valid while depth > 0 */
    int depth;
    bool absorbed;              /* the last lua_run left effects with the engine, which the next one makes it forget */
} binding;

/* ---- who is inside */

static int enter(binding *self)
{
    const unsigned long me = PyThread_get_thread_ident();
    if (KL_UNLIKELY(self->depth > 0 && self->thread != me)) return 0;
    self->thread = me;
    return ++self->depth;
}

static int leave(binding *self)
{
    if (KL_UNLIKELY(self->depth == 0) || --self->depth > 0) return self->depth;
    if (self->c) {
        bridge_python *python = &self->c->python;
        python->unsettled = false;
        Py_CLEAR(python->message);
        Py_CLEAR(python->result);
    }
    return 0;
}

/* ---- an entry's own way to Lua and back */

typedef struct passage {
    uintptr_t thread;           /* what the entry around this one had set */
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

/* The threshold of the logger costs nothing per line and next to nothing per entry: logging empties the caches of all loggers whenever a level
 * changes anywhere, and Engine._refresh_log_level leaves a mark there. (Not empty alone says nothing: others ask the logger too.) */
#define LOG_MARK -1000          /* python/kemilua/_logs.py: MARK */

static bool refresh_log_level(binding *self)
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

/* Calls a method whatever happened before. Its own exception replaces the answer, with an earlier exception as its context. */
static PyObject *and_then(binding *self, PyObject *answer, const char *method, PyObject *argument)
{
    PyObject *type, *value, *traceback, *type2, *value2, *traceback2;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *done = argument ? PyObject_CallMethod(self->engine, method, "O", argument) : PyObject_CallMethod(self->engine, method, NULL);
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
        PyException_SetContext(value2, value);      /* steals value */
        PyErr_Restore(type2, value2, traceback2);
        Py_DECREF(type);
        Py_XDECREF(traceback);
    }
    return NULL;
}

static PyObject *fail(binding *self, const kl_error *err)
{
    return PyObject_CallMethod(self->engine, "_fail", "K", (unsigned long long)(uintptr_t)err);
}

static PyObject *settle(binding *self, PyObject *answer, PyObject *effects)
{
    return KL_UNLIKELY(self->c->python.unsettled) ? and_then(self, answer, "_settle", effects ? effects : Py_None) : answer;
}

/* The function of the class, in Python. */
static PyObject *portable(binding *self, const char *name, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
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

static PyObject *closed(void)
{
    PyErr_SetString(PyExc_RuntimeError, "the engine is closed");
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
    direct_message *message;    /* borrowed, held; NULL: none */
} run_request;

static bool take_message(binding *self, PyObject *object, run_request *request)
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

static bool read_run(binding *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames, run_request *request)
{
    const Py_ssize_t named = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;
    request->count = (size_t)count;
    request->message = NULL;
    if (count < 1 || count > 4 || named > 1) return false;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!direct_word(args[i], &request->words[i])) return false;
    return named == 0 || (is_name(PyTuple_GET_ITEM(kwnames, 0), self->message_name) && take_message(self, args[count], request));
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

static PyObject *run(binding *self, const run_request *request, int depth)
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
    const kl_status status = kl_engine_lua_run(c, request->message ? request->message->msg : NULL, request->words, request->count, &result, &err);
    arrive(&c->python, before);
    PyObject *answer = KL_LIKELY(status == KL_OK) ? PyLong_FromLong(result) : fail(self, &err);
    if (depth > 1) return answer;
    if (KL_UNLIKELY(c->effects.count || self->absorbed)) {
        self->absorbed = c->effects.count > 0;
        answer = and_then(self, answer, "_absorb", NULL);
    }
    return settle(self, answer, NULL);
}

static PyObject *run_on(binding *self, const run_request *request, int depth)
{
    if (!request->message) return run(self, request, depth);
    const message_place before = set_message(&self->c->python, request->message);
    PyObject *answer = run(self, request, depth);
    reset_message(&self->c->python, before);
    return answer;
}

static PyObject *lua_run(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    binding *self = (binding *)object;
    run_request request;
    if (KL_UNLIKELY(!self->c)) return closed();
    if (KL_UNLIKELY(!read_run(self, args, count, kwnames, &request))) return portable(self, "lua_run", args, count, kwnames);
    const int depth = enter(self);
    PyObject *answer;
    if (KL_LIKELY(depth > 0)) {
        answer = run_on(self, &request, depth);
        leave(self);
    } else {
        answer = portable(self, "lua_run", args, count, kwnames);
    }
    if (request.message) direct_message_let(request.message);
    return answer;
}

/* ---- receive_datagram */

typedef struct receive_request {
    kl_packet packet;
    Py_buffer view;             /* to be released when view.obj is set */
} receive_request;

/* Every argument at its place, NULL where none was given. */
static bool place_args(binding *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames, PyObject **placed)
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

static bool read_packet(binding *self, PyObject *const *args, receive_request *request)
{
    kl_packet *packet = &request->packet;
    packet->transport = KL_PROTO_UDP;
    packet->now = self->c->now;
    packet->conid = -1;
    if (args[ARG_TRANSPORT] && !direct_transport(self->shapes.transports, args[ARG_TRANSPORT], &packet->transport)) return false;
    PyObject *local = is_given(args[ARG_LOCAL]) ? args[ARG_LOCAL] : PyTuple_GET_ITEM(self->locals, packet->transport);
    if (!direct_address(args[ARG_SOURCE], &packet->source_host, &packet->source_port)) return false;
    if (!direct_address(local, &packet->local_host, &packet->local_port)) return false;
    if (is_given(args[ARG_NOW]) && !direct_number(args[ARG_NOW], &packet->now)) return false;
    if (is_given(args[ARG_CONNECTION]) && !direct_index(args[ARG_CONNECTION], &packet->conid)) return false;
    return direct_data(args[ARG_DATA], &request->view, &packet->data, &packet->size);
}

static PyObject *log_lines(binding *self, PyObject *effects)
{
    PyObject *answer = Py_NewRef(effects);
    for (Py_ssize_t i = 0; answer && i < PyList_GET_SIZE(effects); i++) {
        PyObject *effect = PyList_GET_ITEM(effects, i);
        if (Py_IS_TYPE(effect, self->shapes.of[KL_EFFECT_LOG].type)) answer = and_then(self, answer, "_log", effect);
    }
    return answer;
}

static PyObject *receive(binding *self, const kl_packet *packet)
{
    kl_engine *c = self->c;
    kl_error err;
    error_init(&err);
    if (!refresh_log_level(self)) return NULL;
    const passage before = depart(&c->python);
    const kl_status status = kl_engine_receive(c, packet, &err);
    arrive(&c->python, before);
    if (KL_UNLIKELY(status != KL_OK || err.status != KL_OK)) {
        PyObject *answer = fail(self, &err);
        if (!answer) return settle(self, c->effects.count ? and_then(self, NULL, "_absorb", NULL) : NULL, NULL);
        Py_DECREF(answer);
    }
    PyObject *effects = direct_effects(&self->shapes, &c->effects);
    effects_clear(&c->effects);
    if (!effects) return settle(self, NULL, NULL);
    PyObject *answer = settle(self, log_lines(self, effects), effects);
    Py_DECREF(effects);
    return answer;
}

static PyObject *receive_datagram(PyObject *object, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    binding *self = (binding *)object;
    receive_request request;
    PyObject *placed[ARG_COUNT];
    if (KL_UNLIKELY(!self->c)) return closed();
    if (KL_UNLIKELY(!place_args(self, args, count, kwnames, placed) || !read_packet(self, placed, &request)))
        return portable(self, "receive_datagram", args, count, kwnames);
    PyObject *answer;
    if (KL_LIKELY(self->depth == 0)) {
        enter(self);
        answer = receive(self, &request.packet);
        leave(self);
    } else {                    /* within a run, or in another thread: refused there */
        answer = portable(self, "receive_datagram", args, count, kwnames);
    }
    if (request.view.obj) PyBuffer_Release(&request.view);
    return answer;
}

/* ---- the rest of Binding */

static PyObject *do_enter(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromLong(enter((binding *)self));
}

static PyObject *do_leave(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromLong(leave((binding *)self));
}

static PyObject *do_message(PyObject *object, PyObject *address)
{
    const binding *self = (binding *)object;
    void *msg = PyLong_AsVoidPtr(address);
    if (PyErr_Occurred()) return NULL;
    const bool known = self->c && self->c->python.message && self->c->python.message_of == msg;
    return Py_NewRef(known ? self->c->python.message : Py_None);
}

static PyObject *do_close(PyObject *object, PyObject *unused)
{
    (void)unused;
    binding *self = (binding *)object;
    if (self->depth > 0) {
        PyErr_SetString(PyExc_RuntimeError, "the engine is in use");
        return NULL;
    }
    if (self->c) self->c->python.engine = NULL;
    self->c = NULL;
    Py_RETURN_NONE;
}

static int binding_traverse(PyObject *object, visitproc visit, void *arg)
{
    binding *self = (binding *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->owner);
    Py_VISIT(self->engine);
    Py_VISIT(self->message_type);
    Py_VISIT(self->locals);
    Py_VISIT(self->log_cache);
    return direct_shapes_visit(&self->shapes, visit, arg);
}

/* In a cycle that is being collected cffi frees the engine first, and nobody may call any more. Between entries the bridge holds no reference. */
static void binding_finalize(PyObject *object) { ((binding *)object)->c = NULL; }

static int binding_clear(PyObject *object)
{
    binding *self = (binding *)object;
    self->c = NULL;
    Py_CLEAR(self->engine);
    Py_CLEAR(self->owner);
    Py_CLEAR(self->message_type);
    Py_CLEAR(self->locals);
    Py_CLEAR(self->log_cache);
    Py_CLEAR(self->log_mark);
    direct_shapes_clear(&self->shapes);
    return 0;
}

static void binding_dealloc(PyObject *object)
{
    binding *self = (binding *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    binding_clear(object);
    for (int i = 0; i < ARG_COUNT; i++) Py_CLEAR(self->names[i]);
    Py_CLEAR(self->message_name);
    type->tp_free(object);
    Py_DECREF(type);
}

#define FAST(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef binding_methods[] = {
    {"receive_datagram", FAST(receive_datagram), METH_FASTCALL | METH_KEYWORDS, PyDoc_STR("Engine.receive_datagram, without cffi in between.")},
    {"lua_run", FAST(lua_run), METH_FASTCALL | METH_KEYWORDS, PyDoc_STR("Engine.lua_run, without cffi in between.")},
    {"enter", do_enter, METH_NOARGS, PyDoc_STR("Go in; how deep this thread is inside now, 0 when another one is.")},
    {"leave", do_leave, METH_NOARGS, PyDoc_STR("Go out; how deep this thread is inside still.")},
    {"message", do_message, METH_O, PyDoc_STR("The Message of the kl_msg at an address, if the run in progress knows it, else None.")},
    {"close", do_close, METH_NOARGS, PyDoc_STR("Let go of the engine.")},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot binding_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("The entries of one engine.")},
    {Py_tp_dealloc, (void *)binding_dealloc},
    {Py_tp_traverse, (void *)binding_traverse},
    {Py_tp_clear, (void *)binding_clear},
    {Py_tp_finalize, (void *)binding_finalize},
    {Py_tp_methods, binding_methods},
    {0, NULL},
};

static PyType_Spec binding_spec = {"kemilua._kemilua.Binding", sizeof(binding), 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, binding_slots};

/* ---- bind and install */

static bool intern_names(binding *self)
{
    for (int i = 0; i < ARG_COUNT; i++)
        if (!(self->names[i] = PyUnicode_InternFromString(arg_names[i]))) return false;
    self->message_name = PyUnicode_InternFromString("message");
    return self->message_name != NULL;
}

typedef struct bind_arguments {
    unsigned long long address;
    PyObject *owner, *engine, *types[DIRECT_KINDS], *levels, *transports, *locals, *log_cache;
} bind_arguments;

static bool check_bind(const bind_arguments *a)
{
    if (a->address && PyTuple_Check(a->locals) && PyTuple_GET_SIZE(a->locals) == LOCALS && (a->log_cache == Py_None || PyDict_Check(a->log_cache))) return true;
    PyErr_Format(PyExc_TypeError, "locals is a tuple of %d, log_cache a dict or None, the address not 0", LOCALS);
    return false;
}

static bool fill_binding(binding *self, const bind_arguments *a, PyObject *message_type)
{
    self->owner = Py_NewRef(a->owner);
    self->engine = Py_NewRef(a->engine);
    self->message_type = (PyTypeObject *)Py_NewRef(message_type);
    self->locals = Py_NewRef(a->locals);
    self->log_cache = a->log_cache == Py_None ? NULL : Py_NewRef(a->log_cache);
    self->log_mark = PyLong_FromLong(LOG_MARK);
    if (!self->log_mark || !intern_names(self) || !direct_shapes_read(&self->shapes, a->types, a->levels, a->transports)) return false;
    self->c = (kl_engine *)(uintptr_t)a->address;
    self->c->python = (bridge_python){.engine = self->engine};
    return true;
}

/* types: (MessageBase, Binding). */
static PyObject *bind(PyObject *types, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"address", "owner", "engine", "send_type", "drop_type", "log_type", "alias_type",
                                        "levels", "transports", "locals", "log_cache", NULL};
    bind_arguments a;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "KOO$OOOOOOOO", (char **)(void *)names, &a.address, &a.owner, &a.engine, &a.types[KL_EFFECT_SEND],
                                     &a.types[KL_EFFECT_DROP], &a.types[KL_EFFECT_LOG], &a.types[KL_EFFECT_ALIAS], &a.levels, &a.transports, &a.locals,
                                     &a.log_cache) || !check_bind(&a))
        return NULL;
    PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(types, 1);
    PyObject *self = type->tp_alloc(type, 0);
    if (self && !fill_binding((binding *)self, &a, PyTuple_GET_ITEM(types, 0))) Py_CLEAR(self);
    return self;
}

static PyMethodDef bind_method = {"bind", FAST(bind), METH_VARARGS | METH_KEYWORDS, PyDoc_STR("Make the Binding of an engine.")};

static bool install(PyObject *object)
{
    PyObject *message = direct_message_type(), *type = PyType_FromSpec(&binding_spec);
    PyObject *types = message && type ? PyTuple_Pack(2, message, type) : NULL;
    PyObject *function = types ? PyCFunction_New(&bind_method, types) : NULL;
    const bool good = function && PyObject_SetAttrString(object, "MessageBase", message) == 0 && PyObject_SetAttrString(object, "bind", function) == 0;
    Py_XDECREF(function);
    Py_XDECREF(types);
    Py_XDECREF(type);
    Py_XDECREF(message);
    return good;
}

int kl_direct_install(uintptr_t object)
{
    const PyGILState_STATE state = PyGILState_Ensure();
    const bool good = install((PyObject *)object);
    PyErr_Clear();
    PyGILState_Release(state);
    return good;
}

#endif
