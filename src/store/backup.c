/*
 * Copies of the database, made while others write. A backup is one moment of it (a read transaction, through
 * SQLite's backup interface), verified before it gets its name; restore.c puts one back.
 */
#include "internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *
backup_beside(const char *path, const char *suffix)
{
	struct buf b = BUF_INIT(1 << 16);

	buf_adds(&b, path);
	buf_adds(&b, suffix);
	return buf_steal(&b);
}

static enum wrap_rc
sql_failed(sqlite3 *db, const char *path, struct wrap_err *err)
{
	int rc = db == NULL ? SQLITE_NOMEM : sqlite3_errcode(db) & 0xff;

	if (rc == SQLITE_FULL || rc == SQLITE_IOERR)
		return wrap_fail(err, WRAP_ESYS, "%s: %s; is there room on that disk?", path,
		    sqlite3_errmsg(db));
	return wrap_fail(err,
	    rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB ? WRAP_EPROTO
	    : rc == SQLITE_BUSY                         ? WRAP_EBUSY
							: WRAP_ESYS,
	    "%s: %s", path, db == NULL ? "out of memory" : sqlite3_errmsg(db));
}

/* One number out of a query on any database. */
enum wrap_rc
backup_number(sqlite3 *db, const char *path, const char *sql, int64_t *out, struct wrap_err *err)
{
	sqlite3_stmt *q = NULL;
	enum wrap_rc rc = WRAP_OK;

	*out = 0;
	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK || sqlite3_step(q) != SQLITE_ROW)
		rc = sql_failed(db, path, err);
	else
		*out = sqlite3_column_int64(q, 0);
	(void)sqlite3_finalize(q);
	return rc;
}

/* Each table's rows, so that nothing of it can be missing. */
static enum wrap_rc
same_counts(sqlite3 *from, sqlite3 *to, const char *path, int64_t *readers, struct wrap_err *err)
{
	static const char *const tables[] = { "SELECT count(*) FROM subscriber",
		"SELECT count(*) FROM consent", "SELECT count(*) FROM suppression",
		"SELECT count(*) FROM feed", "SELECT count(*) FROM article",
		"SELECT count(*) FROM edition", "SELECT count(*) FROM message",
		"SELECT count(*) FROM delivery", "SELECT count(*) FROM bounce",
		"SELECT count(*) FROM sqlite_schema" };
	enum wrap_rc rc = WRAP_OK;
	int64_t a, b;

	for (size_t i = 0; rc == WRAP_OK && i < sizeof(tables) / sizeof(tables[0]); i++) {
		rc = backup_number(from, path, tables[i], &a, err);
		if (rc == WRAP_OK)
			rc = backup_number(to, path, tables[i], &b, err);
		if (rc == WRAP_OK && a != b)
			rc = wrap_fail(
			    err, WRAP_EPROTO, "%s: the copy lacks rows (%s)", path, tables[i]);
		if (i == 0 && readers != NULL)
			*readers = a;
	}
	return rc;
}

static enum wrap_rc
sound(sqlite3 *db, const char *path, struct wrap_err *err)
{
	sqlite3_stmt *q = NULL;
	enum wrap_rc rc = WRAP_OK;
	int64_t broken = 0;

	if (sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &q, NULL) != SQLITE_OK ||
	    sqlite3_step(q) != SQLITE_ROW)
		rc = sql_failed(db, path, err);
	else if (strcmp((const char *)sqlite3_column_text(q, 0), "ok") != 0)
		rc = wrap_fail(err, WRAP_EPROTO, "%s is damaged: %s", path,
		    (const char *)sqlite3_column_text(q, 0));
	(void)sqlite3_finalize(q);
	if (rc == WRAP_OK)
		rc = backup_number(
		    db, path, "SELECT count(*) FROM pragma_foreign_key_check", &broken, err);
	if (rc == WRAP_OK && broken > 0)
		rc = wrap_fail(err, WRAP_EPROTO, "%s is damaged: %lld rows point to nothing", path,
		    (long long)broken);
	return rc;
}

/* A moment of an open database into a new file of one piece, verified and on the disk. */
enum wrap_rc
backup_copy(sqlite3 *from, const char *to, int64_t *readers, struct wrap_err *err)
{
	sqlite3_backup *b = NULL;
	sqlite3 *db = NULL;
	enum wrap_rc rc = WRAP_OK;
	int fd;

	(void)unlink(to);
	fd = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return wrap_fail_errno(err, "create %s", to);
	(void)close(fd);
	/* The read transaction holds the moment still, so that the counts are of the same one. */
	if (sqlite3_exec(from, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
		return sql_failed(from, "database", err);
	rc = backup_number(from, "database", "SELECT count(*) FROM sqlite_schema", readers, err);
	if (rc == WRAP_OK && sqlite3_open_v2(to, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		rc = sql_failed(db, to, err);
	if (rc == WRAP_OK && (b = sqlite3_backup_init(db, "main", from, "main")) == NULL)
		rc = sql_failed(db, to, err);
	if (b != NULL) {
		int step = sqlite3_backup_step(b, -1);

		if (sqlite3_backup_finish(b) != SQLITE_OK || step != SQLITE_DONE)
			rc = sql_failed(db, to, err);
	}
	if (rc == WRAP_OK &&
	    sqlite3_exec(db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) != SQLITE_OK)
		rc = sql_failed(db, to, err);
	if (rc == WRAP_OK)
		rc = same_counts(from, db, to, readers, err);
	(void)sqlite3_exec(from, "COMMIT", NULL, NULL, NULL);
	if (rc == WRAP_OK)
		rc = sound(db, to, err);
	(void)sqlite3_close(db);
	return rc;
}

/* A finished file under its name, so that a power cut leaves the old one or the new one. */
enum wrap_rc
backup_name(const char *from, const char *to, struct wrap_err *err)
{
	char *dir = NULL;
	const char *slash = strrchr(to, '/');
	enum wrap_rc rc = WRAP_OK;
	int fd = open(from, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) != 0)
		rc = wrap_fail_errno(err, "sync %s", from);
	if (fd >= 0)
		(void)close(fd);
	if (rc == WRAP_OK && rename(from, to) != 0)
		rc = wrap_fail_errno(err, "rename %s to %s", from, to);
	if (rc != WRAP_OK)
		return rc;
	dir = slash == NULL ? str_dup(".")
			    : str_dup_span((struct span){ to, (size_t)(slash - to) + 1 });
	fd = dir == NULL ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
	free(dir);
	return WRAP_OK;
}

enum wrap_rc
store_backup(
    struct store *st, const char *to, int64_t now, struct backup *out, struct wrap_err *err)
{
	char *part = backup_beside(to, ".part"), at[CLOCK_TEXT];
	struct stat sb;
	enum wrap_rc rc;

	*out = (struct backup){ .at = now };
	if (part == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	/* First, so that the copy knows its own age. */
	rc = meta_set(st, "backup_at", clock_rfc3339(now, at), err);
	if (rc == WRAP_OK)
		rc = backup_copy(st->db, part, &out->readers, err);
	if (rc == WRAP_OK)
		rc = backup_name(part, to, err);
	if (rc == WRAP_OK && stat(to, &sb) == 0)
		out->bytes = sb.st_size;
	if (rc != WRAP_OK)
		(void)unlink(part);
	free(part);
	return rc;
}
