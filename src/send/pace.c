/*
 * Rates. Each is kept as the time at which the next one is due (GCRA, ITU-T I.371): no counters to roll
 * over, nothing to refill, and what was let through early is paid back.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

enum wrap_rc
domains_init(struct domains *d, const struct send_domain *v, size_t n, struct wrap_err *err)
{
	*d = (struct domains){ .named = v, .n = n };
	if (n == 0)
		return WRAP_OK;
	d->named_pace = calloc(n, sizeof(*d->named_pace));
	if (d->named_pace == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		pace_set(&d->named_pace[i], v[i].per_second, v[i].per_hour);
		if (strcmp(v[i].name, "*") != 0)
			continue;
		d->others = true;
		d->other_is = d->named_pace[i];
	}
	if (!d->others)
		return WRAP_OK;
	d->other = calloc(DOMAIN_SLOTS, sizeof(*d->other));
	if (d->other == NULL)
		return wrap_fail(err, WRAP_ENOMEM, "out of memory");
	for (size_t i = 0; i < DOMAIN_SLOTS; i++)
		d->other[i] = d->other_is;
	return WRAP_OK;
}

void
domains_clear(struct domains *d)
{
	free(d->named_pace);
	free(d->other);
	*d = (struct domains){ 0 };
}

struct pace *
domains_find(struct domains *d, const char *mailbox)
{
	const char *at = strrchr(mailbox, '@');
	uint32_t h = 2166136261U; /* FNV-1a, case folded */

	if (d->n == 0 || at == NULL)
		return NULL;
	at++;
	for (size_t i = 0; i < d->n; i++)
		if (strcasecmp(d->named[i].name, at) == 0)
			return &d->named_pace[i];
	if (!d->others)
		return NULL;
	for (; *at != '\0'; at++)
		h = (h ^ (uint32_t)((unsigned char)*at | 0x20U)) * 16777619U;
	return &d->other[h % DOMAIN_SLOTS];
}
