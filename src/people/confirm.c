/*
 * Confirmed opt-in. Whoever asks for the edition is sent one mail with a link; only what is pressed on the
 * page behind it begins a subscription. Limits hold however many ask: one such mail a day to an address, three
 * until its owner does something, and so many in an hour to all together, the rest later. The link works for
 * seven days and once. It is judged by the letters in the store, so that nothing about it has to be kept elsewhere.
 */
#include "wrap/people.h"

#include <stdlib.h>

#define DAY_S 86400
#define LINK_DAYS 7 /* a link in a letter is good for so long */
#define LETTERS_MOST 3
#define BACKLOG_HOURS 4 /* with more waiting nobody new is taken on */

static enum wrap_rc
consent_step(struct store *st, int64_t id, const char *step, const struct people_act *act,
    struct wrap_err *err)
{
	struct consent c = { .subscriber_id = id,
		.at = act->now,
		.step = step,
		.source = act->source,
		.detail = act->detail };

	return consent_add(st, &c, err);
}

/* ---- asking -------------------------------------------------------------------------------------------- */

/* When the next confirmation may go, by how many were queued in the last hour. */
static enum wrap_rc
place_in_line(struct store *st, const struct config *c, int64_t now, int64_t *due, bool *full,
    struct wrap_err *err)
{
	int64_t n;
	enum wrap_rc rc = letter_created(st, "confirm", now - 3600, &n, err);

	*due = now + n / c->serve.letters * 3600;
	*full = n >= c->serve.letters * BACKLOG_HOURS;
	return rc;
}

static enum wrap_rc
ask(struct store *st, const struct subscriber *s, int64_t now, int64_t due,
    enum people_asked *asked, struct wrap_err *err)
{
	int64_t n, newest, id;
	enum wrap_rc rc = letter_count(st, s->id, "confirm", s->changed_at, &n, &newest, err);

	if (rc != WRAP_OK)
		return rc;
	if (n > 0 && newest > now - DAY_S) {
		*asked = ASKED_TODAY;
		return WRAP_OK;
	}
	if (n >= LETTERS_MOST) {
		*asked = ASKED_ENOUGH;
		return WRAP_OK;
	}
	*asked = ASKED_QUEUED;
	return letter_add(st, s->id, "confirm", now, due, &id, err);
}

/* Did the owner of this address want no mail of ours, ever? */
static enum wrap_rc
is_suppressed(struct store *st, const struct keyring *keys, const struct subscriber *s, bool *out,
    struct wrap_err *err)
{
	uint8_t hash[SHA256_BYTES];
	char *reason = NULL;
	enum wrap_rc rc;

	suppress_hash(keys, s->canonical, hash);
	rc = suppression_find(st, hash, &reason, err);
	*out = rc == WRAP_OK;
	free(reason);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

static enum wrap_rc
request_in_store(struct store *st, const struct config *c, const struct keyring *keys,
    const struct subscribe_request *r, int64_t now, struct subscriber *out,
    enum subscribe_result *result, bool *changed, enum people_asked *asked, struct wrap_err *err)
{
	int64_t due;
	bool full, suppressed;
	enum wrap_rc rc = place_in_line(st, c, now, &due, &full, err);

	if (rc == WRAP_OK && full && !r->confirmed)
		return wrap_fail(err, WRAP_ELIMIT,
		    "more people asked to subscribe in this hour than serve.letters allows");
	if (rc == WRAP_OK)
		rc = people_subscribe(st, c, keys, r, now, out, result, changed, err);
	suppressed = out->id == 0 || out->state == SUBSCRIBER_ACTIVE;
	if (rc == WRAP_OK && !suppressed && !r->stranger)
		rc = is_suppressed(st, keys, out, &suppressed, err);
	if (rc == WRAP_OK && !suppressed)
		rc = ask(st, out, now, due, asked, err);
	return rc;
}

enum wrap_rc
people_request(struct store *st, const struct config *c, const struct keyring *keys,
    const struct subscribe_request *r, int64_t now, struct subscriber *out,
    enum subscribe_result *result, bool *changed, enum people_asked *asked, struct wrap_err *err)
{
	enum wrap_rc rc = store_begin(st, err);

	*out = (struct subscriber){ 0 };
	*result = SUBSCRIBE_STAYS_OUT;
	*changed = false;
	*asked = ASKED_NOT;
	if (rc != WRAP_OK)
		return rc;
	rc = store_end(
	    st, request_in_store(st, c, keys, r, now, out, result, changed, asked, err), err);
	if (rc != WRAP_OK)
		subscriber_clear(out);
	return rc;
}

/* ---- letters with a link that works for a week ------------------------------------------------------------ */

/* Was a letter of that kind written lately, since their state moved, and its link not used? */
static enum wrap_rc
letter_is_good(struct store *st, const struct subscriber *s, const char *kind, int64_t now,
    bool *good, struct wrap_err *err)
{
	int64_t since = now - (int64_t)LINK_DAYS * DAY_S + 1;

	return letter_usable(
	    st, s->id, kind, since > s->changed_at ? since : s->changed_at, good, err);
}

enum wrap_rc
people_confirmable(struct store *st, int64_t id, int64_t now, struct subscriber *out,
    enum confirm_result *result, struct wrap_err *err)
{
	bool good = false;
	enum wrap_rc rc = subscriber_by_id(st, id, out, err);

