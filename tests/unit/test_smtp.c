/* The dialog: what goes over the wire, in which order, and what each answer or hang-up makes of it. */
#include "send/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MESSAGE "Subject: x\r\n\r\n.dot\r\nend\r\n"
#define WIRE "Subject: x\r\n\r\n..dot\r\nend\r\n.\r\n"

static struct send_item
item(const char *to, const char *message)
{
	return (struct send_item){ .id = 1,
		.mail_from = "wrap@sender.example",
		.rcpt_to = to,
		.message = span_of(message),
		.name = "one" };
}

/* What the dialog wants written; taken as written. */
static struct span
written(struct dialog *d)
{
	struct span out = dialog_pending(d);

	dialog_wrote(d, out.n);
	return out;
}

static void
say(struct dialog *d, const char *reply)
{
	dialog_read(d, span_of(reply));
}

static void
start(struct dialog *d, bool pipelining)
{
	struct send_item it = item("reader@reader.example", MESSAGE);

	*d = (struct dialog){ 0 };
	dialog_reset(d);
	d->pipelining = pipelining;
	dialog_begin(d, &it);
}

static void
message_goes_step_by_step(void **state)
{
	struct dialog d;

	(void)state;
	start(&d, false);
	assert_true(span_eqs(written(&d), "MAIL FROM:<wrap@sender.example>\r\n"));
	assert_int_equal(dialog_pending(&d).n, 0);
	say(&d, "250 ok\r\n");
	assert_true(span_eqs(written(&d), "RCPT TO:<reader@reader.example>\r\n"));
	say(&d, "250 ok\r\n");
	assert_true(span_eqs(written(&d), "DATA\r\n"));
	assert_int_equal(d.phase, DIALOG_ENVELOPE);
	say(&d, "354 go\r\n");
	assert_int_equal(d.phase, DIALOG_BODY);
	assert_true(span_eqs(written(&d), WIRE));
	assert_int_equal(d.phase, DIALOG_DOT);
	say(&d, "250 2.0.0 queued\r\n");
	assert_int_equal(d.phase, DIALOG_IDLE);
	assert_true(d.judged);
	assert_int_equal(d.verdict.outcome, OUTCOME_ACCEPTED);
	dialog_clear(&d);
}

static void
pipelined_envelope_is_one_write(void **state)
{
	struct dialog d;

	(void)state;
	start(&d, true);
	assert_true(span_eqs(written(&d),
	    "MAIL FROM:<wrap@sender.example>\r\nRCPT TO:<reader@reader.example>\r\nDATA\r\n"));
	say(&d, "250 ok\r\n250 ok\r\n354 go\r\n");
	assert_int_equal(d.phase, DIALOG_BODY);
	assert_true(span_eqs(written(&d), WIRE));
	dialog_clear(&d);
}

static void
offers_shape_the_envelope(void **state)
{
	struct dialog d = { 0 };
	struct send_item it = item("j\xc3\xb6rg@reader.example", "a: \xc3\xa4\r\n\r\nb\r\n");

	(void)state;
	dialog_reset(&d);
	dialog_offer(&d, span_of("250-SMTPUTF8"));
	dialog_offer(&d, span_of("250-size 1000"));
	dialog_offer(&d, span_of("250 8BITMIME"));
	dialog_begin(&d, &it);
	assert_true(span_eqs(
	    written(&d), "MAIL FROM:<wrap@sender.example> SIZE=12 BODY=8BITMIME SMTPUTF8\r\n"));
	dialog_clear(&d);
}

static void
what_cannot_be_sent_never_starts(void **state)
{
	static const struct {
		const char *to, *from, *message, *status;
		enum outcome outcome;
	} rows[] = {
		{ "a@b.example>\r\nRCPT TO:<c@d.example", "w@s.example", "x\r\n", "5.1.3",
		    OUTCOME_REFUSED },
		{ "", "w@s.example", "x\r\n", "5.1.3", OUTCOME_REFUSED },
		{ "a b@c.example", "w@s.example", "x\r\n", "5.1.3", OUTCOME_REFUSED },
		{ "a@b.example", "w@s.example\r\nX", "x\r\n", "5.1.7", OUTCOME_REFUSED_US },
		{ "\xc3\xa4@b.example", "w@s.example", "x\r\n", "5.6.7", OUTCOME_REFUSED_US },
		{ "a@b.example", "w@s.example", "123456789 123456789\r\n", "5.3.4",
		    OUTCOME_REFUSED_US },
		{ "a@b.example", "w@s.example", "bare\nline", "5.6.0", OUTCOME_REFUSED_US },
		{ "a@b.example", "w@s.example", "bare\rline\r\n", "5.6.0", OUTCOME_REFUSED_US },
		{ "a@b.example", "w@s.example", "end\r", "5.6.0", OUTCOME_REFUSED_US },
		{ "a@b.example", "w@s.example", "\nstart\r\n", "5.6.0", OUTCOME_REFUSED_US },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dialog d = { 0 };
		struct send_item it = item(rows[i].to, rows[i].message);

		it.mail_from = rows[i].from;
		dialog_reset(&d);
		dialog_offer(&d, span_of("250 SIZE 20"));
		dialog_begin(&d, &it);
		assert_true(d.judged);
		assert_string_equal(d.verdict.enhanced, rows[i].status);
		assert_int_equal(d.verdict.outcome, rows[i].outcome);
		assert_int_equal(d.verdict.reply_code, 0);
		assert_int_equal(d.phase, DIALOG_IDLE);
		assert_int_equal(dialog_pending(&d).n, 0);
		dialog_clear(&d);
	}
}

