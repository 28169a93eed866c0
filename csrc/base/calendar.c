#include "calendar.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char *const days[7] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
static const char *const months[12] = {"January", "February", "March",     "April",   "May",      "June",
                                       "July",    "August",   "September", "October", "November", "December"};

typedef struct writer {
    char *out;
    size_t size, n; /* n may pass size: then it did not fit */
    const struct tm *tm;
    char pad; /* '-' none, '_' spaces, '0' zeros, '^' upper case; 0: as the conversion has it */
    bool upper, swap;
    int width; /* 0: as the conversion has it */
} writer;

static void put(writer *w, char c)
{
    if (w->n < w->size) w->out[w->n] = c;
    w->n++;
}

static char upper(char c) { return (char)(c >= 'a' && c <= 'z' ? c - 32 : c); }
static char lower(char c) { return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c); }

static void put_padding(writer *w, size_t length, char pad)
{
    for (size_t i = length; w->width > 0 && i < (size_t)w->width; i++) put(w, pad);
}

static void put_text(writer *w, const char *text, size_t n)
{
    put_padding(w, n, w->pad == '0' ? '0' : ' ');
    for (size_t i = 0; i < n; i++) put(w, w->upper ? upper(text[i]) : text[i]);
}

static void put_name(writer *w, const char *const *names, int count, int at, size_t most)
{
    const char *name = at >= 0 && at < count ? names[at] : "?";
    const size_t n = strlen(name);
    w->upper |= w->swap;
    put_text(w, name, n < most ? n : most);
}

static void put_number(writer *w, int64_t number, int digits, char pad)
{
    char text[24];
    const char how = w->pad ? w->pad : pad;
    const size_t n = (size_t)snprintf(text, sizeof text, "%lld", (long long)(number < 0 ? -number : number));
    const size_t least = how == '-' ? 0 : (size_t)(w->width ? w->width : digits), used = n + (number < 0);
    if (number < 0 && how == '0') put(w, '-');
    for (size_t i = used; i < least; i++) put(w, how == '_' ? ' ' : '0');
    if (number < 0 && how != '0') put(w, '-');
    for (size_t i = 0; i < n; i++) put(w, text[i]);
}

/* ---- ISO 8601 weeks: they begin on Monday, and the first of a year holds its first Thursday */

static bool is_leap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

/* The day of the year on which week 1 begins, counted from the one that holds yday; below zero for days of the year
 * before. */
static int day_in_weeks(int yday, int wday) { return yday - (yday - wday + 382) % 7 + 3; }

static int64_t iso_week(const struct tm *tm, int64_t *year)
{
    *year = (int64_t)tm->tm_year + 1900;
    int day = day_in_weeks(tm->tm_yday, tm->tm_wday);
    if (day < 0) {
        --*year;
        day = day_in_weeks(tm->tm_yday + 365 + is_leap(*year), tm->tm_wday);
    } else {
        const int next = day_in_weeks(tm->tm_yday - 365 - is_leap(*year), tm->tm_wday);
        if (next >= 0) ++*year, day = next;
    }
    return day / 7 + 1;
}

/* ---- conversions */

static void put_nested(writer *w, const char *format)
{
    char text[128];
    put_text(w, text, calendar_format(text, sizeof text, format, w->tm));
}

static void put_offset(writer *w)
{
    const long seconds = w->tm->tm_gmtoff, minutes = (seconds < 0 ? -seconds : seconds) / 60;
    char text[16];
    const int n = snprintf(text, sizeof text, "%c%02ld%02ld", seconds < 0 ? '-' : '+', minutes / 60 % 100,
                           minutes % 60);
    put_text(w, text, (size_t)n);
}

static void put_half_of_day(writer *w, bool small)
{
    const char *text = w->tm->tm_hour >= 12 ? "PM" : "AM";
    const char small_text[2] = {lower(text[0]), lower(text[1])};
    put_text(w, small || w->swap ? small_text : text, 2);
}

