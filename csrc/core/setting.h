/* setting.h: the core's part of Kamailio's configuration framework, which scripts read and write as $ccp(core.name).
 * Most of it steers what this library leaves to its host (name lookups, memory, TCP): those values are kept and do
 * nothing. */
#ifndef KL_CORE_SETTING_H
#define KL_CORE_SETTING_H

#include "server.h"

void setting_init(kl_server *server);                            /* Kamailio's defaults */
int setting_named(kl_span name);                                 /* -1: none */
int setting_get(const kl_server *server, int setting);           /* SERVER_NO_DEBUG: the threshold of the log */
bool setting_set(kl_server *server, int setting, int64_t value); /* false: out of range */

#endif
