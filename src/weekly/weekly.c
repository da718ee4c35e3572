/*
 * The week, top to bottom: bounces, letters, collect, draft, gate, seal, send, report. Start reading here.
 *
 * weekly_run is what cron calls, at any time and as often as it likes: it first finishes what an earlier
 * run left open, then does what is due, and every step can be repeated. Each stage is one call; what a
 * stage makes lies in the store, and this file hands it to the next.
 */
#include "internal.h"

#include "wrap/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITS_FOR_APPROVAL "it waits for approval: wrap approve"

void
weekly_stage(const struct weekly *w, const char *name)
{
	if (w->watch != NULL && w->watch->stage != NULL)
		w->watch->stage(w->watch->ctx, name);
}

bool
weekly_stopped(const struct weekly *w)
{
	return w->stop != NULL && *w->stop != 0;
}

/* A mailbox that does not answer must not stop the edition: its news waits there. */
static enum wrap_rc
read_bounces(struct weekly *w, struct weekly_report *out, struct wrap_err *err)
{
	struct wrap_err why = { 0 };
	enum wrap_rc rc;

	weekly_stage(w, "bounces");
	rc = bounce_run(w->st, w->c, clock_now(w->clock), w->dry_run, &out->bounces, &why);
	if (rc == WRAP_OK)
		return rc;
	if (rc == WRAP_ESYS || rc == WRAP_ENOMEM || rc == WRAP_EDENIED) {
		*err = why;
		return rc;
	}
	out->bounces_failed = true;
	(void)snprintf(out->bounces_error, sizeof(out->bounces_error), "%s", why.text);
	return WRAP_OK;
}

enum wrap_rc
weekly_collect(struct weekly *w, const struct collect_options *opt, struct weekly_report *out,
    struct wrap_err *err)
{
	weekly_stage(w, "collect");
	return collect_run(w->st, w->c, clock_now(w->clock), opt, &out->collect, err);
}

static enum wrap_rc
collect_due(struct weekly *w, struct weekly_report *out, struct wrap_err *err)
{
	struct collect_options opt = { 0 };

	if (w->watch != NULL) {
		opt.progress = w->watch->feed;
		opt.ctx = w->watch->ctx;
	}
	return weekly_collect(w, &opt, out, err);
}

/* What the report says of an edition. */
static enum wrap_rc
describe(struct weekly_report *out, const struct edition *e, struct wrap_err *err)
{
	memcpy(out->key, e->key, sizeof(out->key));
	free(out->title);
	out->title = str_dup(e->subject);
	return out->title == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
}

/* Make or remake the draft; an edition past that is left alone and given as it is. */
static enum wrap_rc
make_draft(struct weekly *w, const char *key, struct edition *e, struct weekly_report *out,
    struct wrap_err *err)
{
	enum wrap_rc rc;

	weekly_stage(w, "draft");
	rc = digest_draft(w->st, w->c, key, clock_now(w->clock), e, &out->digest, err);
	if (rc == WRAP_EEXISTS)
		rc = WRAP_OK;
	return rc == WRAP_OK ? describe(out, e, err) : rc;
}

void
weekly_end_as(struct weekly_report *out, enum weekly_end how, const char *why)
{
	out->end = how;
	(void)snprintf(out->why, sizeof(out->why), "%s", why == NULL ? "" : why);
}

/* ---- sending ------------------------------------------------------------------------------- */

/* A document that cannot go out as it stands is the editor's to mend: held with the line or story to look at. */
static enum wrap_rc
proof(struct weekly *w, struct edition *e, struct weekly_report *out, struct wrap_err *err)
{
	struct buf notes = BUF_INIT(1 << 16);
	enum wrap_rc rc = weekly_proof(w, e, &notes, err);

	free(out->notes);
	out->notes = buf_steal(&notes);
	if (rc == WRAP_ELIMIT || rc == WRAP_EPROTO)
		rc = weekly_hold(w, e, err->text, out, err);
	return rc;
}

static enum wrap_rc
seal_and_deliver(
    struct weekly *w, struct edition *e, struct weekly_report *out, struct wrap_err *err)
{
	int64_t readers[SUBSCRIBER_COMPLAINED + 1], rows;
	enum wrap_rc rc = subscriber_counts(w->st, readers, err);

	if (rc != WRAP_OK)
		return rc;
	if (readers[SUBSCRIBER_ACTIVE] == 0) {
		/* Sealing would spend its stories on nobody. */
		weekly_end_as(out, WEEKLY_NO_READERS,
		    "nobody is subscribed: wrap subscribe ADDR --confirmed --why TEXT");
		return WRAP_OK;
	}
	weekly_spread(w, e->key);
	if (weekly_stopped(w)) {
		weekly_end_as(out, WEEKLY_OPEN, "asked to stop before it began");
		return WRAP_OK;
	}
	weekly_stage(w, "seal");
	rc = proof(w, e, out, err);
	if (rc != WRAP_OK || out->end == WEEKLY_HELD)
		return rc;
	rc = weekly_seal(w, e, &rows, err);
	return rc == WRAP_OK ? weekly_finish(w, e, out, err) : rc;
}

