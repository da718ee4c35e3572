/*
 * What the attributes of an element say of it, above all the words that authors and their programs put into
 * classes and ids. A page has thousands of these, so all words are looked for in one pass.
 */
#include "page.h"

#include <string.h>

/* Lower case; a blank stands for the begin or end of class or id. */
static const struct {
	const char *word;
	uint16_t says;
} words[] = {
	{ "-ad-", NAME_UNLIKELY | NAME_BAD },
	{ "ai2html", NAME_UNLIKELY },
	{ "banner", NAME_UNLIKELY | NAME_BAD },
	{ "breadcrumb", NAME_UNLIKELY | NAME_EXTRA },
	{ "combx", NAME_UNLIKELY | NAME_BAD },
	{ "comment", NAME_UNLIKELY | NAME_BAD },
	{ "community", NAME_UNLIKELY },
	{ "cover-wrap", NAME_UNLIKELY },
	{ "disqus", NAME_UNLIKELY },
	{ "extra", NAME_UNLIKELY },
	{ "footer", NAME_UNLIKELY | NAME_BAD },
	{ "gdpr", NAME_UNLIKELY | NAME_BAD },
	{ "header", NAME_UNLIKELY },
	{ "legends", NAME_UNLIKELY },
	{ "menu", NAME_UNLIKELY },
	{ "related", NAME_UNLIKELY | NAME_BAD | NAME_EXTRA },
	{ "remark", NAME_UNLIKELY },
	{ "replies", NAME_UNLIKELY },
	{ "rss", NAME_UNLIKELY },
	{ "shoutbox", NAME_UNLIKELY | NAME_BAD },
	{ "sidebar", NAME_UNLIKELY | NAME_BAD },
	{ "skyscraper", NAME_UNLIKELY | NAME_BAD },
	{ "social", NAME_UNLIKELY | NAME_EXTRA },
	{ "sponsor", NAME_UNLIKELY | NAME_BAD },
	{ "supplemental", NAME_UNLIKELY },
	{ "ad-break", NAME_UNLIKELY },
	{ "agegate", NAME_UNLIKELY },
	{ "pagination", NAME_UNLIKELY | NAME_EXTRA },
	{ "pager", NAME_UNLIKELY },
	{ "popup", NAME_UNLIKELY },
	{ "yom-remote", NAME_UNLIKELY },
	{ "cookie", NAME_UNLIKELY },
	{ "consent", NAME_UNLIKELY },
	{ "onetrust", NAME_UNLIKELY },
	{ "cc-window", NAME_UNLIKELY },
	{ "qc-cmp", NAME_UNLIKELY },
	{ "newsletter", NAME_UNLIKELY | NAME_EXTRA },
	{ "navigation", NAME_UNLIKELY | NAME_EXTRA },
	{ "teaser-list", NAME_UNLIKELY },
	{ "sharedaddy", NAME_UNLIKELY | NAME_EXTRA },
	{ "and", NAME_MAYBE },
	{ "article", NAME_MAYBE | NAME_GOOD },
	{ "body", NAME_MAYBE | NAME_GOOD },
	{ "column", NAME_MAYBE },
	{ "content", NAME_MAYBE | NAME_GOOD },
	{ "main", NAME_MAYBE | NAME_GOOD },
	{ "mathjax", NAME_MAYBE },
	{ "shadow", NAME_MAYBE },
	{ "byline", NAME_BYLINE },
	{ "author", NAME_BYLINE },
	{ "dateline", NAME_BYLINE },
	{ "writtenby", NAME_BYLINE },
	{ "entry", NAME_GOOD },
	{ "page", NAME_GOOD },
	{ "post", NAME_GOOD },
	{ "text", NAME_GOOD },
	{ "blog", NAME_GOOD },
	{ "story", NAME_GOOD },
	{ "hidden", NAME_BAD },
	{ " hid", NAME_BAD },
	{ "com-", NAME_BAD },
	{ "contact", NAME_BAD },
	{ "masthead", NAME_BAD },
	{ "media", NAME_BAD },
	{ "meta", NAME_BAD },
	{ "outbrain", NAME_BAD | NAME_EXTRA },
	{ "promo", NAME_BAD },
	{ "scroll", NAME_BAD },
	{ "share", NAME_BAD },
	{ "shopping", NAME_BAD },
	{ "tags", NAME_BAD },
	{ "widget", NAME_BAD },
	{ " share", NAME_EXTRA },
	{ "share ", NAME_EXTRA },
	{ "share-", NAME_EXTRA },
	{ "-share", NAME_EXTRA },
	{ "_share", NAME_EXTRA },
	{ "sharing", NAME_EXTRA },
	{ "addtoany", NAME_EXTRA },
	{ "subscribe", NAME_EXTRA },
	{ "recommend", NAME_EXTRA },
	{ "taboola", NAME_EXTRA },
	{ "jp-", NAME_EXTRA },
	{ "post-tags", NAME_EXTRA },
	{ "tag-list", NAME_EXTRA },
	{ "postmeta", NAME_EXTRA },
	{ "post-meta", NAME_EXTRA },
	{ "entry-meta", NAME_EXTRA },
	{ "metadata", NAME_EXTRA },
	{ "__meta", NAME_EXTRA },
	{ "paywall", NAME_EXTRA },
	{ "author-bio", NAME_EXTRA },
	{ "author-box", NAME_EXTRA },
	{ "authorbox", NAME_EXTRA },
	{ "comment-", NAME_EXTRA },
	{ "comments", NAME_EXTRA },
	{ "respond", NAME_EXTRA },
	{ "post-nav", NAME_EXTRA },
	{ "nav-links", NAME_EXTRA },
	{ "print-", NAME_EXTRA },
	{ "-print", NAME_EXTRA },
	{ "teaser", NAME_EXTRA },
	{ "readmore", NAME_EXTRA },
	{ "read-more", NAME_EXTRA },
};
#define N_WORDS (sizeof(words) / sizeof(words[0]))
_Static_assert(N_WORDS < NAME_WORDS_MOST, "numbers of words are counted from 1");

