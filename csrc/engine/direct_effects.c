/* Effects as Python objects: instances of frozen, slotted dataclasses, whose slots are filled directly (their __init__ costs a microsecond). */
#include "direct.h"

#ifndef PYPY_VERSION

#include <structmember.h>

#define LEVELS 9
#define TRANSPORTS 7

enum { SEND_DATA, SEND_DESTINATION, SEND_TRANSPORT, SEND_LOCAL, SEND_CONNECTION, SEND_CLOSE, SEND_NO_CONNECT };
enum { LOG_LEVEL, LOG_TEXT, LOG_WHERE };

static const char *const send_fields[] = {"data", "destination", "transport", "local", "connection", "close", "no_connect", NULL};
static const char *const drop_fields[] = {"reason", NULL};
static const char *const log_fields[] = {"level", "text", "where", NULL};

/* ---- shapes */

static Py_ssize_t slot_offset(PyObject *type, const char *name)
{
    PyObject *slot = PyObject_GetAttrString(type, name);
    Py_ssize_t offset = -1;
    if (slot && PyObject_TypeCheck(slot, &PyMemberDescr_Type) && ((PyMemberDescrObject *)slot)->d_member->type == T_OBJECT_EX)
        offset = ((PyMemberDescrObject *)slot)->d_member->offset;
    if (offset < 0 && !PyErr_Occurred()) PyErr_Format(PyExc_TypeError, "%R has no slot %s", type, name);
    Py_XDECREF(slot);
    return offset;
}

static bool read_shape(direct_shape *shape, PyObject *type, const char *const *names)
{
    if (!PyType_Check(type)) {
        PyErr_Format(PyExc_TypeError, "%R is no class", type);
        return false;
    }
    for (int i = 0; names[i]; i++) {
        shape->offsets[i] = slot_offset(type, names[i]);
        if (shape->offsets[i] < 0) return false;
    }
    shape->type = (PyTypeObject *)Py_NewRef(type);
    return true;
}

bool direct_shapes_read(direct_shapes *shapes, PyObject *send, PyObject *drop, PyObject *log, PyObject *levels, PyObject *transports)
{
    if (!PyTuple_Check(levels) || PyTuple_GET_SIZE(levels) != LEVELS || !PyTuple_Check(transports) || PyTuple_GET_SIZE(transports) != TRANSPORTS) {
        PyErr_Format(PyExc_TypeError, "levels is a tuple of %d, transports one of %d", LEVELS, TRANSPORTS);
        return false;
    }
    shapes->levels = Py_NewRef(levels);
    shapes->transports = Py_NewRef(transports);
    return read_shape(&shapes->send, send, send_fields) && read_shape(&shapes->drop, drop, drop_fields) && read_shape(&shapes->log, log, log_fields);
}

int direct_shapes_visit(direct_shapes *shapes, visitproc visit, void *arg)
{
    Py_VISIT(shapes->send.type);
    Py_VISIT(shapes->drop.type);
    Py_VISIT(shapes->log.type);
    Py_VISIT(shapes->levels);
    Py_VISIT(shapes->transports);
    return 0;
}

void direct_shapes_clear(direct_shapes *shapes)
{
    Py_CLEAR(shapes->send.type);
    Py_CLEAR(shapes->drop.type);
    Py_CLEAR(shapes->log.type);
    Py_CLEAR(shapes->levels);
    Py_CLEAR(shapes->transports);
}

/* ---- objects */

static PyObject *text_of(kl_span text)
{
    return PyUnicode_DecodeUTF8(text.n ? text.s : "", (Py_ssize_t)text.n, "surrogateescape");
}

static PyObject *address_of(kl_span host, uint16_t port)
{
    PyObject *name = text_of(host), *number = name ? PyLong_FromLong(port) : NULL;
    PyObject *address = number ? PyTuple_Pack(2, name, number) : NULL;
    Py_XDECREF(name);
    Py_XDECREF(number);
    return address;
}

/* Steals `value`; false when it is NULL. */
static bool fill(const direct_shape *shape, PyObject *object, int field, PyObject *value)
{
    *(PyObject **)((char *)object + shape->offsets[field]) = value;
    return value != NULL;
}

static PyObject *make(const direct_shape *shape) { return shape->type->tp_alloc(shape->type, 0); }

static bool fill_send(const direct_shapes *shapes, PyObject *object, const kl_effect *effect)
{
    const direct_shape *shape = &shapes->send;
    const int transport = effect->transport < TRANSPORTS ? (int)effect->transport : 0;
    return fill(shape, object, SEND_DATA, PyBytes_FromStringAndSize(effect->data.s, (Py_ssize_t)effect->data.n)) &&
           fill(shape, object, SEND_DESTINATION, address_of(effect->host, effect->port)) &&
           fill(shape, object, SEND_TRANSPORT, Py_NewRef(PyTuple_GET_ITEM(shapes->transports, transport))) &&
           fill(shape, object, SEND_LOCAL, effect->local_port ? address_of(effect->local_host, effect->local_port) : Py_NewRef(Py_None)) &&
           fill(shape, object, SEND_CONNECTION, effect->conid >= 0 ? PyLong_FromLong(effect->conid) : Py_NewRef(Py_None)) &&
           fill(shape, object, SEND_CLOSE, PyBool_FromLong(effect->flags & KL_SEND_CLOSE)) &&
           fill(shape, object, SEND_NO_CONNECT, PyBool_FromLong(effect->flags & KL_SEND_NO_CONNECT));
}

static bool fill_log(const direct_shapes *shapes, PyObject *object, const kl_effect *effect)
{
    const int level = effect->level < KL_LOG_ALERT ? KL_LOG_ALERT : effect->level > KL_LOG_DBG ? KL_LOG_DBG : effect->level;
    return fill(&shapes->log, object, LOG_LEVEL, Py_NewRef(PyTuple_GET_ITEM(shapes->levels, level - KL_LOG_ALERT))) &&
           fill(&shapes->log, object, LOG_TEXT, text_of(effect->data)) && fill(&shapes->log, object, LOG_WHERE, text_of(effect->where));
}

static PyObject *effect_object(const direct_shapes *shapes, const kl_effect *effect)
{
    const direct_shape *shape = effect->kind == KL_EFFECT_SEND ? &shapes->send : effect->kind == KL_EFFECT_DROP ? &shapes->drop : &shapes->log;
    PyObject *object = make(shape);
    if (!object) return NULL;
    const bool good = effect->kind == KL_EFFECT_SEND   ? fill_send(shapes, object, effect)
                      : effect->kind == KL_EFFECT_DROP ? fill(shape, object, 0, text_of(effect->data))
                                                       : fill_log(shapes, object, effect);
    if (!good) Py_CLEAR(object);
    return object;
}

PyObject *direct_effects(const direct_shapes *shapes, const kl_effects *effects)
{
    PyObject *list = PyList_New((Py_ssize_t)effects->count);
    for (size_t i = 0; list && i < effects->count; i++) {
        PyObject *object = effect_object(shapes, &effects->items[i]);
        if (object) PyList_SET_ITEM(list, (Py_ssize_t)i, object);
        else Py_CLEAR(list);
    }
    return list;
}

#endif
