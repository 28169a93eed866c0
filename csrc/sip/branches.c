/* branches.c: additional branches of a request: few messages have one, so their memory comes with the first. */
#include "msg.h"

enum { FIRST_BRANCHES = 4 };

sip_branch *msg_branch_append(kl_msg *msg, const sip_branch *branch)
{
    if (msg->branch_count == SIP_MAX_BRANCHES) return NULL;
    if (msg->branch_count == msg->branch_cap) {
        const size_t cap = msg->branch_cap ? msg->branch_cap * (size_t)2 : FIRST_BRANCHES;
        sip_branch *more = arena_alloc(&msg->arena, cap * sizeof *more);
        if (!more) return NULL;
        if (msg->branch_count > 0) memcpy(more, msg->branches, msg->branch_count * sizeof *more);
        msg->branches = more;
        msg->branch_cap = (uint8_t)cap;
    }
    sip_branch *added = &msg->branches[msg->branch_count++];
    *added = *branch;
    return added;
}

void msg_branch_remove(kl_msg *msg, int index)
{
    sip_branch *branch = &msg->branches[index];
    msg->branch_count--;
    memmove(branch, branch + 1, (size_t)(msg->branch_count - index) * sizeof *branch);
}
