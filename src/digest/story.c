/*
 * Stories: articles that tell the same are told once. First by identity: the same address, or the same title within a
 * week.
 */
#include "digest/internal.h"

#include <stdlib.h>
#include <string.h>

/* An address without what does not change the page: scheme, www., m. and amp., tracking parameters, fragment, last slash. */
static void
url_key(const char *url, struct buf *out)
{
	struct span u = span_of(url), q;
	size_t at = span_find(u, SPAN_LIT("://"));
	bool first = true;

	if (at != (size_t)-1)
		u = (struct span){ u.p + at + 3, u.n - at - 3 };
	static const char *const hosts[] = { "www.", "m.", "amp.", "mobile." };
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		size_t n = strlen(hosts[i]);

		if (u.n > n && span_ieq((struct span){ u.p, n }, span_of(hosts[i])))
			u = (struct span){ u.p + n, u.n - n };
	}
	for (size_t i = 0; i < u.n; i++)
		if (u.p[i] == '#')
			u.n = i;
	at = span_find(u, SPAN_LIT("?"));
	q = at == (size_t)-1 ? (struct span){ 0 } : (struct span){ u.p + at + 1, u.n - at - 1 };
	u.n = at == (size_t)-1 ? u.n : at;
	while (u.n > 0 && u.p[u.n - 1] == '/')
		u.n--;
	for (size_t i = 0; i < u.n; i++)
		buf_addc(out, u.p[i] >= 'A' && u.p[i] <= 'Z' ? (char)(u.p[i] + 32) : u.p[i]);
	for (struct span f; q.n > 0 && span_cut(&q, '&', &f);) {
		if (f.n >= 4 && (memcmp(f.p, "utm_", 4) == 0 || memcmp(f.p, "amp=", 4) == 0))
			continue;
		if (span_find(f, SPAN_LIT("fbclid=")) == 0 ||
		    span_find(f, SPAN_LIT("gclid=")) == 0 || span_find(f, SPAN_LIT("mc_")) == 0 ||
		    span_find(f, SPAN_LIT("ref=")) == 0)
			continue;
		buf_addc(out, first ? '?' : '&');
		buf_addspan(out, f);
		first = false;
	}
}

struct keyed {
	char *key;
	struct item *i;
};

static int
keyed_cmp(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c != 0 ? c : item_order(x->i, y->i);
}

static void
copy_of(struct item *i, struct item *head)
{
	i->head = head;
	head->copies++;
	if (head->a->feed_id != i->a->feed_id)
		head->sources++;
	item_drop(i, REASON_COPY, "the same address as \"%s\" from %s", head->a->title,
	    head->a->feed_name);
}

enum wrap_rc
story_group(struct bench *b, struct wrap_err *err)
{
	struct keyed *k = calloc(b->n + 1, sizeof(*k));
	size_t n = 0;
	enum wrap_rc rc = WRAP_OK;

	if (k == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for stories");
	for (size_t i = 0; rc == WRAP_OK && i < b->n; i++) {
		struct buf key = BUF_INIT(8192);

		if (!item_is_in(&b->v[i]) || b->v[i].a->url == NULL)
			continue;
		url_key(b->v[i].a->url, &key);
		rc = buf_rc(&key, err) == WRAP_ENOMEM ? WRAP_ENOMEM : WRAP_OK;
		if (key.rc == WRAP_OK && key.n > 0) {
			k[n].i = &b->v[i];
			k[n++].key = buf_steal(&key);
		}
		buf_clear(&key);
	}
	qsort(k, n, sizeof(*k), keyed_cmp);
	for (size_t i = 1; i < n; i++)
		if (strcmp(k[i].key, k[i - 1].key) == 0)
			copy_of(k[i].i, k[i - 1].i->head);
	for (size_t i = 0; i < n; i++)
		free(k[i].key);
	free(k);
	return rc;
}
