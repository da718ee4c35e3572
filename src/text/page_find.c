/*
 * Where in a page the article stands. Paragraphs give points to the elements around them, by length and
 * commas; names of classes and ids weigh in; links count against. The best element, its fellows and such
 * neighbours as read like prose make the article. The method is Readability's (Arc90, Mozilla).
 */
#include "page.h"

#include <stdlib.h>
#include <string.h>

#define WORDS(list) (list), sizeof(list) / sizeof((list)[0])

/* ---- what is left out at once --------------------------------------------------------------------------- */

static bool
is_hidden(const struct pnode *n)
{
	struct span style = pnode_attr(n, "style");

	if (pnode_attr(n, "hidden").p != NULL)
		return true;
	if (span_ieqs(pnode_attr(n, "aria-hidden"), "true"))
		return true;
	for (size_t at;
	     style.n > 0 && (at = span_ifind(style, SPAN_LIT("display"))) != (size_t)-1;) {
		struct span v = { style.p + at + 7, style.n - at - 7 };
		while (v.n > 0 && (v.p[0] == ' ' || v.p[0] == ':')) {
			v.p++;
			v.n--;
		}
		if (span_ifind((struct span){ v.p, v.n < 4 ? v.n : 4 }, SPAN_LIT("none")) == 0)
			return true;
		style = v;
	}
	return false;
}

/* Parts of a page by the names their authors give them. */
static bool
is_unlikely(const struct pnode *n, const char *names)
{
	static const char *const unlikely[] = { "-ad-", "ai2html", "banner", "breadcrumb", "combx",
		"comment", "community", "cover-wrap", "disqus", "extra", "footer", "gdpr", "header",
		"legends", "menu", "related", "remark", "replies", "rss", "shoutbox", "sidebar",
		"skyscraper", "social", "sponsor", "supplemental", "ad-break", "agegate",
		"pagination", "pager", "popup", "yom-remote", "cookie", "newsletter", "navigation",
		"teaser-list", "sharedaddy" };
	static const char *const maybe[] = { "and", "article", "body", "column", "content", "main",
		"mathjax", "shadow" };
	static const char *const roles[] = { "menu", "menubar", "complementary", "navigation",
		"alert", "alertdialog", "dialog" };
	struct span role = pnode_attr(n, "role");

	if (n->tag == GUMBO_TAG_BODY || n->tag == GUMBO_TAG_A || n->tag == GUMBO_TAG_HTML)
		return false;
	for (size_t i = 0; role.n > 0 && i < sizeof(roles) / sizeof(roles[0]); i++)
		if (span_ieqs(role, roles[i]))
			return true;
	return names[0] != '\0' && has_word(names, WORDS(unlikely)) &&
	       !has_word(names, WORDS(maybe)) && !pnode_inside(n, GUMBO_TAG_TABLE) &&
	       !pnode_inside(n, GUMBO_TAG_CODE);
}

static bool
is_byline(const struct pnode *n, const char *names)
{
	static const char *const words[] = { "byline", "author", "dateline", "writtenby",
		"p-author" };
	struct span prop = pnode_attr(n, "itemprop");

	return span_ieqs(pnode_attr(n, "rel"), "author") ||
	       (prop.n > 0 && span_ifind(prop, SPAN_LIT("author")) != (size_t)-1) ||
	       has_word(names, WORDS(words));
}

/* The name inside of a byline, else all of it; between 1 and 99 characters. */
static bool
take_byline(const struct pnode *n, struct buf *out)
{
	const struct pnode *name = NULL;

	for (const struct pnode *k = pnode_next(n, n, false); k != NULL && name == NULL;
	     k = pnode_next(k, n, false))
		if (span_ifind(pnode_attr(k, "itemprop"), SPAN_LIT("name")) != (size_t)-1 &&
		    pnode_attr(k, "itemprop").n > 0)
			name = k;
	buf_reset(out);
	pnode_line(name != NULL ? name : n, 2000, out);
	if (out->n > 0 && out->n < 100)
		return true;
	buf_reset(out);
	return false;
}

