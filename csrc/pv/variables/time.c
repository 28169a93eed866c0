/* time.c: time. The engine reads no clock: "now" is the time its host gave for this run, and the time of a message the
 * one it was received with. Local time follows the process's time zone. */
#include <stdio.h>
#include <time.h>

#include "base/calendar.h"
#include "pv/cache.h"
#include "variables.h"

enum { NOW_OF_MESSAGE, NOW_OF_RUN };

static double seconds(const kl_ctx *ctx, intptr_t which)
{
    return which == NOW_OF_MESSAGE && ctx->msg != NULL && ctx->msg->now > 0 ? ctx->msg->now : ctx->now;
}

static int64_t whole_seconds(double now) { return now > 0 && now < 4e18 ? (int64_t)now : 0; }

static int64_t microseconds(double now)
{
    int64_t us = (int64_t)((now - (double)whole_seconds(now)) * 1e6);
    return us < 0 ? 0 : us > 999999 ? 999999 : us;
}

enum { ZONE_LOCAL = 0, ZONE_UTC = 16 };

static bool broken_down(double now, bool utc, struct tm *out)
{
    time_t t = (time_t)whole_seconds(now);
    return (utc ? gmtime_r(&t, out) : localtime_r(&t, out)) != NULL;
}

static bool text_out(kl_ctx *ctx, const char *text, kl_span *out)
{
    *out = arena_copy(ctx->scratch, span_text(text));
    return out->s != NULL;
}

/* ---- $Ts $TS $Tb $Tf $TF */

static bool get_seconds(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param;
    pv_int(out, whole_seconds(seconds(ctx, data)));
    return true;
}

static bool get_started(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)param, (void)data;
    pv_int(out, whole_seconds(ctx->server->started));
    return true;
}

/* As ctime has it, in English whatever the locale. */
static bool get_ctime(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    double now = seconds(ctx, data);
    struct tm tm;
    char line[64];
    kl_span text;
    (void)param;
    if (!broken_down(now, false, &tm)) return false;
    snprintf(line, sizeof line, "%s %s %2d %02d:%02d:%02d %d", days[tm.tm_wday % 7], months[tm.tm_mon % 12], tm.tm_mday,
             tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_year + 1900);
    if (!text_out(ctx, line, &text)) return false;
    pv_str_int(out, text, whole_seconds(now));
    return true;
}

/* ---- $time(key) $utime(key) */

enum { T_SEC, T_MIN, T_HOUR, T_MDAY, T_MON, T_YEAR, T_WDAY, T_YDAY, T_ISDST };
static const char *const time_keys[] = {"sec", "min", "hour", "mday", "mon", "year", "wday", "yday", "isdst"};

static bool parse_time_key(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return variable_key(param, time_keys, COUNT(time_keys));
}

static bool get_time(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    struct tm tm;
    if (!broken_down(seconds(ctx, NOW_OF_MESSAGE), data == ZONE_UTC, &tm)) return false;
    const int values[] = {tm.tm_sec,         tm.tm_min,      tm.tm_hour,     tm.tm_mday, tm.tm_mon + 1,
                          tm.tm_year + 1900, tm.tm_wday + 1, tm.tm_yday + 1, tm.tm_isdst};
    pv_int(out, values[param->key]);
    return true;
}

/* ---- $timef(format) $utimef(format) */

static bool parse_time_format(pv_cache *cache, pv_param *param)
{
    param->compiled = pv_cache_copy(cache, param->name).s; /* with a NUL behind it */
    return param->compiled != NULL;
}

static bool get_timef(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    struct tm tm;
    char line[64];
    kl_span text;
    if (!broken_down(seconds(ctx, NOW_OF_MESSAGE), data == ZONE_UTC, &tm)) return false;
    pv_null(out);
    if (calendar_format(line, sizeof line, param->compiled, &tm) == 0) return true;
    if (!text_out(ctx, line, &text)) return false;
    pv_str(out, text);
    return true;
}

/* ---- $TV(key) */

enum { TV_S, TV_U, TV_SN, TV_UN, TV_TEXT, TV_DATE, TV_MONOTONIC };
static const char *const tv_keys[] = {"s", "u", "sn", "un", "Sn", "Fn", "Sm"};

static bool parse_tv_key(pv_cache *cache, pv_param *param)
{
    (void)cache;
    return variable_key(param, tv_keys, COUNT(tv_keys));
}

static bool tv_text(kl_ctx *ctx, intptr_t key, pv_value *out)
{
    double now = ctx->now;
    long long s = (long long)whole_seconds(now), us = (long long)microseconds(now);
    struct tm tm;
    char line[96];
    kl_span text;
    if (key == TV_TEXT) {
        snprintf(line, sizeof line, "%lld.%06lld", s, us);
    } else if (key == TV_MONOTONIC) {
        snprintf(line, sizeof line, "%lld", s * 1000000000LL + us * 1000);
    } else {
        if (!broken_down(now, false, &tm)) return false;
        snprintf(line, sizeof line, "%04d-%02d-%02d %02d:%02d:%02d.%06lld", tm.tm_year + 1900, tm.tm_mon + 1,
                 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, us);
    }
    if (!text_out(ctx, line, &text)) return false;
    pv_str(out, text);
    return true;
}

/* un is what the last sn left: 0 before the first. */
static bool get_tv(kl_ctx *ctx, const pv_param *param, intptr_t data, pv_value *out)
{
    (void)data;
    switch (param->key) {
    case TV_S: pv_int(out, whole_seconds(seconds(ctx, NOW_OF_MESSAGE))); return true;
    case TV_U: pv_int(out, microseconds(seconds(ctx, NOW_OF_MESSAGE))); return true;
    case TV_SN:
        ctx->pvs->kept.tv_microseconds = microseconds(ctx->now);
        pv_int(out, whole_seconds(ctx->now));
        return true;
    case TV_UN: pv_int(out, ctx->pvs->kept.tv_microseconds); return true;
    default: return tv_text(ctx, param->key, out);
    }
}

static const pv_class classes[] = {
    {"Ts", get_seconds, NULL, NULL, PV_CLASS_NO_MSG, NOW_OF_MESSAGE},
    {"TS", get_seconds, NULL, NULL, PV_CLASS_NO_MSG, NOW_OF_RUN},
    {"Tb", get_started, NULL, NULL, PV_CLASS_NO_MSG, 0},
    {"Tf", get_ctime, NULL, NULL, PV_CLASS_NO_MSG, NOW_OF_MESSAGE},
    {"TF", get_ctime, NULL, NULL, PV_CLASS_NO_MSG, NOW_OF_RUN},
    {"time", get_time, NULL, parse_time_key, PV_CLASS_NO_MSG, ZONE_LOCAL},
    {"utime", get_time, NULL, parse_time_key, PV_CLASS_NO_MSG, ZONE_UTC},
    {"timef", get_timef, NULL, parse_time_format, PV_CLASS_NO_MSG, ZONE_LOCAL},
    {"utimef", get_timef, NULL, parse_time_format, PV_CLASS_NO_MSG, ZONE_UTC},
    {"TV", get_tv, NULL, parse_tv_key, PV_CLASS_NO_MSG, 0},
};

CLASS_TABLE(pv_time_table);
