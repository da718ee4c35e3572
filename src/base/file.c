/*
 * Whole files in and out. A file is written beside its place and renamed, so that a reader or a power
 * cut sees the old text or the new one and nothing between.
 */
#include "wrap/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum wrap_rc
file_read(const char *path, size_t max_bytes, struct buf *out, struct wrap_err *err)
{
	char piece[1 << 15];
	ssize_t got;
	int fd;

	buf_init(out, max_bytes);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return wrap_fail_errno(err, "open %s", path);
	while ((got = read(fd, piece, sizeof(piece))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			enum wrap_rc rc = wrap_fail_errno(err, "read %s", path);
			(void)close(fd);
			buf_clear(out);
			return rc;
		}
		buf_add(out, piece, (size_t)got);
		if (out->rc != WRAP_OK)
			break;
	}
	(void)close(fd);
	buf_add(out, "", 0);
	if (out->rc != WRAP_OK) {
		enum wrap_rc rc = buf_rc(out, err);
		buf_clear(out);
		return wrap_while(err, rc, "read %s", path);
	}
	return WRAP_OK;
}

bool
fd_write(int fd, struct span data)
{
	while (data.n > 0) {
		ssize_t n = write(fd, data.p, data.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		data.p += n;
		data.n -= (size_t)n;
	}
	return true;
}

enum wrap_rc
file_write(const char *path, struct span data, unsigned mode, struct wrap_err *err)
{
	struct buf tmp = BUF_INIT(4096);
	enum wrap_rc rc;
	int fd;

	buf_addf(&tmp, "%s.%ld.new", path, (long)getpid());
	rc = buf_rc(&tmp, err);
	if (rc != WRAP_OK)
		return rc;
	fd = open(tmp.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
	if (fd < 0) {
		rc = wrap_fail_errno(err, "create %s", path);
		goto out;
	}
	if (!fd_write(fd, data) || fsync(fd) != 0) {
		rc = wrap_fail_errno(err, "write %s", path);
		(void)close(fd);
	} else if (close(fd) != 0 || rename(tmp.p, path) != 0) {
		rc = wrap_fail_errno(err, "write %s", path);
	}
	if (rc != WRAP_OK)
		(void)unlink(tmp.p);
out:
	buf_clear(&tmp);
	return rc;
}

char *
path_join(const char *dir, const char *name)
{
	struct buf b = BUF_INIT(1 << 16);

	if (name[0] != '/' && dir != NULL && dir[0] != '\0') {
		buf_adds(&b, dir);
		if (dir[strlen(dir) - 1] != '/')
			buf_addc(&b, '/');
	}
	buf_adds(&b, name);
	return buf_steal(&b);
}
