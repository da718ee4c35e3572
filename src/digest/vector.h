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

#endif
