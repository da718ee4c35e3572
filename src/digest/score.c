/*
 * Scores: what each sentence of an article is worth to a summary, from features of its place, its words and its
 * looks. Position counts most. The weights were fitted on news in English, French and Portuguese.
 */
#include "digest/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RANK_ROUNDS 60

static double
max_of(const double *v, size_t n)
{
	double m = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i] > m)
			m = v[i];
	return m > 0 ? m : 1;
}

/* Cosine to the sum of all sentences. */
static void
centrality(const struct doc *d, double *out, double *sum)
{
	double z = 0;

	for (size_t k = 0; k < d->at[d->n]; k++)
		sum[d->v[k].term] += d->v[k].w;
	for (size_t t = 0; t < d->n_terms; t++)
		z += sum[t] * sum[t];
	z = z > 0 ? sqrt(z) : 1;
	for (size_t i = 0; i < d->n; i++) {
		out[i] = 0;
		for (size_t k = d->at[i]; k < d->at[i + 1]; k++)
			out[i] += d->v[k].w * sum[d->v[k].term] / z;
	}
}

/* PageRank on the likeness of sentences (LexRank, continuous). */
static void
page_rank(const struct doc *d, double *p)
{
	double next[DOC_SENTENCES], sum[DOC_SENTENCES], n = (double)d->n, change = 1;

	for (size_t i = 0; i < d->n; i++) {
		p[i] = 1 / n;
		sum[i] = -1;
		for (size_t j = 0; j < d->n; j++)
			sum[i] += d->sim[i][j];
	}
	for (int round = 0; round < RANK_ROUNDS && change > 1e-6; round++) {
		double lost = 0;

		for (size_t i = 0; i < d->n; i++)
			next[i] = 0;
		for (size_t i = 0; i < d->n; i++) {
			double k = sum[i] > 1e-12 ? 0.85 * p[i] / sum[i] : 0;

			if (k == 0) {
				lost += 0.85 * p[i] / n;
				continue;
			}
			for (size_t j = 0; j < d->n; j++)
				next[j] += k * d->sim[i][j];
			next[i] -= k;
		}
		change = 0;
		for (size_t i = 0; i < d->n; i++) {
			next[i] += 0.15 / n + lost;
			change += fabs(next[i] - p[i]);
			p[i] = next[i];
		}
	}
}

/* Which local terms the title, or the first two sentences, have; the sum of their idf. */
static double
mark_head(const struct doc *d, bool *head)
{
	double z = 0;

	for (size_t k = d->at[0]; k < d->at[d->n < 2 ? d->n : 2]; k++)
		head[d->v[k].term] = true;
	for (size_t t = 0; t < d->n_terms; t++)
		z += head[t] ? d->idf[t] : 0;
	return z > 0 ? z : 1;
}

static enum wrap_rc
mark_title(struct words *w, const char *lang, const char *title, const struct doc *d, bool *mark,
    double *sum, struct wrap_err *err)
{
	struct terms t = { 0 };
	enum wrap_rc rc = words_terms(w, lang, span_of(title), &t, err);

	*sum = 0;
	for (size_t i = 0; i < t.n; i++) {
		int k = doc_find(d, t.v[i]);

		if (k >= 0 && !mark[k]) {
			mark[k] = true;
			*sum += d->idf[k];
		}
	}
	if (*sum <= 0)
		*sum = 1;
	terms_clear(&t);
	return rc;
}

static double
covered(const struct doc *d, size_t i, const bool *mark, double sum)
{
	double c = 0;

	for (size_t k = d->at[i]; k < d->at[i + 1]; k++)
		c += mark[d->v[k].term] ? d->idf[d->v[k].term] : 0;
	return c / sum;
}

static double
mean_frequency(const struct doc *d, size_t i)
{
	double f = 0, n = 0;

	for (size_t k = d->at[i]; k < d->at[i + 1]; k++) {
		f += (double)d->total[d->v[k].term] / (double)d->n_all * d->v[k].tf;
		n += d->v[k].tf;
	}
	return f / (n > 4 ? n : 4);
}

static double
score_one(const struct doc *d, size_t i, const struct looks *l, double central, double rank,
    double basic, double title, double head)
{
	double n = (double)d->n, s;

	s = 0.369 / (double)(1 + i) + 0.0125 * (1 - (double)i / n) + 0.079 * title +
	    0.075 * central + 0.069 * rank + 0.168 * basic + 0.05 * l->caps;
	if (i > 1)
		s += 0.227 * head;
	s += d->list.v[i].paragraph == d->list.v[0].paragraph ? 0.019 : 0;
	s += l->words < 8 ? 0.041 : 0;
	s += l->digit ? 0.016 : 0;
	s += l->cue ? 0.014 : 0;
	s -= 0.071 * (double)(l->words < 30 ? l->words : 30) / 30;
	s -= l->words > 40 ? 0.121 : 0;
	s -= l->speech || (l->quote && !l->said) ? 0.073 : l->quote ? 0.04 : 0;
	s -= l->bad ? 0.034 : 0;
	s -= i == 0 ? 0.028 : 0;
	s -= l->leans ? 0.010 : 0;
	s -= l->question ? 0.290 : 0;
	return s;
}

enum wrap_rc
score_all(struct words *w, const char *lang, const char *title, const struct doc *d,
    struct scored *out, struct wrap_err *err)
{
	double central[DOC_SENTENCES], rank[DOC_SENTENCES], basic[DOC_SENTENCES], *sum,
	    title_sum = 1, head_sum = 1;
	bool *mark;
	enum wrap_rc rc = WRAP_OK;

	sum = calloc(d->n_terms + 1, sizeof(*sum));
	mark = calloc((d->n_terms + 1) * 2, sizeof(*mark));
	if (sum == NULL || mark == NULL) {
		rc = wrap_fail(err, WRAP_ENOMEM, "no memory for a summary");
	} else {
		rc = mark_title(w, lang, title, d, mark, &title_sum, err);
		head_sum = mark_head(d, mark + d->n_terms + 1);
		centrality(d, central, sum);
		page_rank(d, rank);
		for (size_t i = 0; i < d->n; i++)
			basic[i] = mean_frequency(d, i);
	}
	if (rc == WRAP_OK)
		looks_read(w, lang, d, out->looks);
	for (size_t i = 0; rc == WRAP_OK && i < d->n; i++) {
		out->score[i] = score_one(d, i, &out->looks[i], central[i] / max_of(central, d->n),
		    rank[i] / max_of(rank, d->n), basic[i] / max_of(basic, d->n),
		    covered(d, i, mark, title_sum), covered(d, i, mark + d->n_terms + 1, head_sum));
		out->order[i] = i;
	}
	free(sum);
	free(mark);
	for (size_t i = 1; rc == WRAP_OK && i < d->n;
	     i++) /* insertion keeps the earlier of two equals first */
		for (size_t k = i;
		     k > 0 && out->score[out->order[k]] > out->score[out->order[k - 1]]; k--) {
			size_t t = out->order[k];

			out->order[k] = out->order[k - 1];
			out->order[k - 1] = t;
		}
	return rc;
}
