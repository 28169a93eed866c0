/* args.c: arguments of the plain kind, as they nearly always are. */
#include "base/word.h"
#include "cpython.h"

#define MAX_HOST    255            /* python/kemilua/_packet.py */
#define END_OF_TIME 253402300800.0 /* python/kemilua/_arguments.py: the year 10000 */

bool args_text(PyObject *object, kl_span *out)
{
    if (KL_UNLIKELY(!PyUnicode_Check(object))) return false;
    if (KL_LIKELY(PyUnicode_IS_COMPACT_ASCII(object))) {
        *out = span_of((const char *)PyUnicode_1BYTE_DATA(object), (size_t)PyUnicode_GET_LENGTH(object));
        return true;
    }
    Py_ssize_t n;
    const char *s = PyUnicode_AsUTF8AndSize(object, &n);
    if (!s) PyErr_Clear(); /* lone surrogates */
    *out = span_of(s, s ? (size_t)n : 0);
    return s != NULL;
}

bool args_word(PyObject *object, kl_span *out)
{
    if (!PyBytes_Check(object)) return args_text(object, out);
    *out = span_of(PyBytes_AS_STRING(object), (size_t)PyBytes_GET_SIZE(object));
    return true;
}

bool args_index(PyObject *object, int *out)
{
    if (!PyLong_Check(object)) return false;
    int overflow;
    const long number = PyLong_AsLongAndOverflow(object, &overflow);
    if (overflow || number < 0 || number > INT_MAX) return false;
    *out = (int)number;
    return true;
}

static uint64_t is_blank(const char *s) { return word_below(word_at(s), ' ' + 1); }

/* No blank and no control byte, none of which numeric text has. */
static bool is_host(kl_span host)
{
    uint64_t bad = 0;
    if (host.n == 0 || host.n > MAX_HOST) return false;
    if (host.n < WORD_BYTES) {
        for (size_t i = 0; i < host.n; i++) bad |= (unsigned char)host.s[i] <= ' ';
        return !bad;
    }
    for (size_t i = 0; i + WORD_BYTES < host.n; i += WORD_BYTES) bad |= is_blank(host.s + i);
    return !(bad | is_blank(host.s + host.n - WORD_BYTES));
}

bool args_address(PyObject *object, kl_span *host, uint16_t *port)
{
    int number;
    if (!PyTuple_Check(object) || PyTuple_GET_SIZE(object) < 2) return false;
    if (!args_text(PyTuple_GET_ITEM(object, 0), host) || !is_host(*host)) return false;
    if (!args_index(PyTuple_GET_ITEM(object, 1), &number) || number > 65535) return false;
    *port = (uint16_t)number;
    return true;
}

static bool is_time(double seconds) { return seconds >= 0 && seconds < END_OF_TIME; } /* NaN is none */

bool args_seconds(PyObject *object, double *out)
{
    if (KL_LIKELY(PyFloat_Check(object))) {
        *out = PyFloat_AS_DOUBLE(object);
        return is_time(*out);
    }
    if (!PyLong_Check(object)) return false;
    *out = PyLong_AsDouble(object);
    if (*out == -1.0) PyErr_Clear(); /* an error, or a time that cannot be */
    return is_time(*out);
}

bool args_transport(PyObject *object, kl_transport *out)
{
    if (!PyUnicode_Check(object)) return false;
    for (int i = KL_PROTO_UDP; i <= KL_PROTO_WSS; i++) {
        PyObject *name = effects_transport(i);
        if (name != object && PyUnicode_Compare(name, object) != 0) continue;
        *out = (kl_transport)i;
        return true;
    }
    PyErr_Clear();
    return false;
}

bool args_data(PyObject *object, Py_buffer *view, const char **data, size_t *size)
{
    view->obj = NULL;
    if (KL_LIKELY(PyBytes_Check(object))) {
        *data = PyBytes_AS_STRING(object);
        *size = (size_t)PyBytes_GET_SIZE(object);
        return true;
    }
    if (!PyByteArray_Check(object) && !PyMemoryView_Check(object)) return false;
    if (PyObject_GetBuffer(object, view, PyBUF_SIMPLE) < 0) {
        PyErr_Clear();
        view->obj = NULL;
        return false;
    }
    *data = view->buf;
    *size = (size_t)view->len;
    return true;
}
