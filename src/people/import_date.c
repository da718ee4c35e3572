/*
 * Dates of lists. Their spellings are read as those of feeds are; what only spreadsheets write comes first.
 */
#include "import.h"

#include "wrap/text.h"

#include <string.h>

/*
 * A number alone is a day as spreadsheets count them, from 1899-12-30 on (ECMA-376 part 1, 18.17.4.1), when it
 * is one of five digits with or without a part of a day; others are a date's own spelling.
 */
static bool
serial_date(struct span s, int64_t *t)
{
	size_t n = 0, k = 0;
	double part = 0, scale = 1;
	int64_t day = 0;

	for (; n < s.n && s.p[n] >= '0' && s.p[n] <= '9' && n < 6; n++)
		day = day * 10 + (s.p[n] - '0');
	if (n != 5 || day < 20000 || day > 80000 || (n < s.n && s.p[n] != '.' && s.p[n] != ','))
		return false;
	for (k = n + 1; k < s.n && s.p[k] >= '0' && s.p[k] <= '9'; k++)
		part += (s.p[k] - '0') * (scale /= 10);
	if (k < s.n)
		return false;
	*t = (day - 25569) * 86400 + (int64_t)(part * 86400 + 0.5);
	return true;
}

bool
column_date(const struct columns *c, struct span s, int64_t *t)
{
	char copy[64];
	int first, second;

	if (serial_date(s, t))
		return true;
	if (!c->day_first || s.n >= sizeof(copy) || !look_slashes(s, &first, &second) ||
	    second > 12)
		return date_parse(s, t);
	memcpy(copy, s.p, s.n);
	for (size_t i = 0, n = 0; i < s.n && n < 2; i++)
		if (copy[i] == '/') {
			copy[i] = '.'; /* with dots the day is the first everywhere */
			n++;
		}
	return date_parse((struct span){ copy, s.n }, t);
}
