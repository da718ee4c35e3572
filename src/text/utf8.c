/*
 * UTF-8: decoding that cannot fail, display width (UAX 11, by libunistring) and the one-line form in
 * which a stranger's title or name may be shown. Bad bytes become U+FFFD, one for each maximal
 * subpart, as Unicode 3.9 recommends and browsers do.
 */
#include "wrap/text.h"

#include <string.h>
#include <unictype.h>
#include <uniwidth.h>

#define REPLACEMENT 0xFFFDu

static bool
is_tail(char c)
{
	return ((unsigned char)c & 0xC0u) == 0x80u;
}

uint32_t
utf8_decode(const char *p, size_t n, size_t *len)
{
	unsigned char c = (unsigned char)p[0];
	size_t want;
	uint32_t cp, least;

	*len = 1;
	if (c < 0x80)
		return c;
	if (c < 0xC2 || c > 0xF4)
		return REPLACEMENT;
	want = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	cp = c & (0xFFu >> (want + 1));
	least = want == 2 ? 0x80 : want == 3 ? 0x800 : 0x10000;
	/* The second byte decides over-long forms, surrogates and what lies past U+10FFFF (Unicode table 3-7). */
	if (n < 2 || !is_tail(p[1]))
		return REPLACEMENT;
	if ((c == 0xE0 && (unsigned char)p[1] < 0xA0) ||
	    (c == 0xED && (unsigned char)p[1] > 0x9F) ||
	    (c == 0xF0 && (unsigned char)p[1] < 0x90) || (c == 0xF4 && (unsigned char)p[1] > 0x8F))
		return REPLACEMENT;
	for (size_t i = 1; i < want; i++) {
		if (i >= n || !is_tail(p[i])) {
			*len = i;
			return REPLACEMENT;
		}
		cp = (cp << 6) | ((unsigned char)p[i] & 0x3Fu);
	}
	*len = want;
	return cp >= least ? cp : REPLACEMENT;
}

void
utf8_add(struct buf *b, uint32_t cp)
{
	char t[4];
	size_t n = 0;

	if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		cp = REPLACEMENT;
	if (cp < 0x80) {
		t[n++] = (char)cp;
	} else if (cp < 0x800) {
		t[n++] = (char)(0xC0 | (cp >> 6));
		t[n++] = (char)(0x80 | (cp & 0x3F));
	} else if (cp < 0x10000) {
		t[n++] = (char)(0xE0 | (cp >> 12));
		t[n++] = (char)(0x80 | ((cp >> 6) & 0x3F));
		t[n++] = (char)(0x80 | (cp & 0x3F));
	} else {
		t[n++] = (char)(0xF0 | (cp >> 18));
		t[n++] = (char)(0x80 | ((cp >> 12) & 0x3F));
		t[n++] = (char)(0x80 | ((cp >> 6) & 0x3F));
		t[n++] = (char)(0x80 | (cp & 0x3F));
	}
	buf_add(b, t, n);
}

/* A real U+FFFD in the text is three bytes long; a bad byte is shorter or does not spell it. */
static bool
is_real(uint32_t cp, const char *p, size_t len)
{
	return cp != REPLACEMENT ||
	       (len == 3 && p[0] == '\xEF' && p[1] == '\xBF' && p[2] == '\xBD');
}

/* The next byte at or after s.p[i] that is no ASCII; whole words of them are passed at a step. */
static size_t
skip_ascii(struct span s, size_t i)
{
	uint64_t word;

	for (; i + sizeof(word) <= s.n; i += sizeof(word)) {
		memcpy(&word, s.p + i, sizeof(word));
		if ((word & 0x8080808080808080u) != 0)
			break;
	}
	while (i < s.n && (s.p[i] & 0x80) == 0)
		i++;
	return i;
}

bool
utf8_valid(struct span s)
{
	size_t len;

	for (size_t i = skip_ascii(s, 0); i < s.n; i = skip_ascii(s, i + len)) {
		uint32_t cp = utf8_decode(s.p + i, s.n - i, &len);

		if (!is_real(cp, s.p + i, len))
			return false;
	}
	return true;
}

int
utf8_width(uint32_t cp)
{
	int w;

	if (cp < 0x7F)
		return cp >= 0x20 ? 1 : 0;
	w = uc_width(cp, "UTF-8");
	return w < 0 ? 0 : w;
}

size_t
utf8_columns(struct span s)
{
	size_t columns = 0;

	for (size_t i = 0, len; i < s.n; i += len)
		columns += (size_t)utf8_width(utf8_decode(s.p + i, s.n - i, &len));
	return columns;
}

bool
utf8_is_noncharacter(uint32_t cp)
{
	return (cp & 0xFFFE) == 0xFFFE || (cp >= 0xFDD0 && cp <= 0xFDEF);
}

bool
utf8_is_reordering(uint32_t cp)
{
	return (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x206F);
}

/* Invisible, and able to reorder or split the text around it: dropped from a title. ZWNJ, ZWJ and the plain
   direction marks stay: Persian, Indic scripts, emoji and Hebrew beside Latin need them. */
static bool
is_dropped(uint32_t cp)
{
	return cp == 0xAD || cp == 0x180E || cp == 0x200B || utf8_is_reordering(cp) ||
	       (cp >= 0x2060 && cp <= 0x2065) || cp == 0xFEFF || (cp >= 0xFFF9 && cp <= 0xFFFB) ||
	       cp == 0xE0001;
}

/* Emoji tags spell a flag after U+1F3F4 and nothing else; elsewhere they are text nobody sees. */
static bool
is_tag(uint32_t cp)
{
	return cp >= 0xE0020 && cp <= 0xE007F;
}

bool
utf8_is_mark(uint32_t cp)
{
	return cp >= 0x300 && uc_is_general_category(cp, UC_NON_SPACING_MARK);
}

static bool
is_space(uint32_t cp)
{
	return cp <= 0x20 || (cp >= 0x7F && cp <= 0xA0) ||
	       (cp >= 0x1680 && uc_is_property_white_space(cp));
}

/* A lone no-break or ideographic blank is typography; with others it is just room. */
static bool
keeps_form(uint32_t cp)
{
	return cp == 0xA0 || cp == 0x202F || cp == 0x2009 || cp == 0x3000;
}

void
utf8_line(struct span s, struct buf *out)
{
	size_t start = out->n, marks = 0;
	uint32_t room = 0; /* the blank that waits for the next letter */
	bool flag = false;

	for (size_t i = 0, len; i < s.n; i += len) {
		uint32_t cp = utf8_decode(s.p + i, s.n - i, &len);

		if (is_space(cp)) {
			room = room == 0 && keeps_form(cp) ? cp : ' ';
			continue;
		}
		if (is_dropped(cp) || (is_tag(cp) && !flag))
			continue;
		if (utf8_is_noncharacter(cp))
			cp = REPLACEMENT;
		marks = utf8_is_mark(cp) ? marks + 1 : 0;
		if (marks > UTF8_MARKS_MAX)
			continue;
		flag = cp == 0x1F3F4 || (flag && is_tag(cp));
		if (room != 0 && out->n > start)
			utf8_add(out, room);
		room = 0;
		utf8_add(out, cp);
	}
}
