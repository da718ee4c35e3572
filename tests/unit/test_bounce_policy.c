/* What follows from what came back: twenty-six weeks of one reader after another against a table made by hand. */
#include "bounce/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#define DAY 86400
#define WEEKS 26

static const struct policy_rules rules = { .full_editions = 4,
	.full_days = 28,
	.apart_days = 3,
	.breaker_percent = 2,
	.breaker_readers = 10 };

/*
 * One letter a week: . delivered, U no such user, D disabled, H host unknown, F mailbox full, T transport,
 * P policy block, L delay notice, V vacation, - not sent. Reports come two days after the edition.
 */
static void
fill(const char *weeks, struct policy_issue *v, size_t *n)
{
	*n = 0;
	for (size_t w = 0; weeks[w] != '\0'; w++) {
		struct policy_issue i = { .edition_id = (int64_t)w + 1,
			.sent_at = (int64_t)w * 7 * DAY + DAY,
			.accepted = true };

		if (weeks[w] == '-')
			continue;
		if (weeks[w] != '.')
			i.event_at = i.sent_at + 2 * (int64_t)DAY;
		i.class = BOUNCE_SOFT;
		switch (weeks[w]) {
		case 'U':
			i.class = BOUNCE_HARD;
			i.reason = REASON_UNKNOWN_USER;
			i.clear = true;
			break;
		case 'D':
			i.class = BOUNCE_HARD;
			i.reason = REASON_DISABLED;
			break;
		case 'H':
			i.class = BOUNCE_HARD;
			i.reason = REASON_UNKNOWN_HOST;
			break;
		case 'F': i.reason = REASON_FULL; break;
		case 'T': i.reason = REASON_NETWORK; break;
		case 'P': i.reason = REASON_BLOCKED; break;
		case 'L': i.reason = REASON_DELAYED; break;
		case 'V': i.class = BOUNCE_AUTO; break;
		default: break;
		}
		i.group = bounce_reason_group(i.reason);
		v[(*n)++] = i;
	}
}

/* The week (from 1) in which the reader is set aside, asked each week three days after the edition; 0: never. */
static int
set_aside_in(const char *weeks, int *told_in)
{
	char so_far[WEEKS + 1];
	struct policy_issue v[WEEKS];
	struct policy_verdict verdict;
	size_t n;

	*told_in = 0;
	for (size_t w = 1; w <= strlen(weeks); w++) {
		memcpy(so_far, weeks, w);
		so_far[w] = '\0';
		fill(so_far, v, &n);
		policy_decide(&rules, v, n, (int64_t)(w - 1) * 7 * DAY + 4 * DAY, &verdict);
		if (verdict.act == POLICY_TELL && *told_in == 0)
			*told_in = (int)w;
		if (verdict.act == POLICY_SET_ASIDE)
			return (int)w;
	}
	return 0;
}

static void
twenty_six_weeks(void **state)
{
	static const struct {
		const char *weeks;
		int set_aside, told;
		const char *why;
	} readers[] = {
		{ "..........................", 0, 0, "all is well" },
		{ "....U.....................", 5, 0, "no such user: one is enough" },
		{ "D.........................", 0, 0, "disabled once, delivered after" },
		{ "...DD.....................", 5, 0, "disabled twice, a week apart" },
		{ "...D-D....................", 6, 0, "an edition between was not sent" },
		{ "...D.D....................", 0, 0, "a delivery between resets" },
		{ "..H.......................", 0, 0, "our own DNS may have been broken" },
		{ "..HH......................", 4, 0, "unknown host twice" },
		{ "..HPH.....................", 5, 0,
		    "a block between says nothing of the reader" },
		{ "FFF.FFF.FFF.FFF...........", 0, 0, "full again and again, emptied in between" },
		{ "FFFF......................", 0, 0, "four in a row are 21 days" },
		{ "FFFFF.....................", 5, 0, "five in a row are 28 days" },
		{ ".....F--F--F--F...........", 15, 0, "four over nine weeks" },
		{ "FFLFF.....................", 0, 0,
		    "a delay is no failure: it came, so the row is broken" },
		{ "FFPFF.....................", 5, 0,
		    "a block is no delivery either: the row goes on" },
		{ "FFVFF.....................", 0, 0,
		    "a vacation note was written by a mailbox that took our mail" },
		{ "TTTTTT....................", 0, 0, "six in a row are 35 days" },
		{ "TTTTTTT...................", 0, 7,
		    "seven in a row: the owner is told, the reader kept" },
		{ "TTTTTTTTTTTTTTTTTTTTTTTTTT", 0, 7,
		    "half a year of network trouble: still only told" },
		{ "PPPPPPPPPPPPPPPPPPPPPPPPPP", 0, 0, "half a year of blocks never counts" },
		{ "LLLLLLLLLLLLLLLLLLLLLLLLLL", 0, 0, "nor do delays" },
		{ "VVVVVVVVVVVVVVVVVVVVVVVVVV", 0, 0, "nor vacations" },
		{ "PPPPPPPPPPPPPPPPPPPPPPPPPU", 26, 0, "gone at the very end" },
		{ "FTFTFTFTF.................", 7, 0,
		    "full on and off for six weeks, never delivered" },
		{ ".D.......................D", 0, 0, "months apart with deliveries between" },
		{ "D--------D................", 10, 0, "months apart without one" },
	};
	int told;

	(void)state;
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		assert_true(strlen(readers[i].weeks) == WEEKS);
		if (set_aside_in(readers[i].weeks, &told) != readers[i].set_aside ||
		    told != readers[i].told)
			fail_msg("%s (%s): set aside in week %d, told in %d", readers[i].weeks,
			    readers[i].why, set_aside_in(readers[i].weeks, &told), told);
	}
}

static void
the_breaker_asks(void **state)
{
	static const struct {
		int64_t set_aside, readers;
		bool provider, breaks;
	} cases[] = {
		{ 10, 10, false, false }, /* few are few, whatever their share */
		{ 11, 550, false, false },
		{ 11, 549, false, true },
		{ 200, 10000, false, false },
		{ 201, 10000, false, true },
		{ 11, 22, true, false },
		{ 11, 21, true, true },
		{ 10, 10, true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    policy_breaks(&rules, cases[i].set_aside, cases[i].readers, cases[i].provider),
		    cases[i].breaks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twenty_six_weeks),
		cmocka_unit_test(the_breaker_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
