/* effects.c: effects as Python objects: instances of frozen, slotted classes, whose slots are filled directly (their
 * __init__ costs a microsecond). */
#include "cpython.h"

#include <structmember.h>

#define KINDS      (KL_EFFECT_RELEASE + 1)
#define MAX_FIELDS 8
#define LEVELS     9
#define TRANSPORTS 7

enum {
    SEND_DATA,
    SEND_DESTINATION,
    SEND_TRANSPORT,
    SEND_LOCAL,
    SEND_CONNECTION,
    SEND_CLOSE,
    SEND_NO_CONNECT,
    SEND_AFTER
};
enum { DROP_REASON };
enum { LOG_LEVEL, LOG_TEXT, LOG_WHERE };
enum { ALIAS_CONNECTION, ALIAS_ADDRESS, ALIAS_TRANSPORT, ALIAS_LOCAL };
enum { STORE_TICKET, STORE_TABLE, STORE_OPERATION, STORE_KEY, STORE_VALUES };
enum { RELEASE_TICKET, RELEASE_DROP };
enum { RESOLVE_TICKET, RESOLVE_NAME, RESOLVE_PORT, RESOLVE_TRANSPORT, RESOLVE_SIPS, RESOLVE_LOCAL };

static const char *const fields[KINDS][MAX_FIELDS] = {
    [KL_EFFECT_SEND] = {"data", "destination", "transport", "local", "connection", "close", "no_connect", "after"},
    [KL_EFFECT_DROP] = {"reason"},
    [KL_EFFECT_LOG] = {"level", "text", "where"},
    [KL_EFFECT_ALIAS] = {"connection", "address", "transport", "local"},
    [KL_EFFECT_RESOLVE] = {"ticket", "name", "port", "transport", "sips", "local"},
    [KL_EFFECT_STORE] = {"ticket", "table", "operation", "key", "values"},
    [KL_EFFECT_RELEASE] = {"ticket", "drop"},
};

/* ---- shapes */

typedef struct effect_shape {
    PyTypeObject *type;
    Py_ssize_t offsets[MAX_FIELDS];
} effect_shape;

static effect_shape shapes[KINDS]; /* by kl_effect_kind; 0 is not used */
static PyObject *level_names, *transport_names;

static Py_ssize_t slot_offset(PyObject *type, const char *name)
{
    PyObject *slot = PyObject_GetAttrString(type, name);
    Py_ssize_t offset = -1;
    if (slot && PyObject_TypeCheck(slot, &PyMemberDescr_Type) &&
        ((PyMemberDescrObject *)slot)->d_member->type == T_OBJECT_EX)
        offset = ((PyMemberDescrObject *)slot)->d_member->offset;
    if (offset < 0 && !PyErr_Occurred()) PyErr_Format(PyExc_TypeError, "%R has no slot %s", type, name);
    Py_XDECREF(slot);
    return offset;
}

static bool read_shape(effect_shape *shape, PyObject *type, const char *const *names)
{
    if (!PyType_Check(type)) {
        PyErr_Format(PyExc_TypeError, "%R is no class", type);
        return false;
    }
    for (int i = 0; i < MAX_FIELDS && names[i]; i++) {
        shape->offsets[i] = slot_offset(type, names[i]);
        if (shape->offsets[i] < 0) return false;
    }
    shape->type = (PyTypeObject *)type;
    return true;
}

bool effects_learn(PyObject *types, PyObject *levels, PyObject *transports)
{
    effect_shape read[KINDS];
    if (!PyTuple_Check(types) || PyTuple_GET_SIZE(types) != KINDS - 1 || !PyTuple_Check(levels) ||
        PyTuple_GET_SIZE(levels) != LEVELS || !PyTuple_Check(transports) ||
        PyTuple_GET_SIZE(transports) != TRANSPORTS) {
        PyErr_Format(PyExc_TypeError, "effects is a tuple of %d, levels one of %d, transports one of %d", KINDS - 1,
                     LEVELS, TRANSPORTS);
        return false;
    }
    for (int kind = 1; kind < KINDS; kind++)
        if (!read_shape(&read[kind], PyTuple_GET_ITEM(types, kind - 1), fields[kind])) return false;
    for (int kind = 1; kind < KINDS; kind++) {
        shapes[kind] = read[kind];
        Py_INCREF(shapes[kind].type);
    }
    level_names = Py_NewRef(levels);
    transport_names = Py_NewRef(transports);
    return true;
}

PyObject *effects_transport(int transport) { return PyTuple_GET_ITEM(transport_names, transport); }

bool effects_is_log(PyObject *effect) { return Py_IS_TYPE(effect, shapes[KL_EFFECT_LOG].type); }

/* ---- objects */

