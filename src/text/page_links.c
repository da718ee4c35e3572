/*
 * Where a page says that its feeds are: link elements with rel=alternate and a feed's type, relative to
 * base href, in document order. Feeds of comments are left out.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

struct search {
	struct buf base;
	struct page_links *out;
	bool failed;
};

void
page_links_clear(struct page_links *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].url);
		free(l->v[i].title);
	}
	free(l->v);
	*l = (struct page_links){ 0 };
}

static bool
has_token(struct span list, const char *token)
{
	struct span t;

	while (span_cut(&list, ' ', &t))
		if (span_ieqs(span_trim(t), token))
			return true;
	return false;
}

static bool
is_feed_type(struct span type)
{
	static const char *const types[] = { "application/rss+xml", "application/atom+xml",
		"application/feed+json", "application/rdf+xml", "application/x.atom+xml",
		"text/rss+xml" };
	const char *semi = type.n == 0 ? NULL : memchr(type.p, ';', type.n);

	type = span_trim((struct span){ type.p, semi == NULL ? type.n : (size_t)(semi - type.p) });
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_ieqs(type, types[i]))
			return true;
	return false;
}

static void
add(struct search *s, const GumboNode *n)
{
	struct span href = html_attr(n, "href"), title = html_attr(n, "title");
	struct buf url = BUF_INIT(1 << 16), line = BUF_INIT(1 << 16);
	struct page_link *v;

	if (span_ifind(href, SPAN_LIT("comments")) != (size_t)-1 ||
	    span_ifind(title, SPAN_LIT("comments")) != (size_t)-1)
		return;
	if (s->out->n < 20 && url_resolve(buf_span(&s->base), href, &url) &&
	    url_is_web(buf_span(&url))) {
		utf8_line(title, &line);
		v = realloc(s->out->v, (s->out->n + 1) * sizeof(*v));
		if (v != NULL) {
			s->out->v = v;
			v[s->out->n++] = (struct page_link){ buf_steal(&url),
				line.n == 0 ? NULL : buf_steal(&line) };
		}
		s->failed = s->failed || v == NULL;
	}
	buf_clear(&url);
	buf_clear(&line);
}

static void
look(struct search *s, const GumboNode *n, unsigned depth)
{
	const GumboVector *v = html_children(n);
	struct buf base = BUF_INIT(1 << 16);

	for (unsigned i = 0; i < v->length && depth < 4 * HTML_DEPTH; i++) {
		const GumboNode *k = v->data[i];
		if (!html_is_element(k))
			continue;
		if (k->v.element.tag == GUMBO_TAG_BASE && html_attr(k, "href").p != NULL) {
			buf_reset(&base);
			if (url_resolve(buf_span(&s->base), html_attr(k, "href"), &base)) {
				buf_reset(&s->base);
				buf_addspan(&s->base, buf_span(&base));
			}
		} else if (k->v.element.tag == GUMBO_TAG_LINK &&
			   has_token(html_attr(k, "rel"), "alternate") &&
			   is_feed_type(html_attr(k, "type"))) {
			add(s, k);
		}
		look(s, k, depth + 1);
	}
	buf_clear(&base);
}

enum wrap_rc
page_feed_links(struct span bytes, struct span label, struct span url, struct page_links *out,
    struct wrap_err *err)
{
	struct search s = { .base = BUF_INIT(1 << 16), .out = out };
	struct buf store = BUF_INIT((size_t)64 << 20);
	struct html_tree t;
	struct span html;
	enum wrap_rc rc = charset_decode(bytes, label, CHARSET_HTML, &store, &html, err);

	*out = (struct page_links){ 0 };
	buf_addspan(&s.base, url);
	if (rc == WRAP_OK && !html_parse(html, false, &t)) {
		rc = wrap_fail(err, WRAP_ELIMIT, "the page is too large or too deeply nested");
	} else if (rc == WRAP_OK) {
		look(&s, t.out->root, 0);
		html_free(&t);
		if (s.failed)
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	buf_clear(&s.base);
	buf_clear(&store);
	return rc;
}
