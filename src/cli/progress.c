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

	p->began_ms = clock_monotonic_ms();
	if (time_to_draw(p, true))
		(void)fprintf(stderr, "\r\033[K%s ...", name);
}

static void
on_feed(void *ctx, size_t done, size_t total, const struct collect_feed *f)
{
	struct progress *p = ctx;

	if (time_to_draw(p, done == total))
		(void)fprintf(
		    stderr, "\r\033[Kcollect: %zu of %zu feeds, %s", done, total, f->name);
}

static void
on_sent(void *ctx, int64_t done, int64_t total)
{
	struct progress *p = ctx;
	int64_t ms = clock_monotonic_ms() - p->began_ms, rate, left;
	int filled = total > 0 ? (int)(done * BAR / total) : 0;
	char bar[BAR + 1];

	if (!time_to_draw(p, done == total))
		return;
	rate = ms > 0 ? done * 1000 / ms : 0;
	left = rate > 0 && total > done ? (total - done) / rate : 0;
	for (int i = 0; i < BAR; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR] = '\0';
	(void)fprintf(stderr, "\r\033[Ksend: [%s] %lld of %lld, %lld a second, %lld:%02lld left",
	    bar, (long long)done, (long long)total, (long long)rate, (long long)(left / 60),
	    (long long)(left % 60));
}

void
progress_watch(struct progress *p, const struct cli *cli, struct weekly_watch *out)
{
	*p = (struct progress){ .on = isatty(STDERR_FILENO) && !cli->quiet && !cli->json,
		.began_ms = clock_monotonic_ms() };
	*out =
	    (struct weekly_watch){ .ctx = p, .stage = on_stage, .feed = on_feed, .sent = on_sent };
}

void
progress_end(struct progress *p)
{
	if (p->on)
		(void)fprintf(stderr, "\r\033[K");
}
