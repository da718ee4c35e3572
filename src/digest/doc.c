/*
 * One article as sentences with weighted terms: what centrality, redundancy and the features of a summary are
 * computed from. idf is taken over the sentences of the article: ln(1 + n / df).
 */
#include "digest/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int
u32_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int
doc_find(const struct doc *d, uint32_t term)
{
	const uint32_t *p =
	    d->n_terms == 0 ? NULL : bsearch(&term, d->words, d->n_terms, sizeof(term), u32_cmp);

	return p == NULL ? -1 : (int)(p - d->words);
}

void
doc_free(struct doc **d)
{
	if (*d == NULL)
		return;
	sentences_clear(&(*d)->list);
	free((*d)->v);
	free((*d)->words);
	free((*d)->idf);
	free((*d)->total);
	free(*d);
	*d = NULL;
}

/* Number the article's terms from 0 in rising order. */
static bool
doc_number(struct doc *d, const struct terms *all)
{
	d->words = malloc((all->n + 1) * sizeof(*d->words));
	d->idf = calloc(all->n + 1, sizeof(*d->idf));
	d->total = calloc(all->n + 1, sizeof(*d->total));
	d->v = malloc((all->n + 1) * sizeof(*d->v));
	if (d->words == NULL || d->idf == NULL || d->total == NULL || d->v == NULL)
		return false;
	if (all->n > 0)
		memcpy(d->words, all->v, all->n * sizeof(*all->v));
	terms_sort(d->words, all->n);
	for (size_t i = 0; i < all->n; i++)
		if (i == 0 || d->words[i] != d->words[i - 1])
			d->words[d->n_terms++] = d->words[i];
	d->n_all = all->n;
	return true;
}

/* Terms [from, to) of all are one sentence: sorted, counted, into d->v. */
static void
doc_sentence(struct doc *d, uint32_t *v, size_t n, size_t *used)
{
	for (size_t i = 0; i < n; i++)
		v[i] = (uint32_t)doc_find(d, v[i]);
	terms_sort(v, n);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && v[i] == v[i - 1]) {
			d->v[*used - 1].tf++;
		} else {
			d->v[(*used)++] = (struct doc_term){ .term = v[i], .tf = 1 };
			d->idf[v[i]] += 1; /* df for now */
		}
		d->total[v[i]]++;
	}
}

static double
doc_dot(const struct doc *d, size_t a, size_t b)
{
	size_t i = d->at[a], j = d->at[b];
	double s = 0;

	while (i < d->at[a + 1] && j < d->at[b + 1]) {
		if (d->v[i].term == d->v[j].term)
			s += d->v[i++].w * d->v[j++].w;
		else if (d->v[i].term < d->v[j].term)
			i++;
		else
			j++;
	}
	return s;
}

static void
doc_weigh(struct doc *d)
{
	for (size_t t = 0; t < d->n_terms; t++)
		d->idf[t] = log(1 + (double)d->n / d->idf[t]);
	for (size_t i = 0; i < d->n; i++) {
		double z = 0;

		for (size_t k = d->at[i]; k < d->at[i + 1]; k++) {
			d->v[k].w = d->v[k].tf * d->idf[d->v[k].term];
			z += d->v[k].w * d->v[k].w;
		}
		for (size_t k = d->at[i]; k < d->at[i + 1]; k++)
			d->v[k].w /= sqrt(z);
	}
	for (size_t i = 0; i < d->n; i++) {
		d->sim[i][i] = 1;
		for (size_t j = 0; j < i; j++)
			d->sim[i][j] = d->sim[j][i] = doc_dot(d, i, j);
	}
}

enum wrap_rc
doc_read(
    struct words *w, const char *lang, struct span text, struct doc **out, struct wrap_err *err)
{
	struct doc *d = malloc(sizeof(*d));
	struct terms all = { 0 };
	size_t from[DOC_SENTENCES + 1] = { 0 }, used = 0;
	enum wrap_rc rc;

	*out = d;
	if (d == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for an article");
	memset(d, 0, offsetof(struct doc, sim));
	rc = sentences_split(w, lang, text, &d->list, err);
	d->n = d->list.n < DOC_SENTENCES ? d->list.n : DOC_SENTENCES;
	for (size_t i = 0; rc == WRAP_OK && i < d->n; i++) {
		rc = words_terms(w, lang, d->list.v[i].text, &all, err);
		from[i + 1] = all.n;
	}
	if (rc == WRAP_OK && !doc_number(d, &all))
		rc = wrap_fail(err, WRAP_ENOMEM, "no memory for an article");
	for (size_t i = 0; rc == WRAP_OK && i < d->n; i++) {
		if (from[i + 1] > from[i])
			doc_sentence(d, all.v + from[i], from[i + 1] - from[i], &used);
		d->at[i + 1] = used;
	}
	terms_clear(&all);
	if (rc == WRAP_OK)
		doc_weigh(d);
	else
		doc_free(out);
	return rc;
}
