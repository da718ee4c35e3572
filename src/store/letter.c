/*
 * Letters: the queue of mails to one reader that are no edition. A letter is open while next_attempt_at is
 * set; people puts it here, weekly sends what is due.
 */
#include "internal.h"

#include <stdio.h>

enum wrap_rc
letter_add(struct store *st, int64_t subscriber_id, const char *kind, int64_t now, int64_t due_at,
    int64_t *id, struct wrap_err *err)
{
	static const char sql[] =
	    "INSERT INTO letter (subscriber, kind, created_at, next_attempt_at)"
	    " VALUES (:subscriber, :kind, :now, :due)";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	*id = 0;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":subscriber", subscriber_id);
		stmt_bind_text(&q, ":kind", kind);
		stmt_bind_int(&q, ":now", now);
		stmt_bind_int(&q, ":due", due_at);
	}
	rc = stmt_commit(&q, rc, err);
	if (rc == WRAP_OK)
		*id = sqlite3_last_insert_rowid(st->db);
	return rc;
}

enum wrap_rc
letter_count(struct store *st, int64_t subscriber_id, const char *kind, int64_t since, int64_t *n,
    int64_t *newest, struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT count(*), coalesce(max(created_at), 0) FROM letter"
	    " WHERE subscriber = :subscriber AND kind = :kind AND created_at >= :since";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*n = *newest = 0;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":subscriber", subscriber_id);
		stmt_bind_text(&q, ":kind", kind);
		stmt_bind_int(&q, ":since", since);
		rc = stmt_row(&q, err);
	}
	if (rc == WRAP_OK) {
		*n = stmt_int(&q, 0);
		*newest = stmt_int(&q, 1);
	}
	stmt_close(&q);
	return rc;
}

enum wrap_rc
letter_usable(struct store *st, int64_t subscriber_id, const char *kind, int64_t since, bool *out,
    struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT count(*) FROM letter WHERE subscriber = :subscriber"
	    " AND kind = :kind AND created_at >= :since AND reason IS NOT 'used'";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*out = false;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":subscriber", subscriber_id);
		stmt_bind_text(&q, ":kind", kind);
		stmt_bind_int(&q, ":since", since);
		rc = stmt_row(&q, err);
	}
	*out = rc == WRAP_OK && stmt_int(&q, 0) > 0;
	stmt_close(&q);
	return rc;
}

enum wrap_rc
letter_use(struct store *st, int64_t subscriber_id, const char *kind, struct wrap_err *err)
{
	static const char sql[] = "UPDATE letter SET reason = 'used', next_attempt_at = NULL"
				  " WHERE subscriber = :subscriber AND kind = :kind";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":subscriber", subscriber_id);
		stmt_bind_text(&q, ":kind", kind);
	}
	return stmt_commit(&q, rc, err);
}

enum wrap_rc
letter_created(struct store *st, const char *kind, int64_t since, int64_t *n, struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT count(*) FROM letter WHERE created_at >= :since AND kind = :kind";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*n = 0;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":since", since);
		stmt_bind_text(&q, ":kind", kind);
		rc = stmt_row(&q, err);
	}
	if (rc == WRAP_OK)
		*n = stmt_int(&q, 0);
	stmt_close(&q);
	return rc;
}

enum wrap_rc
letter_due(struct store *st, int64_t now, size_t max, struct queued_letter *out, size_t *n,
    struct wrap_err *err)
{
	static const char sql[] = "SELECT id, subscriber, kind, created_at, attempts FROM letter"
				  " WHERE next_attempt_at <= :now ORDER BY next_attempt_at, id"
				  " LIMIT :max";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*n = 0;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":now", now);
		stmt_bind_int(&q, ":max", (int64_t)max);
	}
	while (rc == WRAP_OK && *n < max && (rc = stmt_row(&q, err)) == WRAP_OK) {
		struct queued_letter *l = &out[(*n)++];

		*l = (struct queued_letter){ .id = stmt_int(&q, 0),
			.subscriber_id = stmt_int(&q, 1),
			.created_at = stmt_int(&q, 3),
			.attempts = (int)stmt_int(&q, 4) };
		(void)snprintf(l->kind, sizeof(l->kind), "%s", stmt_peek(&q, 2));
	}
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
letter_next_due(struct store *st, int64_t *at, struct wrap_err *err)
{
	static const char sql[] = "SELECT next_attempt_at FROM letter"
				  " WHERE next_attempt_at IS NOT NULL ORDER BY 1 LIMIT 1";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*at = 0;
	if (rc == WRAP_OK)
		rc = stmt_row(&q, err);
	if (rc == WRAP_OK)
		*at = stmt_int(&q, 0);
	stmt_close(&q);
	return rc;
}

enum wrap_rc
letter_tried(struct store *st, int64_t id, bool charge, int64_t sent_at, int64_t next_attempt_at,
    const char *reason, struct wrap_err *err)
{
	static const char sql[] =
	    "UPDATE letter SET attempts = attempts + :charge, sent_at = :sent,"
	    " next_attempt_at = :next, reason = :reason WHERE id = :id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":charge", charge);
		stmt_bind_time(&q, ":sent", sent_at);
		stmt_bind_time(&q, ":next", next_attempt_at);
		stmt_bind_text(&q, ":reason", reason);
		stmt_bind_int(&q, ":id", id);
	}
	return stmt_commit(&q, rc, err);
}
