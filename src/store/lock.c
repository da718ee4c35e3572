/*
 * One process at a time runs the stages. The lock is the kernel's (OFD, fcntl(2)) and ends with the
 * process however it dies; the text in the file only tells people who holds it.
 */
#include "wrap/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum wrap_rc
say_holder(int fd, struct wrap_err *err)
{
	char text[256] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return wrap_fail(err, WRAP_EBUSY,
	    "another run is at work%s%s%s; try again when it has ended",
	    text[0] == '\0' ? "" : " (", text, text[0] == '\0' ? "" : ")");
}

enum wrap_rc
run_lock_take(const char *database, int64_t now, struct run_lock *out, struct wrap_err *err)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct buf path = BUF_INIT(1 << 16);
	char host[128] = "", text[256], at[CLOCK_TEXT];
	enum wrap_rc rc;
	int n;

	out->fd = -1;
	buf_addf(&path, "%s-run", database);
	rc = buf_rc(&path, err);
	if (rc != WRAP_OK)
		goto out;
	out->fd = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (out->fd < 0) {
		rc = wrap_fail_errno(err, "open %s", path.p);
		goto out;
	}
	if (fcntl(out->fd, F_OFD_SETLK, &fl) != 0) {
		rc = errno == EAGAIN || errno == EACCES ? say_holder(out->fd, err)
							: wrap_fail_errno(err, "lock %s", path.p);
		goto out;
	}
	(void)gethostname(host, sizeof(host) - 1);
	n = snprintf(text, sizeof(text), "process %ld on %s since %s\n", (long)getpid(), host,
	    clock_rfc3339(now, at));
	/* Only for people: a full disk must not stop the lock. */
	if (ftruncate(out->fd, 0) != 0 || pwrite(out->fd, text, (size_t)n, 0) < 0)
		log_line(LOG_DEBUG, "could not write the holder into %s", path.p);
out:
	buf_clear(&path);
	if (rc != WRAP_OK)
		run_lock_drop(out);
	return rc;
}

void
run_lock_drop(struct run_lock *l)
{
	if (l->fd >= 0)
		(void)close(l->fd);
	l->fd = -1;
}
