/*
 * One poll of everything that is due: folders are read, feeds fetched side by side, each answer read in a
 * child and put into the store in one transaction with what the next request needs, so that a crash
 * loses neither. A feed that fails is a line in the report that says what to do about it.
 */
#include "internal.h"
#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY ((int64_t)86400)
/* Raised when the reader learns to read more: the next poll then asks for whole documents again. */
#define READER_VERSION "1"

struct poll {
	struct store *st;
	const struct config *c;
	int64_t now;
	const struct collect_options *opt;
	struct collect_report *out;
	struct feed *feeds; /* the stored rows, in the order of the configuration */
	size_t *place;      /* of each feed in the report */
	struct fetch_job *jobs;
	size_t n_jobs;
	size_t done;
	struct fetch_holds holds;
	struct pages_wish *wishes; /* new stories whose pages may be read */
	size_t n_wishes;
};

static void
set_text(char **field, const char *value)
{
	char *copy = value == NULL ? NULL : str_dup(value);

	free(*field);
	*field = copy;
}

/* ---- the report --------------------------------------------------------------------------------------- */

void
collect_report_clear(struct collect_report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->v[i].name);
		free(r->v[i].error);
	}
	free(r->v);
	*r = (struct collect_report){ 0 };
}

static void
report(struct poll *p, size_t i, enum collect_result result, const char *error)
{
	struct collect_feed *f = &p->out->v[i];

	f->result = result;
	f->done = true;
	set_text(&f->error, error);
	p->out->added += f->added;
	p->out->failed += result == COLLECT_FAILED;
	p->done++;
	if (p->opt->progress != NULL)
		p->opt->progress(p->opt->ctx, p->done, p->out);
}

/* ---- one answer ------------------------------------------------------------------------------------------ */

static void
hash_of(struct span body, struct buf *out)
{
	uint8_t hash[SHA256_BYTES];

	secret_sha256(body, hash);
	buf_adds(out, READER_VERSION ":");
	hex_encode((struct span){ (const char *)hash, sizeof(hash) }, out);
}

static bool
is_current(const struct feed *f)
{
	return f->body_hash != NULL &&
	       strncmp(f->body_hash, READER_VERSION ":", strlen(READER_VERSION ":")) == 0;
}

static const char *
address_of(const struct feed *f)
{
	return f->fetch_url != NULL ? f->fetch_url : f->url;
}

/*
 * A permanent redirect is believed after seven days of agreement, at once when it only turns http into https.
 * RFC 9110 15.4.2; a captive portal or a mistake lasts shorter.
 */
static void
note_move(struct feed *f, const struct fetch_job *j, int64_t now)
{
	struct url from, to;

	if (j->moved_to == NULL) {
		set_text(&f->moved_to, NULL);
		f->moved_at = 0;
		return;
	}
	from = url_split(span_of(j->url));
	to = url_split(span_of(j->moved_to));
	if (f->moved_to == NULL || strcmp(f->moved_to, j->moved_to) != 0) {
		set_text(&f->moved_to, j->moved_to);
		f->moved_at = now;
	}
	if (now - f->moved_at >= 7 * DAY ||
	    (span_ieqs(from.scheme, "http") && span_ieqs(to.scheme, "https") &&
		span_ieq(from.host, to.host))) {
		set_text(&f->fetch_url, j->moved_to);
		set_text(&f->moved_to, NULL);
		f->moved_at = 0;
	}
}

static void
note_good(struct poll *p, struct feed *f, const struct fetch_job *j, const struct reading *r)
{
	struct schedule_hints h = { .fresh_s = j->fresh_s, .retry_s = j->retry_s };

	if (j->result == FETCH_BODY || j->new_etag != NULL)
		set_text(&f->etag, j->new_etag);
	if (j->result == FETCH_BODY || j->new_last_modified != NULL)
		set_text(&f->last_modified, j->new_last_modified);
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
	set_text(&f->error, NULL);
	set_text(&f->hold, NULL);
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
		set_text(
		    &f->hold, "its past suddenly looks new, as if it had moved or changed its ids");
		f->last_tried_at = p->now;
	} else if (rc == WRAP_OK) {
		note_good(p, f, j, r);
		set_text(&f->body_hash, hash);
	}
	if (rc == WRAP_OK)
		rc = feed_put(p->st, f, err);
	rc = store_end(p->st, rc, err);
	if (rc == WRAP_OK && p->c->feeds[i].pages)
		rc = wish(p, f, &news, err);
	strs_clear(&news);
	return rc;
}

