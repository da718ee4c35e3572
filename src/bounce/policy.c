/*
 * The one place that says what follows from what came back. A weekly sender sees few samples of a reader,
 * so counts are in editions and in days; an edition counts once, whatever came back of it.
 *
 *   hard, beyond doubt (no such user, moved, no mail there)   1                        set aside
 *   hard otherwise (disabled, unknown host, a bare code)      2, apart_days apart      set aside
 *   mailbox full                                              full_editions in a row over full_days   set aside
 *   transport, content, unclear                               6 in a row over 42 days  tell the owner
 *   about us (policy, block lists, authentication, spam)      never counts; the owner is told by provider
 *   delay, vacation, receipt                                  nothing
 *   complaint, a wish to leave                                at once; scan.c
 *
 * "In a row" ends with an edition that was delivered: accepted, and no failure came back within five days.
 * A scan that would set aside more readers than is likely changes nothing: see policy_breaks.
 */
#include "bounce/internal.h"

#include <stdio.h>
#include <string.h>

#define DAY_S 86400
#define DELIVERED_DAYS 5
#define SOFT_EDITIONS 6
#define SOFT_DAYS 42

int
policy_weight(const struct policy_issue *i)
{
	if (i->event_at == 0)
		return 0;
	if (i->class == BOUNCE_HARD)
		return i->clear ? 5 : 4;
	if (i->class != BOUNCE_SOFT || i->group == BOUNCE_ABOUT_NOTHING)
		return 0;
	if (i->reason == REASON_FULL)
		return 3;
	return i->group == BOUNCE_ABOUT_US ? 1 : 2;
}

/* A run of one kind of failure, from its newest back to its oldest. */
struct run_of {
	int64_t n, first_at, last_at;
};

static void
run_add(struct run_of *r, int64_t at)
{
	if (r->n == 0)
		r->last_at = at;
	r->first_at = at;
	r->n++;
}

static int64_t
run_days(const struct run_of *r)
{
	return r->n == 0 ? 0 : (r->last_at - r->first_at) / DAY_S;
}

static void
set_aside(struct policy_verdict *out, const struct run_of *r, const char *what)
{
	out->act = POLICY_SET_ASIDE;
	(void)snprintf(out->why, sizeof(out->why), "%s, %lld editions over %lld days", what,
	    (long long)r->n, (long long)run_days(r));
}

void
policy_decide(const struct policy_rules *rules, const struct policy_issue *v, size_t n, int64_t now,
    struct policy_verdict *out)
{
	struct run_of hard = { 0 }, full = { 0 }, soft = { 0 };

	*out = (struct policy_verdict){ .act = POLICY_KEEP };
	for (size_t k = n; k > 0; k--) {
		const struct policy_issue *i = &v[k - 1];
		int weight = policy_weight(i);

		if (weight == 0 && i->accepted &&
		    now - i->sent_at >= DELIVERED_DAYS * (int64_t)DAY_S)
			break; /* delivered: what was before does not count */
		if (weight == 5) {
			out->act = POLICY_SET_ASIDE;
			(void)snprintf(
			    out->why, sizeof(out->why), "%s", bounce_reason_name(i->reason));
			return;
		}
		if (weight == 4)
			run_add(&hard, i->event_at);
		else if (weight == 3)
			run_add(&full, i->event_at);
		else if (weight == 2)
			run_add(&soft, i->event_at);
	}
	if (hard.n >= 2 && run_days(&hard) >= rules->apart_days)
		set_aside(out, &hard, "refused for good");
	else if (full.n >= rules->full_editions && run_days(&full) >= rules->full_days)
		set_aside(out, &full, "mailbox full");
	else if (soft.n >= SOFT_EDITIONS && run_days(&soft) >= SOFT_DAYS) {
		out->act = POLICY_TELL;
		(void)snprintf(out->why, sizeof(out->why), "failed, %lld editions over %lld days",
		    (long long)soft.n, (long long)run_days(&soft));
	}
}

/*
 * Our own listing on a block list, a provider that answers "no such user" to all during an outage, or a
 * reader of ours gone wrong look like readers leaving in droves; readers do not.
 */
bool
policy_breaks(
    const struct policy_rules *rules, int64_t set_aside_now, int64_t readers, bool provider)
{
	if (set_aside_now <= rules->breaker_readers)
		return false;
	return provider ? set_aside_now * 2 > readers
			: set_aside_now * 100 > readers * rules->breaker_percent;
}
