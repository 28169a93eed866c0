/* The harness checks itself: what it says of a good check, of a bad one, and of a byte read too far. */
#include "check.h"

#include <signal.h>
#include <sys/wait.h>

static void good_checks_count_as_good(void)
{
    struct {
        const char *s;
        size_t n;
    } span = {"INVITE sip", 6};
    CHECK(1 < 2);
    CHECK_INT(-1, -1);
    CHECK_STR("a", "a");
    CHECK_STR(NULL, NULL);
    CHECK_MEM("a\0b", 3, "a\0b", 3);
    CHECK_SPAN(span, "INVITE");
}

/* Runs bad checks with stdout closed, so that their reports do not look like failures of this program. */
static int failures_of_bad_checks(void)
{
    struct {
        const char *s;
        size_t n;
    } span = {"INVITE sip", 6};
    CHECK(1 > 2);
    CHECK_INT(1, 2);
    CHECK_STR("a", "b");
    CHECK_STR(NULL, "");
    CHECK_MEM("a\0b", 3, "a\0c", 3);
    CHECK_SPAN(span, "INVITE ");
    return check_now.failed;
}

static void bad_checks_count_as_bad(void)
{
    pid_t child = fork();
    int status = 0;
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout)) _exit(100);
        _exit(failures_of_bad_checks());
    }
    REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 6);
}

static void edge_copy_ends_before_a_forbidden_page(void)
{
    volatile char *sample = check_edge("SIP/2.0", 7);
    pid_t child;
    int status = 0;
    CHECK_MEM((const char *)sample, 7, "SIP/2.0", 7);
    child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL); /* ASan's own handler would print a report */
        signal(SIGBUS, SIG_DFL);
        _exit(sample[7] == 'x');
    }
    REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
}

static void empty_edge_copy_may_not_be_read_at_all(void)
{
    const char *sample = check_edge(NULL, 0);
    CHECK_INT((uintptr_t)sample % (uintptr_t)sysconf(_SC_PAGESIZE), 0);
}

static void block_copies_hold_the_sample(void) { CHECK_MEM(check_block("ab", 2), 2, "ab", 2); }

CHECK_MAIN(CHECK_TEST(good_checks_count_as_good), CHECK_TEST(bad_checks_count_as_bad),
           CHECK_TEST(edge_copy_ends_before_a_forbidden_page), CHECK_TEST(empty_edge_copy_may_not_be_read_at_all),
           CHECK_TEST(block_copies_hold_the_sample))
