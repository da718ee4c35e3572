/*
 * Sections: which topic an article belongs to. In this order: its author's own word, its feed's topic, a
 * category of the feed that the topic lists, the topic's keywords, the topic for others. Words are compared
 * as stems, so "Domain Names" and "domain name" are one.
 */
#include "digest/internal.h"

#include <stdlib.h>
#include <string.h>

#define TITLE_POINTS 3
#define TEXT_POINTS 1
#define POINTS_NEEDED 2

/* One keyword or category of the configuration, as terms. */
struct phrase {
	struct terms t;
	const char *text;
	bool against;
};

struct section {
	struct phrase *keywords, *categories;
	size_t n_keywords, n_categories;
};

const char *
section_name(const struct bench *b, int topic)
{
	if (topic < 0)
		return NULL;
	return (size_t)topic < b->c->n_topics ? b->c->topics[topic].name : b->c->edition.other;
}

static enum wrap_rc
phrases_read(struct bench *b, const struct strs *in, bool signs, struct phrase **out, size_t *n,
    struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	*out = calloc(in->n + 1, sizeof(**out));
	*n = in->n;
	if (*out == NULL) {
		*n = 0;
		return wrap_fail(err, WRAP_ENOMEM, "no memory for the topics");
	}
	for (size_t i = 0; rc == WRAP_OK && i < in->n; i++) {
		const char *s = in->v[i];

		(*out)[i].against = signs && *s == '-';
		(*out)[i].text = s + (*out)[i].against;
		rc = words_terms(b->words, b->c->publication.language, span_of((*out)[i].text),
		    &(*out)[i].t, err);
	}
	return rc;
}

static void
sections_free(struct section *s, size_t n)
{
	for (size_t i = 0; s != NULL && i < n; i++) {
		for (size_t k = 0; k < s[i].n_keywords; k++)
			terms_clear(&s[i].keywords[k].t);
		for (size_t k = 0; k < s[i].n_categories; k++)
			terms_clear(&s[i].categories[k].t);
		free(s[i].keywords);
		free(s[i].categories);
	}
	free(s);
}