/* Replies to MAIL RCPT DATA dot; the verdict, and the phase after it. NULL: the relay hangs up there. */
static const struct talk {
	const char *mail, *rcpt, *data, *dot;
	enum outcome outcome;
	int code;
	enum dialog_phase after;
} talks[] = {
	{ "250 a\r\n", "250 b\r\n", "354 c\r\n", "250 d\r\n", OUTCOME_ACCEPTED, 250, DIALOG_IDLE },
	{ "550 a\r\n", "503 b\r\n", "503 c\r\n", "", OUTCOME_REFUSED_US, 550, DIALOG_RESET },
	{ "250 a\r\n", "550 5.1.1 b\r\n", "554 c\r\n", "", OUTCOME_REFUSED, 550, DIALOG_RESET },
	{ "250 a\r\n", "450 b\r\n", "503 c\r\n", "", OUTCOME_DEFERRED, 450, DIALOG_RESET },
	{ "250 a\r\n", "250 b\r\n", "451 c\r\n", "", OUTCOME_DEFERRED, 451, DIALOG_RESET },
	{ "250 a\r\n", "250 b\r\n", "354 c\r\n", "451 d\r\n", OUTCOME_DEFERRED, 451, DIALOG_IDLE },
	{ "250 a\r\n", "250 b\r\n", "354 c\r\n", "554 d\r\n", OUTCOME_REFUSED_US, 554,
	    DIALOG_IDLE },
	{ "250 a\r\n", "250 b\r\n", "354 c\r\n", "421 d\r\n", OUTCOME_NOT_TRIED, 421, DIALOG_DEAD },
	{ "421 a\r\n", "", "", "", OUTCOME_NOT_TRIED, 421, DIALOG_DEAD },
	{ "250 a\r\n", "421 b\r\n", "", "", OUTCOME_NOT_TRIED, 421, DIALOG_DEAD },
	/* hang-ups */
	{ NULL, "", "", "", OUTCOME_NOT_TRIED, 0, DIALOG_DEAD },
	{ "250 a\r\n", NULL, "", "", OUTCOME_NOT_TRIED, 0, DIALOG_DEAD },
	{ "250 a\r\n", "250 b\r\n", NULL, "", OUTCOME_NOT_TRIED, 0, DIALOG_DEAD },
	{ "250 a\r\n", "250 b\r\n", "354 c\r\n", NULL, OUTCOME_INDOUBT, 0, DIALOG_DEAD },
	{ "250 a\r\n", "250 b\r\n", "354 c\r\n", "250-half", OUTCOME_INDOUBT, 0, DIALOG_DEAD },
	/* noise */
	{ "what\r\n", "", "", "", OUTCOME_NOT_TRIED, 0, DIALOG_DEAD },
	{ "250 a\r\n", "250 b\r\n", "354 c\r\n", "yes, thanks\r\n", OUTCOME_INDOUBT, 0,
	    DIALOG_DEAD },
	{ "250 a\r\n", "250 b\r\n", "354 c\r\n", "354 more\r\n", OUTCOME_INDOUBT, 354,
	    DIALOG_DEAD },
	{ "250 a\r\n", "250 b\r\n", "250 c\r\n", "", OUTCOME_NOT_TRIED, 250, DIALOG_RESET },
	/* more than was asked for */
	{ "250 a\r\n", "250 b\r\n", "354 c\r\n250 d\r\n", "", OUTCOME_DEFERRED, 0, DIALOG_DEAD },
	{ "250 a\r\n", "250 b\r\n", "354 c\r\n", "250 d\r\n421 bye\r\n", OUTCOME_ACCEPTED, 250,
	    DIALOG_DEAD },
	/* the envelope was refused and DATA taken all the same */
	{ "250 a\r\n", "550 5.1.1 b\r\n", "354 c\r\n", "", OUTCOME_REFUSED, 550, DIALOG_DEAD },
};

static void
talk_give(struct dialog *d, const char *reply)
{
	if (d->phase == DIALOG_DEAD)
		return;
	if (reply == NULL)
		dialog_lost(d, "the connection was closed");
	else
		say(d, reply);
	if (d->phase != DIALOG_RESET)
		(void)written(d);
}

