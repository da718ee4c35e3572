/*
 * The pieces of which every date is made (digits, the time of day, the distance from Greenwich), and the dates
 * that are nothing but digits and signs: ISO 8601 in the forms that are met, and seconds since 1970.
 */
#include "date.h"

#include <string.h>

/* ---- pieces --------------------------------------------------------------------------------------- */

int64_t
date_digits(struct span s, size_t max, size_t *n)
{
	int64_t v = 0;

	for (*n = 0; *n < s.n && *n < max && date_is_digit(s.p[*n]); ++*n)
		v = v * 10 + (s.p[*n] - '0');
	return v;
}

struct span
date_after(struct span s, size_t n)
{
	return (struct span){ s.p + n, s.n - n };
}

size_t
date_offset(struct span s, int *minutes)
{
	size_t n, used = 1, m;
	int64_t h, min = 0;
	bool west;

	if (s.n > 3 && memcmp(s.p, "\xE2\x88\x92", 3) == 0) {
		west = true;
		used = 3;
	} else if (s.n > 1 && (s.p[0] == '+' || s.p[0] == '-')) {
		west = s.p[0] == '-';
	} else {
		return 0;
	}
	h = date_digits(date_after(s, used), 4, &n);
	if (n == 0)
		return 0;
	used += n;
	if (n > 2) {
		min = h % 100;
		h /= 100;
	} else if (used < s.n && (s.p[used] == ':' || s.p[used] == '.')) {
		min = date_digits(date_after(s, used + 1), 2, &m);
		used += m == 2 ? 3 : 0;
		if (m != 2)
			min = 0;
	}
	if (h > 15 || min > 59)
		return 0;
	*minutes = (int)((h * 60 + min) * (west ? -1 : 1));
	return used;
}

size_t
date_clock(struct span s, struct date_found *f)
{
	size_t n, used, m;
	int64_t h = date_digits(s, 2, &n), min, sec = 0;

	used = n;
	if (n == 0 || used >= s.n || s.p[used] != ':')
		return 0;
	used++;
	while (used < s.n && s.p[used] == ' ')
		used++;
	min = date_digits(date_after(s, used), 2, &n);
	if (n == 0)
		return 0;
	used += n;
	if (used + 1 < s.n && (s.p[used] == ':' || s.p[used] == '.') &&
	    date_is_digit(s.p[used + 1])) {
		sec = date_digits(date_after(s, used + 1), 2, &m);
		used += 1 + m;
		if (used + 1 < s.n && (s.p[used] == '.' || s.p[used] == ',' || s.p[used] == ':') &&
		    date_is_digit(s.p[used + 1])) {
			(void)date_digits(date_after(s, used + 1), 12, &m);
			used += 1 + m;
		}
	}
	f->hour = (int)h;
	f->minute = (int)min;
	f->second = (int)sec;
	return used;
}

/* ---- ISO 8601 -------------------------------------------------------------------------------------- */

/* hh, hhmm, hhmmss or with colons, then a zone. */
static void
iso_time(struct span s, struct date_found *f)
{
	size_t n, used;

	s = span_trim(s);
	used = date_clock(s, f);
	if (used == 0) {
		int64_t v = date_digits(s, 6, &n);
		if (n != 2 && n != 4 && n != 6)
			return;
		f->second = n == 6 ? (int)(v % 100) : 0;
		v = n == 6 ? v / 100 : v;
		f->minute = n >= 4 ? (int)(v % 100) : 0;
		f->hour = (int)(n >= 4 ? v / 100 : v);
		used = n;
	}
	s = span_trim(date_after(s, used));
	if (s.n > 0 && (s.p[0] == 'z' || date_offset(s, &f->offset) > 0))
		f->zoned = true;
}

