/*
 * The server: one thread for the network (libmicrohttpd, epoll), one that writes (work.c), one that sends letters
 * (post.c). The loop below wakes for the network, for work that is done, and twice a second to cut connections
 * that are slower than any reader: the more places are taken, the less patience there is.
 */
#include "request.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TICK_MS 500
#define PATIENCE_MS 20000        /* for a request to be there, and for a pause between two */
#define ANSWER_PATIENCE_MS 60000 /* for an answer to be taken */
#define STOP_MS 10000
#define POOL_BYTES ((size_t)16 << 10) /* of one connection */

/* ---- connections ----------------------------------------------------------------------------------------------- */

/* Of the same client: an address, or an IPv6 network of 64 bits. */
static bool
same_client(const struct sockaddr *a, const struct sockaddr *b)
{
	if (a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return memcmp(&((const struct sockaddr_in *)(const void *)a)->sin_addr,
			   &((const struct sockaddr_in *)(const void *)b)->sin_addr, 4) == 0;
	return a->sa_family == AF_INET6 &&
	       memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
		   &((const struct sockaddr_in6 *)(const void *)b)->sin6_addr, 8) == 0;
}

static enum MHD_Result
on_accept(void *cls, const struct sockaddr *sa, socklen_t n)
{
	struct server *s = cls;
	char peer[64];
	int64_t of_client = 0;

	(void)n;
	peer_text(sa, peer);
	if (client_is_trusted(&s->o->c->serve.trusted_proxy, span_of(peer)))
		return MHD_YES;
	for (const struct connection *c = s->connections; c != NULL; c = c->next)
		of_client += same_client((const struct sockaddr *)&c->peer, sa);
	if (of_client < s->o->c->serve.per_client)
		return MHD_YES;
	s->refused++;
	return MHD_NO;
}

static void
on_connection(
    void *cls, struct MHD_Connection *mc, void **context, enum MHD_ConnectionNotificationCode what)
{
	struct server *s = cls;
	struct connection *c = *context;
	const union MHD_ConnectionInfo *i;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (c == NULL)
			return;
		*c->at = c->next;
		if (c->next != NULL)
			c->next->at = c->at;
		s->n_connections--;
		free(c);
		*context = NULL;
		return;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return;
	i = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	if (i != NULL && i->client_addr != NULL)
		memcpy(&c->peer, i->client_addr,
		    i->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
							  : sizeof(struct sockaddr_in));
	i = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CONNECTION_FD);
	c->fd = i == NULL ? -1 : i->connect_fd;
	c->since_ms = clock_monotonic_ms();
	c->next = s->connections;
	c->at = &s->connections;
	if (c->next != NULL)
		c->next->at = &c->next;
	s->connections = c;
	s->n_connections++;
	*context = c;
}

/* How long a connection may be at what it does, by how full the house is. */
static int64_t
patience(const struct server *s, const struct connection *c)
{
	size_t most = (size_t)s->o->c->serve.connections;

	if (s->stopping && (c->phase == PHASE_IDLE || c->phase == PHASE_READING))
		return 0;
	if (s->n_connections * 4 > most * 3)
		return 500;
	if (s->n_connections * 2 > most)
		return 2000;
	return c->phase == PHASE_ANSWERING ? ANSWER_PATIENCE_MS : PATIENCE_MS;
}

/* libmicrohttpd's own timeout starts anew with each byte, so a slow one could stay for ever. */
static void
cut_slow(struct server *s, int64_t now)
{
	for (struct connection *c = s->connections; c != NULL; c = c->next) {
		if (c->cut || c->phase == PHASE_WORKING || now - c->since_ms <= patience(s, c))
			continue;
		c->cut = true;
		s->cut += c->phase != PHASE_IDLE;
		(void)shutdown(c->fd, SHUT_RDWR);
	}
}

/* ---- the loop -------------------------------------------------------------------------------------------------- */

static int
wait_ms(const struct server *s, int64_t resume_at, int64_t now)
{
	MHD_UNSIGNED_LONG_LONG ours;
	int64_t wait = TICK_MS;

	if (MHD_get_timeout(s->daemon, &ours) == MHD_YES && (int64_t)ours < wait)
		wait = (int64_t)ours;
	if (resume_at >= 0 && resume_at - now < wait)
		wait = resume_at - now;
	return wait < 0 ? 0 : (int)wait;
}

