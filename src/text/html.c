/*
 * HTML of strangers as a tree, and as the text a reader sees of it. gumbo parses by the rules of HTML 5;
 * it knows no limits, so memory comes from one arena that ends the parse when it is full, and nesting
 * past a depth is dropped before gumbo sees it, for its cost grows with the square of the depth.
 */
#include "internal.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory -------------------------------------------------------------------------------------- */

#define ARENA_MOST ((size_t)96 << 20)

struct block {
	struct block *next;
	size_t used, size;
	max_align_t bytes[];
};

struct html_arena {
	struct block *top;
	size_t total;
	jmp_buf full;
	struct buf tamed; /* the input, when it had to be changed */
};

static void *
arena_get(void *userdata, size_t n)
{
	struct html_arena *a = userdata;
	struct block *b = a->top;
	void *p;

	n = (n + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (b == NULL || n > b->size - b->used) {
		size_t size = b == NULL ? (size_t)16 << 10 : b->size * 2;
		if (size > (size_t)4 << 20)
			size = (size_t)4 << 20;
		if (size < n)
			size = n;
		if (a->total + size > ARENA_MOST || (b = malloc(sizeof(*b) + size)) == NULL)
			longjmp(a->full, 1);
		*b = (struct block){ .next = a->top, .size = size };
		a->top = b;
		a->total += size;
	}
	p = (char *)b->bytes + b->used;
	b->used += n;
	return p;
}

static void
arena_put(void *userdata, void *p)
{
	(void)userdata;
	(void)p; /* all at once, at the end */
}

void
html_free(struct html_tree *t)
{
	struct block *b = t->arena == NULL ? NULL : t->arena->top;

	while (b != NULL) {
		struct block *next = b->next;
		free(b);
		b = next;
	}
	if (t->arena != NULL)
		buf_clear(&t->arena->tamed);
	free(t->arena);
	*t = (struct html_tree){ 0 };
}

/* ---- nesting held down ---------------------------------------------------------------------------- */

struct tag {
	struct span name;
	size_t end; /* past its '>' */
	bool closing, self;
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
ends_name(char c)
{
	return c == '>' || c == '/' || c == ' ' || c == '\n' || c == '\t' || c == '\r' ||
	       c == '\f' || c == '\0';
}

/* The tag that starts at s.p[at], which is '<'. false: no tag there, or one that never ends. */
static bool
tag_at(struct span s, size_t at, struct tag *t)
{
	size_t i = at + 1, from;
	char quote = 0;

	*t = (struct tag){ 0 };
	if (i < s.n && s.p[i] == '/') {
		t->closing = true;
		i++;
	}
	if (i >= s.n || !is_letter(s.p[i]))
		return false;
	for (from = i; i < s.n && !ends_name(s.p[i]); i++)
		;
	t->name = (struct span){ s.p + from, i - from };
	for (; i < s.n; i++) {
		if (quote != 0)
			quote = s.p[i] == quote ? 0 : quote;
		else if ((s.p[i] == '"' || s.p[i] == '\'') && s.p[i - 1] == '=')
			quote = s.p[i];
		else if (s.p[i] == '>')
			break;
	}
	if (i >= s.n)
		return false;
	t->self = s.p[i - 1] == '/';
	t->end = i + 1;
	return true;
}

static bool
one_of(struct span name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_ieqs(name, list[i]))
			return true;
	return false;
}
#define ONE_OF(name, list) one_of(name, list, sizeof(list) / sizeof((list)[0]))

/* Elements that never hold others, or that close themselves before the next of their kind. */
static const char *const flat[] = { "p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th",
	"tbody", "thead", "tfoot", "br", "img", "hr", "input", "meta", "link", "base", "col",
	"area", "param", "source", "track", "wbr", "embed", "basefont", "bgsound", "frame",
	"keygen" };
/* An end tag from inside these does not reach the elements around them. */
static const char *const walls[] = { "table", "td", "th", "caption", "object", "applet", "marquee",
	"template", "button", "svg", "math", "foreignobject", "desc", "title", "select" };
/* Their end tags close nothing but themselves; what they enclosed stays open. */
static const char *const formatting[] = { "a", "b", "big", "code", "em", "font", "i", "nobr", "s",
	"small", "strike", "strong", "tt", "u" };

struct open_tags {
	struct span v[HTML_DEPTH];
	bool wall[HTML_DEPTH];
	size_t n;
};

/* false: it closes nothing that is open, at the price of a look through all that is. */
static bool
close_tag(struct open_tags *o, struct span name)
{
	for (size_t i = o->n; i-- > 0;) {
		if (span_ieq(o->v[i], name)) {
			if (ONE_OF(name, formatting)) {
				memmove(o->v + i, o->v + i + 1, (o->n - i - 1) * sizeof(o->v[0]));
				memmove(o->wall + i, o->wall + i + 1, o->n - i - 1);
				o->n--;
			} else {
				o->n = i;
			}
			return true;
		}
		if (o->wall[i])
			return false;
	}
	return false;
}

/* Elements whose inside is text to a parser, whatever signs stand in it. The first two are never shown. */
static const char *const raw[] = { "script", "style", "textarea", "title", "xmp", "iframe",
	"noembed", "noframes" };

/* Position past the end tag of the raw element that begins in t, or of s. */
static size_t
raw_end(struct span s, const struct tag *t)
{
	size_t at = t->end;
	struct tag end;

	for (const char *lt; at < s.n && (lt = memmem(s.p + at, s.n - at, "</", 2)) != NULL;) {
		at = (size_t)(lt - s.p);
		if (at + 2 + t->name.n <= s.n &&
		    span_ieq((struct span){ lt + 2, t->name.n }, t->name) && tag_at(s, at, &end) &&
		    span_ieq(end.name, t->name))
			return end.end;
		at += 2;
	}
	return s.n;
}

/* Past the comment at s.p[at], which is "<!--"; s.n when it does not end. */
static size_t
comment_end(struct span s, size_t at)
{
	const char *p;

	at += 4;
	if (at < s.n && s.p[at] == '>')
		return at + 1;
	if (at + 1 < s.n && s.p[at] == '-' && s.p[at + 1] == '>')
		return at + 2;
	for (; at < s.n && (p = memmem(s.p + at, s.n - at, "--", 2)) != NULL; at++) {
		at = (size_t)(p - s.p);
		if (at + 2 < s.n && s.p[at + 2] == '>')
			return at + 3;
		if (at + 3 < s.n && s.p[at + 2] == '!' && s.p[at + 3] == '>')
			return at + 4;
	}
	return s.n;
}

static bool
is_data_script(struct span s, size_t at, const struct tag *t)
{
	return span_ifind((struct span){ s.p + at, t->end - at }, SPAN_LIT("ld+json")) !=
	       (size_t)-1;
}

/* What the tag at s.p[at] means for the copy: *next is where to go on, true when s.p[at..*next] is left out. */
static bool
tame_tag(struct span s, size_t at, const struct tag *t, struct open_tags *open, size_t *next)
{
	*next = t->end;
	if (t->closing)
		return !ONE_OF(t->name, flat) && !close_tag(open, t->name);
	if (ONE_OF(t->name, raw)) {
		bool hidden = span_ieqs(t->name, "script") || span_ieqs(t->name, "style");
		*next = raw_end(s, t);
		return hidden && !is_data_script(s, at, t);
	}
	if (ONE_OF(t->name, flat))
		return false;
	if (open->n == HTML_DEPTH)
		return true;
	open->wall[open->n] = ONE_OF(t->name, walls);
	open->v[open->n++] = t->name;
	return false;
}

/*
 * Copy s without comments, scripts and styles, which are the larger part of many pages, and without the
 * start tags that would nest deeper than HTML_DEPTH. Input that has none of these is not copied.
 */
static struct span
tame(struct span s, struct buf *store)
{
	struct open_tags open = { .n = 0 };
	size_t from = 0;
	struct tag t;

	for (const char *lt = s.n == 0 ? NULL : memchr(s.p, '<', s.n); lt != NULL;) {
		size_t at = (size_t)(lt - s.p), next = at + 1;
		bool cut = false;
		if (s.n - at >= 4 && memcmp(lt, "<!--", 4) == 0) {
			next = comment_end(s, at);
			cut = true;
		} else if (tag_at(s, at, &t)) {
			cut = tame_tag(s, at, &t, &open, &next);
		}
		if (cut) {
			buf_add(store, s.p + from, at - from);
			from = next;
		}
		lt = next < s.n ? memchr(s.p + next, '<', s.n - next) : NULL;
	}
	if (from == 0)
		return s;
	buf_add(store, s.p + from, s.n - from);
	return buf_span(store);
}

bool
html_parse(struct span html, bool fragment, struct html_tree *out)
{
	GumboOptions o = kGumboDefaultOptions;

	*out = (struct html_tree){ .arena = calloc(1, sizeof(*out->arena)) };
	if (out->arena == NULL)
		return false;
	html = tame(html, &out->arena->tamed);
	if (out->arena->tamed.rc != WRAP_OK || html.n > UINT32_MAX / 2) {
		html_free(out);
		return false;
	}
	o.allocator = arena_get;
	o.deallocator = arena_put;
	o.userdata = out->arena;
	o.max_errors = 0;
	o.fragment_context = fragment ? GUMBO_TAG_DIV : GUMBO_TAG_LAST;
	if (setjmp(out->arena->full) != 0) {
		html_free(out);
		return false;
	}
	out->out = gumbo_parse_with_options(&o, html.n == 0 ? "" : html.p, html.n);
	return true;
}

/* ---- the tree ------------------------------------------------------------------------------------- */

bool
html_is_element(const GumboNode *n)
{
	return n->type == GUMBO_NODE_ELEMENT || n->type == GUMBO_NODE_TEMPLATE;
}

const GumboVector *
html_children(const GumboNode *n)
{
	static const GumboVector none = { 0 };

	if (html_is_element(n))
		return &n->v.element.children;
	if (n->type == GUMBO_NODE_DOCUMENT)
		return &n->v.document.children;
	return &none;
}

struct span
html_attr(const GumboNode *n, const char *name)
{
	const GumboAttribute *a =
	    html_is_element(n) ? gumbo_get_attribute(&n->v.element.attributes, name) : NULL;

	return a == NULL ? (struct span){ 0 } : span_of(a->value);
}

bool
html_is_hidden(GumboTag tag)
{
	switch ((int)tag) {
	case GUMBO_TAG_SCRIPT:
	case GUMBO_TAG_STYLE:
	case GUMBO_TAG_NOSCRIPT:
	case GUMBO_TAG_TEMPLATE:
	case GUMBO_TAG_IFRAME:
	case GUMBO_TAG_OBJECT:
	case GUMBO_TAG_APPLET:
	case GUMBO_TAG_NOEMBED:
	case GUMBO_TAG_NOFRAMES:
	case GUMBO_TAG_HEAD: return true;
	default: return false;
	}
}

bool
html_is_block(GumboTag tag)
{
	switch ((int)tag) {
	case GUMBO_TAG_ADDRESS:
	case GUMBO_TAG_ARTICLE:
	case GUMBO_TAG_ASIDE:
	case GUMBO_TAG_BLOCKQUOTE:
	case GUMBO_TAG_BODY:
	case GUMBO_TAG_CAPTION:
	case GUMBO_TAG_CENTER:
	case GUMBO_TAG_DD:
	case GUMBO_TAG_DETAILS:
	case GUMBO_TAG_DIR:
	case GUMBO_TAG_DIV:
	case GUMBO_TAG_DL:
	case GUMBO_TAG_DT:
	case GUMBO_TAG_FIELDSET:
	case GUMBO_TAG_FIGCAPTION:
	case GUMBO_TAG_FIGURE:
	case GUMBO_TAG_FOOTER:
	case GUMBO_TAG_FORM:
	case GUMBO_TAG_H1:
	case GUMBO_TAG_H2:
	case GUMBO_TAG_H3:
	case GUMBO_TAG_H4:
	case GUMBO_TAG_H5:
	case GUMBO_TAG_H6:
	case GUMBO_TAG_HEADER:
	case GUMBO_TAG_HGROUP:
	case GUMBO_TAG_HR:
	case GUMBO_TAG_LI:
	case GUMBO_TAG_MAIN:
	case GUMBO_TAG_MENU:
	case GUMBO_TAG_NAV:
	case GUMBO_TAG_OL:
	case GUMBO_TAG_P:
	case GUMBO_TAG_PRE:
	case GUMBO_TAG_SECTION:
	case GUMBO_TAG_SUMMARY:
	case GUMBO_TAG_TABLE:
	case GUMBO_TAG_TBODY:
	case GUMBO_TAG_TD:
	case GUMBO_TAG_TFOOT:
	case GUMBO_TAG_TH:
	case GUMBO_TAG_THEAD:
	case GUMBO_TAG_TR:
	case GUMBO_TAG_UL: return true;
	default: return false;
	}
}
