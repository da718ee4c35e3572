/*
 * What one answer means for its feed: articles and validators into the store in one transaction, when to
 * ask again, where it has moved to, and for what went wrong a line that says what to do about it.
 */
#include "poll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY ((int64_t)86400)
/* Raised when the reader learns to read more: the next poll then asks for whole documents again. */
#define READER_VERSION "2"

void
poll_set_text(char **field, const char *value)
{
	char *copy = value == NULL ? NULL : str_dup(value);

	free(*field);
	*field = copy;
}

static void
hash_of(struct span body, struct buf *out)
{
	uint8_t hash[SHA256_BYTES];

	secret_sha256(body, hash);
	buf_adds(out, READER_VERSION ":");
	hex_encode((struct span){ (const char *)hash, sizeof(hash) }, out);
}

bool
poll_is_current(const struct feed *f)
{
	return f->body_hash != NULL &&
	       strncmp(f->body_hash, READER_VERSION ":", strlen(READER_VERSION ":")) == 0;
}

/* ---- what came is kept ---------------------------------------------------------------------------------- */

/*
 * A permanent redirect is believed after seven days of agreement, at once when it only turns http into https.
 * RFC 9110 15.4.2; a captive portal or a mistake lasts shorter.
 */
static void
note_move(struct feed *f, const struct fetch_job *j, int64_t now)
{
	struct url from, to;

	if (j->moved_to == NULL) {
		poll_set_text(&f->moved_to, NULL);
		f->moved_at = 0;
		return;
	}
	from = url_split(span_of(j->url));
	to = url_split(span_of(j->moved_to));
	if (f->moved_to == NULL || strcmp(f->moved_to, j->moved_to) != 0) {
		poll_set_text(&f->moved_to, j->moved_to);
		f->moved_at = now;
	}
	if (now - f->moved_at >= 7 * DAY ||
	    (span_ieqs(from.scheme, "http") && span_ieqs(to.scheme, "https") &&
		span_ieq(from.host, to.host))) {
		poll_set_text(&f->fetch_url, j->moved_to);
		poll_set_text(&f->moved_to, NULL);
		f->moved_at = 0;
	}
}

static void
note_good(struct poll *p, struct feed *f, const struct fetch_job *j, const struct reading *r)
{
	struct schedule_hints h = { .fresh_s = j->fresh_s, .retry_s = j->retry_s };

	if (j->result == FETCH_BODY || j->new_etag != NULL)
		poll_set_text(&f->etag, j->new_etag);
	if (j->result == FETCH_BODY || j->new_last_modified != NULL)
		poll_set_text(&f->last_modified, j->new_last_modified);
	if (r != NULL) {
		h.ttl_minutes = r->ttl_minutes;
		h.skip_hours = r->skip_hours;
		h.skip_days = r->skip_days;
	}
	h.validator = f->etag != NULL || f->last_modified != NULL;
	note_move(f, j, p->now);
	f->next_check_at = schedule_good(p->c, f->url, p->now, &h);
	f->last_good_at = f->last_tried_at = p->now;
	f->failures = 0;
	poll_set_text(&f->error, NULL);
	poll_set_text(&f->hold, NULL);
}

#define PAGES_A_FEED 20

