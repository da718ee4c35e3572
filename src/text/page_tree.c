/*
 * A page as a tree of our own, because the search for an article moves and removes nodes, and counts
 * what they hold.
 */
#include "page.h"

#include <stdlib.h>

#define NODES_MOST 100000
#define BLOCK_NODES 256
#define DATA_MOST 32 /* scripts of JSON-LD */

/* Nodes and the counts of those that are elements, from blocks that are let go all at once. */
struct pblock {
	struct pblock *next;
	size_t used, counts;
	struct pnode v[BLOCK_NODES];
	struct pcount c[BLOCK_NODES];
};

struct pnode *
pnode_new(struct ptree *t, GumboTag tag, const GumboNode *g)
{
	struct pblock *b = t->blocks;
	struct pnode *n;

	if (b == NULL || b->used == BLOCK_NODES) {
		b = t->n_nodes >= NODES_MOST ? NULL : malloc(sizeof(*b));
		if (b == NULL) {
			t->failed = true;
			return NULL;
		}
		b->used = b->counts = 0;
		b->next = t->blocks;
		t->blocks = b;
	}
	n = &b->v[b->used++];
	t->n_nodes++;
	*n = (struct pnode){ .tag = tag, .g = g };
	if (tag != GUMBO_TAG_LAST)
		n->count = &b->c[b->counts++];
	if (g != NULL)
		pnode_read_attributes(n, &t->names);
	return n;
}

/* What was counted of n and of all around it holds no more. */
static void
stale(struct pnode *n)
{
	for (; n != NULL && n->counted; n = n->up)
		n->counted = false;
}

static void
hang(struct pnode *up, struct pnode *n)
{
	n->up = up;
	n->prev = up->last;
	n->next = NULL;
	if (up->last != NULL)
		up->last->next = n;
	else
		up->first = n;
	up->last = n;
}

void
pnode_append(struct pnode *up, struct pnode *n)
{
	stale(up);
	hang(up, n);
}

void
pnode_remove(struct pnode *n)
{
	if (n->up == NULL)
		return;
	stale(n->up);
	if (n->prev != NULL)
		n->prev->next = n->next;
	else
		n->up->first = n->next;
	if (n->next != NULL)
		n->next->prev = n->prev;
	else
		n->up->last = n->prev;
	n->up = n->prev = n->next = NULL;
}

void
pnode_replace(struct pnode *old, struct pnode *by)
{
	pnode_remove(by);
	stale(old->up);
	by->up = old->up;
	by->prev = old->prev;
	by->next = old->next;
	if (old->prev != NULL)
		old->prev->next = by;
	else if (old->up != NULL)
		old->up->first = by;
	if (old->next != NULL)
		old->next->prev = by;
	else if (old->up != NULL)
		old->up->last = by;
	old->up = old->prev = old->next = NULL;
}

void
pnode_rename(struct pnode *n, GumboTag tag)
{
	stale(n->up);
	n->tag = tag;
}

struct pnode *
pnode_next(const struct pnode *n, const struct pnode *top, bool skip)
{
	if (!skip && n->first != NULL)
		return n->first;
	while (n != top && n->next == NULL)
		n = n->up;
	return n == top || n == NULL ? NULL : n->next;
}

/* Elements of which no part is ever an article's text. */
static bool
is_dropped(GumboTag tag)
{
	return tag == GUMBO_TAG_SCRIPT || tag == GUMBO_TAG_STYLE || tag == GUMBO_TAG_TEMPLATE ||
	       tag == GUMBO_TAG_NOSCRIPT || tag == GUMBO_TAG_LINK || tag == GUMBO_TAG_SVG;
}

/* JSON-LD stands in script elements, which the tree leaves out. */
static void
keep_data(struct ptree *t, const GumboNode *script)
{
	const GumboVector *v = html_children(script);
	struct span *data;

	if (!span_ieqs(span_trim(html_attr(script, "type")), "application/ld+json"))
		return;
	for (unsigned i = 0; i < v->length; i++) {
		data = t->n_data < DATA_MOST ? realloc(t->data, (t->n_data + 1) * sizeof(*data))
					     : NULL;
		if (data == NULL)
			return;
		t->data = data;
		data[t->n_data++] = span_of(((const GumboNode *)v->data[i])->v.text.text);
	}
}

