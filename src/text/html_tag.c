/*
 * One tag of HTML, read by the rules of HTML 13.2.5: where it ends, what it is, which of its attributes nobody
 * asks for; and what is known of its kind.
 */
#include "html_tag.h"

#include <string.h>

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool
html_is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

/* ---- one tag -------------------------------------------------------------------------------------- */

static size_t
blanks(struct span s, size_t i)
{
	while (i < s.n && html_is_blank(s.p[i]))
		i++;
	return i;
}

/* The attribute that begins at s.p[i], as written; returns the place past it. */
static size_t
attribute(struct span s, size_t i, struct span *name, struct span *value)
{
	size_t from = i, at;
	const char *quote;

	/* A '=' in the first place is part of the name. */
	for (i++;
	     i < s.n && !html_is_blank(s.p[i]) && s.p[i] != '/' && s.p[i] != '>' && s.p[i] != '=';
	     i++)
		;
	*name = (struct span){ s.p + from, i - from };
	*value = (struct span){ s.p + i, 0 };
	at = blanks(s, i);
	if (at >= s.n || s.p[at] != '=')
		return i;
	at = blanks(s, at + 1);
	if (at >= s.n || s.p[at] == '>')
		return at;
	if (s.p[at] == '"' || s.p[at] == '\'') {
		quote = memchr(s.p + at + 1, s.p[at], s.n - at - 1);
		i = quote == NULL ? s.n : (size_t)(quote - s.p);
		*value = (struct span){ s.p + at + 1, i - at - 1 };
		return quote == NULL ? i : i + 1;
	}
	for (i = at; i < s.n && !html_is_blank(s.p[i]) && s.p[i] != '>'; i++)
		;
	*value = (struct span){ s.p + at, i - at };
	return i;
}

static bool
one_of(struct span name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i][0] == (name.p[0] | 32) && span_ieqs(name, list[i]))
			return true;
	return false;
}
#define ONE_OF(name, list) one_of(name, list, sizeof(list) / sizeof((list)[0]))

/* Does anybody ask for this attribute: the cleaner of fragments, or the readers of whole pages? */
static bool
is_wanted(const struct html_tag *t, struct span name, struct span value, bool fragment)
{
	static const char *const mail[] = { "href", "src", "alt", "width", "height", "type" };
	static const char *const page[] = { "class", "id", "href", "rel", "itemprop", "role",
		"hidden", "aria-hidden", "property", "name", "content", "type", "title", "datetime",
		"summary", "datatable", "rowspan", "colspan" };

	if (fragment)
		return ONE_OF(name, mail);
	if (name.n == 5 && span_ieqs(name, "style"))
		return span_ifind(value, SPAN_LIT("display")) != (size_t)-1;
	/* Of a link it matters whether it leads elsewhere in the page. */
	if (t->is == GUMBO_TAG_A && name.n == 4 && span_ieqs(name, "href"))
		return value.n > 0 && (value.p[0] == '#' || value.p[0] == '&');
	return ONE_OF(name, page);
}

enum html_tag_rc
html_tag_at(struct span s, size_t at, bool fragment, struct html_tag *t)
{
	size_t i = at + 1, from, past;
	struct span name, value;
	bool cutting = false;

	t->closing = i < s.n && s.p[i] == '/';
	i += t->closing;
	if (i >= s.n || !is_letter(s.p[i]))
		return HTML_TAG_NONE;
	t->hash = 5381;
	for (from = i; i < s.n && !html_is_blank(s.p[i]) && s.p[i] != '/' && s.p[i] != '>'; i++)
		;
	t->name = (struct span){ s.p + from, i - from };
	t->is = gumbo_tagn_enum(t->name.p, (unsigned)t->name.n);
	t->self = t->data = false;
	t->n_cuts = 0;
	for (; i < s.n && s.p[i] != '>'; i = blanks(s, past)) {
		if (html_is_blank(s.p[i]) || s.p[i] == '/') {
			t->self = s.p[i] == '/' && i + 1 < s.n && s.p[i + 1] == '>';
			past = i + 1;
			cutting = cutting && !t->self;
			continue;
		}
		past = attribute(s, i, &name, &value);
		t->data = t->data || span_ifind(value, SPAN_LIT("ld+json")) != (size_t)-1;
		if (is_wanted(t, name, value, fragment)) {
			cutting = false;
			continue;
		}
		if (!cutting && t->n_cuts == HTML_CUTS_MOST)
			continue;
		if (!cutting)
			t->cuts[t->n_cuts++].from = i;
		cutting = true;
		t->cuts[t->n_cuts - 1].to = past;
	}
	t->end = i + 1;
	return i < s.n ? HTML_TAG : HTML_TAG_UNENDED;
}

