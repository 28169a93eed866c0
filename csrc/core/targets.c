/* targets.c: addresses that the host tells. */
#include "base/status.h"
#include "sip/ip.h"

kl_status kl_targets_check(const kl_target *targets, size_t count, kl_error *err)
{
    sip_ip ip;
    for (size_t i = 0; i < count; i++) {
        const kl_target *one = &targets[i];
        if (one->host.n == 0 || one->host.s[0] == '[' || !ip_parse(one->host, &ip))
            return error_set(err, KL_EARG, "targets[%zu]: the host must be a numeric address, not %.*s", i,
                             (int)(one->host.n > 64 ? 64 : one->host.n), one->host.n ? one->host.s : "");
        if (one->port == 0) return error_set(err, KL_EARG, "targets[%zu]: the port must be from 1 to 65535, not 0", i);
        if (one->transport <= KL_PROTO_NONE || one->transport > KL_PROTO_WSS)
            return error_set(err, KL_EARG, "targets[%zu]: there is no transport %d", i, (int)one->transport);
    }
    return KL_OK;
}
