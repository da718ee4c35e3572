/*
 * Coverage: whether the week was seen well enough to be told. A required feed that fails, or too many that do, holds
 * the edition: silence about a week must never look like a quiet week. And which sponsors are about to run out.
 */
#include "digest/internal.h"

#include <stdio.h>
#include <string.h>

struct coverage {
	const struct config *c;
	struct buf why;
	size_t tried, failed;
	bool *seen; /* by feed of the configuration */
};

static enum wrap_rc
coverage_feed(void *ctx, const struct feed *f, struct wrap_err *err)
{
	struct coverage *cov = ctx;
	bool bad = f->failures > 0 || f->hold != NULL;

	(void)err;
	for (size_t i = 0; i < cov->c->n_feeds; i++) {
		const struct config_feed *cf = &cov->c->feeds[i];

		if (!span_ieqs(span_of(f->name), cf->name) || f->last_tried_at == 0)
			continue;
		cov->tried++;
		cov->failed += bad;
		cov->seen[i] = true;
		if (cf->required && bad)
			buf_addf(&cov->why, "%sthe required feed %s failed: %s",
			    cov->why.n > 0 ? "; " : "", f->name,
			    f->error != NULL  ? f->error
			    : f->hold != NULL ? f->hold
					      : "no reason given");
	}
	return WRAP_OK;
}

enum wrap_rc
coverage_check(struct bench *b, char **why, struct wrap_err *err)
{
	bool seen[4096] = { false };
	struct coverage cov = { .c = b->c, .why = BUF_INIT(4096), .seen = seen };
	enum wrap_rc rc;

	*why = NULL;
	if (b->c->n_feeds > sizeof(seen) / sizeof(seen[0]))
		return wrap_fail(
		    err, WRAP_ELIMIT, "more feeds than the %zu there may be", sizeof(seen));
	rc = feed_each(b->st, coverage_feed, &cov, err);
	for (size_t i = 0; rc == WRAP_OK && i < b->c->n_feeds; i++)
		if (b->c->feeds[i].required && !seen[i])
			buf_addf(&cov.why, "%sthe required feed %s was never read",
			    cov.why.n > 0 ? "; " : "", b->c->feeds[i].name);
	if (rc == WRAP_OK &&
	    (int64_t)cov.failed * 100 > b->c->edition.failed_share * (int64_t)cov.tried)
		buf_addf(&cov.why,
		    "%s%zu of %zu feeds failed, more than %lld percent (edition.failed_share)",
		    cov.why.n > 0 ? "; " : "", cov.failed, cov.tried,
		    (long long)b->c->edition.failed_share);
	if (rc == WRAP_OK && cov.why.n > 0 && (rc = buf_rc(&cov.why, err)) == WRAP_OK)
		*why = buf_steal(&cov.why);
	buf_clear(&cov.why);
	return rc;
}

void
sponsor_notes(const struct bench *b, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < b->c->n_topics && n < size; i++) {
		const struct config_sponsor *s = &b->c->topics[i].sponsor;
		int64_t left = s->until - b->when;
		int k = 0;

		if (s->name == NULL || s->until == 0)
			continue;
		if (left > 0 && left <= b->c->edition.sponsor_days * 86400)
			k = snprintf(out + n, size - n, "sponsor %s of %s runs out in %lld days\n",
			    s->name, b->c->topics[i].name, (long long)((left + 86399) / 86400));
		else if (left <= 0 && left > -7 * 86400)
			k = snprintf(out + n, size - n,
			    "sponsor %s of %s has run out and is not shown\n", s->name,
			    b->c->topics[i].name);
		n += k > 0 ? (size_t)k : 0;
	}
	if (n >= size) /* end at a whole line */
		while (n > 0 && (n >= size || out[n - 1] != '\n'))
			out[--n] = '\0';
}
