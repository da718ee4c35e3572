/*
 * The database handle: how it is opened, locked, written and closed.
 *
 * SQLite 3.40 can lose pages for good when a checkpoint runs while another connection commits (the
 * WAL-reset race, fixed in 3.51.3). So nothing checkpoints by itself: a write transaction and a
 * checkpoint both hold one OFD lock on FILE-lock, and each connection checkpoints its own work after a
 * commit. The lock also queues writers in the kernel instead of in SQLite's busy loop.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define BUSY_MS 15000
#define WAL_PAGES 1000 /* checkpoint after a commit that leaves more in the log */

enum wrap_rc
store_fail(struct store *st, int sqlite_rc, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_ESYS;

	switch (sqlite_rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED: rc = WRAP_EBUSY; break;
	case SQLITE_CONSTRAINT: rc = WRAP_EEXISTS; break;
	case SQLITE_NOMEM: rc = WRAP_ENOMEM; break;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH: rc = WRAP_EDENIED; break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: rc = WRAP_EPROTO; break;
	case SQLITE_ERROR:
	case SQLITE_MISMATCH:
	case SQLITE_RANGE: rc = WRAP_EINVAL; break;
	default: break;
	}
	return wrap_fail(err, rc, "database %s: %s", st->path, sqlite3_errmsg(st->db));
}

enum wrap_rc
store_exec(struct store *st, const char *sql, struct wrap_err *err)
{
	int rc = sqlite3_exec(st->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? WRAP_OK : store_fail(st, rc, err);
}

/* A lock on a network file system is a promise nobody keeps. Magic numbers: statfs(2). */
static enum wrap_rc
refuse_network(const char *dir, struct wrap_err *err)
{
	static const unsigned long network[] = { 0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x5346414f,
		0x73757245 };
	struct statfs fs;

	if (statfs(dir, &fs) != 0)
		return wrap_fail_errno(err, "folder %s", dir);
	for (size_t i = 0; i < sizeof(network) / sizeof(network[0]); i++)
		if ((unsigned long)fs.f_type == network[i])
			return wrap_fail(err, WRAP_ECONFIG,
			    "%s is on a network file system, where a database cannot be locked "
			    "safely; "
			    "set paths.database to a local disk",
			    dir);
	return WRAP_OK;
}

static char *
dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return str_dup(".");
	return str_dup_span((struct span){ path, slash == path ? 1 : (size_t)(slash - path) });
}

static char *
suffixed(const char *path, const char *suffix)
{
	struct buf b = BUF_INIT(1 << 16);

	buf_adds(&b, path);
	buf_adds(&b, suffix);
	return buf_steal(&b);
}

/* Take the writers' lock, waiting up to BUSY_MS. type is F_WRLCK or F_RDLCK. */
static enum wrap_rc
lock_take(int fd, short type, const char *path, struct wrap_err *err)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET };
	int64_t until = clock_monotonic_ms() + BUSY_MS;

	while (fcntl(fd, F_OFD_SETLK, &fl) != 0) {
		struct timespec nap = { .tv_nsec = 2000000 };

		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return wrap_fail_errno(err, "lock %s", path);
		if (clock_monotonic_ms() >= until)
			return wrap_fail(err, WRAP_EBUSY,
			    "database %s: another process has been writing for %d s; try again",
			    path, BUSY_MS / 1000);
		(void)nanosleep(&nap, NULL);
	}
	return WRAP_OK;
}

static void
lock_drop(int fd)
{
	struct flock fl = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	(void)fcntl(fd, F_OFD_SETLK, &fl);
}

static int
on_wal(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct store *st = ctx;

	(void)db;
	(void)name;
	st->wal_pages = pages;
	return SQLITE_OK;
}

/* Only with the writers' lock held. A checkpoint that finds readers does what it can and is no failure. */
static void
checkpoint(struct store *st, int mode)
{
	if (sqlite3_wal_checkpoint_v2(st->db, NULL, mode, NULL, NULL) == SQLITE_OK)
		st->wal_pages = 0;
}

static enum wrap_rc
set_up(struct store *st, struct wrap_err *err)
{
	int off = 0;

	(void)sqlite3_busy_timeout(st->db, BUSY_MS);
	(void)sqlite3_extended_result_codes(st->db, 1);
	(void)sqlite3_db_config(st->db, SQLITE_DBCONFIG_DEFENSIVE, 1, &off);
	(void)sqlite3_db_config(st->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &off);
	(void)sqlite3_db_config(st->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &off);
	(void)sqlite3_wal_hook(st->db, on_wal, st);
	return store_exec(st,
	    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
	    "PRAGMA journal_size_limit=67108864; PRAGMA temp_store=MEMORY;"
	    "PRAGMA secure_delete=ON", /* what is erased is overwritten: forget.c */
	    err);
}

