/* The signed return path: what is ours comes back through every wrapping, what is altered does not. */
#include "wrap/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1800000000

static const struct keyring keys = {
	.current = { { 1, 2, 3 } }, .previous = { { 9, 8, 7 } }, .has_previous = true
};

static enum verp_result
found_in(const char *text, const struct keyring *k, int64_t now, struct verp *v)
{
	struct strs l = { 0 };
	enum verp_result r;

	assert_int_equal(verp_candidates(span_of(text), VERP_FIRST, &l, NULL), WRAP_OK);
	r = verp_choose(k, "weekly.sender.example", &l, now, v);
	strs_clear(&l);
	return r;
}

static void
token_survives_what_wraps_it(void **state)
{
	static const char *const around[] = { "<bounces+*@sender.example>",
		"*@bounces.sender.example", "bounces-*@sender.example",
		"prvs=4711abcdef=bounces+*@sender.example",
		"SRS0=HHHH=TT=sender.example=bounces+*@forwarder.example",
		"SRS1=HHHH=other.example==HHHH=TT=sender.example=bounces+*@forwarder.example",
		"rfc822; bounces+*@sender.example", "\"bounces+*\"@sender.example",
		"list-owner+bounces+*=sender.example@relay.example",
		"Message-ID:\n <2026-W47.*@sender.example>", "for <bounces+*@sender.example>;" };
	char token[VERP_TOKEN], text[400];
	struct verp v;

	(void)state;
	verp_make(&keys, "weekly.sender.example", 1099511627775, 16777215, NOW, token);
	assert_int_equal(strlen(token), 40);
	for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
		struct buf b = BUF_INIT(sizeof(text) - 1);

		verp_address(around[i], token, &b);
		memcpy(text, buf_str(&b), b.n + 1);
		buf_clear(&b);
		assert_int_equal(found_in(text, &keys, NOW, &v), VERP_VALID);
		assert_int_equal(v.reader, 1099511627775);
		assert_int_equal(v.edition, 16777215);
		for (char *p = text; *p != '\0'; p++)
			if (*p >= 'a' && *p <= 'z')
				*p = (char)(*p - 32);
		assert_int_equal(found_in(text, &keys, NOW, &v), VERP_VALID);
	}
}

static void
no_altered_token_is_ours(void **state)
{
	char token[VERP_TOKEN], other[VERP_TOKEN];
	struct verp v;
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";

	(void)state;
	verp_make(&keys, "weekly.sender.example", 7, 3, NOW, token);
	for (size_t i = 0; i < VERP_TOKEN - 1; i++)
		for (size_t j = 0; j < 32; j++) {
			memcpy(other, token, sizeof(other));
			other[i] = letters[j];
			assert_int_equal(verp_read(&keys, "weekly.sender.example", span_of(other),
					     NOW, &v) == VERP_VALID,
			    other[i] == token[i]);
		}
	/* Halves of two valid tokens do not make a third. */
	verp_make(&keys, "weekly.sender.example", 8, 3, NOW, other);
	memcpy(other, token, 20);
	assert_int_equal(
	    verp_read(&keys, "weekly.sender.example", span_of(other), NOW, &v), VERP_FORGED);
	assert_int_equal(
	    verp_read(&keys, "other.sender.example", span_of(token), NOW, &v), VERP_FORGED);
	assert_int_equal(
	    verp_read(&keys, "weekly.sender.example", span_of(""), NOW, &v), VERP_ABSENT);
}

static void
tokens_grow_old_and_keys_rotate(void **state)
{
	struct keyring rotated = {
		.current = { { 42 } }, .previous = keys.current, .has_previous = true
	};
	struct keyring later = {
		.current = { { 43 } }, .previous = { { 42 } }, .has_previous = true
	};
	char token[VERP_TOKEN];
	struct verp v;

	(void)state;
	verp_make(&keys, "weekly.sender.example", 7, 3, NOW, token);
	assert_int_equal(found_in(token, &rotated, NOW, &v), VERP_VALID);
	assert_int_equal(found_in(token, &later, NOW, &v), VERP_FORGED);
	assert_int_equal(found_in(token, &keys, NOW + 30 * 86400, &v), VERP_VALID);
	assert_int_equal(found_in(token, &keys, NOW + 32 * 86400, &v), VERP_LATE);
	assert_int_equal(v.reader, 7);
}

static void
the_valid_one_of_many_is_chosen(void **state)
{
	char token[VERP_TOKEN], text[1000];
	struct verp v;

	(void)state;
	verp_make(&keys, "weekly.sender.example", 7, 3, NOW, token);
	(void)snprintf(text, sizeof(text),
	    "bounces+wabcdefghijklmnopqrstuvwxyz234567aaaaaa@x wdcdefghijklmnopqrstuvwxyz234567aaaaaaa %s %s",
	    token, token);
	assert_int_equal(found_in(text, &keys, NOW, &v), VERP_VALID);
	text[strlen(text) - 1] ^= 1;
	token[39] = token[39] == 'a' ? 'b' : 'a';
	assert_int_equal(found_in(token, &keys, NOW, &v), VERP_FORGED);
	assert_int_equal(found_in("no token here", &keys, NOW, &v), VERP_ABSENT);
}

static void
address_forms(void **state)
{
	struct buf b = BUF_INIT(400);

	(void)state;
	verp_address("bounces+*@sender.example", "tttt", &b);
	assert_string_equal(buf_str(&b), "bounces+tttt@sender.example");
	buf_reset(&b);
	verp_address("*@bounces.sender.example", "tttt", &b);
	assert_string_equal(buf_str(&b), "tttt@bounces.sender.example");
	buf_reset(&b);
	verp_address("plain@sender.example", "tttt", &b);
	assert_string_equal(buf_str(&b), "plain@sender.example");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(token_survives_what_wraps_it),
		cmocka_unit_test(no_altered_token_is_ours),
		cmocka_unit_test(tokens_grow_old_and_keys_rotate),
		cmocka_unit_test(the_valid_one_of_many_is_chosen),
		cmocka_unit_test(address_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
