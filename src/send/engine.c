/*
 * Jobs from the source over lanes to their verdicts, in one thread around one epoll. A job is bound to no
 * lane until the lane is idle, so a dead relay or connection holds nothing back. The road of a job: next
 * (fetch) -> ready -> a lane (dispatch) -> judged (settle) -> done; lanes.c has the part on lanes. A connection that died before the
 * message was whole costs nobody anything: the job is ready again.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define IDLE_MS 10
#define GRACE_MS 30000     /* for answers when asked to stop */
#define GOODBYE_MS 500     /* for answers to QUIT */
#define NO_LANE UINT32_MAX /* in an epoll event: the pool's or the source's descriptor */

/* All relays are out of the run: say why, each. */
static void
check_relays(struct engine *e)
{
	char why[sizeof(e->report->reason)];
	size_t n = 0;

	for (size_t i = 0; i < e->n_relays; i++)
		if (!e->relays[i].down)
			return;
	why[0] = '\0';
	for (size_t i = 0; i < e->n_relays && n + 1 < sizeof(why); i++) {
		int w = snprintf(why + n, sizeof(why) - n, "%s%s: %s", i == 0 ? "" : "; ",
		    e->relays[i].conf->url, e->relays[i].why);

		n += w > 0 ? (size_t)w : 0;
	}
	report_stop(e->report, "%s", why);
	e->stopping = true;
}

/* ---- stopping ---------------------------------------------------------------------------------------- */

static void
check_stop(struct engine *e)
{
	sig_atomic_t asked = e->opt->stop == NULL ? 0 : *e->opt->stop;

	if (asked != 0 && !e->stopping) {
		report_stop(e->report, "asked to stop");
		e->report->asked = true;
		e->stopping = true;
	}
	if (!e->stopping)
		return;
	if (e->stop_ms == 0)
		e->stop_ms = e->now_ms + GRACE_MS;
	jobs_give_back(e);
	for (size_t i = 0; i < e->n_lanes; i++) {
		struct lane *l = &e->lanes[i];
		bool handed = l->job != NULL &&
			      (l->dialog.phase == DIALOG_BODY || l->dialog.phase == DIALOG_DOT);

		if (l->state == LANE_CONNECTING ||
		    (l->job != NULL && (!handed || asked > 1 || e->now_ms >= e->stop_ms))) {
			dialog_lost(&l->dialog, "the run was stopped");
			lane_close(l);
			lanes_settle(e, l);
		}
	}
}

static void
say_goodbye(struct engine *e)
{
	int64_t until = clock_monotonic_ms() + GOODBYE_MS;
	struct epoll_event ev[16];
	size_t open = 0;

	for (size_t i = 0; i < e->n_lanes; i++) {
		lane_quit(&e->lanes[i]);
		open += e->lanes[i].state != LANE_CLOSED;
	}
	while (open > 0 && clock_monotonic_ms() < until) {
		int n = epoll_wait(e->epoll, ev, 16, IDLE_MS);

		for (int i = 0; i < n; i++) {
			uint64_t u = ev[i].data.u64;

			if (u >> 32 != NO_LANE)
				lane_event(&e->lanes[u >> 32], (int)(uint32_t)u, ev[i].events,
				    clock_monotonic_ms());
		}
		open = 0;
		for (size_t i = 0; i < e->n_lanes; i++)
			open += e->lanes[i].state != LANE_CLOSED;
	}
}

/* ---- the loop ---------------------------------------------------------------------------------------- */

/* Milliseconds until something is due by itself, at most IDLE_MS. */
static int
sleep_ms(const struct engine *e)
{
	int64_t wait = IDLE_MS;

	for (size_t i = 0; i < e->n_lanes; i++) {
		const struct lane *l = &e->lanes[i];

		if (l->due_ms >= 0 && l->due_ms - e->now_ms < wait)
			wait = l->due_ms - e->now_ms;
	}
	for (size_t i = 0; i < e->n_relays && e->ready.n > 0; i++) {
		double w = pace_wait(&e->relays[i].rate, (double)e->now_ms);

		if (w > 0 && w < (double)wait)
			wait = (int64_t)w + 1;
	}
	wait = jobs_wait_ms(e, wait);
	return wait < 0 ? 0 : (int)wait;
}

/* The source's descriptor says: ask again. */
static void
hear(struct engine *e, int fd)
{
	uint64_t n;

	if (fd == e->src->wake_fd && read(fd, &n, sizeof(n)) > 0)
		e->drained = false;
}

static void
call_idle(struct engine *e)
{
	struct wrap_err what = { 0 };

	if (e->src->idle != NULL)
		engine_failed(e, e->src->idle(e->src->ctx, &what), &what);
	e->idle_ms = e->now_ms;
}

static void
tell(struct engine *e, bool end)
{
	size_t busy = 0, open = 0;

	if (e->opt->progress == NULL)
		return;
	for (size_t i = 0; i < e->n_lanes; i++) {
		busy += e->lanes[i].job != NULL;
		open += e->lanes[i].state == LANE_OPEN;
	}
	meter_tell(&e->meter, e->opt, e->report, busy, open, e->now_ms, end);
}

