/*
 * Rank: a score for each story from terms an editor can read. Equal scores go to the newer, then by title, so that
 * the same articles give the same edition in whatever order they came. The choice is in choose.c.
 */
#include "digest/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONG_TEXT_WORDS 250

static int
text_cmp(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

int
item_order(const struct item *a, const struct item *b)
{
	int c;

	if (a->pinned != b->pinned)
		return a->pinned ? -1 : 1;
	if (a->score < b->score || a->score > b->score)
		return a->score > b->score ? -1 : 1;
	if (a->date != b->date)
		return a->date > b->date ? -1 : 1;
	c = text_cmp(a->a->title, b->a->title);
	if (c == 0)
		c = text_cmp(a->a->url, b->a->url);
	if (c == 0)
		c = text_cmp(a->a->feed_name, b->a->feed_name);
	return c != 0 ? c : text_cmp(a->a->guid, b->a->guid);
}

static int
i64_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The median number of comments in a feed's items that tell one; 0 when none does. */
static double
median_comments(const struct bench *b, const char *feed, int64_t *room)
{
	size_t n = 0;
	int64_t middle;

	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].a->comments >= 0 && strcmp(b->v[i].a->feed_name, feed) == 0)
			room[n++] = b->v[i].a->comments;
	if (n == 0)
		return 0;
	qsort(room, n, sizeof(*room), i64_cmp);
	middle = room[n / 2];
	return middle > 0 ? (double)middle : 1;
}

/* Words by which press releases and paid pieces give themselves away. */
static bool
is_sponsored(const struct item *i)
{
	static const char *const signs[] = { "sponsored", "press release", "advertorial",
		"paid post", "partner content", "promoted", "anzeige", "pressemitteilung",
		"communiqué de presse", "publireportage", "nota de prensa", "comunicato stampa",
		"advertentie" };
	const struct span fields[] = { text_span(i->a->title), text_span(i->a->categories) };

	for (size_t k = 0; k < sizeof(signs) / sizeof(signs[0]); k++)
		for (size_t f = 0; f < 2; f++)
			if (span_ifind(fields[f], span_of(signs[k])) != (size_t)-1)
				return true;
	return false;
}

static void
term_add(struct buf *why, const char *name, double points, double *sum)
{
	*sum += points;
	if (points > 0.005 || points < -0.005)
		buf_addf(why, "%s%s %+.2f", why->n == 0 ? "" : ", ", name, points);
}

static enum wrap_rc
score_one(struct bench *b, struct item *i, double median, struct wrap_err *err)
{
	struct buf why = BUF_INIT(4096);
	double age = i->date < b->to ? (double)(b->to - i->date) / 86400 : 0, sum = 0;
	enum wrap_rc rc;

	term_add(&why, "feed", b->c->rank.feed * (i->feed == NULL ? 1 : i->feed->weight), &sum);
	if (span_trim(text_span(i->a->byline)).n > 0)
		term_add(&why, "author", b->c->rank.author, &sum);
	term_add(&why, "told by others", b->c->rank.sources * log(1 + (double)i->sources), &sum);
	if (i->a->comments > 0 && median > 0)
		term_add(&why, "comments",
		    b->c->rank.comments * log(1 + (double)i->a->comments / median), &sum);
	term_add(&why, "new",
	    b->c->rank.recent * (b->c->rank.half_life > 0 ? exp2(-age / b->c->rank.half_life) : 0),
	    &sum);
	term_add(&why, "keywords", b->c->rank.keywords * log(1 + (double)i->keyword_score), &sum);
	term_add(&why, "full text", i->words >= LONG_TEXT_WORDS ? b->c->rank.full_text : 0, &sum);
	term_add(&why, "press release", is_sponsored(i) ? -b->c->rank.sponsored : 0, &sum);
	term_add(&why, "rules", i->weight, &sum);
	i->score = sum;
	rc = buf_rc(&why, err);
	i->score_why = buf_steal(&why);
	buf_clear(&why);
	return rc;
}

enum wrap_rc
rank_score(struct bench *b, struct wrap_err *err)
{
	int64_t *room = calloc(b->n + 1, sizeof(*room));
	enum wrap_rc rc = WRAP_OK;
	const char *feed = NULL;
	double median = 0;

	if (room == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for scores");
	for (size_t i = 0; rc == WRAP_OK && i < b->n; i++) {
		if (!item_is_in(&b->v[i]))
			continue;
		if (b->v[i].a->comments > 0 &&
		    (feed == NULL || strcmp(feed, b->v[i].a->feed_name) != 0)) {
			feed = b->v[i].a->feed_name;
			median = median_comments(b, feed, room);
		}
		rc = score_one(b, &b->v[i], median, err);
	}
	free(room);
	return rc;
}
