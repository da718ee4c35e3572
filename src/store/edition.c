/*
 * Editions, their stories, and the compiled messages of those that are sealed.
 */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                                     \
	"id, key, state, window_from, window_to, subject, markdown, approved_hash, generated_hash," \
	" hold, created_at, sealed_at, ended_at"

static enum wrap_rc
read_row(const struct stmt *q, struct edition *out, struct wrap_err *err)
{
	*out = (struct edition){ .id = stmt_int(q, 0),
		.window_from = stmt_int(q, 3),
		.window_to = stmt_int(q, 4),
		.subject = stmt_text(q, 5),
		.markdown = stmt_text(q, 6),
		.approved_hash = stmt_text(q, 7),
		.generated_hash = stmt_text(q, 8),
		.hold = stmt_text(q, 9),
		.created_at = stmt_int(q, 10),
		.sealed_at = stmt_int(q, 11),
		.ended_at = stmt_int(q, 12) };
	(void)snprintf(out->key, sizeof(out->key), "%s", stmt_peek(q, 1));
	if (out->subject == NULL || out->markdown == NULL) {
		edition_clear(out);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	if (!edition_state_read(stmt_peek(q, 2), &out->state)) {
		edition_clear(out);
		return wrap_fail(err, WRAP_EPROTO, "database: an edition has no state we know");
	}
	return WRAP_OK;
}

/* The row that q, opened with rc and bound, finds. Closes q. */
static enum wrap_rc
one(struct stmt *q, enum wrap_rc rc, struct edition *out, struct wrap_err *err)
{
	*out = (struct edition){ 0 };
	if (rc == WRAP_OK)
		rc = stmt_row(q, err);
	if (rc == WRAP_OK)
		rc = read_row(q, out, err);
	stmt_close(q);
	return rc;
}

enum wrap_rc
edition_by_key(struct store *st, const char *key, struct edition *out, struct wrap_err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM edition WHERE key = :key";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK)
		stmt_bind_text(&q, ":key", key);
	return one(&q, rc, out, err);
}

enum wrap_rc
edition_by_id(struct store *st, int64_t id, struct edition *out, struct wrap_err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM edition WHERE id = :id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK)
		stmt_bind_int(&q, ":id", id);
	return one(&q, rc, out, err);
}

enum wrap_rc
edition_state(struct store *st, int64_t id, enum edition_state *out, struct wrap_err *err)
{
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, "SELECT state FROM edition WHERE id = :id", err);

	*out = EDITION_DRAFT;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":id", id);
		rc = stmt_row(&q, err);
	}
	if (rc == WRAP_OK && !edition_state_read(stmt_peek(&q, 0), out))
		rc = wrap_fail(err, WRAP_EPROTO, "database: an edition has no state we know");
	stmt_close(&q);
	return rc;
}

enum wrap_rc
edition_last_sealed(struct store *st, struct edition *out, struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT " COLUMNS " FROM edition WHERE sealed_at IS NOT NULL AND state <> 'cancelled'"
	    " ORDER BY window_to DESC, id DESC LIMIT 1";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	return one(&q, rc, out, err);
}

enum wrap_rc
edition_latest(struct store *st, struct edition *out, struct wrap_err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM edition ORDER BY id DESC LIMIT 1";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	return one(&q, rc, out, err);
}

static void
bind_edition(struct stmt *q, const struct edition *e)
{
	stmt_bind_text(q, ":state", edition_state_name(e->state));
	stmt_bind_int(q, ":from", e->window_from);
	stmt_bind_int(q, ":to", e->window_to);
	stmt_bind_text(q, ":subject", e->subject);
	stmt_bind_text(q, ":markdown", e->markdown);
	stmt_bind_text(q, ":approved", e->approved_hash);
	stmt_bind_text(q, ":generated", e->generated_hash);
	stmt_bind_text(q, ":hold", e->hold);
	stmt_bind_time(q, ":sealed", e->sealed_at);
	stmt_bind_time(q, ":ended", e->ended_at);
}

enum wrap_rc
edition_add(struct store *st, const struct edition *e, int64_t *id, struct wrap_err *err)
{
	static const char sql[] =
	    "INSERT INTO edition (key, state, window_from, window_to, subject, markdown,"
	    " approved_hash, generated_hash, hold, created_at, sealed_at, ended_at) VALUES (:key,"
	    " :state, :from, :to, :subject, :markdown, :approved, :generated, :hold, :created,"
	    " :sealed, :ended)";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	*id = 0;
	if (rc == WRAP_OK) {
		bind_edition(&q, e);
		stmt_bind_text(&q, ":key", e->key);
		stmt_bind_int(&q, ":created", e->created_at);
	}
	rc = stmt_commit(&q, rc, err);
	if (rc == WRAP_OK)
		*id = sqlite3_last_insert_rowid(st->db);
	return rc;
}

