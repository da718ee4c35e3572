/*
 * Where our return token may have come back in a report: fields of the envelope, of the quoted mail, of the
 * status part, and the text itself, the surest place first. bounce looks there for one that verifies.
 */
#include "mail/reading.h"

#include <string.h>

void
reading_tokens(const struct reading *rd, struct report *r)
{
	static const char *const envelope[] = { "Delivered-To", "X-Delivered-To", "X-Original-To",
		"Envelope-To", "X-Envelope-To", "X-Apparently-To", "X-Forwarded-To", "To", "Cc",
		"Resent-To", "In-Reply-To", "References" };
	struct buf first = BUF_INIT(MIME_BYTES_MAX);
	struct span v;

	for (size_t i = 0; i < sizeof(envelope) / sizeof(envelope[0]); i++)
		for (size_t nth = 0; nth < 6 && mime_field(rd->head, envelope[i], nth, &v); nth++) {
			buf_add(&first, v.p, v.n > 2000 ? 2000 : v.n);
			buf_addc(&first, '\n');
		}
	for (size_t nth = 0; nth < 12 && mime_field(rd->head, "Received", nth, &v); nth++) {
		buf_add(&first, v.p, v.n > 500 ? 500 : v.n);
		buf_addc(&first, '\n');
	}
	for (size_t i = 0; i < rd->mime.n; i++) {
		const struct mime_part *p = &rd->mime.v[i];

		if (p->quoted)
			buf_add(&first, p->head.p, p->head.n > 16384 ? 16384 : p->head.n);
		else if (strncmp(p->type, "text/rfc822-header", 18) == 0 ||
			 strcmp(p->type, "message/global-headers") == 0)
			mime_text(p, 16384, &first);
		buf_addc(&first, '\n');
	}
	buf_addspan(&first, buf_span(&r->tokens)); /* the status fields, read before */
	buf_addc(&first, '\n');
	buf_addspan(&first, buf_span(&rd->text));
	buf_clear(&r->tokens);
	r->tokens = first;
}

char *
reading_recipients(const struct reading *rd)
{
	static const char *const names[] = { "Delivered-To", "X-Original-To", "Envelope-To", "To" };
	struct buf b = BUF_INIT(MIME_BYTES_MAX);
	struct span v;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t nth = 0; nth < 4 && mime_field(rd->head, names[i], nth, &v); nth++) {
			buf_add(&b, v.p, v.n > 1000 ? 1000 : v.n);
			buf_addc(&b, '\n');
		}
	return buf_steal(&b);
}
