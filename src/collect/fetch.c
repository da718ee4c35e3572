/*
 * Documents over HTTP with libcurl's multi interface. Redirects are followed here, hop by hop, because
 * each hop must be judged: its scheme, its address, whether it is permanent. Bytes are counted after
 * decoding, since neither an endless body nor a gzip bomb is stopped by libcurl's own limit. No proxy
 * from the environment, no cookies, no credentials.
 */
#include "fetch.h"
#include "wrap/text.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOPS_MOST 5
#define PACE_MS 1000

/* One request on its way. */
struct fetch_hop {
	CURL *easy;
	struct curl_slist *headers;
	struct fetch_job *job;
	const struct config *config;
	char *url;
	unsigned port;
	int redirects;
	bool permanent; /* all redirects so far were 301 or 308 */
	bool blocked;   /* an address we do not connect to */
	bool too_big;
	char curl_error[CURL_ERROR_SIZE];
};

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
};

void
fetch_job_clear(struct fetch_job *j)
{
	buf_clear(&j->body);
	free(j->content_type);
	free(j->new_etag);
	free(j->new_last_modified);
	free(j->final_url);
	free(j->moved_to);
	*j = (struct fetch_job){ 0 };
}

/* ---- hosts ------------------------------------------------------------------------------------------ */

