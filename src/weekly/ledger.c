/*
 * The source that send draws from: claimed deliveries in, verdicts back. A power cut costs at most the
 * connections in flight and one group of uncommitted results, and those are in doubt, never forgotten:
 * no new message begins while a whole group is uncommitted. Messages are made by send's threads; the
 * database belongs to the writer (writer.c) while they run.
 */
#include "ledger.h"

#include "wrap/mail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define NOT_TRIED_S 60 /* before what found no connection is tried again */
#define REFUSED_US_S 900
#define INDOUBT_S 900 /* an in-doubt delivery rests so long before it is due */
#define MESSAGE_BYTES ((size_t)4 << 20)
#define SPARE_SLOTS \
	512 /* beyond connections: claimed ahead, uncommitted, waiting for a domain's rate */

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

/* ---- a whole pass ---------------------------------------------------------------------------------------- */

/* A dry run makes every message and takes it as accepted. */
static enum wrap_rc
deliver_nothing(struct send_source *src, struct send_report *rep, struct wrap_err *err)
{
	static const struct verdict v = { .outcome = OUTCOME_ACCEPTED, .text = "dry run" };
	enum wrap_rc rc = WRAP_OK;

	*rep = (struct send_report){ 0 };
	while (rc == WRAP_OK || rc == WRAP_EBUSY) {
		struct timespec nap = { .tv_nsec = 1000000 };
		struct send_item item;

		rc = src->next(src->ctx, &item, err);
		if (rc == WRAP_EBUSY)
			(void)nanosleep(&nap, NULL);
		if (rc != WRAP_OK)
			continue;
		rep->tried++;
		rep->accepted++;
		rc = src->prepare(src->ctx, &item, err);
		if (rc == WRAP_OK)
			rc = src->done(src->ctx, &item, &v, err);
	}
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
	sum->canary = one->canary;
	sum->asked = one->asked;
	(void)snprintf(sum->reason, sizeof(sum->reason), "%s", one->reason);
}

static void
ledger_clear(struct ledger *l)
{
	for (size_t i = 0; l->slots != NULL && i < l->n_slots; i++)
		claim_clear(&l->slots[i].claim);
	for (size_t i = 0; l->bytes != NULL && i < l->n_slots; i++)
		buf_clear(&l->bytes[i]);
	for (size_t i = 0; i < l->n_messages; i++)
		compiled_free(&l->messages[i].m);
	if (l->wake >= 0)
		(void)close(l->wake);
	(void)pthread_mutex_destroy(&l->lock);
	(void)pthread_mutex_destroy(&l->bytes_lock);
	(void)pthread_cond_destroy(&l->work);
	free(l->slots);
	free(l->messages);
	free(l->bytes);
	free(l->free_bytes);
	free(l->domains);
}

static enum wrap_rc
ledger_init(struct ledger *l, struct wrap_err *err)
{
	const struct config *c = l->w->c;
	pthread_condattr_t monotonic;

	l->n_slots = SPARE_SLOTS;
	for (size_t i = 0; i < c->n_relays; i++)
		l->n_slots += (size_t)c->relays[i].connections;
	(void)pthread_mutex_init(&l->lock, NULL);
	(void)pthread_mutex_init(&l->bytes_lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&l->work, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->wake < 0)
		return wrap_fail_errno(err, "make an event descriptor");
	l->slots = calloc(l->n_slots, sizeof(*l->slots));
	l->messages = calloc(l->n_slots, sizeof(*l->messages));
	l->bytes = calloc(l->n_slots, sizeof(*l->bytes));
	l->free_bytes = calloc(l->n_slots, sizeof(struct buf *));
	l->domains = calloc(c->n_domains + 1, sizeof(*l->domains));
	if (l->slots == NULL || l->messages == NULL || l->bytes == NULL || l->free_bytes == NULL ||
	    l->domains == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	for (size_t i = 0; i < c->n_domains; i++)
		l->domains[i] = (struct send_domain){ .name = c->domains[i].name,
			.per_second = c->domains[i].per_second,
			.per_hour = c->domains[i].per_hour };
	for (size_t i = 0; i < l->n_slots; i++) {
		slots_push(&l->free, &l->slots[i]);
		l->bytes[i] = BUF_INIT(MESSAGE_BYTES);
		l->free_bytes[l->n_bytes++] = &l->bytes[i];
	}
	return WRAP_OK;
}

/* Send with the writer at work. */
static enum wrap_rc
run(struct ledger *l, struct send_report *one, struct wrap_err *err)
{
	struct weekly *w = l->w;
	struct send_source src = { .ctx = l,
		.next = on_next,
		.prepare = on_prepare,
		.ready = on_ready,
		.done = on_done,
		.idle = on_idle,
		.wake_fd = l->wake };
	struct send_options opt = { .stop = w->stop,
		.total = (size_t)l->total,
		.domains = l->domains,
		.n_domains = w->c->n_domains,
		/* Once some have been taken the question is answered, also over runs. */
		.canary = l->begun ? 0 : (size_t)w->c->send.canary,
		.canary_limit = w->c->send.canary_limit,
		.progress = w->watch == NULL ? NULL : w->watch->sent,
		.ctx = w->watch == NULL ? NULL : w->watch->ctx };
	sigset_t all, was;
	pthread_t writer;
	enum wrap_rc rc;
	int failed;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &was);
	failed = pthread_create(&writer, NULL, writer_run, l);
	(void)pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (failed != 0)
		return wrap_fail(err, WRAP_ESYS, "start a thread");
	rc = w->dry_run
		 ? deliver_nothing(&src, one, err)
		 : send_run(w->c->relays, w->c->n_relays, w->c->paths.outbox, &opt, &src, one, err);
	if (l->cut && rc == WRAP_EDENIED)
		rc = WRAP_OK;
	(void)pthread_mutex_lock(&l->lock);
	l->ending = true;
	(void)pthread_cond_signal(&l->work);
	(void)pthread_mutex_unlock(&l->lock);
	(void)pthread_join(writer, NULL);
	return rc;
}

