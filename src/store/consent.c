/*
 * Consent: who agreed to what, when and by which step. Append-only, which a trigger holds.
 */
#include "internal.h"

enum wrap_rc
consent_add(struct store *st, const struct consent *c, struct wrap_err *err)
{
	static const char sql[] = "INSERT INTO consent (subscriber, at, step, source, detail)"
				  " VALUES (:subscriber, :at, :step, :source, :detail)";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":subscriber", c->subscriber_id);
		stmt_bind_int(&q, ":at", c->at);
		stmt_bind_text(&q, ":step", c->step);
		stmt_bind_text(&q, ":source", c->source);
		stmt_bind_text(&q, ":detail", c->detail);
	}
	return stmt_commit(&q, rc, err);
}

enum wrap_rc
consent_each(struct store *st, int64_t subscriber_id,
    enum wrap_rc (*each)(void *ctx, const struct consent *c, struct wrap_err *err), void *ctx,
    struct wrap_err *err)
{
	static const char sql[] = "SELECT at, step, source, detail FROM consent"
				  " WHERE subscriber = :subscriber ORDER BY id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK)
		stmt_bind_int(&q, ":subscriber", subscriber_id);
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		struct consent c = { .subscriber_id = subscriber_id,
			.at = stmt_int(&q, 0),
			.step = stmt_peek(&q, 1),
			.source = stmt_peek(&q, 2),
			.detail = stmt_peek(&q, 3) };

		rc = each(ctx, &c, err);
	}
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}
