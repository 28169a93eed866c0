/* The direct lane: a Python export called without cffi. Compiled with Python.h, in the extension module only. */
#include <Python.h>

#include "bridge.h"

#ifdef PYPY_VERSION

/* Nothing binds the lane there, so nothing comes here. */
kl_status bridge_direct(kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, kl_value *result,
                        lua_State *L)
{
    (void)L;
    return kl_py_export((uintptr_t)ctx->engine, row->slot, ctx->msg, args, count, result);
}

bool bridge_signals(bridge_python *python)
{
    (void)python;
    return false;
}

#else

#    include <pthread.h>

#    include "base/status.h"

#    define MAX_DEPTH 32 /* of lists and dicts, as in python/kemilua/_values.py */

/* ---- the GIL */

/* No other thread state in any interpreter. New ones are put in front, so no other's memory is read. */
static inline bool alone(void)
{
    PyThreadState *me = PyThreadState_Get();
    PyInterpreterState *here = PyThreadState_GetInterpreter(me);
    return PyInterpreterState_ThreadHead(here) == me && !PyThreadState_Next(me) && PyInterpreterState_Head() == here &&
           !PyInterpreterState_Next(here);
}

void bridge_let_go(bridge_python *python) { python->thread_state = alone() ? NULL : PyEval_SaveThread(); }

void bridge_take_back(bridge_python *python)
{
    if (python->thread_state) PyEval_RestoreThread(python->thread_state);
}

static inline bool is_ours(bridge_python *python)
{
    return atomic_load_explicit(&python->thread, memory_order_relaxed) == (uintptr_t)pthread_self();
}

/* ---- arguments: new references, NULL with an exception set */

static PyObject *text_of(kl_span text)
{
    return PyUnicode_DecodeUTF8(text.n ? text.s : "", (Py_ssize_t)text.n, "surrogateescape");
}

static PyObject *object_of(const kl_value *value);

static PyObject *list_of(const kl_item *item)
{
    PyObject *list = PyList_New(0);
    for (; list && item; item = item->next) {
        PyObject *one = object_of(&item->value);
        if (!one || PyList_Append(list, one) < 0) Py_CLEAR(list);
        Py_XDECREF(one);
    }
    return list;
}

static PyObject *dict_of(const kl_item *item)
{
    PyObject *dict = PyDict_New();
    for (; dict && item; item = item->next) {
        PyObject *key = text_of(item->key), *one = key ? object_of(&item->value) : NULL;
        if (!one || PyDict_SetItem(dict, key, one) < 0) Py_CLEAR(dict);
        Py_XDECREF(key);
        Py_XDECREF(one);
    }
    return dict;
}

static PyObject *object_of(const kl_value *value)
{
    switch (value->type) {
    case KL_TYPE_BOOL: return PyBool_FromLong(value->i != 0);
    case KL_TYPE_INT:
    case KL_TYPE_LONG: return PyLong_FromLongLong(value->i);
    case KL_TYPE_FLOAT: return PyFloat_FromDouble(value->f);
    case KL_TYPE_STR: return value->s.s ? text_of(value->s) : Py_NewRef(Py_None);
    case KL_TYPE_ARRAY: return list_of(value->items);
    case KL_TYPE_DICT: return dict_of(value->items);
    default: return Py_NewRef(Py_None);
    }
}

static PyObject *argument(const kl_row *row, size_t i, const kl_value *value)
{
    if (KL_UNLIKELY(i > row->nparams)) i = row->nparams; /* one of *args */
    if (KL_UNLIKELY(row->types[i] != KL_TYPE_STR)) return object_of(value);
    if (KL_UNLIKELY(!value->s.s) && row->marks[i] & KL_PARAM_NULLABLE) return Py_NewRef(Py_None);
    if (row->marks[i] & KL_PARAM_BYTES) return PyBytes_FromStringAndSize(value->s.s, (Py_ssize_t)value->s.n);
    return text_of(value->s);
}

/* The Message of ctx->msg: one per message and generation. */
static PyObject *message(bridge_python *python, kl_msg *msg)
{
    if (KL_UNLIKELY(!msg)) return Py_NewRef(Py_None);
    if (KL_LIKELY(python->message_of == msg && python->message && python->message_generation == msg->generation))
        return Py_NewRef(python->message);
    python->unsettled = true;
    PyObject *lent = PyObject_CallMethod(python->engine, "_lend", "K", (unsigned long long)(uintptr_t)msg);
    if (!lent) return NULL;
    PyObject *before = python->message;
    python->message = Py_NewRef(lent);
    python->message_of = msg;
    python->message_generation = msg->generation;
    Py_XDECREF(before);
    return lent;
}

