/*
 * Delivery into a Maildir: what happens where no relay is configured, so that a newcomer sees a whole
 * week with nothing but this program. Written to tmp/, synced, renamed into new/. A Maildir holds lines
 * ended by LF alone, as every mail reader expects, with Return-Path and Delivered-To on top as a local
 * delivery agent puts them (RFC 5321 4.4). The name comes from the delivery, so that a repeat after a
 * crash is the same file.
 */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct maildir {
	char *path;
	int dir, tmp, new; /* open folders */
	uint64_t *read;    /* hashes of the names in cur/, sorted */
	size_t n_read;
	struct buf text;
};

/* FNV-1a of a name up to the flags a reader adds behind ':'. */
static uint64_t
name_hash(const char *name)
{
	uint64_t h = 0xcbf29ce484222325U;

	for (; *name != '\0' && *name != ':'; name++)
		h = (h ^ (unsigned char)*name) * 0x100000001b3U;
	return h;
}

static int
hash_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static enum wrap_rc
folder_open(int at, const char *name, const char *path, int *fd, struct wrap_err *err)
{
	if (mkdirat(at, name, 0700) != 0 && errno != EEXIST)
		return wrap_fail_errno(err, "make folder %s of Maildir %s", name, path);
	*fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return wrap_fail_errno(err, "open folder %s of Maildir %s", name, path);
	return WRAP_OK;
}

/* What readers have already moved into cur/. */
static enum wrap_rc
read_names(struct maildir *m, struct wrap_err *err)
{
	int fd;
	DIR *d;
	struct dirent *e;
	size_t room = 0;
	enum wrap_rc rc = folder_open(m->dir, "cur", m->path, &fd, err);

	if (rc != WRAP_OK)
		return rc;
	d = fdopendir(fd);
	if (d == NULL) {
		rc = wrap_fail_errno(err, "read folder cur of Maildir %s", m->path);
		(void)close(fd);
		return rc;
	}
	while (rc == WRAP_OK && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (m->n_read == room) {
			size_t size = room == 0 ? 256 : room * 2;
			uint64_t *v = realloc(m->read, size * sizeof(*v));

			if (v == NULL) {
				rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
				break;
			}
			m->read = v;
			room = size;
		}
		m->read[m->n_read++] = name_hash(e->d_name);
	}
	(void)closedir(d);
	if (m->n_read > 0)
		qsort(m->read, m->n_read, sizeof(*m->read), hash_order);
	return rc;
}

enum wrap_rc
maildir_open(const char *path, struct maildir **out, struct wrap_err *err)
{
	struct maildir *m = calloc(1, sizeof(*m));
	enum wrap_rc rc;

	*out = NULL;
	if (m == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	m->dir = m->tmp = m->new = -1;
	m->path = str_dup(path);
	rc = m->path == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
	if (rc == WRAP_OK)
		rc = folder_open(AT_FDCWD, path, path, &m->dir, err);
	if (rc == WRAP_OK)
		rc = folder_open(m->dir, "tmp", path, &m->tmp, err);
	if (rc == WRAP_OK)
		rc = folder_open(m->dir, "new", path, &m->new, err);
	if (rc == WRAP_OK)
		rc = read_names(m, err);
	/* The folders themselves must outlive a power cut, or the messages in them do not. */
	if (rc == WRAP_OK && fsync(m->dir) != 0)
		rc = wrap_fail_errno(err, "sync Maildir %s", path);
	if (rc != WRAP_OK)
		maildir_close(&m);
	*out = m;
	return rc;
}

void
maildir_close(struct maildir **mp)
{
	struct maildir *m = *mp;

	if (m == NULL)
		return;
	if (m->new >= 0)
		(void)close(m->new);
	if (m->tmp >= 0)
		(void)close(m->tmp);
	if (m->dir >= 0)
		(void)close(m->dir);
	buf_clear(&m->text);
	free(m->read);
	free(m->path);
	free(m);
	*mp = NULL;
}

static void
compose(struct buf *b, const struct send_item *item)
{
	struct span rest = item->message;

	buf_reset(b);
	buf_addf(b, "Return-Path: <%s>\nDelivered-To: %s\n", item->mail_from, item->rcpt_to);
	while (rest.n > 0) {
		const char *cr = memchr(rest.p, '\r', rest.n);
		size_t n = cr == NULL ? rest.n : (size_t)(cr - rest.p);

		buf_add(b, rest.p, n);
		rest.p += n;
		rest.n -= n;
		if (rest.n > 0) {
			if (rest.n == 1 || rest.p[1] != '\n')
				buf_addc(b, '\r');
			rest.p++;
			rest.n--;
		}
	}
}

static bool
name_is_safe(const char *name)
{
	size_t n = name == NULL ? 0 : strlen(name);

	return n > 0 && n < 200 && name[0] != '.' && strpbrk(name, "/:") == NULL;
}

enum wrap_rc
maildir_put(struct maildir *m, const struct send_item *item, struct wrap_err *err)
{
	uint64_t hash;
	enum wrap_rc rc;
	int fd;

	if (!name_is_safe(item->name))
		return wrap_fail(err, WRAP_EINVAL, "\"%.80s\" is no name for a file in a Maildir",
		    item->name == NULL ? "" : item->name);
	hash = name_hash(item->name);
	if (m->n_read > 0 && bsearch(&hash, m->read, m->n_read, sizeof(hash), hash_order) != NULL)
		return WRAP_OK;
	compose(&m->text, item);
	rc = buf_rc(&m->text, err);
	if (rc != WRAP_OK)
		return rc;
	/* A name left in tmp/ is from a run that died: its text is not to be trusted. */
	fd =
	    openat(m->tmp, item->name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return wrap_fail_errno(err, "create %s/tmp/%s", m->path, item->name);
	if (!fd_write(fd, buf_span(&m->text)) || fsync(fd) != 0) {
		rc = wrap_fail_errno(err, "write %s/tmp/%s", m->path, item->name);
		(void)close(fd);
	} else if (close(fd) != 0 || renameat(m->tmp, item->name, m->new, item->name) != 0) {
		rc = wrap_fail_errno(err, "deliver %s/new/%s", m->path, item->name);
	}
	if (rc != WRAP_OK)
		(void)unlinkat(m->tmp, item->name, 0);
	return rc;
}

enum wrap_rc
maildir_sync(struct maildir *m, struct wrap_err *err)
{
	if (fsync(m->new) != 0)
		return wrap_fail_errno(err, "sync %s/new", m->path);
	return WRAP_OK;
}
