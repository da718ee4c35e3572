/*
 * Where an import comes from: a text file, standard input ("-"), or an archive as Mailchimp hands it out,
 * read member by member as it streams by (libarchive), so that nothing is unpacked to disk or to memory.
 */
#include "import.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* gzip, or zip with at least one member, by how they begin. */
static bool
is_archive(const unsigned char *p, size_t n)
{
	return (n >= 4 && memcmp(p, "PK\3\4", 4) == 0) ||
	       (n >= 3 && memcmp(p, "\x1f\x8b\x08", 3) == 0);
}

static enum wrap_rc
archive_failed(struct import_source *s, struct wrap_err *err)
{
	const char *what = archive_error_string(s->archive);

	return wrap_fail(err, WRAP_EPROTO, "the archive %s cannot be read: %s", s->path,
	    what == NULL ? "it is damaged" : what);
}

static enum wrap_rc
open_archive(struct import_source *s, struct wrap_err *err)
{
	s->archive = archive_read_new();
	if (s->archive == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	(void)archive_read_support_format_zip(s->archive);
	(void)archive_read_support_format_raw(s->archive);
	(void)archive_read_support_filter_gzip(s->archive);
	if (archive_read_open_filename(s->archive, s->path, 1 << 16) != ARCHIVE_OK)
		return archive_failed(s, err);
	return WRAP_OK;
}

enum wrap_rc
import_open(struct import_source *s, const char *path, struct wrap_err *err)
{
	struct stat st;
	ssize_t n;

	*s = (struct import_source){ .path = path, .fd = -1 };
	if (strcmp(path, "-") == 0) {
		s->fd = STDIN_FILENO;
		s->path = "standard input";
		return WRAP_OK;
	}
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0 || fstat(s->fd, &st) != 0)
		return wrap_fail_errno(err, "open %s", path);
	if (S_ISDIR(st.st_mode))
		return wrap_fail(err, WRAP_EINVAL, "%s is a folder; name a file in it", path);
	s->total = st.st_size;
	n = pread(s->fd, s->head, sizeof(s->head), 0);
	if (n > 0 && is_archive(s->head, (size_t)n))
		return open_archive(s, err);
	return WRAP_OK;
}

void
import_close(struct import_source *s)
{
	if (s->archive != NULL)
		(void)archive_read_free(s->archive);
	if (s->fd > STDERR_FILENO)
		(void)close(s->fd);
	*s = (struct import_source){ .fd = -1 };
}

static bool
is_list(const char *name)
{
	static const char *const ends[] = { ".csv", ".txt", ".tsv", ".json", ".jsonl", ".ndjson" };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && dot != name && i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcasecmp(dot, ends[i]) == 0)
			return true;
	return false;
}

static const char *
base_of(const char *path)
{
	const char *slash = path == NULL ? NULL : strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

enum wrap_rc
import_member(struct import_source *s, struct wrap_err *err)
{
	struct archive_entry *e = NULL;
	const char *name;
	int rc;

	if (s->archive == NULL) {
		if (s->members++ > 0)
			return wrap_fail(err, WRAP_ENOTFOUND, "no more");
		(void)snprintf(s->name, sizeof(s->name), "%s", base_of(s->path));
		return WRAP_OK;
	}
	while ((rc = archive_read_next_header(s->archive, &e)) == ARCHIVE_OK) {
		bool raw = archive_format(s->archive) == ARCHIVE_FORMAT_RAW;

		name = raw ? base_of(s->path) : base_of(archive_entry_pathname(e));
		if (raw || (name != NULL && is_list(name))) {
			s->members++;
			(void)snprintf(s->name, sizeof(s->name), "%s", name);
			return WRAP_OK;
		}
	}
	if (rc != ARCHIVE_EOF)
		return archive_failed(s, err);
	if (s->members == 0)
		return wrap_fail(
		    err, WRAP_EINVAL, "there is no .csv file in the archive %s", s->path);
	return wrap_fail(err, WRAP_ENOTFOUND, "no more");
}

enum wrap_rc
import_more(void *ctx, char *p, size_t max, size_t *got, struct wrap_err *err)
{
	struct import_source *s = ctx;
	ssize_t n;

	*got = 0;
	if (s->archive != NULL) {
		n = archive_read_data(s->archive, p, max);
		if (n < 0)
			return archive_failed(s, err);
		s->done = archive_filter_bytes(s->archive, -1);
	} else {
		do
			n = read(s->fd, p, max);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return wrap_fail_errno(err, "read %s", s->path);
		s->done += n;
	}
	*got = (size_t)n;
	return WRAP_OK;
}