/* ---- results, as python/kemilua/_values.py reads them */

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
    if (depth > MAX_DEPTH) {
        PyErr_Format(PyExc_ValueError, "lists and dicts nest more than %d deep", MAX_DEPTH);
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

static bool read_answer(kl_ctx *ctx, const kl_row *row, PyObject *object, PyObject **keep, kl_value *out)
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

/* ---- exceptions */

/* "TypeName: text", as a script sees it. */
static void describe(kl_ctx *ctx, PyObject *exception, kl_value *result)
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

/* The exception that is set goes to Engine._keep. */
static kl_status keep_exception(kl_ctx *ctx, bridge_python *python, kl_value *result)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback) PyException_SetTraceback(value, traceback);
    python->unsettled = true;
    PyObject *token = PyObject_CallMethod(python->engine, "_keep", "O", value);
    const long long number = token ? PyLong_AsLongLong(token) : 0;
    PyErr_Clear();
    describe(ctx, value, result);
    result->type = KL_TYPE_STR;
    result->i = number > 0 ? number : 0;
    Py_XDECREF(token);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return KL_EPYTHON;
}

/* ---- the call */

/* What the export returned, read or pushed. */
static kl_status give(kl_ctx *ctx, bridge_python *python, const kl_row *row, PyObject *answer, PyObject **keep,
                      kl_value *result, lua_State *L)
{
    const bridge_pushed pushed = answer && L && row->returns == KL_TYPE_XVAL ? bridge_push_table(L, answer)
                                                                             : PUSHED_NOTHING;
    if (KL_UNLIKELY(pushed == PUSHED_ERROR)) return KL_EMEMORY;
    if (pushed == PUSHED_TABLE) result->type = BRIDGE_PUSHED;
    if (pushed == PUSHED_TABLE || (answer && read_answer(ctx, row, answer, keep, result))) return KL_OK;
    return keep_exception(ctx, python, result);
}

static kl_status call(kl_ctx *ctx, bridge_python *python, const kl_row *row, const kl_value *args, size_t count,
                      kl_value *result, lua_State *L)
{
    PyObject *few[2 + KL_MAX_PARAMS];
    PyObject **stack = KL_LIKELY(count <= KL_MAX_PARAMS) ? few : PyMem_New(PyObject *, 2 + count);
    PyObject **arguments = stack + 1; /* the slot in front is vectorcall's */
    size_t n = 0;
    bool good = stack != NULL;
    if (!good) PyErr_NoMemory();
    if (good && row->flags & KL_EXPORT_MESSAGE) good = (arguments[n++] = message(python, ctx->msg)) != NULL;
    for (size_t i = 0; good && i < count; i++) good = (arguments[n++] = argument(row, i, &args[i])) != NULL;
    PyObject *answer = good ? PyObject_Vectorcall((PyObject *)row->callable, arguments,
                                                  n | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL)
                            : NULL;
    PyObject *keep = NULL;
    const kl_status status = give(ctx, python, row, answer, &keep, result, L);
    PyObject *before = python->result; /* not earlier: calls within this one have theirs */
    python->result = keep;
    Py_XDECREF(before);
    Py_XDECREF(answer);
    while (n > 0) Py_XDECREF(arguments[--n]);
    if (KL_UNLIKELY(stack != few)) PyMem_Free(stack);
    return status;
}

/* From Lua into the interpreter, and back. Within it the interpreter has the thread: an entry through cffi in there
 * lets the GIL go by itself, and is not ours. An entry through cffi keeps the thread state to itself, so there Python
 * finds its own. */
typedef struct way_in {
    uintptr_t me; /* 0: of an entry through cffi */
    PyGILState_STATE state;
} way_in;

static inline way_in enter_python(bridge_python *python)
{
    if (!is_ours(python)) return (way_in){.state = PyGILState_Ensure()};
    const way_in in = {.me = atomic_load_explicit(&python->thread, memory_order_relaxed)};
    bridge_take_back(python);
    atomic_store_explicit(&python->thread, 0, memory_order_relaxed);
    return in;
}

static inline void leave_python(bridge_python *python, way_in in)
{
    if (!in.me) {
        PyGILState_Release(in.state);
        return;
    }
    atomic_store_explicit(&python->thread, in.me, memory_order_relaxed);
    bridge_let_go(python);
}

kl_status bridge_direct(kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, kl_value *result,
                        lua_State *L)
{
    bridge_python *python = ctx->python;
    const way_in in = enter_python(python);
    const kl_status status = call(ctx, python, row, args, count, result, L);
    leave_python(python, in);
    return status;
}

/* ---- signals */

static bool run_handlers(bridge_python *python)
{
    PyObject *type, *value, *traceback;
    if (PyErr_CheckSignals() == 0) return false;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback) PyException_SetTraceback(value, traceback);
    python->unsettled = true;
    Py_XDECREF(PyObject_CallMethod(python->engine, "_interrupt", "O", value));
    PyErr_Clear();
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return true;
}

bool bridge_signals(bridge_python *python)
{
    const way_in in = enter_python(python);
    const bool raised = run_handlers(python);
    leave_python(python, in);
    return raised;
}

#endif