/* ---- the gate ----------------------------------------------------------------------------------------------------- */

/* Was a backup put back after that moment? What went out in between is unknown then. */
static bool
restored_since(const struct weekly *w, int64_t due_at)
{
	char *text = NULL;
	int64_t at = 0;

	if (meta_get(w->st, "restored_at", &text, NULL) == WRAP_OK)
		(void)clock_parse(text, &at, NULL);
	free(text);
	return at != 0 && at >= due_at;
}

/* May the draft go out by itself? A reason when not. */
static const char *
gate(const struct weekly *w, const struct edition *e, const struct weekly_report *out, char *text,
    size_t n)
{
	int64_t late = clock_now(w->clock) - out->due_at;

	if (e->state == EDITION_DRAFT && w->c->publication.slot != NULL &&
	    late > w->c->edition.late_hours * 3600) {
		(void)snprintf(text, n, "it is %lld hours past its slot", (long long)(late / 3600));
		return text;
	}
	if (w->c->edition.review == CONFIG_REVIEW_REQUIRED && !digest_is_approved(e))
		return WAITS_FOR_APPROVAL;
	if (restored_since(w, out->due_at) && !digest_is_approved(e)) {
		(void)snprintf(text, n,
		    "an older backup was restored after its slot: it may have gone out already. If it did not: wrap "
		    "approve %s; if it did: wrap cancel %s",
		    e->key, e->key);
		return text;
	}
	return NULL;
}

/* From a draft, or further on, to the readers. */
static enum wrap_rc
pass_gate(struct weekly *w, struct edition *e, struct weekly_report *out, struct wrap_err *err)
{
	char text[400];
	const char *why;

	switch (e->state) {
	case EDITION_SENT: weekly_end_as(out, WEEKLY_ALREADY, NULL); return WRAP_OK;
	case EDITION_CANCELLED:
		weekly_end_as(out, WEEKLY_CANCELLED, NULL);
		return weekly_settle(w, e, err);
	case EDITION_HELD: weekly_end_as(out, WEEKLY_HELD, e->hold); return WRAP_OK;
	case EDITION_SENDING: return weekly_finish(w, e, out, err);
	case EDITION_DRAFT:
	case EDITION_APPROVED: break;
	}
	why = gate(w, e, out, text, sizeof(text));
	return why != NULL ? weekly_hold(w, e, why, out, err) : seal_and_deliver(w, e, out, err);
}

/* ---- entries ---------------------------------------------------------------------------------------------------------- */

struct open_editions {
	char keys[16][EDITION_KEY];
	size_t n;
};

static enum wrap_rc
note_open(void *ctx, const struct edition *e, struct wrap_err *err)
{
	struct open_editions *o = ctx;

	bool cancelled = e->state == EDITION_CANCELLED && e->sealed_at != 0 && e->ended_at == 0;

	(void)err;
	if ((e->state == EDITION_SENDING || cancelled) && o->n < 16)
		memcpy(o->keys[o->n++], e->key, EDITION_KEY);
	return WRAP_OK;
}

static enum wrap_rc
finish_one(struct weekly *w, struct edition *e, struct weekly_report *out, struct wrap_err *err)
{
	enum wrap_rc rc = describe(out, e, err);

	return rc == WRAP_OK ? weekly_finish(w, e, out, err) : rc;
}

/* An edition that was being sent comes before anything new; one that was cancelled meanwhile is closed. */
static enum wrap_rc
finish_open(
    struct weekly *w, const char *this_week, struct weekly_report *out, struct wrap_err *err)
{
	struct open_editions open = { .n = 0 };
	enum wrap_rc rc = edition_each(w->st, note_open, &open, err);

	for (size_t i = 0; rc == WRAP_OK && i < open.n && !weekly_stopped(w); i++) {
		struct edition e;

		if (strcmp(open.keys[i], this_week) == 0)
			continue;
		rc = edition_by_key(w->st, open.keys[i], &e, err);
		if (rc == WRAP_OK && e.state == EDITION_CANCELLED)
			rc = weekly_settle(w, &e, err);
		else if (rc == WRAP_OK)
			rc = finish_one(w, &e, out, err);
		edition_clear(&e);
	}
	return rc;
}

/*
 * A draft is made anew from what has come in since, and so is one that a gate of ours held: more stories
 * or a feed that works again may let it pass. Under the eyes of an editor who is to approve it, it stays.
 * (One that an editor changed or held stays too: digest sees to that.)
 */
static bool
may_change(const struct edition *e)
{
	return e->sealed_at == 0 &&
	       (e->state == EDITION_DRAFT ||
		   (e->state == EDITION_HELD &&
		       (e->hold == NULL || strcmp(e->hold, WAITS_FOR_APPROVAL) != 0)));
}

