/* held.h: messages that are kept aside until something is stored, by ticket and in order. Bounded. */
#ifndef KL_NET_HELD_H
#define KL_NET_HELD_H

#include "net.h"

typedef struct held_item held_item;
struct held_item {
    held_item *next;
    size_t bytes;         /* of the message */
    loop_socket *came_in; /* where there is a choice, it leaves from there */
    kl_effect effect;     /* its ticket is 0 */
    char text[];
};

typedef struct held_messages {
    struct held_list *lists; /* one for each ticket that something waits for */
    size_t list_count, list_cap;
    size_t count, bytes, most, most_bytes;
} held_messages;

void held_init(held_messages *held, size_t most, size_t most_bytes);
void held_done(held_messages *held);
/* A copy of a SEND; false: there is no room, or no memory. */
bool held_put(held_messages *held, const kl_effect *effect, loop_socket *came_in);
/* What waited for a ticket, the first first: the caller's, to be freed one by one. NULL: nothing. */
held_item *held_take(held_messages *held, int64_t ticket);

#endif
