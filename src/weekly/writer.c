/*
 * The one thread that writes the ledger while mail is on its way, so that a slow disk holds up no
 * connection. It commits results every 64 or 10 ms, whichever is first, and claims the next rows in the
 * same transactions. When a commit fails nothing new is begun, what is on its way ends, and the commit is
 * tried again for a minute; then the run ends and spill.c keeps the results.
 */
#include "ledger.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define RETRY_MS 250     /* between tries of a commit that failed */
#define LOOK_MS 500      /* between looks for a hold when nothing else is to be written */
#define GIVE_UP_MS 60000 /* after this the run ends */

void
slots_push(struct slots *l, struct slot *s)
{
	s->next = NULL;
	if (l->tail != NULL)
		l->tail->next = s;
	else
		l->head = s;
	l->tail = s;
	l->n++;
}

struct slot *
slots_pop(struct slots *l)
{
	struct slot *s = l->head;

	if (s == NULL)
		return NULL;
	l->head = s->next;
	if (l->head == NULL)
		l->tail = NULL;
	l->n--;
	return s;
}

void
slots_join(struct slots *to, struct slots *from, bool front)
{
	if (from->n == 0)
		return;
	if (front) {
		from->tail->next = to->head;
		to->head = from->head;
		if (to->tail == NULL)
			to->tail = from->tail;
	} else {
		if (to->tail != NULL)
			to->tail->next = from->head;
		else
			to->head = from->head;
		to->tail = from->tail;
	}
	to->n += from->n;
	*from = (struct slots){ 0 };
}

void
slot_release(struct slot *s)
{
	if (s->message != NULL)
		s->message->refs--;
	s->message = NULL;
	claim_clear(&s->claim);
}

static enum wrap_rc
write_rows(
    struct ledger *l, const struct slots *judged, const struct slots *unused, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	for (const struct slot *s = judged->head; rc == WRAP_OK && s != NULL; s = s->next) {
		struct delivery_move m = ledger_move(l, s);

		rc = delivery_finish(l->w->st, &m, err);
	}
	for (const struct slot *s = unused->head; rc == WRAP_OK && s != NULL; s = s->next) {
		struct delivery_move m = { .edition_id = s->claim.edition_id,
			.subscriber_id = s->claim.subscriber_id,
			.to = DELIVERY_QUEUED,
			.now = clock_now(l->w->clock),
			.reason = "the run ended before its turn" };

		rc = delivery_finish(l->w->st, &m, err);
	}
	return rc;
}

/* Has the editor held or cancelled it since? Read in the claim's own transaction, so that hold wins. */
static enum wrap_rc
still_sending(struct ledger *l, bool *held, struct wrap_err *err)
{
	enum edition_state state;
	enum wrap_rc rc = edition_state(l->w->st, l->e->id, &state, err);

	if (rc == WRAP_OK)
		*held = state != EDITION_SENDING;
	return rc;
}

enum wrap_rc
writer_commit(struct ledger *l, const struct slots *judged, const struct slots *unused,
    size_t claims, struct claim *out, size_t *n, bool *held, struct wrap_err *err)
{
	int64_t after = l->after;
	enum wrap_rc rc = store_begin(l->w->st, err);

	*n = 0;
	*held = false;
	if (rc != WRAP_OK)
		return rc;
	rc = write_rows(l, judged, unused, err);
	if (rc == WRAP_OK)
		rc = still_sending(l, held, err);
	if (rc == WRAP_OK && claims > 0 && !*held)
		rc = delivery_claim(
		    l->w->st, l->e->id, clock_now(l->w->clock), claims, &after, out, n, err);
	rc = store_end(l->w->st, rc, err);
	if (rc == WRAP_OK) {
		l->after = after;
		return rc;
	}
	for (size_t i = 0; i < *n; i++)
		claim_clear(&out[i]);
	*n = 0;
	return rc;
}

/* The compiled message of that id, loaded once and kept while slots need it. */
static enum wrap_rc
message_find(struct ledger *l, int64_t id, struct ledger_message **out, struct wrap_err *err)
{
	struct ledger_message *at = NULL;
	struct buf blob;
	enum wrap_rc rc;

	for (size_t i = 0; i < l->n_messages; i++) {
		if (l->messages[i].id == id && l->messages[i].m != NULL) {
			*out = &l->messages[i];
			return WRAP_OK;
		}
		if (l->messages[i].refs == 0)
			at = &l->messages[i];
	}
	/* There are as many places as slots, so one is new or nobody's. */
	if (l->n_messages < l->n_slots)
		at = &l->messages[l->n_messages++];
	if (at == NULL)
		return wrap_fail(err, WRAP_ELIMIT, "more messages in use than slots");
	compiled_free(&at->m);
	*at = (struct ledger_message){ .id = id };
	rc = message_get(l->w->st, id, &blob, err);
	if (rc == WRAP_OK)
		rc = compiled_load(buf_span(&blob), &at->m, err);
	buf_clear(&blob);
	*out = at;
	return wrap_while(err, rc, "message %lld of edition %s", (long long)id, l->e->key);
}

