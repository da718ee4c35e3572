/*
 * The ledger's side of sending: it claims deliveries, splices their messages, and writes verdicts back.
 * Claims and results are committed together every 64 results or 10 ms, whichever is first, and no new
 * message begins while 64 results are uncommitted: so a power cut costs at most the connections in flight
 * and one such group, and those are in doubt, never forgotten.
 */
#include "internal.h"

#include "wrap/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP 64       /* results in a commit; claims taken at a time */
#define GROUP_MS 10    /* a result waits no longer for its commit */
#define SLOTS 512      /* messages claimed and not ended: at least connections + GROUP */
#define NOT_TRIED_S 60 /* before what found no connection is tried again */
#define REFUSED_US_S 900

/* One delivery between claim and commit. */
struct slot {
	struct claim claim;
	struct buf message;
	char name[96], mail_from[320];
	bool used;
};

struct ledger {
	struct weekly *w;
	const struct edition *e;
	struct weekly_report *rep;
	int64_t after; /* the last key claimed in this pass */
	bool none_left;
	struct slot *slots;
	size_t ready[GROUP]; /* claimed, not yet asked for */
	size_t n_ready, next_ready;
	struct {
		struct delivery_move move;
		struct verdict verdict;
	} moves[GROUP];
	size_t n_moves;
	int64_t first_move_ms;
	int64_t done, total;
	struct {
		int64_t id;
		struct compiled *m;
	} messages[256]; /* compiled, by id; few sets of topics make many readers */
	size_t n_messages;
};

/* ---- results ---------------------------------------------------------------------------------------------- */

static enum wrap_rc
write_moves(struct ledger *l, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = 0; rc == WRAP_OK && i < l->n_moves; i++)
		rc = delivery_finish(l->w->st, &l->moves[i].move, err);
	return rc;
}

static enum wrap_rc
flush(struct ledger *l, struct wrap_err *err)
{
	enum wrap_rc rc;

	if (l->n_moves == 0)
		return WRAP_OK;
	rc = store_begin(l->w->st, err);
	if (rc == WRAP_OK)
		rc = store_end(l->w->st, write_moves(l, err), err);
	if (rc == WRAP_OK)
		l->n_moves = 0;
	return rc;
}

/* What a verdict does to its row. The reply's own meaning was settled by send/policy.c. */
static struct delivery_move
move_of(const struct ledger *l, const struct claim *c, const struct verdict *v)
{
	int64_t now = clock_now(l->w->clock);
	struct delivery_move m = { .edition_id = c->edition_id,
		.subscriber_id = c->subscriber_id,
		.charge = true,
		.now = now,
		.to = DELIVERY_QUEUED };

	switch (v->outcome) {
	case OUTCOME_ACCEPTED: m.to = DELIVERY_SENT; break;
	case OUTCOME_DEFERRED:
		m.next_attempt_at =
		    now + send_retry_after(c->attempts + 1, (uint64_t)c->subscriber_id);
		if (m.next_attempt_at > l->e->sealed_at + l->w->c->send.give_up * 3600)
			m.to = DELIVERY_FAILED;
		break;
	case OUTCOME_REFUSED:
		/* Without a reply it was our own gate: the relay lacks SMTPUTF8, which a person can mend. */
		m.to = v->reply_code == 0 ? DELIVERY_HELD : DELIVERY_FAILED;
		break;
	case OUTCOME_INDOUBT: m.to = DELIVERY_INDOUBT; break;
	case OUTCOME_REFUSED_US:
		m.charge = false;
		m.next_attempt_at = now + REFUSED_US_S;
		break;
	case OUTCOME_NOT_TRIED:
		m.charge = false;
		m.next_attempt_at = now + NOT_TRIED_S;
		break;
	}
	return m;
}

static enum wrap_rc
on_done(void *ctx, const struct send_item *item, const struct verdict *v, struct wrap_err *err)
{
	struct ledger *l = ctx;
	struct slot *s = &l->slots[item->id];
	size_t i = l->n_moves++;

	l->moves[i].verdict = *v;
	l->moves[i].move = move_of(l, &s->claim, v);
	l->moves[i].move.verdict = &l->moves[i].verdict;
	if (i == 0)
		l->first_move_ms = clock_monotonic_ms();
	claim_clear(&s->claim);
	s->used = false;
	l->done++;
	if (l->w->watch != NULL && l->w->watch->sent != NULL)
		l->w->watch->sent(l->w->watch->ctx, l->done, l->total);
	return l->n_moves == GROUP ? flush(l, err) : WRAP_OK;
}