static void
turn(struct engine *e)
{
	struct epoll_event ev[64];
	int n = epoll_wait(e->epoll, ev, 64, sleep_ms(e));

	e->now_ms = clock_monotonic_ms();
	for (int i = 0; i < n; i++) {
		uint32_t at = (uint32_t)(ev[i].data.u64 >> 32);
		int fd = (int)(uint32_t)ev[i].data.u64;

		if (at == NO_LANE) {
			hear(e, fd);
			continue;
		}
		lane_event(&e->lanes[at], fd, ev[i].events, e->now_ms);
		lanes_settle(e, &e->lanes[at]);
	}
	for (size_t i = 0; i < e->n_lanes; i++) {
		lane_tick(&e->lanes[i], e->now_ms);
		lanes_settle(e, &e->lanes[i]);
	}
	if (n == 0 || e->now_ms >= e->idle_ms + IDLE_MS)
		call_idle(e);
	tell(e, false);
}

static void
check_canary(struct engine *e)
{
	char why[sizeof(e->report->reason)];

	if (!canary_failed(&e->canary, e->drained, why, sizeof(why)))
		return;
	report_stop(e->report, "%s", why);
	e->report->canary = true;
	e->stopping = true;
}

static void
loop(struct engine *e)
{
	e->now_ms = e->idle_ms = clock_monotonic_ms();
	for (;;) {
		check_relays(e);
		check_canary(e);
		jobs_advance(e);
		check_stop(e);
		jobs_fetch(e);
		lanes_trim(e);
		lanes_dispatch(e);
		lanes_open(e);
		if (e->free.n == e->n_jobs && (e->drained || e->stopping))
			break;
		turn(e);
	}
	call_idle(e);
	say_goodbye(e);
	tell(e, true);
}

/* ---- building it ---------------------------------------------------------------------------------------- */

static void
engine_clear(struct engine *e)
{
	for (size_t i = 0; i < e->n_lanes; i++)
		lane_clear(&e->lanes[i]);
	if (e->share != NULL)
		(void)curl_share_cleanup(e->share);
	if (e->epoll >= 0)
		(void)close(e->epoll);
	jobs_clear(e);
	free(e->lanes);
	free(e->relays);
}

static void
listen_to(const struct engine *e, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN,
		.data.u64 = ((uint64_t)NO_LANE << 32) | (uint32_t)fd };

	(void)epoll_ctl(e->epoll, EPOLL_CTL_ADD, fd, &ev);
}

/* Lanes of several relays stand alternately, so that none is always asked first. */
static enum wrap_rc
make_lanes(struct engine *e, size_t total, struct wrap_err *err)
{
	enum wrap_rc rc = WRAP_OK;

	e->lanes = calloc(total, sizeof(*e->lanes));
	if (e->lanes == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	for (size_t k = 0; rc == WRAP_OK && e->n_lanes < total; k++)
		for (size_t i = 0; rc == WRAP_OK && i < e->n_relays; i++)
			if (k < e->relays[i].most) {
				rc = lane_init(&e->lanes[e->n_lanes], &e->relays[i],
				    (uint32_t)e->n_lanes, e->epoll, e->share, err);
				e->n_lanes++;
			}
	return rc;
}

static enum wrap_rc
engine_init(struct engine *e, const struct config_relay *relays, struct wrap_err *err)
{
	size_t total = 0;
	enum wrap_rc rc;

	e->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (e->epoll < 0)
		return wrap_fail_errno(err, "watch connections");
	e->share = curl_share_init();
	e->relays = calloc(e->n_relays, sizeof(*e->relays));
	if (e->relays == NULL || e->share == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	/* One look-up of a name and one TLS session serve all lanes. */
	(void)curl_share_setopt(e->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
	(void)curl_share_setopt(e->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	for (size_t i = 0; i < e->n_relays; i++) {
		relay_init(&e->relays[i], &relays[i]);
		total += e->relays[i].most;
	}
	rc = jobs_init(e, total, err);
	if (rc == WRAP_OK)
		rc = make_lanes(e, total, err);
	if (e->pool != NULL)
		listen_to(e, pool_event(e->pool));
	if (e->src->wake_fd > 0)
		listen_to(e, e->src->wake_fd);
	return rc;
}

enum wrap_rc
engine_run(const struct config_relay *relays, size_t n_relays, const struct send_options *opt,
    struct send_source *src, struct send_report *out, struct wrap_err *err)
{
	struct engine e = {
		.opt = opt, .src = src, .report = out, .n_relays = n_relays, .epoll = -1, .err = err
	};
	enum wrap_rc rc;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return wrap_fail(err, WRAP_ENOMEM, "libcurl does not start");
	rc = engine_init(&e, relays, err);
	if (rc == WRAP_OK) {
		loop(&e);
		rc = e.rc;
	}
	engine_clear(&e);
	curl_global_cleanup();
	return wrap_while(err, rc, "send");
}
