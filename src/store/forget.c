/*
 * Erasing a reader. What was about them goes; what an edition's figures need stays as counts without a
 * name. Their number is never given to another: an old link of theirs must not open somebody else's page.
 *
 * Deleting a row leaves its bytes in the file where SQLite moved cells about, and in the log. So the log is
 * emptied, and the file itself is searched afterwards; when anything is left in it, it is written anew.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* What is on its way counts as sent, for it may arrive; what waited counts as skipped. */
static const char sql_count[] =
    "INSERT INTO forgotten (edition, state, n)"
    " SELECT edition, CASE WHEN state IN ('queued','held') THEN 'skipped'"
    "  WHEN state IN ('sending','indoubt') THEN 'sent' ELSE state END AS s, count(*)"
    " FROM delivery WHERE edition IN (SELECT id FROM edition) AND subscriber = :id GROUP BY edition, s"
    " ON CONFLICT (edition, state) DO UPDATE SET n = n + excluded.n";
static const char sql_deliveries[] =
    "DELETE FROM delivery WHERE edition IN (SELECT id FROM edition) AND subscriber = :id";
/* The report keeps its place and class, so that it is counted once; whom it names goes. */
static const char sql_bounces[] =
    "UPDATE bounce SET subscriber = NULL, recipient = NULL, diagnostic = NULL WHERE subscriber = :id"
    " OR lower(recipient) IN (SELECT lower(address) FROM subscriber WHERE id = :id)"
    " OR EXISTS (SELECT 1 FROM subscriber WHERE id = :id"
    "  AND (instr(lower(diagnostic), lower(address)) > 0 OR instr(lower(diagnostic), canonical) > 0))";
static const char sql_consents[] = "DELETE FROM consent WHERE subscriber = :id";
static const char sql_letters[] = "DELETE FROM letter WHERE subscriber = :id";
static const char sql_last[] =
    "INSERT INTO meta (name, value) SELECT 'subscriber_last', CAST(max(id) AS TEXT)"
    " FROM subscriber WHERE true"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    " WHERE CAST(excluded.value AS INTEGER) > CAST(value AS INTEGER)";
static const char sql_reader[] = "DELETE FROM subscriber WHERE id = :id";

static enum wrap_rc
erase_step(struct store *st, const char *sql, int64_t id, int64_t *rows, struct wrap_err *err)
{
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK && sqlite3_bind_parameter_count(q.s) > 0)
		stmt_bind_int(&q, ":id", id);
	if (rc == WRAP_OK)
		rc = stmt_run(&q, err);
	stmt_close(&q);
	if (rc == WRAP_OK && rows != NULL)
		*rows = sqlite3_changes64(st->db);
	return rc;
}

enum wrap_rc
forget_reader(struct store *st, int64_t id, struct forgotten *out, struct wrap_err *err)
{
	const struct {
		const char *sql;
		int64_t *rows;
	} steps[] = { { sql_count, NULL }, { sql_deliveries, &out->deliveries },
		{ sql_bounces, &out->bounces }, { sql_consents, &out->consents },
		{ sql_letters, &out->letters }, { sql_last, NULL }, { sql_reader, NULL } };
	enum wrap_rc rc = store_begin(st, err);

	*out = (struct forgotten){ 0 };
	if (rc != WRAP_OK)
		return rc;
	for (size_t i = 0; rc == WRAP_OK && i < sizeof(steps) / sizeof(steps[0]); i++)
		rc = erase_step(st, steps[i].sql, id, steps[i].rows, err);
	return store_end(st, rc, err);
}

/* ---- who never confirmed ------------------------------------------------------------------------------- */

#define BATCH 1000 /* readers in one transaction: others may write in between */

/* Nothing of theirs is newer: neither their asking nor a letter that asks them. */
static const char sql_waiting[] =
    "SELECT id FROM subscriber s WHERE state = 'pending' AND confirmed_at IS NULL"
    " AND changed_at < :before AND NOT EXISTS (SELECT 1 FROM letter l WHERE l.subscriber = s.id"
    " AND l.created_at >= :before) LIMIT :max";
/* Of a letter to them; who has no deliveries has no other reports. */
static const char sql_bounces_of[] =
    "UPDATE bounce SET subscriber = NULL, recipient = NULL, diagnostic = NULL"
    " WHERE subscriber = :id";

