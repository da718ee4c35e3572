/* Phrases: every language has its own words, dates and numbers, and a broken file is refused with its line. */
#include "wrap/config.h"
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct phrasebook *
book_of(const char *language)
{
	struct config c = { 0 };
	struct phrasebook *p = NULL;
	struct wrap_err err = { 0 };

	assert_int_equal(phrasebook_open(language, config_template_load, &c, &p, &err), WRAP_OK);
	assert_string_equal(err.text, "");
	return p;
}

static void
dates_are_written_as_the_language_does(void **state)
{
	static const struct {
		const char *language, *date, *brief, *first;
	} t[] = {
		{ "en", "22 November 2026", "22 Nov", "1 March 2027" },
		{ "de", "22. November 2026", "22. Nov.", "1. März 2027" },
		{ "fr", "22 novembre 2026", "22 nov.", "1er mars 2027" },
		{ "es", "22 de noviembre de 2026", "22 nov", "1 de marzo de 2027" },
		{ "it", "22 novembre 2026", "22 nov", "1º marzo 2027" },
		{ "pt-BR", "22 de novembro de 2026", "22 de nov.", "1 de março de 2027" },
		{ "NL_be", "22 november 2026", "22 nov.", "1 maart 2027" },
		{ "xx", "22 November 2026", "22 Nov", "1 March 2027" },
	};
	struct tm sunday = { .tm_year = 126, .tm_mon = 10, .tm_mday = 22, .tm_wday = 0 };
	struct tm first = { .tm_year = 127, .tm_mon = 2, .tm_mday = 1, .tm_wday = 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct phrasebook *p = book_of(t[i].language);
		struct buf b = BUF_INIT(4096);

		phrase_date(p, &sunday, PHRASE_DATE, &b);
		assert_string_equal(buf_str(&b), t[i].date);
		buf_reset(&b);
		phrase_date(p, &sunday, PHRASE_DATE_SHORT, &b);
		assert_string_equal(buf_str(&b), t[i].brief);
		buf_reset(&b);
		phrase_date(p, &first, PHRASE_DATE, &b);
		assert_string_equal(buf_str(&b), t[i].first);
		buf_clear(&b);
		phrasebook_close(&p);
		phrasebook_close(&p);
	}
}

