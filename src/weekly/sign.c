/*
 * Signing an edition's messages with the keys of the configuration. The signature's time is that of the
 * sealing, so that a repeated message has the same bytes.
 */
#include "wrap/weekly.h"

#include "wrap/mail.h"

#include <stdlib.h>
#include <string.h>

enum wrap_rc
weekly_signer_open(const struct config *c, struct weekly_signer *out, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	*out = (struct weekly_signer){ 0 };
	if (c->n_dkim == 0)
		return WRAP_OK;
	out->keys = calloc(c->n_dkim, sizeof(struct dkim_key *));
	if (out->keys == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	for (size_t i = 0; rc == WRAP_OK && i < c->n_dkim; i++) {
		struct buf pem;

		rc = secret_file(c->dkim[i].key, &pem, err);
		if (rc == WRAP_OK)
			rc = dkim_key_load(buf_span(&pem), c->dkim[i].domain, c->dkim[i].selector,
			    &out->keys[i], err);
		if (pem.p != NULL)
			secret_wipe(pem.p, pem.n);
		buf_clear(&pem);
		out->n += rc == WRAP_OK;
	}
	if (rc != WRAP_OK) {
		weekly_signer_close(out);
		err->code = rc = WRAP_ECONFIG;
	}
	return wrap_while(err, rc, "dkim key");
}

void
weekly_signer_close(struct weekly_signer *s)
{
	for (size_t i = 0; i < s->n; i++)
		dkim_key_free(&s->keys[i]);
	free(s->keys);
	*s = (struct weekly_signer){ 0 };
}

enum wrap_rc
weekly_sign(
    const struct weekly_signer *s, int64_t signed_at, struct buf *message, struct wrap_err *err)
{
	struct buf head = BUF_INIT(1 << 16);
	size_t n = message->n;
	enum wrap_rc rc;

	if (s->n == 0)
		return WRAP_OK;
	rc = dkim_sign(buf_span(message), (const struct dkim_key *const *)s->keys, s->n, signed_at,
	    &head, err);
	if (rc == WRAP_OK) {
		buf_addspan(message, buf_span(&head)); /* makes the room */
		rc = buf_rc(message, err);
	}
	if (rc == WRAP_OK) {
		memmove(message->p + head.n, message->p, n);
		memcpy(message->p, head.p, head.n);
	}
	buf_clear(&head);
	return rc;
}
