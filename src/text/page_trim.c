/*
 * What stands in an article's element and is none of it: forms, share buttons, lists of links to other
 * stories, boxes with much link and little text, layout tables' leftovers.
 */
#include "page.h"

/* The last element in document order before n within top, for walks that remove as they go. */
static struct pnode *
last_of(struct pnode *n)
{
	while (n->last != NULL)
		n = n->last;
	return n;
}

static struct pnode *
before(struct pnode *n, const struct pnode *top)
{
	if (n == top)
		return NULL;
	return n->prev != NULL ? last_of(n->prev) : n->up;
}

static void
remove_all(struct pnode *article, bool (*bad)(struct pnode *n))
{
	struct pnode *prev;

	for (struct pnode *n = last_of(article); n != NULL && n != article; n = prev) {
		prev = before(n, article);
		if (!pnode_is_text(n) && bad(n))
			pnode_remove(n);
	}
}

/* ---- tables ------------------------------------------------------------------------------------------------ */

static size_t
number(struct span s)
{
	size_t v = 0;

	for (size_t i = 0; i < s.n && i < 4 && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		v = v * 10 + (size_t)(s.p[i] - '0');
	return v;
}

/* A table of data, by what only those have, or by its size. */
static bool
holds_data(const struct pnode *table)
{
	size_t rows = 0, columns = 0;

	if (span_ieqs(pnode_attr(table, "role"), "presentation") ||
	    span_ieqs(pnode_attr(table, "datatable"), "0"))
		return false;
	if (pnode_attr(table, "summary").n > 0)
		return true;
	for (const struct pnode *n = pnode_next(table, table, false); n != NULL;
	     n = pnode_next(n, table, false)) {
		if (n->tag == GUMBO_TAG_COL || n->tag == GUMBO_TAG_COLGROUP ||
		    n->tag == GUMBO_TAG_TFOOT || n->tag == GUMBO_TAG_THEAD ||
		    n->tag == GUMBO_TAG_TH || (n->tag == GUMBO_TAG_CAPTION && n->first != NULL))
			return true;
		if (n->tag == GUMBO_TAG_TABLE)
			return false;
		if (n->tag == GUMBO_TAG_TR) {
			size_t wide = 0, span = number(pnode_attr(n, "rowspan"));
			rows += span > 0 ? span : 1;
			for (const struct pnode *td = n->first; td != NULL; td = td->next)
				if (td->tag == GUMBO_TAG_TD) {
					span = number(pnode_attr(td, "colspan"));
					wide += span > 0 ? span : 1;
				}
			columns = wide > columns ? wide : columns;
		}
	}
	if (rows == 1 || columns == 1)
		return false;
	return rows >= 10 || columns > 4 || rows * columns > 10;
}

static bool
in_data(const struct pnode *n)
{
	for (n = n->up; n != NULL; n = n->up)
		if ((n->tag == GUMBO_TAG_TABLE && n->data_table) || n->tag == GUMBO_TAG_CODE)
			return true;
	return false;
}

/* ---- by what an element holds --------------------------------------------------------------------------------- */

static bool
single_pictures(const struct pnode *list)
{
	size_t li = 0, img = 0;

	for (const struct pnode *k = list->first; k != NULL; k = k->next) {
		size_t parts = 0;
		for (const struct pnode *c = k->first; c != NULL; c = c->next)
			parts += !pnode_is_text(c);
		if (parts > 1)
			return false;
	}
	for (const struct pnode *k = pnode_next(list, list, false); k != NULL;
	     k = pnode_next(k, list, false)) {
		li += k->tag == GUMBO_TAG_LI;
		img += k->tag == GUMBO_TAG_IMG;
	}
	return li > 0 && li == img;
}

/* A table of data somewhere in it. */
static bool
has_data(const struct pnode *n, const struct pcount *c)
{
	if (c->tables == 0)
		return false;
	for (const struct pnode *k = pnode_next(n, n, false); k != NULL;
	     k = pnode_next(k, n, false))
		if (k->tag == GUMBO_TAG_TABLE && k->data_table)
			return true;
	return false;
}

/* Little prose and much else: Readability's rules for tables, lists and boxes. */
static bool
is_fishy(struct pnode *n, struct page_flags f)
{
	bool list = n->tag == GUMBO_TAG_UL || n->tag == GUMBO_TAG_OL, figure, bad = false;
	const struct pcount *c;
	double links, headings;
	int weight;

	if (in_data(n) || (n->tag == GUMBO_TAG_TABLE && n->data_table))
		return false;
	c = pnode_count(n);
	if (!list)
		list = c->text > 0 && (double)c->list_text / (double)c->text > 0.9;
	weight = f.weigh_names ? n->weight : 0;
	if (weight < 0)
		return true;
	if (c->commas >= 10)
		return false;
	if (n->tag != GUMBO_TAG_TABLE && has_data(n, c))
		return false;
	links = pcount_links(c);
	headings = c->text == 0 ? 0 : (double)c->heading_text / (double)c->text;
	figure = pnode_inside(n, GUMBO_TAG_FIGURE);
	if (!figure && c->img > 1 && (double)c->p / (double)c->img < 0.5)
		bad = true;
	else if (!list && c->li > c->p + 100)
		bad = true;
	else if (c->input > c->p / 3)
		bad = true;
	else if (!list && !figure && headings < 0.9 && c->text < 25 &&
		 (c->img == 0 || c->img > 2) && links > 0)
		bad = true;
	else if (!list && weight < 25 && links > 0.2)
		bad = true;
	else if (weight >= 25 && links > 0.5)
		bad = true;
	else if ((c->embed == 1 && c->text < 75) || c->embed > 1)
		bad = true;
	else if (c->img == 0 && c->textish_text == 0 && c->p == 0 && c->text < 25)
		bad = true;
	return bad && !(list && single_pictures(n));
}

static void
trim_tag(struct pnode *article, GumboTag tag, struct page_flags f)
{
	struct pnode *prev;

	if (!f.clean)
		return;
	for (struct pnode *n = last_of(article); n != NULL && n != article; n = prev) {
		prev = before(n, article);
		if (n->tag == tag && is_fishy(n, f))
			pnode_remove(n);
	}
}

/* ---- by what an element is ---------------------------------------------------------------------------------------- */

static bool
is_never_text(struct pnode *n)
{
	switch ((int)n->tag) {
	case GUMBO_TAG_OBJECT:
	case GUMBO_TAG_EMBED:
	case GUMBO_TAG_FOOTER:
	case GUMBO_TAG_LINK:
	case GUMBO_TAG_ASIDE:
	case GUMBO_TAG_NAV:
	case GUMBO_TAG_IFRAME:
	case GUMBO_TAG_INPUT:
	case GUMBO_TAG_TEXTAREA:
	case GUMBO_TAG_SELECT:
	case GUMBO_TAG_BUTTON: return true;
	default: return false;
	}
}

/* Share buttons, by name; a long text is none. */
static bool
is_extra(struct pnode *n)
{
	return (n->names & NAME_EXTRA) && pnode_count(n)->text < 500;
}

static bool
is_bad_heading(struct pnode *n)
{
	return (n->tag == GUMBO_TAG_H1 || n->tag == GUMBO_TAG_H2) && n->weight < 0;
}

/* The mark beside a heading by which its place is linked. */
static bool
is_anchor(struct pnode *n)
{
	return n->tag == GUMBO_TAG_A && n->inside && pnode_count(n)->text <= 1 &&
	       pnode_count(n)->img == 0 && n->up != NULL && pnode_heading(n->up);
}

/* "Read more: ..." and its like, a line of which a link is the larger part. */
static bool
is_pointer(struct pnode *n)
{
	static const char *const begins[] = { "read more", "read also", "also read", "see also",
		"related:", "more on this", "lesen sie auch", "lesen sie mehr", "mehr zum thema",
		"lire aussi", "\xC3\xA0 lire", "lee tambi\xC3\xA9n", "leer m\xC3\xA1s",
		"leggi anche", "leia tamb\xC3\xA9m", "lees ook" };
	const struct pcount *c;
	struct buf line = BUF_INIT(256);
	bool yes = false;

	if (n->tag != GUMBO_TAG_P && n->tag != GUMBO_TAG_DIV && n->tag != GUMBO_TAG_LI)
		return false;
	c = pnode_count(n);
	if (c->links == 0 || c->text > 200 || pcount_links(c) < 0.4)
		return false;
	pnode_line(n, 200, &line);
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]) && !yes; i++)
		yes = span_ifind(buf_span(&line), span_of(begins[i])) == 0;
	buf_clear(&line);
	return yes;
}

static bool
is_empty_p(struct pnode *n)
{
	const struct pcount *c;

	if (n->tag != GUMBO_TAG_P)
		return false;
	c = pnode_count(n);
	return c->text == 0 && c->img == 0;
}

void
page_trim(struct pnode *article, struct page_flags f)
{
	static const GumboTag later[] = { GUMBO_TAG_TABLE, GUMBO_TAG_UL, GUMBO_TAG_DIV };

	for (struct pnode *n = pnode_next(article, article, false); n != NULL;
	     n = pnode_next(n, article, false))
		if (n->tag == GUMBO_TAG_TABLE)
			n->data_table = holds_data(n);
	trim_tag(article, GUMBO_TAG_FORM, f);
	trim_tag(article, GUMBO_TAG_FIELDSET, f);
	remove_all(article, is_never_text);
	remove_all(article, is_extra);
	remove_all(article, is_bad_heading);
	remove_all(article, is_anchor);
	remove_all(article, is_pointer);
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		trim_tag(article, later[i], f);
	remove_all(article, is_empty_p);
}
