/* Fingerprints: copies are found whatever was done to them, and neighbours are not taken for copies. */
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define N 6

static unsigned seed;

static unsigned
roll(unsigned below)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 8) % below;
}

static void
fill(struct terms *t, size_t n)
{
	t->v = realloc(t->v, (n + 1) * sizeof(*t->v));
	t->n = t->size = n;
	for (size_t i = 0; i < n; i++)
		t->v[i] = roll(1000000);
}

static void
copy(struct terms *t, const struct terms *from, size_t at, size_t n)
{
	fill(t, n);
	memcpy(t->v, from->v + at, n * sizeof(*t->v));
}

static void
clear(struct terms *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		terms_clear(&t[i]);
}

static void
verbatim_trimmed_edited_and_teaser_copies_are_found(void **state)
{
	struct terms t[N] = { { 0 } };
	size_t group[N];
	struct wrap_err err;

	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		seed = round + 1;
		fill(&t[0], 400);
		copy(&t[1], &t[0], 0, 400);
		copy(&t[2], &t[0], 0, 260);
		copy(&t[3], &t[0], 0, 400);
		for (size_t i = 0; i < 40; i++) /* one word in ten is another */
			t[3].v[i * 10 + roll(10)] = roll(1000000);
		copy(&t[4], &t[0], 0, 45);
		fill(&t[5], 400);
		assert_int_equal(copies_find(t, N, NULL, NULL, group, &err), WRAP_OK);
		for (size_t i = 0; i < 5; i++)
			assert_int_equal(group[i], 0);
		assert_int_equal(group[5], 5);
	}
	clear(t, N);
}

static void
a_shared_quote_or_footer_makes_no_copy(void **state)
{
	struct terms t[30] = { { 0 } }, footer = { 0 };
	size_t group[30];
	struct wrap_err err;

	(void)state;
	seed = 99;
	fill(&footer, 80);
	for (size_t i = 0; i < 30; i++) {
		fill(&t[i], 150); /* the footer alone is more than half of a short text's runs */
		memcpy(t[i].v + 70, footer.v, 80 * sizeof(*footer.v));
	}
	assert_int_equal(copies_find(t, 30, NULL, NULL, group, &err), WRAP_OK);
	for (size_t i = 0; i < 30; i++)
		assert_int_equal(group[i], i);
	fill(&t[0], 300);
	fill(&t[1], 300);
	memcpy(t[1].v + 100, t[0].v + 20, 40 * sizeof(*footer.v)); /* a long quote */
	assert_int_equal(copies_find(t, 2, NULL, NULL, group, &err), WRAP_OK);
	assert_int_equal(group[1], 1);
	clear(t, 30);
	terms_clear(&footer);
}

static void
empty_and_tiny_texts_are_copies_of_nothing(void **state)
{
	struct terms t[4] = { { 0 } };
	size_t group[4];
	struct wrap_err err;
	struct shingles s;

	(void)state;
	seed = 5;
	fill(&t[1], 2);
	fill(&t[2], 8);
	copy(&t[3], &t[2], 0, 5);
	assert_int_equal(copies_find(t, 4, NULL, NULL, group, &err), WRAP_OK);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(group[i], i);
	assert_int_equal(group[3], 2); /* three of six runs: over a third */
	assert_true(shingles_of(t[2].v, t[2].n, &s));
	assert_int_equal(s.n, 6);
	shingles_clear(&s);
	clear(t, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbatim_trimmed_edited_and_teaser_copies_are_found),
		cmocka_unit_test(a_shared_quote_or_footer_makes_no_copy),
		cmocka_unit_test(empty_and_tiny_texts_are_copies_of_nothing),
	};

	return cmocka_run_group_tests_name("fingerprint", tests, NULL, NULL);
}
