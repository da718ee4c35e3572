/*
 * Progress on a terminal: one line that is written over, at most ten times a second. Under cron, with -q
 * and with --json there is none.
 */
#include "week.h"

#include <stdio.h>
#include <unistd.h>

#define EVERY_MS 100
#define BAR 24

static bool
time_to_draw(struct progress *p, bool last)
{
	int64_t now = clock_monotonic_ms();

	if (!p->on || (!last && now - p->last_ms < EVERY_MS))
		return false;
	p->last_ms = now;
	return true;
}

static void
on_stage(void *ctx, const char *name)
{
	struct progress *p = ctx;

	if (time_to_draw(p, true))
		(void)fprintf(stderr, "\r\033[K%s ...", name);
}

/* The feed that is waited for: the first that is not done; a terminal's line has room for one name. */
static void
on_feed(void *ctx, size_t done, const struct collect_report *so_far)
{
	struct progress *p = ctx;
	size_t at = 0;

	if (!time_to_draw(p, done == 0 || done == so_far->n))
		return;
	while (at < so_far->n && so_far->v[at].done)
		at++;
	(void)fprintf(stderr, "\r\033[Kcollect: %zu of %zu feeds, %zu new, %zu failed", done,
	    so_far->n, so_far->added, so_far->failed);
	if (at < so_far->n)
		(void)fprintf(stderr, "; fetching %.30s%s", so_far->v[at].name,
		    so_far->n - done > 1 ? " and others" : "");
}

static void
on_sent(void *ctx, const struct send_progress *g)
{
	struct progress *p = ctx;
	const struct send_report *r = g->so_far;
	int filled = g->total > 0 ? (int)(g->verdicts * BAR / g->total) : 0;
	char bar[BAR + 1], left[40] = "";

	if (!time_to_draw(p, g->verdicts >= g->total))
		return;
	for (int i = 0; i < BAR; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR] = '\0';
	if (g->left_s >= 0)
		(void)snprintf(left, sizeof(left), ", %lld:%02lld left",
		    (long long)(g->left_s / 60), (long long)(g->left_s % 60));
	(void)fprintf(stderr, "\r\033[Ksend: [%s] %zu of %zu, %.0f a second%s; %zu accepted", bar,
	    g->verdicts, g->total, g->per_second, left, r->accepted);
	if (r->deferred > 0)
		(void)fprintf(stderr, ", %zu deferred", r->deferred);
	if (r->refused > 0)
		(void)fprintf(stderr, ", %zu refused", r->refused);
	if (r->indoubt > 0)
		(void)fprintf(stderr, ", %zu in doubt", r->indoubt);
	if (p->asked != NULL && *p->asked != 0)
		(void)fprintf(stderr, "; stopping, %zu on the way", g->on_the_way);
}

void
progress_watch(struct progress *p, const struct cli *cli, struct weekly_watch *out)
{
	*p = (struct progress){ .on = isatty(STDERR_FILENO) && !cli->quiet && !cli->json };
	*out =
	    (struct weekly_watch){ .ctx = p, .stage = on_stage, .feed = on_feed, .sent = on_sent };
}

void
progress_end(struct progress *p)
{
	if (p->on)
		(void)fprintf(stderr, "\r\033[K");
}
