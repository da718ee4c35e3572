/*
 * The shells: what stands around an edition's body, as templates an owner can change. Their names are
 * declared here; each key of the theme is style_KEY. What differs between readers is
 * a slot. A template that names something else is refused when the edition is opened.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define PREHEADER_LEAST 40 /* columns; fewer and a mail client fills up with what follows */
#define PREHEADER_MOST 130

static const struct template_name common[] = {
	{ "language", TEMPLATE_TEXT, NULL },
	{ "dir", TEMPLATE_TEXT, NULL },
	{ "start", TEMPLATE_TEXT,
	    NULL }, /* left, or right in an edition that runs from right to left */
	{ "end", TEMPLATE_TEXT, NULL },
	{ "title", TEMPLATE_TEXT, NULL },
	{ "subject", TEMPLATE_TEXT, NULL },
	{ "edition", TEMPLATE_TEXT, NULL }, /* 2026-W47 */
	{ "preheader", TEMPLATE_TEXT, NULL },
	{ "publication", TEMPLATE_TEXT, NULL },
	{ "description", TEMPLATE_TEXT, NULL },
	{ "address", TEMPLATE_TEXT, NULL },
	{ "reply_to", TEMPLATE_TEXT, NULL },
	{ "url", TEMPLATE_URL, NULL },
	{ "logo", TEMPLATE_URL, NULL },
	{ "action_url", TEMPLATE_URL, NULL }, /* of a letter: what to click on */
	{ "heading", TEMPLATE_TEXT, NULL },   /* of a letter to the editor, as are the next two */
	{ "note", TEMPLATE_TEXT, NULL },
	{ "steps", TEMPLATE_TEXT, NULL },
	{ "sheet", TEMPLATE_MARKUP, NULL },
	{ "body", TEMPLATE_MARKUP, NULL },
	{ "recipient", TEMPLATE_SLOT, NULL },
	{ "reader", TEMPLATE_SLOT, NULL },
	{ "unsubscribe_url", TEMPLATE_SLOT, NULL },
	{ "preferences_url", TEMPLATE_SLOT, NULL },
	{ "web_url", TEMPLATE_SLOT, NULL },
};
#define COMMON (sizeof(common) / sizeof(common[0]))

static const char *
text_of(const struct render *r, const char *name, struct wrap_err *err)
{
	const char *text =
	    r->in.template_text == NULL ? NULL : r->in.template_text(r->in.ctx, name);

	if (text == NULL)
		(void)wrap_fail(err, WRAP_ECONFIG, "there is no template %s", name);
	return text;
}

