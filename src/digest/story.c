/*
 * Stories: articles that tell the same are told once. Copies first: the same address, the same title within a week,
 * or near-equal text; then events, the same story in other words. One of each stands for the others, which are named
 * under it. What the last edition told is not told again as somebody else's copy.
 */
#include "digest/vector.h"

#include <stdlib.h>
#include <string.h>

#define WEEK (7 * 86400)
#define TITLE_TERMS 4 /* a shorter title ("Weekly notes") makes no copies */
#define FULL_TEXT 250 /* words */

/* ---- classes of copies: union over numbers of texts, items first, then what was told ---- */

struct classes {
	struct bench *b;
	struct item **item; /* those that are in */
	size_t n, all;      /* items; items and told */
	size_t *of;
};

static size_t
root_of(size_t *parent, size_t i)
{
	while (parent[i] != i)
		i = parent[i] = parent[parent[i]];
	return i;
}

static void
unite(struct classes *c, size_t a, size_t b)
{
	size_t ra = root_of(c->of, a), rb = root_of(c->of, b);

	c->of[ra > rb ? ra : rb] = ra > rb ? rb : ra;
}

static const struct told *
told_at(const struct classes *c, size_t i)
{
	return i >= c->n ? &c->b->told[i - c->n] : NULL;
}

struct keyed {
	char *key;
	size_t i;
};

static int
keyed_cmp(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c != 0 ? c : (x->i > y->i) - (x->i < y->i);
}

static char *
url_of(const struct classes *c, size_t i)
{
	const char *url = i < c->n ? c->item[i]->a->url : told_at(c, i)->url;
	struct buf key = BUF_INIT(8192);
	char *s = NULL;

	if (url != NULL)
		digest_url_key(url, &key);
	if (key.n > 0)
		s = buf_steal(&key);
	buf_clear(&key);
	return s;
}

/* The words of a title long enough to be its own, in lower case with everything else left out. */
static char *
title_of(const struct classes *c, size_t i)
{
	const struct terms *t = i < c->n ? &c->item[i]->title : &told_at(c, i)->title;
	struct buf key = BUF_INIT(8192);
	char *s = NULL;

	for (size_t k = 0; t->n >= TITLE_TERMS && k < t->n; k++)
		buf_addf(&key, "%x ", t->v[k]);
	if (key.n > 0)
		s = buf_steal(&key);
	buf_clear(&key);
	return s;
}

static int64_t
date_of(const struct classes *c, size_t i)
{
	return i < c->n ? c->item[i]->date : told_at(c, i)->date;
}

/* What stories are found from, of any text. */
static struct story_text
text_of(const struct classes *c, size_t i)
{
	const struct told *t = told_at(c, i);

	if (t != NULL)
		return (struct story_text){ t->title, t->body, t->raw, t->feed_id };
	return (struct story_text){ c->item[i]->title, c->item[i]->body, c->item[i]->raw,
		c->item[i]->a->feed_id };
}

/*
 * Two texts of one title are copies when they came within a week; but a feed that has it twice, each time above a text,
 * repeats its title ("Names sold at auction today"), and the texts must say.
 */
static bool
title_tells(const struct classes *c, size_t i, size_t k)
{
	int64_t apart = date_of(c, i) - date_of(c, k);
	struct story_text a = text_of(c, i), b = text_of(c, k);

	return apart < WEEK && apart > -WEEK &&
	       (a.source != b.source || a.body.n == 0 || b.body.n == 0);
}

/* Unite texts with equal keys; titles only when they tell. */
static bool
unite_keys(struct classes *c, char *(*key_of)(const struct classes *c, size_t i), bool titles)
{
	struct keyed *k = calloc(c->all + 1, sizeof(*k));
	size_t n = 0;

	if (k == NULL)
		return false;
	for (size_t i = 0; i < c->all; i++)
		if ((k[n].key = key_of(c, i)) != NULL)
			k[n++].i = i;
	qsort(k, n, sizeof(*k), keyed_cmp);
	for (size_t i = 1; i < n; i++)
		if (strcmp(k[i].key, k[i - 1].key) == 0 &&
		    (!titles || title_tells(c, k[i].i, k[i - 1].i)))
			unite(c, k[i].i, k[i - 1].i);
	for (size_t i = 0; i < n; i++)
		free(k[i].key);
	free(k);
	return true;
}

