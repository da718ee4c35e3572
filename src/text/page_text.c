/* The text of a part of a page, as a reader sees it. */
#include "page.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void
text_of(const struct pnode *n, struct buf *out, int *gap)
{
	bool block = !pnode_is_text(n) && html_is_block(n->tag);

	if (pnode_is_text(n)) {
		for (size_t i = 0; i < n->text.n;) {
			size_t from = i;
			while (i < n->text.n && is_blank(n->text.p[i]))
				i++;
			if (i > from && *gap < 1)
				*gap = 1;
			for (from = i; i < n->text.n && !is_blank(n->text.p[i]); i++)
				;
			if (i > from) {
				if (out->n > 0)
					buf_adds(out, *gap == 3   ? "\n\n"
						      : *gap == 2 ? "\n"
						      : *gap == 1 ? " "
								  : "");
				*gap = 0;
				buf_add(out, n->text.p + from, i - from);
			}
		}
		return;
	}
	if (n->tag == GUMBO_TAG_BR && *gap < 2)
		*gap = 2;
	if (block)
		*gap = 3;
	for (const struct pnode *k = n->first; k != NULL; k = k->next)
		text_of(k, out, gap);
	if (block)
		*gap = 3;
}

void
pnode_text(const struct pnode *n, struct buf *out)
{
	int gap = 0;

	text_of(n, out, &gap);
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
