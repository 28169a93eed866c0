/* check.h: the harness of the programs in tests/c. One program per file:
 *
 *     static void empty_input_has_no_scheme(void) {
 *         kl_span scheme;
 *         REQUIRE(uri_scheme(check_edge("", 0), 0, &scheme) == KL_EPARSE);
 *         CHECK_SPAN(scheme, "");
 *     }
 *     CHECK_MAIN(CHECK_TEST(empty_input_has_no_scheme))
 *
 * A failed CHECK prints file, line and both values and goes on; a failed REQUIRE leaves the function it stands in. The
 * program runs all its tests, or those whose names contain one of its arguments, and exits with 0 when no check failed
 * and at least one test ran. Each argument of a macro is evaluated once. */
#ifndef TESTS_C_CHECK_H
#define TESTS_C_CHECK_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHECK(condition) ((void)check_that((condition) ? 1 : 0, #condition, __FILE__, __LINE__))
#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!check_that((condition) ? 1 : 0, #condition, __FILE__, __LINE__)) return;                                  \
    } while (0)
#define CHECK_INT(actual, expected)                                                                                    \
    ((void)check_int((intmax_t)(actual), (intmax_t)(expected), #actual, __FILE__, __LINE__))
#define REQUIRE_INT(actual, expected)                                                                                  \
    do {                                                                                                               \
        if (!check_int((intmax_t)(actual), (intmax_t)(expected), #actual, __FILE__, __LINE__)) return;                 \
    } while (0)
/* NUL-terminated; NULL equals NULL alone. */
#define CHECK_STR(actual, expected) ((void)check_str((actual), (expected), #actual, __FILE__, __LINE__))
/* Any two pieces of memory. */
#define CHECK_MEM(actual, size, expected, length)                                                                      \
    ((void)check_mem((actual), (size), (expected), (length), #actual, __FILE__, __LINE__))
/* A kl_span, or anything with members s and n, against a string literal. */
#define CHECK_SPAN(span, literal)                                                                                      \
    do {                                                                                                               \
        __typeof__(span) check_span_ = (span);                                                                         \
        (void)check_mem(check_span_.s, check_span_.n, "" literal, sizeof("" literal) - 1, #span, __FILE__, __LINE__);  \
    } while (0)

/* Copies of a sample, freed when the test returns. check_edge: the byte behind it lies in a forbidden page, so one byte
 * of overread crashes. check_block: a heap block of exactly that size, so that ASan reports what lies on either side.
 */
static char *check_edge(const void *data, size_t size);
static char *check_block(const void *data, size_t size);

#define CHECK_TEST(function) {#function, function}
#define CHECK_MAIN(...)                                                                                                \
    int main(int argc, char **argv)                                                                                    \
    {                                                                                                                  \
        static const check_test tests[] = {__VA_ARGS__};                                                               \
        return check_run(tests, sizeof tests / sizeof tests[0], argc, argv);                                           \
    }

/* ---- private from here */
typedef struct check_test {
    const char *name;
    void (*run)(void);
} check_test;

typedef struct check_copy {
    struct check_copy *next;
    void *base;
    size_t mapped; /* 0: from malloc */
} check_copy;

static struct {
    int failed; /* checks of the running test */
    check_copy *copies;
} check_now;

/* Programs use what they need of this header. */
#define CHECK_MAYBE_UNUSED __attribute__((unused))

static inline int check_that(int good, const char *text, const char *file, int line)
{
    if (!good) {
        check_now.failed++;
        printf("%s:%d: not so: %s\n", file, line, text);
    }
    return good;
}

static inline int check_int(intmax_t actual, intmax_t expected, const char *text, const char *file, int line)
{
    if (actual == expected) return 1;
    check_now.failed++;
    printf("%s:%d: %s is %" PRIdMAX ", expected %" PRIdMAX "\n", file, line, text, actual, expected);
    return 0;
}

static inline void check_print(const char *label, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    printf("    %s", label);
    if (!data) {
        printf("NULL\n");
        return;
    }
    printf("(%zu) \"", size);
    for (size_t i = 0; i < size; i++)
        if (bytes[i] == '\r' || bytes[i] == '\n') printf("\\%c", bytes[i] == '\r' ? 'r' : 'n');
        else if (bytes[i] < 32 || bytes[i] > 126 || bytes[i] == '"' || bytes[i] == '\\') printf("\\x%02x", bytes[i]);
        else putchar(bytes[i]);
    printf("\"\n");
}

static inline int check_mem(const void *actual, size_t size, const void *expected, size_t length, const char *text,
                            const char *file, int line)
{
    if (size == length && (size == 0 || (actual && expected && memcmp(actual, expected, size) == 0))) return 1;
    check_now.failed++;
    printf("%s:%d: %s\n", file, line, text);
    check_print("is       ", actual, size);
    check_print("expected ", expected, length);
    return 0;
}

static inline int check_str(const char *actual, const char *expected, const char *text, const char *file, int line)
{
    if ((actual == NULL) != (expected == NULL)) {
        check_now.failed++;
        printf("%s:%d: %s\n", file, line, text);
        check_print("is       ", actual, actual ? strlen(actual) : 0);
        check_print("expected ", expected, expected ? strlen(expected) : 0);
        return 0;
    }
    return !actual || check_mem(actual, strlen(actual), expected, strlen(expected), text, file, line);
}

static inline void *check_keep(void *base, size_t mapped)
{
    check_copy *copy = base && base != MAP_FAILED ? malloc(sizeof *copy) : NULL;
    if (!copy) {
        fprintf(stderr, "check.h: out of memory\n");
        exit(2);
    }
    *copy = (check_copy){check_now.copies, base, mapped};
    check_now.copies = copy;
    return base;
}

CHECK_MAYBE_UNUSED static char *check_edge(const void *data, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (size / page + 1) * page;
    char *base = check_keep(mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
                            room + page);
    if (mprotect(base + room, page, PROT_NONE) != 0) {
        perror("check.h: mprotect");
        exit(2);
    }
    return size ? memcpy(base + room - size, data, size) : base + room;
}

CHECK_MAYBE_UNUSED static char *check_block(const void *data, size_t size)
{
    char *block = check_keep(malloc(size ? size : 1), 0);
    return size ? memcpy(block, data, size) : block;
}

static inline void check_free_copies(void)
{
    while (check_now.copies) {
        check_copy *copy = check_now.copies;
        check_now.copies = copy->next;
        if (copy->mapped) munmap(copy->base, copy->mapped);
        else free(copy->base);
        free(copy);
    }
}

static inline int check_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strstr(name, argv[i])) return 1;
    return argc < 2;
}

static inline int check_run(const check_test *tests, size_t count, int argc, char **argv)
{
    int passed = 0, failed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0); /* a crash keeps what was printed before it */
    for (size_t i = 0; i < count; i++) {
        if (!check_wanted(tests[i].name, argc, argv)) continue;
        check_now.failed = 0;
        tests[i].run();
        check_free_copies();
        printf("%s %s\n", check_now.failed ? "FAIL" : "ok  ", tests[i].name);
        if (check_now.failed) failed++;
        else passed++;
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed || !passed;
}

#endif