/* Remember the newest of a feed's new stories for their pages. */
static enum wrap_rc
wish(struct poll *p, const struct feed *f, const struct strs *news, struct wrap_err *err)
{
	size_t from = news->n > PAGES_A_FEED ? news->n - PAGES_A_FEED : 0;
	struct pages_wish *v = realloc(p->wishes, (p->n_wishes + news->n - from + 1) * sizeof(*v));

	if (v == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	p->wishes = v;
	for (size_t i = from; i < news->n; i++) {
		char *guid = str_dup(news->v[i]);
		if (guid == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		v[p->n_wishes++] = (struct pages_wish){ .feed = f, .guid = guid };
	}
	return WRAP_OK;
}

/* Articles and validators in one transaction: validators without the articles would lose them for good. */
static enum wrap_rc
store_reading(struct poll *p, size_t i, const struct fetch_job *j, struct reading *r,
    const char *hash, struct wrap_err *err)
{
	struct feed *f = &p->feeds[i];
	struct collect_feed *line = &p->out->v[i];
	struct strs news = { 0 };
	bool suspect = false;
	enum wrap_rc rc = store_begin(p->st, err);

	if (rc != WRAP_OK)
		return rc;
	rc = identity_put(
	    p->st, p->c, f, r, p->now, p->opt->force, &line->added, &suspect, &news, err);
	if (rc == WRAP_OK && suspect) {
		poll_set_text(
		    &f->hold, "its past suddenly looks new, as if it had moved or changed its ids");
		f->last_tried_at = p->now;
	} else if (rc == WRAP_OK) {
		note_good(p, f, j, r);
		poll_set_text(&f->body_hash, hash);
	}
	if (rc == WRAP_OK)
		rc = feed_put(p->st, f, err);
	rc = store_end(p->st, rc, err);
	if (rc == WRAP_OK && p->c->feeds[i].pages)
		rc = wish(p, f, &news, err);
	strs_clear(&news);
	return rc;
}

/* ---- what went wrong ------------------------------------------------------------------------------------- */

/* What the owner can do, by what went wrong. */
static const char *
advice(const struct fetch_job *j)
{
	if (j->result == FETCH_STATUS) {
		switch (j->status) {
		case 401:
		case 403: return "The server does not want us; ask its owner, or take the feed out";
		case 404: return "Look for its new address: wrap feeds add SITE";
		case 429:
		case 503: return "Nothing to do; it is asked less often now";
		default: return "Nothing to do yet; it is tried again";
		}
	}
	if (j->result == FETCH_BODY)
		return "Open the address in a browser; if it is no feed any more: wrap feeds add SITE";
	return "Check the address; it is tried again";
}

static enum wrap_rc
note_failed(
    struct poll *p, size_t i, const struct fetch_job *j, const char *why, struct wrap_err *err)
{
	struct feed *f = &p->feeds[i];
	bool slow =
	    j->result == FETCH_STATUS && (j->status == 401 || j->status == 403 || j->status == 404);
	struct buf url = BUF_INIT(8192);
	char text[512];
	enum wrap_rc rc;

	fetch_shown(span_of(j->url), &url);
	if (j->refused) /* whose reason says what to do */
		(void)snprintf(text, sizeof(text), "%.200s: %.250s", buf_str(&url), why);
	else
		(void)snprintf(
		    text, sizeof(text), "%.200s: %.200s. %s", buf_str(&url), why, advice(j));
	buf_clear(&url);
	if (f->failures < 1000000)
		f->failures++;
	f->last_tried_at = p->now;
	/* Nobody was asked when we refused, so once the configuration is mended nothing need wait. */
	f->next_check_at =
	    j->refused ? p->now : schedule_failed(f->url, p->now, f->failures, slow, j->retry_s);
	poll_set_text(&f->error, text);
	/* The new address died: back to the one that was configured. */
	if (f->fetch_url != NULL && (j->result == FETCH_FAILED || slow))
		poll_set_text(&f->fetch_url, NULL);
	if (j->result == FETCH_STATUS && j->status == 410)
		poll_set_text(&f->hold, "its server says that it is gone for good (410)");
	rc = feed_put(p->st, f, err);
	if (rc != WRAP_OK)
		return rc;
	if (f->hold != NULL)
		poll_say_held(p, i);
	else
		poll_report(p, i, COLLECT_FAILED, text);
	return WRAP_OK;
}

/* ---- by kind of answer ----------------------------------------------------------------------------------- */

static enum wrap_rc
take_body(struct poll *p, size_t i, struct fetch_job *j, struct wrap_err *err)
{
	struct feed *f = &p->feeds[i];
	struct buf hash = BUF_INIT(256);
	struct wrap_err why = { 0 };
	struct reading r = { 0 };
	enum wrap_rc rc;

	hash_of(buf_span(&j->body), &hash);
	if (f->body_hash != NULL && f->hold == NULL && span_eqs(buf_span(&hash), f->body_hash)) {
		note_good(p, f, j, NULL);
		rc = feed_put(p->st, f, err);
		buf_clear(&hash);
		if (rc == WRAP_OK)
			poll_report(p, i, COLLECT_UNCHANGED, NULL);
		return rc;
	}
	rc = reader_feed(buf_span(&j->body), j->content_type, j->final_url, &r, &why);
	if (rc == WRAP_EPROTO || rc == WRAP_ELIMIT || rc == WRAP_EINVAL) {
		rc = note_failed(p, i, j, why.text, err);
	} else if (rc != WRAP_OK) {
		rc = wrap_fail(err, rc, "%s", why.text);
	} else {
		p->out->v[i].entries = r.listed;
		rc = store_reading(p, i, j, &r, buf_str(&hash), err);
		if (rc == WRAP_OK && f->hold != NULL)
			poll_say_held(p, i);
		else if (rc == WRAP_OK)
			poll_report(p, i, COLLECT_READ, NULL);
	}
	reading_clear(&r);
	buf_clear(&hash);
	return rc;
}

enum wrap_rc
poll_answer(void *ctx, struct fetch_job *j, struct wrap_err *err)
{
	struct poll *p = ctx;
	size_t i = *(size_t *)j->user;
	struct feed *f = &p->feeds[i];
	enum wrap_rc rc = WRAP_OK;

	p->out->requests += j->requests;
	switch (j->result) {
	case FETCH_BODY: rc = take_body(p, i, j, err); break;
	case FETCH_SAME:
		note_good(p, f, j, NULL);
		rc = feed_put(p->st, f, err);
		if (rc == WRAP_OK)
			poll_report(p, i, COLLECT_UNCHANGED, NULL);
		break;
	case FETCH_NONE: poll_report(p, i, COLLECT_NOT_DUE, j->error); break;
	case FETCH_STATUS:
	case FETCH_FAILED: rc = note_failed(p, i, j, j->error, err); break;
	}
	/* Bodies of a hundred feeds need not stay until the end. */
	buf_clear(&j->body);
	return rc;
}
