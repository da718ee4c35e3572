/*
 * What a part of a page holds: how much text, links and lists. Each element's count is made out of those of its
 * children and kept until something in it changes, for it is asked for again at every step of the search.
 */
#include "page.h"

#include <string.h>

/* A comma that is no ASCII, at p; the text ends with NUL and is UTF-8. */
static bool
is_comma(const char *p)
{
	static const char *const commas[] = { "\xD8\x8C", "\xE3\x80\x81", "\xEF\xBC\x8C",
		"\xEF\xB9\x90", "\xEF\xB8\x90", "\xEF\xB8\x91", "\xE2\xB9\x81", "\xE2\xB8\xB4",
		"\xE2\xB8\xB2" };

	for (size_t i = 0; i < sizeof(commas) / sizeof(commas[0]); i++)
		if (strncmp(p, commas[i], strlen(commas[i])) == 0)
			return true;
	return false;
}

void
pnode_measure(struct pnode *n, const char *p)
{
	const char *from = p;
	bool blank = true;

	for (; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;
		if (c == ' ' || (c >= 9 && c <= 13)) {
			n->length += !blank;
			blank = true;
		} else if (c < 0x80) {
			blank = false;
			n->length++;
			n->commas += c == ',';
		} else if (c >= 0xC0) { /* the first byte of a character */
			blank = false;
			n->length++;
			n->commas +=
			    (c == 0xE2 || c == 0xE3 || c == 0xEF || c == 0xD8) && is_comma(p);
		}
	}
	n->text = (struct span){ from, (size_t)(p - from) };
}

static bool
is_list(const struct pnode *n)
{
	return n->tag == GUMBO_TAG_UL || n->tag == GUMBO_TAG_OL;
}

static bool
is_block(GumboTag tag)
{
	switch ((int)tag) {
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

static bool
is_textish(GumboTag tag)
{
	return is_block(tag) || tag == GUMBO_TAG_SPAN || tag == GUMBO_TAG_LI || tag == GUMBO_TAG_TD;
}

static void
add_child(struct pcount *c, struct pnode *k)
{
	const struct pcount *in;

	if (pnode_is_text(k)) {
		c->text += k->length;
		c->commas += k->commas;
		return;
	}
	in = pnode_count(k);
	c->text += in->text;
	c->commas += in->commas;
	c->list_text += is_list(k) ? in->text : in->list_text;
	c->heading_text += pnode_heading(k) ? in->text : in->heading_text;
	c->textish_text += is_textish(k->tag) ? in->text : in->textish_text;
	c->link_text += in->link_text;
	c->inside_text += in->inside_text;
	c->p += in->p + (k->tag == GUMBO_TAG_P);
	c->img += in->img + (k->tag == GUMBO_TAG_IMG);
	c->li += in->li + (k->tag == GUMBO_TAG_LI);
	c->input += in->input + (k->tag == GUMBO_TAG_INPUT);
	c->embed += in->embed + (k->tag == GUMBO_TAG_OBJECT || k->tag == GUMBO_TAG_EMBED ||
				    k->tag == GUMBO_TAG_IFRAME);
	c->tables += in->tables + (k->tag == GUMBO_TAG_TABLE);
	c->blocks += in->blocks + is_block(k->tag);
	c->links += in->links;
}

const struct pcount *
pnode_count(struct pnode *n)
{
	struct pcount *c = n->count;

	if (n->counted)
		return c;
	*c = (struct pcount){ .links = n->tag == GUMBO_TAG_A };
	for (struct pnode *k = n->first; k != NULL; k = k->next)
		add_child(c, k);
	/* All of a link's text is its own but that of links in it. */
	if (n->tag == GUMBO_TAG_A && n->inside)
		c->inside_text = c->text - c->link_text;
	else if (n->tag == GUMBO_TAG_A)
		c->link_text = c->text - c->inside_text;
	n->counted = true;
	return c;
}

double
pcount_links(const struct pcount *c)
{
	return c->text == 0
		   ? 0
		   : ((double)c->link_text + 0.3 * (double)c->inside_text) / (double)c->text;
}
