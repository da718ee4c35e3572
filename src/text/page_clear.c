/*
 * The first pass over a page: what is hidden, what by its name is no part of an article, the byline and the
 * heading that repeats the title go out of the tree; text that stands bare in a div becomes paragraphs.
 */
#include "page.h"

#include <string.h>

/* ---- what is left out at once --------------------------------------------------------------------------- */

/* Parts of a page by the names and roles their authors give them. */
static bool
is_unlikely(const struct pnode *n)
{
	if (n->tag == GUMBO_TAG_BODY || n->tag == GUMBO_TAG_A || n->tag == GUMBO_TAG_HTML)
		return false;
	return n->aside ||
	       ((n->names & (NAME_UNLIKELY | NAME_MAYBE)) == NAME_UNLIKELY &&
		   !pnode_inside(n, GUMBO_TAG_TABLE) && !pnode_inside(n, GUMBO_TAG_CODE));
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

/* The header around the story's title goes, but it is where its author is named. */
static void
byline_inside(const struct pnode *header, struct buf *byline)
{
	const struct pnode *author = NULL, *named = NULL;
	bool title = false;

	for (const struct pnode *n = header; n != NULL; n = pnode_next(n, header, false)) {
		title = title || n->tag == GUMBO_TAG_H1;
		if (author == NULL && !pnode_is_text(n) &&
		    span_ieqs(pnode_attr(n, "rel"), "author"))
			author = n;
		/* hAtom's way, of every WordPress theme */
		if (named == NULL && (n->names & NAME_BYLINE) &&
		    span_ifind(pnode_attr(n, "class"), SPAN_LIT("vcard")) != (size_t)-1)
			named = n;
	}
	author = author != NULL ? author : named;
	if (byline->n == 0 && title && author != NULL)
		(void)take_byline(author, byline);
}

/* Hidden, the byline, a heading that repeats the title, or no part of an article by its name. */
static bool
goes_at_once(const struct pnode *n, struct page_flags f, const char *title, bool *title_gone,
    struct buf *byline)
{
	if (n->hidden)
		return true;
	if (byline->n == 0 && (n->author || (n->names & NAME_BYLINE)) && take_byline(n, byline))
		return true;
	if (!*title_gone && (n->tag == GUMBO_TAG_H1 || n->tag == GUMBO_TAG_H2)) {
		*title_gone = repeats_title(n, title);
		if (*title_gone)
			return true;
	}
	if (!f.strip_unlikely || !is_unlikely(n))
		return false;
	byline_inside(n, byline);
	return true;
}

/* One element in document order. Returns the next one to look at. */
static struct pnode *
look_at(struct ptree *t, struct pnode *n, struct page_flags f, const char *title, bool *title_gone,
    struct buf *byline, struct pnodes *paragraphs)
{
	struct pnode *after = pnode_next(n, t->root, true);

	if (goes_at_once(n, f, title, title_gone, byline)) {
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
		pnodes_add(t, paragraphs, n);
	if (n->tag == GUMBO_TAG_DIV) {
		struct pnode *only;
		wrap_phrases(t, n);
		only = only_element(n);
		if (only != NULL && only->tag == GUMBO_TAG_P &&
		    pcount_links(pnode_count(n)) < 0.25) {
			pnode_replace(n, only);
			pnodes_add(t, paragraphs, only);
			return pnode_next(only, t->root, false);
		}
		if (pnode_count(n)->blocks == 0) {
			pnode_rename(n, GUMBO_TAG_P);
			pnodes_add(t, paragraphs, n);
		}
	}
	return pnode_next(n, t->root, false);
}

void
page_clear_away(struct ptree *t, struct page_flags f, const char *title, struct buf *byline,
    struct pnodes *paragraphs)
{
	bool title_gone = false;

	for (struct pnode *n = t->root; n != NULL && !t->failed;) {
		if (pnode_is_text(n) || n == t->root)
			n = pnode_next(n, t->root, false);
		else if (n->tag == GUMBO_TAG_HEAD)
			n = pnode_next(n, t->root, true);
		else
			n = look_at(t, n, f, title, &title_gone, byline, paragraphs);
	}
}
