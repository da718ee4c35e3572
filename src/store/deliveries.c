/*
 * Reading the ledger: how many, when next, which. Writing it: delivery.c. There is no index by reader: a
 * reader's rows are looked up edition by edition, which are few.
 */
#include "internal.h"

#include <string.h>

/* One pass over the rows that keeps seven numbers: grouping them would sort a million rows in memory. */
static enum wrap_rc
count_rows(
    struct store *st, int64_t edition_id, int64_t counts[DELIVERY_STATES], struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT total(state = 'queued'), total(state = 'sending'), total(state = 'sent'),"
	    " total(state = 'indoubt'), total(state = 'failed'), total(state = 'skipped'),"
	    " total(state = 'held') FROM delivery NOT INDEXED WHERE edition = :edition";
	static const enum delivery_state order[DELIVERY_STATES] = { DELIVERY_QUEUED,
		DELIVERY_SENDING, DELIVERY_SENT, DELIVERY_INDOUBT, DELIVERY_FAILED,
		DELIVERY_SKIPPED, DELIVERY_HELD };
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":edition", edition_id);
		rc = stmt_row(&q, err);
	}
	for (int i = 0; rc == WRAP_OK && i < DELIVERY_STATES; i++)
		counts[order[i]] = stmt_int(&q, i);
	stmt_close(&q);
	return rc;
}

enum wrap_rc
delivery_counts(
    struct store *st, int64_t edition_id, int64_t counts[DELIVERY_STATES], struct wrap_err *err)
{
	struct stmt q = STMT_INIT;
	enum wrap_rc rc;

	memset(counts, 0, DELIVERY_STATES * sizeof(counts[0]));
	rc = count_rows(st, edition_id, counts, err);
	if (rc == WRAP_OK)
		rc = stmt_open(
		    &q, st, "SELECT state, n FROM forgotten WHERE edition = :edition", err);
	if (rc == WRAP_OK)
		stmt_bind_int(&q, ":edition", edition_id);
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		enum delivery_state s;

		if (delivery_state_read(stmt_peek(&q, 0), &s))
			counts[s] += stmt_int(&q, 1);
	}
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
delivery_next_due(struct store *st, int64_t edition_id, int64_t *at, struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT 0 AS at WHERE EXISTS (SELECT 1 FROM delivery NOT INDEXED WHERE edition = :edition"
	    "  AND state = 'queued' AND next_attempt_at = 0)"
	    " UNION ALL SELECT * FROM (SELECT next_attempt_at FROM delivery WHERE edition = :edition"
	    "  AND next_attempt_at > 0 AND state IN ('queued', 'indoubt')"
	    "  ORDER BY next_attempt_at LIMIT 1) ORDER BY at LIMIT 1";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*at = 0;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":edition", edition_id);
		rc = stmt_row(&q, err);
	}
	if (rc == WRAP_OK)
		*at = stmt_int(&q, 0);
	stmt_close(&q);
	return rc;
}

#define ROW                                                                                            \
	"d.edition, d.subscriber, d.state, d.attempts, d.next_attempt_at, d.changed_at, d.reply_code," \
	" d.enhanced, d.reason"
#define ROW_COLUMNS 9

static enum wrap_rc
read_row(const struct stmt *q, struct delivery *d, struct wrap_err *err)
{
	const char *enhanced = stmt_peek(q, 7);

	*d = (struct delivery){ .edition_id = stmt_int(q, 0),
		.subscriber_id = stmt_int(q, 1),
		.attempts = (int)stmt_int(q, 3),
		.next_attempt_at = stmt_int(q, 4),
		.changed_at = stmt_int(q, 5),
		.reply_code = (int)stmt_int(q, 6) };
	if (!delivery_state_read(stmt_peek(q, 2), &d->state))
		return wrap_fail(err, WRAP_EPROTO, "database: a delivery has no state we know");
	d->reason = stmt_text(q, 8);
	if (enhanced != NULL)
		(void)sqlite3_snprintf((int)sizeof(d->enhanced), d->enhanced, "%s", enhanced);
	return WRAP_OK;
}

/* Hand on every row of q, an address behind it, and close q. */
static enum wrap_rc
walk(struct stmt *q, enum wrap_rc rc,
    enum wrap_rc (*each)(
	void *ctx, const struct delivery *d, const char *address, struct wrap_err *err),
    void *ctx, struct wrap_err *err)
{
	while (rc == WRAP_OK && (rc = stmt_row(q, err)) == WRAP_OK) {
		struct delivery d;

		rc = read_row(q, &d, err);
		if (rc == WRAP_OK)
			rc = each(ctx, &d, stmt_peek(q, ROW_COLUMNS), err);
		delivery_clear(&d);
	}
	stmt_close(q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
delivery_refused(struct store *st, int64_t since,
    enum wrap_rc (*each)(
	void *ctx, const struct delivery *d, const char *address, struct wrap_err *err),
    void *ctx, struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT " ROW ", s.address FROM edition e JOIN delivery d ON d.edition = e.id"
	    " JOIN subscriber s ON s.id = d.subscriber WHERE d.state = 'failed'"
	    " AND d.changed_at >= :since AND (e.ended_at IS NULL OR e.ended_at >= :since)"
	    " ORDER BY d.edition, d.subscriber";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK)
		stmt_bind_int(&q, ":since", since);
	return walk(&q, rc, each, ctx, err);
}

enum wrap_rc
delivery_history(struct store *st, int64_t subscriber_id,
    enum wrap_rc (*each)(void *ctx, const struct delivery *d, const char *edition_key,
	int64_t sealed_at, struct wrap_err *err),
    void *ctx, struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT " ROW ", e.key, e.sealed_at FROM edition e"
	    " CROSS JOIN delivery d ON d.edition = e.id AND d.subscriber = :subscriber"
	    " ORDER BY e.sealed_at, e.id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK)
		stmt_bind_int(&q, ":subscriber", subscriber_id);
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		struct delivery d;

		rc = read_row(&q, &d, err);
		if (rc == WRAP_OK)
			rc = each(ctx, &d, stmt_peek(&q, ROW_COLUMNS),
			    stmt_int(&q, ROW_COLUMNS + 1), err);
		delivery_clear(&d);
	}
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}
