/*
 * An answer with its headers, the counters of /metrics, and the line in the log: the page's name, never the path,
 * because paths hold tokens; no address of anybody.
 */
#include "request.h"

#include <stdio.h>
#include <string.h>

static void
add(struct MHD_Response *m, const char *name, const char *value)
{
	(void)MHD_add_response_header(m, name, value);
}

/* Nothing runs, nothing is framed, nothing is loaded from elsewhere but pictures. */
static void
add_security(struct MHD_Response *m, const struct visit *v)
{
	add(m, "Content-Security-Policy",
	    v->styled ? "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https:; "
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
		      : "default-src 'none'; style-src 'self'; img-src 'self' https:; "
			"base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
	add(m, "X-Content-Type-Options", "nosniff");
	add(m, "Referrer-Policy", "no-referrer");
	add(m, "X-Frame-Options", "DENY");
	add(m, "Cross-Origin-Opener-Policy", "same-origin");
}

static void
add_caching(struct MHD_Response *m, const struct visit *v)
{
	char tag[40];

	if (!v->open) {
		add(m, "Cache-Control", "no-store");
		if (v->reader != 0)
			add(m, "X-Robots-Tag", "noindex");
		return;
	}
	(void)snprintf(tag, sizeof(tag), "\"%s\"", v->etag);
	add(m, "ETag", tag);
	add(m, "Cache-Control", "public, max-age=60");
	add(m, "Vary", "Accept-Language");
}

static void
add_file(struct MHD_Response *m, const char *file)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "attachment; filename=\"%s\"", file);
	add(m, "Content-Disposition", text);
}

static void
add_location(struct MHD_Response *m, const struct visit *v)
{
	struct buf b = BUF_INIT(4096);

	buf_addspan(&b, v->site->base);
	buf_adds(&b, v->location);
	add(m, "Location", buf_str(&b));
	buf_clear(&b);
}

enum MHD_Result
answer_send(struct server *s, struct MHD_Connection *c, struct visit *v)
{
	const char *had = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "If-None-Match");
	struct MHD_Response *m;
	enum MHD_Result result;

	if (v->open && had != NULL && v->etag[0] != '\0' && strstr(had, v->etag) != NULL) {
		v->status = 304;
		buf_reset(&v->body);
	}
	m = MHD_create_response_from_buffer(
	    v->body.n, (void *)(uintptr_t)buf_str(&v->body), MHD_RESPMEM_MUST_COPY);
	if (m == NULL)
		return MHD_NO;
	if (v->status != 304 && v->status != 303)
		add(m, "Content-Type", v->type == NULL ? "text/html; charset=utf-8" : v->type);
	add_security(m, v);
	add_caching(m, v);
	if (v->file != NULL)
		add_file(m, v->file);
	if (v->location[0] != '\0')
		add_location(m, v);
	if (v->status == 405)
		add(m, "Allow", v->route->post == NULL ? "GET, HEAD" : "GET, HEAD, POST");
	if (v->status == 503 || v->status == 429)
		add(m, "Retry-After", "600");
	if (s->stopping)
		add(m, "Connection", "close");
	result = MHD_queue_response(c, v->status, m);
	MHD_destroy_response(m);
	return result;
}

/* ---- figures ------------------------------------------------------------------------------------------------- */

static size_t
number_of(const struct route *r)
{
	size_t n = r == NULL ? n_routes : (size_t)(r - routes);

	return n < 15 ? n : 15;
}

void
request_note(
    struct server *s, const struct visit *v, const char *method, unsigned status, int64_t took_us)
{
	char line[200], at[CLOCK_TEXT];
	const struct wclock machine = { 0 };

	s->requests[number_of(v->route)][status / 100 < 6 ? status / 100 : 0]++;
	if (s->o->log == NULL)
		return;
	(void)snprintf(line, sizeof(line), "%s %s %s %u %zu %lld.%llums",
	    clock_rfc3339(clock_now(&machine), at), method, v->route == NULL ? "-" : v->route->name,
	    status, v->body.n, (long long)(took_us / 1000),
	    (unsigned long long)(took_us % 1000) / 100);
	s->o->log(s->o->ctx, line);
}

/* Two paths may be one page by name: their counts are one. */
static uint64_t
count_of(const struct server *s, const char *name, size_t hundreds)
{
	uint64_t n = 0;

	for (size_t i = 0; i < n_routes; i++)
		if (strcmp(routes[i].name, name) == 0)
			n += s->requests[number_of(&routes[i])][hundreds];
	return n;
}

static bool
seen_before(size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(routes[i].name, routes[j].name) == 0)
			return true;
	return false;
}

static void
count_write(struct buf *out, const char *page, size_t hundreds, uint64_t n)
{
	if (n > 0)
		buf_addf(out, "wrap_requests_total{page=\"%s\",status=\"%zuxx\"} %llu\n", page,
		    hundreds, (unsigned long long)n);
}

void
metrics_write(struct server *s, struct buf *out)
{
	int64_t readers[SUBSCRIBER_COMPLAINED + 1];

	buf_adds(out, "# HELP wrap_requests_total Requests answered.\n"
		      "# TYPE wrap_requests_total counter\n");
	for (size_t h = 1; h < 6; h++) {
		for (size_t i = 0; i < n_routes; i++)
			if (!seen_before(i))
				count_write(out, routes[i].name, h, count_of(s, routes[i].name, h));
		count_write(out, "none", h, s->requests[number_of(NULL)][h]);
	}
	buf_addf(out,
	    "# HELP wrap_connections Connections open.\n# TYPE wrap_connections gauge\n"
	    "wrap_connections %zu\n"
	    "# HELP wrap_connections_refused_total Connections refused by a limit.\n"
	    "# TYPE wrap_connections_refused_total counter\n"
	    "wrap_connections_refused_total %llu\n"
	    "# HELP wrap_connections_cut_total Connections that were too slow.\n"
	    "# TYPE wrap_connections_cut_total counter\n"
	    "wrap_connections_cut_total %llu\n"
	    "# HELP wrap_waiting Changes that wait to be written.\n# TYPE wrap_waiting gauge\n"
	    "wrap_waiting %zu\n",
	    s->n_connections, (unsigned long long)s->refused, (unsigned long long)s->cut,
	    work_waiting(s->work));
	if (subscriber_counts(s->st, readers, NULL) != WRAP_OK)
		return;
	buf_adds(out, "# HELP wrap_readers Readers by state.\n# TYPE wrap_readers gauge\n");
	for (int i = 0; i <= SUBSCRIBER_COMPLAINED; i++)
		buf_addf(out, "wrap_readers{state=\"%s\"} %lld\n",
		    subscriber_state_name((enum subscriber_state)i), (long long)readers[i]);
}
