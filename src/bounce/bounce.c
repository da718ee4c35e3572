/*
 * The stage that reads the bounce mailbox. Without a mailbox it has nothing to do and says so.
 */
#include "wrap/bounce.h"

enum wrap_rc
bounce_run(struct store *st, const struct config *c, int64_t now, bool dry_run,
    struct bounce_report *out, struct wrap_err *err)
{
	(void)st;
	(void)now;
	(void)dry_run;
	*out = (struct bounce_report){ .configured = c->mailbox.url != NULL };
	if (out->configured)
		return wrap_fail(err, WRAP_EPEER, "this version of wrap does not read mailboxes");
	return WRAP_OK;
}

void
bounce_report_clear(struct bounce_report *r)
{
	strs_clear(&r->lines);
}
