/*
 * Letters: the mails to one reader that are no edition. One pass sends what is due, over the same relays and
 * by the same rules as an edition: 4yz later, 5yz about the reader never again, 5yz about us later and
 * charged to nobody. A letter whose acknowledgement was lost goes again as the same bytes.
 */
#include "internal.h"

#include "wrap/mail.h"
#include "wrap/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 32
#define NOT_TRIED_S 60
#define WAIT_S 900  /* in doubt, or refused for what we are */
#define ATTEMPTS 10 /* charged, of one letter; in doubt counts */
#define LETTER_BYTES ((size_t)1 << 20)

struct letter {
	struct queued_letter q;
	char *address;
	char message_id[320], mail_from[320], name[96];
	struct buf bytes;
};

struct letters {
	struct weekly *w;
	struct weekly_letters *out;
	struct weekly_signer signer;
	struct letter v[BATCH];
	size_t n, given;
};

static void
letter_clear(struct letter *m)
{
	free(m->address);
	buf_clear(&m->bytes);
	*m = (struct letter){ .bytes = BUF_INIT(LETTER_BYTES) };
}

/* ---- making them ------------------------------------------------------------------------------------------- */

/* A letter that its reader's state has overtaken says why; NULL: it is to go. */
static const char *
overtaken(const char *kind, const struct subscriber *s)
{
	if (strcmp(kind, "confirm") == 0)
		return s->state == SUBSCRIBER_ACTIVE ? "they have confirmed" : NULL;
	if (strcmp(kind, "welcome") == 0)
		return s->state != SUBSCRIBER_ACTIVE ? "they are not subscribed any more" : NULL;
	if (strcmp(kind, "farewell") == 0)
		return s->state != SUBSCRIBER_UNSUBSCRIBED ? "they are subscribed" : NULL;
	return NULL;
}

static enum wrap_rc
make(struct letters *l, struct letter *m, const struct subscriber *s, struct wrap_err *err)
{
	const struct config *c = l->w->c;
	struct weekly_templates templates;
	struct render_letter in = { .kind = m->q.kind };
	char leave[PEOPLE_URL], choose[PEOPLE_URL], action[PEOPLE_URL], verp[VERP_TOKEN];
	bool data = strcmp(m->q.kind, "data") == 0, confirm = strcmp(m->q.kind, "confirm") == 0;
	enum wrap_rc rc = weekly_render_input(c, s->language, &templates, &in.of, err);

	/* Edition 0: a report on it counts for the reader and for no edition. */
	verp_make(l->w->keys, c->publication.list_id, s->id, 0, m->q.created_at, verp);
	weekly_return_path(c->publication.return_path, verp, m->mail_from, sizeof(m->mail_from));
	(void)snprintf(m->name, sizeof(m->name), "letter-%lld.%s", (long long)m->q.id, verp);
	(void)snprintf(m->message_id, sizeof(m->message_id), "letter-%lld.%s@%s",
	    (long long)m->q.id, verp, c->publication.domain);
	in.of.sent_at = m->q.created_at;
	in.reader = (struct render_reader){
		.mailbox = m->address, .name = s->name, .message_id = m->message_id
	};
	if (people_link(c, l->w->keys, PEOPLE_LEAVE, s->id, leave))
		in.reader.unsubscribe_url = leave;
	if (people_link(c, l->w->keys, PEOPLE_CHOOSE, s->id, choose))
		in.reader.preferences_url = choose;
	if (confirm || data) {
		in.action_url = action;
		if (!people_link(
			c, l->w->keys, confirm ? PEOPLE_CONFIRM : PEOPLE_DATA, s->id, action))
			rc = wrap_fail(err, WRAP_EINVAL,
			    "a letter with a link needs the readers' pages: set publication.url");
	}
	if (rc == WRAP_OK)
		rc = render_letter(&in, &m->bytes, err);
	if (rc == WRAP_OK)
		rc = weekly_sign(&l->signer, m->q.created_at, &m->bytes, err);
	weekly_templates_clear(&templates);
	return rc;
}

/* Make one, or close it. false: it is not to be sent. */
static enum wrap_rc
take(struct letters *l, const struct queued_letter *q, struct wrap_err *err)
{
	struct letter *m = &l->v[l->n]; /* as letter_clear leaves it */
	struct subscriber s = { 0 };
	struct wrap_err why = { 0 };
	const char *reason;
	enum wrap_rc rc = subscriber_by_id(l->w->st, q->subscriber_id, &s, err);

	if (rc == WRAP_ENOTFOUND)
		return WRAP_OK; /* forgotten since, and the letter with them */
	if (rc != WRAP_OK)
		return rc;
	reason = overtaken(q->kind, &s);
	if (reason == NULL) {
		*m = (struct letter){
			.q = *q, .address = s.address, .bytes = BUF_INIT(LETTER_BYTES)
		};
		s.address = NULL;
		rc = make(l, m, &s, &why);
		if (rc == WRAP_OK)
			l->n++;
		else if (rc == WRAP_EINVAL || rc == WRAP_EPROTO || rc == WRAP_ELIMIT)
			reason = why.text;
		else
			*err = why;
	}
	if (reason != NULL) {
		l->out->dropped++;
		rc = letter_tried(l->w->st, q->id, false, 0, 0, reason, err);
	}
	if (m == &l->v[l->n]) /* not kept */
		letter_clear(m);
	subscriber_clear(&s);
	return rc;
}

/* ---- what send calls --------------------------------------------------------------------------------------- */

