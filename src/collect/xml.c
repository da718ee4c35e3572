/*
 * The XML of feeds, as it is: undeclared entities, bare ampersands, "<" that opens no tag, attributes
 * without quotes, end tags that close nothing, two documents in one, text before and after, truncation.
 * libxml2's recovery drops content after some of these and its cost grows with the square of a tag's
 * attributes; repairing its input first would mean to read XML anyway, so this reader does it once.
 */
#include "xml.h"

#include <string.h>

void
xml_init(struct xml *x, struct span utf8)
{
	x->in = utf8;
	x->at = 0;
	x->depth = 0;
	x->n_bindings = 0;
	x->n_attrs = 0;
	x->pending_end = false;
	x->endless_comment = false;
	x->cut_off = false;
	x->event = XML_END_OF_FILE;
}

static bool
is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool
is_name_end(char c)
{
	return is_blank(c) || c == '>' || c == '/' || c == '=' || c == '<';
}

/* A name right behind the quote and a tag's end inside: the quote opens the next value, and ours has none. */
static bool
value_ends(struct span value, struct span rest)
{
	return rest.n == 0 || !is_name_start(rest.p[0]) || memchr(value.p, '>', value.n) == NULL;
}

/*
 * One attribute at *at; false at the end of the tag. A quoted value may hold anything up to its quote; when
 * the quote is missing before the next tag begins, the value ends at the next blank or '>'.
 */
static bool
read_attr(struct span s, size_t *at, struct xml_attr *a)
{
	size_t i = *at, from;
	char quote;

	while (i < s.n && (is_blank(s.p[i]) || s.p[i] == '/' || s.p[i] == '"' || s.p[i] == '\'' ||
			      s.p[i] == '?'))
		i++;
	*at = i;
	if (i >= s.n || s.p[i] == '>' || s.p[i] == '<')
		return false;
	for (from = i; i < s.n && !is_name_end(s.p[i]); i++)
		;
	if (i == from)
		i++; /* a stray '=' */
	a->name = (struct span){ s.p + from, i - from };
	a->value = (struct span){ s.p + i, 0 };
	while (i < s.n && is_blank(s.p[i]))
		i++;
	if (i >= s.n || s.p[i] != '=') {
		*at = i;
		return true;
	}
	for (i++; i < s.n && is_blank(s.p[i]); i++)
		;
	quote = i < s.n ? s.p[i] : '\0';
	if (quote == '"' || quote == '\'') {
		const char *end = memchr(s.p + i + 1, quote, s.n - i - 1);
		struct span value = { s.p + i + 1, end == NULL ? 0 : (size_t)(end - s.p) - i - 1 };
		size_t next = i + value.n + 2;
		if (end != NULL && value_ends(value, (struct span){ s.p + next, s.n - next })) {
			a->value = value;
			*at = next;
			return true;
		}
		i++;
	}
	for (from = i; i < s.n && !is_blank(s.p[i]) && s.p[i] != '>' && s.p[i] != '<'; i++)
		;
	a->value = (struct span){ s.p + from, i - from };
	if (a->value.n > 0 && a->value.p[a->value.n - 1] == '/' && i < s.n && s.p[i] == '>')
		a->value.n--;
	*at = i;
	return true;
}

/* false: nested deeper than any feed is; the tag is passed over. */
static bool
open_element(struct xml *x)
{
	struct xml_open *o;

	if (x->depth == XML_DEPTH)
		return false;
	o = &x->open[x->depth];
	*o = (struct xml_open){ .name = x->name, .ns = x->ns, .n_bindings = x->n_bindings };
	o->base = x->depth > 0 ? x->open[x->depth - 1].base : (struct span){ "", 0 };
	x->depth++;
	return true;
}

