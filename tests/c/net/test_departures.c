/* A batch out: datagrams leave in order, and one that cannot be sent keeps no other one back. */
#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>

#include "base/mem.h"
#include "net/net.h"

static int last_reason, failures;

static void failed(void *with, const departure *one, int reason)
{
    (void)with, (void)one;
    last_reason = reason;
    failures++;
}

static net_address bound(int *fd)
{
    net_address address = {.v4 = {.sin_family = AF_INET}};
    socklen_t size = sizeof address;
    address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_INT(bind(*fd, &address.any, sizeof address.v4), 0);
    CHECK_INT(getsockname(*fd, &address.any, &size), 0);
    return address;
}

typedef struct place {
    loop_counters counters;
    departures out;
    loop_socket from;
    int peer;
    net_address there;
} place;

static void begin(place *p, unsigned cap)
{
    memset(p, 0, sizeof *p);
    last_reason = failures = 0;
    bound(&p->from.fd);
    p->there = bound(&p->peer);
    CHECK(departures_init(&p->out, cap, &p->counters, failed, NULL));
}

static void end(place *p)
{
    departures_done(&p->out);
    close(p->from.fd);
    close(p->peer);
}

static void check_next(const place *p, const char *expected)
{
    char got[64];
    CHECK_INT(poll(&(struct pollfd){.fd = p->peer, .events = POLLIN}, 1, 5000), 1);
    const ssize_t n = recv(p->peer, got, sizeof got, 0);
    CHECK_MEM(got, (size_t)(n < 0 ? 0 : n), expected, strlen(expected));
}

static uint64_t count(const place *p, loop_counter which) { return counter_get(&p->counters, which); }

static void all_leave_in_order(void)
{
    place p;
    begin(&p, 4);
    char text[16];
    for (int i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "%d", i);
        CHECK(departures_add(&p.out, &p.from, &p.there, span_text(text)));
    }
    CHECK_INT(count(&p, COUNT_sent), 8); /* two batches were full */
    departures_flush(&p.out);
    for (int i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "%d", i);
        check_next(&p, text);
    }
    CHECK_INT(count(&p, COUNT_sent), 10);
    CHECK_INT(count(&p, COUNT_send_batches), 3);
    departures_flush(&p.out);
    CHECK_INT(count(&p, COUNT_send_batches), 3);
    end(&p);
}

static void each_leaves_from_its_socket(void)
{
    place p;
    begin(&p, 8);
    loop_socket other = {.fd = -1};
    const net_address second = bound(&other.fd);
    departures_add(&p.out, &p.from, &p.there, SPAN("a"));
    departures_add(&p.out, &other, &p.there, SPAN("b"));
    departures_add(&p.out, &p.from, &p.there, SPAN("c"));
    departures_flush(&p.out);
    check_next(&p, "a");
    net_address source;
    socklen_t size = sizeof source;
    char byte;
    CHECK_INT(recvfrom(p.peer, &byte, 1, 0, &source.any, &size), 1);
    CHECK(byte == 'b' && source.v4.sin_port == second.v4.sin_port);
    check_next(&p, "c");
    close(other.fd);
    end(&p);
}

static void one_that_cannot_be_sent_is_counted(void)
{
    static char large[70000];
    static const struct {
        const char *host;
        size_t size;
        int reason;
        loop_counter counter;
    } cases[] = {{"127.0.0.1", sizeof large, EMSGSIZE, COUNT_send_too_large},
                 {"127.255.255.255", 1, EACCES, COUNT_send_failed},
                 {"::1", 1, EAFNOSUPPORT, COUNT_send_failed}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        place p;
        net_address bad;
        begin(&p, 8);
        CHECK(address_read(span_text(cases[i].host), 5060, &bad));
        departures_add(&p.out, &p.from, &p.there, SPAN("before"));
        departures_add(&p.out, &p.from, &bad, span_of(large, cases[i].size));
        departures_add(&p.out, &p.from, &p.there, SPAN("behind"));
        departures_flush(&p.out);
        check_next(&p, "before");
        check_next(&p, "behind");
        CHECK_INT(failures, 1);
        CHECK_INT(last_reason, cases[i].reason);
        CHECK_INT(count(&p, cases[i].counter), 1);
        CHECK_INT(count(&p, COUNT_sent), 2);
        end(&p);
    }
}

/* What a peer of an earlier datagram refused is told of the next one, which has nothing to do with it. */
static void a_refusal_costs_no_datagram(void)
{
    place p;
    begin(&p, 8);
    CHECK_INT(connect(p.from.fd, &p.there.any, sizeof p.there.v4), 0);
    const int error = ECONNREFUSED;
    close(p.peer);
    CHECK_INT(send(p.from.fd, "x", 1, 0), 1);
    CHECK_INT(poll(&(struct pollfd){.fd = p.from.fd, .events = POLLIN}, 1, 5000), 1); /* the ICMP error is there */
    departures_add(&p.out, &p.from, &p.there, SPAN("y"));
    departures_flush(&p.out);
    CHECK_INT(count(&p, COUNT_sent), 1);
    CHECK(failures == 0 && last_reason != error);
    departures_done(&p.out);
    close(p.from.fd);
}

static void addresses_are_text_and_back(void)
{
    static const char *const hosts[] = {"192.0.2.1", "::1", "2001:db8::7", "::ffff:192.0.2.1"};
    net_address address;
    char host[NET_HOST];
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        REQUIRE(address_read(span_text(hosts[i]), 5070, &address));
        const size_t n = address_host(&address, host);
        CHECK_MEM(host, n, hosts[i], strlen(hosts[i]));
        CHECK_INT(address_port(&address), 5070);
        CHECK_INT(address_size(&address), i == 0 ? sizeof address.v4 : sizeof address.v6);
    }
    CHECK(!address_read(SPAN("proxy.example"), 5060, &address));
    CHECK(!address_read(SPAN(""), 5060, &address));
    address.any.sa_family = AF_UNIX;
    CHECK_INT(address_host(&address, host), 0);
}

#ifdef KEMILUA_FAIL_ALLOC
static void no_memory_loses_one_alone(void)
{
    place p;
    begin(&p, 8);
    static char large[1 << 16];
    departures_add(&p.out, &p.from, &p.there, SPAN("before"));
    mem_fail_after(1, 1);
    CHECK(!departures_add(&p.out, &p.from, &p.there, span_of(large, sizeof large)));
    mem_fail_after(0, 0);
    check_next(&p, "before");
    CHECK(departures_add(&p.out, &p.from, &p.there, SPAN("behind")));
    departures_flush(&p.out);
    check_next(&p, "behind");
    end(&p);
}
#endif

CHECK_MAIN(
#ifdef KEMILUA_FAIL_ALLOC
    CHECK_TEST(no_memory_loses_one_alone),
#endif
    CHECK_TEST(all_leave_in_order), CHECK_TEST(each_leaves_from_its_socket),
    CHECK_TEST(one_that_cannot_be_sent_is_counted), CHECK_TEST(a_refusal_costs_no_datagram),
    CHECK_TEST(addresses_are_text_and_back))
