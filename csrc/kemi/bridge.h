/* bridge.h: how a row whose target is Python is called, in two lanes.
 *
 * portable: cffi's extern "Python" function kl_py_export (also PyPy's); direct: on CPython, arguments built and the callable called with vectorcall by
 * bridge_cpython.c, the thread state that the entry saved restored for the time of the call. No Lua error is raised while Python is on the stack: the lane returns a status and
 * text, then dispatch raises. */
#ifndef KL_KEMI_BRIDGE_H
#define KL_KEMI_BRIDGE_H

#include "../modules/row.h"

/* KL_OK with *result (spans in ctx->scratch), or KL_EPYTHON with the exception's text in result->s and its token in result->i. */
kl_status bridge_call(kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, kl_value *result);

/* What the direct lane keeps per engine; ctx->python points to it. Filled by engine/direct.c. All PyObject pointers and PyThreadState kept as void to keep Python.h out of this header. */
typedef struct bridge_python {
    void *thread_state;     /* of the entry that let the GIL go; NULL: use PyGILState */
    void *engine;           /* borrowed: the Python Engine, which owns this */
    void *message_type;     /* kemilua.Message */
    void *message;          /* strong: the Message made for `message_of`, reused within its generation */
    kl_msg *message_of;
    uint64_t message_generation;
} bridge_python;
#ifndef KEMILUA_NO_PYTHON
kl_status bridge_direct(kl_ctx *ctx, const kl_row *row, const kl_value *args, size_t count, kl_value *result);
#endif

#endif
