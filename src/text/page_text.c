/* The text of a part of a page, as a reader sees it. */
#include "page.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Where the next word goes: right here, after a blank, on the next line, after an empty line. */
enum gap { GAP_NONE, GAP_BLANK, GAP_LINE, GAP_BLOCK };

struct writer {
	struct buf *out;
	enum gap gap;
	int pre; /* depth of pre elements */
};

/* Two line ends in a row part paragraphs. */
static void
line_end(struct writer *w)
{
	w->gap = w->gap >= GAP_LINE ? GAP_BLOCK : GAP_LINE;
}

static void
write_words(struct writer *w, struct span s)
{
	static const char *const gaps[] = { "", " ", "\n", "\n\n" };

	for (size_t i = 0, from; i < s.n;) {
		for (; i < s.n && is_blank(s.p[i]); i++)
			if (s.p[i] == '\n' && w->pre > 0)
				line_end(w);
			else if (w->gap == GAP_NONE)
				w->gap = GAP_BLANK;
		for (from = i; i < s.n && !is_blank(s.p[i]); i++)
			;
		if (i > from) {
			if (w->out->n > 0)
				buf_adds(w->out, gaps[w->gap]);
			w->gap = GAP_NONE;
			buf_add(w->out, s.p + from, i - from);
		}
	}
}

static void
write_node(struct writer *w, const struct pnode *n)
{
	bool block = !pnode_is_text(n) && html_is_block(n->tag);

	if (pnode_is_text(n)) {
		write_words(w, n->text);
		return;
	}
	if (n->tag == GUMBO_TAG_BR)
		line_end(w);
	if (block)
		w->gap = GAP_BLOCK;
	w->pre += n->tag == GUMBO_TAG_PRE;
	for (const struct pnode *k = n->first; k != NULL; k = k->next)
		write_node(w, k);
	w->pre -= n->tag == GUMBO_TAG_PRE;
	if (block)
		w->gap = GAP_BLOCK;
}

void
pnode_text(const struct pnode *n, struct buf *out)
{
	struct writer w = { .out = out };

	write_node(&w, n);
}

void
pnode_line(const struct pnode *n, size_t most, struct buf *out)
{
	struct buf text = BUF_INIT(most);

	pnode_text(n, &text);
	text.rc = WRAP_OK;
	utf8_line(buf_span(&text), out);
	buf_clear(&text);
}
