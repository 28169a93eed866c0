/* calendar.h: dates and times of day. libc's strftime and mktime read TZ from the environment on each call, and the
 * first one the locale, while another thread of the host may be writing either; localtime_r reads neither once it has
 * run. So texts are written here, in English as Kamailio's are, and times of day are looked for with localtime_r. */
#ifndef KL_BASE_CALENDAR_H
#define KL_BASE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* As strftime in the C locale, with the conversions of C99 and glibc's further ones (%k %l %P %s), flags (- _ 0 ^ #),
 * widths, and E and O, which change nothing. */
size_t calendar_format(char *out, size_t size, const char *format, const struct tm *tm);
/* As mktime: fields in any range are settled, -1 where there is no such time. */
time_t calendar_make(struct tm *tm);

#endif
