/*
 * One edition for one set of topics, compiled: the whole MIME message as bytes already encoded, with
 * operations in between for what differs between readers. A slot in quoted-printable text stands on
 * lines of its own, between soft breaks, so that no line grows past 76 columns whatever is filled in.
 */
#include "internal.h"

#include "wrap/mail.h"

#include <stdlib.h>
#include <string.h>

#define HTML_REFUSED \
	((size_t)100 << 10) /* Gmail cuts at 102 kB, and the footer with the way out is lost */
#define SENDER_ID_LEAST 5
#define SENDER_ID_MOST 15

struct compiler {
	struct compiled *m;
	size_t barrier; /* operations before this one belong to a block that has ended */
	struct wrap_err *err;
};

static enum wrap_rc
add_op(struct compiler *c, struct op op)
{
	struct compiled *m = c->m;

	if (m->n == m->room) {
		size_t room = m->room == 0 ? 32 : m->room * 2;
		struct op *grown = realloc(m->ops, room * sizeof(*grown));

		if (grown == NULL)
			return wrap_fail(c->err, WRAP_ENOMEM, "out of memory");
		m->ops = grown;
		m->room = room;
	}
	m->ops[m->n++] = op;
	return WRAP_OK;
}

/* The bytes gathered in data since from. */
static enum wrap_rc
add_bytes(struct compiler *c, size_t from)
{
	struct compiled *m = c->m;

	if (m->data.n == from)
		return WRAP_OK;
	if (m->n > c->barrier && m->ops[m->n - 1].kind == OP_BYTES &&
	    m->ops[m->n - 1].at + m->ops[m->n - 1].n == from) {
		m->ops[m->n - 1].n += (uint32_t)(m->data.n - from);
		return WRAP_OK;
	}
	return add_op(
	    c, (struct op){
		   .kind = OP_BYTES, .at = (uint32_t)from, .n = (uint32_t)(m->data.n - from) });
}

static enum wrap_rc
add_header_op(struct compiler *c, enum op_header which)
{
	return add_op(c, (struct op){ .kind = OP_HEADER, .which = (uint8_t)which });
}

/* Line ends as MIME wants them under base64 too (RFC 2045 6.8). */
static void
add_crlf(struct span text, struct buf *out)
{
	struct span line;

	while (text.n > 0) {
		bool ended = memchr(text.p, '\n', text.n) != NULL;

		(void)span_cut(&text, '\n', &line);
		buf_addspan(out, line);
		if (ended)
			buf_add(out, "\r\n", 2);
	}
}

static enum wrap_rc
add_text(struct compiler *c, struct span text, bool base64)
{
	struct buf *data = &c->m->data;
	size_t from = data->n, column = 0;

	if (base64) {
		add_crlf(text, data);
	} else {
		mime_qp(text, &column, data);
		mime_qp_break(&column, data);
	}
	return add_bytes(c, from);
}

#define NESTING 32

static enum wrap_rc
add_marked(struct compiler *c, struct span marked, bool html, bool base64)
{
	size_t open[NESTING], depth = 0, at = 0;
	enum wrap_rc rc = WRAP_OK;

	while (rc == WRAP_OK && at < marked.n) {
		struct mark m = { 0 };
		size_t next = mark_next(marked, at, &m);

		rc = add_text(c, (struct span){ marked.p + at, next - at }, base64);
		if (next == marked.n || rc != WRAP_OK)
			break;
		at = next + m.bytes;
		if (m.kind == MARK_VALUE) {
			rc = add_op(
			    c, (struct op){
				   .kind = OP_VALUE, .which = (uint8_t)m.slot, .html = html });
		} else if (m.kind == MARK_END) {
			if (depth == 0)
				return wrap_fail(
				    c->err, WRAP_EPROTO, "a slot ends that was not begun");
			depth--;
			c->m->ops[open[depth]].n = (uint32_t)(c->m->n - open[depth] - 1);
			c->barrier = c->m->n;
		} else if (depth == NESTING) {
			return wrap_fail(c->err, WRAP_ELIMIT, "slots nest too deep");
		} else {
			open[depth++] = c->m->n;
			rc = add_op(c, (struct op){ .kind = m.kind == MARK_IF ? OP_IF : OP_UNLESS,
					   .which = (uint8_t)m.slot });
		}
	}
	if (rc == WRAP_OK && depth > 0)
		return wrap_fail(c->err, WRAP_EPROTO, "a slot is not ended");
	return rc;
}

