/*
 * Values out of elements: text with what its type says about it, inline markup written out as HTML,
 * links made absolute against xml:base. RFC 4287 3.1, Atom 0.3's mode attribute, and RSS, which tells
 * nothing and means HTML.
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

/* Names that never stand inside a text of RSS: there they mean that its end tag is missing. */
static bool
cuts_short(const struct walk *w)
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
			if (cuts_short(w)) {
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

static int
base64_value(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

static struct span
decode_base64(struct walk *w, struct span s)
{
	uint32_t bits = 0;
	int n = 0;

	buf_reset(&w->part);
	for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
		int v = base64_value(s.p[i]);
		if (v < 0)
			continue;
		bits = (bits << 6 | (uint32_t)v) & 0xFFFFFF;
		n += 6;
		if (n >= 8) {
			n -= 8;
			buf_addc(&w->part, (char)(bits >> n & 0xFF));
		}
	}
	if (!utf8_valid(buf_span(&w->part)))
		return s;
	return arena_copy(&w->doc->arena, buf_span(&w->part));
}

static bool
type_is_html(struct span type)
{
	return span_ieqs(type, "html") || span_ieqs(type, "xhtml") ||
	       span_ieqs(type, "text/html") || span_ieqs(type, "text/x-html") ||
	       span_ieqs(type, "application/xhtml+xml") || span_ieqs(type, "application/xhtml");
}

/* Types whose element holds its text in base64: neither text nor XML. RFC 4287 4.1.3.3. */
static bool
type_is_binary(struct span type)
{
	if (memchr(type.p, '/', type.n) == NULL || span_ifind(type, SPAN_LIT("text/")) == 0)
		return false;
	return span_ifind(type, SPAN_LIT("xml")) == (size_t)-1;
}

struct feed_text
elem_text(struct walk *w, int rank)
{
	struct span type = elem_attr(w, "type"), mode = elem_attr(w, "mode");
	bool core = w->x.ns == NS_ATOM, html = type_is_html(type), markup;
	bool literal =
	    span_ieqs(type, "text") || span_ieqs(type, "text/plain") || (core && type.n == 0);
	struct feed_text t = { .base = elem_base(w), .rank = rank };
	bool xhtml = span_ieqs(type, "xhtml") || span_ieqs(mode, "xml") ||
		     span_ieqs(type, "application/xhtml+xml");

	t.s = elem_capture(w, xhtml ? false : html || !core, &markup);
	if (!markup && (span_ieqs(mode, "base64") ||
			   (type.n > 0 && type_is_binary(type) && mode.n == 0 && !html)))
		t.s = decode_base64(w, t.s);
	if (markup || html)
		t.kind = FEED_HTML;
	else
		t.kind = literal ? FEED_PLAIN : FEED_MAYBE;
	/* XHTML without any element is text whose signs mean themselves. */
	if (xhtml && !markup)
		t.kind = FEED_PLAIN;
	return t;
}

struct feed_text
elem_title(struct walk *w, int rank)
{
	struct feed_text t = elem_text(w, rank);

	if (t.kind == FEED_MAYBE)
		t.kind = FEED_TITLE;
	return t;
}

struct feed_text
elem_author(struct walk *w, int rank)
{
	size_t depth = w->x.depth;
	struct feed_text t = { .kind = FEED_MAYBE, .rank = rank }, mail = t;
	bool markup;

	buf_reset(&w->text);
	for (;;) {
		enum xml_event ev = w->again ? w->x.event : xml_next(&w->x);
		w->again = false;
		if (ev == XML_END_OF_FILE || (ev == XML_END && w->x.depth < depth))
			break;
		if (ev == XML_TEXT && t.s.n == 0 && span_trim(w->x.text).n > 0) {
			buf_reset(&w->part);
			if (w->x.cdata)
				buf_addspan(&w->part, w->x.text);
			else
				xml_decode(w->x.text, &w->part);
			t.s = arena_copy(&w->doc->arena, span_trim(buf_span(&w->part)));
		} else if (ev == XML_START && cuts_short(w)) {
			w->again = true; /* it never ended */
			break;
		} else if (ev == XML_START) {
			bool name = span_ieqs(w->x.local, "name");
			bool address = span_ieqs(w->x.local, "email");
			struct span s = span_trim(elem_capture(w, false, &markup));
			if (name && s.n > 0)
				t.s = s;
			else if (address && mail.s.n == 0)
				mail.s = s;
			else if (!name && !address && t.s.n == 0 && markup)
				t.s = s;
		}
	}
	if (t.s.n == 0)
		t = mail;
	/* A bare address names nobody: anything with a name goes before it. */
	if (t.rank > 3 && t.s.n > 0 && memchr(t.s.p, '@', t.s.n) != NULL &&
	    memchr(t.s.p, ' ', t.s.n) == NULL)
		t.rank = 3;
	return t;
}

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
