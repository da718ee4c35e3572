/*
 * What kind of text an element holds: plain, HTML, XHTML, base64, or RSS's, which tells nothing and means
 * HTML. RFC 4287 3.1, Atom 0.3's mode attribute; authors as text (RSS) or with name and mail inside (Atom).
 */
#include "feed_xml.h"

#include <string.h>

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
		} else if (ev == XML_START && elem_cuts_short(w)) {
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
