/* pointers.c: what cffi's pointers lead to. */
#include "cpython.h"

static const char *const pointer_names[POINTERS] = {"kl_engine *", "kl_error *", "kl_msg *"};
static PyObject *pointer_types[POINTERS];
static PyObject *type_of, *buffer; /* ffi.typeof, ffi.buffer */

bool pointers_learn(PyObject *ffi)
{
    type_of = PyObject_GetAttrString(ffi, "typeof");
    buffer = PyObject_GetAttrString(ffi, "buffer");
    for (int i = 0; i < POINTERS && type_of; i++)
        if (!(pointer_types[i] = PyObject_CallFunction(type_of, "s", pointer_names[i]))) return false;
    return type_of && buffer;
}

static bool is_of_type(PyObject *cdata, pointer_type type)
{
    PyObject *given = PyObject_CallOneArg(type_of, cdata);
    const int same = given ? PyObject_RichCompareBool(given, pointer_types[type], Py_EQ) : -1;
    Py_XDECREF(given);
    if (same == 0) PyErr_Format(PyExc_TypeError, "%R is no %s", cdata, pointer_names[type]);
    return same > 0;
}

/* cffi shows what a pointer leads to as a buffer, whose address is the pointer. */
void *pointer_of(PyObject *cdata, pointer_type type)
{
    Py_buffer view;
    if (!is_of_type(cdata, type)) return NULL;
    PyObject *memory = PyObject_CallFunction(buffer, "Oi", cdata, 1);
    if (!memory) return NULL;
    void *address = NULL;
    if (PyObject_GetBuffer(memory, &view, PyBUF_SIMPLE) == 0) {
        address = view.buf;
        PyBuffer_Release(&view);
        if (!address) PyErr_Format(PyExc_TypeError, "%R leads nowhere", cdata);
    }
    Py_DECREF(memory);
    return address;
}
