/* message_base.c: the part of kemilua.Message that C reads: pointer, generation, and which thread may use it. */
#include "cpython.h"

#define MAX_ARGUMENTS 8 /* of _call, without the pointer */

bool message_hold(message_base *message)
{
    const unsigned long me = PyThread_get_thread_ident();
    if (KL_UNLIKELY(message->holds > 0 && message->owner != me)) return false;
    message->owner = me;
    message->holds++;
    return true;
}

void message_let(message_base *message)
{
    if (message->holds > 0) message->holds--;
}

bool message_is_stale(const message_base *message)
{
    return !message->msg || message->msg->generation != message->generation;
}

static PyObject *acquire(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyBool_FromLong(message_hold((message_base *)self));
}

static PyObject *release(PyObject *self, PyObject *unused)
{
    (void)unused;
    message_let((message_base *)self);
    Py_RETURN_NONE;
}

/* Must raise; what does not is an error of its own. */
static PyObject *refuse(PyObject *self, bool busy)
{
    PyObject *answer = PyObject_CallMethod(self, "_refuse", "O", busy ? Py_True : Py_False);
    if (answer) PyErr_SetString(PyExc_SystemError, "_refuse returned");
    Py_XDECREF(answer);
    return NULL;
}

static PyObject *call_held(message_base *message, PyObject *const *args, Py_ssize_t count)
{
    PyObject *stack[2 + MAX_ARGUMENTS];
    stack[1] = message->pointer ? message->pointer : Py_None;
    for (Py_ssize_t i = 1; i < count; i++) stack[1 + i] = args[i];
    Py_INCREF(stack[1]); /* the call may make the message stale */
    PyObject *result = PyObject_Vectorcall(args[0], stack + 1, (size_t)count | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    Py_DECREF(stack[1]);
    return result;
}

static PyObject *call(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    message_base *message = (message_base *)self;
    if (count < 1 || count > 1 + MAX_ARGUMENTS) {
        PyErr_Format(PyExc_TypeError, "_call takes a function and up to %d arguments", MAX_ARGUMENTS);
        return NULL;
    }
    if (!message_hold(message)) return refuse(self, true);
    PyObject *result = message_is_stale(message) ? refuse(self, false) : call_held(message, args, count);
    message_let(message);
    return result;
}

/* ---- whose it is */

static void replace(PyObject **place, PyObject *value)
{
    PyObject *before = *place;
    *place = value == Py_None ? NULL : Py_XNewRef(value);
    Py_XDECREF(before);
}

static PyObject *bind(PyObject *self, PyObject *args)
{
    message_base *message = (message_base *)self;
    PyObject *pointer, *engine;
    if (!PyArg_ParseTuple(args, "OO", &pointer, &engine)) return NULL;
    kl_msg *msg = pointer_of(pointer, POINTER_MSG);
    if (!msg) return NULL;
    message->msg = msg;
    message->generation = msg->generation;
    replace(&message->pointer, pointer);
    replace(&message->engine, engine);
    Py_RETURN_NONE;
}

static PyObject *expire(PyObject *self, PyObject *unused)
{
    message_base *message = (message_base *)self;
    (void)unused;
    message->msg = NULL;
    replace(&message->engine, NULL);
    Py_RETURN_NONE;
}

static PyObject *is_stale(PyObject *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(message_is_stale((message_base *)self));
}

static PyObject *get_pointer(PyObject *self, void *unused)
{
    (void)unused;
    PyObject *pointer = ((message_base *)self)->pointer;
    return Py_NewRef(pointer ? pointer : Py_None);
}

static PyObject *get_engine(PyObject *self, void *unused)
{
    (void)unused;
    PyObject *engine = ((message_base *)self)->engine;
    return Py_NewRef(engine ? engine : Py_None);
}

static int set_engine(PyObject *self, PyObject *value, void *unused)
{
    (void)unused;
    if (!value) {
        PyErr_SetString(PyExc_AttributeError, "cannot be deleted");
        return -1;
    }
    replace(&((message_base *)self)->engine, value);
    return 0;
}

/* ---- the type */

static int traverse(PyObject *self, visitproc visit, void *arg)
{
    message_base *message = (message_base *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(message->pointer);
    Py_VISIT(message->engine);
    return 0;
}

static int clear(PyObject *self)
{
    message_base *message = (message_base *)self;
    message->msg = NULL;
    Py_CLEAR(message->pointer);
    Py_CLEAR(message->engine);
    return 0;
}

static void dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"_bind", bind, METH_VARARGS, PyDoc_STR("Be the message at a kl_msg *, of an engine or None.")},
    {"_expire", expire, METH_NOARGS,
     PyDoc_STR("End the time of a lent message, or of one that an engine has made.\n\n"
               "The memory of the latter goes with this object, not now: within nested runs C tells messages by their "
               "addresses.")},
    {"_acquire", acquire, METH_NOARGS,
     PyDoc_STR("Take the message for this thread, counted; False when another thread has it.")},
    {"_release", release, METH_NOARGS, PyDoc_STR("Give it back.")},
    {"_call", (PyCFunction)(void (*)(void))call, METH_FASTCALL,
     PyDoc_STR("Call a function of the pointer, as the only thread inside and within the message's time.")},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef attributes[] = {
    {"_pointer", get_pointer, NULL, PyDoc_STR("The cffi pointer, or None; not to be used once stale."), NULL},
    {"_engine", get_engine, set_engine, PyDoc_STR("The Engine it is bound to, or None."), NULL},
    {"_stale", is_stale, NULL, PyDoc_STR("Whether its time is over."), NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("A message's pointer, its engine, and which thread may use it now.")},
    {Py_tp_new, (void *)PyType_GenericNew},
    {Py_tp_dealloc, (void *)dealloc},
    {Py_tp_traverse, (void *)traverse},
    {Py_tp_clear, (void *)clear},
    {Py_tp_methods, methods},
    {Py_tp_getset, attributes},
    {0, NULL},
};

static PyType_Spec spec = {"kemilua._cpython.MessageBase", sizeof(message_base), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots};

PyTypeObject *message_base_type;

PyObject *message_base_make(void)
{
    PyObject *type = PyType_FromSpec(&spec);
    message_base_type = (PyTypeObject *)Py_XNewRef(type);
    return type;
}
