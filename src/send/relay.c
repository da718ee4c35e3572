/*
 * How hard a relay may be driven now. Concurrency halves when the relay closes or refuses connections and
 * rises by one after as many messages as there are connections, as TCP does with its window; pauses double
 * from one second to sixty. A relay that never answered is given up after a few tries, one that worked
 * before after twenty failures in a row, one that will not have us at once.
 */
#include "internal.h"

#include <stdio.h>

#define PAUSE_REFUSED_MS 1000 /* first pause after a 421 or a refused connect: they ask for it */
#define PAUSE_LOST_MS 100 /* ... after a connection that broke: that may be the network's doing */
#define PAUSE_MAX_MS 60000
#define FAILURES_UNPROVEN 3
#define FAILURES_PROVEN 20

void
relay_init(struct relay *r, const struct config_relay *conf)
{
	*r = (struct relay){ .conf = conf,
		.limit = 1,
		.weight = conf->weight > 0 ? conf->weight : 1,
		.spare = conf->weight <= 0,
		.most = conf->connections > 0 ? (size_t)conf->connections : 1 };
	pace_set(&r->rate, (double)conf->rate, (double)conf->rate_hour);
}

void
relay_down(struct relay *r, const char *why)
{
	r->down = true;
	(void)snprintf(r->why, sizeof(r->why), "%s", why);
}

void
relay_trouble(struct relay *r, int64_t now_ms, bool refused, const char *why)
{
	int64_t least = refused ? PAUSE_REFUSED_MS : PAUSE_LOST_MS;

	(void)snprintf(r->why, sizeof(r->why), "%s", why);
	r->failures++;
	if (r->failures >= (r->proven ? FAILURES_PROVEN : FAILURES_UNPROVEN)) {
		r->down = true;
		return;
	}
	r->successes = 0;
	/* Many connections fall at the same moment: that is one trouble, not twenty. */
	if (now_ms < r->pause_until_ms)
		return;
	r->limit = r->limit > 1 ? r->limit / 2 : 1;
	r->pause_ms = r->pause_ms * 2 < least ? least : r->pause_ms * 2;
	if (r->pause_ms > PAUSE_MAX_MS)
		r->pause_ms = PAUSE_MAX_MS;
	r->pause_until_ms = now_ms + r->pause_ms;
}

void
relay_prove(struct relay *r)
{
	/* The first connection asks whether there is anybody; the others follow it. */
	if (!r->proven)
		r->limit = r->most;
	r->proven = true;
}

void
relay_good(struct relay *r)
{
	r->failures = 0;
	r->pause_ms = 0;
	r->accepted++;
	if (r->limit < r->most && ++r->successes >= r->limit) {
		r->limit++;
		r->successes = 0;
	}
}

void
relay_verdict(struct relay *r, const struct verdict *v)
{
	char why[sizeof(r->why)];

	if (v->outcome != OUTCOME_NOT_TRIED && v->outcome != OUTCOME_INDOUBT)
		r->failures = 0;
	if (!streak_note(&r->streak, v))
		return;
	(void)snprintf(why, sizeof(why), "refused us %d times in a row: %d %s", STREAK_LIMIT,
	    v->reply_code, v->text);
	relay_down(r, why);
}

bool
relay_may_connect(const struct relay *r, int64_t now_ms)
{
	return !r->down && r->open < r->limit && now_ms >= r->pause_until_ms;
}

/* Works now: in the run, and with connections or about to have some. */
static bool
works(const struct relay *r, int64_t now_ms)
{
	return !r->down && (r->open > 0 || now_ms >= r->pause_until_ms);
}

bool
relay_turn(const struct relay *all, size_t n, const struct relay *r, int64_t now_ms)
{
	/* A few messages ahead are allowed, or one slow reply would hold the other relays up. */
	double ahead = (double)r->most / r->weight;

	for (size_t i = 0; i < n; i++)
		if (&all[i] != r && works(&all[i], now_ms) &&
		    (all[i].spare ? r->spare && r->given > all[i].given + ahead
				  : r->spare || r->given > all[i].given + ahead))
			return false;
	return true;
}
