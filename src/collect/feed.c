/*
 * A feed document as values. The bytes are made UTF-8, the format is told by the first characters and
 * never by the Content-Type, and one reader per family fills the struct. What stands before a feed by mistake
 * (a warning of PHP, a guard against scripts) may look like the other family, which is then tried too. What texts look like to a
 * reader is worked out only when asked for, since most of a poll is entries that are known already.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- arena ------------------------------------------------------------------------------------------ */

#define ARENA_MOST ((size_t)64 << 20)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	max_align_t bytes[];
};

void *
arena_get(struct arena *a, size_t n)
{
	struct arena_block *b = a->top;
	void *p;

	n = (n + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (a->failed)
		return NULL;
	if (b == NULL || n > b->size - b->used) {
		size_t size = b == NULL                     ? (size_t)8 << 10
			      : b->size < ((size_t)1 << 20) ? b->size * 4
							    : b->size;
		if (size < n)
			size = n;
		if (a->total + size > ARENA_MOST || (b = malloc(sizeof(*b) + size)) == NULL) {
			a->failed = true;
			return NULL;
		}
		*b = (struct arena_block){ .next = a->top, .size = size };
		a->top = b;
		a->total += size;
	}
	p = (char *)b->bytes + b->used;
	b->used += n;
	return memset(p, 0, n);
}

struct span
arena_copy(struct arena *a, struct span s)
{
	char *p = s.n == 0 ? NULL : arena_get(a, s.n);

	if (p == NULL)
		return (struct span){ "", 0 };
	memcpy(p, s.p, s.n);
	return (struct span){ p, s.n };
}

void
arena_clear(struct arena *a)
{
	while (a->top != NULL) {
		struct arena_block *next = a->top->next;
		free(a->top);
		a->top = next;
	}
	*a = (struct arena){ 0 };
}

/* ---- the document ----------------------------------------------------------------------------------- */

void
feed_doc_clear(struct feed_doc *doc)
{
	arena_clear(&doc->arena);
	buf_clear(&doc->decoded);
	*doc = (struct feed_doc){ 0 };
}

struct feed_entry *
feed_entry_new(struct feed_doc *doc)
{
	struct feed_entry *e = arena_get(&doc->arena, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->comments = -1;
	e->last_category = &e->categories;
	doc->n_entries++;
	return e;
}

void
feed_category(struct feed_doc *doc, struct feed_entry *e, struct span raw)
{
	struct feed_word *w;

	raw = span_trim(raw);
	if (raw.n == 0 || raw.n > 1000)
		return;
	for (w = e->categories; w != NULL; w = w->next)
		if (span_eq(w->s, raw))
			return;
	w = arena_get(&doc->arena, sizeof(*w));
	if (w == NULL)
		return;
	w->s = arena_copy(&doc->arena, raw);
	*e->last_category = w;
	e->last_category = &w->next;
}

#define AUTHORS_MOST 5

void
feed_add_author(struct feed_doc *doc, struct feed_entry *e, struct feed_text t)
{
	struct feed_coauthor **last = &e->coauthors, *c;
	size_t n = 1;

	t.s = span_trim(t.s);
	if (t.s.n == 0 || t.rank < e->author.rank)
		return;
	if (t.rank > e->author.rank) {
		e->author = t;
		e->coauthors = NULL;
		return;
	}
	for (; *last != NULL; last = &(*last)->next)
		n++;
	if (n >= AUTHORS_MOST || (c = arena_get(&doc->arena, sizeof(*c))) == NULL)
		return;
	c->name = t;
	*last = c;
}

/* The first character that is not blank, past byte order marks of any width. */
static char
first_char(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr(" \t\r\n\xEF\xBB\xBF\xFE\xFF", s.p[i]) == NULL)
			return s.p[i];
	return '\0';
}

/* From the brace where an object with named members may begin. */
static struct span
json_part(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		size_t k = i + 1;
		if (s.p[i] != '{')
			continue;
		while (k < s.n && strchr(" \t\r\n", s.p[k]) != NULL)
			k++;
		if (k < s.n && s.p[k] == '"')
			return (struct span){ s.p + i, s.n - i };
	}
	return (struct span){ "", 0 };
}

/* Signs of a feed of the family behind something of the other. Web pages have neither. */
static bool
may_hold(enum charset_kind kind, struct span bytes)
{
	static const char *const roots[] = { "<rss", "<feed", "<rdf:RDF" };
	bool any = kind == CHARSET_JSON &&
		   span_find(bytes, SPAN_LIT("jsonfeed.org/version")) != (size_t)-1;

	for (size_t i = 0; kind == CHARSET_XML && i < sizeof(roots) / sizeof(roots[0]); i++)
		any = any || span_find(bytes, span_of(roots[i])) != (size_t)-1;
	return any;
}

static enum wrap_rc
read_as(enum charset_kind kind, struct span bytes, struct span content_type, struct span url,
    struct feed_doc *doc, struct wrap_err *err)
{
	struct span utf8;
	enum wrap_rc rc;

	*doc = (struct feed_doc){ .decoded = BUF_INIT(ARENA_MOST) };
	rc = charset_decode(bytes, charset_of_type(content_type), kind, &doc->decoded, &utf8, err);
	if (rc == WRAP_OK) {
		utf8 = span_trim(utf8);
		rc = kind == CHARSET_XML ? feed_read_xml(utf8, url, doc, err)
					 : feed_read_json(json_part(utf8), url, doc, err);
	}
	if (rc == WRAP_OK && doc->arena.failed)
		rc = wrap_fail(err, WRAP_ELIMIT, "the document needs more memory than is allowed");
	if (rc != WRAP_OK)
		feed_doc_clear(doc);
	return rc;
}

