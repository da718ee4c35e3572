/*
 * The choice: the best story comes first, and each next one is weighed again for what is there already: a story
 * of the same source, or in the same words. Caps hold for a source within a topic, a topic, and the edition; pins
 * come first and pass them.
 */
#include "digest/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of a topic's best so many are weighed one against the other, and so many of these from one source; never less than
   the caps let in. */
#define TOPIC_POOL 200
#define SOURCE_POOL 20
#define LIKE_TERMS 150

/* One story in the pool. */
struct entry {
	struct item *i;
	uint32_t *v; /* distinct terms, rising */
	size_t n;
	double like; /* to the most alike story placed in its topic */
	bool source; /* its source is placed in its topic */
	bool done;
};

struct pool {
	struct bench *b;
	struct entry *v;
	size_t n;
	struct item **chosen;
	size_t n_chosen;
};

static int
pointer_order(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;

	return item_order(x, y);
}

static bool
entry_terms(struct entry *e)
{
	size_t n = e->i->title.n, m = e->i->body.n < LIKE_TERMS ? e->i->body.n : LIKE_TERMS, k = 0;

	e->v = malloc((n + m + 1) * sizeof(*e->v));
	if (e->v == NULL)
		return false;
	if (n > 0)
		memcpy(e->v, e->i->title.v, n * sizeof(*e->v));
	if (m > 0)
		memcpy(e->v + n, e->i->body.v, m * sizeof(*e->v));
	terms_sort(e->v, n + m);
	for (size_t i = 0; i < n + m; i++)
		if (k == 0 || e->v[k - 1] != e->v[i])
			e->v[k++] = e->v[i];
	e->n = k;
	return true;
}

static double
likeness(const struct entry *a, const struct entry *b)
{
	size_t i = 0, j = 0, both = 0;

	while (i < a->n && j < b->n) {
		if (a->v[i] == b->v[j]) {
			both++;
			i++;
			j++;
		} else if (a->v[i] < b->v[j]) {
			i++;
		} else {
			j++;
		}
	}
	return both == 0 ? 0 : (double)both / sqrt((double)a->n * (double)b->n);
}

/* ---- caps ---- */

static size_t
count_placed(const struct pool *p, int topic, int64_t feed)
{
	size_t n = 0;

	for (size_t k = 0; k < p->n_chosen; k++)
		n += (topic < 0 || p->chosen[k]->topic == topic) &&
		     (feed == 0 || p->chosen[k]->a->feed_id == feed);
	return n;
}

/* Do the caps leave room for i? Says why not. */
static bool
has_room(const struct pool *p, struct item *i)
{
	const struct bench *b = p->b;
	size_t same = count_placed(p, i->topic, i->a->feed_id);

	if (i->pinned)
		return true;
	if ((int64_t)same >= b->c->edition.per_source)
		item_drop(i, REASON_SOURCE_CAP, "%s has %zu better stories under %s",
		    i->a->feed_name, same, section_name(b, i->topic));
	else if ((int64_t)count_placed(p, i->topic, 0) >= b->c->edition.per_topic)
		item_drop(i, REASON_TOPIC_CAP, "%s has its %lld better stories",
		    section_name(b, i->topic), (long long)b->c->edition.per_topic);
	else if ((int64_t)p->n_chosen >= b->c->edition.max_stories)
		item_drop(i, REASON_EDITION_CAP, "the edition has its %lld better stories",
		    (long long)b->c->edition.max_stories);
	return item_is_in(i);
}

/* ---- pool ---- */

static size_t
at_least(size_t pool, int64_t cap)
{
	return cap > 0 && (uint64_t)cap > pool ? (size_t)cap : pool;
}

