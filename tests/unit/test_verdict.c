/* Replies into verdicts: code, enhanced status, whose fault, and the words kept of it. */
#include "send/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct row {
	const char *reply;
	enum send_stage stage;
	enum outcome outcome;
	int code;
	const char *enhanced;
} rows[] = {
	{ "250 2.1.5 ok", SEND_RCPT, OUTCOME_ACCEPTED, 250, "2.1.5" },
	{ "250", SEND_DOT, OUTCOME_ACCEPTED, 250, "" },
	{ "250 ok", SEND_DOT, OUTCOME_ACCEPTED, 250, "" },
	{ "354 go on", SEND_DATA, OUTCOME_ACCEPTED, 354, "" },
	/* a yes in the wrong place is no yes */
	{ "250 ok", SEND_DATA, OUTCOME_NOT_TRIED, 250, "" },
	{ "354 go on", SEND_DOT, OUTCOME_INDOUBT, 354, "" },
	{ "354 go on", SEND_RCPT, OUTCOME_NOT_TRIED, 354, "" },
	/* the reader */
	{ "550 5.1.1 no such user", SEND_RCPT, OUTCOME_REFUSED, 550, "5.1.1" },
	{ "550 no such user", SEND_RCPT, OUTCOME_REFUSED, 550, "" },
	{ "551 user not local", SEND_RCPT, OUTCOME_REFUSED, 551, "" },
	{ "552 5.2.2 mailbox full", SEND_RCPT, OUTCOME_REFUSED, 552, "5.2.2" },
	{ "552 5.2.2 mailbox full", SEND_DOT, OUTCOME_REFUSED, 552, "5.2.2" },
	{ "553 mailbox name not allowed", SEND_RCPT, OUTCOME_REFUSED, 553, "" },
	{ "501 5.1.3 bad address syntax", SEND_RCPT, OUTCOME_REFUSED, 501, "5.1.3" },
	{ "556 domain does not accept mail", SEND_RCPT, OUTCOME_REFUSED, 556, "" },
	{ "550 5.1.10 null MX", SEND_RCPT, OUTCOME_REFUSED, 550, "5.1.10" },
	{ "550 5.4.1 Recipient address rejected: Access denied", SEND_RCPT, OUTCOME_REFUSED, 550,
	    "5.4.1" },
	{ "550 5.7.13 account disabled", SEND_RCPT, OUTCOME_REFUSED, 550, "5.7.13" },
	{ "554 5.1.1 unknown, said late", SEND_DOT, OUTCOME_REFUSED, 554, "5.1.1" },
	/* us */
	{ "550 5.1.1 who are you", SEND_MAIL, OUTCOME_REFUSED_US, 550, "5.1.1" },
	{ "550 5.1.8 sender's domain does not exist", SEND_RCPT, OUTCOME_REFUSED_US, 550, "5.1.8" },
	{ "550 5.7.1 policy", SEND_RCPT, OUTCOME_REFUSED_US, 550, "5.7.1" },
	{ "554 relay access denied", SEND_RCPT, OUTCOME_REFUSED_US, 554, "" },
	{ "550 spam", SEND_DOT, OUTCOME_REFUSED_US, 550, "" },
	{ "552 5.3.4 too big", SEND_DOT, OUTCOME_REFUSED_US, 552, "5.3.4" },
	{ "550 5.7.515 not authenticated", SEND_DOT, OUTCOME_REFUSED_US, 550, "5.7.515" },
	{ "530 5.7.0 login first", SEND_MAIL, OUTCOME_REFUSED_US, 530, "5.7.0" },
	{ "535 5.7.8 bad credentials", SEND_AUTH, OUTCOME_REFUSED_US, 535, "5.7.8" },
	{ "554 no service here", SEND_CONNECT, OUTCOME_REFUSED_US, 554, "" },
	{ "521 no mail here", SEND_CONNECT, OUTCOME_REFUSED_US, 521, "" },
	/* later */
	{ "450 4.2.0 greylisted", SEND_RCPT, OUTCOME_DEFERRED, 450, "4.2.0" },
	{ "451 4.3.0 try later", SEND_DOT, OUTCOME_DEFERRED, 451, "4.3.0" },
	{ "452 4.3.1 no space", SEND_MAIL, OUTCOME_DEFERRED, 452, "4.3.1" },
	/* nobody's fault */
	{ "421 4.3.2 shutting down", SEND_RCPT, OUTCOME_NOT_TRIED, 421, "4.3.2" },
	{ "421 closing", SEND_DOT, OUTCOME_NOT_TRIED, 421, "" },
	{ "454 4.7.0 login not available now", SEND_AUTH, OUTCOME_NOT_TRIED, 454, "4.7.0" },
	{ "450 busy", SEND_CONNECT, OUTCOME_NOT_TRIED, 450, "" },
	/* several lines: the last code counts, the first status found is the status */
	{ "550-5.1.1 The account\n550-5.1.1 does not exist\n550 5.1.1 see a web page", SEND_RCPT,
	    OUTCOME_REFUSED, 550, "5.1.1" },
	{ "550-first line\n550 5.2.1 disabled", SEND_RCPT, OUTCOME_REFUSED, 550, "5.2.1" },
	/* a status that contradicts its code, or is none, is not read */
	{ "550 4.1.1 hm", SEND_RCPT, OUTCOME_REFUSED, 550, "" },
	{ "550 5.1 hm", SEND_RCPT, OUTCOME_REFUSED, 550, "" },
	{ "550 5.1.1x hm", SEND_RCPT, OUTCOME_REFUSED, 550, "" },
	{ "550 5.1111.1 hm", SEND_RCPT, OUTCOME_REFUSED, 550, "" },
	{ "550 127.0.0.1 is listed", SEND_RCPT, OUTCOME_REFUSED, 550, "" },
	/* not SMTP */
	{ "", SEND_RCPT, OUTCOME_NOT_TRIED, 0, "" },
	{ "HTTP/1.1 400 Bad Request", SEND_RCPT, OUTCOME_NOT_TRIED, 0, "" },
	{ "999 what", SEND_RCPT, OUTCOME_NOT_TRIED, 0, "" },
	{ "099 what", SEND_DOT, OUTCOME_INDOUBT, 0, "" },
	{ "2500 ok", SEND_DOT, OUTCOME_INDOUBT, 0, "" },
	{ "25", SEND_DOT, OUTCOME_INDOUBT, 0, "" },
};

