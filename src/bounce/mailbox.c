/*
 * The mailbox as the parent sees it: a child that looks, letters that come over its pipe, a cursor in the
 * store that says how far we came and what is still to be moved. The child has the network and the password
 * and neither the store nor a key; it may die of anything and costs one line.
 */
#include "bounce/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES_MAX 5000 /* in one scan; the next goes on */
#define RESTARTS 5        /* after a message killed its reader */
#define TODO_MAX 20000

static const struct child_limits limits = {
	.memory_bytes = (size_t)256 << 20,
	.cpu_s = 60,
	.wall_ms = 300000,
	.record_bytes = (size_t)256 << 10,
	.total_bytes = (size_t)256 << 20,
	.network = true,
};

/* ---- the password ------------------------------------------------------------------------------------------------- */

/* A mailbox whose secrets lie in memory that the child inherits: it must log in with them. */
static enum wrap_rc
lend(const struct config_mailbox *m, struct config_mailbox *out, struct wrap_err *err)
{
	*out = *m;
	out->password = m->password == NULL ? NULL : strdup(m->password);
	out->token = m->token == NULL ? NULL : strdup(m->token);
	if ((m->password == NULL) == (out->password == NULL) &&
	    (m->token == NULL) == (out->token == NULL))
		return WRAP_OK;
	return wrap_fail(err, WRAP_ENOMEM, "out of memory");
}

static void
take_back(struct config_mailbox *lent)
{
	char *secrets[] = { lent->password, lent->token };

	for (size_t i = 0; i < 2; i++) {
		if (secrets[i] != NULL)
			secret_wipe(secrets[i], strlen(secrets[i]));
		free(secrets[i]);
	}
}

enum wrap_rc
mailbox_child(const struct config_mailbox **at,
    enum wrap_rc (*work)(void *, int, struct wrap_err *), void *task, struct child **out,
    struct wrap_err *err)
{
	const struct config_mailbox *own = *at;
	struct config_mailbox lent;
	enum wrap_rc rc = lend(own, &lent, err);

