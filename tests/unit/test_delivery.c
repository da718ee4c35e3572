/* The ledger by itself: who gets a row, who is claimed, and which moves it refuses. */
#include "store/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW 1795197600 /* 2026-11-20 18:00 UTC */
#define MUST(call) assert_int_equal((call), WRAP_OK)

struct place {
	char dir[32], path[64];
	struct store *st;
	int64_t edition, message;
};

static void
sql(struct place *p, const char *text)
{
	struct wrap_err err = { 0 };

	MUST(store_exec(p->st, text, &err));
}

static int
set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	struct edition e = { .key = "2026-W47",
		.subject = (char[]){ "wrap" },
		.markdown = (char[]){ "# wrap" },
		.state = EDITION_SENDING,
		.sealed_at = NOW };
	struct wrap_err err;

	*state = p;
	(void)setenv("TZ", "UTC", 1);
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/test_delivery.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof(p->path), "%s/wrap.db", p->dir);
	MUST(store_open(p->path, STORE_CREATE, &p->st, &err));
	MUST(edition_add(p->st, &e, &p->edition, &err));
	MUST(message_put(p->st, p->edition, "", SPAN_LIT("x"), &p->message, &err));
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-lock" };
	struct place *p = *state;

	store_close(&p->st);
	for (size_t i = 0; i < 4; i++) {
		char path[80];

		(void)snprintf(path, sizeof(path), "%s%s", p->path, ends[i]);
		(void)unlink(path);
	}
	(void)rmdir(p->dir);
	free(p);
	return 0;
}

/* Readers 1 .. n; topics and pause as SQL. */
static void
readers(struct place *p, int n, const char *topics, const char *pause)
{
	char text[400];

	(void)snprintf(text, sizeof(text),
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
	    " INSERT INTO subscriber (address, canonical, state, topics, paused_until, created_at,"
	    " changed_at) SELECT 'r' || i || '@x.example', 'r' || i || '@x.example', 'active', %s,"
	    " %s, 1, 1 FROM n",
	    n, topics, pause);
	sql(p, text);
}

static int64_t
freeze(struct place *p, const char *topics)
{
	struct wrap_err err = { 0 };
	int64_t rows;

	MUST(delivery_freeze(p->st, p->edition, topics, p->message, NOW, &rows, &err));
	return rows;
}

static size_t
claim(struct place *p, int64_t now, size_t max, int64_t *after, int64_t *last)
{
	struct claim c[16];
	struct wrap_err err = { 0 };
	size_t n;

	assert_in_range(max, 1, 16);
	MUST(delivery_claim(p->st, p->edition, now, max, after, c, &n, &err));
	for (size_t i = 0; i < n; i++) {
		*last = c[i].subscriber_id;
		claim_clear(&c[i]);
	}
	return n;
}

/* State and reason of one row. */
static void
row_is(struct place *p, int64_t reader, const char *state, const char *reason)
{
	struct stmt q = STMT_INIT;
	struct wrap_err err = { 0 };

	MUST(stmt_open(
	    &q, p->st, "SELECT state, reason FROM delivery WHERE subscriber = :id", &err));
	stmt_bind_int(&q, ":id", reader);
	MUST(stmt_row(&q, &err));
	assert_string_equal(stmt_peek(&q, 0), state);
	if (reason == NULL)
		assert_null(stmt_peek(&q, 1));
	else
		assert_string_equal(stmt_peek(&q, 1), reason);
	stmt_close(&q);
}

static void
all_is_written_as_nothing_or_not_at_all(void **state)
{
	struct place *p = *state;

	readers(p, 6, "CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'DNS' END", "NULL");
	assert_int_equal(freeze(p, ""), 4);
	assert_int_equal(freeze(p, "DNS"), 2);
	assert_int_equal(freeze(p, "DNS"), 0);
	assert_int_equal(freeze(p, "Other"), 0);
}

static void
a_pause_is_kept_when_rows_are_frozen(void **state)
{
	struct place *p = *state;

	readers(p, 3, "NULL", "CASE i WHEN 1 THEN 1798797600 WHEN 2 THEN 1795197600 END");
	assert_int_equal(freeze(p, ""), 3);
	row_is(p, 1, "skipped", "paused until 2027-01-01");
	row_is(p, 2, "queued", NULL); /* ends now */
	row_is(p, 3, "queued", NULL);
}

static void
a_pause_is_kept_at_the_claim(void **state)
{
	struct place *p = *state;
	int64_t after = 0, last = 0;

	readers(p, 3, "NULL", "NULL");
	(void)freeze(p, "");
	sql(p, "UPDATE subscriber SET paused_until = 1798797600 WHERE id = 2");
	assert_int_equal(claim(p, NOW, 16, &after, &last), 2);
	assert_int_equal(last, 3);
	row_is(p, 1, "sending", NULL);
	row_is(p, 2, "skipped", "paused until 2027-01-01");
}

