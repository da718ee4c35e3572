/*
 * A disposable process for strangers' bytes. A parser that crashes, loops or eats memory costs one
 * document and one line in the report. The child inherits the document by fork, but no secret: keys and
 * passwords lie in memory that a fork empties (secret_new), and those of the environment are wiped. It holds no
 * descriptor but the pipe to its parent, and lives under limits of memory, processor and wall time; the kernel
 * refuses it new programs and, unless asked for, sockets. Records come back length-prefixed and capped.
 */
#include "wrap/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#if defined(__SANITIZE_ADDRESS__)
#define CHILD_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHILD_ASAN 1
#endif
#endif

struct child {
	pid_t pid;
	int fd;
	int64_t deadline_ms;
	size_t got_bytes;
	struct child_limits lim;
	bool reaped;
	int status;
	bool over; /* we ended it */
};

/* What a record is: an entry for the caller, or the text of the failure that ended the work. */
enum record_kind { RECORD_DATA = 'D', RECORD_FAILURE = 'F' };
struct record_head {
	uint32_t n;
	uint8_t kind;
	uint8_t rc;
	uint8_t spare[2];
};

static enum wrap_rc
put(int fd, enum record_kind kind, enum wrap_rc rc, struct span s, struct wrap_err *err)
{
	struct record_head h = { .n = (uint32_t)s.n, .kind = (uint8_t)kind, .rc = (uint8_t)rc };

	if (s.n > UINT32_MAX)
		return wrap_fail(err, WRAP_ELIMIT, "record of %zu bytes", s.n);
	if (!fd_write(fd, (struct span){ (const char *)&h, sizeof(h) }) || !fd_write(fd, s))
		return wrap_fail_errno(err, "hand a record to the parent");
	return WRAP_OK;
}

enum wrap_rc
child_put(int out_fd, struct span record, struct wrap_err *err)
{
	return put(out_fd, RECORD_DATA, WRAP_OK, record, err);
}

/* ---- in the child -------------------------------------------------------------------------------- */

static bool
kept(int fd, int out_fd, const int *keep, size_t n_keep)
{
	if (fd <= STDERR_FILENO || fd == out_fd)
		return true;
	for (size_t i = 0; i < n_keep; i++)
		if (keep[i] == fd)
			return true;
	return false;
}

static void
close_others(int out_fd, const int *keep, size_t n_keep)
{
	DIR *d = opendir("/proc/self/fd");
	const struct dirent *e;

	if (d == NULL) {
		for (int fd = STDERR_FILENO + 1; fd < 4096; fd++)
			if (!kept(fd, out_fd, keep, n_keep))
				(void)close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		int fd = (int)strtol(e->d_name, NULL, 10);
		if (e->d_name[0] != '.' && fd != dirfd(d) && !kept(fd, out_fd, keep, n_keep))
			(void)close(fd);
	}
	(void)closedir(d);
}

static void
limit(__rlimit_resource_t what, size_t most)
{
	(void)setrlimit(what, &(struct rlimit){ .rlim_cur = most, .rlim_max = most });
}

#ifndef CHILD_ASAN
/* Bytes of address space that are mapped now, which RLIMIT_AS counts too. */
static size_t
mapped_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	char line[64];
	unsigned long pages = 0;

	if (f != NULL && fgets(line, sizeof(line), f) != NULL)
		pages = strtoul(line, NULL, 10);
	if (f != NULL)
		(void)fclose(f);
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}
#endif

#if defined(__x86_64__)
#define CHILD_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CHILD_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef CHILD_ARCH
#define DENY(nr)                                         \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), \
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
/* A second wall behind the first: a parser that was taken over reaches no network and starts nothing. */
static void
deny_calls(bool network)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CHILD_ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		DENY(SYS_execve),
		DENY(SYS_execveat),
		DENY(SYS_ptrace),
		DENY(SYS_kill),
		DENY(SYS_process_vm_readv),
		DENY(SYS_process_vm_writev),
		/* With the network allowed, a resolver may need a thread: the last rules fall away. */
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		DENY(SYS_connect),
		DENY(SYS_bind),
		DENY(SYS_socket),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	size_t n = sizeof(rules) / sizeof(rules[0]);
	struct sock_fprog prog = { .len = (unsigned short)n, .filter = rules };

	if (!network) /* the first ALLOW becomes a jump to the next line */
		rules[n - 8] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0);
	(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}
#endif

/* Passwords may come by the environment. A locale and a time zone are all that a parser could ask for. */
static void
forget_environment(void)
{
	static const char *const harmless[] = { "TZ=", "LANG=", "LC_",
		"ASAN_OPTIONS=", "UBSAN_OPTIONS=" };

	for (char **e = environ; e != NULL && *e != NULL; e++) {
		char *value = strchr(*e, '=');
		bool stays = value == NULL;
		for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
			stays = stays || strncmp(*e, harmless[i], strlen(harmless[i])) == 0;
		if (!stays)
			secret_wipe(value + 1, strlen(value + 1));
	}
}

static void
confine(const struct child_limits *lim, int out_fd, const int *keep, size_t n_keep)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	forget_environment();
	close_others(out_fd, keep, n_keep);
#ifndef CHILD_ASAN
	if (lim->memory_bytes > 0)
		limit(RLIMIT_AS, mapped_bytes() + lim->memory_bytes);
#endif
	if (lim->cpu_s > 0)
		limit(RLIMIT_CPU, (size_t)lim->cpu_s);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
#ifdef CHILD_ARCH
	deny_calls(lim->network);
