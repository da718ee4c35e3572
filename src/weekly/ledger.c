/*
 * The source that send draws from: claimed deliveries in, verdicts back. A power cut costs at most the
 * connections in flight and one group of uncommitted results, and those are in doubt, never forgotten:
 * no new message begins while a whole group is uncommitted. Messages are made by send's threads; the
 * database belongs to the writer (writer.c) while they run. What sets all this going is deliver.c.
 */
#include "ledger.h"

#include "wrap/mail.h"

#include <stdio.h>
#include <string.h>

#define NOT_TRIED_S 60 /* before what found no connection is tried again */
#define REFUSED_US_S 900
#define INDOUBT_S 900 /* an in-doubt delivery rests so long before it is due */

/* Without a reply it was our own gate: a person must mend the relay or the message first. */
static bool
is_ours_to_mend(const struct verdict *v)
{
	return v->reply_code == 0 && (v->enhanced[0] != '\0' || v->outcome == OUTCOME_REFUSED);
}

struct delivery_move
ledger_move(const struct ledger *l, const struct slot *s)
{
	const struct claim *c = &s->claim;
	const struct verdict *v = &s->verdict;
	struct delivery_move m = { .edition_id = c->edition_id,
		.subscriber_id = c->subscriber_id,
		.charge = true,
		.now = s->judged_at,
		.to = DELIVERY_QUEUED,
		.verdict = v };

	switch (v->outcome) {
	case OUTCOME_ACCEPTED: m.to = DELIVERY_SENT; break;
	case OUTCOME_DEFERRED:
		m.next_attempt_at =
		    m.now + send_retry_after(c->attempts + 1, (uint64_t)c->subscriber_id);
		if (m.next_attempt_at > l->e->sealed_at + l->w->c->send.give_up * 3600)
			m.to = DELIVERY_FAILED;
		break;
	case OUTCOME_REFUSED: m.to = is_ours_to_mend(v) ? DELIVERY_HELD : DELIVERY_FAILED; break;
	case OUTCOME_INDOUBT:
		m.to = DELIVERY_INDOUBT;
		m.next_attempt_at = m.now + INDOUBT_S;
		break;
	case OUTCOME_REFUSED_US:
		m.charge = false;
		m.next_attempt_at = m.now + REFUSED_US_S;
		if (is_ours_to_mend(v))
			m.to = DELIVERY_HELD;
		break;
	case OUTCOME_NOT_TRIED:
		m.charge = false;
		m.next_attempt_at = s->at_once ? 0 : m.now + NOT_TRIED_S;
		break;
	}
	return m;
}

/* ---- what send calls ------------------------------------------------------------------------------------- */

static enum wrap_rc
on_next(void *ctx, struct send_item *out, struct wrap_err *err)
{
	struct ledger *l = ctx;
	struct slot *s = NULL;
	enum wrap_rc rc;

	(void)pthread_mutex_lock(&l->lock);
	rc = l->rc;
	if (rc != WRAP_OK) {
		*err = l->why;
	} else if (l->trouble) {
		rc = WRAP_EBUSY;
	} else {
		bool low = l->claimed.n <= CLAIM;

		s = l->held ? NULL : slots_pop(&l->claimed);
		if (s == NULL)
			rc = l->none_left || l->held ? WRAP_ENOTFOUND : WRAP_EBUSY;
		if (low)
			(void)pthread_cond_signal(&l->work);
	}
	(void)pthread_mutex_unlock(&l->lock);
	if (s == NULL)
		return rc;
	*out = (struct send_item){ .id = s - l->slots, .rcpt_to = s->claim.address };
	return WRAP_OK;
}

static struct buf *
bytes_lend(struct ledger *l)
{
	struct buf *b;

	(void)pthread_mutex_lock(&l->bytes_lock);
	b = l->free_bytes[--l->n_bytes];
	(void)pthread_mutex_unlock(&l->bytes_lock);
	return b;
}

static void
bytes_return(struct ledger *l, struct slot *s)
{
	if (s->bytes == NULL)
		return;
	(void)pthread_mutex_lock(&l->bytes_lock);
	l->free_bytes[l->n_bytes++] = s->bytes;
	(void)pthread_mutex_unlock(&l->bytes_lock);
	s->bytes = NULL;
}

/* On any of send's threads. Touches its own slot only. */
static enum wrap_rc
on_prepare(void *ctx, struct send_item *item, struct wrap_err *err)
{
	struct ledger *l = ctx;
	struct slot *s = &l->slots[item->id];
	struct weekly_links links;
	enum wrap_rc rc;

	s->bytes = bytes_lend(l);
	weekly_links_make(l->w->c, l->w->keys, l->e, s->claim.subscriber_id, s->claim.address,
	    s->claim.name, &links);
	/* The Message-ID's left side: unique per delivery, and the same when it is repeated. */
	(void)snprintf(s->name, sizeof(s->name), "%.*s", (int)strcspn(links.message_id, "@"),
	    links.message_id);
	(void)snprintf(s->mail_from, sizeof(s->mail_from), "%s", links.mail_from);
	item->name = s->name;
	item->mail_from = s->mail_from;
	rc = compiled_splice(s->message->m, &links.reader, s->bytes, err);
	if (rc == WRAP_OK)
		rc = weekly_sign(&l->signer, l->e->sealed_at, s->bytes, err);
	item->message = buf_span(s->bytes);
	return rc;
}

static bool
on_ready(void *ctx)
{
	struct ledger *l = ctx;
	bool ready;

	(void)pthread_mutex_lock(&l->lock);
	ready = l->uncommitted < GROUP && !l->trouble && l->rc == WRAP_OK;
	(void)pthread_mutex_unlock(&l->lock);
	return ready;
}

static enum wrap_rc
on_done(void *ctx, const struct send_item *item, const struct verdict *v, struct wrap_err *err)
{
	struct ledger *l = ctx;
	struct slot *s = &l->slots[item->id];

	(void)err;
	s->verdict = *v;
	s->judged_at = clock_now(l->w->clock);
	s->at_once = l->cut || weekly_stopped(l->w);
	bytes_return(l, s);
	(void)pthread_mutex_lock(&l->lock);
	if (l->judged.n == 0)
		l->first_judged_ms = clock_monotonic_ms();
	slots_push(&l->judged, s);
	l->uncommitted++;
	if (l->judged.n == 1 || l->judged.n == GROUP)
		(void)pthread_cond_signal(&l->work);
	(void)pthread_mutex_unlock(&l->lock);
	return WRAP_OK;
}

/* An editor's hold and the end of the hours stop what is not handed over, also what send has already. */
static enum wrap_rc
on_idle(void *ctx, struct wrap_err *err)
{
	struct ledger *l = ctx;
	bool held;

	(void)pthread_mutex_lock(&l->lock);
	held = l->held;
	(void)pthread_mutex_unlock(&l->lock);
	l->cut = held || clock_now(l->w->clock) >= l->closes_at;
	return l->cut ? wrap_fail(err, WRAP_EDENIED, "no more of it now") : WRAP_OK;
}

struct send_source
ledger_source(struct ledger *l)
{
	return (struct send_source){ .ctx = l,
		.next = on_next,
		.prepare = on_prepare,
		.ready = on_ready,
		.done = on_done,
		.idle = on_idle,
		.wake_fd = l->wake };
}