static void put_zone(writer *w)
{
    const char *zone = w->tm->tm_zone ? w->tm->tm_zone : "";
    char text[32];
    size_t n = strlen(zone);
    if (n > sizeof text) n = sizeof text;
    for (size_t i = 0; i < n; i++) text[i] = w->swap ? lower(zone[i]) : zone[i];
    put_text(w, text, n);
}

static void put_seconds(writer *w)
{
    struct tm copy = *w->tm;
    put_number(w, (int64_t)calendar_make(&copy), 1, '0');
}

static int hour12(int hour) { return hour % 12 == 0 ? 12 : hour % 12; }

static int64_t floor_div(int64_t n, int64_t by) { return n / by - (n % by < 0); }

/* Week of the year by its first Sunday or Monday. */
static int week(const struct tm *tm, int first) { return (tm->tm_yday - (tm->tm_wday - first + 7) % 7 + 7) / 7; }

static bool put_text_conversion(writer *w, char c)
{
    switch (c) {
    case 'a': put_name(w, days, 7, w->tm->tm_wday, 3); return true;
    case 'A': put_name(w, days, 7, w->tm->tm_wday, 99); return true;
    case 'b':
    case 'h': put_name(w, months, 12, w->tm->tm_mon, 3); return true;
    case 'B': put_name(w, months, 12, w->tm->tm_mon, 99); return true;
    case 'c': put_nested(w, "%a %b %e %H:%M:%S %Y"); return true;
    case 'D':
    case 'x': put_nested(w, "%m/%d/%y"); return true;
    case 'F': put_nested(w, "%Y-%m-%d"); return true;
    case 'n': put_text(w, "\n", 1); return true;
    case 'p': put_half_of_day(w, false); return true;
    case 'P': put_half_of_day(w, true); return true;
    case 'r': put_nested(w, "%I:%M:%S %p"); return true;
    case 'R': put_nested(w, "%H:%M"); return true;
    case 's': put_seconds(w); return true;
    case 't': put_text(w, "\t", 1); return true;
    case 'T':
    case 'X': put_nested(w, "%H:%M:%S"); return true;
    case 'z': put_offset(w); return true;
    case 'Z': put_zone(w); return true;
    case '%': put_text(w, "%", 1); return true;
    default: return false;
    }
}

static bool put_number_conversion(writer *w, char c)
{
    const struct tm *tm = w->tm;
    const int64_t year = (int64_t)tm->tm_year + 1900;
    int64_t iso_year;
    const int64_t iso = iso_week(tm, &iso_year);
    switch (c) {
    case 'C': put_number(w, floor_div(year, 100), 2, '0'); return true;
    case 'd': put_number(w, tm->tm_mday, 2, '0'); return true;
    case 'e': put_number(w, tm->tm_mday, 2, '_'); return true;
    case 'g': put_number(w, (iso_year % 100 + 100) % 100, 2, '0'); return true;
    case 'G': put_number(w, iso_year, 1, '0'); return true;
    case 'H': put_number(w, tm->tm_hour, 2, '0'); return true;
    case 'I': put_number(w, hour12(tm->tm_hour), 2, '0'); return true;
    case 'j': put_number(w, tm->tm_yday + 1, 3, '0'); return true;
    case 'k': put_number(w, tm->tm_hour, 2, '_'); return true;
    case 'l': put_number(w, hour12(tm->tm_hour), 2, '_'); return true;
    case 'm': put_number(w, tm->tm_mon + 1, 2, '0'); return true;
    case 'M': put_number(w, tm->tm_min, 2, '0'); return true;
    case 'S': put_number(w, tm->tm_sec, 2, '0'); return true;
    case 'u': put_number(w, tm->tm_wday == 0 ? 7 : tm->tm_wday, 1, '0'); return true;
    case 'U': put_number(w, week(tm, 0), 2, '0'); return true;
    case 'V': put_number(w, iso, 2, '0'); return true;
    case 'w': put_number(w, tm->tm_wday, 1, '0'); return true;
    case 'W': put_number(w, week(tm, 1), 2, '0'); return true;
    case 'y': put_number(w, (year % 100 + 100) % 100, 2, '0'); return true;
    case 'Y': put_number(w, year, 1, '0'); return true;
    default: return false;
    }
}

