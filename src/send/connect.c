/*
 * Opening a connection to a relay. libcurl does it: name, address, TLS with certificate and name checked,
 * EHLO, login (PLAIN, LOGIN, CRAM-MD5, XOAUTH2 and what else it knows). Then it hands over (CONNECT_ONLY) and the
 * messages go by the dialog (smtp.c). Nothing here waits: the engine calls when epoll or a timer says so.
 */
#include "internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MAX_S 60

int64_t
lane_timeout_ms(const struct lane *l)
{
	int64_t s = l->relay->conf->timeout;

	return (s > 0 ? s : 120) * 1000;
}

void
lane_watch(struct lane *l, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events,
		.data.u64 = ((uint64_t)l->index << 32) | (uint32_t)fd };

	if (events == 0)
		(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, &ev);
	else if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) != 0 && errno == EEXIST)
		(void)epoll_ctl(l->epoll, EPOLL_CTL_MOD, fd, &ev);
}

/* ---- what libcurl asks and tells while it connects -------------------------------------------------- */

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
	struct lane *l = ctx;

	(void)easy;
	(void)unused;
	switch (what) {
	case CURL_POLL_IN: lane_watch(l, fd, EPOLLIN); break;
	case CURL_POLL_OUT: lane_watch(l, fd, EPOLLOUT); break;
	case CURL_POLL_INOUT: lane_watch(l, fd, EPOLLIN | EPOLLOUT); break;
	default: lane_watch(l, fd, 0); break;
	}
	return 0;
}

static int
on_timer(CURLM *multi, long ms, void *ctx)
{
	struct lane *l = ctx;

	(void)multi;
	l->due_ms = ms < 0 ? -1 : clock_monotonic_ms() + ms;
	return 0;
}

static bool
is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return (ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) >>
			   24) == 127;
	if (sa->sa_family == AF_INET6) {
		const struct in6_addr *a =
		    &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;

		if (IN6_IS_ADDR_V4MAPPED(a))
			return a->s6_addr[12] == 127;
		return IN6_IS_ADDR_LOOPBACK(a);
	}
	return false;
}

bool
lane_in_clear(const struct config_relay *c)
{
	return c->tls == CONFIG_TLS_NONE && strncmp(c->url, "smtps:", 6) != 0;
}

