/*
 * One writer for each context a stranger's text is put into. Each takes any bytes; what is not UTF-8
 * becomes U+FFFD, and what the context cannot hold at all (NUL and other controls) is dropped or made a
 * blank, so that the output is always sound in its context.
 */
#include "wrap/text.h"

#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *
html_entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

void
escape_html(struct span s, struct buf *out)
{
	for (size_t i = 0, len; i < s.n; i += len) {
		uint32_t cp = utf8_decode(s.p + i, s.n - i, &len);
		const char *entity = cp < 0x80 ? html_entity(s.p[i]) : NULL;

		if (entity != NULL)
			buf_adds(out, entity);
		else if (utf8_is_noncharacter(cp))
			utf8_add(out, 0xFFFD);
		else if (cp == '\n' || cp == '\t' ||
			 (cp >= 0x20 && cp != 0x7F && !(cp >= 0x80 && cp < 0xA0)))
			utf8_add(out, cp);
	}
}

/* May what comes next open a block: is there nothing on its line yet but blanks and what may stand before one? */
static bool
is_line_start(const struct buf *out)
{
	size_t i = out->n;

	while (i > 0 && out->p[i - 1] != '\n')
		if (strchr(" \t>*+-.)0123456789", out->p[--i]) == NULL)
			return false;
	return true;
}

/*
 * Would a reader of CommonMark take the byte at i for markup? opens: s may stand at the start of a line; first:
 * nothing of s but blanks is before i.
 */
static bool
is_markup(struct span s, size_t i, bool opens, bool first)
{
	char c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : '\0';
	bool last = i + 1 == s.n;
	size_t k;

	switch (c) {
	case '\\':
	case '`':
	case '*':
	case '[':
	case ']':
	case '<': return true;
	case '_': /* inside a word it is no emphasis (CommonMark 6.2) */
		return i == 0 || last || !is_alnum(s.p[i - 1]) || !is_alnum(next);
	case '&': return last || next == '#' || is_alnum(next);
	case '!': return last || next == '[';
	case '>':
	case '~':
	case '-':
	case '+':
	case '=':
	case '|': return opens && first;
	case '#': /* opens a heading, or closes one at the end of its line */
		for (k = i; k < s.n && strchr("# \t\r\n", s.p[k]) != NULL; k++)
			;
		return (opens && first) || k == s.n;
	case '.':
	case ')': /* after up to nine digits at the start it makes an ordered list */
		for (k = 0; k < i && (is_digit(s.p[k]) || (k == 0 && s.p[k] == ' ')); k++)
			;
		return opens && k == i && i > 0 && is_digit(s.p[i - 1]);
	default: return false;
	}
}

void
escape_markdown(struct span s, struct buf *out)
{
	bool opens = is_line_start(out), first = true, blank = false;

	s.n = s.p == NULL ? 0 : s.n;
	for (size_t i = 0, len; i < s.n; i += len) {
		uint32_t cp = utf8_decode(s.p + i, s.n - i, &len);

		if (cp <= 0x20 || cp == 0x7F) {
			if (!blank)
				buf_addc(out, ' ');
			blank = true;
			continue;
		}
		if (cp < 0x80 && is_markup(s, i, opens, first))
			buf_addc(out, '\\');
		utf8_add(out, utf8_is_noncharacter(cp) ? 0xFFFD : cp);
		first = blank = false;
	}
}

static void
percent(unsigned char c, struct buf *out)
{
	static const char hex[] = "0123456789ABCDEF";
	char t[3] = { '%', hex[c >> 4], hex[c & 15] };

	buf_add(out, t, 3);
}

/* "&copy;" in a link target is read as an entity; a lone & is not. */
static bool
is_entity(struct span s, size_t i)
{
	size_t k = i + 1;

	if (s.p[i] != '&')
		return false;
	while (k < s.n && (is_alnum(s.p[k]) || s.p[k] == '#'))
		k++;
	return k > i + 1 && k < s.n && s.p[k] == ';';
}

void
escape_markdown_url(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= 0x20 || c == 0x7F || strchr("()<>\\`", (char)c) != NULL)
			percent(c, out);
		else if (is_entity(s, i))
			buf_adds(out, "&amp;");
		else
			buf_addc(out, (char)c);
	}
}

void
escape_url(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
			buf_addc(out, c);
		else
			percent((unsigned char)c, out);
	}
}

/* The scheme before the first ':', or empty for a relative reference (RFC 3986 4.2). */
static struct span
url_scheme(struct span url)
{
	for (size_t i = 0; i < url.n; i++) {
		if (url.p[i] == ':')
			return (struct span){ url.p, i };
		if (strchr("/?#", url.p[i]) != NULL)
			break;
	}
	return (struct span){ 0 };
}

bool
url_is_safe(struct span url)
{
	struct span scheme = url_scheme(url);

	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= 0x20 || url.p[i] == 0x7F)
			return false;
	return url.n > 0 &&
	       (scheme.n == 0 ? url.p[0] != ':'
			      : span_ieqs(scheme, "http") || span_ieqs(scheme, "https") ||
				    span_ieqs(scheme, "mailto"));
}