static void
part_head(bool html, bool base64, const char *boundary, struct buf *out)
{
	buf_addf(out,
	    "--%s\r\nContent-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n",
	    boundary, html ? "html" : "plain", base64 ? "base64" : "quoted-printable");
}

void
part_write(struct span text, bool html, const char *boundary, struct buf *out)
{
	bool base64 = mime_prefers_base64(text);
	size_t column = 0;

	part_head(html, base64, boundary, out);
	if (base64) {
		struct buf crlf = BUF_INIT(0);

		add_crlf(text, &crlf);
		mime_base64(buf_span(&crlf), out);
		buf_clear(&crlf);
	} else {
		mime_qp(text, &column, out);
	}
	buf_adds(out, "\r\n");
}

static enum wrap_rc
add_part(struct compiler *c, struct span marked, bool html, const char *boundary)
{
	struct buf *data = &c->m->data;
	bool base64 = mime_prefers_base64(marked);
	size_t from = data->n, op;
	enum wrap_rc rc;

	part_head(html, base64, boundary, data);
	rc = add_bytes(c, from);
	op = c->m->n;
	if (rc == WRAP_OK && base64)
		rc = add_op(c, (struct op){ .kind = OP_BASE64 });
	if (rc == WRAP_OK)
		rc = add_marked(c, marked, html, base64);
	if (rc == WRAP_OK && base64)
		c->m->ops[op].n = (uint32_t)(c->m->n - op - 1);
	c->barrier = c->m->n;
	from = data->n;
	buf_adds(data, "\r\n");
	return rc == WRAP_OK ? add_bytes(c, from) : rc;
}

/* Feedback-ID's last field names the sender to Gmail: 5 to 15 letters, stable for the publication. */
static void
sender_id(const char *list_id, struct buf *out)
{
	size_t from = out->n;

	for (const char *p = list_id; *p != '\0' && out->n - from < SENDER_ID_MOST; p++) {
		bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			      (*p >= '0' && *p <= '9');

		if (letter || (out->n > from && out->p[out->n - 1] != '-'))
			buf_addc(out, letter ? *p : '-');
	}
	while (out->n - from < SENDER_ID_LEAST)
		buf_adds(out, "-wrap");
	if (out->n - from > SENDER_ID_MOST)
		buf_truncate(out, from + SENDER_ID_MOST);
}

static enum wrap_rc
add_feedback_id(const struct render *r, struct buf *out, struct wrap_err *err)
{
	struct buf b = BUF_INIT(256);
	enum wrap_rc rc;

	buf_addf(&b, "%s:edition:wrap:", r->in.key);
	sender_id(r->in.list_id, &b);
	rc = header_words(out, "Feedback-ID", buf_span(&b), err);
	buf_clear(&b);
	return rc;
}

static enum wrap_rc
add_owner(const struct render *r, struct buf *out, struct wrap_err *err)
{
	struct buf b = BUF_INIT(1024);
	enum wrap_rc rc;

	buf_addf(&b, "<mailto:%s>", r->reply_mailbox);
	rc = header_words(out, "List-Owner", buf_span(&b), err);
	buf_clear(&b);
	return rc;
}

