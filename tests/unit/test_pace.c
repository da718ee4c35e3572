/* Rates, the back-off of a relay, weights, the canary and the schedule of retries: all with made-up time. */
#include "send/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t
let_through(struct pace *p, double from_ms, double to_ms)
{
	size_t n = 0;

	for (double t = from_ms; t < to_ms; t += 1) {
		while (pace_wait(p, t) <= 0) {
			pace_take(p, t);
			n++;
		}
	}
	return n;
}

static void
rate_is_kept_over_any_stretch(void **state)
{
	static const double rates[] = { 1, 7, 50, 1000 };

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct pace p;
		size_t n;

		pace_set(&p, rates[i], 0);
		n = let_through(&p, 0, 10000);
		assert_in_range(n, (size_t)(10 * rates[i]) - 1, (size_t)(10.06 * rates[i]) + 2);
		/* An hour of silence saves nothing up. */
		n = let_through(&p, 3600e3, 3601e3);
		assert_in_range(n, (size_t)rates[i], (size_t)(1.06 * rates[i]) + 2);
	}
}

static void
tighter_of_two_rates_holds(void **state)
{
	struct pace p;

	(void)state;
	pace_set(&p, 10, 3600);
	assert_in_range(let_through(&p, 0, 60000), 60, 62);
	pace_set(&p, 0, 0);
	assert_true(pace_wait(&p, 5) <= 0);
}

static void
each_domain_has_its_own_rate(void **state)
{
	static const struct send_domain v[] = { { "gmail.com", 5, 0 }, { "*", 50, 0 } };
	struct domains d;

	(void)state;
	assert_int_equal(domains_init(&d, v, 2, NULL), WRAP_OK);
	assert_ptr_equal(domains_find(&d, "a@gmail.com"), domains_find(&d, "b@GMAIL.com"));
	assert_ptr_not_equal(domains_find(&d, "a@gmail.com"), domains_find(&d, "a@b.example"));
	assert_ptr_equal(domains_find(&d, "a@B.example"), domains_find(&d, "b@b.example"));
	assert_in_range(let_through(domains_find(&d, "a@gmail.com"), 0, 2000), 10, 12);
	assert_in_range(let_through(domains_find(&d, "a@b.example"), 0, 2000), 100, 104);
	assert_null(domains_find(&d, "nobody"));
	domains_clear(&d);
	assert_int_equal(domains_init(&d, v, 1, NULL), WRAP_OK);
	assert_null(domains_find(&d, "a@b.example"));
	domains_clear(&d);
}

static const struct config_relay conf = {
	.url = (char[]){ "smtp://relay.example" }, .connections = 16, .weight = 1
};

static void
concurrency_halves_and_recovers(void **state)
{
	struct relay r;
	int64_t now = 1000;

	(void)state;
	relay_init(&r, &conf);
	assert_int_equal(r.limit, 1);
	relay_prove(&r);
	assert_int_equal(r.limit, 16);
	relay_trouble(&r, now, true, "421");
	assert_int_equal(r.limit, 8);
	assert_false(relay_may_connect(&r, now + 999));
	assert_true(relay_may_connect(&r, now + 1000));
	/* What falls within the pause is the same trouble. */
	relay_trouble(&r, now + 5, true, "421");
	assert_int_equal(r.limit, 8);
	relay_trouble(&r, now + 2000, true, "421");
	assert_int_equal(r.limit, 4);
	assert_false(relay_may_connect(&r, now + 3999));
	for (int i = 0; i < 4; i++)
		relay_good(&r);
	assert_int_equal(r.limit, 5);
	for (int i = 0; i < 500; i++)
		relay_good(&r);
	assert_int_equal(r.limit, 16);
	assert_int_equal(r.pause_ms, 0);
}

static void
pause_is_never_longer_than_a_minute(void **state)
{
	struct relay r;
	int64_t now = 0, longest = 0;

	(void)state;
	relay_init(&r, &conf);
	relay_prove(&r);
	for (int i = 0; i < 19; i++) {
		relay_trouble(&r, now, true, "421");
		assert_false(r.down);
		longest = r.pause_ms > longest ? r.pause_ms : longest;
		now += r.pause_ms;
	}
	assert_int_equal(longest, 60000);
	relay_trouble(&r, now, true, "421");
	assert_true(r.down);
}