/* The table of names: the common ones, style_KEY. */
static enum wrap_rc
make_names(struct render *r, struct wrap_err *err)
{
	size_t n = r->theme.n;

	r->names = calloc(COMMON + n + 1, sizeof(*r->names));
	r->own_names = calloc(n + 1, sizeof(char *));
	if (r->names == NULL || r->own_names == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	memcpy(r->names, common, sizeof(common));
	for (size_t i = 0; i < n; i++) {
		struct buf b = BUF_INIT(256);

		buf_addf(&b, "style_%s", r->theme.v[i].key);
		r->own_names[i] = buf_steal(&b);
		if (r->own_names[i] == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		r->names[COMMON + i] = (struct template_name){ .name = r->own_names[i] };
	}
	return WRAP_OK;
}

static const char *
partial_text(void *ctx, const char *name)
{
	const struct render *r = ctx;

	return r->in.template_text(r->in.ctx, name);
}

enum wrap_rc
shell_load(const struct render *r, const char *name, enum template_escape escape,
    struct template **out, struct wrap_err *err)
{
	const char *text = text_of(r, name, err);
	struct template_source src = { .name = name,
		.text = span_of(text),
		.escape = escape,
		.names = r->names,
		.say = r->in.say,
		.partial = partial_text,
		.ctx = (void *)(uintptr_t)r }; /* partial_text only reads it */

	return text == NULL ? WRAP_ECONFIG : template_compile(&src, out, err);
}

enum wrap_rc
shell_open_common(struct render *r, struct wrap_err *err)
{
	const char *text = text_of(r, "theme.conf", err);
	enum wrap_rc rc =
	    text == NULL ? WRAP_ECONFIG : theme_open("theme.conf", text, &r->theme, err);

	return rc == WRAP_OK ? make_names(r, err) : rc;
}

enum wrap_rc
shell_open(struct render *r, struct wrap_err *err)
{
	enum wrap_rc rc = shell_open_common(r, err);

	if (rc == WRAP_OK)
		rc = shell_load(r, "message.html", TEMPLATE_ESCAPE_HTML, &r->html, err);
	if (rc == WRAP_OK)
		rc = shell_load(r, "message.txt", TEMPLATE_ESCAPE_TEXT, &r->text, err);
	if (rc == WRAP_OK)
		rc = shell_load(r, "page.html", TEMPLATE_ESCAPE_HTML, &r->web, err);
	return rc;
}

void
shell_close(struct render *r)
{
	template_free(&r->html);
	template_free(&r->text);
	template_free(&r->web);
	for (size_t i = 0; r->own_names != NULL && r->own_names[i] != NULL; i++)
		free(r->own_names[i]);
	free(r->own_names);
	free(r->names);
	theme_close(&r->theme);
}

void
shorten(struct span s, size_t most, struct buf *out)
{
	size_t columns = 0, cut = 0, blank = 0;

	if (utf8_columns(s) <= most) {
		buf_addspan(out, s);
		return;
	}
	for (size_t i = 0, len; i < s.n; i += len) {
		columns += (size_t)utf8_width(utf8_decode(s.p + i, s.n - i, &len));
		if (columns > most - 1)
			break;
		cut = i + len;
		if (s.p[i] == ' ')
			blank = i;
	}
	buf_add(out, s.p, blank > cut / 3 * 2 ? blank : cut);
	buf_adds(out, "…");
}

/*
 * What a mail client shows beside the subject: the editor's note, else this reader's headlines. It says
 * something the subject does not.
 */
static void
preheader(const struct render *r, const char *topics, struct buf *out)
{
	struct buf all = BUF_INIT(0);

	for (size_t i = 0; i < r->doc.n_blocks && utf8_columns(buf_span(&all)) < PREHEADER_MOST;
	     i++) {
		const struct block *b = &r->doc.blocks[i];
		size_t before = all.n;

		if (b->role == BLOCK_NOTE ? cmark_node_get_type(b->node) != CMARK_NODE_PARAGRAPH
					  : b->role != BLOCK_STORY)
			continue;
		if (!document_wants(&r->doc, topics, b->topic))
			continue;
		if (b->role == BLOCK_STORY && utf8_columns(buf_span(&all)) >= PREHEADER_LEAST &&
		    i > 0 && r->doc.blocks[1].role == BLOCK_NOTE)
			break;
		if (all.n > 0)
			buf_adds(&all, b->role == BLOCK_STORY ? " · " : " ");
		node_text(b->node, &all);
		if (all.n == before)
			continue;
	}
	/* One story with a short title: its text goes on. */
	for (size_t i = 0; i < r->doc.n_blocks && utf8_columns(buf_span(&all)) < PREHEADER_LEAST;
	     i++) {
		const struct block *b = &r->doc.blocks[i];

		if (b->role != BLOCK_TEXT || !document_wants(&r->doc, topics, b->topic))
			continue;
		buf_adds(&all, all.n > 0 ? " · " : "");
		node_text(b->node, &all);
	}
	shorten(buf_span(&all), PREHEADER_MOST, out);
	buf_clear(&all);
}

static void
set_slots(struct value *v)
{
	static const struct {
		const char *name;
		enum slot slot;
	} slots[] = {
		{ "recipient", SLOT_RECIPIENT },
		{ "reader", SLOT_NAME },
		{ "unsubscribe_url", SLOT_UNSUBSCRIBE },
		{ "preferences_url", SLOT_PREFERENCES },
		{ "web_url", SLOT_WEB },
	};

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		char letter[2] = { SLOT_LETTER(slots[i].slot), '\0' };

		value_texts(v, slots[i].name, letter);
	}
}

void
shell_values(struct value *v, const struct render *r)
{
	bool rtl = r->direction == DIRECTION_RTL;

	set_slots(v);
	value_texts(v, "language", r->in.language);
	value_texts(v, "dir", rtl ? "rtl" : "ltr");
	value_texts(v, "start", rtl ? "right" : "left");
	value_texts(v, "end", rtl ? "left" : "right");
	value_texts(v, "title", r->doc.title);
	value_texts(v, "subject", r->subject);
	value_texts(v, "edition", r->in.key);
	value_texts(v, "publication", r->in.name);
	value_texts(v, "description", r->in.description);
	value_texts(v, "address", r->in.address);
	value_texts(v, "reply_to", r->reply_mailbox);
	value_texts(v, "url", r->in.url);
	value_texts(v, "logo", r->in.logo);
	for (size_t i = 0; i < r->theme.n; i++)
		value_texts(v, r->own_names[i], r->theme.v[i].style[rtl]);
}

/* Lines of the text shell that an owner's words made too long; links and what is already short stay. */
void
shell_rewrap(struct span text, struct buf *out)
{
	struct span line;

	while (span_cut(&text, '\n', &line)) {
		bool signature = span_eqs(line, "-- ");

		if (utf8_columns(line) > 76)
			text_wrap(line, 72, "", "", out);
		else {
			while (line.n > 0 && line.p[line.n - 1] == ' ' && !signature)
				line.n--;
			buf_addspan(out, line);
			buf_addc(out, '\n');
		}
	}
}

enum wrap_rc
shell_fill(const struct render *r, const struct template *t, struct value *v, struct buf *out,
    struct wrap_err *err)
{
	struct buf whole = BUF_INIT(0), sheet = BUF_INIT(0);
	enum wrap_rc rc = template_render(t, v, &whole, err);
	struct span html = buf_span(&whole);

	if (rc == WRAP_OK) {
		theme_sheet(&r->theme, &html, &sheet);
		value_text(v, "sheet", buf_span(&sheet));
		rc = template_render(t, v, out, err);
	}
	buf_clear(&whole);
	buf_clear(&sheet);
	return rc;
}

enum wrap_rc
shell_render(const struct render *r, enum shell which, const char *topics, struct buf *out,
    struct wrap_err *err)
{
	const struct template *t = which == SHELL_HTML   ? r->html
				   : which == SHELL_TEXT ? r->text
							 : r->web;
	struct buf body = BUF_INIT(0), pre = BUF_INIT(0), whole = BUF_INIT(0);
	struct value *v = value_new();
	enum wrap_rc rc;

	if (which == SHELL_TEXT)
		render_text_body(r, topics, &body);
	else
		render_html_body(r, topics, &body);
	preheader(r, topics, &pre);
	rc = buf_rc(&body, err);
	if (rc == WRAP_OK)
		rc = buf_rc(&pre, err);
	if (rc == WRAP_OK) {
		while (body.n > 0 && body.p[body.n - 1] == '\n')
			buf_truncate(&body, body.n - 1);
		shell_values(v, r);
		value_text(v, "preheader", buf_span(&pre));
		value_text(v, "body", buf_span(&body));
		rc = which == SHELL_TEXT ? template_render(t, v, &whole, err)
					 : shell_fill(r, t, v, &whole, err);
	}
	if (rc == WRAP_OK && which == SHELL_TEXT)
		shell_rewrap(buf_span(&whole), out);
	else if (rc == WRAP_OK)
		buf_addspan(out, buf_span(&whole));
	if (rc == WRAP_OK)
		rc = buf_rc(out, err);
	value_free(&v);
	buf_clear(&body);
	buf_clear(&pre);
	buf_clear(&whole);
	return rc;
}
