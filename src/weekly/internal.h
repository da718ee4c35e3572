/*
 * What the files of weekly share.
 */
#ifndef WEEKLY_INTERNAL_H
#define WEEKLY_INTERNAL_H

#include "wrap/weekly.h"

/*
 * Fix the edition: compile a message for each set of topics that readers share and freeze one delivery
 * per active reader, all in one transaction. *rows deliveries. The edition is sending after.
 */
enum wrap_rc weekly_seal(struct weekly *w, struct edition *e, int64_t *rows, struct wrap_err *err);

/*
 * Can this document go out at all? WRAP_ELIMIT (too large, with the story to shorten) or WRAP_EPROTO (no
 * edition, with the line) when it cannot. What an editor would want to know is appended to notes, a line each.
 */
enum wrap_rc weekly_proof(
    const struct weekly *w, const struct edition *e, struct buf *notes, struct wrap_err *err);
/*
 * Make, sign and verify one message as every reader of this compilation will get it; e->sealed_at is set.
 * WRAP_EPROTO when the bytes may not go out or one of our signatures does not hold.
 */
enum wrap_rc weekly_proof_message(const struct weekly *w, const struct edition *e,
    const struct weekly_signer *signer, const struct compiled *m, struct wrap_err *err);

/*
 * Send what is queued and due of a sealed edition and write every verdict into the ledger. The report
 * gets counts and reasons; w->dry_run sends nothing and takes every message as accepted.
 */
enum wrap_rc weekly_deliver(
    struct weekly *w, const struct edition *e, struct weekly_report *rep, struct wrap_err *err);

/*
 * Close a cancelled edition that was on its way: what a dead run was sending is in doubt and stays so, since nothing is
 * repeated any more; whatever else is open is skipped. Only under the sender's lock. Does nothing the second time.
 */
enum wrap_rc weekly_settle(struct weekly *w, struct edition *e, struct wrap_err *err);

/*
 * Send a sealed edition as far as it goes, close it when every row has ended, and say in the report how
 * it stands. e is read anew at the end.
 */
enum wrap_rc weekly_finish(
    struct weekly *w, struct edition *e, struct weekly_report *out, struct wrap_err *err);

/* one.c: a message outside the ledger. A stopped run's reason is the verdict's text. A dry run takes it as accepted. */
enum wrap_rc weekly_send_one(
    struct weekly *w, const struct send_item *item, struct verdict *out, struct wrap_err *err);

/* Hold an edition with a reason that the editor will read. */
enum wrap_rc weekly_hold(struct weekly *w, struct edition *e, const char *why,
    struct weekly_report *out, struct wrap_err *err);

/* ---- publication.c ---- */

/* Words, and templates read so far; the renderer borrows their texts. */
struct weekly_templates {
	const struct config *c;
	struct phrasebook *say;
	struct {
		char *name;
		struct buf text;
	} v[32];
	size_t n;
	struct wrap_err err;
};
void weekly_templates_clear(struct weekly_templates *t);
/*
 * The publication's part of what the renderer is given; borrows from c, language and t. In that language, or
 * the publication's when it is NULL or we have no words for it. Starts t, which is to be cleared whatever
 * comes back. WRAP_ECONFIG when the words are broken.
 */
enum wrap_rc weekly_render_input(const struct config *c, const char *language,
    struct weekly_templates *t, struct render_input *out, struct wrap_err *err);

/* The form of a return path with its '*' replaced by a token, into a fixed room. message.c */
void weekly_return_path(const char *form, const char *token, char *out, size_t n);

/*
 * editor.c: when the report says held, mail the editor the reason, once for each hold (a dry run makes the mail and
 * sends nothing). What went wrong with the mail is in the report; only the store's failures are returned.
 */
enum wrap_rc weekly_tell_editor(struct weekly *w, struct weekly_report *out, struct wrap_err *err);

/* host.c: WRAP_EDENIED when the database belongs to another machine; the first to ask owns it. */
enum wrap_rc weekly_host_check(struct weekly *w, struct wrap_err *err);

/* ---- hours.c ---- */

/* May mail of an edition be begun now? */
bool weekly_is_open(const struct weekly *w, int64_t now);
int64_t weekly_opens_at(const struct weekly *w, int64_t now);  /* now when it is open */
int64_t weekly_closes_at(const struct weekly *w, int64_t now); /* INT64_MAX: never */
/* Sleep until the wall clock says so, or a signal asks us to stop. */
void weekly_sleep_until(const struct weekly *w, int64_t at);
/* Wait before an edition's first mail: up to send.spread minutes, the same for this edition and instance. */
void weekly_spread(const struct weekly *w, const char *key);

void weekly_stage(const struct weekly *w, const char *name); /* tells the watch */
bool weekly_stopped(const struct weekly *w);                 /* by a signal */
void weekly_end_as(struct weekly_report *out, enum weekly_end how, const char *why);

#endif
