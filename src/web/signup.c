/*
 * The sign-up page and what is done with its form. Whether an address is known shows nowhere: the answer is the
 * same in bytes, and request.c holds it back so that it is the same in time.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define HEADLINES 6

/* ---- the latest edition, to show what one gets -------------------------------------------------------------- */

struct headlines {
	struct value *values;
	int n;
};

static enum wrap_rc
add_headline(void *ctx, const struct story *s, const struct article *a, struct wrap_err *err)
{
	struct headlines *h = ctx;

	(void)err;
	if (s->position > 0 && h->n < HEADLINES) {
		value_texts(value_add(h->values, "stories"), "story", a->title);
		h->n++;
	}
	return WRAP_OK;
}

static enum wrap_rc
add_latest(struct visit *v, struct store *st, struct value *values, struct wrap_err *err)
{
	struct headlines h = { .values = values };
	struct buf date = BUF_INIT(256);
	struct edition e;
	char url[64] = "/archive/";
	struct value *latest;
	struct tm tm;
	enum wrap_rc rc = edition_last_sealed(st, &e, err);

	if (rc != WRAP_OK)
		return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
	strncat(url, e.key, EDITION_KEY);
	tm = clock_local(e.sealed_at);
	phrase_date(v->tongue->book, &tm, PHRASE_DATE, &date);
	latest = value_add(values, "latest");
	value_texts(latest, "edition_title", e.subject);
	value_path(latest, "edition_url", v, url);
	value_text(latest, "edition_date", buf_span(&date));
	rc = story_each(st, e.id, add_headline, &h, err);
	value_flag(values, "headlines", h.n > 0);
	buf_clear(&date);
	edition_clear(&e);
	return rc;
}

/* ---- the page ------------------------------------------------------------------------------------------------ */

static enum wrap_rc
show_form(
    struct visit *v, unsigned status, const char *problem, struct store *st, struct wrap_err *err)
{
	const struct config *c = v->site->c;
	struct value *p = page_values(v, "signup_title");
	const char *email = form_get(&v->form, "email"), *name = form_get(&v->form, "name");
	struct buf stamp = BUF_INIT(128);
	char *ticked = form_get(&v->form, "topic") == NULL ? NULL : topics_of_form(&v->form);
	enum wrap_rc rc = WRAP_OK;

	stamp_make(v->site->keys, &stamp);
	value_text(p, "stamp", buf_span(&stamp));
	buf_clear(&stamp);
	value_path(p, "action", v, "/subscribe");
	value_texts(p, "email", email);
	value_texts(p, "name", name);
	if (problem != NULL)
		value_say(p, "problem", v, problem, NULL);
	topics_list(p, c, ticked);
	free(ticked);
	value_texts(p, "quote", c->serve.quote);
	value_texts(p, "quote_by", c->serve.quote_by);
	if (!v->post)
		rc = add_latest(v, st, p, err);
	if (rc != WRAP_OK) {
		value_free(&p);
		return rc;
	}
	return page_show(v, PAGE_SIGNUP, status, &p, err);
}

enum wrap_rc
signup_get(struct visit *v, struct store *st, struct wrap_err *err)
{
	return show_form(v, 200, NULL, st, err);
}

enum wrap_rc
sent_get(struct visit *v, struct store *st, struct wrap_err *err)
{
	(void)st;
	return page_note(v, 200, "sent", NULL, NULL, NULL, err);
}

/* What they agreed to, in the words they saw. */
static enum wrap_rc
request(struct visit *v, struct store *st, struct wrap_err *err)
{
	struct subscribe_request r = { .address = form_get(&v->form, "email"),
		.name = form_get(&v->form, "name"),
		.language = v->tongue->language,
		.stranger = true };
	struct buf wording = BUF_INIT(8192);
	char source[SOURCE_TEXT], *topics = topics_of_form(&v->form);
	enum subscribe_result result;
	enum people_asked asked;
	struct subscriber s;
	bool changed;
	enum wrap_rc rc;

	say(v, "signup_agree", NULL, &wording);
	r.why = buf_str(&wording);
	r.source = visit_source(v, source);
	r.topics = topics;
	if (r.name != NULL && span_trim(span_of(r.name)).n == 0)
		r.name = NULL;
	rc = people_request(
	    st, v->site->c, v->site->keys, &r, v->now, &s, &result, &changed, &asked, err);
	v->letters = rc == WRAP_OK && asked == ASKED_QUEUED;
	subscriber_clear(&s);
	free(topics);
	buf_clear(&wording);
	return rc;
}

enum wrap_rc
signup_post(struct visit *v, struct store *st, struct wrap_err *err)
{
	const char *email = form_get(&v->form, "email"), *trap = form_get(&v->form, "website");
	enum wrap_rc rc;

	if (email == NULL || span_trim(span_of(email)).n == 0)
		return show_form(v, 422, "signup_no_address", st, err);
	/* Nobody sees that field. Who fills it in gets the usual answer and no mail. */
	if (trap == NULL || trap[0] == '\0') {
		if (v->stale)
			return show_form(v, 200, "signup_again", st, err);
		rc = request(v, st, err);
		if (rc == WRAP_EINVAL)
			return show_form(v, 422, "signup_bad_address", st, err);
		if (rc == WRAP_ELIMIT)
			return page_note(v, 503, "busy", NULL, NULL, NULL, err);
		if (rc != WRAP_OK)
			return rc;
	}
	v->status = 303;
	(void)memcpy(v->location, "/sent", sizeof("/sent"));
	return WRAP_OK;
}
