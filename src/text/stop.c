/*
 * Stops: where one may stand, and whether it ends a sentence (cling.c: what belongs to one). The rules in their
 * order are in stop_ends; each answers for one kind of text that parted wrongly: names with initials,
 * abbreviations, times of day, ordinals, list markers, domain names and versions, speech.
 */
#include "text/sentence.h"

#include <string.h>

/* ---- characters ---- */

bool
cp_closes(uint32_t cp)
{
	switch (cp) {
	case '"':
	case '\'':
	case ')':
	case ']':
	case '}':
	case '*':
	case '_':
	case 0x201D:
	case 0x2019:
	case 0xBB:
	case 0x203A:
	case 0x300D:
	case 0x300F:
	case 0xFF09:
	case 0x3011:
	case 0x3015: return true;
	}
	return false;
}

bool
cp_opens(uint32_t cp)
{
	switch (cp) {
	case '"':
	case '\'':
	case '(':
	case '[':
	case '{':
	case '*':
	case '_':
	case 0x201C:
	case 0x2018:
	case 0xAB:
	case 0x2039:
	case 0x300C:
	case 0x300E:
	case 0x3010:
	case 0xBF:
	case 0xA1:
	case 0x201E:
	case 0x201A: return true;
	}
	return false;
}

static bool
cp_is_wide_stop(uint32_t cp)
{
	return cp == 0x3002 || cp == 0xFF01 || cp == 0xFF1F || cp == 0xFF61 || cp == 0xFF0E;
}

/* Arabic, Devanagari, Armenian, Ethiopic, Urdu, Khmer stops. */
static bool
cp_is_other_stop(uint32_t cp)
{
	return cp == 0x61F || cp == 0x964 || cp == 0x965 || cp == 0x589 || cp == 0x1362 ||
	       cp == 0x1367 || cp == 0x1368 || cp == 0x6D4 || cp == 0x17D4;
}

static bool
cp_is_mark(uint32_t cp)
{
	return cp == '!' || cp == '?' || cp == 0x203D || cp == 0x203C ||
	       (cp >= 0x2047 && cp <= 0x2049);
}

bool
stop_kind_at(const struct stretch *s, const char *p, enum stop_kind *kind, size_t *n)
{
	uint32_t cp = cp_at(p, s->e, n), c2;
	const char *q = p + *n;
	bool mark = cp_is_mark(cp);
	size_t dots = cp == '.' ? 1 : cp == 0x2026 ? 3 : 0, len;

	if (cp == ':') {
		/* Armenian texts write their full stop as a colon; Arabic ones part headings with it. */
		const char *code = lang_of(s->lang)->code;

		*kind = STOP_OTHER;
		return (strcmp(code, "hy") == 0 || strcmp(code, "ar") == 0) &&
		       (q == s->e || *q == ' ');
	}
	if (cp_is_wide_stop(cp) || cp_is_other_stop(cp)) {
		*kind = cp_is_wide_stop(cp) ? STOP_WIDE : STOP_OTHER;
		for (; q < s->e &&
		       (c2 = cp_at(q, s->e, &len), cp_is_wide_stop(c2) || cp_is_other_stop(c2));
		     q += len)
			;
		*n = (size_t)(q - p);
		return true;
	}
	if (!mark && dots == 0)
		return false;
	for (; q < s->e; q += len) {
		c2 = cp_at(q, s->e, &len);
		if (cp_is_mark(c2))
			mark = true;
		else if (c2 == '.' || c2 == 0x2026)
			dots += c2 == '.' ? 1 : 3;
		else
			break;
	}
	*n = (size_t)(q - p);
	*kind = mark ? STOP_MARK : dots > 1 ? STOP_ELLIPSIS : STOP_DOT;
	return true;
}

/*
 * ". . ." with blanks between: an omission. Standing alone it ends nothing, with a fourth stop it ends the sentence; stuck
 * to a word its first stop ends the sentence when a capital follows the others. 1 ends, 0 goes on, -1 is no such thing.
 */
