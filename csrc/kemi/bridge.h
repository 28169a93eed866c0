/* bridge.h: how a row whose target is Python is called, in two lanes.
 *
 * portable: cffi's extern "Python" function kl_py_export (also PyPy's); direct: on CPython, arguments built and the
 * callable called with vectorcall by bridge_cpython.c, the thread state that the entry saved restored for the time of
 * the call. No Lua error is raised while Python is on the stack: the lane returns a status and text, then dispatch
 * raises. */
#ifndef KL_KEMI_BRIDGE_H
#define KL_KEMI_BRIDGE_H

#include <lua.h>
#include <stdatomic.h>

#include "modules/row.h"

/* KL_OK with *result (spans valid until the next call), or KL_EPYTHON with the exception's text in result->s and its
 * token in result->i. Never raises. L not NULL: a table may lie on its stack instead, result->type being BRIDGE_PUSHED;
 * or KL_EMEMORY, the error of Lua's on its stack. */
#define BRIDGE_PUSHED KL_TYPE_XVAL /* which no value is of */
kl_status bridge_call(kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, kl_value *result,
                      lua_State *L);

/* What the direct lane keeps per engine; ctx->python points to it. Filled by engine/direct.c. All PyObject pointers and
 * PyThreadState kept as void to keep Python.h out of this header. All of it is read and written with the GIL held, but
 * for `thread`, which tells a thread without the GIL whether `thread_state` is its own. */
typedef struct bridge_python {
    /* of the entry that let the GIL go; NULL: it holds the GIL all along, being alone (bridge_let_go) */
    void *thread_state;
    atomic_uintptr_t thread; /* pthread_self of that entry; another one, or 0: use PyGILState */
    void *engine;            /* borrowed: the Python Engine, which owns this */
    void *message_type;      /* kemilua.Message's base; set while the lane is bound */
    /* strong: the Message made for `message_of`, reused within its generation until the outermost entry ends */
    void *message;
    kl_msg *message_of;
    uint64_t message_generation;
    /* strong: what the spans of the last result point into, until the next call or the end of the outermost entry */
    void *result;
    bool unsettled; /* an exception was kept or a Message lent: the entry calls Engine._settle */
} bridge_python;
#ifndef KEMILUA_NO_PYTHON
kl_status bridge_direct(kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, kl_value *result,
                        lua_State *L);
#    ifdef Py_PYTHON_H
/* bridge_table.c: [-0, +1, -] unless nothing was pushed, when it takes another way to read the object: it is no dict,
 * list or tuple, or holds something that only Python can read. Never raises. With the GIL. */
typedef enum bridge_pushed { PUSHED_NOTHING, PUSHED_TABLE, PUSHED_ERROR } bridge_pushed;
bridge_pushed bridge_push_table(lua_State *L, PyObject *object);
#    endif
/* The GIL is let go while Lua runs, so that engines in several threads run in parallel. Letting it go and taking it
 * back costs 45 to 65 ns, half of a Python export, and is of no use to anybody as long as this thread is the only one
 * that Python knows: then it stays. Whether that still holds is asked again after every call of Python, which alone can
 * start a thread; a thread of foreign C that enters Python for the first time meanwhile waits for that, or the end of
 * the run. */
void bridge_let_go(bridge_python *python);
void bridge_take_back(bridge_python *python);
/* Runs the handlers of signals that came. True when one raised: Engine._interrupt has the exception, and has ended the
 * runs of the engine. */
bool bridge_signals(bridge_python *python);
#endif

#endif
