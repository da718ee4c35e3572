/*
 * What the files of digest share: texts as vectors of terms, the shorter forms of a sentence, and the steps from
 * articles to an edition.
 */
#ifndef WRAP_DIGEST_INTERNAL_H
#define WRAP_DIGEST_INTERNAL_H

#include "wrap/digest.h"
#include "wrap/text.h"

/* ---- doc.c: one article as sentences with weighted terms ---- */

#define DOC_SENTENCES 120 /* further ones are not looked at */

struct doc_term {
	uint32_t term; /* local: 0 .. n_terms - 1, in the order of the run's numbers */
	uint32_t tf;
	double w; /* tf x idf, the sentence's vector has length 1 */
};

struct doc {
	struct sentences list;
	size_t n;
	struct doc_term *v; /* by sentence, then term */
	size_t at[DOC_SENTENCES + 1];
	uint32_t *words; /* run's number of each local term, rising */
	double *idf;
	uint32_t *total; /* occurrences in the article */
	size_t n_terms, n_all;
	double sim[DOC_SENTENCES][DOC_SENTENCES]; /* cosine */
};

enum wrap_rc doc_read(
    struct words *w, const char *lang, struct span text, struct doc **out, struct wrap_err *err);
void doc_free(struct doc **d);
/* The local number of a term of the run; -1 when the article has it not. */
int doc_find(const struct doc *d, uint32_t term);

/* ---- trim.c: shorter forms of a sentence that assert the same ---- */

#define TRIM_FORMS 6

/* A form is the sentence with stretches left out: up to three pieces, then an optional full stop. */
struct trim_form {
	struct span piece[3];
	size_t n_pieces;
	bool stop; /* a full stop is added */
	size_t words;
	double weight; /* 1 for the sentence as it stands */
};
/* The forms of a sentence, the whole one (less its dateline) first. Returns how many. */
size_t trim_forms(const char *lang, struct span s, struct trim_form out[TRIM_FORMS]);
void trim_write(const struct trim_form *f, struct buf *out);
bool trim_is_complete(struct span s); /* ends in closing punctuation */

#endif
