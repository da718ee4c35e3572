/*
 * Rates. Each is kept as the time at which the next one is due (GCRA, ITU-T I.371): no counters to roll
 * over, nothing to refill, and what was let through early is paid back.
 */
#include "internal.h"

/* A loop wakes some milliseconds late; without this much slack it would fall behind its own rate. */
#define BURST_MS 50.0

void
pace_set(struct pace *p, double per_second, double per_hour)
{
	double gap = 0, hour_gap = per_hour > 0 ? 3600e3 / per_hour : 0;

	if (per_second > 0)
		gap = 1000.0 / per_second;
	/* Spread evenly the tighter of the two also holds the other, in every run and over runs. */
	if (hour_gap > gap)
		gap = hour_gap;
	*p = (struct pace){ .gap_ms = gap, .burst_ms = gap > 0 ? BURST_MS : 0 };
}

double
pace_wait(const struct pace *p, double now_ms)
{
	double wait = p->gap_ms > 0 ? p->due_ms - p->burst_ms - now_ms : 0;

	return wait > 0 ? wait : 0;
}

void
pace_take(struct pace *p, double now_ms)
{
	if (p->gap_ms <= 0)
		return;
	if (p->due_ms < now_ms)
		p->due_ms = now_ms;
	p->due_ms += p->gap_ms;
}
