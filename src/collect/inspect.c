/*
 * What the parsers make of a stranger's bytes, as JSON lines: for owners who ask "what did it see?", and
 * for every measurement. One object in, one object out.
 */
#include "internal.h"

#include <jansson.h>
#include <string.h>

static void
json_text(struct span s, struct buf *out)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0;

	buf_addc(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
			continue;
		buf_add(out, s.p + from, i - from);
		from = i + 1;
		if (c == '"' || c == '\\') {
			buf_addc(out, '\\');
			buf_addc(out, (char)c);
		} else if (c == '\n') {
			buf_adds(out, "\\n");
		} else if (c == '\t') {
			buf_adds(out, "\\t");
		} else {
			char code[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
			buf_add(out, code, 6);
		}
	}
	buf_add(out, s.p + from, s.n - from);
	buf_addc(out, '"');
}

/* ,"name":"text" unless it is empty. */
static void
json_field(const char *name, struct span s, struct buf *out)
{
	if (s.n == 0)
		return;
	if (out->n > 0 && out->p[out->n - 1] != '{')
		buf_addc(out, ',');
	buf_addf(out, "\"%s\":", name);
	json_text(s, out);
}

static void
json_time(const char *name, const struct feed_time *t, struct buf *out)
{
	if (t->rank > 0)
		buf_addf(out, ",\"%s\":%lld", name, (long long)t->at);
}

static void
text_field(const char *name, const struct feed_text *t, bool line, struct buf *tmp, struct buf *out)
{
	if (t->s.n == 0)
		return;
	buf_reset(tmp);
	if (line)
		feed_text_line(t, tmp);
	else
		feed_text_plain(t, tmp);
	json_field(name, buf_span(tmp), out);
}

static void
write_entry(const struct feed_doc *d, const struct feed_entry *e, struct buf *tmp, struct buf *out)
{
	const struct feed_text *author = e->author.s.n > 0 ? &e->author : &d->author;

	buf_addc(out, '{');
	json_field("id", e->id.s, out);
	if (out->p[out->n - 1] == '{')
		buf_adds(out, "\"id\":null");
	text_field("title", &e->title, true, tmp, out);
	json_field("link", e->link.s, out);
	json_time("published", &e->published, out);
	json_time("updated", e->updated.rank > 0 ? &e->updated : &e->published, out);
	buf_reset(tmp);
	feed_author(author, true, tmp);
	json_field("author", buf_span(tmp), out);
	text_field("summary", &e->summary, false, tmp, out);
	text_field("content", &e->content, false, tmp, out);
	if (e->content.s.n > 0 || e->summary.s.n > 0) {
		buf_reset(tmp);
		feed_text_html(e->content.s.n > 0 ? &e->content : &e->summary, tmp);
		json_field("content_html", buf_span(tmp), out);
	}
	if (e->categories != NULL) {
		buf_adds(out, ",\"categories\":");
		for (const struct feed_word *w = e->categories; w != NULL; w = w->next) {
			struct feed_text t = { .s = w->s, .kind = FEED_MAYBE };
			buf_addc(out, w == e->categories ? '[' : ',');
			buf_reset(tmp);
			feed_text_line(&t, tmp);
			json_text(buf_span(tmp), out);
		}
		buf_addc(out, ']');
	}
	json_field("enclosure", e->enclosure.s, out);
	buf_reset(tmp);
	feed_picture(e, tmp);
	json_field("image", buf_span(tmp), out);
	buf_addc(out, '}');
}

static void
write_feed(const struct feed_doc *d, struct buf *out)
{
	struct buf tmp = BUF_INIT(0);

	buf_adds(out, ",\"error\":null,\"feed\":{");
	text_field("title", &d->title, true, &tmp, out);
	json_field("link", d->link.s, out);
	text_field("description", &d->description, false, &tmp, out);
	buf_adds(out, "},\"entries\":[");
	for (const struct feed_entry *e = d->entries; e != NULL; e = e->next) {
		if (e != d->entries)
			buf_addc(out, ',');
		write_entry(d, e, &tmp, out);
	}
	buf_addc(out, ']');
	if (tmp.rc != WRAP_OK)
		out->rc = tmp.rc;
	buf_clear(&tmp);
}

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

enum wrap_rc
collect_inspect_feed(struct span line, struct buf *out, struct wrap_err *err)
{
	json_t *o = parse_line(line, "path");
	struct feed_doc doc = { 0 };
	struct buf bytes = BUF_INIT(INSPECT_MOST);
	struct wrap_err why = { 0 };
	enum wrap_rc rc;

	buf_adds(out, "{");
	json_field("path", field(o, "path"), out);
	if (out->p[out->n - 1] == '{')
		buf_adds(out, "\"path\":null");
	if (field(o, "path").n == 0)
		rc = wrap_fail(&why, WRAP_EINVAL, "the line is no JSON object with a path");
	else
		rc = file_read(field(o, "path").p, INSPECT_MOST, &bytes, &why);
	if (rc == WRAP_OK)
		rc = feed_read(
		    buf_span(&bytes), field(o, "content_type"), field(o, "url"), &doc, &why);
	if (rc == WRAP_OK)
		write_feed(&doc, out);
	else
		json_field("error", span_of(why.text), out);
	buf_adds(out, "}\n");
	feed_doc_clear(&doc);
	buf_clear(&bytes);
	json_decref(o);
	return buf_rc(out, err);
}

static void
write_page(const struct page *p, struct buf *out)
{
	json_field("title", span_of(p->title), out);
	json_field("byline", span_of(p->byline), out);
	json_field("excerpt", span_of(p->excerpt), out);
	json_field("siteName", span_of(p->site_name), out);
	json_field("publishedTime", span_of(p->published), out);
	json_field("image", span_of(p->image), out);
	json_field("text", span_of(p->text), out);
}

enum wrap_rc
collect_inspect_page(struct span line, struct buf *out, struct wrap_err *err)
{
	json_t *o = parse_line(line, "file");
	struct buf bytes = BUF_INIT(INSPECT_MOST);
	struct wrap_err why = { 0 };
	struct page page = { 0 };
	int64_t began = 0, us = 0;
	enum wrap_rc rc;

	buf_adds(out, "{");
	if (json_is_integer(json_object_get(o, "id")))
		buf_addf(
		    out, "\"id\":%lld", (long long)json_integer_value(json_object_get(o, "id")));
	else
		json_field("id", field(o, "id").n > 0 ? field(o, "id") : field(o, "file"), out);
	if (out->p[out->n - 1] == '{')
		buf_adds(out, "\"id\":null");
	if (field(o, "file").n == 0)
		rc = wrap_fail(&why, WRAP_EINVAL, "the line is no JSON object with a file");
	else
		rc = file_read(field(o, "file").p, INSPECT_MOST, &bytes, &why);
	if (rc == WRAP_OK) {
		began = clock_monotonic_us();
		rc = page_read(buf_span(&bytes), charset_of_type(field(o, "content_type")),
		    field(o, "url"), &page, &why);
		us = clock_monotonic_us() - began;
	}
	if (rc == WRAP_OK)
		write_page(&page, out);
	else
		json_field("error", span_of(why.text), out);
	buf_addf(out, ",\"ms\":%lld.%03lld}\n", (long long)us / 1000, (long long)us % 1000);
	page_clear(&page);
	buf_clear(&bytes);
	json_decref(o);
	return buf_rc(out, err);
}
