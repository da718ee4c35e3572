/*
 * One returned message, read as values. What it is, is decided from the surest sign down: a status part
 * (RFC 3464), a feedback part (RFC 5965), a receipt (RFC 8098), X-Failed-Recipients, a sending service's
 * JSON, the words of a server, and last an automatic reply (RFC 3834). Then each recipient gets a row.
 * What a row means for a reader is decided in bounce/classify.c; whether it may act at all, by the token.
 */
#include "mail/reading.h"

#include <stdlib.h>
#include <string.h>

static const size_t nowhere = (size_t)-1;

static void
folded_field(struct reading *rd, const char *name, struct buf *out)
{
	struct buf words = BUF_INIT(8192);
	struct span v;

	if (mime_field(rd->head, name, 0, &v)) {
		if (v.n > 2000)
			v.n = 2000;
		mime_words(v, &words);
		fold_text(buf_span(&words), out);
	}
	buf_clear(&words);
}

static void
add_bystanders(struct reading *rd)
{
	static const char *const names[] = { "To", "From", "Sender", "Reply-To", "Delivered-To",
		"Return-Path" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct span v, address;
		size_t at = 0;

		if (!mime_field(rd->head, names[i], 0, &v))
			continue;
		if (v.n > 1000)
			v.n = 1000;
		while (address_next(v, &at, &address))
			bystander_add(&rd->by, address);
	}
}

static bool
is_text(const struct mime_part *p)
{
	/* A multipart that could not be split is shown as it stands; its words still count. */
	return !p->quoted && !p->split &&
	       (strcmp(p->type, "text/plain") == 0 || strncmp(p->type, "multipart/", 10) == 0 ||
		   strcmp(p->type, "text") == 0);
}

/* Headers of parts that were not recognised are not words of the report; those of a quoted mail end it. */
static bool
is_part_header(struct span line)
{
	static const char *const names[] = { "Content-", "boundary=", "MIME-Version:" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (line.n > n && span_ieqs((struct span){ line.p, n }, names[i]))
			return span_ifind(line, SPAN_LIT("rfc822")) == nowhere;
	}
	return false;
}

static void
gather_text(struct reading *rd)
{
	struct buf raw = BUF_INIT(MIME_BYTES_MAX);
	struct span rest, line;

	for (size_t i = 0; i < rd->mime.n && raw.n < REPORT_TEXT_MAX * 2; i++)
		if (is_text(&rd->mime.v[i])) {
			mime_text(&rd->mime.v[i], REPORT_TEXT_MAX * 2, &raw);
			buf_addc(&raw, '\n');
		}
	rest = buf_span(&raw);
	while (span_cut(&rest, '\n', &line))
		if (!is_part_header(line)) {
			buf_addspan(&rd->text, line);
			buf_addc(&rd->text, '\n');
		}
	buf_clear(&raw);
	if (span_trim(buf_span(&rd->text)).n > 0)
		return;
	for (size_t i = 0; i < rd->mime.n; i++)
		if (!rd->mime.v[i].quoted && strcmp(rd->mime.v[i].type, "text/html") == 0)
			mime_text(&rd->mime.v[i], REPORT_TEXT_MAX * 2, &rd->text);
}

static const struct mime_part *
part_of(const struct reading *rd, const char *type)
{
	for (size_t i = 0; i < rd->mime.n; i++)
		if (!rd->mime.v[i].quoted && strcmp(rd->mime.v[i].type, type) == 0)
			return &rd->mime.v[i];
	return NULL;
}

/* ---- kinds, the surest first --------------------------------------------------------------------------- */

static void
read_status_parts(struct reading *rd, struct report *r)
{
	struct buf text = BUF_INIT(MIME_BYTES_MAX);

	for (size_t i = 0; i < rd->mime.n; i++) {
		const struct mime_part *p = &rd->mime.v[i];

		if (p->quoted || (strcmp(p->type, "message/delivery-status") != 0 &&
				     strcmp(p->type, "message/global-delivery-status") != 0))
			continue;
		buf_reset(&text);
		mime_text(p, MIME_BYTES_MAX / 4, &text);
		if (dsn_read(buf_span(&text), r))
			r->kind = REPORT_DELIVERY;
		buf_addspan(&r->tokens, buf_span(&text));
		buf_addc(&r->tokens, '\n');
	}
	buf_clear(&text);
}

/* A reader's own rule refused the mail: a receipt by its form, a refusal by its words. RFC 5429 2.2. */
static bool
read_rejection(struct reading *rd, struct report *r)
{
	const struct mime_part *p = part_of(rd, "message/disposition-notification");
	struct buf text = BUF_INIT(MIME_BYTES_MAX);
	struct span v;

	if (p == NULL)
		return false;
	fold_text(buf_span(&rd->text), &text);
	if (has_any(buf_span(&text), "automatically rejected|automatically refused") ||
	    (mime_field(rd->head, "Auto-Submitted", 0, &v) &&
		span_ifind(v, SPAN_LIT("rejected")) != nowhere)) {
		buf_reset(&text);
		mime_text(p, 8192, &text);
		if (dsn_read(buf_span(&text), r))
			r->kind = REPORT_DELIVERY;
	}
	buf_clear(&text);
	return r->kind == REPORT_DELIVERY;
}

