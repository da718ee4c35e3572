/*
 * The ledger: one row per edition and reader, frozen before the first connection, states that only move
 * forward (a trigger of the schema refuses the rest), no cursor anywhere. Rows are claimed and finished
 * in key order, which is 4 to 14 times faster than at random over a million rows.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum wrap_rc
delivery_freeze(struct store *st, int64_t edition_id, const char *topics, int64_t message_id,
    int64_t now, int64_t *rows, struct wrap_err *err)
{
	static const char sql[] =
	    "INSERT INTO delivery (edition, subscriber, message, state, next_attempt_at, changed_at,"
	    " reason) SELECT :edition, id, :message,"
	    " CASE WHEN :message IS NULL OR paused_until > :now THEN 'skipped' ELSE 'queued' END,"
	    " 0, :now,"
	    " CASE WHEN :message IS NULL THEN 'nothing in their topics this week'"
	    " WHEN paused_until > :now THEN 'the reader asked for a pause' END"
	    " FROM subscriber WHERE state = 'active' AND coalesce(topics, '') = :topics ORDER BY id"
	    " ON CONFLICT (edition, subscriber) DO NOTHING";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	*rows = 0;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":edition", edition_id);
		stmt_bind_time(&q, ":message", message_id);
		stmt_bind_int(&q, ":now", now);
		stmt_bind_text(&q, ":topics", topics);
	}
	rc = stmt_commit(&q, rc, err);
	if (rc == WRAP_OK)
		*rows = sqlite3_changes64(st->db);
	return rc;
}

void
claim_clear(struct claim *c)
{
	free(c->address);
	free(c->name);
	*c = (struct claim){ 0 };
}

enum wrap_rc
delivery_finish(struct store *st, const struct delivery_move *m, struct wrap_err *err)
{
	static const char sql[] =
	    "UPDATE OR FAIL delivery SET state = :to, attempts = attempts + :charge,"
	    " next_attempt_at = coalesce(:next, next_attempt_at), changed_at = :now,"
	    " reply_code = :code, enhanced = :enhanced, reason = :reason"
	    " WHERE edition = :edition AND subscriber = :subscriber";
	const struct verdict *v = m->verdict;
	const char *reason = m->reason == NULL && v != NULL ? v->text : m->reason;
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_text(&q, ":to", delivery_state_name(m->to));
		stmt_bind_int(&q, ":charge", m->charge ? 1 : 0);
		stmt_bind_time(&q, ":next", m->next_attempt_at);
		stmt_bind_int(&q, ":now", m->now);
		stmt_bind_time(&q, ":code", v == NULL ? 0 : v->reply_code);
		stmt_bind_text(
		    &q, ":enhanced", v == NULL || v->enhanced[0] == '\0' ? NULL : v->enhanced);
		stmt_bind_text(&q, ":reason", reason);
		stmt_bind_int(&q, ":edition", m->edition_id);
		stmt_bind_int(&q, ":subscriber", m->subscriber_id);
	}
	return stmt_commit(&q, rc, err);
}

/* What a reader's state says to a claim: NULL to go on, or why the row is skipped. */
static const char *
skip_reason(const char *state)
{
	enum subscriber_state s;

	if (!subscriber_state_read(state, &s))
		return "no such reader any more";
	switch (s) {
	case SUBSCRIBER_ACTIVE: return NULL;
	case SUBSCRIBER_PENDING: return "not confirmed";
	case SUBSCRIBER_UNSUBSCRIBED: return "left before the claim";
	case SUBSCRIBER_BOUNCED: return "bounced before the claim";
	case SUBSCRIBER_COMPLAINED: return "complained before the claim";
	}
	return NULL;
}