static enum wrap_rc
on_idle(void *ctx, struct wrap_err *err)
{
	struct ledger *l = ctx;

	if (l->n_moves > 0 && clock_monotonic_ms() - l->first_move_ms >= GROUP_MS)
		return flush(l, err);
	return WRAP_OK;
}

/* ---- claims and messages ------------------------------------------------------------------------------------- */

static enum wrap_rc
compiled_find(struct ledger *l, int64_t id, struct compiled **out, struct wrap_err *err)
{
	struct buf blob;
	size_t i = 0;
	enum wrap_rc rc;

	while (i < l->n_messages && l->messages[i].id != id)
		i++;
	if (i < l->n_messages) {
		*out = l->messages[i].m;
		return WRAP_OK;
	}
	/* More sets than room: the oldest makes place. */
	if (l->n_messages == sizeof(l->messages) / sizeof(l->messages[0])) {
		i = (size_t)(id % (int64_t)l->n_messages);
		compiled_free(&l->messages[i].m);
	} else {
		l->n_messages++;
	}
	l->messages[i].id = 0;
	rc = message_get(l->w->st, id, &blob, err);
	if (rc == WRAP_OK)
		rc = compiled_load(buf_span(&blob), &l->messages[i].m, err);
	buf_clear(&blob);
	if (rc == WRAP_OK)
		l->messages[i].id = id;
	*out = l->messages[i].m;
	return rc;
}

/* Splice the message of a claimed slot. */
static enum wrap_rc
make_message(struct ledger *l, struct slot *s, struct wrap_err *err)
{
	struct weekly_links links;
	struct compiled *m = NULL;
	enum wrap_rc rc = compiled_find(l, s->claim.message_id, &m, err);

	if (rc != WRAP_OK)
		return rc;
	weekly_links_make(l->w->c, l->w->keys, l->e, s->claim.subscriber_id, s->claim.address,
	    s->claim.name, &links);
	/* The Message-ID's left side: unique per delivery, and the same when it is repeated. */
	(void)snprintf(s->name, sizeof(s->name), "%.*s", (int)strcspn(links.message_id, "@"),
	    links.message_id);
	(void)snprintf(s->mail_from, sizeof(s->mail_from), "%s", links.mail_from);
	return compiled_splice(m, &links.reader, &s->message, err);
}

static size_t
free_slot(const struct ledger *l)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (!l->slots[i].used)
			return i;
	return SLOTS;
}

/* Claim the next rows; what is known by now is committed in the same transaction. */
static enum wrap_rc
claim_more(struct ledger *l, struct wrap_err *err)
{
	struct claim claims[GROUP];
	size_t n = 0, room = 0;
	enum wrap_rc rc;

	for (size_t i = 0; i < SLOTS && room < GROUP; i++)
		room += !l->slots[i].used;
	l->n_ready = l->next_ready = 0;
	if (room == 0)
		return WRAP_OK;
	rc = store_begin(l->w->st, err);
	if (rc != WRAP_OK)
		return rc;
	rc = write_moves(l, err);
	if (rc == WRAP_OK)
		rc = delivery_claim(
		    l->w->st, l->e->id, clock_now(l->w->clock), room, &l->after, claims, &n, err);
	rc = store_end(l->w->st, rc, err);
	if (rc != WRAP_OK) {
		for (size_t i = 0; i < n; i++)
			claim_clear(&claims[i]);
		return rc;
	}
	l->n_moves = 0;
	l->none_left = n == 0;
	for (size_t i = 0; i < n; i++) {
		size_t at = free_slot(l);

		l->slots[at].claim = claims[i];
		l->slots[at].used = true;
		l->ready[l->n_ready++] = at;
	}
	return WRAP_OK;
}

static enum wrap_rc
on_next(void *ctx, struct send_item *out, struct wrap_err *err)
{
	struct ledger *l = ctx;
	struct slot *s;
	enum wrap_rc rc = WRAP_OK;

	if (l->n_moves == GROUP)
		rc = flush(l, err);
	if (rc == WRAP_OK && l->next_ready == l->n_ready && !l->none_left)
		rc = claim_more(l, err);
	if (rc != WRAP_OK)
		return rc;
	if (l->next_ready == l->n_ready)
		return l->none_left ? WRAP_ENOTFOUND : WRAP_EBUSY;
	s = &l->slots[l->ready[l->next_ready]];
	rc = make_message(l, s, err);
	if (rc != WRAP_OK)
		return rc;
	*out = (struct send_item){ .id = (int64_t)l->ready[l->next_ready++],
		.mail_from = s->mail_from,
		.rcpt_to = s->claim.address,
		.message = buf_span(&s->message),
		.name = s->name };
	return WRAP_OK;
}