/* ---- elements by their habits --------------------------------------------------------------------- */

unsigned
html_habits(GumboTag tag)
{
	switch ((int)tag) {
	case GUMBO_TAG_P:
	case GUMBO_TAG_LI:
	case GUMBO_TAG_DT:
	case GUMBO_TAG_DD:
	case GUMBO_TAG_OPTION:
	case GUMBO_TAG_OPTGROUP:
	case GUMBO_TAG_TR:
	case GUMBO_TAG_TBODY:
	case GUMBO_TAG_THEAD:
	case GUMBO_TAG_TFOOT:
	case GUMBO_TAG_BR:
	case GUMBO_TAG_IMG:
	case GUMBO_TAG_HR:
	case GUMBO_TAG_INPUT:
	case GUMBO_TAG_META:
	case GUMBO_TAG_LINK:
	case GUMBO_TAG_BASE:
	case GUMBO_TAG_COL:
	case GUMBO_TAG_AREA:
	case GUMBO_TAG_PARAM:
	case GUMBO_TAG_SOURCE:
	case GUMBO_TAG_TRACK:
	case GUMBO_TAG_WBR:
	case GUMBO_TAG_EMBED:
	case GUMBO_TAG_BASEFONT:
	case GUMBO_TAG_BGSOUND:
	case GUMBO_TAG_FRAME:
	case GUMBO_TAG_KEYGEN:
	case GUMBO_TAG_TD:
	case GUMBO_TAG_TH: return HTML_FLAT;
	case GUMBO_TAG_TABLE:
	case GUMBO_TAG_CAPTION:
	case GUMBO_TAG_OBJECT:
	case GUMBO_TAG_APPLET:
	case GUMBO_TAG_MARQUEE:
	case GUMBO_TAG_TEMPLATE:
	case GUMBO_TAG_BUTTON:
	case GUMBO_TAG_SVG:
	case GUMBO_TAG_MATH:
	case GUMBO_TAG_FOREIGNOBJECT:
	case GUMBO_TAG_DESC:
	case GUMBO_TAG_SELECT: return HTML_WALL;
	case GUMBO_TAG_A:
	case GUMBO_TAG_B:
	case GUMBO_TAG_BIG:
	case GUMBO_TAG_CODE:
	case GUMBO_TAG_EM:
	case GUMBO_TAG_FONT:
	case GUMBO_TAG_I:
	case GUMBO_TAG_NOBR:
	case GUMBO_TAG_S:
	case GUMBO_TAG_SMALL:
	case GUMBO_TAG_STRIKE:
	case GUMBO_TAG_STRONG:
	case GUMBO_TAG_TT:
	case GUMBO_TAG_U: return HTML_FORMATTING;
	case GUMBO_TAG_SCRIPT:
	case GUMBO_TAG_STYLE:
	case GUMBO_TAG_TEXTAREA:
	case GUMBO_TAG_XMP:
	case GUMBO_TAG_IFRAME:
	case GUMBO_TAG_NOEMBED:
	case GUMBO_TAG_NOFRAMES:
	case GUMBO_TAG_TITLE: return HTML_RAW;
	default: return 0;
	}
}
