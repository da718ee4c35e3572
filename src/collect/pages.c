/*
 * Whole stories for feeds that give teasers: the article's page is fetched once, when the story is new,
 * and its text kept. As polite as feeds are fetched; a page that cannot be had costs nothing but the try.
 */
#include "internal.h"
#include "fetch.h"

#include <stdlib.h>
#include <string.h>

#define TEASER_MOST 700 /* bytes; more in a summary is enough to tell a story */

struct pages {
	struct store *st;
	size_t *requests;
};

static bool
is_teaser(const struct article *a)
{
	return a->url != NULL && (a->text == NULL || strlen(a->text) < TEASER_MOST) &&
	       (a->summary == NULL || strlen(a->summary) < TEASER_MOST);
}

/*
 * What the page knows and the feed did not say; the feed's own words stay. Its picture does not: what a page
 * shows of itself elsewhere is made for that, what stands in a feed is often a stamp of it.
 */
static void
fill(struct article *a, struct page *p, int64_t published)
{
	char **const mine[] = { &a->byline, &a->summary };
	char **const its[] = { &p->byline, &p->excerpt };

	if (p->image != NULL) {
		free(a->image);
		a->image = p->image;
		p->image = NULL;
	}
	for (size_t i = 0; i < 2; i++)
		if (*mine[i] == NULL) {
			*mine[i] = *its[i];
			*its[i] = NULL;
		}
	if (p->text != NULL && (a->text == NULL || strlen(p->text) > strlen(a->text))) {
		free(a->text);
		a->text = p->text;
		p->text = NULL;
	}
	if (a->published_at == 0 && published <= a->seen_at + 86400)
		a->published_at = published;
}

static enum wrap_rc
on_page(void *ctx, struct fetch_job *j, struct wrap_err *err)
{
	struct pages *p = ctx;
	struct article *a = j->user;
	struct wrap_err why = { 0 };
	struct page page = { 0 };
	int64_t published = 0, id;
	bool added;
	enum wrap_rc rc = WRAP_OK;

	*p->requests += j->requests;
	if (j->result == FETCH_BODY && reader_page(buf_span(&j->body), j->content_type,
					   j->final_url, &page, &published, &why) == WRAP_OK) {
		fill(a, &page, published);
		rc = article_put(p->st, a, &added, &id, err);
	} else {
		struct buf url = BUF_INIT(8192);
		fetch_shown(span_of(j->url), &url);
		log_line(LOG_INFO, "page %s: %s", buf_str(&url),
		    why.text[0] != '\0' ? why.text : j->error);
		buf_clear(&url);
	}
	page_clear(&page);
	buf_clear(&j->body);
	return rc;
}

enum wrap_rc
pages_collect(struct store *st, const struct config *c, int64_t now, const struct pages_wish *v,
    size_t n, struct fetch_holds *holds, size_t *requests, struct wrap_err *err)
{
	struct pages p = { .st = st, .requests = requests };
	struct article *articles = calloc(n + 1, sizeof(*articles));
	struct fetch_job *jobs = calloc(n + 1, sizeof(*jobs));
	size_t jobs_n = 0, got = 0;
	enum wrap_rc rc = articles == NULL || jobs == NULL
			      ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
			      : WRAP_OK;

	for (size_t i = 0; rc == WRAP_OK && i < n; i++) {
		struct article *a = &articles[got];
		rc = article_find(st, v[i].feed->id, v[i].guid, a, err);
		if (rc == WRAP_ENOTFOUND) {
			rc = WRAP_OK;
			continue;
		}
		got += rc == WRAP_OK;
		if (rc == WRAP_OK && is_teaser(a))
			jobs[jobs_n++] =
			    (struct fetch_job){ .url = a->url, .page = true, .user = a };
	}
	if (rc == WRAP_OK)
		rc = fetch_run(c, now, jobs, jobs_n, holds, on_page, &p, err);
	for (size_t i = 0; articles != NULL && i < got; i++)
		article_clear(&articles[i]);
	for (size_t i = 0; i < jobs_n; i++)
		fetch_job_clear(&jobs[i]);
	free(articles);
	free(jobs);
	return rc;
}
