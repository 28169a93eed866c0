/* text.h: SIP as far as the generator needs it: what a message is about, and messages of both sides of a call. */
#ifndef GENERATOR_TEXT_H
#define GENERATOR_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_SIZE 2048 /* bytes of a message at most */
#define ROUTE_SIZE   100  /* bytes of a Record-Route's value at most */

typedef enum { INVITE, ACK, BYE, CANCEL, OPTIONS, METHODS } method_id;

/* A message that came in; valid as long as its bytes. */
typedef struct message {
    const char *data;
    size_t size;
    int status; /* 0: a request */
    method_id method;
    uint32_t call; /* the number in its Call-ID */
} message;

/* Where the three parties are, on loopback. */
typedef struct places {
    unsigned server, caller, callee;
} places;

/* Whom a call is for. */
typedef struct target {
    const char *user; /* "": none */
    bool at_server;   /* else at the callee */
} target;

/* False: it is none of ours. */
bool message_read(message *m, const char *data, size_t size);

/* Copies the value of the first header of that name; false when it is missing, or longer than ROUTE_SIZE. */
bool message_route(const message *m, char *out, uint8_t *size);

/* Each writes a message of the caller to out, MESSAGE_SIZE bytes, and returns its length; 0: it does not fit. */
size_t write_first(char *out, const places *at, method_id method, uint32_t call, const target *to);
size_t write_refused_ack(char *out, const places *at, uint32_t call, const target *to, const message *reply);
size_t write_in_dialog(char *out, const places *at, method_id method, uint32_t call, const char *route, size_t size);

/* The callee's answer to a request. */
size_t write_reply(char *out, const places *at, const message *request, int status);

/* 487 for the INVITE that a CANCEL is about; both came with the same Via in front. */
size_t write_cancelled(char *out, const places *at, const message *cancel);

#endif
