/*
 * Which entry is which. A mailer that takes an old story for a new one mails it twice, so an entry is looked
 * up by every name it has (identity_name.c); and a feed whose past suddenly looks new is not believed.
 */
#include "identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY ((int64_t)86400)
#define SAME_DAYS 28 /* titles come back; beyond this it is another story */
#define FIRST_UNDATED 10

/* ---- what is known ---------------------------------------------------------------------------------------- */

/* Within four weeks of one another, as far as their dates tell. */
static bool
near(const struct article *was, const struct article *is, int64_t now)
{
	int64_t a = was->published_at > 0 ? was->published_at : was->seen_at;
	int64_t b = is->published_at > 0 ? is->published_at : now;

	return (a > b ? a - b : b - a) <= SAME_DAYS * DAY;
}

/* What a page once gave stays when the feed still gives a teaser only. */
static void
inherit(struct article *is, struct article *was)
{
	char **const mine[] = { &is->text, &is->image, &is->byline };
	char **const its[] = { &was->text, &was->image, &was->byline };

	for (size_t i = 0; i < 3; i++)
		if (*mine[i] == NULL) {
			*mine[i] = *its[i];
			*its[i] = NULL;
		}
}

static enum wrap_rc
by_alias(struct store *st, const struct feed *f, const char *alias, struct article *a,
    bool near_only, int64_t now, char **known, struct wrap_err *err)
{
	struct article was;
	enum wrap_rc rc;

	if (alias == NULL || alias[0] == '\0' || *known != NULL)
		return WRAP_OK;
	rc = article_by_alias(st, f->id, alias, &was, err);
	if (rc != WRAP_OK)
		return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
	if (!near_only || near(&was, a, now)) {
		*known = str_dup(was.guid);
		inherit(a, &was);
	}
	article_clear(&was);
	return WRAP_OK;
}

static enum wrap_rc
look_up(struct store *st, const struct feed *f, struct article *a, struct names *n, int64_t now,
    struct wrap_err *err)
{
	struct article was;
	enum wrap_rc rc = article_find(st, f->id, n->key, &was, err);

	if (rc == WRAP_OK) {
		n->known = str_dup(was.guid);
		inherit(a, &was);
		article_clear(&was);
	} else if (rc == WRAP_ENOTFOUND) {
		rc = by_alias(st, f, n->own, a, false, now, &n->known, err);
		if (rc == WRAP_OK)
			rc = by_alias(st, f, n->moved, a, false, now, &n->known, err);
		if (rc == WRAP_OK)
			rc = by_alias(st, f, n->story, a, true, now, &n->known, err);
	}
	return rc;
}

/* More than half of the document is news from before our last visit: its guids were minted anew, or it moved. */
static bool
looks_reminted(const struct feed *f, const struct reading *r, const struct names *v, int64_t now)
{
	size_t unknown = 0, past = 0, dated = 0;

	for (size_t i = 0; i < r->n; i++) {
		dated += r->v[i].published_at > 0;
		if (v[i].known != NULL || v[i].repeat)
			continue;
		unknown++;
		past += r->v[i].published_at > 0 && r->v[i].published_at < f->last_good_at - DAY;
	}
	if (past >= 3 && past * 2 > r->n)
		return true;
	return dated == 0 && unknown == r->n && r->n >= 5 && now - f->last_good_at < 3 * DAY;
}

/* ---- put ----------------------------------------------------------------------------------------------------- */

static enum wrap_rc
put_one(struct store *st, const struct feed *f, struct article *a, const struct names *n,
    int64_t now, bool *added, struct wrap_err *err)
{
	bool renamed = n->known != NULL && strcmp(n->known, n->key) != 0;
	const char *const aliases[] = { renamed ? n->own : NULL, n->moved, n->story };
	char *raw = a->guid;
	enum wrap_rc rc;
	int64_t id = 0;

	a->guid = n->known != NULL ? n->known : n->key;
	a->feed_id = f->id;
	rc = article_put(st, a, added, &id, err);
	a->guid = raw;
	for (size_t i = 0; rc == WRAP_OK && i < 3; i++)
		if (aliases[i] != NULL && aliases[i][0] != '\0')
			rc = article_alias_add(st, f->id, aliases[i], id, now, err);
	return rc;
}

/* From when on a story counts as news when a feed is read for the first time. */
static enum wrap_rc
news_since(
    struct store *st, const struct config *c, int64_t now, int64_t *since, struct wrap_err *err)
{
	struct edition e;
	enum wrap_rc rc = edition_last_sealed(st, &e, err);

	*since = now - c->edition.first_days * DAY;
	if (rc == WRAP_OK) {
		*since = e.window_to;
		edition_clear(&e);
	}
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

/*
 * When we first saw it. On a feed's first reading its past counts as seen when it was published, so that a
 * new feed brings its news and not its archive; of undated entries the first few are news.
 */
static int64_t
seen_at(const struct article *a, bool first, int64_t since, int64_t now, size_t *undated)
{
	if (!first)
		return now;
	if (a->published_at > 0)
		return a->published_at < since ? a->published_at : now;
	return (*undated)++ < FIRST_UNDATED ? now : now - 365 * DAY;
}

static enum wrap_rc
put_all(struct store *st, const struct config *c, const struct feed *f, struct reading *r,
    const struct names *v, int64_t now, bool first, size_t *added, struct strs *news,
    struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;
	int64_t since = 0;
	size_t undated = 0;

	if (first)
		rc = news_since(st, c, now, &since, err);
	/* Last in the document is oldest: ids then grow with the news. */
	for (size_t i = r->n; rc == WRAP_OK && i-- > 0;) {
		struct article *a = &r->v[i];
		bool is_new = false;
		if (v[i].repeat)
			continue;
		/* A date in the future is a mistake: what counts is when we saw it. */
		if (a->published_at > now + DAY)
			a->published_at = 0;
		a->seen_at = seen_at(a, first, since, now, &undated);
		rc = put_one(st, f, a, &v[i], now, &is_new, err);
		*added += is_new;
		if (rc == WRAP_OK && is_new && a->seen_at == now)
			rc = strs_add(news, span_of(v[i].key), err);
	}
	return rc;
}

enum wrap_rc
identity_put(struct store *st, const struct config *c, const struct feed *f, struct reading *r,
    int64_t now, bool trust, size_t *added, bool *suspect, struct strs *news, struct wrap_err *err)
{
	struct names *v = NULL;
	int64_t have = 0;
	enum wrap_rc rc = identity_names(r, &v, err);

	*added = 0;
	*suspect = false;
	if (rc == WRAP_OK)
		rc = article_feed_count(st, f->id, INT64_MIN, &have, err);
	for (size_t i = 0; rc == WRAP_OK && have > 0 && i < r->n; i++)
		rc = look_up(st, f, &r->v[i], &v[i], now, err);
	if (rc == WRAP_OK && have > 0 && f->last_good_at > 0 && !trust)
		*suspect = looks_reminted(f, r, v, now);
	if (rc == WRAP_OK && !*suspect)
		rc = put_all(st, c, f, r, v, now, have == 0, added, news, err);
	identity_names_free(v, r->n);
	return rc;
}