static enum wrap_rc
sections_read(struct bench *b, struct section **out, struct wrap_err *err)
{
	struct section *s = calloc(b->c->n_topics + 1, sizeof(*s));
	enum wrap_rc rc = WRAP_OK;

	*out = s;
	if (s == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for the topics");
	for (size_t i = 0; rc == WRAP_OK && i < b->c->n_topics; i++) {
		const struct config_topic *t = &b->c->topics[i];

		rc = phrases_read(b, &t->keywords, true, &s[i].keywords, &s[i].n_keywords, err);
		if (rc == WRAP_OK)
			rc = phrases_read(
			    b, &t->categories, false, &s[i].categories, &s[i].n_categories, err);
	}
	return rc;
}

static int
topic_index(const struct config *c, const char *name)
{
	struct span n = span_trim(text_span(name));

	for (size_t i = 0; n.n > 0 && i < c->n_topics; i++)
		if (span_ieqs(n, c->topics[i].name))
			return (int)i;
	return -1;
}

int
section_index(const struct bench *b, const char *name)
{
	int t = topic_index(b->c, name);

	if (t < 0 && b->c->edition.other != NULL &&
	    span_ieqs(span_trim(text_span(name)), b->c->edition.other))
		t = (int)b->c->n_topics;
	return t;
}

static bool
terms_eq(const struct terms *a, const struct terms *b)
{
	return a->n > 0 && a->n == b->n && memcmp(a->v, b->v, a->n * sizeof(*a->v)) == 0;
}

/* The first of the article's categories that a topic is named after or lists. */
static enum wrap_rc
by_category(struct bench *b, const struct section *s, struct item *i, struct wrap_err *err)
{
	struct span rest = text_span(i->a->categories), line;
	struct terms t = { 0 };
	enum wrap_rc rc = WRAP_OK;

	while (rc == WRAP_OK && i->topic < 0 && rest.n > 0 && span_cut(&rest, '\n', &line)) {
		line = span_trim(line);
		for (size_t k = 0; k < b->c->n_topics && i->topic < 0; k++)
			if (span_ieqs(line, b->c->topics[k].name))
				i->topic = (int)k;
		t.n = 0;
		rc = words_terms(b->words, b->c->publication.language, line, &t, err);
		for (size_t k = 0; k < b->c->n_topics && i->topic < 0; k++)
			for (size_t j = 0; j < s[k].n_categories && i->topic < 0; j++)
				if (span_ieqs(line, s[k].categories[j].text) ||
				    terms_eq(&t, &s[k].categories[j].t))
					i->topic = (int)k;
		if (i->topic >= 0)
			i->topic_why = text_format(
			    "by its category \"%.*s\"", (int)(line.n < 80 ? line.n : 80), line.p);
	}
	terms_clear(&t);
	return rc;
}

static size_t
occurrences(const struct terms *hay, const struct terms *needle)
{
	size_t n = 0;

	if (needle->n == 0 || hay->n < needle->n)
		return 0;
	for (size_t i = 0; i + needle->n <= hay->n; i++)
		n += hay->v[i] == needle->v[0] &&
		     memcmp(hay->v + i, needle->v, needle->n * sizeof(*needle->v)) == 0;
	return n;
}

/* A keyword in the title counts 3, in the text 1, and one more when the text keeps to it. */
static int
keyword_points(const struct item *i, const struct phrase *p)
{
	size_t in_text = occurrences(&i->body, &p->t);
	int points = occurrences(&i->title, &p->t) > 0 ? TITLE_POINTS : 0;

	points += in_text > 0 ? TEXT_POINTS : 0;
	points += in_text > 2 ? TEXT_POINTS : 0;
	return p->against ? -2 * points : points;
}

static void
by_keywords(struct bench *b, const struct section *s, struct item *i)
{
	const char *word = NULL;

	for (size_t k = 0; k < b->c->n_topics; k++) {
		const char *best = NULL;
		int sum = 0, most = 0;

		for (size_t j = 0; j < s[k].n_keywords; j++) {
			int p = keyword_points(i, &s[k].keywords[j]);

			sum += p;
			if (p > most) {
				most = p;
				best = s[k].keywords[j].text;
			}
		}
		if (sum >= POINTS_NEEDED && sum > i->keyword_score) {
			i->keyword_score = sum;
			if (i->topic_why == NULL)
				i->topic = (int)k;
			word = best;
		}
	}
	if (i->topic_why == NULL && i->topic >= 0)
		i->topic_why = text_format("by keywords, %d points, \"%s\" first", i->keyword_score,
		    word == NULL ? "" : word);
}

/* What past editions say; they are read when the first article asks. */
static enum wrap_rc
by_past(struct bench *b, struct learner **learner, struct item *i, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	if (!b->c->edition.learn || b->first)
		return WRAP_OK;
	if (!b->learnt) {
		b->learnt = true;
		rc = learner_open(b, learner, err);
	}
	i->topic = rc == WRAP_OK ? learner_topic(*learner, i) : -1;
	if (i->topic >= 0)
		i->topic_why = text_format("as past editions place such stories");
	return rc;
}

static enum wrap_rc
section_of(struct bench *b, const struct section *s, struct learner **learner, struct item *i,
    struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	if (i->topic >= 0) /* by a rule */
		;
	else if ((i->topic = topic_index(b->c, i->a->topic)) >= 0)
		i->topic_why = text_format("by its author's word");
	else if (i->feed != NULL && (i->topic = topic_index(b->c, i->feed->topic)) >= 0)
		i->topic_why = text_format("by its feed, \"%s\"", i->feed->name);
	if (rc == WRAP_OK && i->topic < 0)
		rc = by_category(b, s, i, err);
	if (rc == WRAP_OK)
		by_keywords(b, s, i);
	if (rc == WRAP_OK && i->topic < 0)
		rc = by_past(b, learner, i, err);
	if (rc != WRAP_OK || i->topic >= 0)
		return rc;
	if (b->c->edition.other != NULL) {
		i->topic = topic_index(b->c, b->c->edition.other);
		if (i->topic < 0)
			i->topic = (int)b->c->n_topics;
		i->topic_why = text_format("because no topic fits");
	} else {
		item_drop(i, REASON_TOPIC, "no category or keyword of any topic fits");
	}
	return WRAP_OK;
}

enum wrap_rc
section_choose(struct bench *b, struct wrap_err *err)
{
	struct section *s;
	struct learner *learner = NULL;
	enum wrap_rc rc = sections_read(b, &s, err);

	for (size_t i = 0; rc == WRAP_OK && i < b->n; i++)
		if (item_is_in(&b->v[i]))
			rc = section_of(b, s, &learner, &b->v[i], err);
	learner_close(&learner);
	sections_free(s, b->c->n_topics);
	return rc;
}
