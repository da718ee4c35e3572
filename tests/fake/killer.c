/*
 * Death and disk trouble to order, preloaded into the program under test:
 *
 *   KILL_AT=POINT:N         kill -9 at the Nth time the process reaches the point
 *   FAIL_AT=N:M:ERRNO       from the Nth write to the disk on, M of them fail (0: all that follow)
 *   TRIGGER=FILE            FAIL_AT counts only while this file exists
 *
 * Points: envelope-before, envelope-after (our MAIL command), body-before, body-after (the message with
 * its dot), reply-after (the 250 to the dot is read), write-before, write-after, sync-before, sync-after
 * (the write-ahead log and its sync), truncate-before, truncate-after (of the log when all is over),
 * connect-before, connect-after (to a relay), reserve-before, reserve-after (room for results that the
 * database cannot take), drop-before, drop-after (of that room), rename-before, rename-after (a file into a
 * Maildir), folder-before, folder-after (the sync that makes such files last).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long reached, writes;

static void
point(const char *name)
{
	const char *want = getenv("KILL_AT");
	size_t n = strlen(name);

	if (want == NULL || strncmp(want, name, n) != 0 || want[n] != ':')
		return;
	if (atomic_fetch_add(&reached, 1) + 1 == strtol(want + n + 1, NULL, 10))
		(void)kill(getpid(), SIGKILL);
}

static int
fails(void)
{
	const char *want = getenv("FAIL_AT"), *trigger = getenv("TRIGGER");
	long from, many;
	int code = 0, saved = errno;
	long n;

	if (want == NULL || sscanf(want, "%ld:%ld:%d", &from, &many, &code) != 3)
		return 0;
	if (trigger != NULL && access(trigger, F_OK) != 0) {
		errno = saved;
		return 0;
	}
	errno = saved;
	n = atomic_fetch_add(&writes, 1) + 1;
	if (n < from || (many > 0 && n >= from + many))
		return 0;
	errno = code;
	return 1;
}

#define REAL(type, name, ...)             \
	static type (*real)(__VA_ARGS__); \
	if (real == NULL)                 \
	real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

ssize_t
send(int fd, const void *p, size_t n, int flags)
{
	ssize_t got;
	int envelope = n > 10 && memcmp(p, "MAIL FROM:", 10) == 0;
	int body = n > 5 && memcmp((const char *)p + n - 5, "\r\n.\r\n", 5) == 0;

	REAL(ssize_t, send, int, const void *, size_t, int);
	if (envelope)
		point("envelope-before");
	if (body)
		point("body-before");
	got = real(fd, p, n, flags);
	if (envelope)
		point("envelope-after");
	if (body)
		point("body-after");
	return got;
}

ssize_t
recv(int fd, void *p, size_t n, int flags)
{
	ssize_t got;

	REAL(ssize_t, recv, int, void *, size_t, int);
	got = real(fd, p, n, flags);
	if (got > 10 && memmem(p, (size_t)got, "250 2.0.0 taken", 15) != NULL)
		point("reply-after");
	return got;
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	ssize_t got;

	REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
	if (fails())
		return -1;
	point("write-before");
	got = real(fd, p, n, at);
	point("write-after");
	return got;
}

int
fdatasync(int fd)
{
	int got;

	REAL(int, fdatasync, int);
	if (fails())
		return -1;
	point("sync-before");
	got = real(fd);
	point("sync-after");
	return got;
}

int
fsync(int fd)
{
	int got;

	REAL(int, fsync, int);
	point("folder-before");
	got = real(fd);
	point("folder-after");
	return got;
}

int
ftruncate64(int fd, off64_t n)
{
	int got;

	REAL(int, ftruncate64, int, off64_t);
	point("truncate-before");
	got = real(fd, n);
	point("truncate-after");
	return got;
}

int
connect(int fd, const struct sockaddr *to, socklen_t n)
{
	int got;

	REAL(int, connect, int, const struct sockaddr *, socklen_t);
	point("connect-before");
	got = real(fd, to, n);
	point("connect-after");
	return got;
}

int
posix_fallocate(int fd, off_t at, off_t n)
{
	int got;

	REAL(int, posix_fallocate, int, off_t, off_t);
	point("reserve-before");
	got = real(fd, at, n);
	point("reserve-after");
	return got;
}

int
unlink(const char *path)
{
	int spill = strstr(path, "-spill") != NULL, got;

	REAL(int, unlink, const char *);
	if (spill)
		point("drop-before");
	got = real(path);
	if (spill)
		point("drop-after");
	return got;
}

int
renameat(int from, const char *a, int to, const char *b)
{
	int got;

	REAL(int, renameat, int, const char *, int, const char *);
	point("rename-before");
	got = real(from, a, to, b);
	point("rename-after");
	return got;
}
