/*
 * Documents over HTTP with libcurl's multi interface, politely: one request at a time and one a second for
 * each owner, so many at once over all, and nobody who asked to be left alone. One request is fetch_hop.c,
 * what came of it fetch_answer.c.
 */
#include "fetch_hop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLD_MOST ((int64_t)7 * 86400)
#define PACE_MS 1000

struct owner {
	char name[128];
	int64_t next_ms; /* not before */
	int active;
	bool paced;
};

struct fetcher {
	const struct config *config;
	int64_t now;
	CURLM *multi;
	struct fetch_job *jobs;
	size_t n;
	struct owner *owners;
	size_t n_owners;
	struct fetch_holds *holds;
	int active;
	unsigned started; /* requests so far */
	enum wrap_rc (*done)(void *ctx, struct fetch_job *j, struct wrap_err *err);
	void *ctx;
};

static int
find_owner(struct fetcher *f, const char *url)
{
	struct url u = url_split(span_of(url));
	unsigned port = u.port.n > 0                   ? (unsigned)strtoul(u.port.p, NULL, 10)
			: span_ieqs(u.scheme, "https") ? 443
						       : 80;
	struct owner *o;
	char name[128];

	fetch_owner(url, name, sizeof(name));
	for (size_t i = 0; i < f->n_owners; i++)
		if (strcmp(f->owners[i].name, name) == 0)
			return (int)i;
	o = &f->owners[f->n_owners];
	memcpy(o->name, name, sizeof(name));
	o->paced = !fetch_is_allowed(&f->config->fetch.allow, u.host, NULL, port);
	return (int)f->n_owners++;
}

/* ---- the run ---------------------------------------------------------------------------------------- */

/* Takes url. *on: a request is under way; else the job has ended without one. */
static enum wrap_rc
start(struct fetcher *f, struct fetch_job *j, char *url, int redirects, bool permanent, bool *on,
    struct wrap_err *err)
{
	enum wrap_rc rc = fetch_hop_new(f->config, j, url, redirects, permanent, err);

	*on = false;
	if (rc != WRAP_OK || j->hop == NULL)
		return rc;
	if (curl_multi_add_handle(f->multi, j->hop->easy) != CURLM_OK) {
		fetch_hop_free(j);
		return wrap_fail(err, WRAP_ENOMEM, "libcurl would not take a request");
	}
	j->hop->number = ++f->started;
	j->requests++;
	*on = true;
	return WRAP_OK;
}

/* The job is over: its owner may be asked again soon, or asked not to be. */
static enum wrap_rc
finish(struct fetcher *f, struct fetch_job *j, struct wrap_err *err)
{
	struct owner *o = &f->owners[j->host];
	int64_t hold_s = j->retry_s >= 0 ? j->retry_s : 3600;
	enum wrap_rc rc = WRAP_OK;

	o->active--;
	f->active--;
	o->next_ms = clock_monotonic_ms() + (o->paced ? PACE_MS : 0);
	if (j->status == 429 || (j->status == 503 && j->retry_s > 0))
		rc = fetch_hold_add(
		    f->holds, o->name, f->now + (hold_s > HOLD_MOST ? HOLD_MOST : hold_s), err);
	return rc == WRAP_OK ? f->done(f->ctx, j, err) : rc;
}

/* Requests that have ended: led on, or their job is over. */
static enum wrap_rc
reap(struct fetcher *f, struct wrap_err *err)
{
	struct CURLMsg *m;
	enum wrap_rc rc = WRAP_OK;
	int left;

	while (rc == WRAP_OK && (m = curl_multi_info_read(f->multi, &left)) != NULL) {
		struct fetch_hop *h = NULL;
		struct fetch_job *j;
		char *next;
		int redirects;
		bool permanent, on = false;
		CURLcode code = m->data.result;

		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&h);
		j = h->job;
		redirects = h->redirects;
		rc = fetch_answer(j, code, f->now, &next, &permanent, err);
		(void)curl_multi_remove_handle(f->multi, h->easy);
		fetch_hop_free(j);
		if (next != NULL)
			rc = start(f, j, next, redirects + 1, permanent, &on, err);
		if (rc == WRAP_OK && !on)
			rc = finish(f, j, err);
	}
	return rc;
}

