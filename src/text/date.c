/*
 * Dates as feeds write them. First the strict numeric forms of ISO 8601, then a reading word by word:
 * what is a time, a month, a year, a zone is told by its own shape, whatever the order, and what is none
 * of these is passed over. RFC 822, RFC 3339, W3C-DTF and asctime are all special cases of that.
 */
#include "date.h"

#include <string.h>
#include <time.h>
#include <unicase.h>

/* a/b/c, a.b.c, a-b-c with numbers: year first if it has four digits, else by what can be a month. */
static size_t
read_triple(struct span s, struct date_found *f)
{
	size_t n[3], used = 0;
	int64_t v[3];
	char sep = 0;

	for (int i = 0; i < 3; i++) {
		v[i] = date_digits(date_after(s, used), 4, &n[i]);
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
		f->year = date_year((int)v[2], n[2]);
		f->month = (int)(month_first ? v[0] : v[1]);
		f->day = (int)(month_first ? v[1] : v[0]);
	} else {
		return 0;
	}
	return used;
}

/* 年 月 日 時 分 秒 and 년 월 일 시 분 초 after a number say what it was. */
static size_t
read_unit(struct span s, int64_t v, struct date_found *f)
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
		case 'y': f->year = date_year((int)v, v < 100 ? 2 : 4); break;
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
take_number(int64_t v, size_t digits, struct date_found *f)
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
		f->year = date_year((int)v, 2);
}

/* "+0200" after a time, or glued to GMT and UTC. A lone "-" is punctuation. */
static size_t
take_offset(struct span s, struct date_found *f)
{
	int minutes;
	size_t used;

	if (f->hour < 0)
		return 0;
	used = date_offset(s, &minutes);
	if (used > 0 && (!f->zoned || f->offset == 0)) {
		f->zoned = true;
		f->offset = minutes;
	}
	return used;
}

static size_t
take_digits(struct span s, struct date_found *f)
{
	size_t n, used = f->hour < 0 ? date_clock(s, f) : 0;
	int64_t v;

	if (used > 0)
		return used;
	used = f->month < 0 && f->year < 0 ? read_triple(s, f) : 0;
	if (used > 0)
		return used;
	v = date_digits(s, 9, &n);
	used = read_unit(date_after(s, n), v, f);
	if (used > 0)
		return n + used;
	/* 3pm, 3h07 */
	if (f->hour < 0 && n <= 2 && n + 1 < s.n && (s.p[n] == 'a' || s.p[n] == 'p') &&
	    s.p[n + 1] == 'm') {
		f->hour = (int)v;
		f->minute = f->second = 0;
		return n;
	}
	if (f->hour < 0 && n <= 2 && n + 2 < s.n && s.p[n] == 'h' && date_is_digit(s.p[n + 1]) &&
	    v <= 24) {
		size_t m;
		f->hour = (int)v;
		f->minute = (int)date_digits(date_after(s, n + 1), 2, &m);
		f->second = 0;
		return n + 1 + m;
	}
	take_number(v, n, f);
	while (n < s.n && date_is_digit(s.p[n]))
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
take_word(struct span w, struct date_found *f, bool *weekday_month)
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
read_words(struct span s, struct date_found *f)
{
	bool weekday_month = false;
	size_t i = 0, n;

	while (i < s.n) {
		unsigned char c = (unsigned char)s.p[i];
		if (date_is_digit((char)c)) {
			i += take_digits(date_after(s, i), f);
		} else if (c == '+' || c == '-' ||
			   (c == 0xE2 && s.n - i > 3 && s.p[i + 1] == '\x88')) {
			n = take_offset(date_after(s, i), f);
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
	static const struct date_found nothing = { -1, -1, -1, -1, 0, 0, 0, false, false, false, 0,
		false, SUMMER_NONE, false, false };
	char room[512];
	struct date_found f = nothing;

	s = span_trim(s);
	if (s.n == 0 || s.n > 128)
		return false;
	s = lower(s, room, sizeof(room));
	if (s.n == 0)
		return false;
	if (date_number(s, &f, out))
		return true;
	f = nothing;
	if (date_iso(s, &f))
		return date_finish(&f, out);
	f = nothing;
	return read_words(s, &f) && date_finish(&f, out);
}
