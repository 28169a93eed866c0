/* counter.h: how much work was done: the compiler puts a call at every branch of the library
 * (-fsanitize-coverage=trace-pc), which is counted. */
#ifndef TESTS_C_STEPS_COUNTER_H
#define TESTS_C_STEPS_COUNTER_H

unsigned long counter_steps(void); /* since the program began */

#endif
