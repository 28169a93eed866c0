#include "siputils.h"

static bool number(const char *s, size_t n, int *out)
{
    uint64_t value;
    if (!span_uint(span_of(s, n), 9999, &value)) return false;
    *out = (int)value;
    return true;
}

static int month_of(const char *s)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (size_t i = 0; i < 12; i++)
        if (span_eqi(span_of(s, 3), span_of(names + 3 * i, 3))) return (int)i + 1;
    return 0;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar. */
static int64_t days_of(int year, int month, int day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    const int64_t y = year - (month <= 2); /* leap days are counted up to the last February passed */
    return 365 * ((int64_t)year - 1970) + (y / 4 - y / 100 + y / 400) - 477 + before[month - 1] + day - 1;
}

/* "Thu, 21 Feb 2002 13:02:03 GMT": RFC 3261 knows no other form. */
static bool parse_date(kl_span text, int64_t *seconds)
{
    int day, year, hour, minute, second;
    if (text.n != 29 || !span_eqi(span_of(text.s + 25, 4), SPAN(" GMT"))) return false;
    const char *s = text.s;
    const int month = month_of(s + 8);
    if (!month || !number(s + 5, 2, &day) || !number(s + 12, 4, &year) || !number(s + 17, 2, &hour) ||
        !number(s + 20, 2, &minute) || !number(s + 23, 2, &second) || day < 1 || day > 31 || hour > 23 || minute > 59 ||
        second > 60)
        return false;
    *seconds = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    return true;
}

KSR_FN(siputils_hdr_date_check)
{
    const sip_hdr *hdr = msg_hdr_first(ctx->msg, SIP_HDR_DATE);
    int64_t date;
    if (!hdr || !parse_date(span_trim(hdr_body(hdr)), &date)) return -1;
    return date < (int64_t)ctx->now - args[0].i ? -4 : 1;
}
