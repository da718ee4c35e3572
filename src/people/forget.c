/*
 * A person's right to be forgotten (GDPR, article 17) beside their right not to be mailed again: all that
 * tells who they are goes, a keyed hash that only matches when the address is shown again stays.
 */
#include "wrap/people.h"

#include <stdlib.h>

static enum wrap_rc
erase(struct store *st, const struct keyring *keys, const struct subscriber *s, int64_t now,
    struct forgotten *gone, struct wrap_err *err)
{
	uint8_t hash[SHA256_BYTES];
	enum wrap_rc rc = store_begin(st, err);

	if (rc != WRAP_OK)
		return rc;
	suppress_hash(keys, s->canonical, hash);
	rc = suppression_add(st, hash, "forgotten", now, err);
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
