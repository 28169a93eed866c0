/* exports.c: the direct lane: a Python export called without cffi, the thread state that the entry saved restored for
 * the time of the call. */
#include "cpython.h"

/* ---- arguments: new references, NULL with an exception set */

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
        PyObject *key = text_object(item->key), *one = key ? object_of(&item->value) : NULL;
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
    case KL_TYPE_STR: return value->s.s ? text_object(value->s) : Py_NewRef(Py_None);
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
    return text_object(value->s);
}

/* The Message of ctx->msg, that of the innermost run: one per message and generation. */
static PyObject *message(direct_lane *lane, kl_msg *msg)
{
    if (KL_UNLIKELY(!msg)) return Py_NewRef(Py_None);
    if (KL_LIKELY(lane->message_of == msg && lane->message && lane->message_generation == msg->generation))
        return Py_NewRef(lane->message);
    lane->unsettled = true;
    PyObject *lent = PyObject_CallMethod(lane->engine, "_lend", NULL);
    if (!lent) return NULL;
    PyObject *before = lane->message;
    lane->message = Py_NewRef(lent);
    lane->message_of = msg;
    lane->message_generation = msg->generation;
    Py_XDECREF(before);
    return lent;
}

/* ---- exceptions */

/* The exception that is set goes to Engine._keep. */
static kl_status keep_exception(kl_ctx *ctx, direct_lane *lane, kl_value *result)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback) PyException_SetTraceback(value, traceback);
    lane->unsettled = true;
    PyObject *token = PyObject_CallMethod(lane->engine, "_keep", "O", value);
    const long long number = token ? PyLong_AsLongLong(token) : 0;
    PyErr_Clear();
    results_describe(ctx, value, result);
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
static kl_status give(kl_ctx *ctx, direct_lane *lane, const kl_row *row, PyObject *answer, PyObject **keep,
                      kl_value *result, lua_State *L)
{
    const table_pushed pushed = answer && L && row->returns == KL_TYPE_XVAL ? table_push(L, answer) : PUSHED_NOTHING;
    if (KL_UNLIKELY(pushed == PUSHED_ERROR)) return KL_EMEMORY;
    if (pushed == PUSHED_TABLE) result->type = BRIDGE_PUSHED;
    if (pushed == PUSHED_TABLE || (answer && results_read(ctx, row, answer, keep, result))) return KL_OK;
    return keep_exception(ctx, lane, result);
}

static kl_status call(kl_ctx *ctx, direct_lane *lane, const kl_row *row, const kl_value *args, size_t count,
                      kl_value *result, lua_State *L)
{
    PyObject *few[2 + KL_MAX_PARAMS];
    PyObject **stack = KL_LIKELY(count <= KL_MAX_PARAMS) ? few : PyMem_New(PyObject *, 2 + count);
    PyObject **arguments = stack + 1; /* the slot in front is vectorcall's */
    size_t n = 0;
    bool good = stack != NULL;
    if (!good) PyErr_NoMemory();
    if (good && row->flags & KL_EXPORT_MESSAGE) good = (arguments[n++] = message(lane, ctx->msg)) != NULL;
    for (size_t i = 0; good && i < count; i++) good = (arguments[n++] = argument(row, i, &args[i])) != NULL;
    PyObject *answer = good ? PyObject_Vectorcall(PyList_GET_ITEM(lane->functions, row->slot), arguments,
                                                  n | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL)
                            : NULL;
    PyObject *keep = NULL;
    const kl_status status = give(ctx, lane, row, answer, &keep, result, L);
    PyObject *before = lane->result; /* not earlier: calls within this one have theirs */
    lane->result = keep;
    Py_XDECREF(before);
    Py_XDECREF(answer);
    while (n > 0) Py_XDECREF(arguments[--n]);
    if (KL_UNLIKELY(stack != few)) PyMem_Free(stack);
    return status;
}

kl_status exports_call(kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, kl_value *result,
                       lua_State *L)
{
    direct_lane *lane = (direct_lane *)ctx->host->lane;
    const gil_way way = gil_enter(lane);
    const kl_status status = call(ctx, lane, row, args, count, result, L);
    gil_leave(lane, way);
    return status;
}

/* ---- signals */

static bool run_handlers(direct_lane *lane)
{
    PyObject *type, *value, *traceback;
    if (PyErr_CheckSignals() == 0) return false;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback) PyException_SetTraceback(value, traceback);
    lane->unsettled = true;
    Py_XDECREF(PyObject_CallMethod(lane->engine, "_interrupt", "O", value));
    PyErr_Clear();
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return true;
}

bool exports_signals(const bridge_lane *calls)
{
    direct_lane *lane = (direct_lane *)calls;
    const gil_way way = gil_enter(lane);
    const bool raised = run_handlers(lane);
    gil_leave(lane, way);
    return raised;
}

void exports_kept(const bridge_lane *calls) { ((direct_lane *)calls)->unsettled = true; }
