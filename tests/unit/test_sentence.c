/* Sentences: where texts part, above all around domain names, versions, numbers, abbreviations and quotes. */
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* Sentences are written parted by '|'. */
struct text {
	const char *lang, *want;
};

static void
check(const struct text *t, size_t n)
{
	struct words *w = words_new();
	struct wrap_err err;

	assert_non_null(w);
	for (size_t i = 0; i < n; i++) {
		struct buf in = BUF_INIT(0), got = BUF_INIT(0);
		struct sentences s = { 0 };

		for (const char *p = t[i].want; *p != '\0'; p++)
			buf_addc(&in, *p == '|' ? ' ' : *p);
		assert_int_equal(sentences_split(w, t[i].lang, buf_span(&in), &s, &err), WRAP_OK);
		for (size_t k = 0; k < s.n; k++) {
			buf_adds(&got, k > 0 ? "|" : "");
			text_fold(s.v[k].text, &got);
		}
		assert_string_equal(buf_str(&got), t[i].want);
		sentences_clear(&s);
		buf_clear(&in);
		buf_clear(&got);
	}
	words_free(&w);
}

#define CHECK(t) check(t, sizeof(t) / sizeof((t)[0]))

static void
names_and_numbers_of_our_field_stay_whole(void **state)
{
	static const struct text t[] = {
		{ "en", "The zone moved to example.org last week.|Nobody noticed." },
		{ "en", "Buyers want Booking.com and Node.js names.|Prices rose." },
		{ "en", "BIND 9.18.24 and Unbound v1.19.1 fix CVE-2023-50387.|Patch now." },
		{ "en", "Queries go to 192.0.2.1.|They come back from 198.51.100.7." },
		{ "en", "The block 192.0.2.0/24 was sold.|It cost $1.5 million." },
		{ "en", "See section 3.2.|It explains the rest." },
		{ "en", "Mail to hostmaster@example.net.|Nobody answers." },
		{ "en", "The .com zone grew.|The .net zone did not." },
		{ "en", "Registry operator VeriSign Inc. said so.|Others agreed." },
	};

	(void)state;
	CHECK(t);
}

static void
abbreviations_end_a_sentence_only_before_an_opener(void **state)
{
	static const struct text t[] = {
		{ "en", "He works for the U.S. Government in Virginia." },
		{ "en", "He lives in the U.S.|The house is old." },
		{ "en", "Dr. Smith met Mr. J. R. Jones on Jan. 5 at Acme Corp. headquarters." },
		{ "en", "They signed with Acme Corp.|It took a year." },
		{ "en", "The meeting ended at 5 p.m.|Delegates left." },
		{ "en", "The meeting is at 5 p.m. EST on Monday." },
		{ "en", "See fig. 3 and p. 12 for e.g. Vixie et al. on the matter." },
		{ "de", "Am 3. Oktober traf Dr. Meyer z.B. Herrn Prof. Huber.|Es regnete." },
		{ "de", "Das kostet ca. 5 Mio. Euro.|Der Rat stimmt zu." },
		{ "de", "\u201EDas ist gut.\u201C|Er ging nach Hause." },
		{ "de", "Er wohnt in der Goethestr. 5 in Bonn.|Sie zahlte an der Kasse." },
		{ "fr", "Selon l'art. 5 du code, c'est non.|Le juge l'a dit." },
		{ "it", "Vale l'art. 12 della legge.|Si veda anche vol. IV del testo." },
		{ "en", "She works at Yahoo! Inc. in Ohio.|He left." },
		{ "fr", "M. Dupont et Mme Martin ont signé.|Le contrat court sur deux ans." },
		{ "es", "El Sr. García llegó a las 5.|La reunión empezó." },
		{ "it", "Il dott. Rossi vive in via Po n. 5.|La casa è antica." },
		{ "pt", "O Sr. Silva chegou cedo.|A reunião começou." },
		{ "nl", "Dhr. De Vries woont op nr. 5.|Het huis is oud." },
	};

	(void)state;
	CHECK(t);
}

