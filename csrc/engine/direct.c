/* direct.c: the CPython entry lane: kemilua.Engine's receive_datagram and lua_run without cffi in between.
 *
 * ---- Agreement with python/kemilua (both sides follow this block)
 *
 * kl_direct_install(object) sets two attributes on `object` and returns 1; on PyPy and without Python it returns 0 and
 * sets nothing. The portable lane brings Python twins of both.
 *
 * class MessageBase                  base of kemilua.Message, whose __slots__ may add "__weakref__"; made with
 * MessageBase.__new__(cls) _pointer: object               the cffi pointer kl_msg *, None until set. C never reads it
 *     _engine: object                the Engine it is bound to, or None. lua_run(message=...) sets it
 *     _address: int                  writable, 0 at first: address of the kl_msg. Writing notes kl_msg_generation too;
 * reading gives 0 once stale _acquire() -> bool             this thread may use the message now (counted); False:
 * another thread does _release() -> None _call(function, *arguments)    acquire, function(self._pointer, *arguments),
 * release. When another thread holds the message, or its time is over, it returns self._refuse(busy) instead, which
 * must raise (EngineBusyError, StaleMessageError)
 *
 * bind(address, owner, engine, *, send_type, drop_type, log_type, alias_type, levels, transports, locals, log_cache,
 * closed_type) -> Binding address: int                   of the kl_engine owner: object                  the cffi
 * object that owns it; the Binding keeps it alive engine: Engine                 the Python object, its methods below
 * are called send_type ... alias_type       the effect classes. Instances are made without __init__: __slots__ are set
 * one by one, all of them levels: tuple of 9             Level members, index level + 5 transports: tuple of 7 names,
 * index kl_transport ("" or None at 0) locals: tuple of 7             (host, port) that local=None stands for, by
 * transport log_cache: dict | None         logger._cache of "kemilua.script": logging empties it whenever any level
 * changes; None where there is none, or the engine has a threshold of its own and need not ask ({-1000: 0} then)
 *     closed_type: exception         what both callables raise once the Binding is closed
 * Binding                            Engine stores the first two as instance attributes (they keep Binding, engine and
 * owner alive; garbage collected) receive_datagram(data, source, local=None, transport="udp", now=None, *,
 * connection=None) -> list of effects. now None: the last one given, to whichever entry (kl_engine_set_time)
 *     lua_run(function, *params, message=None) -> 1 or -1
 *     enter() -> int, leave() -> int who is inside, and how deep: native entries count here, so Python entries (eval,
 * lua_dostring, register ...) must too, in place of a lock and a depth of their own. enter: depth after entering, 1 is
 * outermost; 0: another thread is inside, nothing was entered. leave: depth after leaving message(address: int) ->
 * Message | None   the Message that a native lua_run in progress was given, or one lent before in this run close()
 * before kl_engine_free by hand, from within enter(), as the only one inside; both callables raise closed_type from
 * then on
 *
 * Methods of Engine that C calls, always with the GIL, never while Lua could jump over them:
 *     _refresh_log_level()           at the start of an entry, when log_cache is None or has not the key -1000: asks
 * the logger, calls kl_engine_set_log_level and leaves that key in the cache receive_datagram, lua_run      the
 * functions of the class: called instead, with the very same arguments, whenever these are not of the plain kind that C
 * takes at once, or another thread is inside (then they raise the clear error, or do the work) _lend(address: int) ->
 * Message an export wants the Message of the run and C does not know one: the Message that a Python entry (eval,
 * lua_dostring...) was given if it has this address, else a new one, acquired for this thread and lent until _settle
 *     _keep(exception) -> int        an export raised (any BaseException): keep it, return a token >= 1, which
 * kl_error.token brings back _fail(address: int, always: bool) -> object   a run failed; address is that of the
 * kl_error, valid during this call: raise, or, unless `always`, return what lua_run shall return (-1). Not for a
 * callback that failed while a message was received: that ended the message and is logged, and an Engine that raises
 * for it has no C entries. The effects are not its business _absorb()                      an outermost lua_run left
 * effects, or an outermost receive_datagram is about to raise, or begins while the Engine may hold those of an earlier
 * entry: read them (logging included), then kl_engine_clear_effects _log(effect)                   receive_datagram
 * made a Log effect: emit it _settle(effects)               an outermost entry is over in which _keep or _lend was
 * called: forget what was kept, end the time of what was lent; raise what must not be lost (KeyboardInterrupt ...).
 * effects: the list of receive_datagram, else None. After _fail, _absorb and _log An exception of one of the last five
 * is raised to the caller when all of them had their turn; one raised later has the earlier one as its context.
 *   _refresh_log_level and these run inside the entry: enter() gives 2 or more there.
 *
 * Exports: kl_engine_export(..., callable=id(function)) for the direct lane, 0 for the portable one; Engine keeps the
 * function alive. Called as function([message,] *arguments). Results by declared type, as in _portable._fill_result:
 * BOOL the truth of anything, INT an int, NONE ignored, XVAL None, bool, int, float, str, bytes, list, tuple, dict;
 * else TypeError (OverflowError beyond 64 bits, ValueError beyond 32 levels) naming the export.
 */