/* One row of the claim's query: claimed into *c, or skipped. */
static enum wrap_rc
claim_row(struct store *st, const struct stmt *q, int64_t edition_id, int64_t now, struct claim *c,
    bool *claimed, struct wrap_err *err)
{
	const char *why = skip_reason(stmt_peek(q, 1));
	struct delivery_move m = { .edition_id = edition_id,
		.subscriber_id = stmt_int(q, 0),
		.to = why == NULL ? DELIVERY_SENDING : DELIVERY_SKIPPED,
		.now = now,
		.reason = why };

	*claimed = why == NULL;
	if (why == NULL) {
		*c = (struct claim){ .edition_id = edition_id,
			.subscriber_id = stmt_int(q, 0),
			.address = stmt_text(q, 2),
			.name = stmt_text(q, 3),
			.message_id = stmt_int(q, 4),
			.attempts = (int)stmt_int(q, 5),
			.repeats = (int)stmt_int(q, 6) };
		if (c->address == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	return delivery_finish(st, &m, err);
}

static enum wrap_rc
claim_rows(struct store *st, int64_t edition_id, int64_t now, size_t max, int64_t *after,
    struct claim *out, size_t *n, struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT d.subscriber, s.state, s.address, s.name, d.message, d.attempts, d.repeats"
	    " FROM delivery d NOT INDEXED LEFT JOIN subscriber s ON s.id = d.subscriber"
	    " WHERE d.edition = :edition AND d.subscriber > :after AND d.state = 'queued'"
	    " AND d.next_attempt_at <= :now ORDER BY d.subscriber LIMIT :max";
	/* NOT INDEXED keeps to the primary key: by the index of open rows each claim would sort them all. */
	enum wrap_rc rc = WRAP_OK;
	bool more = true;

	/* Skipped rows make room, so that 0 claimed means none left and nothing else. */
	while (rc == WRAP_OK && more && *n < max) {
		struct stmt q = STMT_INIT;

		more = false;
		rc = stmt_open(&q, st, sql, err);
		if (rc == WRAP_OK) {
			stmt_bind_int(&q, ":edition", edition_id);
			stmt_bind_int(&q, ":after", *after);
			stmt_bind_int(&q, ":now", now);
			stmt_bind_int(&q, ":max", (int64_t)(max - *n));
		}
		while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
			bool claimed;

			more = true;
			*after = stmt_int(&q, 0);
			rc = claim_row(st, &q, edition_id, now, &out[*n], &claimed, err);
			if (claimed)
				(*n)++;
		}
		stmt_close(&q);
		if (rc == WRAP_ENOTFOUND)
			rc = WRAP_OK;
	}
	return rc;
}

enum wrap_rc
delivery_claim(struct store *st, int64_t edition_id, int64_t now, size_t max, int64_t *after,
    struct claim *out, size_t *n, struct wrap_err *err)
{
	enum wrap_rc rc = store_begin(st, err);

	*n = 0;
	if (rc != WRAP_OK)
		return rc;
	rc = claim_rows(st, edition_id, now, max, after, out, n, err);
	rc = store_end(st, rc, err);
	if (rc != WRAP_OK) {
		for (size_t i = 0; i < *n; i++)
			claim_clear(&out[i]);
		*n = 0;
	}
	return rc;
}

enum wrap_rc
delivery_recover(
    struct store *st, int64_t edition_id, int64_t now, int64_t *n, struct wrap_err *err)
{
	static const char sql[] =
	    "UPDATE delivery SET state = 'indoubt', attempts = attempts + 1, changed_at = :now,"
	    " next_attempt_at = :now + 900,"
	    " reason = 'the run that was sending it ended without an answer'"
	    " WHERE edition = :edition AND state = 'sending'";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	*n = 0;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":edition", edition_id);
		stmt_bind_int(&q, ":now", now);
	}
	rc = stmt_commit(&q, rc, err);
	if (rc == WRAP_OK)
		*n = sqlite3_changes64(st->db);
	return rc;
}

#define MAX_REPEATS 2 /* of one row in doubt; then the administrator is asked */