static void
reply_gives_the_outcome_of_its_stage(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct verdict v = verdict_from_reply(span_of(rows[i].reply), rows[i].stage);

		if (v.outcome != rows[i].outcome || v.reply_code != rows[i].code ||
		    strcmp(v.enhanced, rows[i].enhanced) != 0)
			fail_msg("row %zu (%s at %s): outcome %d, code %d, status \"%s\"", i,
			    rows[i].reply, stage_name(rows[i].stage), (int)v.outcome, v.reply_code,
			    v.enhanced);
	}
}

static void
text_is_one_clean_line(void **state)
{
	struct verdict v;

	(void)state;
	v = verdict_from_reply(
	    span_of("550-5.1.1 no\x01such\tuser\n550 5.1.1 \x1b[31mhere"), SEND_RCPT);
	assert_string_equal(v.text, "5.1.1 no such user 5.1.1  [31mhere");
}

static void
long_text_is_cut_between_characters(void **state)
{
	char reply[600] = "550 ";
	struct verdict v;

	(void)state;
	for (size_t i = 4; i + 3 < sizeof(reply); i += 2)
		memcpy(reply + i, "\xc3\xa4", 3);
	v = verdict_from_reply(span_of(reply), SEND_RCPT);
	assert_true(strlen(v.text) < sizeof(v.text));
	assert_true(strlen(v.text) > sizeof(v.text) - 8);
	assert_int_equal((unsigned char)v.text[strlen(v.text) - 1], 0xa4);
}

/* ---- bytes into replies ---------------------------------------------------------------------------- */

static enum reply_state
feed(struct reply *r, const char *bytes, size_t step)
{
	struct span all = span_of(bytes);
	enum reply_state s = REPLY_MORE;

	while (all.n > 0 && s == REPLY_MORE) {
		struct span part = { all.p, all.n < step ? all.n : step };
		size_t had = part.n;

		s = reply_take(r, &part);
		all.p += had - part.n;
		all.n -= had - part.n;
	}
	return s;
}

static void
reply_is_whole_however_it_is_cut(void **state)
{
	(void)state;
	for (size_t step = 1; step < 40; step++) {
		struct reply r = { 0 };

		assert_int_equal(
		    feed(&r, "250-one\r\n250-two\r\n250 three\r\n", step), REPLY_WHOLE);
		assert_int_equal(r.code, 250);
		assert_true(span_eqs(reply_text(&r), "250-one\n250-two\n250 three\n"));
	}
}

static void
broken_replies_are_told(void **state)
{
	static const char *const broken[] = { "hello\r\n", "25\r\n", "250x\r\n", "100 no\r\n",
		"600 no\r\n", "250-yes\r\n550 no\r\n", "\r\n", "-250\r\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		struct reply r = { 0 };

		if (feed(&r, broken[i], 1000) != REPLY_BROKEN)
			fail_msg("%s was taken", broken[i]);
	}
}

static void
endless_reply_is_broken_and_long_line_is_cut(void **state)
{
	struct reply r = { 0 };
	char line[1000];
	size_t lines = 0;
	struct span in;

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "250-", 4);
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	for (;;) {
		in = (struct span){ line, sizeof(line) };
		lines++;
		if (reply_take(&r, &in) != REPLY_MORE)
			break;
		assert_true(lines < 100);
	}
	assert_in_range(lines, 60, 70);
	reply_reset(&r);
	memset(line, 'x', sizeof(line));
	memcpy(line, "550 5.1.1 ", 10);
	line[sizeof(line) - 1] = '\n';
	in = (struct span){ line, sizeof(line) };
	assert_int_equal(reply_take(&r, &in), REPLY_WHOLE);
	assert_string_equal(verdict_from_reply(reply_text(&r), SEND_RCPT).enhanced, "5.1.1");
}

static void
tables_have_a_source_for_every_row(void **state)
{
	const struct policy_status *s;
	const struct policy_code *c;
	size_t n = policy_status_rows(&s), m = policy_code_rows(&c);

	(void)state;
	assert_true(n > 10 && m > 8);
	for (size_t i = 0; i < n; i++)
		assert_true(strlen(s[i].source) > 10 && s[i].stages != 0);
	for (size_t i = 0; i < m; i++)
		assert_true(strlen(c[i].source) > 10 && c[i].code >= 400 && c[i].code < 600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reply_gives_the_outcome_of_its_stage),
		cmocka_unit_test(text_is_one_clean_line),
		cmocka_unit_test(long_text_is_cut_between_characters),
		cmocka_unit_test(reply_is_whole_however_it_is_cut),
		cmocka_unit_test(broken_replies_are_told),
		cmocka_unit_test(endless_reply_is_broken_and_long_line_is_cut),
		cmocka_unit_test(tables_have_a_source_for_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
