/*
 * Letters: the mails around a subscription that are no edition. Theme, words and headers are those of the
 * edition; the words are templates of their own, KIND.html, KIND.txt and KIND.subject.
 */
#include "internal.h"

#include "wrap/mail.h"

#include <stdlib.h>
#include <string.h>

struct letter {
	const struct render_letter *l;
	struct render *r;
	struct value *v;
	struct buf subject, text, html;
};

/* One of the letter's templates, filled for its reader. Appends. */
static enum wrap_rc
fill(struct letter *m, const char *suffix, enum template_escape escape, struct buf *out,
    struct wrap_err *err)
{
	struct buf name = BUF_INIT(64), marked = BUF_INIT(0), wrapped = BUF_INIT(0);
	bool html = escape == TEMPLATE_ESCAPE_HTML;
	struct template *t = NULL;
	enum wrap_rc rc;

	buf_addf(&name, "%s.%s", m->l->kind, suffix);
	rc = shell_load(m->r, buf_str(&name), escape, &t, err);
	if (rc == WRAP_OK)
		rc = html ? shell_fill(m->r, t, m->v, &marked, err)
			  : template_render(t, m->v, &marked, err);
	if (rc == WRAP_OK && escape == TEMPLATE_ESCAPE_TEXT)
		shell_rewrap(buf_span(&marked), &wrapped);
	else if (rc == WRAP_OK)
		buf_addspan(&wrapped, buf_span(&marked));
	if (rc == WRAP_OK)
		slots_fill(buf_span(&wrapped), &m->l->reader, html, out);
	if (rc == WRAP_OK)
		rc = buf_rc(out, err);
	template_free(&t);
	buf_clear(&name);
	buf_clear(&marked);
	buf_clear(&wrapped);
	return rc;
}

/* A letter's text has the names of a shell, and its subject as title. */
static enum wrap_rc
fill_all(struct letter *m, struct wrap_err *err)
{
	struct buf line = BUF_INIT(8192);
	enum wrap_rc rc;

	m->v = value_new();
	shell_values(m->v, m->r);
	value_texts(m->v, "action_url", m->l->action_url);
	value_texts(m->v, "heading", m->l->heading);
	value_texts(m->v, "note", m->l->note);
	value_texts(m->v, "steps", m->l->steps);
	rc = fill(m, "subject", TEMPLATE_ESCAPE_LINE, &line, err);
	utf8_line(buf_span(&line), &m->subject);
	value_text(m->v, "title", buf_span(&m->subject));
	value_text(m->v, "subject", buf_span(&m->subject));
	if (rc == WRAP_OK)
		rc = fill(m, "txt", TEMPLATE_ESCAPE_TEXT, &m->text, err);
	if (rc == WRAP_OK)
		rc = fill(m, "html", TEMPLATE_ESCAPE_HTML, &m->html, err);
	buf_clear(&line);
	return rc;
}

static enum wrap_rc
write_headers(const struct letter *m, const char *boundary, struct buf *out, struct wrap_err *err)
{
	const struct render *r = m->r;
	struct buf id = BUF_INIT(1024);
	char date[CLOCK_TEXT];
	enum wrap_rc rc =
	    header_phrase(out, "From", span_of(r->from_name), span_of(r->from_mailbox), err);

	buf_addf(&id, "<%s>", m->l->reader.message_id);
	if (rc == WRAP_OK)
		rc = header_recipient(&m->l->reader, out, err);
	if (rc == WRAP_OK)
		rc = header_phrase(
		    out, "Reply-To", span_of(r->reply_name), span_of(r->reply_mailbox), err);
	if (rc == WRAP_OK)
		rc = header_text(out, "Subject", buf_span(&m->subject), err);
	if (rc == WRAP_OK)
		rc = header_words(out, "Message-ID", buf_span(&id), err);
	if (rc == WRAP_OK)
		rc = header_words(out, "Date", span_of(clock_rfc5322(r->in.sent_at, date)), err);
	if (rc == WRAP_OK)
		rc = header_words(out, "Content-Language", span_of(r->in.language), err);
	buf_adds(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
	buf_addf(out, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n", boundary);
	buf_clear(&id);
	return rc;
}

static enum wrap_rc
write_message(const struct letter *m, struct buf *out, struct wrap_err *err)
{
	struct buf boundary = BUF_INIT(80);
	enum wrap_rc rc;

	boundary_make(buf_span(&m->text), buf_span(&m->html), &boundary);
	rc = write_headers(m, buf_str(&boundary), out, err);
	if (rc == WRAP_OK) {
		part_write(buf_span(&m->text), false, buf_str(&boundary), out);
		part_write(buf_span(&m->html), true, buf_str(&boundary), out);
		buf_addf(out, "--%s--\r\n", buf_str(&boundary));
		rc = buf_rc(out, err);
	}
	if (rc == WRAP_OK)
		rc = mime_gate(buf_span(out), true, err);
	buf_clear(&boundary);
	return rc;
}

enum wrap_rc
render_letter(const struct render_letter *l, struct buf *out, struct wrap_err *err)
{
	struct letter m = { .l = l };
	enum wrap_rc rc = reader_check(&l->reader, false, err);

	buf_reset(out);
	if (rc == WRAP_OK && l->action_url != NULL && !url_is_safe(span_of(l->action_url)))
		rc = wrap_fail(err, WRAP_EINVAL, "the letter's link is not one");
	m.r = calloc(1, sizeof(*m.r));
	if (m.r == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	m.r->in = l->of;
	if (m.r->in.language == NULL)
		m.r->in.language = "en";
	m.r->direction = language_direction(m.r->in.language);
	if (rc == WRAP_OK)
		rc = read_people(m.r, err);
	if (rc == WRAP_OK)
		rc = shell_open_common(m.r, err);
	if (rc == WRAP_OK)
		rc = fill_all(&m, err);
	if (rc == WRAP_OK)
		rc = write_message(&m, out, err);
	if (rc != WRAP_OK)
		buf_reset(out);
	value_free(&m.v);
	buf_clear(&m.subject);
	buf_clear(&m.text);
	buf_clear(&m.html);
	render_close(&m.r);
	return rc;
}
