/*
 * One poll of everything that is due: folders are read, feeds fetched side by side, each answer read in a
 * child and put into the store in one transaction with what the next request needs (poll_answer.c), so that
 * a crash loses neither; then the pages of new stories. Read from collect_run, at the end, upwards.
 */
#include "poll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
poll_address(const struct feed *f)
{
	return f->fetch_url != NULL ? f->fetch_url : f->url;
}

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

void
poll_report(struct poll *p, size_t i, enum collect_result result, const char *error)
{
	struct collect_feed *f = &p->out->v[i];

	f->result = result;
	f->done = true;
	poll_set_text(&f->error, error);
	p->out->added += f->added;
	p->out->failed += result == COLLECT_FAILED;
	p->done++;
	if (p->opt->progress != NULL)
		p->opt->progress(p->opt->ctx, p->done, p->out);
}

void
poll_say_held(struct poll *p, size_t i)
{
	char text[400];

	(void)snprintf(text, sizeof(text), "held: %s. Look at it, then: wrap collect --force %s",
	    p->feeds[i].hold, p->feeds[i].name);
	poll_report(p, i, COLLECT_HELD, text);
}

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
		poll_set_text(&f->error, text);
		f->failures++;
	} else if (read != WRAP_OK) {
		rc = wrap_fail(err, read, "%s", why.text);
	} else {
		poll_set_text(&f->error, problem);
		f->failures = 0;
		f->last_good_at = p->now;
	}
	if (rc == WRAP_OK)
		rc = feed_put(p->st, f, err);
	rc = store_end(p->st, rc, err);
	free(problem);
	if (rc == WRAP_OK)
		poll_report(p, i,
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
	*j = (struct fetch_job){ .url = poll_address(f), .user = &p->place[i] };
	/* Validators speak of what we have read: not after a hold, nor with an older reader. */
	if (poll_is_current(f) && f->hold == NULL) {
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
		poll_say_held(p, i);
	} else if (!p->opt->force && f->next_check_at > p->now) {
		/* One that failed and waits for its next try has not got better by waiting. */
		poll_report(p, i, f->failures > 0 ? COLLECT_FAILED : COLLECT_NOT_DUE, f->error);
	} else {
		add_job(p, i);
	}
	return WRAP_OK;
}

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

/* What is due: folders are read at once, feeds become jobs. */
static enum wrap_rc
begin(struct poll *p, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = 0; i < p->c->n_feeds; i++)
		if (!wanted(p->opt, p->out->v[i].name)) {
			p->out->v[i].done = true;
			p->done++;
		}
	if (p->opt->progress != NULL)
		p->opt->progress(p->opt->ctx, p->done, p->out);
	for (size_t i = 0; rc == WRAP_OK && i < p->c->n_feeds; i++)
		if (wanted(p->opt, p->c->feeds[i].name))
			rc = poll_feed(p, i, err);
	return rc;
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
		rc = poll_load_holds(&p, err);
	holds = p.holds.n;
	if (rc == WRAP_OK)
		rc = begin(&p, err);
	if (rc == WRAP_OK)
		rc = fetch_run(c, now, p.jobs, p.n_jobs, &p.holds, poll_answer, &p, err);
	if (rc == WRAP_OK)
		rc = pages_collect(st, c, now, p.wishes, p.n_wishes, &p.holds, &out->requests, err);
	if (rc == WRAP_OK && p.holds.n != holds)
		rc = poll_save_holds(&p, err);
	poll_clear(&p);
	drop_unwanted(&p);
	return wrap_while(err, rc, "collect");
}
