/*
 * A sample edition goes the whole way but the last step: templates, message, links, signature; then its
 * headers are looked at as a receiver does. On request it takes the last step too, to one address.
 */
#include "internal.h"

#include "wrap/mail.h"
#include "wrap/weekly.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char sample[] =
    "# A sample edition\n\nMade by wrap doctor.\n\n## Sample\n\n"
    "### [A story](https://example.org/)\n\nTwo sentences. They are short.\n";

/* One reader's message of the sample, signed. */
static enum wrap_rc
make_message(struct doctor *d, const struct weekly_signer *signer, const char *to,
    struct weekly_links *links, struct buf *out, struct wrap_err *err)
{
	struct edition e = { .id = 1,
		.key = "2026-W01",
		.subject = (char *)"wrap doctor: a sample edition",
		.markdown = (char *)sample,
		.sealed_at = d->now };
	struct weekly_message *m = NULL;
	struct compiled *compiled = NULL;
	enum wrap_rc rc = weekly_message_open(d->c, &e, d->now, &m, err);

	if (rc == WRAP_OK)
		rc = render_compile(weekly_message_render(m), NULL, &compiled, err);
	if (rc == WRAP_OK) {
		weekly_links_make(d->c, d->keys, &e, 0, to, NULL, links);
		rc = compiled_splice(compiled, &links->reader, out, err);
	}
	if (rc == WRAP_OK)
		rc = weekly_sign(signer, d->now, out, err);
	compiled_free(&compiled);
	weekly_message_close(&m);
	return rc;
}

/* ---- the signature as a receiver sees it -------------------------------------------------------------- */

struct published {
	const struct weekly_signer *signer;
	struct buf name, value;
};

/* What the DNS should say: our own keys. */
static const char *
own_record(void *ctx, const char *name)
{
	struct published *p = ctx;
	struct wrap_err err;

	for (size_t i = 0; i < p->signer->n; i++) {
		buf_truncate(&p->name, 0);
		buf_truncate(&p->value, 0);
		dkim_record_name(p->signer->keys[i], &p->name);
		if (strcmp(buf_str(&p->name), name) == 0 &&
		    dkim_record(p->signer->keys[i], &p->value, &err) == WRAP_OK)
			return buf_str(&p->value);
	}
	return NULL;
}

/* Does the first DKIM-Signature name the header in its h=? Folds are gone over. */
static bool
covers(struct span message, const char *header)
{
	struct buf flat = BUF_INIT(1 << 16);
	size_t at = span_ifind(message, SPAN_LIT("DKIM-Signature:"));
	struct span rest, list = span_of(""), name;
	bool found = false;

	for (size_t i = at; at != (size_t)-1 && i < message.n; i++) {
		if (message.p[i] == '\n' && i + 1 < message.n && message.p[i + 1] != ' ' &&
		    message.p[i + 1] != '\t')
			break;
		if (strchr(" \t\r\n", message.p[i]) == NULL)
			buf_addc(&flat, message.p[i]);
	}
	at = span_find(buf_span(&flat), SPAN_LIT(";h="));
	if (at != (size_t)-1) {
		rest = buf_span(&flat);
		rest.p += at + 3;
		rest.n -= at + 3;
		(void)span_cut(&rest, ';', &list);
		while (span_cut(&list, ':', &name))
			found = found || span_ieqs(name, header);
	}
	buf_clear(&flat);
	return found;
}

static void
judge_headers(struct doctor *d, const struct weekly_signer *signer, struct span message)
{
	static const char check[] = "unsubscribe";
	struct published p = { .signer = signer, .name = BUF_INIT(1024), .value = BUF_INIT(4096) };
	struct wrap_err err;
	size_t good, all;

	if (d->c->publication.url == NULL)
		warn(d, check,
		    "publication.url = \"https://...\"; in wrap.conf, and wrap serve there",
		    "mails offer no one-click unsubscribing: publication.url is not set");
	else if (span_find(message, SPAN_LIT("\nList-Unsubscribe-Post:")) == (size_t)-1)
		wrong(d, DOCTOR_SETUP, check, "publication.url = \"https://...\"; in wrap.conf",
		    "mails offer no one-click unsubscribing: %s is not https",
		    d->c->publication.url);
	else if (signer->n == 0)
		warn(d, check, "wrap dkim keygen",
		    "no signature covers the unsubscribe headers: no key is configured");
	else if (dkim_verify(message, own_record, &p, d->now, &good, &all, &err) != WRAP_OK)
		wrong(d, DOCTOR_SETUP, check, "wrap dkim record",
		    "our own signature does not hold: %s", err.text);
	else if (!covers(message, "List-Unsubscribe") || !covers(message, "List-Unsubscribe-Post"))
		wrong(d, DOCTOR_SETUP, check, "wrap dkim keygen",
		    "our signature does not cover the unsubscribe headers");
	else
		ok(d, check, "both unsubscribe headers are there and covered by %zu signatures",
		    good);
	buf_clear(&p.name);
	buf_clear(&p.value);
}

