/*
 * A look at the mailbox without reading a letter: connection, TLS, login, folders. In the disposable child,
 * as all that talks to the mailbox.
 */
#include "bounce/imap.h"

#include <stdio.h>
#include <string.h>

struct probe_work {
	const struct config_mailbox *m;
	const struct imap_place *place;
};

/* In the child: one record, a line of figures. */
static enum wrap_rc
look_at(void *ctx, int out_fd, struct wrap_err *err)
{
	const struct probe_work *w = ctx;
	struct bounce_probe p = { 0 };
	mailimap *s;
	enum wrap_rc rc = imap_open(w->m, w->place, false, &s, err);

	if (rc != WRAP_OK)
		return rc;
	p.messages = s->imap_selection_info->sel_has_exists == 0
			 ? 0
			 : (int64_t)s->imap_selection_info->sel_exists;
	p.certificate_until = w->m->tls == CONFIG_TLS_NONE ? 0 : imap_certificate_until(s);
	if (w->m->mark == CONFIG_MARK_MOVE) {
		int code = mailimap_examine(s, w->place->done);

		p.done_there = code == MAILIMAP_NO_ERROR;
	}
	imap_close(&s);
	return child_put(out_fd, (struct span){ (const char *)&p, sizeof(p) }, err);
}

enum wrap_rc
bounce_look(const struct config *c, struct bounce_probe *out, struct wrap_err *err)
{
	struct imap_place place;
	struct probe_work w = { &c->mailbox, &place };
	struct buf record = BUF_INIT(8192);
	struct child *child = NULL;
	enum wrap_rc rc = imap_place_read(&c->mailbox, &place, err);

	*out = (struct bounce_probe){ 0 };
	if (rc == WRAP_OK)
		rc = mailbox_child(&w.m, look_at, &w, &child, err);
	if (rc == WRAP_OK)
		rc = child_get(child, &record, err);
	if (rc == WRAP_OK && record.n == sizeof(*out))
		memcpy(out, record.p, sizeof(*out));
	else if (rc == WRAP_OK || rc == WRAP_ENOTFOUND)
		rc = wrap_fail(err, WRAP_EPEER, "the mailbox gave no answer");
	child_close(&child);
	buf_clear(&record);
	return rc;
}
