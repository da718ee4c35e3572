/*
 * Archive pages, the index, the feed and the style sheet are the same for everybody: they are made once in half
 * a minute. A few megabytes at most; one thread uses it.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define KEPT 64
#define KEPT_BYTES ((size_t)512 << 10) /* of one answer; a larger one is made each time */
#define FRESH_MS 30000

struct kept {
	char *key;
	int64_t at_ms;
	unsigned status;
	const char *type;
	bool styled;
	char etag[24];
	struct buf body;
};

struct cache {
	struct kept v[KEPT];
};

struct cache *
cache_new(void)
{
	return calloc(1, sizeof(struct cache));
}

static void
kept_clear(struct kept *k)
{
	free(k->key);
	buf_clear(&k->body);
	*k = (struct kept){ 0 };
}

void
cache_free(struct cache **c)
{
	for (size_t i = 0; *c != NULL && i < KEPT; i++)
		kept_clear(&(*c)->v[i]);
	free(*c);
	*c = NULL;
}

/* Path and language. Owned. */
static char *
make_key(const struct visit *v)
{
	struct buf b = BUF_INIT(4096);

	buf_addspan(&b, v->path);
	buf_addc(&b, ' ');
	buf_adds(&b, v->tongue->language);
	return buf_steal(&b);
}

bool
cache_get(struct cache *c, struct visit *v, int64_t now_ms)
{
	char *key = make_key(v);
	struct kept *k = NULL;

	for (size_t i = 0; key != NULL && i < KEPT && k == NULL; i++)
		if (c->v[i].key != NULL && strcmp(c->v[i].key, key) == 0)
			k = &c->v[i];
	free(key);
	if (k == NULL || now_ms - k->at_ms > FRESH_MS)
		return false;
	v->status = k->status;
	v->type = k->type;
	v->styled = k->styled;
	v->open = true;
	memcpy(v->etag, k->etag, sizeof(v->etag));
	buf_addspan(&v->body, buf_span(&k->body));
	return buf_rc(&v->body, NULL) == WRAP_OK;
}

void
cache_put(struct cache *c, const struct visit *v, int64_t now_ms)
{
	char *key = make_key(v);
	struct kept *k = &c->v[0];

	if (key == NULL || v->body.n > KEPT_BYTES) {
		free(key);
		return;
	}
	for (size_t i = 0; i < KEPT; i++) {
		if (c->v[i].key != NULL && strcmp(c->v[i].key, key) == 0) {
			k = &c->v[i];
			break;
		}
		if (c->v[i].at_ms < k->at_ms)
			k = &c->v[i];
	}
	kept_clear(k);
	*k = (struct kept){ .key = key,
		.at_ms = now_ms,
		.status = v->status,
		.type = v->type,
		.styled = v->styled };
	memcpy(k->etag, v->etag, sizeof(k->etag));
	buf_init(&k->body, KEPT_BYTES + 1);
	buf_addspan(&k->body, buf_span(&v->body));
	if (buf_rc(&k->body, NULL) != WRAP_OK)
		kept_clear(k);
}
