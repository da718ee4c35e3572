/*
 * Character references and attributes of well-formed HTML, for simple.c: only what every reader of HTML
 * understands in the same way is taken; for the rest these say so.
 */
#include "internal.h"

#include <string.h>

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f';
}

static bool
is_alnum(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

/* ---- character references --------------------------------------------------------------------------- */

/*
 * Is the reference at ref[0..len), which we read as cp, one that HTML 5 reads as the same? Control and
 * noncharacters have rules of their own, two names of HTML 4 have changed, and &#128; to &#159; mean others.
 */
static bool
is_certain(const char *ref, size_t len, uint32_t cp)
{
	size_t i = 2, digits;
	bool hex;

	if (ref[len - 1] != ';' || cp < 0x20 || cp > 0x10FFFF || cp == 0xFFFD ||
	    (cp >= 0x7F && cp < 0xA0) || (cp & 0xFFFE) == 0xFFFE || (cp >= 0xFDD0 && cp <= 0xFDEF))
		return false;
	if (ref[1] != '#')
		return cp != 0x2329 && cp != 0x232A;
	hex = (ref[i] | 32) == 'x';
	for (i += hex; ref[i] == '0'; i++)
		;
	digits = len - 1 - i;
	return cp <= 0xFF || digits > (hex ? 2 : 3);
}

bool
html_simple_decode(struct span s, bool attribute, struct buf *out)
{
	size_t from = 0, len, end;

	for (const char *amp; from < s.n && (amp = memchr(s.p + from, '&', s.n - from)) != NULL;) {
		size_t at = (size_t)(amp - s.p);
		uint32_t cp = entity_read((struct span){ amp, s.n - at }, &len);
		buf_add(out, s.p + from, at - from);
		if (cp != 0) {
			if (!is_certain(amp, len, cp))
				return false;
			utf8_add(out, cp);
			from = at + len;
			continue;
		}
		for (end = at + 1; end < s.n && is_alnum(s.p[end]); end++)
			;
		/* "a & b" and "?a=1&b=2" mean themselves. */
		if (!(end == at + 1 && (end == s.n || is_blank(s.p[end]))) &&
		    !(attribute && end > at + 1 && end < s.n && s.p[end] == '='))
			return false;
		buf_add(out, s.p + at, end - at);
		from = end;
	}
	buf_add(out, s.p + from, s.n - from);
	return true;
}

/* ---- attributes --------------------------------------------------------------------------------------- */

bool
html_simple_next(struct span s, size_t *at, struct span *name, struct span *value)
{
	size_t i = *at, from;

	while (i < s.n && is_blank(s.p[i]))
		i++;
	*at = from = i;
	while (i < s.n && (is_alnum(s.p[i]) || s.p[i] == '-' || s.p[i] == '_' || s.p[i] == ':'))
		i++;
	*name = (struct span){ s.p + from, i - from };
	*value = (struct span){ s.p + i, 0 };
	if (i == from || i == s.n)
		return false;
	if (s.p[i] == '=') {
		char quote = ++i < s.n ? s.p[i] : '>';
		const char *end;
		if (quote == '"' || quote == '\'') {
			end = memchr(s.p + i + 1, quote, s.n - i - 1);
			if (end == NULL)
				return false;
			*value = (struct span){ s.p + i + 1, (size_t)(end - s.p) - i - 1 };
			i = (size_t)(end - s.p) + 1;
		} else {
			for (from = i; i < s.n && !is_blank(s.p[i]) && s.p[i] != '>'; i++)
				if (strchr("\"'`<=&", s.p[i]) != NULL)
					return false;
			*value = (struct span){ s.p + from, i - from };
			if (i == from)
				return false;
		}
	} else if (is_blank(s.p[i])) {
		/* "a = b" is for the tree. */
		for (from = i; from < s.n && is_blank(s.p[from]); from++)
			;
		if (from < s.n && s.p[from] == '=')
			return false;
	}
	if (i == s.n || !(is_blank(s.p[i]) || s.p[i] == '/' || s.p[i] == '>'))
		return false;
	*at = i;
	return true;
}

bool
html_simple_attr(struct span attrs, const char *name, struct buf *out, bool *found)
{
	struct span key, value;
	size_t at = 0;

	*found = false;
	while (!*found && html_simple_next(attrs, &at, &key, &value))
		if (span_ieqs(key, name)) { /* the first of equal names counts */
			*found = true;
			return html_simple_decode(value, true, out);
		}
	return true;
}