static void
serve(struct server *s)
{
	const union MHD_DaemonInfo *i = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	int64_t tick = clock_monotonic_ms(), stop_at = 0, resume_at = -1;
	struct pollfd fds[2] = { { .fd = i->epoll_fd, .events = POLLIN },
		{ .fd = s->wake, .events = POLLIN } };

	for (;;) {
		int64_t now = clock_monotonic_ms();
		uint64_t sink;

		(void)poll(fds, 2, wait_ms(s, resume_at, now));
		if ((fds[1].revents & POLLIN) != 0 && read(s->wake, &sink, sizeof(sink)) < 0)
			log_line(LOG_DEBUG, "a wake was empty");
		resume_at = requests_resume(s);
		(void)MHD_run(s->daemon);
		now = clock_monotonic_ms();
		if (*s->o->stop != 0 && !s->stopping) {
			int fd = MHD_quiesce_daemon(s->daemon);

			s->stopping = true;
			stop_at = now + STOP_MS;
			if (fd >= 0)
				(void)close(fd);
		}
		if (now - tick >= TICK_MS || s->stopping) {
			cut_slow(s, now);
			tick = now;
		}
		if (s->stopping && s->suspended == 0 && (s->connections == NULL || now >= stop_at))
			return;
		if (s->stopping && s->connections != NULL && s->suspended == 0)
			(void)poll(NULL, 0, 5);
	}
}

/* A path is taken as it was sent: what is coded in it is no link of ours. */
static size_t
keep_as_sent(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls;
	(void)c;
	return strlen(s);
}

static void
on_error(void *cls, const char *fmt, va_list ap)
{
	char text[256];

	(void)cls;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)vsnprintf(text, sizeof(text), fmt, ap);
#pragma GCC diagnostic pop
	log_line(LOG_DEBUG, "web: %s", text);
}

static enum wrap_rc
start(struct server *s, struct buf *where, struct wrap_err *err)
{
	int fd = listen_open(s->o->c->serve.listen, where, err);

	if (fd < 0)
		return err->code;
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
	    0, on_accept, s, request_handle, s, MHD_OPTION_EXTERNAL_LOGGER, on_error, NULL,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)s->o->c->serve.connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_BYTES,
	    MHD_OPTION_CONNECTION_TIMEOUT, 60U, MHD_OPTION_NOTIFY_COMPLETED, request_ended, s,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_UNESCAPE_CALLBACK,
	    keep_as_sent, NULL, MHD_OPTION_END);
	if (s->daemon != NULL)
		return WRAP_OK;
	(void)close(fd);
	return wrap_fail(err, WRAP_ESYS, "the web server could not start");
}

/* Threads that work for us must not be woken by the signals that end us. */
static enum wrap_rc
start_threads(struct server *s, struct wrap_err *err)
{
	sigset_t all, before;
	enum wrap_rc rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = post_start(s->o, &s->post, err);
	if (rc == WRAP_OK)
		rc = work_start(&s->site, s->wake, post_wake, s->post, &s->work, err);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

enum wrap_rc
web_serve(const struct web_options *o, struct wrap_err *err)
{
	struct server *s = calloc(1, sizeof(*s));
	struct buf where = BUF_INIT(1024);
	enum wrap_rc rc;

	if (s == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	s->o = o;
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->guard = guard_new(o->c->serve.signups);
	s->cache = cache_new();
	rc = s->wake < 0 || s->guard == NULL || s->cache == NULL
		 ? wrap_fail(err, WRAP_ENOMEM, "out of memory")
		 : site_open(o->c, o->keys, o->clock, &s->site, err);
	if (rc == WRAP_OK)
		rc = store_open(o->c->paths.database, STORE_OPEN, &s->st, err);
	if (rc == WRAP_OK)
		rc = start_threads(s, err);
	if (rc == WRAP_OK)
		rc = start(s, &where, err);
	if (rc == WRAP_OK) {
		o->ready(o->ctx, buf_str(&where));
		serve(s);
	}
	if (s->daemon != NULL)
		MHD_stop_daemon(s->daemon);
	work_stop(&s->work);
	post_stop(&s->post);
	store_close(&s->st);
	site_close(&s->site);
	cache_free(&s->cache);
	guard_free(&s->guard);
	if (s->wake >= 0)
		(void)close(s->wake);
	buf_clear(&where);
	free(s);
	return rc;
}
