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
	GROUP_VOID
};

static enum group
group_of(GumboTag tag)
{
	switch ((int)tag) {
	case GUMBO_TAG_A:
	case GUMBO_TAG_B:
	case GUMBO_TAG_CODE:
	case GUMBO_TAG_EM:
	case GUMBO_TAG_I:
	case GUMBO_TAG_SMALL:
	case GUMBO_TAG_STRONG:
	case GUMBO_TAG_U:
	case GUMBO_TAG_SPAN:
	case GUMBO_TAG_SUB:
	case GUMBO_TAG_SUP:
	case GUMBO_TAG_DEL:
	case GUMBO_TAG_CITE: return GROUP_INLINE;
	case GUMBO_TAG_DIV:
	case GUMBO_TAG_BLOCKQUOTE:
	case GUMBO_TAG_FIGURE:
	case GUMBO_TAG_FIGCAPTION:
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
	default: return GROUP_NONE;
	}
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f';
}

static bool
is_alnum(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

/* Decode references that mean the same to every reader; false for any other. */
bool
html_simple_decode(struct span s, bool attribute, struct buf *out)
{
	size_t from = 0, len, end;

	for (const char *amp; from < s.n && (amp = memchr(s.p + from, '&', s.n - from)) != NULL;) {
		size_t at = (size_t)(amp - s.p);
		uint32_t cp = entity_read((struct span){ amp, s.n - at }, &len);
		buf_add(out, s.p + from, at - from);
		if (cp != 0 && amp[len - 1] == ';') {
			/* Control characters and the like have rules of their own. */
			if (cp < 0x20 || cp == 0xFFFD || (cp >= 0x7F && cp < 0xA0) ||
			    (cp & 0xFFFE) == 0xFFFE || (cp >= 0xFDD0 && cp <= 0xFDEF) ||
			    (amp[1] == '#' && cp >= 0x2000 && cp < 0x2200))
				return false;
			utf8_add(out, cp);
			from = at + len;
			continue;
		}
		for (end = at + 1; end < s.n && is_alnum(s.p[end]); end++)
			;
		/* "a & b" and "?a=1&b=2" mean themselves. */
		if (!(end == at + 1 && (end == s.n || is_blank(s.p[end]))) &&
		    !(attribute && end > at + 1 && end < s.n && s.p[end] == '='))
			return false;
		buf_add(out, s.p + at, end - at);
		from = end;
	}
	buf_add(out, s.p + from, s.n - from);
	return true;
}

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
	if (top == GUMBO_TAG_P) {
		pop(w);
		top = w->n > 0 ? w->open[w->n - 1] : GUMBO_TAG_LAST;
	}
	for (size_t i = 0; i < w->n; i++)
		if (w->open[i] == GUMBO_TAG_P ||
		    (g == GROUP_HEADING && group_of(w->open[i]) == GROUP_HEADING) ||
		    group_of(w->open[i]) == GROUP_INLINE)
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

/* The tag at w->at, which is '<'. */
static bool
tag(struct simple *w)
{
	size_t i = w->at + 1, from;
	bool closing = i < w->s.n && w->s.p[i] == '/';
	GumboTag t;
	enum group g;
	char quote = 0;

	i += closing;
	for (from = i; i < w->s.n && is_alnum(w->s.p[i]); i++)
		;
	if (i == from || !is_letter(w->s.p[from]) || i >= w->s.n)
		return false;
	t = gumbo_tagn_enum(w->s.p + from, (unsigned)(i - from));
	g = group_of(t);
	if (g == GROUP_NONE || (w->s.p[i] != '>' && w->s.p[i] != '/' && !is_blank(w->s.p[i])))
		return false;
	from = i;
	for (; i < w->s.n && (quote != 0 || w->s.p[i] != '>'); i++) {
		char c = w->s.p[i];
		if (quote != 0 ? c == quote : (c == '"' || c == '\'')) {
			if (quote == 0 && w->s.p[i - 1] != '=')
				return false;
			quote = quote == 0 ? c : 0;
		} else if (c == '<') {
			return false;
		}
	}
	if (i >= w->s.n || (closing && span_trim((struct span){ w->s.p + from, i - from }).n > 0))
		return false;
	w->at = i + 1;
	if (closing)
		return end_tag(w, t);
	if (w->s.p[i - 1] == '/' && g != GROUP_VOID)
		return false;
	if (!make_room(w, t, g) || w->n == SIMPLE_DEPTH)
		return false;
	if (!w->ev->open(w->ctx, t, (struct span){ w->s.p + from, i - from }))
		return false;
	if (g == GROUP_VOID)
		w->ev->close(w->ctx);
	else
		w->open[w->n++] = t;
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

/* No character that parsers replace or drop: controls, noncharacters. s is valid UTF-8. */
static bool
is_tame(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= 0x20 && c < 0x7F)
			continue;
		if (c < 0x80 && c != '\n' && c != '\t' && c != '\f')
			return false;
		if (c == 0xC2 && (unsigned char)s.p[i + 1] < 0xA0)
			return false;
		if (c == 0xEF &&
		    ((unsigned char)s.p[i + 1] == 0xB7 || (unsigned char)s.p[i + 1] == 0xBF))
			return false;
		if (c >= 0xF0 && (unsigned char)s.p[i + 2] == 0xBF &&
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

	while (ok && w.at < html.n)
		ok = html.p[w.at] == '<' ? tag(&w) : text(&w);
	while (ok && w.n > 0)
		pop(&w);
	ok = ok && w.text.rc == WRAP_OK;
	buf_clear(&w.text);
	return ok;
}

bool
html_simple_attr(struct span attrs, const char *name, struct buf *out, bool *found)
{
	size_t i = 0, from, n;

	*found = false;
	while (i < attrs.n) {
		struct span key, value;
		while (i < attrs.n && (is_blank(attrs.p[i]) || attrs.p[i] == '/'))
			i++;
		for (from = i;
		     i < attrs.n && !is_blank(attrs.p[i]) && attrs.p[i] != '=' && attrs.p[i] != '/';
		     i++)
			;
		key = (struct span){ attrs.p + from, i - from };
		if (i >= attrs.n || attrs.p[i] != '=') {
			/* "a = b" and "=" alone are for the tree. */
			if (key.n == 0 && i < attrs.n)
				return false;
			for (n = i; n < attrs.n && is_blank(attrs.p[n]); n++)
				;
			if (n < attrs.n && attrs.p[n] == '=')
				return false;
			if (span_ieqs(key, name) && !*found)
				*found = true;
			continue;
		}
		if (key.n == 0 || ++i >= attrs.n || is_blank(attrs.p[i]))
			return false;
		if (attrs.p[i] == '"' || attrs.p[i] == '\'') {
			const char *end = memchr(attrs.p + i + 1, attrs.p[i], attrs.n - i - 1);
			if (end == NULL)
				return false;
			value = (struct span){ attrs.p + i + 1, (size_t)(end - attrs.p) - i - 1 };
			i = (size_t)(end - attrs.p) + 1;
			if (i < attrs.n && !is_blank(attrs.p[i]) && attrs.p[i] != '/')
				return false;
		} else {
			for (from = i; i < attrs.n && !is_blank(attrs.p[i]); i++)
				if (strchr("\"'`<=", attrs.p[i]) != NULL)
					return false;
			value = (struct span){ attrs.p + from, i - from };
		}
		/* The first of equal names counts. */
		if (span_ieqs(key, name) && !*found) {
			*found = true;
			if (!html_simple_decode(value, true, out))
				return false;
		}
	}
	return true;
}
