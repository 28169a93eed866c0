/* Bytes of any kind: every prefix and every changed byte of many messages, at the end of a page that nobody may read
 * behind. The messages of RFC 4475 are read from ../shared/torture beside the checkout, when it is there. */
#include "message.h"

#include <dirent.h>
#include <limits.h>

static const char *const samples[] = {
    "INVITE sip:bob@example.com:5070;transport=udp;user=phone?Subject=hi SIP/2.0\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK776asdhds;rport, SIP/2.0/TCP [2001:db8::9]:5;received=198.51.100.3 "
    "(a (b) c)\n"
    "v: SIP / 2.0\n / TLS g ; branch = x\nMax-Forwards: 70\nTo: \"Bob \\\"B\\\".\" <sip:bob@example.com;x=1>;tag=a,b\n"
    "From: Alice A <sip:alice:secret@atlanta.example.org:5080;transport=tcp>;tag=1928301774;foo=\"b\\\"ar\"\n"
    "Call-ID: a84b4c76e66710@pc33.example.com\nCSeq: 314159 INVITE\n"
    "Contact: \"Al\" <sip:alice@127.0.0.1:5099;ob>;q=0.7;expires=60, <sip:alice@192.0.2.9>,sip:c@d;q=1\nX-Fold: one\n "
    "two\n\tthree  \nX-Empty:\n"
    "Authorization: Digest username=\"bob@h\", realm=\"e\", nonce=\"d\", uri=\"sip:e\", response=\"6\", algorithm=MD5, "
    "qop=auth, nc=00000001\n"
    "Content-Length: 4\n\nbody",
    "SIP/2.0 503 Service Unavailable\nv: SIP/2.0/UDP h;rport=5;received=1.2.3.4\nf: <tel:+1;phone-context=x>;tag=2\nt: "
    "urn:service:sos;tag=3\n"
    "i: x\nCSeq: 1 OPTIONS\nRetry-After: 120 (busy)\nm: *\nl: 0\n\n",
};

/* Everything that is parsed when asked. */
static void read_all(kl_msg *msg)
{
    kl_span rest, element;
    sip_nameaddr body;
    sip_via via;
    msg_ruri(msg);
    msg_from_uri(msg);
    msg_to_uri(msg);
    msg_credentials(msg);
    msg_method(msg);
    msg_method_id(msg);
    CHECK(msg_via1(msg) && msg_to(msg) && msg_cseq(msg));
    CHECK(msg->eoh <= msg->len && (!msg->body.s || msg->body.s + msg->body.n == msg->buf + msg->len));
    for (size_t i = 0; i < msg->hdr_count; i++) {
        const sip_hdr *hdr = &msg->hdrs[i];
        CHECK(hdr_name(hdr).n && hdr_line(hdr).s == hdr_name(hdr).s && hdr_line(hdr).s >= msg->buf &&
              hdr_line(hdr).s + hdr_line(hdr).n <= msg->buf + msg->eoh);
        CHECK(hdr_body(hdr).s >= hdr_line(hdr).s &&
              hdr_body(hdr).s + hdr_body(hdr).n <= hdr_line(hdr).s + hdr_line(hdr).n);
        CHECK(msg->hdrs_bad || msg_hdr_named(msg, hdr_name(hdr)));
        for (rest = hdr_body(hdr); sip_nameaddr_next(&rest, &body, NULL) == KL_OK;)
            CHECK(body.text.s >= hdr_body(hdr).s && rest.s + rest.n == hdr_body(hdr).s + hdr_body(hdr).n);
        for (rest = hdr_body(hdr); sip_via_next(&rest, &via, NULL) == KL_OK;)
            CHECK(via.text.s >= hdr_body(hdr).s && rest.s + rest.n == hdr_body(hdr).s + hdr_body(hdr).n);
        for (rest = hdr_body(hdr); sip_list_next(&rest, &element);) CHECK(element.s >= hdr_body(hdr).s);
    }
}

static void take(kl_msg *msg, const char *bytes, size_t n)
{
    kl_packet packet = {
        .data = bytes, .size = n, .source_host = SPAN("127.0.0.1"), .local_host = SPAN("127.0.0.1"), .conid = -1};
    kl_error err = {0};
    kl_status status = msg_parse(msg, &packet, &err);
    if (status == KL_OK) read_all(msg);
    else {
        CHECK_INT(status, KL_EPARSE);
        CHECK(err.status == status && err.offset >= 0 && (size_t)err.offset <= n && err.text[0]);
    }
}