	*result = CONFIRM_LATE;
	if (rc == WRAP_OK && out->state == SUBSCRIBER_ACTIVE)
		*result = CONFIRM_WAS_ACTIVE;
	else if (rc == WRAP_OK)
		rc = letter_is_good(st, out, "confirm", now, &good, err);
	if (good)
		*result = CONFIRM_DONE;
	if (rc != WRAP_OK)
		subscriber_clear(out);
	return rc;
}

/* Nothing revives a suppressed address but this. */
static enum wrap_rc
lift_suppression(
    struct store *st, const struct keyring *keys, const struct subscriber *s, struct wrap_err *err)
{
	uint8_t hash[SHA256_BYTES];

	suppress_hash(keys, s->canonical, hash);
	return suppression_remove(st, hash, err);
}

/* The reader is active from now on, and the record says so. out is read anew. */
static enum wrap_rc
make_active(struct store *st, const char *step, const char *why, const struct people_act *act,
    struct subscriber *out, struct wrap_err *err)
{
	int64_t id = out->id;
	enum wrap_rc rc = subscriber_move(st, id, SUBSCRIBER_ACTIVE, act->now, why, err);

	if (rc == WRAP_OK)
		rc = consent_step(st, id, step, act, err);
	subscriber_clear(out);
	return rc == WRAP_OK ? subscriber_by_id(st, id, out, err) : rc;
}

static enum wrap_rc
confirm_in_store(struct store *st, const struct config *c, const struct keyring *keys, int64_t id,
    const struct people_act *act, struct subscriber *out, enum confirm_result *result,
    struct wrap_err *err)
{
	int64_t letter;
	enum wrap_rc rc = people_confirmable(st, id, act->now, out, result, err);

	if (rc != WRAP_OK || *result != CONFIRM_DONE)
		return rc;
	rc = lift_suppression(st, keys, out, err);
	if (rc == WRAP_OK)
		rc = letter_use(st, id, "confirm", err);
	if (rc == WRAP_OK)
		rc = make_active(st, "confirm", "confirmed by the link in our mail", act, out, err);
	if (rc == WRAP_OK && c->serve.welcome)
		rc = letter_add(st, id, "welcome", act->now, act->now, &letter, err);
	return rc;
}

enum wrap_rc
people_confirm(struct store *st, const struct config *c, const struct keyring *keys, int64_t id,
    const struct people_act *act, struct subscriber *out, enum confirm_result *result,
    struct wrap_err *err)
{
	enum wrap_rc rc = store_begin(st, err);

	*out = (struct subscriber){ 0 };
	*result = CONFIRM_LATE;
	if (rc == WRAP_OK)
		rc = store_end(st, confirm_in_store(st, c, keys, id, act, out, result, err), err);
	if (rc != WRAP_OK)
		subscriber_clear(out);
	return rc;
}

/* ---- coming back ------------------------------------------------------------------------------------------ */

/* Who may take back their leaving: whoever left within a day. Their link is made only as they leave. */
bool
people_may_return(const struct subscriber *s, int64_t now)
{
	return s->state == SUBSCRIBER_UNSUBSCRIBED && s->confirmed_at != 0 &&
	       s->changed_at > now - DAY_S;
}

static enum wrap_rc
return_in_store(struct store *st, int64_t id, const struct people_act *act, struct subscriber *out,
    enum confirm_result *result, struct wrap_err *err)
{
	enum wrap_rc rc = subscriber_by_id(st, id, out, err);

	if (rc == WRAP_OK && out->state == SUBSCRIBER_ACTIVE)
		*result = CONFIRM_WAS_ACTIVE;
	if (rc != WRAP_OK || !people_may_return(out, act->now))
		return rc;
	*result = CONFIRM_DONE;
	return make_active(st, "return", "took back their leaving", act, out, err);
}

enum wrap_rc
people_return(struct store *st, int64_t id, const struct people_act *act, struct subscriber *out,
    enum confirm_result *result, struct wrap_err *err)
{
	enum wrap_rc rc = store_begin(st, err);

	*out = (struct subscriber){ 0 };
	*result = CONFIRM_LATE;
	if (rc == WRAP_OK)
		rc = store_end(st, return_in_store(st, id, act, out, result, err), err);
	if (rc != WRAP_OK)
		subscriber_clear(out);
	return rc;
}

/* ---- what we keep ----------------------------------------------------------------------------------------- */

static enum wrap_rc
ask_for_data(struct store *st, int64_t id, int64_t now, bool *queued, struct wrap_err *err)
{
	int64_t n, newest, letter;
	enum wrap_rc rc = letter_count(st, id, "data", now - DAY_S, &n, &newest, err);

	*queued = rc == WRAP_OK && n == 0;
	return *queued ? letter_add(st, id, "data", now, now, &letter, err) : rc;
}

enum wrap_rc
people_ask_data(struct store *st, int64_t id, int64_t now, bool *queued, struct wrap_err *err)
{
	enum wrap_rc rc = store_begin(st, err);

	*queued = false;
	return rc == WRAP_OK ? store_end(st, ask_for_data(st, id, now, queued, err), err) : rc;
}

enum wrap_rc
people_data_open(struct store *st, int64_t id, int64_t now, bool *open, struct wrap_err *err)
{
	int64_t n, newest;
	enum wrap_rc rc =
	    letter_count(st, id, "data", now - (int64_t)LINK_DAYS * DAY_S, &n, &newest, err);

	*open = rc == WRAP_OK && n > 0;
	return rc;
}