static void
say_held(struct poll *p, size_t i)
{
	char text[400];

	(void)snprintf(text, sizeof(text), "held: %s. Look at it, then: wrap collect --force %s",
	    p->feeds[i].hold, p->feeds[i].name);
	report(p, i, COLLECT_HELD, text);
}

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
	set_text(&f->error, text);
	/* The new address died: back to the one that was configured. */
	if (f->fetch_url != NULL && (j->result == FETCH_FAILED || slow))
		set_text(&f->fetch_url, NULL);
	if (j->result == FETCH_STATUS && j->status == 410)
		set_text(&f->hold, "its server says that it is gone for good (410)");
	rc = feed_put(p->st, f, err);
	if (rc != WRAP_OK)
		return rc;
	if (f->hold != NULL)
		say_held(p, i);
	else
		report(p, i, COLLECT_FAILED, text);
	return WRAP_OK;
}

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
			report(p, i, COLLECT_UNCHANGED, NULL);
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
			say_held(p, i);
		else if (rc == WRAP_OK)
			report(p, i, COLLECT_READ, NULL);
	}
	reading_clear(&r);
	buf_clear(&hash);
	return rc;
}

static enum wrap_rc
on_answer(void *ctx, struct fetch_job *j, struct wrap_err *err)
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
			report(p, i, COLLECT_UNCHANGED, NULL);
		break;
	case FETCH_NONE: report(p, i, COLLECT_NOT_DUE, j->error); break;
	case FETCH_STATUS:
	case FETCH_FAILED: rc = note_failed(p, i, j, j->error, err); break;
	}
	/* Bodies of a hundred feeds need not stay until the end. */
	buf_clear(&j->body);
	return rc;
}

/* ---- what is due ------------------------------------------------------------------------------------------- */

static enum wrap_rc
poll_folder(struct poll *p, size_t i, const struct config_feed *cf, struct wrap_err *err)
{
	struct feed *f = &p->feeds[i];
	struct collect_feed *line = &p->out->v[i];
	struct wrap_err why = { 0 };
	char text[512], *problem = NULL;
	enum wrap_rc rc = store_begin(p->st, err), read;

	if (rc != WRAP_OK)
		return rc;
	read = folder_collect(
	    p->st, f, cf->folder, p->now, &line->entries, &line->added, &problem, &why);
	f->last_tried_at = p->now;
	if (read == WRAP_ENOTFOUND || read == WRAP_EDENIED || read == WRAP_ESYS) {
		(void)snprintf(
		    text, sizeof(text), "%.400s. Check the folder's path and rights", why.text);
		set_text(&f->error, text);
		f->failures++;
	} else if (read != WRAP_OK) {
		rc = wrap_fail(err, read, "%s", why.text);
	} else {
		set_text(&f->error, problem);
		f->failures = 0;
		f->last_good_at = p->now;
	}
	if (rc == WRAP_OK)
		rc = feed_put(p->st, f, err);
	rc = store_end(p->st, rc, err);
	free(problem);
	if (rc == WRAP_OK)
		report(p, i,
		    read != WRAP_OK   ? COLLECT_FAILED
		    : line->added > 0 ? COLLECT_READ
				      : COLLECT_UNCHANGED,
		    f->error);
	return rc;
}

static void
add_job(struct poll *p, size_t i)
{
	struct feed *f = &p->feeds[i];
	struct fetch_job *j = &p->jobs[p->n_jobs++];

	p->place[i] = i;
	*j = (struct fetch_job){ .url = address_of(f), .user = &p->place[i] };
	/* Validators speak of what we have read: not after a hold, nor with an older reader. */
	if (is_current(f) && f->hold == NULL) {
		j->etag = f->etag;
		j->last_modified = f->last_modified;
	}
}

static enum wrap_rc
poll_feed(struct poll *p, size_t i, struct wrap_err *err)
{
	const struct config_feed *cf = &p->c->feeds[i];
	struct feed *f = &p->feeds[i];
	enum wrap_rc rc =
	    feed_take(p->st, cf->name, cf->folder != NULL ? cf->folder : cf->url, f, err);

	if (rc != WRAP_OK)
		return rc;
	if (cf->folder != NULL)
		return poll_folder(p, i, cf, err);
	if (f->hold != NULL && !p->opt->force) {
		say_held(p, i);
	} else if (!p->opt->force && f->next_check_at > p->now) {
		/* One that failed and waits for its next try has not got better by waiting. */
		report(p, i, f->failures > 0 ? COLLECT_FAILED : COLLECT_NOT_DUE, f->error);
	} else {
		add_job(p, i);
	}
	return WRAP_OK;
}

/* ---- hosts that ask to be left alone, over restarts ---------------------------------------------------------- */