static enum wrap_rc
unite_texts(struct classes *c, struct wrap_err *err)
{
	struct terms *raw = calloc(c->all + 1, sizeof(*raw));
	struct story_text *t = calloc(c->all + 1, sizeof(*t));
	size_t *copy = calloc(c->all + 1, sizeof(*copy));
	enum wrap_rc rc;

	if (raw == NULL || t == NULL || copy == NULL) {
		rc = wrap_fail(err, WRAP_ENOMEM, "no memory for stories");
	} else {
		for (size_t i = 0; i < c->all; i++) {
			t[i] = text_of(c, i);
			raw[i] = t[i].raw;
		}
		rc = copies_find(
		    raw, c->all, series_are_apart, &(struct series){ c->b->words, t }, copy, err);
	}
	for (size_t i = 0; rc == WRAP_OK && i < c->all; i++)
		unite(c, i, copy[i]);
	free(raw);
	free(t);
	free(copy);
	return rc;
}

/* ---- who stands for a story ---- */

static int
prefer(bool a, bool b)
{
	return (int)b - (int)a;
}

/* Below 0: a stands for b. Pinned, our own, with the whole text, from the weightier feed, the earlier, the longer. */
static int
stands_for(const struct item *a, const struct item *b)
{
	double wa = a->feed == NULL ? 1 : a->feed->weight,
	       wb = b->feed == NULL ? 1 : b->feed->weight;
	int c = prefer(a->pinned, b->pinned);

	if (c == 0)
		c = prefer(a->feed != NULL && a->feed->folder != NULL,
		    b->feed != NULL && b->feed->folder != NULL);
	if (c == 0)
		c = prefer(a->words >= FULL_TEXT, b->words >= FULL_TEXT);
	if (c == 0 && (wa < wb || wa > wb))
		c = wa > wb ? -1 : 1;
	if (c == 0 && a->date != b->date)
		c = a->date < b->date ? -1 : 1;
	if (c == 0 && a->words != b->words)
		c = a->words > b->words ? -1 : 1;
	return c != 0 ? c : item_order(a, b);
}

static void
join(struct item *i, struct item *head, enum reason r)
{
	i->head = head;
	head->copies++;
	if (r == REASON_COPY)
		item_drop(i, r, "a copy of \"%s\" from %s", head->a->title, head->a->feed_name);
	else
		item_drop(
		    i, r, "the same story as \"%s\" from %s", head->a->title, head->a->feed_name);
}

/* Items of one class: told before, or one stands for the others. */
static void
class_settle(struct classes *c, const size_t *member, size_t n)
{
	struct item *head = NULL;

	if (member[n - 1] >= c->n) { /* told ones have the highest numbers */
		const struct told *t = told_at(c, member[n - 1]);

		for (size_t k = 0; k < n && member[k] < c->n; k++)
			if (!c->item[member[k]]->pinned)
				item_drop(c->item[member[k]], REASON_TOLD, "%s told it as \"%s\"",
				    t->edition, t->title_text);
		return;
	}
	for (size_t k = 0; k < n; k++)
		if (head == NULL || stands_for(c->item[member[k]], head) < 0)
			head = c->item[member[k]];
	for (size_t k = 0; k < n; k++)
		if (c->item[member[k]] != head && !c->item[member[k]]->pinned)
			join(c->item[member[k]], head, REASON_COPY);
}

