/*
 * Templates, first half: text to a flat list of nodes. Every name is resolved here against the table the
 * caller declares, so that a misspelt name or a crossed section is found when the template is loaded, with
 * its line, and rendering (template_render.c) has nothing left that could go wrong but memory.
 *
 * The language is the part of the Mustache specification 1.4 that holds no logic. One difference is meant:
 * a name belongs to the record that declares it. Mustache would look further out when a record lacks the
 * value, and so show one story's missing link as the link of the publication.
 */
#include "text/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODES_MAX 20000
#define SOURCES_MAX 200
#define PARTIALS_DEPTH 8
#define SOURCE_BYTES ((size_t)256 << 10)
#define SAY "say_" /* before the key of a phrase */

struct opened {
	const struct template_name *name;
	size_t node, line;
	bool record; /* its items have names of their own */
};

struct compiler {
	struct template *t;
	const struct template_source *src;
	const struct template_name *scope[TEMPLATE_DEPTH + 1];
	size_t scopes;
	struct opened open[TEMPLATE_DEPTH];
	size_t n_open;
	struct wrap_err *err;
};

/* One file being read: the template or a partial. */
struct reader {
	const char *name;
	struct span text;
	size_t at, line, line_start;
	unsigned depth; /* of partials */
	bool phrase;    /* plain text, to be escaped, but for the tags in it */
};

struct tag {
	char kind; /* '\0' for a variable, else the sigil; '{' for the triple */
	struct span name;
	size_t from, to; /* in the text, with the braces */
	bool alone;      /* nothing but blanks beside it on its line */
};

static enum wrap_rc parse(struct compiler *c, struct reader *r);

static enum wrap_rc
complain(const struct compiler *c, const struct reader *r, const char *what, struct span name)
{
	return wrap_fail(c->err, WRAP_ECONFIG, "%s:%zu: %s '%.*s'", r->name, r->line, what,
	    (int)(name.n > 80 ? 80 : name.n), name.p);
}

static enum wrap_rc
add_node(struct compiler *c, struct node node)
{
	struct template *t = c->t;

	if (t->n == NODES_MAX)
		return wrap_fail(c->err, WRAP_ECONFIG, "%s: template too large", c->src->name);
	if (t->n == t->room) {
		size_t room = t->room == 0 ? 32 : t->room * 2;
		struct node *grown = realloc(t->nodes, room * sizeof(*grown));

		if (grown == NULL)
			return wrap_fail(c->err, WRAP_ENOMEM, "out of memory");
		t->nodes = grown;
		t->room = room;
	}
	t->nodes[t->n++] = node;
	return WRAP_OK;
}

static const struct template_name *
declared(const struct template_name *names, struct span name)
{
	for (; names != NULL && names->name != NULL; names++)
		if (span_eqs(name, names->name))
			return names;
	return NULL;
}

/* The name that {{.}} stands for: the nearest section's own, or what a list's records are made of. */
static const struct template_name *
resolve_dot(const struct compiler *c, unsigned *up)
{
	*up = 0;
	for (size_t i = c->n_open; i-- > 0;) {
		const struct opened *o = &c->open[i];

		if (c->t->nodes[o->node].kind != NODE_SECTION)
			continue;
		if (o->record)
			return declared(o->name->inside, SPAN_LIT("."));
		if (o->name->kind == TEMPLATE_FLAG)
			continue;
		*up = c->t->nodes[o->node].up;
		return o->name;
	}
	return NULL;
}

static const struct template_name *
resolve(const struct compiler *c, struct span name, unsigned *up)
{
	const struct template_name *found;

	if (span_eqs(name, "."))
		return resolve_dot(c, up);
	for (size_t i = c->scopes; i-- > 0;) {
		found = declared(c->scope[i], name);
		if (found != NULL) {
			*up = (unsigned)(c->scopes - 1 - i);
			return found;
		}
	}
	return NULL;
}

