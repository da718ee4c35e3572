/*
 * Dates as feeds write them. First the strict numeric forms of ISO 8601, then a reading word by word:
 * what is a time, a month, a year, a zone is told by its own shape, whatever the order, and what is none
 * of these is passed over. RFC 822, RFC 3339, W3C-DTF and asctime are all special cases of that.
 */
#include "date.h"

#include <string.h>
#include <time.h>
#include <unicase.h>

/* What was found. -1: not yet. */
struct found {
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

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- the calendar --------------------------------------------------------------------------------- */

static bool
is_leap(int y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static int
month_days(int y, int m)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return m == 2 && is_leap(y) ? 29 : days[m - 1];
}

/* Days since 1970-01-01, proleptic Gregorian. */
static int64_t
day_number(int y, int m, int d)
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
	int64_t d = n == 0 ? day_number(y, m, month_days(y, m)) : day_number(y, m, 1);
	int64_t wd = ((d % 7) + 7 + 4) % 7; /* 0 Sunday */

	if (n == 0)
		return d - wd;
	return d + (7 - wd) % 7 + 7 * (n - 1);
}

/* Is it summer time at that local day? The hour of change itself is not worth asking for. */
static bool
in_summer(const struct found *f, enum date_summer rule)
{
	int64_t d = day_number(f->year, f->month, f->day);

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

static int
full_year(int y, size_t digits)
{
	if (digits > 2)
		return y;
	return y < 69 ? 2000 + y : 1900 + y;
}

static bool
finish(struct found *f, int64_t *out)
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
	t = (day_number(f->year, f->month, f->day) + (f->yday > 0 ? f->yday - 1 : 0)) * 86400;
	t += f->hour * 3600 + f->minute * 60 + f->second;
	/* Korean feeds write local time without a zone. */
	if (f->korean && !f->zoned)
		f->offset = 540;
	if (f->placed && in_summer(f, f->summer))
		f->offset += 60;
	*out = t - (int64_t)f->offset * 60;
	return true;
}

/* ---- pieces --------------------------------------------------------------------------------------- */

/* Digits at the front of s, at most max of them; *n how many. */
static int64_t
number(struct span s, size_t max, size_t *n)
{
	int64_t v = 0;

	for (*n = 0; *n < s.n && *n < max && is_digit(s.p[*n]); ++*n)
		v = v * 10 + (s.p[*n] - '0');
	return v;
}

static struct span
after(struct span s, size_t n)
{
	return (struct span){ s.p + n, s.n - n };
}

/* "+hh:mm", "-hhmm", "+h", "+hh", U+2212 as minus: minutes. Length taken, 0 for none. */
static size_t
read_offset(struct span s, int *minutes)
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
	h = number(after(s, used), 4, &n);
	if (n == 0)
		return 0;
	used += n;
	if (n > 2) {
		min = h % 100;
		h /= 100;
	} else if (used < s.n && (s.p[used] == ':' || s.p[used] == '.')) {
		min = number(after(s, used + 1), 2, &m);
		used += m == 2 ? 3 : 0;
		if (m != 2)
			min = 0;
	}
	if (h > 15 || min > 59)
		return 0;
	*minutes = (int)((h * 60 + min) * (west ? -1 : 1));
	return used;
}

