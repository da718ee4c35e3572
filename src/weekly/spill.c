/*
 * What is left over when the database cannot be written any more (disk full, I/O error): results that
 * only this process knows. They go into a file whose room was taken before the first message left, and the
 * next run puts them into the ledger before it looks at what is in doubt. One record a line:
 * edition, reader, state, charged, next attempt, time, code, status, text.
 */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SPILL_BYTES ((size_t)1 << 20)
#define RESERVE_BYTES ((uint64_t)64 << 20)
#define MAGIC "wrap-spill 1\n"

static enum wrap_rc
spill_path(const struct weekly *w, struct buf *out, struct wrap_err *err)
{
	buf_init(out, 1 << 16);
	buf_addf(out, "%s-spill", w->c->paths.database);
	return buf_rc(out, err);
}

enum wrap_rc
spill_reserve(const struct weekly *w, struct wrap_err *err)
{
	struct buf path;
	struct statvfs fs;
	enum wrap_rc rc = spill_path(w, &path, err);
	int fd = -1, failed;

	if (rc != WRAP_OK)
		goto out;
	fd = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		rc = wrap_fail_errno(err, "create %s", path.p);
		goto out;
	}
	failed = posix_fallocate(fd, 0, (off_t)SPILL_BYTES);
	if (failed != 0) {
		errno = failed;
		rc = wrap_fail_errno(err, "reserve room in %s", path.p);
	} else if (fstatvfs(fd, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < RESERVE_BYTES) {
		rc = wrap_fail(err, WRAP_ESYS,
		    "only %llu MB are free beside %s; sending starts with 64",
		    (unsigned long long)((uint64_t)fs.f_bavail * fs.f_frsize >> 20),
		    w->c->paths.database);
	}
out:
	if (fd >= 0)
		(void)close(fd);
	buf_clear(&path);
	return rc;
}

void
spill_drop(const struct weekly *w)
{
	struct buf path;

	if (spill_path(w, &path, NULL) == WRAP_OK)
		(void)unlink(path.p);
	buf_clear(&path);
}

static void
record(struct buf *b, const struct delivery_move *m)
{
	const struct verdict *v = m->verdict;
	const char *text = v != NULL ? v->text : m->reason;

	buf_addf(b, "%lld %lld %s %d %lld %lld %d %s %s\n", (long long)m->edition_id,
	    (long long)m->subscriber_id, delivery_state_name(m->to), m->charge ? 1 : 0,
	    (long long)m->next_attempt_at, (long long)m->now, v == NULL ? 0 : v->reply_code,
	    v == NULL || v->enhanced[0] == '\0' ? "-" : v->enhanced, text == NULL ? "" : text);
}

enum wrap_rc
spill_write(const struct ledger *l, const struct slots *judged, const struct slots *unused,
    struct wrap_err *err)
{
	struct buf path, text = BUF_INIT(SPILL_BYTES - 1);
	enum wrap_rc rc = spill_path(l->w, &path, err);
	int fd = -1;

	if (rc != WRAP_OK)
		goto out;
	buf_adds(&text, MAGIC);
	for (const struct slot *s = judged->head; s != NULL; s = s->next) {
		struct delivery_move m = ledger_move(l, s);

		record(&text, &m);
	}
	for (const struct slot *s = unused->head; s != NULL; s = s->next) {
		struct delivery_move m = { .edition_id = s->claim.edition_id,
			.subscriber_id = s->claim.subscriber_id,
			.to = DELIVERY_QUEUED,
			.now = clock_now(l->w->clock),
			.reason = "the run ended before its turn" };

		record(&text, &m);
	}
	/* The NUL behind the text ends it: what follows is the reserved room. */
	rc = buf_rc(&text, err);
	if (rc != WRAP_OK)
		goto out;
	fd = open(path.p, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || pwrite(fd, text.p, text.n + 1, 0) != (ssize_t)(text.n + 1) || fsync(fd) != 0)
		rc = wrap_fail_errno(err, "write %s", path.p);
out:
	if (fd >= 0)
		(void)close(fd);
	buf_clear(&path);
	buf_clear(&text);
	return rc;
}

/* The next number of a record; *ok is cleared when there is none. */
static int64_t
number(struct span *rest, bool *ok)
{
	char text[24];
	struct span field;
	char *end;
	long long v;

	if (!span_cut(rest, ' ', &field) || field.n == 0 || field.n >= sizeof(text)) {
		*ok = false;
		return 0;
	}
	memcpy(text, field.p, field.n);
	text[field.n] = '\0';
	errno = 0;
	v = strtoll(text, &end, 10);
	*ok = *ok && errno == 0 && *end == '\0';
	return v;
}

static bool
word(struct span *rest, char *out, size_t size)
{
	struct span field;

	if (!span_cut(rest, ' ', &field) || field.n >= size)
		return false;
	(void)snprintf(out, size, "%.*s", (int)field.n, field.p);
	return true;
}

/* One line back into a move. */
static bool
record_read(struct span line, struct delivery_move *m, struct verdict *v)
{
	char state[16];
	bool ok = true;

	*m = (struct delivery_move){ .verdict = v };
	m->edition_id = number(&line, &ok);
	m->subscriber_id = number(&line, &ok);
	if (!word(&line, state, sizeof(state)) || !delivery_state_read(state, &m->to))
		return false;
	m->charge = number(&line, &ok) != 0;
	m->next_attempt_at = number(&line, &ok);
	m->now = number(&line, &ok);
	v->reply_code = (int)number(&line, &ok);
	if (!ok || !word(&line, v->enhanced, sizeof(v->enhanced)))
		return false;
	if (strcmp(v->enhanced, "-") == 0)
		v->enhanced[0] = '\0';
	(void)snprintf(
	    v->text, sizeof(v->text), "%.*s", (int)(line.n < 255 ? line.n : 255), line.p);
	return true;
}

enum wrap_rc
spill_replay(struct weekly *w, int64_t *n, struct wrap_err *err)
{
	struct buf path, text = BUF_INIT(0);
	struct span rest, line;
	enum wrap_rc rc = spill_path(w, &path, err);

	*n = 0;
	if (rc == WRAP_OK)
		rc = file_read(path.p, 2 * SPILL_BYTES, &text, NULL);
	if (rc != WRAP_OK) {
		buf_clear(&path);
		return rc == WRAP_ENOTFOUND
			   ? WRAP_OK
			   : wrap_fail(err, rc, "read %s-spill", w->c->paths.database);
	}
	rest = span_of(text.p);
	if (span_cut(&rest, '\n', &line) && span_eqs(line, "wrap-spill 1")) {
		while (rc == WRAP_OK && span_cut(&rest, '\n', &line)) {
			struct verdict v = { 0 };
			struct delivery_move m;

			if (!record_read(line, &m, &v))
				continue;
			rc = delivery_finish(w->st, &m, err);
			/* A row that someone has settled since stays as it is. */
			if (rc == WRAP_EINVAL || rc == WRAP_EEXISTS)
				rc = WRAP_OK;
			*n += rc == WRAP_OK;
		}
	}
	if (rc == WRAP_OK)
		(void)unlink(path.p);
	buf_clear(&path);
	buf_clear(&text);
	return wrap_while(err, rc, "take over the results of a run that could not write them");
}
