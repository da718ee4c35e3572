/* Words: one number for each stem, stop words left out, flags of the tables. */
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *
stems(struct words *w, const char *lang, const char *text)
{
	struct terms t = { 0 };
	struct buf b = BUF_INIT(0);
	struct wrap_err err;

	assert_int_equal(words_terms(w, lang, span_of(text), &t, &err), WRAP_OK);
	for (size_t i = 0; i < t.n; i++) {
		buf_adds(&b, i > 0 ? " " : "");
		buf_addspan(&b, words_term(w, t.v[i]));
	}
	terms_clear(&t);
	buf_adds(&b, "");
	return buf_steal(&b);
}

static void
texts_become_stems_in_their_language(void **state)
{
	static const struct {
		const char *lang, *text, *want;
	} t[] = {
		{ "en", "The Registries were signing their zones.", "registri sign zone" },
		{ "en-GB", "zones", "zone" },
		{ NULL, "signed", "sign" },
		{ "de", "Die Häuser der Städte", "haus stadt" },
		{ "fr", "Les élections présidentielles", "élect présidentiel" },
		{ "es", "las nuevas elecciones", "nuev eleccion" },
		{ "pt", "as eleições", "eleiçõ" },
		{ "ru", "новые выборы", "нов выбор" },
		{ "en", "IPv6, CVE-2023-50387 & 192.0.2.1", "ipv6 cve 2023 50387 192 0 2 1" },
		{ "ja", "山川", "山 川" },
		{ "en", "", "" },
	};
	struct words *w = words_new();

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char *got = stems(w, t[i].lang, t[i].text);

		assert_string_equal(got, t[i].want);
		free(got);
	}
	words_free(&w);
}

static void
the_same_stem_has_one_number_and_many_words_fit(void **state)
{
	struct words *w = words_new();
	struct terms t = { 0 };
	struct wrap_err err;
	size_t known;

	(void)state;
	assert_int_equal(
	    words_terms(w, "en", SPAN_LIT("sign signed signing Signs"), &t, &err), WRAP_OK);
	assert_int_equal(t.n, 4);
	assert_true(t.v[0] == t.v[1] && t.v[1] == t.v[2] && t.v[2] == t.v[3]);
	for (int i = 0; i < 50000; i++) {
		char word[16];

		(void)snprintf(word, sizeof(word), "q%dz", i);
		assert_int_equal(words_terms(w, "en", span_of(word), &t, &err), WRAP_OK);
	}
	known = words_known(w);
	assert_true(known >= 50001);
	t.n = 0;
	assert_int_equal(words_terms(w, "en", SPAN_LIT("q777z signing"), &t, &err), WRAP_OK);
	assert_int_equal(words_known(w), known);
	assert_true(span_eqs(words_term(w, t.v[0]), "q777z"));
	assert_int_equal(words_number(w, SPAN_LIT("sign")), t.v[1]);
	terms_clear(&t);
	words_free(&w);
}

static void
tables_know_titles_openers_and_stops(void **state)
{
	struct words *w = words_new();

	(void)state;
	assert_true(words_flags(w, "en", SPAN_LIT("Dr")) & WORD_TITLE);
	assert_true(words_flags(w, "en", SPAN_LIT("The")) & WORD_OPENER);
	assert_true(words_flags(w, "en", SPAN_LIT("The")) & WORD_STOP);
	assert_true(words_flags(w, "de", SPAN_LIT("Außerdem")) & WORD_PRONOUN);
	assert_int_equal(words_flags(w, "en", SPAN_LIT("zone")), 0);
	assert_int_equal(words_flags(w, "tlh", SPAN_LIT("the")), 0);
	words_free(&w);
}

static void
sorting_agrees_with_counting_by_hand(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 31, 32, 100, 1024, 3000 };
	unsigned seed = 3;

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		uint32_t *v = malloc((sizes[s] + 1) * sizeof(*v)), sum = 0, after = 0;

		for (size_t i = 0; i < sizes[s]; i++)
			sum += v[i] = (seed = seed * 1103515245U + 12345U) >> (s % 3 * 8);
		terms_sort(v, sizes[s]);
		for (size_t i = 0; i < sizes[s]; i++) {
			after += v[i];
			assert_true(i == 0 || v[i - 1] <= v[i]);
		}
		assert_int_equal(sum, after);
		free(v);
	}
}

static void
folding_makes_one_line(void **state)
{
	struct buf b = BUF_INIT(0);

	(void)state;
	text_fold(SPAN_LIT("  one\n two\t\u00A0three  "), &b);
	assert_string_equal(buf_str(&b), "one two three");
	assert_int_equal(blank_words(SPAN_LIT(" one  two\nthree ")), 3);
	assert_int_equal(blank_words(SPAN_LIT("   ")), 0);
	buf_clear(&b);
}

/* Feeds often declare the language their software came with. */
static void
the_language_is_guessed_when_it_is_clear(void **state)
{
	static const char en[] =
	    "The board of the exchange voted for the customs house on Tuesday after the "
	    "harbour had raised the rent, and it will move in March with all of its switches.";
	static const char de[] =
	    "Der Vorstand des Knotens stimmte am Dienstag für das Zollhaus, nachdem die Miete "
	    "im Hafen gestiegen war, und er wird im März mit allen Geräten umziehen.";
	static const char sv[] =
	    "Styrelsen för knuten röstade i tisdags för tullhuset efter att hyran i hamnen hade "
	    "höjts, och den ska flytta i mars med all sin utrustning.";
	static const struct {
		const char *declared, *text, *want;
	} t[] = {
		{ "en", en, "en" },
		{ "en-GB", en, "en-GB" },
		{ "de", en, "en" },
		{ "en-US", de, "de" },
		{ "sv", sv, "sv" },
		{ "fr", "Le chat dort.", "fr" },
		{ "de", "Open Source Summit Europe", "de" },
		{ "de", "", "de" },
	};
	struct words *w = words_new();

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_string_equal(words_guess(w, t[i].declared, span_of(t[i].text)), t[i].want);
	words_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_language_is_guessed_when_it_is_clear),
		cmocka_unit_test(texts_become_stems_in_their_language),
		cmocka_unit_test(the_same_stem_has_one_number_and_many_words_fit),
		cmocka_unit_test(tables_know_titles_openers_and_stops),
		cmocka_unit_test(sorting_agrees_with_counting_by_hand),
		cmocka_unit_test(folding_makes_one_line),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
