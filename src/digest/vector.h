/* Texts as weighted terms: shared by vector.c, which makes them, and event.c, which joins what is alike. */
#ifndef WRAP_DIGEST_VECTOR_H
#define WRAP_DIGEST_VECTOR_H

#include "digest/internal.h"

#define TOP_TERMS 12 /* of a text, by weight: two texts of one event share at least two */

struct weight {
	uint32_t term;
	float w;
};

struct vector {
	struct weight *v; /* by term, length 1 */
	size_t n;
	struct weight *title; /* the title's terms that tell something */
	size_t n_title;
	uint32_t top[TOP_TERMS]; /* the heaviest terms that another text has too */
	size_t n_top;
};

/* One vector for each text, into x[0 .. n - 1], which is zero; false on no memory. */
bool vectors_make(const struct words *w, const struct story_text *t, size_t n,
    const struct term_counts *past, struct vector *x);
void vectors_free(struct vector *x, size_t n); /* and x itself */
/* How alike two texts are, up to 1. Titles with less than four words in common take off. */
double vector_likeness(const struct vector *a, const struct vector *b);

/* ---- series.c: texts of one mould ---- */

/* Two texts that look alike: does each have, in its title or in figures, something of its own that the other lacks? */
bool series_apart(const struct words *w, const struct story_text *a, const struct story_text *b);
/* And have they enough in common to come out of one mould? */
bool series_mould(const struct words *w, const struct story_text *a, const struct story_text *b);
/* series_apart as copies_find asks it; ctx is a struct series. */
struct series {
	const struct words *w;
	const struct story_text *t;
};
bool series_are_apart(void *ctx, size_t a, size_t b);

#endif
