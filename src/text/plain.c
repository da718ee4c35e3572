/*
 * What a reader sees of HTML, as plain text: references decoded, blanks folded, paragraphs parted by an
 * empty line. Text without markup, the most of what feeds hold, never becomes a tree.
 */
#include "internal.h"

#include <string.h>

void
html_unescape(struct span s, struct buf *out)
{
	size_t from = 0, len;

	for (const char *amp = s.n == 0 ? NULL : memchr(s.p, '&', s.n); amp != NULL;) {
		size_t at = (size_t)(amp - s.p);
		uint32_t cp = entity_read((struct span){ amp, s.n - at }, &len);
		if (cp != 0) {
			buf_add(out, s.p + from, at - from);
			utf8_add(out, cp);
			from = at + len;
		} else {
			len = 1;
		}
		at += len;
		amp = at < s.n ? memchr(s.p + at, '&', s.n - at) : NULL;
	}
	buf_add(out, s.p + from, s.n - from);
}

static bool
is_tag_name(struct span name)
{
	char lower[16];

	if (name.n == 0 || name.n >= sizeof(lower))
		return false;
	for (size_t i = 0; i < name.n; i++)
		lower[i] =
		    (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] + 32 : name.p[i]);
	lower[name.n] = '\0';
	return gumbo_tag_enum(lower) != GUMBO_TAG_UNKNOWN;
}

bool
html_has_tags(struct span s)
{
	for (const char *lt = s.n == 0 ? NULL : memchr(s.p, '<', s.n); lt != NULL;) {
		const char *end = s.p + s.n, *p = lt + 1, *from;
		if (end - p >= 3 && memcmp(p, "!--", 3) == 0 &&
		    memmem(p, (size_t)(end - p), "-->", 3) != NULL)
			return true;
		if (p < end && *p == '/')
			p++;
		for (from = p; p < end && ((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
					      (*p >= 'A' && *p <= 'Z'));
		     p++)
			;
		if (p < end && strchr(" \t\r\n/>", *p) != NULL &&
		    is_tag_name((struct span){ from, (size_t)(p - from) }) &&
		    memchr(p, '>', (size_t)(end - p)) != NULL)
			return true;
		lt = lt + 1 < end ? memchr(lt + 1, '<', (size_t)(end - lt - 1)) : NULL;
	}
	return false;
}

void
html_strip(struct span s, struct buf *out)
{
	struct buf flat = BUF_INIT(s.n + 1);
	size_t from = 0;

	for (const char *lt = s.n == 0 ? NULL : memchr(s.p, '<', s.n); lt != NULL;) {
		size_t at = (size_t)(lt - s.p);
		const char *gt = memchr(lt, '>', s.n - at);
		buf_add(&flat, s.p + from, at - from);
		buf_addc(&flat, ' ');
		from = gt == NULL ? s.n : (size_t)(gt - s.p) + 1;
		lt = from < s.n ? memchr(s.p + from, '<', s.n - from) : NULL;
	}
	buf_add(&flat, s.p + from, s.n - from);
	html_unescape(buf_span(&flat), out);
	buf_clear(&flat);
}

/* ---- text out of a tree --------------------------------------------------------------------------- */

/* Where the next word goes: right here, after a blank, on the next line, after an empty line. */
enum gap { GAP_NONE, GAP_BLANK, GAP_LINE, GAP_BLOCK };
struct writer {
	struct buf *out;
	size_t from; /* length of out before us */
	enum gap gap;
	int pre; /* depth of pre elements */
};

static void
widen(struct writer *w, enum gap g)
{
	if (g > w->gap)
		w->gap = g;
}

static void
write_gap(struct writer *w)
{
	static const char *const gaps[] = { "", " ", "\n", "\n\n" };

	if (w->out->n > w->from)
		buf_adds(w->out, gaps[w->gap]);
	w->gap = GAP_NONE;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void
write_words(struct writer *w, struct span s)
{
	size_t i = 0, from;

	while (i < s.n) {
		for (from = i; i < s.n && is_blank(s.p[i]); i++)
			if (w->pre > 0 && s.p[i] == '\n')
				widen(w, GAP_LINE);
		if (i > from)
			widen(w, GAP_BLANK);
		for (from = i; i < s.n && !is_blank(s.p[i]); i++)
			;
		if (i > from) {
			write_gap(w);
			buf_add(w->out, s.p + from, i - from);
		}
	}
}

static void
enter(struct writer *w, GumboTag tag)
{
	if (tag == GUMBO_TAG_BR)
		widen(w, GAP_LINE);
	if (html_is_block(tag))
		widen(w, GAP_BLOCK);
	w->pre += tag == GUMBO_TAG_PRE;
}

static void
leave(struct writer *w, GumboTag tag)
{
	w->pre -= tag == GUMBO_TAG_PRE;
	if (html_is_block(tag))
		widen(w, GAP_BLOCK);
}

static void
write_node(struct writer *w, const GumboNode *n, unsigned depth)
{
	if (n->type == GUMBO_NODE_TEXT || n->type == GUMBO_NODE_CDATA ||
	    n->type == GUMBO_NODE_WHITESPACE) {
		write_words(w, span_of(n->v.text.text));
		return;
	}
	if (!html_is_element(n) || depth > 8 * HTML_DEPTH)
		return;
	if (html_is_hidden(n->v.element.tag))
		return;
	enter(w, n->v.element.tag);
	for (unsigned i = 0; i < n->v.element.children.length; i++)
		write_node(w, n->v.element.children.data[i], depth + 1);
	leave(w, n->v.element.tag);
}

/* Text without tags: line ends are blanks, but an empty line parts paragraphs. */
static void
write_plain(struct span s, struct buf *out)
{
	struct writer w = { .out = out, .from = out->n };
	struct buf decoded = BUF_INIT(s.n * 2 + 16);

	if (s.n > 0 && memchr(s.p, '&', s.n) != NULL) {
		html_unescape(s, &decoded);
		s = buf_span(&decoded);
	}
	write_words(&w, s);
	buf_clear(&decoded);
}

/* ---- without a tree ----------------------------------------------------------------------------------- */

struct short_way {
	struct writer w;
	GumboTag open[64];
	size_t n;
};

static bool
on_open(void *ctx, GumboTag tag, struct span attrs)
{
	struct short_way *s = ctx;

	(void)attrs;
	if (s->n == sizeof(s->open) / sizeof(s->open[0]))
		return false;
	s->open[s->n++] = tag;
	enter(&s->w, tag);
	return true;
}

static void
on_close(void *ctx)
{
	struct short_way *s = ctx;

	leave(&s->w, s->open[--s->n]);
}

static void
on_text(void *ctx, struct span text)
{
	struct short_way *s = ctx;

	write_words(&s->w, text);
}

void
html_text(struct span html, struct buf *out)
{
	static const struct html_events events = { on_open, on_close, on_text };
	struct short_way s = { .w = { .out = out, .from = out->n } };

	if (!html_has_tags(html) && (html.n == 0 || memchr(html.p, '<', html.n) == NULL)) {
		write_plain(html, out);
		return;
	}
	if (html_simple(html, &events, &s))
		return;
	if (out->rc == WRAP_OK)
		buf_truncate(out, s.w.from);
	html_text_tree(html, out);
}

void
html_text_tree(struct span html, struct buf *out)
{
	struct writer w = { .out = out, .from = out->n };
	struct html_tree t;

	if (!html_parse(html, true, &t)) {
		html_strip(html, out);
		return;
	}
	write_node(&w, t.out->root, 0);
	html_free(&t);
}
