/*
 * Sealing: from here on the edition, its messages and its readers are fixed, and its stories are spent.
 * One transaction, so that a power cut leaves a draft or a complete ledger.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* Compile, keep and freeze for one set of topics ("" all). */
static enum wrap_rc
freeze_set(struct weekly *w, const struct edition *e, struct render *r,
    const struct weekly_signer *signer, const char *topics, int64_t *rows, struct wrap_err *err)
{
	const char *choice = topics[0] == '\0' ? NULL : topics;
	struct compiled *m = NULL;
	struct buf blob = BUF_INIT(0);
	int64_t message_id = 0;
	enum wrap_rc rc = WRAP_OK;

	*rows = 0;
	if (render_stories(r, choice) > 0) {
		rc = render_compile(r, choice, &m, err);
		if (rc == WRAP_OK)
			rc = weekly_proof_message(w, e, signer, m, err);
		if (rc == WRAP_OK)
			rc = compiled_save(m, &blob, err);
		if (rc == WRAP_OK)
			rc = message_put(w->st, e->id, topics, buf_span(&blob), &message_id, err);
	}
	if (rc == WRAP_OK)
		rc = delivery_freeze(w->st, e->id, topics, message_id, e->sealed_at, rows, err);
	compiled_free(&m);
	buf_clear(&blob);
	return rc;
}

static enum wrap_rc
freeze_all(
    struct weekly *w, struct edition *e, struct render *r, int64_t *rows, struct wrap_err *err)
{
	struct strs sets = { 0 };
	struct weekly_signer signer;
	enum wrap_rc rc = weekly_signer_open(w->c, &signer, err);

	if (rc == WRAP_OK)
		rc = subscriber_topic_sets(w->st, &sets, err);

	for (size_t i = 0; rc == WRAP_OK && i < sets.n; i++) {
		int64_t n;

		rc = freeze_set(w, e, r, &signer, sets.v[i], &n, err);
		*rows += n;
	}
	strs_clear(&sets);
	weekly_signer_close(&signer);
	return rc == WRAP_OK ? edition_put(w->st, e, err) : rc;
}

enum wrap_rc
weekly_seal(struct weekly *w, struct edition *e, int64_t *rows, struct wrap_err *err)
{
	enum edition_state was = e->state;
	struct weekly_message *m;
	enum wrap_rc rc;

	*rows = 0;
	e->sealed_at = clock_now(w->clock);
	rc = weekly_message_open(w->c, e, e->sealed_at, &m, err);
	if (rc != WRAP_OK)
		return rc;
	e->state = EDITION_SENDING;
	rc = store_begin(w->st, err);
	if (rc == WRAP_OK)
		rc = store_end(w->st, freeze_all(w, e, weekly_message_render(m), rows, err), err);
	weekly_message_close(&m);
	if (rc != WRAP_OK) {
		e->state = was;
		e->sealed_at = 0;
	}
	return wrap_while(err, rc, "seal edition %s", e->key);
}