static void
copy_children(struct ptree *t, struct pnode *to, const GumboNode *from, unsigned depth)
{
	const GumboVector *v = html_children(from);

	for (unsigned i = 0; i < v->length && depth < 4 * HTML_DEPTH; i++) {
		const GumboNode *g = v->data[i];
		struct pnode *n;
		bool element = html_is_element(g);

		if (element && g->v.element.tag == GUMBO_TAG_SCRIPT)
			keep_data(t, g);
		if (g->type == GUMBO_NODE_COMMENT || (element && is_dropped(g->v.element.tag)))
			continue;
		n = pnode_new(t, element ? g->v.element.tag : GUMBO_TAG_LAST, element ? g : NULL);
		if (n == NULL)
			return;
		hang(to, n);
		if (element)
			copy_children(t, n, g, depth + 1);
		else
			pnode_measure(n, g->v.text.text);
	}
}

bool
ptree_build(const struct html_tree *html, struct ptree *out)
{
	*out = (struct ptree){ 0 };
	name_index_init(&out->names);
	out->root = pnode_new(out, GUMBO_TAG_HTML, html->out->root);
	if (out->root != NULL)
		copy_children(out, out->root, html->out->root, 0);
	if (out->root != NULL && !out->failed)
		return true;
	ptree_clear(out);
	return false;
}

void
ptree_clear(struct ptree *t)
{
	while (t->blocks != NULL) {
		struct pblock *next = t->blocks->next;
		free(t->blocks);
		t->blocks = next;
	}
	free(t->data);
	*t = (struct ptree){ 0 };
}

/* ---- questions ----------------------------------------------------------------------------------------- */

bool
pnode_is_text(const struct pnode *n)
{
	return n->tag == GUMBO_TAG_LAST;
}

bool
pnode_is_blank(const struct pnode *n)
{
	return pnode_is_text(n) && n->length == 0;
}

struct span
pnode_attr(const struct pnode *n, const char *name)
{
	return n->g == NULL ? (struct span){ 0 } : html_attr(n->g, name);
}

bool
pnode_inside(const struct pnode *n, GumboTag tag)
{
	for (n = n->up; n != NULL; n = n->up)
		if (n->tag == tag)
			return true;
	return false;
}

bool
pnode_heading(const struct pnode *n)
{
	return n->tag >= GUMBO_TAG_H1 && n->tag <= GUMBO_TAG_H6;
}

bool
pnode_phrasing(const struct pnode *n)
{
	switch ((int)n->tag) {
	case GUMBO_TAG_LAST:
	case GUMBO_TAG_ABBR:
	case GUMBO_TAG_AUDIO:
	case GUMBO_TAG_B:
	case GUMBO_TAG_BDO:
	case GUMBO_TAG_BR:
	case GUMBO_TAG_BUTTON:
	case GUMBO_TAG_CITE:
	case GUMBO_TAG_CODE:
	case GUMBO_TAG_DATA:
	case GUMBO_TAG_DFN:
	case GUMBO_TAG_EM:
	case GUMBO_TAG_EMBED:
	case GUMBO_TAG_FONT:
	case GUMBO_TAG_I:
	case GUMBO_TAG_IMG:
	case GUMBO_TAG_INPUT:
	case GUMBO_TAG_KBD:
	case GUMBO_TAG_LABEL:
	case GUMBO_TAG_MARK:
	case GUMBO_TAG_MATH:
	case GUMBO_TAG_METER:
	case GUMBO_TAG_OBJECT:
	case GUMBO_TAG_OUTPUT:
	case GUMBO_TAG_PROGRESS:
	case GUMBO_TAG_Q:
	case GUMBO_TAG_RUBY:
	case GUMBO_TAG_SAMP:
	case GUMBO_TAG_SELECT:
	case GUMBO_TAG_SMALL:
	case GUMBO_TAG_SPAN:
	case GUMBO_TAG_STRONG:
	case GUMBO_TAG_SUB:
	case GUMBO_TAG_SUP:
	case GUMBO_TAG_TEXTAREA:
	case GUMBO_TAG_TIME:
	case GUMBO_TAG_VAR:
	case GUMBO_TAG_WBR: return true;
	case GUMBO_TAG_A:
	case GUMBO_TAG_DEL:
	case GUMBO_TAG_INS:
		for (const struct pnode *c = n->first; c != NULL; c = c->next)
			if (!pnode_phrasing(c))
				return false;
		return true;
	default: return false;
	}
}