/* Behind the percent sign; returns what follows the conversion. What is none stands as it is. */
static const char *put_conversion(writer *w, const char *at)
{
    const char *const start = at - 1;
    w->pad = '\0';
    w->upper = w->swap = false;
    w->width = 0;
    for (; *at && strchr("-_0^#", *at); at++) {
        if (*at == '^') w->upper = true;
        else if (*at == '#') w->swap = true;
        else w->pad = *at;
    }
    for (; *at >= '0' && *at <= '9'; at++) w->width = w->width < 10000 ? w->width * 10 + *at - '0' : w->width;
    if (*at == 'E' || *at == 'O') at++;
    if (*at && (put_text_conversion(w, *at) || put_number_conversion(w, *at))) return at + 1;
    const char *end = *at ? at + 1 : at;
    w->width = 0;
    put_text(w, start, (size_t)(end - start));
    return end;
}

size_t calendar_format(char *out, size_t size, const char *format, const struct tm *tm)
{
    writer w = {.out = out, .size = size, .tm = tm};
    while (*format) {
        if (*format == '%') format = put_conversion(&w, format + 1);
        else put(&w, *format++);
        if (w.n >= size) return 0;
    }
    if (size == 0) return 0;
    out[w.n] = '\0';
    return w.n;
}

/* ---- from fields to seconds */

/* Days since 1970-01-01 of the first of a month, 0 to 11, of a year of the proleptic Gregorian calendar. */
static int64_t days_before(int64_t year, int64_t month)
{
    static const int before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    const int64_t last = year - 1;
    const int64_t leaps = floor_div(last, 4) - floor_div(last, 100) + floor_div(last, 400) - 477;
    return (year - 1970) * 365 + leaps + before[month] + (month > 1 && is_leap(year));
}

static int64_t as_if_utc(const struct tm *tm)
{
    const int64_t year = (int64_t)tm->tm_year + 1900 + floor_div(tm->tm_mon, 12),
                  month = tm->tm_mon - 12 * floor_div(tm->tm_mon, 12);
    return ((days_before(year, month) + tm->tm_mday - 1) * 24 + tm->tm_hour) * 3600 + (int64_t)tm->tm_min * 60 +
           tm->tm_sec;
}

static bool local(int64_t when, struct tm *out)
{
    const time_t t = (time_t)when;
    return localtime_r(&t, out) != NULL;
}

/* A time whose distance from UTC is the one that is in force then. In the hour that summer time skips there is none,
 * and in the one that it repeats there are two. */
static bool find(int64_t wanted, struct tm *found, int64_t *when)
{
    *when = wanted;
    for (int i = 0; i < 3; i++) {
        if (!local(*when, found)) return false;
        const int64_t next = wanted - found->tm_gmtoff;
        if (next == *when) return true;
        *when = next;
    }
    return local(*when, found);
}

/* Within some months the clock goes as tm_isdst wants it: by that one's distance from UTC. */
static bool find_other(int64_t wanted, int isdst, struct tm *found, int64_t *when)
{
    struct tm other;
    for (int weeks = 1; weeks <= 30; weeks++) {
        for (int side = -1; side <= 1; side += 2) {
            if (!local(*when + (int64_t)side * weeks * 604800, &other) || (other.tm_isdst > 0) != (isdst > 0)) continue;
            *when = wanted - other.tm_gmtoff;
            return local(*when, found);
        }
    }
    *when += isdst > 0 ? -3600 : 3600; /* a place that has but one of the two: an hour, as elsewhere */
    return local(*when, found);
}

time_t calendar_make(struct tm *tm)
{
    struct tm found;
    int64_t when;
    const int64_t wanted = as_if_utc(tm);
    if (!find(wanted, &found, &when)) return -1;
    if (tm->tm_isdst >= 0 && (found.tm_isdst > 0) != (tm->tm_isdst > 0) &&
        !find_other(wanted, tm->tm_isdst, &found, &when))
        return -1;
    *tm = found;
    return (time_t)when;
}
