/*
 * The editor's word: a saved document taken into the store, approval of exactly one document, hold, cancel, resume.
 * Which stories an edition tells is read from its document: a story that was put in is spent with it, and one that
 * was taken out does not come back by itself.
 */
#include "digest/edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which stories the document tells ---- */

struct telling {
	const struct config *c;
	const struct edit_doc *now, *before;
	struct edit_report *out;
	bool *taken; /* of now: told by an article of ours */
	struct story *v;
	size_t n, size;
};

/* The story of a document that tells this article: by its link, else by its title. */
static size_t
edit_find(const struct edit_doc *d, const char *key, const char *title)
{
	for (size_t i = 0; key != NULL && i < d->n; i++)
		if (d->v[i].key != NULL && strcmp(d->v[i].key, key) == 0)
			return i;
	for (size_t i = 0; i < d->n; i++)
		if ((d->v[i].key == NULL || key == NULL) && strcmp(d->v[i].title, title) == 0)
			return i;
	return d->n;
}

static void
count_changes(struct telling *t, const struct edit_story *s, const char *key, const char *title)
{
	size_t i = edit_find(t->before, key, title);
	const struct edit_story *b;

	if (i == t->before->n)
		return;
	b = &t->before->v[i];
	t->out->retitled += strcmp(b->title, s->title) != 0;
	t->out->rewritten += memcmp(b->hash, s->hash, sizeof(s->hash)) != 0;
	t->out->moved +=
	    b->topic != NULL && s->topic != NULL && !span_ieqs(span_of(b->topic), s->topic);
}

/* The article's row as the document now has it. Owned by out. */
static bool
row_now(
    struct telling *t, const struct story *s, const char *key, const char *title, struct story *out)
{
	size_t i = edit_find(t->now, key, title);

	*out = (struct story){
		.edition_id = s->edition_id, .article_id = s->article_id, .topic = str_dup(s->topic)
	};
	if (i < t->now->n && !t->taken[i]) {
		const struct edit_story *d = &t->now->v[i];

		t->taken[i] = true;
		out->position = (int)i + 1;
		if (d->topic != NULL) {
			free(out->topic);
			out->topic = str_dup(d->topic);
		}
		if (s->position > 0) {
			count_changes(t, d, key, title);
			out->why = str_dup(s->why);
		} else {
			t->out->restored++;
			out->why =
			    text_format("%s: put in by the editor", reason_word(REASON_PINNED));
		}
	} else if (s->position > 0) {
		t->out->removed++;
		out->why = text_format("%s: taken out by the editor", reason_word(REASON_EDITOR));
	} else {
		out->why = str_dup(s->why);
	}
	return out->why != NULL;
}

static enum wrap_rc
row_read(void *ctx, const struct story *s, const struct article *a, struct wrap_err *err)
{
	struct telling *t = ctx;
	struct buf key = BUF_INIT(8192);

	if (t->n == t->size) {
		size_t size = t->size ? t->size * 2 : 64;
		struct story *v = realloc(t->v, size * sizeof(*v));

		if (v == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "no memory for stories");
		t->v = v;
		t->size = size;
	}
	if (a->url != NULL)
		digest_url_key(a->url, &key);
	if (!row_now(t, s, key.n > 0 ? buf_str(&key) : NULL, a->title, &t->v[t->n++])) {
		buf_clear(&key);
		return wrap_fail(err, WRAP_ENOMEM, "no memory for stories");
	}
	buf_clear(&key);
	return WRAP_OK;
}

/* Bring the edition's rows in line with its document. story_each gives those that are in first. */
static enum wrap_rc
rows_follow(struct store *st, int64_t edition_id, struct telling *t, struct wrap_err *err)
{
	enum wrap_rc rc;

	t->taken = calloc(t->now->n + 1, sizeof(*t->taken));
	if (t->taken == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "no memory for stories");
	rc = story_each(st, edition_id, row_read, t, err);
	for (size_t i = 0; rc == WRAP_OK && i < t->now->n; i++)
		t->out->added += !t->taken[i];
	if (rc == WRAP_OK)
		rc = story_replace(st, edition_id, t->v, t->n, err);
	for (size_t i = 0; i < t->n; i++)
		story_clear(&t->v[i]);
	free(t->v);
	free(t->taken);
	return rc;
}