void
name_index_init(struct name_index *x)
{
	memset(x, 0, sizeof(*x));
	for (size_t i = N_WORDS; i-- > 0;) {
		unsigned char c = (unsigned char)words[i].word[0];
		x->next[i] = x->first[c];
		x->first[c] = (uint8_t)(i + 1);
	}
}

/* Class and id, a blank around each, in lower case; either is cut at half of the room. */
#define NAMES_MOST 512
static size_t
lower(struct span s, char *out, size_t at)
{
	for (size_t i = 0; i < s.n && i < NAMES_MOST / 2 - 2; i++) {
		char c = s.p[i];
		out[at++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	return at;
}

static void
read_names(struct pnode *n, struct span class, struct span id, const struct name_index *x)
{
	char names[NAMES_MOST];
	size_t half = lower(class, names, 0), len;
	unsigned says[2] = { 0, 0 }; /* each by itself */

	names[half] = ' ';
	len = lower(id, names, half + 1);
	names[len] = '\0';
	for (size_t at = 0; at < len; at++) {
		unsigned char c = (unsigned char)names[at];
		for (size_t w = c < 128 ? x->first[c] : 0; w != 0; w = x->next[w - 1]) {
			const char *word = words[w - 1].word;
			size_t k = 1;
			while (word[k] != '\0' && word[k] == names[at + k])
				k++;
			if (word[k] != '\0')
				continue;
			n->names |= words[w - 1].says;
			if (at + k <= half)
				says[0] |= words[w - 1].says;
			else if (at > half)
				says[1] |= words[w - 1].says;
		}
	}
	for (size_t i = 0; i < 2; i++)
		n->weight = (int8_t)(n->weight + ((says[i] & NAME_GOOD) ? 25 : 0) -
				     ((says[i] & NAME_BAD) ? 25 : 0));
}

/* "display: none" in a style. */
static bool
is_undisplayed(struct span style)
{
	size_t at;

	while (style.n > 0 && (at = span_ifind(style, SPAN_LIT("display"))) != (size_t)-1) {
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

static bool
is_role_aside(struct span role)
{
	static const char *const roles[] = { "menu", "menubar", "complementary", "navigation",
		"alert", "alertdialog", "dialog" };

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (span_ieqs(role, roles[i]))
			return true;
	return false;
}

void
pnode_read_attributes(struct pnode *n, const struct name_index *x)
{
	const GumboVector *v = &n->g->v.element.attributes;
	struct span class = { 0 }, id = { 0 };

	for (unsigned i = 0; i < v->length; i++) {
		const GumboAttribute *a = v->data[i];
		struct span value = span_of(a->value);
		switch (a->name[0]) {
		case 'a':
			n->hidden |=
			    strcmp(a->name, "aria-hidden") == 0 && span_ieqs(value, "true");
			break;
		case 'c':
			if (strcmp(a->name, "class") == 0)
				class = value;
			break;
		case 'h':
			n->hidden |= strcmp(a->name, "hidden") == 0;
			n->inside |= n->tag == GUMBO_TAG_A && strcmp(a->name, "href") == 0 &&
				     value.n > 1 && value.p[0] == '#';
			break;
		case 'i':
			if (strcmp(a->name, "id") == 0)
				id = value;
			n->author |= strcmp(a->name, "itemprop") == 0 &&
				     span_ifind(value, SPAN_LIT("author")) != (size_t)-1;
			break;
		case 'r':
			n->author |= strcmp(a->name, "rel") == 0 && span_ieqs(value, "author");
			n->aside |= strcmp(a->name, "role") == 0 && is_role_aside(value);
			break;
		case 's':
			n->hidden |= strcmp(a->name, "style") == 0 && is_undisplayed(value);
			break;
		default: break;
		}
	}
	if (class.n > 0 || id.n > 0)
		read_names(n, class, id, x);
}