/* Wait for work, at most until the oldest result is due. Called and returns with the lock held. */
static void
wait_for_work(struct ledger *l, int64_t now_ms)
{
	int64_t wait = l->trouble ? RETRY_MS : l->judged.n == 0 ? LOOK_MS : GROUP_MS;
	struct timespec until;

	if (!l->trouble && l->judged.n > 0)
		wait -= now_ms - l->first_judged_ms;
	if (wait <= 0)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)(wait % 1000) * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000 + (time_t)(wait / 1000);
	until.tv_nsec %= 1000000000;
	(void)pthread_cond_timedwait(&l->work, &l->lock, &until);
}

static size_t
claims_wanted(const struct ledger *l)
{
	if (l->none_left || l->trouble || l->claimed.n >= CLAIM)
		return 0;
	return l->free.n < CLAIM ? l->free.n : CLAIM;
}

static void
ring(const struct ledger *l)
{
	const uint64_t one = 1;

	while (write(l->wake, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* Put claims into slots. With the lock held. */
static enum wrap_rc
take_claims(struct ledger *l, struct claim *claims, size_t n, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	for (size_t i = 0; i < n; i++) {
		struct slot *s = slots_pop(&l->free);

		s->claim = claims[i];
		if (rc == WRAP_OK)
			rc = message_find(l, s->claim.message_id, &s->message, err);
		if (rc != WRAP_OK)
			s->message = NULL;
		else
			s->message->refs++;
		slots_push(&l->claimed, s);
	}
	return rc;
}

static void
free_all(struct ledger *l, struct slots *done)
{
	struct slot *s;

	while ((s = slots_pop(done)) != NULL) {
		slot_release(s);
		slots_push(&l->free, s);
	}
}

/* One round: commit and claim. Called and returns with the lock held. */
static void
write_round(struct ledger *l, int64_t *trouble_since_ms)
{
	struct claim claims[CLAIM];
	struct slots judged = l->judged, none = { 0 };
	size_t want = claims_wanted(l), n, safe = judged.n;
	struct wrap_err why = { 0 };
	enum wrap_rc rc;
	bool held;

	l->judged = (struct slots){ 0 };
	(void)pthread_mutex_unlock(&l->lock);
	rc = writer_commit(l, &judged, &none, want, claims, &n, &held, &why);
	(void)pthread_mutex_lock(&l->lock);
	if (rc == WRAP_OK) {
		free_all(l, &judged);
		l->uncommitted -= safe;
		l->trouble = false;
		l->held = l->held || held;
		if (want > 0 && n == 0)
			l->none_left = true;
		rc = take_claims(l, claims, n, &why);
		l->rc = rc;
		l->why = why;
		ring(l);
		return;
	}
	slots_join(&l->judged, &judged, true);
	if (!l->trouble) {
		*trouble_since_ms = clock_monotonic_ms();
		log_line(LOG_WARN, "the ledger cannot be written, sending waits: %s", why.text);
	}
	l->trouble = true;
	if (clock_monotonic_ms() - *trouble_since_ms >= GIVE_UP_MS) {
		l->rc = rc;
		l->why = why;
		ring(l);
	}
}

void *
writer_run(void *ctx)
{
	struct ledger *l = ctx;
	int64_t trouble_since_ms = 0, last_try_ms = 0;

	(void)pthread_mutex_lock(&l->lock);
	while (!l->ending && l->rc == WRAP_OK) {
		int64_t now_ms = clock_monotonic_ms();
		bool due = l->judged.n >= GROUP || claims_wanted(l) > 0 ||
			   (l->judged.n > 0 && now_ms - l->first_judged_ms >= GROUP_MS) ||
			   now_ms - last_try_ms >= LOOK_MS;

		if (l->trouble)
			due = now_ms - last_try_ms >= RETRY_MS;
		if (!due) {
			wait_for_work(l, now_ms);
			continue;
		}
		last_try_ms = now_ms;
		write_round(l, &trouble_since_ms);
	}
	(void)pthread_mutex_unlock(&l->lock);
	return NULL;
}
