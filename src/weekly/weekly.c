/*
 * The week, top to bottom: bounces, collect, draft, gate, seal, send, report. Start reading here.
 *
 * weekly_run is what cron calls, at any time and as often as it likes: it first finishes what an earlier
 * run left open, then does what is due, and every step can be repeated. Each stage is one call; what a
 * stage makes lies in the store, and this file hands it to the next.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDOUBT_S 900 /* an in-doubt delivery rests this long before it is repeated */
#define WAITS_FOR_APPROVAL "it waits for approval: wrap approve"
#define PAUSE_S 60 /* before a relay that was unavailable is tried again */

static void
stage(const struct weekly *w, const char *name)
{
	if (w->watch != NULL && w->watch->stage != NULL)
		w->watch->stage(w->watch->ctx, name);
}

static bool
stopped(const struct weekly *w)
{
	return w->stop != NULL && *w->stop != 0;
}

/* A mailbox that does not answer must not stop the edition: its news waits there. */
static enum wrap_rc
read_bounces(struct weekly *w, struct weekly_report *out, struct wrap_err *err)
{
	struct wrap_err why = { 0 };
	enum wrap_rc rc;

	stage(w, "bounces");
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
	stage(w, "collect");
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

	stage(w, "draft");
	rc = digest_draft(w->st, w->c, key, clock_now(w->clock), e, &out->digest, err);
	if (rc == WRAP_EEXISTS)
		rc = WRAP_OK;
	return rc == WRAP_OK ? describe(out, e, err) : rc;
}

static void
end(struct weekly_report *out, enum weekly_end how, const char *why)
{
	out->end = how;
	(void)snprintf(out->why, sizeof(out->why), "%s", why == NULL ? "" : why);
}

/* ---- sending ------------------------------------------------------------------------------------------------ */

/* When the next open row falls due; false when none is open. */
static enum wrap_rc
next_due(struct weekly *w, const struct edition *e, int64_t *at, bool *open, struct wrap_err *err)
{
	enum wrap_rc rc = delivery_next_due(w->st, e->id, at, err);

	*open = rc == WRAP_OK;
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

/* Sleep until the wall clock says so, or a signal asks us to stop. */
static void
sleep_until(const struct weekly *w, int64_t at)
{
	while (!stopped(w) && clock_now(w->clock) < at) {
		struct timespec nap = { .tv_nsec = 200000000 };

		(void)nanosleep(&nap, NULL);
	}
}

/* One pass over what is due: what a dead run left is in doubt, what rested is repeated, then mail goes out. */
static enum wrap_rc
deliver_once(
    struct weekly *w, const struct edition *e, struct weekly_report *out, struct wrap_err *err)
{
	int64_t now = clock_now(w->clock), n;
	enum wrap_rc rc;

	rc = delivery_resolve(w->st, e->id, now - INDOUBT_S,
	    w->c->send.indoubt == CONFIG_INDOUBT_RESEND, now, &n, err);
	out->resent += n;
	return rc == WRAP_OK ? weekly_deliver(w, e, out, err) : rc;
}

/* Passes until nothing is open, or nothing falls due within our patience. */
static enum wrap_rc
deliver_patiently(
    struct weekly *w, const struct edition *e, struct weekly_report *out, struct wrap_err *err)
{
	int64_t patience_ends = clock_now(w->clock) + w->c->send.patience * 60, due = 0;
	enum wrap_rc rc;
	bool open;

	for (;;) {
		rc = deliver_once(w, e, out, err);
		if (rc == WRAP_OK)
			rc = next_due(w, e, &due, &open, err);
		/* A fixed clock never comes to a later time. */
		if (rc != WRAP_OK || !open || stopped(w) || w->clock->fixed || w->dry_run)
			return rc;
		if (out->send.stopped && due < clock_now(w->clock) + PAUSE_S)
			due = clock_now(w->clock) + PAUSE_S;
		if (due > patience_ends)
			return rc;
		sleep_until(w, due);
		if (stopped(w))
			return rc;
	}
}

static void
say_open(struct weekly_report *out)
{
	int64_t open = out->counts[DELIVERY_QUEUED] + out->counts[DELIVERY_SENDING] +
		       out->counts[DELIVERY_INDOUBT];

	if (out->send.stopped)
		(void)snprintf(out->why, sizeof(out->why), "%.480s", out->send.reason);
	else
		(void)snprintf(out->why, sizeof(out->why), "%lld deliveries wait for a later run",
		    (long long)open);
	out->end = out->send.stopped ? WEEKLY_UNAVAILABLE : WEEKLY_OPEN;
}

/* Send a sealed edition as far as it goes, and close it when every row has ended. */
static enum wrap_rc
deliver(struct weekly *w, struct edition *e, struct weekly_report *out, struct wrap_err *err)
{
	enum wrap_rc rc = config_secrets(w->c, err), counted;

	stage(w, "send");
	if (rc == WRAP_OK)
		rc = delivery_recover(w->st, e->id, clock_now(w->clock), &out->recovered, err);
	if (rc == WRAP_OK)
		rc = deliver_patiently(w, e, out, err);
	counted = delivery_counts(w->st, e->id, out->counts, rc == WRAP_OK ? err : NULL);
	if (rc != WRAP_OK || counted != WRAP_OK)
		return rc != WRAP_OK ? rc : counted;
	if (out->counts[DELIVERY_QUEUED] + out->counts[DELIVERY_SENDING] +
		out->counts[DELIVERY_INDOUBT] >
	    0) {
		say_open(out);
		return WRAP_OK;
	}
	if (out->counts[DELIVERY_HELD] > 0) {
		end(out, WEEKLY_HELD, "some deliveries wait for you: wrap report");
		return WRAP_OK;
	}
	e->state = EDITION_SENT;
	e->ended_at = clock_now(w->clock);
	end(out, WEEKLY_SENT, NULL);
	return edition_put(w->st, e, err);
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
		end(out, WEEKLY_NO_READERS,
		    "nobody is subscribed: wrap subscribe ADDR --confirmed --why TEXT");
		return WRAP_OK;
	}
	stage(w, "seal");
	rc = weekly_seal(w, e, &rows, err);
	return rc == WRAP_OK ? deliver(w, e, out, err) : rc;
}

