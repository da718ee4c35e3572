/*
 * What the document and both walkers ask of a node of the Markdown tree: its text in one line, and its link as
 * it may go out.
 */
#include "internal.h"

#include <string.h>

#define TEXT_MAX ((size_t)512 << 10)

void
node_text(cmark_node *node, struct buf *out)
{
	cmark_iter *it = cmark_iter_new(node);
	struct buf b = BUF_INIT(TEXT_MAX);
	cmark_event_type ev;

	while (it != NULL && (ev = cmark_iter_next(it)) != CMARK_EVENT_DONE) {
		cmark_node *at = cmark_iter_get_node(it);

		if (ev != CMARK_EVENT_ENTER)
			continue;
		switch (cmark_node_get_type(at)) {
		case CMARK_NODE_TEXT:
		case CMARK_NODE_CODE:
		case CMARK_NODE_CODE_BLOCK: buf_adds(&b, cmark_node_get_literal(at)); break;
		case CMARK_NODE_SOFTBREAK:
		case CMARK_NODE_LINEBREAK:
		case CMARK_NODE_PARAGRAPH:
		case CMARK_NODE_ITEM: buf_addc(&b, ' '); break;
		default: break;
		}
	}
	cmark_iter_free(it);
	utf8_line(buf_span(&b), out);
	buf_clear(&b);
}

bool
title_is_long(cmark_node *heading, struct buf *cut)
{
	struct buf title = BUF_INIT(0);
	bool is_long;

	node_text(heading, &title);
	is_long = utf8_columns(buf_span(&title)) > TITLE_COLUMNS;
	if (is_long)
		shorten(buf_span(&title), TITLE_COLUMNS, cut);
	buf_clear(&title);
	return is_long;
}

bool
link_target(const char *url, struct buf *out)
{
	struct span s = span_of(url);
	bool known = false;

	for (size_t i = 0; i < 3 && !known; i++) {
		struct span scheme =
		    span_of(((const char *const[]){ "https://", "http://", "mailto:" })[i]);

		known = s.n > scheme.n && span_ieq((struct span){ s.p, scheme.n }, scheme);
	}
	if (!known)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= 0x20 || c >= 0x7F || strchr("<>\"{}|\\^`", (char)c) != NULL)
			buf_addf(out, "%%%02X", c);
		else
			buf_addc(out, (char)c);
	}
	return true;
}