static bool
classes_settle(struct classes *c)
{
	size_t *next = calloc(c->all + 1, sizeof(*next)),
	       *member = calloc(c->all + 1, sizeof(*member));
	size_t *last = calloc(c->all + 1, sizeof(*last));
	bool ok = next != NULL && member != NULL && last != NULL;

	/* A list through each class, so that settling is linear. */
	for (size_t i = 0; ok && i < c->all; i++) {
		size_t r = root_of(c->of, i);

		if (r != i)
			next[last[r]] = i;
		last[r] = i;
	}
	for (size_t i = 0; ok && i < c->all; i++) {
		size_t n = 0;

		if (root_of(c->of, i) != i || next[i] == 0)
			continue;
		for (size_t k = i; k != 0 || n == 0; k = next[k])
			member[n++] = k;
		class_settle(c, member, n);
	}
	free(next);
	free(member);
	free(last);
	return ok;
}

/* ---- events ---- */

static enum wrap_rc
events_settle(struct bench *b, struct item **head, size_t n, struct wrap_err *err)
{
	struct story_text *t = calloc(n + 1, sizeof(*t));
	size_t *group = calloc(n + 1, sizeof(*group));
	struct item **best = calloc(n + 1, sizeof(struct item *));
	enum wrap_rc rc;

	if (t == NULL || group == NULL || best == NULL) {
		rc = wrap_fail(err, WRAP_ENOMEM, "no memory for stories");
	} else {
		for (size_t i = 0; i < n; i++)
			t[i] = (struct story_text){ .title = head[i]->title,
				.body = head[i]->body,
				.raw = head[i]->raw,
				.source = head[i]->a->feed_id };
		rc = events_find(b->words, t, n, &b->past, b->c->edition.same_story, group, err);
	}
	for (size_t i = 0; rc == WRAP_OK && i < n; i++)
		if (best[group[i]] == NULL || stands_for(head[i], best[group[i]]) < 0)
			best[group[i]] = head[i];
	for (size_t i = 0; rc == WRAP_OK && i < n; i++) {
		struct item *to = best[group[i]];

		if (to == head[i] || head[i]->pinned)
			continue;
		for (size_t k = 0; k < b->n; k++) /* its copies follow */
			if (b->v[k].head == head[i] && &b->v[k] != head[i])
				b->v[k].head = to;
		to->copies += head[i]->copies;
		join(head[i], to, REASON_STORY);
	}
	free(t);
	free(group);
	free(best);
	return rc;
}

/* How many other feeds tell a story: the count that ranks it. */
static void
count_sources(struct bench *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct item *head = b->v[i].head;
		bool seen = head->a->feed_id == b->v[i].a->feed_id;

		for (size_t k = 0; head->copies > 0 && !seen && k < i; k++)
			seen = b->v[k].head == head && b->v[k].a->feed_id == b->v[i].a->feed_id;
		head->sources += !seen;
	}
}

enum wrap_rc
story_group(struct bench *b, struct wrap_err *err)
{
	struct classes c = { .b = b,
		.item = calloc(b->n + 1, sizeof(struct item *)),
		.of = calloc(b->n + b->n_told + 1, sizeof(*c.of)) };
	enum wrap_rc rc = WRAP_OK;
	size_t n = 0;

	if (c.item == NULL || c.of == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "no memory for stories");
	for (size_t i = 0; rc == WRAP_OK && i < b->n; i++)
		if (item_is_in(&b->v[i]))
			c.item[c.n++] = &b->v[i];
	c.all = c.n + b->n_told;
	for (size_t i = 0; rc == WRAP_OK && i < c.all; i++)
		c.of[i] = i;
	if (rc == WRAP_OK && (!unite_keys(&c, url_of, false) || !unite_keys(&c, title_of, true)))
		rc = wrap_fail(err, WRAP_ENOMEM, "no memory for stories");
	if (rc == WRAP_OK)
		rc = unite_texts(&c, err);
	if (rc == WRAP_OK && !classes_settle(&c))
		rc = wrap_fail(err, WRAP_ENOMEM, "no memory for stories");
	for (size_t i = 0; rc == WRAP_OK && i < c.n; i++)
		if (item_is_in(c.item[i]))
			c.item[n++] = c.item[i];
	if (rc == WRAP_OK)
		rc = events_settle(b, c.item, n, err);
	if (rc == WRAP_OK)
		count_sources(b);
	free(c.item);
	free(c.of);
	return rc;
}