void
doctor_message(struct doctor *d)
{
	struct weekly_signer signer = { 0 };
	struct weekly_links links;
	struct buf message = BUF_INIT(1 << 22);
	struct wrap_err err;
	enum wrap_rc rc = weekly_signer_open(d->c, &signer, &err);

	doctor_step(d, "templates");
	if (rc != WRAP_OK)
		wrong(d, DOCTOR_SETUP, "keys", "wrap dkim keygen   (or chmod 600 the key)", "%s",
		    err.text);
	rc = make_message(d, &signer, "sample@example.org", &links, &message, &err);
	if (rc != WRAP_OK) {
		wrong(d, DOCTOR_SETUP, "templates",
		    "mend the file, or move it out of paths.templates: the built-in one takes its place",
		    "%s", err.text);
	} else {
		ok(d, "templates", "a sample edition makes a message of %zu kB",
		    message.n / 1024 + 1);
		judge_headers(d, &signer, buf_span(&message));
	}
	buf_clear(&message);
	weekly_signer_close(&signer);
}

/* ---- one mail on request --------------------------------------------------------------------------------- */

struct one_mail {
	struct send_item item;
	bool given;
	struct verdict verdict;
};

static enum wrap_rc
next_item(void *ctx, struct send_item *out, struct wrap_err *err)
{
	struct one_mail *m = ctx;

	if (m->given)
		return wrap_fail(err, WRAP_ENOTFOUND, "no more");
	m->given = true;
	*out = m->item;
	return WRAP_OK;
}

static enum wrap_rc
item_done(void *ctx, const struct send_item *item, const struct verdict *v, struct wrap_err *err)
{
	struct one_mail *m = ctx;

	(void)item;
	(void)err;
	m->verdict = *v;
	return WRAP_OK;
}

static void
send_one(struct doctor *d, struct buf *message, struct weekly_links *links)
{
	static const char check[] = "mail",
			  type[] = "wrap -v doctor --mail-me ADDRESS   (shows the dialogue)";
	char name[64];
	struct one_mail one = { .item = { .id = 1,
				    .mail_from = links->mail_from,
				    .rcpt_to = d->mail_me,
				    .message = buf_span(message),
				    .name = name } };
	struct send_source src = { .ctx = &one, .next = next_item, .done = item_done };
	struct send_report report;
	struct wrap_err err;

	(void)snprintf(name, sizeof(name), "doctor-%lld", (long long)d->now);
	if (send_run(d->c->relays, d->c->n_relays, d->c->paths.outbox, NULL, &src, &report, &err) !=
	    WRAP_OK)
		wrong(d, DOCTOR_PEER, check, type, "%s", err.text);
	else if (one.verdict.outcome == OUTCOME_ACCEPTED && d->c->n_relays == 0)
		ok(d, check, "a sample edition for %s is in %s", d->mail_me, d->c->paths.outbox);
	else if (one.verdict.outcome == OUTCOME_ACCEPTED)
		ok(d, check, "a sample edition is on its way to %s: %d %s", d->mail_me,
		    one.verdict.reply_code, one.verdict.text);
	else
		wrong(d, DOCTOR_PEER, check, type, "%s got no mail: %d %s", d->mail_me,
		    one.verdict.reply_code, report.stopped ? report.reason : one.verdict.text);
}

void
doctor_mail(struct doctor *d)
{
	struct weekly_signer signer = { 0 };
	struct weekly_links links;
	struct buf message = BUF_INIT(1 << 22);
	struct wrap_err err;
	enum wrap_rc rc = weekly_signer_open(d->c, &signer, &err);

	doctor_step(d, "mail");
	if (rc == WRAP_OK)
		rc = make_message(d, &signer, d->mail_me, &links, &message, &err);
	if (rc != WRAP_OK)
		wrong(d, DOCTOR_SETUP, "mail", "wrap doctor", "%s", err.text);
	else
		send_one(d, &message, &links);
	buf_clear(&message);
	weekly_signer_close(&signer);
}
