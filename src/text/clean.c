/*
 * HTML of strangers as it may stand in a mail. Nothing of the input is copied but text and checked URLs;
 * the tags are written anew from a short list. The writer keeps the output in a form that HTML parsers
 * read back into the same tree (no block inside p, no a inside a, no heading inside a heading, li only in
 * a list, nothing empty), so that cleaning twice gives what cleaning once gave.
 */
#include "internal.h"

#include <string.h>

/* What is kept: blocks hold blocks or text and end an open p; lists hold li; the rest is inline. */
enum kind { KIND_INLINE, KIND_BLOCK, KIND_P, KIND_HEADING, KIND_LIST, KIND_ITEM, KIND_PRE };
struct kept {
	GumboTag tag;
	const char *name;
	enum kind kind;
};
static const struct kept kept[] = {
	{ GUMBO_TAG_A, "a", KIND_INLINE },
	{ GUMBO_TAG_B, "b", KIND_INLINE },
	{ GUMBO_TAG_STRONG, "strong", KIND_INLINE },
	{ GUMBO_TAG_I, "i", KIND_INLINE },
	{ GUMBO_TAG_EM, "em", KIND_INLINE },
	{ GUMBO_TAG_CODE, "code", KIND_INLINE },
	{ GUMBO_TAG_DEL, "del", KIND_INLINE },
	{ GUMBO_TAG_SUB, "sub", KIND_INLINE },
	{ GUMBO_TAG_SUP, "sup", KIND_INLINE },
	{ GUMBO_TAG_P, "p", KIND_P },
	{ GUMBO_TAG_H1, "h1", KIND_HEADING },
	{ GUMBO_TAG_H2, "h2", KIND_HEADING },
	{ GUMBO_TAG_H3, "h3", KIND_HEADING },
	{ GUMBO_TAG_H4, "h4", KIND_HEADING },
	{ GUMBO_TAG_H5, "h5", KIND_HEADING },
	{ GUMBO_TAG_H6, "h6", KIND_HEADING },
	{ GUMBO_TAG_UL, "ul", KIND_LIST },
	{ GUMBO_TAG_OL, "ol", KIND_LIST },
	{ GUMBO_TAG_LI, "li", KIND_ITEM },
	{ GUMBO_TAG_BLOCKQUOTE, "blockquote", KIND_BLOCK },
	{ GUMBO_TAG_PRE, "pre", KIND_PRE },
};

#define OPEN_MOST 64

/* Does a byte stand for itself in text? */
static bool
is_plain(char c)
{
	return (c >= ' ' && c < 0x7F && c != '<' && c != '>' && c != '&' && c != '"' &&
		   c != '\'') ||
	       c == '\n' || c == '\t';
}

struct open {
	const struct kept *what;
	size_t serial; /* of its opening: the same element may have been closed from inside */
	/* its start tag stands in the output; it is held back until something is inside */
	bool written;
};

/* What is asked of an element, from a tree or from the text itself. Values decoded; p NULL: not there. */
struct element {
	GumboTag tag;
	struct span href, src, alt, width, height;
};

struct cleaner {
	struct buf *out;
	struct span base;
	struct open open[OPEN_MOST];
	size_t n;
	bool blank;  /* a blank is owed before the next word of this block */
	bool inside; /* something was written since the last block began or ended */
	size_t serial;
	struct buf url;
	struct buf href; /* of the link that is open; there is never a second */
	struct buf word; /* text on its way, escaped */
};

static const struct kept *
find_kept(GumboTag tag)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (kept[i].tag == tag)
			return &kept[i];
	return NULL;
}

static bool
is_open(const struct cleaner *c, enum kind kind)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->open[i].what->kind == kind)
			return true;
	return false;
}

static bool
tag_is_open(const struct cleaner *c, GumboTag tag)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->open[i].what->tag == tag)
			return true;
	return false;
}

/* ---- URLs ----------------------------------------------------------------------------------------- */

/* The absolute form of an attribute in c->url; false when it may not be linked. */
static bool
safe_url(struct cleaner *c, struct span v, bool mail)
{
	struct url u;

	buf_reset(&c->url);
	v = span_trim(v);
	if (v.n == 0 || v.n > 4096 || !url_resolve(c->base, v, &c->url))
		return false;
	if (url_is_web(buf_span(&c->url)))
		return true;
	u = url_split(buf_span(&c->url));
	return mail && span_ieqs(u.scheme, "mailto") && u.path.n > 0;
}

