/* stack.h: how much is left of the C stack of the thread that asks, measured against its real bounds. */
#ifndef KL_BASE_STACK_H
#define KL_BASE_STACK_H

#include <stdbool.h>
#include <stdint.h>

/* The lowest address of this thread's stack; 0 where that cannot be told, as on a stack that the thread was not started
 * with. Costs next to nothing but for the first time in a thread. */
uintptr_t stack_bottom(void);
/* For recursion that knows nothing of runs: what is left is for functions that do not recur. */
#define STACK_RESERVE ((uintptr_t)28 * 1024)
bool stack_is_low(void);

#endif
