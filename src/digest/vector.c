/*
 * Vectors: a text as its terms, weighted by how rare they are in the week (and in the weeks before, when their
 * counts are known), and how alike two are. Two titles that have little in common speak against one story, so that a
 * follow-up is not told as its forerunner's copy.
 */
#include "digest/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BODY_TERMS 400
#define TITLE_EXTRA 1.0 /* a title's term counts as so many more in the text */
#define FEWEST_TERMS 8  /* a shorter text tells too little to be joined to another */

/* Distinct terms of t, rising, with their counts. */
static struct weight *
counted(const uint32_t *t, size_t n, size_t *out_n)
{
	uint32_t *s = malloc((n + 1) * sizeof(*s));
	struct weight *v = malloc((n + 1) * sizeof(*v));

	*out_n = 0;
	if (s == NULL || v == NULL) {
		free(s);
		free(v);
		return NULL;
	}
	if (n > 0)
		memcpy(s, t, n * sizeof(*s));
	terms_sort(s, n);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && s[i] == s[i - 1])
			v[*out_n - 1].w += 1;
		else
			v[(*out_n)++] = (struct weight){ s[i], 1 };
	}
	free(s);
	return v;
}

static struct weight *
weight_of(struct weight *v, size_t n, uint32_t term)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (v[mid].term < term)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && v[lo].term == term ? &v[lo] : NULL;
}

static bool
vector_count(struct vector *x, const struct story_text *t)
{
	size_t n = t->title.n + t->body.n;
	uint32_t *all = malloc((n + 1) * sizeof(*all));

	if (all == NULL)
		return false;
	if (t->title.n > 0)
		memcpy(all, t->title.v, t->title.n * sizeof(*all));
	if (t->body.n > 0)
		memcpy(all + t->title.n, t->body.v, t->body.n * sizeof(*all));
	x->v = counted(all, n < BODY_TERMS ? n : BODY_TERMS, &x->n);
	free(all);
	x->title = counted(t->title.v, t->title.n, &x->n_title);
	for (size_t i = 0; x->v != NULL && i < t->title.n; i++) {
		struct weight *w = weight_of(x->v, x->n, t->title.v[i]);

		if (w != NULL)
			w->w += (float)TITLE_EXTRA;
	}
	return x->v != NULL && x->title != NULL;
}

static void
normalise(struct weight *v, size_t n)
{
	double z = 0;

	for (size_t i = 0; i < n; i++)
		z += (double)v[i].w * (double)v[i].w;
	z = z > 0 ? sqrt(z) : 1;
	for (size_t i = 0; i < n; i++)
		v[i].w = (float)((double)v[i].w / z);
}

/* ln(N / df); terms that half of the texts have say nothing. */
static double
rareness(const struct term_counts *past, const uint32_t *df, size_t n, uint32_t term)
{
	double d = df[term], all = (double)n;

	if (n >= 4 && d >= all / 2)
		return 0;
	if (past != NULL && past->texts > 0) {
		d += term < past->size ? past->df[term] : 0;
		all += (double)past->texts;
	}
	return log(all / d);
}

static void
vector_weigh(struct vector *x, const struct term_counts *past, const uint32_t *df, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < x->n; i++) {
		double r = rareness(past, df, n, x->v[i].term);

		if (r > 0)
			x->v[k++] = (struct weight){ x->v[i].term,
				(float)((1 + log((double)x->v[i].w)) * r) };
	}
	x->n = k;
	normalise(x->v, x->n);
	for (size_t i = k = 0; i < x->n_title; i++) {
		double r = rareness(past, df, n, x->title[i].term);

		if (r > 0)
			x->title[k++] = x->title[i];
	}
	x->n_title = k;
}

/* Keep the heaviest terms that more than one text has: insertion into a short list. */
static void
vector_tops(struct vector *x, const uint32_t *df)
{
	float w[TOP_TERMS];

	x->n_top = 0;
	for (size_t i = 0; x->n >= FEWEST_TERMS && i < x->n; i++) {
		size_t k = x->n_top;

		if (df[x->v[i].term] < 2 || (k == TOP_TERMS && x->v[i].w <= w[k - 1]))
			continue;
		if (k < TOP_TERMS)
			x->n_top++;
		else
			k--;
		for (; k > 0 && w[k - 1] < x->v[i].w; k--) {
			w[k] = w[k - 1];
			x->top[k] = x->top[k - 1];
		}
		w[k] = x->v[i].w;
		x->top[k] = x->v[i].term;
	}
}

bool
vectors_make(const struct words *w, const struct story_text *t, size_t n,
    const struct term_counts *past, struct vector *x)
{
	uint32_t *df = calloc(words_known(w) + 1, sizeof(*df));
	bool ok = df != NULL;

	for (size_t i = 0; ok && i < n; i++)
		ok = vector_count(&x[i], &t[i]);
	for (size_t i = 0; ok && i < n; i++)
		for (size_t k = 0; k < x[i].n; k++)
			df[x[i].v[k].term]++;
	for (size_t i = 0; ok && i < n; i++) {
		vector_weigh(&x[i], past, df, n);
		vector_tops(&x[i], df);
	}
	free(df);
	return ok;
}

void
vectors_free(struct vector *x, size_t n)
{
	for (size_t i = 0; x != NULL && i < n; i++) {
		free(x[i].v);
		free(x[i].title);
	}
	free(x);
}

static double
dot(const struct weight *a, size_t na, const struct weight *b, size_t nb)
{
	size_t i = 0, j = 0;
	double s = 0;

	while (i < na && j < nb) {
		if (a[i].term == b[j].term)
			s += (double)a[i++].w * (double)b[j++].w;
		else if (a[i].term < b[j].term)
			i++;
		else
			j++;
	}
	return s;
}

/* How many terms two titles share. */
static size_t
shared(const struct weight *a, size_t na, const struct weight *b, size_t nb)
{
	size_t i = 0, j = 0, n = 0;

	while (i < na && j < nb) {
		n += a[i].term == b[j].term;
		if (a[i].term == b[j].term) {
			i++;
			j++;
		} else if (a[i].term < b[j].term) {
			i++;
		} else {
			j++;
		}
	}
	return n;
}

double
vector_likeness(const struct vector *a, const struct vector *b)
{
	static const double apart[] = { 0.43, 0.41, 0.22, 0.17 };
	double s = dot(a->v, a->n, b->v, b->n);
	size_t n;

	if (a->n_title == 0 || b->n_title == 0)
		return s;
	n = shared(a->title, a->n_title, b->title, b->n_title);
	return n < sizeof(apart) / sizeof(apart[0]) ? s - apart[n] : s;
}
