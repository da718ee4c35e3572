/*
 * The door of send: relays where there are some, else the Maildir. Counting and the words of the report
 * are here; engine.c drives relays.
 */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

/* Messages per sync of the folder: the names of a group become durable together. */
#define MAILDIR_GROUP 32

void
report_note(struct send_report *r, const struct verdict *v)
{
	switch (v->outcome) {
	case OUTCOME_ACCEPTED: r->accepted++; break;
	case OUTCOME_DEFERRED: r->deferred++; break;
	case OUTCOME_REFUSED:
	case OUTCOME_REFUSED_US: r->refused++; break;
	case OUTCOME_INDOUBT: r->indoubt++; break;
	case OUTCOME_NOT_TRIED: r->not_tried++; break;
	}
	if (v->outcome != OUTCOME_NOT_TRIED)
		r->tried++;
}

void
report_stop(struct send_report *r, const char *fmt, ...)
{
	va_list ap;

	if (r->stopped)
		return;
	r->stopped = true;
	va_start(ap, fmt);
	(void)vsnprintf(r->reason, sizeof(r->reason), fmt, ap);
	va_end(ap);
}

bool
verdict_unmade(enum wrap_rc rc, const struct wrap_err *why, struct verdict *out)
{
	bool about_it = rc == WRAP_EINVAL || rc == WRAP_EPROTO || rc == WRAP_ELIMIT;

	*out = about_it ? verdict_make(OUTCOME_REFUSED_US, "5.6.0", "%.200s", why->text)
			: verdict_make(OUTCOME_NOT_TRIED, "", "%.200s", why->text);
	return about_it;
}

/* ---- into a Maildir ------------------------------------------------------------------------------- */

struct mailrun {
	struct maildir *m;
	const struct send_options *opt;
	struct send_source *src;
	struct send_report *out;
	struct meter meter;
	struct send_item items[MAILDIR_GROUP];
	size_t n;
};

static bool
asked_to_stop(const struct mailrun *r)
{
	return r->opt->stop != NULL && *r->opt->stop != 0;
}

/* Tell the source about the group; one verdict for all. The first failure is returned. */
static enum wrap_rc
tell(struct mailrun *r, const struct verdict *v, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = 0; i < r->n; i++) {
		enum wrap_rc each =
		    r->src->done(r->src->ctx, &r->items[i], v, rc == WRAP_OK ? err : NULL);

		report_note(r->out, v);
		if (rc == WRAP_OK)
			rc = each;
	}
	r->n = 0;
	return rc;
}

/* Make and write the newest item of the group. What cannot be made is told at once and leaves the group. */
static enum wrap_rc
put_newest(struct mailrun *r, struct wrap_err *err)
{
	struct send_item *it = &r->items[r->n - 1];
	struct wrap_err why = { 0 };
	struct verdict v;
	enum wrap_rc rc =
	    r->src->prepare == NULL ? WRAP_OK : r->src->prepare(r->src->ctx, it, &why);

	if (rc == WRAP_OK)
		return maildir_put(r->m, it, err);
	if (!verdict_unmade(rc, &why, &v)) {
		if (err != NULL)
			*err = why;
		return rc;
	}
	r->n--;
	report_note(r->out, &v);
	return r->src->done(r->src->ctx, it, &v, err);
}

/* Fill a group and make it durable. next: what the source said last; a failure is returned. */
static enum wrap_rc
deliver_group(struct mailrun *r, enum wrap_rc *next, struct wrap_err *err)
{
	static const struct verdict delivered = { .outcome = OUTCOME_ACCEPTED,
		.text = "delivered into the Maildir" };
	struct verdict v;
	enum wrap_rc rc = WRAP_OK;

	*next = WRAP_OK;
	while (rc == WRAP_OK && *next == WRAP_OK && r->n < MAILDIR_GROUP && !asked_to_stop(r)) {
		*next = r->src->next(r->src->ctx, &r->items[r->n], err);
		if (*next == WRAP_OK) {
			r->n++;
			rc = put_newest(r, err);
		} else if (*next != WRAP_ENOTFOUND && *next != WRAP_EBUSY) {
			rc = *next;
		}
	}
	if (rc == WRAP_OK && r->n > 0)
		rc = maildir_sync(r->m, err);
	if (rc == WRAP_OK)
		return tell(r, &delivered, err);
	/* What was written may not last: nothing is known of the group. */
	v = verdict_make(OUTCOME_NOT_TRIED, "", "%.200s", err == NULL ? "" : err->text);
	(void)tell(r, &v, NULL);
	return rc;
}

static enum wrap_rc
maildir_run(struct mailrun *r, const char *path, struct wrap_err *err)
{
	enum wrap_rc rc = maildir_open(path, &r->m, err), next = WRAP_OK;
	size_t before;

	while (rc == WRAP_OK && !asked_to_stop(r)) {
		before = r->out->tried;
		rc = deliver_group(r, &next, err);
		if (rc == WRAP_OK && r->src->idle != NULL)
			rc = r->src->idle(r->src->ctx, err);
		meter_tell(&r->meter, r->opt, r->out, 0, 0, clock_monotonic_ms(), false);
		/* Verdicts that were told may have made room for more. */
		if (next == WRAP_ENOTFOUND && r->out->tried == before)
			break;
		if (next == WRAP_EBUSY) {
			struct timespec nap = { .tv_nsec = 1000000 };

			(void)nanosleep(&nap, NULL);
		}
	}
	if (asked_to_stop(r)) {
		report_stop(r->out, "asked to stop");
		r->out->asked = true;
	}
	meter_tell(&r->meter, r->opt, r->out, 0, 0, clock_monotonic_ms(), true);
	maildir_close(&r->m);
	return wrap_while(err, rc, "deliver into %s", path);
}

enum wrap_rc
send_run(const struct config_relay *relays, size_t n_relays, const char *maildir,
    const struct send_options *opt, struct send_source *src, struct send_report *out,
    struct wrap_err *err)
{
	static const struct send_options none = { 0 };

	*out = (struct send_report){ 0 };
	if (opt == NULL)
		opt = &none;
	if (n_relays == 0) {
		struct mailrun r = { .opt = opt, .src = src, .out = out };

		return maildir_run(&r, maildir, err);
	}
	return engine_run(relays, n_relays, opt, src, out, err);
}
