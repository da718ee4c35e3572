/*
 * A scan on a real store: who is moved by which letter, and that nobody is moved by ten thousand forged
 * ones. The letters are made as the child makes them, from bytes.
 */
#include "bounce/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW 1800000000
#define DAY 86400
#define READERS 40

static const struct keyring keys = {
	.current = { { 5 } }, .previous = { { 6 } }, .has_previous = true
};
static char list_id[] = "weekly.sender.example", url[] = "imaps://imap.sender.example/INBOX";

struct bench {
	struct config c;
	struct store *st;
	struct mailbox_cursor cursor;
	struct bounce_report out;
	uint32_t uid;
	int64_t edition;
};

static char path[] = "/tmp/wrap-test-bounce-XXXXXX";

static void
must(enum wrap_rc rc, const struct wrap_err *err)
{
	if (rc != WRAP_OK)
		fail_msg("%s", err->text);
}

static int
begin(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct wrap_err err = { 0 };
	struct edition e = { .key = "2026-W47",
		.state = EDITION_SENT,
		.subject = (char[]){ "s" },
		.markdown = (char[]){ "m" },
		.window_to = NOW,
		.created_at = NOW,
		.sealed_at = NOW };
	char file[100];
	int64_t id;

	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	if (b == NULL || mkdtemp(path) == NULL)
		return -1;
	(void)snprintf(file, sizeof(file), "%s/wrap.db", path);
	must(store_open(file, STORE_CREATE, &b->st, &err), &err);
	b->c.publication.list_id = list_id;
	b->c.mailbox.url = url;
	b->c.bounces.full_editions = 4;
	b->c.bounces.full_days = 28;
	b->c.bounces.apart_days = 3;
	b->c.bounces.breaker_percent = 2;
	b->c.bounces.breaker_readers = 10;
	for (int i = 1; i <= READERS; i++) {
		char address[60];
		struct subscriber s = { .address = address,
			.canonical = address,
			.state = i == READERS ? SUBSCRIBER_PENDING : SUBSCRIBER_ACTIVE,
			.created_at = NOW - DAY,
			.changed_at = NOW - DAY };

		(void)snprintf(address, sizeof(address), "reader%d@isp.example", i);
		must(subscriber_add(b->st, &s, &id, &err), &err);
		assert_int_equal(id, i);
	}
	must(edition_add(b->st, &e, &b->edition, &err), &err);
	must(delivery_freeze(b->st, b->edition, "", 0, NOW, &id, &err), &err);
	*state = b;
	return 0;
}

static int
end(void **state)
{
	struct bench *b = *state;
	char command[200];

	store_close(&b->st);
	cursor_clear(&b->cursor);
	bounce_report_clear(&b->out);
	free(b);
	(void)snprintf(command, sizeof(command), "%s/wrap.db", path);
	(void)unlink(command);
	(void)snprintf(command, sizeof(command), "rm -r %s", path);
	return system(command) == 0 ? 0 : -1;
}

/* A report on recipient that came to the address bounces+token@. */
static void
report_text(const char *token, const char *recipient, const char *said, struct buf *out)
{
	buf_reset(out);
	buf_addf(out,
	    "Return-Path: <>\r\nDelivered-To: bounces+%s@sender.example\r\nFrom: MAILER-DAEMON@mx.example\r\n"
	    "Subject: Undelivered Mail Returned to Sender\r\nContent-Type: multipart/report;\r\n"
	    " report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
	    "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; %s\r\nAction: failed\r\n"
	    "Diagnostic-Code: smtp; %s\r\n\r\n--b--\r\n",
	    token, recipient, said);
}