/* h:mm, h:mm:ss, h:mm:ss.fff, also with '.', after which am and pm are words of their own. Length, 0 for none. */
static size_t
read_time(struct span s, struct found *f)
{
	size_t n, used, m;
	int64_t h = number(s, 2, &n), min, sec = 0;

	used = n;
	if (n == 0 || used >= s.n || s.p[used] != ':')
		return 0;
	used++;
	while (used < s.n && s.p[used] == ' ')
		used++;
	min = number(after(s, used), 2, &n);
	if (n == 0)
		return 0;
	used += n;
	if (used + 1 < s.n && (s.p[used] == ':' || s.p[used] == '.') && is_digit(s.p[used + 1])) {
		sec = number(after(s, used + 1), 2, &m);
		used += 1 + m;
		if (used + 1 < s.n && (s.p[used] == '.' || s.p[used] == ',' || s.p[used] == ':') &&
		    is_digit(s.p[used + 1])) {
			(void)number(after(s, used + 1), 12, &m);
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
iso_time(struct span s, struct found *f)
{
	size_t n, used;

	s = span_trim(s);
	used = read_time(s, f);
	if (used == 0) {
		int64_t v = number(s, 6, &n);
		if (n != 2 && n != 4 && n != 6)
			return;
		f->second = n == 6 ? (int)(v % 100) : 0;
		v = n == 6 ? v / 100 : v;
		f->minute = n >= 4 ? (int)(v % 100) : 0;
		f->hour = (int)(n >= 4 ? v / 100 : v);
		used = n;
	}
	s = span_trim(after(s, used));
	if (s.n > 0 && (s.p[0] == 'z' || read_offset(s, &f->offset) > 0))
		f->zoned = true;
}

/* The date part, all digits and dashes: the forms of W3C-DTF, basic and ordinal dates, two-digit years. */
static bool
iso_date(struct span d, struct found *f)
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
			if (sh[j] == '-' ? d.p[j] != '-' : !is_digit(d.p[j]))
				break;
			if (sh[j] != '-')
				*field = *field * 10 + (d.p[j] - '0');
			years += sh[j] == 'y';
		}
		if (j < n)
			continue;
		if (strchr(sh, 'o') != NULL ? v[1] < 1 || v[1] > 366 : v[1] > 12 || v[2] > 31)
			continue;
		f->year = full_year(v[0], years);
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
iso_week(struct span s, struct found *f)
{
	size_t n, used = 4, dash;
	int64_t year = number(s, 4, &n), week, day = 1, jan1, first;

	dash = used < s.n && s.p[used] == '-';
	used += dash;
	if (n != 4 || used + 3 > s.n || s.p[used] != 'w')
		return 0;
	week = number(after(s, used + 1), 2, &n);
	if (n != 2 || week < 1 || week > 53)
		return 0;
	used += 3;
	if (used + dash < s.n && (dash == 0 || s.p[used] == '-') && is_digit(s.p[used + dash])) {
		day = s.p[used + dash] - '0';
		used += dash + 1;
	}
	if (day < 1 || day > 7)
		return 0;
	jan1 = day_number((int)year, 1, 1);
	first = jan1 + 3 - ((jan1 + 3 + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
	f->year = (int)year;
	f->yday = (int)(first + (week - 1) * 7 + day - 1 - jan1) + 1;
	if (f->yday < 1) {
		f->year--;
		f->yday += is_leap(f->year) ? 366 : 365;
	}
	return used;
}

static bool
read_iso(struct span s, struct found *f)
{
	size_t i = s.n >= 7 ? iso_week(s, f) : 0, week = i;

	while (week == 0 && i < s.n && (is_digit(s.p[i]) || s.p[i] == '-'))
		i++;
	if (i == 0 || !is_digit(s.p[i - 1]))
		return false;
	if (i < s.n && s.p[i] != 't' && s.p[i] != ' ' && s.p[i] != 'z' && s.p[i] != '+')
		return false;
	if (week == 0 && !iso_date((struct span){ s.p, i }, f))
		return false;
	if (i < s.n) {
		struct span rest = after(s, s.p[i] == 'z' || s.p[i] == '+' ? i : i + 1);
		iso_time(rest, f);
		/* "2004-05-28 1:31 pm" and words after the time: only the word reader knows them. */
		for (i = 0; i < rest.n; i++)
			if (rest.p[i] != 'z' &&
			    ((rest.p[i] >= 'a' && rest.p[i] <= 'z') || rest.p[i] == '('))
				return false;
	}
	return true;
}

/* Digits alone: Unix seconds or milliseconds, or a date without any dashes. */
static bool
read_number(struct span s, struct found *f, int64_t *out)
{
	size_t n;
	int64_t v = number(s, 18, &n);

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
		       finish(f, out);
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

/* ---- word by word ----------------------------------------------------------------------------------- */

/* a/b/c, a.b.c, a-b-c with numbers: year first if it has four digits, else by what can be a month. */
static size_t
read_triple(struct span s, struct found *f)
{
	size_t n[3], used = 0;
	int64_t v[3];
	char sep = 0;

	for (int i = 0; i < 3; i++) {
		v[i] = number(after(s, used), 4, &n[i]);
		used += n[i];
		if (n[i] == 0)
			return 0;
		if (i == 2)
			break;
		if (used >= s.n || strchr("/.-", s.p[used]) == NULL || (i == 1 && s.p[used] != sep))
			return 0;
		sep = s.p[used++];
		while (used < s.n && s.p[used] == ' ')
			used++;
	}
	if (n[0] == 4) {
		f->year = (int)v[0];
		f->month = (int)(v[1] > 12 ? v[2] : v[1]);
		f->day = (int)(v[1] > 12 ? v[1] : v[2]);
	} else if (n[0] <= 2 && n[1] <= 2) {
		bool month_first = v[1] > 12 || (sep == '/' && v[0] <= 12);
		f->year = full_year((int)v[2], n[2]);
		f->month = (int)(month_first ? v[0] : v[1]);
		f->day = (int)(month_first ? v[1] : v[0]);
	} else {
		return 0;
	}
	return used;
}

/* 年 月 日 時 分 秒 and 년 월 일 시 분 초 after a number say what it was. */
static size_t
read_unit(struct span s, int64_t v, struct found *f)
{
	static const struct {
		const char *unit;
		char what;
	} units[] = { { "年", 'y' }, { "月", 'm' }, { "日", 'd' }, { "時", 'H' }, { "时", 'H' },
		{ "点", 'H' }, { "分", 'M' }, { "秒", 'S' }, { "년", 'Y' }, { "월", 'm' },
		{ "일", 'd' }, { "시", 'H' }, { "분", 'M' }, { "초", 'S' } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = strlen(units[i].unit);
		if (s.n < n || memcmp(s.p, units[i].unit, n) != 0)
			continue;
		switch (units[i].what) {
		case 'Y': f->korean = true; /* fall through */
		case 'y': f->year = full_year((int)v, v < 100 ? 2 : 4); break;
		case 'm': f->month = (int)v; break;
		case 'd': f->day = (int)v; break;
		case 'H':
			f->hour = (int)v;
			f->minute = f->second = 0;
			break;
		case 'M': f->minute = (int)v; break;
		default: f->second = (int)v; break;
		}
		f->east_asian = true;
		return n;
	}
	return 0;
}

/* A number by itself: a year by its length or its place, else the day. */
static void
take_number(int64_t v, size_t digits, struct found *f)
{
	if (digits == 4 && f->year < 0)
		f->year = (int)v;
	else if (digits == 8 && f->year < 0) {
		f->year = (int)(v / 10000);
		f->month = (int)(v / 100 % 100);
		f->day = (int)(v % 100);
	} else if (digits <= 2 && f->day < 0 && v >= 1 && v <= 31)
		f->day = (int)v;
	else if (digits <= 2 && f->year < 0 && f->day >= 0)
		f->year = full_year((int)v, 2);
}

/* "+0200" after a time, or glued to GMT and UTC. A lone "-" is punctuation. */
static size_t
take_offset(struct span s, struct found *f)
{
	int minutes;
	size_t used;

	if (f->hour < 0)
		return 0;
	used = read_offset(s, &minutes);
	if (used > 0 && (!f->zoned || f->offset == 0)) {
		f->zoned = true;
		f->offset = minutes;
	}
	return used;
}

static size_t
take_digits(struct span s, struct found *f)
{
	size_t n, used = f->hour < 0 ? read_time(s, f) : 0;
	int64_t v;

	if (used > 0)
		return used;
	used = f->month < 0 && f->year < 0 ? read_triple(s, f) : 0;
	if (used > 0)
		return used;
	v = number(s, 9, &n);
	used = read_unit(after(s, n), v, f);
	if (used > 0)
		return n + used;
	/* 3pm, 3h07 */
	if (f->hour < 0 && n <= 2 && n + 1 < s.n && (s.p[n] == 'a' || s.p[n] == 'p') &&
	    s.p[n + 1] == 'm') {
		f->hour = (int)v;
		f->minute = f->second = 0;
		return n;
	}
	if (f->hour < 0 && n <= 2 && n + 2 < s.n && s.p[n] == 'h' && is_digit(s.p[n + 1]) &&
	    v <= 24) {
		size_t m;
		f->hour = (int)v;
		f->minute = (int)number(after(s, n + 1), 2, &m);
		f->second = 0;
		return n + 1 + m;
	}
	take_number(v, n, f);
	while (n < s.n && is_digit(s.p[n]))
		n++;
	return n;
}

static bool
is_word_char(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || c >= 0x80 || c == '/' || c == '_';
}

/* A month, a zone, a clock's half, or nothing we know. */
static void
take_word(struct span w, struct found *f, bool *weekday_month)
{
	enum date_summer summer;
	int minutes, month;

	if (span_eqs(w, "pm") || span_eqs(w, "오후") || span_eqs(w, "下午") ||
	    span_eqs(w, "午後") || span_eqs(w, "μμ")) {
		f->pm = true;
		return;
	}
	if (span_eqs(w, "am") || span_eqs(w, "오전") || span_eqs(w, "上午") ||
	    span_eqs(w, "午前") || span_eqs(w, "πμ")) {
		f->am = true;
		return;
	}
	if (!f->zoned && memchr(w.p, '/', w.n) != NULL && date_place(w, &minutes, &summer)) {
		f->zoned = f->placed = true;
		f->offset = minutes;
		f->summer = summer;
		return;
	}
	if (f->hour >= 0 && !f->zoned && date_zone(w, &minutes)) {
		f->zoned = true;
		f->offset = minutes;
		return;
	}
	month = date_month(w);
	if (month > 0 && (f->month < 0 || *weekday_month)) {
		/* Of two candidates the one that may be a weekday gives way; the first of two weekdays too. */
		if (f->month >= 0 && date_maybe_weekday(w) && !*weekday_month)
			return;
		f->month = month;
		*weekday_month = date_maybe_weekday(w);
	}
}

static bool
read_words(struct span s, struct found *f)
{
	bool weekday_month = false;
	size_t i = 0, n;

	while (i < s.n) {
		unsigned char c = (unsigned char)s.p[i];
		if (is_digit((char)c)) {
			i += take_digits(after(s, i), f);
		} else if (c == '+' || c == '-' ||
			   (c == 0xE2 && s.n - i > 3 && s.p[i + 1] == '\x88')) {
			n = take_offset(after(s, i), f);
			i += n > 0 ? n : 1;
		} else if ((c == 'a' || c == 'p') && s.n - i >= 3 && f->hour >= 0 &&
			   memcmp(s.p + i + 1, ".m", 2) == 0) {
			f->pm = c == 'p';
			f->am = c == 'a';
			i += 3;
		} else if (is_word_char(c) && c != '/' && c != '_') {
			for (n = i; n < s.n && is_word_char((unsigned char)s.p[n]); n++)
				;
			/* The T of ISO glues the time to the date. */
			if (!(n == i + 1 && c == 't'))
				take_word((struct span){ s.p + i, n - i }, f, &weekday_month);
			i = n;
		} else {
			i++;
		}
	}
	return f->year >= 0 && f->month >= 1 && f->month <= 12 && f->day >= 1 && f->day <= 31;
}

/* Lower case by Unicode's rules; ASCII, the usual case, without asking. */
static struct span
lower(struct span s, char *room, size_t size)
{
	size_t n = size;
	bool ascii = true;

	for (size_t i = 0; i < s.n; i++) {
		room[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + 32 : s.p[i]);
		ascii = ascii && (unsigned char)s.p[i] < 0x80;
	}
	if (ascii)
		return (struct span){ room, s.n };
	if (u8_tolower((const uint8_t *)s.p, s.n, NULL, NULL, (uint8_t *)room, &n) !=
	    (uint8_t *)room)
		return (struct span){ room, 0 };
	return (struct span){ room, n };
}

bool
date_parse(struct span s, int64_t *out)
{
	static const struct found nothing = { -1, -1, -1, -1, 0, 0, 0, false, false, false, 0,
		false, SUMMER_NONE, false, false };
	char room[512];
	struct found f = nothing;

	s = span_trim(s);
	if (s.n == 0 || s.n > 128)
		return false;
	s = lower(s, room, sizeof(room));
	if (s.n == 0)
		return false;
	if (read_number(s, &f, out))
		return true;
	f = nothing;
	if (read_iso(s, &f))
		return finish(&f, out);
	f = nothing;
	return read_words(s, &f) && finish(&f, out);
}
