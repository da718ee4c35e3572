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

/* Tell the source about a group: all delivered, or none of them known to be. */
static enum wrap_rc
tell(struct send_source *src, const struct send_item *items, size_t n, const struct verdict *v,
    struct send_report *out, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = 0; i < n; i++) {
		enum wrap_rc each = src->done(src->ctx, &items[i], v, rc == WRAP_OK ? err : NULL);

		report_note(out, v);
		if (rc == WRAP_OK)
			rc = each;
	}
	return rc;
}

/* Fill a group. Returns what next said last. */
static enum wrap_rc
maildir_group(struct maildir *m, const struct send_options *opt, struct send_source *src,
    struct send_item *items, size_t *n, bool *full, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	*full = false;
	for (*n = 0; *n < MAILDIR_GROUP && rc == WRAP_OK;) {
		if (opt->stop != NULL && *opt->stop != 0)
			return WRAP_ENOTFOUND;
		rc = src->next(src->ctx, &items[*n], err);
		if (rc != WRAP_OK)
			break;
		(*n)++;
		rc = maildir_put(m, &items[*n - 1], err);
		*full = rc != WRAP_OK;
	}
	return rc;
}

static enum wrap_rc
maildir_run(const char *path, const struct send_options *opt, struct send_source *src,
    struct send_report *out, struct wrap_err *err)
{
	static const struct verdict delivered = { .outcome = OUTCOME_ACCEPTED,
		.text = "delivered into the Maildir" };
	struct send_item items[MAILDIR_GROUP];
	struct maildir *m;
	enum wrap_rc rc = maildir_open(path, &m, err);
	size_t n;
	bool failed;

	while (rc == WRAP_OK) {
		rc = maildir_group(m, opt, src, items, &n, &failed, err);
		if (!failed && n > 0 &&
		    (rc == WRAP_OK || rc == WRAP_ENOTFOUND || rc == WRAP_EBUSY)) {
			enum wrap_rc told = maildir_sync(m, err);

			failed = told != WRAP_OK;
			if (!failed)
				told = tell(src, items, n, &delivered, out, err);
			rc = told != WRAP_OK ? told : rc;
		} else if (n > 0) {
			failed = true;
		}
		if (failed) {
			/* The text in err is what went wrong; the verdict only says that nothing is known. */
			struct verdict v =
			    verdict_make(OUTCOME_NOT_TRIED, "", "%s", err == NULL ? "" : err->text);

			(void)tell(src, items, n, &v, out, NULL);
		}
		if ((rc == WRAP_OK || rc == WRAP_EBUSY || rc == WRAP_ENOTFOUND) &&
		    src->idle != NULL) {
			enum wrap_rc idle = src->idle(src->ctx, err);

			rc = idle != WRAP_OK ? idle : rc == WRAP_EBUSY ? WRAP_OK : rc;
		}
		/* Verdicts that were told may have made room for more. */
		if (rc == WRAP_ENOTFOUND && n > 0 && (opt->stop == NULL || *opt->stop == 0))
			rc = WRAP_OK;
	}
	if (opt->stop != NULL && *opt->stop != 0)
		report_stop(out, "asked to stop");
	maildir_close(&m);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : wrap_while(err, rc, "deliver into %s", path);
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
	if (n_relays == 0)
		return maildir_run(maildir, opt, src, out, err);
	return engine_run(relays, n_relays, opt, src, out, err);
}
