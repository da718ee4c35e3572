/*
 * One scan: letters of the mailbox and refusals of the ledger become rows of evidence, wishes act at once,
 * and readers whose history crossed a line are set aside. All of it is one transaction of the caller, so
 * that a crash at any point leaves the whole scan or none of it; what was counted before is known by its
 * place, and by its fingerprint when the mailbox was copied or renumbered.
 */
#include "bounce/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIRM_DAYS 7
#define DAY_S 86400

/* ---- evidence ------------------------------------------------------------------------------------------------ */

static enum wrap_rc
note_provider(
    struct scan *s, const char *address, const struct letter_row *row, struct wrap_err *err)
{
	const char *at = strrchr(address, '@'), *name = at == NULL ? "unknown" : at + 1;
	struct provider *p, *grown;

	for (size_t i = 0; i < s->n_providers; i++)
		if (strcasecmp(s->providers[i].name, name) == 0) {
			s->providers[i].n++;
			return WRAP_OK;
		}
	if (s->n_providers == 1000)
		return WRAP_OK;
	grown = realloc(s->providers, (s->n_providers + 1) * sizeof(*grown));
	if (grown == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	s->providers = grown;
	p = &grown[s->n_providers++];
	*p = (struct provider){ .n = 1 };
	(void)snprintf(p->name, sizeof(p->name), "%s", name);
	(void)snprintf(p->reason, sizeof(p->reason), "%s", row->verdict.word);
	(void)snprintf(p->sample, sizeof(p->sample), "%s", row->diagnostic);
	return WRAP_OK;
}

static enum wrap_rc
touch(struct scan *s, int64_t reader, int64_t bounce, struct wrap_err *err)
{
	if (s->n_touched == s->cap_touched) {
		size_t cap = s->cap_touched == 0 ? 64 : s->cap_touched * 2;
		struct touched *v = realloc(s->touched, cap * sizeof(*v));

		if (v == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		s->touched = v;
		s->cap_touched = cap;
	}
	s->touched[s->n_touched++] = (struct touched){ reader, bounce };
	return WRAP_OK;
}

/* Where a row of evidence comes from. */
struct place {
	const char *mailbox;
	int64_t uidvalidity, uid;
	const uint8_t *fingerprint;
};

static enum wrap_rc
keep(struct scan *s, const struct place *at, const struct letter_row *row,
    const struct subscriber *reader, int64_t edition, bool *added, int64_t *id,
    struct wrap_err *err)
{
	struct letter_row copy = *row;
	struct edition e = { 0 };
	struct bounce b = { .scan = s->id,
		.uidvalidity = at->uidvalidity,
		.uid = at->uid,
		.at = s->now,
		.subscriber_id = reader->id,
		.edition_id = edition };
	char mailbox[600], class[16], word[40];
	enum wrap_rc rc = WRAP_OK;

	if (edition != 0) { /* of an edition that is gone from the store */
		rc = edition_by_id(s->st, edition, &e, err);
		edition_clear(&e);
		if (rc == WRAP_ENOTFOUND)
			b.edition_id = 0;
		else if (rc != WRAP_OK)
			return rc;
	}
	(void)snprintf(mailbox, sizeof(mailbox), "%s", at->mailbox);
	(void)snprintf(class, sizeof(class), "%s", bounce_class_name(row->verdict.class));
	(void)snprintf(word, sizeof(word), "%s", row->verdict.word);
	memcpy(b.fingerprint, at->fingerprint, sizeof(b.fingerprint));
	b.mailbox = mailbox;
	b.class = class;
	b.reason = word;
	b.status = copy.verdict.status[0] == '\0' ? NULL : copy.verdict.status;
	b.recipient = copy.recipient[0] == '\0' ? NULL : copy.recipient;
	b.diagnostic = copy.diagnostic[0] == '\0' ? NULL : copy.diagnostic;
	rc = bounce_add(s->st, &b, added, id, err);
	s->wrote = s->wrote || (rc == WRAP_OK && *added);
	return rc;
}

/* ---- wishes and complaints: at once ---------------------------------------------------------------------------- */

static enum wrap_rc
consent(struct scan *s, const struct subscriber *reader, const char *step, const char *detail,
    struct wrap_err *err)
{
	struct consent c = { .subscriber_id = reader->id,
		.at = s->now,
		.step = step,
		.source = "mail",
		.detail = detail };

	return consent_add(s->st, &c, err);
}

static enum wrap_rc
leave(struct scan *s, const struct subscriber *reader, int64_t bounce, const char *why,
    struct wrap_err *err)
{
	enum wrap_rc rc;

	if (reader->state == SUBSCRIBER_UNSUBSCRIBED || reader->state == SUBSCRIBER_COMPLAINED)
		return WRAP_OK;
	rc = scan_act(s, reader, bounce, SUBSCRIBER_UNSUBSCRIBED, why, err);
	return rc == WRAP_OK ? consent(s, reader, "unsubscribe", why, err) : rc;
}

static enum wrap_rc
confirm(struct scan *s, const struct subscriber *reader, int64_t bounce, struct wrap_err *err)
{
	enum wrap_rc rc;

	if (reader->state != SUBSCRIBER_PENDING ||
	    s->now - reader->created_at > CONFIRM_DAYS * (int64_t)DAY_S)
		return WRAP_OK;
	rc = scan_act(s, reader, bounce, SUBSCRIBER_ACTIVE, "confirmed by mail", err);
	s->out->confirmed += rc == WRAP_OK;
	return rc == WRAP_OK ? consent(s, reader, "confirm", "answered the confirmation mail", err)
			     : rc;
}

/* ---- one letter --------------------------------------------------------------------------------------------------- */

/*
 * Our mail had one recipient; a report on it may name several when an alias spread it. The reader's own row
 * counts; without it the mildest, for the address worked in part.
 */
static const struct letter_row *
row_of(const struct letter *l, const struct subscriber *reader)
{
	const struct letter_row *best = &l->rows[0];

	for (size_t i = 0; i < l->n; i++)
		if (strcasecmp(l->rows[i].recipient, reader->address) == 0 ||
		    strcasecmp(l->rows[i].recipient, reader->canonical) == 0)
			return &l->rows[i];
	for (size_t i = 1; i < l->n; i++)
		if (best->verdict.class == BOUNCE_HARD && l->rows[i].verdict.class != BOUNCE_HARD)
			best = &l->rows[i];
	return best;
}

static enum wrap_rc
apply(struct scan *s, const struct letter_row *row, const struct subscriber *reader, int64_t bounce,
    struct wrap_err *err)
{
	char why[300];
	enum wrap_rc rc = WRAP_OK;

	switch (row->verdict.class) {
	case BOUNCE_HARD: s->out->hard++; return touch(s, reader->id, bounce, err);
	case BOUNCE_SOFT:
		s->out->soft++;
		if (row->verdict.group == BOUNCE_ABOUT_US)
			rc = note_provider(s,
			    row->recipient[0] != '\0' ? row->recipient : reader->address, row, err);
		return rc == WRAP_OK ? touch(s, reader->id, bounce, err) : rc;
	case BOUNCE_COMPLAINT:
		s->out->complaints++;
		if (reader->state == SUBSCRIBER_COMPLAINED)
			return WRAP_OK;
		(void)snprintf(why, sizeof(why), "complained: %s", row->verdict.word);
		return scan_act(s, reader, bounce, SUBSCRIBER_COMPLAINED, why, err);
	case BOUNCE_UNSUBSCRIBE:
		s->out->unsubscribes++;
		return leave(s, reader, bounce, "asked to leave by their provider's button", err);
	case BOUNCE_AUTO: s->out->automatic++; return WRAP_OK;
	case BOUNCE_OTHER: break;
	}
	return WRAP_OK;
}

static enum wrap_rc
on_report(struct scan *s, const struct letter *l, const struct place *at, const struct verp *v,
    struct wrap_err *err)
{
	struct subscriber reader = { 0 };
	const struct letter_row *row;
	enum wrap_rc rc = subscriber_by_id(s->st, v->reader, &reader, err);
	int64_t id = 0;
	bool added = false;

	if (rc == WRAP_ENOTFOUND || l->n == 0) { /* forgotten since */
		s->out->unknown++;
		subscriber_clear(&reader);
		return WRAP_OK;
	}
	if (rc == WRAP_OK) {
		row = row_of(l, &reader);
		rc = keep(s, at, row, &reader, v->edition, &added, &id, err);
		if (rc == WRAP_OK && added)
			rc = apply(s, row, &reader, id, err);
		if (rc == WRAP_OK) {
			s->out->ours++;
			s->out->repeated += !added;
			rc = cursor_add(s->cursor, l->uid, err);
		}
	}
	subscriber_clear(&reader);
	return rc;
}

static bool
wish_of(
    const struct scan *s, const struct strs *words, enum token_purpose *purpose, int64_t *reader)
{
	static const enum token_purpose purposes[] = { TOKEN_LEAVE, TOKEN_CONFIRM };

	for (size_t i = 0; i < words->n; i++)
		for (size_t k = 0; k < 2; k++) {
			*purpose = purposes[k];
			if (token_read(s->keys, *purpose, s->c->publication.list_id,
				span_of(words->v[i]), reader))
				return true;
		}
	return false;
}

/* A reader's own mail with a token of a link in it: to leave, or to confirm. *done when it was one. */
static enum wrap_rc
on_wish(struct scan *s, const struct letter *l, const struct place *at, bool *done,
    struct wrap_err *err)
{
	struct letter_row row = { .verdict = { .class = BOUNCE_UNSUBSCRIBE, .word = "mail" } };
	struct subscriber reader = { 0 };
	enum token_purpose purpose;
	int64_t who, id = 0;
	bool added = false;
	enum wrap_rc rc;

	*done = wish_of(s, &l->wishes, &purpose, &who);
	if (!*done)
		return WRAP_OK;
	rc = subscriber_by_id(s->st, who, &reader, err);
	if (rc == WRAP_ENOTFOUND)
		return WRAP_OK;
	if (purpose == TOKEN_CONFIRM)
		row.verdict = (struct bounce_verdict){ .class = BOUNCE_OTHER, .word = "confirm" };
	if (rc == WRAP_OK)
		rc = keep(s, at, &row, &reader, 0, &added, &id, err);
	s->out->ours++;
	s->out->repeated += !added;
	if (rc == WRAP_OK && added && purpose == TOKEN_LEAVE) {
		s->out->unsubscribes++;
		rc = leave(s, &reader, id, "asked to leave by mail", err);
	} else if (rc == WRAP_OK && added)
		rc = confirm(s, &reader, id, err);
	if (rc == WRAP_OK)
		rc = cursor_add(s->cursor, l->uid, err);
	subscriber_clear(&reader);
	return rc;
}

static enum wrap_rc
on_letter(struct scan *s, const struct letter *l, struct wrap_err *err)
{
	struct place at = { .mailbox = s->c->mailbox.url,
		.uidvalidity = l->uidvalidity,
		.uid = l->uid,
		.fingerprint = l->fingerprint };
	struct verp v;
	bool done = false;
	enum wrap_rc rc;

	s->out->messages++;
	rc = on_wish(s, l, &at, &done, err);
	if (rc != WRAP_OK || done || l->report == REPORT_NONE || l->report == REPORT_NOTICE)
		return rc;
	if (verp_choose(s->keys, s->c->publication.list_id, &l->tokens, s->now, &v) == VERP_VALID)
		return on_report(s, l, &at, &v, err);
	s->out->unknown++;
	return WRAP_OK;
}

/* ---- refusals met while sending ------------------------------------------------------------------------------------- */

static enum wrap_rc
on_refusal(void *ctx, const struct delivery *d, const char *address, struct wrap_err *err)
{
	struct scan *s = ctx;
	struct subscriber reader = { 0 };
	struct letter_row row = { 0 };
	uint8_t fingerprint[SHA256_BYTES];
	struct place at = {
		.mailbox = "smtp", .uidvalidity = d->edition_id, .uid = d->subscriber_id
	};
	char text[64];
	int64_t id = 0;
	bool added = false;
	enum wrap_rc rc = bounce_known(s->st, at.mailbox, at.uidvalidity, at.uid, &added, err);

	if (rc != WRAP_OK || added || d->reply_code == 0)
		return rc;
	(void)snprintf(text, sizeof(text), "smtp %lld %lld", (long long)d->edition_id,
	    (long long)d->subscriber_id);
	secret_sha256(span_of(text), fingerprint);
	at.fingerprint = fingerprint;
	bounce_classify_reply(d->reply_code, d->enhanced, d->reason == NULL ? "" : d->reason,
	    REPORT_AT_RCPT, &row.verdict);
	(void)snprintf(row.recipient, sizeof(row.recipient), "%s", address == NULL ? "" : address);
	(void)snprintf(
	    row.diagnostic, sizeof(row.diagnostic), "%s", d->reason == NULL ? "" : d->reason);
	rc = subscriber_by_id(s->st, d->subscriber_id, &reader, err);
	if (rc == WRAP_OK)
		rc = keep(s, &at, &row, &reader, d->edition_id, &added, &id, err);
	if (rc == WRAP_OK && added)
		rc = apply(s, &row, &reader, id, err);
	subscriber_clear(&reader);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

/* Rows that failed since a little before the last time we asked. */
static enum wrap_rc
on_refusals(struct scan *s, struct wrap_err *err)
{
	static const char name[] = "bounce.refusals";
	char *text = NULL, now[32];
	int64_t since = 0;
	enum wrap_rc rc = meta_get(s->st, name, &text, err);

	if (rc == WRAP_OK)
		since = strtoll(text, NULL, 10) - DAY_S;
	free(text);
	if (rc != WRAP_OK && rc != WRAP_ENOTFOUND)
		return rc;
	rc = delivery_refused(s->st, since, on_refusal, s, err);
	(void)snprintf(now, sizeof(now), "%lld", (long long)s->now);
	return rc == WRAP_OK ? meta_set(s->st, name, now, err) : rc;
}

enum wrap_rc
scan_run(struct scan *s, const struct letters *letters, struct wrap_err *err)
{
	enum wrap_rc rc = bounce_last_scan(s->st, &s->id, err);

	s->id++;
	if (rc == WRAP_OK)
		rc = on_refusals(s, err);
	for (size_t i = 0; i < letters->n && rc == WRAP_OK; i++)
		rc = on_letter(s, &letters->v[i], err);
	if (rc == WRAP_OK)
		rc = scan_judge(s, err);
	if (rc == WRAP_OK && s->wrote)
		s->out->scan = s->id;
	return rc;
}

void
scan_clear(struct scan *s)
{
	for (size_t i = 0; i < s->n_plans; i++)
		subscriber_clear(&s->plans[i].reader);
	free(s->plans);
	free(s->touched);
	free(s->providers);
	s->plans = NULL;
	s->touched = NULL;
	s->providers = NULL;
	s->n_plans = s->n_touched = s->n_providers = 0;
}