#endif
}

/* ---- in the parent ------------------------------------------------------------------------------- */

enum wrap_rc
child_start(const struct child_limits *lim, const int *keep, size_t n_keep,
    enum wrap_rc (*work)(void *ctx, int out_fd, struct wrap_err *err), void *ctx,
    struct child **out, struct wrap_err *err)
{
	struct child *c = calloc(1, sizeof(*c));
	int fds[2];

	*out = NULL;
	if (c == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	if (pipe2(fds, O_CLOEXEC) != 0) {
		free(c);
		return wrap_fail_errno(err, "make a pipe");
	}
	*c = (struct child){ .fd = fds[0], .lim = *lim };
	c->deadline_ms = clock_monotonic_ms() + lim->wall_ms;
	c->pid = fork();
	if (c->pid < 0) {
		enum wrap_rc rc = wrap_fail_errno(err, "start a child process");
		(void)close(fds[0]);
		(void)close(fds[1]);
		free(c);
		return rc;
	}
	if (c->pid == 0) {
		struct wrap_err mine = { 0 };
		enum wrap_rc rc;
		confine(lim, fds[1], keep, n_keep);
		rc = work(ctx, fds[1], &mine);
		if (rc != WRAP_OK)
			rc = put(fds[1], RECORD_FAILURE, rc, span_of(mine.text), NULL);
		_exit(rc == WRAP_OK ? 0 : 1);
	}
	(void)close(fds[1]);
	*out = c;
	return WRAP_OK;
}

static void
reap(struct child *c)
{
	if (c->reaped)
		return;
	while (waitpid(c->pid, &c->status, 0) < 0)
		if (errno != EINTR) {
			c->status = 0;
			break;
		}
	c->reaped = true;
}

static enum wrap_rc
stop(struct child *c, struct wrap_err *err, const char *why)
{
	(void)kill(c->pid, SIGKILL);
	c->over = true;
	reap(c);
	return wrap_fail(err, WRAP_ELIMIT, "%s", why);
}

/* Its pipe ended: was that its own wish? */
static enum wrap_rc
ended(struct child *c, struct wrap_err *err)
{
	reap(c);
	if (c->over)
		return wrap_fail(err, WRAP_ELIMIT, "was ended before");
	if (WIFEXITED(c->status) && WEXITSTATUS(c->status) == 0)
		return WRAP_ENOTFOUND;
	if (WIFSIGNALED(c->status) &&
	    (WTERMSIG(c->status) == SIGXCPU || WTERMSIG(c->status) == SIGKILL))
		return wrap_fail(err, WRAP_ELIMIT, "took more than %d s to read", c->lim.cpu_s);
	if (WIFSIGNALED(c->status))
		return wrap_fail(
		    err, WRAP_EPROTO, "crashed its reader (signal %d)", WTERMSIG(c->status));
	return wrap_fail(err, WRAP_EPROTO, "broke its reader (status %d)",
	    WIFEXITED(c->status) ? WEXITSTATUS(c->status) : -1);
}

/* n bytes before the deadline. WRAP_ENOTFOUND at the end of the pipe. */
static enum wrap_rc
read_exact(struct child *c, char *p, size_t n, struct wrap_err *err)
{
	while (n > 0) {
		int64_t left = c->deadline_ms - clock_monotonic_ms();
		struct pollfd pf = { .fd = c->fd, .events = POLLIN };
		ssize_t got;

		if (left <= 0)
			return stop(c, err, "took too long to read");
		if (poll(&pf, 1, left > 1000 ? 1000 : (int)left) <= 0)
			continue;
		got = read(c->fd, p, n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return WRAP_ENOTFOUND;
		p += got;
		n -= (size_t)got;
	}
	return WRAP_OK;
}

enum wrap_rc
child_get(struct child *c, struct buf *out, struct wrap_err *err)
{
	struct record_head h;
	char part[4096];
	enum wrap_rc rc;

	buf_reset(out);
	if (c->over)
		return ended(c, err);
	rc = read_exact(c, (char *)&h, sizeof(h), err);
	if (rc == WRAP_ENOTFOUND)
		return ended(c, err);
	if (rc != WRAP_OK)
		return rc;
	c->got_bytes += h.n;
	if (h.n > c->lim.record_bytes || c->got_bytes > c->lim.total_bytes)
		return stop(c, err, "gave more than is allowed");
	for (size_t left = h.n; left > 0;) {
		size_t n = left < sizeof(part) ? left : sizeof(part);
		rc = read_exact(c, part, n, err);
		if (rc == WRAP_ENOTFOUND) {
			rc = ended(c, err);
			return rc == WRAP_ENOTFOUND
				   ? wrap_fail(err, WRAP_EPROTO, "broke off in a record")
				   : rc;
		}
		if (rc != WRAP_OK)
			return rc;
		buf_add(out, part, n);
		left -= n;
	}
	if (h.kind == RECORD_FAILURE) {
		rc = h.rc == WRAP_OK || h.rc == WRAP_ENOTFOUND ? WRAP_EPROTO : (enum wrap_rc)h.rc;
		rc = wrap_fail(err, rc, "%s", buf_str(out));
		buf_reset(out);
		return rc;
	}
	return buf_rc(out, err);
}

void
child_close(struct child **c)
{
	if (*c == NULL)
		return;
	if (!(*c)->reaped)
		(void)kill((*c)->pid, SIGKILL);
	reap(*c);
	(void)close((*c)->fd);
	free(*c);
	*c = NULL;
}