static enum wrap_rc
unknown(const struct compiler *c, const struct reader *r, struct span name)
{
	struct buf all = BUF_INIT(400);
	enum wrap_rc rc;

	for (size_t i = c->scopes; i-- > 0;)
		for (const struct template_name *n = c->scope[i]; n != NULL && n->name != NULL; n++)
			buf_addf(&all, "%s%s", all.n == 0 ? "" : ", ", n->name);
	rc = wrap_fail(c->err, WRAP_ECONFIG, "%s:%zu: there is no name '%.*s' here; there are: %s",
	    r->name, r->line, (int)(name.n > 80 ? 80 : name.n), name.p, buf_str(&all));
	buf_clear(&all);
	return rc;
}

/* Keep a source for as long as the template lives. indent goes before each line, as for a partial. */
static enum wrap_rc
keep_source(struct compiler *c, struct span text, struct span indent, struct span *kept)
{
	struct buf b = BUF_INIT(SOURCE_BYTES);
	enum wrap_rc rc;

	if (c->t->sources.n == SOURCES_MAX)
		return wrap_fail(c->err, WRAP_ECONFIG, "%s: too many partials", c->src->name);
	for (struct span line; span_cut(&text, '\n', &line);) {
		bool ended = line.p + line.n != text.p; /* the last line may lack its end */

		buf_addspan(&b, indent);
		buf_addspan(&b, line);
		if (ended)
			buf_addc(&b, '\n');
	}
	rc = buf_rc(&b, c->err);
	if (rc == WRAP_OK)
		rc = strs_add(&c->t->sources, buf_span(&b), c->err);
	if (rc == WRAP_OK)
		*kept = (struct span){ c->t->sources.v[c->t->sources.n - 1], b.n };
	buf_clear(&b);
	return rc;
}

static enum wrap_rc
add_literal(struct compiler *c, const struct reader *r, struct span text)
{
	enum wrap_rc rc = WRAP_OK;
	bool plain = c->t->escape == TEMPLATE_ESCAPE_TEXT || c->t->escape == TEMPLATE_ESCAPE_LINE;

	if (text.n == 0)
		return WRAP_OK;
	if (r->phrase && !plain) { /* which is one line of checked UTF-8 as it is */
		struct buf b = BUF_INIT(SOURCE_BYTES);

		template_escape(c->t->escape, text, &b);
		rc = buf_rc(&b, c->err);
		if (rc == WRAP_OK)
			rc = keep_source(c, buf_span(&b), (struct span){ 0 }, &text);
		buf_clear(&b);
	}
	return rc == WRAP_OK ? add_node(c, (struct node){ .text = text }) : rc;
}

static enum wrap_rc
open_section(struct compiler *c, const struct reader *r, const struct tag *tag,
    const struct template_name *name, unsigned up)
{
	bool record = tag->kind == '#' && name->kind == TEMPLATE_LIST;

	if (c->n_open == TEMPLATE_DEPTH)
		return complain(c, r, "sections nest too deep at", tag->name);
	c->open[c->n_open++] = (struct opened){ name, c->t->n, r->line, record };
	if (record)
		c->scope[c->scopes++] = name->inside;
	return add_node(c,
	    (struct node){
		.kind = tag->kind == '#' ? NODE_SECTION : NODE_INVERTED, .name = name, .up = up });
}

static enum wrap_rc
close_section(struct compiler *c, const struct reader *r, const struct tag *tag, size_t outer)
{
	const struct opened *o;

	if (c->n_open == outer)
		return complain(c, r, "no section is open for", tag->name);
	o = &c->open[c->n_open - 1];
	if (!span_eqs(tag->name, o->name->name))
		return wrap_fail(c->err, WRAP_ECONFIG,
		    "%s:%zu: '%.*s' closes the section '%s' of line %zu", r->name, r->line,
		    (int)(tag->name.n > 80 ? 80 : tag->name.n), tag->name.p, o->name->name,
		    o->line);
	c->t->nodes[o->node].end = c->t->n;
	c->scopes -= o->record ? 1 : 0;
	c->n_open--;
	return WRAP_OK;
}