static enum wrap_rc
open_at(struct store *st, const char *path, bool create, struct wrap_err *err)
{
	int flags =
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE | (create ? SQLITE_OPEN_CREATE : 0);
	char *lock = NULL;
	enum wrap_rc rc;
	int sq;

	st->path = str_dup(path);
	lock = suffixed(path, "-lock");
	if (st->path == NULL || lock == NULL) {
		free(lock);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	if (!create && access(path, F_OK) != 0) {
		free(lock);
		return wrap_fail(err, WRAP_ENOTFOUND, "no database at %s; type: wrap init", path);
	}
	st->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (st->lock_fd < 0)
		rc = wrap_fail_errno(err, "open %s", lock);
	else
		rc = lock_take(st->lock_fd, F_WRLCK, path, err);
	free(lock);
	if (rc != WRAP_OK)
		return rc;
	sq = sqlite3_open_v2(path, &st->db, flags, NULL);
	if (sq != SQLITE_OK)
		rc = store_fail(st, sq, err);
	if (rc == WRAP_OK)
		rc = set_up(st, err);
	if (rc == WRAP_OK)
		rc = store_migrate(st, err);
	lock_drop(st->lock_fd);
	return rc;
}

/* ---- a private copy, for a dry run --------------------------------------------------------------- */

static enum wrap_rc
copy_file(const char *from, const char *to, struct wrap_err *err)
{
	static const size_t piece = 1 << 20;
	enum wrap_rc rc = WRAP_OK;
	char *b = malloc(piece);
	ssize_t n = 0;
	int in, out;

	if (b == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0) {
		rc = errno == ENOENT ? WRAP_OK : wrap_fail_errno(err, "open %s", from);
		free(b);
		return rc;
	}
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		rc = wrap_fail_errno(err, "create %s", to);
	while (rc == WRAP_OK && (n = read(in, b, piece)) > 0)
		for (ssize_t done = 0; done < n && rc == WRAP_OK;) {
			ssize_t w = write(out, b + done, (size_t)(n - done));

			if (w < 0)
				rc = wrap_fail_errno(err, "write %s", to);
			else
				done += w;
		}
	if (n < 0)
		rc = wrap_fail_errno(err, "read %s", from);
	if (out >= 0)
		(void)close(out);
	(void)close(in);
	free(b);
	return rc;
}

static const char *const copied[] = { "", "-wal" };

/* Copy database and log while no writer and no checkpoint can move them; nothing of theirs is touched. */
static enum wrap_rc
copy_private(struct store *st, const char *path, char **at, struct wrap_err *err)
{
	const char *tmp = getenv("TMPDIR");
	char *lock = suffixed(path, "-lock"),
	     *dir = path_join(tmp != NULL ? tmp : "/tmp", "wrap-dry-XXXXXX");
	enum wrap_rc rc = WRAP_OK;
	int fd = -1;

	if (lock == NULL || dir == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	else if (access(path, R_OK) != 0)
		rc = wrap_fail_errno(err, "database %s", path);
	if (rc == WRAP_OK && (fd = open(lock, O_RDONLY | O_CLOEXEC)) >= 0)
		rc = lock_take(fd, F_RDLCK, path, err);
	if (rc == WRAP_OK && mkdtemp(dir) == NULL)
		rc = wrap_fail_errno(err, "make a folder for a private copy of the database");
	if (rc == WRAP_OK) {
		st->private_dir = dir;
		dir = NULL;
		*at = path_join(st->private_dir, "wrap.db");
		if (*at == NULL)
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	for (size_t i = 0; rc == WRAP_OK && i < sizeof(copied) / sizeof(copied[0]); i++) {
		char *from = suffixed(path, copied[i]), *to = suffixed(*at, copied[i]);

		if (from != NULL && to != NULL)
			rc = copy_file(from, to, err);
		else
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
		free(from);
		free(to);
	}
	if (fd >= 0)
		(void)close(fd);
	free(lock);
	free(dir);
	return rc;
}

static void
remove_private(struct store *st)
{
	static const char *const all[] = { "", "-wal", "-shm", "-lock", "-journal" };

	if (st->private_dir == NULL)
		return;
	for (size_t i = 0; st->path != NULL && i < sizeof(all) / sizeof(all[0]); i++) {
		char *p = suffixed(st->path, all[i]);

		if (p != NULL)
			(void)unlink(p);
		free(p);
	}
	(void)rmdir(st->private_dir);
	free(st->private_dir);
}

/* ---- open and close -------------------------------------------------------------------------------- */

enum wrap_rc
store_open(const char *path, enum store_mode mode, struct store **out, struct wrap_err *err)
{
	struct store *st = calloc(1, sizeof(*st));
	char *dir = dir_of(path), *copy = NULL;
	enum wrap_rc rc;

	*out = NULL;
	if (st == NULL || dir == NULL) {
		free(st);
		free(dir);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	st->lock_fd = -1;
	rc = refuse_network(dir, err);
	free(dir);
	if (rc == WRAP_OK && mode == STORE_PRIVATE)
		rc = copy_private(st, path, &copy, err);
	if (rc == WRAP_OK)
		rc = open_at(st, copy == NULL ? path : copy, mode == STORE_CREATE, err);
	free(copy);
	if (rc != WRAP_OK) {
		store_close(&st);
		return rc;
	}
	*out = st;
	return WRAP_OK;
}

void
store_close(struct store **stp)
{
	struct store *st = *stp;

	if (st == NULL)
		return;
	*stp = NULL;
	if (st->depth > 0)
		(void)sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
	for (int i = 0; i < STMT_CACHE; i++)
		(void)sqlite3_finalize(st->cache[i].s);
	if (st->db != NULL && st->wrote &&
	    lock_take(st->lock_fd, F_WRLCK, st->path, NULL) == WRAP_OK) {
		checkpoint(st, SQLITE_CHECKPOINT_TRUNCATE);
		lock_drop(st->lock_fd);
	}
	(void)sqlite3_close(st->db);
	if (st->lock_fd >= 0)
		(void)close(st->lock_fd);
	remove_private(st);
	free(st->path);
	free(st);
}

enum wrap_rc
store_lock(struct store *st, struct wrap_err *err)
{
	return lock_take(st->lock_fd, F_WRLCK, st->path, err);
}

enum wrap_rc
store_lock_file(const char *lock, int *fd, struct wrap_err *err)
{
	*fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return *fd < 0 ? wrap_fail_errno(err, "open %s", lock) : lock_take(*fd, F_WRLCK, lock, err);
}

void
store_unlock(struct store *st)
{
	lock_drop(st->lock_fd);
}

enum wrap_rc
store_bulk(struct store *st, bool on, struct wrap_err *err)
{
	/* SQLite builds the list of CHECK (state IN ...) anew for every row; the words are ours. */
	return store_exec(st,
	    on ? "PRAGMA cache_size=-65536; PRAGMA ignore_check_constraints=ON"
	       : "PRAGMA cache_size=-2000; PRAGMA ignore_check_constraints=OFF",
	    err);
}

/* ---- transactions ------------------------------------------------------------------------------------ */

enum wrap_rc
store_begin(struct store *st, struct wrap_err *err)
{
	enum wrap_rc rc;

	if (st->depth > 0) {
		st->depth++;
		return WRAP_OK;
	}
	rc = lock_take(st->lock_fd, F_WRLCK, st->path, err);
	if (rc != WRAP_OK)
		return rc;
	rc = store_exec(st, "BEGIN IMMEDIATE", err);
	if (rc != WRAP_OK) {
		lock_drop(st->lock_fd);
		return rc;
	}
	st->depth = 1;
	st->failed = false;
	return WRAP_OK;
}

enum wrap_rc
store_end(struct store *st, enum wrap_rc rc, struct wrap_err *err)
{
	if (st->depth == 0)
		return rc;
	if (rc != WRAP_OK)
		st->failed = true;
	if (--st->depth > 0)
		return rc;
	if (rc == WRAP_OK && st->failed)
		rc = wrap_fail(
		    err, WRAP_EINVAL, "database: a step of this transaction failed before");
	if (rc == WRAP_OK)
		rc = store_exec(st, "COMMIT", err);
	if (rc != WRAP_OK && sqlite3_get_autocommit(st->db) == 0)
		(void)sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
	st->wrote = true;
	if (rc == WRAP_OK && st->wal_pages > WAL_PAGES)
		checkpoint(st, SQLITE_CHECKPOINT_PASSIVE);
	lock_drop(st->lock_fd);
	return rc;
}
