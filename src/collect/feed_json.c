/*
 * JSON Feed 1.0 and 1.1. Ids may be numbers, authors one object or a list, times of any spelling; a
 * document with some other shape is refused. https://www.jsonfeed.org/version/1.1/
 */
#include "internal.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct json_walk {
	struct feed_doc *doc;
	struct span url;
};

static struct span
text_of(struct json_walk *w, const json_t *v)
{
	char number[64];

	if (json_is_string(v))
		return arena_copy(
		    &w->doc->arena, (struct span){ json_string_value(v), json_string_length(v) });
	if (json_is_integer(v))
		(void)snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(v));
	else if (json_is_real(v))
		(void)snprintf(number, sizeof(number), "%.17g", json_real_value(v));
	else
		return (struct span){ "", 0 };
	return arena_copy(&w->doc->arena, span_of(number));
}

static struct span
field(struct json_walk *w, const json_t *o, const char *name)
{
	return text_of(w, json_object_get(o, name));
}

static struct span
link_field(struct json_walk *w, const json_t *o, const char *name)
{
	struct span ref = span_trim(field(w, o, name));
	struct buf b = BUF_INIT(1 << 16);

	if (ref.n > 0 && ref.n < 8192 && url_resolve(w->url, ref, &b))
		ref = arena_copy(&w->doc->arena, buf_span(&b));
	buf_clear(&b);
	return ref;
}

static struct feed_text
text_field(struct json_walk *w, const json_t *o, const char *name, bool html)
{
	struct feed_text t = { .s = field(w, o, name),
		.base = w->url,
		.kind = html ? FEED_HTML : FEED_PLAIN,
		.rank = 1 };

	return t;
}

/* A member that should be a list but may be one value: element i; NULL past the end. */
static const json_t *
element(const json_t *list, size_t i)
{
	return json_is_array(list) ? json_array_get(list, i) : i == 0 ? list : NULL;
}

/* The name of an author, who may be a bare string. */
static struct span
name_of(struct json_walk *w, const json_t *author)
{
	return json_is_object(author) ? field(w, author, "name") : text_of(w, author);
}

/* authors (1.1), or author (1.0) when there are none with a name. */
static void
author_field(struct json_walk *w, const json_t *o, struct feed_entry *e)
{
	static const char *const names[] = { "authors", "author" };
	const json_t *one;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; (one = element(json_object_get(o, names[k]), i)) != NULL; i++)
			feed_add_author(w->doc, e,
			    (struct feed_text){ .s = span_trim(name_of(w, one)),
				.kind = FEED_PLAIN,
				.rank = k == 0 ? 2 : 1 });
}

static void
attachments(struct json_walk *w, const json_t *o, struct feed_entry *e)
{
	const json_t *list = json_object_get(o, "attachments"), *a;

	for (size_t i = 0; (a = element(list, i)) != NULL; i++) {
		struct span url = link_field(w, a, "url");
		if (e->enclosure.s.n == 0)
			e->enclosure.s = url;
		if (e->image.s.n == 0 &&
		    span_ifind(field(w, a, "mime_type"), SPAN_LIT("image/")) == 0)
			e->image.s = url;
	}
}

static void
read_item(struct json_walk *w, const json_t *o, struct feed_entry *e)
{
	const json_t *tags = json_object_get(o, "tags"), *tag;
	struct feed_text text = text_field(w, o, "content_text", false);

	e->id.s = field(w, o, "id");
	e->link.s = link_field(w, o, "url");
	if (e->link.s.n == 0)
		e->link.s = link_field(w, o, "external_url");
	if (e->link.s.n == 0 && url_is_web(e->id.s))
		e->link.s = e->id.s;
	e->title = text_field(w, o, "title", false);
	e->summary = text_field(w, o, "summary", false);
	e->content = text_field(w, o, "content_html", true);
	if (e->content.s.n == 0)
		e->content = text;
	author_field(w, o, e);
	e->image.s = link_field(w, o, "image");
	if (e->image.s.n == 0)
		e->image.s = link_field(w, o, "banner_image");
	attachments(w, o, e);
	e->published.rank = date_parse(field(w, o, "date_published"), &e->published.at);
	e->updated.rank = date_parse(field(w, o, "date_modified"), &e->updated.at);
	e->language = field(w, o, "language");
	for (size_t i = 0; (tag = element(tags, i)) != NULL; i++)
		feed_category(w->doc, e, text_of(w, tag));
}

static enum wrap_rc
read_feed(struct json_walk *w, const json_t *root, struct wrap_err *err)
{
	struct feed_doc *d = w->doc;
	const json_t *items = json_object_get(root, "items");
	struct feed_entry **last = &d->entries, whole = { 0 };

	if (!json_is_object(root) ||
	    (!json_is_array(items) && json_object_get(root, "version") == NULL))
		return wrap_fail(err, WRAP_EPROTO, "the document is JSON, but no JSON Feed");
	d->title = text_field(w, root, "title", false);
	d->description = text_field(w, root, "description", false);
	d->link.s = link_field(w, root, "home_page_url");
	d->image.s = link_field(w, root, "icon");
	author_field(w, root, &whole);
	d->author = whole.author;
	d->language = field(w, root, "language");
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *o = json_array_get(items, i);
		struct feed_entry *e = json_is_object(o) ? feed_entry_new(d) : NULL;
		if (e == NULL)
			continue;
		*last = e;
		last = &e->next;
		read_item(w, o, e);
	}
	return WRAP_OK;
}

enum wrap_rc
feed_read_json(struct span utf8, struct span url, struct feed_doc *doc, struct wrap_err *err)
{
	struct json_walk w = { .doc = doc, .url = url };
	json_error_t why;
	json_t *root = json_loadb(utf8.p, utf8.n, JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK, &why);
	struct buf mended = BUF_INIT((size_t)64 << 20);
	json_error_t again;
	enum wrap_rc rc;

	if (root == NULL && json_mend(utf8, &mended))
		root = json_loadb(mended.p, mended.n, JSON_ALLOW_NUL, &again);
	buf_clear(&mended);
	if (root == NULL)
		return wrap_fail(err, WRAP_EPROTO, "bad JSON in line %d: %s", why.line, why.text);
	rc = read_feed(&w, root, err);
	json_decref(root);
	return rc;
}
