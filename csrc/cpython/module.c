/* module.c: kemilua._cpython, which cpython.h describes. */
#include "cpython.h"

/* ---- pointers of cffi's */

static const char *const pointer_names[POINTERS] = {"kl_engine *", "kl_error *", "kl_msg *"};
static PyObject *pointer_types[POINTERS];
static PyObject *type_of, *buffer; /* ffi.typeof, ffi.buffer */

static bool learn_pointers(PyObject *ffi)
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

/* ---- the module */

static PyObject *setup(PyObject *module, PyObject *args)
{
    PyObject *ffi, *portable, *closed_type, *effects, *levels, *transports;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOOO", &ffi, &portable, &closed_type, &effects, &levels, &transports)) return NULL;
    if (!PyExceptionClass_Check(closed_type)) {
        PyErr_SetString(PyExc_TypeError, "closed_type is an exception");
        return NULL;
    }
    if (!learn_pointers(ffi) || !effects_learn(effects, levels, transports) || !entries_learn(portable)) return NULL;
    return engine_base_make(portable, closed_type);
}

static PyMethodDef functions[] = {
    {"setup", setup, METH_VARARGS, PyDoc_STR("Learn what Python has for C; return a new EngineBase.")},
    {NULL, NULL, 0, NULL},
};

/* What was learnt is the process's, as the state of cffi's module is: when the package is imported anew, that of the
 * new one takes the place of the old. */
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "kemilua._cpython",
                                        .m_doc = PyDoc_STR("The direct lane between Engine, Message and C."),
                                        .m_size = -1, .m_methods = functions};

PyMODINIT_FUNC PyInit__cpython(void);
PyMODINIT_FUNC PyInit__cpython(void)
{
    PyObject *module = PyModule_Create(&definition), *message = module ? message_base_make() : NULL;
    if (!message || PyModule_AddObjectRef(module, "MessageBase", message) < 0) Py_CLEAR(module);
    Py_XDECREF(message);
    return module;
}
