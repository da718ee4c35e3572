/*
 * The thread that writes. The network thread never waits for the writers' lock: it hands a POST over here and
 * takes it back when it is done. What waits together is committed together; when a step of such a group fails,
 * each is done again by itself. A lock that is busy (an edition is being sealed) is waited for, so that nobody
 * ever sees it.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAITING_MOST 1024
#define GROUP_MOST 64
#define TRIES 4 /* of BUSY_MS each (store.c) */

struct work {
	struct site *site;
	struct store *st;
	int wake;
	void (*letters)(void *ctx);
	void *ctx;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct visit *first, *last; /* to do */
	struct visit *done;
	size_t waiting;
	bool stop;
};

/* One visit's work. Whatever goes wrong becomes a page. */
static enum wrap_rc
perform(struct work *w, struct visit *v, struct wrap_err *err)
{
	visit_reset(v);
	return v->route->post(v, w->st, err);
}

static void
apologise(struct visit *v, const struct wrap_err *why)
{
	struct wrap_err err;

	log_line(LOG_ERROR, "%s: %s", v->route->name, why->text);
	visit_reset(v);
	if (page_note(v, why->code == WRAP_EBUSY ? 503 : 500, "trouble", NULL, NULL, NULL, &err) !=
	    WRAP_OK)
		v->status = 500;
}

static void
alone(struct work *w, struct visit *v)
{
	struct wrap_err err = { 0 };
	enum wrap_rc rc = WRAP_EBUSY;

	for (int i = 0; rc == WRAP_EBUSY && i < TRIES; i++)
		rc = perform(w, v, &err);
	if (rc != WRAP_OK)
		apologise(v, &err);
}

/* The whole chain in one transaction; false when it did not go well. */
static bool
together(struct work *w, struct visit *chain)
{
	struct wrap_err err;
	enum wrap_rc rc = store_begin(w->st, &err);

	if (rc != WRAP_OK)
		return false;
	for (struct visit *v = chain; v != NULL && rc == WRAP_OK; v = v->next)
		rc = perform(w, v, &err);
	return store_end(w->st, rc, &err) == WRAP_OK;
}

/* Up to GROUP_MOST visits off the list, but one that must be alone comes alone. */
static struct visit *
take(struct work *w)
{
	struct visit *chain = w->first, *last = chain;

	for (size_t n = 1; chain != NULL && !chain->route->alone && n < GROUP_MOST &&
			   last->next != NULL && !last->next->route->alone;
	     n++)
		last = last->next;
	if (chain == NULL)
		return NULL;
	w->first = last->next;
	if (w->first == NULL)
		w->last = NULL;
	last->next = NULL;
	return chain;
}

static void
give_back(struct work *w, struct visit *chain)
{
	static const uint64_t one = 1;
	bool letters = false;
	struct visit *last = chain;

	for (struct visit *v = chain; v != NULL; v = v->next) {
		letters = letters || v->letters;
		last = v;
	}
	(void)pthread_mutex_lock(&w->lock);
	last->next = w->done;
	w->done = chain;
	(void)pthread_mutex_unlock(&w->lock);
	if (write(w->wake, &one, sizeof(one)) < 0)
		log_line(LOG_DEBUG, "a wake was lost"); /* the loop looks twice a second anyway */
	if (letters)
		w->letters(w->ctx);
}

static void *
work_run(void *arg)
{
	struct work *w = arg;

	for (;;) {
		struct visit *chain;

		(void)pthread_mutex_lock(&w->lock);
		while ((chain = take(w)) == NULL && !w->stop)
			(void)pthread_cond_wait(&w->more, &w->lock);
		(void)pthread_mutex_unlock(&w->lock);
		if (chain == NULL)
			return NULL;
		if (chain->next == NULL || !together(w, chain))
			for (struct visit *v = chain; v != NULL; v = v->next)
				alone(w, v);
		give_back(w, chain);
	}
}

enum wrap_rc
work_start(struct site *s, int wake, void (*letters)(void *ctx), void *ctx, struct work **out,
    struct wrap_err *err)
{
	struct work *w = calloc(1, sizeof(*w));
	enum wrap_rc rc;

	*out = NULL;
	if (w == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	w->site = s;
	w->wake = wake;
	w->letters = letters;
	w->ctx = ctx;
	rc = store_open(s->c->paths.database, STORE_OPEN, &w->st, err);
	if (rc != WRAP_OK) {
		free(w);
		return rc;
	}
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->more, NULL);
	if (pthread_create(&w->thread, NULL, work_run, w) != 0) {
		rc = wrap_fail_errno(err, "start a thread");
		store_close(&w->st);
		free(w);
		return rc;
	}
	*out = w;
	return WRAP_OK;
}

bool
work_add(struct work *w, struct visit *v)
{
	bool room;

	(void)pthread_mutex_lock(&w->lock);
	room = w->waiting < WAITING_MOST;
	if (room) {
		v->next = NULL;
		if (w->last == NULL)
			w->first = v;
		else
			w->last->next = v;
		w->last = v;
		w->waiting++;
		(void)pthread_cond_signal(&w->more);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return room;
}

struct visit *
work_done(struct work *w)
{
	struct visit *v;

	(void)pthread_mutex_lock(&w->lock);
	v = w->done;
	if (v != NULL) {
		w->done = v->next;
		v->next = NULL;
		w->waiting--;
	}
	(void)pthread_mutex_unlock(&w->lock);
	return v;
}

size_t
work_waiting(struct work *w)
{
	size_t n;

	(void)pthread_mutex_lock(&w->lock);
	n = w->waiting;
	(void)pthread_mutex_unlock(&w->lock);
	return n;
}

void
work_stop(struct work **wp)
{
	struct work *w = *wp;

	if (w == NULL)
		return;
	*wp = NULL;
	(void)pthread_mutex_lock(&w->lock);
	w->stop = true;
	(void)pthread_cond_signal(&w->more);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
	store_close(&w->st);
	(void)pthread_cond_destroy(&w->more);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}
