/*
 * The readers' pages from outside: are they there, and does a mail program's POST come through to wrap as
 * it is sent, without login or redirect. RFC 8058.
 */
#include "internal.h"

#include "wrap/send.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_S 10L

static size_t
drop(char *p, size_t size, size_t n, void *ctx)
{
	(void)p;
	(void)ctx;
	return size * n;
}

struct answer {
	CURLcode code;
	long status;               /* 0: none */
	int64_t certificate_until; /* 0: not told */
	char why[CURL_ERROR_SIZE];
};

/* GET, or POST when body is given, without following anything. */
static void
ask(const struct config *c, const char *path, const char *body, struct answer *out)
{
	CURL *e = curl_easy_init();
	struct buf url = BUF_INIT(4096);

	*out = (struct answer){ .code = CURLE_OUT_OF_MEMORY };
	buf_addf(&url, "%s%s", c->publication.url, path);
	if (e != NULL && url.rc == WRAP_OK) {
		(void)curl_easy_setopt(e, CURLOPT_URL, buf_str(&url));
		(void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
		(void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
		(void)curl_easy_setopt(e, CURLOPT_PROXY, "");
		(void)curl_easy_setopt(e, CURLOPT_TIMEOUT, WAIT_S);
		(void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, drop);
		(void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, out->why);
		(void)curl_easy_setopt(e, CURLOPT_USERAGENT, "wrap doctor");
		(void)curl_easy_setopt(e, CURLOPT_CERTINFO, 1L);
		if (c->doctor.ca != NULL)
			(void)curl_easy_setopt(e, CURLOPT_CAINFO, c->doctor.ca);
		if (body != NULL)
			(void)curl_easy_setopt(e, CURLOPT_POSTFIELDS, body);
		out->code = curl_easy_perform(e);
		(void)curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &out->status);
		out->certificate_until = send_certificate_end(e);
	}
	if (out->why[0] == '\0')
		(void)snprintf(out->why, sizeof(out->why), "%s", curl_easy_strerror(out->code));
	curl_easy_cleanup(e);
	buf_clear(&url);
}

static void
check_post(struct doctor *d)
{
	static const char
	    check[] = "one-click",
	    type[] = "the web server in front must hand POST below publication.url to wrap serve";
	const char *url = d->c->publication.url;
	struct answer a;

	doctor_step(d, check);
	/* A token that nobody has: who gets this far is told that it leads nowhere. */
	ask(d->c, "/leave/doctor", "List-Unsubscribe=One-Click", &a);
	if (a.code != CURLE_OK)
		wrong(d, DOCTOR_PEER, check, type, "a POST to %s/leave/ fails: %s", url, a.why);
	else if (a.status >= 300 && a.status < 400)
		wrong(d, DOCTOR_PEER, check, type,
		    "a POST to %s/leave/ is sent elsewhere (%ld); mail programs do not follow", url,
		    a.status);
	else if (a.status == 401 || a.status == 403 || a.status == 405 || a.status >= 500)
		wrong(d, DOCTOR_PEER, check, type, "a POST to %s/leave/ is answered with %ld", url,
		    a.status);
	else
		ok(d, check, "a POST to %s/leave/ comes through", url);
}

void
doctor_web(struct doctor *d)
{
	static const char check[] = "web",
			  type[] =
			      "systemctl start wrap-serve   (and the web server in front of it)";
	const char *url = d->c->publication.url;
	struct answer a;

	if (url == NULL) {
		note(d, check,
		    "publication.url = \"https://...\"; in wrap.conf, and wrap serve there",
		    "no pages: publication.url is not set");
		return;
	}
	doctor_step(d, check);
	if (strncmp(url, "https://", 8) != 0)
		wrong(d, DOCTOR_SETUP, check, "publication.url = \"https://...\"; in wrap.conf",
		    "%s is not https, and one-click links must be (RFC 8058)", url);
	ask(d->c, "/health", NULL, &a);
	if (a.code != CURLE_OK) {
		wrong(d, DOCTOR_PEER, check, type, "%s cannot be reached: %s", url, a.why);
		return;
	}
	if (a.status != 200) {
		wrong(d, DOCTOR_PEER, check, type,
		    "%s/health answers with %ld: wrap serve is not behind it", url, a.status);
		return;
	}
	doctor_certificate(d, check, url, a.certificate_until);
	ok(d, check, "%s answers", url);
	check_post(d);
}