enum wrap_rc
edition_put(struct store *st, const struct edition *e, struct wrap_err *err)
{
	static const char sql[] =
	    "UPDATE edition SET state = :state, window_from = :from, window_to = :to,"
	    " subject = :subject, markdown = :markdown, approved_hash = :approved,"
	    " generated_hash = :generated, hold = :hold, sealed_at = :sealed, ended_at = :ended"
	    " WHERE id = :id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		bind_edition(&q, e);
		stmt_bind_int(&q, ":id", e->id);
	}
	return stmt_commit(&q, rc, err);
}

enum wrap_rc
edition_each(struct store *st,
    enum wrap_rc (*each)(void *ctx, const struct edition *e, struct wrap_err *err), void *ctx,
    struct wrap_err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM edition ORDER BY id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		struct edition e;

		rc = read_row(&q, &e, err);
		if (rc == WRAP_OK)
			rc = each(ctx, &e, err);
		edition_clear(&e);
	}
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

/* ---- stories ------------------------------------------------------------------------------------- */

static enum wrap_rc
story_add(struct store *st, int64_t edition_id, const struct story *s, struct wrap_err *err)
{
	static const char sql[] = "INSERT INTO story (edition, article, topic, position, why)"
				  " VALUES (:edition, :article, :topic, :position, :why)";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":edition", edition_id);
		stmt_bind_int(&q, ":article", s->article_id);
		stmt_bind_text(&q, ":topic", s->topic);
		stmt_bind_int(&q, ":position", s->position);
		stmt_bind_text(&q, ":why", s->why == NULL ? "" : s->why);
	}
	return stmt_commit(&q, rc, err);
}

enum wrap_rc
story_replace(
    struct store *st, int64_t edition_id, const struct story *v, size_t n, struct wrap_err *err)
{
	static const char sql[] = "DELETE FROM story WHERE edition = :edition";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = store_begin(st, err);

	if (rc != WRAP_OK)
		return rc;
	rc = stmt_begin(&q, st, sql, err);
	if (rc == WRAP_OK)
		stmt_bind_int(&q, ":edition", edition_id);
	rc = stmt_commit(&q, rc, err);
	for (size_t i = 0; rc == WRAP_OK && i < n; i++)
		rc = story_add(st, edition_id, &v[i], err);
	return store_end(st, rc, err);
}

enum wrap_rc
story_judged(struct store *st, int64_t since,
    enum wrap_rc (*each)(void *ctx, int64_t article_id, const char *why, struct wrap_err *err),
    void *ctx, struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT s.article, s.why FROM edition e JOIN story s ON s.edition = e.id"
	    " WHERE e.sealed_at IS NOT NULL AND e.state <> 'cancelled' AND e.window_to >= :since AND s.position = 0"
	    " ORDER BY e.id, s.article";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK)
		stmt_bind_int(&q, ":since", since);
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK)
		rc = each(ctx, stmt_int(&q, 0), stmt_peek(&q, 1), err);
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

/* ---- compiled messages ----------------------------------------------------------------------------- */

enum wrap_rc
message_put(struct store *st, int64_t edition_id, const char *topics, struct span blob, int64_t *id,
    struct wrap_err *err)
{
	static const char sql[] = "INSERT INTO message (edition, topics, body)"
				  " VALUES (:edition, :topics, :body)";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	*id = 0;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":edition", edition_id);
		stmt_bind_text(&q, ":topics", topics);
		stmt_bind_blob(&q, ":body", blob.p, blob.n);
	}
	rc = stmt_commit(&q, rc, err);
	if (rc == WRAP_OK)
		*id = sqlite3_last_insert_rowid(st->db);
	return rc;
}

enum wrap_rc
message_get(struct store *st, int64_t id, struct buf *blob, struct wrap_err *err)
{
	static const char sql[] = "SELECT body FROM message WHERE id = :id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	buf_init(blob, 0);
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":id", id);
		rc = stmt_row(&q, err);
	}
	if (rc == WRAP_OK) {
		buf_addspan(blob, stmt_blob(&q, 0));
		rc = buf_rc(blob, err);
	}
	stmt_close(&q);
	return rc;
}
