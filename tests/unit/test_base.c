/* base: errors, text, clock and secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wrap/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
failure_tells_what_its_callers_were_doing(void **state)
{
	struct wrap_err err = { 0 };

	(void)state;
	assert_int_equal(wrap_fail(&err, WRAP_EINVAL, "token %d unknown", 7), WRAP_EINVAL);
	assert_int_equal(wrap_while(&err, WRAP_EINVAL, "confirm %s", "ann"), WRAP_EINVAL);
	assert_string_equal(err.text, "confirm ann: token 7 unknown");
	assert_int_equal(wrap_while(&err, WRAP_OK, "something else"), WRAP_OK);
	assert_string_equal(err.text, "confirm ann: token 7 unknown");
}

static void
buffer_stops_at_its_cap_and_remembers(void **state)
{
	struct buf b = BUF_INIT(10);
	struct wrap_err err;

	(void)state;
	buf_adds(&b, "12345");
	buf_addf(&b, "%d", 678);
	assert_int_equal(buf_rc(&b, &err), WRAP_OK);
	buf_adds(&b, "too much");
	assert_int_equal(buf_rc(&b, &err), WRAP_ELIMIT);
	buf_addc(&b, 'x');
	assert_string_equal(buf_str(&b), "12345678");
	assert_null(buf_steal(&b));
	buf_adds(&b, "again");
	assert_string_equal(buf_str(&b), "again");
	buf_clear(&b);
}

static void
a_mistyped_word_finds_the_nearest(void **state)
{
	static const struct {
		const char *typed, *word;
	} t[] = { { "statsu", "status" }, { "subscribrs", "subscribers" }, { "SEND", "send" },
		{ "sub", "subscribe" }, { "x", NULL }, { "frobnicate", NULL }, { "", NULL } };
	static const char *const words[] = { "send", "status", "subscribe", "subscribers" };

	(void)state;
	assert_int_equal(letters_apart("kitten", "sitting"), 3);
	assert_int_equal(letters_apart("", "abc"), 3);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct nearest n = { .typed = t[i].typed };

		for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
			nearest_try(&n, words[k]);
		if (t[i].word == NULL)
			assert_null(n.word);
		else
			assert_string_equal(n.word, t[i].word);
	}
}

static void
spans_are_cut_trimmed_and_found(void **state)
{
	struct span rest = SPAN_LIT("a,,b"), f;

	(void)state;
	assert_true(span_cut(&rest, ',', &f) && span_eqs(f, "a"));
	assert_true(span_cut(&rest, ',', &f) && f.n == 0);
	assert_true(span_cut(&rest, ',', &f) && span_eqs(f, "b"));
	assert_false(span_cut(&rest, ',', &f));
	assert_true(span_eqs(span_trim(SPAN_LIT(" \t x y\r\n")), "x y"));
	assert_int_equal(span_ifind(SPAN_LIT("Reply-To: X"), SPAN_LIT("to:")), 6);
	assert_true(span_find(SPAN_LIT("abc"), SPAN_LIT("abcd")) == (size_t)-1);
	assert_true(span_ieqs(SPAN_LIT("DNS"), "dns"));
	assert_false(span_ieqs(SPAN_LIT("DN"), "dns"));
}

static void
list_of_strings_grows(void **state)
{
	struct strs l = { 0 };
	char text[16];

	(void)state;
	for (int i = 0; i < 100; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(strs_add(&l, span_of(text), NULL), WRAP_OK);
	}
	assert_true(strs_has(&l, SPAN_LIT("77")));
	assert_false(strs_has(&l, SPAN_LIT("100")));
	strs_clear(&l);
	assert_int_equal(l.n, 0);
}

static void
times_are_read_as_rfc3339_and_nothing_else(void **state)
{
	static const struct {
		const char *text;
		int64_t at;
	} good[] = { { "1970-01-01", 0 }, { "2026-11-22T19:00:00Z", 1795374000 },
		{ "2026-11-22T11:00:00-08:00", 1795374000 }, { "2026-11-22t19:00z", 1795374000 },
		{ "2024-02-29T00:00:00.5+00:00", 1709164800 } };
	static const char *const bad[] = { "", "tomorrow", "2026-13-01", "2026-02-30", "2025-02-29",
		"2026-11-22T25:00:00Z", "2026-11-22T10:00:00", "2026-11-22T10:00:00Zx",
		"26-11-22" };
	int64_t at;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(clock_parse(good[i].text, &at, NULL), WRAP_OK);
		assert_int_equal(at, good[i].at);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct wrap_err err;

		assert_int_equal(clock_parse(bad[i], &at, &err), WRAP_EINVAL);
		assert_non_null(strstr(err.text, bad[i]));
	}
}

static void
weeks_belong_to_the_zone_of_the_publication(void **state)
{
	int64_t t;
	int year, week;

	(void)state;
	/* Monday 00:30 eight hours west is Monday 08:30 in UTC; Sunday 23:30 is the same UTC Monday.
	   (A fixed zone: governments change the others, and Debian follows.) */
	assert_int_equal(clock_zone_set("Etc/GMT+8", NULL), WRAP_OK);
	assert_int_equal(clock_parse("2026-11-23T07:30:00Z", &t, NULL), WRAP_OK);
	clock_iso_week(t, &year, &week);
	assert_int_equal(week, 47);
	clock_iso_week(t + 3600, &year, &week);
	assert_int_equal(week, 48);
	/* The turn of the year: 1 January 2027 is in week 53 of 2026. */
	assert_int_equal(clock_parse("2027-01-01T12:00:00-08:00", &t, NULL), WRAP_OK);
	clock_iso_week(t, &year, &week);
	assert_int_equal(year, 2026);
	assert_int_equal(week, 53);
	assert_int_equal(clock_zone_set("Mars/Olympus", NULL), WRAP_EINVAL);
	assert_int_equal(clock_zone_set("../../etc/passwd", NULL), WRAP_EINVAL);
}