static void
relay_that_never_answered_is_given_up_soon(void **state)
{
	struct relay r;

	(void)state;
	relay_init(&r, &conf);
	relay_trouble(&r, 0, true, "refused");
	relay_trouble(&r, 2000, true, "refused");
	assert_false(r.down);
	relay_trouble(&r, 9000, true, "refused");
	assert_true(r.down);
	assert_string_equal(r.why, "refused");
}

static void
three_alike_are_us(void **state)
{
	struct verdict us = verdict_from_reply(SPAN_LIT("550 5.7.1 no"), SEND_RCPT);
	struct verdict other = verdict_from_reply(SPAN_LIT("554 5.7.1 no"), SEND_DOT);
	struct verdict yes = verdict_from_reply(SPAN_LIT("250 ok"), SEND_DOT);
	struct verdict gone = verdict_make(OUTCOME_NOT_TRIED, "", "lost");
	struct streak s = { 0 };

	(void)state;
	assert_false(streak_note(&s, &us));
	assert_false(streak_note(&s, &us));
	assert_false(streak_note(&s, &yes));
	assert_false(streak_note(&s, &us));
	assert_false(streak_note(&s, &us));
	assert_false(streak_note(&s, &other));
	assert_false(streak_note(&s, &us));
	assert_false(streak_note(&s, &us));
	assert_false(streak_note(&s, &gone));
	assert_true(streak_note(&s, &us));
}

static void
canary_judges_its_slice(void **state)
{
	struct verdict yes = verdict_from_reply(SPAN_LIT("250 ok"), SEND_DOT);
	struct verdict no = verdict_from_reply(SPAN_LIT("451 4.7.1 who are you"), SEND_DOT);
	struct canary c;
	char why[300];

	(void)state;
	for (size_t bad = 0; bad <= 4; bad++) {
		canary_init(&c, 20, 10);
		while (canary_open(&c))
			c.given++;
		assert_int_equal(c.given, 20);
		for (size_t i = 0; i < 20; i++) {
			assert_false(canary_failed(&c, false, why, sizeof(why)));
			canary_note(&c, i < bad ? &no : &yes);
		}
		assert_int_equal(canary_failed(&c, false, why, sizeof(why)), bad > 2);
		if (bad > 2)
			assert_non_null(strstr(why, "x 451 4.7.1 who are you"));
		assert_true(canary_open(&c));
	}
	/* Fewer than the slice: nobody is left to be spared. */
	canary_init(&c, 20, 10);
	c.given = 1;
	canary_note(&c, &no);
	assert_false(canary_failed(&c, false, why, sizeof(why)));
	assert_false(canary_failed(&c, true, why, sizeof(why)));
	assert_true(canary_open(&c));
	canary_init(&c, 0, 10);
	assert_true(canary_open(&c));
}

static void
retries_follow_the_schedule_and_spread(void **state)
{
	static const int64_t base[] = { 300, 900, 3600, 14400, 21600, 21600 };
	bool differ = false;

	(void)state;
	for (int a = 1; a <= 6; a++) {
		for (uint64_t row = 0; row < 500; row++) {
			int64_t s = send_retry_after(a, row);

			assert_in_range(
			    s, base[a - 1] - base[a - 1] / 5, base[a - 1] + base[a - 1] / 5);
			assert_int_equal(s, send_retry_after(a, row));
			differ = differ || s != send_retry_after(a, row + 1);
		}
	}
	assert_true(differ);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rate_is_kept_over_any_stretch),
		cmocka_unit_test(tighter_of_two_rates_holds),
		cmocka_unit_test(each_domain_has_its_own_rate),
		cmocka_unit_test(concurrency_halves_and_recovers),
		cmocka_unit_test(pause_is_never_longer_than_a_minute),
		cmocka_unit_test(relay_that_never_answered_is_given_up_soon),
		cmocka_unit_test(three_alike_are_us),
		cmocka_unit_test(canary_judges_its_slice),
		cmocka_unit_test(retries_follow_the_schedule_and_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