/* The headers every copy shares, after those that differ. */
static enum wrap_rc
add_shared(struct compiler *c, const struct render *r, const char *boundary)
{
	struct buf *data = &c->m->data;
	char date[CLOCK_TEXT];
	size_t from = data->n;
	enum wrap_rc rc =
	    header_phrase(data, "List-Id", span_of(r->in.name), span_of(r->in.list_id), c->err);

	if (rc == WRAP_OK)
		rc = add_owner(r, data, c->err);
	if (rc == WRAP_OK)
		rc = add_feedback_id(r, data, c->err);
	if (rc == WRAP_OK)
		rc =
		    header_words(data, "Date", span_of(clock_rfc5322(r->in.sent_at, date)), c->err);
	if (rc == WRAP_OK)
		rc = header_words(data, "Content-Language", span_of(r->in.language), c->err);
	buf_adds(
	    data, "Precedence: bulk\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
	buf_addf(
	    data, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n", boundary);
	return rc == WRAP_OK ? add_bytes(c, from) : rc;
}

static enum wrap_rc
add_headers(struct compiler *c, const struct render *r, const char *boundary)
{
	struct buf *data = &c->m->data;
	enum wrap_rc rc =
	    header_phrase(data, "From", span_of(r->from_name), span_of(r->from_mailbox), c->err);

	if (rc == WRAP_OK)
		rc = add_bytes(c, 0);
	if (rc == WRAP_OK)
		rc = add_header_op(c, HEADER_TO);
	if (rc == WRAP_OK) {
		size_t from = data->n;

		rc = header_phrase(
		    data, "Reply-To", span_of(r->reply_name), span_of(r->reply_mailbox), c->err);
		if (rc == WRAP_OK)
			rc = header_text(data, "Subject", span_of(r->subject), c->err);
		if (rc == WRAP_OK)
			rc = add_bytes(c, from);
	}
	if (rc == WRAP_OK)
		rc = add_header_op(c, HEADER_MESSAGE_ID);
	if (rc == WRAP_OK)
		rc = add_header_op(c, HEADER_LIST_UNSUBSCRIBE);
	if (rc == WRAP_OK)
		rc = add_header_op(c, HEADER_ARCHIVED_AT);
	return rc == WRAP_OK ? add_shared(c, r, boundary) : rc;
}

/* Same parts, same boundary. "=_" occurs in no encoded text (RFC 2045 6.7). */
void
boundary_make(struct span text, struct span html, struct buf *out)
{
	uint8_t digest[2][SHA256_BYTES];

	secret_sha256(text, digest[0]);
	secret_sha256(html, digest[1]);
	secret_sha256((struct span){ (const char *)digest, sizeof(digest) }, digest[0]);
	buf_adds(out, "=_wrap_");
	base32_encode((struct span){ (const char *)digest[0], 15 }, out);
}

static enum wrap_rc
too_large(const struct render *r, const char *topics, size_t bytes, struct wrap_err *err)
{
	size_t longest = 0, most = 0;

	for (size_t i = 0; i < r->doc.n_stories; i++) {
		struct buf b = BUF_INIT(0);

		if (document_wants(&r->doc, topics, r->doc.stories[i].topic))
			render_html_story(r, i, &b);
		if (b.n > most) {
			most = b.n;
			longest = i;
		}
		buf_clear(&b);
	}
	if (r->doc.n_stories == 0)
		return wrap_fail(err, WRAP_ELIMIT,
		    "the mail has %zu kB of HTML, at most %zu go out", bytes >> 10,
		    HTML_REFUSED >> 10);
	return wrap_fail(err, WRAP_ELIMIT,
	    "the mail has %zu kB of HTML, at most %zu go out: shorten \"%.100s\" (line %d, %zu kB), or leave stories out",
	    bytes >> 10, HTML_REFUSED >> 10, r->doc.stories[longest].title,
	    r->doc.stories[longest].line, most >> 10);
}

static enum wrap_rc
compile(struct compiler *c, const struct render *r, struct span text, struct span html)
{
	struct buf boundary = BUF_INIT(80);
	enum wrap_rc rc;

	boundary_make(text, html, &boundary);
	rc = add_headers(c, r, buf_str(&boundary));
	if (rc == WRAP_OK)
		rc = add_part(c, text, false, buf_str(&boundary));
	if (rc == WRAP_OK)
		rc = add_part(c, html, true, buf_str(&boundary));
	if (rc == WRAP_OK) {
		size_t from = c->m->data.n;

		buf_addf(&c->m->data, "--%s--\r\n", buf_str(&boundary));
		rc = add_bytes(c, from);
	}
	if (rc == WRAP_OK)
		rc = buf_rc(&c->m->data, c->err);
	buf_clear(&boundary);
	return rc;
}

enum wrap_rc
render_compile(struct render *r, const char *topics, struct compiled **out, struct wrap_err *err)
{
	struct compiler c = { .err = err };
	struct buf text = BUF_INIT(0), html = BUF_INIT(0);
	enum wrap_rc rc;

	*out = NULL;
	if (document_stories(&r->doc, topics) == 0)
		return wrap_fail(err, WRAP_ENOTFOUND, "no story in these topics: %.200s",
		    topics == NULL ? "all" : topics);
	c.m = calloc(1, sizeof(*c.m));
	if (c.m == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	buf_init(&c.m->data, COMPILED_MAX);
	rc = shell_render(r, SHELL_TEXT, topics, &text, err);
	if (rc == WRAP_OK)
		rc = shell_render(r, SHELL_HTML, topics, &html, err);
	if (rc == WRAP_OK && html.n > HTML_REFUSED)
		rc = too_large(r, topics, html.n, err);
	if (rc == WRAP_OK)
		rc = compile(&c, r, buf_span(&text), buf_span(&html));
	buf_clear(&text);
	buf_clear(&html);
	if (rc != WRAP_OK)
		compiled_free(&c.m);
	*out = c.m;
	return rc;
}
