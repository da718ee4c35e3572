/*
 * What became of a request. Redirects are followed here, hop by hop, because each must be judged: its
 * scheme, how many there were, whether all were permanent. RFC 9110 15.4.
 */
#include "fetch_hop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOPS_MOST 5
#define URL_MOST 4096
#define VALIDATOR_MOST 1000 /* a longer one costs more than the body it spares */

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

static const char *
header_of(const struct fetch_hop *h, const char *name)
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

/* Where a redirect leads, NULL and the job's error when nobody should go there. */
static char *
led_to(struct fetch_job *j)
{
	const struct fetch_hop *h = j->hop;
	const char *location = header_of(h, "Location");
	struct buf to = BUF_INIT(1 << 16);
	char *next = NULL;

	if (location == NULL || span_trim(span_of(location)).n == 0 ||
	    !url_resolve(span_of(h->url), span_of(location), &to))
		say(j, "a redirect that leads nowhere");
	else if (to.n > URL_MOST)
		say(j, "a redirect to an address that is longer than any");
	else if (!url_is_web(buf_span(&to)))
		say(j, "a redirect to something else than http or https");
	else if (h->redirects >= HOPS_MOST)
		say(j, "more than five redirects, perhaps in a circle");
	else if (span_ieqs(url_split(span_of(h->url)).scheme, "https") &&
		 !span_ieqs(url_split(buf_span(&to)).scheme, "https"))
		say(j, "a redirect from https down to http");
	else
		next = buf_steal(&to);
	if (next == NULL && j->error[0] == '\0')
		say(j, "out of memory");
	buf_clear(&to);
	return next;
}

static char *
validator(const struct fetch_hop *h, const char *name)
{
	const char *v = header_of(h, name);

	return v != NULL && v[0] != '\0' && strlen(v) <= VALIDATOR_MOST ? str_dup(v) : NULL;
}

static void
take_headers(struct fetch_job *j, int64_t now)
{
	const struct fetch_hop *h = j->hop;

	j->new_etag = validator(h, "ETag");
	j->new_last_modified = validator(h, "Last-Modified");
	j->content_type = str_dup(header_of(h, "Content-Type"));
	j->final_url = str_dup(h->url);
	/* header_of's answer lives until the next question: one at a time, copied. */
	char *cc = str_dup(header_of(h, "Cache-Control")), *age = str_dup(header_of(h, "Age"));
	char *expires = str_dup(header_of(h, "Expires")), *date = str_dup(header_of(h, "Date"));
	j->fresh_s = fetch_freshness(cc, age, expires, date, now);
	j->retry_s = fetch_retry_after(header_of(h, "Retry-After"), now);
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

	if (h->blocked) {
		j->refused = h->redirects == 0;
		(void)snprintf(text, sizeof(text),
		    "its address is private, or its port unusual; if it is yours, put it into fetch.allow:"
		    " fetch = { allow = [\"%.90s:%u\"]; };",
		    h->host, h->port);
		say(j, text);
	} else if (h->too_big) {
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

static bool
is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

enum wrap_rc
fetch_answer(struct fetch_job *j, CURLcode code, int64_t now, char **next, bool *permanent,
    struct wrap_err *err)
{
	const struct fetch_hop *h = j->hop;

	*next = NULL;
	*permanent = false;
	fetch_trace_end(h, code);
	if (code != CURLE_OK) {
		transport_error(j, code);
		return WRAP_OK;
	}
	(void)curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &j->status);
	if (is_redirect(j->status)) {
		*next = led_to(j);
		*permanent = h->permanent && (j->status == 301 || j->status == 308);
		if (*next != NULL && *permanent) {
			free(j->moved_to);
			j->moved_to = str_dup(*next);
			if (j->moved_to == NULL) {
				free(*next);
				*next = NULL;
				return wrap_fail(err, WRAP_ENOMEM, "out of memory");
			}
		}
		return WRAP_OK;
	}
	take_headers(j, now);
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