/* A pair that was given stands for the very same one in an effect, if nothing but host and port can be in it. */
static bool is_pair(PyObject *object)
{
    return PyTuple_CheckExact(object) && PyTuple_GET_SIZE(object) == 2 &&
           PyUnicode_CheckExact(PyTuple_GET_ITEM(object, 0)) && PyLong_CheckExact(PyTuple_GET_ITEM(object, 1));
}

/* Most of what is sent goes back where a message came from, from where it came in. */
static PyObject *address_of(const effects_origin *origin, kl_span host, uint16_t port)
{
    const kl_packet *packet = origin->packet;
    if (port == packet->source_port && span_eq(host, packet->source_host) && is_pair(origin->source))
        return Py_NewRef(origin->source);
    if (port == packet->local_port && span_eq(host, packet->local_host) && is_pair(origin->local))
        return Py_NewRef(origin->local);
    PyObject *name = text_object(host), *number = name ? PyLong_FromLong(port) : NULL;
    PyObject *address = number ? PyTuple_Pack(2, name, number) : NULL;
    Py_XDECREF(name);
    Py_XDECREF(number);
    return address;
}

/* Steals `value`; false when it is NULL. */
static bool fill(const effect_shape *shape, PyObject *object, int field, PyObject *value)
{
    *(PyObject **)((char *)object + shape->offsets[field]) = value;
    return value != NULL;
}

static PyObject *local_of(const effects_origin *origin, const kl_effect *effect)
{
    return effect->local_port ? address_of(origin, effect->local_host, effect->local_port) : Py_NewRef(Py_None);
}

static PyObject *transport_of(const kl_effect *effect)
{
    return Py_NewRef(PyTuple_GET_ITEM(transport_names, effect->transport < TRANSPORTS ? (int)effect->transport : 0));
}

static PyObject *level_of(int level)
{
    const int known = level < KL_LOG_ALERT ? KL_LOG_ALERT : level > KL_LOG_DBG ? KL_LOG_DBG : level;
    return Py_NewRef(PyTuple_GET_ITEM(level_names, known - KL_LOG_ALERT));
}

static bool fill_send(PyObject *object, const effects_origin *origin, const kl_effect *effect)
{
    const effect_shape *shape = &shapes[KL_EFFECT_SEND];
    return fill(shape, object, SEND_DATA, PyBytes_FromStringAndSize(effect->data.s, (Py_ssize_t)effect->data.n)) &&
           fill(shape, object, SEND_DESTINATION, address_of(origin, effect->host, effect->port)) &&
           fill(shape, object, SEND_TRANSPORT, transport_of(effect)) &&
           fill(shape, object, SEND_LOCAL, local_of(origin, effect)) &&
           fill(shape, object, SEND_CONNECTION,
                effect->conid >= 0 ? PyLong_FromLong(effect->conid) : Py_NewRef(Py_None)) &&
           fill(shape, object, SEND_CLOSE, PyBool_FromLong(effect->flags & KL_SEND_CLOSE)) &&
           fill(shape, object, SEND_NO_CONNECT, PyBool_FromLong(effect->flags & KL_SEND_NO_CONNECT)) &&
           fill(shape, object, SEND_AFTER, PyLong_FromLongLong(effect->ticket)); /* 0 is there already */
}

static bool fill_log(PyObject *object, const kl_effect *effect)
{
    const effect_shape *shape = &shapes[KL_EFFECT_LOG];
    return fill(shape, object, LOG_LEVEL, level_of(effect->level)) &&
           fill(shape, object, LOG_TEXT, text_object(effect->data)) &&
           fill(shape, object, LOG_WHERE, text_object(effect->where));
}

static bool fill_alias(PyObject *object, const effects_origin *origin, const kl_effect *effect)
{
    const effect_shape *shape = &shapes[KL_EFFECT_ALIAS];
    return fill(shape, object, ALIAS_CONNECTION, PyLong_FromLong(effect->conid)) &&
           fill(shape, object, ALIAS_ADDRESS, address_of(origin, effect->host, effect->port)) &&
           fill(shape, object, ALIAS_TRANSPORT, transport_of(effect)) &&
           fill(shape, object, ALIAS_LOCAL, local_of(origin, effect));
}

static bool fill_resolve(PyObject *object, const effects_origin *origin, const kl_effect *effect)
{
    const effect_shape *shape = &shapes[KL_EFFECT_RESOLVE];
    return fill(shape, object, RESOLVE_TICKET, PyLong_FromLongLong(effect->ticket)) &&
           fill(shape, object, RESOLVE_NAME, text_object(effect->host)) &&
           fill(shape, object, RESOLVE_PORT, effect->port ? PyLong_FromLong(effect->port) : Py_NewRef(Py_None)) &&
           fill(shape, object, RESOLVE_TRANSPORT,
                effect->transport != KL_PROTO_NONE ? transport_of(effect) : Py_NewRef(Py_None)) &&
           fill(shape, object, RESOLVE_SIPS, PyBool_FromLong(effect->flags & KL_RESOLVE_SIPS)) &&
           fill(shape, object, RESOLVE_LOCAL, local_of(origin, effect));
}

