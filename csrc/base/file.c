#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 16384

static int refuse(int fd, int number)
{
    close(fd);
    errno = number;
    return -1;
}

/* O_NONBLOCK keeps open() from waiting, and means nothing for a regular file. */
static int open_regular(const char *path, int flags)
{
    struct stat about;
    const int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    if (fd < 0 && errno == ENXIO) errno = FILE_NOT_REGULAR; /* a FIFO that nobody reads */
    if (fd < 0) return -1;
    if (fstat(fd, &about) != 0) return refuse(fd, errno);
    if (S_ISDIR(about.st_mode)) return refuse(fd, EISDIR);
    return S_ISREG(about.st_mode) ? fd : refuse(fd, FILE_NOT_REGULAR);
}

int file_open(const char *path) { return open_regular(path, O_RDONLY); }

bool file_would_wait(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0) return false;
    if (S_ISFIFO(about.st_mode)) return true;
    if (!S_ISCHR(about.st_mode)) return false;
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    const bool terminal = fd >= 0 && isatty(fd);
    if (fd >= 0) close(fd);
    return terminal;
}

static int write_all(int fd, kl_span bytes)
{
    if (ftruncate(fd, 0) != 0) return errno;
    while (bytes.n > 0) {
        const ssize_t n = write(fd, bytes.s, bytes.n);
        if (n < 0 && errno != EINTR) return errno;
        if (n > 0) bytes = span_from(bytes, (size_t)n);
    }
    return 0;
}

/* Truncated once it is known to be a file. */
int file_write(const char *path, kl_span bytes)
{
    const int fd = open_regular(path, O_WRONLY | O_CREAT);
    if (fd < 0) return errno;
    const int result = write_all(fd, bytes);
    return close(fd) != 0 && result == 0 ? errno : result;
}

static int read_all(int fd, size_t limit, kl_buf *into)
{
    const size_t start = into->n;
    for (;;) {
        if (into->n - start >= limit || !buf_reserve(into, CHUNK)) return ENOMEM;
        const ssize_t n = read(fd, into->s + into->n, CHUNK);
        if (n == 0) return 0;
        if (n < 0 && errno != EINTR) return errno;
        if (n > 0) into->n += (size_t)n;
    }
}

int file_read(const char *path, size_t limit, kl_buf *into)
{
    const int fd = file_open(path);
    if (fd < 0) return errno;
    const int result = read_all(fd, limit, into);
    close(fd);
    return result;
}

const char *file_error(int number, char *text, size_t size)
{
    if (number == FILE_NOT_REGULAR) return "not a regular file";
    if (strerror_r(number, text, size) != 0) snprintf(text, size, "error %d", number);
    return text;
}
