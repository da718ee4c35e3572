/*
 * Around a stop: the word before it and the one after, and the shapes of words by which stop.c judges.
 */
#include "text/sentence.h"

#include <string.h>

static bool
cp_in_word(uint32_t cp)
{
	return cp == '\'' || cp == '.' || cp == '-' || cp == 0x2019 || cp == '_' || cp_is_word(cp);
}

static size_t
trim_word(char *p, size_t n)
{
	while (n > 0 && (p[n - 1] == '.' || p[n - 1] == '\'' || p[n - 1] == '-'))
		n--;
	return n;
}

/* "l'art", "dell'avv": the article before the apostrophe changes nothing. */
static unsigned
elided_flags(const struct stretch *s, const struct around *a)
{
	const char *code = lang_of(s->lang)->code;

	if (strcmp(code, "fr") != 0 && strcmp(code, "it") != 0)
		return 0;
	for (size_t i = a->low_n; i-- > 1;) {
		size_t n = a->low[i] == '\'' ? 1 : 0;

		if (i > 2 && memcmp(a->low + i - 2, "\xE2\x80\x99", 3) == 0)
			n = 1;
		if (n > 0)
			return lang_flags(s->lang, a->low + i + 1, a->low_n - i - 1) &
			       (WORD_TITLE | WORD_NUMBER);
	}
	return 0;
}

/* German streets end in "str." before their number: "Goethestr. 5". */
static unsigned
street_flags(const struct stretch *s, const struct around *a)
{
	return strcmp(lang_of(s->lang)->code, "de") == 0 && a->low_n > 3 &&
		       memcmp(a->low + a->low_n - 3, "str", 3) == 0
		   ? WORD_NUMBER
		   : 0;
}

void
around_before(const struct stretch *s, const char *start, const char *at, struct around *a)
{
	const char *b = at;
	size_t n, cut = 0;

	while (b > start && at - b < WORD_MAX) {
		uint32_t cp = cp_before(start, b, &n);

		if (!cp_in_word(cp) || cp == '_')
			break;
		b -= n;
	}
	a->before = (struct span){ b, (size_t)(at - b) };
	a->low_n = trim_word(a->low, lower_into(a->before, a->low, sizeof(a->low)));
	while (cut < a->low_n && (a->low[cut] == '.' || a->low[cut] == '\'' || a->low[cut] == '-'))
		cut++;
	memmove(a->low, a->low + cut, a->low_n - cut);
	a->low_n -= cut;
	a->flags = lang_flags(s->lang, a->low, a->low_n) | elided_flags(s, a) | street_flags(s, a);
}

/* Dutch sentences may open with half a word, and the capital is on the next: "'s Avonds", "'t Is". */
static const char *
half_word_end(const struct stretch *s, const char *p)
{
	size_t n = 0;

	if (strcmp(lang_of(s->lang)->code, "nl") != 0)
		return p;
	if (s->e - p > 4 && *p == '\'')
		n = 1;
	else if (s->e - p > 6 && memcmp(p, "\xE2\x80\x99", 3) == 0)
		n = 3;
	return n > 0 && p[n] != '\0' && strchr("stnkm", p[n]) != NULL && p[n + 1] == ' ' ? p + n + 2
											 : p;
}

void
around_after(const struct stretch *s, const char *next, struct around *a)
{
	const char *q = half_word_end(s, next), *r;
	size_t n, head;

	a->first = a->second = 0;
	while (q < s->e && cp_opens(cp_at(q, s->e, &n)))
		q += n;
	a->q = q;
	a->next_n = 0;
	a->opener = false;
	if (q >= s->e)
		return;
	a->first = cp_at(q, s->e, &n);
	if (!cp_is_word(a->first))
		return;
	r = q + n;
	a->second = r < s->e ? cp_at(r, s->e, &n) : 0;
	while (r < s->e && r - q < WORD_MAX && cp_in_word(cp_at(r, s->e, &n)))
		r += n;
	a->next_n = trim_word(
	    a->next, lower_into((struct span){ q, (size_t)(r - q) }, a->next, sizeof(a->next)));
	for (head = 0;
	     head < a->next_n && a->next[head] != '\'' && (unsigned char)a->next[head] != 0xE2;
	     head++)
		;
	a->opener = (lang_flags(s->lang, a->next, a->next_n) & WORD_OPENER) ||
		    (head < a->next_n && (lang_flags(s->lang, a->next, head) & WORD_OPENER));
}

bool
listed(const char *list, const char *p, size_t n)
{
	struct span rest = span_of(list), w;

	while (rest.n > 0 && span_cut(&rest, ' ', &w))
		if (w.n == n && memcmp(w.p, p, n) == 0)
			return true;
	return false;
}

bool
is_dotted(struct span w)
{
	const char *e = w.p + w.n;
	size_t run = 0, runs = 1, n;

	for (const char *p = w.p; p < e; p += n) {
		uint32_t cp = cp_at(p, e, &n);

		if (cp == '-' && run == 0 && runs > 1)
			continue; /* "J.-P", "Dipl.-Ing" */
		if (cp == '.') {
			if (run == 0 || run > 4)
				return false;
			run = 0;
			runs++;
		} else if (!cp_is_letter(cp)) {
			return false;
		} else {
			run++;
		}
	}
	return runs > 1 && run > 0 && run < 4;
}

bool
is_initial(struct span w)
{
	size_t n;
	uint32_t cp;

	if (w.n == 0)
		return false;
	cp = cp_at(w.p, w.p + w.n, &n);
	return n == w.n && cp_is_letter(cp) && cp_is_upper(cp);
}

bool
is_time(const char *start, const struct around *a)
{
	const char *p = a->before.p;

	if (a->low_n != 3 || (a->low[0] != 'a' && a->low[0] != 'p') || a->low[1] != '.' ||
	    a->low[2] != 'm')
		return false;
	if (p > start && p[-1] == ' ')
		p--;
	return p > start && p[-1] >= '0' && p[-1] <= '9';
}

bool
is_digits(struct span w, size_t max)
{
	for (size_t i = 0; i < w.n; i++)
		if (w.p[i] < '0' || w.p[i] > '9')
			return false;
	return w.n > 0 && w.n <= max;
}