static void
a_claim_takes_what_is_due_and_nothing_else(void **state)
{
	struct place *p = *state;
	int64_t after = 0, last = 0;

	readers(p, 12, "NULL", "NULL");
	(void)freeze(p, "");
	sql(p, "UPDATE delivery SET next_attempt_at = 1795197660 WHERE subscriber IN (2, 5)");
	sql(p, "UPDATE delivery SET state = 'skipped' WHERE subscriber = 3");
	sql(p, "UPDATE subscriber SET state = 'unsubscribed' WHERE id = 4");
	assert_int_equal(claim(p, NOW, 3, &after, &last), 3); /* 1, 6, 7 */
	assert_int_equal(last, 7);
	row_is(p, 2, "queued", NULL);
	row_is(p, 4, "skipped", "left before the claim");
	row_is(p, 5, "queued", NULL);
	row_is(p, 8, "queued", NULL);
	assert_int_equal(claim(p, NOW, 16, &after, &last), 5);
	assert_int_equal(claim(p, NOW, 16, &after, &last), 0);
	after = 0;
	assert_int_equal(claim(p, NOW + 59, 16, &after, &last), 0);
	after = 0;
	assert_int_equal(claim(p, NOW + 60, 16, &after, &last), 2);
	assert_int_equal(last, 5);
}

static void
everyone_is_counted_and_those_forgotten_too(void **state)
{
	static const int64_t want[DELIVERY_STATES] = { [DELIVERY_QUEUED] = 2,
		[DELIVERY_SENDING] = 1,
		[DELIVERY_SENT] = 7,
		[DELIVERY_INDOUBT] = 1,
		[DELIVERY_FAILED] = 1,
		[DELIVERY_SKIPPED] = 4,
		[DELIVERY_HELD] = 1 };
	struct place *p = *state;
	struct wrap_err err = { 0 };
	int64_t counts[DELIVERY_STATES];

	readers(p, 9, "NULL", "NULL");
	(void)freeze(p, "");
	sql(p, "DROP TRIGGER delivery_forward");
	sql(p,
	    "UPDATE delivery SET state = CASE subscriber WHEN 1 THEN 'sending' WHEN 2 THEN 'sent'"
	    " WHEN 3 THEN 'sent' WHEN 4 THEN 'indoubt' WHEN 5 THEN 'failed' WHEN 6 THEN 'skipped'"
	    " WHEN 7 THEN 'held' ELSE 'queued' END");
	sql(p, "INSERT INTO forgotten VALUES (1, 'sent', 5), (1, 'skipped', 3)");
	MUST(delivery_counts(p->st, p->edition, counts, &err));
	assert_memory_equal(counts, want, sizeof(want));
	MUST(delivery_counts(p->st, p->edition + 5, counts, &err));
	for (int i = 0; i < DELIVERY_STATES; i++)
		assert_int_equal(counts[i], 0);
}

static void
states_only_move_forward(void **state)
{
	/* from (row) to (column); the diagram of the README: queued sending sent indoubt failed skipped held */
	static const char *const names[] = { "queued", "sending", "sent", "indoubt", "failed",
		"skipped", "held" };
	static const char allowed[7][8] = {
		"=y..yy.", /* queued */
		"y=yyy.y", /* sending */
		"..=....", /* sent */
		"y.y=y.y", /* indoubt */
		"....=..", /* failed */
		".....=.", /* skipped */
		"y.y.yy=", /* held */
	};
	struct place *p = *state;

	readers(p, 1, "NULL", "NULL");
	for (size_t from = 0; from < 7; from++)
		for (size_t to = 0; to < 7; to++) {
			struct wrap_err err = { 0 };
			char text[200];
			enum wrap_rc rc;

			sql(p, "DELETE FROM delivery");
			(void)snprintf(text, sizeof(text),
			    "INSERT INTO delivery (edition, subscriber, state, next_attempt_at, changed_at)"
			    " VALUES (%lld, 1, '%s', 0, 1)",
			    (long long)p->edition, names[from]);
			sql(p, text);
			(void)snprintf(
			    text, sizeof(text), "UPDATE delivery SET state = '%s'", names[to]);
			rc = store_exec(p->st, text, &err);
			if (allowed[from][to] == '.') {
				assert_int_not_equal(rc, WRAP_OK);
				assert_non_null(strstr(err.text, "cannot move that way"));
				row_is(p, 1, names[from], NULL);
			} else {
				assert_int_equal(rc, WRAP_OK);
			}
		}
}

static void
a_word_that_is_no_state_is_refused(void **state)
{
	struct place *p = *state;
	struct wrap_err err = { 0 };

	readers(p, 1, "NULL", "NULL");
	(void)freeze(p, "");
	assert_int_not_equal(
	    store_exec(p->st, "UPDATE delivery SET state = 'done'", &err), WRAP_OK);
	assert_int_not_equal(
	    store_exec(p->st,
		"INSERT INTO delivery (edition, subscriber, state, next_attempt_at,"
		" changed_at) VALUES (1, 7, 'done', 0, 1)",
		&err),
	    WRAP_OK);
}

static void
a_reader_with_rows_cannot_be_deleted(void **state)
{
	struct place *p = *state;
	struct wrap_err err = { 0 };

	readers(p, 2, "NULL", "NULL");
	(void)freeze(p, "");
	assert_int_not_equal(
	    store_exec(p->st, "DELETE FROM subscriber WHERE id = 1", &err), WRAP_OK);
	sql(p, "DELETE FROM delivery WHERE subscriber = 1");
	sql(p, "DELETE FROM subscriber WHERE id = 1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_is_written_as_nothing_or_not_at_all),
		TEST(a_pause_is_kept_when_rows_are_frozen),
		TEST(a_pause_is_kept_at_the_claim),
		TEST(a_claim_takes_what_is_due_and_nothing_else),
		TEST(everyone_is_counted_and_those_forgotten_too),
		TEST(states_only_move_forward),
		TEST(a_word_that_is_no_state_is_refused),
		TEST(a_reader_with_rows_cannot_be_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