/* Run a scan over these messages, as bounce_scan does. */
static void
scan(struct bench *b, const struct buf *messages, size_t n, int64_t now)
{
	struct letters l = { .uidvalidity = 7 };
	struct wrap_err err = { 0 };
	struct scan s = {
		.st = b->st, .c = &b->c, .keys = &keys, .now = now, .cursor = &b->cursor
	};
	enum wrap_rc rc;

	l.v = calloc(n, sizeof(*l.v));
	assert_non_null(l.v);
	for (size_t i = 0; i < n; i++) {
		struct letter made;
		struct buf record = BUF_INIT(1 << 20);

		must(letter_read(buf_span(&messages[i]), &made, &err), &err);
		made.uid = ++b->uid;
		made.uidvalidity = 7;
		letter_pack(&made, &record);
		must(letter_unpack(buf_span(&record), &l.v[l.n++], &err), &err);
		letter_clear(&made);
		buf_clear(&record);
	}
	bounce_report_clear(&b->out);
	s.out = &b->out;
	must(store_begin(b->st, &err), &err);
	rc = store_end(b->st, scan_run(&s, &l, &err), &err);
	if (!b->out.stopped)
		must(rc, &err);
	scan_clear(&s);
	letters_clear(&l);
}

static enum subscriber_state
state_of(struct bench *b, int64_t id)
{
	struct subscriber s;
	struct wrap_err err = { 0 };
	enum subscriber_state state;

	must(subscriber_by_id(b->st, id, &s, &err), &err);
	state = s.state;
	subscriber_clear(&s);
	return state;
}

static void
scan_one(struct bench *b, const struct buf *message)
{
	scan(b, message, 1, NOW + DAY);
}

static const char gone[] = "550 5.1.1 no such user";

static void
ten_thousand_forged_reports_change_nobody(void **state)
{
	struct bench *b = *state;
	struct buf messages[500];
	size_t made = 0;

	for (size_t i = 0; i < 500; i++)
		messages[i] = BUF_INIT(1 << 16);
	for (size_t k = 0; k < 20; k++) {
		for (size_t i = 0; i < 500; i++, made++) {
			int64_t reader = 1 + (int64_t)(made % READERS);
			struct keyring other = {
				.current = { { (uint8_t)(made % 251), (uint8_t)(made / 251), 9 } }
			};
			char token[VERP_TOKEN], second[VERP_TOKEN], recipient[60];

			(void)snprintf(recipient, sizeof(recipient), "reader%lld@isp.example",
			    (long long)reader);
			verp_make(&keys, list_id, reader, b->edition, NOW, token);
			verp_make(&keys, list_id, 1 + reader % READERS, b->edition, NOW, second);
			switch (made % 8) {
			case 0: token[0] = '\0'; break; /* absent */
			case 1:
				verp_make(&other, list_id, reader, b->edition, NOW, token);
				break; /* another key */
			case 2:
				verp_make(
				    &keys, list_id, reader, b->edition, NOW - 40 * DAY, token);
				break;                                       /* late */
			case 3: memcpy(token, second, 16 + made % 8); break; /* swapped */
			case 4: token[16 + made % 24] ^= 2; break;           /* one letter */
			case 5:
				verp_make(
				    &keys, "other.list.example", reader, b->edition, NOW, token);
				break;
			case 6: token[39] = '\0'; break; /* cut short */
			default:
				token_make(&keys, TOKEN_LEAVE, list_id, reader, token);
				break; /* of a link */
			}
			report_text(token, recipient, gone, &messages[i]);
		}
		scan(b, messages, 500, NOW + DAY);
		assert_int_equal(b->out.messages, 500);
		assert_int_equal(b->out.ours, 0);
	}
	assert_int_equal(made, 10000);
	for (int64_t id = 1; id < READERS; id++)
		assert_int_equal(state_of(b, id), SUBSCRIBER_ACTIVE);
	assert_int_equal(state_of(b, READERS), SUBSCRIBER_PENDING);
	for (size_t i = 0; i < 500; i++)
		buf_clear(&messages[i]);
}

