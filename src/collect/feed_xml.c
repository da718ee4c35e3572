/*
 * RSS 0.90 to 2.0, RSS 1.0 and Atom 0.3 and 1.0 in one walk: they differ in where the entries stand and
 * in a few names, and feeds mix them freely. Elements are dispatched by namespace and name, at any
 * depth, so that a missing end tag costs no more than its own element.
 */
#include "feed_xml.h"

#include <string.h>

/* ---- the feed's own elements -------------------------------------------------------------------------- */

static void
channel_link(struct walk *w)
{
	struct feed_doc *d = w->doc;
	struct span href = elem_attr(w, "href"), rel = elem_attr(w, "rel"),
		    type = elem_attr(w, "type");
	bool page = type.n == 0 || span_ifind(type, SPAN_LIT("html")) != (size_t)-1;
	bool markup;

	if (href.n == 0) {
		href = elem_capture(w, false, &markup);
		if (rel.n == 0 || span_ieqs(rel, "alternate"))
			put_link(&d->link, elem_url(w, href), w->rss ? 8 : 7);
		return;
	}
	if (rel.n == 0 || span_ieqs(rel, "alternate"))
		put_link(&d->link, elem_url(w, href), page ? 7 : 5);
	else if (span_ieqs(rel, "self"))
		put_link(&d->link, elem_url(w, href), 1);
	elem_skip(w);
}

/* image of RSS: url inside; other names in it are about the picture. */
static void
channel_image(struct walk *w)
{
	size_t depth = w->x.depth;
	struct span href = elem_attr(w, "href");
	bool markup;

	put_link(&w->doc->image, elem_url(w, href), 4);
	for (;;) {
		enum xml_event ev = w->again ? w->x.event : xml_next(&w->x);
		w->again = false;
		if (ev == XML_END_OF_FILE || (ev == XML_END && w->x.depth < depth))
			return;
		if (ev != XML_START)
			continue;
		if (elem_is(w, "item") || elem_is(w, "entry")) {
			w->again = true;
			return;
		}
		if (elem_is(w, "url"))
			put_link(&w->doc->image, elem_url(w, elem_capture(w, false, &markup)), 5);
		else
			elem_skip(w);
	}
}

static int64_t
small_number(struct span s, int64_t most)
{
	int64_t n = 0;

	for (size_t i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && n <= most; i++)
		n = n * 10 + (s.p[i] - '0');
	return n > most ? most : n;
}

static void
skip_hours(struct walk *w, bool days)
{
	static const char *const names[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };
	size_t depth = w->x.depth;

	for (;;) {
		enum xml_event ev = w->again ? w->x.event : xml_next(&w->x);
		struct span s;
		w->again = false;
		if (ev == XML_END_OF_FILE || (ev == XML_END && w->x.depth < depth))
			return;
		if (ev != XML_START)
			continue;
		s = elem_word(w);
		if (!days && s.n > 0)
			w->doc->skip_hours |= 1U << (small_number(s, 24) % 24);
		for (unsigned i = 0; days && i < 7; i++)
			if (span_ifind(s, span_of(names[i])) == 0)
				w->doc->skip_days |= 1U << i;
	}
}

/* sy:updatePeriod and updateFrequency: together a number of minutes. */
static void
syndication(struct walk *w)
{
	static const struct {
		const char *period;
		int64_t minutes;
	} periods[] = { { "hourly", 60 }, { "daily", 1440 }, { "weekly", 10080 },
		{ "monthly", 43200 }, { "yearly", 525600 } };
	bool period = elem_is(w, "updatePeriod"), frequency = elem_is(w, "updateFrequency");
	struct span s = elem_word(w);

	for (size_t i = 0; period && i < 5; i++)
		if (span_ieqs(s, periods[i].period) && w->doc->ttl_minutes == 0)
			w->doc->ttl_minutes = periods[i].minutes;
	if (frequency && small_number(s, 10000) > 1 && w->doc->ttl_minutes > 0)
		w->doc->ttl_minutes /= small_number(s, 10000);
}

static void
channel_core(struct walk *w)
{
	struct feed_doc *d = w->doc;
	int own = w->rss && w->x.ns == NS_ATOM ? -1 : 0;

	if (elem_is(w, "title"))
		put_text(&d->title, elem_title(w, 8 + own));
	else if (elem_is(w, "link"))
		channel_link(w);
	else if (elem_is(w, "description") || elem_is(w, "subtitle") || elem_is(w, "tagline"))
		put_text(&d->description, elem_text(w, 8 + own));
	else if (elem_is(w, "info"))
		put_text(&d->description, elem_text(w, 5));
	else if (elem_is(w, "author") || elem_is(w, "managingEditor"))
		put_text(&d->author, elem_author(w, elem_is(w, "author") ? 8 : 6));
	else if (elem_is(w, "webMaster"))
		elem_skip(w);
	else if (elem_is(w, "language"))
		d->language = elem_word(w);
	else if (elem_is(w, "image"))
		channel_image(w);
	else if (elem_is(w, "logo"))
		put_link(&d->image, elem_url(w, elem_word(w)), 5);
	else if (elem_is(w, "icon"))
		put_link(&d->image, elem_url(w, elem_word(w)), 2);
	else if (elem_is(w, "ttl"))
		d->ttl_minutes = small_number(elem_word(w), 525600);
	else if (elem_is(w, "skipHours") || elem_is(w, "skipDays"))
		skip_hours(w, elem_is(w, "skipDays"));
	else if (elem_is(w, "textInput") || elem_is(w, "contributor") || elem_is(w, "cloud"))
		elem_skip(w);
}

