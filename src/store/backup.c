/*
 * Copies of the database: made while others write, and put back.
 *
 * A backup is one moment of the database (a read transaction, through SQLite's backup interface), verified
 * before it gets its name. To put one back is the dangerous part: what happened since is unknown to it. So
 * whatever it says is still to be sent counts as in doubt and is held, and the database it replaces is kept
 * beside; of that one, when it can still be read, who left since is carried over.
 */
#include "internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *
beside(const char *path, const char *suffix)
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

	return wrap_fail(err,
	    rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB ? WRAP_EPROTO
	    : rc == SQLITE_BUSY                         ? WRAP_EBUSY
							: WRAP_ESYS,
	    "%s: %s", path, db == NULL ? "out of memory" : sqlite3_errmsg(db));
}

/* One number out of a query on any database. */
static enum wrap_rc
number(sqlite3 *db, const char *path, const char *sql, int64_t *out, struct wrap_err *err)
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
		rc = number(from, path, tables[i], &a, err);
		if (rc == WRAP_OK)
			rc = number(to, path, tables[i], &b, err);
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
		rc =
		    number(db, path, "SELECT count(*) FROM pragma_foreign_key_check", &broken, err);
	if (rc == WRAP_OK && broken > 0)
		rc = wrap_fail(err, WRAP_EPROTO, "%s is damaged: %lld rows point to nothing", path,
		    (long long)broken);
	return rc;
}

/* A moment of an open database into a new file of one piece, verified and on the disk. */
static enum wrap_rc
copy_moment(sqlite3 *from, const char *to, int64_t *readers, struct wrap_err *err)
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
	rc = number(from, "database", "SELECT count(*) FROM sqlite_schema", readers, err);
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
static enum wrap_rc
give_name(const char *from, const char *to, struct wrap_err *err)
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
	char *part = beside(to, ".part"), at[CLOCK_TEXT];
	struct stat sb;
	enum wrap_rc rc;

	*out = (struct backup){ .at = now };
	if (part == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	/* First, so that the copy knows its own age. */
	rc = meta_set(st, "backup_at", clock_rfc3339(now, at), err);
	if (rc == WRAP_OK)
		rc = copy_moment(st->db, part, &out->readers, err);
	if (rc == WRAP_OK)
		rc = give_name(part, to, err);
	if (rc == WRAP_OK && stat(to, &sb) == 0)
		out->bytes = sb.st_size;
	if (rc != WRAP_OK)
		(void)unlink(part);
	free(part);
	return rc;
}

/* ---- putting one back ----------------------------------------------------------------------------------- */

/* A state moves forward only, one step at a time: queued, sending, indoubt, held. */
static const char *const sql_doubt[] = {
	"UPDATE delivery SET state = 'sending' WHERE state = 'queued'",
	"UPDATE delivery SET state = 'indoubt' WHERE state = 'sending'",
	"UPDATE delivery SET state = 'held', reason ="
	" 'may have been sent after the backup that was restored' WHERE state = 'indoubt'",
	"UPDATE edition SET state = 'draft', approved_hash = NULL WHERE state = 'approved'"
	" AND sealed_at IS NULL",
	"UPDATE letter SET next_attempt_at = NULL, reason = 'may have been sent after the backup that"
	" was restored' WHERE next_attempt_at IS NOT NULL",
	NULL,
};
/* What only the replaced database knows: who is out. Nobody comes in by it. */
static const char *const sql_carry[] = {
	"UPDATE subscriber SET (state, changed_at, why) = (SELECT o.state, o.changed_at, o.why"
	" FROM old.subscriber o WHERE o.canonical = subscriber.canonical)"
	" WHERE state IN ('pending','active') AND EXISTS (SELECT 1 FROM old.subscriber o"
	" WHERE o.canonical = subscriber.canonical"
	" AND o.state IN ('unsubscribed','bounced','complained'))",
	"INSERT INTO suppression (hash, reason, at) SELECT hash, reason, at FROM old.suppression"
	" WHERE true ON CONFLICT (hash) DO NOTHING",
	"INSERT INTO meta (name, value) SELECT name, value FROM old.meta WHERE name = 'subscriber_last'"
	" ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	NULL,
};

