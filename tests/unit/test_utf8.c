/* UTF-8: decoding of good and bad bytes, columns, and titles made harmless. */
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static void
decodes_every_code_point_and_back(void **state)
{
	(void)state;
	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
		struct buf b = BUF_INIT(16);
		size_t len;

		if (cp >= 0xD800 && cp <= 0xDFFF)
			continue;
		utf8_add(&b, cp);
		assert_int_equal(utf8_decode(b.p, b.n, &len), cp);
		assert_int_equal(len, b.n);
		assert_true(utf8_valid(buf_span(&b)));
		buf_clear(&b);
	}
}

static void
bad_bytes_become_one_replacement_for_each_maximal_subpart(void **state)
{
	static const struct {
		const char *in;
		size_t n, marks;
	} t[] = {
		{ "\x80", 1, 1 },
		{ "\xC0\x80", 2, 2 },
		{ "\xE2\x82", 2, 1 },
		{ "\xE2\x28\xA1", 3, 2 },
		{ "\xED\xA0\x80", 3, 3 },
		{ "\xF4\x90\x80\x80", 4, 4 },
		{ "\xF0\x9F\x98", 3, 1 },
		{ "\xF0\x80\x80\x80", 4, 4 },
		{ "\xFF\xFE", 2, 2 },
		{ "\xC3", 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		size_t marks = 0;

		assert_false(utf8_valid((struct span){ t[i].in, t[i].n }));
		for (size_t at = 0, len; at < t[i].n; at += len)
			marks += utf8_decode(t[i].in + at, t[i].n - at, &len) == 0xFFFD;
		assert_int_equal(marks, t[i].marks);
	}
	assert_true(utf8_valid(SPAN_LIT("\xEF\xBF\xBD")));
	assert_true(utf8_valid(span_of("")));
}

static void
columns_count_wide_and_combining(void **state)
{
	(void)state;
	assert_int_equal(utf8_columns(span_of("plain")), 5);
	assert_int_equal(utf8_columns(span_of("日本語")), 6);
	assert_int_equal(utf8_columns(span_of("e\xCC\x81t\xCC\x81")), 2);
	assert_int_equal(utf8_columns(span_of("한글")), 4);
	assert_int_equal(utf8_columns(span_of("שלום")), 4);
	assert_int_equal(utf8_columns(span_of("🎉")), 2);
	assert_int_equal(utf8_columns(span_of("a\xE2\x80\x8D"
					      "b")),
	    2);
	assert_int_equal(utf8_columns(span_of("ａ")), 2);
	assert_int_equal(utf8_columns(span_of("\t\n\x7F")), 0);
}

static void
a_line_is_one_line_of_visible_text(void **state)
{
	static const char *const t[][2] = {
		{ "  a \r\n b\t\tc  ", "a b c" },
		{ "a\xE2\x80\xA8"
		  "b\xE2\x80\xA9"
		  "c\xC2\x85"
		  "d",
		    "a b c d" },
		{ "good\xFF"
		  "bad",
		    "good\xEF\xBF\xBD"
		    "bad" },
		{ "\xE2\x80\xAE"
		  "evil\xE2\x80\xAC",
		    "evil" },
		{ "\xEF\xBB\xBFtitle\xE2\x80\x8B", "title" },
		{ "می\xE2\x80\x8Cخواهم", "می\xE2\x80\x8Cخواهم" },
		{ "👩\xE2\x80\x8D💻", "👩\xE2\x80\x8D💻" },
		{ "prix\xC2\xA0: 5", "prix\xC2\xA0: 5" },
		{ "a \xC2\xA0 b\xC2\xA0", "a b" },
		{ "Silben\xC2\xADtrennung", "Silbentrennung" },
		{ "\x01\x02", "" },
		{ "", "" },
		{ "x\xF3\xA0\x81\xA1y", "xy" },
		{ "🏴\xF3\xA0\x81\xA7\xF3\xA0\x81\xBF!",
		    "🏴\xF3\xA0\x81\xA7\xF3\xA0\x81\xBF!" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf b = BUF_INIT(256);

		utf8_line(span_of(t[i][0]), &b);
		assert_string_equal(buf_str(&b), t[i][1]);
		buf_clear(&b);
	}
}

static void
a_line_appends_and_survives_nul_and_towers_of_marks(void **state)
{
	struct buf b = BUF_INIT(256), in = BUF_INIT(4096);

	(void)state;
	buf_adds(&b, "was: ");
	utf8_line((struct span){ "a\0b", 3 }, &b);
	assert_string_equal(buf_str(&b), "was: a b");
	buf_reset(&b);
	buf_adds(&in, "z");
	for (int i = 0; i < 500; i++)
		utf8_add(&in, 0x0300 + (uint32_t)i % 50);
	buf_adds(&in, "y");
	utf8_line(buf_span(&in), &b);
	assert_int_equal(b.n, 1 + 8 * 2 + 1);
	assert_int_equal(utf8_columns(buf_span(&b)), 2);
	buf_clear(&b);
	buf_clear(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_every_code_point_and_back),
		cmocka_unit_test(bad_bytes_become_one_replacement_for_each_maximal_subpart),
		cmocka_unit_test(columns_count_wide_and_combining),
		cmocka_unit_test(a_line_is_one_line_of_visible_text),
		cmocka_unit_test(a_line_appends_and_survives_nul_and_towers_of_marks),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
