/*
 * A word to the editor: an edition that does not go out by itself is told to a person, once for each hold, with
 * the reason and what to type. The mail goes the way of the edition's own, over the relays or into the Maildir; one
 * that cannot go is a line in the report, and the next run tries again.
 */
#include "internal.h"

#include "wrap/mail.h"
#include "wrap/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- once for each hold ---- */

/*
 * What makes this hold one: the edition and the kind of reason. Counts and what a server said change from run to
 * run; they are no news.
 */
static void
hold_mark(const struct weekly_report *r, struct buf *out)
{
	bool detail = false;

	buf_adds(out, r->key);
	buf_addc(out, ' ');
	for (const char *p = r->why; *p != '\0'; p++) {
		if (*p == ':')
			detail = true;
		if (*p == ';')
			detail = false;
		if (!detail && (*p < '0' || *p > '9'))
			buf_addc(out, *p);
	}
}

static bool
is_told(struct weekly *w, const char *mark)
{
	struct wrap_err err;
	char *told = NULL;
	bool same =
	    meta_get(w->st, DIGEST_HOLD_TOLD, &told, &err) == WRAP_OK && strcmp(told, mark) == 0;

	free(told);
	return same;
}

/* ---- the letter ---- */

/* What is kept as long as the letter is made. */
struct desk {
	const struct config *c;
	struct weekly_templates texts;
	char *name, *mailbox; /* the editor */
};

static void
step(const struct desk *d, const struct weekly_report *r, const char *command, const char *say,
    struct buf *out)
{
	buf_addf(out, "%swrap %s %s\n    %s\n", out->n > 0 ? "\n" : "", command, r->key,
	    phrase(d->texts.say, say));
}

/* What the editor can type, by how far the edition is. */
static void
steps_write(
    const struct desk *d, const struct edition *e, const struct weekly_report *r, struct buf *out)
{
	if (e->sealed_at != 0) {
		step(d, r, "report", "held_report", out);
		step(d, r, "resume", "held_resume", out);
	} else {
		step(d, r, "preview --why", "held_preview", out);
		step(d, r, "edit", "held_edit", out);
		step(d, r, "approve", "held_approve", out);
	}
	step(d, r, "cancel", "held_cancel", out);
}

static enum wrap_rc
letter_write(struct weekly *w, struct desk *d, const struct edition *e,
    const struct weekly_report *r, const char *id, struct buf *out, struct wrap_err *err)
{
	const struct config *c = w->c;
	struct buf title = BUF_INIT(4096), note = BUF_INIT(4096), steps = BUF_INIT(4096);
	int64_t now = clock_now(w->clock);
	struct render_input of;
	enum wrap_rc rc = weekly_render_input(c, NULL, &d->texts, &of, err);

	if (rc != WRAP_OK)
		return rc;
	buf_addf(
	    &title, "%s %s: %s", c->publication.name, r->key, phrase(d->texts.say, "held_title"));
	buf_addf(&note, "%s %s", phrase(d->texts.say, "held_text"), r->why);
	steps_write(d, e, r, &steps);
	of.sent_at = now;
	rc = render_letter(
	    &(struct render_letter){ .kind = "held",
		.of = of,
		.reader = { .mailbox = d->mailbox, .name = d->name, .message_id = id },
		.heading = buf_str(&title),
		.note = buf_str(&note),
		.steps = buf_str(&steps) },
	    out, err);
	if (rc == WRAP_OK) {
		struct weekly_signer signer;

		rc = weekly_signer_open(c, &signer, err);
		if (rc == WRAP_OK)
			rc = weekly_sign(&signer, now, out, err);
		weekly_signer_close(&signer);
	}
	buf_clear(&title);
	buf_clear(&note);
	buf_clear(&steps);
	return rc;
}

static enum wrap_rc
letter_send(struct weekly *w, const struct desk *d, const char *name, struct span message,
    struct wrap_err *err)
{
	struct verdict v;
	enum wrap_rc rc = weekly_send_one(w,
	    &(struct send_item){ .mail_from = w->c->publication.from_address,
		.rcpt_to = d->mailbox,
		.message = message,
		.name = name },
	    &v, err);

	/* In doubt is as good as taken: a second copy would be the worse mistake. */
	if (rc == WRAP_OK && v.outcome != OUTCOME_ACCEPTED && v.outcome != OUTCOME_INDOUBT)
		rc = wrap_fail(err, WRAP_EPEER, "%s", v.text);
	return rc;
}

static enum wrap_rc
tell(struct weekly *w, const struct edition *e, struct weekly_report *out, struct wrap_err *err)
{
	struct desk d = { .c = w->c };
	struct buf message = BUF_INIT(1 << 20), id = BUF_INIT(512);
	enum wrap_rc rc = address_named(span_of(w->c->edition.editor), &d.name, &d.mailbox, err);

	buf_addf(&id, "%s.held.%lld", out->key, (long long)clock_now(w->clock));
	if (rc == WRAP_OK) {
		char *name = str_dup(buf_str(&id));

		buf_addf(&id, "@%s", w->c->publication.domain);
		rc = name == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
				  : letter_write(w, &d, e, out, buf_str(&id), &message, err);
		if (rc == WRAP_OK && !w->dry_run)
			rc = letter_send(w, &d, name, buf_span(&message), err);
		free(name);
	}
	if (rc == WRAP_OK)
		(void)snprintf(out->editor, sizeof(out->editor), "%s", d.mailbox);
	weekly_templates_clear(&d.texts);
	free(d.name);
	free(d.mailbox);
	buf_clear(&message);
	buf_clear(&id);
	return rc;
}

enum wrap_rc
weekly_tell_editor(struct weekly *w, struct weekly_report *out, struct wrap_err *err)
{
	struct buf mark = BUF_INIT(1024);
	struct edition e = { 0 };
	struct wrap_err why = { 0 };
	bool by_hand;
	enum wrap_rc rc = WRAP_OK;

	if (out->end == WEEKLY_HELD)
		rc = edition_by_key(w->st, out->key, &e, err);
	by_hand = strncmp(out->why, DIGEST_HELD_BY_EDITOR, strlen(DIGEST_HELD_BY_EDITOR)) == 0;
	if (rc == WRAP_OK && out->end == WEEKLY_HELD && !by_hand) {
		hold_mark(out, &mark);
		if (!is_told(w, buf_str(&mark))) {
			if (tell(w, &e, out, &why) == WRAP_OK)
				rc = meta_set(w->st, DIGEST_HOLD_TOLD, buf_str(&mark), err);
			else
				(void)snprintf(out->editor_error, sizeof(out->editor_error),
				    "the editor could not be told: %.400s", why.text);
		}
	} else if (rc == WRAP_OK && !is_told(w, "")) {
		rc = meta_set(w->st, DIGEST_HOLD_TOLD, "", err); /* the next hold is a new one */
	}
	edition_clear(&e);
	buf_clear(&mark);
	return rc;
}
