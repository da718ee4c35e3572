/*
 * Near-equal texts: exact sets of three-word runs. Pairs are looked for among texts that share a run; of long
 * texts a quarter of the runs, the same quarter in every text, is enough to find them, and the full sets are made
 * and compared for those pairs alone. (Measured: simhash misses copies with a few words edited; MinHash is not
 * needed below fifty thousand texts.)
 */
#include "wrap/text.h"

#include <stdlib.h>
#include <string.h>

#define JACCARD 0.35
#define CONTAINED 0.5
#define CONTAINED_MIN 12 /* runs of the shorter text */
#define FURNITURE 20     /* texts that share a run: more is no sign of a copy */
#define SAMPLE_FROM 64   /* words; shorter texts put in every run */
#define SAMPLE_MASK 3U

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 31;
	x *= 0x9E3779B97F4A7C15U;
	x ^= x >> 29;
	x *= 0xBF58476D1CE4E5B9U;
	return x ^ x >> 32;
}

static uint64_t
run_hash(const uint32_t *w)
{
	return mix(mix((uint64_t)w[0] << 32 | w[1]) + w[2]);
}

static int
u64_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

bool
shingles_of(const uint32_t *raw, size_t n, struct shingles *out)
{
	size_t runs = n < 3 ? 0 : n - 2;

	*out = (struct shingles){ .v = malloc((runs + 1) * sizeof(*out->v)) };
	if (out->v == NULL)
		return false;
	for (size_t i = 0; i < runs; i++)
		out->v[i] = run_hash(raw + i);
	qsort(out->v, runs, sizeof(*out->v), u64_cmp);
	for (size_t i = 0; i < runs; i++)
		if (i == 0 || out->v[i] != out->v[i - 1])
			out->v[out->n++] = out->v[i];
	return true;
}

void
shingles_clear(struct shingles *s)
{
	free(s->v);
	*s = (struct shingles){ 0 };
}

static size_t
in_both(const struct shingles *a, const struct shingles *b)
{
	size_t i = 0, j = 0, both = 0;

	while (i < a->n && j < b->n) {
		both += a->v[i] == b->v[j];
		if (a->v[i] == b->v[j]) {
			i++;
			j++;
		} else if (a->v[i] < b->v[j]) {
			i++;
		} else {
			j++;
		}
	}
	return both;
}

double
shingles_shared(const struct shingles *a, const struct shingles *b)
{
	size_t less = a->n < b->n ? a->n : b->n;

	return less == 0 ? 0 : (double)in_both(a, b) / (double)less;
}

bool
shingles_copy(const struct shingles *a, const struct shingles *b)
{
	size_t both = in_both(a, b), less = a->n < b->n ? a->n : b->n;

	if (both == 0)
		return false;
	return (double)both >= JACCARD * (double)(a->n + b->n - both) ||
	       (less >= CONTAINED_MIN && (double)both >= CONTAINED * (double)less);
}

/* ---- pairs ---- */

struct posting {
	uint64_t run;
	uint32_t text;
};

struct postings {
	struct posting *v;
	size_t n;
};

/* Sort by run, bytes from the lowest: eight passes of counting, far cheaper than comparing. Stable, so texts stay rising. */
static bool
postings_sort(struct postings *p)
{
	struct posting *other = malloc((p->n + 1) * sizeof(*other)), *t;

	if (other == NULL)
		return false;
	/* The upper half of a mixed hash parts runs well enough; equal halves are told apart below. */
	for (unsigned shift = 32; shift < 64; shift += 8) {
		size_t at[257] = { 0 };

		for (size_t i = 0; i < p->n; i++)
			at[(p->v[i].run >> shift & 0xFF) + 1]++;
		for (size_t i = 0; i < 256; i++)
			at[i + 1] += at[i];
		for (size_t i = 0; i < p->n; i++)
			other[at[p->v[i].run >> shift & 0xFF]++] = p->v[i];
		t = p->v;
		p->v = other;
		other = t;
	}
	free(other);
	return true;
}

static bool
postings_make(const struct terms *raw, size_t n, struct postings *p)
{
	size_t room = 0;

	for (size_t i = 0; i < n; i++)
		room += raw[i].n;
	*p = (struct postings){ .v = malloc((room + 1) * sizeof(*p->v)) };
	if (p->v == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k + 2 < raw[i].n; k++) {
			uint64_t h = run_hash(raw[i].v + k);

			if (raw[i].n < SAMPLE_FROM || (h & SAMPLE_MASK) == 0)
				p->v[p->n++] = (struct posting){ h, (uint32_t)i };
		}
	return postings_sort(p);
}

static size_t
root_of(size_t *parent, size_t i)
{
	while (parent[i] != i)
		i = parent[i] = parent[parent[i]];
	return i;
}

struct finder {
	const struct terms *raw;
	struct shingles *set; /* made when first needed */
	size_t *parent;
	copies_apart *apart; /* NULL: shared runs alone decide */
	void *ctx;
};

static bool
set_of(struct finder *f, size_t i)
{
	return f->set[i].v != NULL || shingles_of(f->raw[i].v, f->raw[i].n, &f->set[i]);
}

/* Two texts share a run: are they copies? */
static bool
pair_try(struct finder *f, size_t a, size_t b)
{
	size_t ra = root_of(f->parent, a), rb = root_of(f->parent, b);

	if (ra == rb)
		return true;
	if (!set_of(f, a) || !set_of(f, b))
		return false;
	if (shingles_copy(&f->set[a], &f->set[b]) && (f->apart == NULL || !f->apart(f->ctx, a, b)))
		f->parent[ra > rb ? ra : rb] = ra > rb ? rb : ra;
	return true;
}

/* The texts of one run, from v[0] to v[n - 1]; those that share nothing more are soon told apart by the full sets. */
static bool
run_try(struct finder *f, const struct posting *v, size_t n)
{
	uint32_t text[FURNITURE + 1];
	size_t k = 0;

	for (size_t i = 0; i < n && k <= FURNITURE; i++)
		if (k == 0 || text[k - 1] != v[i].text)
			text[k++] = v[i].text;
	if (k > FURNITURE)
		return true;
	for (size_t i = 1; i < k; i++)
		for (size_t j = 0; j < i; j++)
			if (!pair_try(f, text[j], text[i]))
				return false;
	return true;
}

enum wrap_rc
copies_find(const struct terms *raw, size_t n, copies_apart *apart, void *ctx, size_t *out,
    struct wrap_err *err)
{
	struct finder f = { .raw = raw,
		.set = calloc(n + 1, sizeof(*f.set)),
		.parent = out,
		.apart = apart,
		.ctx = ctx };
	struct postings p = { 0 };
	bool ok = f.set != NULL && n < UINT32_MAX && postings_make(raw, n, &p);

	for (size_t i = 0; i < n; i++)
		out[i] = i;
	for (size_t i = 0, k; ok && i < p.n; i = k) {
		for (k = i + 1; k < p.n && p.v[k].run == p.v[i].run; k++)
			;
		if (k - i > 1)
			ok = run_try(&f, p.v + i, k - i);
	}
	for (size_t i = 0; i < n; i++)
		out[i] = root_of(out, i);
	for (size_t i = 0; f.set != NULL && i < n; i++)
		shingles_clear(&f.set[i]);
	free(f.set);
	free(p.v);
	return ok ? WRAP_OK : wrap_fail(err, WRAP_ENOMEM, "no memory for fingerprints");
}
