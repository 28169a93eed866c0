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
int file_open(const char *path)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return -1;
    if (fstat(fd, &about) != 0) return refuse(fd, errno);
    if (S_ISDIR(about.st_mode)) return refuse(fd, EISDIR);
    return S_ISREG(about.st_mode) ? fd : refuse(fd, FILE_NOT_REGULAR);
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
