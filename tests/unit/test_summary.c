/* Summaries: what they choose, and the promises they keep whatever the text. */
#include "digest/score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static char *
summary(const char *lang, const char *title, const char *text, size_t words, size_t sentences)
{
	struct words *w = words_new();
	struct buf b = BUF_INIT(0);
	struct wrap_err err;
	struct summary_style style = { words, sentences };

	assert_non_null(w);
	assert_int_equal(summary_extract(w, lang, title, span_of(text), &style, &b, &err), WRAP_OK);
	words_free(&w);
	buf_adds(&b, "");
	return buf_steal(&b);
}

static const char article[] =
    "LONDON (Newswire) - The registry for the island nation said on Tuesday it will sign its zone with DNSSEC before "
    "the end of the year, which surprised operators who had given up hope. However, it gave no date. The move follows "
    "two outages this spring that left thousands of domain names in the zone unreachable.\n\n"
    "\"We should have done it years ago,\" said its director.\n\n"
    "Photo: the registry's office in the rain.\n\n"
    "Operators of resolvers said the signed zone would let them check answers for the registry's domain names for the "
    "first time. Read more in our newsletter.\n\n"
    "Would they wait?";

static void
the_news_is_chosen_and_furniture_is_not(void **state)
{
	char *s = summary("en", "Island registry to sign its zone", article, 60, 3);

	(void)state;
	assert_memory_equal(
	    s, "The registry for the island nation said on Tuesday it will sign its zone", 70);
	assert_null(strstr(s, "Photo"));
	assert_null(strstr(s, "newsletter"));
	assert_null(strstr(s, "Would they wait"));
	assert_true(trim_is_complete(span_of(s)));
	free(s);
	s = summary("en", NULL, article, 22, 1);
	assert_string_equal(s,
	    "The registry for the island nation said on Tuesday it will sign its zone with DNSSEC before the end of the "
	    "year.");
	free(s);
}

static void
a_leaning_sentence_needs_the_one_before(void **state)
{
	char *s = summary("en", "x",
	    "He opened the exchange in March. It now moves half of the traffic of the city between forty networks. "
	    "But nobody expected that the university would give the building away for nothing.",
	    40, 3);

	(void)state;
	/* Every sentence leans here, so the rule gives way rather than leave nothing. */
	assert_true(strlen(s) > 20);
	free(s);
	s = summary("en", "x",
	    "The exchange opened in March. It now moves half of the traffic of the city between forty networks and more "
	    "will join it. The university gave the building.",
	    27, 2);
	assert_true(strncmp(s, "It", 2) != 0);
	free(s);
}

static void
over_long_sentences_are_cut_only_when_all_are(void **state)
{
	static const char one[] =
	    "The committee for names and numbers and everything between them met again for the ninth "
	    "time this year; the members agreed on the date of the tenth meeting and went home.";
	char *s = summary("en", NULL, one, 20, 3);

	(void)state;
	assert_string_equal(s,
	    "The committee for names and numbers and everything between them met again for the ninth time this year.");
	free(s);
	s = summary("en", NULL, "one two three four five six seven eight nine ten", 4, 3);
	assert_string_equal(s, "one two three four\xE2\x80\xA6");
	free(s);
	s = summary("en", NULL, "  \n ", 20, 3);
	assert_string_equal(s, "");
	free(s);
}