/* "host until\n" lines under one name. */
static enum wrap_rc
load_holds(struct poll *p, struct wrap_err *err)
{
	char *text = NULL;
	enum wrap_rc rc = meta_get(p->st, "fetch:holds", &text, err);
	struct span rest = span_of(text), line;

	while (rc == WRAP_OK && span_cut(&rest, '\n', &line)) {
		const char *blank = line.n == 0 ? NULL : memchr(line.p, ' ', line.n);
		struct fetch_hold h = { .until = blank == NULL ? 0 : strtoll(blank, NULL, 10) }, *v;
		if (h.until <= p->now || h.until > p->now + 8 * DAY)
			continue;
		(void)snprintf(h.host, sizeof(h.host), "%.*s", (int)(blank - line.p), line.p);
		v = realloc(p->holds.v, (p->holds.n + 1) * sizeof(*v));
		if (v == NULL) {
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
			break;
		}
		p->holds.v = v;
		v[p->holds.n++] = h;
	}
	free(text);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

static enum wrap_rc
save_holds(struct poll *p, size_t before, struct wrap_err *err)
{
	struct buf b = BUF_INIT(1 << 20);
	enum wrap_rc rc;

	if (p->holds.n == before)
		return WRAP_OK;
	for (size_t i = 0; i < p->holds.n; i++)
		buf_addf(&b, "%s %lld\n", p->holds.v[i].host, (long long)p->holds.v[i].until);
	rc = buf_rc(&b, err);
	if (rc == WRAP_OK)
		rc = meta_set(p->st, "fetch:holds", buf_str(&b), err);
	buf_clear(&b);
	return rc;
}

/* ---- the run --------------------------------------------------------------------------------------------------- */

static bool
wanted(const struct collect_options *opt, const char *name)
{
	return opt->only == NULL || opt->only->n == 0 || strs_has(opt->only, span_of(name));
}

static enum wrap_rc
check_names(const struct config *c, const struct strs *only, struct wrap_err *err)
{
	for (size_t i = 0; only != NULL && i < only->n; i++) {
		size_t k = 0;
		while (k < c->n_feeds && strcmp(c->feeds[k].name, only->v[i]) != 0)
			k++;
		if (k == c->n_feeds)
			return wrap_fail(
			    err, WRAP_ENOTFOUND, "no feed named %s is configured", only->v[i]);
	}
	return WRAP_OK;
}

static enum wrap_rc
prepare(struct poll *p, struct wrap_err *err)
{
	const struct config *c = p->c;
	size_t n = c->n_feeds == 0 ? 1 : c->n_feeds;

	p->feeds = calloc(n, sizeof(*p->feeds));
	p->place = calloc(n, sizeof(*p->place));
	p->jobs = calloc(n, sizeof(*p->jobs));
	p->out->v = calloc(n, sizeof(*p->out->v));
	if (p->feeds == NULL || p->place == NULL || p->jobs == NULL || p->out->v == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	p->out->n = c->n_feeds;
	for (size_t i = 0; i < c->n_feeds; i++) {
		p->out->v[i] = (struct collect_feed){ .name = str_dup(c->feeds[i].name),
			.required = c->feeds[i].required };
		if (p->out->v[i].name == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	return WRAP_OK;
}

static void
poll_clear(struct poll *p)
{
	for (size_t i = 0; p->feeds != NULL && i < p->c->n_feeds; i++)
		feed_clear(&p->feeds[i]);
	for (size_t i = 0; i < p->n_jobs; i++)
		fetch_job_clear(&p->jobs[i]);
	free(p->feeds);
	free(p->place);
	free(p->jobs);
	free(p->holds.v);
	for (size_t i = 0; i < p->n_wishes; i++)
		free(p->wishes[i].guid);
	free(p->wishes);
}

/* Feeds that were not asked for by name leave the report. */
static void
drop_unwanted(struct poll *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->out->n; i++) {
		if (wanted(p->opt, p->out->v[i].name)) {
			p->out->v[n++] = p->out->v[i];
			continue;
		}
		free(p->out->v[i].name);
		free(p->out->v[i].error);
	}
	p->out->n = n;
}

enum wrap_rc
collect_run(struct store *st, const struct config *c, int64_t now,
    const struct collect_options *opt, struct collect_report *out, struct wrap_err *err)
{
	struct poll p = { .st = st, .c = c, .now = now, .opt = opt, .out = out };
	size_t holds;
	enum wrap_rc rc;

	*out = (struct collect_report){ 0 };
	rc = check_names(c, opt->only, err);
	if (rc == WRAP_OK)
		rc = prepare(&p, err);
	if (rc == WRAP_OK)
		rc = load_holds(&p, err);
	holds = p.holds.n;
	for (size_t i = 0; rc == WRAP_OK && i < out->n; i++)
		if (!wanted(opt, out->v[i].name)) {
			out->v[i].done = true;
			p.done++;
		}
	if (rc == WRAP_OK && opt->progress != NULL)
		opt->progress(opt->ctx, p.done, out);
	for (size_t i = 0; rc == WRAP_OK && i < c->n_feeds; i++)
		if (wanted(opt, c->feeds[i].name))
			rc = poll_feed(&p, i, err);
	if (rc == WRAP_OK)
		rc = fetch_run(c, now, p.jobs, p.n_jobs, &p.holds, on_answer, &p, err);
	if (rc == WRAP_OK)
		rc = pages_collect(st, c, now, p.wishes, p.n_wishes, &p.holds, &out->requests, err);
	if (rc == WRAP_OK)
		rc = save_holds(&p, holds, err);
	poll_clear(&p);
	drop_unwanted(&p);
	return wrap_while(err, rc, "collect");
}
