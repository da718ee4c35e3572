/*
 * Which entry is which. A mailer that takes an old story for a new one mails it twice, so an entry is
 * known by more than its guid: by the guid less scheme and host (the site moved), and by title and path
 * together (the guid was minted anew). The reverse, two stories taken for one, is guarded against by
 * using no name that two entries of one document share.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY ((int64_t)86400)
#define SAME_DAYS 28 /* titles come back; beyond this it is another story */
#define FIRST_UNDATED 10

/* The names of one entry. Owned; NULL: it has none of that kind. */
struct names {
	char *key;   /* its guid in our store when it is new */
	char *moved; /* the guid, whatever its host */
	char *story; /* title and path */
	char *known; /* guid of the article it turned out to be */
	bool repeat; /* the same entry stands in the document before */
};

static char *
joined(const char *kind, struct span s)
{
	struct buf b = BUF_INIT(1 << 16);

	buf_adds(&b, kind);
	buf_addspan(&b, s);
	return buf_steal(&b);
}

static char *
hashed(const char *kind, struct span a, struct span b)
{
	struct buf all = BUF_INIT(0), out = BUF_INIT(1 << 10);
	uint8_t hash[SHA256_BYTES];

	buf_addspan(&all, a);
	buf_addc(&all, '\n');
	buf_addspan(&all, b);
	secret_sha256(buf_span(&all), hash);
	buf_adds(&out, kind);
	hex_encode((struct span){ (const char *)hash, 16 }, &out);
	buf_clear(&all);
	return buf_steal(&out);
}

/* A link without host and tracking; the query only where the path alone tells nothing. */
static void
add_path(const char *url, struct buf *out)
{
	struct buf canon = BUF_INIT(1 << 16);
	struct url u;

	url_canonical(span_of(url), &canon);
	u = url_split(buf_span(&canon));
	buf_addspan(out, u.path);
	if (u.path.n < 2 || memchr(u.path.p + 1, '.', u.path.n - 1) != NULL) {
		buf_addc(out, '?');
		buf_addspan(out, u.query);
	}
	buf_clear(&canon);
}

/* "https://a.example/2026/1/#0" and "tag:a.example,2005:post-1" without the part that a move changes. */
static char *
moved_name(const char *guid)
{
	struct span s = span_of(guid);
	struct url u = url_split(s);
	struct buf b = BUF_INIT(1 << 16);
	const char *colon;

	if (span_ieqs(u.scheme, "tag") && (colon = memchr(u.path.p, ':', u.path.n)) != NULL) {
		struct span rest = { colon + 1, u.path.n - (size_t)(colon + 1 - u.path.p) };
		return rest.n < 8 ? NULL : joined("g:", rest);
	}
	if (!url_is_web(s))
		return NULL;
	while (u.path.n > 0 && u.path.p[u.path.n - 1] == '/')
		u.path.n--;
	buf_addspan(&b, u.path);
	if (u.has_query) {
		buf_addc(&b, '?');
		buf_addspan(&b, u.query);
	}
	/* The BBC counts changes of a story with #0, #1, #2. */
	if (u.fragment.n > 1) {
		buf_addc(&b, '#');
		buf_addspan(&b, u.fragment);
	}
	if (b.n < 4) {
		buf_clear(&b);
		return NULL;
	}
	char *name = joined("g:", buf_span(&b));
	buf_clear(&b);
	return name;
}

static char *
story_name(const struct article *a)
{
	struct buf path = BUF_INIT(1 << 16);
	char *name;

	if (a->url == NULL)
		return NULL;
	add_path(a->url, &path);
	name = hashed("t:", span_of(a->title), buf_span(&path));
	buf_clear(&path);
	return name;
}

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool
same_content(const struct article *a, const struct article *b)
{
	return same(a->title, b->title) &&
	       (same(a->url, b->url) || (a->url == NULL && b->url == NULL)) &&
	       a->published_at == b->published_at;
}

/* Is v[i]'s value the value of another entry that is not the same story? */
static bool
shared(const struct reading *r, size_t i, bool by_guid)
{
	const char *mine = by_guid ? r->v[i].guid : r->v[i].url;

	for (size_t k = 0; k < r->n; k++)
		if (k != i && same(mine, by_guid ? r->v[k].guid : r->v[k].url) &&
		    !same_content(&r->v[i], &r->v[k]))
			return true;
	return false;
}

static char *
key_of(const struct reading *r, size_t i)
{
	const struct article *a = &r->v[i];
	struct buf b = BUF_INIT(1 << 16);
	char date[32], *key;

	if (a->guid != NULL && !shared(r, i, true))
		return str_dup(a->guid);
	if (a->url != NULL && !shared(r, i, false)) {
		url_canonical(span_of(a->url), &b);
		key = buf_steal(&b);
		return key;
	}
	(void)snprintf(date, sizeof(date), "%lld", (long long)a->published_at);
	return hashed("", span_of(a->title), span_of(date));
}

/* A name that two entries of the document share names neither. */
static void
drop_shared(struct names *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++) {
			if (v[k].repeat || v[i].repeat)
				continue;
			if (same(v[i].moved, v[k].moved))
				v[i].moved[0] = v[k].moved[0] = '\0';
			if (same(v[i].story, v[k].story))
				v[i].story[0] = v[k].story[0] = '\0';
		}
}

static void
names_free(struct names *v, size_t n)
{
	for (size_t i = 0; v != NULL && i < n; i++) {
		free(v[i].key);
		free(v[i].moved);
		free(v[i].story);
		free(v[i].known);
	}
	free(v);
}

static enum wrap_rc
name_all(const struct reading *r, struct names **out, struct wrap_err *err)
{
	struct names *v = calloc(r->n == 0 ? 1 : r->n, sizeof(*v));

	*out = v;
	if (v == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	for (size_t i = 0; i < r->n; i++) {
		v[i].key = key_of(r, i);
		if (v[i].key == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		v[i].moved = moved_name(v[i].key);
		v[i].story = story_name(&r->v[i]);
		for (size_t k = 0; k < i && !v[i].repeat; k++)
			v[i].repeat = same(v[i].key, v[k].key);
	}
	drop_shared(v, r->n);
	return WRAP_OK;
}

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
	char *own = joined("id:", span_of(n->key));
	enum wrap_rc rc = article_find(st, f->id, n->key, &was, err);

	if (rc == WRAP_OK) {
		n->known = str_dup(was.guid);
		inherit(a, &was);
		article_clear(&was);
	} else if (rc == WRAP_ENOTFOUND) {
		rc = by_alias(st, f, own, a, false, now, &n->known, err);
		if (rc == WRAP_OK)
			rc = by_alias(st, f, n->moved, a, false, now, &n->known, err);
		if (rc == WRAP_OK)
			rc = by_alias(st, f, n->story, a, true, now, &n->known, err);
	}
	free(own);
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
	char *own = joined("id:", span_of(n->key)), *raw = a->guid;
	const char *const aliases[] = { n->known != NULL && !same(n->known, n->key) ? own : NULL,
		n->moved, n->story };
	enum wrap_rc rc;
	int64_t id = 0;

	a->guid = n->known != NULL ? n->known : n->key;
	a->feed_id = f->id;
	rc = article_put(st, a, added, &id, err);
	a->guid = raw;
	for (size_t i = 0; rc == WRAP_OK && i < 3; i++)
		if (aliases[i] != NULL && aliases[i][0] != '\0')
			rc = article_alias_add(st, f->id, aliases[i], id, now, err);
	free(own);
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
	enum wrap_rc rc = name_all(r, &v, err);

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
	names_free(v, r->n);
	return rc;
}
