/*
 * HTML of strangers as it may stand in a mail. Nothing of the input is copied but text and checked URLs;
 * the tags are written anew from a short list. Well-formed HTML is cleaned from its text in one pass, everything
 * else from gumbo's tree; both go through the same writer.
 */
#include "clean.h"

/* Elements that end with their children: no reader sees them, or they ask for something. */
static bool
is_dropped(GumboTag tag)
{
	return html_is_hidden(tag) || tag == GUMBO_TAG_SVG || tag == GUMBO_TAG_SELECT ||
	       tag == GUMBO_TAG_TEXTAREA || tag == GUMBO_TAG_BUTTON || tag == GUMBO_TAG_AUDIO ||
	       tag == GUMBO_TAG_VIDEO || tag == GUMBO_TAG_CANVAS || tag == GUMBO_TAG_TITLE;
}

/* ---- from a tree ------------------------------------------------------------------------------------ */

static void
clean_node(struct cleaner *c, const GumboNode *n, unsigned depth)
{
	struct clean_element e;
	struct clean_begun b;

	if (n->type == GUMBO_NODE_TEXT || n->type == GUMBO_NODE_CDATA ||
	    n->type == GUMBO_NODE_WHITESPACE) {
		clean_text(c, span_of(n->v.text.text));
		return;
	}
	if (!html_is_element(n) || depth > 8 * HTML_DEPTH || is_dropped(n->v.element.tag))
		return;
	e = (struct clean_element){ .tag = n->v.element.tag };
	if (e.tag == GUMBO_TAG_A) {
		e.href = html_attr(n, "href");
	} else if (e.tag == GUMBO_TAG_IMG) {
		e.src = html_attr(n, "src");
		e.alt = html_attr(n, "alt");
		e.width = html_attr(n, "width");
		e.height = html_attr(n, "height");
	}
	b = clean_begin(c, &e);
	for (unsigned i = 0; i < n->v.element.children.length; i++)
		clean_node(c, n->v.element.children.data[i], depth + 1);
	clean_end(c, b);
}

/* ---- from the text itself --------------------------------------------------------------------------- */

struct short_way {
	struct cleaner *c;
	struct clean_begun begun[64];
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
	struct clean_element e = { .tag = tag };

	if (tag == GUMBO_TAG_A && !value(w, 0, attrs, "href", &e.href))
		return false;
	if (tag == GUMBO_TAG_IMG &&
	    !(value(w, 0, attrs, "src", &e.src) && value(w, 1, attrs, "alt", &e.alt) &&
		value(w, 2, attrs, "width", &e.width) && value(w, 3, attrs, "height", &e.height)))
		return false;
	if (w->n == sizeof(w->begun) / sizeof(w->begun[0]))
		return false;
	w->begun[w->n++] = clean_begin(w->c, &e);
	return true;
}

static void
on_close(void *ctx)
{
	struct short_way *w = ctx;

	clean_end(w->c, w->begun[--w->n]);
}

static void
on_text(void *ctx, struct span text)
{
	const struct short_way *w = ctx;

	clean_text(w->c, text);
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
		clean_text(c, buf_span(&plain));
	}
	buf_clear(&plain);
}

void
clean_html(struct span html, struct span base, struct buf *out)
{
	struct cleaner c;
	size_t was = out->n;

	cleaner_init(&c, base, out);
	if (clean_short(&c, html)) {
		cleaner_finish(&c);
		return;
	}
	cleaner_finish(&c);
	if (out->rc == WRAP_OK)
		buf_truncate(out, was);
	clean_html_tree(html, base, out);
}

void
clean_html_tree(struct span html, struct span base, struct buf *out)
{
	struct cleaner c;

	cleaner_init(&c, base, out);
	clean_long(&c, html);
	cleaner_finish(&c);
}
