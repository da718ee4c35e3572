/*
 * What the elements of other vocabularies inside an item or entry give: Dublin Core, Media RSS, iTunes,
 * content:encoded, XHTML, numbers of comments. Their ranks lie below those of the format's own elements, but
 * for content:encoded, which is the story itself.
 */
#include "feed_xml.h"

static void
dc_element(struct walk *w)
{
	struct feed_entry *e = w->entry;
	bool terms = w->x.ns == NS_DCTERMS;

	if (elem_is(w, "title"))
		put_text(&e->title, elem_title(w, 4));
	else if (ELEM_ANY(w, "description", "abstract"))
		put_text(&e->summary, elem_text(w, 4));
	else if (ELEM_ANY(w, "creator", "author"))
		feed_add_author(w->doc, e, elem_author(w, 6));
	else if (ELEM_ANY(w, "publisher"))
		elem_skip(w);
	else if (elem_is(w, "identifier"))
		put_link(&e->id, elem_word(w), 4);
	else if (elem_is(w, "subject"))
		feed_category(w->doc, e, elem_word(w));
	else if (elem_is(w, "issued"))
		put_time(&e->published, elem_word(w), 6);
	else if (elem_is(w, "modified"))
		put_time(&e->updated, elem_word(w), 6);
	else if (elem_is(w, "created"))
		put_time(&e->published, elem_word(w), 3);
	else if (elem_is(w, "date") || (terms && elem_is(w, "available"))) {
		struct span s = elem_word(w);
		put_time(&e->published, s, 4);
		put_time(&e->updated, s, 4);
	} else if (elem_is(w, "language"))
		e->language = elem_word(w);
	else
		elem_skip(w);
}

static void
media_element(struct walk *w)
{
	struct feed_entry *e = w->entry;

	if (elem_is(w, "title"))
		put_text(&e->title, elem_title(w, 2));
	else if (ELEM_ANY(w, "description", "text"))
		put_text(&e->summary, elem_text(w, 2));
	else if (elem_is(w, "content"))
		part_file(w, true);
	else if (elem_is(w, "thumbnail"))
		part_image(w, 6);
	else if (elem_is(w, "keywords"))
		part_words(w, elem_word(w));
	else if (elem_is(w, "category"))
		part_category(w);
	else if (elem_is(w, "credit"))
		feed_add_author(w->doc, e, elem_author(w, 1));
	else if (!elem_is(w, "group"))
		elem_skip(w);
}

static void
itunes_element(struct walk *w)
{
	struct feed_entry *e = w->entry;

	if (elem_is(w, "title"))
		put_text(&e->title, elem_title(w, 1));
	else if (elem_is(w, "summary"))
		put_text(&e->summary, elem_text(w, 3));
	else if (elem_is(w, "subtitle"))
		put_text(&e->summary, elem_text(w, 1));
	else if (elem_is(w, "author"))
		feed_add_author(w->doc, e, elem_author(w, 4));
	else if (elem_is(w, "image")) {
		struct span href = elem_attr(w, "href");
		if (href.n == 0)
			href = elem_attr(w, "url");
		put_link(&e->image, elem_url(w, href), 5);
		elem_skip(w);
	} else if (elem_is(w, "keywords"))
		part_words(w, elem_word(w));
	else if (elem_is(w, "category"))
		part_category(w);
	else
		elem_skip(w);
}

static void
comment_count(struct walk *w)
{
	struct span s = elem_word(w);
	int64_t n = 0;

	if (s.n == 0 || s.n > 9)
		return;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return;
		n = n * 10 + (s.p[i] - '0');
	}
	w->entry->comments = n;
}

void
entry_extension(struct walk *w)
{
	switch (w->x.ns) {
	case NS_CONTENT:
		if (elem_is(w, "encoded"))
			put_text(&w->entry->content, elem_text(w, 9));
		else
			elem_skip(w);
		break;
	case NS_XHTML:
		if (ELEM_ANY(w, "body", "div")) {
			struct feed_text t = elem_text(w, 7);
			t.kind = FEED_HTML;
			put_text(&w->entry->content, t);
		} else {
			elem_skip(w);
		}
		break;
	case NS_DC:
	case NS_DCTERMS: dc_element(w); break;
	case NS_MEDIA: media_element(w); break;
	case NS_ITUNES: itunes_element(w); break;
	case NS_SLASH:
		if (elem_is(w, "comments"))
			comment_count(w);
		else if (elem_is(w, "section"))
			feed_category(w->doc, w->entry, elem_word(w));
		else
			elem_skip(w);
		break;
	case NS_THREAD:
		if (elem_is(w, "total"))
			comment_count(w);
		else
			elem_skip(w);
		break;
	case NS_NONE:
	case NS_ATOM:
	case NS_RSS:
	case NS_RDF:
	case NS_SYNDICATION:
	case NS_OTHER: elem_skip(w); break;
	}
}