static enum wrap_rc
run_all(struct store *st, const char *const *sql, int64_t *first, struct wrap_err *err)
{
	enum wrap_rc rc = store_begin(st, err);

	if (rc != WRAP_OK)
		return rc;
	for (size_t i = 0; rc == WRAP_OK && sql[i] != NULL; i++) {
		rc = store_exec(st, sql[i], err);
		if (i == 0 && first != NULL)
			*first = sqlite3_changes64(st->db);
	}
	return store_end(st, rc, err);
}

/* Another process with the database open holds a lock on this byte of its -shm (sqlite3's os_unix.c, "DMS"). */
static enum wrap_rc
nobody_has_it(const char *database, struct wrap_err *err)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 128, .l_len = 1 };
	char *shm = beside(database, "-shm");
	int fd = shm == NULL ? -1 : open(shm, O_RDWR | O_CLOEXEC);
	enum wrap_rc rc = WRAP_OK;

	if (fd >= 0 && fcntl(fd, F_GETLK, &fl) == 0 && fl.l_type != F_UNLCK)
		rc = wrap_fail(err, WRAP_EBUSY,
		    "process %ld has the database %s open (wrap serve?); end it and try again",
		    (long)fl.l_pid, database);
	if (fd >= 0)
		(void)close(fd);
	free(shm);
	return rc;
}

/* The database that is replaced, in one piece when it is sound; false: it cannot be read. */
static bool
settle_old(const char *database)
{
	sqlite3 *db = NULL;
	int64_t n;
	bool sound_enough =
	    sqlite3_open_v2(database, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	    number(db, database, "SELECT count(*) FROM subscriber", &n, NULL) == WRAP_OK &&
	    sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
		SQLITE_OK;

	(void)sqlite3_close(db);
	return sound_enough;
}

/* Move the old one aside with its log, then the new one in. A log must never be left beside a database it is not of. */
static enum wrap_rc
exchange(const char *fresh, const char *database, const char *aside, struct wrap_err *err)
{
	static const char *const parts[] = { "-wal", "-shm" };
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = 0; i < 2 && rc == WRAP_OK; i++) {
		char *from = beside(database, parts[i]), *to = beside(aside, parts[i]);

		if (from == NULL || to == NULL)
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
		else if (access(from, F_OK) == 0 && rename(from, to) != 0)
			rc = wrap_fail_errno(err, "rename %s", from);
		free(from);
		free(to);
	}
	if (rc == WRAP_OK && access(database, F_OK) == 0 && link(database, aside) != 0)
		rc = wrap_fail_errno(err, "keep %s as %s", database, aside);
	return rc == WRAP_OK ? give_name(fresh, database, err) : rc;
}

static void
remove_parts(const char *path)
{
	static const char *const all[] = { "", "-wal", "-shm", "-lock", "-journal" };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char *p = beside(path, all[i]);

		if (p != NULL)
			(void)unlink(p);
		free(p);
	}
}

