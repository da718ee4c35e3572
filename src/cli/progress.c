/*
 * Progress on a terminal: one line that is written over, at most ten times a second, and no longer than the
 * terminal is wide, or it would not be written over. Under cron, with -q and with --json there is none.
 */
#include "week.h"

#include "wrap/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EVERY_MS 100
#define BAR 24

/* A dumb terminal knows no sequence that clears a line: it gets blanks. One that does not tell its width has any. */
static void
put_line(struct span s)
{
	struct winsize w = { 0 };
	const char *term = getenv("TERM");
	bool dumb = term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0;
	size_t n = 0, len, room, used = 0;

	room = ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 1 ? w.ws_col - 1U : 500;
	while (n < s.n) {
		size_t wide = (size_t)utf8_width(utf8_decode(s.p + n, s.n - n, &len));

		if (used + wide > room)
			break;
		used += wide;
		n += len;
	}
	if (!dumb)
		(void)fprintf(stderr, "\r\033[K%.*s", (int)n, s.p);
	else
		(void)fprintf(
		    stderr, "\r%.*s%*s\r", (int)n, s.p, room < 500 ? (int)(room - used) : 0, "");
}

void
progress_line(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_line(span_of(text));
}

void
progress_clear(void)
{
	put_line(span_of(""));
}

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
		progress_line("%s ...", name);
}

/* The feed that is waited for: the first that is not done; a terminal's line has room for one name. */
static void
on_feed(void *ctx, size_t done, const struct collect_report *so_far)
{
	struct progress *p = ctx;
	size_t at = 0;
	char now[80] = "";

	if (!time_to_draw(p, done == 0 || done == so_far->n))
		return;
	while (at < so_far->n && so_far->v[at].done)
		at++;
	if (at < so_far->n)
		(void)snprintf(now, sizeof(now), "; fetching %.30s%s", so_far->v[at].name,
		    so_far->n - done > 1 ? " and others" : "");
	progress_line("collect: %zu of %zu feeds, %zu new, %zu failed%s", done, so_far->n,
	    so_far->added, so_far->failed, now);
}

static void
on_sent(void *ctx, const struct send_progress *g)
{
	struct progress *p = ctx;
	const struct send_report *r = g->so_far;
	int filled = g->total > 0 ? (int)(g->verdicts * BAR / g->total) : 0;
	char bar[BAR + 1], left[40] = "";
	struct buf b = BUF_INIT(1024);

	if (!time_to_draw(p, g->verdicts >= g->total))
		return;
	for (int i = 0; i < BAR; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR] = '\0';
	if (g->left_s >= 0)
		(void)snprintf(left, sizeof(left), ", %lld:%02lld left",
		    (long long)(g->left_s / 60), (long long)(g->left_s % 60));
	buf_addf(&b, "send: [%s] %zu of %zu, %.0f a second%s; %zu accepted", bar, g->verdicts,
	    g->total, g->per_second, left, r->accepted);
	if (r->deferred > 0)
		buf_addf(&b, ", %zu deferred", r->deferred);
	if (r->refused > 0)
		buf_addf(&b, ", %zu refused", r->refused);
	if (r->indoubt > 0)
		buf_addf(&b, ", %zu in doubt", r->indoubt);
	if (p->asked != NULL && *p->asked != 0)
		buf_addf(&b, "; stopping, %zu on the way", g->on_the_way);
	put_line(buf_span(&b));
	buf_clear(&b);
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
		progress_clear();
}
