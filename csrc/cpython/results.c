/* results.c: what an export returned as values, as python/kemilua/_values.py reads them. */
#include "cpython.h"

static bool read_result(kl_ctx *ctx, PyObject *object, int depth, kl_value *out);

static bool copy_bytes(kl_ctx *ctx, const char *s, Py_ssize_t n, kl_value *out)
{
    out->type = KL_TYPE_STR;
    out->s = arena_copy(ctx->scratch, span_of(s, (size_t)n));
    if (!out->s.s) PyErr_NoMemory();
    return out->s.s != NULL;
}

static PyObject *encode(PyObject *text) { return PyUnicode_AsEncodedString(text, "utf-8", "surrogateescape"); }

static bool read_bytes(kl_ctx *ctx, PyObject *object, kl_value *out)
{
    PyObject *bytes = PyUnicode_Check(object) ? encode(object) : PyBytes_FromObject(object);
    const bool good = bytes && copy_bytes(ctx, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes), out);
    Py_XDECREF(bytes);
    return good;
}

/* Python refuses to print one of more than 4300 digits. */
static void too_large(PyObject *number)
{
    PyObject *text = PyObject_Str(number);
    PyErr_Clear();
    if (text && PyUnicode_GetLength(text) <= 60)
        PyErr_Format(PyExc_OverflowError, "an integer for KEMI has at most 64 bits, not %U", text);
    else PyErr_SetString(PyExc_OverflowError, "an integer for KEMI has at most 64 bits");
    Py_XDECREF(text);
}

static bool read_int(PyObject *object, kl_value *out)
{
    int overflow;
    const long long i = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow) {
        too_large(object);
        return false;
    }
    out->type = KL_TYPE_INT; /* of 64 bits: LONG is a number to scripts, as in Kamailio */
    out->i = i;
    return !(i == -1 && PyErr_Occurred());
}

static kl_item *add_item(kl_ctx *ctx, kl_item ***tail)
{
    kl_item *item = arena_zalloc(ctx->scratch, sizeof *item);
    if (!item) {
        PyErr_NoMemory();
        return NULL;
    }
    **tail = item;
    *tail = &item->next;
    return item;
}

static bool read_list(kl_ctx *ctx, PyObject *object, int depth, kl_value *out)
{
    PyObject *list = PySequence_Fast(object, "a sequence is expected");
    kl_item **tail = &out->items;
    out->type = KL_TYPE_ARRAY;
    out->items = NULL;
    bool good = list != NULL;
    /* asked each time: reading may run Python */
    for (Py_ssize_t i = 0; good && i < PySequence_Fast_GET_SIZE(list); i++) {
        kl_item *item = add_item(ctx, &tail);
        good = item && read_result(ctx, PySequence_Fast_GET_ITEM(list, i), depth + 1, &item->value);
    }
    Py_XDECREF(list);
    return good;
}

static bool read_key(kl_ctx *ctx, PyObject *key, kl_span *out)
{
    kl_value value;
    PyObject *text = PyUnicode_Check(key) || PyBytes_Check(key) ? Py_NewRef(key) : PyObject_Str(key);
    const bool good = text && read_bytes(ctx, text, &value);
    Py_XDECREF(text);
    if (good) *out = value.s;
    return good;
}

static bool read_dict(kl_ctx *ctx, PyObject *object, int depth, kl_value *out)
{
    PyObject *items = PyMapping_Items(object);
    kl_item **tail = &out->items;
    out->type = KL_TYPE_DICT;
    out->items = NULL;
    bool good = items != NULL;
    for (Py_ssize_t i = 0; good && i < PyList_GET_SIZE(items); i++) {
        PyObject *pair = PyList_GET_ITEM(items, i);
        kl_item *item = add_item(ctx, &tail);
        good = item && PyTuple_Check(pair) && PyTuple_GET_SIZE(pair) == 2 &&
               read_key(ctx, PyTuple_GET_ITEM(pair, 0), &item->key) &&
               read_result(ctx, PyTuple_GET_ITEM(pair, 1), depth + 1, &item->value);
        if (!good && !PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "items() must give pairs");
    }
    Py_XDECREF(items);
    return good;
}

/* -1 with an exception. */
static int is_abc(PyObject *object, const char *name)
{
    PyObject *abc = PyImport_ImportModule("collections.abc");
    PyObject *kind = abc ? PyObject_GetAttrString(abc, name) : NULL;
    const int answer = kind ? PyObject_IsInstance(object, kind) : -1;
    Py_XDECREF(kind);
    Py_XDECREF(abc);
    return answer;
}

static const char *type_name(PyObject *object)
{
    const char *dot = strrchr(Py_TYPE(object)->tp_name, '.');
    return dot ? dot + 1 : Py_TYPE(object)->tp_name;
}