static enum wrap_rc
include_partial(struct compiler *c, const struct reader *r, const struct tag *tag)
{
	struct reader inner = { .line = 1, .depth = r->depth + 1 };
	struct span indent = { 0 };
	const char *text = NULL;
	char name[64];
	enum wrap_rc rc;

	if (tag->name.n < sizeof(name) && c->src->partial != NULL) {
		memcpy(name, tag->name.p, tag->name.n);
		name[tag->name.n] = '\0';
		text = c->src->partial(c->src->ctx, name);
	}
	if (text == NULL)
		return complain(c, r, "there is no template", tag->name);
	if (inner.depth > PARTIALS_DEPTH)
		return complain(c, r, "templates include one another too deep at", tag->name);
	if (tag->alone)
		indent = (struct span){ r->text.p + r->line_start, tag->from - r->line_start };
	inner.name = name;
	rc = keep_source(c, span_of(text), indent, &inner.text);
	return rc == WRAP_OK ? parse(c, &inner) : rc;
}

/* {{say_KEY}}: the phrase is put in here, once for all, as a small template of its own. */
static enum wrap_rc
include_phrase(struct compiler *c, const struct reader *r, const struct tag *tag)
{
	struct span key = { tag->name.p + strlen(SAY), tag->name.n - strlen(SAY) };
	const char *text = phrase_find(c->src->say, key);
	char name[64];
	struct reader inner = { .name = name, .text = span_of(text), .line = 1, .phrase = true };

	if (text == NULL)
		return complain(c, r, "words.en has no phrase for", tag->name);
	(void)snprintf(name, sizeof(name), "%.*s", (int)tag->name.n, tag->name.p);
	return parse(c, &inner);
}

static enum wrap_rc
variable(struct compiler *c, const struct reader *r, const struct tag *tag)
{
	bool raw = tag->kind != '\0';
	unsigned up = 0;
	const struct template_name *name;

	if (!raw && !r->phrase && c->src->say != NULL && span_starts(tag->name, SAY))
		return include_phrase(c, r, tag);
	name = resolve(c, tag->name, &up);
	if (name == NULL)
		return unknown(c, r, tag->name);
	if (name->kind == TEMPLATE_LIST || name->kind == TEMPLATE_FLAG)
		return complain(c, r, "this name opens a section, it is no text:", tag->name);
	if (raw && name->kind != TEMPLATE_MARKUP)
		return complain(c, r, "this text may not be put in unescaped:", tag->name);
	return add_node(
	    c, (struct node){ .kind = raw ? NODE_RAW : NODE_VALUE, .name = name, .up = up });
}

static enum wrap_rc
apply(struct compiler *c, const struct reader *r, const struct tag *tag, size_t outer)
{
	const struct template_name *name;
	unsigned up = 0;

	if (tag->kind == '!')
		return WRAP_OK;
	if (tag->name.n == 0)
		return complain(c, r, "a tag without a name:", tag->name);
	switch (tag->kind) {
	case '=': return complain(c, r, "delimiters cannot be changed:", tag->name);
	case '>': return include_partial(c, r, tag);
	case '/': return close_section(c, r, tag, outer);
	case '#':
	case '^':
		name = resolve(c, tag->name, &up);
		return name == NULL ? unknown(c, r, tag->name) : open_section(c, r, tag, name, up);
	default: return variable(c, r, tag);
	}
}

static bool
blank_until(struct span s, size_t from, size_t to)
{
	for (; from < to; from++)
		if (s.p[from] != ' ' && s.p[from] != '\t')
			return false;
	return true;
}

