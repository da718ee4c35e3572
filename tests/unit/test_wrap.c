/* Plain text in lines: width counts columns, links and codes stay whole, nothing is lost. */
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void
expect(const char *in, size_t width, const char *first, const char *indent, const char *want)
{
	struct buf b = BUF_INIT(65536);

	text_wrap(span_of(in), width, first, indent, &b);
	assert_string_equal(buf_str(&b), want);
	buf_clear(&b);
}

static void
lines_break_at_blanks_and_count_columns(void **state)
{
	(void)state;
	expect("one two three four", 9, "", "", "one two\nthree\nfour\n");
	expect("one two three", 20, "* ", "  ", "* one two three\n");
	expect("one two three four", 11, "* ", "  ", "* one two\n  three\n  four\n");
	expect("exactly10c next", 10, "", "", "exactly10c\nnext\n");
	expect("", 10, "", "", "");
	expect("a\nb", 10, "", "", "a\nb\n");
	expect("a\n\nb", 10, "> ", "> ", "> a\n\n> b\n");
	expect("trailing   \nblanks  ", 20, "", "", "trailing\nblanks\n");
}

static void
wide_characters_count_as_two_and_break_anywhere_they_may(void **state)
{
	(void)state;
	expect("日本語のテキスト", 8, "", "", "日本語の\nテキスト\n");
	/* No line starts with a full stop, none ends with an opening bracket (UAX 14). */
	expect("日本語。文", 6, "", "", "日本\n語。文\n");
	expect("日本（語）", 6, "", "", "日本\n（語）\n");
	expect("e\xCC\x81"
	       "e\xCC\x81"
	       "e\xCC\x81 x",
	    3, "", "",
	    "e\xCC\x81"
	    "e\xCC\x81"
	    "e\xCC\x81\nx\n");
}

static void
links_and_codes_stay_whole(void **state)
{
	(void)state;
	expect("see https://x.example/a/very/long/path?with=query&more=1 there", 20, "", "",
	    "see\nhttps://x.example/a/very/long/path?with=query&more=1\nthere\n");
	expect("(https://x.example/a/b/c/d/e/f/g/h)", 12, "", "",
	    "(https://x.example/a/b/c/d/e/f/g/h)\n");
	expect("write mailto:someone@a-long-name.example now", 12, "", "",
	    "write\nmailto:someone@a-long-name.example\nnow\n");
	expect("詳細はhttps://x.example/abc/defをご覧", 20, "", "",
	    "詳細は\nhttps://x.example/abc/def\nをご覧\n");
	expect("d41d8cd98f00b204e9800998ecf8427e is empty", 10, "", "",
	    "d41d8cd98f00b204e9800998ecf8427e\nis empty\n");
}

static void
a_word_without_breaks_in_another_script_is_cut(void **state)
{
	(void)state;
	expect("ééééééééééééé", 5, "", "", "ééééé\nééééé\nééé\n");
}

static void
bad_bytes_and_controls_do_no_harm(void **state)
{
	struct buf b = BUF_INIT(1024);

	(void)state;
	text_wrap((struct span){ "a\0b\x1B[1m\xFF c\td", 12 }, 40, "", "", &b);
	assert_string_equal(buf_str(&b), "ab[1m\xEF\xBF\xBD c d\n");
	buf_clear(&b);
}

/* Whatever goes in: no line is wider than it must be, and all but blanks comes out in order. */
static void
nothing_is_lost_and_no_line_is_too_wide(void **state)
{
	static const char *const words[] = { "a", "word", "longer-word", "日本", "שלום", "مرحبا",
		"🎉", "é", "x.y", "(z)", "-", "—" };
	unsigned seed = 3;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct buf in = BUF_INIT(8192), out = BUF_INIT(65536), a = BUF_INIT(8192),
			   b = BUF_INIT(65536);
		struct span rest, line;

		for (int i = 0; i < 60; i++) {
			seed = seed * 1103515245u + 12345u;
			buf_adds(&in, words[(seed >> 16) % (sizeof(words) / sizeof(words[0]))]);
			if (seed >> 28 & 3)
				buf_addc(&in, ' ');
		}
		text_wrap(buf_span(&in), 30, "", "  ", &out);
		for (rest = buf_span(&out); span_cut(&rest, '\n', &line);)
			assert_true(utf8_columns(line) <= 30 ||
				    memchr(line.p + 2, ' ', line.n - 2) == NULL);
		for (size_t i = 0; i < in.n; i++)
			if (in.p[i] != ' ')
				buf_addc(&a, in.p[i]);
		for (size_t i = 0; i < out.n; i++)
			if (out.p[i] != ' ' && out.p[i] != '\n')
				buf_addc(&b, out.p[i]);
		assert_string_equal(buf_str(&a), buf_str(&b));
		buf_clear(&in);
		buf_clear(&out);
		buf_clear(&a);
		buf_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_break_at_blanks_and_count_columns),
		cmocka_unit_test(wide_characters_count_as_two_and_break_anywhere_they_may),
		cmocka_unit_test(links_and_codes_stay_whole),
		cmocka_unit_test(a_word_without_breaks_in_another_script_is_cut),
		cmocka_unit_test(bad_bytes_and_controls_do_no_harm),
		cmocka_unit_test(nothing_is_lost_and_no_line_is_too_wide),
	};

	return cmocka_run_group_tests_name("wrap", tests, NULL, NULL);
}
