/* mime.h: what a body is (RFC 3261 20.15), and the parts of one that has several (RFC 2046 5.1), as Kamailio reads
 * them. */
#ifndef KL_SIP_MIME_H
#define KL_SIP_MIME_H

#include "msg.h"

typedef struct mime_type {
    kl_span type, subtype;
    kl_span params; /* from the semicolon, or what ends a list, on */
} mime_type;
/* False: no type/subtype, or something behind it that starts no parameter. */
bool mime_parse(kl_span value, mime_type *out);
/* Whether both are known to Kamailio and the same. All that it does not know are one type, and of each type one
 * subtype. */
bool mime_same(const mime_type *a, const mime_type *b);
/* The boundary parameter, unquoted and not empty. */
bool mime_boundary(kl_span params, kl_span *out);
/* Of the first Content-Type when it is multipart/something with a boundary. */
bool mime_msg_boundary(const kl_msg *msg, kl_span *out);

/* A part of a body. Its lines end with CRLF; a line that starts with "--" and the boundary is a delimiter whatever
 * follows. */
typedef struct mime_part {
    kl_span line; /* its Content-Type line with the line end */
    /* behind that line, up to the delimiter; so it begins with further headers or the empty line */
    kl_span content;
    kl_span delimiter; /* the line that ends the part, with its line end */
} mime_part;
/* The first part of that type. Any line may be a Content-Type header, in any case and in short; its value is the type
 * alone. False: none, or no delimiter behind it. */
bool mime_part_find(kl_span body, kl_span boundary, kl_span type, mime_part *out);

/* How many delimiters a body has: one more than parts. */
size_t mime_delimiters(kl_span body, kl_span boundary);
/* Every delimiter becomes "--boundary", the last one "--boundary--"; what is before the first and behind the last goes.
 * Writes at most body.n + MIME_CLOSE_MORE bytes to out and returns how many. SIZE_MAX, and nothing written: there are
 * fewer of them than `least`, which is 2 for a body with a part, and 1 where the last part may have been taken away. */
#define MIME_CLOSE_MORE 4
size_t mime_close(kl_span body, kl_span boundary, size_t least, char *out);

#endif
