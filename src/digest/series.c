/*
 * Series: texts that come out of one mould and tell different things: weekly reports, episodes, releases, prices,
 * quakes. Most of their words are the same, so they look like copies; what they are about is in the words that
 * differ. Both must have such words: of a copy, however cut or edited, the other text has nearly all.
 */
#include "digest/vector.h"

#include <string.h>

#define MOULD 0.45 /* share of three-word runs that texts of one mould have in common */
#define OWN_SHARE \
	3 /* one of so many words of a title that its own text takes up, and the other text lacks */
#define OWN_FIGURES 2 /* figures that one text has and the other has not */

static bool
has_term(const struct terms *t, uint32_t term)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i] == term)
			return true;
	return false;
}

static bool
is_figure(const struct words *w, uint32_t term)
{
	struct span s = words_term(w, term);

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= '0' && s.p[i] <= '9')
			return true;
	return false;
}

/* What one text has that the other lacks. */
struct own {
	bool title_figure; /* "Week 44" */
	size_t words,
	    all; /* of the title's words that its text takes up: those the other lacks; all of them */
	size_t figures, both; /* in the text: those the other lacks; those it has too */
};

static struct own
own_of(const struct words *w, const struct story_text *a, const struct story_text *b)
{
	struct own o = { 0 };

	for (size_t i = 0; i < a->title.n; i++) {
		uint32_t term = a->title.v[i];
		bool there = has_term(&b->title, term) || has_term(&b->body, term);

		if (is_figure(w, term))
			o.title_figure |= !there;
		else if (has_term(&a->body, term)) {
			o.all++;
			o.words += !there;
		}
	}
	for (size_t i = 0; i < a->body.n; i++) {
		const struct terms before = { .v = a->body.v, .n = i };
		uint32_t term = a->body.v[i];

		if (!is_figure(w, term) || has_term(&before, term))
			continue;
		if (has_term(&b->body, term) || has_term(&b->title, term))
			o.both++;
		else
			o.figures++;
	}
	return o;
}

bool
series_apart(const struct words *w, const struct story_text *a, const struct story_text *b)
{
	struct own x = own_of(w, a, b), y = own_of(w, b, a);

	if (x.title_figure && y.title_figure)
		return true;
	if (x.words > 0 && y.words > 0 && x.words * OWN_SHARE >= x.all &&
	    y.words * OWN_SHARE >= y.all)
		return true;
	return x.figures >= OWN_FIGURES && y.figures >= OWN_FIGURES && x.both <= x.figures &&
	       y.both <= y.figures;
}

bool
series_mould(const struct words *w, const struct story_text *a, const struct story_text *b)
{
	struct shingles x, y = { 0 };
	bool one = shingles_of(a->raw.v, a->raw.n, &x) && shingles_of(b->raw.v, b->raw.n, &y) &&
		   shingles_shared(&x, &y) >= MOULD && series_apart(w, a, b);

	shingles_clear(&x);
	shingles_clear(&y);
	return one;
}

bool
series_are_apart(void *ctx, size_t a, size_t b)
{
	const struct series *s = ctx;

	return series_apart(s->w, &s->t[a], &s->t[b]);
}
