/*
 * An edition, open for rendering: its document, the look and the words around it. From here the flow goes to
 * message.c, which compiles a message, or straight to the parts for a preview and the archive.
 */
#include "internal.h"

#include "wrap/mail.h"

#include <stdlib.h>
#include <string.h>

#define SUBJECT_MOST 200 /* columns; mail clients show under 80 */
#define SUBJECT_GOOD 78
#define HTML_WARNED ((size_t)80 << 10)

/* One line for a header, cut where no reader looks any more. */
static enum wrap_rc
make_subject(struct render *r, struct wrap_err *err)
{
	struct buf line = BUF_INIT(0), cut = BUF_INIT(0);

	utf8_line(span_of(r->in.subject != NULL ? r->in.subject : r->doc.title), &line);
	if (line.n == 0)
		buf_adds(&line, r->doc.title);
	shorten(buf_span(&line), SUBJECT_MOST, &cut);
	buf_clear(&line);
	r->subject = buf_steal(&cut);
	return r->subject == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
}

enum wrap_rc
read_people(struct render *r, struct wrap_err *err)
{
	enum wrap_rc rc = address_named(span_of(r->in.from), &r->from_name, &r->from_mailbox, err);

	if (rc != WRAP_OK)
		return wrap_while(err, rc, "publication.from");
	if (r->in.reply_to == NULL) {
		r->reply_mailbox = str_dup(r->from_mailbox);
		return r->reply_mailbox == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
						: WRAP_OK;
	}
	rc = address_named(span_of(r->in.reply_to), &r->reply_name, &r->reply_mailbox, err);
	return wrap_while(err, rc, "publication.reply_to");
}

enum wrap_rc
render_open(const struct render_input *in, struct render **out, struct wrap_err *err)
{
	struct render *r = calloc(1, sizeof(*r));
	enum wrap_rc rc;

	*out = NULL;
	if (r == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	r->in = *in;
	if (r->in.language == NULL)
		r->in.language = "en";
	r->direction = language_direction(r->in.language);
	rc = document_open(in->markdown, &in->topics, &r->doc, err);
	if (rc == WRAP_OK)
		rc = read_people(r, err);
	if (rc == WRAP_OK)
		rc = make_subject(r, err);
	if (rc == WRAP_OK)
		rc = shell_open(r, err);
	if (rc != WRAP_OK)
		render_close(&r);
	*out = r;
	return rc;
}

void
render_close(struct render **r)
{
	if (*r == NULL)
		return;
	shell_close(*r);
	document_close(&(*r)->doc);
	free((*r)->subject);
	free((*r)->from_name);
	free((*r)->from_mailbox);
	free((*r)->reply_name);
	free((*r)->reply_mailbox);
	free(*r);
	*r = NULL;
}

size_t
render_stories(const struct render *r, const char *topics)
{
	return document_stories(&r->doc, topics);
}

static enum wrap_rc
render_part(const struct render *r, enum shell which, const char *topics,
    const struct render_reader *reader, struct buf *out, struct wrap_err *err)
{
	struct buf marked = BUF_INIT(0);
	enum wrap_rc rc = shell_render(r, which, topics, &marked, err);

	buf_reset(out);
	if (rc == WRAP_OK) {
		slots_fill(buf_span(&marked), reader, which != SHELL_TEXT, out);
		rc = buf_rc(out, err);
	}
	buf_clear(&marked);
	return rc;
}

enum wrap_rc
render_text(struct render *r, const char *topics, const struct render_reader *reader,
    struct buf *out, struct wrap_err *err)
{
	return render_part(r, SHELL_TEXT, topics, reader, out, err);
}

enum wrap_rc
render_html(struct render *r, const char *topics, const struct render_reader *reader,
    struct buf *out, struct wrap_err *err)
{
	return render_part(r, SHELL_HTML, topics, reader, out, err);
}

enum wrap_rc
render_web(struct render *r, struct buf *out, struct wrap_err *err)
{
	return render_part(r, SHELL_WEB, NULL, NULL, out, err);
}

/* What is no mistake, but what an editor would want to know. */
static enum wrap_rc
find_warnings(const struct render *r, struct strs *warnings, struct wrap_err *err)
{
	struct buf html = BUF_INIT(0), line = BUF_INIT(1024);
	size_t columns = utf8_columns(span_of(r->subject));
	enum wrap_rc rc = shell_render(r, SHELL_HTML, NULL, &html, err);

	if (rc == WRAP_OK && html.n > HTML_WARNED) {
		buf_addf(
		    &line, "the mail has %zu kB of HTML; from 102 Gmail cuts it off", html.n >> 10);
		rc = strs_add(warnings, buf_span(&line), err);
	}
	if (rc == WRAP_OK && columns > SUBJECT_GOOD) {
		buf_reset(&line);
		buf_addf(&line,
		    "the subject has %zu columns; most mail programs show fewer than %d", columns,
		    SUBJECT_GOOD);
		rc = strs_add(warnings, buf_span(&line), err);
	}
	for (size_t i = 0; i < r->doc.n_blocks && rc == WRAP_OK; i++) {
		cmark_node *n = r->doc.blocks[i].node;

		if (cmark_node_get_type(n) != CMARK_NODE_HTML_BLOCK ||
		    r->doc.blocks[i].role == BLOCK_SILENT)
			continue;
		buf_reset(&line);
		buf_addf(&line, "line %d: HTML is shown as text", cmark_node_get_start_line(n));
		rc = strs_add(warnings, buf_span(&line), err);
	}
	buf_clear(&html);
	buf_clear(&line);
	return rc;
}

enum wrap_rc
render_check(struct render *r, struct strs *warnings, struct wrap_err *err)
{
	struct compiled *m = NULL;
	enum wrap_rc rc = render_compile(r, NULL, &m, err);

	compiled_free(&m);
	*warnings = (struct strs){ 0 };
	if (rc == WRAP_OK)
		rc = find_warnings(r, warnings, err);
	if (rc != WRAP_OK)
		strs_clear(warnings);
	return rc;
}
