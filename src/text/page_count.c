/* What a part of a page holds: how much text, links and lists, what its names say, the text itself. */
#include "page.h"

#include <string.h>

/* ---- counting ------------------------------------------------------------------------------------------- */

static bool
is_comma(uint32_t cp)
{
	return cp == ',' || cp == 0x060C || cp == 0x3001 || cp == 0xFF0C || cp == 0xFE50 ||
	       cp == 0xFE10 || cp == 0xFE11 || cp == 0x2E41 || cp == 0x2E34 || cp == 0x2E32;
}

void
pnode_measure(struct pnode *n)
{
	struct span s = n->text;
	bool blank = true;
	size_t len;

	for (size_t i = 0; i < s.n; i += len) {
		unsigned char c = (unsigned char)s.p[i];
		len = 1;
		if (c == ' ' || (c >= 9 && c <= 13)) {
			n->length += !blank;
			blank = true;
			continue;
		}
		blank = false;
		n->length++;
		if (c < 0x80)
			n->commas += c == ',';
		else
			n->commas += is_comma(utf8_decode(s.p + i, s.n - i, &len));
	}
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
		size_t len = n->length;
		c->commas += n->commas;
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

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void
text_of(const struct pnode *n, struct buf *out, int *gap)
{
	bool block = !pnode_is_text(n) && html_is_block(n->tag);

	if (pnode_is_text(n)) {
		for (size_t i = 0; i < n->text.n;) {
			size_t from = i;
			while (i < n->text.n && is_blank(n->text.p[i]))
				i++;
			if (i > from && *gap < 1)
				*gap = 1;
			for (from = i; i < n->text.n && !is_blank(n->text.p[i]); i++)
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