static void
read_failed_header(struct reading *rd, struct report *r)
{
	struct span v, address;
	size_t at;

	for (size_t nth = 0; nth < 8 && mime_field(rd->head, "X-Failed-Recipients", nth, &v); nth++)
		for (at = 0; address_next(v, &at, &address);) {
			r->kind = REPORT_DELIVERY;
			if (row_for(r, address) == NULL)
				return;
		}
}

static bool
read_feedback(struct reading *rd, struct report *r)
{
	const struct mime_part *p = part_of(rd, "message/feedback-report");
	struct buf text = BUF_INIT(MIME_BYTES_MAX);
	struct span v;

	if (p != NULL) {
		mime_text(p, 8192, &text);
		feedback_read(buf_span(&text), r);
		buf_addspan(&r->tokens, buf_span(&text));
	} else { /* Hotmail's programme: the reader stands in a header of the quoted mail */
		for (size_t i = 0; i < rd->mime.n && p == NULL; i++)
			if (mime_field(rd->mime.v[i].head, "X-HmXmrOriginalRecipient", 0, &v))
				p = &rd->mime.v[i];
		if (p != NULL)
			feedback_read(p->head, r);
	}
	buf_clear(&text);
	return p != NULL;
}

/* Quote marks and the forwarded header off, so that a report somebody forwarded reads like the report. */
static void
unquote_text(struct reading *rd)
{
	struct buf plain = BUF_INIT(MIME_BYTES_MAX);
	struct span rest = buf_span(&rd->text), line;
	bool header = false, stripped = false;

	while (span_cut(&rest, '\n', &line)) {
		if (line.n > 0 && line.p[0] == '>') {
			size_t n = line.n > 1 && line.p[1] == ' ' ? 2 : 1;

			line.p += n;
			line.n -= n;
		}
		if (line.n > 8 && span_ieqs((struct span){ line.p, 8 }, "Subject:"))
			header = true;
		else if (header && !stripped && span_trim(line).n == 0) {
			stripped = true;
			buf_reset(&plain);
		}
		buf_addspan(&plain, line);
		buf_addc(&plain, '\n');
	}
	buf_clear(&rd->text);
	rd->text = plain;
}

/* Nobody was named: the quoted mail's own To tells, when it names just one. */
static void
recipient_from_original(const struct reading *rd, struct report *r)
{
	struct span text = buf_span(&rd->text), to = { NULL, 0 }, address, other;
	size_t at = 0, skip = notice_end(text);

	for (size_t i = 0; i < rd->mime.n && to.n == 0; i++)
		if (rd->mime.v[i].quoted || strcmp(rd->mime.v[i].type, "text/rfc822-headers") == 0)
			if (!mime_field(rd->mime.v[i].head, "To", 0, &to))
				(void)mime_field(rd->mime.v[i].body, "To", 0, &to);
	if (to.n == 0 && skip < text.n)
		(void)mime_field((struct span){ text.p + skip, text.n - skip }, "To", 0, &to);
	if (to.n == 0 || to.n > 500 || !address_next(to, &at, &address) ||
	    address_next(to, &at, &other))
		return;
	(void)row_for(r, address);
}

/* Is it our own address that a refusal names, not the reader's? A server that asked ours back found nobody there. */
static bool
names_us(const struct reading *rd, const struct report_row *row)
{
	struct span said = span_of(row->diagnostic), to, address, ours;
	bool found = false;

	if (!mime_field(rd->head, "To", 0, &to))
		return false;
	for (size_t at = 0; address_next(said, &at, &address);) {
		if (row->recipient == NULL || span_ieqs(address, row->recipient))
			return false;
		for (size_t in = 0; address_next(to, &in, &ours);)
			found = found || span_ieq(address, ours);
	}
	return found;
}

static void
read_delivery(struct reading *rd, struct report *r)
{
	struct span text = buf_span(&rd->text);

	if (r->n == 0)
		(void)dsn_read(text, r); /* status fields pasted into text */
	notice_read(text, &rd->by, r);
	if (r->n == 0)
		recipient_from_original(rd, r);
	if (r->n == 0)
		(void)row_for(r, (struct span){ NULL, 0 });
	for (size_t i = 0; i < r->n; i++) {
		struct report_row *row = &r->rows[i];

		if (names_us(rd, row))
			row->command = REPORT_AT_MAIL;
		if (row->command != REPORT_AT_NONE)
			continue;
		buf_reset(&rd->folded);
		fold_text(span_of(row->prose), &rd->folded);
		fold_text(span_of(row->diagnostic), &rd->folded);
		if (r->n == 1) {
			buf_addc(&rd->folded, ' ');
			fold_text((struct span){ text.p, notice_end(text) }, &rd->folded);
		}
		row->command = command_of(buf_span(&rd->folded));
	}
}

