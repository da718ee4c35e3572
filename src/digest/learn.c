/*
 * Learnt topics: what past editions put under which topic speaks for an article that no rule or keyword places.
 * Complement naive Bayes over the presence of words (Rennie and others, 2003). It is asked only when it has seen
 * enough, and believed only with a margin and with words that are the topic's own: no answer is better than a wrong one.
 */
#include "digest/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EDITIONS 26     /* looked back on */
#define STORIES 20      /* fewest to learn from */
#define TOPIC_STORIES 5 /* fewest of a topic that may be answered */
#define SMOOTH 0.3
#define MARGIN 1.0  /* nats to the second topic */
#define OWN_WORDS 4 /* that speak for the topic itself */

struct learner {
	size_t topics;
	size_t size;     /* terms */
	uint32_t *count; /* [topic][term]: stories that have it */
	size_t *stories; /* by topic */
	size_t all;
	double *total; /* by topic: sum over terms outside it, smoothed */
};

struct lesson {
	struct bench *b;
	int64_t edition[EDITIONS];
	size_t n;
	int *topic; /* of each story read */
	struct terms *terms;
	size_t n_stories, size;
};

static enum wrap_rc
lesson_edition(void *ctx, const struct edition *e, struct wrap_err *err)
{
	struct lesson *l = ctx;

	(void)err;
	if (e->state != EDITION_SENDING && e->state != EDITION_SENT)
		return WRAP_OK;
	if (l->n == EDITIONS) {
		memmove(l->edition, l->edition + 1, sizeof(l->edition) - sizeof(l->edition[0]));
		l->n--;
	}
	l->edition[l->n++] = e->id;
	return WRAP_OK;
}

static enum wrap_rc
lesson_story(void *ctx, const struct story *s, const struct article *a, struct wrap_err *err)
{
	struct lesson *l = ctx;
	int topic = section_index(l->b, s->topic);
	struct terms t = { 0 };
	enum wrap_rc rc;

	if (s->position == 0 || topic < 0 || (size_t)topic >= l->b->c->n_topics)
		return WRAP_OK;
	if (l->n_stories == l->size) {
		size_t size = l->size ? l->size * 2 : 128;
		int *v = realloc(l->topic, size * sizeof(*v));
		struct terms *w;

		if (v != NULL)
			l->topic = v;
		w = realloc(l->terms, size * sizeof(*w));
		if (w != NULL)
			l->terms = w;
		if (v == NULL || w == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "no memory for past editions");
		l->size = size;
	}
	rc = item_words(l->b, a, &t, NULL, err);
	l->topic[l->n_stories] = topic;
	l->terms[l->n_stories++] = t;
	return rc;
}

static struct learner *
learner_make(const struct bench *b, struct lesson *l)
{
	struct learner *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->topics = b->c->n_topics;
	o->size = words_known(b->words) + 1;
	o->count = calloc(o->topics * o->size + 1, sizeof(*o->count));
	o->stories = calloc(o->topics + 1, sizeof(*o->stories));
	o->total = calloc(o->topics + 1, sizeof(*o->total));
	if (o->count == NULL || o->stories == NULL || o->total == NULL) {
		learner_close(&o);
		return NULL;
	}
	for (size_t i = 0; i < l->n_stories; i++) {
		struct terms *t = &l->terms[i];
		size_t topic = (size_t)l->topic[i];

		o->stories[topic]++;
		o->all++;
		if (t->n > 0)
			terms_sort(t->v, t->n);
		for (size_t k = 0; k < t->n; k++)
			o->count[topic * o->size + t->v[k]] += k == 0 || t->v[k] != t->v[k - 1];
	}
	for (size_t c = 0; c < o->topics; c++)
		for (size_t d = 0; d < o->topics; d++)
			for (size_t t = 1; c != d && t < o->size; t++)
				o->total[c] += o->count[d * o->size + t];
	for (size_t c = 0; c < o->topics; c++)
		o->total[c] += SMOOTH * (double)(o->size - 1);
	return o;
}

enum wrap_rc
learner_open(struct bench *b, struct learner **out, struct wrap_err *err)
{
	struct lesson l = { .b = b };
	enum wrap_rc rc = edition_each(b->st, lesson_edition, &l, err);

	*out = NULL;
	for (size_t i = 0; rc == WRAP_OK && i < l.n; i++)
		rc = story_each(b->st, l.edition[i], lesson_story, &l, err);
	if (rc == WRAP_OK && l.n_stories >= STORIES && (*out = learner_make(b, &l)) == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "no memory for past editions");
	for (size_t i = 0; i < l.n_stories; i++)
		terms_clear(&l.terms[i]);
	free(l.terms);
	free(l.topic);
	return rc;
}

void
learner_close(struct learner **l)
{
	if (*l == NULL)
		return;
	free((*l)->count);
	free((*l)->stories);
	free((*l)->total);
	free(*l);
	*l = NULL;
}

/* Is the term twice as common in the topic as elsewhere? */
static bool
is_own(const struct learner *l, size_t topic, uint32_t t, double all)
{
	double in = l->count[topic * l->size + t], out = all - in;

	return in >= 2 &&
	       in * (double)(l->all - l->stories[topic]) >= 2 * out * (double)l->stories[topic];
}

int
learner_topic(const struct learner *l, const struct item *i)
{
	double best = 0, second = 0;
	int topic = -1, known = 0;
	size_t own_best = 0;

	if (l == NULL)
		return -1;
	for (size_t c = 0; c < l->topics; c++) {
		double s = 0;
		size_t own = 0;

		if (l->stories[c] < TOPIC_STORIES)
			continue;
		for (size_t k = 0; k < i->title.n + i->body.n; k++) {
			uint32_t t = k < i->title.n ? i->title.v[k] : i->body.v[k - i->title.n];
			double all = 0;

			if (t >= l->size)
				continue;
			for (size_t d = 0; d < l->topics; d++)
				all += l->count[d * l->size + t];
			if (all <= 0)
				continue;
			s -= log((all - l->count[c * l->size + t] + SMOOTH) / l->total[c]);
			own += is_own(l, c, t, all);
		}
		if (known++ == 0 || s > best) {
			second = known > 1 ? best : second;
			best = s;
			topic = (int)c;
			own_best = own;
		} else if (known == 2 || s > second) {
			second = s;
		}
	}
	return known > 1 && best - second >= MARGIN && own_best >= OWN_WORDS ? topic : -1;
}
