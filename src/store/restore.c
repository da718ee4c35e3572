/*
 * Putting a backup back, which is the dangerous part: what happened since is unknown to it. So whatever it says
 * is still to be sent counts as in doubt and is held, and the database it replaces is kept beside; of that one,
 * when it can still be read, who left since is carried over. A number that a reader may have got since is given
 * to nobody else, for the links in their mail must not open another's page.
 */
#include "internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
	" UNION ALL SELECT 'subscriber_last', CAST(max(id) AS TEXT) FROM old.subscriber HAVING count(*) > 0"
	" ON CONFLICT (name) DO UPDATE SET value = excluded.value"
	" WHERE CAST(excluded.value AS INTEGER) > CAST(value AS INTEGER)",
	NULL,
};

/* Nobody knows how many came since: more than any list grows between two backups is left out. */
static const char *const sql_leap[] = {
	"INSERT INTO meta (name, value) SELECT 'subscriber_last', CAST(1000000 + max("
	"coalesce((SELECT max(id) FROM subscriber), 0), coalesce((SELECT CAST(value AS INTEGER) FROM meta"
	" WHERE name = 'subscriber_last'), 0)) AS TEXT) WHERE true"
	" ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	NULL,
};
static const char sql_came[] =
    "SELECT count(*) FROM old.subscriber o WHERE o.state IN ('pending','active')"
    " AND NOT EXISTS (SELECT 1 FROM subscriber s WHERE s.canonical = o.canonical)";

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
	char *shm = backup_beside(database, "-shm");
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
	    backup_number(db, database, "SELECT count(*) FROM subscriber", &n, NULL) == WRAP_OK &&
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
		char *from = backup_beside(database, parts[i]),
		     *to = backup_beside(aside, parts[i]);

		if (from == NULL || to == NULL)
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
		else if (access(from, F_OK) == 0 && rename(from, to) != 0)
			rc = wrap_fail_errno(err, "rename %s", from);
		free(from);
		free(to);
	}
	if (rc == WRAP_OK && access(database, F_OK) == 0 && link(database, aside) != 0)
		rc = wrap_fail_errno(err, "keep %s as %s", database, aside);
	return rc == WRAP_OK ? backup_name(fresh, database, err) : rc;
}

static void
remove_parts(const char *path)
{
	static const char *const all[] = { "", "-wal", "-shm", "-lock", "-journal" };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char *p = backup_beside(path, all[i]);

		if (p != NULL)
			(void)unlink(p);
		free(p);
	}
}

/* Is it a database of ours, and of a schema that we know? */
static enum wrap_rc
judge_backup(sqlite3 *db, const char *from, struct wrap_err *err)
{
	int64_t n, schema = 0;
	enum wrap_rc rc = backup_number(db, from, "PRAGMA user_version", &schema, err);
	int code = sqlite3_errcode(db) & 0xff;

	if (rc == WRAP_OK && schema > store_schema())
		return wrap_fail(err, WRAP_ECONFIG,
		    "%s has schema %lld and this wrap knows %d: it was made by a newer version; install that one",
		    from, (long long)schema, store_schema());
	if (rc == WRAP_OK) {
		rc = backup_number(db, from, "SELECT count(*) FROM delivery", &n, err);
		code = sqlite3_errcode(db) & 0xff;
	}
	if (rc == WRAP_OK)
		return rc;
	if (code == SQLITE_CORRUPT || code == SQLITE_IOERR)
		return wrap_fail(err, WRAP_EPROTO, "%s is damaged (%s); take an older backup", from,
		    sqlite3_errmsg(db));
	return wrap_fail(err, WRAP_EPROTO, "%s is no backup of wrap: %s", from, sqlite3_errmsg(db));
}

/* The backup in a file of its own beside the database, verified. */
static enum wrap_rc
take_backup(const char *from, const char *to, struct wrap_err *err)
{
	sqlite3 *db = NULL;
	struct stat sb;
	enum wrap_rc rc = WRAP_OK;
	int64_t n;

	if (access(from, R_OK) != 0 || stat(from, &sb) != 0)
		return wrap_fail_errno(err, "backup %s", from);
	if (!S_ISREG(sb.st_mode))
		return wrap_fail(err, WRAP_EINVAL, "%s is no file; name a backup", from);
	if (sqlite3_open_v2(from, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		rc = wrap_fail(err, WRAP_EPROTO, "%s is no backup of wrap: %s", from,
		    db == NULL ? "out of memory" : sqlite3_errmsg(db));
	if (rc == WRAP_OK)
		rc = judge_backup(db, from, err);
	if (rc == WRAP_OK)
		rc = backup_copy(db, to, &n, err);
	(void)sqlite3_close(db);
	return rc;
}

static enum wrap_rc
prepare(
    struct store *st, const char *database, int64_t now, struct restore *out, struct wrap_err *err)
{
	char *text = NULL, at[CLOCK_TEXT];
	enum wrap_rc rc;

	if (meta_get(st, "backup_at", &text, NULL) == WRAP_OK)
		(void)clock_parse(text, &out->backup_at, NULL);
	free(text);
	rc = run_all(st, sql_doubt, NULL, err);
	if (rc == WRAP_OK)
		rc = meta_set(st, "restored_at", clock_rfc3339(now, at), err);
	if (rc == WRAP_OK)
		rc = backup_number(st->db, database,
		    "SELECT count(*) FROM delivery WHERE state = 'held'", &out->held, err);
	if (rc == WRAP_OK)
		rc = backup_number(
		    st->db, database, "SELECT count(*) FROM subscriber", &out->readers, err);
	return rc;
}

/* What the replaced database knows, when it can be read. */
static enum wrap_rc
carry_over(
    struct store *st, const char *database, bool old, struct restore *out, struct wrap_err *err)
{
	struct stmt q = STMT_INIT;
	enum wrap_rc rc;

	if (!old)
		return run_all(st, sql_leap, NULL, err);
	rc = stmt_open(&q, st, "ATTACH :old AS old", err);
	if (rc == WRAP_OK) {
		stmt_bind_text(&q, ":old", database);
		rc = stmt_run(&q, err);
	}
	stmt_close(&q);
	if (rc == WRAP_OK)
		rc = run_all(st, sql_carry, &out->left, err);
	if (rc == WRAP_OK)
		rc = backup_number(st->db, database, sql_came, &out->came, err);
	out->carried = rc == WRAP_OK;
	(void)sqlite3_exec(st->db, "DETACH old", NULL, NULL, NULL);
	if (rc == WRAP_EPROTO || rc == WRAP_EINVAL) /* what can still be read is not enough */
		rc = run_all(st, sql_leap, NULL, err);
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
		rc = prepare(st, database, now, out, err);
	if (rc == WRAP_OK)
		rc = carry_over(st, database, old, out, err);
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
	char *fresh = backup_beside(database, "-restoring"),
	     *lock = backup_beside(database, "-lock");
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
