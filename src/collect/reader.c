/*
 * A document read in a disposable child: the parsers see strangers' bytes there (reader_child.c), with no
 * database and no network, and what they make of them comes back as plain strings. A document that kills
 * the child costs itself.
 */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

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

	a.guid = record_get_text(&s);
	a.url = record_get_text(&s);
	a.title = record_get_text(&s);
	a.byline = record_get_text(&s);
	a.summary = record_get_text(&s);
	a.text = record_get_text(&s);
	a.image = record_get_text(&s);
	a.categories = record_get_text(&s);
	a.language = record_get_text(&s);
	a.published_at = record_get_int(&s);
	a.comments = record_get_int(&s);
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
	struct reader_task t = { bytes, span_of(content_type), span_of(url) };
	struct buf record = BUF_INIT(limits.record_bytes);
	struct child *c;
	bool first = true;
	enum wrap_rc rc;

	*out = (struct reading){ 0 };
	rc = child_start(&limits, NULL, 0, reader_feed_task, &t, &c, err);
	while (rc == WRAP_OK && (rc = child_get(c, &record, err)) == WRAP_OK) {
		struct span s = buf_span(&record);
		if (first) {
			out->ttl_minutes = record_get_int(&s);
			out->skip_hours = (uint32_t)record_get_int(&s);
			out->skip_days = (uint32_t)record_get_int(&s);
			out->listed = (size_t)record_get_int(&s);
			out->title = record_get_text(&s);
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

/* The one record that a task gives. */
static enum wrap_rc
one_record(struct reader_task *t, enum wrap_rc (*work)(void *ctx, int out_fd, struct wrap_err *err),
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
	struct reader_task t = { bytes, span_of(content_type), span_of(url) };
	struct buf record = BUF_INIT(limits.record_bytes);
	enum wrap_rc rc = one_record(&t, reader_page_task, &record, err);
	struct span s = buf_span(&record);

	*out = (struct page){ 0 };
	*published = 0;
	if (rc == WRAP_OK) {
		out->title = record_get_text(&s);
		out->byline = record_get_text(&s);
		out->excerpt = record_get_text(&s);
		out->image = record_get_text(&s);
		out->text = record_get_text(&s);
		*published = record_get_int(&s);
	}
	buf_clear(&record);
	return rc;
}

enum wrap_rc
reader_links(struct span bytes, const char *content_type, const char *url, struct page_links *out,
    struct wrap_err *err)
{
	struct reader_task t = { bytes, span_of(content_type), span_of(url) };
	struct buf record = BUF_INIT(limits.record_bytes);
	enum wrap_rc rc = one_record(&t, reader_links_task, &record, err);
	struct span s = buf_span(&record);

	*out = (struct page_links){ 0 };
	while (rc == WRAP_OK && s.n > 0 && out->n < 20) {
		struct page_link l = { .url = record_get_text(&s) };
		struct page_link *v = realloc(out->v, (out->n + 1) * sizeof(*v));
		l.title = record_get_text(&s);
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
