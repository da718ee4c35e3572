/*
 * What we keep of one person, as JSON: for them to read (GDPR, article 15) and to take with them.
 */
#include "record.h"

#include <stdlib.h>

static enum wrap_rc
add_letter(void *list, const struct letter_past *l, struct wrap_err *err)
{
	return record_add(list,
	    json_pack("{s:o,s:o,s:o,s:i,s:o}", "kind", record_text(l->kind), "created",
		record_time(l->created_at), "sent", record_time(l->sent_at), "attempts",
		l->attempts, "reason", record_text(l->reason)),
	    err);
}

static enum wrap_rc
add_delivery(
    void *list, const struct delivery *d, const char *key, int64_t sealed_at, struct wrap_err *err)
{
	(void)sealed_at;
	return record_add(list,
	    json_pack("{s:o,s:s,s:i,s:o,s:i,s:o}", "edition", record_text(key), "state",
		delivery_state_name(d->state), "attempts", d->attempts, "at",
		record_time(d->changed_at), "reply", d->reply_code, "reason",
		record_text(d->reason)),
	    err);
}

static enum wrap_rc
add_bounce(void *list, const struct bounce *b, struct wrap_err *err)
{
	return record_add(list,
	    json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "at", record_time(b->at), "class",
		record_text(b->class), "reason", record_text(b->reason), "status",
		record_text(b->status), "recipient", record_text(b->recipient), "text",
		record_text(b->diagnostic), "did", record_text(b->act), "undone",
		record_time(b->undone_at)),
	    err);
}

static enum wrap_rc
add_reader(struct store *st, const struct subscriber *s, json_t *what, struct wrap_err *err)
{
	json_t *consent = json_array(), *letters = json_array(), *deliveries = json_array(),
	       *bounces = json_array();
	json_t *reader = json_pack("{s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o}", "address",
	    record_text(s->address), "name", record_text(s->name), "topics", record_text(s->topics),
	    "language", record_text(s->language), "state", subscriber_state_name(s->state),
	    "created", record_time(s->created_at), "confirmed", record_time(s->confirmed_at),
	    "changed", record_time(s->changed_at), "paused_until", record_time(s->paused_until),
	    "why", record_text(s->why));
	enum wrap_rc rc = consent_each(st, s->id, record_consent, consent, err);

	if (rc == WRAP_OK)
		rc = letter_history(st, s->id, add_letter, letters, err);
	if (rc == WRAP_OK)
		rc = delivery_history(st, s->id, add_delivery, deliveries, err);
	if (rc == WRAP_OK)
		rc = bounce_each(st, s->id, 0, add_bounce, bounces, err);
	(void)json_object_set_new(what, "subscriber", reader);
	(void)json_object_set_new(what, "consent", consent);
	(void)json_object_set_new(what, "letters", letters);
	(void)json_object_set_new(what, "deliveries", deliveries);
	(void)json_object_set_new(what, "bounces", bounces);
	return rc;
}

static enum wrap_rc
add_suppression(struct store *st, const struct keyring *keys, const char *canonical, json_t *what,
    bool *suppressed, struct wrap_err *err)
{
	uint8_t hash[SHA256_BYTES];
	char *reason = NULL;
	enum wrap_rc rc;

	suppress_hash(keys, canonical, hash);
	rc = suppression_find(st, hash, &reason, err);
	*suppressed = rc == WRAP_OK;
	if (rc == WRAP_OK || rc == WRAP_ENOTFOUND) {
		(void)json_object_set_new(what, "suppressed", record_text(reason));
		rc = WRAP_OK;
	}
	free(reason);
	return rc;
}

enum wrap_rc
people_what(struct store *st, const struct keyring *keys, const char *address, struct buf *out,
    struct wrap_err *err)
{
	struct subscriber s = { 0 };
	char *canonical = NULL, *dump = NULL;
	json_t *what = json_object();
	bool known = false, suppressed = false;
	enum wrap_rc rc = people_canonical(address, &canonical, err);

	if (rc == WRAP_OK)
		rc = subscriber_by_canonical(st, canonical, &s, err);
	known = rc == WRAP_OK;
	if (known)
		rc = add_reader(st, &s, what, err);
	else if (rc == WRAP_ENOTFOUND)
		rc = WRAP_OK;
	if (rc == WRAP_OK)
		rc = add_suppression(st, keys, canonical, what, &suppressed, err);
	if (rc == WRAP_OK && !known && !suppressed)
		rc = wrap_fail(err, WRAP_ENOTFOUND, "nobody is known as %s", canonical);
	if (rc == WRAP_OK &&
	    (dump = json_dumps(what, JSON_INDENT(2) | JSON_PRESERVE_ORDER)) == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	if (rc == WRAP_OK) {
		buf_adds(out, dump);
		buf_addc(out, '\n');
		rc = buf_rc(out, err);
	}
	free(dump);
	json_decref(what);
	free(canonical);
	subscriber_clear(&s);
	return rc;
}