static void
the_token_decides_who_the_report_decides_what(void **state)
{
	struct bench *b = *state;
	struct buf m = BUF_INIT(1 << 16);
	char token[VERP_TOKEN];

	/* Forwarding: the failing address is a stranger's, the reader is the token's. */
	verp_make(&keys, list_id, 3, b->edition, NOW, token);
	report_text(token, "somebody.else@forwarder.example", gone, &m);
	scan_one(b, &m);
	assert_int_equal(state_of(b, 3), SUBSCRIBER_BOUNCED);
	scan_one(b, &m);
	assert_int_equal(b->out.repeated, 1);
	assert_int_equal(b->out.hard, 0);
	/* A report that names a reader in its text and has another's token moves the token's alone. */
	verp_make(&keys, list_id, 4, b->edition, NOW, token);
	report_text(token, "reader5@isp.example", gone, &m);
	scan_one(b, &m);
	assert_int_equal(state_of(b, 4), SUBSCRIBER_BOUNCED);
	assert_int_equal(state_of(b, 5), SUBSCRIBER_ACTIVE);
	verp_make(&keys, list_id, 6, b->edition, NOW, token);
	report_text(
	    token, "reader6@isp.example", "554 5.7.1 blocked using a block list, user unknown", &m);
	scan_one(b, &m);
	assert_int_equal(state_of(b, 6), SUBSCRIBER_ACTIVE);
	assert_int_equal(b->out.lines.n, 1);
	buf_clear(&m);
}

static void
complaints_and_wishes_act_at_once(void **state)
{
	struct bench *b = *state;
	struct buf m = BUF_INIT(1 << 16);
	char token[VERP_TOKEN];

	verp_make(&keys, list_id, 7, b->edition, NOW, token);
	buf_addf(&m,
	    "From: <fbl@isp.example>\r\nSubject: FW\r\nContent-Type: multipart/report;\r\n"
	    " report-type=feedback-report; boundary=b\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n"
	    "Feedback-Type: abuse\r\nVersion: 1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
	    "Message-ID: <2026-W47.%s@sender.example>\r\nSubject: week\r\n\r\n.\r\n--b--\r\n",
	    token);
	scan_one(b, &m);
	assert_int_equal(state_of(b, 7), SUBSCRIBER_COMPLAINED);

	token_make(&keys, TOKEN_LEAVE, list_id, 8, token);
	buf_reset(&m);
	buf_addf(&m,
	    "From: someone@isp.example\r\nTo: bounces@sender.example\r\nSubject: unsubscribe %s\r\n\r\n",
	    token);
	scan_one(b, &m);
	assert_int_equal(state_of(b, 8), SUBSCRIBER_UNSUBSCRIBED);
	token_make(&keys, TOKEN_LEAVE, list_id, 9, token);
	buf_reset(&m);
	buf_addf(&m,
	    "From: someone@isp.example\r\nTo: <bounces+%s@sender.example>\r\nSubject: \r\n\r\n",
	    token);
	scan_one(b, &m);
	assert_int_equal(state_of(b, 9), SUBSCRIBER_UNSUBSCRIBED);
	/* One letter of the token altered. */
	token_make(&keys, TOKEN_LEAVE, list_id, 10, token);
	token[30] = token[30] == 'a' ? 'b' : 'a';
	buf_reset(&m);
	buf_addf(&m,
	    "From: someone@isp.example\r\nTo: bounces@sender.example\r\nSubject: unsubscribe %s\r\n\r\n",
	    token);
	scan_one(b, &m);
	assert_int_equal(state_of(b, 10), SUBSCRIBER_ACTIVE);
	buf_clear(&m);
}

static void
a_machine_confirms_nothing(void **state)
{
	struct bench *b = *state;
	struct buf m = BUF_INIT(1 << 16);
	char token[VERP_TOKEN];

	token_make(&keys, TOKEN_CONFIRM, list_id, READERS, token);
	buf_addf(&m,
	    "From: reader40@isp.example\r\nTo: <bounces+%s@sender.example>\r\nSubject: Re: please confirm\r\n"
	    "Auto-Submitted: auto-replied\r\n\r\nI am away.\r\n",
	    token);
	scan_one(b, &m);
	assert_int_equal(state_of(b, READERS), SUBSCRIBER_PENDING);
	buf_reset(&m);
	buf_addf(&m,
	    "From: reader40@isp.example\r\nTo: <bounces+%s@sender.example>\r\nSubject: Re: please confirm\r\n\r\n",
	    token);
	scan_one(b, &m);
	assert_int_equal(state_of(b, READERS), SUBSCRIBER_ACTIVE);
	assert_int_equal(b->out.confirmed, 1);
	/* Long after, and for one who is a reader already, it does nothing. */
	token_make(&keys, TOKEN_CONFIRM, list_id, 11, token);
	buf_reset(&m);
	buf_addf(&m,
	    "From: x@isp.example\r\nTo: <bounces+%s@sender.example>\r\nSubject: Re: confirm\r\n\r\n",
	    token);
	scan_one(b, &m);
	assert_int_equal(b->out.confirmed, 0);
	buf_clear(&m);
}

