/*
 * From an address that a person typed to the feed behind it: the address itself, what its page names, and
 * then a few places where sites keep their feed. Only on adding; a poll never guesses.
 */
#include "internal.h"
#include "fetch.h"

#include <stdlib.h>
#include <string.h>

#define TRIES_MOST 8

struct search {
	const struct config *config;
	int64_t now;
	struct collect_found *out;
	struct page_links links;
	char *page; /* the address after redirects */
	struct wrap_err why;
};

void
collect_found_clear(struct collect_found *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].url);
		free(f->v[i].title);
		free(f->v[i].newest);
	}
	free(f->v);
	*f = (struct collect_found){ 0 };
}

static enum wrap_rc
add(struct search *s, const char *url, struct reading *r, struct wrap_err *err)
{
	struct collect_candidate *v;

	for (size_t i = 0; i < s->out->n; i++)
		if (strcmp(s->out->v[i].url, url) == 0)
			return WRAP_OK;
	v = realloc(s->out->v, (s->out->n + 1) * sizeof(*v));
	if (v == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	s->out->v = v;
	v[s->out->n++] = (struct collect_candidate){ .url = str_dup(url),
		.title = str_dup(r->title),
		.entries = r->listed,
		.newest = r->n > 0 ? str_dup(r->v[0].title) : NULL };
	return WRAP_OK;
}

/* A document: a feed is taken, a page gives its links. */
static enum wrap_rc
on_document(void *ctx, struct fetch_job *j, struct wrap_err *err)
{
	struct search *s = ctx;
	struct wrap_err why = { 0 };
	struct reading r = { 0 };
	enum wrap_rc rc = WRAP_OK;

	if (j->result != FETCH_BODY) {
		(void)wrap_fail(&s->why, WRAP_EPEER, "%s: %s", j->url, j->error);
		return WRAP_OK;
	}
	if (reader_feed(buf_span(&j->body), j->content_type, j->final_url, &r, &why) == WRAP_OK) {
		rc = add(s, j->moved_to != NULL ? j->moved_to : j->url, &r, err);
	} else {
		(void)wrap_fail(&s->why, WRAP_EPROTO, "%s: %s", j->url, why.text);
		if (s->page == NULL) {
			s->page = str_dup(j->final_url);
			(void)reader_links(
			    buf_span(&j->body), j->content_type, j->final_url, &s->links, &why);
		}
	}
	reading_clear(&r);
	return rc;
}

static enum wrap_rc
ask(struct search *s, char *const *urls, size_t n, struct wrap_err *err)
{
	struct fetch_job jobs[TRIES_MOST] = { 0 };
	struct fetch_holds holds = { 0 };
	enum wrap_rc rc;

	for (size_t i = 0; i < n && i < TRIES_MOST; i++)
		jobs[i].url = urls[i]; // cppcheck-suppress objectIndex
	rc = fetch_run(
	    s->config, s->now, jobs, n < TRIES_MOST ? n : TRIES_MOST, &holds, on_document, s, err);
	for (size_t i = 0; i < TRIES_MOST; i++)
		fetch_job_clear(&jobs[i]);
	free(holds.v);
	return rc;
}

static enum wrap_rc
ask_links(struct search *s, struct wrap_err *err)
{
	char *urls[TRIES_MOST];
	size_t n = 0;

	for (size_t i = 0; i < s->links.n && n < TRIES_MOST; i++)
		urls[n++] = s->links.v[i].url;
	return ask(s, urls, n, err);
}

static enum wrap_rc
ask_usual_places(struct search *s, struct wrap_err *err)
{
	static const char *const places[] = { "feed", "/feed", "/rss.xml", "/atom.xml",
		"/index.xml", "/feed.xml", "/rss", "/feed.json" };
	char *urls[TRIES_MOST] = { NULL };
	enum wrap_rc rc = WRAP_OK;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct buf url = BUF_INIT(1 << 16);
		if (url_resolve(span_of(s->page), span_of(places[i]), &url))
			urls[n++] = buf_steal(&url);
		buf_clear(&url);
	}
	/* One after the other: the first that is a feed ends the search. */
	for (size_t i = 0; rc == WRAP_OK && i < n && s->out->n == 0; i++)
		rc = urls[i] == NULL ? WRAP_OK : ask(s, &urls[i], 1, err);
	for (size_t i = 0; i < n; i++)
		free(urls[i]);
	return rc;
}

enum wrap_rc
collect_discover(const struct config *c, int64_t now, const char *typed, struct collect_found *out,
    struct wrap_err *err)
{
	struct search s = { .config = c, .now = now, .out = out };
	struct buf url = BUF_INIT(1 << 16);
	struct span text = span_trim(span_of(typed));
	char *first;
	enum wrap_rc rc;

	*out = (struct collect_found){ 0 };
	if (span_find(text, SPAN_LIT("://")) == (size_t)-1)
		buf_adds(&url, "https://");
	buf_addspan(&url, text);
	if (!url_is_web(buf_span(&url)) || url.rc != WRAP_OK) {
		buf_clear(&url);
		return wrap_fail(err, WRAP_EINVAL, "%s is no http or https address", typed);
	}
	first = buf_steal(&url);
	rc = ask(&s, &first, 1, err);
	if (rc == WRAP_OK && out->n == 0)
		rc = ask_links(&s, err);
	if (rc == WRAP_OK && out->n == 0 && s.page != NULL)
		rc = ask_usual_places(&s, err);
	if (rc == WRAP_OK && out->n == 0)
		rc = s.page != NULL ? wrap_fail(err, WRAP_ENOTFOUND, "no feed found at %s", first)
				    : wrap_fail(err, WRAP_EPEER, "%s", s.why.text);
	page_links_clear(&s.links);
	free(s.page);
	free(first);
	return rc;
}
