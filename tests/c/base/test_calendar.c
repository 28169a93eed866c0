/* Texts and times of day as libc has them, in several zones. */
#include "base/calendar.h"

#include <stdbool.h>

#include "check.h"

/* A table of a long time: beyond both ends of 32 bits, leap days, ends of years, changes of the clock. */
static const long long times[] = {0,           -1,          86399,        951782400,  951868799,  1078012800,
                                  1709251199,  1709251200,  1711846799,   1711846800, 1729990799, 1729990800,
                                  1730000000,  1735689599,  1735689600,   4102444799, 2147483647, 2147483648,
                                  -2147483649, -2208988800, 253402300799, 1230768000, 1262304000, 1293839999};
enum { TIMES = sizeof times / sizeof *times };
static const char *const zones[] = {"UTC", "CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0",
                                    "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "NPT-5:45"};
enum { ZONES = sizeof zones / sizeof *zones };

static void use_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static const char *const formats[] = {
    "%a|%A|%b|%B|%c|%C|%d|%D|%e|%F",
    "%g|%G|%h|%H|%I|%j|%k|%l|%m|%M",
    "%n|%p|%P|%r|%R|%S|%s|%t|%T|%u",
    "%U|%V|%w|%W|%x|%X|%y|%Y|%z|%Z|%%",
    "%Ey|%Od|%EY|%5d|%-d|%_d|%^a|%#Z|%#p|%10A|%-j|%_H|%05H|%^B|%#a",
    "%q",
    "%",
    "plain",
    "",
};

static void texts_are_those_of_libc(void)
{
    char expected[512], actual[512];
    struct tm tm;
    for (size_t z = 0; z < ZONES; z++) {
        use_zone(zones[z]);
        for (size_t t = 0; t < TIMES; t++) {
            const time_t when = (time_t)times[t];
            REQUIRE(localtime_r(&when, &tm) != NULL);
            for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
                const size_t n = strftime(expected, sizeof expected, formats[f], &tm);
                CHECK_INT(calendar_format(actual, sizeof actual, formats[f], &tm), n);
                if (n > 0) CHECK_STR(actual, expected);
            }
        }
    }
}

static void text_that_does_not_fit_is_none(void)
{
    char room[8];
    struct tm tm;
    const time_t when = 0;
    gmtime_r(&when, &tm);
    CHECK_INT(calendar_format(room, 8, "1234567", &tm), 7);
    CHECK_INT(calendar_format(room, 8, "12345678", &tm), 0);
    CHECK_INT(calendar_format(room, 8, "%99999999999d", &tm), 0);
    CHECK_INT(calendar_format(room, 0, "", &tm), 0);
}

static void times_of_day_are_found_again(void)
{
    for (size_t z = 0; z < ZONES; z++) {
        use_zone(zones[z]);
        for (size_t t = 0; t < TIMES; t++) {
            const time_t when = (time_t)times[t];
            struct tm tm;
            REQUIRE(localtime_r(&when, &tm) != NULL);
            CHECK_INT(calendar_make(&tm), when);
        }
    }
}

static void fields_beyond_their_range_are_settled(void)
{
    use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    struct tm
        tm = {.tm_year = 124, .tm_mon = 13, .tm_mday = 0, .tm_hour = -1, .tm_min = 61, .tm_sec = -61, .tm_isdst = -1},
        same = tm;
    CHECK_INT(calendar_make(&tm), mktime(&same));
    CHECK_INT(tm.tm_yday, same.tm_yday);
    CHECK_INT(tm.tm_hour, same.tm_hour);
    struct tm summer = {.tm_year = 124, .tm_mon = 0, .tm_mday = 1, .tm_hour = 12, .tm_isdst = 1},
              winter = {.tm_year = 124, .tm_mon = 6, .tm_mday = 1, .tm_hour = 12};
    CHECK_INT(calendar_make(&summer), 1704103200); /* 12:00 summer time is 10:00 UTC, in January too */
    CHECK_INT(summer.tm_hour, 11);
    CHECK_INT(calendar_make(&winter), 1719831600);
    CHECK_INT(winter.tm_hour, 13);
}

CHECK_MAIN(CHECK_TEST(texts_are_those_of_libc), CHECK_TEST(text_that_does_not_fit_is_none),
           CHECK_TEST(times_of_day_are_found_again), CHECK_TEST(fields_beyond_their_range_are_settled))
