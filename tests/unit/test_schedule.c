/* When a feed is asked again: polite whatever servers say, and the same in every run. */
#include "collect/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define HOUR 3600
#define DAY 86400
#define NOW ((int64_t)1790000000)
#define URL "https://e.example/feed"

static const struct config hourly = { .fetch = { .interval = 60 } };

static void
hints_lengthen_the_wait_within_bounds(void **state)
{
	static const struct {
		struct schedule_hints h;
		int64_t least, most; /* without the odd tenth */
	} cases[] = { { { .validator = true }, HOUR, HOUR }, { { .validator = false }, DAY, DAY },
		{ { .validator = true, .fresh_s = 6 * HOUR }, 6 * HOUR, 6 * HOUR },
		{ { .validator = true, .fresh_s = 60 }, HOUR, HOUR },
		{ { .validator = true, .ttl_minutes = 180 }, 3 * HOUR, 3 * HOUR },
		{ { .validator = true, .fresh_s = 400 * DAY }, DAY, DAY },
		{ { .validator = true, .retry_s = 3 * DAY }, 3 * DAY, 3 * DAY },
		{ { .validator = true, .retry_s = 400 * DAY }, 7 * DAY, 7 * DAY },
		{ { .validator = true, .fresh_s = -5, .retry_s = -5, .ttl_minutes = -5 }, HOUR,
		    HOUR },
		/* Never is not a wish. */
		{ { .validator = true, .skip_hours = 0xFFFFFF }, HOUR, HOUR },
		{ { .validator = true, .skip_days = 0x7F }, HOUR, HOUR } };
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t wait = schedule_good(&hourly, URL, NOW, &cases[i].h) - NOW;
		if (wait < cases[i].least || wait > cases[i].most + cases[i].most / 10)
			fail_msg("case %zu waits %lld s", i, (long long)wait);
		assert_int_equal(wait, schedule_good(&hourly, URL, NOW, &cases[i].h) - NOW);
	}
}

/* Every set of hours and days: the time that comes out is none of them, is later, and comes within days. */
static void
skipped_hours_and_days_are_left_out(void **state)
{
	uint32_t dice = 3;
	(void)state;

	for (int round = 0; round < 3000; round++) {
		struct schedule_hints h = { .validator = true };
		int64_t at;
		dice = dice * 1664525u + 1013904223u;
		h.skip_hours = dice >> 8 & 0xFFFFFF;
		h.skip_days = (dice >> 3) % 0x7F;
		if (h.skip_hours == 0xFFFFFF)
			continue;
		at = schedule_good(&hourly, URL, NOW + round * 977, &h);
		assert_true(at >= NOW + round * 977 + HOUR);
		assert_true(at <= NOW + round * 977 + 9 * DAY);
		assert_int_equal(h.skip_hours >> (at / HOUR % 24) & 1, 0);
		assert_int_equal(h.skip_days >> ((at / DAY + 4) % 7) & 1, 0);
	}
}

static void
failures_wait_longer_each_time(void **state)
{
	(void)state;
	for (int slow = 0; slow < 2; slow++) {
		int64_t before = 0;
		for (int failures = 0; failures < 40; failures++) {
			int64_t wait = schedule_failed(URL, NOW, failures, slow, 0) - NOW;
			assert_true(wait >= before && wait >= HOUR);
			assert_true(wait <= (slow ? 7 : 1) * (DAY + DAY / 10));
			before = wait;
		}
	}
	/* What the server asks for is kept, up to a week. */
	assert_true(schedule_failed(URL, NOW, 1, false, 5 * DAY) - NOW >= 5 * DAY);
	assert_true(schedule_failed(URL, NOW, 1, false, 500 * DAY) - NOW <= 8 * DAY);
}

/* A thousand feeds of one interval do not come at once. */
static void
feeds_are_spread(void **state)
{
	const struct schedule_hints h = { .validator = true };
	size_t minutes[7] = { 0 };
	(void)state;

	for (int i = 0; i < 600; i++) {
		char url[64];
		int64_t wait;
		(void)snprintf(url, sizeof(url), "https://e.example/%d", i);
		wait = schedule_good(&hourly, url, NOW, &h) - NOW;
		assert_in_range((wait - HOUR) / 60, 0, 6);
		minutes[(wait - HOUR) / 60]++;
	}
	for (size_t i = 0; i < 6; i++)
		assert_in_range(minutes[i], 50, 150);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hints_lengthen_the_wait_within_bounds),
		cmocka_unit_test(skipped_hours_and_days_are_left_out),
		cmocka_unit_test(failures_wait_longer_each_time),
		cmocka_unit_test(feeds_are_spread),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
