#include "proxy.h"

void proxy_init(proxy_state *proxy)
{
    static const stateless_settings defaults = {.rich_redirect = 0};
    *proxy = (proxy_state){.stateless.settings = &defaults};
    buf_init(&proxy->out);
    buf_init(&proxy->token);
}

void proxy_done(proxy_state *proxy)
{
    buf_free(&proxy->out);
    buf_free(&proxy->token);
}