/* A job whose owner asked to be left alone ends before it begins. */
static enum wrap_rc
spare(struct fetcher *f, struct fetch_job *j, const struct fetch_hold *hold, struct wrap_err *err)
{
	char at[CLOCK_TEXT];

	j->begun = true;
	(void)snprintf(j->error, sizeof(j->error), "%s asks to be left alone until %s",
	    f->owners[j->host].name, clock_rfc3339(hold->until, at));
	return f->done(f->ctx, j, err);
}

/* Begin what may begin; *wait_ms until more may. *left: jobs not yet begun. */
static enum wrap_rc
begin(struct fetcher *f, int *wait_ms, size_t *left, struct wrap_err *err)
{
	int64_t ms = clock_monotonic_ms();
	enum wrap_rc rc = WRAP_OK;

	*wait_ms = 1000;
	*left = 0;
	for (size_t i = 0; rc == WRAP_OK && i < f->n; i++) {
		struct fetch_job *j = &f->jobs[i];
		struct owner *o = &f->owners[j->host];
		const struct fetch_hold *hold;
		bool on;

		if (j->begun)
			continue;
		hold = fetch_hold_find(f->holds, o->name, f->now);
		if (hold != NULL) {
			rc = spare(f, j, hold, err);
			continue;
		}
		++*left;
		if (f->active >= f->config->fetch.connections || o->active > 0)
			continue;
		if (o->next_ms > ms) {
			if (o->next_ms - ms < *wait_ms)
				*wait_ms = (int)(o->next_ms - ms);
			continue;
		}
		j->begun = true;
		--*left;
		o->active++;
		f->active++;
		rc = start(f, j, str_dup(j->url), 0, true, &on, err);
		if (rc == WRAP_OK && !on)
			rc = finish(f, j, err);
	}
	return rc;
}

static void
abandon(struct fetcher *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->jobs[i].hop != NULL) {
			(void)curl_multi_remove_handle(f->multi, f->jobs[i].hop->easy);
			fetch_hop_free(&f->jobs[i]);
		}
	if (f->multi != NULL)
		(void)curl_multi_cleanup(f->multi);
	free(f->owners);
}

enum wrap_rc
fetch_run(const struct config *c, int64_t now, struct fetch_job *jobs, size_t n,
    struct fetch_holds *holds,
    enum wrap_rc (*done)(void *ctx, struct fetch_job *j, struct wrap_err *err), void *ctx,
    struct wrap_err *err)
{
	struct fetcher f = { .config = c,
		.now = now,
		.jobs = jobs,
		.n = n,
		.holds = holds,
		.done = done,
		.ctx = ctx };
	enum wrap_rc rc = WRAP_OK;
	int wait_ms, running;
	size_t left = n;

	if (n == 0)
		return WRAP_OK;
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	f.owners = calloc(n, sizeof(*f.owners));
	f.multi = curl_multi_init();
	if (f.owners == NULL || f.multi == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	for (size_t i = 0; rc == WRAP_OK && i < n; i++) {
		jobs[i].host = find_owner(&f, jobs[i].url);
		jobs[i].fresh_s = jobs[i].retry_s = -1;
	}
	while (rc == WRAP_OK && (left > 0 || f.active > 0)) {
		rc = begin(&f, &wait_ms, &left, err);
		if (rc != WRAP_OK)
			break;
		(void)curl_multi_perform(f.multi, &running);
		rc = reap(&f, err);
		if (rc == WRAP_OK && running > 0)
			(void)curl_multi_poll(f.multi, NULL, 0, wait_ms, NULL);
		else if (rc == WRAP_OK && f.active == 0 && left > 0)
			(void)curl_multi_poll(f.multi, NULL, 0, wait_ms < 10 ? 10 : wait_ms, NULL);
	}
	abandon(&f);
	return rc;
}