enum wrap_rc
delivery_resolve(struct store *st, int64_t edition_id, int64_t before, bool resend, int64_t now,
    int64_t *n, struct wrap_err *err)
{
	static const char sql[] =
	    "UPDATE delivery SET"
	    " state = CASE WHEN :resend AND repeats < :max THEN 'queued' ELSE 'held' END,"
	    " repeats = repeats + (:resend AND repeats < :max), next_attempt_at = :now,"
	    " changed_at = :now, reason = CASE WHEN :resend AND repeats < :max"
	    " THEN 'was in doubt; the same message goes again'"
	    " ELSE 'in doubt; waits for the administrator' END"
	    " WHERE edition = :edition AND state = 'indoubt' AND changed_at <= :before";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	*n = 0;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":resend", resend ? 1 : 0);
		stmt_bind_int(&q, ":max", MAX_REPEATS);
		stmt_bind_int(&q, ":now", now);
		stmt_bind_int(&q, ":edition", edition_id);
		stmt_bind_int(&q, ":before", before);
	}
	rc = stmt_commit(&q, rc, err);
	if (rc == WRAP_OK)
		*n = sqlite3_changes64(st->db);
	return rc;
}

enum wrap_rc
delivery_cancel(struct store *st, int64_t edition_id, const char *why, struct wrap_err *err)
{
	static const char sql[] = "UPDATE delivery SET state = 'skipped', reason = :why"
				  " WHERE edition = :edition AND state IN ('queued', 'held')";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_text(&q, ":why", why);
		stmt_bind_int(&q, ":edition", edition_id);
	}
	return stmt_commit(&q, rc, err);
}

enum wrap_rc
delivery_counts(
    struct store *st, int64_t edition_id, int64_t counts[DELIVERY_STATES], struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT state, sum(n) FROM (SELECT state, count(*) AS n FROM delivery"
	    " WHERE edition = :edition GROUP BY state UNION ALL SELECT state, n FROM forgotten"
	    " WHERE edition = :edition) GROUP BY state";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	memset(counts, 0, DELIVERY_STATES * sizeof(counts[0]));
	if (rc == WRAP_OK)
		stmt_bind_int(&q, ":edition", edition_id);
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		enum delivery_state s;

		if (delivery_state_read(stmt_peek(&q, 0), &s))
			counts[s] = stmt_int(&q, 1);
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

enum wrap_rc
delivery_each(struct store *st, int64_t edition_id, enum delivery_state state,
    enum wrap_rc (*each)(
	void *ctx, const struct delivery *d, const char *address, struct wrap_err *err),
    void *ctx, struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT " ROW ", s.address FROM delivery d JOIN subscriber s ON s.id = d.subscriber"
	    " WHERE d.edition = :edition AND d.state = :state ORDER BY d.subscriber";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":edition", edition_id);
		stmt_bind_text(&q, ":state", delivery_state_name(state));
	}
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		struct delivery d;

		rc = read_row(&q, &d, err);
		if (rc == WRAP_OK)
			rc = each(ctx, &d, stmt_peek(&q, ROW_COLUMNS), err);
		delivery_clear(&d);
	}
	stmt_close(&q);
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
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		struct delivery d;

		rc = read_row(&q, &d, err);
		if (rc == WRAP_OK)
			rc = each(ctx, &d, stmt_peek(&q, ROW_COLUMNS), err);
		delivery_clear(&d);
	}
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
delivery_history(struct store *st, int64_t subscriber_id,
    enum wrap_rc (*each)(void *ctx, const struct delivery *d, const char *edition_key,
	int64_t sealed_at, struct wrap_err *err),
    void *ctx, struct wrap_err *err)
{
	static const char sql[] = "SELECT " ROW ", e.key, e.sealed_at FROM delivery d"
				  " JOIN edition e ON e.id = d.edition"
				  " WHERE d.subscriber = :subscriber ORDER BY e.sealed_at, e.id";
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