enum wrap_rc
feed_read(struct span bytes, struct span content_type, struct span url, struct feed_doc *doc,
    struct wrap_err *err)
{
	char c = first_char(bytes);
	bool json = c == '{' || c == '[';
	enum charset_kind kind = json ? CHARSET_JSON : CHARSET_XML,
			  other = json ? CHARSET_XML : CHARSET_JSON;
	enum wrap_rc rc;

	*doc = (struct feed_doc){ 0 };
	if (c == '\0')
		return wrap_fail(err, WRAP_EPROTO, "the document is empty");
	rc = read_as(kind, bytes, content_type, url, doc, err);
	if (rc == WRAP_EPROTO && may_hold(other, bytes) &&
	    read_as(other, bytes, content_type, url, doc, NULL) == WRAP_OK)
		rc = WRAP_OK;
	return rc;
}

/* ---- texts -------------------------------------------------------------------------------------------- */

static bool
is_html(const struct feed_text *t)
{
	return t->kind == FEED_HTML || (t->kind != FEED_PLAIN && html_has_tags(t->s));
}

/* References decoded but for &amp;: a title that holds one after XML was decoded speaks of it, or was written twice. */
static void
add_title(struct span s, struct buf *out)
{
	struct span amp = SPAN_LIT("&amp;");

	for (size_t at; (at = span_find(s, amp)) != (size_t)-1;) {
		html_unescape((struct span){ s.p, at }, out);
		buf_addspan(out, amp);
		s = (struct span){ s.p + at + amp.n, s.n - at - amp.n };
	}
	html_unescape(s, out);
}

void
feed_text_plain(const struct feed_text *t, struct buf *out)
{
	if (is_html(t))
		html_text(t->s, out);
	else if (t->kind == FEED_TITLE)
		add_title(t->s, out);
	else if (t->kind == FEED_MAYBE)
		html_unescape(t->s, out);
	else
		buf_addspan(out, t->s);
}

void
feed_text_line(const struct feed_text *t, struct buf *out)
{
	struct buf plain = BUF_INIT(1 << 20);

	feed_text_plain(t, &plain);
	utf8_line(buf_span(&plain), out);
	buf_clear(&plain);
}

void
feed_text_html(const struct feed_text *t, struct buf *out)
{
	if (is_html(t)) {
		clean_html(t->s, t->base, out);
	} else {
		struct buf plain = BUF_INIT(0);
		feed_text_plain(t, &plain);
		escape_html(buf_span(&plain), out);
		buf_clear(&plain);
	}
}

static bool
looks_like_mail(struct span s)
{
	const char *at = s.n == 0 ? NULL : memchr(s.p, '@', s.n);

	return at != NULL && at > s.p && at + 1 < s.p + s.n && memchr(s.p, ' ', s.n) == NULL;
}

static struct span
inside(struct span s, char open, char close)
{
	const char *a = s.n == 0 ? NULL : memchr(s.p, open, s.n), *b;

	if (a == NULL)
		return (struct span){ 0 };
	b = memchr(a, close, s.n - (size_t)(a - s.p));
	return b == NULL ? (struct span){ 0 } : (struct span){ a + 1, (size_t)(b - a) - 1 };
}

void
feed_author(const struct feed_text *t, bool address, struct buf *out)
{
	struct buf line = BUF_INIT(1 << 16);
	struct span s, part;

	/* "Name <mail>" would be a tag to a reader of HTML. */
	if (t->kind != FEED_PLAIN && inside(t->s, '<', '>').n > 0 &&
	    looks_like_mail(inside(t->s, '<', '>')))
		utf8_line(t->s, &line);
	else
		feed_text_line(t, &line);
	s = buf_span(&line);
	part = inside(s, '(', ')');
	if (part.n > 0 &&
	    looks_like_mail(span_trim((struct span){ s.p, (size_t)(part.p - 1 - s.p) }))) {
		s = part;
	} else if (part.n > 0 && looks_like_mail(span_trim(part))) {
		s.n = (size_t)(part.p - 1 - s.p);
	} else {
		part = inside(s, '<', '>');
		if (part.n > 0 && looks_like_mail(span_trim(part)))
			s.n = (size_t)(part.p - 1 - s.p);
	}
	s = span_trim(s);
	if (s.n > 1 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = (struct span){ s.p + 1, s.n - 2 };
	if (address || !looks_like_mail(s))
		buf_addspan(out, s);
	buf_clear(&line);
}

void
feed_byline(const struct feed_doc *d, const struct feed_entry *e, struct buf *out)
{
	struct buf one = BUF_INIT(1 << 16);
	size_t was = out->n;

	feed_author(e->author.s.n > 0 ? &e->author : &d->author, false, out);
	for (const struct feed_coauthor *c = e->coauthors; c != NULL; c = c->next) {
		struct span so_far = { buf_str(out) + was, out->n - was };
		buf_reset(&one);
		feed_author(&c->name, false, &one);
		if (one.n == 0 || span_find(so_far, buf_span(&one)) != (size_t)-1)
			continue;
		if (so_far.n > 0)
			buf_adds(out, ", ");
		buf_addspan(out, buf_span(&one));
	}
	buf_clear(&one);
}
