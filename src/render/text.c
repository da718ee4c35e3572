/*
 * The edition as plain text, from the same tree as the HTML: lines of 72 columns, each link whole on a line of
 * its own right under the paragraph it belongs to. A paragraph with several links numbers them.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 72

struct text {
	const struct render *r;
	struct buf *out;
	struct buf line;   /* the paragraph being gathered */
	struct strs links; /* its targets, in order */
	bool numbered;     /* it has several */
	struct strs held;  /* links of a story's title: they go under its first paragraph */
};

static void inlines(struct text *t, cmark_node *parent, bool in_link);

static void
literal(struct text *t, const char *s)
{
	struct span rest = span_of(s);

	for (size_t i = 0, len; i < rest.n; i += len) {
		uint32_t cp = utf8_decode(rest.p + i, rest.n - i, &len);

		if (cp >= 0x20 && cp != 0x7F)
			utf8_add(&t->line, cp);
		else if (cp == '\n' || cp == '\t')
			buf_addc(&t->line, ' ');
	}
}

/* How many different links go out under the paragraph, were they all listed? */
static size_t
count_links(cmark_node *n)
{
	size_t count = 0;

	for (cmark_node *c = cmark_node_first_child(n); c != NULL; c = cmark_node_next(c)) {
		struct buf url = BUF_INIT(0);

		if (cmark_node_get_type(c) == CMARK_NODE_LINK)
			count += link_target(cmark_node_get_url(c), &url) ? 1 : 0;
		else
			count += count_links(c);
		buf_clear(&url);
	}
	return count;
}

static void
link_out(struct text *t, cmark_node *n)
{
	struct buf url = BUF_INIT(0), text = BUF_INIT(0);
	size_t i;

	node_text(n, &text);
	if (!link_target(cmark_node_get_url(n), &url) || text.n == 0) {
		inlines(t, n, true);
	} else if (span_eq(buf_span(&url), buf_span(&text)) ||
		   (url.n == text.n + 7 && span_eqs(buf_span(&text), url.p + 7))) {
		buf_addspan(&t->line, buf_span(&text)); /* an address that links to itself */
	} else {
		inlines(t, n, true);
		for (i = 0; i < t->links.n && strcmp(t->links.v[i], url.p) != 0; i++)
			;
		if (i == t->links.n && strs_add(&t->links, buf_span(&url), NULL) != WRAP_OK)
			t->out->rc = WRAP_ENOMEM;
		if (t->numbered)
			buf_addf(&t->line, " [%zu]", i + 1);
	}
	buf_clear(&url);
	buf_clear(&text);
}

static void
inlines(struct text *t, cmark_node *parent, bool in_link)
{
	for (cmark_node *n = cmark_node_first_child(parent); n != NULL; n = cmark_node_next(n)) {
		switch (cmark_node_get_type(n)) {
		case CMARK_NODE_TEXT:
		case CMARK_NODE_CODE:
		case CMARK_NODE_HTML_INLINE: literal(t, cmark_node_get_literal(n)); break;
		case CMARK_NODE_SOFTBREAK:
			if (!break_is_seamless(n))
				buf_addc(&t->line, ' ');
			break;
		case CMARK_NODE_LINEBREAK: buf_addc(&t->line, '\n'); break;
		case CMARK_NODE_LINK:
			if (in_link)
				inlines(t, n, true);
			else
				link_out(t, n);
			break;
		default: inlines(t, n, in_link); break;
		}
	}
}

/*
 * After what runs against the page's direction a mark that runs with it (U+200E, U+200F), so that a date beside a
 * Hebrew name stays where it is. There is no other way to say so in plain text.
 */
static void
add_directed(const struct render *r, struct span s, struct buf *out)
{
	const char *mark = r->direction == DIRECTION_RTL ? "\xE2\x80\x8F" : "\xE2\x80\x8E";
	enum direction d = text_direction(s);
	struct span run;

	/* A line that runs the other way as a whole is laid out by its own letters. */
	while ((d == DIRECTION_NONE || d == r->direction) && opposite_run(s, r->direction, &run)) {
		buf_add(out, s.p, (size_t)(run.p + run.n - s.p));
		s.n -= (size_t)(run.p + run.n - s.p);
		s.p = run.p + run.n;
		if (s.n > 0)
			buf_adds(out, mark);
	}
	buf_addspan(out, s);
}

