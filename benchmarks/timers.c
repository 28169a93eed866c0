/* Setting and stopping a timer of csrc/base/timer.h in random order among many. Compiled and run by timers.py. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/timer.h"

static uint64_t state = 88172645463325252u;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void fire(timer_id *id, int64_t when, void *arg) { (void)id, (void)when, (void)arg; }

/* Like the timers of transactions: half a second to 32, in microseconds. */
static uint32_t later(void) { return 500000 + (uint32_t)(draw() % 31500000); }

int main(int argc, char **argv)
{
    const uint32_t count = argc > 1 ? (uint32_t)atoi(argv[1]) : 1000000, pairs = 4 * count;
    timer_wheel wheel;
    timer_id *ids = calloc(count, sizeof *ids);
    uint32_t *order = malloc(pairs * sizeof *order),
             *delays = malloc(pairs * sizeof *delays); /* drawn before it is timed */
    if (!ids || !order || !delays) return 1;
    timer_init(&wheel);
    timer_run(&wheel, 1000000, NULL);
    for (uint32_t i = 0; i < pairs; i++) {
        order[i] = (uint32_t)(draw() % count);
        delays[i] = later();
    }
    const double began = seconds();
    for (uint32_t i = 0; i < count; i++)
        if (!timer_set(&wheel, &ids[i], wheel.now + delays[i], fire)) return 1;
    const double set = seconds();
    for (uint32_t i = 0; i < pairs; i++) {
        /* whoever stops a timer has its transaction at hand: that memory is not the wheel's expense */
        __builtin_prefetch(&ids[order[(i + 16) % pairs]], 1);
        timer_stop(&wheel, &ids[order[i]]);
        timer_set(&wheel, &ids[order[i]], wheel.now + delays[i], fire);
    }
    const double paired = seconds();
    const size_t fired = timer_run(&wheel, 40000000, NULL);
    const double ended = seconds();
    printf("%u %.1f %.1f %.1f\n", (unsigned)fired, (set - began) / count * 1e9, (paired - set) / pairs * 1e9,
           (ended - paired) / count * 1e9);
    timer_free(&wheel);
    free(ids);
    free(order);
    free(delays);
    return fired != count;
}
