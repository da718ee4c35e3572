/*
 * OPML, the lists of feeds that readers exchange: outlines with xmlUrl, in any nesting. Read with the same
 * forgiving reader as feeds. http://opml.org/spec2.opml
 */
#include "internal.h"
#include "fetch.h"
#include "xml.h"

#include <stdlib.h>
#include <string.h>

void
collect_outlines_clear(struct collect_outlines *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].url);
		free(l->v[i].title);
	}
	free(l->v);
	*l = (struct collect_outlines){ 0 };
}

static char *
attribute(const struct xml *x, const char *name)
{
	struct buf raw = BUF_INIT(1 << 16), line = BUF_INIT(1 << 16);

	xml_decode(xml_attr(x, name), &raw);
	utf8_line(buf_span(&raw), &line);
	buf_clear(&raw);
	if (line.n == 0 || line.rc != WRAP_OK) {
		buf_clear(&line);
		return NULL;
	}
	return buf_steal(&line);
}

static enum wrap_rc
add(struct collect_outlines *out, const struct xml *x, struct wrap_err *err)
{
	struct collect_outline o = { .url = attribute(x, "xmlUrl") }, *v;

	if (o.url == NULL || !url_is_web(span_of(o.url))) {
		out->skipped += o.url != NULL;
		free(o.url);
		return WRAP_OK;
	}
	for (size_t i = 0; i < out->n; i++)
		if (strcmp(out->v[i].url, o.url) == 0) {
			free(o.url);
			return WRAP_OK;
		}
	o.title = attribute(x, "title");
	if (o.title == NULL)
		o.title = attribute(x, "text");
	v = realloc(out->v, (out->n + 1) * sizeof(*v));
	if (v == NULL) {
		free(o.url);
		free(o.title);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	out->v = v;
	v[out->n++] = o;
	return WRAP_OK;
}

enum wrap_rc
collect_opml_read(struct span bytes, struct collect_outlines *out, struct wrap_err *err)
{
	struct buf store = BUF_INIT((size_t)32 << 20);
	struct xml *x = malloc(sizeof(*x));
	struct span utf8;
	bool opml = false;
	enum wrap_rc rc =
	    charset_decode(bytes, (struct span){ "", 0 }, CHARSET_XML, &store, &utf8, err);

	*out = (struct collect_outlines){ 0 };
	if (x == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	if (rc == WRAP_OK)
		xml_init(x, utf8);
	while (rc == WRAP_OK && xml_next(x) != XML_END_OF_FILE) {
		if (x->event != XML_START)
			continue;
		opml = opml || span_ieqs(x->local, "opml");
		if (span_ieqs(x->local, "outline") && out->n < 10000)
			rc = add(out, x, err);
	}
	if (rc == WRAP_OK && !opml && out->n == 0)
		rc = wrap_fail(err, WRAP_EPROTO, "this is no OPML");
	if (rc != WRAP_OK)
		collect_outlines_clear(out);
	free(x);
	buf_clear(&store);
	return rc;
}

static void
attribute_out(const char *name, const char *value, struct buf *out)
{
	buf_addf(out, " %s=\"", name);
	escape_html(span_of(value), out);
	buf_addc(out, '"');
}

void
collect_opml_write(const struct config *c, struct buf *out)
{
	buf_adds(out,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n<head><title>");
	escape_html(span_of(c->publication.name), out);
	buf_adds(out, "</title></head>\n<body>\n");
	for (size_t i = 0; i < c->n_feeds; i++) {
		if (c->feeds[i].url == NULL)
			continue;
		buf_adds(out, "<outline type=\"rss\"");
		attribute_out("text", c->feeds[i].name, out);
		attribute_out("title", c->feeds[i].name, out);
		attribute_out("xmlUrl", c->feeds[i].url, out);
		buf_adds(out, "/>\n");
	}
	buf_adds(out, "</body>\n</opml>\n");
}

/* Letters and digits of a title, for a name in the configuration. */
static void
add_name(const char *title, struct buf *out)
{
	bool gap = false;
	size_t from = out->n;

	for (const char *p = title; *p != '\0' && out->n - from < 40; p++) {
		bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			      (*p >= '0' && *p <= '9');
		if (!letter) {
			gap = out->n > from;
			continue;
		}
		if (gap)
			buf_addc(out, '-');
		gap = false;
		buf_addc(out, (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p));
	}
	if (out->n == from)
		buf_adds(out, "feed");
}

static void
quoted(const char *s, struct buf *out)
{
	buf_addc(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *s);
	}
	buf_addc(out, '"');
}

void
collect_stanza(const struct config *c, const struct strs *taken, const char *title, const char *url,
    struct buf *name, struct buf *out)
{
	struct buf base = BUF_INIT(1 << 10);
	char host[128];
	bool used = true;

	fetch_owner(url, host, sizeof(host));
	add_name(title != NULL ? title : host, &base);
	for (int n = 1; used; n++) {
		buf_reset(name);
		buf_addspan(name, buf_span(&base));
		if (n > 1)
			buf_addf(name, "-%d", n);
		used = strs_has(taken, buf_span(name));
		for (size_t i = 0; i < c->n_feeds; i++)
			used = used || strcmp(c->feeds[i].name, buf_str(name)) == 0;
	}
	buf_adds(out, "{ name = ");
	quoted(buf_str(name), out);
	buf_adds(out, "; url = ");
	quoted(url, out);
	buf_adds(out, "; }");
	buf_clear(&base);
}
