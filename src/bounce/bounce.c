/*
 * The stage, top to bottom: look into the mailbox (mailbox.c, in a child), turn letters and refusals into
 * evidence and verdicts (scan.c, judge.c, policy.c) in one transaction, then move what was acted on. Killed
 * before the commit, nothing happened and all is read again; killed after it, only the moving is left, and
 * the cursor remembers it.
 */
#include "bounce/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum wrap_rc
count_letters(struct bounce_report *out, const struct letters *l, struct wrap_err *err)
{
	char line[] = "a message of the mailbox could not be read and was set aside";
	enum wrap_rc rc = WRAP_OK;

	out->broken = l->broken;
	if (l->broken > 0)
		rc = strs_add(&out->lines, span_of(line), err);
	return rc;
}

/* The transaction. The cursor moves with it. */
static enum wrap_rc
commit_scan(struct scan *s, const struct letters *letters, struct wrap_err *err)
{
	enum wrap_rc rc = store_begin(s->st, err);

	if (rc != WRAP_OK)
		return rc;
	rc = scan_run(s, letters, err);
	if (rc == WRAP_OK && s->c->mailbox.url != NULL && letters->uidvalidity != 0) {
		if (s->cursor->uidvalidity != letters->uidvalidity)
			s->cursor->uidvalidity = letters->uidvalidity;
		s->cursor->last_uid = letters->last_uid;
		rc = cursor_save(s->st, s->c->mailbox.url, s->cursor, err);
	}
	return store_end(s->st, rc, err);
}

/* What was acted on leaves the folder. A failure here is a line: the next run tries again. */
static enum wrap_rc
mark_done(struct scan *s, const struct imap_place *place, struct wrap_err *err)
{
	struct wrap_err why = { 0 };
	struct mailbox_cursor left = *s->cursor;
	enum wrap_rc rc = mailbox_mark(s->c, place, s->cursor, &why);

	if (wrap_while(&why, rc, "mailbox %s", place->host) != WRAP_OK)
		return strs_add(&s->out->lines, span_of(why.text), err);
	if (s->cursor->n == 0)
		return WRAP_OK;
	left.n = 0;
	return cursor_save(s->st, s->c->mailbox.url, &left, err);
}

enum wrap_rc
bounce_scan(struct store *st, const struct config *c, int64_t now, const struct bounce_options *opt,
    struct bounce_report *out, struct wrap_err *err)
{
	struct letters letters = { 0 };
	struct mailbox_cursor cursor = { 0 };
	struct imap_place place = { 0 };
	struct keyring keys = { 0 };
	struct wrap_err seen = { 0 };
	struct scan s = {
		.st = st, .c = c, .keys = &keys, .now = now, .out = out, .accept = opt->accept
	};
	bool mailbox = c->mailbox.url != NULL && opt->mailbox;
	enum wrap_rc rc = WRAP_OK, looked = WRAP_OK;

	*out = (struct bounce_report){ .configured = c->mailbox.url != NULL };
	s.cursor = &cursor;
	if (mailbox)
		rc = imap_place_read(&c->mailbox, &place, err);
	if (rc == WRAP_OK && mailbox)
		rc = cursor_load(st, c->mailbox.url, &cursor, err);
	if (rc == WRAP_OK && mailbox) {
		looked = mailbox_look(c, &place, &cursor, &letters, &seen);
		/* Its reader died of what it was sent, or its server would not have us: to the caller the same. */
		if (looked == WRAP_EPROTO || looked == WRAP_ELIMIT)
			looked = seen.code = WRAP_EPEER;
		(void)wrap_while(&seen, looked, "mailbox %s", place.host);
		if (letters.uidvalidity != cursor.uidvalidity)
			cursor.n = 0; /* these numbers mean nothing any more */
		rc = count_letters(out, &letters, err);
	}
	/* The keys come after the child is gone: it has none to lose. */
	if (rc == WRAP_OK)
		rc = keyring_load(c->paths.keys, &keys, err);
	if (rc == WRAP_OK)
		rc = commit_scan(&s, &letters, err);
	secret_wipe(&keys, sizeof(keys)); /* the next child must not have them either */
	if (rc == WRAP_EBUSY && out->stopped)
		rc = WRAP_OK; /* rolled back; the report says why */
	else if (rc == WRAP_OK && mailbox && !opt->look_only)
		rc = mark_done(&s, &place, err);
	scan_clear(&s);
	cursor_clear(&cursor);
	letters_clear(&letters);
	if (rc == WRAP_OK && looked != WRAP_OK && err != NULL)
		*err = seen;
	return rc == WRAP_OK ? looked : rc;
}

