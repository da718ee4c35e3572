/*
 * Threads that make messages while the network thread moves them: splicing and above all signing cost
 * more than sending. A job goes in, comes out prepared, in any order; an event descriptor tells the
 * engine's epoll that something came out.
 */
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct pool {
	struct send_source *src;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct queue in, out;
	bool ending;
	int event;
	size_t n_threads;
	pthread_t threads[];
};

void
queue_push(struct queue *q, struct job *j, bool front)
{
	q->n++;
	if (front) {
		j->next = q->head;
		q->head = j;
		if (q->tail == NULL)
			q->tail = j;
		return;
	}
	j->next = NULL;
	if (q->tail != NULL)
		q->tail->next = j;
	else
		q->head = j;
	q->tail = j;
}

struct job *
queue_pop(struct queue *q)
{
	struct job *j = q->head;

	if (j == NULL)
		return NULL;
	q->head = j->next;
	if (q->head == NULL)
		q->tail = NULL;
	q->n--;
	return j;
}

static void
ring(const struct pool *p)
{
	const uint64_t one = 1;

	while (write(p->event, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void *
worker(void *ctx)
{
	struct pool *p = ctx;

	(void)pthread_mutex_lock(&p->lock);
	for (;;) {
		struct job *j;

		while (p->in.head == NULL && !p->ending)
			(void)pthread_cond_wait(&p->work, &p->lock);
		if (p->ending)
			break;
		j = queue_pop(&p->in);
		(void)pthread_mutex_unlock(&p->lock);
		j->made = p->src->prepare(p->src->ctx, &j->item, &j->why);
		(void)pthread_mutex_lock(&p->lock);
		queue_push(&p->out, j, false);
		if (p->out.n == 1)
			ring(p);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

enum wrap_rc
pool_open(struct send_source *src, size_t threads, struct pool **out, struct wrap_err *err)
{
	struct pool *p = calloc(1, sizeof(*p) + threads * sizeof(p->threads[0]));
	sigset_t all, was;
	enum wrap_rc rc = WRAP_OK;

	*out = p;
	if (p == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	p->src = src;
	p->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->work, NULL);
	if (p->event < 0)
		return wrap_fail_errno(err, "make an event descriptor");
	/* Signals are for the thread that waits in epoll. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &was);
	while (rc == WRAP_OK && p->n_threads < threads) {
		if (pthread_create(&p->threads[p->n_threads], NULL, worker, p) != 0)
			rc = wrap_fail(err, WRAP_ESYS, "start a thread");
		else
			p->n_threads++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &was, NULL);
	return rc;
}

void
pool_close(struct pool **pp)
{
	struct pool *p = *pp;

	if (p == NULL)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->ending = true;
	(void)pthread_cond_broadcast(&p->work);
	(void)pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->n_threads; i++)
		(void)pthread_join(p->threads[i], NULL);
	(void)pthread_cond_destroy(&p->work);
	(void)pthread_mutex_destroy(&p->lock);
	if (p->event >= 0)
		(void)close(p->event);
	free(p);
	*pp = NULL;
}

void
pool_give(struct pool *p, struct job *j)
{
	(void)pthread_mutex_lock(&p->lock);
	queue_push(&p->in, j, false);
	(void)pthread_cond_signal(&p->work);
	(void)pthread_mutex_unlock(&p->lock);
}

void
pool_take(struct pool *p, struct queue *out)
{
	struct job *j;
	uint64_t n;

	(void)pthread_mutex_lock(&p->lock);
	if (p->out.n > 0)
		(void)!read(p->event, &n, sizeof(n));
	while ((j = queue_pop(&p->out)) != NULL)
		queue_push(out, j, false);
	(void)pthread_mutex_unlock(&p->lock);
}

int
pool_event(const struct pool *p)
{
	return p->event;
}
