/*
 * A request of libmicrohttpd becomes a visit: the path finds its page, a body is collected up to a limit, what
 * only reads is answered at once, what writes goes to work.c and the connection is set aside until it is done.
 */
#include "request.h"

#include <stdlib.h>
#include <string.h>

#define HOLD_MS \
	150 /* a sign-up is answered after so long, or twice, or thrice: never when it was done */

/* One request of a connection. */
struct request {
	struct server *s;
	struct MHD_Connection *c;
	struct connection *of;
	struct visit v;
	struct buf body;
	char method[8];
	int64_t began_us;
	bool queued, done, too_large, head;
};

static int64_t
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct connection *
connection_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return i == NULL ? NULL : i->socket_context;
}

static struct span
header(struct MHD_Connection *c, const char *name)
{
	return span_of(MHD_lookup_connection_value(c, MHD_HEADER_KIND, name));
}

static void
set_phase(struct request *r, enum phase phase)
{
	if (r->of == NULL)
		return;
	r->of->phase = phase;
	r->of->since_ms = clock_monotonic_ms();
}

/* ---- its beginning -------------------------------------------------------------------------------------------- */

static bool
set_client(struct request *r)
{
	struct buf client = BUF_INIT(256);
	char peer[64] = "";

	if (r->of != NULL)
		peer_text((const struct sockaddr *)&r->of->peer, peer);
	client_read(&r->s->o->c->serve.trusted_proxy, span_of(peer),
	    header(r->c, "X-Forwarded-For"), &client);
	r->v.client = buf_steal(&client);
	return r->v.client != NULL;
}

static struct request *
request_new(struct server *s, struct MHD_Connection *c, const char *url, const char *method)
{
	struct request *r = calloc(1, sizeof(*r));
	size_t n = strcspn(url, "?");

	if (r == NULL)
		return NULL;
	r->s = s;
	r->c = c;
	r->of = connection_of(c);
	r->began_us = now_us();
	buf_init(&r->body, BODY_MOST + 1);
	r->v = (struct visit){ .site = &s->site,
		.owner = r,
		.now = clock_now(s->o->clock),
		.post = strcmp(method, "POST") == 0 };
	r->head = strcmp(method, "HEAD") == 0;
	strncat(r->method, method, sizeof(r->method) - 1);
	visit_reset(&r->v);
	r->v.tongue = site_accepts(&s->site, header(c, "Accept-Language"));
	r->v.url = str_dup_span((struct span){ url, n });
	if (r->v.url == NULL || !set_client(r)) {
		free(r->v.url);
		free(r->v.client);
		free(r);
		return NULL;
	}
	set_phase(r, PHASE_READING);
	return r;
}

/* Health and figures are asked for on this machine, below the root; nothing that came through a proxy sees figures. */
static bool
is_local(struct request *r, const char *path)
{
	return strcmp(r->v.url, path) == 0 && header(r->c, "X-Forwarded-For").n == 0 &&
	       header(r->c, "Forwarded").n == 0;
}

static void
find_page(struct request *r)
{
	struct span url = span_of(r->v.url);

	if (strcmp(r->v.url, "/health") == 0 && r->s->site.base.n > 0) {
		r->v.path = url;
		r->v.route = route_find(&r->v);
	} else if (path_read(r->s->site.base, url, &r->v.path)) {
		r->v.route = route_find(&r->v);
	}
}

/* ---- answers -------------------------------------------------------------------------------------------------- */

static enum MHD_Result
answer(struct request *r)
{
	set_phase(r, PHASE_ANSWERING);
	return answer_send(r->s, r->c, &r->v);
}

static enum MHD_Result
refuse(struct request *r, unsigned status, const char *key)
{
	struct wrap_err err;

	visit_reset(&r->v);
	if (page_note(&r->v, status, key, NULL, NULL, NULL, &err) != WRAP_OK)
		r->v.status = status;
	return answer(r);
}

static enum MHD_Result
read_page(struct request *r)
{
	struct visit *v = &r->v;
	struct wrap_err err = { 0 };
	int64_t now = clock_monotonic_ms();

	if (cache_get(r->s->cache, v, now))
		return answer(r);
	if (v->route->get(v, r->s->st, &err) != WRAP_OK) {
		log_line(LOG_ERROR, "%s: %s", v->route->name, err.text);
		return refuse(r, 500, "trouble");
	}
	if (v->open)
		cache_put(r->s->cache, v, now);
	return answer(r);
}

/* ---- POST ----------------------------------------------------------------------------------------------------- */

