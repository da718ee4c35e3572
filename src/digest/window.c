/*
 * Windows: which week, when it is due, and which articles are on the bench. The window runs from the last
 * edition's cut-off to now. First-seen time decides what falls into it, so an article that came late, or has
 * no date, is in the first edition after we saw it. Two more kinds are taken: what was seen shortly before the last
 * cut-off but after that draft was made (grace), and what a cap of the last edition left out (roll-over).
 */
#include "digest/internal.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY 86400

/* Local midnight that begins the ISO week of t, moved by days, at a minute of that day. */
static int64_t
week_moment(int64_t t, int days, int minute)
{
	struct tm tm = clock_local(t);
	int weekday = (tm.tm_wday + 6) % 7; /* 0 Monday */

	return clock_from_local(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday - weekday + days,
	    minute / 60, minute % 60);
}

void
digest_week(const struct config *c, int64_t now, char key[EDITION_KEY], int64_t *due_at)
{
	int year, week;

	clock_iso_week(now, &year, &week);
	(void)snprintf(
	    key, EDITION_KEY, "%04u-W%02u", (unsigned)year % 10000U, (unsigned)week % 100U);
	if (c->publication.slot_weekday > 0)
		*due_at =
		    week_moment(now, c->publication.slot_weekday - 1, c->publication.slot_minute);
	else
		*due_at = week_moment(now, 0, 0);
}

/* ---- candidates ---- */

/* What sealed editions left out, and whether only for a cap. */
struct judged_one {
	int64_t id;
	bool cap;
};
struct judged {
	struct judged_one *v;
	size_t n, size;
};

static enum wrap_rc
judged_add(void *ctx, int64_t article_id, const char *why, struct wrap_err *err)
{
	struct judged *j = ctx;

	if (j->n == j->size) {
		size_t size = j->size ? j->size * 2 : 64;
		struct judged_one *v = realloc(j->v, size * sizeof(*v));

		if (v == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "no memory for last week's stories");
		j->v = v;
		j->size = size;
	}
	j->v[j->n++] = (struct judged_one){ article_id, reason_is_cap(why) };
	return WRAP_OK;
}

static int
judged_cmp(const void *a, const void *b)
{
	const struct judged_one *x = a, *y = b;

	return x->id != y->id ? (x->id > y->id) - (x->id < y->id) : (int)x->cap - (int)y->cap;
}

/* -1 never judged, 0 judged for good, 1 left out for a cap each time */
static int
judged_find(const struct judged *j, int64_t id)
{
	size_t lo = 0, hi = j->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (j->v[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < j->n && j->v[lo].id == id ? j->v[lo].cap : -1;
}

static const struct config_feed *
feed_of(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_feeds; i++)
		if (span_ieqs(span_of(name), c->feeds[i].name))
			return &c->feeds[i];
	return NULL;
}

static void
item_init(struct bench *b, struct item *i, const struct article *a)
{
	*i = (struct item){ .a = a, .topic = -1, .head = i };
	i->feed = feed_of(b->c, a->feed_name);
	i->lang = a->language != NULL ? a->language : b->c->publication.language;
	i->date =
	    a->published_at > 0 && a->published_at <= b->to + DAY ? a->published_at : a->seen_at;
}

static enum wrap_rc
bench_fill(struct bench *b, const struct judged *j, struct wrap_err *err)
{
	b->v = calloc(b->articles.n + 1, sizeof(*b->v));
	if (b->v == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for the week's articles");
	for (size_t k = 0; k < b->articles.n; k++) {
		const struct article *a = &b->articles.v[k];
		struct item *i = &b->v[b->n];
		int judged = a->seen_at > b->from ? -1 : judged_find(j, a->id);

		if (a->seen_at <= b->from &&
		    (judged == 0 || (judged > 0 && !b->c->edition.roll_over)))
			continue;
		if (judged < 0 && a->seen_at <= b->from - b->c->edition.grace_hours * 3600)
			continue;
		item_init(b, i, a);
		i->rolled = judged > 0;
		b->n++;
		if (a->title == NULL || span_trim(span_of(a->title)).n == 0)
			item_drop(i, REASON_TITLE, "it has no title");
		else if (i->date < b->oldest && !i->rolled) {
			char day[CLOCK_TEXT];

			item_drop(i, REASON_OLD, "dated %.10s, too long before this window",
			    clock_rfc3339(i->date, day));
		}
	}
	return WRAP_OK;
}

struct telling {
	struct bench *b;
	const char *key;
};

static enum wrap_rc
tell(void *ctx, const struct story *s, const struct article *a, struct wrap_err *err)
{
	struct telling *t = ctx;

	return s->position > 0 ? told_add(t->b, t->key, a, err) : WRAP_OK;
}

/* What there was before this window: judged articles, and the stories the last edition told. */
static enum wrap_rc
past_read(struct bench *b, const struct edition *last, int64_t since, struct judged *j,
    struct wrap_err *err)
{
	struct telling t = { b, last->key };
	enum wrap_rc rc = story_judged(b->st, since, judged_add, j, err);

	if (rc == WRAP_OK && j->n > 0)
		qsort(j->v, j->n, sizeof(*j->v), judged_cmp);
	return rc == WRAP_OK ? story_each(b->st, last->id, tell, &t, err) : rc;
}

/* The earliest window any edition had, sealed or not. */
static enum wrap_rc
earliest(void *ctx, const struct edition *e, struct wrap_err *err)
{
	int64_t *from = ctx;

	(void)err;
	*from = e->window_from < *from ? e->window_from : *from;
	return WRAP_OK;
}

enum wrap_rc
window_open(struct bench *b, int64_t now, struct wrap_err *err)
{
	struct edition last = { 0 };
	struct judged j = { 0 };
	int64_t since;
	enum wrap_rc rc = edition_last_sealed(b->st, &last, err);

	if (rc != WRAP_OK && rc != WRAP_ENOTFOUND)
		return rc;
	b->first = rc == WRAP_ENOTFOUND;
	b->to = now;
	b->from = b->first ? now - b->c->edition.first_days * DAY : last.window_to;
	b->oldest = b->first ? b->from : b->from - b->c->edition.oldest_days * DAY;
	rc = WRAP_OK;
	if (b->first) { /* what a cancelled or held first edition looked at is still to be told */
		rc = edition_each(b->st, earliest, &b->from, err);
		b->oldest = b->from;
	}
	since = b->from;
	if (rc == WRAP_OK && !b->first) {
		since -= b->c->edition.grace_hours * 3600;
		if (b->c->edition.roll_over && last.window_from < since)
			since = last.window_from;
		rc = past_read(b, &last, since, &j, err);
	}
	if (rc == WRAP_OK)
		rc = article_window(b->st, since, now, &b->articles, err);
	if (rc == WRAP_OK)
		rc = bench_fill(b, &j, err);
	free(j.v);
	edition_clear(&last);
	return rc;
}

void
bench_clear(struct bench *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->v[i].topic_why);
		free(b->v[i].score_why);
		free(b->v[i].why);
		terms_clear(&b->v[i].title);
		terms_clear(&b->v[i].body);
		terms_clear(&b->v[i].raw);
	}
	for (size_t i = 0; i < b->n_told; i++) {
		free(b->told[i].url);
		free(b->told[i].title_text);
		terms_clear(&b->told[i].title);
		terms_clear(&b->told[i].body);
		terms_clear(&b->told[i].raw);
	}
	free(b->told);
	free(b->past.df);
	free(b->v);
	articles_clear(&b->articles);
	words_free(&b->words);
	phrasebook_close(&b->say);
	*b = (struct bench){ 0 };
}
