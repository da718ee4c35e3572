/*
 * A feed document read in a disposable child: the parsers see strangers' bytes there, with no database
 * and no network, and what they make of them comes back as plain strings. A document that kills the
 * child costs itself.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define ENTRIES_MOST 1000
#define TEXT_MOST ((size_t)200 << 10)
#define SUMMARY_MOST ((size_t)20 << 10)
#define LINE_MOST ((size_t)1000)
#define URL_MOST ((size_t)2048)

static const struct child_limits limits = { .memory_bytes = (size_t)256 << 20,
	.cpu_s = 10,
	.wall_ms = 20000,
	.record_bytes = (size_t)1 << 20,
	.total_bytes = (size_t)64 << 20 };

void
reading_clear(struct reading *r)
{
	for (size_t i = 0; i < r->n; i++)
		article_clear(&r->v[i]);
	free(r->v);
	free(r->title);
	*r = (struct reading){ 0 };
}

/* ---- records ------------------------------------------------------------------------------------------ */

static void
put_int(struct buf *b, int64_t v)
{
	buf_add(b, &v, sizeof(v));
}

/* At most most bytes, cut between characters. */
static void
put_text(struct buf *b, struct span s, size_t most)
{
	if (s.n > most) {
		s.n = most;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xC0) == 0x80)
			s.n--;
	}
	put_int(b, (int64_t)s.n);
	buf_addspan(b, s);
}

static int64_t
get_int(struct span *s)
{
	int64_t v = 0;

	if (s->n < sizeof(v)) {
		s->n = 0;
		return 0;
	}
	memcpy(&v, s->p, sizeof(v));
	s->p += sizeof(v);
	s->n -= sizeof(v);
	return v;
}

/* NULL for an empty text and for no memory. */
static char *
get_text(struct span *s)
{
	int64_t n = get_int(s);
	char *text;

	if (n <= 0 || (size_t)n > s->n)
		return NULL;
	text = str_dup_span((struct span){ s->p, (size_t)n });
	s->p += n;
	s->n -= (size_t)n;
	return text;
}

/* ---- in the child --------------------------------------------------------------------------------------- */

struct task {
	struct span bytes, content_type, url;
};

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
	put_text(out, buf_span(&all), (size_t)8 << 10);
	buf_clear(&all);
}

static void
put_web_url(struct buf *out, struct span url)
{
	put_text(
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
	put_text(out, e->id.s, URL_MOST);
	/* This is the link that readers get. The feed's own id stays as it is. */
	buf_reset(tmp);
	url_untracked(e->link.s.n > 0 ? e->link.s : e->enclosure.s, tmp);
	put_web_url(out, buf_span(tmp));
	put_text(out, buf_span(&title), LINE_MOST);
	buf_reset(tmp);
	feed_byline(d, e, tmp);
	put_text(out, buf_span(tmp), LINE_MOST);
	put_text(out, span_trim(buf_span(&summary)), SUMMARY_MOST);
	put_text(out, span_trim(buf_span(&text)), TEXT_MOST);
	buf_reset(tmp);
	feed_picture(e, tmp);
	put_web_url(out, buf_span(tmp));
	put_categories(e, tmp, out);
	put_text(out, e->language.n > 0 ? e->language : d->language, 35);
	put_int(out, e->published.rank > 0 ? e->published.at
		     : e->updated.rank > 0 ? e->updated.at
					   : 0);
	put_int(out, e->comments);
	if (title.rc != WRAP_OK || summary.rc != WRAP_OK || text.rc != WRAP_OK)
		out->rc = WRAP_ELIMIT;
	buf_clear(&title);
	buf_clear(&summary);
	buf_clear(&text);
}

static enum wrap_rc
read_task(void *ctx, int out_fd, struct wrap_err *err)
{
	const struct task *t = ctx;
	struct buf record = BUF_INIT(0), tmp = BUF_INIT(1 << 20);
	struct feed_doc d;
	size_t n = 0;
	enum wrap_rc rc = feed_read(t->bytes, t->content_type, t->url, &d, err);

	if (rc != WRAP_OK)
		return rc;
	put_int(&record, d.ttl_minutes);
	put_int(&record, d.skip_hours);
	put_int(&record, d.skip_days);
	put_int(&record, (int64_t)d.n_entries);
	feed_text_line(&d.title, &tmp);
	put_text(&record, buf_span(&tmp), LINE_MOST);
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

/* ---- in the parent --------------------------------------------------------------------------------------- */

/* What came out of the child is a stranger's too: lines stay lines, texts stay UTF-8. */
static bool
is_sound(const struct article *a)
{
	const char *const texts[] = { a->guid, a->url, a->title, a->byline, a->summary, a->text,
		a->image, a->categories, a->language };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i] != NULL && !utf8_valid(span_of(texts[i])))
			return false;
	return (a->url == NULL || url_is_web(span_of(a->url))) &&
	       (a->image == NULL || url_is_web(span_of(a->image))) &&
	       (a->title == NULL || strpbrk(a->title, "\r\n") == NULL) &&
	       (a->byline == NULL || strpbrk(a->byline, "\r\n") == NULL);
}

