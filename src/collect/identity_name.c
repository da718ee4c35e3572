/*
 * The names of an entry: its guid; the guid less scheme and host, which outlives a move of the site; title and
 * path together, which outlive a guid that is minted anew. A name that two entries of one document share is
 * none, so that two stories are never taken for one.
 */
#include "identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void
identity_names_free(struct names *v, size_t n)
{
	for (size_t i = 0; v != NULL && i < n; i++) {
		free(v[i].key);
		free(v[i].own);
		free(v[i].moved);
		free(v[i].story);
		free(v[i].known);
	}
	free(v);
}

enum wrap_rc
identity_names(const struct reading *r, struct names **out, struct wrap_err *err)
{
	struct names *v = calloc(r->n == 0 ? 1 : r->n, sizeof(*v));

	*out = v;
	if (v == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	for (size_t i = 0; i < r->n; i++) {
		v[i].key = key_of(r, i);
		v[i].own = v[i].key == NULL ? NULL : joined("id:", span_of(v[i].key));
		if (v[i].own == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		v[i].moved = moved_name(v[i].key);
		v[i].story = story_name(&r->v[i]);
		for (size_t k = 0; k < i && !v[i].repeat; k++)
			v[i].repeat = same(v[i].key, v[k].key);
	}
	drop_shared(v, r->n);
	return WRAP_OK;
}