static void
each_language_has_abbreviations_of_its_own(void **state)
{
	static const struct text t[] = {
		{ "en", "He lives on Main St.|The house is red." },
		{ "en", "The St. Louis Cardinals won.|St. Paul did not." },
		{ "en", "It happened in Washington, D.C.|The next day was calm." },
		{ "en", "See sec. 4.2 of the report.|It explains why." },
		{ "de", "Frau Dr. h. c. Meier kam.|Herr Dipl.-Ing. Huber nicht." },
		{ "de", "Die Bahn streikt, z. B. am Montag.|Busse fahren." },
		{ "de", "Mit freundlichen Grüßen i. A. Schulz" },
		{ "de", "Der Verein, gegr. 1895, ist alt.|Er wächst." },
		{ "de", "Am 5. und 6. Mai tagt der Rat.|Am 7. ruht er." },
		{ "de", "Siehe §§ 3 ff. BGB.|Dort steht es." },
		{ "de", "Kaiser Wilhelm II. dankte ab.|Er ging nach Holland." },
		{ "fr", "J.-P. Martin a gagné.|Il a souri." },
		{ "fr", "En 50 av. J.-C., Rome régnait.|Puis elle tomba." },
		{ "fr", "Né en 1950 apr. J.-C., il est vieux." },
		{ "fr", "Le prés. Macron est là le lun. 5 mai.|Il parle." },
		{ "fr", "C'est mon ex.|Elle est partie." },
		{ "es", "En el s. XIX era distinto.|Hoy no." },
		{ "es", "Llegó a las 9 a. m. y salió con su hijo.|Nadie lo vio." },
		{ "es", "Vive en la Av. Libertador.|Ella no." },
		{ "it", "Nel sec. XIX era diverso.|Oggi no." },
		{ "it", "Si veda l'art. 12, co. 3, lett. b) del testo.|È chiaro." },
		{ "pt", "Aprox. 300 pessoas foram.|É pouco." },
		{ "pt", "No séc. XIX era diferente.|Hoje não." },
		{ "nl", "Gen. De Wit en kol. Mol spraken.|Niemand luisterde." },
		{ "nl", "Vgl. hfst. 3.|Het is kort." },
		{ "nl", "'s Avonds is het stil.|'s Nachts ook.|'t Is zo." },
	};

	(void)state;
	CHECK(t);
}

static void
pictures_and_speech_stay_with_their_sentence(void **state)
{
	static const struct text t[] = {
		{ "en", "Great news! 🎉|We ship today." },
		{ "en", "We ship today. 👩🏽‍💻❤️|More soon." },
		{ "en", "This is it 👍.|Good." },
		{ "fr", "« Tu viens ? demanda-t-il. Il est tard », dit-il.|Elle vint." },
		{ "es", "«¿Quién?», preguntó.|«Yo», dije." },
	};

	(void)state;
	CHECK(t);
}

static void
quotes_and_brackets_hold_together(void **state)
{
	static const struct text t[] = {
		{ "en", "\"It failed. We know why,\" she said.|Then she left." },
		{ "en", "\"It failed.\"|Then she left." },
		{ "en", "He teaches (he worked for 5 years as an engineer.) at the university." },
		{ "en", "She asked: \"Why now?\"|Nobody knew." },
		{ "en", "It was settled in 2019.[4]|The case was closed." },
		{ "en", "The rule is clear. [12]|It was never applied." },
		{ "fr", "«\u00A0Tout va bien.\u00A0»|Le ministre a souri." },
		{ "en", "Yahoo! in the headline stays.|It does!|Does it?|Yes." },
		{ "en", "The answer is . . . unknown to us." },
		{ "en", "We waited...|Nothing came." },
		{ "en", "We waited... and nothing came." },
	};

	(void)state;
	CHECK(t);
}

static void
lists_paragraphs_and_lost_blanks_part(void **state)
{
	static const struct text lists[] = {
		{ "en", "1. Sign the zone.|2. Publish the key.|3. Wait." },
		{ "en", "a) one thing|b) another" },
	};
	static const struct {
		const char *lang, *text;
		size_t n;
	} glued[] = {
		{ "fr", "Il a fini vers 17h15.La suite est connue.", 2 },
		{ "fr", "Il voulait \"frapper fort\".La police est venue.", 2 },
		{ "en", "Version 2.The is no word, but v2.0 and Node.js are.", 2 },
		{ "en", "See RFC 5321.Foo and 10.0.0.1.", 1 },
	};
	struct words *w = words_new();
	struct sentences s = { 0 };
	struct wrap_err err;
	static const char text[] =
	    "A heading\n\nFirst line\nsecond line. It goes on.\f- an item\n- another one\r\n\r\nLast.The end is near.";

	(void)state;
	CHECK(lists);
	for (size_t i = 0; i < sizeof(glued) / sizeof(glued[0]); i++) {
		assert_int_equal(
		    sentences_split(w, glued[i].lang, span_of(glued[i].text), &s, &err), WRAP_OK);
		if (s.n != glued[i].n)
			fail_msg("%s: %zu", glued[i].text, s.n);
		sentences_clear(&s);
	}
	assert_int_equal(sentences_split(w, "en", span_of(text), &s, &err), WRAP_OK);
	assert_int_equal(s.n, 7);
	assert_true(span_eqs(s.v[0].text, "A heading"));
	assert_true(span_eqs(s.v[1].text, "First line\nsecond line."));
	assert_true(span_eqs(s.v[2].text, "It goes on."));
	assert_int_equal(s.v[2].paragraph, 1);
	assert_true(span_eqs(s.v[3].text, "- an item"));
	assert_true(span_eqs(s.v[5].text, "Last."));
	assert_true(span_eqs(s.v[6].text, "The end is near."));
	sentences_clear(&s);
	words_free(&w);
}

