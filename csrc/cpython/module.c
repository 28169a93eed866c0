/* module.c: kemilua._cpython, which cpython.h describes. */
#include "cpython.h"

static PyObject *setup(PyObject *module, PyObject *args)
{
    PyObject *ffi, *portable, *closed_type, *effects, *levels, *transports;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOOOO", &ffi, &portable, &closed_type, &effects, &levels, &transports)) return NULL;
    if (!PyExceptionClass_Check(closed_type)) {
        PyErr_SetString(PyExc_TypeError, "closed_type is an exception");
        return NULL;
    }
    if (!pointers_learn(ffi) || !effects_learn(effects, levels, transports) || !entries_learn(portable)) return NULL;
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
