/*
 * Events: articles in different words about the same thing. Pairs that are alike enough are found through their
 * heaviest terms, and clusters joined by average link. A wrong join hides a story and a missed one only repeats it:
 * the threshold is on the careful side.
 */
#include "digest/vector.h"

#include <stdlib.h>

#define TOP_TEXTS 200 /* a top term of more texts finds no pairs */
#define COMPONENT 400 /* texts that hang together; larger ones are parted by a higher threshold */

struct top {
	uint32_t term, text;
};

struct link {
	uint32_t a, b; /* a < b */
	float like;
};

struct links {
	struct link *v;
	size_t n, size;
};

static int
top_cmp(const void *a, const void *b)
{
	const struct top *x = a, *y = b;

	if (x->term != y->term)
		return x->term < y->term ? -1 : 1;
	return (x->text > y->text) - (x->text < y->text);
}

/* ---- links: pairs that are alike enough ---- */

static bool
links_add(struct links *l, uint32_t a, uint32_t b, double like)
{
	if (l->n == l->size) {
		size_t size = l->size ? l->size * 2 : 256;
		struct link *v = realloc(l->v, size * sizeof(*v));

		if (v == NULL)
			return false;
		l->v = v;
		l->size = size;
	}
	l->v[l->n++] = (struct link){ a < b ? a : b, a < b ? b : a, (float)like };
	return true;
}

/* The heaviest terms of each text, sorted by term. */
static struct top *
tops_make(const struct vector *x, size_t n, size_t *out_n)
{
	struct top *t = malloc((n * TOP_TERMS + 1) * sizeof(*t));

	*out_n = 0;
	for (size_t i = 0; t != NULL && i < n; i++)
		for (size_t k = 0; k < x[i].n_top; k++)
			t[(*out_n)++] = (struct top){ x[i].top[k], (uint32_t)i };
	if (t != NULL)
		qsort(t, *out_n, sizeof(*t), top_cmp);
	return t;
}

/* How alike two texts are; 0 when they have one source, below it when they are two of a series. */
static double
pair_likeness(const struct words *w, const struct vector *x, const struct story_text *t, size_t a,
    size_t b, double same)
{
	double like;

	if (t[a].source != 0 && t[a].source == t[b].source)
		return 0;
	like = vector_likeness(&x[a], &x[b]);
	return like >= same && series_mould(w, &t[a], &t[b]) ? -1 : like;
}

/* Compare text a with the texts before it that share two of its heaviest terms. count is zero before and after. */
static bool
links_of(const struct words *w, const struct vector *x, const struct story_text *t, size_t a,
    const struct top *top, const size_t *from, uint8_t *count, double same, struct links *out)
{
	bool ok = true;

	for (int pass = 0; pass < 2; pass++)
		for (size_t k = 0; k < x[a].n_top; k++) {
			size_t b = from[x[a].top[k]], e = from[x[a].top[k] + 1];

			for (; e - b <= TOP_TEXTS && b < e && top[b].text < a; b++) {
				uint32_t o = top[b].text;
				double like;

				if (pass == 0) {
					count[o] = count[o] == 0 ? 1 : 2;
					continue;
				}
				if (count[o] == 2 &&
				    (like = pair_likeness(w, x, t, a, o, same)) >= same)
					ok = ok && links_add(out, o, (uint32_t)a, like);
				count[o] = 0;
			}
		}
	return ok;
}

static bool
links_find(const struct words *w, const struct vector *x, const struct story_text *t, size_t n,
    double same, struct links *out)
{
	size_t n_top, terms = words_known(w) + 2, *from = calloc(terms, sizeof(*from));
	struct top *top = tops_make(x, n, &n_top);
	uint8_t *count = calloc(n + 1, sizeof(*count));
	bool ok = top != NULL && from != NULL && count != NULL;

	/* from[t] .. from[t + 1] are the texts of term t, rising. */
	for (size_t i = 0; ok && i < n_top; i++)
		from[top[i].term + 1]++;
	for (size_t i = 1; ok && i < terms; i++)
		from[i] += from[i - 1];
	for (size_t a = 0; ok && a < n; a++)
		ok = links_of(w, x, t, a, top, from, count, same, out);
	free(top);
	free(from);
	free(count);
	return ok;
}

/* ---- clusters ---- */

static size_t
root_of(size_t *parent, size_t i)
{
	while (parent[i] != i)
		i = parent[i] = parent[parent[i]];
	return i;
}

/*
 * Average link among the m texts of a component: the two most alike clusters join while their mean likeness is at
 * least same. group gets the lowest member of each cluster.
 */
