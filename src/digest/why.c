/*
 * Why: everything known of the articles behind an address, edition by edition, and what is known of one that no
 * edition has looked at yet.
 */
#include "digest/internal.h"

#include <stdlib.h>
#include <string.h>

struct asked {
	struct store *st;
	const struct config *c;
	struct buf key; /* of the address */
	digest_fact_fn each;
	void *ctx;
	/* editions, oldest first */
	struct edition *v;
	size_t n, size;
	size_t at; /* the one being read */
	size_t facts;
	int64_t *told; /* articles that an edition has looked at */
	size_t n_told;
};

static bool
is_asked(struct asked *q, const struct article *a)
{
	struct buf key = BUF_INIT(8192);
	bool same;

	if (a->url == NULL)
		return false;
	digest_url_key(a->url, &key);
	same = key.rc == WRAP_OK && span_eq(buf_span(&key), buf_span(&q->key));
	buf_clear(&key);
	return same;
}

static enum wrap_rc
edition_note(void *ctx, const struct edition *e, struct wrap_err *err)
{
	struct asked *q = ctx;

	if (q->n == q->size) {
		size_t size = q->size ? q->size * 2 : 32;
		struct edition *v = realloc(q->v, size * sizeof(*v));

		if (v == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "no memory for editions");
		q->v = v;
		q->size = size;
	}
	q->v[q->n] = *e;
	q->v[q->n].markdown = q->v[q->n].subject = q->v[q->n].hold =
	    NULL; /* not ours, not needed */
	q->v[q->n].approved_hash = q->v[q->n].generated_hash = NULL;
	q->n++;
	return WRAP_OK;
}

static enum wrap_rc
story_note(void *ctx, const struct story *s, const struct article *a, struct wrap_err *err)
{
	struct asked *q = ctx;
	int64_t *told;

	if (!is_asked(q, a))
		return WRAP_OK;
	told = realloc(q->told, (q->n_told + 1) * sizeof(*told));
	if (told == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for articles");
	q->told = told;
	q->told[q->n_told++] = a->id;
	q->facts++;
	return q->each(q->ctx,
	    &(struct digest_fact){ .article = a,
		.edition = q->v[q->at].key,
		.state = q->v[q->at].state,
		.position = s->position,
		.topic = s->topic,
		.why = s->why },
	    err);
}

/* What there is to say of an article that no edition has a row for. */
static const char *
unjudged(const struct asked *q, const struct article *a)
{
	const struct edition *last = q->n == 0 ? NULL : &q->v[q->n - 1];

	if (last == NULL)
		return "waiting: no edition was made yet; wrap draft makes one";
	if (a->seen_at > last->window_to)
		return "waiting: it came after the last draft was made; the next one looks at it";
	return "missed: it was seen before the window of the first edition began (edition.first_days)";
}

static enum wrap_rc
waiting_note(struct asked *q, struct wrap_err *err)
{
	struct articles all;
	enum wrap_rc rc = article_window(q->st, -1, INT64_MAX, &all, err);

	if (rc != WRAP_OK)
		return rc;
	for (size_t i = 0; rc == WRAP_OK && i < all.n; i++) {
		bool told = !is_asked(q, &all.v[i]);

		for (size_t k = 0; !told && k < q->n_told; k++)
			told = q->told[k] == all.v[i].id;
		if (told)
			continue;
		q->facts++;
		rc = q->each(q->ctx,
		    &(struct digest_fact){ .article = &all.v[i], .why = unjudged(q, &all.v[i]) },
		    err);
	}
	articles_clear(&all);
	return rc;
}

enum wrap_rc
digest_why(struct store *st, const struct config *c, const char *url, digest_fact_fn each,
    void *ctx, struct wrap_err *err)
{
	struct asked q = { .st = st, .c = c, .key = BUF_INIT(8192), .each = each, .ctx = ctx };
	enum wrap_rc rc;

	digest_url_key(url, &q.key);
	rc = buf_rc(&q.key, err);
	if (rc == WRAP_OK)
		rc = edition_each(st, edition_note, &q, err);
	for (q.at = 0; rc == WRAP_OK && q.at < q.n; q.at++)
		rc = story_each(st, q.v[q.at].id, story_note, &q, err);
	if (rc == WRAP_OK)
		rc = waiting_note(&q, err);
	if (rc == WRAP_OK && q.facts == 0)
		rc = wrap_fail(err, WRAP_ENOTFOUND, "no feed ever gave an article at %.300s", url);
	free(q.v);
	free(q.told);
	buf_clear(&q.key);
	return rc;
}
