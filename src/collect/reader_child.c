/*
 * What the child does with a document: read it, and send what a story needs as records, each text cut to what
 * anybody would read of it.
 */
#include "reader.h"

#define ENTRIES_MOST 1000
#define TEXT_MOST ((size_t)200 << 10)
#define SUMMARY_MOST ((size_t)20 << 10)
#define LINE_MOST ((size_t)1000)
#define URL_MOST ((size_t)2048)

/* A story without a title is called by its first words. */
static void
title_from_text(struct buf *title, struct span text)
{
	size_t n = 0;

	if (text.n <= 80) {
		utf8_line(text, title);
		return;
	}
	for (size_t i = 0; i < 80; i++)
		if (text.p[i] == ' ' || text.p[i] == '\n')
			n = i;
	utf8_line((struct span){ text.p, n > 20 ? n : 0 }, title);
	if (title->n > 0)
		buf_adds(title, "…");
}

static void
put_categories(const struct feed_entry *e, struct buf *tmp, struct buf *out)
{
	struct buf all = BUF_INIT(1 << 16);
	int n = 0;

	for (const struct feed_word *w = e->categories; w != NULL && n < 40; w = w->next, n++) {
		struct feed_text t = { .s = w->s, .kind = FEED_MAYBE };
		buf_reset(tmp);
		feed_text_line(&t, tmp);
		if (tmp->n == 0 || tmp->n > 200)
			continue;
		if (all.n > 0)
			buf_addc(&all, '\n');
		buf_addspan(&all, buf_span(tmp));
	}
	record_put_text(out, buf_span(&all), (size_t)8 << 10);
	buf_clear(&all);
}

static void
put_web_url(struct buf *out, struct span url)
{
	record_put_text(
	    out, url_is_web(url) && url.n <= URL_MOST ? url : (struct span){ "", 0 }, URL_MOST);
}

static void
put_entry(const struct feed_doc *d, const struct feed_entry *e, struct buf *tmp, struct buf *out)
{
	struct buf title = BUF_INIT(1 << 20), summary = BUF_INIT(0), text = BUF_INIT(0);

	buf_reset(tmp);
	feed_text_line(&e->title, tmp);
	/* Nobody who reads the news wants to see "&amp;". */
	html_unescape(buf_span(tmp), &title);
	feed_text_plain(&e->summary, &summary);
	feed_text_plain(&e->content, &text);
	/* A long description is the story, not its summary. */
	if (text.n == 0 && summary.n > 1200) {
		buf_addspan(&text, buf_span(&summary));
		buf_reset(&summary);
	}
	if (title.n == 0)
		title_from_text(&title, summary.n > 0 ? buf_span(&summary) : buf_span(&text));
	record_put_text(out, e->id.s, URL_MOST);
	/* This is the link that readers get. The feed's own id stays as it is. */
	buf_reset(tmp);
	url_untracked(e->link.s.n > 0 ? e->link.s : e->enclosure.s, tmp);
	put_web_url(out, buf_span(tmp));
	record_put_text(out, buf_span(&title), LINE_MOST);
	buf_reset(tmp);
	feed_byline(d, e, tmp);
	record_put_text(out, buf_span(tmp), LINE_MOST);
	record_put_text(out, span_trim(buf_span(&summary)), SUMMARY_MOST);
	record_put_text(out, span_trim(buf_span(&text)), TEXT_MOST);
	buf_reset(tmp);
	feed_picture(e, tmp);
	put_web_url(out, buf_span(tmp));
	put_categories(e, tmp, out);
	record_put_text(out, e->language.n > 0 ? e->language : d->language, 35);
	record_put_int(out, e->published.rank > 0 ? e->published.at
			    : e->updated.rank > 0 ? e->updated.at
						  : 0);
	record_put_int(out, e->comments);
	if (title.rc != WRAP_OK || summary.rc != WRAP_OK || text.rc != WRAP_OK)
		out->rc = WRAP_ELIMIT;
	buf_clear(&title);
	buf_clear(&summary);
	buf_clear(&text);
}

enum wrap_rc
reader_feed_task(void *ctx, int out_fd, struct wrap_err *err)
{
	const struct reader_task *t = ctx;
	struct buf record = BUF_INIT(0), tmp = BUF_INIT(1 << 20);
	struct feed_doc d;
	size_t n = 0;
	enum wrap_rc rc = feed_read(t->bytes, t->content_type, t->url, &d, err);

	if (rc != WRAP_OK)
		return rc;
	record_put_int(&record, d.ttl_minutes);
	record_put_int(&record, d.skip_hours);
	record_put_int(&record, d.skip_days);
	record_put_int(&record, (int64_t)d.n_entries);
	feed_text_line(&d.title, &tmp);
	record_put_text(&record, buf_span(&tmp), LINE_MOST);
	rc = child_put(out_fd, buf_span(&record), err);
	for (const struct feed_entry *e = d.entries; rc == WRAP_OK && e != NULL && n < ENTRIES_MOST;
	     e = e->next, n++) {
		buf_reset(&record);
		put_entry(&d, e, &tmp, &record);
		rc = buf_rc(&record, err);
		if (rc == WRAP_OK)
			rc = child_put(out_fd, buf_span(&record), err);
	}
	buf_clear(&record);
	buf_clear(&tmp);
	feed_doc_clear(&d);
	return rc;
}

enum wrap_rc
reader_page_task(void *ctx, int out_fd, struct wrap_err *err)
{
	const struct reader_task *t = ctx;
	struct buf record = BUF_INIT(0);
	struct page p;
	int64_t at = 0;
	enum wrap_rc rc = page_read(t->bytes, charset_of_type(t->content_type), t->url, &p, err);

	if (rc != WRAP_OK)
		return rc;
	if (p.published == NULL || !date_parse(span_of(p.published), &at))
		at = 0;
	record_put_text(&record, span_of(p.title), LINE_MOST);
	record_put_text(&record, span_of(p.byline), LINE_MOST);
	record_put_text(&record, span_of(p.excerpt), SUMMARY_MOST);
	put_web_url(&record, span_of(p.image));
	record_put_text(&record, span_of(p.text), TEXT_MOST);
	record_put_int(&record, at);
	rc = child_put(out_fd, buf_span(&record), err);
	buf_clear(&record);
	page_clear(&p);
	return rc;
}

enum wrap_rc
reader_links_task(void *ctx, int out_fd, struct wrap_err *err)
{
	const struct reader_task *t = ctx;
	struct buf record = BUF_INIT(0);
	struct page_links l;
	enum wrap_rc rc =
	    page_feed_links(t->bytes, charset_of_type(t->content_type), t->url, &l, err);

	for (size_t i = 0; rc == WRAP_OK && i < l.n; i++) {
		put_web_url(&record, span_of(l.v[i].url));
		record_put_text(&record, span_of(l.v[i].title), LINE_MOST);
	}
	if (rc == WRAP_OK)
		rc = child_put(out_fd, buf_span(&record), err);
	buf_clear(&record);
	page_links_clear(&l);
	return rc;
}