static enum wrap_rc
find_waiting(struct store *st, int64_t before, int64_t ids[BATCH], size_t *n, struct wrap_err *err)
{
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql_waiting, err);

	*n = 0;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":before", before);
		stmt_bind_int(&q, ":max", BATCH);
	}
	while (rc == WRAP_OK && *n < BATCH && (rc = stmt_row(&q, err)) == WRAP_OK)
		ids[(*n)++] = stmt_int(&q, 0);
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
forget_waiting(struct store *st, int64_t before, int64_t *n, struct wrap_err *err)
{
	static const char *const steps[] = { sql_consents, sql_letters, sql_bounces_of,
		sql_reader };
	int64_t ids[BATCH];
	size_t found = BATCH;
	enum wrap_rc rc = WRAP_OK;

	*n = 0;
	while (rc == WRAP_OK && found == BATCH) {
		rc = store_begin(st, err);
		if (rc != WRAP_OK)
			return rc;
		rc = find_waiting(st, before, ids, &found, err);
		if (rc == WRAP_OK && found > 0)
			rc = erase_step(st, sql_last, 0, NULL, err);
		for (size_t i = 0; rc == WRAP_OK && i < found; i++)
			for (size_t k = 0; rc == WRAP_OK && k < sizeof(steps) / sizeof(steps[0]);
			     k++)
				rc = erase_step(st, steps[k], ids[i], NULL, err);
		rc = store_end(st, rc, err);
		*n += rc == WRAP_OK ? (int64_t)found : 0;
	}
	return rc;
}

enum wrap_rc
letter_history(struct store *st, int64_t subscriber_id,
    enum wrap_rc (*each)(void *ctx, const struct letter_past *l, struct wrap_err *err), void *ctx,
    struct wrap_err *err)
{
	static const char sql[] = "SELECT kind, created_at, sent_at, attempts, reason FROM letter"
				  " WHERE subscriber = :subscriber ORDER BY created_at, id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK)
		stmt_bind_int(&q, ":subscriber", subscriber_id);
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		struct letter_past l = { .kind = stmt_peek(&q, 0),
			.created_at = stmt_int(&q, 1),
			.sent_at = stmt_int(&q, 2),
			.attempts = (int)stmt_int(&q, 3),
			.reason = stmt_peek(&q, 4) };

		rc = each(ctx, &l, err);
	}
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

/* ---- nothing of it is left in the file ---------------------------------------------------------------- */

#define PIECE ((size_t)1 << 20)
#define OVERLAP ((size_t)1024)

/*
 * Does one of the words stand in the file? Read in pieces that overlap by more than an address, through
 * SQLite's own handle: to close another one of the same file would drop the locks on it (fcntl(2)).
 */
static enum wrap_rc
file_holds(struct store *st, const struct strs *words, bool *found, struct wrap_err *err)
{
	char *piece = malloc(PIECE + OVERLAP);
	sqlite3_file *f = NULL;
	sqlite3_int64 size = 0;
	int rc = SQLITE_OK;

	*found = false;
	if (piece == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	rc = sqlite3_file_control(st->db, "main", SQLITE_FCNTL_FILE_POINTER, &f);
	if (rc == SQLITE_OK)
		rc = f->pMethods->xFileSize(f, &size);
	for (sqlite3_int64 at = 0; rc == SQLITE_OK && !*found && at < size;
	     at += (sqlite3_int64)PIECE) {
		sqlite3_int64 n = size - at;

		if (n > (sqlite3_int64)(PIECE + OVERLAP))
			n = (sqlite3_int64)(PIECE + OVERLAP);
		rc = f->pMethods->xRead(f, piece, (int)n, at);
		for (size_t i = 0; rc == SQLITE_OK && i < words->n; i++)
			*found = *found ||
				 memmem(piece, (size_t)n, words->v[i], strlen(words->v[i])) != NULL;
	}
	free(piece);
	return rc == SQLITE_OK ? WRAP_OK : store_fail(st, rc, err);
}

static enum wrap_rc
empty_log(struct store *st, struct wrap_err *err)
{
	int rc = sqlite3_wal_checkpoint_v2(st->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	if (rc == SQLITE_OK) {
		st->wal_pages = 0;
		return WRAP_OK;
	}
	if ((rc & 0xff) == SQLITE_BUSY)
		return wrap_fail(err, WRAP_EBUSY,
		    "another process reads the database, so that its log cannot be emptied now; "
		    "say it again when that has ended");
	return store_fail(st, rc, err);
}

static enum wrap_rc
write_anew(struct store *st, struct wrap_err *err)
{
	/* A big database is sorted through a file, not through memory. */
	enum wrap_rc rc = store_exec(st, "PRAGMA temp_store=FILE", err);

	if (rc == WRAP_OK)
		rc = store_exec(st, "VACUUM", err);
	if (rc == WRAP_OK)
		rc = empty_log(st, err);
	(void)sqlite3_exec(st->db, "PRAGMA temp_store=MEMORY", NULL, NULL, NULL);
	return rc;
}

enum wrap_rc
store_scrub(struct store *st, const struct strs *words, bool *left, struct wrap_err *err)
{
	enum wrap_rc rc = store_lock(st, err);

	*left = false;
	if (rc != WRAP_OK)
		return rc;
	rc = empty_log(st, err);
	if (rc == WRAP_OK)
		rc = file_holds(st, words, left, err);
	if (rc == WRAP_OK && *left)
		rc = write_anew(st, err);
	if (rc == WRAP_OK && *left)
		rc = file_holds(st, words, left, err);
	store_unlock(st);
	return rc;
}
