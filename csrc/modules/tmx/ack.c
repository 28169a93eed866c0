/* ack.c: the ACK that a script sends itself. */
#include "tm/local.h"
#include "tmx.h"

KSR_FN(tmx_uac_ack_local)
{
    tm_cell *cell = table_by_call_id(ctx, args[0].s, args[1].s);
    if (!cell) return -1;
    cell_ref(cell);
    const int done = local_ack(ctx, cell, args[2].s, args[3].s);
    cell_unref(cell);
    return done;
}
