/* How a date is read, inside text: date.c word by word, and what it leans on. Texts come in lower case, UTF-8. */
#ifndef TEXT_DATE_H
#define TEXT_DATE_H

#include "wrap/text.h"

/* ---- date_words.c ---------------------------------------------------------------------------------- */

/* 1 to 12, or 0 when the word begins no month's name. */
int date_month(struct span word);
/* Is the word also the name of a weekday somewhere ("mar" is March and martes)? */
bool date_maybe_weekday(struct span word);
/* A zone's abbreviation: minutes east of Greenwich. */
bool date_zone(struct span word, int *minutes);
enum date_summer { SUMMER_NONE, SUMMER_EU, SUMMER_US, SUMMER_SOUTH, SUMMER_NZ };
/* A name of the tz database: minutes in winter, and when it has summer time. */
bool date_place(struct span word, int *minutes, enum date_summer *summer);

/* ---- date_day.c ------------------------------------------------------------------------------------ */

/* What was found. -1: not yet. */
struct date_found {
	int year, month, day;
	int hour, minute, second;
	int yday;
	bool pm, am;
	bool zoned;
	int offset; /* minutes east */
	bool placed;
	enum date_summer summer;
	bool east_asian; /* written with the letters of Chinese, Japanese or Korean */
	bool korean;
};

/* Days since 1970-01-01, proleptic Gregorian. */
int64_t date_day(int y, int m, int d);
bool date_is_leap(int y);
/* The year that was written with so many digits: of two, 69 to 99 are of the last century. */
int date_year(int y, size_t digits);
/* The moment in Unix seconds. Month and day are the first where none was found; false: no year, or no such day. */
bool date_finish(struct date_found *f, int64_t *out);

/* ---- date_iso.c ------------------------------------------------------------------------------------ */

static inline bool
date_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What stands in s past its first n bytes. */
struct span date_after(struct span s, size_t n);
/* Digits at the front of s, at most max of them; *n how many. */
int64_t date_digits(struct span s, size_t max, size_t *n);
/* "+hh:mm", "-hhmm", "+h", "+hh", U+2212 as minus: minutes. Length taken, 0 for none. */
size_t date_offset(struct span s, int *minutes);
/* h:mm, h:mm:ss, h:mm:ss.fff, also with '.', after which am and pm are words of their own. Length, 0 for none. */
size_t date_clock(struct span s, struct date_found *f);
/* The forms of ISO 8601 and W3C-DTF, from the year to the zone. */
bool date_iso(struct span s, struct date_found *f);
/* Digits alone: Unix seconds or milliseconds, or a date without any dashes. */
bool date_number(struct span s, struct date_found *f, int64_t *out);

#endif
