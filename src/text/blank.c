/*
 * Blanks: words as an editor counts them, and texts folded to one line.
 */
#include "text/lang.h"

bool
text_is_capital(struct span word)
{
	size_t n;

	return word.n > 0 && cp_is_upper(cp_at(word.p, word.p + word.n, &n));
}

size_t
blank_words(struct span text)
{
	const char *p = text.p, *e = text.p + text.n;
	size_t words = 0, n;
	bool was = true, is; /* blank */

	while (p < e) {
		/* No branch on what a character is: whole articles are counted, many thousands a draft. */
		for (; p < e && (unsigned char)*p < 0x80; p++, was = is) {
			is = (*p == ' ') | ((unsigned char)(*p - '\t') < 5);
			words += (size_t)(was & !is);
		}
		if (p < e) {
			is = cp_is_space(cp_at(p, e, &n));
			words += (size_t)(was & !is);
			was = is;
			p += n;
		}
	}
	return words;
}

/* A run of blanks: one no-break blank stays (« oui »), everything else is one plain one. */
static const char *
blank_of(const char *b, const char *e)
{
	size_t n;
	uint32_t cp = cp_at(b, e, &n);

	if (b + n != e)
		return " ";
	return cp == 0xA0 ? "\xC2\xA0" : cp == 0x202F ? "\xE2\x80\xAF" : " ";
}

void
text_fold(struct span s, struct buf *out)
{
	const char *e = s.p + s.n, *blank = NULL, *p = s.p;
	size_t n, before = out->n;

	while (p < e) {
		const char *b = p;

		while (p < e && cp_is_space(cp_at(p, e, &n)))
			p += n;
		blank = p > b ? blank_of(b, p) : NULL;
		for (b = p; p < e && !cp_is_space(cp_at(p, e, &n)); p += n)
			;
		if (p > b && blank != NULL && out->n > before)
			buf_adds(out, blank);
		buf_add(out, b, (size_t)(p - b));
	}
}
