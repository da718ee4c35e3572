/*
 * bounce: mail that came back in, verdicts on readers out.
 */
#ifndef WRAP_BOUNCE_H
#define WRAP_BOUNCE_H

#include "wrap/config.h"
#include "wrap/model.h"
#include "wrap/store.h"

/* What one run did to the mailbox and to readers. Owned. */
struct bounce_report {
	bool configured; /* false: there is no mailbox in the configuration; all else is zero */
	int64_t scan; /* number of this scan, for wrap bounces --undo; 0 when nothing was changed */
	size_t messages; /* read */
	size_t ours;     /* with a valid token */
	size_t unknown;  /* reports without one, or with a forged or late one: left alone */
	size_t broken;   /* could not be fetched or read: set aside */
	size_t repeated; /* counted before */
	size_t hard, soft, complaints, unsubscribes, automatic;
	size_t deactivated; /* readers */
	size_t confirmed;   /* readers who confirmed by mail */
	bool stopped;       /* the circuit breaker: nothing was changed, the owner is asked */
	struct strs lines;  /* for the owner */
};

enum wrap_rc bounce_run(struct store *st, const struct config *c, int64_t now, bool dry_run,
    struct bounce_report *out, struct wrap_err *err);
void bounce_report_clear(struct bounce_report *r);

#endif
