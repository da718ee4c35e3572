/*
 * The lanes of all relays, as the engine uses them: jobs that are ready go to idle ones, more are opened when jobs
 * wait, and what a lane brought back is taken up: a verdict on its job, or trouble that slows its relay.
 */
#include "internal.h"

/* A message whose connections died this often is handed back. */
#define RERUNS_MAX 2

/* ---- what became of a lane ------------------------------------------------------------------------- */

static void
judged(struct engine *e, struct lane *l)
{
	struct verdict v = l->dialog.verdict;
	struct job *j = l->job;
	struct relay *r = l->relay;
	/* It had died of idleness before we wrote: no trouble, and no try of this message. */
	bool stale =
	    v.outcome == OUTCOME_NOT_TRIED && !l->dialog.answered && l->dialog.messages > 1;

	l->job = NULL;
	relay_verdict(r, &v);
	if (v.outcome == OUTCOME_ACCEPTED)
		relay_good(r);
	if (!stale && (v.outcome == OUTCOME_NOT_TRIED || v.outcome == OUTCOME_INDOUBT))
		relay_trouble(r, e->now_ms, v.reply_code == 421, v.text);
	if (v.outcome == OUTCOME_NOT_TRIED && (stale || j->reruns < RERUNS_MAX) && !e->stopping) {
		j->reruns += !stale;
		e->report->again++;
		queue_push(&e->ready, j, true);
		return;
	}
	/* Whatever it is about this message, it was tried and the relay spoke of it: let time pass. */
	if (v.outcome == OUTCOME_NOT_TRIED && v.reply_code != 421 && l->dialog.answered &&
	    !e->stopping)
		v.outcome = OUTCOME_DEFERRED;
	job_finish(e, j, &v);
}

/* Take up what the last call to the lane brought. */
void
lanes_settle(struct engine *e, struct lane *l)
{
	int64_t most = l->relay->conf->per_connection;

	if (l->job != NULL && l->dialog.judged)
		judged(e, l);
	if (l->failed) {
		l->failed = false;
		if (l->failure.outcome == OUTCOME_REFUSED_US)
			relay_down(l->relay, l->failure.text);
		else
			relay_trouble(l->relay, e->now_ms, true, l->failure.text);
	}
	if (lane_idle(l) && most > 0 && l->dialog.messages >= (size_t)most)
		lane_quit(l);
}

/* ---- work for lanes ---------------------------------------------------------------------------------- */

static bool
relay_ready(const struct engine *e, const struct relay *r)
{
	return !r->down && pace_wait(&r->rate, (double)e->now_ms) <= 0 &&
	       relay_turn(e->relays, e->n_relays, r, e->now_ms);
}

/* Idle lanes take ready jobs. */
void
lanes_dispatch(struct engine *e)
{
	if (e->src->ready != NULL && !e->src->ready(e->src->ctx))
		return;
	for (size_t i = 0; i < e->n_lanes && e->ready.head != NULL; i++) {
		struct lane *l = &e->lanes[i];

		/* What can be judged without the relay leaves the lane idle: go on with the next. */
		while (lane_idle(l) && e->ready.head != NULL && !e->stopping &&
		       relay_ready(e, l->relay)) {
			struct job *j = queue_pop(&e->ready);

			pace_take(&l->relay->rate, (double)e->now_ms);
			l->relay->given += 1 / l->relay->weight;
			lane_begin(l, j, &j->item, e->now_ms);
			lanes_settle(e, l);
		}
	}
}

/* Connections for jobs that no lane takes. */
void
lanes_open(struct engine *e)
{
	size_t wanted = e->ready.n;

	for (size_t i = 0; i < e->n_lanes; i++)
		if (e->lanes[i].state == LANE_CONNECTING && wanted > 0)
			wanted--;
	for (size_t i = 0; i < e->n_lanes && wanted > 0 && !e->stopping; i++) {
		struct lane *l = &e->lanes[i];

		if (l->state != LANE_CLOSED || !relay_may_connect(l->relay, e->now_ms) ||
		    !relay_ready(e, l->relay))
			continue;
		l->number = (unsigned)++e->report->connections;
		lane_connect(l, e->now_ms);
		lanes_settle(e, l);
		wanted--;
	}
}

/* Lanes above what a relay is allowed just now are let go. */
void
lanes_trim(struct engine *e)
{
	for (size_t i = 0; i < e->n_lanes; i++) {
		struct lane *l = &e->lanes[i];

		if (lane_idle(l) && (l->relay->down || l->relay->open > l->relay->limit))
			lane_quit(l);
	}
}
