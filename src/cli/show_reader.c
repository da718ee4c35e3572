/*
 * wrap subscribers show: one reader, and all that happened with them in one timeline: what they agreed to,
 * letters and editions sent, what servers refused, what came back, what we decided upon it, and what was
 * taken back. It only reads; each record is told in the words it was kept in.
 */
#include "people.h"

#include "wrap/mail.h"
#include "wrap/people.h"

#include <stdlib.h>
#include <string.h>

struct event {
	int64_t at;
	size_t order; /* of two at the same second the earlier record first */
	char what[24];
	char *text;
	json_t *json;
};

struct timeline {
	struct event *v;
	size_t n, cap;
};

/* Takes json. */
static enum wrap_rc
add(struct timeline *t, int64_t at, const char *what, const struct buf *text, json_t *json,
    struct wrap_err *err)
{
	struct event *v = t->v;

	if (t->n == t->cap) {
		size_t cap = t->cap == 0 ? 64 : t->cap * 2;

		v = realloc(t->v, cap * sizeof(*v));
		if (v != NULL) {
			t->v = v;
			t->cap = cap;
		}
	}
	if (v == NULL || json == NULL || buf_rc(text, err) != WRAP_OK) {
		json_decref(json);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	v = &t->v[t->n];
	*v =
	    (struct event){ .at = at, .order = t->n, .text = str_dup(buf_str(text)), .json = json };
	(void)snprintf(v->what, sizeof(v->what), "%s", what);
	(void)json_object_set_new(json, "at", cli_json_time(at));
	(void)json_object_set_new(json, "what", json_string(v->what));
	t->n++;
	return v->text == NULL ? wrap_fail(err, WRAP_ENOMEM, "out of memory") : WRAP_OK;
}

static void
add_part(struct buf *b, const char *before, const char *text)
{
	if (text != NULL && text[0] != '\0') {
		if (b->n > 0)
			buf_adds(b, before);
		buf_adds(b, text);
	}
}

/* ---- the records ----------------------------------------------------------------------------------------- */

static enum wrap_rc
add_consent(void *ctx, const struct consent *c, struct wrap_err *err)
{
	struct buf b = BUF_INIT(1 << 16);
	enum wrap_rc rc;

	add_part(&b, "", c->source);
	add_part(&b, ": ", c->detail);
	rc = add(ctx, c->at, c->step, &b,
	    json_pack("{s:s,s:s,s:o}", "kind", "consent", "source", c->source, "detail",
		cli_json_text(c->detail)),
	    err);
	buf_clear(&b);
	return rc;
}

static enum wrap_rc
add_letter(void *ctx, const struct letter_past *l, struct wrap_err *err)
{
	struct buf b = BUF_INIT(1 << 16);
	bool sent = l->sent_at != 0;
	enum wrap_rc rc;

	buf_addf(&b, "%s letter %s", l->kind, sent ? "sent" : "waits to be sent");
	add_part(&b, ": ", l->reason);
	rc = add(ctx, sent ? l->sent_at : l->created_at, "letter", &b,
	    json_pack("{s:s,s:s,s:b,s:i,s:o}", "kind", "letter", "letter", l->kind, "sent", sent,
		"attempts", l->attempts, "reason", cli_json_text(l->reason)),
	    err);
	buf_clear(&b);
	return rc;
}

static enum wrap_rc
add_delivery(
    void *ctx, const struct delivery *d, const char *key, int64_t sealed_at, struct wrap_err *err)
{
	struct buf b = BUF_INIT(1 << 16);
	bool refused = d->state == DELIVERY_FAILED && d->reply_code != 0;
	enum wrap_rc rc;

	buf_addf(&b, "edition %s", key);
	if (d->state == DELIVERY_QUEUED && d->attempts > 0)
		buf_addf(&b, ", %d attempt%s so far", d->attempts, d->attempts == 1 ? "" : "s");
	if (d->reply_code != 0)
		buf_addf(&b, ": %d %s", d->reply_code, d->enhanced);
	add_part(&b, d->reply_code != 0 ? " " : ": ", d->reason);
	rc = add(ctx, d->changed_at > 0 ? d->changed_at : sealed_at,
	    refused ? "refused" : delivery_state_name(d->state), &b,
	    json_pack("{s:s,s:s,s:s,s:i,s:i,s:o,s:o}", "kind", "delivery", "edition", key, "state",
		delivery_state_name(d->state), "attempts", d->attempts, "reply", d->reply_code,
		"status", cli_json_text(d->enhanced[0] == '\0' ? NULL : d->enhanced), "reason",
		cli_json_text(d->reason)),
	    err);
	buf_clear(&b);
	return rc;
}

/* Where the mail of a report lies: its folder is named by the configuration, the number finds it there. */
static void
add_place(struct buf *b, const struct bounce *r)
{
	if (strcmp(r->mailbox, "smtp") == 0)
		buf_adds(b, " [said while sending]");
	else
		buf_addf(b, " [mail %lld.%lld]", (long long)r->uidvalidity, (long long)r->uid);
}

static enum wrap_rc
add_report(struct timeline *t, const struct bounce *r, struct wrap_err *err)
{
	struct buf b = BUF_INIT(1 << 16);
	json_t *v = json_pack("{s:s,s:s,s:s,s:o,s:o,s:o}", "kind", "bounce", "class", r->class,
	    "reason", r->reason, "status", cli_json_text(r->status), "recipient",
	    cli_json_text(r->recipient), "diagnostic", cli_json_text(r->diagnostic));
	enum wrap_rc rc;

	add_part(&b, "", r->reason);
	add_part(&b, " ", r->status);
	add_part(&b, ": ", r->diagnostic);
	add_place(&b, r);
	(void)json_object_set_new(v, "scan", json_integer((json_int_t)r->scan));
	(void)json_object_set_new(v, "mailbox", cli_json_text(r->mailbox));
	(void)json_object_set_new(v, "uidvalidity", json_integer((json_int_t)r->uidvalidity));
	(void)json_object_set_new(v, "uid", json_integer((json_int_t)r->uid));
	rc = add(t, r->at, r->class, &b, v, err);
	buf_clear(&b);
	return rc;
}

static enum wrap_rc
add_bounce(void *ctx, const struct bounce *r, struct wrap_err *err)
{
	struct buf b = BUF_INIT(1 << 16);
	enum wrap_rc rc = add_report(ctx, r, err);

	if (rc == WRAP_OK && r->act != NULL) {
		buf_addf(&b, "from %s to %s, by scan %lld", r->was == NULL ? "?" : r->was, r->act,
		    (long long)r->scan);
		rc = add(ctx, r->at, "decided", &b,
		    json_pack("{s:s,s:o,s:s,s:I}", "kind", "decision", "from",
			cli_json_text(r->was), "to", r->act, "scan", (json_int_t)r->scan),
		    err);
	}
	if (rc == WRAP_OK && r->undone_at != 0) {
		buf_reset(&b);
		buf_addf(&b, "scan %lld was taken back: %s counts no more%s%s", (long long)r->scan,
		    r->class, r->act == NULL ? "" : ", the reader is again ",
		    r->act == NULL ? "" : r->was);
		rc = add(ctx, r->undone_at, "undone", &b,
		    json_pack("{s:s,s:I}", "kind", "undo", "scan", (json_int_t)r->scan), err);
	}
	buf_clear(&b);
	return rc;
}

/* ---- the whole -------------------------------------------------------------------------------------------- */

static int
by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static enum wrap_rc
gather(struct cli *cli, int64_t id, struct timeline *t, struct wrap_err *err)
{
	enum wrap_rc rc = consent_each(cli->store, id, add_consent, t, err);

	if (rc == WRAP_OK)
		rc = letter_history(cli->store, id, add_letter, t, err);
	if (rc == WRAP_OK)
		rc = delivery_history(cli->store, id, add_delivery, t, err);
	if (rc == WRAP_OK)
		rc = bounce_each(cli->store, id, 0, add_bounce, t, err);
	if (rc == WRAP_OK && t->n > 1)
		qsort(t->v, t->n, sizeof(*t->v), by_time);
	return rc;
}

static void
print_text(const struct cli *cli, const struct subscriber *s, const struct timeline *t)
{
	char at[CLI_TIME];

	cli_say(cli, "%s%s%s%s", s->address, s->name == NULL ? "" : " (",
	    s->name == NULL ? "" : s->name, s->name == NULL ? "" : ")");
	cli_say(cli, "  state      %s since %s%s%s", subscriber_state_name(s->state),
	    cli_time(s->changed_at, at), s->why == NULL ? "" : ": ", s->why == NULL ? "" : s->why);
	cli_say(cli, "  topics     %s", s->topics == NULL ? "all" : s->topics);
	cli_say(cli, "  since      %s", cli_time(s->created_at, at));
	if (s->language != NULL)
		cli_say(cli, "  language   %s", s->language);
	if (needs_smtputf8(s->address))
		cli_say(cli, "  note       the address needs a relay that offers SMTPUTF8");
	cli_say(cli, "History");
	for (size_t i = 0; i < t->n; i++)
		cli_say(
		    cli, "  %s  %-12s %s", cli_time(t->v[i].at, at), t->v[i].what, t->v[i].text);
}

int
subscribers_show(struct cli *cli)
{
	struct timeline t = { 0 };
	struct subscriber s;
	struct wrap_err err;
	enum wrap_rc rc;

	if (people_find(cli->store, cli->argv[1], &s, &err) != WRAP_OK)
		return cli_fail(&err);
	rc = gather(cli, s.id, &t, &err);
	if (rc == WRAP_OK)
		print_text(cli, &s, &t);
	if (rc == WRAP_OK && cli->json) {
		json_t *v = subscriber_json(&s), *history = json_array();

		for (size_t i = 0; i < t.n; i++)
			(void)json_array_append(history, t.v[i].json);
		(void)json_object_set_new(v, "history", history);
		cli_json(v);
	}
	for (size_t i = 0; i < t.n; i++) {
		free(t.v[i].text);
		json_decref(t.v[i].json);
	}
	free(t.v);
	subscriber_clear(&s);
	return rc == WRAP_OK ? CLI_DONE : cli_fail(&err);
}