#include "direct.h"

#ifdef PYPY_VERSION

int kl_direct_install(uintptr_t object)
{
    (void)object;
    return 0;
}

#else

#    define LOCALS   7     /* one address per kl_transport */
#    define LOG_MARK -1000 /* python/kemilua/_logs.py: MARK */

static const char *const arg_names[ARG_COUNT] = {"data", "source", "local", "transport", "now", "connection"};

/* ---- Binding */

static PyObject *do_enter(PyObject *self, PyObject *unused)
{
    (void)unused;
    ((direct_binding *)self)->absorbed = true;
    return PyLong_FromLong(direct_enter((direct_binding *)self));
}

static PyObject *do_leave(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromLong(direct_leave((direct_binding *)self));
}

static PyObject *do_message(PyObject *object, PyObject *address)
{
    const direct_binding *self = (direct_binding *)object;
    void *msg = PyLong_AsVoidPtr(address);
    if (PyErr_Occurred()) return NULL;
    const bool known = self->c && self->c->python.message && self->c->python.message_of == msg;
    return Py_NewRef(known ? self->c->python.message : Py_None);
}

static PyObject *do_close(PyObject *object, PyObject *unused)
{
    (void)unused;
    direct_binding *self = (direct_binding *)object;
    if (self->depth > 1) {
        PyErr_SetString(PyExc_RuntimeError, "the engine is in use");
        return NULL;
    }
    if (self->c) {
        direct_forget(&self->c->python);
        self->c->python.engine = NULL;
    }
    self->c = NULL;
    Py_RETURN_NONE;
}

static int binding_traverse(PyObject *object, visitproc visit, void *arg)
{
    direct_binding *self = (direct_binding *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->owner);
    Py_VISIT(self->engine);
    Py_VISIT(self->closed_type);
    Py_VISIT(self->message_type);
    Py_VISIT(self->locals);
    Py_VISIT(self->log_cache);
    return direct_shapes_visit(&self->shapes, visit, arg);
}

/* In a cycle that is being collected cffi frees the engine first, and nobody may call any more. Between entries the
 * bridge holds no reference. */
static void binding_finalize(PyObject *object) { ((direct_binding *)object)->c = NULL; }