static int
spaced_dots(const struct stretch *s, const struct stop *t)
{
	const char *b = t->at, *e = t->at + 1;
	size_t run = 1, n;
	bool capital, word;

	while (b - 2 >= s->b && b[-1] == ' ' && b[-2] == '.') {
		b -= 2;
		run++;
	}
	while (e + 1 < s->e && e[0] == ' ' && e[1] == '.') {
		e += 2;
		run++;
	}
	if (run < 3)
		return -1;
	word = b > s->b && b[-1] != ' ';
	e = skip_space(e, s->e);
	capital = e < s->e && cp_is_upper(cp_at(e, s->e, &n));
	if (!capital)
		return 0;
	if (word)
		return b == t->at;
	return run > 3 && t->next == e;
}

/* Is the next word a Roman numeral of two digits or more, or one that is no word: "sec. XIX", "art. V"? */
static bool
is_roman(const struct around *a)
{
	size_t i = 0;

	while (i < a->next_n && strchr("IVXLCM", a->q[i]) != NULL && a->q[i] != '\0')
		i++;
	return i == a->next_n && (i > 1 || (i == 1 && strchr("VX", a->q[0]) != NULL));
}

static bool
is_letter_dot(const char *p, const char *e)
{
	size_t n;

	return p < e && cp_is_letter(cp_at(p, e, &n)) && p + n < e && p[n] == '.';
}

/*
 * "i. A. Schulz", "Dr. h. c. Meier", "am 5. a. M.": letters with a stop each that blanks part are one abbreviation,
 * and it goes on but for a usual opener. One in lower case is needed: "J. R. Jones" are initials.
 */
static bool
is_spaced(const struct stretch *s, const char *start, const struct stop *t, const struct around *a)
{
	const char *b = a->before.p, *before = back_space(start, b);
	size_t n;

	if (a->before.n == 0 || !is_letter_dot(b, s->e) || t->closed)
		return false;
	(void)cp_at(b, s->e, &n);
	if (n != a->before.n)
		return false;
	if (cp_is_lower(cp_at(b, s->e, &n)) && t->next < s->e && is_letter_dot(t->next, s->e))
		return true;
	if (before - start < 2 || before == b || before[-1] != '.')
		return false;
	(void)cp_before(start, before - 1, &n);
	before -= 1 + n;
	return cp_is_lower(cp_at(before, s->e, &n)) &&
	       (before == start || cp_is_space(cp_before(start, before, &n))) && !a->opener;
}

/* The rules for one full stop. True: a sentence may end here. */
static bool
dot_ends(const struct stretch *s, const char *start, const struct stop *t, const struct around *a)
{
	const struct lang_table *tab = lang_of(s->lang);
	bool upper = cp_is_upper(a->first), digit = cp_is_digit(a->first);
	struct span w = a->before;
	const char *b = skip_space(start, w.p);

	if (t->closed)
		return true;
	if (w.n == 0 && t->at > start && t->at[-1] == ' ')
		return t->at - 1 > start && t->next < s->e && *t->next != '.'; /* a lone dot */
	/* "1. First item": a marker is no sentence. */
	if (b == w.p && (is_digits(w, 3) || (w.n == 1 && a->low_n == 1) ||
			    listed("ii iii iv vi", a->low, a->low_n)))
		return false;
	if ((a->flags & WORD_NUMBER) &&
	    (digit || a->first == '#' || a->first == 0x2116 || is_roman(a)))
		return false;
	if ((a->flags & WORD_TITLE) && (upper || digit) && !((a->flags & WORD_MAYBE) && a->opener))
		return false;
	if (is_spaced(s, start, t, a))
		return false;
	if (is_initial(w))
		return a->opener;
	if (is_dotted(w)) {
		if (is_time(start, a))
			return !digit &&
			       !(upper && listed("mr mrs ms dr est edt cst cdt mst mdt pst pdt gmt "
						 "utc cet cest eastern pacific central "
						 "mountain monday tuesday wednesday "
						 "thursday friday saturday sunday",
					      a->next, a->next_n));
		return !digit && a->opener;
	}
	if ((a->flags & WORD_MAYBE) && !a->opener)
		return false;
	if (tab->ordinals && !a->opener && cp_is_letter(a->first)) {
		size_t k = 0;

		while (k < w.n && w.p[w.n - 1 - k] >= '0' && w.p[w.n - 1 - k] <= '9')
			k++;
		if (k > 0 && k < 3 && k == w.n)
			return false;
	}
	/* Cyrillic texts shorten to one letter at will: "1990 г. в", "им. А. С." */
	return !(strcmp(tab->code, "ru") == 0 && a->low_n == 2 && (unsigned char)a->low[0] >= 0xD0);
}

