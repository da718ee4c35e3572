/* What looks.c and score.c say of each sentence of an article, for summary.c to choose from. */
#ifndef WRAP_DIGEST_SCORE_H
#define WRAP_DIGEST_SCORE_H

#include "digest/internal.h"

/* What the bare look of a sentence says. */
struct looks {
	size_t words;
	double caps; /* share of words with a capital, the first left out */
	bool digit, quote, question, cue, leans, points, furniture, bad, complete;
	bool said;   /* it opens with a quotation and goes on outside of it: somebody said so */
	bool half;   /* of a quotation or bracket */
	bool speech; /* in the middle of one that began before it */
};

struct scored {
	double score[DOC_SENTENCES];
	struct looks looks[DOC_SENTENCES];
	size_t order[DOC_SENTENCES]; /* best first */
};

/* What each sentence of d looks like; out has room for all of them. */
void looks_read(struct words *w, const char *lang, const struct doc *d, struct looks *out);
/* Score every sentence of d. title may be NULL. */
enum wrap_rc score_all(struct words *w, const char *lang, const char *title, const struct doc *d,
    struct scored *out, struct wrap_err *err);

#endif
