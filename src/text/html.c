/*
 * HTML of strangers as a tree. gumbo parses by the rules of HTML 5; it knows no limits, so memory comes from
 * one arena that ends the parse when it is full, and html_tame.c shortens what it gets.
 */
#include "internal.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory -------------------------------------------------------------------------------------- */

#define ARENA_MOST ((size_t)32 << 20)

struct block {
	struct block *next;
	size_t used, size;
	max_align_t bytes[];
};

struct html_arena {
	struct block *top;
	size_t total;
	jmp_buf full;
	struct buf tamed; /* the input, when it had to be changed */
};

static void *
arena_get(void *userdata, size_t n)
{
	struct html_arena *a = userdata;
	struct block *b = a->top;
	void *p;

	n = (n + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (b == NULL || n > b->size - b->used) {
		size_t size = b == NULL ? (size_t)16 << 10 : b->size * 2;
		if (size > (size_t)4 << 20)
			size = (size_t)4 << 20;
		if (size < n)
			size = n;
		if (a->total + size > ARENA_MOST || (b = malloc(sizeof(*b) + size)) == NULL)
			longjmp(a->full, 1);
		*b = (struct block){ .next = a->top, .size = size };
		a->top = b;
		a->total += size;
	}
	p = (char *)b->bytes + b->used;
	b->used += n;
	return p;
}

static void
arena_put(void *userdata, void *p)
{
	(void)userdata;
	(void)p; /* all at once, at the end */
}

void
html_free(struct html_tree *t)
{
	struct block *b = t->arena == NULL ? NULL : t->arena->top;

	while (b != NULL) {
		struct block *next = b->next;
		free(b);
		b = next;
	}
	if (t->arena != NULL)
		buf_clear(&t->arena->tamed);
	free(t->arena);
	*t = (struct html_tree){ 0 };
}

/* ---- the parse ------------------------------------------------------------------------------------- */

bool
html_parse(struct span html, bool fragment, struct html_tree *out)
{
	GumboOptions o = kGumboDefaultOptions;

	*out = (struct html_tree){ .arena = calloc(1, sizeof(*out->arena)) };
	if (out->arena == NULL)
		return false;
	html = html_tame(html, fragment, &out->arena->tamed);
	if (out->arena->tamed.rc != WRAP_OK || html.n > UINT32_MAX / 2) {
		html_free(out);
		return false;
	}
	o.allocator = arena_get;
	o.deallocator = arena_put;
	o.userdata = out->arena;
	o.max_errors = 0;
	o.fragment_context = fragment ? GUMBO_TAG_DIV : GUMBO_TAG_LAST;
	if (setjmp(out->arena->full) != 0) {
		html_free(out);
		return false;
	}
	out->out = gumbo_parse_with_options(&o, html.n == 0 ? "" : html.p, html.n);
	return true;
}

/* ---- the tree ------------------------------------------------------------------------------------- */

bool
html_is_element(const GumboNode *n)
{
	return n->type == GUMBO_NODE_ELEMENT || n->type == GUMBO_NODE_TEMPLATE;
}

const GumboVector *
html_children(const GumboNode *n)
{
	static const GumboVector none = { 0 };

	if (html_is_element(n))
		return &n->v.element.children;
	if (n->type == GUMBO_NODE_DOCUMENT)
		return &n->v.document.children;
	return &none;
}

struct span
html_attr(const GumboNode *n, const char *name)
{
	const GumboAttribute *a =
	    html_is_element(n) ? gumbo_get_attribute(&n->v.element.attributes, name) : NULL;

	return a == NULL ? (struct span){ 0 } : span_of(a->value);
}

bool
html_is_hidden(GumboTag tag)
{
	switch ((int)tag) {
	case GUMBO_TAG_SCRIPT:
	case GUMBO_TAG_STYLE:
	case GUMBO_TAG_NOSCRIPT:
	case GUMBO_TAG_TEMPLATE:
	case GUMBO_TAG_IFRAME:
	case GUMBO_TAG_OBJECT:
	case GUMBO_TAG_APPLET:
	case GUMBO_TAG_NOEMBED:
	case GUMBO_TAG_NOFRAMES:
	case GUMBO_TAG_HEAD: return true;
	default: return false;
	}
}

bool
html_is_block(GumboTag tag)
{
	switch ((int)tag) {
	case GUMBO_TAG_ADDRESS:
	case GUMBO_TAG_ARTICLE:
	case GUMBO_TAG_ASIDE:
	case GUMBO_TAG_BLOCKQUOTE:
	case GUMBO_TAG_BODY:
	case GUMBO_TAG_CAPTION:
	case GUMBO_TAG_CENTER:
	case GUMBO_TAG_DD:
	case GUMBO_TAG_DETAILS:
	case GUMBO_TAG_DIR:
	case GUMBO_TAG_DIV:
	case GUMBO_TAG_DL:
	case GUMBO_TAG_DT:
	case GUMBO_TAG_FIELDSET:
	case GUMBO_TAG_FIGCAPTION:
	case GUMBO_TAG_FIGURE:
	case GUMBO_TAG_FOOTER:
	case GUMBO_TAG_FORM:
	case GUMBO_TAG_H1:
	case GUMBO_TAG_H2:
	case GUMBO_TAG_H3:
	case GUMBO_TAG_H4:
	case GUMBO_TAG_H5:
	case GUMBO_TAG_H6:
	case GUMBO_TAG_HEADER:
	case GUMBO_TAG_HGROUP:
	case GUMBO_TAG_HR:
	case GUMBO_TAG_LI:
	case GUMBO_TAG_MAIN:
	case GUMBO_TAG_MENU:
	case GUMBO_TAG_NAV:
	case GUMBO_TAG_OL:
	case GUMBO_TAG_P:
	case GUMBO_TAG_PRE:
	case GUMBO_TAG_SECTION:
	case GUMBO_TAG_SUMMARY:
	case GUMBO_TAG_TABLE:
	case GUMBO_TAG_TBODY:
	case GUMBO_TAG_TD:
	case GUMBO_TAG_TFOOT:
	case GUMBO_TAG_TH:
	case GUMBO_TAG_THEAD:
	case GUMBO_TAG_TR:
	case GUMBO_TAG_UL: return true;
	default: return false;
	}
}