/* The gathered paragraph, and its links under it. */
static void
flush(struct text *t, const char *first, const char *indent)
{
	struct buf clean = BUF_INIT(0), one_line = BUF_INIT(0);
	struct span rest = buf_span(&t->line), one;

	/* Blanks at the ends of lines are not wanted, and utf8_line folds those between. */
	while (span_cut(&rest, '\n', &one)) {
		if (clean.n > 0)
			buf_addc(&clean, '\n');
		buf_reset(&one_line);
		utf8_line(one, &one_line);
		add_directed(t->r, buf_span(&one_line), &clean);
	}
	if (clean.n > 0)
		text_wrap(buf_span(&clean), COLUMNS, first, indent, t->out);
	for (size_t i = 0; i < t->links.n; i++) {
		buf_adds(t->out, indent);
		if (t->numbered)
			buf_addf(t->out, "[%zu] ", i + 1);
		buf_adds(t->out, t->links.v[i]);
		buf_addc(t->out, '\n');
	}
	buf_clear(&clean);
	buf_clear(&one_line);
	buf_reset(&t->line);
	strs_clear(&t->links);
}

static void
paragraph(struct text *t, cmark_node *n, const char *first, const char *indent)
{
	t->numbered = count_links(n) > 1;
	inlines(t, n, false);
	flush(t, first, indent);
}

static void
blank_line(struct text *t)
{
	if (t->out->n >= 2 && memcmp(t->out->p + t->out->n - 2, "\n\n", 2) != 0)
		buf_addc(t->out, '\n');
}

static void
underline(struct text *t, struct span title, char with)
{
	size_t n = utf8_columns(title);

	for (size_t i = 0; i < (n < COLUMNS ? n : COLUMNS); i++)
		buf_addc(t->out, with);
	buf_addc(t->out, '\n');
}

static void
heading(struct text *t, cmark_node *n, char with, bool hold)
{
	struct buf title = BUF_INIT(0);

	blank_line(t);
	t->numbered = count_links(n) > 1;
	inlines(t, n, false);
	if (title_is_long(n, &title)) {
		buf_reset(&t->line);
		buf_addspan(&t->line, buf_span(&title));
	} else {
		node_text(n, &title);
	}
	if (hold) {
		t->held = t->links;
		t->links = (struct strs){ 0 };
	}
	flush(t, "", "");
	if (with != '\0')
		underline(t, buf_span(&title), with);
	buf_clear(&title);
}

/* The links that wait go out now: before anything else that brings links, so that the order is the HTML's. */
static void
release(struct text *t)
{
	for (size_t i = 0; i < t->held.n; i++) {
		if (t->held.n > 1)
			buf_addf(t->out, "[%zu] ", i + 1);
		buf_adds(t->out, t->held.v[i]);
		buf_addc(t->out, '\n');
	}
	strs_clear(&t->held);
}

static void block(struct text *t, cmark_node *n, const char *first, const char *indent);

/* A block inside another: what is in front of its lines grows, up to half of the width. */
static void
nested(struct text *t, cmark_node *n, const char *first, const char *indent, const char *more_first,
    const char *more)
{
	struct buf f = BUF_INIT(256), i = BUF_INIT(256);
	bool fits = strlen(indent) + strlen(more) <= COLUMNS / 2;

	buf_addf(&f, "%s%s", first, fits ? more_first : "");
	buf_addf(&i, "%s%s", indent, fits ? more : "");
	block(t, n, buf_str(&f), buf_str(&i));
	buf_clear(&f);
	buf_clear(&i);
}

static void
list(struct text *t, cmark_node *n, const char *indent)
{
	int number = cmark_node_get_list_start(n);
	bool ordered = cmark_node_get_list_type(n) == CMARK_ORDERED_LIST;
	const char *more = ordered ? "   " : "  ";

	for (cmark_node *item = cmark_node_first_child(n); item != NULL;
	     item = cmark_node_next(item)) {
		char mark[24] = "* ";
		bool at_first = true;

		if (ordered)
			(void)snprintf(mark, sizeof(mark), "%d. ", number++);
		for (cmark_node *in = cmark_node_first_child(item); in != NULL;
		     in = cmark_node_next(in)) {
			nested(t, in, indent, indent, at_first ? mark : more, more);
			at_first = false;
		}
	}
}