/* One to three pixels wide or high, or from a host that only counts. */
static bool
is_tracker(const struct element *e, struct span url)
{
	static const char *const marks[] = { "feeds.feedburner.com/~r/", "feedsportal.com",
		"doubleclick.net", "pixel.wp.com", "stats.wordpress.com", "google-analytics.com",
		"/pixel.gif", "/1x1.", "/b.gif", "feedads.", "pheedo.com", "/open.aspx",
		"list-manage.com/track", "sendgrid.net/wf/open", "/piwik.php", "/matomo.php",
		"scorecardresearch.com", "pixel.quantserve.com", "/~ff/",
		"blogger.googleusercontent.com/tracker" };
	struct span sides[] = { e->width, e->height };

	for (size_t i = 0; i < 2; i++) {
		struct span v = span_trim(sides[i]);
		size_t digits = 0;
		while (digits < v.n && v.p[digits] >= '0' && v.p[digits] <= '9')
			digits++;
		if (digits == 1 && v.p[0] <= '3' && !(v.n > 1 && v.p[1] == '%'))
			return true;
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (span_ifind(url, span_of(marks[i])) != (size_t)-1)
			return true;
	return false;
}

/* ---- writing -------------------------------------------------------------------------------------- */

static void
write_start(struct cleaner *c, struct open *o)
{
	buf_addc(c->out, '<');
	buf_adds(c->out, o->what->name);
	if (o->what->tag == GUMBO_TAG_A) {
		buf_adds(c->out, " href=\"");
		escape_html(buf_span(&c->href), c->out);
		buf_addc(c->out, '"');
	}
	buf_addc(c->out, '>');
	o->written = true;
}

/* Something is about to be written inside: the owed blank and the start tags held back come first. */
static void
flush(struct cleaner *c)
{
	if (c->blank && c->inside)
		buf_addc(c->out, ' ');
	c->blank = false;
	c->inside = true;
	for (size_t i = 0; i < c->n; i++)
		if (!c->open[i].written)
			write_start(c, &c->open[i]);
}

/* A block begins or ends: no blank is owed across it. */
static void
edge(struct cleaner *c)
{
	c->blank = false;
	c->inside = false;
}

static void
pop(struct cleaner *c)
{
	const struct open *o = &c->open[--c->n];

	if (!o->written)
		return;
	buf_adds(c->out, "</");
	buf_adds(c->out, o->what->name);
	buf_addc(c->out, '>');
	if (o->what->kind != KIND_INLINE)
		edge(c);
}

static void
close_down_to(struct cleaner *c, size_t n)
{
	while (c->n > n)
		pop(c);
}

/* A block may not stand in a p: close it, and what is open in it. */
static void
leave_p(struct cleaner *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->open[i].what->kind == KIND_P) {
			close_down_to(c, i);
			edge(c);
			return;
		}
}

static bool
may_open(struct cleaner *c, const struct kept *k, const struct element *e)
{
	if (c->n == OPEN_MOST || is_open(c, KIND_PRE))
		return c->n < OPEN_MOST && k->kind == KIND_INLINE && k->tag != GUMBO_TAG_A;
	switch (k->kind) {
	case KIND_INLINE:
		if (tag_is_open(c, k->tag))
			return false;
		return k->tag != GUMBO_TAG_A || safe_url(c, e->href, true);
	case KIND_HEADING: return !is_open(c, KIND_HEADING);
	case KIND_ITEM: return c->n > 0 && c->open[c->n - 1].what->kind == KIND_LIST;
	case KIND_P:
	case KIND_LIST:
	case KIND_PRE:
	case KIND_BLOCK: return true;
	}
	return false;
}

static void
push(struct cleaner *c, const struct kept *k)
{
	if (k->kind != KIND_INLINE) {
		if (k->kind != KIND_ITEM)
			leave_p(c);
		edge(c);
	}
	if (c->n < OPEN_MOST)
		c->open[c->n++] = (struct open){ .what = k, .serial = ++c->serial };
	/* may_open left the link's address in c->url. */
	if (k->tag == GUMBO_TAG_A) {
		buf_reset(&c->href);
		buf_addspan(&c->href, buf_span(&c->url));
	}
}

static bool
is_blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r' || ch == '\f';
}

/* s escaped in c->word; false when nothing of it is left, as of control characters. Plain runs go in one piece. */
static bool
escaped(struct cleaner *c, struct span s)
{
	size_t i = 0, from;

	buf_reset(&c->word);
	while (i < s.n) {
		for (from = i; i < s.n && is_plain(s.p[i]); i++)
			;
		buf_add(&c->word, s.p + from, i - from);
		for (from = i; i < s.n && !is_plain(s.p[i]); i++)
			;
		if (i > from)
			escape_html((struct span){ s.p + from, i - from }, &c->word);
	}
	return c->word.n > 0;
}

/* Preformatted text keeps its blanks, but not the line end right after <pre>, which a parser would drop. */
static void
write_pre(struct cleaner *c, struct span s)
{
	size_t from = 0;

	if (!escaped(c, s))
		return;
	while (!c->inside && from < c->word.n && c->word.p[from] == '\n')
		from++;
	if (from == c->word.n)
		return;
	c->blank = false;
	flush(c);
	buf_add(c->out, c->word.p + from, c->word.n - from);
}

