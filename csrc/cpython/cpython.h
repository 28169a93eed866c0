/* cpython.h: what the files of this room share. Private to them: it brings Python.h.
 *
 * The room is kemilua._cpython, a second module in the file of cffi's kemilua._kemilua: the classes that kemilua.Engine
 * and kemilua.Message derive from on CPython, and the direct lane (kemi/bridge.h). python/kemilua/_lane.py loads it,
 * and has Python twins of both classes for where there is none. What both sides promise:
 *
 * setup(ffi, portable, closed_type, effects, levels, transports) -> EngineBase, at the import of the package
 *     portable: the class whose functions receive_datagram and lua_run do what C does not, and whose docstrings are
 *     those of C's
 *
 * class MessageBase
 *     _bind(pointer, engine)      a kl_msg * of cffi's, which is kept, and the Engine it belongs to, or None
 *     _expire()                   its time is over
 *     _stale: bool                it is, or the kl_msg has been recycled since
 *     _acquire() -> bool          this thread may use the message now (counted); False: another thread does
 *     _release()
 *     _call(function, *arguments) acquire, function(self._pointer, *arguments), release. When another thread holds the
 *                                 message, or its time is over, self._refuse(busy) instead, which must raise
 *     _pointer, _engine           what _bind was given; _engine may be set
 *
 * class EngineBase
 *     _attach(pointer, error, locals, direct)   a kl_engine * and a kl_error * of cffi's: the engine is this object's
 *                                 from here on; locals: (host, port) that local=None stands for, by kl_transport;
 *                                 direct: exports are called from C
 *     _native: bool               entries are C's where they can be: writable
 *     _functions: list            of the exports, by slot
 *     _watch(holds)               holds() is true as long as the threshold is that of the logger, and
 *                                 _refresh_log_level is called when it is not; None: nobody is asked
 *     _enter() -> int             how deep this thread is inside now, 0: another one is
 *     _leave() -> int             how deep still
 *     _close() -> int             frees the engine when this is 1, that is when nobody is inside; else as _enter
 *
 * What C calls of an Engine, always with the GIL, never while Lua could jump over it:
 *     _refresh_log_level()        at the start of an outermost entry, see _watch
 *     receive_datagram, lua_run   of `portable`, with the very same arguments, whenever these are not of the plain kind
 *                                 that C takes at once, or another thread is inside (then they raise the clear error)
 *     _lend() -> Message          an export wants the Message of the innermost run and C knows none: lent until _settle
 *     _keep(exception) -> int     an export raised (any BaseException): keep it, return a token >= 1, which
 *                                 kl_error.token brings back
 *     _fail(always)               a run failed; the kl_error of _attach tells how: raise, or, unless `always`, return
 *                                 what lua_run shall return (-1)
 *     _absorb()                   an outermost lua_run left effects, or an outermost receive_datagram is about to
 * raise, or begins while the Engine may hold those of an earlier entry: read them (logging included), then
 * kl_engine_clear_effects _log(effect)                receive_datagram made a Log effect: emit it _settle(effects) an
 * outermost entry is over in which _keep or _lend was called: forget what was kept, end the time of what was lent;
 * raise what must not be lost (KeyboardInterrupt ...). effects: the list of receive_datagram, else None. After _fail,
 * _absorb and _log An exception of one of the last five is raised to the caller when all of them had their turn; one
 * raised later has the earlier one as its context. They run inside the entry: _enter gives 2 or more there. */
#ifndef KL_CPYTHON_CPYTHON_H
#define KL_CPYTHON_CPYTHON_H

#include <Python.h>

#include "engine/engine.h"

static inline PyObject *text_object(kl_span text)
{
    return PyUnicode_DecodeUTF8(text.n ? text.s : "", (Py_ssize_t)text.n, "surrogateescape");
}

/* ---- message_base.c */
typedef struct message_base {
    PyObject_HEAD kl_msg *msg; /* borrowed: `pointer` or the engine owns it; NULL: none, or its time is over */
    uint64_t generation;
    unsigned long owner; /* thread that uses it now, valid while holds > 0 */
    int holds;
    PyObject *pointer, *engine; /* strong, NULL: None */
} message_base;

extern PyTypeObject *message_base_type; /* NULL before message_base_make */
PyObject *message_base_make(void);
/* The two halves of _acquire and _release; hold: false when another thread has it. */
bool message_hold(message_base *message);
void message_let(message_base *message);
bool message_is_stale(const message_base *message);

/* ---- effects.c */
/* types by kl_effect_kind from 1, levels by level + 5, transports by kl_transport; kept for good. False with an
 * exception: a type without the slots that its kind has. */
bool effects_learn(PyObject *types, PyObject *levels, PyObject *transports);
PyObject *effects_transport(int transport); /* its name, borrowed */
bool effects_is_log(PyObject *effect);
/* The message that the effects are of: its addresses as they were given. */
typedef struct effects_origin {
    const kl_packet *packet;
    PyObject *source, *local; /* borrowed */
} effects_origin;
PyObject *effects_list(const kl_effects *effects, const effects_origin *origin); /* a list, NULL with an exception */

