/*
 * One message outside the ledger, over the relays or into the Maildir as an edition would go: a rehearsal, or a word
 * to the editor. Nothing is written down; whoever asks gets the verdict.
 */
#include "internal.h"

#include <stdio.h>

struct one {
	const struct send_item *item;
	bool given;
	struct verdict *verdict;
};

static enum wrap_rc
on_next(void *ctx, struct send_item *out, struct wrap_err *err)
{
	struct one *o = ctx;

	(void)err;
	if (o->given)
		return WRAP_ENOTFOUND;
	o->given = true;
	*out = *o->item;
	return WRAP_OK;
}

static enum wrap_rc
on_done(void *ctx, const struct send_item *item, const struct verdict *v, struct wrap_err *err)
{
	(void)item;
	(void)err;
	*((struct one *)ctx)->verdict = *v;
	return WRAP_OK;
}

enum wrap_rc
weekly_send_one(
    struct weekly *w, const struct send_item *item, struct verdict *out, struct wrap_err *err)
{
	struct one o = { .item = item, .verdict = out };
	struct send_source src = { .ctx = &o, .next = on_next, .done = on_done };
	struct send_options opt = { .stop = w->stop };
	struct send_report rep = { 0 };
	enum wrap_rc rc;

	*out = (struct verdict){ .outcome = OUTCOME_ACCEPTED, .text = "dry run" };
	if (w->dry_run)
		return WRAP_OK;
	*out = (struct verdict){ .outcome = OUTCOME_NOT_TRIED };
	rc = send_run(w->c->relays, w->c->n_relays, w->c->paths.outbox, &opt, &src, &rep, err);
	if (rep.stopped && out->outcome != OUTCOME_ACCEPTED)
		(void)snprintf(out->text, sizeof(out->text), "%.255s", rep.reason);
	return rc;
}
