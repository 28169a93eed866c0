/* engine_base.c: the part of kemilua.Engine that C owns: the kl_engine, its lane, and the entries as methods. */
#include "cpython.h"

#include <structmember.h>

static PyObject *closed_error; /* EngineClosedError */

PyObject *engine_closed(const engine_base *self)
{
    PyErr_SetString(closed_error, self->closed ? "the engine is closed"
                                               : "the engine has not been made: Engine.__init__ comes first");
    return NULL;
}

/* ---- who is inside: kl_engine.owner */

int engine_base_enter(engine_base *self) { return KL_LIKELY(self->c != NULL) ? engine_hold(self->c) : 0; }

/* What goes may run Python, and use the engine anew: so it goes once nobody is inside. */
int engine_base_leave(engine_base *self)
{
    if (KL_UNLIKELY(self->c->holds > 1)) return engine_let(self->c);
    PyObject *message = self->lane.message, *result = self->lane.result;
    self->lane.message = self->lane.result = NULL;
    self->lane.unsettled = false;
    engine_let(self->c);
    Py_XDECREF(message);
    Py_XDECREF(result);
    return 0;
}

static PyObject *enter(PyObject *object, PyObject *unused)
{
    engine_base *self = (engine_base *)object;
    (void)unused;
    if (!self->c) return engine_closed(self);
    self->absorbed = true;
    return PyLong_FromLong(engine_base_enter(self));
}

static PyObject *leave(PyObject *object, PyObject *unused)
{
    engine_base *self = (engine_base *)object;
    (void)unused;
    if (!self->c || atomic_load(&self->c->owner) != (uintptr_t)pthread_self()) {
        PyErr_SetString(PyExc_RuntimeError, "this thread is not inside");
        return NULL;
    }
    return PyLong_FromLong(engine_base_leave(self));
}

/* ---- from the first to the last */

static PyObject *attach(PyObject *object, PyObject *args)
{
    engine_base *self = (engine_base *)object;
    PyObject *pointer, *error, *locals;
    int direct;
    if (!PyArg_ParseTuple(args, "OOO!p", &pointer, &error, &PyTuple_Type, &locals, &direct)) return NULL;
    if (self->c || self->closed || PyTuple_GET_SIZE(locals) != ENGINE_LOCALS) {
        PyErr_Format(PyExc_TypeError, "one engine, with a tuple of %d addresses", ENGINE_LOCALS);
        return NULL;
    }
    self->error = pointer_of(error, POINTER_ERROR);
    if (!self->error) return NULL;
    Py_XSETREF(self->error_owner, Py_NewRef(error));
    Py_XSETREF(self->locals, Py_NewRef(locals));
    self->c = pointer_of(pointer, POINTER_ENGINE);
    if (!self->c) return NULL;
    if (direct) self->c->host.lane = &self->lane.calls;
    Py_RETURN_NONE;
}

static void free_engine(engine_base *self)
{
    kl_engine *engine = self->c;
    self->c = NULL;
    self->closed = true;
    if (!engine) return;
    Py_BEGIN_ALLOW_THREADS;
    kl_engine_free(engine);
    Py_END_ALLOW_THREADS;
}

static PyObject *close_engine(PyObject *object, PyObject *unused)
{
    engine_base *self = (engine_base *)object;
    (void)unused;
    if (!self->c) return engine_closed(self);
    const int depth = engine_base_enter(self);
    if (depth == 1) free_engine(self);
    else if (depth > 1) engine_base_leave(self);
    return PyLong_FromLong(depth);
}

static PyObject *watch(PyObject *object, PyObject *holds)
{
    engine_base *self = (engine_base *)object;
    Py_XSETREF(self->holds, holds == Py_None ? NULL : Py_NewRef(holds));
    Py_RETURN_NONE;
}

/* ---- the type */

static PyObject *make(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args, (void)kwargs; /* __init__ looks at them */
    engine_base *self = (engine_base *)type->tp_alloc(type, 0);
    if (!self) return NULL;
    self->functions = PyList_New(0);
    self->lane = (direct_lane){.calls = {.call = exports_call, .signals = exports_signals, .kept = exports_kept},
                               .engine = (PyObject *)self,
                               .functions = self->functions};
    if (!self->functions) Py_CLEAR(self);
    return (PyObject *)self;
}

/* Between entries the lane holds nothing. */
static int traverse(PyObject *object, visitproc visit, void *arg)
{
    engine_base *self = (engine_base *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->error_owner);
    Py_VISIT(self->functions);
    Py_VISIT(self->locals);
    Py_VISIT(self->holds);
    return 0;
}

static int clear(PyObject *object)
{
    engine_base *self = (engine_base *)object;
    free_engine(self);
    Py_CLEAR(self->error_owner);
    Py_CLEAR(self->functions);
    Py_CLEAR(self->locals);
    Py_CLEAR(self->holds);
    return 0;
}

static void dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

#define FAST(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef methods[] = {
    {"receive_datagram", FAST(entries_receive), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"lua_run", FAST(entries_lua_run), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"_attach", attach, METH_VARARGS,
     PyDoc_STR("Own an engine, which calls exports through C if the last argument is true.")},
    {"_watch", watch, METH_O, PyDoc_STR("Know what says whether the threshold of the logger still holds.")},
    {"_enter", enter, METH_NOARGS, PyDoc_STR("Go in; how deep this thread is inside now, 0 when another one is.")},
    {"_leave", leave, METH_NOARGS, PyDoc_STR("Go out; how deep this thread is inside still.")},
    {"_close", close_engine, METH_NOARGS, PyDoc_STR("Free the engine if nobody is inside (1); else as _enter.")},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
    {"_native", T_BOOL, offsetof(engine_base, native), 0, PyDoc_STR("Whether entries are C's where they can be.")},
    {"_functions", T_OBJECT_EX, offsetof(engine_base, functions), READONLY, PyDoc_STR("The exports by slot.")},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("The engine itself, who is inside, and its entries.")},
    {Py_tp_new, (void *)make},
    {Py_tp_dealloc, (void *)dealloc},
    {Py_tp_traverse, (void *)traverse},
    {Py_tp_clear, (void *)clear},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {0, NULL},
};

static PyType_Spec spec = {"kemilua._cpython.EngineBase", sizeof(engine_base), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots};

/* A method's signature as inspect reads it, and the docstring of the Python function that does the same. NULL with an
 * exception; lives as long as the type, that is for good. */
static const char *doc_of(PyObject *portable, const char *name, const char *signature)
{
    PyObject *function = PyObject_GetAttrString(portable, name);
    PyObject *doc = function ? PyObject_GetAttrString(function, "__doc__") : NULL;
    PyObject *whole = doc ? PyUnicode_FromFormat("%s%s\n--\n\n%S", name, signature, doc) : NULL;
    Py_XDECREF(function);
    Py_XDECREF(doc);
    return whole ? PyUnicode_AsUTF8(whole) : NULL;
}

PyObject *engine_base_make(PyObject *portable, PyObject *error)
{
    methods[0].ml_doc = doc_of(
        portable, methods[0].ml_name,
        "($self, data, source, local=None, transport='udp', now=None, *, connection=None, monotonic=None)");
    methods[1].ml_doc = doc_of(portable, methods[1].ml_name, "($self, function, *parameters, message=None)");
    if (!methods[0].ml_doc || !methods[1].ml_doc) return NULL;
    closed_error = Py_NewRef(error);
    return PyType_FromSpec(&spec);
}