/* The best of each topic and source; those behind them could never be placed. */
static bool
pool_fill(struct pool *p, struct item **order, size_t n)
{
	size_t *topic = calloc(p->b->c->n_topics + 2, sizeof(*topic));
	size_t most = at_least(TOPIC_POOL, p->b->c->edition.per_topic);
	size_t most_source = at_least(SOURCE_POOL, p->b->c->edition.per_source);

	for (size_t k = 0; topic != NULL && k < n; k++) {
		struct item *i = order[k];
		size_t source = 0;

		if (!i->pinned && topic[i->topic] >= most) {
			item_drop(i, REASON_TOPIC_CAP, "%s has more than %zu better stories",
			    section_name(p->b, i->topic), most);
			continue;
		}
		for (size_t j = 0; j < p->n; j++)
			source +=
			    p->v[j].i->topic == i->topic && p->v[j].i->a->feed_id == i->a->feed_id;
		if (!i->pinned && source >= most_source) {
			item_drop(i, REASON_SOURCE_CAP,
			    "%s has more than %zu better stories under %s", i->a->feed_name,
			    most_source, section_name(p->b, i->topic));
			continue;
		}
		topic[i->topic]++;
		p->v[p->n] = (struct entry){ .i = i };
		if (!entry_terms(&p->v[p->n++])) {
			free(topic);
			return false;
		}
	}
	free(topic);
	return topic != NULL;
}

static double
weighed(const struct pool *p, const struct entry *e)
{
	return e->i->score - p->b->c->rank.alike * e->like - (e->source ? p->b->c->rank.repeat : 0);
}

/* The best entry left as things stand; entries are in item order, so the first of equals is the right one. */
static struct entry *
pool_best(struct pool *p)
{
	struct entry *best = NULL;

	for (size_t k = 0; k < p->n; k++) {
		struct entry *e = &p->v[k];

		if (e->done)
			continue;
		if (e->i->pinned)
			return e;
		if (best == NULL || weighed(p, e) > weighed(p, best) + 1e-12)
			best = e;
	}
	return best;
}

static void
pool_place(struct pool *p, struct entry *e)
{
	double off = e->i->score - weighed(p, e);

	p->chosen[p->n_chosen++] = e->i;
	if (off > 0.005) {
		char *why =
		    text_format("%s; when placed %+.2f, for others like it", e->i->score_why, -off);

		if (why != NULL) {
			free(e->i->score_why);
			e->i->score_why = why;
		}
	}
	for (size_t k = 0; k < p->n; k++) {
		struct entry *o = &p->v[k];

		if (o->done || o->i->topic != e->i->topic)
			continue;
		o->like = fmax(o->like, likeness(o, e));
		o->source |= o->i->a->feed_id == e->i->a->feed_id;
	}
}

/* Positions: the topic of the best story first when that is wanted, the others in the order of the configuration. */
static void
positions(struct pool *p)
{
	int position = 0, lead = -1;

	if (p->b->c->edition.lead_first && p->n_chosen > 0)
		lead = p->chosen[0]->topic;

	for (int t = -1; t <= (int)p->b->c->n_topics; t++)
		for (size_t k = 0; k < p->n_chosen; k++)
			if (p->chosen[k]->position == 0 &&
			    p->chosen[k]->topic == (t < 0 ? lead : t))
				p->chosen[k]->position = ++position;
}

enum wrap_rc
choose_stories(struct bench *b, struct wrap_err *err)
{
	struct item **order = calloc(b->n + 1, sizeof(struct item *));
	struct pool p = { .b = b,
		.v = calloc(b->n + 1, sizeof(*p.v)),
		.chosen = calloc(b->n + 1, sizeof(struct item *)) };
	struct entry *e;
	size_t n = 0;
	bool ok = order != NULL && p.v != NULL && p.chosen != NULL;

	for (size_t i = 0; ok && i < b->n; i++)
		if (item_is_in(&b->v[i]))
			order[n++] = &b->v[i];
	if (ok) {
		qsort(order, n, sizeof(struct item *), pointer_order);
		ok = pool_fill(&p, order, n);
	}
	while (ok && (e = pool_best(&p)) != NULL) {
		e->done = true;
		if (has_room(&p, e->i))
			pool_place(&p, e);
	}
	if (ok)
		positions(&p);
	for (size_t k = 0; p.v != NULL && k < p.n; k++)
		free(p.v[k].v);
	free(p.v);
	free(p.chosen);
	free(order);
	return ok ? WRAP_OK : wrap_fail(err, WRAP_ENOMEM, "no memory for the choice");
}
