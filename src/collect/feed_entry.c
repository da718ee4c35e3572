/*
 * What each of the format's own elements inside an item or entry gives. Ranks settle which element wins a
 * field when a feed says a thing several times: the format's own over extensions (feed_extension.c), the
 * exact over the vague, the first of equals. Elements about something else (source, image, textInput,
 * comments) are passed over whole.
 */
#include "feed_xml.h"

#include <string.h>

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
		w->again = elem_is(w, "entry");
		if (w->again)
			return; /* it never ended */
		if (elem_is_core(w) && elem_is(w, "author"))
			feed_add_author(w->doc, w->entry, elem_author(w, 1));
		else
			(void)elem_capture(w, false, &markup);
		if (w->again)
			return;
	}
}

/* ---- by name ---------------------------------------------------------------------------------------- */

static void
core_time(struct walk *w)
{
	struct feed_entry *e = w->entry;
	struct span s;
	bool published = ELEM_ANY(w, "published", "pubDate", "issued"),
	     updated = ELEM_ANY(w, "updated", "modified");

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

	if (elem_is(w, "title"))
		put_text(&e->title, elem_title(w, 8 + own));
	else if (elem_is(w, "link"))
		link_element(w);
	else if (elem_is(w, "guid"))
		guid_element(w);
	else if (elem_is(w, "id"))
		id_element(w, 8 + own);
	else if (ELEM_ANY(w, "description", "summary"))
		summary_element(w, 8 + own);
	else if (elem_is(w, "content") &&
		 span_ifind(elem_attr(w, "type"), SPAN_LIT("multipart/")) == 0)
		; /* Atom 0.3: the same in several types stands inside, and the first is taken */
	else if (elem_is(w, "content") && elem_attr(w, "src").n > 0 &&
		 xml_attr(&w->x, "url").p == NULL)
		elem_skip(w);
	else if (ELEM_ANY(w, "content", "fullitem", "body"))
		put_text(&e->content, elem_text(w, 8 + own));
	else if (ELEM_ANY(
		     w, "published", "pubDate", "issued", "updated", "modified", "created", "date"))
		core_time(w);
	else if (elem_is(w, "author"))
		feed_add_author(w->doc, e, elem_author(w, 8 + own));
	else if (elem_is(w, "category"))
		part_category(w);
	else if (elem_is(w, "enclosure"))
		part_file(w, false);
	else if (elem_is(w, "image"))
		part_image(w, 3);
	else if (elem_is(w, "source") && !w->rss)
		source_element(w);
	else if (ELEM_ANY(w, "source", "textInput", "contributor", "comments", "cloud", "control"))
		elem_skip(w);
	else if (elem_is(w, "language"))
		e->language = elem_word(w);
}

void
entry_element(struct walk *w)
{
	if (elem_is_core(w))
		core_element(w);
	else
		entry_extension(w);
}
