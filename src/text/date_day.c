/* From what was found of a date to a moment: the calendar, the century of a short year, summer time. */
#include "date.h"

bool
date_is_leap(int y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static int
month_days(int y, int m)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return m == 2 && date_is_leap(y) ? 29 : days[m - 1];
}

int64_t
date_day(int y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* The nth Sunday of a month, or the last for n = 0, as a day number. */
static int64_t
sunday(int y, int m, int n)
{
	int64_t d = n == 0 ? date_day(y, m, month_days(y, m)) : date_day(y, m, 1);
	int64_t wd = ((d % 7) + 7 + 4) % 7; /* 0 Sunday */

	if (n == 0)
		return d - wd;
	return d + (7 - wd) % 7 + 7 * (n - 1);
}

/* Is it summer time at that local day? The hour of change itself is not worth asking for. */
static bool
in_summer(const struct date_found *f, enum date_summer rule)
{
	int64_t d = date_day(f->year, f->month, f->day);

	switch (rule) {
	case SUMMER_NONE: return false;
	case SUMMER_EU: return d >= sunday(f->year, 3, 0) && d < sunday(f->year, 10, 0);
	case SUMMER_US:
		if (f->year < 2007)
			return d >= sunday(f->year, 4, 1) && d < sunday(f->year, 10, 0);
		return d >= sunday(f->year, 3, 2) && d < sunday(f->year, 11, 1);
	case SUMMER_SOUTH: return d >= sunday(f->year, 10, 1) || d < sunday(f->year, 4, 1);
	case SUMMER_NZ: return d >= sunday(f->year, 9, 0) || d < sunday(f->year, 4, 1);
	}
	return false;
}

int
date_year(int y, size_t digits)
{
	if (digits > 2)
		return y;
	return y < 69 ? 2000 + y : 1900 + y;
}

bool
date_finish(struct date_found *f, int64_t *out)
{
	int64_t t;

	if (f->year < 0)
		return false;
	if (f->yday > 0) {
		f->month = 1;
		f->day = 1;
	}
	if (f->month < 1)
		f->month = 1;
	if (f->day < 1)
		f->day = 1;
	if (f->month > 12 || f->year < 1 || f->year > 9999)
		return false;
	/* The 31st of February is no day: which one was meant, nobody can tell. */
	if (f->day > month_days(f->year, f->month))
		return false;
	if (f->hour < 0)
		f->hour = f->minute = f->second = 0;
	if (f->pm && f->hour < 12)
		f->hour += 12;
	if (f->am && f->hour == 12)
		f->hour = 0;
	if (f->hour > 24 || f->minute > 59 || f->second > 61)
		f->hour = f->minute = f->second = 0;
	t = (date_day(f->year, f->month, f->day) + (f->yday > 0 ? f->yday - 1 : 0)) * 86400;
	t += f->hour * 3600 + f->minute * 60 + f->second;
	/* Korean feeds write local time without a zone. */
	if (f->korean && !f->zoned)
		f->offset = 540;
	if (f->placed && in_summer(f, f->summer))
		f->offset += 60;
	*out = t - (int64_t)f->offset * 60;
	return true;
}