/* "« Tu viens ? demanda-t-il. »": inside of a quotation small letters say who speaks. */
static bool
is_spoken(const struct stretch *s, const struct stop *t)
{
	for (size_t i = 0; i < s->n_pairs && s->pairs[i].open < t->at; i++)
		if (s->pairs[i].close > t->at && strchr("([", *s->pairs[i].open) == NULL)
			return true;
	return false;
}

bool
stop_ends(const struct stretch *s, const char *start, const struct stop *t)
{
	struct around a;
	size_t n;
	const char *m;
	int value;

	if (t->kind == STOP_WIDE || t->kind == STOP_OTHER)
		return t->next > t->end || t->kind == STOP_WIDE ||
		       lang_of(s->lang)->code[0] == '\0';
	if (t->next == t->end && !stop_is_glued(s, t))
		return false;
	if (t->at > s->b && t->at[-1] == ':') /* "Direct:? 203": a character that was lost */
		return false;
	around_after(s, t->next, &a);
	around_before(s, start, t->at, &a);
	if (cp_is_lower(a.first) && !cp_is_upper(a.second)) {
		if (t->kind != STOP_MARK || t->closed)
			return false;
		if (s->english ? !(*t->at == '?' && a.opener) : is_spoken(s, t))
			return false;
	}
	m = marker_read(skip_space(start, t->end), s->e, &value);
	if (m != NULL && m >= t->end)
		return false;
	if (t->kind == STOP_DOT) {
		int dots = spaced_dots(s, t);

		return dots >= 0 ? dots == 1 : dot_ends(s, start, t, &a);
	}
	/* A name with a mark in it: "Yahoo! Inc." */
	if (t->kind == STOP_MARK && !t->closed &&
	    listed("inc ltd llc corp plc gmbh ag co", a.next, a.next_n))
		return false;
	if (t->kind == STOP_ELLIPSIS) {
		if (t->at > s->b && (t->at[-1] == '[' || t->at[-1] == '('))
			return false;
		return !cp_is_letter(a.first) || cp_is_upper(a.first) || !cp_is_lower(a.first);
	}
	/* "- said he" after speech in Slavic and Romance texts: a dash goes on in lower case. */
	if (t->next < s->e && (*t->next == '-' || cp_at(t->next, s->e, &n) == 0x2013 ||
				  cp_at(t->next, s->e, &n) == 0x2014)) {
		(void)cp_at(t->next, s->e, &n);
		m = skip_space(t->next + n, s->e);
		return !(m > t->next + n && m < s->e && cp_is_lower(cp_at(m, s->e, &n)));
	}
	return true;
}

const char *
marker_read(const char *p, const char *e, int *value)
{
	const char *d;
	bool paren, bullet = true;

	if (e - p > 3 && (memcmp(p, "\xE2\x80\xA2", 3) == 0 || memcmp(p, "\xE2\x81\x83", 3) == 0))
		p += 3;
	else if (e - p > 2 && (*p == '*' || *p == '-'))
		p++;
	else
		bullet = false;
	if (bullet && p < e && *p == ' ')
		p++;
	paren = p < e && *p == '(';
	d = p += paren;
	for (*value = 0; p < e && p - d < 2 && *p >= '0' && *p <= '9'; p++)
		*value = *value * 10 + (*p - '0');
	if (p == d && p < e && *p >= 'a' && *p <= 'z')
		*value = 1000 + *p++;
	if (p == d || p >= e)
		return NULL;
	if (*p == '.' && e - p > 1 && p[1] == ')')
		p += 2;
	else if (*p == ')' || (*p == '.' && !paren))
		p++;
	else
		return NULL;
	return p < e && (*p == ' ' || *p == '\n' || *p == '\t') && skip_space(p, e) < e ? p : NULL;
}
