/*
 * A sealed edition on its way to the readers: passes over what is due, until nothing is open or nothing
 * falls due within our patience, and what became of it then.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE_S 60    /* before a relay that was unavailable is tried again */
#define INDOUBT_S 900 /* an in-doubt delivery rests this long before it is repeated */

/* When the next open row falls due; false when none is open. */
static enum wrap_rc
next_due(struct weekly *w, const struct edition *e, int64_t *at, bool *open, struct wrap_err *err)
{
	enum wrap_rc rc = delivery_next_due(w->st, e->id, at, err);

	*open = rc == WRAP_OK;
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

/* One pass over what is due: what a dead run left is in doubt, what rested is repeated, then mail goes out. */
static enum wrap_rc
deliver_once(
    struct weekly *w, const struct edition *e, struct weekly_report *out, struct wrap_err *err)
{
	int64_t now = clock_now(w->clock), n = 0;
	enum wrap_rc rc;

	rc = delivery_mend_waits(w->st, e->id, now, err);
	if (rc == WRAP_OK)
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
		out->opens_at = 0;
		if (!weekly_is_open(w, clock_now(w->clock))) {
			out->opens_at = weekly_opens_at(w, clock_now(w->clock));
			if (out->opens_at > patience_ends || w->clock->fixed || w->dry_run)
				return WRAP_OK;
			weekly_sleep_until(w, out->opens_at);
			if (weekly_stopped(w))
				return WRAP_OK;
			continue;
		}
		rc = deliver_once(w, e, out, err);
		if (rc == WRAP_OK)
			rc = next_due(w, e, &due, &open, err);
		/* A fixed clock never comes to a later time. */
		if (rc != WRAP_OK || !open || weekly_stopped(w) || w->clock->fixed || w->dry_run ||
		    out->send.canary)
			return rc;
		if (out->send.stopped && due < clock_now(w->clock) + PAUSE_S)
			due = clock_now(w->clock) + PAUSE_S;
		if (due > patience_ends)
			return rc;
		weekly_sleep_until(w, due);
		if (weekly_stopped(w))
			return rc;
	}
}

static void
say_open(struct weekly_report *out)
{
	int64_t open = out->counts[DELIVERY_QUEUED] + out->counts[DELIVERY_SENDING] +
		       out->counts[DELIVERY_INDOUBT];

	struct tm tm = clock_local(out->opens_at);

	if (out->opens_at != 0 && !out->send.stopped)
		(void)snprintf(out->why, sizeof(out->why),
		    "%lld deliveries wait for send.hours, until %02d:%02d", (long long)open,
		    tm.tm_hour, tm.tm_min);
	else if (out->send.stopped)
		(void)snprintf(out->why, sizeof(out->why), "%.500s", out->send.reason);
	else
		(void)snprintf(out->why, sizeof(out->why), "%lld deliveries wait for a later run",
		    (long long)open);
	out->end = out->send.stopped && !out->send.asked ? WEEKLY_UNAVAILABLE : WEEKLY_OPEN;
}

enum wrap_rc
weekly_hold(struct weekly *w, struct edition *e, const char *why, struct weekly_report *out,
    struct wrap_err *err)
{
	char *copy = str_dup(why);

	if (copy == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	free(e->hold);
	e->hold = copy;
	e->state = EDITION_HELD;
	weekly_end_as(out, WEEKLY_HELD, why);
	return edition_put(w->st, e, err);
}

/*
 * What became of an edition after sending: closed when every row has ended. It is read again first: an
 * editor may have held or cancelled it meanwhile, and their word stands.
 */
static enum wrap_rc
conclude(struct weekly *w, struct edition *e, struct weekly_report *out, struct wrap_err *err)
{
	enum wrap_rc rc;

	edition_clear(e);
	rc = edition_by_key(w->st, out->key, e, err);
	if (rc != WRAP_OK)
		return rc;
	if (e->state == EDITION_CANCELLED) {
		/* What was claimed when the editor cancelled it has come back since. */
		rc = weekly_settle(w, e, err);
		if (rc == WRAP_OK)
			rc = delivery_counts(w->st, e->id, out->counts, err);
		if (rc != WRAP_OK)
			return rc;
	}
	if (e->state != EDITION_SENDING) {
		weekly_end_as(
		    out, e->state == EDITION_CANCELLED ? WEEKLY_CANCELLED : WEEKLY_HELD, e->hold);
		return WRAP_OK;
	}
	if (out->send.canary)
		return weekly_hold(w, e, out->send.reason, out, err);
	if (out->counts[DELIVERY_QUEUED] + out->counts[DELIVERY_SENDING] +
		out->counts[DELIVERY_INDOUBT] >
	    0) {
		say_open(out);
		return WRAP_OK;
	}
	if (out->counts[DELIVERY_HELD] > 0) {
		weekly_end_as(out, WEEKLY_HELD, "some deliveries wait for you: wrap status");
		return WRAP_OK;
	}
	e->state = EDITION_SENT;
	e->ended_at = clock_now(w->clock);
	weekly_end_as(out, WEEKLY_SENT, NULL);
	return edition_put(w->st, e, err);
}

/* Send a sealed edition as far as it goes. */
enum wrap_rc
weekly_finish(struct weekly *w, struct edition *e, struct weekly_report *out, struct wrap_err *err)
{
	struct wrap_err count_err;
	enum wrap_rc rc = config_secrets(w->c, err), counted;

	weekly_stage(w, "send");
	if (rc == WRAP_OK)
		rc = delivery_recover(w->st, e->id, clock_now(w->clock), &out->recovered, err);
	if (rc == WRAP_OK)
		rc = deliver_patiently(w, e, out, err);
	counted = delivery_counts(w->st, e->id, out->counts, &count_err);
	if (rc == WRAP_OK && counted != WRAP_OK) {
		*err = count_err;
		rc = counted;
	}
	return rc == WRAP_OK ? conclude(w, e, out, err) : rc;
}
