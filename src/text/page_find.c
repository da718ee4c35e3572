/*
 * Where in a page the article stands. Paragraphs give points to the elements around them, by length and
 * commas; names of classes and ids weigh in; links count against. The best element, its fellows and such
 * neighbours as read like prose make the article. The method is Readability's (Arc90, Mozilla).
 */
#include "page.h"

#include <stdlib.h>
#include <string.h>

void
pnodes_add(struct ptree *t, struct pnodes *l, struct pnode *n)
{
	if (l->n == l->size) {
		size_t size = l->size == 0 ? 256 : l->size * 2;
		struct pnode **v = realloc(l->v, size * sizeof(struct pnode *));
		if (v == NULL) {
			t->failed = true;
			return;
		}
		l->v = v;
		l->size = size;
	}
	l->v[l->n++] = n;
}

/* ---- points ----------------------------------------------------------------------------------------------------- */

static double
base_score(const struct pnode *n, struct page_flags f)
{
	double s = 0;

	switch ((int)n->tag) {
	case GUMBO_TAG_DIV: s = 5; break;
	case GUMBO_TAG_PRE:
	case GUMBO_TAG_TD:
	case GUMBO_TAG_BLOCKQUOTE: s = 3; break;
	case GUMBO_TAG_ADDRESS:
	case GUMBO_TAG_OL:
	case GUMBO_TAG_UL:
	case GUMBO_TAG_DL:
	case GUMBO_TAG_DD:
	case GUMBO_TAG_DT:
	case GUMBO_TAG_LI:
	case GUMBO_TAG_FORM: s = -3; break;
	case GUMBO_TAG_H1:
	case GUMBO_TAG_H2:
	case GUMBO_TAG_H3:
	case GUMBO_TAG_H4:
	case GUMBO_TAG_H5:
	case GUMBO_TAG_H6:
	case GUMBO_TAG_TH: s = -5; break;
	default: break;
	}
	return s + (f.weigh_names ? n->weight : 0);
}

static void
score_paragraph(struct ptree *t, struct pnode *p, struct page_flags f, struct pnodes *candidates)
{
	const struct pcount *c = pnode_count(p);
	uint32_t hundreds = c->text >= 300 ? 3 : c->text / 100;
	double points = 1 + (double)(c->commas + 1) + (double)hundreds;
	int level = 0;

	if (c->text < 25)
		return;
	for (struct pnode *up = p->up; up != NULL && up->tag != GUMBO_TAG_HTML && level < 5;
	     up = up->up, level++) {
		if (!up->scored) {
			up->scored = true;
			up->score = base_score(up, f);
			pnodes_add(t, candidates, up);
		}
		up->score += points / (level == 0 ? 1 : level == 1 ? 2 : level * 3);
	}
}

#define TOP 5

static void
find_top(const struct pnodes *candidates, struct pnode *top[TOP])
{
	memset(top, 0, TOP * sizeof(*top));
	for (size_t i = 0; i < candidates->n; i++) {
		struct pnode *n = candidates->v[i];
		n->score *= 1 - pcount_links(pnode_count(n));
		for (size_t k = 0; k < TOP; k++)
			if (top[k] == NULL || n->score > top[k]->score) {
				memmove(top + k + 1, top + k, (TOP - k - 1) * sizeof(*top));
				top[k] = n;
				break;
			}
	}
}

static bool
is_above(const struct pnode *a, const struct pnode *n)
{
	for (n = n->up; n != NULL; n = n->up)
		if (n == a)
			return true;
	return false;
}

/* Several candidates of like rank under one roof: the roof is meant. */
static struct pnode *
common_roof(struct pnode *const top[TOP])
{
	size_t alike = 1;

	while (alike < TOP && top[alike] != NULL && top[alike]->score >= top[0]->score * 0.75)
		alike++;
	if (alike < 4)
		return top[0];
	for (struct pnode *up = top[0]->up;
	     up != NULL && up->tag != GUMBO_TAG_BODY && up->tag != GUMBO_TAG_HTML; up = up->up) {
		size_t under = 0;
		for (size_t i = 1; i < alike; i++)
			under += is_above(up, top[i]);
		if (under >= 3)
			return up;
	}
	return top[0];
}

