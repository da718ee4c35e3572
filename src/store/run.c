/*
 * What each invocation did, for the report.
 */
#include "internal.h"

#include <stdlib.h>

enum wrap_rc
run_begin(struct store *st, const char *command, int64_t now, int64_t *id, struct wrap_err *err)
{
	static const char sql[] = "INSERT INTO run (command, started_at) VALUES (:command, :now)";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	*id = 0;
	if (rc == WRAP_OK) {
		stmt_bind_text(&q, ":command", command);
		stmt_bind_int(&q, ":now", now);
	}
	rc = stmt_commit(&q, rc, err);
	if (rc == WRAP_OK)
		*id = sqlite3_last_insert_rowid(st->db);
	return rc;
}

enum wrap_rc
run_end(struct store *st, int64_t id, int64_t now, int exit_code, const char *report,
    struct wrap_err *err)
{
	static const char sql[] = "UPDATE run SET ended_at = :now, exit_code = :code,"
				  " report = :report WHERE id = :id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":now", now);
		stmt_bind_int(&q, ":code", exit_code);
		stmt_bind_text(&q, ":report", report);
		stmt_bind_int(&q, ":id", id);
	}
	return stmt_commit(&q, rc, err);
}

enum wrap_rc
run_last(struct store *st, struct run *out, struct wrap_err *err)
{
	static const char sql[] = "SELECT id, started_at, ended_at, exit_code, command, report"
				  " FROM run ORDER BY id DESC LIMIT 1";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*out = (struct run){ 0 };
	if (rc == WRAP_OK)
		rc = stmt_row(&q, err);
	if (rc == WRAP_OK)
		*out = (struct run){ .id = stmt_int(&q, 0),
			.started_at = stmt_int(&q, 1),
			.ended_at = stmt_int(&q, 2),
			.exit_code = (int)stmt_int(&q, 3),
			.command = stmt_text(&q, 4),
			.report = stmt_text(&q, 5) };
	stmt_close(&q);
	return rc;
}

void
run_clear(struct run *r)
{
	free(r->command);
	free(r->report);
	*r = (struct run){ 0 };
}