static enum wrap_rc
on_next(void *ctx, struct send_item *out, struct wrap_err *err)
{
	struct letters *l = ctx;
	const struct letter *m = &l->v[l->given];

	(void)err;
	if (l->given == l->n)
		return WRAP_ENOTFOUND;
	*out = (struct send_item){ .id = (int64_t)l->given,
		.mail_from = m->mail_from,
		.rcpt_to = m->address,
		.message = buf_span(&m->bytes),
		.name = m->name };
	l->given++;
	return WRAP_OK;
}

static enum wrap_rc
on_done(void *ctx, const struct send_item *item, const struct verdict *v, struct wrap_err *err)
{
	struct letters *l = ctx;
	const struct queued_letter *q = &l->v[item->id].q;
	int64_t now = clock_now(l->w->clock), next = 0, sent = 0;
	bool charge = true;

	switch (v->outcome) {
	case OUTCOME_ACCEPTED: sent = now; break;
	case OUTCOME_DEFERRED:
		next = now + send_retry_after(q->attempts + 1, (uint64_t)q->id);
		break;
	case OUTCOME_REFUSED: break;
	case OUTCOME_INDOUBT: next = now + WAIT_S; break;
	case OUTCOME_REFUSED_US:
		charge = false;
		next = now + WAIT_S;
		break;
	case OUTCOME_NOT_TRIED:
		charge = false;
		next = now + NOT_TRIED_S;
		break;
	}
	if (next > q->created_at + l->w->c->send.give_up * 3600 ||
	    (charge && q->attempts + 1 >= ATTEMPTS))
		next = 0;
	l->out->sent += sent != 0;
	l->out->later += sent == 0 && next != 0;
	l->out->dropped += sent == 0 && next == 0;
	return letter_tried(l->w->st, q->id, charge, sent, next, v->text, err);
}

/* ---- a pass ------------------------------------------------------------------------------------------------ */

static enum wrap_rc
send_batch(struct letters *l, struct wrap_err *err)
{
	static const struct verdict dry = { .outcome = OUTCOME_ACCEPTED, .text = "dry run" };
	const struct config *c = l->w->c;
	struct send_source src = { .ctx = l, .next = on_next, .done = on_done };
	struct send_options opt = { .stop = l->w->stop };
	struct send_report rep = { 0 };
	struct send_item item;
	enum wrap_rc rc = WRAP_OK;

	if (!l->w->dry_run) {
		rc = send_run(c->relays, c->n_relays, c->paths.outbox, &opt, &src, &rep, err);
		if (rep.stopped)
			memcpy(l->out->why, rep.reason, sizeof(l->out->why));
		return rc;
	}
	while (rc == WRAP_OK && on_next(l, &item, err) == WRAP_OK)
		rc = on_done(l, &item, &dry, err);
	return rc;
}

/* Up to BATCH of what is due; *more: there were some. Each leaves this closed or due later. */
static enum wrap_rc
batch(struct letters *l, bool *more, struct wrap_err *err)
{
	struct queued_letter due[BATCH];
	size_t n;
	enum wrap_rc rc = letter_due(l->w->st, clock_now(l->w->clock), BATCH, due, &n, err);

	*more = n > 0;
	l->n = l->given = 0;
	for (size_t i = 0; rc == WRAP_OK && i < n; i++)
		rc = take(l, &due[i], err);
	if (rc == WRAP_OK && l->n > 0)
		rc = send_batch(l, err);
	for (size_t i = 0; i < l->n; i++)
		letter_clear(&l->v[i]);
	return rc;
}

static enum wrap_rc
pass(struct weekly *w, struct weekly_letters *out, struct wrap_err *err)
{
	struct letters *l = calloc(1, sizeof(*l));
	enum wrap_rc rc;
	bool more = true;

	if (l == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	l->w = w;
	l->out = out;
	for (size_t i = 0; i < BATCH; i++)
		letter_clear(&l->v[i]);
	rc = weekly_host_check(w, err);
	if (rc == WRAP_OK)
		rc = config_secrets(w->c, err);
	if (rc == WRAP_OK)
		rc = weekly_signer_open(w->c, &l->signer, err);
	while (rc == WRAP_OK && more && out->why[0] == '\0' && !weekly_stopped(w))
		rc = batch(l, &more, err);
	weekly_signer_close(&l->signer);
	free(l);
	return wrap_while(err, rc, "letters");
}

enum wrap_rc
weekly_letters(struct weekly *w, struct weekly_letters *out, struct wrap_err *err)
{
	struct buf name = BUF_INIT(1 << 16);
	struct run_lock lock = { .fd = -1 };
	int64_t now = clock_now(w->clock), due;
	enum wrap_rc rc = letter_next_due(w->st, &due, err);

	*out = (struct weekly_letters){ 0 };
	if (rc != WRAP_OK || due > now)
		return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
	if (w->dry_run)
		return pass(w, out, err);
	/* Not the lock of the stages: whoever signs up while an edition goes out gets an answer at once. */
	buf_addf(&name, "%s-letters", w->c->paths.database);
	rc = buf_rc(&name, err);
	if (rc == WRAP_OK)
		rc = run_lock_take(name.p, now, &lock, err);
	buf_clear(&name);
	if (rc == WRAP_EBUSY) {
		out->busy = true;
		return WRAP_OK;
	}
	if (rc == WRAP_OK)
		rc = pass(w, out, err);
	run_lock_drop(&lock);
	return rc;
}