/* The backup in a file of its own beside the database, verified. */
static enum wrap_rc
take_backup(const char *from, const char *to, struct wrap_err *err)
{
	sqlite3 *db = NULL;
	enum wrap_rc rc = WRAP_OK;
	int64_t n;

	if (access(from, R_OK) != 0)
		return wrap_fail_errno(err, "backup %s", from);
	if (sqlite3_open_v2(from, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	    number(db, from, "SELECT count(*) FROM delivery", &n, NULL) != WRAP_OK)
		rc = wrap_fail(err, WRAP_EPROTO, "%s is no backup of wrap: %s", from,
		    db == NULL ? "out of memory" : sqlite3_errmsg(db));
	if (rc == WRAP_OK)
		rc = copy_moment(db, to, &n, err);
	(void)sqlite3_close(db);
	return rc;
}

static enum wrap_rc
prepare(struct store *st, const char *database, bool old, int64_t now, struct restore *out,
    struct wrap_err *err)
{
	struct stmt q = STMT_INIT;
	char *text = NULL, at[CLOCK_TEXT];
	enum wrap_rc rc;

	if (meta_get(st, "backup_at", &text, NULL) == WRAP_OK)
		(void)clock_parse(text, &out->backup_at, NULL);
	free(text);
	rc = run_all(st, sql_doubt, NULL, err);
	if (rc == WRAP_OK)
		rc = meta_set(st, "restored_at", clock_rfc3339(now, at), err);
	if (rc == WRAP_OK)
		rc = number(st->db, database, "SELECT count(*) FROM delivery WHERE state = 'held'",
		    &out->held, err);
	if (rc == WRAP_OK)
		rc =
		    number(st->db, database, "SELECT count(*) FROM subscriber", &out->readers, err);
	if (rc != WRAP_OK || !old)
		return rc;
	rc = stmt_open(&q, st, "ATTACH :old AS old", err);
	if (rc == WRAP_OK) {
		stmt_bind_text(&q, ":old", database);
		rc = stmt_run(&q, err);
	}
	stmt_close(&q);
	if (rc == WRAP_OK)
		rc = run_all(st, sql_carry, &out->left, err);
	out->carried = rc == WRAP_OK;
	(void)sqlite3_exec(st->db, "DETACH old", NULL, NULL, NULL);
	if (rc == WRAP_EPROTO || rc == WRAP_EINVAL) /* what can still be read is not enough */
		rc = WRAP_OK;
	return rc;
}

static enum wrap_rc
restore_locked(const char *from, const char *database, const char *fresh, const char *aside,
    int64_t now, enum wrap_rc (*also)(void *ctx, struct store *st, struct wrap_err *err), void *ctx,
    struct restore *out, struct wrap_err *err)
{
	struct store *st = NULL;
	bool old = false;
	enum wrap_rc rc = nobody_has_it(database, err);

	if (rc == WRAP_OK)
		rc = take_backup(from, fresh, err);
	if (rc != WRAP_OK)
		return rc;
	out->replaced = access(database, F_OK) == 0;
	old = out->replaced && settle_old(database);
	rc = store_open(fresh, STORE_OPEN, &st, err);
	if (rc == WRAP_OK)
		rc = prepare(st, database, old, now, out, err);
	if (rc == WRAP_OK && also != NULL)
		rc = also(ctx, st, err);
	store_close(&st);
	return rc == WRAP_OK ? exchange(fresh, database, aside, err) : rc;
}

enum wrap_rc
store_restore(const char *from, const char *database, int64_t now,
    enum wrap_rc (*also)(void *ctx, struct store *st, struct wrap_err *err), void *ctx,
    struct restore *out, struct wrap_err *err)
{
	struct buf aside = BUF_INIT(1 << 16);
	char *fresh = beside(database, "-restoring"), *lock = beside(database, "-lock");
	char at[CLOCK_TEXT];
	enum wrap_rc rc;
	int fd = -1;

	*out = (struct restore){ 0 };
	buf_addf(&aside, "%s.replaced-%s", database, clock_rfc3339(now, at));
	rc = fresh == NULL || lock == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
					   : buf_rc(&aside, err);
	if (rc == WRAP_OK && access(aside.p, F_OK) == 0)
		rc = wrap_fail(err, WRAP_EEXISTS, "%s is there already", aside.p);
	/* Whoever would open the database now waits for this lock. */
	if (rc == WRAP_OK)
		rc = store_lock_file(lock, &fd, err);
	if (rc == WRAP_OK)
		rc = restore_locked(from, database, fresh, aside.p, now, also, ctx, out, err);
	if (fresh != NULL)
		remove_parts(fresh);
	if (fd >= 0)
		(void)close(fd);
	if (rc == WRAP_OK && out->replaced)
		out->aside = buf_steal(&aside);
	buf_clear(&aside);
	free(fresh);
	free(lock);
	return rc;
}
