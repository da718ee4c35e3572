/*
 * What each element inside an item or entry gives. Ranks settle which element wins a field when a feed
 * says a thing several times: the format's own over extensions, the exact over the vague, the first of
 * equals. Elements about something else (source, image, textInput, comments) are passed over whole.
 */
#include "feed_xml.h"

#include <string.h>

static bool
is(const struct walk *w, const char *name)
{
	return span_ieqs(w->x.local, name);
}

static bool
any(const struct walk *w, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is(w, names[i]))
			return true;
	return false;
}
#define ANY(w, ...)                                  \
	any(w, (const char *const[]){ __VA_ARGS__ }, \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* The last part of a relation that is written as a URL. */
static struct span
relation(struct walk *w)
{
	struct span rel = elem_attr(w, "rel");
	const char *slash = rel.n == 0 ? NULL : memrchr(rel.p, '/', rel.n);

	if (slash != NULL)
		rel = (struct span){ slash + 1, rel.n - (size_t)(slash + 1 - rel.p) };
	return rel;
}

/* link of RSS (text) or Atom (href and rel). RFC 4287 4.2.7. */
static void
link_element(struct walk *w)
{
	struct feed_entry *e = w->entry;
	struct span href = elem_attr(w, "href"), rel = relation(w), type = elem_attr(w, "type");
	bool page = type.n == 0 || span_ifind(type, SPAN_LIT("html")) != (size_t)-1;
	struct span base_url;

	if (href.n == 0) {
		bool markup;
		href = elem_capture(w, false, &markup);
		base_url = elem_url(w, href);
		if (rel.n == 0 && w->rss) {
			put_link(&e->link, base_url, 8);
			return;
		}
	} else {
		base_url = elem_url(w, href);
		elem_skip(w);
	}
	if (rel.n == 0 || span_ieqs(rel, "alternate"))
		put_link(&e->link, base_url, page ? 7 : 6);
	else if (span_ieqs(rel, "enclosure")) {
		put_link(&e->enclosure, base_url, 5);
		if (span_ifind(type, SPAN_LIT("image/")) == 0)
			put_link(&e->image, base_url, 2);
		put_link(&e->link, base_url, 1);
	} else if (span_ieqs(rel, "self"))
		put_link(&e->link, base_url, 2);
	else if (span_ieqs(rel, "related") || span_ieqs(rel, "via"))
		put_link(&e->link, base_url, 1);
}

static void
guid_element(struct walk *w)
{
	struct span permanent = elem_attr(w, "isPermaLink"), id;
	bool no = span_ieqs(permanent, "false");

	id = elem_word(w);
	put_link(&w->entry->id, id, 8);
	if (no || id.n == 0)
		return;
	if (url_is_web(id))
		put_link(&w->entry->link, id, 4);
	else if (span_ieqs(permanent, "true"))
		put_link(&w->entry->link, elem_url(w, id), 3);
}

/* id of Atom: often the address of the page as well, which is better than none. */
static void
id_element(struct walk *w, int rank)
{
	struct span id = elem_word(w);

	put_link(&w->entry->id, id, rank);
	if (url_is_web(id))
		put_link(&w->entry->link, id, 1);
}

/* description or summary. An item of RSS that has both, or two of one kind, tells the story in the second. */
static void
summary_element(struct walk *w, int rank)
{
	struct feed_entry *e = w->entry;
	struct feed_text t = elem_text(w, rank);

	if (w->rss && e->summary.rank == rank &&
	    !span_eq(span_trim(e->summary.s), span_trim(t.s))) {
		t.rank = 3;
		put_text(&e->content, t);
	} else {
		put_text(&e->summary, t);
	}
}

/* A file of no stated type is a picture when its name says so. */
static bool
named_as_image(struct span url)
{
	static const char *const ends[] = { ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif" };
	struct span path = url_split(url).path;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t n = strlen(ends[i]);
		if (path.n > n && span_ieqs((struct span){ path.p + path.n - n, n }, ends[i]))
			return true;
	}
	return false;
}

/* enclosure of RSS, content of Media RSS: a file beside the story. */
static void
file_element(struct walk *w, bool media)
{
	struct feed_entry *e = w->entry;
	struct span url = elem_attr(w, "url"), type = elem_attr(w, "type"),
		    medium = elem_attr(w, "medium");
	bool image = span_ifind(type, SPAN_LIT("image/")) == 0 || span_ieqs(medium, "image");

	if (url.n == 0)
		url = elem_attr(w, "href");
	url = elem_url(w, url);
	if (type.n == 0 && medium.n == 0 && named_as_image(url))
		put_link(&e->image, url, 1);
	if (media) {
		put_link(&e->enclosure, url, 2);
		if (image)
			put_link(&e->image, url, 4);
		return; /* its title, text and thumbnail are read as they come */
	}
	put_link(&e->enclosure, url, 6);
	if (image)
		put_link(&e->image, url, 2);
	put_link(&e->link, url, 1);
	elem_skip(w);
}

static void
words(struct walk *w, struct span s)
{
	struct span word;

	while (span_cut(&s, ',', &word))
		feed_category(w->doc, w->entry, word);
}

static void
category_element(struct walk *w)
{
	struct span term = elem_attr(w, "term"), label = elem_attr(w, "label"), text;

	if (term.n == 0)
		term = elem_attr(w, "text"); /* itunes */
	if (term.n > 0) {
		feed_category(w->doc, w->entry, term);
		if (w->x.ns == NS_ITUNES)
			return; /* more may stand inside */
		elem_skip(w);
		return;
	}
	text = elem_word(w);
	feed_category(w->doc, w->entry, text.n > 0 ? text : label);
}

/* An item's own picture, which RSS never foresaw: url or href, a url element inside, or the address as text. */
static void
image_element(struct walk *w, int rank)
{
	struct span url = elem_attr(w, "url");
	size_t depth = w->x.depth;
	bool markup;

	if (url.n == 0)
		url = elem_attr(w, "href");
	for (;;) {
		enum xml_event ev = xml_next(&w->x);
		if (ev == XML_END_OF_FILE || (ev == XML_END && w->x.depth < depth))
			break;
		if (ev == XML_TEXT && url.n == 0 && url_is_web(span_trim(w->x.text))) {
			buf_reset(&w->part);
			xml_decode(span_trim(w->x.text), &w->part);
			url = arena_copy(&w->doc->arena, buf_span(&w->part));
		} else if (ev == XML_START) {
			bool wanted = is(w, "url");
			struct span s = { 0 };
			w->again = is(w, "item");
			if (!w->again)
				s = span_trim(elem_capture(w, false, &markup));
			if (w->again)
				break; /* it never ended; the next element is there */
			if (wanted && url.n == 0)
				url = s;
		}
	}
	if (url.n > 0)
		put_link(&w->entry->image, elem_url(w, url), rank);
}

/* Where an entry of Atom was taken from. Its author is the entry's when that names none (RFC 4287 4.2.2). */
static void
source_element(struct walk *w)
{
	size_t depth = w->x.depth;
	bool markup;

	for (;;) {
		enum xml_event ev = xml_next(&w->x);
		if (ev == XML_END_OF_FILE || (ev == XML_END && w->x.depth < depth))
			return;
		if (ev != XML_START)
			continue;
		w->again = is(w, "entry");
		if (w->again)
			return; /* it never ended */
		if (elem_is_core(w) && is(w, "author"))
			feed_add_author(w->doc, w->entry, elem_author(w, 1));
		else
			(void)elem_capture(w, false, &markup);
		if (w->again)
			return;
	}
}

/* ---- by namespace --------------------------------------------------------------------------------------- */

static void
core_time(struct walk *w)
{
	struct feed_entry *e = w->entry;
	struct span s;
	bool published = ANY(w, "published", "pubDate", "issued"),
	     updated = ANY(w, "updated", "modified");

	s = elem_word(w);
	if (published)
		put_time(&e->published, s, 8);
	else if (updated)
		put_time(&e->updated, s, 8);
	else
		put_time(&e->published, s, 2); /* created, date */
}

static void
core_element(struct walk *w)
{
	struct feed_entry *e = w->entry;
	/* An element of Atom in RSS is an extension there. */
	int own = w->rss && w->x.ns == NS_ATOM ? -1 : 0;

	if (is(w, "title"))
		put_text(&e->title, elem_title(w, 8 + own));
	else if (is(w, "link"))
		link_element(w);
	else if (is(w, "guid"))
		guid_element(w);
	else if (is(w, "id"))
		id_element(w, 8 + own);
	else if (ANY(w, "description", "summary"))
		summary_element(w, 8 + own);
	else if (is(w, "content") && span_ifind(elem_attr(w, "type"), SPAN_LIT("multipart/")) == 0)
		; /* Atom 0.3: the same in several types stands inside, and the first is taken */
	else if (is(w, "content") && elem_attr(w, "src").n > 0 && xml_attr(&w->x, "url").p == NULL)
		elem_skip(w);
	else if (ANY(w, "content", "fullitem", "body"))
		put_text(&e->content, elem_text(w, 8 + own));
	else if (ANY(w, "published", "pubDate", "issued", "updated", "modified", "created", "date"))
		core_time(w);
	else if (is(w, "author"))
		feed_add_author(w->doc, e, elem_author(w, 8 + own));
	else if (is(w, "category"))
		category_element(w);
	else if (is(w, "enclosure"))
		file_element(w, false);
	else if (is(w, "image"))
		image_element(w, 3);
	else if (is(w, "source") && !w->rss)
		source_element(w);
	else if (ANY(w, "source", "textInput", "contributor", "comments", "cloud", "control"))
		elem_skip(w);
	else if (is(w, "language"))
		e->language = elem_word(w);
}

static void
dc_element(struct walk *w)
{
	struct feed_entry *e = w->entry;
	bool terms = w->x.ns == NS_DCTERMS;

	if (is(w, "title"))
		put_text(&e->title, elem_title(w, 4));
	else if (ANY(w, "description", "abstract"))
		put_text(&e->summary, elem_text(w, 4));
	else if (ANY(w, "creator", "author"))
		feed_add_author(w->doc, e, elem_author(w, 6));
	else if (ANY(w, "publisher"))
		elem_skip(w);
	else if (is(w, "identifier"))
		put_link(&e->id, elem_word(w), 4);
	else if (is(w, "subject"))
		feed_category(w->doc, e, elem_word(w));
	else if (is(w, "issued"))
		put_time(&e->published, elem_word(w), 6);
	else if (is(w, "modified"))
		put_time(&e->updated, elem_word(w), 6);
	else if (is(w, "created"))
		put_time(&e->published, elem_word(w), 3);
	else if (is(w, "date") || (terms && is(w, "available"))) {
		struct span s = elem_word(w);
		put_time(&e->published, s, 4);
		put_time(&e->updated, s, 4);
	} else if (is(w, "language"))
		e->language = elem_word(w);
	else
		elem_skip(w);
}

static void
media_element(struct walk *w)
{
	struct feed_entry *e = w->entry;

	if (is(w, "title"))
		put_text(&e->title, elem_title(w, 2));
	else if (ANY(w, "description", "text"))
		put_text(&e->summary, elem_text(w, 2));
	else if (is(w, "content"))
		file_element(w, true);
	else if (is(w, "thumbnail"))
		image_element(w, 6);
	else if (is(w, "keywords"))
		words(w, elem_word(w));
	else if (is(w, "category"))
		category_element(w);
	else if (is(w, "credit"))
		feed_add_author(w->doc, e, elem_author(w, 1));
	else if (!is(w, "group"))
		elem_skip(w);
}

static void
itunes_element(struct walk *w)
{
	struct feed_entry *e = w->entry;

	if (is(w, "title"))
		put_text(&e->title, elem_title(w, 1));
	else if (is(w, "summary"))
		put_text(&e->summary, elem_text(w, 3));
	else if (is(w, "subtitle"))
		put_text(&e->summary, elem_text(w, 1));
	else if (is(w, "author"))
		feed_add_author(w->doc, e, elem_author(w, 4));
	else if (is(w, "image")) {
		struct span href = elem_attr(w, "href");
		if (href.n == 0)
			href = elem_attr(w, "url");
		put_link(&e->image, elem_url(w, href), 5);
		elem_skip(w);
	} else if (is(w, "keywords"))
		words(w, elem_word(w));
	else if (is(w, "category"))
		category_element(w);
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
entry_element(struct walk *w)
{
	if (elem_is_core(w)) {
		core_element(w);
		return;
	}
	switch (w->x.ns) {
	case NS_CONTENT:
		if (is(w, "encoded"))
			put_text(&w->entry->content, elem_text(w, 9));
		else
			elem_skip(w);
		break;
	case NS_XHTML:
		if (ANY(w, "body", "div")) {
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
		if (is(w, "comments"))
			comment_count(w);
		else if (is(w, "section"))
			feed_category(w->doc, w->entry, elem_word(w));
		else
			elem_skip(w);
		break;
	case NS_THREAD:
		if (is(w, "total"))
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
