/*
 * A person's right to be forgotten (GDPR, article 17) beside their right not to be mailed again: all that
 * tells who they are goes, a keyed hash that only matches when the address is shown again stays.
 */
#include "wrap/people.h"

#include <stdlib.h>
#include <string.h>

#define FORGOTTEN "forgotten" /* the reason of the suppression */

static enum wrap_rc
erase(struct store *st, const struct keyring *keys, const struct subscriber *s, int64_t now,
    struct forgotten *gone, struct wrap_err *err)
{
	uint8_t hash[SHA256_BYTES];
	enum wrap_rc rc = store_begin(st, err);

	if (rc != WRAP_OK)
		return rc;
	suppress_hash(keys, s->canonical, hash);
	rc = suppression_add(st, hash, FORGOTTEN, now, err);
	if (rc == WRAP_OK)
		rc = forget_reader(st, s->id, gone, err);
	return store_end(st, rc, err);
}

/* Nobody has it: forgotten before is fine, never known is not. */
static enum wrap_rc
was_forgotten(struct store *st, const struct keyring *keys, const char *address, struct strs *words,
    struct wrap_err *err)
{
	uint8_t hash[SHA256_BYTES];
	char *canonical = NULL, *reason = NULL;
	struct wrap_err why = { 0 };
	enum wrap_rc rc = people_canonical(address, &canonical, err);

	if (rc == WRAP_OK) {
		suppress_hash(keys, canonical, hash);
		rc = suppression_find(st, hash, &reason, &why);
		if (rc == WRAP_ENOTFOUND)
			rc = wrap_fail(err, rc, "nobody is known as %s", canonical);
		else if (rc != WRAP_OK)
			*err = why;
	}
	if (rc == WRAP_OK)
		rc = strs_add(words, span_of(canonical), err);
	free(reason);
	free(canonical);
	return rc;
}

enum wrap_rc
people_forget(struct store *st, const struct keyring *keys, const char *address, int64_t now,
    struct forget_report *out, struct wrap_err *err)
{
	struct subscriber s = { 0 };
	struct strs words = { 0 };
	enum wrap_rc rc = people_find(st, address, &s, err);

	*out = (struct forget_report){ .known = rc == WRAP_OK };
	if (rc == WRAP_ENOTFOUND) {
		rc = was_forgotten(st, keys, address, &words, err);
	} else if (rc == WRAP_OK) {
		rc = strs_add(&words, span_of(s.address), err);
		if (rc == WRAP_OK)
			rc = strs_add(&words, span_of(s.canonical), err);
		if (rc == WRAP_OK)
			rc = erase(st, keys, &s, now, &out->gone, err);
	}
	if (rc == WRAP_OK) {
		rc = store_scrub(st, &words, &out->left, err);
		if (rc ==
		    WRAP_EBUSY) { /* they are forgotten; the log empties with the next chance */
			out->busy = true;
			rc = WRAP_OK;
		}
	}
	strs_clear(&words);
	subscriber_clear(&s);
	return rc;
}

enum wrap_rc
people_forget_waiting(
    struct store *st, const struct config *c, int64_t now, int64_t *n, struct wrap_err *err)
{
	*n = 0;
	return c->serve.pending_days == 0
		   ? WRAP_OK
		   : forget_waiting(st, now - c->serve.pending_days * 86400, n, err);
}

/* ---- after a restore --------------------------------------------------------------------------------------- */

struct again {
	struct store *st;
	const struct keyring *keys;
	struct buf ids; /* int64_t each */
};

static enum wrap_rc
note_forgotten(void *ctx, const struct subscriber *s, struct wrap_err *err)
{
	struct again *a = ctx;
	uint8_t hash[SHA256_BYTES];
	char *reason = NULL;
	enum wrap_rc rc;

	suppress_hash(a->keys, s->canonical, hash);
	rc = suppression_find(a->st, hash, &reason, err);
	if (rc == WRAP_OK && strcmp(reason, FORGOTTEN) == 0) {
		buf_add(&a->ids, &s->id, sizeof(s->id));
		rc = buf_rc(&a->ids, err);
	}
	free(reason);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
people_forget_again(struct store *st, const struct keyring *keys, int64_t *n, struct wrap_err *err)
{
	struct again a = { .st = st, .keys = keys, .ids = BUF_INIT(0) };
	struct forgotten gone;
	enum wrap_rc rc;
	bool any;

	*n = 0;
	rc = suppression_any(st, &any, err);
	if (rc == WRAP_OK && any)
		rc = subscriber_each(st, NULL, note_forgotten, &a, err);
	for (size_t i = 0; rc == WRAP_OK && i < a.ids.n; i += sizeof(int64_t)) {
		int64_t id;

		memcpy(&id, a.ids.p + i, sizeof(id));
		rc = forget_reader(st, id, &gone, err);
		*n += rc == WRAP_OK;
	}
	buf_clear(&a.ids);
	return rc;
}