static bool
component_join(const struct words *w, const struct vector *x, const struct story_text *t,
    const uint32_t *text, size_t m, double same, size_t *group)
{
	double *like = calloc(m * m + 1, sizeof(*like));
	size_t *of = malloc((m + 1) * sizeof(*of)), *size = malloc((m + 1) * sizeof(*size));
	bool ok = like != NULL && of != NULL && size != NULL;

	for (size_t i = 0; ok && i < m; i++) {
		of[i] = i;
		size[i] = 1;
		for (size_t j = 0; j < i; j++)
			like[i * m + j] = like[j * m + i] =
			    pair_likeness(w, x, t, text[i], text[j], same);
	}
	while (ok) {
		size_t a = 0, b = 0;
		double best = same;

		for (size_t i = 0; i < m; i++)
			for (size_t j = 0; size[i] > 0 && j < i; j++)
				if (size[j] > 0 && like[i * m + j] >= best + (a == b ? 0 : 1e-9)) {
					best = like[i * m + j];
					a = j;
					b = i;
				}
		if (a == b)
			break;
		for (size_t k = 0; k < m; k++)
			like[a * m + k] = like[k * m + a] = (like[a * m + k] * (double)size[a] +
								like[b * m + k] * (double)size[b]) /
							    (double)(size[a] + size[b]);
		for (size_t k = 0; k < m; k++)
			of[k] = of[k] == b ? a : of[k];
		size[a] += size[b];
		size[b] = 0;
	}
	for (size_t i = 0; ok && i < m; i++)
		group[text[i]] = text[of[i]];
	free(like);
	free(of);
	free(size);
	return ok;
}

/* Components over the links of at least same; each joined by itself. Too large a one is parted by a higher bar. */
static bool
components_join(const struct words *w, const struct vector *x, const struct story_text *t, size_t n,
    const struct links *l, double same, size_t *group)
{
	size_t *parent = malloc((n + 1) * sizeof(*parent)), *count = calloc(n + 1, sizeof(*count));
	uint32_t *text = malloc((n + 1) * sizeof(*text));
	bool ok = parent != NULL && count != NULL && text != NULL;

	for (double bar = same; ok; bar += 0.05) {
		size_t most = 0;

		for (size_t i = 0; i < n; i++) {
			parent[i] = i;
			count[i] = 0;
		}
		for (size_t i = 0; i < l->n; i++)
			if ((double)l->v[i].like >= bar) {
				size_t a = root_of(parent, l->v[i].a),
				       b = root_of(parent, l->v[i].b);

				parent[a > b ? a : b] = a > b ? b : a;
			}
		for (size_t i = 0; i < n; i++)
			most =
			    ++count[root_of(parent, i)] > most ? count[root_of(parent, i)] : most;
		if (most <= COMPONENT)
			break;
	}
	for (size_t r = 0; ok && r < n; r++) {
		size_t m = 0;

		if (count[r] < 2)
			continue;
		for (size_t i = r; i < n; i++)
			if (root_of(parent, i) == r)
				text[m++] = (uint32_t)i;
		ok = component_join(w, x, t, text, m, same, group);
	}
	free(parent);
	free(count);
	free(text);
	return ok;
}

enum wrap_rc
events_find(const struct words *w, const struct story_text *t, size_t n,
    const struct term_counts *past, double same, size_t *group, struct wrap_err *err)
{
	struct vector *x = calloc(n + 1, sizeof(*x));
	struct links l = { 0 };
	bool ok = x != NULL;

	for (size_t i = 0; i < n; i++)
		group[i] = i;
	ok = ok && vectors_make(w, t, n, past, x) && links_find(w, x, t, n, same, &l) &&
	     components_join(w, x, t, n, &l, same, group);
	vectors_free(x, n);
	free(l.v);
	return ok ? WRAP_OK : wrap_fail(err, WRAP_ENOMEM, "no memory for events");
}

enum wrap_rc
stories_find(const struct words *w, const struct story_text *t, size_t n,
    const struct term_counts *past, double same, size_t *copy, size_t *group, struct wrap_err *err)
{
	struct terms *raw = calloc(n + 1, sizeof(*raw));
	struct story_text *heads = malloc((n + 1) * sizeof(*heads));
	size_t *of = malloc((n + 1) * sizeof(*of)), *number = malloc((n + 1) * sizeof(*number)),
	       m = 0;
	enum wrap_rc rc = WRAP_OK;

	if (raw == NULL || heads == NULL || of == NULL || number == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "no memory for stories");
	for (size_t i = 0; rc == WRAP_OK && i < n; i++)
		raw[i] = t[i].raw;
	if (rc == WRAP_OK)
		rc = copies_find(raw, n, series_are_apart, &(struct series){ w, t }, copy, err);
	/* Of copies the longest speaks for all. */
	for (size_t i = 0; rc == WRAP_OK && i < n; i++) {
		if (copy[i] == i) {
			number[i] = m;
			of[m] = i;
			heads[m++] = t[i];
		} else if (t[i].body.n > heads[number[copy[i]]].body.n) {
			heads[number[copy[i]]] = t[i];
		}
	}
	if (rc == WRAP_OK)
		rc = events_find(w, heads, m, past, same, group, err);
	if (rc == WRAP_OK) {
		size_t *event = number; /* free once group is read */

		for (size_t i = 0; i < m; i++)
			heads[i].source = (int64_t)of[group[i]];
		for (size_t i = 0; i < n; i++)
			event[i] = copy[i] == i ? event[i] : 0;
		for (size_t i = n; i-- > 0;)
			group[i] = copy[i] == i ? (size_t)heads[event[i]].source : 0;
		for (size_t i = 0; i < n; i++)
			if (copy[i] != i)
				group[i] = group[copy[i]];
	}
	free(raw);
	free(heads);
	free(of);
	free(number);
	return rc;
}