/* Do a heading and the title say the same? Share of the heading's letters that the title repeats, by words. */
static bool
repeats_title(const struct pnode *n, const char *title)
{
	struct buf head = BUF_INIT(4096);
	struct span rest, word;
	size_t all = 0, found = 0;

	if (title == NULL || title[0] == '\0')
		return false;
	pnode_line(n, 4000, &head);
	rest = buf_span(&head);
	while (span_cut(&rest, ' ', &word)) {
		all += word.n;
		if (word.n > 0 && span_ifind(span_of(title), word) != (size_t)-1)
			found += word.n;
	}
	buf_clear(&head);
	return all > 0 && (double)found / (double)all > 0.75 && all * 2 > strlen(title);
}

/* ---- paragraphs -------------------------------------------------------------------------------------------- */

/* Runs of text and inline elements right inside of a div become paragraphs. */
static void
wrap_phrases(struct ptree *t, struct pnode *div)
{
	struct pnode *p = NULL, *next;

	for (struct pnode *k = div->first; k != NULL; k = next) {
		next = k->next;
		if (!pnode_phrasing(k)) {
			p = NULL;
			continue;
		}
		if (p == NULL && (pnode_is_blank(k) || k->tag == GUMBO_TAG_BR))
			continue;
		if (p == NULL) {
			p = pnode_new(t, GUMBO_TAG_P, NULL);
			if (p == NULL)
				return;
			pnode_replace(k, p);
		}
		pnode_remove(k);
		pnode_append(p, k);
	}
}

static struct pnode *
only_element(const struct pnode *n)
{
	struct pnode *only = NULL;

	for (struct pnode *k = n->first; k != NULL; k = k->next) {
		if (pnode_is_text(k)) {
			if (!pnode_is_blank(k))
				return NULL;
			continue;
		}
		if (only != NULL)
			return NULL;
		only = k;
	}
	return only;
}

static bool
has_block(const struct pnode *n)
{
	for (const struct pnode *k = pnode_next(n, n, false); k != NULL;
	     k = pnode_next(k, n, false))
		switch ((int)k->tag) {
		case GUMBO_TAG_BLOCKQUOTE:
		case GUMBO_TAG_DL:
		case GUMBO_TAG_DIV:
		case GUMBO_TAG_IMG:
		case GUMBO_TAG_OL:
		case GUMBO_TAG_P:
		case GUMBO_TAG_PRE:
		case GUMBO_TAG_TABLE:
		case GUMBO_TAG_UL: return true;
		default: break;
		}
	return false;
}

static bool
is_scored_tag(GumboTag tag)
{
	return tag == GUMBO_TAG_SECTION || (tag >= GUMBO_TAG_H2 && tag <= GUMBO_TAG_H6) ||
	       tag == GUMBO_TAG_P || tag == GUMBO_TAG_TD || tag == GUMBO_TAG_PRE;
}

/* Nothing in it but blanks, br and hr. */
static bool
is_empty(const struct pnode *n)
{
	for (const struct pnode *k = n->first; k != NULL; k = k->next)
		if (!pnode_is_blank(k) && k->tag != GUMBO_TAG_BR && k->tag != GUMBO_TAG_HR)
			return false;
	return true;
}

struct list {
	struct pnode **v;
	size_t n, size;
};

static void
list_add(struct ptree *t, struct list *l, struct pnode *n)
{
	if (l->n == l->size) {
		size_t size = l->size == 0 ? 256 : l->size * 2;
		struct pnode **v = realloc(l->v, size * sizeof(*v));
		if (v == NULL) {
			t->failed = true;
			return;
		}
		l->v = v;
		l->size = size;
	}
	l->v[l->n++] = n;
}

/* The header around the story's title goes, but it is where its author is named. */
static void
byline_inside(const struct pnode *header, struct buf *byline)
{
	const struct pnode *author = NULL;
	bool title = false;

	for (const struct pnode *n = header; n != NULL; n = pnode_next(n, header, false)) {
		title = title || n->tag == GUMBO_TAG_H1;
		if (author == NULL && !pnode_is_text(n) &&
		    span_ieqs(pnode_attr(n, "rel"), "author"))
			author = n;
	}
	if (byline->n == 0 && title && author != NULL)
		(void)take_byline(author, byline);
}

