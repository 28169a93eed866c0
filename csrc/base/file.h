/* file.h: files that a script names. Regular ones alone: opening a FIFO, a terminal or a device could wait for ever, or
 * do something. */
#ifndef KL_BASE_FILE_H
#define KL_BASE_FILE_H

#include "buf.h"

/* A descriptor, or -1 with errno: EISDIR for a directory, FILE_NOT_REGULAR for what else is no regular file. */
int file_open(const char *path);
#define FILE_NOT_REGULAR (-1)           /* an errno of our own */
bool file_would_wait(const char *path); /* a FIFO or a terminal */
/* All of its bytes behind what the buffer has; 0 or an errno, ENOMEM where memory or `limit` ends it. */
int file_read(const char *path, size_t limit, kl_buf *into);
/* Makes the file these bytes, a new one where there is none; 0 or an errno. */
int file_write(const char *path, kl_span bytes);
/* What an errno says, those of ours too; in `text`. */
const char *file_error(int number, char *text, size_t size);

#endif