static void
too_many_at_once_change_nothing(void **state)
{
	struct bench *b = *state;
	struct buf m[READERS];
	char token[VERP_TOKEN], recipient[60];

	for (int i = 0; i < 15; i++) {
		verp_make(&keys, list_id, i + 1, b->edition, NOW, token);
		(void)snprintf(recipient, sizeof(recipient), "reader%d@isp.example", i + 1);
		m[i] = BUF_INIT(1 << 16);
		report_text(token, recipient, gone, &m[i]);
	}
	scan(b, m, 15, NOW + DAY);
	assert_true(b->out.stopped);
	for (int64_t id = 1; id < READERS; id++)
		assert_int_equal(state_of(b, id), SUBSCRIBER_ACTIVE);
	scan(b, m, 10, NOW + DAY);
	assert_false(b->out.stopped);
	assert_int_equal(b->out.deactivated, 10);
	for (int i = 0; i < 15; i++)
		buf_clear(&m[i]);
}

static void
a_scan_can_be_taken_back(void **state)
{
	struct bench *b = *state;
	struct buf m = BUF_INIT(1 << 16);
	struct wrap_err err = { 0 };
	char token[VERP_TOKEN];
	size_t n = 0;

	verp_make(&keys, list_id, 12, b->edition, NOW, token);
	report_text(token, "reader12@isp.example", gone, &m);
	scan_one(b, &m);
	assert_int_equal(state_of(b, 12), SUBSCRIBER_BOUNCED);
	must(bounce_undo(b->st, b->out.scan, NOW + 2 * DAY, &n, &err), &err);
	assert_int_equal(n, 1);
	assert_int_equal(state_of(b, 12), SUBSCRIBER_ACTIVE);
	must(bounce_undo(b->st, b->out.scan, NOW + 2 * DAY, &n, &err), &err);
	assert_int_equal(n, 0);
	assert_int_equal(bounce_undo(b->st, 99, NOW, &n, &err), WRAP_ENOTFOUND);
	buf_clear(&m);
}

static void
a_damaged_record_is_refused(void **state)
{
	struct letter l, back;
	struct buf m = BUF_INIT(1 << 16), record = BUF_INIT(1 << 20);
	struct wrap_err err = { 0 };

	(void)state;
	report_text("wwww", "a@b.example", gone, &m);
	must(letter_read(buf_span(&m), &l, &err), &err);
	letter_pack(&l, &record);
	must(letter_unpack(buf_span(&record), &back, &err), &err);
	assert_int_equal(back.n, 1);
	assert_string_equal(back.rows[0].recipient, "a@b.example");
	assert_int_equal(back.rows[0].verdict.class, BOUNCE_HARD);
	letter_clear(&back);
	for (size_t n = 0; n < record.n; n++)
		assert_int_equal(
		    letter_unpack((struct span){ record.p, n }, &back, &err), WRAP_EPROTO);
	for (size_t n = 0; n < record.n; n++) { /* whatever one byte is, it is read safely */
		char was = record.p[n];

		record.p[n] = (char)0xff;
		if (letter_unpack(buf_span(&record), &back, &err) == WRAP_OK)
			letter_clear(&back);
		record.p[n] = was;
	}
	letter_clear(&l);
	buf_clear(&m);
	buf_clear(&record);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ten_thousand_forged_reports_change_nobody),
		TEST(the_token_decides_who_the_report_decides_what),
		TEST(complaints_and_wishes_act_at_once),
		TEST(a_machine_confirms_nothing),
		TEST(too_many_at_once_change_nothing),
		TEST(a_scan_can_be_taken_back),
		cmocka_unit_test(a_damaged_record_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
