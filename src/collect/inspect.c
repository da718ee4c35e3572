/*
 * What the parsers make of a stranger's bytes, as JSON lines: for owners who ask "what did it see?", and
 * for every measurement. One object in, one object out.
 */
#include "internal.h"

#include <jansson.h>

/* ---- lines in ------------------------------------------------------------------------------------------ */

#define INSPECT_MOST ((size_t)64 << 20)

static struct span
field(const json_t *o, const char *name)
{
	return span_of(json_string_value(json_object_get(o, name)));
}

/* A line is a JSON object, or a bare path. */
static json_t *
parse_line(struct span line, const char *path_key)
{
	json_t *o;

	line = span_trim(line);
	if (line.n == 0)
		return NULL;
	if (line.p[0] == '{')
		return json_loadb(line.p, line.n, 0, NULL);
	o = json_object();
	(void)json_object_set_new(o, path_key, json_stringn(line.p, line.n));
	return o;
}

/* The bytes of the file that o names under key. */
static enum wrap_rc
read_named(const json_t *o, const char *key, struct buf *bytes, struct wrap_err *err)
{
	if (field(o, key).n == 0)
		return wrap_fail(err, WRAP_EINVAL, "the line is no JSON object with a %s", key);
	return file_read(field(o, key).p, INSPECT_MOST, bytes, err);
}

/* ---- lines out ----------------------------------------------------------------------------------------- */

/* Nothing for an empty text. What is not UTF-8, as a path in a message may be, is made so. */
static void
put(json_t *o, const char *name, struct span s)
{
	struct buf sound = BUF_INIT(0);
	json_t *v;

	if (s.n == 0)
		return;
	v = json_stringn(s.p, s.n);
	if (v == NULL) {
		utf8_line(s, &sound);
		v = json_stringn(buf_str(&sound), sound.n);
		buf_clear(&sound);
	}
	(void)json_object_set_new(o, name, v);
}

static int
add_bytes(const char *p, size_t n, void *out)
{
	buf_add(out, p, n);
	return 0;
}

/* Append o as a line, and free it. */
static enum wrap_rc
write_line(json_t *o, struct buf *out, struct wrap_err *err)
{
	bool written = o != NULL && json_dump_callback(o, add_bytes, out, JSON_COMPACT) == 0;

	json_decref(o);
	if (!written)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	buf_addc(out, '\n');
	return buf_rc(out, err);
}

/* ---- feeds --------------------------------------------------------------------------------------------- */

static void
put_text(json_t *o, const char *name, const struct feed_text *t, bool line, struct buf *tmp)
{
	buf_reset(tmp);
	if (t->s.n > 0 && line)
		feed_text_line(t, tmp);
	else if (t->s.n > 0)
		feed_text_plain(t, tmp);
	put(o, name, buf_span(tmp));
}

static void
put_time(json_t *o, const char *name, const struct feed_time *t)
{
	if (t->rank > 0)
		(void)json_object_set_new(o, name, json_integer(t->at));
}

static void
put_categories(json_t *o, const struct feed_entry *e, struct buf *tmp)
{
	json_t *list = e->categories == NULL ? NULL : json_array();

	for (const struct feed_word *w = e->categories; w != NULL; w = w->next) {
		struct feed_text t = { .s = w->s, .kind = FEED_MAYBE };
		buf_reset(tmp);
		feed_text_line(&t, tmp);
		(void)json_array_append_new(list, json_stringn(buf_str(tmp), tmp->n));
	}
	if (list != NULL)
		(void)json_object_set_new(o, "categories", list);
}