/* ---- gil.c, exports.c */
typedef struct direct_lane {
    bridge_lane calls;   /* the first member: what the engine knows of it */
    PyObject *engine;    /* borrowed: the Engine, which holds this */
    PyObject *functions; /* borrowed: its list of exports */
    /* of the entry that let the GIL go; NULL: it holds the GIL all along, being alone (gil_let) */
    PyThreadState *thread_state;
    bool departed; /* that entry is in Lua, and not an entry through cffi, which keeps the thread state to itself */
    /* strong: the Message made for `message_of`, reused within its generation until the outermost entry ends */
    PyObject *message;
    kl_msg *message_of;
    uint64_t message_generation;
    /* strong: what the spans of the last result point into, until the next call or the end of the outermost entry */
    PyObject *result;
    bool unsettled; /* an exception was kept or a Message lent: the entry calls Engine._settle */
} direct_lane;

/* The GIL is let go while Lua runs, so that engines in several threads run in parallel. Letting it go and taking it
 * back costs 45 to 65 ns, half of a Python export, and is of no use to anybody as long as this thread is the only one
 * that Python knows: then it stays. Whether that still holds is asked again after every call of Python, which alone can
 * start a thread; a thread of foreign C that enters Python for the first time meanwhile waits for that, or the end of
 * the run. An entry's own way to Lua; the value is for its way back. */
bool gil_depart(direct_lane *lane);
void gil_arrive(direct_lane *lane, bool before);
/* From Lua into the interpreter, and back. Within it the interpreter has the thread: an entry through cffi in there
 * lets the GIL go by itself. */
typedef struct gil_way {
    bool ours; /* else of an entry through cffi, where Python finds its own thread state */
    PyGILState_STATE state;
} gil_way;
gil_way gil_enter(direct_lane *lane);
void gil_leave(direct_lane *lane, gil_way way);

kl_status exports_call(kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, kl_value *result,
                       lua_State *L);
bool exports_signals(const bridge_lane *lane);
void exports_kept(const bridge_lane *lane);

/* ---- results.c: what an export returned. False with an exception set. */
/* Text and bytes are not copied: *keep holds the object that the span points into. Everything else is, to scratch. */
bool results_read(kl_ctx *ctx, const kl_row *row, PyObject *object, PyObject **keep, kl_value *out);
/* "TypeName: text", as a script sees it. */
void results_describe(kl_ctx *ctx, PyObject *exception, kl_value *result);

/* ---- table.c: [-0, +1, -] unless nothing was pushed, when it takes another way to read the object: it is no dict,
 * list or tuple, or holds something that only Python can read. Never raises. */
#define TABLE_MAX_DEPTH 32 /* of lists and dicts, as in python/kemilua/_values.py */
typedef enum table_pushed { PUSHED_NOTHING, PUSHED_TABLE, PUSHED_ERROR } table_pushed;
table_pushed table_push(lua_State *L, PyObject *object);

/* ---- engine_base.c */
#define ENGINE_LOCALS 7 /* one address per kl_transport */

typedef struct engine_base {
    PyObject_HEAD kl_engine *c; /* owned; NULL: closed, or not there yet */
    kl_error *error;            /* that of error_owner: what _fail looks at */
    PyObject *error_owner, *functions, *locals;
    PyObject *holds; /* of _watch; NULL: nobody is asked */
    direct_lane lane;
    char native; /* a T_BOOL: entries are C's where they can be */
    bool closed; /* there was one */
    /* the Engine may hold effects of an earlier entry, which the next one makes it forget */
    bool absorbed;
} engine_base;

PyObject *engine_base_make(PyObject *portable, PyObject *closed_type);
PyObject *engine_closed(const engine_base *self); /* raises */
int engine_base_enter(engine_base *self);         /* how deep this thread is inside now, 0 when another one is */
int engine_base_leave(engine_base *self);         /* how deep still */

/* ---- entries.c: METH_FASTCALL | METH_KEYWORDS */
bool entries_learn(PyObject *portable); /* the class that has what C does not do itself; kept for good */
PyObject *entries_lua_run(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);
PyObject *entries_receive(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames);

/* ---- args.c. False without an exception: not of the plain kind, ask Python's function. Spans are borrowed from the
 * objects. */
bool args_text(PyObject *object, kl_span *out);                     /* str */
bool args_word(PyObject *object, kl_span *out);                     /* str or bytes */
bool args_address(PyObject *object, kl_span *host, uint16_t *port); /* a tuple that starts with str and int */
bool args_seconds(PyObject *object, double *out);                   /* float or int, a time that can be */
bool args_index(PyObject *object, int *out);                        /* int from 0 */
bool args_transport(PyObject *object, kl_transport *out);
/* bytes, bytearray, memoryview; view->obj is set when it is to be released */
bool args_data(PyObject *object, Py_buffer *view, const char **data, size_t *size);

/* ---- pointers.c */
typedef enum pointer_type { POINTER_ENGINE, POINTER_ERROR, POINTER_MSG, POINTERS } pointer_type;
/* Where a pointer of cffi's leads: the one place where C takes one over from it. NULL with an exception when it is not
 * of that type, or leads nowhere. */
bool pointers_learn(PyObject *ffi);
void *pointer_of(PyObject *cdata, pointer_type type);

#endif
