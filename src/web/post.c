/*
 * The thread that sends letters: woken when one is queued, and by itself when one falls due again. It has a store
 * of its own; how letters are made and sent is weekly's.
 */
#include "internal.h"

#include "wrap/weekly.h"

#include <stdlib.h>
#include <time.h>

#define REST_S 60

struct post {
	const struct web_options *o;
	struct store *st;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	volatile sig_atomic_t stop;
	bool woken;
};

/* Until something is queued, or a minute has passed. False: it is time to go. */
static bool
wait_for_letters(struct post *p)
{
	struct timespec until;
	bool go;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += REST_S;
	(void)pthread_mutex_lock(&p->lock);
	while (!p->woken && p->stop == 0)
		if (pthread_cond_timedwait(&p->more, &p->lock, &until) != 0)
			break;
	p->woken = false;
	go = p->stop == 0;
	(void)pthread_mutex_unlock(&p->lock);
	return go;
}

static void *
post_run(void *arg)
{
	struct post *p = arg;
	struct weekly w = { .st = p->st,
		.c = p->o->c,
		.keys = p->o->keys,
		.clock = p->o->clock,
		.stop = &p->stop };

	do {
		struct weekly_letters report;
		struct wrap_err err;

		if (weekly_letters(&w, &report, &err) != WRAP_OK)
			log_line(LOG_WARN, "letters: %s", err.text);
	} while (wait_for_letters(p));
	return NULL;
}

enum wrap_rc
post_start(const struct web_options *o, struct post **out, struct wrap_err *err)
{
	struct post *p = calloc(1, sizeof(*p));
	enum wrap_rc rc;

	*out = NULL;
	if (p == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	p->o = o;
	rc = store_open(o->c->paths.database, STORE_OPEN, &p->st, err);
	if (rc != WRAP_OK) {
		free(p);
		return rc;
	}
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->more, NULL);
	if (pthread_create(&p->thread, NULL, post_run, p) != 0) {
		rc = wrap_fail_errno(err, "start a thread");
		store_close(&p->st);
		free(p);
		return rc;
	}
	*out = p;
	return WRAP_OK;
}

void
post_wake(void *post)
{
	struct post *p = post;

	(void)pthread_mutex_lock(&p->lock);
	p->woken = true;
	(void)pthread_cond_signal(&p->more);
	(void)pthread_mutex_unlock(&p->lock);
}

void
post_stop(struct post **pp)
{
	struct post *p = *pp;

	if (p == NULL)
		return;
	*pp = NULL;
	(void)pthread_mutex_lock(&p->lock);
	p->stop = 1;
	(void)pthread_cond_signal(&p->more);
	(void)pthread_mutex_unlock(&p->lock);
	(void)pthread_join(p->thread, NULL);
	store_close(&p->st);
	(void)pthread_cond_destroy(&p->more);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}