static void
other_scripts_part_at_their_own_stops(void **state)
{
	struct words *w = words_new();
	struct wrap_err err;
	static const struct {
		const char *lang, *text;
		size_t n;
	} t[] = {
		{ "ja", "これは山です。これは川です！本当ですか？", 3 },
		{ "zh", "今天下雨。明天晴。", 2 },
		{ "hi", "यह एक वाक्य है। यह दूसरा है।", 2 },
		{ "ar", "كيف حالك؟ أنا بخير.", 2 },
		{ "am", "እንደምን አለህ፧መልካም ቀን ይሁንልህ።", 2 },
		{ "hy", "Տոնածառը նոր է: Պետք է այն զարդարել:", 2 },
		{ "ru", "Он живёт на ул. Ленина в г. Москве. Дом стар.", 2 },
		{ "xx", "Some text here. Another one here.", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct sentences s = { 0 };

		assert_int_equal(
		    sentences_split(w, t[i].lang, span_of(t[i].text), &s, &err), WRAP_OK);
		assert_int_equal(s.n, t[i].n);
		sentences_clear(&s);
	}
	words_free(&w);
}

/* Whatever the bytes, the sentences are slices of the text, in order, and nothing but blanks lies between them. */
static void
nothing_is_lost_of_any_bytes(void **state)
{
	static const char alphabet[] =
	    "aB1 .!?\"'()[]\n\r-:;\xE2\x80\x9C\xC2\xAB\x80\xFF\xE3\x80\x82";
	static const char *const langs[] = { "en", "de", "ar", "xx", "" };
	struct words *w = words_new();
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[96];
		size_t n = 0;
		struct sentences s = { 0 };
		struct wrap_err err;
		const char *at = text;

		for (size_t len = (seed = seed * 1103515245U + 12345U) >> 8 & 63; n < len;) {
			seed = seed * 1103515245U + 12345U;
			text[n++] = alphabet[(seed >> 10) % (sizeof(alphabet) - 1)];
		}
		assert_int_equal(
		    sentences_split(w, langs[round % 5], (struct span){ text, n }, &s, &err),
		    WRAP_OK);
		for (size_t k = 0; k < s.n; k++) {
			assert_true(s.v[k].text.n > 0 && s.v[k].text.p >= at &&
				    s.v[k].text.p + s.v[k].text.n <= text + n);
			for (; at < s.v[k].text.p; at++)
				assert_true(strchr(" \n\r\f\v\t", *at) != NULL ||
					    (unsigned char)*at >= 0x80);
			at = s.v[k].text.p + s.v[k].text.n;
		}
		for (; at < text + n; at++)
			assert_true(
			    strchr(" \n\r\f\v\t", *at) != NULL || (unsigned char)*at >= 0x80);
		sentences_clear(&s);
	}
	words_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers_of_our_field_stay_whole),
		cmocka_unit_test(abbreviations_end_a_sentence_only_before_an_opener),
		cmocka_unit_test(each_language_has_abbreviations_of_its_own),
		cmocka_unit_test(pictures_and_speech_stay_with_their_sentence),
		cmocka_unit_test(quotes_and_brackets_hold_together),
		cmocka_unit_test(lists_paragraphs_and_lost_blanks_part),
		cmocka_unit_test(other_scripts_part_at_their_own_stops),
		cmocka_unit_test(nothing_is_lost_of_any_bytes),
	};

	return cmocka_run_group_tests_name("sentence", tests, NULL, NULL);
}