/* This week's edition, if it is time for one. */
static enum wrap_rc
do_this_week(struct weekly *w, const char *key, struct weekly_report *out, struct wrap_err *err)
{
	struct edition e = { 0 };
	enum wrap_rc rc = edition_by_key(w->st, key, &e, err);

	memcpy(out->key, key, EDITION_KEY);
	if (rc == WRAP_OK && !may_change(&e)) {
		rc = describe(out, &e, err);
	} else if (rc == WRAP_OK || rc == WRAP_ENOTFOUND) {
		edition_clear(&e);
		if (clock_now(w->clock) < out->due_at) {
			weekly_end_as(out, WEEKLY_NOT_DUE, NULL);
			return WRAP_OK;
		}
		rc = make_draft(w, key, &e, out, err);
	}
	if (rc == WRAP_OK)
		rc = pass_gate(w, &e, out, err);
	edition_clear(&e);
	return rc;
}

enum wrap_rc
weekly_run(struct weekly *w, struct weekly_report *out, struct wrap_err *err)
{
	int64_t began = clock_monotonic_ms();
	char key[EDITION_KEY];
	enum wrap_rc rc;

	*out = (struct weekly_report){ 0 };
	digest_week(w->c, clock_now(w->clock), key, &out->due_at);
	rc = weekly_host_check(w, err);
	if (rc == WRAP_OK)
		rc = config_secrets(w->c, err);
	if (rc == WRAP_OK)
		rc = read_bounces(w, out, err);
	if (rc == WRAP_OK) {
		weekly_stage(w, "letters");
		rc = weekly_letters(w, &out->letters, err);
	}
	if (rc == WRAP_OK)
		rc = people_forget_waiting(
		    w->st, w->c, clock_now(w->clock), &out->waiting_gone, err);
	if (rc == WRAP_OK)
		rc = finish_open(w, key, out, err);
	if (rc == WRAP_OK && !weekly_stopped(w))
		rc = collect_due(w, out, err);
	if (rc == WRAP_OK && !weekly_stopped(w))
		rc = do_this_week(w, key, out, err);
	if (rc == WRAP_OK && !weekly_stopped(w))
		rc = weekly_tell_editor(w, out, err);
	out->took_ms = clock_monotonic_ms() - began;
	return rc;
}

enum wrap_rc
weekly_draft(struct weekly *w, const char *key, struct weekly_report *out, struct wrap_err *err)
{
	struct edition e = { 0 };
	char week[EDITION_KEY];
	enum wrap_rc rc;

	*out = (struct weekly_report){ 0 };
	digest_week(w->c, clock_now(w->clock), week, &out->due_at);
	rc = key == NULL || strcmp(key, week) == 0 ? WRAP_OK : edition_by_key(w->st, key, &e, err);
	edition_clear(&e);
	if (rc == WRAP_ENOTFOUND)
		return wrap_fail(
		    err, rc, "there is no edition %.40s; this week's is %s", key, week);
	if (rc == WRAP_OK)
		rc = make_draft(w, key == NULL ? week : key, &e, out, err);
	if (rc == WRAP_OK)
		weekly_end_as(out,
		    e.state == EDITION_HELD    ? WEEKLY_HELD
		    : e.state == EDITION_DRAFT ? WEEKLY_DRAFTED
					       : WEEKLY_ALREADY,
		    e.hold);
	edition_clear(&e);
	return rc;
}

enum wrap_rc
weekly_send(struct weekly *w, const char *key, struct weekly_report *out, struct wrap_err *err)
{
	struct edition e = { 0 };
	char week[EDITION_KEY];
	enum wrap_rc rc;

	*out = (struct weekly_report){ 0 };
	digest_week(w->c, clock_now(w->clock), week, &out->due_at);
	rc = edition_by_key(w->st, key == NULL ? week : key, &e, err);
	if (rc == WRAP_ENOTFOUND)
		return wrap_fail(err, rc, "there is no edition %s; wrap draft makes this week's",
		    key == NULL ? week : key);
	/* Being told to send is the slot, whatever the hour. */
	w->told = true;
	out->due_at = clock_now(w->clock);
	if (rc == WRAP_OK)
		rc = weekly_host_check(w, err);
	if (rc == WRAP_OK)
		rc = config_secrets(w->c, err);
	if (rc == WRAP_OK)
		rc = describe(out, &e, err);
	if (rc == WRAP_OK)
		rc = pass_gate(w, &e, out, err);
	edition_clear(&e);
	return rc;
}

void
weekly_report_clear(struct weekly_report *r)
{
	free(r->title);
	free(r->notes);
	bounce_report_clear(&r->bounces);
	collect_report_clear(&r->collect);
	*r = (struct weekly_report){ 0 };
}
