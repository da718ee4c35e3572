/*
 * The language of a text, where the feed says none or one that cannot be right (many a site declares what its software
 * came with): told by the stop words of the languages whose tables are compiled in.
 */
#include "text/lang.h"

#include <string.h>

#define GUESS_WORDS 100 /* looked at */
#define GUESS_LEAST 12  /* fewer say nothing */
#define GUESS_SHARE 4   /* one of so many words at least is a stop word of the language */
#define GUESS_AHEAD 3   /* by so many it must lead, and by half */

static const struct lang_table *const known[] = { &lang_en, &lang_de, &lang_fr, &lang_es, &lang_it,
	&lang_pt, &lang_nl };
#define KNOWN (sizeof(known) / sizeof(known[0]))

/* The next run of letters at *p, in lower case; 0 at the end. */
static size_t
next_word(const char **p, const char *e, char low[64])
{
	const char *q = *p, *b;
	size_t n;

	while (q < e && !cp_is_letter(cp_at(q, e, &n)))
		q += n;
	for (b = q; q < e && cp_is_letter(cp_at(q, e, &n)); q += n)
		;
	*p = q;
	return lower_into((struct span){ b, (size_t)(q - b) }, low, 64);
}

const char *
words_guess(struct words *w, const char *declared, struct span text)
{
	const struct lang_table *said =
	    lang_table_find(declared == NULL || *declared == '\0' ? "en" : declared);
	size_t hits[KNOWN] = { 0 }, best = 0, ours = KNOWN, words = 0, n;
	const char *p = text.p, *e = text.p + text.n;
	char low[64];

	for (size_t i = 0; i < KNOWN; i++)
		if (known[i] == said)
			ours = i;
	if (ours == KNOWN) /* one that we could not tell from its neighbours */
		return declared;
	for (; words < GUESS_WORDS && (n = next_word(&p, e, low)) > 0; words++)
		for (size_t i = 0; i < KNOWN; i++) {
			const struct lang *l = words_lang(w, known[i]->code);

			hits[i] += l != NULL && (lang_flags(l, low, n) & WORD_STOP) != 0;
		}
	for (size_t i = 1; i < KNOWN; i++)
		if (hits[i] > hits[best])
			best = i;
	if (words < GUESS_LEAST || hits[best] * GUESS_SHARE < words ||
	    hits[best] < hits[ours] + hits[ours] / 2 + GUESS_AHEAD)
		return declared;
	return known[best]->code;
}