/* Hidden, the byline, a heading that repeats the title, or no part of an article by its name. */
static bool
goes_at_once(const struct pnode *n, struct page_flags f, const char *names, const char *title,
    bool *title_gone, struct buf *byline)
{
	if (is_hidden(n))
		return true;
	if (byline->n == 0 && is_byline(n, names) && take_byline(n, byline))
		return true;
	if (!*title_gone && (n->tag == GUMBO_TAG_H1 || n->tag == GUMBO_TAG_H2)) {
		*title_gone = repeats_title(n, title);
		if (*title_gone)
			return true;
	}
	if (!f.strip_unlikely || !is_unlikely(n, names))
		return false;
	byline_inside(n, byline);
	return true;
}

/* One element in document order. Returns the next one to look at. */
static struct pnode *
look_at(struct ptree *t, struct pnode *n, struct page_flags f, const char *title, bool *title_gone,
    struct buf *byline, struct list *paragraphs)
{
	char names[NAMES_MOST];
	struct pnode *after = pnode_next(n, t->root, true);

	pnode_names(n, names);
	if (goes_at_once(n, f, names, title, title_gone, byline)) {
		pnode_remove(n);
		return after;
	}
	if ((n->tag == GUMBO_TAG_DIV || n->tag == GUMBO_TAG_SECTION || n->tag == GUMBO_TAG_HEADER ||
		pnode_heading(n)) &&
	    is_empty(n)) {
		pnode_remove(n);
		return after;
	}
	if (is_scored_tag(n->tag))
		list_add(t, paragraphs, n);
	if (n->tag == GUMBO_TAG_DIV) {
		struct pnode *only;
		struct pcount c;
		wrap_phrases(t, n);
		only = only_element(n);
		if (only != NULL && only->tag == GUMBO_TAG_P &&
		    (c = pnode_count(n), pcount_links(&c) < 0.25)) {
			pnode_replace(n, only);
			list_add(t, paragraphs, only);
			return pnode_next(only, t->root, false);
		}
		if (!has_block(n)) {
			n->tag = GUMBO_TAG_P;
			list_add(t, paragraphs, n);
		}
	}
	return pnode_next(n, t->root, false);
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
	return s + (f.weigh_names ? pnode_weight(n) : 0);
}

static void
score_paragraph(struct ptree *t, struct pnode *p, struct page_flags f, struct list *candidates)
{
	struct pcount c;
	double points;
	int level = 0;

	if (p->up == NULL)
		return;
	c = pnode_count(p);
	if (c.text < 25)
		return;
	size_t hundreds = c.text >= 300 ? 3 : c.text / 100;

	points = 1 + (double)(c.commas + 1) + (double)hundreds;
	for (struct pnode *up = p->up; up != NULL && up->tag != GUMBO_TAG_HTML && level < 5;
	     up = up->up, level++) {
		if (!up->scored) {
			up->scored = true;
			up->score = base_score(up, f);
			list_add(t, candidates, up);
		}
		up->score += points / (level == 0 ? 1 : level == 1 ? 2 : level * 3);
	}
}

#define TOP 5

static void
find_top(const struct list *candidates, struct pnode *top[TOP])
{
	memset(top, 0, TOP * sizeof(*top));
	for (size_t i = 0; i < candidates->n; i++) {
		struct pnode *n = candidates->v[i];
		struct pcount c = pnode_count(n);
		n->score *= 1 - pcount_links(&c);
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
belongs(const struct pnode *n, const struct pnode *top, double least)
{
	struct span mine = pnode_attr(n, "class"), its = pnode_attr(top, "class");
	double bonus = mine.n > 0 && span_eq(mine, its) ? top->score * 0.2 : 0;
	struct pcount c;

	if (pnode_is_text(n))
		return false;
	if (n == top || (n->scored && n->score + bonus >= least))
		return true;
	if (n->tag != GUMBO_TAG_P)
		return false;
	c = pnode_count(n);
	return c.text > 80 ? pcount_links(&c) < 0.25
			   : c.text > 0 && c.links == 0 && ends_sentence(n);
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
			k->tag = GUMBO_TAG_DIV;
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
	struct list paragraphs = { 0 }, candidates = { 0 };
	struct pnode *top[TOP], *best, *article = NULL;
	bool title_gone = false;

	for (struct pnode *n = t->root; n != NULL && !t->failed;) {
		if (pnode_is_text(n) || n == t->root)
			n = pnode_next(n, t->root, false);
		else if (n->tag == GUMBO_TAG_HEAD)
			n = pnode_next(n, t->root, true);
		else
			n = look_at(t, n, f, title, &title_gone, byline, &paragraphs);
	}
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
