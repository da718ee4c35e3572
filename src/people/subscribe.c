/*
 * Coming and leaving. The rules in one place: a new reader waits for their confirmation unless the
 * caller holds their consent; whoever left, bounced or complained comes back by a new confirmation only;
 * leaving always works. Each step leaves a consent record in the same transaction.
 */
#include "internal.h"

#include "wrap/mail.h"
#include "wrap/text.h"

#include <stdlib.h>
#include <string.h>

enum wrap_rc
people_address(
    const char *text, char **address, char **canonical, char **name, struct wrap_err *err)
{
	char *mailbox = NULL;
	struct address a;
	enum wrap_rc rc;

	*address = *canonical = *name = NULL;
	rc = address_named(span_of(text), name, &mailbox, err);
	if (rc != WRAP_OK)
		return wrap_while(err, rc, "\"%.100s\"", text);
	rc = address_parse(span_of(mailbox), &a, err);
	if (rc == WRAP_OK) {
		*canonical = address_canonical(&a);
		address_clear(&a);
		if (*canonical == NULL)
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	if (rc == WRAP_OK) {
		*address = mailbox;
		return WRAP_OK;
	}
	free(mailbox);
	free(*name);
	*name = NULL;
	return rc;
}

/* Is the topic among the words of choice, whatever its case? */
static bool
chosen(const char *choice, const char *topic)
{
	struct span rest = span_of(choice), one;

	while (span_cut(&rest, ',', &one))
		if (span_ieqs(span_trim(one), topic))
			return true;
	return false;
}

static bool
topic_is_known(const struct config *c, struct span name)
{
	return config_topic_find(c, name) != NULL ||
	       (c->edition.other != NULL && span_ieqs(name, c->edition.other));
}

static enum wrap_rc
unknown_topic(const struct config *c, struct span name, struct wrap_err *err)
{
	struct buf all = BUF_INIT(4096);
	enum wrap_rc rc;

	for (size_t i = 0; i < c->n_topics; i++)
		buf_addf(&all, "%s%s", i == 0 ? "" : ", ", c->topics[i].name);
	if (c->edition.other != NULL)
		buf_addf(&all, "%s%s", all.n == 0 ? "" : ", ", c->edition.other);
	rc = wrap_fail(err, WRAP_EINVAL, "there is no topic \"%.*s\"; there are: %s",
	    (int)(name.n < 60 ? name.n : 60), name.p, all.n == 0 ? "none" : buf_str(&all));
	buf_clear(&all);
	return rc;
}

enum wrap_rc
people_topics(const struct config *c, const char *choice, char **out, struct wrap_err *err)
{
	struct span rest = span_of(choice), one;
	struct buf b = BUF_INIT(1 << 16);
	size_t n = 0, all = c->n_topics + (c->edition.other != NULL ? 1 : 0);

	*out = NULL;
	while (span_cut(&rest, ',', &one))
		if (span_trim(one).n > 0 && !topic_is_known(c, span_trim(one)))
			return unknown_topic(c, span_trim(one), err);
	for (size_t i = 0; i < all; i++) {
		const char *name = i < c->n_topics ? c->topics[i].name : c->edition.other;

		if (!chosen(choice, name))
			continue;
		buf_addf(&b, "%s%s", n++ == 0 ? "" : ",", name);
	}
	if (n == 0 || n == all) {
		buf_clear(&b);
		return WRAP_OK;
	}
	*out = buf_steal(&b);
	return *out == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
}

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Replace *at by a copy of text when they differ. */
static enum wrap_rc
choose(char **at, const char *text, bool *changed, struct wrap_err *err)
{
	char *copy;

	if (same(*at, text))
		return WRAP_OK;
	copy = str_dup(text);
	if (text != NULL && copy == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	free(*at);
	*at = copy;
	*changed = true;
	return WRAP_OK;
}

enum wrap_rc
people_name(const char *text, char **out, struct wrap_err *err)
{
	struct buf b = BUF_INIT(1024);

	*out = NULL;
	if (text == NULL)
		return WRAP_OK;
	utf8_line(span_of(text), &b);
	if (b.rc != WRAP_OK || b.n > 200) {
		buf_clear(&b);
		return wrap_fail(err, WRAP_EINVAL, "the name is longer than 200 bytes");
	}
	if (b.n == 0) {
		buf_clear(&b);
		return WRAP_OK;
	}
	*out = buf_steal(&b);
	return *out == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
}

struct work {
	struct store *st;
	const struct config *c;
	const struct keyring *keys;
	const struct subscribe_request *r;
	int64_t now;
	char *address, *canonical, *name, *topics; /* as read from the request */
};

static enum wrap_rc
record(const struct work *w, int64_t id, const char *step, struct wrap_err *err)
{
	struct consent c = { .subscriber_id = id,
		.at = w->now,
		.step = step,
		.source = w->r->source,
		.detail = w->r->why };

	return consent_add(w->st, &c, err);
}

/* The choices named in the request onto the reader. */
static enum wrap_rc
apply_choices(const struct work *w, struct subscriber *s, bool *changed, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	if (w->name != NULL)
		rc = choose(&s->name, w->name, changed, err);
	if (rc == WRAP_OK && w->r->topics != NULL)
		rc = choose(&s->topics, w->topics, changed, err);
	if (rc == WRAP_OK && w->r->language != NULL)
		rc = choose(&s->language, w->r->language, changed, err);
	return rc;
}

static enum wrap_rc
add_new(const struct work *w, struct subscriber *out, enum subscribe_result *result,
    struct wrap_err *err)
{
	struct subscriber s = { .address = w->address,
		.canonical = w->canonical,
		.name = w->name,
		.topics = w->topics,
		.language = (char *)(uintptr_t)w->r->language,
		.state = w->r->confirmed ? SUBSCRIBER_ACTIVE : SUBSCRIBER_PENDING,
		.created_at = w->now,
		.confirmed_at = w->r->confirmed ? w->now : 0,
		.changed_at = w->now,
		.why = (char *)(uintptr_t)w->r->why };
	int64_t id;
	enum wrap_rc rc = subscriber_add(w->st, &s, &id, err);

	*result = w->r->confirmed ? SUBSCRIBE_ACTIVE : SUBSCRIBE_PENDING;
	if (rc == WRAP_OK)
		rc = record(w, id, w->r->confirmed ? "confirm" : "subscribe", err);
	return rc == WRAP_OK ? subscriber_by_id(w->st, id, out, err) : rc;
}

/* A reader we know. Whoever is out stays out unless this is a new confirmation. */
static enum wrap_rc
update_known(const struct work *w, struct subscriber *s, enum subscribe_result *result,
    bool *changed, struct wrap_err *err)
{
	enum subscriber_state was = s->state;
	bool out = was != SUBSCRIBER_PENDING && was != SUBSCRIBER_ACTIVE;
	enum wrap_rc rc = WRAP_OK;

	if (out && !w->r->confirmed) {
		*result = SUBSCRIBE_STAYS_OUT;
		return WRAP_OK;
	}
	/* Whoever fills in a form with a reader's address has no say over what that reader chose. */
	if (!w->r->stranger || was == SUBSCRIBER_PENDING)
		rc = apply_choices(w, s, changed, err);
	if (rc == WRAP_OK && *changed)
		rc = subscriber_choose(w->st, s, err);
	if (rc == WRAP_OK && *changed && was == SUBSCRIBER_ACTIVE)
		rc = record(w, s->id, "choose", err);
	if (rc != WRAP_OK)
		return rc;
	if (was == SUBSCRIBER_ACTIVE) {
		*result = SUBSCRIBE_WAS_ACTIVE;
		return WRAP_OK;
	}
	if (!w->r->confirmed) {
		*result = SUBSCRIBE_WAS_PENDING;
		return WRAP_OK;
	}
	*result = out ? SUBSCRIBE_RETURNED : SUBSCRIBE_ACTIVE;
	rc = subscriber_move(w->st, s->id, SUBSCRIBER_ACTIVE, w->now, w->r->why, err);
	if (rc == WRAP_OK)
		rc = record(w, s->id, "confirm", err);
	if (rc == WRAP_OK) {
		int64_t id = s->id;

		subscriber_clear(s);
		rc = subscriber_by_id(w->st, id, s, err);
	}
	return rc;
}

static enum wrap_rc
check_suppression(const struct work *w, bool *suppressed, struct wrap_err *err)
{
	uint8_t hash[SHA256_BYTES];
	char *reason = NULL;
	enum wrap_rc rc;

	*suppressed = false;
	suppress_hash(w->keys, w->canonical, hash);
	rc = suppression_find(w->st, hash, &reason, err);
	free(reason);
	if (rc == WRAP_ENOTFOUND)
		return WRAP_OK;
	if (rc == WRAP_OK && w->r->confirmed)
		return suppression_remove(w->st, hash, err);
	*suppressed = rc == WRAP_OK;
	return rc;
}

static enum wrap_rc
subscribe_in_store(const struct work *w, struct subscriber *out, enum subscribe_result *result,
    bool *changed, struct wrap_err *err)
{
	bool suppressed;
	enum wrap_rc rc = check_suppression(w, &suppressed, err);

	if (rc != WRAP_OK)
		return rc;
	rc = subscriber_by_canonical(w->st, w->canonical, out, err);
	if (rc == WRAP_OK)
		return update_known(w, out, result, changed, err);
	if (rc != WRAP_ENOTFOUND)
		return rc;
	if (!suppressed || w->r->stranger)
		return add_new(w, out, result, err);
	*result = SUBSCRIBE_STAYS_OUT;
	out->address = str_dup(w->address);
	return out->address == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
}

enum wrap_rc
people_subscribe(struct store *st, const struct config *c, const struct keyring *keys,
    const struct subscribe_request *r, int64_t now, struct subscriber *out,
    enum subscribe_result *result, bool *changed, struct wrap_err *err)
{
	struct work w = { .st = st, .c = c, .keys = keys, .r = r, .now = now };
	char *beside = NULL;
	enum wrap_rc rc;

	*out = (struct subscriber){ 0 };
	*result = SUBSCRIBE_STAYS_OUT;
	*changed = false;
	if (r->confirmed && (r->why == NULL || r->why[0] == '\0'))
		return wrap_fail(
		    err, WRAP_EINVAL, "--confirmed needs --why: how did they consent?");
	if (r->language != NULL && !language_tag_ok(r->language))
		return wrap_fail(err, WRAP_EINVAL,
		    "\"%.60s\" is no language tag; write it like en or pt-BR", r->language);
	rc = people_address(r->address, &w.address, &w.canonical, &beside, err);
	if (rc == WRAP_OK)
		rc = people_name(r->name != NULL ? r->name : beside, &w.name, err);
	if (rc == WRAP_OK)
		rc = people_topics(c, r->topics, &w.topics, err);
	if (rc == WRAP_OK)
		rc = store_begin(st, err);
	if (rc == WRAP_OK)
		rc = store_end(st, subscribe_in_store(&w, out, result, changed, err), err);
	if (rc != WRAP_OK)
		subscriber_clear(out);
	free(w.address);
	free(w.canonical);
	free(w.name);
	free(w.topics);
	free(beside);
	return rc;
}

/* ---- leaving ------------------------------------------------------------------------------------------- */

enum wrap_rc
people_canonical(const char *address, char **out, struct wrap_err *err)
{
	char *typed, *name;
	enum wrap_rc rc = people_address(address, &typed, out, &name, err);

	free(typed);
	free(name);
	return rc;
}

enum wrap_rc
people_find(struct store *st, const char *address, struct subscriber *out, struct wrap_err *err)
{
	char *canonical;
	enum wrap_rc rc;

	*out = (struct subscriber){ 0 };
	rc = people_canonical(address, &canonical, err);
	if (rc != WRAP_OK)
		return rc;
	rc = subscriber_by_canonical(st, canonical, out, err);
	if (rc == WRAP_ENOTFOUND)
		rc = wrap_fail(err, rc, "nobody is known as %s", canonical);
	free(canonical);
	return rc;
}

/* By address, or by number when there is none. */
static enum wrap_rc
leave_in_store(struct store *st, const char *address, int64_t id, const struct consent *step,
    struct subscriber *out, enum unsubscribe_result *result, struct wrap_err *err)
{
	struct consent c = *step;
	enum wrap_rc rc = address != NULL ? people_find(st, address, out, err)
					  : subscriber_by_id(st, id, out, err);

	if (rc != WRAP_OK)
		return rc;
	if (out->state == SUBSCRIBER_UNSUBSCRIBED || out->state == SUBSCRIBER_COMPLAINED) {
		*result = UNSUBSCRIBE_WAS_OUT;
		return WRAP_OK;
	}
	*result = UNSUBSCRIBE_LEFT;
	c.subscriber_id = out->id;
	rc = subscriber_move(st, out->id, SUBSCRIBER_UNSUBSCRIBED, c.at, c.detail, err);
	if (rc == WRAP_OK)
		rc = consent_add(st, &c, err);
	subscriber_clear(out);
	return rc == WRAP_OK ? subscriber_by_id(st, c.subscriber_id, out, err) : rc;
}

static enum wrap_rc
leave(struct store *st, const char *address, int64_t id, const struct consent *step,
    struct subscriber *out, enum unsubscribe_result *result, struct wrap_err *err)
{
	enum wrap_rc rc = store_begin(st, err);

	*out = (struct subscriber){ 0 };
	*result = UNSUBSCRIBE_WAS_OUT;
	if (rc != WRAP_OK)
		return rc;
	rc = store_end(st, leave_in_store(st, address, id, step, out, result, err), err);
	if (rc != WRAP_OK)
		subscriber_clear(out);
	return rc;
}

enum wrap_rc
people_unsubscribe(struct store *st, const char *address, const char *why, const char *source,
    int64_t now, struct subscriber *out, enum unsubscribe_result *result, struct wrap_err *err)
{
	struct consent step = { .at = now,
		.step = "unsubscribe",
		.source = source,
		.detail = why != NULL ? why : "unsubscribed by the administrator" };

	return leave(st, address, 0, &step, out, result, err);
}

enum wrap_rc
people_leave(struct store *st, int64_t id, const char *why, const char *source, int64_t now,
    struct subscriber *out, enum unsubscribe_result *result, struct wrap_err *err)
{
	struct consent step = { .at = now, .step = "unsubscribe", .source = source, .detail = why };

	return leave(st, NULL, id, &step, out, result, err);
}
