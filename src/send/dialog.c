/*
 * One connection's SMTP, as bytes in and bytes out: MAIL, RCPT, DATA, the message, the dot, and what each
 * reply makes of it. It knows nothing of sockets, TLS or time, so that every misbehaviour of a relay can
 * be played to it from a table. RFC 5321 3.3 and 4.1.1, RFC 2920 (pipelining), RFC 1870 (SIZE), RFC 6152
 * (8BITMIME), RFC 6531 (SMTPUTF8). libcurl opens the connection, checks its certificate and logs in; the
 * messages are not left to it because its own transfer waits for the reply to the dot inside one call,
 * which holds up every other connection of the process, and drops the connection on each refused reader.
 */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *
stage_name(enum send_stage s)
{
	switch (s) {
	case SEND_CONNECT: return "connect";
	case SEND_AUTH: return "AUTH";
	case SEND_MAIL: return "MAIL";
	case SEND_RCPT: return "RCPT";
	case SEND_DATA: return "DATA";
	case SEND_DOT: return "end of message";
	}
	return "";
}

struct verdict
verdict_make(enum outcome o, const char *enhanced, const char *fmt, ...)
{
	struct verdict v = { .outcome = o };
	va_list ap;

	(void)snprintf(v.enhanced, sizeof(v.enhanced), "%s", enhanced);
	va_start(ap, fmt);
	(void)vsnprintf(v.text, sizeof(v.text), fmt, ap);
	va_end(ap);
	return v;
}

void
dialog_clear(struct dialog *d)
{
	buf_clear(&d->out);
	*d = (struct dialog){ 0 };
}

void
dialog_reset(struct dialog *d)
{
	struct buf out = d->out;

	buf_reset(&out);
	*d = (struct dialog){ .out = out, .heard = d->heard, .ctx = d->ctx };
	d->out.cap = 2 * MESSAGE_MAX;
}

void
dialog_offer(struct dialog *d, struct span line)
{
	struct span word;

	if (line.n < 4)
		return;
	line = (struct span){ line.p + 4, line.n - 4 };
	(void)span_cut(&line, ' ', &word);
	if (span_ieqs(word, "PIPELINING"))
		d->pipelining = true;
	else if (span_ieqs(word, "SMTPUTF8"))
		d->smtputf8 = true;
	else if (span_ieqs(word, "8BITMIME"))
		d->eightbit = true;
	else if (span_ieqs(word, "SIZE")) {
		d->size = true;
		d->size_limit = 0;
		for (size_t i = 0; i < line.n && line.p[i] >= '0' && line.p[i] <= '9'; i++) {
			if (d->size_limit > MESSAGE_MAX)
				break;
			d->size_limit = d->size_limit * 10 + (size_t)(line.p[i] - '0');
		}
	}
}

static void
judge(struct dialog *d, struct verdict v)
{
	if (!d->judged) {
		d->verdict = v;
		d->judged = true;
	}
}

static void
write_mail(struct dialog *d)
{
	const struct send_item *it = &d->item;

	buf_addf(&d->out, "MAIL FROM:<%s>", it->mail_from);
	if (d->size)
		buf_addf(&d->out, " SIZE=%zu", it->message.n);
	if (d->eightbit && (d->gate.utf8 || d->gate.high))
		buf_adds(&d->out, " BODY=8BITMIME");
	if (d->gate.utf8)
		buf_adds(&d->out, " SMTPUTF8");
	buf_adds(&d->out, "\r\n");
}

static void
expect(struct dialog *d, enum send_stage s)
{
	d->expect[d->expect_n++] = s;
}

void
dialog_begin(struct dialog *d, const struct send_item *item)
{
	d->item = *item;
	d->judged = d->answered = false;
	d->expect_n = d->expect_at = 0;
	buf_reset(&d->out);
	d->sent = 0;
	reply_reset(&d->reply);
	if (!gate_admits(d, item, &d->gate, &d->verdict)) {
		d->judged = true;
		return;
	}
	d->messages++;
	d->phase = DIALOG_ENVELOPE;
	write_mail(d);
	expect(d, SEND_MAIL);
	if (d->pipelining) {
		buf_addf(&d->out, "RCPT TO:<%s>\r\nDATA\r\n", item->rcpt_to);
		expect(d, SEND_RCPT);
		expect(d, SEND_DATA);
	}
	if (d->out.rc != WRAP_OK)
		dialog_lost(d, "out of memory");
}

/* The message as it goes over the wire: dots doubled (RFC 5321 4.5.2), closed by the dot. */
static void
write_message(struct dialog *d)
{
	struct span rest = d->item.message;
	bool ends = rest.n >= 2 && memcmp(rest.p + rest.n - 2, "\r\n", 2) == 0;
	size_t at;

	if (rest.n > 0 && rest.p[0] == '.')
		buf_addc(&d->out, '.');
	while (d->gate.dots && (at = span_find(rest, SPAN_LIT("\n."))) != (size_t)-1) {
		buf_add(&d->out, rest.p, at + 2);
		buf_addc(&d->out, '.');
		rest.p += at + 2;
		rest.n -= at + 2;
	}
	buf_addspan(&d->out, rest);
	buf_adds(&d->out, ends || d->item.message.n == 0 ? ".\r\n" : "\r\n.\r\n");
}

static void
begin_body(struct dialog *d)
{
	buf_reset(&d->out);
	d->sent = 0;
	write_message(d);
	if (d->out.rc != WRAP_OK) {
		dialog_lost(d, "out of memory");
		return;
	}
	d->phase = DIALOG_BODY;
}

