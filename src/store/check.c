/*
 * Is the file sound: SQLite's own look at its pages, keys and indexes.
 */
#include "internal.h"

enum wrap_rc
store_check(struct store *st, struct strs *out, struct wrap_err *err)
{
	static const char *const sql[] = { "PRAGMA quick_check(20)",
		"SELECT 'row ' || rowid || ' of ' || \"table\" || ' points to nothing in ' || parent"
		" FROM pragma_foreign_key_check LIMIT 20" };
	enum wrap_rc rc = WRAP_OK;

	*out = (struct strs){ 0 };
	for (size_t i = 0; rc == WRAP_OK && i < sizeof(sql) / sizeof(sql[0]); i++) {
		struct stmt q = STMT_INIT;

		rc = stmt_open(&q, st, sql[i], err);
		while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
			struct span s = span_of(stmt_peek(&q, 0));

			if (!span_eqs(s, "ok"))
				rc = strs_add(out, s, err);
		}
		stmt_close(&q);
		if (rc == WRAP_ENOTFOUND)
			rc = WRAP_OK;
	}
	if (rc != WRAP_OK)
		strs_clear(out);
	return rc;
}
