/*
 * One cell of a CSV file as it is written: quoted when it must be, and kept from being run as a formula.
 */
#include "internal.h"

#include <string.h>

static bool
one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/*
 * What a spreadsheet may run when it opens the file: = + - @ TAB CR, and their full-width forms. A ' in
 * front makes it text. So that the guard can be taken off again without a doubt, a text that begins with
 * ' and goes on so gets one more.
 */
bool
csv_is_formula(struct span s)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
		"\xef\xbc\xa0" };

	while (s.n > 0 && s.p[0] == '\'') {
		s.p++;
		s.n--;
	}
	if (s.n == 0)
		return false;
	if (one_of(s.p[0], "=+-@\t\r"))
		return true;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (s.n >= 3 && memcmp(s.p, wide[i], 3) == 0)
			return true;
	return false;
}

void
csv_cell(struct buf *b, struct span cell, bool guard)
{
	bool quote = cell.n > 0 && (cell.p[0] == ' ' || cell.p[cell.n - 1] == ' ');

	guard = guard && csv_is_formula(cell);
	for (size_t i = 0; i < cell.n && !quote; i++)
		quote = one_of(cell.p[i], ",;|\"\t\r\n");
	if (quote)
		buf_addc(b, '"');
	if (guard)
		buf_addc(b, '\'');
	for (size_t i = 0; i < cell.n; i++) {
		if (cell.p[i] == '"')
			buf_addc(b, '"');
		buf_addc(b, cell.p[i]);
	}
	if (quote)
		buf_addc(b, '"');
}
