/*
 * A relay that says anything: its bytes, cut anywhere, played to a dialog with messages to send. First byte:
 * what it offered; then pieces, each led by its length. Held to be true of any peer: a verdict comes once for
 * each message, "accepted" only by a 2yz to the whole message, in doubt only once the whole message was out.
 */
#include "send/internal.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool held)
{
	if (!held)
		abort();
}

/* Alone, whatever way it is cut, a reply is the same reply. */
static void
cut_anywhere(struct span all)
{
	struct reply whole = { 0 }, bits = { 0 };
	struct span rest = all;
	enum reply_state a = reply_take(&whole, &rest), b = REPLY_MORE;
	size_t used = 0;

	while (used < all.n && b == REPLY_MORE) {
		struct span one = { all.p + used, 1 };

		b = reply_take(&bits, &one);
		used++;
	}
	must(a == b);
	if (a == REPLY_WHOLE) {
		must(used == all.n - rest.n && whole.code == bits.code);
		must(whole.text_n == bits.text_n &&
		     memcmp(whole.text, bits.text, whole.text_n) == 0);
	}
}

static void
judge(struct span all)
{
	for (int s = SEND_CONNECT; s <= SEND_DOT; s++) {
		struct verdict v = verdict_from_reply(all, (enum send_stage)s);

		must(memchr(v.text, '\0', sizeof(v.text)) != NULL);
		must(memchr(v.enhanced, '\0', sizeof(v.enhanced)) != NULL);
		must(v.outcome != OUTCOME_ACCEPTED ||
		     v.reply_code / 100 == (s == SEND_DATA ? 3 : 2));
		must(s == SEND_DOT || v.outcome != OUTCOME_INDOUBT);
		for (const char *c = v.text; *c != '\0'; c++)
			must((unsigned char)*c >= ' ' && *c != 0x7f);
	}
}

/* Write what it has to say, all of it or one byte. */
static void
write_some(struct dialog *d, bool all)
{
	struct span out;

	while ((out = dialog_pending(d)).n > 0 && d->phase != DIALOG_DEAD) {
		dialog_wrote(d, all ? out.n : 1);
		if (!all)
			return;
	}
}

static void
verdict_of(const struct dialog *d, bool whole, size_t *verdicts)
{
	if (!d->judged)
		return;
	(*verdicts)++;
	if (d->verdict.outcome == OUTCOME_ACCEPTED)
		must(whole && d->verdict.reply_code / 100 == 2);
	if (d->verdict.outcome == OUTCOME_INDOUBT)
		must(whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct send_item item = { .mail_from = "wrap@sender.example",
		.rcpt_to = "reader@reader.example",
		.message = { "A: b\r\n\r\n.dot\r\n", 14 },
		.name = "1" };
	struct span in = { (const char *)data, n };
	struct dialog d = { 0 };
	size_t begun = 0, verdicts = 0;
	bool whole = false;

	cut_anywhere(in);
	judge(in);
	dialog_reset(&d);
	if (in.n > 0) {
		unsigned char flags = (unsigned char)in.p[0];

		d.pipelining = (flags & 1) != 0;
		d.smtputf8 = (flags & 2) != 0;
		d.size = (flags & 4) != 0;
		if ((flags & 8) != 0)
			dialog_offer(&d, in);
		in.p++;
		in.n--;
	}
	while (in.n > 0 && d.phase != DIALOG_DEAD) {
		size_t take = (unsigned char)in.p[0] & 0x7f;
		bool all = ((unsigned char)in.p[0] & 0x80) == 0;
		struct span piece;

		in.p++;
		in.n--;
		piece = (struct span){ in.p, take < in.n ? take : in.n };
		in.p += piece.n;
		in.n -= piece.n;
		if (d.phase == DIALOG_IDLE && begun < 8) {
			dialog_begin(&d, &item);
			begun++;
			whole = false;
			if (d.judged && d.phase == DIALOG_IDLE) { /* our own gate: size */
				verdict_of(&d, whole, &verdicts);
				continue;
			}
		}
		write_some(&d, all);
		whole = whole || d.phase == DIALOG_DOT;
		dialog_read(&d, piece);
		if (d.phase == DIALOG_IDLE && d.judged && verdicts < begun)
			verdict_of(&d, whole, &verdicts);
	}
	if (d.phase != DIALOG_DEAD)
		dialog_lost(&d, "the connection was lost");
	if (verdicts < begun) {
		must(d.judged);
		verdict_of(&d, whole, &verdicts);
	}
	must(verdicts == begun);
	dialog_clear(&d);
	return 0;
}
