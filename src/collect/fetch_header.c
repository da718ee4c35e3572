/*
 * What response headers say about time. A hint is a hint: what is senseless counts as not said.
 */
#include "fetch.h"
#include "wrap/text.h"

#include <string.h>

/* Digits of at most nine places; -1 when it is no number. */
static int64_t
seconds(struct span s)
{
	int64_t v = 0;

	s = span_trim(s);
	if (s.n > 1 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = (struct span){ s.p + 1, s.n - 2 };
	if (s.n == 0 || s.n > 9)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = v * 10 + (s.p[i] - '0');
	}
	return v;
}

/* A directive of Cache-Control; its value in *v. */
static bool
directive(struct span all, const char *name, struct span *v)
{
	struct span part;

	while (span_cut(&all, ',', &part)) {
		const char *eq = part.n == 0 ? NULL : memchr(part.p, '=', part.n);
		struct span key =
		    span_trim((struct span){ part.p, eq == NULL ? part.n : (size_t)(eq - part.p) });
		*v = eq == NULL ? (struct span){ "", 0 }
				: (struct span){ eq + 1, part.n - (size_t)(eq + 1 - part.p) };
		if (span_ieqs(key, name))
			return true;
	}
	return false;
}

int64_t
fetch_freshness(
    const char *cache_control, const char *age, const char *expires, const char *date, int64_t now)
{
	struct span cc = span_of(cache_control), v;
	int64_t lives, old = seconds(span_of(age)), ends, said;

	if (directive(cc, "no-store", &v) || directive(cc, "no-cache", &v))
		return 0;
	if (directive(cc, "max-age", &v) && (lives = seconds(v)) >= 0)
		return lives > (old > 0 ? old : 0) ? lives - (old > 0 ? old : 0) : 0;
	if (expires == NULL || !date_parse(span_of(expires), &ends))
		return -1;
	if (date == NULL || !date_parse(span_of(date), &said))
		said = now;
	return ends > said ? ends - said : 0;
}

int64_t
fetch_retry_after(const char *value, int64_t now)
{
	int64_t s = seconds(span_of(value)), at;

	if (s >= 0)
		return s;
	if (value == NULL || !date_parse(span_of(value), &at))
		return -1;
	return at > now ? at - now : 0;
}