/* The next multiple of HOLD_MS, at least one away. */
static void
hold(struct request *r)
{
	r->v.not_before_ms = r->began_us / 1000 + HOLD_MS;
}

static enum MHD_Result
post_page(struct request *r)
{
	struct visit *v = &r->v;
	struct span type = header(r->c, "Content-Type"), body = buf_span(&r->body);
	struct wrap_err err;

	v->one_click = v->link == PEOPLE_LEAVE && v->reader != 0 && form_is_one_click(type, body);
	if (!v->one_click && form_read(body, &v->form, &err) != WRAP_OK)
		return refuse(r, 400, "bad_form");
	if (v->route->signs_up) {
		v->stale = !stamp_good(v->site->keys, form_get(&v->form, "stamp"));
		if (!v->stale && !guard_signup(r->s->guard, v->client, clock_monotonic_ms()))
			return refuse(r, 429, "too_many");
		hold(r);
	}
	if (!work_add(r->s->work, v))
		return refuse(r, 503, "busy");
	r->queued = true;
	r->s->suspended++;
	set_phase(r, PHASE_WORKING);
	MHD_suspend_connection(r->c);
	return MHD_YES;
}

static enum MHD_Result
take_body(struct request *r, const char *data, size_t *size)
{
	r->too_large = r->too_large || r->body.n + *size > BODY_MOST;
	if (!r->too_large)
		buf_add(&r->body, data, *size);
	*size = 0;
	return MHD_YES;
}

/*
 * The headers are here. A body that is not wanted, or far too large, is not waited for; one that is only too large
 * is read and thrown away, for who is still sending when we close may lose our answer. RFC 9112 section 9.6.
 */
static enum MHD_Result
begin(struct request *r)
{
	struct span length = header(r->c, "Content-Length");
	struct visit *v = &r->v;

	if (is_local(r, "/metrics")) {
		metrics_write(r->s, &v->body);
		v->status = 200;
		v->type = "text/plain; version=0.0.4; charset=utf-8";
		return answer(r);
	}
	find_page(r);
	if (v->route == NULL)
		return refuse(r, 404, "missing");
	if (!v->post && !r->head && strcmp(r->method, "GET") != 0)
		return refuse(r, 405, "bad_form");
	if (v->post && v->route->post == NULL)
		return refuse(r, 405, "bad_form");
	if (length.n > 0 && strtoull(length.p, NULL, 10) > BODY_READ)
		return refuse(r, 413, "bad_form");
	r->too_large = length.n > 0 && strtoull(length.p, NULL, 10) > BODY_MOST;
	return MHD_YES;
}

enum MHD_Result
request_handle(void *cls, struct MHD_Connection *c, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **state)
{
	struct request *r = *state;

	(void)version;
	if (r == NULL) {
		r = request_new(cls, c, url, method);
		*state = r;
		return r == NULL ? MHD_NO : begin(r);
	}
	if (*size > 0)
		return take_body(r, data, size);
	if (r->done)
		return answer(r);
	if (r->too_large)
		return refuse(r, 413, "bad_form");
	return r->v.post ? post_page(r) : read_page(r);
}

void
request_ended(
    void *cls, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode how)
{
	struct request *r = *state;

	(void)c;
	(void)how;
	if (r == NULL)
		return;
	request_note(cls, &r->v, r->method, r->v.status, now_us() - r->began_us);
	set_phase(r, PHASE_IDLE);
	form_clear(&r->v.form);
	buf_clear(&r->v.body);
	buf_clear(&r->body);
	free(r->v.url);
	free(r->v.client);
	free(r);
	*state = NULL;
}

/* ---- what the writer gives back ------------------------------------------------------------------------------- */

int64_t
requests_resume(struct server *s)
{
	int64_t now = clock_monotonic_ms(), next = -1;
	struct visit *v, **at;

	while ((v = work_done(s->work)) != NULL) {
		/* Done late, it waits for the next beat, so that how late tells nothing. */
		while (v->not_before_ms != 0 && v->not_before_ms < now)
			v->not_before_ms += HOLD_MS;
		v->next = s->held;
		s->held = v;
	}
	for (at = &s->held; (v = *at) != NULL;) {
		struct request *r = v->owner;

		if (v->not_before_ms > now) {
			next = next < 0 || v->not_before_ms < next ? v->not_before_ms : next;
			at = &v->next;
			continue;
		}
		*at = v->next;
		v->next = NULL;
		r->done = true;
		s->suspended--;
		MHD_resume_connection(r->c);
	}
	return next;
}
