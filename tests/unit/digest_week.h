/*
 * A week to draft from: a configuration and a store in a folder of their own, and articles with few words.
 * Shared by the tests of digest. Times are given in days after Monday 2 November 2026, 00:00 UTC.
 */
#ifndef TESTS_DIGEST_WEEK_H
#define TESTS_DIGEST_WEEK_H

#include "wrap/digest.h"
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MONDAY 1793577600 /* 2026-11-02T00:00:00Z, week 45 */
#define DAYS(d) ((int64_t)(MONDAY + (d)*86400))

struct week {
	char dir[64];
	struct config c;
	struct store *st;
	struct wrap_err err;
	int64_t next_guid;
};

static const char week_head[] =
    "publication = { name = \"The Weekly Wrap\"; from = \"Wrap <wrap@example.org>\"; address = \"1 Main St\"; };\n";
static const char week_topics[] =
    "topics = ( { name = \"DNS\"; keywords = [\"dns\", \"dnssec\", \"resolver\"]; categories = [\"Name System\"];"
    " sponsor = { name = \"Dot & Co\"; url = \"https://dot.example\"; from = \"2026-11-01\"; until = \"2026-11-15\"; }; },\n"
    " { name = \"Security\"; keywords = [\"malware\", \"breach\", \"-sports\"]; } );\n";
static const char week_feeds[] =
    "feeds = ( { name = \"alpha\"; url = \"https://alpha.example/rss\"; }, { name = \"beta\"; url = "
    "\"https://beta.example/rss\"; weight = 1.5; }, { name = \"gamma\"; url = \"https://gamma.example/rss\"; topic = "
    "\"Security\"; } );\n";

#define MUST(w, call)                                  \
	do {                                           \
		if ((call) != WRAP_OK)                 \
			fail_msg("%s", (w)->err.text); \
	} while (0)

static void
week_open(struct week *w, const char *edition)
{
	char path[128];
	FILE *f;

	*w = (struct week){ 0 };
	(void)snprintf(w->dir, sizeof(w->dir), "%s/wrap-digest-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(w->dir));
	(void)snprintf(path, sizeof(path), "%s/wrap.conf", w->dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%s%s%s%s", week_head, week_topics, week_feeds, edition);
	assert_int_equal(fclose(f), 0);
	MUST(w, config_load(path, &w->c, &w->err));
	MUST(w, store_open(w->c.paths.database, STORE_CREATE, &w->st, &w->err));
}

static void
week_close(struct week *w)
{
	char cmd[128];

	store_close(&w->st);
	config_free(&w->c);
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", w->dir);
	assert_int_equal(system(cmd), 0);
}

/* Put an article; what is NULL in a is filled in. */
static int64_t
week_put(struct week *w, const char *feed, const struct article *given)
{
	struct article a = *given;
	struct feed f = { 0 };
	char guid[32], url[80], title[80];
	bool added;
	int64_t id;

	w->next_guid++;
	(void)snprintf(guid, sizeof(guid), "g%lld", (long long)w->next_guid);
	(void)snprintf(url, sizeof(url), "https://%s.example/%lld", feed, (long long)w->next_guid);
	(void)snprintf(title, sizeof(title), "DNS story number %lld", (long long)w->next_guid);
	MUST(w, feed_take(w->st, feed, "https://feed.example", &f, &w->err));
	a.feed_id = f.id;
	if (a.guid == NULL)
		a.guid = guid;
	if (a.url == NULL)
		a.url = url;
	if (a.title == NULL)
		a.title = title;
	if (a.comments == 0)
		a.comments = -1;
	MUST(w, article_put(w->st, &a, &added, &id, &w->err));
	feed_clear(&f);
	return id;
}

static struct edition
week_draft(struct week *w, const char *key, int64_t now)
{
	struct edition e;
	struct digest_report rep;

	MUST(w, digest_draft(w->st, &w->c, key, now, &e, &rep, &w->err));
	return e;
}

__attribute__((unused)) static void
week_seal(struct week *w, struct edition *e, int64_t now)
{
	e->state = EDITION_SENT;
	e->sealed_at = e->ended_at = now;
	MUST(w, edition_put(w->st, e, &w->err));
}

struct week_story {
	int64_t article;
	int position;
	char why[400];
};

static enum wrap_rc
week_find(void *ctx, const struct story *s, const struct article *a, struct wrap_err *err)
{
	struct week_story *f = ctx;

	(void)err;
	if (a->id == f->article) {
		f->position = s->position;
		(void)snprintf(f->why, sizeof(f->why), "%s", s->why);
	}
	return WRAP_OK;
}

/* The row of an article in an edition; position -1 when there is none. */
__attribute__((unused)) static struct week_story
week_story(struct week *w, const struct edition *e, int64_t article)
{
	struct week_story f = { .article = article, .position = -1 };

	MUST(w, story_each(w->st, e->id, week_find, &f, &w->err));
	return f;
}

#endif
