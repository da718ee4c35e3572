/*
 * Templates, second half: nodes and values to text. Everything that could be wrong with the template was
 * refused when it was compiled; a value that is not set is an empty text.
 */
#include "text/template.h"
#include "text/value.h"

#include <string.h>

struct run {
	const struct template *t;
	const struct value *record[TEMPLATE_DEPTH + 1]; /* from the root inwards */
	size_t depth;
	struct buf *out;
};

/* Plain text: line ends and tabs stay, other controls go, bad bytes become U+FFFD. */
static void
escape_text(struct span s, struct buf *out)
{
	for (size_t i = 0, len; i < s.n; i += len) {
		uint32_t cp = utf8_decode(s.p + i, s.n - i, &len);

		if (cp == '\n' || cp == '\t' || (cp >= 0x20 && (cp < 0x7F || cp >= 0xA0)))
			utf8_add(out, utf8_is_noncharacter(cp) ? 0xFFFD : cp);
	}
}

void
template_escape(enum template_escape escape, struct span text, struct buf *out)
{
	switch (escape) {
	case TEMPLATE_ESCAPE_HTML: escape_html(text, out); break;
	case TEMPLATE_ESCAPE_MARKDOWN: escape_markdown(text, out); break;
	case TEMPLATE_ESCAPE_TEXT: escape_text(text, out); break;
	case TEMPLATE_ESCAPE_LINE: utf8_line(text, out); break;
	case TEMPLATE_ESCAPE_URL: escape_url(text, out); break;
	}
}

static void
put(const struct run *r, const struct node *node, struct span text)
{
	bool url = node->name->kind == TEMPLATE_URL;

	if (node->kind == NODE_RAW) {
		buf_addspan(r->out, text);
	} else if (node->name->kind == TEMPLATE_SLOT) {
		buf_adds(r->out, SLOT_VALUE);
		buf_addspan(r->out, text);
	} else if (url && r->t->escape == TEMPLATE_ESCAPE_MARKDOWN) {
		escape_markdown_url(text, r->out);
	} else if (!url || r->t->escape != TEMPLATE_ESCAPE_HTML || url_is_safe(text)) {
		template_escape(r->t->escape, text, r->out);
	}
}

static bool
is_set(const struct value_field *f)
{
	return f != NULL && (f->on || f->count > 0 || f->n > 0);
}

static void run_nodes(struct run *r, size_t from, size_t to);

/* Whether a slot is set is known when it is filled: the section goes out whole, between its marks. */
static void
run_slot(struct run *r, const struct node *node, const struct value_field *f, size_t at)
{
	if (f == NULL || f->text == NULL)
		return;
	buf_adds(r->out, node->kind == NODE_INVERTED ? SLOT_UNLESS : SLOT_IF);
	buf_add(r->out, f->text, f->n);
	run_nodes(r, at + 1, node->end);
	buf_adds(r->out, SLOT_END);
}

static void
run_nodes(struct run *r, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct node *node = &r->t->nodes[i];
		const struct value_field *f;

		if (node->kind == NODE_LITERAL) {
			buf_addspan(r->out, node->text);
			continue;
		}
		f = value_find(r->record[r->depth - node->up], node->name->name);
		if (node->kind == NODE_VALUE || node->kind == NODE_RAW) {
			if (f != NULL && f->text != NULL)
				put(r, node, (struct span){ f->text, f->n });
			continue;
		}
		if (node->name->kind == TEMPLATE_SLOT) {
			run_slot(r, node, f, i);
		} else if (node->kind == NODE_INVERTED) {
			if (!is_set(f))
				run_nodes(r, i + 1, node->end);
		} else if (node->name->kind == TEMPLATE_LIST) {
			r->depth++;
			for (size_t k = 0; f != NULL && k < f->count; k++) {
				r->record[r->depth] = f->list[k];
				run_nodes(r, i + 1, node->end);
			}
			r->depth--;
		} else if (is_set(f)) {
			run_nodes(r, i + 1, node->end);
		}
		i = node->end - 1;
	}
}

enum wrap_rc
template_render(
    const struct template *t, const struct value *v, struct buf *out, struct wrap_err *err)
{
	struct run r = { .t = t, .record = { v }, .out = out };

	if (v == NULL || v->root->failed)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	run_nodes(&r, 0, t->n);
	return buf_rc(out, err);
}