	*at = &lent;
	if (rc == WRAP_OK)
		rc = child_start(&limits, NULL, 0, work, task, out, err);
	*at = own;
	take_back(&lent);
	return rc;
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

static enum wrap_rc
letters_add(struct letters *l, struct letter *steal, struct wrap_err *err)
{
	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 16 : l->cap * 2;
		struct letter *v = realloc(l->v, cap * sizeof(*v));

		if (v == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = *steal;
	memset(steal, 0, sizeof(*steal));
	return WRAP_OK;
}

/* One session. *trying: the UID that was announced and not delivered, 0 for none. */
static enum wrap_rc
look_once(struct imap_look *look, struct letters *out, uint32_t *trying, struct wrap_err *err)
{
	struct buf record = BUF_INIT(limits.record_bytes + 1);
	struct child *child = NULL;
	struct letter l;
	enum wrap_rc rc = mailbox_child(&look->mailbox, imap_look, look, &child, err);

	*trying = 0;
	while (rc == WRAP_OK && (rc = child_get(child, &record, err)) == WRAP_OK) {
		rc = letter_unpack(buf_span(&record), &l, err);
		if (rc != WRAP_OK)
			break;
		switch (l.kind) {
		case LETTER_BEGIN:
			out->uidvalidity = l.uidvalidity;
			if (l.uidvalidity != look->uidvalidity)
				out->last_uid = 0;
			break;
		case LETTER_BROKEN: *trying = l.uid; break;
		case LETTER_END:
			*trying = 0;
			out->last_uid = l.uid;
			break;
		case LETTER_MESSAGE: rc = letters_add(out, &l, err); break;
		}
		letter_clear(&l);
	}
	child_close(&child);
	buf_clear(&record);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

/*
 * Look; when the child is killed by what it read (not by the network), look again from where it stopped,
 * one message at a time, and go round the one that does it.
 */
enum wrap_rc
mailbox_look(const struct config *c, const struct imap_place *place,
    const struct mailbox_cursor *from, struct letters *out, struct wrap_err *err)
{
	struct imap_look look = { .mailbox = &c->mailbox,
		.place = place,
		.uidvalidity = from->uidvalidity,
		.last_uid = from->last_uid,
		.max_messages = MESSAGES_MAX };
	uint32_t trying;
	enum wrap_rc rc;

	*out = (struct letters){ .uidvalidity = from->uidvalidity, .last_uid = from->last_uid };
	for (int i = 0;; i++) {
		rc = look_once(&look, out, &trying, err);
		if ((rc != WRAP_EPROTO && rc != WRAP_ELIMIT) || i == RESTARTS ||
		    out->uidvalidity == 0)
			break;
		if (look.careful && trying == 0)
			break; /* it is not a message that does it */
		if (trying != 0) {
			out->broken++;
			out->last_uid = trying;
		}
		look.careful = true;
		look.uidvalidity = out->uidvalidity;
		look.last_uid = out->last_uid;
	}
	/* Letters beyond the last mark of progress will be read again. */
	while (out->n > 0 && rc != WRAP_OK && out->v[out->n - 1].uid > out->last_uid)
		letter_clear(&out->v[--out->n]);
	return rc;
}

void
letters_clear(struct letters *l)
{
	for (size_t i = 0; i < l->n; i++)
		letter_clear(&l->v[i]);
	free(l->v);
	*l = (struct letters){ 0 };
}

/* ---- marking ------------------------------------------------------------------------------------------------------- */

enum wrap_rc
mailbox_mark(const struct config *c, const struct imap_place *place,
    const struct mailbox_cursor *cursor, struct wrap_err *err)
{
	struct imap_mark mark = { .mailbox = &c->mailbox,
		.place = place,
		.move = c->mailbox.mark == CONFIG_MARK_MOVE,
		.uidvalidity = cursor->uidvalidity,
		.uids = cursor->todo,
		.n = cursor->n };
	struct buf record = BUF_INIT(limits.record_bytes + 1);
	struct child *child = NULL;
	enum wrap_rc rc;

	if (cursor->n == 0)
		return WRAP_OK;
	rc = mailbox_child(&mark.mailbox, imap_mark, &mark, &child, err);
	while (rc == WRAP_OK)
		rc = child_get(child, &record, err);
	child_close(&child);
	buf_clear(&record);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

/* ---- the cursor: "uidvalidity last uid uid ..." under the mailbox's address ------------------------------------------- */

static void
cursor_name(const char *url, char out[160])
{
	uint8_t hash[SHA256_BYTES];
	struct buf hex = BUF_INIT(128);

	secret_sha256(span_of(url), hash);
	hex_encode((struct span){ (const char *)hash, 12 }, &hex);
	(void)snprintf(out, 160, "bounce.cursor %s", buf_str(&hex));
	buf_clear(&hex);
}

static uint32_t
next_number(char **p)
{
	unsigned long v = strtoul(*p, p, 10);

	return v > UINT32_MAX ? 0 : (uint32_t)v;
}

enum wrap_rc
cursor_load(struct store *st, const char *url, struct mailbox_cursor *out, struct wrap_err *err)
{
	char name[160], *text = NULL, *p;
	enum wrap_rc rc;

	*out = (struct mailbox_cursor){ 0 };
	cursor_name(url, name);
	rc = meta_get(st, name, &text, err);
	if (rc == WRAP_OK) {
		p = text;
		out->uidvalidity = next_number(&p);
		out->last_uid = next_number(&p);
		while (*p == ' ' && rc == WRAP_OK)
			rc = cursor_add(out, next_number(&p), err);
	}
	free(text);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

enum wrap_rc
cursor_save(
    struct store *st, const char *url, const struct mailbox_cursor *cursor, struct wrap_err *err)
{
	struct buf text = BUF_INIT((size_t)1 << 20);
	char name[160];
	enum wrap_rc rc;

	cursor_name(url, name);
	buf_addf(
	    &text, "%lu %lu", (unsigned long)cursor->uidvalidity, (unsigned long)cursor->last_uid);
	for (size_t i = 0; i < cursor->n; i++)
		buf_addf(&text, " %lu", (unsigned long)cursor->todo[i]);
	rc = buf_rc(&text, err);
	if (rc == WRAP_OK)
		rc = meta_set(st, name, buf_str(&text), err);
	buf_clear(&text);
	return rc;
}

enum wrap_rc
cursor_add(struct mailbox_cursor *cursor, uint32_t uid, struct wrap_err *err)
{
	uint32_t *v;

	if (uid == 0 || cursor->n == TODO_MAX)
		return WRAP_OK;
	if ((cursor->n & (cursor->n - 1)) == 0) {
		v = realloc(cursor->todo, (cursor->n == 0 ? 1 : cursor->n * 2) * sizeof(*v));
		if (v == NULL)
			return wrap_fail(err, WRAP_ENOMEM, "out of memory");
		cursor->todo = v;
	}
	cursor->todo[cursor->n++] = uid;
	return WRAP_OK;
}

void
cursor_clear(struct mailbox_cursor *cursor)
{
	free(cursor->todo);
	*cursor = (struct mailbox_cursor){ 0 };
}
