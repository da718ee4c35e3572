/*
 * Bounces: what came back, once each, with the evidence and what it did.
 */
#include "internal.h"

#include <string.h>

enum wrap_rc
bounce_add(struct store *st, const struct bounce *b, bool *added, int64_t *id, struct wrap_err *err)
{
	static const char sql[] =
	    "INSERT INTO bounce (scan, mailbox, uidvalidity, uid, fingerprint, at, subscriber, edition,"
	    " class, reason, status, recipient, diagnostic, act, was) VALUES (:scan, :mailbox,"
	    " :uidvalidity, :uid, :fingerprint, :at, :subscriber, :edition, :class, :reason, :status,"
	    " :recipient, :diagnostic, :act, :was) ON CONFLICT DO NOTHING";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	*added = false;
	*id = 0;
	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":scan", b->scan);
		stmt_bind_text(&q, ":mailbox", b->mailbox);
		stmt_bind_int(&q, ":uidvalidity", b->uidvalidity);
		stmt_bind_int(&q, ":uid", b->uid);
		stmt_bind_blob(&q, ":fingerprint", b->fingerprint, sizeof(b->fingerprint));
		stmt_bind_int(&q, ":at", b->at);
		stmt_bind_time(&q, ":subscriber", b->subscriber_id);
		stmt_bind_time(&q, ":edition", b->edition_id);
		stmt_bind_text(&q, ":class", b->class);
		stmt_bind_text(&q, ":reason", b->reason);
		stmt_bind_text(&q, ":status", b->status);
		stmt_bind_text(&q, ":recipient", b->recipient);
		stmt_bind_text(&q, ":diagnostic", b->diagnostic);
		stmt_bind_text(&q, ":act", b->act);
		stmt_bind_text(&q, ":was", b->was);
	}
	rc = stmt_commit(&q, rc, err);
	if (rc == WRAP_OK && sqlite3_changes64(st->db) == 1) {
		*added = true;
		*id = sqlite3_last_insert_rowid(st->db);
	}
	return rc;
}

enum wrap_rc
bounce_known(struct store *st, const char *mailbox, int64_t uidvalidity, int64_t uid, bool *out,
    struct wrap_err *err)
{
	static const char sql[] = "SELECT 1 FROM bounce WHERE mailbox = :mailbox"
				  " AND uidvalidity = :uidvalidity AND uid = :uid";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_text(&q, ":mailbox", mailbox);
		stmt_bind_int(&q, ":uidvalidity", uidvalidity);
		stmt_bind_int(&q, ":uid", uid);
		rc = stmt_row(&q, err);
	}
	stmt_close(&q);
	*out = rc == WRAP_OK;
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
bounce_acted(struct store *st, int64_t id, const char *act, const char *was, struct wrap_err *err)
{
	static const char sql[] = "UPDATE bounce SET act = :act, was = :was WHERE id = :id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_text(&q, ":act", act);
		stmt_bind_text(&q, ":was", was);
		stmt_bind_int(&q, ":id", id);
	}
	return stmt_commit(&q, rc, err);
}

enum wrap_rc
bounce_undone(struct store *st, int64_t id, int64_t now, struct wrap_err *err)
{
	static const char sql[] = "UPDATE bounce SET undone_at = :now WHERE id = :id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_begin(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_int(&q, ":now", now);
		stmt_bind_int(&q, ":id", id);
	}
	return stmt_commit(&q, rc, err);
}

static void
read_row(const struct stmt *q, struct bounce *b)
{
	struct span print = stmt_blob(q, 5);

	*b = (struct bounce){ .id = stmt_int(q, 0),
		.scan = stmt_int(q, 1),
		.mailbox = stmt_text(q, 2),
		.uidvalidity = stmt_int(q, 3),
		.uid = stmt_int(q, 4),
		.at = stmt_int(q, 6),
		.subscriber_id = stmt_int(q, 7),
		.edition_id = stmt_int(q, 8),
		.class = stmt_text(q, 9),
		.reason = stmt_text(q, 10),
		.status = stmt_text(q, 11),
		.recipient = stmt_text(q, 12),
		.diagnostic = stmt_text(q, 13),
		.act = stmt_text(q, 14),
		.was = stmt_text(q, 15),
		.undone_at = stmt_int(q, 16) };
	if (print.n == sizeof(b->fingerprint))
		memcpy(b->fingerprint, print.p, print.n);
}

enum wrap_rc
bounce_each(struct store *st, int64_t subscriber_id, int64_t scan,
    enum wrap_rc (*each)(void *ctx, const struct bounce *b, struct wrap_err *err), void *ctx,
    struct wrap_err *err)
{
	static const char sql[] =
	    "SELECT id, scan, mailbox, uidvalidity, uid, fingerprint, at, subscriber, edition, class,"
	    " reason, status, recipient, diagnostic, act, was, undone_at FROM bounce"
	    " WHERE (:subscriber IS NULL OR subscriber = :subscriber)"
	    " AND (:scan IS NULL OR scan = :scan) ORDER BY at, id";
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, sql, err);

	if (rc == WRAP_OK) {
		stmt_bind_time(&q, ":subscriber", subscriber_id);
		stmt_bind_time(&q, ":scan", scan);
	}
	while (rc == WRAP_OK && (rc = stmt_row(&q, err)) == WRAP_OK) {
		struct bounce b;

		read_row(&q, &b);
		rc = each(ctx, &b, err);
		bounce_clear(&b);
	}
	stmt_close(&q);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
bounce_last_scan(struct store *st, int64_t *scan, struct wrap_err *err)
{
	struct stmt q = STMT_INIT;
	enum wrap_rc rc = stmt_open(&q, st, "SELECT coalesce(max(scan), 0) FROM bounce", err);

	*scan = 0;
	if (rc == WRAP_OK)
		rc = stmt_row(&q, err);
	if (rc == WRAP_OK)
		*scan = stmt_int(&q, 0);
	stmt_close(&q);
	return rc;
}
