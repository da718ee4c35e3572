/*
 * Feeds: what polling must remember between runs. Folders have rows too, for the identity of their
 * articles.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                            \
	"id, name, url, etag, last_modified, next_check_at, last_good_at, last_tried_at, " \
	"failures,"                                                                        \
	" error, hold, fetch_url, moved_to, moved_at, body_hash"

static enum wrap_rc
read_row(const struct stmt *q, struct feed *out, struct wrap_err *err)
{
	*out = (struct feed){ .id = stmt_int(q, 0),
		.name = stmt_text(q, 1),
		.url = stmt_text(q, 2),
		.etag = stmt_text(q, 3),
		.last_modified = stmt_text(q, 4),
		.next_check_at = stmt_int(q, 5),
		.last_good_at = stmt_int(q, 6),
		.last_tried_at = stmt_int(q, 7),
		.failures = (int)stmt_int(q, 8),
		.error = stmt_text(q, 9),
		.hold = stmt_text(q, 10),
		.fetch_url = stmt_text(q, 11),
		.moved_to = stmt_text(q, 12),
		.moved_at = stmt_int(q, 13),
		.body_hash = stmt_text(q, 14) };
	if (out->name == NULL || out->url == NULL) {
		feed_clear(out);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	return WRAP_OK;
}

static enum wrap_rc
feed_by_name(struct store *st, const char *name, struct feed *out, struct wrap_err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM feed WHERE name = :name";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_text(&q, ":name", name);
		rc = stmt_row(&q, err);
	}
	if (rc == WRAP_OK)
		rc = read_row(&q, out, err);
	stmt_close(&q);
	return rc;
}

/* A feed that lives elsewhere now starts afresh: its validators speak of another document. */
static enum wrap_rc
name_row(struct store *st, const char *name, const char *url, struct wrap_err *err)
{
	static const char sql[] =
	    "INSERT INTO feed (name, url) VALUES (:name, :url)"
	    " ON CONFLICT (name) DO UPDATE SET url = excluded.url, etag = "
	    "NULL, last_modified = NULL,"
	    " next_check_at = NULL, failures = 0, error = NULL, hold = NULL, fetch_url = NULL,"
	    " moved_to = NULL, moved_at = NULL, body_hash = NULL"
	    " WHERE url <> excluded.url";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_text(&q, ":name", name);
		stmt_bind_text(&q, ":url", url);
		rc = stmt_run(&q, err);
	}
	stmt_close(&q);
	return rc;
}

enum wrap_rc
feed_take(
    struct store *st, const char *name, const char *url, struct feed *out, struct wrap_err *err)
{
	enum wrap_rc rc;

	*out = (struct feed){ 0 };
	rc = feed_by_name(st, name, out, err);
	if (rc == WRAP_OK && strcmp(out->url, url) == 0)
		return WRAP_OK;
	if (rc != WRAP_OK && rc != WRAP_ENOTFOUND)
		return rc;
	feed_clear(out);
	rc = store_begin(st, err);
	if (rc != WRAP_OK)
		return rc;
	rc = name_row(st, name, url, err);
	if (rc == WRAP_OK)
		rc = feed_by_name(st, name, out, err);
	rc = store_end(st, rc, err);
	if (rc != WRAP_OK)
		feed_clear(out);
	return rc;
}

enum wrap_rc
feed_put(struct store *st, const struct feed *f, struct wrap_err *err)
{
	static const char sql[] =
	    "UPDATE feed SET etag = :etag, last_modified = :modified, next_check_at = :next,"
	    " last_good_at = :good, last_tried_at = :tried, failures = :failures, error = :error,"
	    " hold = :hold, fetch_url = :fetch_url, moved_to = :moved_to, moved_at = :moved_at,"
	    " body_hash = :body_hash WHERE id = :id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_text(&q, ":etag", f->etag);
		stmt_bind_text(&q, ":modified", f->last_modified);
		stmt_bind_time(&q, ":next", f->next_check_at);
		stmt_bind_time(&q, ":good", f->last_good_at);
		stmt_bind_time(&q, ":tried", f->last_tried_at);
		stmt_bind_int(&q, ":failures", f->failures);
		stmt_bind_text(&q, ":error", f->error);
		stmt_bind_text(&q, ":hold", f->hold);
		stmt_bind_text(&q, ":fetch_url", f->fetch_url);
		stmt_bind_text(&q, ":moved_to", f->moved_to);
		stmt_bind_time(&q, ":moved_at", f->moved_at);
		stmt_bind_text(&q, ":body_hash", f->body_hash);
		stmt_bind_int(&q, ":id", f->id);
	}
	return stmt_commit(&q, rc, err);
}

enum wrap_rc
feed_each(struct store *st,
    enum wrap_rc (*each)(void *ctx, const struct feed *f, struct wrap_err *err), void *ctx,
    struct wrap_err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM feed ORDER BY name";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		struct feed f;

		rc = read_row(&q, &f, err);
		if (rc == WRAP_OK)
			rc = each(ctx, &f, err);
		feed_clear(&f);
	}
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}
