/*
 * What of an element may stand in a mail, and how it is written. The output is kept in a form that HTML parsers
 * read back into the same tree (no block inside p, no a inside a, no heading inside a heading, li only in
 * a list, nothing empty), so that cleaning twice gives what cleaning once gave.
 */
#include "clean.h"

#include <string.h>

static const struct clean_kept kept[] = {
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

/* Does a byte stand for itself in text? */
static bool
is_plain(char c)
{
	return (c >= ' ' && c < 0x7F && c != '<' && c != '>' && c != '&' && c != '"' &&
		   c != '\'') ||
	       c == '\n' || c == '\t';
}

static const struct clean_kept *
find_kept(GumboTag tag)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (kept[i].tag == tag)
			return &kept[i];
	return NULL;
}

static bool
is_open(const struct cleaner *c, enum clean_kind kind)
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

static void
write_start(struct cleaner *c, struct clean_open *o)
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
	const struct clean_open *o = &c->open[--c->n];

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
may_open(struct cleaner *c, const struct clean_kept *k, const struct clean_element *e)
{
	if (c->n == CLEAN_OPEN_MOST || is_open(c, KIND_PRE))
		return c->n < CLEAN_OPEN_MOST && k->kind == KIND_INLINE && k->tag != GUMBO_TAG_A;
	switch (k->kind) {
	case KIND_INLINE:
		if (tag_is_open(c, k->tag))
			return false;
		return k->tag != GUMBO_TAG_A || clean_url(c->base, e->href, true, &c->url);
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
push(struct cleaner *c, const struct clean_kept *k)
{
	if (k->kind != KIND_INLINE) {
		if (k->kind != KIND_ITEM)
			leave_p(c);
		edge(c);
	}
	if (c->n < CLEAN_OPEN_MOST)
		c->open[c->n++] = (struct clean_open){ .what = k, .serial = ++c->serial };
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

void
clean_text(struct cleaner *c, struct span s)
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
write_img(struct cleaner *c, const struct clean_element *e)
{
	if (is_open(c, KIND_PRE) || !clean_url(c->base, e->src, false, &c->url) ||
	    clean_is_tracker(e, buf_span(&c->url)))
		return;
	flush(c);
	buf_adds(c->out, "<img src=\"");
	escape_html(buf_span(&c->url), c->out);
	buf_adds(c->out, "\" alt=\"");
	escape_html(e->alt, c->out);
	buf_adds(c->out, "\">");
}

/* An element that is not kept: its inside stays, and a block stays a break between paragraphs. */
static struct clean_begun
unwrap(struct cleaner *c, GumboTag tag)
{
	static const struct clean_kept p = { GUMBO_TAG_P, "p", KIND_P };
	bool block = html_is_block(tag) && !is_open(c, KIND_PRE);
	struct clean_begun b = { .how = BEGUN_BREAK };

	if (!block)
		return (struct clean_begun){ .how = BEGUN_NOTHING };
	/* A break needs an element to stand for it; inside a heading or a list none fits. */
	if (is_open(c, KIND_HEADING) || (c->n > 0 && c->open[c->n - 1].what->kind == KIND_LIST) ||
	    c->n == CLEAN_OPEN_MOST) {
		c->blank = true;
		return (struct clean_begun){ .how = BEGUN_BLANK };
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

struct clean_begun
clean_begin(struct cleaner *c, const struct clean_element *e)
{
	const struct clean_kept *k = find_kept(e->tag);
	struct clean_begun b = { .how = BEGUN_NOTHING };

	if (e->tag == GUMBO_TAG_IMG) {
		write_img(c, e);
	} else if (e->tag == GUMBO_TAG_BR || e->tag == GUMBO_TAG_HR) {
		write_void(c, e->tag);
	} else if (k != NULL && may_open(c, k, e)) {
		push(c, k);
		b = (struct clean_begun){
			.how = BEGUN_KEPT, .serial = c->serial, .edge = k->kind != KIND_INLINE
		};
	} else {
		b = unwrap(c, e->tag);
	}
	return b;
}

void
clean_end(struct cleaner *c, struct clean_begun b)
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

void
cleaner_init(struct cleaner *c, struct span base, struct buf *out)
{
	*c = (struct cleaner){
		.out = out, .base = base, .url = BUF_INIT(1 << 16), .href = BUF_INIT(1 << 16)
	};
}

void
cleaner_finish(struct cleaner *c)
{
	close_down_to(c, 0);
	buf_clear(&c->url);
	buf_clear(&c->href);
	buf_clear(&c->word);
}