static void
write_text(struct cleaner *c, struct span s)
{
	size_t i = 0, from;

	if (is_open(c, KIND_PRE)) {
		write_pre(c, s);
		return;
	}
	while (i < s.n) {
		for (from = i; i < s.n && is_blank(s.p[i]); i++)
			;
		if (i > from)
			c->blank = true;
		for (from = i; i < s.n && !is_blank(s.p[i]); i++)
			;
		if (i > from && escaped(c, (struct span){ s.p + from, i - from })) {
			flush(c);
			buf_addspan(c->out, buf_span(&c->word));
		}
	}
}

static void
write_img(struct cleaner *c, const struct element *e)
{
	if (is_open(c, KIND_PRE) || !safe_url(c, e->src, false) || is_tracker(e, buf_span(&c->url)))
		return;
	flush(c);
	buf_adds(c->out, "<img src=\"");
	escape_html(buf_span(&c->url), c->out);
	buf_adds(c->out, "\" alt=\"");
	escape_html(e->alt, c->out);
	buf_adds(c->out, "\">");
}

/* Elements that end with their children: no reader sees them, or they ask for something. */
static bool
is_dropped(GumboTag tag)
{
	return html_is_hidden(tag) || tag == GUMBO_TAG_SVG || tag == GUMBO_TAG_SELECT ||
	       tag == GUMBO_TAG_TEXTAREA || tag == GUMBO_TAG_BUTTON || tag == GUMBO_TAG_AUDIO ||
	       tag == GUMBO_TAG_VIDEO || tag == GUMBO_TAG_CANVAS || tag == GUMBO_TAG_TITLE;
}

/* What the begin of an element did, for its end. */
struct begun {
	enum { BEGUN_NOTHING, BEGUN_KEPT, BEGUN_BLANK, BEGUN_BREAK } how;
	size_t serial; /* of what was pushed */
	size_t was;    /* elements open before */
	bool edge;     /* its end is the end of a block */
};

/* An element that is not kept: its inside stays, and a block stays a break between paragraphs. */
static struct begun
unwrap(struct cleaner *c, GumboTag tag)
{
	static const struct kept p = { GUMBO_TAG_P, "p", KIND_P };
	bool block = html_is_block(tag) && !is_open(c, KIND_PRE);
	struct begun b = { .how = BEGUN_BREAK };

	if (!block)
		return (struct begun){ .how = BEGUN_NOTHING };
	/* A break needs an element to stand for it; inside a heading or a list none fits. */
	if (is_open(c, KIND_HEADING) || (c->n > 0 && c->open[c->n - 1].what->kind == KIND_LIST) ||
	    c->n == OPEN_MOST) {
		c->blank = true;
		return (struct begun){ .how = BEGUN_BLANK };
	}
	leave_p(c);
	b.was = c->n;
	push(c, &p);
	return b;
}

static void
write_void(struct cleaner *c, GumboTag tag)
{
	if (is_open(c, KIND_PRE)) {
		write_pre(c, SPAN_LIT("\n"));
		return;
	}
	if (tag == GUMBO_TAG_HR)
		leave_p(c);
	flush(c);
	buf_adds(c->out, tag == GUMBO_TAG_BR ? "<br>" : "<hr>");
	edge(c);
}

static struct begun
begin(struct cleaner *c, const struct element *e)
{
	const struct kept *k = find_kept(e->tag);
	struct begun b = { .how = BEGUN_NOTHING };

	if (e->tag == GUMBO_TAG_IMG) {
		write_img(c, e);
	} else if (e->tag == GUMBO_TAG_BR || e->tag == GUMBO_TAG_HR) {
		write_void(c, e->tag);
	} else if (k != NULL && may_open(c, k, e)) {
		push(c, k);
		b = (struct begun){
			.how = BEGUN_KEPT, .serial = c->serial, .edge = k->kind != KIND_INLINE
		};
	} else {
		b = unwrap(c, e->tag);
	}
	return b;
}

static void
finish(struct cleaner *c, struct begun b)
{
	switch (b.how) {
	case BEGUN_NOTHING: return;
	case BEGUN_BLANK: c->blank = true; return;
	case BEGUN_BREAK:
		close_down_to(c, b.was < c->n ? b.was : c->n);
		edge(c);
		return;
	case BEGUN_KEPT:
		/* It may have been closed from inside; then it is not on the stack any more. */
		for (size_t i = c->n; i-- > 0;)
			if (c->open[i].serial == b.serial) {
				close_down_to(c, i);
				break;
			}
		if (b.edge)
			edge(c);
		return;
	}
}

