/*
 * Statements: prepared once per store and kept, values bound by name only, so that no SQL is ever put
 * together from text.
 */
#include "internal.h"

#include <string.h>

enum wrap_rc
stmt_open(struct stmt *q, struct store *st, const char *sql, struct wrap_err *err)
{
	int free_slot = -1, rc;

	*q = (struct stmt){ .st = st, .slot = -1 };
	for (int i = 0; i < STMT_CACHE; i++) {
		if (st->cache[i].sql == sql && !st->cache[i].busy) {
			st->cache[i].busy = true;
			q->slot = i;
			q->s = st->cache[i].s;
			return WRAP_OK;
		}
		if (st->cache[i].sql == NULL && free_slot < 0)
			free_slot = i;
	}
	rc = sqlite3_prepare_v3(
	    st->db, sql, -1, free_slot < 0 ? 0 : SQLITE_PREPARE_PERSISTENT, &q->s, NULL);
	if (rc != SQLITE_OK) {
		q->rc = store_fail(st, rc, err);
		return q->rc;
	}
	if (free_slot >= 0) {
		st->cache[free_slot].sql = sql;
		st->cache[free_slot].s = q->s;
		st->cache[free_slot].busy = true;
		q->slot = free_slot;
	}
	return WRAP_OK;
}

void
stmt_close(struct stmt *q)
{
	if (q->s != NULL && q->slot >= 0) {
		(void)sqlite3_reset(q->s);
		(void)sqlite3_clear_bindings(q->s);
		q->st->cache[q->slot].busy = false;
	} else if (q->s != NULL) {
		(void)sqlite3_finalize(q->s);
	}
	*q = (struct stmt)STMT_INIT;
}

static int
place(struct stmt *q, const char *name)
{
	int i = q->s == NULL ? 0 : sqlite3_bind_parameter_index(q->s, name);

	if (i == 0 && q->rc == WRAP_OK)
		q->rc = WRAP_EINVAL;
	return i;
}

static void
took(struct stmt *q, int rc)
{
	if (rc != SQLITE_OK && q->rc == WRAP_OK)
		q->rc = rc == SQLITE_NOMEM ? WRAP_ENOMEM : WRAP_EINVAL;
}

void
stmt_bind_text(struct stmt *q, const char *name, const char *v)
{
	int i = place(q, name);

	if (i > 0)
		took(q, sqlite3_bind_text(q->s, i, v, -1, SQLITE_TRANSIENT));
}

void
stmt_bind_int(struct stmt *q, const char *name, int64_t v)
{
	int i = place(q, name);

	if (i > 0)
		took(q, sqlite3_bind_int64(q->s, i, v));
}

void
stmt_bind_time(struct stmt *q, const char *name, int64_t v)
{
	int i = place(q, name);

	if (i > 0)
		took(q, v == 0 ? sqlite3_bind_null(q->s, i) : sqlite3_bind_int64(q->s, i, v));
}

void
stmt_bind_blob(struct stmt *q, const char *name, const void *p, size_t n)
{
	int i = place(q, name);

	if (i > 0)
		took(q, sqlite3_bind_blob64(q->s, i, n == 0 ? "" : p, n, SQLITE_TRANSIENT));
}

enum wrap_rc
stmt_row(struct stmt *q, struct wrap_err *err)
{
	int rc;

	if (q->rc != WRAP_OK)
		return wrap_fail(err, q->rc, "database: a value could not be bound");
	rc = sqlite3_step(q->s);
	if (rc == SQLITE_ROW)
		return WRAP_OK;
	if (rc == SQLITE_DONE)
		return wrap_fail(err, WRAP_ENOTFOUND, "no such record");
	return store_fail(q->st, rc, err);
}

enum wrap_rc
stmt_run(struct stmt *q, struct wrap_err *err)
{
	enum wrap_rc rc;

	do {
		rc = stmt_row(q, err);
	} while (rc == WRAP_OK);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
stmt_begin(struct stmt *q, struct store *st, const char *sql, struct wrap_err *err)
{
	enum wrap_rc rc = store_begin(st, err);

	*q = (struct stmt)STMT_INIT;
	if (rc != WRAP_OK)
		return rc;
	rc = stmt_open(q, st, sql, err);
	q->began = true;
	return rc;
}

enum wrap_rc
stmt_commit(struct stmt *q, enum wrap_rc rc, struct wrap_err *err)
{
	struct store *st = q->began ? q->st : NULL;

	if (rc == WRAP_OK)
		rc = stmt_run(q, err);
	stmt_close(q);
	return st == NULL ? rc : store_end(st, rc, err);
}

int64_t
stmt_int(const struct stmt *q, int col)
{
	return sqlite3_column_int64(q->s, col);
}

const char *
stmt_peek(const struct stmt *q, int col)
{
	return (const char *)sqlite3_column_text(q->s, col);
}

char *
stmt_text(const struct stmt *q, int col)
{
	return str_dup(stmt_peek(q, col));
}

struct span
stmt_blob(const struct stmt *q, int col)
{
	const void *p = sqlite3_column_blob(q->s, col);

	return (struct span){ p, (size_t)sqlite3_column_bytes(q->s, col) };
}
