/*
 * A lane: an open connection to a relay and the dialog on it, its bytes moved by curl_easy_send and
 * curl_easy_recv, through TLS or not. connect.c opens it; the engine calls when epoll or a timer says so.
 */
#include "internal.h"

#include <string.h>
#include <sys/epoll.h>

/* A reply to the dot is worth more patience than any other: giving up early makes a second copy (RFC
 * 5321 4.5.3.2.6 asks for ten minutes where the others have two to five). */
#define DOT_PATIENCE 2
#define QUIT_WAIT_MS 2000

void
lane_close(struct lane *l)
{
	if (l->state == LANE_CLOSED)
		return;
	if (l->fd >= 0)
		lane_watch(l, l->fd, 0);
	/* libcurl closes a handed-over connection when its handle leaves. */
	(void)curl_multi_remove_handle(l->multi, l->easy);
	l->fd = -1;
	l->events = 0;
	l->due_ms = -1;
	l->deadline_ms = 0;
	l->state = LANE_CLOSED;
	l->relay->open--;
}

/* ---- the dialog's bytes ---------------------------------------------------------------------------- */

/* Read all there is. false: the connection has ended. */
static bool
read_all(struct lane *l)
{
	char piece[4096];
	size_t n = 0;
	CURLcode rc;

	for (;;) {
		rc = curl_easy_recv(l->easy, piece, sizeof(piece), &n);
		if (rc == CURLE_AGAIN)
			return true;
		if (rc != CURLE_OK || n == 0)
			return false;
		dialog_read(&l->dialog, (struct span){ piece, n });
		if (l->dialog.phase == DIALOG_DEAD)
			return true;
		/* A short read has emptied a bare socket; TLS may hold more than epoll can see. */
		if (n < sizeof(piece) && lane_in_clear(l->relay->conf))
			return true;
	}
}

static bool
write_all(struct lane *l)
{
	struct span out;
	uint32_t want = EPOLLIN;
	bool ok = true;

	while ((out = dialog_pending(&l->dialog)).n > 0 && l->dialog.phase != DIALOG_DEAD) {
		enum dialog_phase phase = l->dialog.phase;
		size_t n = 0;
		CURLcode rc = curl_easy_send(l->easy, out.p, out.n, &n);

		if (rc != CURLE_OK) {
			ok = rc == CURLE_AGAIN;
			want |= EPOLLOUT;
			break;
		}
		dialog_wrote(&l->dialog, n);
		trace_said(l, phase, (struct span){ out.p, n });
	}
	if (want != l->events) {
		l->events = want;
		lane_watch(l, l->fd, want);
	}
	return ok;
}

/* Each phase has its own patience. */
static void
set_deadline(struct lane *l, int64_t now_ms)
{
	int64_t wait = lane_timeout_ms(l);

	if (l->dialog.phase == l->timed)
		return;
	l->timed = l->dialog.phase;
	switch (l->timed) {
	case DIALOG_IDLE: wait = 0; break;
	case DIALOG_ENVELOPE:
	case DIALOG_BODY: break;
	case DIALOG_DOT: wait *= DOT_PATIENCE; break;
	case DIALOG_RESET:
	case DIALOG_QUIT:
	case DIALOG_DEAD: wait = QUIT_WAIT_MS; break;
	}
	l->deadline_ms = wait == 0 ? 0 : now_ms + wait;
}

static void
pump(struct lane *l, int64_t now_ms)
{
	if (!write_all(l)) {
		/* They may have said why before they hung up. */
		(void)read_all(l);
		dialog_lost(&l->dialog, "the connection was lost");
	}
	set_deadline(l, now_ms);
	if (l->dialog.phase == DIALOG_DEAD)
		lane_close(l);
}

void
lane_begin(struct lane *l, struct job *j, const struct send_item *item, int64_t now_ms)
{
	l->job = j;
	trace_begin(l, item);
	dialog_begin(&l->dialog, item);
	pump(l, now_ms);
}

void
lane_event(struct lane *l, int fd, uint32_t events, int64_t now_ms)
{
	int mask = 0;

	if (l->state == LANE_CONNECTING) {
		if ((events & (EPOLLIN | EPOLLHUP)) != 0)
			mask |= CURL_CSELECT_IN;
		if ((events & EPOLLOUT) != 0)
			mask |= CURL_CSELECT_OUT;
		if ((events & EPOLLERR) != 0)
			mask |= CURL_CSELECT_ERR;
		lane_drive(l, fd, mask);
		return;
	}
	if (l->state != LANE_OPEN || fd != l->fd)
		return;
	if ((events & ~(uint32_t)EPOLLOUT) != 0 && !read_all(l))
		dialog_lost(&l->dialog, "the connection was closed");
	pump(l, now_ms);
}

void
lane_tick(struct lane *l, int64_t now_ms)
{
	if (l->due_ms >= 0 && now_ms >= l->due_ms && l->state == LANE_CONNECTING) {
		l->due_ms = -1;
		lane_drive(l, CURL_SOCKET_TIMEOUT, 0);
	}
	if (l->deadline_ms == 0 || now_ms < l->deadline_ms)
		return;
	if (l->state == LANE_CONNECTING) {
		lane_fail(l, OUTCOME_NOT_TRIED, SEND_CONNECT, "no answer in time");
	} else if (l->state == LANE_OPEN) {
		dialog_lost(&l->dialog, "no answer in time");
		lane_close(l);
	}
}

void
lane_quit(struct lane *l)
{
	if (l->state == LANE_OPEN && l->dialog.phase == DIALOG_IDLE) {
		dialog_quit(&l->dialog);
		pump(l, clock_monotonic_ms());
	} else {
		lane_close(l);
	}
}

bool
lane_idle(const struct lane *l)
{
	return l->state == LANE_OPEN && l->dialog.phase == DIALOG_IDLE && l->job == NULL;
}
