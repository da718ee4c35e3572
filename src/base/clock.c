/*
 * Time: Unix seconds in UTC inside, the publication's zone at the edges. The zone is the process's TZ,
 * so glibc's rules for daylight saving are used and none are written here.
 */
#include "wrap/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const day_names[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char *const month_names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	"Sep", "Oct", "Nov", "Dec" };

int64_t
clock_now(const struct wclock *c)
{
	return c->fixed ? c->at : (int64_t)time(NULL);
}

int64_t
clock_monotonic_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_monotonic_ms(void)
{
	return clock_monotonic_us() / 1000;
}

static bool
digits(const char **p, int n, int *out)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		char c = (*p)[i];

		if (c < '0' || c > '9')
			return false;
		v = v * 10 + (c - '0');
	}
	*p += n;
	*out = v;
	return true;
}

static bool
literal(const char **p, const char *any)
{
	if (**p == '\0' || strchr(any, **p) == NULL)
		return false;
	(*p)++;
	return true;
}

static int
month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* Offset from UTC in seconds: "Z", "+hh:mm", "-hhmm". */
static bool
offset_read(const char **p, int *out)
{
	int hours, minutes, sign;

	if (literal(p, "Zz")) {
		*out = 0;
		return true;
	}
	sign = **p == '-' ? -1 : 1;
	if (!literal(p, "+-") || !digits(p, 2, &hours))
		return false;
	(void)literal(p, ":");
	if (!digits(p, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*out = sign * (hours * 3600 + minutes * 60);
	return true;
}

enum wrap_rc
clock_parse(const char *text, int64_t *out, struct wrap_err *err)
{
	const char *p = text;
	struct tm tm = { 0 };
	int offset = 0, year, month;
	bool good;

	*out = 0;
	good = digits(&p, 4, &year) && literal(&p, "-") && digits(&p, 2, &month) &&
	       literal(&p, "-") && digits(&p, 2, &tm.tm_mday) && month >= 1 && month <= 12 &&
	       tm.tm_mday >= 1 && tm.tm_mday <= month_days(year, month);
	if (good && *p != '\0') {
		good = literal(&p, "Tt ") && digits(&p, 2, &tm.tm_hour) && literal(&p, ":") &&
		       digits(&p, 2, &tm.tm_min) &&
		       (!literal(&p, ":") || digits(&p, 2, &tm.tm_sec)) && tm.tm_hour < 24 &&
		       tm.tm_min < 60 && tm.tm_sec <= 60;
		if (good && literal(&p, "."))
			while (*p >= '0' && *p <= '9')
				p++;
		good = good && offset_read(&p, &offset) && *p == '\0';
	}
	if (!good)
		return wrap_fail(err, WRAP_EINVAL,
		    "\"%.60s\" is not a time; write it like 2026-11-27T09:00:00Z", text);
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	*out = (int64_t)timegm(&tm) - offset;
	return WRAP_OK;
}

enum wrap_rc
clock_zone_set(const char *name, struct wrap_err *err)
{
	char path[256];

	/* glibc takes an unknown name for UTC without a word, so the file is looked for first. */
	if (name[0] == '\0' || name[0] == '/' || name[0] == ':' || strstr(name, "..") != NULL ||
	    strlen(name) > 100)
		return wrap_fail(err, WRAP_EINVAL,
		    "\"%.100s\" is not a time zone; write it like America/Vancouver", name);
	(void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	if (strcmp(name, "UTC") != 0 && access(path, R_OK) != 0)
		return wrap_fail(err, WRAP_EINVAL,
		    "time zone \"%s\" is not known here (looked for %s)", name, path);
	if (setenv("TZ", name, 1) != 0)
		return wrap_fail_errno(err, "set the time zone");
	tzset();
	return WRAP_OK;
}

struct tm
clock_local(int64_t t)
{
	time_t tt = (time_t)t;
	struct tm tm;

	if (localtime_r(&tt, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	return tm;
}

int64_t
clock_from_local(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute,
		.tm_isdst = 1 };
	struct tm want = tm, got;
	int64_t summer, winter;

	/* In the autumn both readings are real and the earlier, summer one is meant; in the spring
	   gap neither is, and the later result lies just behind it. */
	summer = (int64_t)mktime(&tm);
	want.tm_isdst = 0;
	winter = (int64_t)mktime(&want);
	if (summer == -1)
		return winter;
	got = clock_local(summer);
	if (got.tm_hour == hour && got.tm_min == minute)
		return summer;
	return winter;
}

void
clock_iso_week(int64_t t, int *year, int *week)
{
	struct tm tm = clock_local(t);
	char text[16];

	(void)strftime(text, sizeof(text), "%G %V", &tm);
	*year = (int)strtol(text, NULL, 10);
	*week = (int)strtol(strchr(text, ' ') + 1, NULL, 10);
}

const char *
clock_rfc3339(int64_t t, char out[CLOCK_TEXT])
{
	time_t tt = (time_t)t;
	struct tm tm;

	if (gmtime_r(&tt, &tm) == NULL || strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = '\0';
	return out;
}

const char *
clock_rfc5322(int64_t t, char out[CLOCK_TEXT])
{
	struct tm tm = clock_local(t);
	long off = tm.tm_gmtoff / 60;

	(void)snprintf(out, CLOCK_TEXT, "%s, %d %s %d %02d:%02d:%02d %c%02ld%02ld",
	    day_names[tm.tm_wday % 7], tm.tm_mday % 32, month_names[tm.tm_mon % 12],
	    (tm.tm_year + 1900) % 10000, tm.tm_hour % 24, tm.tm_min % 60, tm.tm_sec % 61,
	    off < 0 ? '-' : '+', labs(off) / 60 % 100, labs(off) % 60);
	return out;
}
