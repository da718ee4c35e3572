/*
 * The compiled message at work: filled for one reader, stored as a blob, read back. A blob comes from our own
 * database, but disks err, so nothing in it is believed: it carries a length and a hash, and each operation is
 * checked before the message may run.
 */
#include "internal.h"

#include "wrap/mail.h"

#include <stdlib.h>
#include <string.h>

enum wrap_rc
header_recipient(const struct render_reader *reader, struct buf *out, struct wrap_err *err)
{
	struct buf name = BUF_INIT(1024);
	enum wrap_rc rc;

	if (reader->name != NULL)
		utf8_line(span_of(reader->name), &name);
	/* A name nobody can have is left out; the mail goes to the address all the same. */
	if (name.rc != WRAP_OK || name.n > 256)
		buf_reset(&name);
	rc = header_phrase(out, "To", buf_span(&name), span_of(reader->mailbox), err);
	buf_clear(&name);
	return rc;
}

/* "Name: <a>, <b>" of one or two URIs, folded before the second. */
static enum wrap_rc
header_uris(struct buf *out, const char *name, const char *a, const char *b, struct wrap_err *err)
{
	struct buf v = BUF_INIT(4096);
	enum wrap_rc rc;

	if (a != NULL)
		buf_addf(&v, "<%s>", a);
	if (b != NULL)
		buf_addf(&v, "%s<%s>", a != NULL ? ", " : "", b);
	rc = buf_rc(&v, err);
	if (rc == WRAP_OK)
		rc = header_words(out, name, buf_span(&v), err);
	buf_clear(&v);
	return rc;
}

static enum wrap_rc
write_header(
    enum op_header which, const struct render_reader *reader, struct buf *out, struct wrap_err *err)
{
	enum wrap_rc rc;

	switch (which) {
	case HEADER_TO: return header_recipient(reader, out, err);
	case HEADER_MESSAGE_ID:
		return header_uris(out, "Message-ID", reader->message_id, NULL, err);
	case HEADER_LIST_UNSUBSCRIBE:
		rc = header_uris(out, "List-Unsubscribe", reader->unsubscribe_url,
		    reader->unsubscribe_mailto, err);
		/* RFC 8058 3.1: only beside an https URI. */
		if (rc == WRAP_OK && reader->unsubscribe_url != NULL &&
		    strncmp(reader->unsubscribe_url, "https://", 8) == 0)
			buf_adds(out, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
		return rc;
	case HEADER_ARCHIVED_AT:
		return reader->web_url == NULL
			   ? WRAP_OK
			   : header_uris(out, "Archived-At", reader->web_url, NULL, err);
	}
	return WRAP_OK;
}

static void
write_value(const struct op *op, const struct render_reader *reader, bool base64, struct buf *out)
{
	const char *value = slot_value(reader, (enum slot)op->which);
	struct buf b = BUF_INIT(8192);
	size_t column = 0;

	if (value == NULL)
		return;
	slot_write(value, op->html != 0, &b);
	if (base64) {
		buf_addspan(out, buf_span(&b));
	} else {
		mime_qp(buf_span(&b), &column, out);
		mime_qp_break(&column, out);
	}
	buf_clear(&b);
}

static enum wrap_rc
run(const struct compiled *m, size_t from, size_t to, const struct render_reader *reader,
    bool base64, struct buf *out, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = from; i < to && rc == WRAP_OK; i++) {
		const struct op *op = &m->ops[i];

		switch ((enum op_kind)op->kind) {
		case OP_BYTES: buf_add(out, m->data.p + op->at, op->n); break;
		case OP_HEADER:
			rc = write_header((enum op_header)op->which, reader, out, err);
			break;
		case OP_VALUE: write_value(op, reader, base64, out); break;
		case OP_IF:
		case OP_UNLESS:
			if ((slot_value(reader, (enum slot)op->which) != NULL) !=
			    (op->kind == OP_IF))
				i += op->n;
			break;
		case OP_BASE64: {
			struct buf part = BUF_INIT(COMPILED_MAX);

			rc = run(m, i + 1, i + 1 + op->n, reader, true, &part, err);
			if (rc == WRAP_OK)
				rc = buf_rc(&part, err);
			mime_base64(buf_span(&part), out);
			buf_clear(&part);
			i += op->n;
			break;
		}
		}
	}
	return rc;
}

/* The same rules for every link that goes into the message. */
static enum wrap_rc
check_link(const char *what, const char *url, struct wrap_err *err)
{
	if (url == NULL)
		return WRAP_OK;
	if (!url_is_safe(span_of(url)) || strpbrk(url, "<>\"") != NULL || strlen(url) > 900)
		return wrap_fail(err, WRAP_EINVAL, "the %s link is not one", what);
	return WRAP_OK;
}

