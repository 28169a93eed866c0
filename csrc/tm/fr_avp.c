/* fr_avp.c: fr_timer_avp and fr_inv_timer_avp: seconds that a script left in a variable. */
#include "internal.h"
#include "pv/pv.h"

#define LONGEST (INT32_MAX / 1000) /* seconds */

int64_t fr_avp(kl_ctx *ctx, kl_span name)
{
    pv_value value;
    int64_t seconds = 0;
    if (name.n == 0 || !pv_read(ctx, name, &value) || (value.flags & PV_NULL)) return 0;
    if (value.flags & PV_IS_INT) seconds = value.i;
    else if (span_int_prefix(value.s, &seconds) != value.s.n) seconds = 0;
    return seconds > 0 && seconds <= LONGEST ? tm_ticks(seconds * 1000) : 0;
}