/* A warning that a message waits is no failure, whatever its wording; the status field outranks this. */
static void
mark_delays(struct reading *rd, struct report *r)
{
	bool delayed = sign_delay(rd);

	for (size_t i = 0; i < r->n; i++)
		if (r->rows[i].action == REPORT_ACTION_NONE)
			r->rows[i].action = delayed ? REPORT_DELAYED : REPORT_FAILED;
	if (r->n > 0 && r->rows[0].action == REPORT_DELAYED)
		r->what = "delay";
}

static void
decide(struct reading *rd, struct report *r)
{
	if (read_feedback(rd, r) || notify_read(buf_span(&rd->text), r))
		return;
	r->what = "failure";
	read_failed_header(rd, r);
	read_status_parts(rd, r);
	if (r->kind == REPORT_NONE && !read_rejection(rd, r) &&
	    part_of(rd, "message/disposition-notification") != NULL) {
		r->kind = REPORT_AUTO;
		r->what = "receipt";
		return;
	}
	if (r->kind == REPORT_NONE && !rd->daemon && sign_absence(rd)) {
		r->kind = REPORT_AUTO;
		r->what = "vacation";
		return;
	}
	if (sign_forwarded(rd))
		unquote_text(rd);
	if (r->kind == REPORT_NONE && sign_notice(rd))
		r->kind = REPORT_DELIVERY;
	if (r->kind == REPORT_DELIVERY) {
		read_delivery(rd, r);
		mark_delays(rd, r);
	} else if (sign_leave(rd)) {
		r->kind = REPORT_OPTOUT;
		r->what = "mail";
	} else if (sign_absence(rd)) {
		r->kind = REPORT_AUTO;
		r->what = "vacation";
	} else if (sign_challenge(rd)) {
		r->kind = REPORT_AUTO;
		r->what = "challenge";
	} else
		r->what = "other";
}

/* ---- the whole ------------------------------------------------------------------------------------------- */

static void
reading_init(struct reading *rd, struct span normal)
{
	struct span v;

	mime_read(normal, &rd->mime);
	rd->head = rd->mime.v[0].head;
	rd->from = BUF_INIT(16384);
	rd->subject = BUF_INIT(16384);
	rd->folded = BUF_INIT(MIME_BYTES_MAX);
	rd->text = BUF_INIT(MIME_BYTES_MAX);
	rd->by = (struct bystanders){ 0 };
	folded_field(rd, "From", &rd->from);
	folded_field(rd, "Subject", &rd->subject);
	rd->null_sender =
	    mime_field(rd->head, "Return-Path", 0, &v) && span_find(v, SPAN_LIT("@")) == nowhere;
	rd->daemon = sign_daemon(buf_span(&rd->from)) ||
		     (mime_field(rd->head, "Return-Path", 0, &v) &&
			 span_ifind(v, SPAN_LIT("mailer-daemon")) != nowhere);
	add_bystanders(rd);
	gather_text(rd);
}

enum wrap_rc
report_read(struct span message, struct report *out, struct wrap_err *err)
{
	struct buf normal = BUF_INIT(MIME_BYTES_MAX * 2), subject = BUF_INIT(MIME_BYTES_MAX);
	struct reading *rd = malloc(sizeof(*rd));
	struct span v;

	*out = (struct report){ .what = "other", .tokens = BUF_INIT(MIME_BYTES_MAX) };
	mime_normal(message, &normal);
	if (rd == NULL || normal.rc != WRAP_OK) {
		free(rd);
		buf_clear(&normal);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	reading_init(rd, buf_span(&normal));
	decide(rd, out);
	reading_tokens(rd, out);
	if (mime_field(rd->head, "Subject", 0, &v)) {
		mime_words((struct span){ v.p, v.n > 2000 ? 2000 : v.n }, &subject);
		out->subject = buf_steal(&subject);
	}
	out->automatic = rd->daemon || rd->null_sender || sign_automatic(rd);
	out->to = reading_recipients(rd);
	v = buf_span(&rd->text);
	v.n = notice_end(v);
	out->text =
	    str_dup_span((struct span){ v.p, v.n > REPORT_TEXT_MAX ? REPORT_TEXT_MAX : v.n });
	buf_clear(&rd->from);
	buf_clear(&rd->subject);
	buf_clear(&rd->folded);
	buf_clear(&rd->text);
	strs_clear(&rd->by.list);
	free(rd);
	buf_clear(&normal);
	return WRAP_OK;
}

void
report_clear(struct report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->rows[i].recipient);
		free(r->rows[i].original);
		free(r->rows[i].diagnostic);
		free(r->rows[i].prose);
	}
	free(r->rows);
	free(r->subject);
	free(r->to);
	free(r->text);
	buf_clear(&r->tokens);
	*r = (struct report){ 0 };
}
