/* lines.h: log lines that the loop writes itself, to a descriptor, a batch at once: what goes through Python's logging
 * costs ten times as much. */
#ifndef KL_NET_LINES_H
#define KL_NET_LINES_H

#include <time.h>

#include "base/buf.h"

typedef struct log_lines {
    int fd;         /* negative: none */
    kl_buf text;    /* not written yet */
    time_t second;  /* that of the stamp */
    char stamp[32]; /* "2026-11-29 21:21:06," */
    size_t stamp_size;
} log_lines;

typedef enum lines_taken { LINES_TAKEN, LINES_NOT_HERE, LINES_LOST } lines_taken;

void lines_init(log_lines *lines, int fd);
void lines_done(log_lines *lines);
/* As the formatter of `kemilua serve` has it: time, level, "routing.lua:12", text, on one line and fit for a terminal.
 * LINES_NOT_HERE: there is more than ASCII in it, which Python knows better; LINES_LOST: nobody reads, and too much
 * waits. */
lines_taken lines_put(log_lines *lines, const kl_effect *effect, double now);
/* Waits at most so many milliseconds for a reader that is slow. True: nothing is left. */
bool lines_flush(log_lines *lines, int patience);

#endif
