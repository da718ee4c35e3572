/*
 * The road of a job before and after its lane: fetched from the source, made by the pool, parked while its
 * domain's rate holds it, ready; and at the end its verdict to the source.
 */
#include "internal.h"

#include <stdlib.h>
#include <unistd.h>

/* Fetched beyond what the lanes hold, so that none waits for the source. */
#define RESERVE 8

void
engine_failed(struct engine *e, enum wrap_rc rc, const struct wrap_err *what)
{
	if (rc == WRAP_OK || e->rc != WRAP_OK)
		return;
	e->rc = rc;
	if (e->err != NULL)
		*e->err = *what;
	e->stopping = true;
}

static size_t
processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 64 ? 64 : (size_t)n;
}

enum wrap_rc
jobs_init(struct engine *e, size_t lanes, struct wrap_err *err)
{
	size_t threads = e->opt->threads > 0 ? e->opt->threads : processors();
	enum wrap_rc rc = domains_init(&e->domains, e->opt->domains, e->opt->n_domains, err);

	if (rc != WRAP_OK)
		return rc;
	canary_init(&e->canary, e->opt->canary, e->opt->canary_limit);
	e->reserve = RESERVE;
	if (e->src->prepare != NULL) {
		e->reserve += 4 * threads;
		rc = pool_open(e->src, threads, &e->pool, err);
		if (rc != WRAP_OK)
			return rc;
	}
	e->n_jobs = lanes + e->reserve + (e->domains.n > 0 ? PARKED_MAX : 0);
	e->jobs = calloc(e->n_jobs, sizeof(*e->jobs));
	if (e->jobs == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	for (size_t i = e->n_jobs; i > 0; i--)
		queue_push(&e->free, &e->jobs[i - 1], true);
	return WRAP_OK;
}

void
jobs_clear(struct engine *e)
{
	pool_close(&e->pool);
	domains_clear(&e->domains);
	free(e->jobs);
}

void
job_finish(struct engine *e, struct job *j, const struct verdict *v)
{
	struct wrap_err what = { 0 };

	report_note(e->report, v);
	canary_note(&e->canary, v);
	engine_failed(e, e->src->done(e->src->ctx, &j->item, v, &what), &what);
	j->item = (struct send_item){ 0 };
	queue_push(&e->free, j, true);
	e->drained = false;
}

/* Made: wait for its domain's turn, or be ready. */
static void
pass_on(struct engine *e, struct job *j)
{
	if (j->pace != NULL && pace_wait(j->pace, (double)e->now_ms) > 0) {
		queue_push(&e->parked, j, false);
		return;
	}
	if (j->pace != NULL)
		pace_take(j->pace, (double)e->now_ms);
	queue_push(&e->ready, j, false);
}

static bool
has_room(const struct engine *e)
{
	size_t room = e->reserve;

	for (size_t i = 0; i < e->n_relays; i++)
		if (!e->relays[i].down)
			room += e->relays[i].limit;
	return e->free.head != NULL && e->parked.n < PARKED_MAX &&
	       e->n_jobs - e->free.n - e->parked.n < room;
}

void
jobs_fetch(struct engine *e)
{
	while (!e->stopping && !e->drained && has_room(e) && canary_open(&e->canary)) {
		struct job *j = queue_pop(&e->free);
		struct wrap_err what = { 0 };
		enum wrap_rc rc;

		*j = (struct job){ 0 };
		rc = e->src->next(e->src->ctx, &j->item, &what);
		if (rc == WRAP_OK) {
			e->canary.given++;
			j->pace = domains_find(&e->domains, j->item.rcpt_to);
			if (e->pool != NULL)
				pool_give(e->pool, j);
			else
				pass_on(e, j);
			continue;
		}
		queue_push(&e->free, j, true);
		if (rc == WRAP_ENOTFOUND)
			e->drained = true;
		else if (rc != WRAP_EBUSY)
			engine_failed(e, rc, &what);
		return;
	}
}

/* The pool is done with a job. */
static void
take_made(struct engine *e, struct job *j)
{
	struct verdict v;

	if (j->made == WRAP_OK) {
		pass_on(e, j);
		return;
	}
	if (!verdict_unmade(j->made, &j->why, &v))
		engine_failed(e, j->made, &j->why);
	job_finish(e, j, &v);
}

void
jobs_advance(struct engine *e)
{
	struct queue made = { 0 }, still = { 0 };
	struct job *j;

	if (e->pool != NULL) {
		pool_take(e->pool, &made);
		while ((j = queue_pop(&made)) != NULL)
			take_made(e, j);
	}
	if (e->parked.n == 0)
		return;
	still = e->parked;
	e->parked = (struct queue){ 0 };
	while ((j = queue_pop(&still)) != NULL)
		pass_on(e, j);
}

void
jobs_give_back(struct engine *e)
{
	struct verdict v = verdict_make(OUTCOME_NOT_TRIED, "", "the run was stopped");
	struct job *j;

	while ((j = queue_pop(&e->ready)) != NULL || (j = queue_pop(&e->parked)) != NULL)
		job_finish(e, j, &v);
}

int64_t
jobs_wait_ms(const struct engine *e, int64_t wait)
{
	for (const struct job *j = e->parked.head; j != NULL; j = j->next) {
		double w = pace_wait(j->pace, (double)e->now_ms);

		if (w < (double)wait)
			wait = (int64_t)w + 1;
	}
	return wait;
}
