/*
 * One request, as libcurl is told to make it: who we are, what we take, what we already have; which
 * addresses may be connected to; and the body's bytes, counted after decoding, since neither an endless
 * body nor a gzip bomb is stopped by libcurl's own limit. No proxy from the environment, no cookies, no
 * credentials, no redirects of its own.
 */
#include "fetch_hop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what curl asks on its way ------------------------------------------------------------------------ */

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

	(void)purpose;
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		port = port || h->port == usual[i];
	if (!(open && port) &&
	    !fetch_is_allowed(&h->config->fetch.allow, span_of(h->host), &a->addr, h->port)) {
		h->blocked = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* ---- what is asked for -------------------------------------------------------------------------------- */

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
set_options(struct fetch_hop *h)
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
	return ok && fetch_trace(h);
}

void
fetch_hop_free(struct fetch_job *j)
{
	struct fetch_hop *h = j->hop;

	if (h == NULL)
		return;
	j->hop = NULL;
	curl_slist_free_all(h->headers);
	if (h->easy != NULL)
		curl_easy_cleanup(h->easy);
	free(h->url);
	curl_free(h->host);
	curl_url_cleanup(h->parts);
	free(h);
}

/*
 * Give curl its URL in parts, as it has read it itself: two parsers that disagree about where a host ends are
 * how lists of allowed hosts are got around. Who led us here does not say whom we log in as.
 */
static bool
set_url(struct fetch_hop *h)
{
	CURLU *u = curl_url();
	char *port = NULL;
	bool ok = u != NULL && curl_url_set(u, CURLUPART_URL, h->url, 0) == CURLUE_OK;

	if (ok && h->redirects > 0)
		ok = curl_url_set(u, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
		     curl_url_set(u, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK;
	ok = ok && curl_url_get(u, CURLUPART_HOST, &h->host, 0) == CURLUE_OK &&
	     curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
	if (ok) {
		h->port = (unsigned)strtoul(port, NULL, 10);
		ok = curl_easy_setopt(h->easy, CURLOPT_CURLU, u) == CURLE_OK;
	}
	curl_free(port);
	h->parts = u;
	return ok;
}

enum wrap_rc
fetch_hop_new(const struct config *c, struct fetch_job *j, char *url, int redirects, bool permanent,
    struct wrap_err *err)
{
	struct fetch_hop *h = calloc(1, sizeof(*h));

	if (h == NULL || url == NULL || (h->easy = curl_easy_init()) == NULL) {
		free(url);
		free(h);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	h->job = j;
	h->config = c;
	h->url = url;
	h->redirects = redirects;
	h->permanent = permanent;
	j->hop = h;
	buf_reset(&j->body);
	j->body.cap = (size_t)c->fetch.max_kilobytes * 1000;
	if (!set_url(h)) {
		j->result = FETCH_FAILED;
		(void)snprintf(j->error, sizeof(j->error),
		    redirects > 0 ? "a redirect to an address that cannot be read"
				  : "its address cannot be read");
		fetch_hop_free(j);
		return WRAP_OK;
	}
	if (!set_options(h)) {
		fetch_hop_free(j);
		return wrap_fail(err, WRAP_ENOMEM, "libcurl would not take a request");
	}
	return WRAP_OK;
}
