/*
 * The short way through HTML that is well-formed and uses everyday elements only, as most feeds do: the
 * same elements and texts in the same order as gumbo's tree would give, at several times its speed. What
 * HTML 5 would have to repair, or has rules of its own for, ends the short way; then the tree is built.
 */
#include "internal.h"

#include <string.h>

#define SIMPLE_DEPTH 48

struct simple {
	struct span s;
	size_t at;
	const struct html_events *ev;
	void *ctx;
	GumboTag open[SIMPLE_DEPTH];
	size_t n;
	struct buf text; /* decoded */
};

enum group {
	GROUP_NONE,
	GROUP_INLINE,
	GROUP_BLOCK,
	GROUP_P,
	GROUP_HEADING,
	GROUP_LIST,
	GROUP_ITEM,
	GROUP_VOID,
	GROUP_CUT
};

static enum group
group_of(GumboTag tag)
{
	switch ((int)tag) {
	case GUMBO_TAG_A:
	case GUMBO_TAG_B:
	case GUMBO_TAG_BIG:
	case GUMBO_TAG_CODE:
	case GUMBO_TAG_EM:
	case GUMBO_TAG_FONT:
	case GUMBO_TAG_I:
	case GUMBO_TAG_S:
	case GUMBO_TAG_SMALL:
	case GUMBO_TAG_STRIKE:
	case GUMBO_TAG_STRONG:
	case GUMBO_TAG_TT:
	case GUMBO_TAG_U:
	case GUMBO_TAG_ABBR:
	case GUMBO_TAG_CITE:
	case GUMBO_TAG_DEL:
	case GUMBO_TAG_INS:
	case GUMBO_TAG_KBD:
	case GUMBO_TAG_MARK:
	case GUMBO_TAG_Q:
	case GUMBO_TAG_SPAN:
	case GUMBO_TAG_SUB:
	case GUMBO_TAG_SUP:
	case GUMBO_TAG_TIME: return GROUP_INLINE;
	case GUMBO_TAG_ARTICLE:
	case GUMBO_TAG_BLOCKQUOTE:
	case GUMBO_TAG_CENTER:
	case GUMBO_TAG_DIV:
	case GUMBO_TAG_FIGURE:
	case GUMBO_TAG_FIGCAPTION:
	case GUMBO_TAG_FOOTER:
	case GUMBO_TAG_HEADER:
	case GUMBO_TAG_PRE:
	case GUMBO_TAG_SECTION: return GROUP_BLOCK;
	case GUMBO_TAG_P: return GROUP_P;
	case GUMBO_TAG_H1:
	case GUMBO_TAG_H2:
	case GUMBO_TAG_H3:
	case GUMBO_TAG_H4:
	case GUMBO_TAG_H5:
	case GUMBO_TAG_H6: return GROUP_HEADING;
	case GUMBO_TAG_UL:
	case GUMBO_TAG_OL: return GROUP_LIST;
	case GUMBO_TAG_LI: return GROUP_ITEM;
	case GUMBO_TAG_BR:
	case GUMBO_TAG_IMG:
	case GUMBO_TAG_HR: return GROUP_VOID;
	case GUMBO_TAG_IFRAME:
	case GUMBO_TAG_SCRIPT:
	case GUMBO_TAG_STYLE: return GROUP_CUT;
	default: return GROUP_NONE;
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f';
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* ---- elements ----------------------------------------------------------------------------------------- */

static void
pop(struct simple *w)
{
	w->n--;
	w->ev->close(w->ctx);
}

/* HTML 5's implied end tags before a start tag, as far as they reach the innermost element only. */
static bool
make_room(struct simple *w, GumboTag tag, enum group g)
{
	GumboTag top = w->n > 0 ? w->open[w->n - 1] : GUMBO_TAG_LAST;

	if (g == GROUP_INLINE) {
		for (size_t i = 0; tag == GUMBO_TAG_A && i < w->n; i++)
			if (w->open[i] == GUMBO_TAG_A)
				return false;
		return true;
	}
	if (tag == GUMBO_TAG_BR || tag == GUMBO_TAG_IMG)
		return true;
	if (g == GROUP_ITEM) {
		if (top == GUMBO_TAG_LI)
			pop(w);
		else if (top != GUMBO_TAG_UL && top != GUMBO_TAG_OL)
			return false;
		return w->n > 0 && group_of(w->open[w->n - 1]) == GROUP_LIST;
	}
	if (top == GUMBO_TAG_P)
		pop(w);
	for (size_t i = 0; i < w->n; i++)
		if (w->open[i] == GUMBO_TAG_P ||
		    (g == GROUP_HEADING && group_of(w->open[i]) == GROUP_HEADING))
			return false;
	return true;
}

static bool
end_tag(struct simple *w, GumboTag tag)
{
	enum group g = group_of(tag);

	if (g == GROUP_NONE || g == GROUP_VOID || w->n == 0)
		return false;
	if (w->open[w->n - 1] != tag) {
		/* What an end tag may leave open inside: a paragraph, or the last item of a list. */
		GumboTag top = w->open[w->n - 1];
		if (!(g == GROUP_LIST && top == GUMBO_TAG_LI) &&
		    !(top == GUMBO_TAG_P && (g == GROUP_BLOCK || g == GROUP_ITEM)))
			return false;
		pop(w);
		if (w->n == 0 || w->open[w->n - 1] != tag)
			return false;
	}
	pop(w);
	return true;
}

/* What is cut out at w->at joins the texts around it: no reference may come of it, nor a first line of <pre>. */
static bool
may_cut(const struct simple *w)
{
	return !(w->at > 0 && w->s.p[w->at - 1] == '&') &&
	       !(w->n > 0 && w->open[w->n - 1] == GUMBO_TAG_PRE);
}

/* The comment at w->at, which is "<!"; false when parsers could see its end elsewhere. */
static bool
comment(struct simple *w)
{
	struct span rest = { w->s.p + w->at, w->s.n - w->at };
	const char *end;

	if (rest.n < 7 || memcmp(rest.p, "<!--", 4) != 0 || rest.p[4] == '>' || rest.p[4] == '-' ||
	    !may_cut(w))
		return false;
	end = memmem(rest.p + 4, rest.n - 4, "--", 2);
	if (end == NULL || end + 2 == rest.p + rest.n || end[2] != '>')
		return false;
	w->at += (size_t)(end + 3 - rest.p);
	return true;
}

/* Past a script, a style or a frame of someone else, which nobody sees: i is past its start tag. */
static bool
cut(struct simple *w, struct span name, size_t i)
{
	const char *end = memmem(w->s.p + i, w->s.n - i, "</", 2);
	const char *lt = memchr(w->s.p + i, '<', w->s.n - i);
	size_t at = end == NULL ? w->s.n : (size_t)(end - w->s.p) + 2;

	/* "<!--" in a script has rules of its own; so may other signs. */
	if (end == NULL || lt != end || w->s.n - at <= name.n || w->s.p[at + name.n] != '>' ||
	    !span_ieq((struct span){ w->s.p + at, name.n }, name) || !may_cut(w))
		return false;
	w->at = at + name.n + 1;
	return true;
}

/* The tag at w->at, which is '<'. */
static bool
tag(struct simple *w)
{
	struct span name, key, value;
	size_t i = w->at + 1, from;
	bool closing = i < w->s.n && w->s.p[i] == '/';
	GumboTag t;
	enum group g;

	i += closing;
	for (from = i; i < w->s.n && is_alnum(w->s.p[i]); i++)
		;
	name = (struct span){ w->s.p + from, i - from };
	if (name.n == 0 || name.n > 16 || name.p[0] <= '9')
		return false;
	t = gumbo_tagn_enum(name.p, (unsigned)name.n);
	g = group_of(t);
	from = i;
	if (g == GROUP_NONE || i == w->s.n ||
	    !(is_blank(w->s.p[i]) || w->s.p[i] == '>' || w->s.p[i] == '/'))
		return false;
	while (!closing && html_simple_next(w->s, &i, &key, &value))
		;
	while (i < w->s.n && is_blank(w->s.p[i]))
		i++;
	if (g == GROUP_VOID && i < w->s.n && w->s.p[i] == '/')
		i++;
	if (i == w->s.n || w->s.p[i] != '>')
		return false;
	if (g == GROUP_CUT)
		return !closing && cut(w, name, i + 1);
	w->at = i + 1;
	/* A picture has no end tag: HTML 5 knows no element for it to end. */
	if (closing && t == GUMBO_TAG_IMG)
		return true;
	if (closing)
		return end_tag(w, t);
	if (!make_room(w, t, g) || w->n == SIMPLE_DEPTH)
		return false;
	/* The '>' goes with them: it ends the last one. */
	if (!w->ev->open(w->ctx, t, (struct span){ w->s.p + from, i + 1 - from }))
		return false;
	if (g == GROUP_VOID)
		w->ev->close(w->ctx);
	else
		w->open[w->n++] = t;
	/* HTML 13.2.6.4.7: the line end right after it is not part of the text. */
	if (t == GUMBO_TAG_PRE && w->at < w->s.n && w->s.p[w->at] == '\n')
		w->at++;
	return true;
}

static bool
text(struct simple *w)
{
	const char *lt = memchr(w->s.p + w->at, '<', w->s.n - w->at);
	struct span t = { w->s.p + w->at,
		lt == NULL ? w->s.n - w->at : (size_t)(lt - w->s.p) - w->at };

	w->at += t.n;
	if (memchr(t.p, '&', t.n) != NULL) {
		buf_reset(&w->text);
		if (!html_simple_decode(t, false, &w->text))
			return false;
		t = buf_span(&w->text);
	}
	w->ev->text(w->ctx, t);
	return true;
}

/* No character that parsers replace or drop: controls, noncharacters, a mark of byte order. s is valid UTF-8. */
static bool
is_tame(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i], d, e;
		if (c >= 0x20 && c < 0x7F)
			continue;
		if (c < 0x80 && c != '\n' && c != '\t' && c != '\f')
			return false;
		if (c < 0xC2)
			continue;
		/* A sequence is whole, so its second byte is there, and in longer ones the third. */
		d = (unsigned char)s.p[i + 1];
		if (c == 0xC2 && d < 0xA0)
			return false;
		if (c < 0xEF)
			continue;
		e = (unsigned char)s.p[i + 2];
		if (c == 0xEF && ((d == 0xB7 && e >= 0x90 && e <= 0xAF) ||
				     (d == 0xBF && e >= 0xBE) || (d == 0xBB && e == 0xBF)))
			return false;
		if (c >= 0xF0 && (d & 0x0F) == 0x0F && e == 0xBF &&
		    (unsigned char)s.p[i + 3] >= 0xBE)
			return false;
	}
	return true;
}

bool
html_simple(struct span html, const struct html_events *ev, void *ctx)
{
	struct simple w = { .s = html, .ev = ev, .ctx = ctx, .text = BUF_INIT(0) };
	bool ok = utf8_valid(html) && is_tame(html);

	while (ok && w.at < html.n) {
		if (html.p[w.at] != '<')
			ok = text(&w);
		else
			ok = w.at + 1 < html.n && html.p[w.at + 1] == '!' ? comment(&w) : tag(&w);
	}
	while (ok && w.n > 0)
		pop(&w);
	ok = ok && w.text.rc == WRAP_OK;
	buf_clear(&w.text);
	return ok;
}