void
channel_element(struct walk *w)
{
	struct feed_doc *d = w->doc;

	if (elem_is_core(w)) {
		channel_core(w);
		return;
	}
	switch (w->x.ns) {
	case NS_DC:
	case NS_DCTERMS:
		if (elem_is(w, "title"))
			put_text(&d->title, elem_title(w, 4));
		else if (elem_is(w, "description"))
			put_text(&d->description, elem_text(w, 4));
		else if (elem_is(w, "creator"))
			put_text(&d->author, elem_author(w, 5));
		else if (elem_is(w, "language"))
			d->language = elem_word(w);
		else
			elem_skip(w);
		break;
	case NS_ITUNES:
		if (elem_is(w, "summary"))
			put_text(&d->description, elem_text(w, 3));
		else if (elem_is(w, "subtitle"))
			put_text(&d->description, elem_text(w, 2));
		else if (elem_is(w, "author"))
			put_text(&d->author, elem_author(w, 4));
		else if (elem_is(w, "image"))
			put_link(&d->image, elem_url(w, elem_attr(w, "href")), 4);
		else
			elem_skip(w);
		break;
	case NS_SYNDICATION: syndication(w); break;
	case NS_NONE:
	case NS_ATOM:
	case NS_RSS:
	case NS_RDF:
	case NS_CONTENT:
	case NS_MEDIA:
	case NS_XHTML:
	case NS_SLASH:
	case NS_THREAD:
	case NS_OTHER: elem_skip(w); break;
	}
}

/* ---- the walk ------------------------------------------------------------------------------------------ */

static void
set_base(struct walk *w)
{
	struct span b = xml_attr(&w->x, "xml:base");

	if (b.p == NULL)
		return;
	/* Resolved against the element around it. */
	w->x.open[w->x.depth - 1].base =
	    w->x.depth > 1 ? w->x.open[w->x.depth - 2].base : (struct span){ "", 0 };
	b = elem_url(w, elem_attr(w, "xml:base"));
	if (url_split(b).scheme.n > 0)
		w->x.open[w->x.depth - 1].base = b;
}

static void
begin_entry(struct walk *w)
{
	struct feed_entry *e = feed_entry_new(w->doc);
	struct span about = xml_attr_local(&w->x, "about");

	if (e == NULL)
		return;
	*w->last = e;
	w->last = &e->next;
	w->entry = e;
	w->entry_depth = w->x.depth;
	if (about.n > 0 && w->rss) {
		about =
		    elem_attr(w, xml_attr(&w->x, "rdf:about").p != NULL ? "rdf:about" : "about");
		put_link(&e->id, about, 2);
		if (url_is_web(about))
			put_link(&e->link, about, 2);
	}
}

/* Is this the element that makes the document a feed? */
static bool
begin_root(struct walk *w)
{
	bool rss = elem_is(w, "rss") || elem_is(w, "rdf") || elem_is(w, "channel") ||
		   elem_is(w, "item") || elem_is(w, "redirect");
	bool atom = elem_is(w, "feed") || elem_is(w, "entry");

	if (!rss && !atom) {
		w->page = w->page || elem_is(w, "html");
		return false;
	}
	w->rss = rss;
	w->foreign = w->x.ns == NS_OTHER && w->x.local.p == w->x.name.p;
	w->root_depth = w->x.depth;
	if (elem_is(w, "item") || elem_is(w, "entry"))
		begin_entry(w);
	return true;
}

static void
start(struct walk *w)
{
	bool unprefixed = w->x.local.p == w->x.name.p;

	set_base(w);
	if (w->root_depth == 0) {
		(void)begin_root(w);
		return;
	}
	if (elem_is_core(w) && (elem_is(w, "item") || elem_is(w, "entry")) &&
	    (unprefixed || w->entry == NULL)) {
		begin_entry(w);
		return;
	}
	if (w->entry != NULL)
		entry_element(w);
	else if (elem_is_core(w) && (elem_is(w, "channel") || elem_is(w, "items") ||
					elem_is(w, "Seq") || elem_is(w, "li")))
		; /* what they hold comes next */
	else
		channel_element(w);
}

static enum wrap_rc
verdict(const struct walk *w, struct wrap_err *err)
{
	if (w->root_depth > 0)
		return WRAP_OK;
	if (w->page)
		return wrap_fail(err, WRAP_EPROTO, "a web page came instead of a feed");
	return wrap_fail(err, WRAP_EPROTO, "the document is no feed");
}

enum wrap_rc
feed_read_xml(struct span utf8, struct span url, struct feed_doc *doc, struct wrap_err *err)
{
	struct walk w = { .doc = doc,
		.url = url,
		.last = &doc->entries,
		.text = BUF_INIT(0),
		.part = BUF_INIT(0) };
	enum wrap_rc rc;

	xml_init(&w.x, utf8);
	for (;;) {
		enum xml_event ev = w.again ? w.x.event : xml_next(&w.x);
		w.again = false;
		if (ev == XML_END_OF_FILE)
			break;
		if (ev == XML_START)
			start(&w);
		if (w.again || w.x.event != XML_END)
			continue;
		if (w.entry != NULL && w.x.depth < w.entry_depth)
			w.entry = NULL;
		if (w.root_depth > 0 && w.x.depth < w.root_depth)
			break; /* what follows the root is not the feed */
	}
	rc = verdict(&w, err);
	if (rc == WRAP_OK && (w.text.rc != WRAP_OK || w.part.rc != WRAP_OK))
		rc = wrap_fail(err, WRAP_ELIMIT, "the document needs more memory than is allowed");
	buf_clear(&w.text);
	buf_clear(&w.part);
	return rc;
}