static void
daylight_saving_has_one_answer(void **state)
{
	char text[CLOCK_TEXT];

	(void)state;
	assert_int_equal(clock_zone_set("Europe/Berlin", NULL), WRAP_OK);
	/* 29 March 2026 02:30 does not exist: the first moment behind the gap is 03:30 summer time. */
	assert_string_equal(
	    clock_rfc3339(clock_from_local(2026, 3, 29, 2, 30), text), "2026-03-29T01:30:00Z");
	/* 25 October 2026 02:30 happens twice: the first is summer time. */
	assert_string_equal(
	    clock_rfc3339(clock_from_local(2026, 10, 25, 2, 30), text), "2026-10-25T00:30:00Z");
	assert_string_equal(
	    clock_rfc3339(clock_from_local(2026, 7, 1, 9, 0), text), "2026-07-01T07:00:00Z");
	assert_string_equal(
	    clock_rfc3339(clock_from_local(2026, 1, 1, 9, 0), text), "2026-01-01T08:00:00Z");
	assert_string_equal(clock_rfc5322(1795374000, text), "Sun, 22 Nov 2026 20:00:00 +0100");
	assert_int_equal(clock_zone_set("Asia/Kolkata", NULL), WRAP_OK);
	assert_string_equal(clock_rfc5322(1795374000, text), "Mon, 23 Nov 2026 00:30:00 +0530");
	assert_int_equal(clock_zone_set("UTC", NULL), WRAP_OK);
}