static bool read_other(kl_ctx *ctx, PyObject *object, int depth, kl_value *out)
{
    int is = is_abc(object, "Mapping");
    if (is > 0) return read_dict(ctx, object, depth, out);
    if (is == 0) is = is_abc(object, "Sequence");
    if (is > 0) return read_list(ctx, object, depth, out);
    if (is == 0) PyErr_Format(PyExc_TypeError, "KEMI has no type for %s", type_name(object));
    return false;
}

/* Everything is copied to scratch. */
static bool read_result(kl_ctx *ctx, PyObject *object, int depth, kl_value *out)
{
    if (depth > TABLE_MAX_DEPTH) {
        PyErr_Format(PyExc_ValueError, "lists and dicts nest more than %d deep", TABLE_MAX_DEPTH);
        return false;
    }
    if (object == Py_None) {
        out->type = KL_TYPE_NULL;
        return true;
    }
    if (PyBool_Check(object)) {
        *out = (kl_value){.type = KL_TYPE_BOOL, .i = object == Py_True};
        return true;
    }
    if (PyLong_Check(object)) return read_int(object, out);
    if (PyFloat_Check(object)) {
        *out = (kl_value){.type = KL_TYPE_FLOAT, .f = PyFloat_AS_DOUBLE(object)};
        return true;
    }
    if (PyUnicode_Check(object) || PyBytes_Check(object) || PyByteArray_Check(object) || PyMemoryView_Check(object))
        return read_bytes(ctx, object, out);
    if (PyDict_Check(object)) return read_dict(ctx, object, depth, out);
    if (PyList_Check(object) || PyTuple_Check(object)) return read_list(ctx, object, depth, out);
    return read_other(ctx, object, depth, out);
}

/* Text and bytes are not copied: *keep holds the object that the span points into until the next call. */
static bool read_text(PyObject *object, PyObject **keep, kl_value *out)
{
    PyObject *own = NULL;
    Py_ssize_t n;
    out->type = KL_TYPE_STR;
    if (PyUnicode_Check(object)) {
        const char *s = PyUnicode_AsUTF8AndSize(object, &n);
        if (KL_LIKELY(s != NULL)) {
            out->s = span_of(s, (size_t)n);
            *keep = Py_NewRef(object);
            return true;
        }
        PyErr_Clear(); /* surrogates */
        own = encode(object);
        if (!own) return false;
    } else {
        own = Py_NewRef(object);
    }
    out->s = span_of(PyBytes_AS_STRING(own), (size_t)PyBytes_GET_SIZE(own));
    *keep = own;
    return true;
}

/* The exception that is set, told of the export too. Its kind is one of three: not every class takes a text alone. */
static bool refuse(const kl_row *row, const char *dot)
{
    PyObject *const kinds[] = {PyExc_TypeError, PyExc_ValueError, PyExc_OverflowError};
    PyObject *type, *value, *traceback;
    for (int i = 0; i < 3; i++) {
        if (!PyErr_ExceptionMatches(kinds[i])) continue;
        PyErr_Fetch(&type, &value, &traceback);
        PyErr_NormalizeException(&type, &value, &traceback);
        PyErr_Format(kinds[i], "KSR.%s%s%s returned what KEMI has no type for: %S", row->module, dot, row->name, value);
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        break;
    }
    return false;
}

bool results_read(kl_ctx *ctx, const kl_row *row, PyObject *object, PyObject **keep, kl_value *out)
{
    const char *dot = row->module[0] ? "." : "";
    switch (row->returns) {
    case KL_TYPE_NONE: out->type = KL_TYPE_NONE; return true;
    case KL_TYPE_BOOL:
        out->type = KL_TYPE_BOOL;
        out->i = PyObject_IsTrue(object);
        return out->i >= 0;
    case KL_TYPE_INT:
        if (PyLong_Check(object)) return read_int(object, out) || refuse(row, dot);
        PyErr_Format(PyExc_TypeError, "KSR.%s%s%s returned %s, not int", row->module, dot, row->name,
                     type_name(object));
        return false;
    default:
        if (PyUnicode_Check(object) || PyBytes_Check(object)) return read_text(object, keep, out) || refuse(row, dot);
        return read_result(ctx, object, 0, out) || refuse(row, dot);
    }
}

void results_describe(kl_ctx *ctx, PyObject *exception, kl_value *result)
{
    const char *name = type_name(exception);
    PyObject *text = PyObject_Str(exception);
    PyObject *whole = text && PyUnicode_GetLength(text) > 0 ? PyUnicode_FromFormat("%s: %U", name, text) : NULL;
    PyErr_Clear();
    if (!whole || !read_bytes(ctx, whole, result)) {
        PyErr_Clear();
        result->s = arena_copy(ctx->scratch, span_text(name));
    }
    Py_XDECREF(text);
    Py_XDECREF(whole);
}
