/*
 * Readers. The canonical spelling is unique, so one mailbox is one reader however it is typed.
 */
#include "internal.h"

#include <stdlib.h>

#define COLUMNS                                                                             \
	"id, address, canonical, name, topics, language, state, created_at, confirmed_at, " \
	"changed_at, why, paused_until"

/* One more than any reader had, also one who was forgotten: their links must not open another's page. */
#define NEXT_ID                                                                    \
	"1 + max(coalesce((SELECT max(id) FROM subscriber), 0), coalesce((SELECT " \
	"CAST(value AS INTEGER) FROM meta WHERE name = 'subscriber_last'), 0))"

static enum wrap_rc
read_row(const struct stmt *q, struct subscriber *out, struct wrap_err *err)
{
	*out = (struct subscriber){ .id = stmt_int(q, 0),
		.address = stmt_text(q, 1),
		.canonical = stmt_text(q, 2),
		.name = stmt_text(q, 3),
		.topics = stmt_text(q, 4),
		.language = stmt_text(q, 5),
		.created_at = stmt_int(q, 7),
		.confirmed_at = stmt_int(q, 8),
		.changed_at = stmt_int(q, 9),
		.why = stmt_text(q, 10),
		.paused_until = stmt_int(q, 11) };
	if (out->address == NULL || out->canonical == NULL) {
		subscriber_clear(out);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	if (!subscriber_state_read(stmt_peek(q, 6), &out->state)) {
		subscriber_clear(out);
		return wrap_fail(err, WRAP_EPROTO, "database: a subscriber has no state we know");
	}
	return WRAP_OK;
}

/* The row that q, opened with rc and bound, finds. Closes q. */
static enum wrap_rc
one(struct stmt *q, enum wrap_rc rc, struct subscriber *out, struct wrap_err *err)
{
	*out = (struct subscriber){ 0 };
	if (rc == WRAP_OK)
		rc = stmt_row(q, err);
	if (rc == WRAP_OK)
		rc = read_row(q, out, err);
	stmt_close(q);
	return rc;
}

enum wrap_rc
subscriber_by_canonical(
    struct store *st, const char *canonical, struct subscriber *out, struct wrap_err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM subscriber WHERE canonical = :canonical";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK)
		stmt_bind_text(&q, ":canonical", canonical);
	return one(&q, rc, out, err);
}

enum wrap_rc
subscriber_by_id(struct store *st, int64_t id, struct subscriber *out, struct wrap_err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM subscriber WHERE id = :id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK)
		stmt_bind_int(&q, ":id", id);
	return one(&q, rc, out, err);
}

static void
bind_reader(struct stmt *q, const struct subscriber *s)
{
	stmt_bind_text(q, ":address", s->address);
	stmt_bind_text(q, ":canonical", s->canonical);
	stmt_bind_text(q, ":name", s->name);
	stmt_bind_text(q, ":topics", s->topics);
	stmt_bind_text(q, ":language", s->language);
	stmt_bind_text(q, ":state", subscriber_state_name(s->state));
	stmt_bind_int(q, ":created", s->created_at);
	stmt_bind_time(q, ":confirmed", s->confirmed_at);
	stmt_bind_int(q, ":changed", s->changed_at);
	stmt_bind_text(q, ":why", s->why);
}

enum wrap_rc
subscriber_add(struct store *st, const struct subscriber *s, int64_t *id, struct wrap_err *err)
{
	static const char sql[] =
	    "INSERT INTO subscriber (id, address, canonical, name, topics, language, state, created_at,"
	    " confirmed_at, changed_at, why) VALUES (" NEXT_ID ", :address, :canonical, :name,"
	    " :topics, :language, :state, :created, :confirmed, :changed, :why)";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	*id = 0;
	if (rc == WRAP_OK) {
		bind_reader(&q, s);
	}
	rc = stmt_commit(&q, rc, err);
	if (rc == WRAP_OK)
		*id = sqlite3_last_insert_rowid(st->db);
	return rc;
}

