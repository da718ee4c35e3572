/*
 * The listening socket: one that systemd hands over (sd_listen_fds(3): LISTEN_PID, LISTEN_FDS, descriptor 3), or
 * one of our own at serve.listen.
 */
#include "request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_HANDED 3

static bool
is_handed_over(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");

	return pid != NULL && fds != NULL && strtol(pid, NULL, 10) == (long)getpid() &&
	       strtol(fds, NULL, 10) >= 1;
}

/* "host:port" or "[v6]:port" into its parts. */
static bool
split(const char *address, char host[256], char port[16])
{
	const char *colon = strrchr(address, ':');
	size_t n;

	if (colon == NULL || colon == address || strlen(colon + 1) == 0 || strlen(colon + 1) > 5)
		return false;
	n = (size_t)(colon - address);
	if (address[0] == '[' && colon[-1] == ']') {
		address++;
		n -= 2;
	}
	if (n == 0 || n > 255 || strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return false;
	memcpy(host, address, n);
	host[n] = '\0';
	memcpy(port, colon + 1, strlen(colon + 1) + 1);
	return true;
}

static int
bind_to(const struct addrinfo *a, const char *address, struct wrap_err *err)
{
	int on = 1, fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0) {
		(void)wrap_fail_errno(err, "make a socket");
		return -1;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, 1024) != 0) {
		if (errno == EADDRINUSE)
			(void)wrap_fail(err, WRAP_EBUSY,
			    "serve.listen = \"%.100s\": another program listens there", address);
		else
			(void)wrap_fail_errno(err, "serve.listen = \"%.100s\"", address);
		(void)close(fd);
		return -1;
	}
	return fd;
}

int
listen_open(const char *address, struct buf *where, struct wrap_err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE },
			*found = NULL;
	char host[256], port[16];
	struct sockaddr_storage sa = { 0 };
	socklen_t n = sizeof(sa);
	int fd;

	if (is_handed_over()) {
		buf_adds(where, "the socket handed over");
		(void)fcntl(FIRST_HANDED, F_SETFD, FD_CLOEXEC);
		(void)fcntl(FIRST_HANDED, F_SETFL, fcntl(FIRST_HANDED, F_GETFL) | O_NONBLOCK);
		return FIRST_HANDED;
	}
	if (!split(address, host, port) || getaddrinfo(host, port, &hints, &found) != 0) {
		(void)wrap_fail(err, WRAP_ECONFIG,
		    "serve.listen = \"%.100s\" is no address and port; write it like 127.0.0.1:8025",
		    address);
		return -1;
	}
	fd = bind_to(found, address, err);
	freeaddrinfo(found);
	if (fd >= 0 && getsockname(fd, (struct sockaddr *)&sa, &n) == 0 &&
	    getnameinfo((struct sockaddr *)&sa, n, host, sizeof(host), port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		buf_addf(where, strchr(host, ':') != NULL ? "http://[%s]:%s" : "http://%s:%s", host,
		    port);
	return fd;
}

void
peer_text(const struct sockaddr *sa, char out[64])
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)sa;
	const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)sa;

	out[0] = '\0';
	if (sa->sa_family == AF_INET)
		(void)inet_ntop(AF_INET, &four->sin_addr, out, 64);
	else if (sa->sa_family == AF_INET6)
		(void)inet_ntop(AF_INET6, &six->sin6_addr, out, 64);
}
