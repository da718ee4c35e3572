/*
 * Records: the words for their states and their ends. The words stand in the database and in --json,
 * so they never change.
 */
#include "wrap/model.h"

#include <stdlib.h>
#include <string.h>

static const char *const subscriber_words[] = {
	[SUBSCRIBER_PENDING] = "pending",
	[SUBSCRIBER_ACTIVE] = "active",
	[SUBSCRIBER_UNSUBSCRIBED] = "unsubscribed",
	[SUBSCRIBER_BOUNCED] = "bounced",
	[SUBSCRIBER_COMPLAINED] = "complained",
};

static const char *const edition_words[] = {
	[EDITION_DRAFT] = "draft",
	[EDITION_HELD] = "held",
	[EDITION_APPROVED] = "approved",
	[EDITION_SENDING] = "sending",
	[EDITION_SENT] = "sent",
	[EDITION_CANCELLED] = "cancelled",
};

static const char *const delivery_words[DELIVERY_STATES] = {
	[DELIVERY_QUEUED] = "queued",
	[DELIVERY_SENDING] = "sending",
	[DELIVERY_SENT] = "sent",
	[DELIVERY_INDOUBT] = "indoubt",
	[DELIVERY_FAILED] = "failed",
	[DELIVERY_SKIPPED] = "skipped",
	[DELIVERY_HELD] = "held",
};

static int
word_find(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; word != NULL && i < n; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -1;
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *
subscriber_state_name(enum subscriber_state s)
{
	return subscriber_words[s];
}

const char *
edition_state_name(enum edition_state s)
{
	return edition_words[s];
}

const char *
delivery_state_name(enum delivery_state s)
{
	return delivery_words[s];
}

bool
subscriber_state_read(const char *word, enum subscriber_state *out)
{
	int i = word_find(subscriber_words, COUNT(subscriber_words), word);

	*out = i < 0 ? SUBSCRIBER_PENDING : (enum subscriber_state)i;
	return i >= 0;
}

bool
edition_state_read(const char *word, enum edition_state *out)
{
	int i = word_find(edition_words, COUNT(edition_words), word);

	*out = i < 0 ? EDITION_DRAFT : (enum edition_state)i;
	return i >= 0;
}

bool
delivery_state_read(const char *word, enum delivery_state *out)
{
	int i = word_find(delivery_words, COUNT(delivery_words), word);

	*out = i < 0 ? DELIVERY_QUEUED : (enum delivery_state)i;
	return i >= 0;
}

void
subscriber_clear(struct subscriber *s)
{
	free(s->address);
	free(s->canonical);
	free(s->name);
	free(s->topics);
	free(s->language);
	free(s->why);
	*s = (struct subscriber){ 0 };
}

void
feed_clear(struct feed *f)
{
	free(f->name);
	free(f->url);
	free(f->fetch_url);
	free(f->moved_to);
	free(f->body_hash);
	free(f->etag);
	free(f->last_modified);
	free(f->error);
	free(f->hold);
	*f = (struct feed){ 0 };
}

void
article_clear(struct article *a)
{
	free(a->feed_name);
	free(a->guid);
	free(a->url);
	free(a->title);
	free(a->byline);
	free(a->summary);
	free(a->text);
	free(a->image);
	free(a->categories);
	free(a->topic);
	free(a->language);
	*a = (struct article){ 0 };
}

void
edition_clear(struct edition *e)
{
	free(e->subject);
	free(e->markdown);
	free(e->approved_hash);
	free(e->generated_hash);
	free(e->hold);
	*e = (struct edition){ 0 };
}

void
story_clear(struct story *s)
{
	free(s->topic);
	free(s->why);
	*s = (struct story){ 0 };
}

void
delivery_clear(struct delivery *d)
{
	free(d->reason);
	*d = (struct delivery){ 0 };
}

void
bounce_clear(struct bounce *b)
{
	free(b->mailbox);
	free(b->class);
	free(b->reason);
	free(b->status);
	free(b->recipient);
	free(b->diagnostic);
	free(b->act);
	free(b->was);
	*b = (struct bounce){ 0 };
}

void
articles_clear(struct articles *l)
{
	for (size_t i = 0; i < l->n; i++)
		article_clear(&l->v[i]);
	free(l->v);
	*l = (struct articles){ 0 };
}
