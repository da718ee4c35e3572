/*
 * An edition to one address, outside the ledger: the message as a reader would get it, over the real relays,
 * for whoever wants to see it in an inbox first. Nobody's state changes.
 */
#include "internal.h"

#include "wrap/mail.h"
#include "wrap/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The subject says that it is a test, and the Message-ID is no reader's. */
static enum wrap_rc
make(struct weekly *w, const struct edition *e, const char *address, struct weekly_links *links,
    struct buf *out, struct wrap_err *err)
{
	int64_t now = clock_now(w->clock);
	struct weekly_signer signer = { 0 };
	struct weekly_message *m = NULL;
	struct compiled *compiled = NULL;
	struct subscriber s = { 0 };
	struct buf subject = BUF_INIT(8192);
	struct edition copy = *e;
	enum wrap_rc rc = people_find(w->st, address, &s, err);

	/* A reader's links work; anybody else's lead nowhere. */
	if (rc == WRAP_ENOTFOUND)
		rc = WRAP_OK;
	weekly_links_make(w->c, w->keys, e, s.id, address, s.name, links);
	(void)snprintf(links->message_id, sizeof(links->message_id), "test.%lld.%s@%s",
	    (long long)now, e->key, w->c->publication.domain);
	buf_addf(&subject, "[test] %s", e->subject);
	copy.subject = subject.p;
	if (rc == WRAP_OK)
		rc = buf_rc(&subject, err);
	if (rc == WRAP_OK)
		rc = weekly_message_open(w->c, &copy, now, &m, err);
	if (rc == WRAP_OK)
		rc = render_compile(weekly_message_render(m), NULL, &compiled, err);
	if (rc == WRAP_ENOTFOUND)
		rc = wrap_fail(err, WRAP_EINVAL, "edition %s has no story yet", e->key);
	if (rc == WRAP_OK)
		rc = compiled_splice(compiled, &links->reader, out, err);
	if (rc == WRAP_OK)
		rc = weekly_signer_open(w->c, &signer, err);
	if (rc == WRAP_OK)
		rc = weekly_sign(&signer, now, out, err);
	weekly_signer_close(&signer);
	compiled_free(&compiled);
	if (m != NULL)
		weekly_message_close(&m);
	subscriber_clear(&s);
	buf_clear(&subject);
	return rc;
}

enum wrap_rc
weekly_test(struct weekly *w, const char *key, const char *address, struct verdict *out,
    struct wrap_err *err)
{
	struct weekly_links links;
	struct buf bytes = BUF_INIT((size_t)4 << 20);
	struct edition e = { 0 };
	enum wrap_rc rc;

	*out = (struct verdict){ .outcome = OUTCOME_NOT_TRIED };
	if (!address_is_safe(span_of(address), true) || strchr(address, '@') == NULL)
		return wrap_fail(err, WRAP_EINVAL, "\"%.100s\" is no address", address);
	rc = key == NULL ? edition_latest(w->st, &e, err) : edition_by_key(w->st, key, &e, err);
	if (rc == WRAP_ENOTFOUND)
		return wrap_fail(err, rc, "there is no edition%s%s; wrap draft makes this week's",
		    key == NULL ? "" : " ", key == NULL ? " yet" : key);
	if (rc == WRAP_OK)
		rc = config_secrets(w->c, err);
	if (rc == WRAP_OK)
		rc = make(w, &e, address, &links, &bytes, err);
	if (rc == WRAP_OK)
		rc = weekly_send_one(w,
		    &(struct send_item){ .mail_from = links.mail_from,
			.rcpt_to = address,
			.message = buf_span(&bytes),
			.name = links.message_id },
		    out, err);
	buf_clear(&bytes);
	edition_clear(&e);
	return wrap_while(err, rc, "test");
}
