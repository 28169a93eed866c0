/* MessageBase: the part of kemilua.Message that C reads: pointer, generation, and which thread may use it. */
#include "direct.h"

#ifndef PYPY_VERSION

#    define MAX_ARGUMENTS 8 /* of _call, without the pointer */

bool direct_message_hold(direct_message *message)
{
    const unsigned long me = PyThread_get_thread_ident();
    if (KL_UNLIKELY(message->holds > 0 && message->owner != me)) return false;
    message->owner = me;
    message->holds++;
    return true;
}

void direct_message_let(direct_message *message)
{
    if (message->holds > 0) message->holds--;
}

bool direct_message_is_stale(const direct_message *message)
{
    return !message->msg || message->msg->generation != message->generation;
}

static PyObject *acquire(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyBool_FromLong(direct_message_hold((direct_message *)self));
}

static PyObject *release(PyObject *self, PyObject *unused)
{
    (void)unused;
    direct_message_let((direct_message *)self);
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

static PyObject *call_held(direct_message *message, PyObject *const *args, Py_ssize_t count)
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
    direct_message *message = (direct_message *)self;
    if (count < 1 || count > 1 + MAX_ARGUMENTS) {
        PyErr_Format(PyExc_TypeError, "_call takes a function and up to %d arguments", MAX_ARGUMENTS);
        return NULL;
    }
    if (!direct_message_hold(message)) return refuse(self, true);
    PyObject *result = direct_message_is_stale(message) ? refuse(self, false) : call_held(message, args, count);
    direct_message_let(message);
    return result;
}

/* ---- attributes */

static PyObject *get_pointer(PyObject *self, void *unused)
{
    (void)unused;
    PyObject *pointer = ((direct_message *)self)->pointer;
    return Py_NewRef(pointer ? pointer : Py_None);
}

static int set_object(PyObject **place, PyObject *value)
{
    if (!value) {
        PyErr_SetString(PyExc_AttributeError, "cannot be deleted");
        return -1;
    }
    PyObject *before = *place;
    *place = value == Py_None ? NULL : Py_NewRef(value);
    Py_XDECREF(before);
    return 0;
}

static int set_pointer(PyObject *self, PyObject *value, void *unused)
{
    (void)unused;
    return set_object(&((direct_message *)self)->pointer, value);
}

static PyObject *get_engine(PyObject *self, void *unused)
{
    (void)unused;
    PyObject *engine = ((direct_message *)self)->engine;
    return Py_NewRef(engine ? engine : Py_None);
}

static int set_engine(PyObject *self, PyObject *value, void *unused)
{
    (void)unused;
    return set_object(&((direct_message *)self)->engine, value);
}

static PyObject *get_address(PyObject *self, void *unused)
{
    (void)unused;
    const direct_message *message = (direct_message *)self;
    return PyLong_FromVoidPtr(direct_message_is_stale(message) ? NULL : message->msg);
}

static int set_address(PyObject *self, PyObject *value, void *unused)
{
    (void)unused;
    direct_message *message = (direct_message *)self;
    void *address = value ? PyLong_AsVoidPtr(value) : NULL;
    if (!value) PyErr_SetString(PyExc_AttributeError, "cannot be deleted");
    if (PyErr_Occurred()) return -1;
    message->msg = address;
    message->generation = address ? message->msg->generation : 0;
    return 0;
}

/* ---- the type */

static int traverse(PyObject *self, visitproc visit, void *arg)
{
    direct_message *message = (direct_message *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(message->pointer);
    Py_VISIT(message->engine);
    return 0;
}

static int clear(PyObject *self)
{
    direct_message *message = (direct_message *)self;
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
    {"_acquire", acquire, METH_NOARGS,
     PyDoc_STR("Take the message for this thread, counted; False when another thread has it.")},
    {"_release", release, METH_NOARGS, PyDoc_STR("Give it back.")},
    {"_call", (PyCFunction)(void (*)(void))call, METH_FASTCALL,
     PyDoc_STR("Call a function of the pointer, as the only thread inside and within the message's time.")},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef attributes[] = {
    {"_pointer", get_pointer, set_pointer, PyDoc_STR("The cffi pointer, or None."), NULL},
    {"_engine", get_engine, set_engine, PyDoc_STR("The Engine it is bound to, or None."), NULL},
    {"_address", get_address, set_address, PyDoc_STR("That of the kl_msg, 0 once stale."), NULL},
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

static PyType_Spec spec = {"kemilua._kemilua.MessageBase", sizeof(direct_message), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots};

PyObject *direct_message_type(void) { return PyType_FromSpec(&spec); }

#endif
