/*
 * Summaries: the best few sentences of an article within a budget of words, verbatim but for safe trims. Every set of up
 * to three of the ten best (score.c), in one of their forms each (trim.c), is weighed for score, length and
 * repetition.
 */
#include "digest/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BEAM 10
#define REPEATS 0.85 /* weight of the likeness to what is chosen */
#define LENGTH_POWER 0.92
#define WORDS_LEAST 5 /* "Look at him." says nothing */
#define HALF 0.9      /* worth of a sentence with half of a quotation in it */
#define SPEECH 0.7    /* and of one in the middle of somebody's words */

struct candidate {
	size_t sentence;
	size_t n;
	struct trim_form form[TRIM_FORMS];
	double worth[TRIM_FORMS];
	bool leans;
};

struct pick {
	size_t candidate, form;
};

struct chooser {
	const struct doc *d;
	struct candidate c[BEAM];
	size_t n, words, max;
	struct pick now[SUMMARY_SENTENCES], best[SUMMARY_SENTENCES];
	size_t n_best;
	double best_worth;
};

/* A sentence that leans on the one before needs it; the first of a summary may not lean at all. */
static bool
stands(const struct chooser *h, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		const struct candidate *c = &h->c[h->now[k].candidate];
		bool before = false;

		if (!c->leans)
			continue;
		for (size_t j = 0; j < n; j++)
			before |= h->c[h->now[j].candidate].sentence + 1 == c->sentence;
		if (!before)
			return false;
	}
	return true;
}

static void
choose(struct chooser *h, size_t from, size_t n, size_t words, double worth)
{
	if (n > 0 && worth > h->best_worth + 1e-12 && stands(h, n)) {
		memcpy(h->best, h->now, sizeof(h->best));
		h->n_best = n;
		h->best_worth = worth;
	}
	if (n == h->max)
		return;
	for (size_t q = from; q < h->n; q++) {
		const struct candidate *c = &h->c[q];
		double like = 0;

		for (size_t j = 0; j < n; j++)
			like =
			    fmax(like, h->d->sim[c->sentence][h->c[h->now[j].candidate].sentence]);
		for (size_t f = 0; f < c->n; f++) {
			if (words + c->form[f].words > h->words)
				continue;
			h->now[n] = (struct pick){ q, f };
			choose(h, q + 1, n + 1, words + c->form[f].words,
			    worth + c->worth[f] * (1 - REPEATS * like));
		}
	}
}

/* Fill the candidates: the best sentences that are news and complete. strict: keep the rules that can be given up. */
static void
candidates(struct chooser *h, const char *lang, const struct scored *s, bool strict)
{
	double lo = s->score[s->order[h->d->n - 1]];

	h->n = 0;
	for (size_t k = 0; k < h->d->n && h->n < BEAM; k++) {
		size_t i = s->order[k];
		struct candidate *c = &h->c[h->n];
		struct trim_form form[TRIM_FORMS];
		size_t n;

		if (strict && (s->looks[i].furniture || !s->looks[i].complete ||
				  s->looks[i].words < WORDS_LEAST))
			continue;
		n = trim_forms(lang, h->d->list.v[i].text, form);
		*c = (struct candidate){ .sentence = i,
			.leans = strict && s->looks[i].leans && !(i == 0 && s->looks[i].points) };
		for (size_t f = 0; f < n; f++) {
			if (form[f].words > h->words)
				continue;
			c->form[c->n] = form[f];
			c->worth[c->n++] = (s->score[i] - lo + 1e-6) *
					   pow((double)form[f].words, LENGTH_POWER) *
					   form[f].weight * (s->looks[i].half ? HALF : 1) *
					   (s->looks[i].speech ? SPEECH : 1);
		}
		if (c->n > 0)
			h->n++;
	}
}

/* Nothing fits: the best sentence, cut at a clause if one is there, else at a word. */
static void
cut_to_fit(struct span s, size_t words, struct buf *out)
{
	const char *e = s.p + s.n, *p = s.p, *clause = NULL, *last = s.p;
	size_t n = 0;

	while (p < e && n < words) {
		while (p < e && (unsigned char)*p <= ' ')
			p++;
		while (p < e && (unsigned char)*p > ' ')
			p++;
		if (++n >= words / 2 && (p[-1] == ';' || p[-1] == ':'))
			clause = p - 1;
		last = p;
	}
	p = clause != NULL ? clause : last;
	text_fold((struct span){ s.p, (size_t)(p - s.p) }, out);
	buf_adds(out, clause != NULL ? "." : "\xE2\x80\xA6");
}

static int
pick_cmp(const void *a, const void *b)
{
	size_t x = ((const struct pick *)a)->candidate, y = ((const struct pick *)b)->candidate;

	return (x > y) - (x < y);
}

/* Print in the order of the document. */
static void
write_picks(struct chooser *h, struct buf *out)
{
	for (size_t k = 0; k < h->n_best;
	     k++) /* sort by sentence: the number is put where pick_cmp looks */
		h->best[k] = (struct pick){ h->c[h->best[k].candidate].sentence * BEAM +
						h->best[k].candidate,
			h->best[k].form };
	qsort(h->best, h->n_best, sizeof(h->best[0]), pick_cmp);
	for (size_t k = 0; k < h->n_best; k++) {
		const struct candidate *c = &h->c[h->best[k].candidate % BEAM];

		if (k > 0)
			buf_addc(out, ' ');
		trim_write(&c->form[h->best[k].form], out);
	}
}

enum wrap_rc
summary_extract(struct words *w, const char *lang, const char *title, struct span text,
    const struct summary_style *style, struct buf *out, struct wrap_err *err)
{
	struct doc *d = NULL;
	struct scored *s = NULL;
	struct chooser *h = NULL;
	enum wrap_rc rc = doc_read(w, lang, text, &d, err);

	if (rc != WRAP_OK || d->n == 0)
		goto out;
	s = malloc(sizeof(*s));
	h = malloc(sizeof(*h));
	if (s == NULL || h == NULL) {
		rc = wrap_fail(err, WRAP_ENOMEM, "no memory for a summary");
		goto out;
	}
	rc = score_all(w, lang, title, d, s, err);
	if (rc != WRAP_OK)
		goto out;
	h->d = d;
	h->words = style->words;
	h->max = style->sentences < SUMMARY_SENTENCES ? style->sentences : SUMMARY_SENTENCES;
	h->n_best = 0;
	h->best_worth = -1;
	candidates(h, lang, s, true);
	choose(h, 0, 0, 0, 0);
	if (h->n_best == 0) {
		candidates(h, lang, s, false);
		choose(h, 0, 0, 0, 0);
	}
	if (h->n_best > 0)
		write_picks(h, out);
	else
		cut_to_fit(d->list.v[s->order[0]].text, style->words, out);
	rc = buf_rc(out, err);
out:
	free(h);
	free(s);
	doc_free(&d);
	return wrap_while(err, rc, "summarise");
}