enum wrap_rc
bounce_run(struct store *st, const struct config *c, int64_t now, bool dry_run,
    struct bounce_report *out, struct wrap_err *err)
{
	struct bounce_options opt = { .mailbox = !dry_run };

	return bounce_scan(st, c, now, &opt, out, err);
}

void
bounce_report_clear(struct bounce_report *r)
{
	strs_clear(&r->lines);
	*r = (struct bounce_report){ 0 };
}

/* ---- undo ----------------------------------------------------------------------------------------------------------- */

struct undo {
	struct store *st;
	int64_t now, scan;
	size_t n;
	char why[64];
};

static enum wrap_rc
undo_one(void *ctx, const struct bounce *b, struct wrap_err *err)
{
	struct undo *u = ctx;
	struct subscriber reader = { 0 };
	enum subscriber_state was, is;
	enum wrap_rc rc;

	if (b->undone_at != 0)
		return WRAP_OK;
	rc = bounce_undone(u->st, b->id, u->now, err);
	if (rc != WRAP_OK || b->act == NULL || !subscriber_state_read(b->act, &is) ||
	    b->was == NULL || !subscriber_state_read(b->was, &was))
		return rc;
	rc = subscriber_by_id(u->st, b->subscriber_id, &reader, err);
	if (rc == WRAP_ENOTFOUND)
		return WRAP_OK;
	/* Whoever moved on since (came back, left) stays where they are. */
	if (rc == WRAP_OK && reader.state == is) {
		rc = subscriber_move(u->st, reader.id, was, u->now, u->why, err);
		u->n += rc == WRAP_OK;
	}
	subscriber_clear(&reader);
	return rc;
}

/* The rows of a scan, kept apart from the query that gave them: undoing writes to the same table. */
struct rows {
	struct bounce *v;
	size_t n;
};

static enum wrap_rc
rows_add(void *ctx, const struct bounce *b, struct wrap_err *err)
{
	struct rows *r = ctx;
	struct bounce *v = realloc(r->v, (r->n + 1) * sizeof(*v));

	if (v == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	r->v = v;
	v[r->n] = (struct bounce){ .id = b->id,
		.subscriber_id = b->subscriber_id,
		.undone_at = b->undone_at,
		.act = str_dup(b->act),
		.was = str_dup(b->was) };
	r->n++;
	return WRAP_OK;
}

enum wrap_rc
bounce_undo(struct store *st, int64_t scan, int64_t now, size_t *readers, struct wrap_err *err)
{
	struct undo u = { .st = st, .now = now, .scan = scan };
	struct rows rows = { 0 };
	enum wrap_rc rc = bounce_each(st, 0, scan, rows_add, &rows, err);

	*readers = 0;
	(void)snprintf(u.why, sizeof(u.why), "undo of scan %lld", (long long)scan);
	if (rc == WRAP_OK && rows.n == 0)
		rc = wrap_fail(err, WRAP_ENOTFOUND, "there is no scan %lld", (long long)scan);
	if (rc == WRAP_OK)
		rc = store_begin(st, err);
	if (rc == WRAP_OK) {
		for (size_t i = 0; i < rows.n && rc == WRAP_OK; i++)
			rc = undo_one(&u, &rows.v[i], err);
		rc = store_end(st, rc, err);
	}
	if (rc == WRAP_OK)
		*readers = u.n;
	for (size_t i = 0; i < rows.n; i++)
		bounce_clear(&rows.v[i]);
	free(rows.v);
	return rc;
}
