/*
 * Hosts that asked to be left alone (429, 503), remembered over restarts: a cron job that forgets is the
 * impatient client that they complain of.
 */
#include "poll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY ((int64_t)86400)

/* "host until\n" lines under one name. */
enum wrap_rc
poll_load_holds(struct poll *p, struct wrap_err *err)
{
	char *text = NULL;
	enum wrap_rc rc = meta_get(p->st, "fetch:holds", &text, err);
	struct span rest = span_of(text), line;

	while (rc == WRAP_OK && span_cut(&rest, '\n', &line)) {
		const char *blank = line.n == 0 ? NULL : memchr(line.p, ' ', line.n);
		struct fetch_hold h = { .until = blank == NULL ? 0 : strtoll(blank, NULL, 10) }, *v;
		if (h.until <= p->now || h.until > p->now + 8 * DAY)
			continue;
		(void)snprintf(h.host, sizeof(h.host), "%.*s", (int)(blank - line.p), line.p);
		v = realloc(p->holds.v, (p->holds.n + 1) * sizeof(*v));
		if (v == NULL) {
			rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
			break;
		}
		p->holds.v = v;
		v[p->holds.n++] = h;
	}
	free(text);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
poll_save_holds(struct poll *p, struct wrap_err *err)
{
	struct buf b = BUF_INIT(1 << 20);
	enum wrap_rc rc;

	for (size_t i = 0; i < p->holds.n; i++)
		buf_addf(&b, "%s %lld\n", p->holds.v[i].host, (long long)p->holds.v[i].until);
	rc = buf_rc(&b, err);
	if (rc == WRAP_OK)
		rc = meta_set(p->st, "fetch:holds", buf_str(&b), err);
	buf_clear(&b);
	return rc;
}
