/*
 * What clings to a stop and goes with the sentence before it: closing marks, footnote numbers, smileys and pictures.
 */
#include "text/sentence.h"

#include <string.h>

/* "[12]", "[a]", "[…]": a footnote mark or an omission. */
static const char *
footnote_end(const char *p, const char *e)
{
	const char *q = p + 1;

	if (p >= e || *p != '[')
		return NULL;
	if (q < e && (*q == '.' || (e - q > 2 && memcmp(q, "\xE2\x80\xA6", 3) == 0)))
		for (; q < e && (*q == '.' || (unsigned char)*q >= 0x80); q++)
			;
	else
		for (; q < e && q - p < 4 && *q >= '0' && *q <= '9'; q++)
			;
	return q > p + 1 && q < e && *q == ']' ? q + 1 : NULL;
}

/* ":)" and its kin belong to the sentence before. */
static const char *
smiley_end(const char *p, const char *e)
{
	const char *q = p + 1;

	if (e - p < 2 || (*p != ':' && *p != ';'))
		return NULL;
	if (*q == '-')
		q++;
	while (q < e && (*q == ')' || *q == '(' || *q == 'D' || *q == 'P'))
		q++;
	return q > p + 1 + (p[1] == '-') && (q == e || *q == ' ' || *q == '\n') ? q : NULL;
}

/* Is the mark at p, parted by a blank from the stop, the close of a pair that was open? */
static bool
closes_pair(const struct stretch *s, const char *stop, const char *p)
{
	for (size_t i = 0; i < s->n_pairs && s->pairs[i].open < stop; i++)
		if (s->pairs[i].close == p)
			return *p == '"' || (unsigned char)*p >= 0x80;
	return false;
}

/* Is it the mark that opens a quotation in English and closes one that began low, as in German? */
static bool
closes_low(const struct stretch *s, const char *stop, const char *p)
{
	size_t n;
	uint32_t cp = cp_at(p, s->e, &n);

	if (cp != 0x201C && cp != 0x2018)
		return false;
	for (const char *b = stop; b > s->b; b -= n) {
		uint32_t before = cp_before(s->b, b, &n);

		if (before == cp || before == 0x0A)
			return false;
		if (before == (cp == 0x201C ? 0x201E : 0x201A))
			return true;
	}
	return false;
}

/* An emoji, and what may follow one inside a picture: joiners, skin tones, variation selectors. */
static bool
cp_is_emoji(uint32_t cp, bool inside)
{
	return (cp >= 0x1F300 && cp <= 0x1FAFF) || (cp >= 0x1F1E6 && cp <= 0x1F1FF) ||
	       (cp >= 0x2600 && cp <= 0x27BF) || cp == 0x2B50 || cp == 0x2B55 ||
	       (inside && (cp == 0x200D || cp == 0xFE0F || cp == 0x20E3));
}

/* "Great news! (party popper) More soon.": pictures between two sentences go with the first, as smileys do. */
static const char *
emoji_end(const char *p, const char *e)
{
	const char *q = p;
	size_t n;

	while (q < e && cp_is_emoji(cp_at(q, e, &n), q > p))
		q += n;
	return q > p && (q == e || cp_is_space(cp_at(q, e, &n))) ? q : NULL;
}

void
stop_read(const struct stretch *s, const char *p, enum stop_kind kind, size_t n, struct stop *out)
{
	const char *k = p + n, *q;
	size_t len;

	*out = (struct stop){ .at = p, .kind = kind };
	while ((q = footnote_end(k, s->e)) != NULL)
		k = q;
	while (k < s->e && (cp_closes(cp_at(k, s->e, &len)) || closes_low(s, p, k))) {
		k += len;
		out->closed = true;
	}
	while ((q = footnote_end(k, s->e)) != NULL)
		k = q;
	q = skip_space(k, s->e);
	if (q > k && q < s->e) {
		const char *f = q;

		if (closes_pair(s, p, q)) {
			(void)cp_at(q, s->e, &len);
			k = q + len;
			out->closed = true;
		} else {
			while ((f = footnote_end(f, s->e)) != NULL)
				k = f;
			if ((f = smiley_end(q, s->e)) != NULL || (f = emoji_end(q, s->e)) != NULL)
				k = f;
		}
	}
	out->end = k;
	out->next = skip_space(k, s->e);
}
