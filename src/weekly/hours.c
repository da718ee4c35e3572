/*
 * When an edition may be on its way: within send.hours, which are local to the publication, and, so that
 * many publications with one habit do not meet at one relay in one minute, a moment after its time.
 */
#include "internal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MINUTE 60

/* The next local time of that minute of the day, after now. */
static int64_t
next_local(int64_t now, int minute)
{
	struct tm tm = clock_local(now);

	for (int day = 0; day < 2; day++) {
		int64_t at = clock_from_local(
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday + day, minute / 60, minute % 60);

		if (at > now)
			return at;
	}
	return now + 24 * 60 * (int64_t)MINUTE;
}

bool
weekly_is_open(const struct weekly *w, int64_t now)
{
	int from = w->c->send.hours_from, until = w->c->send.hours_until, at;
	struct tm tm;

	if (from == until || w->told)
		return true;
	tm = clock_local(now);
	at = tm.tm_hour * 60 + tm.tm_min;
	return from < until ? at >= from && at < until : at >= from || at < until;
}

int64_t
weekly_opens_at(const struct weekly *w, int64_t now)
{
	return weekly_is_open(w, now) ? now : next_local(now, w->c->send.hours_from);
}

int64_t
weekly_closes_at(const struct weekly *w, int64_t now)
{
	if (w->c->send.hours_from == w->c->send.hours_until || w->told)
		return INT64_MAX;
	return next_local(now, w->c->send.hours_until);
}

void
weekly_sleep_until(const struct weekly *w, int64_t at)
{
	while (!weekly_stopped(w) && clock_now(w->clock) < at) {
		struct timespec nap = { .tv_nsec = 200000000 };

		(void)nanosleep(&nap, NULL);
	}
}

void
weekly_spread(const struct weekly *w, const char *key)
{
	uint8_t mac[SHA256_BYTES];
	uint64_t n;
	char text[64];

	/* A fixed clock never comes to a later time, and whoever gave the word has waited enough. */
	if (w->c->send.spread == 0 || w->told || w->dry_run || w->clock->fixed)
		return;
	(void)snprintf(text, sizeof(text), "start of %s", key);
	secret_hmac(&w->keys->current, span_of(text), mac);
	memcpy(&n, mac, sizeof(n));
	weekly_stage(w, "wait (send.spread)");
	weekly_sleep_until(
	    w, clock_now(w->clock) + (int64_t)(n % (uint64_t)(w->c->send.spread * MINUTE)));
}
