/*
 * The edition as HTML for mail clients: each element carries its style from the theme, because many
 * clients drop the style block; classes are there for dark mode only. What runs against the page's
 * direction or stands in another script says so. Raw HTML of the document is shown as text.
 */
#include "internal.h"

#include <string.h>

struct html {
	const struct render *r;
	struct buf *out;
	enum direction direction; /* of the element that is open */
	const char *language;     /* of it */
	bool plain;               /* inside a link or alt text: no further links */
};

static void
add_style(struct html *h, const char *key)
{
	const struct theme_entry *e = theme_find(&h->r->theme, key);

	if (e == NULL)
		return;
	if (e->dark[0] != '\0')
		buf_addf(h->out, " class=\"%s\"", key);
	if (e->style[0][0] != '\0')
		buf_addf(h->out, " style=\"%s\"", e->style[h->direction == DIRECTION_RTL]);
}

/* dir and lang, where text differs from what is around it. Returns what was in force, to be put back. */
static struct html
enter(struct html *h, struct span text, const char *language)
{
	struct html before = *h;
	enum direction d = text_direction(text);

	if (language == NULL)
		language = text_language(text, h->language);
	if (language != NULL && span_ieqs(span_of(language), h->language))
		language = NULL;
	if (d != DIRECTION_NONE && d != h->direction) {
		h->direction = d;
		buf_adds(h->out, d == DIRECTION_RTL ? " dir=\"rtl\"" : " dir=\"ltr\"");
	}
	if (language != NULL) {
		h->language = language;
		buf_addf(h->out, " lang=\"%s\"", language);
	}
	return before;
}

/* Open a block element around the text of node. */
static struct html
open_block(struct html *h, const char *tag, const char *key, cmark_node *node, const char *language)
{
	struct buf text = BUF_INIT(0);
	struct html before;

	node_text(node, &text);
	buf_addf(h->out, "<%s", tag);
	before = enter(h, buf_span(&text), language);
	add_style(h, key);
	buf_addc(h->out, '>');
	buf_clear(&text);
	return before;
}

static void
close_block(struct html *h, const char *tag, struct html before)
{
	buf_addf(h->out, "</%s>\n", tag);
	h->direction = before.direction;
	h->language = before.language;
}

static void inlines(struct html *h, cmark_node *parent, const char *link_key);

/* Text, with what runs against its direction set apart: a Hebrew name must not pull the date beside it along. */
static void
text_out(struct html *h, struct span s)
{
	struct span run;

	while (opposite_run(s, h->direction, &run)) {
		escape_html((struct span){ s.p, (size_t)(run.p - s.p) }, h->out);
		buf_adds(h->out,
		    h->direction == DIRECTION_RTL ? "<span dir=\"ltr\">" : "<span dir=\"rtl\">");
		escape_html(run, h->out);
		buf_adds(h->out, "</span>");
		s.n -= (size_t)(run.p + run.n - s.p);
		s.p = run.p + run.n;
	}
	escape_html(s, h->out);
}

static void
simple(struct html *h, const char *tag, cmark_node *node, const char *link_key)
{
	buf_addf(h->out, "<%s>", tag);
	inlines(h, node, link_key);
	buf_addf(h->out, "</%s>", tag);
}

static void
link_out(struct html *h, cmark_node *node, const char *key)
{
	struct buf url = BUF_INIT(0), text = BUF_INIT(0);
	struct html before = *h;

	node_text(node, &text);
	/* A link nobody can see or take is no link: its text stays. */
	if (h->plain || text.n == 0 || !link_target(cmark_node_get_url(node), &url)) {
		inlines(h, node, key);
	} else {
		buf_adds(h->out, "<a href=\"");
		escape_html(buf_span(&url), h->out);
		buf_addc(h->out, '"');
		(void)enter(h, buf_span(&text), NULL);
		add_style(h, key);
		buf_addc(h->out, '>');
		h->plain = true;
		inlines(h, node, key);
		buf_adds(h->out, "</a>");
	}
	h->plain = before.plain;
	h->direction = before.direction;
	h->language = before.language;
	buf_clear(&url);
	buf_clear(&text);
}

/* An image inside text is its alt text there: no client can lay out a stranger's picture in a line. */
static void
inline_image(struct html *h, cmark_node *node)
{
	struct buf alt = BUF_INIT(0);

	node_text(node, &alt);
	escape_html(buf_span(&alt), h->out);
	buf_clear(&alt);
}