/* Read the tag that starts at from. false with a message when its end is missing. */
static bool
read_tag(struct compiler *c, const struct reader *r, size_t from, struct tag *tag)
{
	struct span rest = { r->text.p + from + 2, r->text.n - from - 2 };
	const char *end = rest.n > 0 && rest.p[0] == '{' ? "}}}" : "}}";
	size_t n, eol;

	*tag = (struct tag){ .from = from };
	n = span_find(rest, span_of(end));
	if (n == (size_t)-1) {
		(void)wrap_fail(
		    c->err, WRAP_ECONFIG, "%s:%zu: this tag has no %s", r->name, r->line, end);
		return false;
	}
	tag->to = from + 2 + n + strlen(end);
	rest.n = n;
	if (rest.n > 0 && strchr("{&#^/>!=", rest.p[0]) != NULL && rest.p[0] != '\0') {
		tag->kind = rest.p[0];
		rest.p++;
		rest.n--;
	}
	tag->name = span_trim(rest);
	for (eol = tag->to; eol < r->text.n && r->text.p[eol] != '\n'; eol++)
		;
	if (eol > tag->to && r->text.p[eol - 1] == '\r')
		eol--;
	tag->alone = tag->kind != '\0' && strchr("#^/>!=", tag->kind) != NULL &&
		     blank_until(r->text, r->line_start, from) &&
		     blank_until(r->text, tag->to, eol);
	return true;
}

/* Move to position to, counting the lines passed. */
static void
advance(struct reader *r, size_t to)
{
	for (; r->at < to; r->at++)
		if (r->text.p[r->at] == '\n') {
			r->line++;
			r->line_start = r->at + 1;
		}
}

static enum wrap_rc
parse(struct compiler *c, struct reader *r)
{
	size_t outer = c->n_open;
	enum wrap_rc rc = WRAP_OK;

	while (rc == WRAP_OK && r->at < r->text.n) {
		size_t from = r->at, after;
		size_t n =
		    span_find((struct span){ r->text.p + from, r->text.n - from }, SPAN_LIT("{{"));
		struct tag tag;

		if (n == (size_t)-1) {
			rc = add_literal(c, r, (struct span){ r->text.p + from, r->text.n - from });
			break;
		}
		advance(r, from + n);
		if (!read_tag(c, r, r->at, &tag))
			return WRAP_ECONFIG;
		n = tag.alone ? r->line_start : tag.from;
		if (n > from)
			rc = add_literal(c, r, (struct span){ r->text.p + from, n - from });
		if (rc == WRAP_OK)
			rc = apply(c, r, &tag, outer);
		after = tag.to;
		if (tag.alone) {
			while (after < r->text.n && r->text.p[after] != '\n')
				after++;
			after += after < r->text.n ? 1 : 0;
		}
		advance(r, after);
	}
	if (rc == WRAP_OK && c->n_open != outer)
		rc = wrap_fail(c->err, WRAP_ECONFIG, "%s:%zu: section '%s' is never closed",
		    r->name, c->open[c->n_open - 1].line, c->open[c->n_open - 1].name->name);
	return rc;
}

enum wrap_rc
template_compile(const struct template_source *src, struct template **out, struct wrap_err *err)
{
	struct compiler c = { .src = src, .err = err, .scope = { src->names }, .scopes = 1 };
	struct reader r = { .name = src->name, .line = 1 };
	enum wrap_rc rc;

	*out = NULL;
	c.t = calloc(1, sizeof(*c.t));
	if (c.t == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	c.t->escape = src->escape;
	if (src->text.n > SOURCE_BYTES)
		rc = wrap_fail(err, WRAP_ECONFIG, "%s: template too large", src->name);
	else
		rc = keep_source(&c, src->text, (struct span){ 0 }, &r.text);
	if (rc == WRAP_OK)
		rc = parse(&c, &r);
	if (rc != WRAP_OK)
		template_free(&c.t);
	*out = c.t;
	return rc;
}

void
template_free(struct template **t)
{
	if (*t == NULL)
		return;
	strs_clear(&(*t)->sources);
	free((*t)->nodes);
	free(*t);
	*t = NULL;
}
