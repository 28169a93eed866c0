/* define.h: the names that kamailio.cfg would #!define, which the host gives by name. Fixed once the engine has
 * started. */
#ifndef KL_CORE_DEFINE_H
#define KL_CORE_DEFINE_H

#include "server.h"

/* A name anew takes the new text. KL_EARG: not a name of letters, digits and '_'. KL_ENOMEM. */
kl_status define_add(kl_server *server, kl_span name, kl_span text, kl_error *err);
/* The text as written, quotes included; .s NULL when the name is not defined. */
kl_span define_text(const kl_server *server, kl_span name);

#endif
