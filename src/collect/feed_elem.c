/*
 * Values out of elements: their text, with markup inside written out as HTML, attributes, and links made
 * absolute against xml:base; and who keeps a value that several elements tell. What kind of text it is,
 * feed_text.c knows.
 */
#include "feed_xml.h"

#include <string.h>

bool
elem_is_core(const struct walk *w)
{
	const struct xml *x = &w->x;

	return x->ns == NS_NONE || x->ns == NS_RSS || x->ns == NS_ATOM || x->ns == NS_RDF ||
	       (x->ns == NS_OTHER && w->foreign && x->local.p == x->name.p);
}

bool
elem_is(const struct walk *w, const char *name)
{
	return span_ieqs(w->x.local, name);
}

bool
elem_is_any(const struct walk *w, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (elem_is(w, names[i]))
			return true;
	return false;
}

struct span
elem_base(const struct walk *w)
{
	struct span b = w->x.depth > 0 ? w->x.open[w->x.depth - 1].base : (struct span){ "", 0 };

	return b.n > 0 ? b : w->url;
}

struct span
elem_attr(struct walk *w, const char *name)
{
	struct span raw = xml_attr(&w->x, name);

	if (raw.n == 0 || memchr(raw.p, '&', raw.n) == NULL)
		return span_trim(raw);
	buf_reset(&w->part);
	xml_decode(raw, &w->part);
	return arena_copy(&w->doc->arena, span_trim(buf_span(&w->part)));
}

struct span
elem_url(struct walk *w, struct span ref)
{
	ref = span_trim(ref);
	/* Half an address leads somewhere else. */
	if (ref.n == 0 || ref.n > 8192 || w->x.cut_off)
		return (struct span){ "", 0 };
	buf_reset(&w->part);
	if (!url_resolve(elem_base(w), ref, &w->part))
		return arena_copy(&w->doc->arena, ref);
	return arena_copy(&w->doc->arena, buf_span(&w->part));
}

/* ---- capture ------------------------------------------------------------------------------------------ */

/* Extensions whose elements stand beside the texts of an item, never in them. */
static bool
is_extension(enum xml_ns ns)
{
	return ns == NS_DC || ns == NS_DCTERMS || ns == NS_CONTENT || ns == NS_MEDIA ||
	       ns == NS_ITUNES || ns == NS_SLASH || ns == NS_THREAD;
}

bool
elem_cuts_short(const struct walk *w)
{
	static const char *const names[] = { "item", "entry", "pubDate", "guid", "channel",
		"updated", "published", "lastBuildDate", "description", "link", "category",
		"enclosure" };

	if (w->x.name.p != w->x.local.p)
		return w->rss && is_extension(w->x.ns);
	if (!elem_is_core(w))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_ieqs(w->x.local, names[i]))
			return true;
	return false;
}

static bool
is_link_attr(struct span name)
{
	return span_ieqs(name, "href") || span_ieqs(name, "src") || span_ieqs(name, "cite");
}

/* The current start tag as HTML. Links are made absolute here, where xml:base inside the text is known. */
static void
write_start(struct walk *w)
{
	const struct xml *x = &w->x;

	buf_addc(&w->text, '<');
	buf_addspan(&w->text, x->local);
	for (size_t i = 0; i < x->n_attrs; i++) {
		const struct xml_attr *a = &x->attrs[i];
		if (memchr(a->name.p, ':', a->name.n) != NULL ||
		    memchr(a->value.p, '"', a->value.n) != NULL)
			continue;
		buf_addc(&w->text, ' ');
		buf_addspan(&w->text, a->name);
		buf_adds(&w->text, "=\"");
		if (is_link_attr(a->name)) {
			buf_reset(&w->part);
			xml_decode(a->value, &w->part);
			escape_html(elem_url(w, buf_span(&w->part)), &w->text);
		} else {
			buf_addspan(&w->text, a->value);
		}
		buf_addc(&w->text, '"');
	}
	buf_addc(&w->text, '>');
}

static bool
is_void(struct span name)
{
	static const char *const names[] = { "br", "hr", "img", "input", "meta", "link", "area",
		"base", "col", "embed", "param", "source", "track", "wbr" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_ieqs(name, names[i]))
			return true;
	return false;
}

