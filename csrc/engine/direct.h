/* direct.h: what the files of the CPython entry lane share. Private to them: it brings Python.h. */
#ifndef KL_ENGINE_DIRECT_H
#define KL_ENGINE_DIRECT_H

#include <Python.h>

#include "engine.h"

#ifndef PYPY_VERSION

/* ---- direct_message.c */
typedef struct direct_message {
    PyObject_HEAD kl_msg *msg; /* borrowed: `pointer` or the engine owns it; NULL: none, or stale */
    uint64_t generation;
    unsigned long owner; /* thread that uses it now, 0 for none */
    int holds;
    PyObject *pointer, *engine; /* strong, NULL: None */
} direct_message;

PyObject *direct_message_type(void); /* a new type, MessageBase */
/* The two halves of _acquire and _release; hold: false when another thread has it. */
bool direct_message_hold(direct_message *message);
void direct_message_let(direct_message *message);
bool direct_message_is_stale(const direct_message *message);

/* ---- direct_effects.c */
#    define DIRECT_MAX_FIELDS 7

typedef struct direct_shape {
    PyTypeObject *type; /* strong */
    Py_ssize_t offsets[DIRECT_MAX_FIELDS];
} direct_shape;

#    define DIRECT_KINDS (KL_EFFECT_ALIAS + 1)

typedef struct direct_shapes {
    direct_shape of[DIRECT_KINDS]; /* by kl_effect_kind; 0 is not used */
    PyObject *levels, *transports; /* strong: tuples, by level + 5 and kl_transport */
} direct_shapes;

/* types by kl_effect_kind. False with an exception: a type without the slots that its kind has. */
bool direct_shapes_read(direct_shapes *shapes, PyObject *const *types, PyObject *levels, PyObject *transports);
int direct_shapes_visit(direct_shapes *shapes, visitproc visit, void *arg);
void direct_shapes_clear(direct_shapes *shapes);
/* A list of effect objects, NULL with an exception. */
PyObject *direct_effects(const direct_shapes *shapes, const kl_effects *effects);

/* ---- direct_entry.c */
/* of receive_datagram */
enum { ARG_DATA, ARG_SOURCE, ARG_LOCAL, ARG_TRANSPORT, ARG_NOW, ARG_CONNECTION, ARG_COUNT };

typedef struct direct_binding {
    PyObject_HEAD kl_engine *c; /* NULL: closed. Owned by `owner` */
    PyObject *owner, *engine;
    PyObject *closed_type; /* EngineClosedError; outlives `engine` */
    PyTypeObject *message_type;
    /* log_cache NULL: none; log_mark: the key that _refresh_log_level leaves in it */
    PyObject *locals, *log_cache, *log_mark;
    PyObject *names[ARG_COUNT], *message_name; /* interned, as the names in calls are */
    direct_shapes shapes;
    unsigned long thread; /* inside, valid while depth > 0 */
    int depth;
    /* the Engine may hold effects of an earlier entry, which the next one makes it forget */
    bool absorbed;
} direct_binding;

int direct_enter(direct_binding *self); /* how deep this thread is inside now, 0 when another one is */
int direct_leave(direct_binding *self); /* how deep still */
/* Binding's two callables, METH_FASTCALL | METH_KEYWORDS. */
PyObject *direct_lua_run(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);
PyObject *direct_receive(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);
/* What lasts no longer than the outermost entry: the bridge's hold on the last Message and result. */
void direct_forget(bridge_python *python);

/* ---- direct_args.c. False without an exception: not of the plain kind, ask the portable lane. Spans are borrowed from
 * the objects. */
bool direct_text(PyObject *object, kl_span *out);                     /* str */
bool direct_word(PyObject *object, kl_span *out);                     /* str or bytes */
bool direct_address(PyObject *object, kl_span *host, uint16_t *port); /* a tuple that starts with str and int */
bool direct_seconds(PyObject *object, double *out);                   /* float or int, a time that can be */
bool direct_index(PyObject *object, int *out);                        /* int from 0 */
bool direct_transport(PyObject *names, PyObject *object, kl_transport *out);
/* bytes, bytearray, memoryview; view->obj is set when it is to be released */
bool direct_data(PyObject *object, Py_buffer *view, const char **data, size_t *size);

#endif
#endif
