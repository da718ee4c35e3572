/*
 * One pass over what is due of an edition: the ledger is opened, its writer started, send let loose on the source
 * (ledger.c), and at the end everything that is known is written, into the database or beside it.
 */
#include "ledger.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MESSAGE_BYTES ((size_t)4 << 20)
#define SPARE_SLOTS \
	512 /* beyond connections: claimed ahead, uncommitted, waiting for a domain's rate */

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
	struct send_source src = ledger_source(l);
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

/* What an earlier run knew and could not write. */
static enum wrap_rc
take_over(struct weekly *w, struct wrap_err *err)
{
	int64_t n = 0;
	enum wrap_rc rc = w->dry_run ? WRAP_OK : spill_replay(w, &n, err);

	if (n > 0)
		log_line(LOG_WARN,
		    "%lld results of an earlier run were kept and are in the ledger now",
		    (long long)n);
	return rc;
}

enum wrap_rc
weekly_deliver(
    struct weekly *w, const struct edition *e, struct weekly_report *rep, struct wrap_err *err)
{
	struct ledger l = { .w = w, .e = e, .wake = -1 };
	struct send_report one = { 0 };
	enum wrap_rc rc = take_over(w, err);

	if (rc == WRAP_OK && !w->dry_run)
		rc = spill_reserve(w, err);
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

enum wrap_rc
weekly_settle(struct weekly *w, struct edition *e, struct wrap_err *err)
{
	enum wrap_rc rc;

	if (e->sealed_at == 0 || e->ended_at != 0)
		return WRAP_OK;
	rc = take_over(w, err);
	if (rc == WRAP_OK)
		rc = store_begin(w->st, err);
	if (rc != WRAP_OK)
		return rc;
	e->ended_at = clock_now(w->clock);
	rc = delivery_settle(w->st, e->id, "the edition was cancelled", e->ended_at, err);
	if (rc == WRAP_OK)
		rc = edition_put(w->st, e, err);
	rc = store_end(w->st, rc, err);
	if (rc != WRAP_OK)
		e->ended_at = 0;
	return wrap_while(err, rc, "settle edition %s", e->key);
}