/* The date part, all digits and dashes: the forms of W3C-DTF, basic and ordinal dates, two-digit years. */
static bool
iso_date(struct span d, struct date_found *f)
{
	static const struct {
		const char *shape; /* y m d digits of a field, o day of the year */
	} shapes[] = { { "yyyy-mm-dd" }, { "yyyy-mm-d" }, { "yyyy-m-dd" }, { "yyyy-m-d" },
		{ "yyyymmdd" }, { "yyyy-mm" }, { "yyyy-ooo" }, { "yyyyooo" }, { "yyyy" },
		{ "yy-mm-dd" }, { "yymmdd" }, { "yyooo" }, { "-yymm" }, { "-yy-mm" }, { "-yy" },
		{ "yyyy-m" } };

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const char *sh = shapes[i].shape;
		int v[3] = { 0, 0, 0 };
		size_t n = strlen(sh), years = 0, j;
		if (n != d.n)
			continue;
		for (j = 0; j < n; j++) {
			int *field = sh[j] == 'y'                   ? &v[0]
				     : sh[j] == 'm' || sh[j] == 'o' ? &v[1]
								    : &v[2];
			if (sh[j] == '-' ? d.p[j] != '-' : !date_is_digit(d.p[j]))
				break;
			if (sh[j] != '-')
				*field = *field * 10 + (d.p[j] - '0');
			years += sh[j] == 'y';
		}
		if (j < n)
			continue;
		if (strchr(sh, 'o') != NULL ? v[1] < 1 || v[1] > 366 : v[1] > 12 || v[2] > 31)
			continue;
		f->year = date_year(v[0], years);
		if (strchr(sh, 'o') != NULL) {
			f->yday = v[1];
		} else {
			f->month = v[1];
			f->day = v[2];
		}
		return true;
	}
	return false;
}

/* yyyy-Www-d, yyyyWwwd, the day left out for Monday: week 1 has the year's fourth of January. */
static size_t
iso_week(struct span s, struct date_found *f)
{
	size_t n, used = 4, dash;
	int64_t year = date_digits(s, 4, &n), week, day = 1, jan1, first;

	dash = used < s.n && s.p[used] == '-';
	used += dash;
	if (n != 4 || used + 3 > s.n || s.p[used] != 'w')
		return 0;
	week = date_digits(date_after(s, used + 1), 2, &n);
	if (n != 2 || week < 1 || week > 53)
		return 0;
	used += 3;
	if (used + dash < s.n && (dash == 0 || s.p[used] == '-') &&
	    date_is_digit(s.p[used + dash])) {
		day = s.p[used + dash] - '0';
		used += dash + 1;
	}
	if (day < 1 || day > 7)
		return 0;
	jan1 = date_day((int)year, 1, 1);
	first = jan1 + 3 - ((jan1 + 3 + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
	f->year = (int)year;
	f->yday = (int)(first + (week - 1) * 7 + day - 1 - jan1) + 1;
	if (f->yday < 1) {
		f->year--;
		f->yday += date_is_leap(f->year) ? 366 : 365;
	}
	return used;
}

bool
date_iso(struct span s, struct date_found *f)
{
	size_t i = s.n >= 7 ? iso_week(s, f) : 0, week = i;

	while (week == 0 && i < s.n && (date_is_digit(s.p[i]) || s.p[i] == '-'))
		i++;
	if (i == 0 || !date_is_digit(s.p[i - 1]))
		return false;
	if (i < s.n && s.p[i] != 't' && s.p[i] != ' ' && s.p[i] != 'z' && s.p[i] != '+')
		return false;
	if (week == 0 && !iso_date((struct span){ s.p, i }, f))
		return false;
	if (i < s.n) {
		struct span rest = date_after(s, s.p[i] == 'z' || s.p[i] == '+' ? i : i + 1);
		iso_time(rest, f);
		/* "2004-05-28 1:31 pm" and words after the time: only the word reader knows them. */
		for (i = 0; i < rest.n; i++)
			if (rest.p[i] != 'z' &&
			    ((rest.p[i] >= 'a' && rest.p[i] <= 'z') || rest.p[i] == '('))
				return false;
	}
	return true;
}

bool
date_number(struct span s, struct date_found *f, int64_t *out)
{
	size_t n;
	int64_t v = date_digits(s, 18, &n);

	if (n < s.n && s.p[n] == '.' && n >= 9 && n <= 11) { /* Unix seconds with a fraction */
		*out = v;
		return true;
	}
	if (n != s.n)
		return false;
	if (n == 14 || n == 12) {
		int64_t clock = n == 14 ? v % 1000000 : v % 10000 * 100,
			day = n == 14 ? v / 1000000 : v / 10000;
		f->year = (int)(day / 10000);
		f->month = (int)(day / 100 % 100);
		f->day = (int)(day % 100);
		f->hour = (int)(clock / 10000);
		f->minute = (int)(clock / 100 % 100);
		f->second = (int)(clock % 100);
		return f->month >= 1 && f->month <= 12 && f->day >= 1 && f->day <= 31 &&
		       date_finish(f, out);
	}
	if (n == 13) {
		*out = v / 1000;
		return true;
	}
	if (n == 16) {
		*out = v / 1000000;
		return true;
	}
	if (n >= 9 && n <= 11) {
		*out = v;
		return true;
	}
	return false;
}