/* ---- decisions ---- */

static bool
is_open(const struct edition *e)
{
	return e->sealed_at == 0 && (e->state == EDITION_DRAFT || e->state == EDITION_HELD ||
					e->state == EDITION_APPROVED);
}

static enum wrap_rc
refuse(const struct edition *e, const char *what, struct wrap_err *err)
{
	return wrap_fail(err, WRAP_EEXISTS, "edition %s is %s and cannot be %s any more", e->key,
	    edition_state_name(e->state), what);
}

static bool
set(char **s, char *with)
{
	free(*s);
	*s = with;
	return with != NULL;
}

bool
digest_is_approved(const struct edition *e)
{
	char hash[DIGEST_HASH];

	digest_hash(text_span(e->markdown), hash);
	return e->state == EDITION_APPROVED && e->approved_hash != NULL &&
	       strcmp(hash, e->approved_hash) == 0;
}

static enum wrap_rc
edited_put(struct store *st, const struct config *c, struct edition *e, struct span markdown,
    const struct edit_doc *now, const struct edit_doc *before, struct edit_report *out,
    struct wrap_err *err)
{
	struct telling t = { .c = c, .now = now, .before = before, .out = out };

	out->withdrawn = e->state == EDITION_APPROVED;
	if (!set(&e->markdown, str_dup_span(markdown)) || !set(&e->subject, str_dup(now->title)))
		return wrap_fail(err, WRAP_ENOMEM, "no memory for the edition");
	(void)set(&e->approved_hash, NULL);
	if (e->state == EDITION_APPROVED)
		e->state = EDITION_DRAFT;
	if (edition_put(st, e, err) != WRAP_OK)
		return err->code;
	return rows_follow(st, e->id, &t, err);
}

enum wrap_rc
digest_edit(struct store *st, const struct config *c, const char *key, int64_t now,
    const char *from, struct span markdown, struct edit_report *out, struct wrap_err *err)
{
	struct edition e = { 0 };
	struct edit_doc after = { 0 }, before = { 0 };
	enum wrap_rc rc = store_begin(st, err);

	*out = (struct edit_report){ 0 };
	if (rc != WRAP_OK)
		return rc;
	rc = edition_by_key(st, key, &e, err);
	if (rc == WRAP_OK && !is_open(&e))
		rc = refuse(&e, "edited", err);
	if (rc == WRAP_OK && from != NULL && strcmp(e.markdown, from) != 0)
		rc = wrap_fail(err, WRAP_EBUSY, "edition %s was made anew in the meantime", key);
	if (rc == WRAP_OK)
		rc = edit_read(c, now, markdown, &after, out, err);
	out->stories = after.n;
	if (rc == WRAP_OK && out->n > 0)
		rc = wrap_fail(err, WRAP_EINVAL, "line %zu: %s", out->v[0].line, out->v[0].text);
	if (rc == WRAP_OK)
		rc = edit_read(c, now, text_span(e.markdown), &before, NULL, err);
	if (rc == WRAP_OK)
		rc = edited_put(st, c, &e, markdown, &after, &before, out, err);
	edit_doc_clear(&after);
	edit_doc_clear(&before);
	edition_clear(&e);
	return wrap_while(err, store_end(st, rc, err), "edit %s", key);
}

/* Sealed, and not at its end. */
static bool
is_going_out(const struct edition *e)
{
	return e->sealed_at != 0 && (e->state == EDITION_SENDING || e->state == EDITION_HELD);
}

