/* gil.c: when Lua runs with the interpreter's lock let go, and how it comes back. */
#include "cpython.h"

/* No other thread state in any interpreter. New ones are put in front, so no other's memory is read. */
static inline bool alone(void)
{
    PyThreadState *me = PyThreadState_Get();
    PyInterpreterState *here = PyThreadState_GetInterpreter(me);
    return PyInterpreterState_ThreadHead(here) == me && !PyThreadState_Next(me) && PyInterpreterState_Head() == here &&
           !PyInterpreterState_Next(here);
}

static inline void let(direct_lane *lane) { lane->thread_state = alone() ? NULL : PyEval_SaveThread(); }

static inline void take(direct_lane *lane)
{
    if (lane->thread_state) PyEval_RestoreThread(lane->thread_state);
}

bool gil_depart(direct_lane *lane)
{
    const bool before = lane->departed;
    lane->departed = true;
    let(lane);
    return before;
}

void gil_arrive(direct_lane *lane, bool before)
{
    take(lane);
    lane->departed = before;
}

gil_way gil_enter(direct_lane *lane)
{
    if (!lane->departed) return (gil_way){.state = PyGILState_Ensure()};
    take(lane);
    lane->departed = false;
    return (gil_way){.ours = true};
}

void gil_leave(direct_lane *lane, gil_way way)
{
    if (!way.ours) {
        PyGILState_Release(way.state);
        return;
    }
    lane->departed = true;
    let(lane);
}