/* Does the tag whose '>' is at end close itself? value is its last attribute's, which may end in a '/' of its own. */
static bool
closes_itself(const struct xml *x, size_t end, struct span value)
{
	while (end > x->at && is_blank(x->in.p[end - 1]))
		end--;
	return x->in.p[end - 1] == '/' && (value.n == 0 || value.p + value.n != x->in.p + end);
}

/* The start tag at x->at, which points past '<'. true: an event is ready. */
static bool
read_start(struct xml *x)
{
	size_t i = x->at, bindings = x->n_bindings;
	struct xml_attr a = { 0 };

	while (i < x->in.n && !is_name_end(x->in.p[i]))
		i++;
	x->name = (struct span){ x->in.p + x->at, i - x->at };
	x->n_attrs = 0;
	while (read_attr(x->in, &i, &a)) {
		if (a.name.n >= 5 && memcmp(a.name.p, "xmlns", 5) == 0)
			xml_bind(x, &a);
		else if (x->n_attrs < XML_ATTRS)
			x->attrs[x->n_attrs++] = a;
	}
	if (i >= x->in.n) {
		/* Half a tag would give half an address. */
		x->at = x->in.n;
		x->n_bindings = bindings;
		return false;
	}
	x->empty = x->in.p[i] == '>' && closes_itself(x, i, a.value);
	x->at = i + (x->in.p[i] == '>');
	xml_split_name(x);
	if (!open_element(x)) {
		x->n_bindings = bindings;
		return false;
	}
	x->open[x->depth - 1].n_bindings = bindings;
	x->pending_end = x->empty;
	x->event = XML_START;
	return true;
}

static void
close_element(struct xml *x)
{
	const struct xml_open *o = &x->open[--x->depth];

	x->name = o->name;
	xml_split_name(x);
	x->ns = o->ns;
	x->n_bindings = o->n_bindings;
	x->n_attrs = 0;
	x->event = XML_END;
}

/*
 * The end tag at x->at, past "</". What is open inside of the element it names ends with it, one event at a
 * time; one that names nothing open is passed over. true: an event is ready.
 */
static bool
read_end(struct xml *x)
{
	size_t from = x->at, i = from;
	struct span name;

	while (i < x->in.n && !is_name_end(x->in.p[i]))
		i++;
	name = (struct span){ x->in.p + from, i - from };
	for (size_t d = x->depth; d-- > 0;) {
		if (!span_ieq(x->open[d].name, name))
			continue;
		close_element(x);
		if (d < x->depth) {
			x->at = from - 2; /* read again: an outer one is meant */
			return true;
		}
		break;
	}
	if (x->event != XML_END) {
		x->at = i;
		while (x->at < x->in.n && x->in.p[x->at] != '>' && x->in.p[x->at] != '<')
			x->at++;
		x->at += x->at < x->in.n && x->in.p[x->at] == '>';
		return false;
	}
	while (i < x->in.n && x->in.p[i] != '>' && x->in.p[i] != '<')
		i++;
	x->at = i + (i < x->in.n && x->in.p[i] == '>');
	return true;
}

static bool
starts_with(const struct xml *x, size_t at, const char *with)
{
	size_t n = strlen(with);

	return x->in.n - at >= n && memcmp(x->in.p + at, with, n) == 0;
}

/* Position after the next mark, or the end. */
static size_t
skip_past(const struct xml *x, size_t at, const char *mark)
{
	size_t n = strlen(mark);
	const char *p = at < x->in.n ? memmem(x->in.p + at, x->in.n - at, mark, n) : NULL;

	return p == NULL ? x->in.n : (size_t)(p - x->in.p) + n;
}

/* A DOCTYPE with its internal subset, which is never read. */
static size_t
skip_doctype(const struct xml *x, size_t at)
{
	bool subset = false;

	for (; at < x->in.n; at++) {
		char c = x->in.p[at];
		if (c == '[')
			subset = true;
		else if (c == ']')
			subset = false;
		else if (c == '>' && !subset)
			return at + 1;
	}
	return at;
}