/* Whatever went wrong, what is known is written and what was not begun is free again. */
static enum wrap_rc
settle_rest(struct ledger *l, struct wrap_err *err)
{
	struct wrap_err why;
	bool held;
	size_t n;
	enum wrap_rc rc = writer_commit(l, &l->judged, &l->claimed, 0, NULL, &n, &held, err);

	if (rc == WRAP_OK || l->w->dry_run)
		return rc;
	if (spill_write(l, &l->judged, &l->claimed, &why) != WRAP_OK)
		log_line(LOG_ERROR, "%zu results are lost and will be in doubt: %s", l->judged.n,
		    why.text);
	else
		log_line(LOG_WARN, "%zu results are kept in %s-spill for the next run", l->judged.n,
		    l->w->c->paths.database);
	return rc;
}

static enum wrap_rc
deliver(struct ledger *l, struct send_report *one, struct wrap_err *err)
{
	struct wrap_err rest_err;
	int64_t counts[DELIVERY_STATES];
	enum wrap_rc rc = ledger_init(l, err), rest;

	if (rc == WRAP_OK)
		rc = delivery_counts(l->w->st, l->e->id, counts, err);
	if (rc != WRAP_OK)
		return rc;
	l->total = counts[DELIVERY_QUEUED];
	l->closes_at = weekly_closes_at(l->w, clock_now(l->w->clock));
	l->begun = counts[DELIVERY_SENT] > 0;
	rc = run(l, one, err);
	rest = settle_rest(l, &rest_err);
	if (rest == WRAP_OK && !l->w->dry_run)
		spill_drop(l->w);
	if (rc == WRAP_OK && rest != WRAP_OK) {
		rc = rest;
		*err = rest_err;
	}
	if (l->held && !one->stopped) {
		one->stopped = true;
		(void)snprintf(one->reason, sizeof(one->reason),
		    "edition %s was held or cancelled while it was being sent", l->e->key);
	}
	return rc;
}

enum wrap_rc
weekly_deliver(
    struct weekly *w, const struct edition *e, struct weekly_report *rep, struct wrap_err *err)
{
	struct ledger l = { .w = w, .e = e, .wake = -1 };
	struct send_report one = { 0 };
	int64_t replayed = 0;
	enum wrap_rc rc = WRAP_OK;

	if (!w->dry_run) {
		rc = spill_replay(w, &replayed, err);
		if (replayed > 0)
			log_line(LOG_WARN,
			    "%lld results of an earlier run were kept and are in the ledger now",
			    (long long)replayed);
		if (rc == WRAP_OK)
			rc = spill_reserve(w, err);
	}
	if (rc == WRAP_OK)
		rc = weekly_signer_open(w->c, &l.signer, err);
	if (rc != WRAP_OK)
		return rc;
	rc = deliver(&l, &one, err);
	add_report(&rep->send, &one);
	ledger_clear(&l);
	weekly_signer_close(&l.signer);
	return rc;
}
