/*
 * What the files of store share: the handle, and statements with named binding that remember their
 * first failure.
 */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include "wrap/store.h"

#include <sqlite3.h>

#define STMT_CACHE 64

struct store {
	sqlite3 *db;
	char *path;
	char *private_dir; /* of a STORE_PRIVATE copy; removed at close */
	int lock_fd;
	int depth;     /* of nested store_begin */
	bool failed;   /* an inner transaction failed: the outermost rolls back */
	int wal_pages; /* told by the hook at each commit */
	bool wrote;
	struct {
		const char *sql; /* by address: each statement is one constant */
		sqlite3_stmt *s;
		bool busy;
	} cache[STMT_CACHE];
};

/* One use of a prepared statement. */
struct stmt {
	struct store *st;
	sqlite3_stmt *s;
	int slot;   /* in the cache, -1: of its own */
	bool began; /* by stmt_begin */
	enum wrap_rc rc;
};
#define STMT_INIT          \
	{                  \
		.slot = -1 \
	}

/* sql must be a constant that outlives the store. */
enum wrap_rc stmt_open(struct stmt *q, struct store *st, const char *sql, struct wrap_err *err);
void stmt_close(struct stmt *q);
/* A name the statement lacks is a programming error and shows as WRAP_EINVAL at the next step. NULL binds NULL. */
void stmt_bind_text(struct stmt *q, const char *name, const char *v);
void stmt_bind_int(struct stmt *q, const char *name, int64_t v);
void stmt_bind_time(struct stmt *q, const char *name, int64_t v); /* 0 binds NULL */
void stmt_bind_blob(struct stmt *q, const char *name, const void *p, size_t n);
/* The next row: WRAP_OK, or WRAP_ENOTFOUND at the end. */
enum wrap_rc stmt_row(struct stmt *q, struct wrap_err *err);
/* Run to the end; for statements without rows. */
enum wrap_rc stmt_run(struct stmt *q, struct wrap_err *err);
/*
 * One writing statement as one transaction, or as a step of the caller's: begin opens both, then bind,
 * then commit runs the statement, closes it and ends the transaction. rc is what stmt_begin gave.
 */
enum wrap_rc stmt_begin(struct stmt *q, struct store *st, const char *sql, struct wrap_err *err);
enum wrap_rc stmt_commit(struct stmt *q, enum wrap_rc rc, struct wrap_err *err);
int64_t stmt_int(const struct stmt *q, int col);
char *stmt_text(const struct stmt *q, int col);       /* owned; NULL for NULL */
const char *stmt_peek(const struct stmt *q, int col); /* borrowed until the next step */
struct span stmt_blob(const struct stmt *q, int col); /* borrowed */

/* What SQLite said, as one of ours. */
enum wrap_rc store_fail(struct store *st, int sqlite_rc, struct wrap_err *err);
enum wrap_rc store_exec(struct store *st, const char *sql, struct wrap_err *err);
enum wrap_rc store_migrate(struct store *st, struct wrap_err *err);
int store_schema(void); /* the version that store_migrate brings a database to */
/* The writers' lock by itself, outside a transaction: for what SQLite does not let be in one. */
enum wrap_rc store_lock(struct store *st, struct wrap_err *err);
void store_unlock(struct store *st);
/* The same before there is a store: close fd to let go. */
enum wrap_rc store_lock_file(const char *lock, int *fd, struct wrap_err *err);

/* backup.c, for restore.c: a path with something after it, owned; one number of a query on any database. */
char *backup_beside(const char *path, const char *suffix);
enum wrap_rc backup_number(
    sqlite3 *db, const char *path, const char *sql, int64_t *out, struct wrap_err *err);
/* A moment of an open database in a new file, verified and on the disk; and a finished file under its name. */
enum wrap_rc backup_copy(sqlite3 *from, const char *to, int64_t *readers, struct wrap_err *err);
enum wrap_rc backup_name(const char *from, const char *to, struct wrap_err *err);

#endif
