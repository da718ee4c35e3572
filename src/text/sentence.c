/*
 * Sentences, by rules of our own: one pass over the candidate stops of each paragraph, then a decision from what
 * stands around each (stop.c). Paragraphs end at an empty line, a form feed, before a bullet or a numbered item
 * on a line of its own; a run of "1. one 2. two" is parted before its markers. A parenthesis stays whole, a
 * quotation when the text that follows it goes on in lower case. No training and no data but the word tables.
 */
#include "text/sentence.h"

#include <stdlib.h>
#include <string.h>

#define KEEP_MAX 250 /* bytes of a parenthesis or quotation that stays whole */
#define PAIR_DEPTH 32
#define PAIRS_MAX 4096 /* in one paragraph; more is no prose */

const char *
skip_space(const char *p, const char *e)
{
	size_t n;

	while (p < e && cp_is_space(cp_at(p, e, &n)))
		p += n;
	return p;
}

const char *
back_space(const char *b, const char *p)
{
	size_t n;

	while (p > b && cp_is_space(cp_before(b, p, &n)))
		p -= n;
	return p;
}

void
sentences_clear(struct sentences *s)
{
	free(s->v);
	*s = (struct sentences){ 0 };
}

static enum wrap_rc
sentence_add(
    struct sentences *out, const char *b, const char *e, uint32_t paragraph, struct wrap_err *err)
{
	b = skip_space(b, e);
	e = back_space(b, e);
	if (b >= e)
		return WRAP_OK;
	if (out->n == out->size) {
		size_t size = out->size ? out->size * 2 : 64;
		struct sentence *v = realloc(out->v, size * sizeof(*v));

		if (v == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "no memory for sentences");
		out->v = v;
		out->size = size;
	}
	out->v[out->n++] =
	    (struct sentence){ .text = { b, (size_t)(e - b) }, .paragraph = paragraph };
	return WRAP_OK;
}

/* ---- brackets and quotation marks ---- */

/* The mark that closes cp, 0 when cp opens nothing. */
static uint32_t
pair_close(uint32_t cp)
{
	switch (cp) {
	case '(': return ')';
	case '[': return ']';
	case 0x201C: return 0x201D;
	case 0x201E: return 0x201C;
	case 0xAB: return 0xBB;
	case 0x300C: return 0x300D;
	case 0x300E: return 0x300F;
	case 0xFF08: return 0xFF09;
	}
	return 0;
}

static bool
pair_add(struct stretch *s, const char *open, const char *close)
{
	if (s->n_pairs == s->size_pairs) {
		size_t size = s->size_pairs ? s->size_pairs * 2 : 32;
		struct quote_pair *v = realloc(s->pairs, size * sizeof(*v));

		if (v == NULL)
			return false;
		s->pairs = v;
		s->size_pairs = size;
	}
	s->pairs[s->n_pairs++] = (struct quote_pair){ .open = open, .close = close };
	return true;
}

/* Whether the pair stays whole: short, and a bracket, or followed by text in lower case. */
static bool
pair_keeps(const struct stretch *s, const struct quote_pair *q)
{
	const char *p = q->close;
	size_t n;
	uint32_t cp = cp_at(q->open, s->e, &n);

	if (q->close - q->open > KEEP_MAX)
		return false;
	if (cp == '(' || cp == '[' || cp == 0xFF08)
		return true;
	(void)cp_at(p, s->e, &n);
	p += n;
	for (int i = 0; i < 3 && p < s->e; i++, p += n) {
		cp = cp_at(p, s->e, &n);
		if (cp_is_lower(cp))
			return true;
		if (cp != ',' && !cp_is_space(cp))
			return false;
	}
	return false;
}

static int
pair_cmp(const void *a, const void *b)
{
	const struct quote_pair *x = a, *y = b;

	return (x->open > y->open) - (x->open < y->open);
}

/* Straight double quotes pair in turn when their number is even; an odd one out tells us nothing. */
static bool
pairs_straight(struct stretch *s)
{
	const char *open = NULL;
	size_t n = 0;

	for (const char *p = s->b; (p = memchr(p, '"', (size_t)(s->e - p))) != NULL; p++)
		n++;
	if (n % 2 != 0 || n > PAIRS_MAX)
		return true;
	for (const char *p = s->b; (p = memchr(p, '"', (size_t)(s->e - p))) != NULL; p++) {
		if (open != NULL && !pair_add(s, open, p))
			return false;
		open = open == NULL ? p : NULL;
	}
	return true;
}

