/*
 * The dialogue with a web server for -v: each request as it is sent, of each answer the status line and the
 * headers that decide anything here, and how large the body was. An address is shown without what may be a
 * secret in it: a password, and the values behind its question mark.
 */
#include "fetch_hop.h"

#include <stdio.h>
#include <string.h>

#define NOT_SHOWN "(not shown)"

void
fetch_shown(struct span url, struct buf *out)
{
	const char *query = url.n == 0 ? NULL : memchr(url.p, '?', url.n);
	struct span before = { url.p, query == NULL ? url.n : (size_t)(query - url.p) };
	size_t slashes = span_find(before, SPAN_LIT("://"));
	const char *at, *end;

	if (slashes != (size_t)-1) {
		struct span rest = { before.p + slashes + 3, before.n - slashes - 3 };
		end = rest.n == 0 ? NULL : memchr(rest.p, '/', rest.n);
		at = memrchr(rest.p, '@', end == NULL ? rest.n : (size_t)(end - rest.p));
		buf_add(out, before.p, slashes + 3);
		before =
		    at == NULL ? rest : (struct span){ at + 1, rest.n - (size_t)(at + 1 - rest.p) };
	}
	buf_addspan(out, before);
	if (query != NULL)
		buf_adds(out, "?...");
}

static void
show(const struct fetch_hop *h, char direction, struct span line)
{
	struct buf peer = BUF_INIT(8192);

	fetch_shown(span_of(h->url), &peer);
	log_wire(buf_str(&peer), h->number, direction, line);
	buf_clear(&peer);
}

/* "GET /feed?key=1 HTTP/1.1" without the key. */
static void
show_request_line(const struct fetch_hop *h, struct span line)
{
	struct buf b = BUF_INIT(0);
	struct span method, target;

	if (span_cut(&line, ' ', &method) && span_cut(&line, ' ', &target)) {
		buf_addspan(&b, method);
		buf_addc(&b, ' ');
		fetch_shown(target, &b);
		buf_addc(&b, ' ');
		buf_addspan(&b, line);
		show(h, '>', buf_span(&b));
	}
	buf_clear(&b);
}

static void
show_request(const struct fetch_hop *h, struct span all)
{
	struct span line, name;
	bool first = true;

	while (span_cut(&all, '\n', &line)) {
		struct span rest = line = span_trim(line);
		if (first)
			show_request_line(h, line);
		else if (span_cut(&rest, ':', &name) && span_ieqs(name, "Authorization"))
			show(h, '>', SPAN_LIT("Authorization: " NOT_SHOWN));
		else if (line.n > 0)
			show(h, '>', line);
		first = false;
	}
}

static void
show_header(const struct fetch_hop *h, struct span line)
{
	static const char *const told[] = { "Content-Type", "Content-Encoding", "Content-Length",
		"Transfer-Encoding", "ETag", "Last-Modified", "Cache-Control", "Age", "Expires",
		"Date", "Retry-After", "Server" };
	struct span value = line, name;

	if (span_ifind(line, SPAN_LIT("HTTP/")) == 0) {
		show(h, '<', line);
		return;
	}
	if (!span_cut(&value, ':', &name))
		return;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (span_ieqs(name, told[i]))
			show(h, '<', line);
	if (span_ieqs(name, "Location")) {
		struct buf b = BUF_INIT(0);
		buf_adds(&b, "Location: ");
		fetch_shown(span_trim(value), &b);
		show(h, '<', buf_span(&b));
		buf_clear(&b);
	}
}

static int
on_debug(CURL *easy, curl_infotype type, char *p, size_t n, void *user)
{
	const struct fetch_hop *h = user;

	(void)easy;
	if (type == CURLINFO_HEADER_OUT)
		show_request(h, (struct span){ p, n });
	else if (type == CURLINFO_HEADER_IN)
		show_header(h, span_trim((struct span){ p, n }));
	return 0;
}

bool
fetch_trace(struct fetch_hop *h)
{
	return !log_wants(LOG_DEBUG) ||
	       (curl_easy_setopt(h->easy, CURLOPT_VERBOSE, 1L) == CURLE_OK &&
		   curl_easy_setopt(h->easy, CURLOPT_DEBUGFUNCTION, on_debug) == CURLE_OK &&
		   curl_easy_setopt(h->easy, CURLOPT_DEBUGDATA, (void *)h) == CURLE_OK);
}

void
fetch_trace_end(const struct fetch_hop *h, CURLcode code)
{
	char text[CURL_ERROR_SIZE + 32];

	if (!log_wants(LOG_DEBUG))
		return;
	if (code == CURLE_OK)
		(void)snprintf(text, sizeof(text), "(%zu bytes of body)", h->job->body.n);
	else
		(void)snprintf(text, sizeof(text), "(ended: %s)",
		    h->blocked                 ? "an address that is not asked"
		    : h->curl_error[0] != '\0' ? h->curl_error
					       : curl_easy_strerror(code));
	show(h, '<', span_of(text));
}