static enum wrap_rc
take_entry(struct reading *r, struct span s, struct wrap_err *err)
{
	struct article *v, a = { 0 };

	a.guid = get_text(&s);
	a.url = get_text(&s);
	a.title = get_text(&s);
	a.byline = get_text(&s);
	a.summary = get_text(&s);
	a.text = get_text(&s);
	a.image = get_text(&s);
	a.categories = get_text(&s);
	a.language = get_text(&s);
	a.published_at = get_int(&s);
	a.comments = get_int(&s);
	/* An entry with neither name nor place is nothing to tell. */
	if (!is_sound(&a) || a.title == NULL ||
	    (a.url == NULL && a.text == NULL && a.summary == NULL)) {
		article_clear(&a);
		return WRAP_OK;
	}
	v = realloc(r->v, (r->n + 1) * sizeof(*v));
	if (v == NULL) {
		article_clear(&a);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	r->v = v;
	r->v[r->n++] = a;
	return WRAP_OK;
}

enum wrap_rc
reader_feed(struct span bytes, const char *content_type, const char *url, struct reading *out,
    struct wrap_err *err)
{
	struct task t = { bytes, span_of(content_type), span_of(url) };
	struct buf record = BUF_INIT(limits.record_bytes);
	struct child *c;
	bool first = true;
	enum wrap_rc rc;

	*out = (struct reading){ 0 };
	rc = child_start(&limits, NULL, 0, read_task, &t, &c, err);
	while (rc == WRAP_OK && (rc = child_get(c, &record, err)) == WRAP_OK) {
		struct span s = buf_span(&record);
		if (first) {
			out->ttl_minutes = get_int(&s);
			out->skip_hours = (uint32_t)get_int(&s);
			out->skip_days = (uint32_t)get_int(&s);
			out->listed = (size_t)get_int(&s);
			out->title = get_text(&s);
			first = false;
		} else {
			rc = take_entry(out, s, err);
		}
	}
	child_close(&c);
	buf_clear(&record);
	if (rc == WRAP_ENOTFOUND)
		rc = first ? wrap_fail(err, WRAP_EPROTO, "its reader gave nothing") : WRAP_OK;
	if (rc != WRAP_OK)
		reading_clear(out);
	/* A child that ran out of its own memory says nothing about ours. */
	return rc == WRAP_ENOMEM
		   ? wrap_fail(err, WRAP_ELIMIT, "the document needs more memory than is allowed")
		   : rc;
}

/* ---- pages ----------------------------------------------------------------------------------------------- */

static enum wrap_rc
page_task(void *ctx, int out_fd, struct wrap_err *err)
{
	const struct task *t = ctx;
	struct buf record = BUF_INIT(0);
	struct page p;
	int64_t at = 0;
	enum wrap_rc rc = page_read(t->bytes, charset_of_type(t->content_type), t->url, &p, err);

	if (rc != WRAP_OK)
		return rc;
	if (p.published == NULL || !date_parse(span_of(p.published), &at))
		at = 0;
	put_text(&record, span_of(p.title), LINE_MOST);
	put_text(&record, span_of(p.byline), LINE_MOST);
	put_text(&record, span_of(p.excerpt), SUMMARY_MOST);
	put_web_url(&record, span_of(p.image));
	put_text(&record, span_of(p.text), TEXT_MOST);
	put_int(&record, at);
	rc = child_put(out_fd, buf_span(&record), err);
	buf_clear(&record);
	page_clear(&p);
	return rc;
}

static enum wrap_rc
links_task(void *ctx, int out_fd, struct wrap_err *err)
{
	const struct task *t = ctx;
	struct buf record = BUF_INIT(0);
	struct page_links l;
	enum wrap_rc rc =
	    page_feed_links(t->bytes, charset_of_type(t->content_type), t->url, &l, err);

	for (size_t i = 0; rc == WRAP_OK && i < l.n; i++) {
		put_web_url(&record, span_of(l.v[i].url));
		put_text(&record, span_of(l.v[i].title), LINE_MOST);
	}
	if (rc == WRAP_OK)
		rc = child_put(out_fd, buf_span(&record), err);
	buf_clear(&record);
	page_links_clear(&l);
	return rc;
}

/* The one record that a task gives. */
static enum wrap_rc
one_record(struct task *t, enum wrap_rc (*work)(void *ctx, int out_fd, struct wrap_err *err),
    struct buf *record, struct wrap_err *err)
{
	struct child *c;
	enum wrap_rc rc = child_start(&limits, NULL, 0, work, t, &c, err);

	if (rc != WRAP_OK)
		return rc;
	rc = child_get(c, record, err);
	child_close(&c);
	if (rc == WRAP_ENOTFOUND || rc == WRAP_ENOMEM)
		rc = wrap_fail(err, WRAP_EPROTO, "its reader gave nothing");
	return rc;
}

enum wrap_rc
reader_page(struct span bytes, const char *content_type, const char *url, struct page *out,
    int64_t *published, struct wrap_err *err)
{
	struct task t = { bytes, span_of(content_type), span_of(url) };
	struct buf record = BUF_INIT(limits.record_bytes);
	enum wrap_rc rc = one_record(&t, page_task, &record, err);
	struct span s = buf_span(&record);

	*out = (struct page){ 0 };
	*published = 0;
	if (rc == WRAP_OK) {
		out->title = get_text(&s);
		out->byline = get_text(&s);
		out->excerpt = get_text(&s);
		out->image = get_text(&s);
		out->text = get_text(&s);
		*published = get_int(&s);
	}
	buf_clear(&record);
	return rc;
}

enum wrap_rc
reader_links(struct span bytes, const char *content_type, const char *url, struct page_links *out,
    struct wrap_err *err)
{
	struct task t = { bytes, span_of(content_type), span_of(url) };
	struct buf record = BUF_INIT(limits.record_bytes);
	enum wrap_rc rc = one_record(&t, links_task, &record, err);
	struct span s = buf_span(&record);

	*out = (struct page_links){ 0 };
	while (rc == WRAP_OK && s.n > 0 && out->n < 20) {
		struct page_link l = { .url = get_text(&s) };
		struct page_link *v = realloc(out->v, (out->n + 1) * sizeof(*v));
		l.title = get_text(&s);
		if (v == NULL || l.url == NULL) {
			free(l.url);
			free(l.title);
			out->v = v == NULL ? out->v : v;
			continue;
		}
		out->v = v;
		v[out->n++] = l;
	}
	buf_clear(&record);
	return rc;
}
