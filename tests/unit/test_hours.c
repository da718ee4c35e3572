/* Local sending hours: when they are open, when they begin again and when they end. */
#include "weekly/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <time.h>

static int64_t
utc(const char *text)
{
	int64_t t;

	assert_int_equal(clock_parse(text, &t, NULL), WRAP_OK);
	return t;
}

static void
hours_are_local(void **state)
{
	static const struct {
		const char *zone;
		int from, until; /* minutes */
		const char *now, *opens, *closes;
	} rows[] = {
		{ "Europe/Berlin", 420, 1260, "2026-11-20T06:00:00Z", "2026-11-20T06:00:00Z",
		    "2026-11-20T20:00:00Z" },
		{ "Europe/Berlin", 420, 1260, "2026-11-20T05:59:59Z", "2026-11-20T06:00:00Z",
		    "2026-11-20T20:00:00Z" },
		{ "Europe/Berlin", 420, 1260, "2026-11-20T20:00:00Z", "2026-11-21T06:00:00Z",
		    "2026-11-21T20:00:00Z" },
		/* past midnight */
		{ "Asia/Tokyo", 1260, 360, "2026-11-20T15:00:00Z", "2026-11-20T15:00:00Z",
		    "2026-11-20T21:00:00Z" },
		{ "Asia/Tokyo", 1260, 360, "2026-11-20T03:00:00Z", "2026-11-20T12:00:00Z",
		    "2026-11-20T21:00:00Z" },
		/* the night of a change, and the end of a year */
		{ "Europe/Berlin", 420, 1260, "2026-10-24T21:00:00Z", "2026-10-25T06:00:00Z",
		    "2026-10-25T20:00:00Z" },
		{ "Europe/Berlin", 420, 1260, "2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z",
		    "2026-03-29T19:00:00Z" },
		{ "UTC", 420, 1260, "2026-12-31T22:00:00Z", "2027-01-01T07:00:00Z",
		    "2027-01-01T21:00:00Z" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config c = { 0 };
		struct weekly w = { .c = &c };
		int64_t now = utc(rows[i].now);

		(void)setenv("TZ", rows[i].zone, 1);
		tzset();
		c.send.hours_from = rows[i].from;
		c.send.hours_until = rows[i].until;
		assert_int_equal(weekly_opens_at(&w, now), utc(rows[i].opens));
		assert_int_equal(weekly_closes_at(&w, now), utc(rows[i].closes));
		assert_int_equal(weekly_is_open(&w, now), now == utc(rows[i].opens));
	}
}

static void
without_hours_and_when_told_it_is_open(void **state)
{
	struct config c = { 0 };
	struct weekly w = { .c = &c };

	(void)state;
	assert_true(weekly_is_open(&w, 5));
	assert_true(weekly_closes_at(&w, 5) == INT64_MAX);
	c.send.hours_from = 60;
	c.send.hours_until = 61;
	w.told = true;
	assert_true(weekly_is_open(&w, 5));
	assert_true(weekly_closes_at(&w, 5) == INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hours_are_local),
		cmocka_unit_test(without_hours_and_when_told_it_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