static int binding_clear(PyObject *object)
{
    direct_binding *self = (direct_binding *)object;
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
    direct_binding *self = (direct_binding *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    binding_clear(object);
    for (int i = 0; i < ARG_COUNT; i++) Py_CLEAR(self->names[i]);
    Py_CLEAR(self->message_name);
    Py_CLEAR(self->closed_type);
    type->tp_free(object);
    Py_DECREF(type);
}

#    define FAST(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef binding_methods[] = {
    {"receive_datagram", FAST(direct_receive), METH_FASTCALL | METH_KEYWORDS,
     PyDoc_STR("Engine.receive_datagram, without cffi in between.")},
    {"lua_run", FAST(direct_lua_run), METH_FASTCALL | METH_KEYWORDS,
     PyDoc_STR("Engine.lua_run, without cffi in between.")},
    {"enter", do_enter, METH_NOARGS, PyDoc_STR("Go in; how deep this thread is inside now, 0 when another one is.")},
    {"leave", do_leave, METH_NOARGS, PyDoc_STR("Go out; how deep this thread is inside still.")},
    {"message", do_message, METH_O,
     PyDoc_STR("The Message of the kl_msg at an address, if the run in progress knows it, else None.")},
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

static PyType_Spec binding_spec = {"kemilua._kemilua.Binding", sizeof(direct_binding), 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                                   binding_slots};

/* ---- bind and install */

static bool intern_names(direct_binding *self)
{
    for (int i = 0; i < ARG_COUNT; i++)
        if (!(self->names[i] = PyUnicode_InternFromString(arg_names[i]))) return false;
    self->message_name = PyUnicode_InternFromString("message");
    return self->message_name != NULL;
}

typedef struct bind_arguments {
    unsigned long long address;
    PyObject *owner, *engine, *types[DIRECT_KINDS], *levels, *transports, *locals, *log_cache, *closed_type;
} bind_arguments;

static bool check_bind(const bind_arguments *a)
{
    const bool locals = PyTuple_Check(a->locals) && PyTuple_GET_SIZE(a->locals) == LOCALS;
    if (a->address && locals && (a->log_cache == Py_None || PyDict_Check(a->log_cache)) &&
        PyExceptionClass_Check(a->closed_type))
        return true;
    PyErr_Format(PyExc_TypeError,
                 "locals is a tuple of %d, log_cache a dict or None, closed_type an exception, the address not 0",
                 LOCALS);
    return false;
}

static bool fill_binding(direct_binding *self, const bind_arguments *a, PyObject *message_type)
{
    self->owner = Py_NewRef(a->owner);
    self->engine = Py_NewRef(a->engine);
    self->closed_type = Py_NewRef(a->closed_type);
    self->message_type = (PyTypeObject *)Py_NewRef(message_type);
    self->locals = Py_NewRef(a->locals);
    self->log_cache = a->log_cache == Py_None ? NULL : Py_NewRef(a->log_cache);
    self->log_mark = PyLong_FromLong(LOG_MARK);
    if (!self->log_mark || !intern_names(self) ||
        !direct_shapes_read(&self->shapes, a->types, a->levels, a->transports))
        return false;
    self->c = (kl_engine *)(uintptr_t)a->address;
    self->c->python = (bridge_python){.engine = self->engine};
    return true;
}

/* types: (MessageBase, Binding). */
static PyObject *bind(PyObject *types, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"address",   "owner",       "engine", "send_type",  "drop_type",
                                        "log_type",  "alias_type",  "levels", "transports", "locals",
                                        "log_cache", "closed_type", NULL};
    bind_arguments a;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "KOO$OOOOOOOOO", (char **)(void *)names, &a.address, &a.owner,
                                     &a.engine, &a.types[KL_EFFECT_SEND], &a.types[KL_EFFECT_DROP],
                                     &a.types[KL_EFFECT_LOG], &a.types[KL_EFFECT_ALIAS], &a.levels, &a.transports,
                                     &a.locals, &a.log_cache, &a.closed_type) ||
        !check_bind(&a))
        return NULL;
    PyTypeObject *type = (PyTypeObject *)PyTuple_GET_ITEM(types, 1);
    PyObject *self = type->tp_alloc(type, 0);
    if (self && !fill_binding((direct_binding *)self, &a, PyTuple_GET_ITEM(types, 0))) Py_CLEAR(self);
    return self;
}

static PyMethodDef bind_method = {"bind", FAST(bind), METH_VARARGS | METH_KEYWORDS,
                                  PyDoc_STR("Make the Binding of an engine.")};

static bool install(PyObject *object)
{
    PyObject *message = direct_message_type(), *type = PyType_FromSpec(&binding_spec);
    PyObject *types = message && type ? PyTuple_Pack(2, message, type) : NULL;
    PyObject *function = types ? PyCFunction_New(&bind_method, types) : NULL;
    const bool good = function && PyObject_SetAttrString(object, "MessageBase", message) == 0 &&
                      PyObject_SetAttrString(object, "bind", function) == 0;
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