static json_t *
entry_json(const struct feed_doc *d, const struct feed_entry *e, struct buf *tmp)
{
	const struct feed_text *body = e->content.s.n > 0 ? &e->content : &e->summary;
	json_t *o = json_object();

	(void)json_object_set_new(o, "id", json_null());
	put(o, "id", e->id.s);
	put_text(o, "title", &e->title, true, tmp);
	put(o, "link", e->link.s);
	put_time(o, "published", &e->published);
	put_time(o, "updated", e->updated.rank > 0 ? &e->updated : &e->published);
	buf_reset(tmp);
	feed_author(e->author.s.n > 0 ? &e->author : &d->author, true, tmp);
	put(o, "author", buf_span(tmp));
	put_text(o, "summary", &e->summary, false, tmp);
	put_text(o, "content", &e->content, false, tmp);
	buf_reset(tmp);
	if (body->s.n > 0)
		feed_text_html(body, tmp);
	put(o, "content_html", buf_span(tmp));
	put_categories(o, e, tmp);
	put(o, "enclosure", e->enclosure.s);
	buf_reset(tmp);
	feed_picture(e, tmp);
	put(o, "image", buf_span(tmp));
	return o;
}

static void
put_feed(json_t *o, const struct feed_doc *d)
{
	json_t *feed = json_object(), *entries = json_array();
	struct buf tmp = BUF_INIT(0);

	put_text(feed, "title", &d->title, true, &tmp);
	put(feed, "link", d->link.s);
	put_text(feed, "description", &d->description, false, &tmp);
	for (const struct feed_entry *e = d->entries; e != NULL; e = e->next)
		(void)json_array_append_new(entries, entry_json(d, e, &tmp));
	(void)json_object_set_new(o, "feed", feed);
	(void)json_object_set_new(o, "entries", entries);
	buf_clear(&tmp);
}

enum wrap_rc
collect_inspect_feed(struct span line, struct buf *out, struct wrap_err *err)
{
	json_t *in = parse_line(line, "path"), *o = json_object();
	struct feed_doc doc = { 0 };
	struct buf bytes = BUF_INIT(INSPECT_MOST);
	struct wrap_err why = { 0 };
	enum wrap_rc rc = read_named(in, "path", &bytes, &why);

	(void)json_object_set_new(o, "path", json_null());
	put(o, "path", field(in, "path"));
	(void)json_object_set_new(o, "error", json_null());
	if (rc == WRAP_OK)
		rc = feed_read(
		    buf_span(&bytes), field(in, "content_type"), field(in, "url"), &doc, &why);
	if (rc == WRAP_OK)
		put_feed(o, &doc);
	else
		put(o, "error", span_of(why.text));
	feed_doc_clear(&doc);
	buf_clear(&bytes);
	json_decref(in);
	return write_line(o, out, err);
}

/* ---- pages --------------------------------------------------------------------------------------------- */

static void
put_page(json_t *o, const struct page *p)
{
	put(o, "title", span_of(p->title));
	put(o, "byline", span_of(p->byline));
	put(o, "excerpt", span_of(p->excerpt));
	put(o, "siteName", span_of(p->site_name));
	put(o, "publishedTime", span_of(p->published));
	put(o, "image", span_of(p->image));
	put(o, "text", span_of(p->text));
}

enum wrap_rc
collect_inspect_page(struct span line, struct buf *out, struct wrap_err *err)
{
	json_t *in = parse_line(line, "file"), *o = json_object();
	json_t *id = json_object_get(in, "id");
	struct buf bytes = BUF_INIT(INSPECT_MOST);
	struct wrap_err why = { 0 };
	struct page page = { 0 };
	int64_t began = 0, us = 0;
	enum wrap_rc rc = read_named(in, "file", &bytes, &why);

	(void)json_object_set_new(o, "id", json_null());
	if (json_is_integer(id))
		(void)json_object_set(o, "id", id);
	else
		put(o, "id", field(in, "id").n > 0 ? field(in, "id") : field(in, "file"));
	if (rc == WRAP_OK) {
		began = clock_monotonic_us();
		rc = page_read(buf_span(&bytes), charset_of_type(field(in, "content_type")),
		    field(in, "url"), &page, &why);
		us = clock_monotonic_us() - began;
	}
	if (rc == WRAP_OK)
		put_page(o, &page);
	else
		put(o, "error", span_of(why.text));
	(void)json_object_set_new(o, "ms", json_real((double)us / 1000));
	page_clear(&page);
	buf_clear(&bytes);
	json_decref(in);
	return write_line(o, out, err);
}