static void
hmac_is_that_of_rfc4231(void **state)
{
	/* Test case 2 uses the key "Jefe"; padded with zeros to 32 bytes it is the same key to HMAC. */
	struct secret_key key = { { 'J', 'e', 'f', 'e' } };
	struct buf hex = BUF_INIT(0);
	uint8_t mac[SHA256_BYTES];

	(void)state;
	secret_hmac(&key, SPAN_LIT("what do ya want for nothing?"), mac);
	hex_encode((struct span){ (const char *)mac, sizeof(mac) }, &hex);
	assert_string_equal(
	    buf_str(&hex), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	buf_clear(&hex);
}

static void
base32_goes_there_and_back_in_one_spelling(void **state)
{
	static const char *const rfc[][2] = { { "", "" }, { "f", "my" }, { "fo", "mzxq" },
		{ "foo", "mzxw6" }, { "foob", "mzxw6yq" }, { "fooba", "mzxw6ytb" },
		{ "foobar", "mzxw6ytboi" } };
	struct buf b = BUF_INIT(0);

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		buf_reset(&b);
		base32_encode(span_of(rfc[i][0]), &b);
		assert_string_equal(buf_str(&b), rfc[i][1]);
		buf_reset(&b);
		assert_true(base32_decode(span_of(rfc[i][1]), &b));
		assert_string_equal(buf_str(&b), rfc[i][0]);
	}
	assert_false(base32_decode(SPAN_LIT("m1"), &b));
	assert_false(base32_decode(SPAN_LIT("mz="), &b));
	assert_false(base32_decode(SPAN_LIT("mz"), &b)); /* left-over bits that are not zero */
	assert_false(base32_decode(SPAN_LIT("m"), &b));
	buf_clear(&b);
}

static void
secret_that_others_can_read_is_refused(void **state)
{
	char path[] = "/tmp/wrap-test-XXXXXX";
	struct wrap_err err;
	struct buf b;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0 && write(fd, "secret\n", 7) == 7);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(secret_file(path, &b, &err), WRAP_EDENIED);
	assert_non_null(strstr(err.text, "chmod 600"));
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(secret_file(path, &b, &err), WRAP_OK);
	assert_string_equal(buf_str(&b), "secret");
	buf_clear(&b);
	(void)close(fd);
	(void)unlink(path);
}

static void
keys_are_made_once_and_kept(void **state)
{
	char dir[] = "/tmp/wrap-keys-XXXXXX", cmd[64];
	struct keyring a, b;
	struct wrap_err err;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(keyring_load(dir, &a, &err), WRAP_ENOTFOUND);
	assert_int_equal(keyring_make(dir, &err), WRAP_OK);
	assert_int_equal(keyring_load(dir, &a, &err), WRAP_OK);
	assert_int_equal(keyring_make(dir, &err), WRAP_OK);
	assert_int_equal(keyring_load(dir, &b, &err), WRAP_OK);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_memory_not_equal(a.current.b, a.suppression.b, SECRET_KEY_BYTES);
	assert_false(a.has_previous);
	(void)snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	assert_int_equal(system(cmd), 0);
}

static void
file_is_replaced_in_one_step(void **state)
{
	char path[] = "/tmp/wrap-file-XXXXXX";
	struct wrap_err err;
	struct buf b;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(file_write(path, SPAN_LIT("new text"), 0600, &err), WRAP_OK);
	assert_int_equal(file_read(path, 100, &b, &err), WRAP_OK);
	assert_string_equal(buf_str(&b), "new text");
	buf_clear(&b);
	assert_int_equal(file_read(path, 3, &b, &err), WRAP_ELIMIT);
	assert_int_equal(file_write("/nowhere/x", SPAN_LIT("x"), 0600, &err), WRAP_ENOTFOUND);
	(void)unlink(path);
	assert_int_equal(file_read(path, 100, &b, &err), WRAP_ENOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failure_tells_what_its_callers_were_doing),
		cmocka_unit_test(buffer_stops_at_its_cap_and_remembers),
		cmocka_unit_test(a_mistyped_word_finds_the_nearest),
		cmocka_unit_test(spans_are_cut_trimmed_and_found),
		cmocka_unit_test(list_of_strings_grows),
		cmocka_unit_test(times_are_read_as_rfc3339_and_nothing_else),
		cmocka_unit_test(weeks_belong_to_the_zone_of_the_publication),
		cmocka_unit_test(daylight_saving_has_one_answer),
		cmocka_unit_test(hmac_is_that_of_rfc4231),
		cmocka_unit_test(base32_goes_there_and_back_in_one_spelling),
		cmocka_unit_test(secret_that_others_can_read_is_refused),
		cmocka_unit_test(keys_are_made_once_and_kept),
		cmocka_unit_test(file_is_replaced_in_one_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