/* ---- a whole pass ------------------------------------------------------------------------------------------------ */

/* Claimed and never begun: back to the queue, nobody charged. */
static enum wrap_rc
give_back(struct ledger *l, struct wrap_err *err)
{
	enum wrap_rc rc = store_begin(l->w->st, err);

	if (rc != WRAP_OK)
		return rc;
	rc = write_moves(l, err);
	for (; rc == WRAP_OK && l->next_ready < l->n_ready; l->next_ready++) {
		const struct claim *c = &l->slots[l->ready[l->next_ready]].claim;
		struct delivery_move m = { .edition_id = c->edition_id,
			.subscriber_id = c->subscriber_id,
			.to = DELIVERY_QUEUED,
			.now = clock_now(l->w->clock),
			.reason = "the run ended before its turn" };

		rc = delivery_finish(l->w->st, &m, err);
	}
	rc = store_end(l->w->st, rc, err);
	if (rc == WRAP_OK)
		l->n_moves = 0;
	return rc;
}

/* A dry run makes every message and takes it as accepted. */
static enum wrap_rc
deliver_nothing(struct send_source *src, struct send_report *rep, struct wrap_err *err)
{
	static const struct verdict v = { .outcome = OUTCOME_ACCEPTED, .text = "dry run" };
	enum wrap_rc rc;

	*rep = (struct send_report){ 0 };
	do {
		struct send_item item;

		rc = src->next(src->ctx, &item, err);
		if (rc == WRAP_OK) {
			rep->tried++;
			rep->accepted++;
			rc = src->done(src->ctx, &item, &v, err);
		}
	} while (rc == WRAP_OK);
	return rc == WRAP_ENOTFOUND ? WRAP_OK : rc;
}

static void
add_report(struct send_report *sum, const struct send_report *one)
{
	sum->tried += one->tried;
	sum->accepted += one->accepted;
	sum->deferred += one->deferred;
	sum->refused += one->refused;
	sum->indoubt += one->indoubt;
	sum->not_tried += one->not_tried;
	sum->connections += one->connections;
	sum->again += one->again;
	sum->stopped = one->stopped;
	(void)snprintf(sum->reason, sizeof(sum->reason), "%s", one->reason);
}

static void
ledger_close(struct ledger *l)
{
	for (size_t i = 0; l->slots != NULL && i < SLOTS; i++) {
		claim_clear(&l->slots[i].claim);
		buf_clear(&l->slots[i].message);
	}
	for (size_t i = 0; i < l->n_messages; i++)
		compiled_free(&l->messages[i].m);
	free(l->slots);
	free(l);
}

enum wrap_rc
weekly_deliver(
    struct weekly *w, const struct edition *e, struct weekly_report *rep, struct wrap_err *err)
{
	struct ledger *l = calloc(1, sizeof(*l));
	struct send_source src = { .ctx = l, .next = on_next, .done = on_done, .idle = on_idle };
	struct send_options opt = { .stop = w->stop };
	struct send_report one = { 0 };
	struct wrap_err back_err;
	int64_t counts[DELIVERY_STATES];
	enum wrap_rc rc, back;

	if (l == NULL || (l->slots = calloc(SLOTS, sizeof(*l->slots))) == NULL) {
		free(l);
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	}
	l->w = w;
	l->e = e;
	l->rep = rep;
	rc = delivery_counts(w->st, e->id, counts, err);
	l->total = counts[DELIVERY_QUEUED];
	if (rc == WRAP_OK)
		rc = w->dry_run ? deliver_nothing(&src, &one, err)
				: send_run(w->c->relays, w->c->n_relays, w->c->paths.outbox, &opt,
				      &src, &one, err);
	/* Whatever went wrong, what is known is written and what was not begun is free again. */
	back = give_back(l, &back_err);
	if (rc == WRAP_OK && back != WRAP_OK) {
		rc = back;
		*err = back_err;
	}
	add_report(&rep->send, &one);
	ledger_close(l);
	return rc;
}
