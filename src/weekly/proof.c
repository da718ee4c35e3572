/*
 * The proof before the press: an edition is asked whether it can go out at all, and the first message of
 * each compilation is made, looked over as a whole, and its signatures verified with the public halves of
 * our keys, as a receiver will. What is wrong here would be wrong for every reader, so nothing is sealed.
 */
#include "internal.h"

#include "wrap/mail.h"

#include <stdlib.h>
#include <string.h>

/* ---- the document ------------------------------------------------------------------------------------------ */

enum wrap_rc
weekly_proof(
    const struct weekly *w, const struct edition *e, struct buf *notes, struct wrap_err *err)
{
	struct weekly_message *m;
	struct strs warnings = { 0 };
	enum wrap_rc rc = weekly_message_open(w->c, e, clock_now(w->clock), &m, err);

	if (rc == WRAP_OK)
		rc = render_check(weekly_message_render(m), &warnings, err);
	for (size_t i = 0; i < warnings.n; i++)
		buf_addf(notes, "%s%s", notes->n > 0 ? "\n" : "", warnings.v[i]);
	strs_clear(&warnings);
	weekly_message_close(&m);
	return rc;
}

/* ---- one message ------------------------------------------------------------------------------------------- */

/* What the DNS will say of our keys, by the private halves. */
struct records {
	struct strs names, values;
};

static const char *
find_record(void *ctx, const char *name)
{
	const struct records *r = ctx;

	for (size_t i = 0; i < r->names.n && i < r->values.n; i++)
		if (strcmp(r->names.v[i], name) == 0)
			return r->values.v[i];
	return NULL;
}

static enum wrap_rc
read_records(const struct weekly_signer *signer, struct records *out, struct wrap_err *err)
{
	struct buf b = BUF_INIT(8192);
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = 0; i < signer->n && rc == WRAP_OK; i++) {
		buf_reset(&b);
		dkim_record_name(signer->keys[i], &b);
		rc = strs_add(&out->names, buf_span(&b), err);
		buf_reset(&b);
		if (rc == WRAP_OK)
			rc = dkim_record(signer->keys[i], &b, err);
		if (rc == WRAP_OK)
			rc = strs_add(&out->values, buf_span(&b), err);
	}
	buf_clear(&b);
	return rc;
}

static enum wrap_rc
verify(const struct weekly_signer *signer, struct span message, int64_t now, struct wrap_err *err)
{
	struct records records = { 0 };
	size_t good = 0, all = 0;
	enum wrap_rc rc = read_records(signer, &records, err);

	if (rc == WRAP_OK)
		rc = dkim_verify(message, find_record, &records, now, &good, &all, err);
	if (rc == WRAP_OK && good != signer->n)
		rc = wrap_fail(err, WRAP_EPROTO, "DKIM signature: %zu hold where %zu keys signed",
		    good, signer->n);
	strs_clear(&records.names);
	strs_clear(&records.values);
	return rc;
}

enum wrap_rc
weekly_proof_message(const struct weekly *w, const struct edition *e,
    const struct weekly_signer *signer, const struct compiled *m, struct wrap_err *err)
{
	struct weekly_links links;
	struct buf message = BUF_INIT(0);
	enum wrap_rc rc;

	/* Nobody's mail: it is never sent, and its reader does not exist. */
	weekly_links_make(w->c, w->keys, e, 0, "proof@example.org", "Proof Reader", &links);
	rc = compiled_splice(m, &links.reader, &message, err);
	if (rc == WRAP_OK)
		rc = weekly_sign(signer, e->sealed_at, &message, err);
	if (rc == WRAP_OK)
		rc = mime_gate(buf_span(&message), false, err);
	if (rc == WRAP_OK && signer->n > 0)
		rc = verify(signer, buf_span(&message), e->sealed_at, err);
	buf_clear(&message);
	return wrap_while(err, rc, "the proof of its message failed, nothing was sent");
}