/* Prefixes lie at the end of a page, shifted there one by one. */
static void take_prefixes(kl_span bytes)
{
    char *room = check_edge(bytes.s, bytes.n), *end = room + bytes.n;
    kl_msg msg;
    msg_init(&msg, 0);
    for (size_t n = 0; n <= bytes.n; n++) take(&msg, memcpy(end - n, bytes.s, n), n);
    msg_done(&msg);
}

static void take_mutations(kl_span bytes, const char *alphabet, size_t letters)
{
    char *copy = check_edge(bytes.s, bytes.n);
    kl_msg msg;
    msg_init(&msg, 0);
    for (size_t i = 0; i < bytes.n; i++) {
        for (size_t k = 0; k < letters; k++) {
            copy[i] = alphabet[k];
            take(&msg, copy, bytes.n);
        }
        copy[i] = bytes.s[i];
    }
    msg_done(&msg);
}

/* Bytes that mean something somewhere. */
static const char loud[] = "\r\n \t\0:;,<>\"\\=@?/()[]*%+a1V\xff";

static void every_prefix(void)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        kl_span wire = message_wire(samples[i]);
        take_prefixes(wire);
        free((char *)wire.s);
    }
}

static void every_changed_byte(void)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        kl_span wire = message_wire(samples[i]);
        take_mutations(wire, loud, sizeof loud - 1);
        free((char *)wire.s);
    }
}

static void every_byte_value_in_a_short_message(void)
{
    char all[256];
    kl_span wire = message_wire("A b SIP/2.0\nv:SIP/2.0/U h\nf:x\nt:x\ni:\nCSeq:1 A\n\n");
    for (int i = 0; i < 256; i++) all[i] = (char)i;
    take_mutations(wire, all, sizeof all);
    free((char *)wire.s);
}

/* bytes with `cut` of them at `at` left out and `more` put there. */
static void take_spliced(kl_msg *msg, kl_span bytes, char *end, size_t at, size_t cut, kl_span more)
{
    size_t n = bytes.n - cut + more.n;
    memcpy(end - n, bytes.s, at);
    memcpy(end - n + at, more.s, more.n);
    memcpy(end - n + at + more.n, bytes.s + at + cut, bytes.n - at - cut);
    take(msg, end - n, n);
}

static void every_missing_or_doubled_byte(void)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        static char room[4096];
        kl_span wire = message_wire(samples[i]);
        char *end = check_edge(room, sizeof room) + sizeof room;
        kl_msg msg;
        msg_init(&msg, 0);
        for (size_t at = 0; at < wire.n; at++) {
            take_spliced(&msg, wire, end, at, 1, SPAN(""));
            take_spliced(&msg, wire, end, at, 0, span_of(wire.s + at, 1));
        }
        msg_done(&msg);
        free((char *)wire.s);
    }
}

/* The outcome of a datagram as Kamailio has it, and of a stream. Refused are those that no server could route. */
static const char *const refused[] = {"badinv01", "badvers",  "bigcode", "insuf",
                                      "lwsruri",  "lwsstart", "multi01", "quotbal"};

static bool is_refused(const char *name)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (strncmp(refused[i], name, strlen(refused[i])) == 0 && name[strlen(refused[i])] == '.') return true;
    return false;
}

static void check_torture(const char *path, const char *name)
{
    static char bytes[65536];
    FILE *file = fopen(path, "rb");
    REQUIRE(file != NULL);
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    kl_packet packet = {.data = check_edge(bytes, n), .size = n, .conid = -1};
    kl_msg msg;
    msg_init(&msg, 0);
    check_int(msg_parse(&msg, &packet, NULL) != KL_OK, is_refused(name), name, __FILE__, __LINE__);
    msg_done(&msg);
    take_prefixes(span_of(bytes, n));
    take_mutations(span_of(bytes, n < 700 ? n : 700), "\n:\" ", 4);
    check_free_copies();
}

static void rfc_4475(void)
{
    char folder[PATH_MAX + 32], path[PATH_MAX + 320];
    int found = 0;
    if (!realpath(__FILE__, folder)) folder[0] = '\0';
    for (int up = 0; up < 4; up++) /* tests/c/sip/this file */
        if (strrchr(folder, '/')) *strrchr(folder, '/') = '\0';
    strcat(folder, "/../shared/torture");
    DIR *dir = opendir(folder);
    if (!dir) {
        printf("skipped: no ../shared/torture beside the checkout\n");
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (!strstr(entry->d_name, ".dat")) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        check_torture(path, entry->d_name);
        found++;
    }
    closedir(dir);
    CHECK_INT(found, 49);
}

CHECK_MAIN(CHECK_TEST(every_prefix), CHECK_TEST(every_changed_byte), CHECK_TEST(every_byte_value_in_a_short_message),
           CHECK_TEST(every_missing_or_doubled_byte), CHECK_TEST(rfc_4475))