/* Code keeps its lines. */
static void
verbatim(struct text *t, const char *literal_text, const char *indent)
{
	struct span rest = span_of(literal_text), line;

	while (span_cut(&rest, '\n', &line)) {
		struct buf b = BUF_INIT(0);

		while (line.n > 0 && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\r'))
			line.n--;
		buf_adds(&b, indent);
		buf_adds(&b, "    ");
		if (line.n > 0)
			text_wrap(line, COLUMNS, buf_str(&b), buf_str(&b), t->out);
		else
			buf_addc(t->out, '\n');
		buf_clear(&b);
	}
}

static void
block(struct text *t, cmark_node *n, const char *first, const char *indent)
{
	switch (cmark_node_get_type(n)) {
	case CMARK_NODE_HEADING:
	case CMARK_NODE_PARAGRAPH: paragraph(t, n, first, indent); break;
	case CMARK_NODE_LIST: list(t, n, indent); break;
	case CMARK_NODE_BLOCK_QUOTE:
		for (cmark_node *in = cmark_node_first_child(n); in != NULL;
		     in = cmark_node_next(in))
			nested(t, in, first, indent, "> ", "> ");
		break;
	case CMARK_NODE_CODE_BLOCK: verbatim(t, cmark_node_get_literal(n), indent); break;
	case CMARK_NODE_HTML_BLOCK:
		literal(t, cmark_node_get_literal(n));
		flush(t, first, indent);
		break;
	case CMARK_NODE_THEMATIC_BREAK:
		buf_adds(t->out, indent);
		buf_adds(t->out, "* * *\n");
		break;
	default: break;
	}
}

/* The alt text of a picture, as a line in brackets, and where it leads. */
static void
image(struct text *t, cmark_node *n)
{
	cmark_node *first = cmark_node_first_child(n);
	struct buf alt = BUF_INIT(0), url = BUF_INIT(0);

	node_text(n, &alt);
	if (alt.n > 0) {
		buf_addc(&t->line, '[');
		buf_addspan(&t->line, buf_span(&alt));
		buf_addc(&t->line, ']');
		t->numbered = false;
		if (cmark_node_get_type(first) == CMARK_NODE_LINK &&
		    link_target(cmark_node_get_url(first), &url) &&
		    strs_add(&t->links, buf_span(&url), NULL) != WRAP_OK)
			t->out->rc = WRAP_ENOMEM;
		flush(t, "", "");
	}
	buf_clear(&alt);
	buf_clear(&url);
}

static bool
is_heading(enum block_role role)
{
	return role == BLOCK_TITLE || role == BLOCK_TOPIC || role == BLOCK_STORY;
}

/* A paragraph of a story or note. The first under a story's title is followed by the story's link. */
static void
text_block(struct text *t, const struct block *b, enum block_role before)
{
	bool first = t->held.n > 0;

	if (count_links(b->node) > 0)
		release(t);
	if (before != BLOCK_STORY && before != BLOCK_BYLINE && before != BLOCK_IMAGE)
		blank_line(t);
	block(t, b->node, "", "");
	if (first)
		release(t);
}

void
render_text_body(const struct render *r, const char *topics, struct buf *out)
{
	struct text t = { .r = r, .out = out, .line = BUF_INIT(0) };
	enum block_role before = BLOCK_TITLE;

	for (size_t i = 0; i < r->doc.n_blocks; i++) {
		const struct block *b = &r->doc.blocks[i];

		if (!document_wants(&r->doc, topics, b->topic) || b->role == BLOCK_SILENT)
			continue;
		if (is_heading(b->role) || ((b->role == BLOCK_BYLINE || b->role == BLOCK_IMAGE) &&
					       count_links(b->node) > 0))
			release(&t);
		if (b->role == BLOCK_IMAGE && before != BLOCK_STORY && before != BLOCK_BYLINE)
			blank_line(&t);
		switch (b->role) {
		case BLOCK_TITLE: heading(&t, b->node, '=', false); break;
		case BLOCK_TOPIC: heading(&t, b->node, '-', false); break;
		case BLOCK_STORY: heading(&t, b->node, '\0', true); break;
		case BLOCK_SPONSOR:
		case BLOCK_BYLINE: paragraph(&t, b->node, "", ""); break;
		case BLOCK_IMAGE: image(&t, b->node); break;
		case BLOCK_NOTE:
		case BLOCK_TEXT: text_block(&t, b, before); break;
		case BLOCK_SILENT: break;
		}
		before = b->role;
	}
	release(&t);
	buf_clear(&t.line);
}