static void
inlines(struct html *h, cmark_node *parent, const char *link_key)
{
	for (cmark_node *n = cmark_node_first_child(parent); n != NULL; n = cmark_node_next(n)) {
		switch (cmark_node_get_type(n)) {
		case CMARK_NODE_TEXT:
		case CMARK_NODE_HTML_INLINE: text_out(h, span_of(cmark_node_get_literal(n))); break;
		case CMARK_NODE_SOFTBREAK:
			if (!break_is_seamless(n))
				buf_addc(h->out, '\n');
			break;
		case CMARK_NODE_LINEBREAK: buf_adds(h->out, "<br>\n"); break;
		case CMARK_NODE_CODE:
			buf_adds(h->out, "<code");
			add_style(h, "code");
			buf_addc(h->out, '>');
			escape_html(span_of(cmark_node_get_literal(n)), h->out);
			buf_adds(h->out, "</code>");
			break;
		case CMARK_NODE_EMPH: simple(h, "em", n, link_key); break;
		case CMARK_NODE_STRONG: simple(h, "strong", n, link_key); break;
		case CMARK_NODE_LINK: link_out(h, n, link_key); break;
		case CMARK_NODE_IMAGE: inline_image(h, n); break;
		default: inlines(h, n, link_key); break;
		}
	}
}

static void block(struct html *h, cmark_node *n, const char *key, const char *link_key);

/* A paragraph that is one image: wide, and only from https, with the alt text for those who block it. */
static void
image(struct html *h, cmark_node *paragraph)
{
	cmark_node *at = cmark_node_first_child(paragraph), *link = NULL;
	struct buf src = BUF_INIT(0), href = BUF_INIT(0), alt = BUF_INIT(0);

	if (cmark_node_get_type(at) == CMARK_NODE_LINK) {
		link = at;
		at = cmark_node_first_child(at);
	}
	node_text(at, &alt);
	if (!link_target(cmark_node_get_url(at), &src) || src.n < 8 ||
	    !span_ieqs((struct span){ src.p, 8 }, "https://")) {
		if (alt.n > 0)
			block(h, paragraph, "p", "a");
		goto out;
	}
	buf_adds(h->out, "<p");
	add_style(h, "figure");
	buf_addc(h->out, '>');
	if (link != NULL && alt.n > 0 && link_target(cmark_node_get_url(link), &href)) {
		buf_adds(h->out, "<a href=\"");
		escape_html(buf_span(&href), h->out);
		buf_adds(h->out, "\">");
	} else {
		link = NULL;
	}
	buf_adds(h->out, "<img src=\"");
	escape_html(buf_span(&src), h->out);
	buf_adds(h->out, "\" width=\"560\" alt=\"");
	escape_html(buf_span(&alt), h->out);
	buf_addc(h->out, '"');
	add_style(h, "image");
	buf_adds(h->out, link != NULL ? "></a></p>\n" : "></p>\n");
out:
	buf_clear(&src);
	buf_clear(&href);
	buf_clear(&alt);
}

static void
list(struct html *h, cmark_node *n)
{
	bool ordered = cmark_node_get_list_type(n) == CMARK_ORDERED_LIST;

	buf_adds(h->out, ordered ? "<ol" : "<ul");
	if (ordered && cmark_node_get_list_start(n) != 1)
		buf_addf(h->out, " start=\"%d\"", cmark_node_get_list_start(n));
	add_style(h, "list");
	buf_adds(h->out, ">\n");
	for (cmark_node *item = cmark_node_first_child(n); item != NULL;
	     item = cmark_node_next(item)) {
		struct html before = open_block(h, "li", "item", item, NULL);

		for (cmark_node *in = cmark_node_first_child(item); in != NULL;
		     in = cmark_node_next(in))
			if (cmark_node_get_type(in) == CMARK_NODE_PARAGRAPH &&
			    cmark_node_get_list_tight(n))
				inlines(h, in, "a");
			else
				block(h, in, "p", "a");
		close_block(h, "li", before);
	}
	buf_adds(h->out, ordered ? "</ol>\n" : "</ul>\n");
}

static void
code_block(struct html *h, cmark_node *n)
{
	buf_adds(h->out, "<pre dir=\"ltr\"");
	add_style(h, "pre");
	buf_adds(h->out, "><code>");
	escape_html(span_of(cmark_node_get_literal(n)), h->out);
	buf_adds(h->out, "</code></pre>\n");
}