/* What each decision asks of an edition and makes of it. */
static enum wrap_rc
decide(struct edition *e, enum digest_decision what, const char *why, struct wrap_err *err)
{
	char hash[DIGEST_HASH];
	bool ok = true;

	switch (what) {
	case DIGEST_APPROVE:
		if (!is_open(e))
			return refuse(e, "approved", err);
		digest_hash(text_span(e->markdown), hash);
		ok = set(&e->approved_hash, str_dup(hash));
		(void)set(&e->hold, NULL);
		e->state = EDITION_APPROVED;
		break;
	case DIGEST_HOLD:
		if (!is_open(e) && e->state != EDITION_SENDING)
			return refuse(e, "held", err);
		ok = set(&e->hold, text_format("%s%s%s", DIGEST_HELD_BY_EDITOR,
				       why == NULL ? "" : ": ", why == NULL ? "" : why));
		e->state = EDITION_HELD;
		break;
	case DIGEST_CANCEL:
		if (!is_open(e) && !is_going_out(e))
			return refuse(e, "cancelled", err);
		ok = set(&e->hold, text_format("cancelled by the editor%s%s",
				       why == NULL ? "" : ": ", why == NULL ? "" : why));
		e->state = EDITION_CANCELLED;
		break;
	case DIGEST_RESUME:
		if (e->state != EDITION_HELD && e->state != EDITION_CANCELLED)
			return wrap_fail(err, WRAP_EEXISTS,
			    "edition %s is %s: there is nothing to resume", e->key,
			    edition_state_name(e->state));
		if (e->sealed_at != 0 && e->state == EDITION_CANCELLED)
			return refuse(e, "taken up again: it was on its way to readers", err);
		(void)set(&e->hold, NULL);
		if (e->sealed_at != 0) {
			e->state = EDITION_SENDING;
			break;
		}
		e->state = EDITION_APPROVED; /* if exactly this was approved before */
		if (!digest_is_approved(e)) {
			e->state = EDITION_DRAFT;
			(void)set(&e->approved_hash, NULL);
		}
		break;
	}
	return ok ? WRAP_OK : wrap_fail(err, WRAP_ENOMEM, "no memory for the edition");
}

enum wrap_rc
digest_decide(struct store *st, const char *key, enum digest_decision what, const char *why,
    struct edition *out, struct wrap_err *err)
{
	enum wrap_rc rc = store_begin(st, err);

	*out = (struct edition){ 0 };
	if (rc != WRAP_OK)
		return rc;
	rc = edition_by_key(st, key, out, err);
	if (rc == WRAP_ENOTFOUND)
		rc = wrap_fail(err, rc, "there is no edition %s", key);
	if (rc == WRAP_OK)
		rc = decide(out, what, why, err);
	if (rc == WRAP_OK)
		rc = edition_put(st, out, err);
	/* One that was on its way stops where it is: who has no copy yet gets none. */
	if (rc == WRAP_OK && what == DIGEST_CANCEL && out->sealed_at != 0)
		rc = delivery_cancel(st, out->id, out->hold, err);
	/* Whatever holds it next is news to the editor again. */
	if (rc == WRAP_OK && what == DIGEST_RESUME)
		rc = meta_set(st, DIGEST_HOLD_TOLD, "", err);
	rc = store_end(st, rc, err);
	if (rc != WRAP_OK)
		edition_clear(out);
	return rc;
}

enum wrap_rc
digest_discard(struct store *st, const char *key, struct buf *old, struct wrap_err *err)
{
	struct edition e = { 0 };
	char hash[DIGEST_HASH];
	enum wrap_rc rc = store_begin(st, err);

	if (rc != WRAP_OK)
		return rc;
	rc = edition_by_key(st, key, &e, err);
	if (rc == WRAP_OK && !is_open(&e))
		rc = refuse(&e, "made anew", err);
	if (rc == WRAP_OK) {
		buf_adds(old, e.markdown);
		digest_hash(text_span(e.markdown), hash);
		(void)set(&e.approved_hash, NULL);
		e.state = EDITION_DRAFT;
		(void)set(&e.hold, NULL);
		if (!set(&e.generated_hash, str_dup(hash)))
			rc = wrap_fail(err, WRAP_ENOMEM, "no memory for the edition");
		else
			rc = edition_put(st, &e, err);
	}
	edition_clear(&e);
	return store_end(st, rc, err);
}