/* What begins with '<' at x->at. true: an event is ready. */
static bool
read_markup(struct xml *x)
{
	size_t at = x->at;

	x->event = XML_END_OF_FILE;
	if (starts_with(x, at, "</") && at + 2 < x->in.n && is_name_start(x->in.p[at + 2])) {
		x->at += 2;
		return read_end(x);
	}
	if (starts_with(x, at, "<![CDATA[") || starts_with(x, at, "<![cdata[")) {
		size_t end = skip_past(x, at + 9, "]]>");
		bool closed = end >= at + 12 && memcmp(x->in.p + end - 3, "]]>", 3) == 0;
		x->text = (struct span){ x->in.p + at + 9, end - at - 9 - (closed ? 3 : 0) };
		x->cdata = true;
		x->at = end;
		x->event = XML_TEXT;
		return true;
	}
	if (starts_with(x, at, "<!--")) {
		/* A comment that never ends hides no more than its own mark. */
		size_t end = x->endless_comment ? x->in.n : skip_past(x, at + 4, "-->");
		x->endless_comment =
		    end == x->in.n && (end < at + 7 || memcmp(x->in.p + end - 3, "-->", 3) != 0);
		x->at = x->endless_comment ? at + 4 : end;
		return false;
	}
	if (starts_with(x, at, "<?")) {
		x->at = skip_past(x, at + 2, ">");
		return false;
	}
	if (starts_with(x, at, "<!DOCTYPE") || starts_with(x, at, "<!doctype")) {
		x->at = skip_doctype(x, at + 9);
		return false;
	}
	if (at + 1 < x->in.n && is_name_start(x->in.p[at + 1])) {
		x->at++;
		return read_start(x);
	}
	if (x->in.n - at <= 2 && (at + 1 == x->in.n || strchr("/!?", x->in.p[at + 1]) != NULL)) {
		x->at = x->in.n; /* the document broke off here */
		return false;
	}
	/* No tag: the sign itself. */
	x->text = (struct span){ x->in.p + at, 1 };
	x->cdata = true;
	x->at++;
	x->event = XML_TEXT;
	return true;
}

enum xml_event
xml_next(struct xml *x)
{
	if (x->pending_end) {
		x->pending_end = false;
		close_element(x);
		return x->event;
	}
	while (x->at < x->in.n) {
		const char *lt;
		if (x->in.p[x->at] == '<') {
			if (read_markup(x))
				return x->event;
			continue;
		}
		lt = memchr(x->in.p + x->at, '<', x->in.n - x->at);
		x->text = (struct span){ x->in.p + x->at,
			lt == NULL ? x->in.n - x->at : (size_t)(lt - x->in.p) - x->at };
		x->cdata = false;
		x->at += x->text.n;
		return x->event = XML_TEXT;
	}
	/* The document broke off: what is open ends here. */
	x->cut_off = true;
	if (x->depth > 0) {
		close_element(x);
		return x->event;
	}
	return x->event = XML_END_OF_FILE;
}

struct span
xml_attr(const struct xml *x, const char *name)
{
	for (size_t i = 0; i < x->n_attrs; i++)
		if (span_ieqs(x->attrs[i].name, name))
			return x->attrs[i].value;
	return (struct span){ 0 };
}

struct span
xml_attr_local(const struct xml *x, const char *local)
{
	for (size_t i = 0; i < x->n_attrs; i++) {
		struct span name = x->attrs[i].name;
		const char *colon = memchr(name.p, ':', name.n);
		if (colon != NULL) {
			name.n -= (size_t)(colon + 1 - name.p);
			name.p = colon + 1;
		}
		if (span_ieqs(name, local))
			return x->attrs[i].value;
	}
	return (struct span){ 0 };
}

void
xml_decode(struct span raw, struct buf *out)
{
	/* The five of XML are among HTML's; a name that nobody knows stays as it is. */
	html_unescape(raw, out);
}