static void
block(struct html *h, cmark_node *n, const char *key, const char *link_key)
{
	struct html before;

	switch (cmark_node_get_type(n)) {
	case CMARK_NODE_PARAGRAPH:
	case CMARK_NODE_HEADING: { /* level 4 and below: those above have a role of their own */
		bool heading = cmark_node_get_type(n) == CMARK_NODE_HEADING;

		before = open_block(h, heading ? "h4" : "p", heading ? "h4" : key, n, NULL);
		inlines(h, n, link_key);
		close_block(h, heading ? "h4" : "p", before);
		break;
	}
	case CMARK_NODE_LIST: list(h, n); break;
	case CMARK_NODE_BLOCK_QUOTE:
		before = open_block(h, "blockquote", "quote", n, NULL);
		for (cmark_node *in = cmark_node_first_child(n); in != NULL;
		     in = cmark_node_next(in))
			block(h, in, "p", "a");
		close_block(h, "blockquote", before);
		break;
	case CMARK_NODE_CODE_BLOCK: code_block(h, n); break;
	case CMARK_NODE_HTML_BLOCK:
		buf_adds(h->out, "<p");
		add_style(h, "p");
		buf_addc(h->out, '>');
		text_out(h, span_trim(span_of(cmark_node_get_literal(n))));
		buf_adds(h->out, "</p>\n");
		break;
	case CMARK_NODE_THEMATIC_BREAK:
		buf_adds(h->out, "<hr");
		add_style(h, "hr");
		buf_adds(h->out, ">\n");
		break;
	default: break;
	}
}

/* A title too long to be one: its beginning, under its own link. */
static void
short_title(struct html *h, cmark_node *node, struct span title, const char *link_key)
{
	cmark_node *first = cmark_node_first_child(node);
	struct buf url = BUF_INIT(0);
	bool link = cmark_node_get_type(first) == CMARK_NODE_LINK &&
		    link_target(cmark_node_get_url(first), &url);

	if (link) {
		buf_adds(h->out, "<a href=\"");
		escape_html(buf_span(&url), h->out);
		buf_addc(h->out, '"');
		add_style(h, link_key);
		buf_addc(h->out, '>');
	}
	text_out(h, title);
	buf_adds(h->out, link ? "</a>" : "");
	buf_clear(&url);
}

static void
heading(
    struct html *h, const struct block *b, const char *tag, const char *key, const char *link_key)
{
	const char *language = b->story == NO_TOPIC ? NULL : h->r->doc.stories[b->story].language;
	struct html before = open_block(h, tag, key, b->node, language);
	struct buf title = BUF_INIT(0);

	if (title_is_long(b->node, &title))
		short_title(h, b->node, buf_span(&title), link_key);
	else
		inlines(h, b->node, link_key);
	close_block(h, tag, before);
	buf_clear(&title);
}

/* A paragraph that is one emphasis, without it: the style says what it is. */
static void
emphasised(struct html *h, const struct block *b, const char *key)
{
	struct html before = open_block(h, "p", key, b->node, NULL);

	inlines(h, cmark_node_first_child(b->node), "small_link");
	close_block(h, "p", before);
}

static void
story_text(struct html *h, const struct block *b)
{
	const char *language = b->story == NO_TOPIC ? NULL : h->r->doc.stories[b->story].language;
	const char *key = b->role == BLOCK_NOTE ? "note" : "p";
	struct html before;

	if (language == NULL || cmark_node_get_type(b->node) != CMARK_NODE_PARAGRAPH) {
		block(h, b->node, key, "a");
		return;
	}
	before = open_block(h, "p", key, b->node, language);
	inlines(h, b->node, "a");
	close_block(h, "p", before);
}

static void
write_block(struct html *h, const struct block *b)
{
	switch (b->role) {
	case BLOCK_TITLE: heading(h, b, "h1", "h1", "h3_link"); break;
	case BLOCK_TOPIC: heading(h, b, "h2", "h2", "h3_link"); break;
	case BLOCK_STORY: /* without a topic above it, it is the second level: no level is skipped */
		heading(h, b, b->topic == NO_TOPIC ? "h2" : "h3", "h3", "h3_link");
		break;
	case BLOCK_SPONSOR: emphasised(h, b, "sponsor"); break;
	case BLOCK_BYLINE: emphasised(h, b, "byline"); break;
	case BLOCK_IMAGE: image(h, b->node); break;
	case BLOCK_NOTE:
	case BLOCK_TEXT: story_text(h, b); break;
	case BLOCK_SILENT: break;
	}
}

void
render_html_story(const struct render *r, size_t story, struct buf *out)
{
	struct html h = {
		.r = r, .out = out, .direction = r->direction, .language = r->in.language
	};

	for (size_t i = 0; i < r->doc.n_blocks; i++)
		if (r->doc.blocks[i].story == story)
			write_block(&h, &r->doc.blocks[i]);
}

void
render_html_body(const struct render *r, const char *topics, struct buf *out)
{
	struct html h = {
		.r = r, .out = out, .direction = r->direction, .language = r->in.language
	};

	for (size_t i = 0; i < r->doc.n_blocks; i++)
		if (document_wants(&r->doc, topics, r->doc.blocks[i].topic))
			write_block(&h, &r->doc.blocks[i]);
}