static size_t
elements(const struct pnode *n)
{
	size_t c = 0;

	for (const struct pnode *k = n->first; k != NULL; k = k->next)
		c += !pnode_is_text(k);
	return c;
}

/* Go up while that is where the points come from. */
static struct pnode *
climb(struct pnode *top, struct page_flags f)
{
	double last, least;

	if (!top->scored) {
		top->scored = true;
		top->score = base_score(top, f);
	}
	last = top->score;
	least = last / 3;
	for (struct pnode *up = top->up; up != NULL && up->tag != GUMBO_TAG_BODY; up = up->up) {
		if (!up->scored)
			continue;
		if (up->score < least)
			break;
		if (up->score > last) {
			top = up;
			break;
		}
		last = up->score;
	}
	while (top->up != NULL && top->up->tag != GUMBO_TAG_BODY &&
	       top->up->tag != GUMBO_TAG_HTML && elements(top->up) == 1)
		top = top->up;
	return top;
}

static bool
ends_sentence(const struct pnode *n)
{
	struct buf b = BUF_INIT(4096);
	bool yes;

	pnode_line(n, 4000, &b);
	yes = b.n > 0 && (b.p[b.n - 1] == '.' || strstr(buf_str(&b), ". ") != NULL);
	buf_clear(&b);
	return yes;
}

/* Does a neighbour of the top element belong to the article? */
static bool
belongs(struct pnode *n, const struct pnode *top, double least)
{
	struct span mine = pnode_attr(n, "class"), its = pnode_attr(top, "class");
	double bonus = mine.n > 0 && span_eq(mine, its) ? top->score * 0.2 : 0;
	const struct pcount *c;

	if (pnode_is_text(n))
		return false;
	if (n == top || (n->scored && n->score + bonus >= least))
		return true;
	if (n->tag != GUMBO_TAG_P)
		return false;
	c = pnode_count(n);
	return c->text > 80 ? pcount_links(c) < 0.25
			    : c->text > 0 && c->links == 0 && ends_sentence(n);
}

static struct pnode *
gather(struct ptree *t, struct pnode *top)
{
	struct pnode *article = pnode_new(t, GUMBO_TAG_DIV, NULL), *parent = top->up, *next;
	double least = top->score * 0.2 > 10 ? top->score * 0.2 : 10;

	if (article == NULL)
		return NULL;
	if (parent == NULL) {
		pnode_append(article, top);
		return article;
	}
	for (struct pnode *k = parent->first; k != NULL; k = next) {
		next = k->next;
		if (!belongs(k, top, least))
			continue;
		pnode_remove(k);
		if (!(k->tag == GUMBO_TAG_DIV || k->tag == GUMBO_TAG_ARTICLE ||
			k->tag == GUMBO_TAG_SECTION || k->tag == GUMBO_TAG_P ||
			k->tag == GUMBO_TAG_OL || k->tag == GUMBO_TAG_UL))
			pnode_rename(k, GUMBO_TAG_DIV);
		pnode_append(article, k);
	}
	return article;
}

static struct pnode *
find_body(const struct ptree *t)
{
	for (struct pnode *k = t->root == NULL ? NULL : t->root->first; k != NULL; k = k->next)
		if (k->tag == GUMBO_TAG_BODY)
			return k;
	return t->root;
}

struct pnode *
page_find(struct ptree *t, struct page_flags f, const char *title, struct buf *byline)
{
	struct pnodes paragraphs = { 0 }, candidates = { 0 };
	struct pnode *top[TOP], *best, *article = NULL;

	page_clear_away(t, f, title, byline, &paragraphs);
	for (size_t i = 0; i < paragraphs.n && !t->failed; i++)
		score_paragraph(t, paragraphs.v[i], f, &candidates);
	find_top(&candidates, top);
	best = top[0];
	if (best == NULL || best->tag == GUMBO_TAG_BODY) {
		best = find_body(t);
		article = pnode_new(t, GUMBO_TAG_DIV, NULL);
		while (article != NULL && best->first != NULL) {
			struct pnode *k = best->first;
			pnode_remove(k);
			pnode_append(article, k);
		}
	} else {
		article = gather(t, climb(common_roof(top), f));
	}
	free(paragraphs.v);
	free(candidates.v);
	return t->failed ? NULL : article;
}