/* The address is known here and nothing is sent yet: the last place to keep a password off the wire. */
static curl_socket_t
on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct lane *l = ctx;

	(void)purpose;
	if (lane_in_clear(l->relay->conf) && l->relay->conf->user != NULL &&
	    !is_loopback(&a->addr)) {
		l->clear_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* One line of the relay's before the dialog: greeting, EHLO, STARTTLS, login. */
static size_t
on_line(char *p, size_t size, size_t n, void *ctx)
{
	struct lane *l = ctx;
	struct span line = { p, size * n };
	int code;

	while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	code = reply_code(line);
	if (code == 0) {
		/* libcurl would read on and wait; whoever talks like this will not turn into a relay. */
		(void)snprintf(l->text, sizeof(l->text), "the relay's answer is not SMTP");
		l->noise = true;
		return 0;
	}
	if (code == 220) {
		/* The greeting, or the go-ahead to TLS: what was offered before it counts for nothing. */
		l->offered = false;
		dialog_reset(&l->dialog);
	} else if (code == 250) {
		if (l->offered) /* the first line is the relay's name */
			dialog_offer(&l->dialog, line);
		l->offered = true;
	} else if (code == 235) {
		l->logged_in = true;
	}
	l->code = code;
	if (trace_hides(l, line)) /* this text goes into reports */
		(void)snprintf(l->text, sizeof(l->text), "%d (they repeat our password)", code);
	else
		(void)snprintf(
		    l->text, sizeof(l->text), "%.*s", (int)(line.n < 250 ? line.n : 250), line.p);
	reply_clean(l->text, sizeof(l->text));
	return size * n;
}

/* ---- life ---------------------------------------------------------------------------------------- */

static bool
set_options(struct lane *l, CURLSH *share)
{
	const struct config_relay *c = l->relay->conf;
	CURL *e = l->easy;
	long wait_s = (long)(lane_timeout_ms(l) / 1000);
	bool ok = true;

#define SET(option, value) ok = curl_easy_setopt(e, CURLOPT_##option, value) == CURLE_OK && ok
	SET(URL, c->url);
	SET(PROTOCOLS_STR, "smtp,smtps");
	SET(CONNECT_ONLY, 1L);
	SET(NOSIGNAL, 1L);
	SET(PROXY, "");
	SET(SHARE, share);
	SET(USE_SSL, (long)(c->tls == CONFIG_TLS_NONE ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(SSL_VERIFYPEER, 1L);
	SET(SSL_VERIFYHOST, 2L);
	SET(CONNECTTIMEOUT, wait_s < CONNECT_MAX_S ? wait_s : CONNECT_MAX_S);
	SET(SERVER_RESPONSE_TIMEOUT, wait_s);
	SET(OPENSOCKETFUNCTION, on_open);
	SET(OPENSOCKETDATA, l);
	SET(HEADERFUNCTION, on_line);
	SET(HEADERDATA, l);
	if (log_wants(LOG_DEBUG)) {
		SET(VERBOSE, 1L);
		SET(DEBUGFUNCTION, trace_connecting);
		SET(DEBUGDATA, l);
		l->dialog.heard = trace_heard;
		l->dialog.ctx = l;
	}
	if (c->ca != NULL)
		SET(CAINFO, c->ca);
	if (c->cert != NULL)
		SET(SSLCERT, c->cert);
	if (c->key != NULL)
		SET(SSLKEY, c->key);
	if (c->user != NULL) {
		SET(USERNAME, c->user);
		if (c->token != NULL)
			SET(XOAUTH2_BEARER, c->token);
		else
			SET(PASSWORD, c->password == NULL ? "" : c->password);
	}
#undef SET
	return ok;
}

enum wrap_rc
lane_init(
    struct lane *l, struct relay *r, uint32_t index, int epoll, CURLSH *share, struct wrap_err *err)
{
	*l = (struct lane){ .relay = r, .index = index, .epoll = epoll, .fd = -1, .due_ms = -1 };
	dialog_reset(&l->dialog);
	l->multi = curl_multi_init();
	l->easy = curl_easy_init();
	if (l->multi == NULL || l->easy == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	(void)curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	(void)curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
	(void)curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	(void)curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
	if (!set_options(l, share))
		return wrap_fail(err, WRAP_ECONFIG, "relay %s: libcurl does not take its settings",
		    r->conf->url);
	return WRAP_OK;
}

void
lane_clear(struct lane *l)
{
	lane_close(l);
	curl_easy_cleanup(l->easy);
	curl_multi_cleanup(l->multi);
	dialog_clear(&l->dialog);
	*l = (struct lane){ .fd = -1, .due_ms = -1 };
}

void
lane_fail(struct lane *l, enum outcome o, enum send_stage stage, const char *text)
{
	l->failure = verdict_make(o, "", "%s: %s", stage_name(stage), text);
	if (l->code >= 400)
		l->failure.reply_code = l->code;
	l->failed = true;
	lane_close(l);
}

void
lane_connect(struct lane *l, int64_t now_ms)
{
	l->failed = l->offered = l->logged_in = l->clear_refused = l->noise = false;
	l->code = 0;
	l->text[0] = '\0';
	dialog_reset(&l->dialog);
	l->state = LANE_CONNECTING;
	l->relay->open++;
	l->due_ms = now_ms;
	l->deadline_ms = now_ms + lane_timeout_ms(l) + 1000;
	if (curl_multi_add_handle(l->multi, l->easy) != CURLM_OK)
		lane_fail(l, OUTCOME_NOT_TRIED, SEND_CONNECT, "libcurl takes no more connections");
}

/* Why libcurl could not hand over a connection, and whether trying again would help. */
void
lane_connect_failed(struct lane *l, CURLcode code)
{
	char why[sizeof(l->text) + 128];
	enum outcome o = OUTCOME_NOT_TRIED;
	enum send_stage stage = SEND_CONNECT;

	(void)snprintf(why, sizeof(why), "%s", curl_easy_strerror(code));
	if (l->clear_refused) {
		o = OUTCOME_REFUSED_US;
		(void)snprintf(why, sizeof(why),
		    "a password would cross the network in clear; remove tls = \"none\"");
	} else if (l->noise) {
		(void)snprintf(why, sizeof(why), "%s", l->text);
	} else if (l->code >= 400) {
		if (code == CURLE_LOGIN_DENIED || code == CURLE_REMOTE_ACCESS_DENIED)
			stage = SEND_AUTH;
		o = verdict_from_reply(span_of(l->text), stage).outcome;
		(void)snprintf(why, sizeof(why), "%s", l->text);
	} else {
		switch (code) {
		case CURLE_USE_SSL_FAILED:
			o = OUTCOME_REFUSED_US;
			(void)snprintf(
			    why, sizeof(why), "the relay offers no STARTTLS, and TLS is required");
			break;
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_SSL_CERTPROBLEM:
		case CURLE_SSL_CACERT_BADFILE:
		case CURLE_SSL_ISSUER_ERROR:
		case CURLE_LOGIN_DENIED:
		case CURLE_URL_MALFORMAT:
		case CURLE_UNSUPPORTED_PROTOCOL: o = OUTCOME_REFUSED_US; break;
		default: break;
		}
	}
	lane_fail(l, o, stage, why);
}

static void
connected(struct lane *l)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (curl_easy_getinfo(l->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
	    fd == CURL_SOCKET_BAD) {
		lane_fail(l, OUTCOME_NOT_TRIED, SEND_CONNECT, "the connection was lost at once");
		return;
	}
	if (l->relay->conf->user != NULL && !l->logged_in) {
		l->code = 0;
		lane_fail(
		    l, OUTCOME_REFUSED_US, SEND_AUTH, "the relay offers no login that we know");
		return;
	}
	l->state = LANE_OPEN;
	l->fd = fd;
	l->due_ms = -1;
	l->deadline_ms = 0;
	l->timed = DIALOG_IDLE;
	l->events = EPOLLIN;
	lane_watch(l, fd, l->events);
	relay_prove(l->relay);
}

void
lane_drive(struct lane *l, int fd, int mask)
{
	int running, left;
	CURLMsg *m;

	(void)curl_multi_socket_action(l->multi, fd, mask, &running);
	m = curl_multi_info_read(l->multi, &left);
	if (m == NULL || m->msg != CURLMSG_DONE)
		return;
	if (m->data.result == CURLE_OK)
		connected(l);
	else
		lane_connect_failed(l, m->data.result);
}
