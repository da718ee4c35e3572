/*
 * Small facts about the database itself, each a word under a name.
 */
#include "internal.h"

enum wrap_rc
meta_get(struct store *st, const char *name, char **out, struct wrap_err *err)
{
	static const char sql[] = "SELECT value FROM meta WHERE name = :name";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*out = NULL;
	if (rc == WRAP_OK) {
		stmt_bind_text(&q, ":name", name);
		rc = stmt_row(&q, err);
	}
	if (rc == WRAP_OK && (*out = stmt_text(&q, 0)) == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	stmt_close(&q);
	return rc;
}

enum wrap_rc
meta_set(struct store *st, const char *name, const char *value, struct wrap_err *err)
{
	static const char sql[] = "INSERT INTO meta (name, value) VALUES (:name, :value)"
				  " ON CONFLICT (name) DO UPDATE SET value = excluded.value";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_text(&q, ":name", name);
		stmt_bind_text(&q, ":value", value);
	}
	return stmt_commit(&q, rc, err);
}