/* ---- the gate ----------------------------------------------------------------------------------------------------- */

static enum wrap_rc
hold(struct weekly *w, struct edition *e, const char *why, struct weekly_report *out,
    struct wrap_err *err)
{
	char *copy = str_dup(why);

	if (copy == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	free(e->hold);
	e->hold = copy;
	e->state = EDITION_HELD;
	end(out, WEEKLY_HELD, why);
	return edition_put(w->st, e, err);
}

/* May the draft go out by itself? A reason when not. */
static const char *
gate(const struct weekly *w, const struct edition *e, const struct weekly_report *out, char *text,
    size_t n)
{
	int64_t late = clock_now(w->clock) - out->due_at;

	for (size_t i = 0; i < out->collect.n; i++) {
		const struct collect_feed *f = &out->collect.v[i];

		if (f->required && f->result == COLLECT_FAILED && e->state == EDITION_DRAFT) {
			(void)snprintf(text, n, "the required feed %s failed: %s", f->name,
			    f->error == NULL ? "no reason given" : f->error);
			return text;
		}
	}
	if (e->state == EDITION_DRAFT && w->c->publication.slot != NULL &&
	    late > w->c->edition.late_hours * 3600) {
		(void)snprintf(text, n, "it is %lld hours past its slot", (long long)(late / 3600));
		return text;
	}
	if (w->c->edition.review == CONFIG_REVIEW_REQUIRED && e->state != EDITION_APPROVED)
		return WAITS_FOR_APPROVAL;
	return NULL;
}

/* From a draft, or further on, to the readers. */
static enum wrap_rc
pass_gate(struct weekly *w, struct edition *e, struct weekly_report *out, struct wrap_err *err)
{
	char text[400];
	const char *why;

	switch (e->state) {
	case EDITION_SENT: end(out, WEEKLY_ALREADY, NULL); return WRAP_OK;
	case EDITION_CANCELLED: end(out, WEEKLY_CANCELLED, NULL); return WRAP_OK;
	case EDITION_HELD: end(out, WEEKLY_HELD, e->hold); return WRAP_OK;
	case EDITION_SENDING: return deliver(w, e, out, err);
	case EDITION_DRAFT:
	case EDITION_APPROVED: break;
	}
	why = gate(w, e, out, text, sizeof(text));
	return why != NULL ? hold(w, e, why, out, err) : seal_and_deliver(w, e, out, err);
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

	(void)err;
	if (e->state == EDITION_SENDING && o->n < 16)
		memcpy(o->keys[o->n++], e->key, EDITION_KEY);
	return WRAP_OK;
}

/* An edition that was being sent comes before anything new. */
static enum wrap_rc
finish_open(
    struct weekly *w, const char *this_week, struct weekly_report *out, struct wrap_err *err)
{
	struct open_editions open = { .n = 0 };
	enum wrap_rc rc = edition_each(w->st, note_open, &open, err);

	for (size_t i = 0; rc == WRAP_OK && i < open.n && !stopped(w); i++) {
		struct edition e;

		if (strcmp(open.keys[i], this_week) == 0)
			continue;
		rc = edition_by_key(w->st, open.keys[i], &e, err);
		if (rc == WRAP_OK)
			rc = describe(out, &e, err);
		if (rc == WRAP_OK)
			rc = deliver(w, &e, out, err);
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
	return e->state == EDITION_DRAFT ||
	       (e->state == EDITION_HELD &&
		   (e->hold == NULL || strcmp(e->hold, WAITS_FOR_APPROVAL) != 0));
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
			end(out, WEEKLY_NOT_DUE, NULL);
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
	rc = config_secrets(w->c, err);
	if (rc == WRAP_OK)
		rc = read_bounces(w, out, err);
	if (rc == WRAP_OK)
		rc = finish_open(w, key, out, err);
	if (rc == WRAP_OK && !stopped(w))
		rc = collect_due(w, out, err);
	if (rc == WRAP_OK && !stopped(w))
		rc = do_this_week(w, key, out, err);
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
	rc = make_draft(w, key == NULL ? week : key, &e, out, err);
	if (rc == WRAP_OK)
		end(out,
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
	/* Being told to send is the slot. */
	out->due_at = clock_now(w->clock);
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
	bounce_report_clear(&r->bounces);
	collect_report_clear(&r->collect);
	*r = (struct weekly_report){ 0 };
}