enum wrap_rc
reader_check(const struct render_reader *r, bool must_leave, struct wrap_err *err)
{
	enum wrap_rc rc;

	if (r->mailbox == NULL || !address_is_safe(span_of(r->mailbox), true))
		return wrap_fail(err, WRAP_EINVAL, "the recipient is no address");
	if (r->message_id == NULL || r->message_id[0] == '\0' ||
	    strpbrk(r->message_id, " <>") != NULL)
		return wrap_fail(err, WRAP_EINVAL, "no Message-ID");
	if (must_leave && r->unsubscribe_url == NULL && r->unsubscribe_mailto == NULL)
		return wrap_fail(err, WRAP_EINVAL, "no way to unsubscribe");
	rc = check_link("unsubscribe", r->unsubscribe_url, err);
	if (rc == WRAP_OK)
		rc = check_link("unsubscribe", r->unsubscribe_mailto, err);
	if (rc == WRAP_OK)
		rc = check_link("preferences", r->preferences_url, err);
	if (rc == WRAP_OK)
		rc = check_link("web", r->web_url, err);
	return rc;
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

enum wrap_rc
compiled_splice(const struct compiled *m, const struct render_reader *reader, struct buf *out,
    struct wrap_err *err)
{
	enum wrap_rc rc = reader_check(reader, true, err);

	buf_reset(out);
	if (rc == WRAP_OK)
		rc = run(m, 0, m->n, reader, false, out, err);
	if (rc == WRAP_OK)
		rc = buf_rc(out, err);
	if (rc == WRAP_OK)
		rc = mime_gate(buf_span(out), !is_ascii(reader->mailbox), err);
	if (rc != WRAP_OK)
		buf_reset(out);
	return rc;
}

void
compiled_free(struct compiled **m)
{
	if (*m == NULL)
		return;
	buf_clear(&(*m)->data);
	free((*m)->ops);
	free(*m);
	*m = NULL;
}

/*
 * The blob: "WRAPMSG1", number of operations, bytes of data, the operations (kind, which, html, 0, at, n), the data,
 * SHA-256 of all before it. Numbers are 32 bits, lowest byte first.
 */
static const char magic[8] = { 'W', 'R', 'A', 'P', 'M', 'S', 'G', '1' };
#define HEAD_BYTES 16
#define OP_BYTES_STORED 12

static void
put32(struct buf *b, uint32_t v)
{
	char t[4] = { (char)(v & 255), (char)(v >> 8 & 255), (char)(v >> 16 & 255),
		(char)(v >> 24) };

	buf_add(b, t, 4);
}

static uint32_t
get32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

enum wrap_rc
compiled_save(const struct compiled *m, struct buf *blob, struct wrap_err *err)
{
	uint8_t digest[SHA256_BYTES];

	buf_reset(blob);
	buf_add(blob, magic, sizeof(magic));
	put32(blob, (uint32_t)m->n);
	put32(blob, (uint32_t)m->data.n);
	for (size_t i = 0; i < m->n; i++) {
		const struct op *op = &m->ops[i];
		char head[4] = { (char)op->kind, (char)op->which, (char)op->html, 0 };

		buf_add(blob, head, 4);
		put32(blob, op->at);
		put32(blob, op->n);
	}
	buf_addspan(blob, buf_span(&m->data));
	secret_sha256(buf_span(blob), digest);
	buf_add(blob, digest, sizeof(digest));
	return buf_rc(blob, err);
}

/* Does the operation at i hold, in a program whose current block ends at end? */
static bool
op_is_sound(const struct compiled *m, size_t i, size_t end, bool base64)
{
	const struct op *op = &m->ops[i];

	switch (op->kind) {
	case OP_BYTES: return op->at <= m->data.n && op->n <= m->data.n - op->at;
	case OP_HEADER: return op->which < OP_HEADERS && !base64;
	case OP_VALUE: return op->which < SLOT_COUNT;
	case OP_IF:
	case OP_UNLESS: return op->which < SLOT_COUNT && op->n < end - i;
	case OP_BASE64: return op->n < end - i && !base64;
	default: return false;
	}
}

static bool
program_is_sound(const struct compiled *m)
{
	size_t block = 0; /* end of the base64 block we are in */

	for (size_t i = 0; i < m->n; i++) {
		if (!op_is_sound(m, i, i < block ? block : m->n, i < block))
			return false;
		if (m->ops[i].kind == OP_BASE64)
			block = i + 1 + m->ops[i].n;
	}
	return true;
}

enum wrap_rc
compiled_load(struct span blob, struct compiled **out, struct wrap_err *err)
{
	uint8_t digest[SHA256_BYTES];
	struct compiled *m;
	size_t n, bytes;

	*out = NULL;
	if (blob.n < HEAD_BYTES + SHA256_BYTES || memcmp(blob.p, magic, sizeof(magic)) != 0)
		return wrap_fail(err, WRAP_EPROTO, "the stored message is not of this version");
	n = get32(blob.p + 8);
	bytes = get32(blob.p + 12);
	if (n > COMPILED_MAX / OP_BYTES_STORED || bytes > COMPILED_MAX ||
	    blob.n != HEAD_BYTES + n * OP_BYTES_STORED + bytes + SHA256_BYTES)
		return wrap_fail(err, WRAP_EPROTO, "the stored message is cut or damaged");
	secret_sha256((struct span){ blob.p, blob.n - SHA256_BYTES }, digest);
	if (memcmp(digest, blob.p + blob.n - SHA256_BYTES, SHA256_BYTES) != 0)
		return wrap_fail(err, WRAP_EPROTO, "the stored message is damaged");
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	m->ops = calloc(n + 1, sizeof(*m->ops));
	buf_init(&m->data, COMPILED_MAX);
	buf_add(&m->data, blob.p + HEAD_BYTES + n * OP_BYTES_STORED, bytes);
	if (m->ops == NULL || m->data.rc != WRAP_OK) {
		compiled_free(&m);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	for (; m->n < n; m->n++) {
		const char *p = blob.p + HEAD_BYTES + m->n * OP_BYTES_STORED;

		m->ops[m->n] = (struct op){ .kind = (uint8_t)p[0],
			.which = (uint8_t)p[1],
			.html = (uint8_t)p[2],
			.at = get32(p + 4),
			.n = get32(p + 8) };
	}
	if (!program_is_sound(m)) {
		compiled_free(&m);
		return wrap_fail(err, WRAP_EPROTO, "the stored message is damaged");
	}
	*out = m;
	return WRAP_OK;
}