static void
numbers_have_the_marks_of_the_language(void **state)
{
	static const struct {
		const char *language;
		long long n;
		const char *number;
	} t[] = {
		{ "en", 1234567, "1,234,567" },
		{ "en", 999, "999" },
		{ "de", 1234, "1.234" },
		{ "fr", 12345,
		    "12\xC2\xA0"
		    "345" },
		{ "es", 1234, "1234" },
		{ "es", -12345,
		    "\xE2\x88\x92"
		    "12\xC2\xA0"
		    "345" },
		{ "it", -1000,
		    "\xE2\x88\x92"
		    "1.000" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct phrasebook *p = book_of(t[i].language);
		struct buf b = BUF_INIT(4096);

		phrase_number(p, t[i].n, &b);
		assert_string_equal(buf_str(&b), t[i].number);
		buf_clear(&b);
		phrasebook_close(&p);
	}
}

static void
no_language_we_ship_lacks_words(void **state)
{
	/* Those that site.c offers to readers. */
	static const char *const languages[] = { "de", "fr", "es", "it", "pt", "nl" };
	static const char *const same[] = { "first_day", "group_from", "singular", "thousands",
		"date", "date_short", "date_time", "fact_name", "pause_weeks_one" };
	struct phrasebook *en = book_of("en");
	struct buf keys = BUF_INIT(1 << 20);
	struct wrap_err err;

	(void)state;
	assert_int_equal(file_read("templates/words.en", 1 << 20, &keys, &err), WRAP_OK);
	for (size_t l = 0; l < sizeof(languages) / sizeof(languages[0]); l++) {
		struct phrasebook *p = book_of(languages[l]);

		struct span rest = buf_span(&keys), line, key;

		assert_true(phrasebook_speaks(p));
		while (span_cut(&rest, '\n', &line)) {
			bool may = line.n == 0 || line.p[0] == '#';

			(void)span_cut(&line, '=', &key);
			key = span_trim(key);
			for (size_t k = 0; k < sizeof(same) / sizeof(same[0]); k++)
				may = may || span_eqs(key, same[k]);
			if (!may && strcmp(phrase_find(p, key), phrase_find(en, key)) == 0)
				fail_msg(
				    "words.%s: %.*s is English", languages[l], (int)key.n, key.p);
		}
		phrasebook_close(&p);
	}
	buf_clear(&keys);
	assert_null(phrase_find(en, SPAN_LIT("no such key")));
	assert_string_equal(phrase(en, "no such key"), "no such key");
	phrasebook_close(&en);
}

/* ---- files of our own ---------------------------------------------------------------------------------- */

struct files {
	const char *en, *own, *de, *own_de, *asked;
};

static enum wrap_rc
load(void *ctx, const char *name, bool own, struct buf *out, struct wrap_err *err)
{
	struct files *f = ctx;
	const char *text = strcmp(name, "words.en") == 0   ? (own ? f->own : f->en)
			   : strcmp(name, "words.de") == 0 ? (own ? f->own_de : f->de)
							   : NULL;

	assert_null(strchr(name, '/'));
	if (text == NULL)
		return wrap_fail(err, WRAP_ENOTFOUND, "no %s", name);
	buf_adds(out, text);
	return WRAP_OK;
}

static void
names_in_a_text_are_filled_in(void **state)
{
	struct phrasebook *p = book_of("de");
	struct phrase_value v[] = { { "open", "7" }, { "held", "{{open}}" } };
	struct buf b = BUF_INIT(4096);

	(void)state;
	phrase_fill("{{open}} and {{ held }}, {{none}}{{open}}{{", v, 2, &b);
	assert_string_equal(buf_str(&b), "7 and {{open}}, 7{{");
	buf_reset(&b);
	phrase_count(p, "report_accounted", 1234, &b);
	assert_string_equal(buf_str(&b), "Jeder Leser ist erfasst, 1.234 insgesamt.");
	buf_reset(&b);
	phrase_count(p, "report_accounted", 1, &b);
	assert_string_equal(buf_str(&b), "Der eine Leser ist erfasst.");
	buf_clear(&b);
	phrasebook_close(&p);
}

static void
missing_words_fall_back_step_by_step(void **state)
{
	struct files f = {
		.en = "a = A\nb = B\nc = C\nd = D\nsingular = 1\nx_one = one\nx_other = {{n}} xs\n",
		.own = "d = my D",
		.de = "# German\nb = be\n\n c=ze \n",
		.own_de = "c = mein C = c"
	};
	struct phrasebook *p = NULL;
	struct wrap_err err;
	struct buf b = BUF_INIT(100);

	(void)state;
	assert_int_equal(phrasebook_open("de-AT/../../etc", load, &f, &p, &err), WRAP_OK);
	assert_string_equal(phrase(p, "a"), "A");
	assert_string_equal(phrase(p, "b"), "be");
	assert_string_equal(phrase(p, "c"), "mein C = c");
	assert_string_equal(phrase(p, "d"), "my D");
	assert_true(phrasebook_speaks(p));
	phrase_count(p, "x", 1, &b);
	buf_addc(&b, ' ');
	phrase_count(p, "x", 2, &b);
	assert_string_equal(buf_str(&b), "one 2 xs");
	buf_reset(&b);
	phrase_count(p, "y", 2, &b);
	assert_string_equal(buf_str(&b), "y");
	buf_clear(&b);
	phrasebook_close(&p);
	assert_int_equal(phrasebook_open(NULL, load, &f, &p, &err), WRAP_OK);
	assert_string_equal(phrase(p, "b"), "B");
	phrasebook_close(&p);
}

static void
broken_files_are_refused_with_their_line(void **state)
{
	static const struct {
		const char *own, *says;
	} t[] = {
		{ "# fine\n\nb\n", "words.en:3: not a line \"key = text\"" },
		{ "bb = B\n", "words.en:1: 'bb' is no key: words.en has them all" },
		{ "b = 1\nb = 2\n", "words.en:2: 'b' is there twice" },
		{ "b =\n", "words.en:1: 'b' has no text" },
		{ "b = \xFF\n", "words.en:1: 'b' is no UTF-8" },
		{ " = x\n", "words.en:1: '' is no key: words.en has them all" },
		{ "weekdays = a, b\n",
		    "words.en:1: 'weekdays' does not name them all, parted by commas" },
		{ "weekdays = a, b, c, , e, f, g\n", "words.en:1: 'weekdays' has an empty word" },
		{ "date = {{dya}}\n",
		    "words.en:1: 'date' may hold {{day}}, {{month}}, {{mon}}, {{year}}, {{weekday}}, "
		    "{{wday}}, {{hour}} and {{minute}} only" },
		{ "b = {{whom}}\n",
		    "words.en:1: 'b' may hold {{publication}}, {{who}} and {{n}} only" },
		{ "singular = one\n", "words.en:1: 'singular' is of digits and blanks" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct files f = { .en =
				       "b = B\nweekdays = a,b,c,d,e,f,g\ndate = x\nsingular = 1\n",
			.own = t[i].own };
		struct phrasebook *p = NULL;
		struct wrap_err err = { 0 };

		assert_int_equal(phrasebook_open("en", load, &f, &p, &err), WRAP_ECONFIG);
		assert_string_equal(err.text, t[i].says);
		assert_null(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_written_as_the_language_does),
		cmocka_unit_test(numbers_have_the_marks_of_the_language),
		cmocka_unit_test(no_language_we_ship_lacks_words),
		cmocka_unit_test(names_in_a_text_are_filled_in),
		cmocka_unit_test(missing_words_fall_back_step_by_step),
		cmocka_unit_test(broken_files_are_refused_with_their_line),
	};

	return cmocka_run_group_tests_name("phrase", tests, NULL, NULL);
}
