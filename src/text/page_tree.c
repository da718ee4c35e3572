/*
 * A page as a tree of our own, because the search for an article moves and removes nodes, and counts
 * what they hold.
 */
#include "page.h"

#include <stdlib.h>
#include <string.h>

#define NODES_MOST 400000
#define BLOCK_NODES 512

struct pblock {
	struct pblock *next;
	size_t used;
	struct pnode v[BLOCK_NODES];
};

struct pnode *
pnode_new(struct ptree *t, GumboTag tag, const GumboNode *g)
{
	struct pblock *b = t->blocks;
	struct pnode *n;

	if (b == NULL || b->used == BLOCK_NODES) {
		b = t->n_nodes >= NODES_MOST ? NULL : calloc(1, sizeof(*b));
		if (b == NULL) {
			t->failed = true;
			return NULL;
		}
		b->next = t->blocks;
		t->blocks = b;
	}
	n = &b->v[b->used++];
	t->n_nodes++;
	n->tag = tag;
	n->g = g;
	return n;
}

void
pnode_append(struct pnode *up, struct pnode *n)
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
pnode_remove(struct pnode *n)
{
	if (n->up == NULL)
		return;
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

static void
copy_children(struct ptree *t, struct pnode *to, const GumboNode *from, unsigned depth)
{
	const GumboVector *v = html_children(from);

	for (unsigned i = 0; i < v->length && depth < 4 * HTML_DEPTH; i++) {
		const GumboNode *g = v->data[i];
		struct pnode *n;
		bool element = html_is_element(g);

		if (g->type == GUMBO_NODE_COMMENT || (element && is_dropped(g->v.element.tag)))
			continue;
		n = pnode_new(t, element ? g->v.element.tag : GUMBO_TAG_LAST, element ? g : NULL);
		if (n == NULL)
			return;
		if (!element)
			n->text = span_of(g->v.text.text);
		pnode_append(to, n);
		if (element)
			copy_children(t, n, g, depth + 1);
	}
}

bool
ptree_build(const struct html_tree *html, struct ptree *out)
{
	*out = (struct ptree){ 0 };
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
	return pnode_is_text(n) && span_trim(n->text).n == 0;
}

struct span
pnode_attr(const struct pnode *n, const char *name)
{
	return n->g == NULL ? (struct span){ 0 } : html_attr(n->g, name);
}

const char *
pnode_names(const struct pnode *n, char out[NAMES_MOST])
{
	struct span parts[2] = { pnode_attr(n, "class"), pnode_attr(n, "id") };
	size_t at = 0;

	for (int k = 0; k < 2; k++) {
		for (size_t i = 0; i < parts[k].n && at + 2 < NAMES_MOST; i++) {
			char c = parts[k].p[i];
			out[at++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
		}
		if (k == 0)
			out[at++] = ' ';
	}
	out[at] = '\0';
	return out;
}

bool
has_word(const char *names, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(names, words[i]) != NULL)
			return true;
	return false;
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

/* ---- counting ------------------------------------------------------------------------------------------- */

static bool
is_comma(uint32_t cp)
{
	return cp == ',' || cp == 0x060C || cp == 0x3001 || cp == 0xFF0C || cp == 0xFE50 ||
	       cp == 0xFE10 || cp == 0xFE11 || cp == 0x2E41 || cp == 0x2E34 || cp == 0x2E32;
}

/* Characters of a text with runs of blanks as one, and its commas. */
static size_t
measure(struct span s, size_t *commas)
{
	size_t n = 0, len;
	bool blank = true;

	for (size_t i = 0; i < s.n; i += len) {
		unsigned char c = (unsigned char)s.p[i];
		len = 1;
		if (c == ' ' || (c >= 9 && c <= 13)) {
			n += !blank;
			blank = true;
			continue;
		}
		blank = false;
		n++;
		if (c < 0x80)
			*commas += c == ',';
		else
			*commas += is_comma(utf8_decode(s.p + i, s.n - i, &len));
	}
	return n;
}

struct walk_state {
	int link, list, heading, textish;
	bool inner;
};

static bool
is_textish(GumboTag tag)
{
	switch ((int)tag) {
	case GUMBO_TAG_SPAN:
	case GUMBO_TAG_LI:
	case GUMBO_TAG_TD:
	case GUMBO_TAG_BLOCKQUOTE:
	case GUMBO_TAG_DL:
	case GUMBO_TAG_DIV:
	case GUMBO_TAG_IMG:
	case GUMBO_TAG_OL:
	case GUMBO_TAG_P:
	case GUMBO_TAG_PRE:
	case GUMBO_TAG_TABLE:
	case GUMBO_TAG_UL: return true;
	default: return false;
	}
}

static void
count_node(const struct pnode *n, struct walk_state s, struct pcount *c, bool top)
{
	if (pnode_is_text(n)) {
		size_t len = measure(n->text, &c->commas);
		c->text += len;
		c->link_text += s.link ? len : 0;
		c->link_weight += s.link == 1 ? (double)len : s.link ? 0.3 * (double)len : 0;
		c->list_text += s.list ? len : 0;
		c->heading_text += s.heading ? len : 0;
		c->textish_text += s.textish ? len : 0;
		return;
	}
	if (!top) {
		c->p += n->tag == GUMBO_TAG_P;
		c->img += n->tag == GUMBO_TAG_IMG;
		c->li += n->tag == GUMBO_TAG_LI;
		c->input += n->tag == GUMBO_TAG_INPUT;
		c->embed += n->tag == GUMBO_TAG_OBJECT || n->tag == GUMBO_TAG_EMBED ||
			    n->tag == GUMBO_TAG_IFRAME;
		s.textish |= is_textish(n->tag);
		s.list |= n->tag == GUMBO_TAG_UL || n->tag == GUMBO_TAG_OL;
		s.heading |= pnode_heading(n);
	}
	if (n->tag == GUMBO_TAG_A) {
		struct span href = pnode_attr(n, "href");
		c->links++;
		s.link = href.n > 1 && href.p[0] == '#' ? 2 : 1;
	}
	for (const struct pnode *k = n->first; k != NULL; k = k->next)
		count_node(k, s, c, false);
}

struct pcount
pnode_count(const struct pnode *n)
{
	struct pcount c = { 0 };

	count_node(n, (struct walk_state){ 0 }, &c, true);
	return c;
}

double
pcount_links(const struct pcount *c)
{
	return c->text == 0 ? 0 : c->link_weight / (double)c->text;
}

int
pnode_weight(const struct pnode *n)
{
	static const char *const good[] = { "article", "body", "content", "entry", "main", "page",
		"post", "text", "blog", "story" };
	static const char *const bad[] = { "-ad-", "hidden", " hid", "banner", "combx", "comment",
		"com-", "contact", "footer", "gdpr", "masthead", "media", "meta", "outbrain",
		"promo", "related", "scroll", "share", "shoutbox", "sidebar", "skyscraper",
		"sponsor", "shopping", "tags", "widget" };
	struct span parts[2] = { pnode_attr(n, "class"), pnode_attr(n, "id") };
	int weight = 0;

	for (int k = 0; k < 2; k++) {
		char low[NAMES_MOST];
		size_t i = 0;
		for (; i < parts[k].n && i + 1 < sizeof(low); i++)
			low[i] =
			    (char)(parts[k].p[i] >= 'A' && parts[k].p[i] <= 'Z' ? parts[k].p[i] + 32
										: parts[k].p[i]);
		low[i] = '\0';
		if (i == 0)
			continue;
		weight -= has_word(low, bad, sizeof(bad) / sizeof(bad[0])) ? 25 : 0;
		weight += has_word(low, good, sizeof(good) / sizeof(good[0])) ? 25 : 0;
	}
	return weight;
}

/* ---- text -------------------------------------------------------------------------------------------------- */

static void
text_of(const struct pnode *n, struct buf *out, int *gap)
{
	bool block = !pnode_is_text(n) && html_is_block(n->tag);

	if (pnode_is_text(n)) {
		for (size_t i = 0; i < n->text.n;) {
			size_t from = i;
			while (i < n->text.n && strchr(" \t\r\n\f", n->text.p[i]) != NULL &&
			       n->text.p[i] != '\0')
				i++;
			if (i > from && *gap < 1)
				*gap = 1;
			for (from = i;
			     i < n->text.n &&
			     (strchr(" \t\r\n\f", n->text.p[i]) == NULL || n->text.p[i] == '\0');
			     i++)
				;
			if (i > from) {
				if (out->n > 0)
					buf_adds(out, *gap == 3   ? "\n\n"
						      : *gap == 2 ? "\n"
						      : *gap == 1 ? " "
								  : "");
				*gap = 0;
				buf_add(out, n->text.p + from, i - from);
			}
		}
		return;
	}
	if (n->tag == GUMBO_TAG_BR && *gap < 2)
		*gap = 2;
	if (block)
		*gap = 3;
	for (const struct pnode *k = n->first; k != NULL; k = k->next)
		text_of(k, out, gap);
	if (block)
		*gap = 3;
}

void
pnode_text(const struct pnode *n, struct buf *out)
{
	int gap = 0;

	text_of(n, out, &gap);
}

void
pnode_line(const struct pnode *n, size_t most, struct buf *out)
{
	struct buf text = BUF_INIT(most);

	pnode_text(n, &text);
	text.rc = WRAP_OK;
	utf8_line(buf_span(&text), out);
	buf_clear(&text);
}