static void
set_base(struct walk *w)
{
	struct span b = xml_attr(&w->x, "xml:base");

	if (b.p == NULL)
		return;
	buf_reset(&w->part);
	xml_decode(b, &w->part);
	b = span_trim(buf_span(&w->part));
	b = elem_url(w, arena_copy(&w->doc->arena, b));
	if (b.n > 0)
		w->x.open[w->x.depth - 1].base = b;
}

/* Text that was plain so far is about to stand beside markup. */
static void
turn_html(struct walk *w, struct span only)
{
	struct buf was = BUF_INIT(0);

	buf_addspan(&was, only.p != NULL ? only : buf_span(&w->text));
	buf_reset(&w->text);
	escape_html(buf_span(&was), &w->text);
	buf_clear(&was);
}

struct span
elem_capture(struct walk *w, bool as_html, bool *markup)
{
	size_t depth = w->x.depth;
	/* One literal piece, the most frequent case, is borrowed from the document. */
	struct span only = { 0 };
	bool copied = false;

	*markup = false;
	buf_reset(&w->text);
	for (;;) {
		enum xml_event ev = xml_next(&w->x);
		if (ev == XML_END_OF_FILE || (ev == XML_END && w->x.depth < depth))
			break;
		if (ev == XML_TEXT) {
			bool literal = w->x.cdata || memchr(w->x.text.p, '&', w->x.text.n) == NULL;
			if (!copied && only.p == NULL && literal && !*markup) {
				only = w->x.text;
				continue;
			}
			if (!copied && only.p != NULL)
				buf_addspan(&w->text, only);
			copied = true;
			only = (struct span){ 0 };
			if (*markup && !as_html) {
				buf_reset(&w->part);
				if (w->x.cdata)
					buf_addspan(&w->part, w->x.text);
				else
					xml_decode(w->x.text, &w->part);
				escape_html(buf_span(&w->part), &w->text);
			} else if (w->x.cdata) {
				buf_addspan(&w->text, w->x.text);
			} else {
				xml_decode(w->x.text, &w->text);
			}
		} else if (ev == XML_START) {
			set_base(w);
			if (elem_cuts_short(w)) {
				w->again = true;
				break;
			}
			if (!*markup && !as_html)
				turn_html(w, only);
			else if (only.p != NULL)
				buf_addspan(&w->text, only);
			*markup = copied = true;
			only = (struct span){ 0 };
			write_start(w);
		} else if (!is_void(w->x.local)) {
			buf_adds(&w->text, "</");
			buf_addspan(&w->text, w->x.local);
			buf_addc(&w->text, '>');
		}
	}
	return copied           ? arena_copy(&w->doc->arena, buf_span(&w->text))
	       : only.p == NULL ? (struct span){ "", 0 }
				: only;
}

void
elem_skip(struct walk *w)
{
	size_t depth = w->x.depth;

	for (;;) {
		enum xml_event ev = xml_next(&w->x);
		if (ev == XML_END_OF_FILE || (ev == XML_END && w->x.depth < depth))
			return;
		if (ev == XML_START && elem_is_core(w) && w->x.name.p == w->x.local.p &&
		    (span_ieqs(w->x.local, "item") || span_ieqs(w->x.local, "entry"))) {
			w->again = true;
			return;
		}
	}
}

struct span
elem_word(struct walk *w)
{
	bool markup;
	struct span s = span_trim(elem_capture(w, false, &markup));

	/* Half an id is another id, half a date another day. */
	return w->x.cut_off ? (struct span){ "", 0 } : s;
}

/* ---- texts -------------------------------------------------------------------------------------------- */

/* ---- who wins ---------------------------------------------------------------------------------------- */

void
put_text(struct feed_text *to, struct feed_text t)
{
	if (t.rank > to->rank && span_trim(t.s).n > 0)
		*to = t;
}

void
put_link(struct feed_link *to, struct span s, int rank)
{
	if (rank > to->rank && s.n > 0)
		*to = (struct feed_link){ s, rank };
}

void
put_time(struct feed_time *to, struct span s, int rank)
{
	int64_t at;

	if (rank > to->rank && s.n > 0 && date_parse(s, &at))
		*to = (struct feed_time){ at, rank };
}