static bool
pairs_find(struct stretch *s)
{
	struct {
		const char *at;
		uint32_t close;
	} stack[PAIR_DEPTH];
	size_t depth = 0, n;

	s->n_pairs = 0;
	if (!pairs_straight(s))
		return false;
	for (const char *p = s->b; p < s->e; p += n) {
		unsigned char c = (unsigned char)*p;
		uint32_t cp, close;

		n = 1;
		if (c < 0x80 ? c != '(' && c != ')' && c != '[' && c != ']'
			     : c != 0xC2 && c != 0xE2 && c != 0xE3 && c != 0xEF)
			continue;
		cp = cp_at(p, s->e, &n);
		if (depth > 0 && cp == stack[depth - 1].close) {
			depth--;
			if (s->n_pairs < PAIRS_MAX && !pair_add(s, stack[depth].at, p))
				return false;
		} else if ((close = pair_close(cp)) != 0 && depth < PAIR_DEPTH) {
			stack[depth].at = p;
			stack[depth++].close = close;
		}
	}
	if (s->n_pairs > 1)
		qsort(s->pairs, s->n_pairs, sizeof(*s->pairs), pair_cmp);
	for (size_t i = 0; i < s->n_pairs; i++)
		s->pairs[i].keep = pair_keeps(s, &s->pairs[i]);
	return true;
}

/* ---- from stretch to sentences ---- */

/* Bytes at which a stop may begin. Continuation bytes never do, so a byte table is enough. */
static inline bool
byte_may_stop(unsigned char c)
{
	if (c < 0x80)
		return c == '.' || c == '!' || c == '?' || c == ':';
	return c == 0xD6 || c == 0xD8 || c == 0xDB || c == 0xE0 || c == 0xE1 || c == 0xE2 ||
	       c == 0xE3 || c == 0xEF;
}

static enum wrap_rc
stretch_split(struct stretch *s, uint32_t paragraph, struct sentences *out, struct wrap_err *err)
{
	const char *start = s->b, *hold = NULL;
	size_t pair = 0, n;
	enum stop_kind kind;
	struct stop t;

	if (!pairs_find(s))
		return wrap_fail(err, WRAP_ENOMEM, "no memory for sentences");
	for (const char *p = s->b; p < s->e;) {
		if (!byte_may_stop((unsigned char)*p) || !stop_kind_at(s, p, &kind, &n)) {
			p++;
			continue;
		}
		for (; pair < s->n_pairs && s->pairs[pair].open < p; pair++)
			if (s->pairs[pair].keep && (hold == NULL || s->pairs[pair].close > hold))
				hold = s->pairs[pair].close;
		stop_read(s, p, kind, n, &t);
		if (t.next >= s->e)
			break;
		p = p + n;
		if (hold != NULL && t.at < hold && t.end <= hold && kind != STOP_WIDE)
			continue;
		if (!stop_ends(s, start, &t))
			continue;
		if (sentence_add(out, start, t.end, paragraph, err) != WRAP_OK)
			return WRAP_ENOMEM;
		start = t.next;
		if (p < t.next)
			p = t.next;
	}
	return sentence_add(out, start, s->e, paragraph, err);
}

/* A paragraph that opens with a list marker is parted where the next markers of its sequence follow. */
static enum wrap_rc
paragraph_split(struct stretch *s, const char *b, const char *e, uint32_t paragraph,
    struct sentences *out, struct wrap_err *err)
{
	int value, next;
	const char *q = marker_read(b, e, &value);

	s->b = b;
	for (const char *p = q; p != NULL && p < e; p++) {
		if (*p != ' ' && *p != '\n')
			continue;
		q = skip_space(p, e);
		if (marker_read(q, e, &next) == NULL || next != value + 1)
			continue;
		s->e = p;
		if (stretch_split(s, paragraph, out, err) != WRAP_OK)
			return WRAP_ENOMEM;
		s->b = q;
		p = q;
		value = next;
	}
	s->e = e;
	return stretch_split(s, paragraph, out, err);
}

/* Does the line that begins at p open a paragraph of its own: empty, a bullet, a numbered item? */
static bool
line_parts(const char *p, const char *e)
{
	int value;

	while (p < e && (*p == ' ' || *p == '\t'))
		p++;
	if (p == e || *p == '\n' || *p == '\r')
		return true;
	if (e - p > 1 && (*p == '-' || *p == '*') && (p[1] == ' ' || p[1] == '\t'))
		return true;
	if (e - p > 3 && memcmp(p, "\xE2\x80\xA2", 3) == 0)
		return true;
	return marker_read(p, e, &value) != NULL;
}

/* The end of the paragraph that begins at p. */
static const char *
paragraph_end(const char *p, const char *e)
{
	for (; p < e; p++) {
		if ((unsigned char)*p >= 0x20)
			continue;
		if (*p == '\f' || *p == '\v')
			return p;
		if (*p == '\r' && (p + 1 == e || p[1] != '\n'))
			return p;
		if (*p == '\n' && line_parts(p + 1, e))
			return p;
	}
	return e;
}

enum wrap_rc
sentences_split(struct words *w, const char *lang, struct span text, struct sentences *out,
    struct wrap_err *err)
{
	const char *p = text.p, *e = text.p + text.n;
	const struct lang *l = words_lang(w, lang);
	struct stretch s = { .lang = l };
	enum wrap_rc rc = WRAP_OK;

	if (l == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for a language");
	s.english = lang_of(l) == &lang_en;
	for (uint32_t paragraph = 0; p < e && rc == WRAP_OK; paragraph++) {
		const char *end;

		p = skip_space(p, e);
		end = paragraph_end(p, e);
		if (p < end)
			rc = paragraph_split(&s, p, end, paragraph, out, err);
		p = end;
	}
	free(s.pairs);
	return rc;
}
