/*
 * When a feed is asked again. A weekly digest needs no hurry: servers' hints are followed up to a day,
 * their demands up to a week. The odd minutes that keep a thousand readers from coming at the full hour
 * are drawn from the feed's URL, so that they are the same in every run.
 */
#include "internal.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400

/* 0 to 999, always the same for a URL and a day. */
static int64_t
odd(const char *url, int64_t now)
{
	uint8_t hash[SHA256_BYTES];
	struct buf b = BUF_INIT(1 << 16);

	buf_adds(&b, url);
	buf_addf(&b, " %lld", (long long)(now / DAY));
	secret_sha256(buf_span(&b), hash);
	buf_clear(&b);
	return (hash[0] << 8 | hash[1]) % 1000;
}

static int64_t
at_least(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
at_most(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* RSS's skipHours and skipDays, in GMT: put off, hour by hour, for no more than a week. */
static int64_t
skip(int64_t at, uint32_t hours, uint32_t days)
{
	for (int i = 0; i < 7 * 24; i++) {
		unsigned hour = (unsigned)(at / HOUR % 24), day = (unsigned)((at / DAY + 4) % 7);
		if ((hours >> hour & 1) == 0 && (days >> day & 1) == 0)
			return at;
		at = at / HOUR * HOUR + HOUR + at % MINUTE + MINUTE;
	}
	return at;
}

int64_t
schedule_good(const struct config *c, const char *url, int64_t now, const struct schedule_hints *h)
{
	int64_t own = c->fetch.interval * MINUTE, hint = 0, wait, at;

	/* Without validators each poll costs the server the whole document: once a day is enough. */
	own = at_least(own, h->validator ? own : DAY);
	hint = at_least(hint, h->fresh_s);
	hint = at_least(hint, h->ttl_minutes * MINUTE);
	wait = at_least(own, at_most(hint, DAY));
	wait = at_least(wait, at_most(h->retry_s, 7 * DAY));
	at = now + wait + wait * odd(url, now) / 10000;
	/* All hours skipped is a mistake, not a wish. */
	if (h->skip_hours == 0xFFFFFF || h->skip_days == 0x7F)
		return at;
	return skip(at, h->skip_hours, h->skip_days);
}

int64_t
schedule_failed(const char *url, int64_t now, int failures, bool slow, int64_t retry_s)
{
	static const int64_t steps[] = { HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY };
	static const int64_t slow_steps[] = { HOUR, DAY, 7 * DAY };
	int64_t last = slow ? 3 : 6, i = at_least(at_most(failures, last), 1) - 1, wait;

	wait = slow ? slow_steps[i] : steps[i];
	wait = at_least(wait, at_most(retry_s, 7 * DAY));
	return now + wait + wait * odd(url, now) / 10000;
}