static void
trims_never_change_what_is_asserted(void **state)
{
	static const struct {
		const char *lang, *text, *shortest;
	} t[] = {
		{ "en",
		    "The operator will move all of its servers to the new site, which opened in May.",
		    "The operator will move all of its servers to the new site." },
		{ "en",
		    "The operator will move all of its servers to the new site, but only if the court agrees.",
		    "The operator will move all of its servers to the new site, but only if the court agrees." },
		{ "en",
		    "The plant leaked oil into the river for at least nine weeks, which officials said was small.",
		    "The plant leaked oil into the river for at least nine weeks, which officials said was small." },
		{ "en",
		    "The small town that lies north of the wide river, which floods, was hit by a storm.",
		    "The small town that lies north of the wide river, which floods, was hit by a storm." },
		{ "en", "SPRINGFIELD, Ore. -- The council voted for the cable on Monday night.",
		    "The council voted for the cable on Monday night." },
		{ "en", "The council (seven members) voted for the cable on Monday night.",
		    "The council voted for the cable on Monday night." },
		{ "en", "It voted, which surprised.", "It voted, which surprised." },
		{ "fr",
		    "Le conseil a voté lundi soir pour le nouveau câble sous-marin, notamment grâce aux jeunes.",
		    "Le conseil a voté lundi soir pour le nouveau câble sous-marin." },
		{ "de",
		    "Der Rat stimmte am Montag für das neue Kabel und zwei Häfen, darunter Bremen.",
		    "Der Rat stimmte am Montag für das neue Kabel und zwei Häfen." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct trim_form f[TRIM_FORMS];
		struct buf b = BUF_INIT(0);
		size_t n = trim_forms(t[i].lang, span_of(t[i].text), f);

		trim_write(&f[n - 1], &b);
		assert_string_equal(buf_str(&b), t[i].shortest);
		assert_int_equal(blank_words(buf_span(&b)), f[n - 1].words);
		buf_clear(&b);
	}
}

static void
complete_sentences_are_known_by_their_end(void **state)
{
	(void)state;
	assert_true(trim_is_complete(SPAN_LIT("Yes.")));
	assert_true(trim_is_complete(SPAN_LIT("\"Yes!\"")));
	assert_true(trim_is_complete(SPAN_LIT("« Oui. »")));
	assert_true(trim_is_complete(SPAN_LIT("(Yes.)")));
	assert_false(trim_is_complete(SPAN_LIT("A heading")));
	assert_false(trim_is_complete(SPAN_LIT("\"")));
	assert_false(trim_is_complete(SPAN_LIT("")));
}

/* Whatever the text: within the budget, the same twice, and made of the text's own words. */
static void
promises_hold_on_texts_of_any_shape(void **state)
{
	static const char *const bits[] = { "The registry", "signed", "its zone", ".", ". ",
		", which is", "; ", " (an aside) ", "\"", "\n\n", "Dr. ", "U.S. ", "It ", "But ",
		"5", "?", " -- ", "example.org", "à", "photo:", "…" };
	unsigned seed = 11;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct buf text = BUF_INIT(0);
		size_t words = 5 + (size_t)round % 60;
		char *a, *b;

		for (unsigned n = (seed = seed * 1103515245U + 12345U) >> 8 & 127; n > 0; n--) {
			seed = seed * 1103515245U + 12345U;
			buf_adds(&text, bits[(seed >> 10) % (sizeof(bits) / sizeof(bits[0]))]);
			buf_adds(&text, (seed >> 20) & 1 ? " " : "");
		}
		a = summary("en", "A title", buf_str(&text), words, 3);
		b = summary("en", "A title", buf_str(&text), words, 3);
		assert_string_equal(a, b);
		assert_true(blank_words(span_of(a)) <= words);
		assert_true(utf8_valid(span_of(a)));
		for (struct span rest = span_of(a), word;
		     rest.n > 0 && span_cut(&rest, ' ', &word);) {
			if (word.n > 1 && strchr(".,;", word.p[word.n - 1]) !=
					      NULL) /* ours, or behind an aside that went */
				word.n--;
			if (word.n > 3 && memcmp(word.p + word.n - 3, "\xE2\x80\xA6", 3) == 0)
				word.n -= 3;
			if (span_find(buf_span(&text), word) == (size_t)-1)
				fail_msg("\"%.*s\" of \"%s\" is not in: %s", (int)word.n, word.p, a,
				    buf_str(&text));
		}
		free(a);
		free(b);
		buf_clear(&text);
	}
}

static void
captions_crumbs_and_the_middle_of_speech_are_left_out(void **state)
{
	static const char text[] =
	    "The harbour opened its new gate on Monday after nine years of work by three builders.\n\n"
	    "Harbour gate: the new harbour gate of the harbour on Monday in the harbour.\n\n"
	    "Look at it.\n\n"
	    "\"It took a while. The harbour gate is a gate for the harbour. It stays,\" said its master.\n\n"
	    "Ferries will use it from Tuesday, and the old one closes at the end of the month.";
	char *s = summary("en", NULL, text, 40, 3);

	(void)state;
	assert_string_equal(s,
	    "The harbour opened its new gate on Monday after nine years of work by three builders. "
	    "Ferries will use it from Tuesday, and the old one closes at the end of the month.");
	free(s);
}

static void
a_quotation_with_its_speaker_is_told_from_a_bare_one(void **state)
{
	static const struct {
		const char *text;
		bool quote, said;
	} t[] = {
		{ "\"We waited long\", the harbour master said on Monday.", true, true },
		{ "«\u00A0Nous avons attendu\u00A0», a dit la maire.", true, true },
		{ "\u201EWir haben gewartet\u201C, sagte die Hafenmeisterin.", true, true },
		{ "\"We waited long. It cost us much.\"", true, false },
		{ "\"We waited long, and nobody told us why.", true, false },
		{ "The master said \"we waited long\" and went home.", false, false },
	};
	struct words *w = words_new();
	struct wrap_err err;

	(void)state;
	assert_non_null(w);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct looks l[DOC_SENTENCES];
		struct doc *d;

		assert_int_equal(doc_read(w, "en", span_of(t[i].text), &d, &err), WRAP_OK);
		looks_read(w, "en", d, l);
		assert_int_equal(l[0].quote, t[i].quote);
		if (l[0].said != t[i].said)
			fail_msg("%s", t[i].text);
		doc_free(&d);
	}
	words_free(&w);
}

/* French sentences that tell when or where open with a word that elsewhere is a pronoun. */
static void
a_french_article_may_open_with_its_year(void **state)
{
	char *s = summary("fr", NULL,
	    "En 2019, le registre de Bretagne a signé sa zone avec deux clefs neuves. "
	    "Le matin, tout le monde dormait encore dans les bureaux.",
	    14, 1);

	(void)state;
	assert_string_equal(
	    s, "En 2019, le registre de Bretagne a signé sa zone avec deux clefs neuves.");
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_news_is_chosen_and_furniture_is_not),
		cmocka_unit_test(captions_crumbs_and_the_middle_of_speech_are_left_out),
		cmocka_unit_test(a_quotation_with_its_speaker_is_told_from_a_bare_one),
		cmocka_unit_test(a_french_article_may_open_with_its_year),
		cmocka_unit_test(a_leaning_sentence_needs_the_one_before),
		cmocka_unit_test(over_long_sentences_are_cut_only_when_all_are),
		cmocka_unit_test(trims_never_change_what_is_asserted),
		cmocka_unit_test(complete_sentences_are_known_by_their_end),
		cmocka_unit_test(promises_hold_on_texts_of_any_shape),
	};

	return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