static void
begin_reset(struct dialog *d)
{
	buf_reset(&d->out);
	d->sent = 0;
	buf_adds(&d->out, "RSET\r\n");
	d->phase = DIALOG_RESET;
}

/* One reply to MAIL, RCPT or DATA. in: what came behind it. */
static void
envelope_reply(struct dialog *d, struct span in)
{
	enum send_stage s = d->expect[d->expect_at++];
	struct verdict v = verdict_from_reply(reply_text(&d->reply), s);

	d->answered = true;
	if (v.outcome != OUTCOME_ACCEPTED)
		judge(d, v);
	if (v.reply_code == 421) {
		d->phase = DIALOG_DEAD;
		return;
	}
	if (d->expect_at < d->expect_n)
		return;
	if (d->judged) {
		/* DATA was taken although its envelope was not: only closing leaves nothing behind. */
		if (s == SEND_DATA && v.outcome == OUTCOME_ACCEPTED)
			d->phase = DIALOG_DEAD;
		else
			begin_reset(d);
		return;
	}
	if (in.n > 0) {
		judge(d, verdict_make(OUTCOME_DEFERRED, "", "the relay spoke out of turn after %s",
			     stage_name(s)));
		d->phase = DIALOG_DEAD;
		return;
	}
	switch (s) {
	case SEND_MAIL:
		buf_addf(&d->out, "RCPT TO:<%s>\r\n", d->item.rcpt_to);
		d->expect_n = d->expect_at = 0;
		expect(d, SEND_RCPT);
		break;
	case SEND_RCPT:
		buf_adds(&d->out, "DATA\r\n");
		d->expect_n = d->expect_at = 0;
		expect(d, SEND_DATA);
		break;
	case SEND_DATA: begin_body(d); break;
	case SEND_CONNECT:
	case SEND_AUTH:
	case SEND_DOT: break;
	}
}

/* A reply while the message was still being written can only be a refusal: nothing can have been taken. */
static void
early_reply(struct dialog *d)
{
	struct verdict v = verdict_from_reply(reply_text(&d->reply), SEND_DOT);

	if (v.outcome == OUTCOME_ACCEPTED || v.outcome == OUTCOME_INDOUBT)
		v = verdict_make(OUTCOME_DEFERRED, "",
		    "the relay answered before the message had ended: %d", v.reply_code);
	judge(d, v);
	d->phase = DIALOG_DEAD;
}

static void
dot_reply(struct dialog *d, struct span in)
{
	struct verdict v = verdict_from_reply(reply_text(&d->reply), SEND_DOT);

	judge(d, v);
	/* Whoever says more than asked is not in step with us any more. */
	d->phase = v.reply_code == 421 || v.outcome == OUTCOME_INDOUBT || in.n > 0 ? DIALOG_DEAD
										   : DIALOG_IDLE;
	buf_reset(&d->out);
	d->sent = 0;
}

void
dialog_read(struct dialog *d, struct span in)
{
	while (in.n > 0 && d->phase != DIALOG_DEAD) {
		enum reply_state st;

		/* Nothing was asked: a 421 for idleness or noise; either way it is over. */
		if (d->phase == DIALOG_IDLE) {
			if (d->heard != NULL)
				d->heard(d->ctx, in);
			d->phase = DIALOG_DEAD;
			return;
		}
		st = reply_take(&d->reply, &in);
		if (st == REPLY_MORE)
			return;
		if (d->heard != NULL)
			d->heard(d->ctx, reply_text(&d->reply));
		if (st == REPLY_BROKEN) {
			dialog_lost(d, "the relay's answer is not SMTP");
			return;
		}
		switch (d->phase) {
		case DIALOG_ENVELOPE: envelope_reply(d, in); break;
		case DIALOG_BODY: early_reply(d); break;
		case DIALOG_DOT: dot_reply(d, in); break;
		case DIALOG_RESET:
			d->phase =
			    d->reply.code / 100 == 2 && in.n == 0 ? DIALOG_IDLE : DIALOG_DEAD;
			break;
		case DIALOG_QUIT: d->phase = DIALOG_DEAD; break;
		case DIALOG_IDLE:
		case DIALOG_DEAD: break;
		}
		reply_reset(&d->reply);
	}
}

struct span
dialog_pending(const struct dialog *d)
{
	return (struct span){ buf_str(&d->out) + d->sent, d->out.n - d->sent };
}

void
dialog_wrote(struct dialog *d, size_t n)
{
	d->sent += n;
	if (d->phase == DIALOG_BODY && d->sent == d->out.n)
		d->phase = DIALOG_DOT;
}

void
dialog_lost(struct dialog *d, const char *why)
{
	switch (d->phase) {
	case DIALOG_ENVELOPE:
		judge(d, verdict_make(OUTCOME_NOT_TRIED, "", "%s, %s %s", why,
			     d->answered ? "in answer to" : "before an answer to",
			     stage_name(d->expect_n > 0 && d->expect_at < d->expect_n
					    ? d->expect[d->expect_at]
					    : SEND_MAIL)));
		break;
	case DIALOG_BODY:
		judge(d, verdict_make(OUTCOME_NOT_TRIED, "", "%s, within the message", why));
		break;
	case DIALOG_DOT:
		judge(d, verdict_make(OUTCOME_INDOUBT, "",
			     "%s, after the whole message was handed over", why));
		break;
	case DIALOG_IDLE:
	case DIALOG_RESET:
	case DIALOG_QUIT:
	case DIALOG_DEAD: break;
	}
	d->phase = DIALOG_DEAD;
}

void
dialog_quit(struct dialog *d)
{
	buf_reset(&d->out);
	d->sent = 0;
	buf_adds(&d->out, "QUIT\r\n");
	d->phase = DIALOG_QUIT;
}