/* ---- columns of a table */

static PyObject *value_object(const kl_column *column)
{
    const kl_value *value = &column->value;
    switch (value->type) {
    case KL_TYPE_STR:
        if (column->is_bytes) return PyBytes_FromStringAndSize(value->s.s, (Py_ssize_t)value->s.n);
        return text_object(value->s);
    case KL_TYPE_FLOAT: return PyFloat_FromDouble(value->f);
    case KL_TYPE_NULL: return Py_NewRef(Py_None);
    default: return PyLong_FromLongLong(value->i);
    }
}

static PyObject *column_object(const kl_column *column)
{
    PyObject *name = text_object(column->name), *value = name ? value_object(column) : NULL;
    PyObject *pair = value ? PyTuple_Pack(2, name, value) : NULL;
    Py_XDECREF(name);
    Py_XDECREF(value);
    return pair;
}

/* Those of the key, or the others. */
static PyObject *columns_object(kl_span data, bool keys)
{
    kl_column column;
    Py_ssize_t count = 0, at = 0;
    for (kl_span rest = data; kl_column_next(&rest, &column);) count += (column.is_key != 0) == keys;
    PyObject *columns = PyTuple_New(count);
    for (kl_span rest = data; columns && kl_column_next(&rest, &column);) {
        if ((column.is_key != 0) != keys) continue;
        PyObject *pair = column_object(&column);
        if (pair) PyTuple_SET_ITEM(columns, at++, pair);
        else Py_CLEAR(columns);
    }
    return columns;
}

static PyObject *operation_object(int operation)
{
    static const char *const names[] = {
        [KL_STORE_UPSERT] = "upsert", [KL_STORE_INSERT] = "insert", [KL_STORE_DELETE] = "delete"};
    return PyUnicode_InternFromString(names[operation]);
}

static bool fill_store(PyObject *object, const kl_effect *effect)
{
    const effect_shape *shape = &shapes[KL_EFFECT_STORE];
    return fill(shape, object, STORE_TICKET, PyLong_FromLongLong(effect->ticket)) &&
           fill(shape, object, STORE_TABLE, text_object(effect->where)) &&
           fill(shape, object, STORE_OPERATION, operation_object(effect->flags)) &&
           fill(shape, object, STORE_KEY, columns_object(effect->data, true)) &&
           fill(shape, object, STORE_VALUES, columns_object(effect->data, false));
}

static bool fill_release(PyObject *object, const kl_effect *effect)
{
    const effect_shape *shape = &shapes[KL_EFFECT_RELEASE];
    return fill(shape, object, RELEASE_TICKET, PyLong_FromLongLong(effect->ticket)) &&
           fill(shape, object, RELEASE_DROP, PyBool_FromLong(effect->flags & KL_RELEASE_DROP));
}

static bool fill_effect(PyObject *object, const effects_origin *origin, const kl_effect *effect)
{
    switch (effect->kind) {
    case KL_EFFECT_SEND: return fill_send(object, origin, effect);
    case KL_EFFECT_DROP: return fill(&shapes[KL_EFFECT_DROP], object, DROP_REASON, text_object(effect->data));
    case KL_EFFECT_LOG: return fill_log(object, effect);
    case KL_EFFECT_ALIAS: return fill_alias(object, origin, effect);
    case KL_EFFECT_RESOLVE: return fill_resolve(object, origin, effect);
    case KL_EFFECT_STORE: return fill_store(object, effect);
    case KL_EFFECT_RELEASE: return fill_release(object, effect);
    }
    return false;
}

static PyObject *effect_object(const effects_origin *origin, const kl_effect *effect)
{
    PyTypeObject *type = shapes[effect->kind].type;
    PyObject *object = type->tp_alloc(type, 0);
    if (object && !fill_effect(object, origin, effect)) Py_CLEAR(object);
    return object;
}

PyObject *effects_list(const kl_effects *effects, const effects_origin *origin)
{
    PyObject *list = PyList_New((Py_ssize_t)effects->count);
    for (size_t i = 0; list && i < effects->count; i++) {
        PyObject *object = effect_object(origin, &effects->items[i]);
        if (object) PyList_SET_ITEM(list, (Py_ssize_t)i, object);
        else Py_CLEAR(list);
    }
    return list;
}