static void
talks_end_as_they_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(talks); i++) {
		const struct talk *t = &talks[i];
		struct dialog d;

		start(&d, true);
		(void)written(&d);
		talk_give(&d, t->mail);
		talk_give(&d, t->rcpt);
		talk_give(&d, t->data);
		if (d.phase == DIALOG_DOT) {
			talk_give(&d, t->dot);
			if (t->dot != NULL && strcmp(t->dot, "250-half") == 0)
				dialog_lost(&d, "the connection was closed");
		}
		if (!d.judged || d.verdict.outcome != t->outcome ||
		    d.verdict.reply_code != t->code || d.phase != t->after)
			fail_msg("talk %zu: judged %d, outcome %d, code %d, phase %d (%s)", i,
			    d.judged, (int)d.verdict.outcome, d.verdict.reply_code, (int)d.phase,
			    d.verdict.text);
		dialog_clear(&d);
	}
}

static void
refused_reader_keeps_the_connection(void **state)
{
	struct dialog d;
	struct send_item it = item("next@reader.example", MESSAGE);

	(void)state;
	start(&d, true);
	(void)written(&d);
	say(&d, "250 ok\r\n550 5.1.1 no\r\n503 no\r\n");
	assert_true(span_eqs(written(&d), "RSET\r\n"));
	say(&d, "250 ok\r\n");
	assert_int_equal(d.phase, DIALOG_IDLE);
	dialog_begin(&d, &it);
	assert_false(d.judged);
	assert_int_equal(d.messages, 2);
	dialog_clear(&d);
}

static void
answer_before_the_end_is_never_a_yes(void **state)
{
	struct dialog d;

	(void)state;
	start(&d, true);
	(void)written(&d);
	say(&d, "250 a\r\n250 b\r\n354 c\r\n");
	dialog_wrote(&d, 5); /* a part of the message is out */
	say(&d, "250 taken\r\n");
	assert_true(d.judged);
	assert_int_equal(d.verdict.outcome, OUTCOME_DEFERRED);
	assert_int_equal(d.phase, DIALOG_DEAD);
	dialog_clear(&d);
	start(&d, true);
	(void)written(&d);
	say(&d, "250 a\r\n250 b\r\n354 c\r\n");
	dialog_wrote(&d, 5);
	say(&d, "552 5.3.4 too big\r\n");
	assert_int_equal(d.verdict.outcome, OUTCOME_REFUSED_US);
	assert_int_equal(d.phase, DIALOG_DEAD);
	dialog_clear(&d);
}

static void
loss_within_the_message_is_not_in_doubt(void **state)
{
	struct dialog d;

	(void)state;
	start(&d, true);
	(void)written(&d);
	say(&d, "250 a\r\n250 b\r\n354 c\r\n");
	dialog_wrote(&d, dialog_pending(&d).n - 1); /* all but the last byte of the dot's line */
	dialog_lost(&d, "the connection was lost");
	assert_int_equal(d.verdict.outcome, OUTCOME_NOT_TRIED);
	dialog_clear(&d);
}

static void
noise_on_an_idle_connection_ends_it(void **state)
{
	struct dialog d = { 0 };

	(void)state;
	dialog_reset(&d);
	say(&d, "421 idle too long\r\n");
	assert_int_equal(d.phase, DIALOG_DEAD);
	assert_false(d.judged);
	dialog_clear(&d);
}

static void
dots_are_doubled_and_the_end_closed(void **state)
{
	static const struct {
		const char *message, *wire;
	} rows[] = {
		{ "a\r\n", "a\r\n.\r\n" },
		{ ".\r\n", "..\r\n.\r\n" },
		{ "a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n" },
		{ "a\r\n..\r\n", "a\r\n...\r\n.\r\n" },
		{ "a.\r\nb", "a.\r\nb\r\n.\r\n" },
		{ "", ".\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dialog d = { 0 };
		struct send_item it = item("a@b.example", rows[i].message);

		dialog_reset(&d);
		d.pipelining = true;
		dialog_begin(&d, &it);
		(void)written(&d);
		say(&d, "250 a\r\n250 b\r\n354 c\r\n");
		assert_true(span_eqs(written(&d), rows[i].wire));
		assert_int_equal(d.phase, DIALOG_DOT);
		dialog_clear(&d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_goes_step_by_step),
		cmocka_unit_test(pipelined_envelope_is_one_write),
		cmocka_unit_test(offers_shape_the_envelope),
		cmocka_unit_test(what_cannot_be_sent_never_starts),
		cmocka_unit_test(talks_end_as_they_should),
		cmocka_unit_test(refused_reader_keeps_the_connection),
		cmocka_unit_test(answer_before_the_end_is_never_a_yes),
		cmocka_unit_test(loss_within_the_message_is_not_in_doubt),
		cmocka_unit_test(noise_on_an_idle_connection_ends_it),
		cmocka_unit_test(dots_are_doubled_and_the_end_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
