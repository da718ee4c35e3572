/*
 * Which machine this database sends from. A copy of it, restored or cloned elsewhere, has the same readers
 * and the same open editions: it must not send until somebody says that it is the one now.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOST_TEXT 33

/* The machine's mark: a hash, for machine-id(5) is not to be shown about. "" when there is none to tell by. */
static void
host_mark(char out[HOST_TEXT])
{
	struct buf id = BUF_INIT(4096), text = BUF_INIT(8192);
	uint8_t hash[SHA256_BYTES];

	out[0] = '\0';
	if (file_read("/etc/machine-id", 4096, &id, NULL) == WRAP_OK &&
	    span_trim(buf_span(&id)).n >= 16) {
		buf_adds(&text, "wrap host 1 ");
		buf_addspan(&text, span_trim(buf_span(&id)));
		secret_sha256(buf_span(&text), hash);
		for (size_t i = 0; i < (HOST_TEXT - 1) / 2; i++)
			(void)snprintf(out + 2 * i, 3, "%02x", hash[i]);
	}
	buf_clear(&id);
	buf_clear(&text);
}

static enum wrap_rc
host_set(struct weekly *w, const char *mark, struct wrap_err *err)
{
	char name[256] = "";
	enum wrap_rc rc;

	(void)gethostname(name, sizeof(name) - 1);
	rc = meta_set(w->st, "host", mark, err);
	return rc == WRAP_OK ? meta_set(w->st, "host_name", name, err) : rc;
}

enum wrap_rc
weekly_host_check(struct weekly *w, struct wrap_err *err)
{
	char mark[HOST_TEXT], *known = NULL, *name = NULL;
	enum wrap_rc rc;

	host_mark(mark);
	/* A rehearsal works on a copy by design. */
	if (mark[0] == '\0' || w->dry_run)
		return WRAP_OK;
	rc = meta_get(w->st, "host", &known, err);
	if (rc == WRAP_ENOTFOUND)
		return host_set(w, mark, err);
	if (rc == WRAP_OK && strcmp(known, mark) != 0) {
		if (meta_get(w->st, "host_name", &name, err) != WRAP_OK)
			name = NULL;
		rc = wrap_fail(err, WRAP_EDENIED,
		    "database %s belongs to another machine (%s), so nothing is sent from here; when "
		    "this machine is to send from now on, and that one no more, type: wrap send --adopt",
		    w->c->paths.database, name == NULL ? "?" : name);
	}
	free(known);
	free(name);
	return rc;
}

struct held {
	struct weekly *w;
	size_t n;
	char keys[16][EDITION_KEY];
};

static enum wrap_rc
note_sending(void *ctx, const struct edition *e, struct wrap_err *err)
{
	struct held *h = ctx;

	(void)err;
	if (e->state == EDITION_SENDING && h->n < 16)
		memcpy(h->keys[h->n++], e->key, EDITION_KEY);
	return WRAP_OK;
}

/* The other machine may have gone on with it after the copy was made: that only a person can know. */
static enum wrap_rc
hold_open(struct weekly *w, size_t *n, struct wrap_err *err)
{
	static const char why[] =
	    "it was being sent when this database was copied from another machine: wrap resume "
	    "sends it to whoever has not got it by this ledger, wrap cancel to nobody";
	struct held h = { .w = w };
	enum wrap_rc rc = edition_each(w->st, note_sending, &h, err);

	for (size_t i = 0; rc == WRAP_OK && i < h.n; i++) {
		struct weekly_report unused = { 0 };
		struct edition e;

		rc = edition_by_key(w->st, h.keys[i], &e, err);
		if (rc == WRAP_OK)
			rc = weekly_hold(w, &e, why, &unused, err);
		edition_clear(&e);
	}
	*n = h.n;
	return rc;
}

enum wrap_rc
weekly_adopt(struct weekly *w, size_t *held, struct wrap_err *err)
{
	char mark[HOST_TEXT], *known = NULL;
	enum wrap_rc rc = store_begin(w->st, err);

	*held = 0;
	if (rc != WRAP_OK)
		return rc;
	host_mark(mark);
	rc = meta_get(w->st, "host", &known, err);
	if (rc == WRAP_ENOTFOUND)
		rc = WRAP_OK;
	if (rc == WRAP_OK && known != NULL && strcmp(known, mark) != 0)
		rc = hold_open(w, held, err);
	if (rc == WRAP_OK)
		rc = host_set(w, mark, err);
	free(known);
	return store_end(w->st, rc, err);
}
