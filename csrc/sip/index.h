/* index.h: the one pass over the bytes of a message: first line, headers, body. For msg.c and stream.c. */
#ifndef KL_SIP_INDEX_H
#define KL_SIP_INDEX_H

#include "msg.h"

/* Fills the "as received" part of msg from buf and len, and what Kamailio parses on the way: Vias, To and CSeq.
 * received: the headers every message must have are asked for; a rebuilt one may lack them, as in Kamailio. */
kl_status index_message(kl_msg *msg, bool received, kl_error *err);

/* Where the first line begins: blanks before it are nothing. */
const char *index_first_line(const char *p, const char *end);
/* Reads the header that starts at p: name, id, body and line, with its folds. Returns where the next line starts; NULL:
 * malformed at *at, where *expected was missing. */
const char *index_header(const char *p, const char *end, sip_hdr *hdr, const char **at, const char **expected);
/* Behind the first line end from p on that no blank follows, or NULL. */
const char *index_header_end(const char *p, const char *end);

#endif
