/*
 * Suppression: keyed hashes of addresses that may not be mailed. A hash outlives the erasure of its
 * reader, so that whoever left and was forgotten is still not mailed again.
 */
#include "internal.h"

enum wrap_rc
suppression_add(struct store *st, const uint8_t hash[SHA256_BYTES], const char *reason, int64_t now,
    struct wrap_err *err)
{
	static const char sql[] =
	    "INSERT INTO suppression (hash, reason, at) VALUES (:hash, :reason, :at)"
	    " ON CONFLICT (hash) DO UPDATE SET reason = excluded.reason, at = excluded.at";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_blob(&q, ":hash", hash, SHA256_BYTES);
		stmt_bind_text(&q, ":reason", reason);
		stmt_bind_int(&q, ":at", now);
	}
	return stmt_commit(&q, rc, err);
}

enum wrap_rc
suppression_remove(struct store *st, const uint8_t hash[SHA256_BYTES], struct wrap_err *err)
{
	static const char sql[] = "DELETE FROM suppression WHERE hash = :hash";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_blob(&q, ":hash", hash, SHA256_BYTES);
	}
	return stmt_commit(&q, rc, err);
}

enum wrap_rc
suppression_find(
    struct store *st, const uint8_t hash[SHA256_BYTES], char **reason, struct wrap_err *err)
{
	static const char sql[] = "SELECT reason FROM suppression WHERE hash = :hash";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*reason = NULL;
	if (rc == WRAP_OK) {
		stmt_bind_blob(&q, ":hash", hash, SHA256_BYTES);
		rc = stmt_row(&q, err);
	}
	if (rc == WRAP_OK && (*reason = stmt_text(&q, 0)) == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	stmt_close(&q);
	return rc;
}

enum wrap_rc
suppression_any(struct store *st, bool *out, struct wrap_err *err)
{
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, "SELECT 1 FROM suppression LIMIT 1", err);

	if (rc == WRAP_OK)
		rc = stmt_row(&q, err);
	stmt_close(&q);
	*out = rc == WRAP_OK;
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}