void
fetch_owner(const char *url, char *out, size_t size)
{
	static const char *const seconds[] = { "co", "com", "net", "org", "ac", "edu", "gov", "or",
		"ne", "go" };
	struct span host = url_split(span_of(url)).host, rest = host, label;
	size_t dots = 0, keep = 2, from = 0;

	for (size_t i = 0; i < host.n; i++)
		dots += host.p[i] == '.';
	/* The label before the last: "co" under a country is no owner. */
	for (size_t i = 0; span_cut(&rest, '.', &label); i++)
		for (size_t k = 0;
		     i + 1 == dots && rest.n == 2 && k < sizeof(seconds) / sizeof(seconds[0]); k++)
			keep = span_ieqs(label, seconds[k]) ? 3 : keep;
	if (host.n > 0 && host.p[host.n - 1] >= '0' && host.p[host.n - 1] <= '9')
		keep = 99; /* an address */
	for (size_t i = 0; i < host.n && dots + 1 > keep; i++)
		if (host.p[i] == '.' && dots-- + 1 > keep)
			from = i + 1;
	(void)snprintf(out, size, "%.*s", (int)(host.n - from > 100 ? 100 : host.n - from),
	    host.n == 0 ? "" : host.p + from);
	for (char *p = out; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
}

static unsigned
url_port(const struct url *u)
{
	if (u->port.n > 0)
		return (unsigned)strtoul(u->port.p, NULL, 10);
	return span_ieqs(u->scheme, "https") ? 443 : 80;
}

static int
find_owner(struct fetcher *f, const char *url)
{
	struct url u = url_split(span_of(url));
	struct owner *o;
	char name[128];

	fetch_owner(url, name, sizeof(name));
	for (size_t i = 0; i < f->n_owners; i++)
		if (strcmp(f->owners[i].name, name) == 0)
			return (int)i;
	o = &f->owners[f->n_owners];
	memcpy(o->name, name, sizeof(name));
	o->paced = !fetch_is_allowed(&f->config->fetch.allow, u.host, NULL, url_port(&u));
	return (int)f->n_owners++;
}

static const struct fetch_hold *
find_hold(const struct fetcher *f, const char *owner)
{
	for (size_t i = 0; i < f->holds->n; i++)
		if (f->holds->v[i].until > f->now && strcmp(f->holds->v[i].host, owner) == 0)
			return &f->holds->v[i];
	return NULL;
}

static enum wrap_rc
add_hold(struct fetcher *f, const char *owner, int64_t seconds, struct wrap_err *err)
{
	struct fetch_hold *v;

	if (seconds > 7 * 86400)
		seconds = 7 * 86400;
	for (size_t i = 0; i < f->holds->n; i++)
		if (strcmp(f->holds->v[i].host, owner) == 0) {
			f->holds->v[i].until = f->now + seconds;
			return WRAP_OK;
		}
	v = realloc(f->holds->v, (f->holds->n + 1) * sizeof(*v));
	if (v == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	f->holds->v = v;
	v[f->holds->n] = (struct fetch_hold){ .until = f->now + seconds };
	(void)snprintf(v[f->holds->n].host, sizeof(v->host), "%s", owner);
	f->holds->n++;
	return WRAP_OK;
}

/* ---- one request ------------------------------------------------------------------------------------ */

static size_t
on_body(char *p, size_t size, size_t n, void *user)
{
	struct fetch_hop *h = user;

	buf_add(&h->job->body, p, size * n);
	if (h->job->body.rc == WRAP_OK)
		return size * n;
	h->too_big = true;
	return 0;
}

static curl_socket_t
on_socket(void *user, curlsocktype purpose, struct curl_sockaddr *a)
{
	static const unsigned usual[] = { 80, 443, 8080, 8443 };
	struct fetch_hop *h = user;
	bool open = fetch_address_is_public(&a->addr), port = false;
	struct url u = url_split(span_of(h->url));

	(void)purpose;
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		port = port || h->port == usual[i];
	if (!(open && port) &&
	    !fetch_is_allowed(&h->config->fetch.allow, u.host, &a->addr, h->port)) {
		h->blocked = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static void
hop_free(struct fetch_hop *h)
{
	if (h == NULL)
		return;
	curl_slist_free_all(h->headers);
	if (h->easy != NULL)
		curl_easy_cleanup(h->easy);
	free(h->url);
	free(h);
}

static bool
add_header(struct fetch_hop *h, const char *name, const char *value)
{
	struct buf line = BUF_INIT(8192);
	struct curl_slist *l;

	/* What a server gave us once goes back as it came, unless it would end the line. */
	if (value == NULL || strpbrk(value, "\r\n") != NULL)
		return true;
	buf_adds(&line, name);
	buf_adds(&line, ": ");
	buf_adds(&line, value);
	l = line.rc == WRAP_OK ? curl_slist_append(h->headers, buf_str(&line)) : NULL;
	buf_clear(&line);
	if (l == NULL)
		return false;
	h->headers = l;
	return true;
}

#define FEED_TYPES                                                                                      \
	"application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, " \
	"application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"
#define PAGE_TYPES "text/html, application/xhtml+xml, */*;q=0.5"

static bool
hop_options(struct fetch_hop *h)
{
	const struct fetch_job *j = h->job;
	const struct config *c = h->config;
	char agent[400];
	bool ok = add_header(h, "Accept", j->page ? PAGE_TYPES : FEED_TYPES);

	ok = ok &&
	     add_header(h, "If-None-Match", j->etag != NULL && j->etag[0] != '\0' ? j->etag : NULL);
	ok = ok && add_header(h, "If-Modified-Since", j->last_modified);
	/* Who we are and where to complain. */
	(void)snprintf(agent, sizeof(agent), "wrap/" WRAP_VERSION " (+%.300s)",
	    c->publication.url != NULL ? c->publication.url : c->publication.from_address);
	if (c->fetch.user_agent != NULL)
		(void)snprintf(agent, sizeof(agent), "%s", c->fetch.user_agent);
#define SET(option, value) ok = ok && curl_easy_setopt(h->easy, option, value) == CURLE_OK
	SET(CURLOPT_URL, h->url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_ACCEPT_ENCODING, "");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	SET(CURLOPT_CONNECTTIMEOUT,
	    h->config->fetch.timeout < 10 ? (long)h->config->fetch.timeout : 10L);
	SET(CURLOPT_TIMEOUT, (long)h->config->fetch.timeout);
	SET(CURLOPT_LOW_SPEED_LIMIT, 100L);
	SET(CURLOPT_LOW_SPEED_TIME, 20L);
	SET(CURLOPT_USERAGENT, agent);
	SET(CURLOPT_HTTPHEADER, h->headers);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, (void *)h);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(CURLOPT_OPENSOCKETDATA, (void *)h);
	SET(CURLOPT_ERRORBUFFER, h->curl_error);
	SET(CURLOPT_PRIVATE, (void *)h);
	/* A connection that was opened for another host name may lead where this one must not. */
	SET(CURLOPT_MAXLIFETIME_CONN, 60L);
#undef SET
	return ok;
}

/* Takes url, which is freed with the hop. */
static enum wrap_rc
hop_start(struct fetcher *f, struct fetch_job *j, char *url, int redirects, bool permanent,
    struct wrap_err *err)
{
	struct fetch_hop *h = calloc(1, sizeof(*h));
	struct url u;

	if (h == NULL || url == NULL || (h->easy = curl_easy_init()) == NULL) {
		free(url);
		free(h);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	u = url_split(span_of(url));
	h->job = j;
	h->config = f->config;
	h->url = url;
	h->port = url_port(&u);
	h->redirects = redirects;
	h->permanent = permanent;
	buf_reset(&j->body);
	j->body.cap = (size_t)f->config->fetch.max_kilobytes * 1000;
	if (!hop_options(h) || curl_multi_add_handle(f->multi, h->easy) != CURLM_OK) {
		hop_free(h);
		return wrap_fail(err, WRAP_ENOMEM, "libcurl would not take a request");
	}
	j->hop = h;
	j->requests++;
	return WRAP_OK;
}

/* ---- what came -------------------------------------------------------------------------------------- */

static const char *
header_of(struct fetch_hop *h, const char *name)
{
	struct curl_header *v;

	if (curl_easy_header(h->easy, name, 0, CURLH_HEADER, -1, &v) != CURLHE_OK)
		return NULL;
	return v->value;
}

static void
say(struct fetch_job *j, const char *text)
{
	j->result = FETCH_FAILED;
	(void)snprintf(j->error, sizeof(j->error), "%s", text);
}

/* A redirect that may be followed: the next hop is under way and *on is set. */
static enum wrap_rc
redirect(struct fetcher *f, struct fetch_job *j, bool *on, struct wrap_err *err)
{
	struct fetch_hop *h = j->hop;
	const char *location = header_of(h, "Location");
	struct buf to = BUF_INIT(1 << 16);
	bool permanent = h->permanent && (j->status == 301 || j->status == 308);
	enum wrap_rc rc = WRAP_OK;
	struct url from = url_split(span_of(h->url)), u;

	if (location == NULL || span_trim(span_of(location)).n == 0 ||
	    !url_resolve(span_of(h->url), span_of(location), &to)) {
		say(j, "a redirect that leads nowhere");
	} else if (!url_is_web(buf_span(&to))) {
		say(j, "a redirect to something else than http or https");
	} else if (h->redirects >= HOPS_MOST) {
		say(j, "more than five redirects, perhaps in a circle");
	} else {
		u = url_split(buf_span(&to));
		if (span_ieqs(from.scheme, "https") && !span_ieqs(u.scheme, "https")) {
			say(j, "a redirect from https down to http");
		} else {
			char *next = str_dup(buf_str(&to));
			if (permanent) {
				free(j->moved_to);
				j->moved_to = str_dup(buf_str(&to));
			}
			*on = true;
			rc = hop_start(f, j, next, h->redirects + 1, permanent, err);
		}
	}
	buf_clear(&to);
	return rc;
}

static void
take_headers(struct fetcher *f, struct fetch_job *j)
{
	struct fetch_hop *h = j->hop;
	const char *etag = header_of(h, "ETag");

	j->new_etag = etag != NULL && etag[0] != '\0' ? str_dup(etag) : NULL;
	j->new_last_modified = str_dup(header_of(h, "Last-Modified"));
	j->content_type = str_dup(header_of(h, "Content-Type"));
	j->final_url = str_dup(h->url);
	/* header_of's answer lives until the next question: one at a time, copied. */
	char *cc = str_dup(header_of(h, "Cache-Control")), *age = str_dup(header_of(h, "Age"));
	char *expires = str_dup(header_of(h, "Expires")), *date = str_dup(header_of(h, "Date"));
	j->fresh_s = fetch_freshness(cc, age, expires, date, f->now);
	j->retry_s = fetch_retry_after(header_of(h, "Retry-After"), f->now);
	free(cc);
	free(age);
	free(expires);
	free(date);
}

static void
transport_error(struct fetch_job *j, CURLcode code)
{
	struct fetch_hop *h = j->hop;
	char text[sizeof(j->error)];

	if (h->blocked)
		say(j,
		    "its address is private, or its port unusual; if it is yours, list it in fetch.allow");
	else if (h->too_big) {
		(void)snprintf(text, sizeof(text),
		    "larger than fetch.max_kilobytes (%lld kB) allows",
		    (long long)h->config->fetch.max_kilobytes);
		say(j, text);
	} else if (code == CURLE_OPERATION_TIMEDOUT) {
		say(j, "took too long to answer");
	} else {
		(void)snprintf(text, sizeof(text), "%.200s",
		    h->curl_error[0] != '\0' ? h->curl_error : curl_easy_strerror(code));
		say(j, text);
	}
}

/* One request has ended. *on: another hop of its job is under way. */
static enum wrap_rc
judge(struct fetcher *f, struct fetch_job *j, CURLcode code, bool *on, struct wrap_err *err)
{
	struct fetch_hop *h = j->hop;
	enum wrap_rc rc;

	*on = false;
	if (code != CURLE_OK) {
		transport_error(j, code);
		return WRAP_OK;
	}
	(void)curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &j->status);
	if (j->status == 301 || j->status == 302 || j->status == 303 || j->status == 307 ||
	    j->status == 308) {
		rc = redirect(f, j, on, err);
		return rc;
	}
	take_headers(f, j);
	if (j->status == 200 && j->body.n > 0) {
		j->result = FETCH_BODY;
	} else if (j->status == 200) {
		say(j, "an empty answer");
	} else if (j->status == 304 && (j->etag != NULL || j->last_modified != NULL)) {
		j->result = FETCH_SAME;
	} else {
		j->result = FETCH_STATUS;
		(void)snprintf(j->error, sizeof(j->error), "the server answered %ld", j->status);
	}
	return WRAP_OK;
}

/* ---- the run ---------------------------------------------------------------------------------------- */

static enum wrap_rc
finish(struct fetcher *f, struct fetch_job *j,
    enum wrap_rc (*done)(void *ctx, struct fetch_job *j, struct wrap_err *err), void *ctx,
    struct wrap_err *err)
{
	struct owner *o = &f->owners[j->host];
	enum wrap_rc rc = WRAP_OK;

	o->active--;
	f->active--;
	o->next_ms = clock_monotonic_ms() + (o->paced ? PACE_MS : 0);
	if (j->status == 429 || (j->status == 503 && j->retry_s > 0))
		rc = add_hold(f, o->name, j->retry_s >= 0 ? j->retry_s : 3600, err);
	return rc == WRAP_OK ? done(ctx, j, err) : rc;
}

static enum wrap_rc
reap(struct fetcher *f, enum wrap_rc (*done)(void *ctx, struct fetch_job *j, struct wrap_err *err),
    void *ctx, struct wrap_err *err)
{
	struct CURLMsg *m;
	enum wrap_rc rc = WRAP_OK;
	int left;

	while (rc == WRAP_OK && (m = curl_multi_info_read(f->multi, &left)) != NULL) {
		struct fetch_hop *h = NULL;
		struct fetch_job *j;
		CURLcode code = m->data.result;
		bool on;

		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&h);
		j = h->job;
		rc = judge(f, j, code, &on, err);
		(void)curl_multi_remove_handle(f->multi, h->easy);
		hop_free(h);
		if (!on) {
			j->hop = NULL;
			if (rc == WRAP_OK)
				rc = finish(f, j, done, ctx, err);
		}
	}
	return rc;
}

/* Begin what may begin; *wait_ms until more may. *left: jobs not yet begun. */
static enum wrap_rc
begin(struct fetcher *f, int *wait_ms, size_t *left,
    enum wrap_rc (*done)(void *ctx, struct fetch_job *j, struct wrap_err *err), void *ctx,
    struct wrap_err *err)
{
	int64_t ms = clock_monotonic_ms();
	enum wrap_rc rc = WRAP_OK;

	*wait_ms = 1000;
	*left = 0;
	for (size_t i = 0; rc == WRAP_OK && i < f->n; i++) {
		struct fetch_job *j = &f->jobs[i];
		struct owner *o = &f->owners[j->host];
		const struct fetch_hold *hold;

		if (j->begun)
			continue;
		hold = find_hold(f, o->name);
		if (hold != NULL) {
			char at[CLOCK_TEXT];
			j->begun = true;
			(void)snprintf(j->error, sizeof(j->error),
			    "%s asks to be left alone until %s", o->name,
			    clock_rfc3339(hold->until, at));
			rc = done(ctx, j, err);
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
		rc = hop_start(f, j, str_dup(j->url), 0, true, err);
	}
	return rc;
}

static void
abandon(struct fetcher *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->jobs[i].hop != NULL) {
			(void)curl_multi_remove_handle(f->multi, f->jobs[i].hop->easy);
			hop_free(f->jobs[i].hop);
			f->jobs[i].hop = NULL;
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
	struct fetcher f = { .config = c, .now = now, .jobs = jobs, .n = n, .holds = holds };
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
		rc = begin(&f, &wait_ms, &left, done, ctx, err);
		if (rc != WRAP_OK)
			break;
		(void)curl_multi_perform(f.multi, &running);
		rc = reap(&f, done, ctx, err);
		if (rc == WRAP_OK && running > 0)
			(void)curl_multi_poll(f.multi, NULL, 0, wait_ms, NULL);
		else if (rc == WRAP_OK && f.active == 0 && left > 0)
			(void)curl_multi_poll(f.multi, NULL, 0, wait_ms < 10 ? 10 : wait_ms, NULL);
	}
	abandon(&f);
	return rc;
}