/* ---- from a tree ------------------------------------------------------------------------------------ */

static void
clean_node(struct cleaner *c, const GumboNode *n, unsigned depth)
{
	struct element e;
	struct begun b;

	if (n->type == GUMBO_NODE_TEXT || n->type == GUMBO_NODE_CDATA ||
	    n->type == GUMBO_NODE_WHITESPACE) {
		write_text(c, span_of(n->v.text.text));
		return;
	}
	if (!html_is_element(n) || depth > 8 * HTML_DEPTH || is_dropped(n->v.element.tag))
		return;
	e = (struct element){ .tag = n->v.element.tag };
	if (e.tag == GUMBO_TAG_A) {
		e.href = html_attr(n, "href");
	} else if (e.tag == GUMBO_TAG_IMG) {
		e.src = html_attr(n, "src");
		e.alt = html_attr(n, "alt");
		e.width = html_attr(n, "width");
		e.height = html_attr(n, "height");
	}
	b = begin(c, &e);
	for (unsigned i = 0; i < n->v.element.children.length; i++)
		clean_node(c, n->v.element.children.data[i], depth + 1);
	finish(c, b);
}

/* ---- from the text itself --------------------------------------------------------------------------- */

struct short_way {
	struct cleaner *c;
	struct begun begun[64];
	size_t n;
	struct buf values[4];
};

/* An attribute into its buffer; false when only a tree can tell. */
static bool
value(struct short_way *w, size_t i, struct span attrs, const char *name, struct span *out)
{
	bool found;

	buf_reset(&w->values[i]);
	if (!html_simple_attr(attrs, name, &w->values[i], &found))
		return false;
	*out = found ? buf_span(&w->values[i]) : (struct span){ 0 };
	return true;
}

static bool
on_open(void *ctx, GumboTag tag, struct span attrs)
{
	struct short_way *w = ctx;
	struct element e = { .tag = tag };

	if (tag == GUMBO_TAG_A && !value(w, 0, attrs, "href", &e.href))
		return false;
	if (tag == GUMBO_TAG_IMG &&
	    !(value(w, 0, attrs, "src", &e.src) && value(w, 1, attrs, "alt", &e.alt) &&
		value(w, 2, attrs, "width", &e.width) && value(w, 3, attrs, "height", &e.height)))
		return false;
	if (w->n == sizeof(w->begun) / sizeof(w->begun[0]))
		return false;
	w->begun[w->n++] = begin(w->c, &e);
	return true;
}

static void
on_close(void *ctx)
{
	struct short_way *w = ctx;

	finish(w->c, w->begun[--w->n]);
}

static void
on_text(void *ctx, struct span text)
{
	const struct short_way *w = ctx;

	write_text(w->c, text);
}

static bool
clean_short(struct cleaner *c, struct span html)
{
	static const struct html_events events = { on_open, on_close, on_text };
	struct short_way w = { .c = c };
	bool ok;

	for (size_t i = 0; i < 4; i++)
		buf_init(&w.values[i], 1 << 20);
	ok = html_simple(html, &events, &w);
	for (size_t i = 0; i < 4; i++) {
		ok = ok && w.values[i].rc == WRAP_OK;
		buf_clear(&w.values[i]);
	}
	return ok;
}

static void
clean_long(struct cleaner *c, struct span html)
{
	struct buf plain = BUF_INIT(0);
	struct html_tree t;

	if (html_parse(html, true, &t)) {
		const GumboVector *v = html_children(t.out->root);
		for (unsigned i = 0; i < v->length; i++)
			clean_node(c, v->data[i], 1);
		html_free(&t);
	} else {
		html_strip(html, &plain);
		write_text(c, buf_span(&plain));
	}
	buf_clear(&plain);
}

static void
cleaner_start(struct cleaner *c, struct span base, struct buf *out)
{
	*c = (struct cleaner){
		.out = out, .base = base, .url = BUF_INIT(1 << 16), .href = BUF_INIT(1 << 16)
	};
}

static void
cleaner_end(struct cleaner *c)
{
	close_down_to(c, 0);
	buf_clear(&c->url);
	buf_clear(&c->href);
	buf_clear(&c->word);
}

void
clean_html(struct span html, struct span base, struct buf *out)
{
	struct cleaner c;
	size_t was = out->n;

	cleaner_start(&c, base, out);
	if (clean_short(&c, html)) {
		cleaner_end(&c);
		return;
	}
	cleaner_end(&c);
	if (out->rc == WRAP_OK)
		buf_truncate(out, was);
	clean_html_tree(html, base, out);
}

void
clean_html_tree(struct span html, struct span base, struct buf *out)
{
	struct cleaner c;

	cleaner_start(&c, base, out);
	clean_long(&c, html);
	cleaner_end(&c);
}
