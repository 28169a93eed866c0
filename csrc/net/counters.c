#include "counters.h"

const char *const counter_names[LOOP_COUNTERS] = {
#define LOOP_COUNTER(name) #name,
#include "counters.def"
#undef LOOP_COUNTER
};