enum wrap_rc
subscriber_put(
    struct store *st, const struct subscriber *s, bool *added, int64_t *id, struct wrap_err *err)
{
	static const char sql[] =
	    "INSERT INTO subscriber (id, address, canonical, name, topics, language, state, created_at,"
	    " confirmed_at, changed_at, why, paused_until) VALUES (coalesce(:id, " NEXT_ID
	    "), :address, :canonical,"
	    " :name, :topics, :language, :state, :created, :confirmed, :changed, :why, :paused)"
	    " ON CONFLICT (canonical) DO NOTHING";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_time(&q, ":id", s->id);
		stmt_bind_time(&q, ":paused", s->paused_until);
		bind_reader(&q, s);
	}
	rc = stmt_commit(&q, rc, err);
	*added = rc == WRAP_OK && sqlite3_changes64(st->db) == 1;
	*id = *added ? sqlite3_last_insert_rowid(st->db) : 0;
	return rc;
}

enum wrap_rc
subscriber_next(struct store *st, int64_t *id, struct wrap_err *err)
{
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, "SELECT " NEXT_ID, err);

	if (rc == WRAP_OK)
		rc = stmt_row(&q, err);
	*id = rc == WRAP_OK ? stmt_int(&q, 0) : 0;
	stmt_close(&q);
	return rc;
}

enum wrap_rc
subscriber_move(struct store *st, int64_t id, enum subscriber_state to, int64_t now,
    const char *why, struct wrap_err *err)
{
	static const char sql[] =
	    "UPDATE subscriber SET state = :state, changed_at = :now, why = :why,"
	    " confirmed_at = CASE WHEN :state = 'active' THEN coalesce(confirmed_at, :now)"
	    " ELSE confirmed_at END WHERE id = :id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_text(&q, ":state", subscriber_state_name(to));
		stmt_bind_int(&q, ":now", now);
		stmt_bind_text(&q, ":why", why);
		stmt_bind_int(&q, ":id", id);
	}
	return stmt_commit(&q, rc, err);
}

enum wrap_rc
subscriber_choose(struct store *st, const struct subscriber *s, struct wrap_err *err)
{
	static const char sql[] = "UPDATE subscriber SET name = :name, topics = :topics,"
				  " language = :language WHERE id = :id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_text(&q, ":name", s->name);
		stmt_bind_text(&q, ":topics", s->topics);
		stmt_bind_text(&q, ":language", s->language);
		stmt_bind_int(&q, ":id", s->id);
	}
	return stmt_commit(&q, rc, err);
}

enum wrap_rc
subscriber_pause(struct store *st, int64_t id, int64_t until, struct wrap_err *err)
{
	static const char sql[] = "UPDATE subscriber SET paused_until = :until WHERE id = :id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_time(&q, ":until", until);
		stmt_bind_int(&q, ":id", id);
	}
	return stmt_commit(&q, rc, err);
}

enum wrap_rc
subscriber_each(struct store *st, const enum subscriber_state *state,
    enum wrap_rc (*each)(void *ctx, const struct subscriber *s, struct wrap_err *err), void *ctx,
    struct wrap_err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM subscriber"
				  " WHERE :state IS NULL OR state = :state ORDER BY id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK)
		stmt_bind_text(&q, ":state", state == NULL ? NULL : subscriber_state_name(*state));
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		struct subscriber s;

		rc = read_row(&q, &s, err);
		if (rc == WRAP_OK)
			rc = each(ctx, &s, err);
		subscriber_clear(&s);
	}
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
subscriber_counts(struct store *st, int64_t counts[SUBSCRIBER_COMPLAINED + 1], struct wrap_err *err)
{
	static const char sql[] = "SELECT state, count(*) FROM subscriber GROUP BY state";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	for (int i = 0; i <= SUBSCRIBER_COMPLAINED; i++)
		counts[i] = 0;
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		enum subscriber_state s;

		if (subscriber_state_read(stmt_peek(&q, 0), &s))
			counts[s] = stmt_int(&q, 1);
	}
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
subscriber_topic_sets(struct store *st, struct strs *out, struct wrap_err *err)
{
	/* The inner one walks the index; alone, the outer one would sort every reader in memory. */
	static const char sql[] =
	    "SELECT DISTINCT coalesce(topics, '') FROM (SELECT DISTINCT topics FROM subscriber"
	    " WHERE state = 'active') ORDER BY 1";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	*out = (struct strs){ 0 };
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK)
		rc = strs_add(out, span_of(stmt_peek(&q, 0)), err);
	stmt_close(&q);
	if (rc == WRAP_ENOTFOUND)
		return WRAP_OK;
	strs_clear(out);
	return rc;
}
