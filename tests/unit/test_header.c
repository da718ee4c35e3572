/* Headers: folded, encoded and never more than one field, whatever the value holds. */
#include "wrap/mail.h"
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void
text_is_plain_where_it_can_be_and_encoded_where_it_must(void **state)
{
	static const char *const t[][2] = {
		{ "The Weekly Wrap", "Subject: The Weekly Wrap\r\n" },
		{ "", "Subject:\r\n" },
		{ "Über DNS", "Subject: =?UTF-8?B?w5xiZXI=?= DNS\r\n" },
		{ "The week in Zürich and beyond",
		    "Subject: The week in =?UTF-8?Q?Z=C3=BCrich?= and beyond\r\n" },
		{ "é a é", "Subject: =?UTF-8?B?w6kgYSDDqQ==?=\r\n" },
		{ "日本", "Subject: =?UTF-8?B?5pel5pys?=\r\n" },
		{ "=?UTF-8?Q?fake?=", "Subject: =?UTF-8?B?PT9VVEYtOD9RP2Zha2U/PQ==?=\r\n" },
		{ "two  blanks", "Subject: =?UTF-8?Q?two__blanks?=\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf b = BUF_INIT(4096);

		assert_int_equal(header_text(&b, "Subject", span_of(t[i][0]), NULL), WRAP_OK);
		assert_string_equal(buf_str(&b), t[i][1]);
		buf_clear(&b);
	}
}

static void
phrases_are_atoms_quoted_or_encoded(void **state)
{
	static const char *const t[][3] = {
		{ "Jane Doe", "j@x.example", "To: Jane Doe <j@x.example>\r\n" },
		{ "", "j@x.example", "To: j@x.example\r\n" },
		{ "Doe, Jane (DNS)", "j@x.example", "To: \"Doe, Jane (DNS)\" <j@x.example>\r\n" },
		{ "a \"b\" \\c", "j@x.example", "To: \"a \\\"b\\\" \\\\c\" <j@x.example>\r\n" },
		{ "J. Doe", "j@x.example", "To: \"J. Doe\" <j@x.example>\r\n" },
		{ "Zoë, the 1st", "j@x.example",
		    "To: =?UTF-8?Q?Zo=C3=AB=2C_the_1st?= <j@x.example>\r\n" },
		{ "evil@y.example", "j@x.example", "To: \"evil@y.example\" <j@x.example>\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf b = BUF_INIT(4096);

		assert_int_equal(
		    header_phrase(&b, "To", span_of(t[i][0]), span_of(t[i][1]), NULL), WRAP_OK);
		assert_string_equal(buf_str(&b), t[i][2]);
		buf_clear(&b);
	}
}

static void
nothing_ends_a_line_but_us(void **state)
{
	static const struct span bad[] = {
		{ "a\r\nBcc: b@c", 11 },
		{ "a\nb", 3 },
		{ "a\rb", 3 },
		{ "a\0b", 3 },
		{ "a\tb", 3 },
		{ "\x7F", 1 },
	};
	struct buf b = BUF_INIT(4096);

	(void)state;
	buf_adds(&b, "kept");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(header_text(&b, "Subject", bad[i], NULL), WRAP_EINVAL);
		assert_int_equal(header_words(&b, "Message-ID", bad[i], NULL), WRAP_EINVAL);
		assert_int_equal(
		    header_phrase(&b, "To", bad[i], span_of("a@b.example"), NULL), WRAP_EINVAL);
		assert_int_equal(header_phrase(&b, "To", span_of("x"), bad[i], NULL), WRAP_EINVAL);
	}
	assert_int_equal(
	    header_phrase(&b, "To", span_of("x"), span_of("a@b>,<c@d"), NULL), WRAP_EINVAL);
	assert_int_equal(header_phrase(&b, "To", span_of("x"), span_of(""), NULL), WRAP_EINVAL);
	assert_int_equal(header_text(&b, "Sub ject", span_of("x"), NULL), WRAP_EINVAL);
	assert_int_equal(header_text(&b, "X:y", span_of("x"), NULL), WRAP_EINVAL);
	assert_int_equal(header_words(&b, "X", span_of("caf\xC3\xA9"), NULL), WRAP_EINVAL);
	assert_string_equal(buf_str(&b), "kept");
	buf_clear(&b);
}

/* Each line within its limit, continuation lines start with one blank and hold more than blanks. */
static void
check_lines(const struct buf *b)
{
	struct span rest = buf_span(b), line;
	bool first = true;

	assert_true(b->n > 2);
	assert_string_equal(b->p + b->n - 2, "\r\n");
	while (span_cut(&rest, '\n', &line)) {
		bool encoded = span_find(line, SPAN_LIT("=?")) != (size_t)-1;

		assert_true(line.n > 0 && line.p[line.n - 1] == '\r');
		line.n--;
		assert_true(line.n <= (encoded ? 76 : 78));
		assert_true(first || line.p[0] == ' ');
		assert_true(span_trim(line).n > 0);
		for (size_t i = 0; i < line.n; i++)
			assert_in_range((unsigned char)line.p[i], 0x20, 0x7E);
		first = false;
	}
}

/* One encoded word at p, its text appended; where it ends. */
static const char *
decode_word(const char *p, struct buf *out)
{
	static const char all[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *end = strstr(p + 10, "?=");
	struct buf raw = BUF_INIT(256);

	for (const char *q = p + 10; p[8] == 'Q' && q < end; q++) {
		char hex[3] = { q[1], q[2], '\0' };

		if (*q == '=') {
			buf_addc(&raw, (char)strtol(hex, NULL, 16));
			q += 2;
		} else {
			buf_addc(&raw, *q == '_' ? ' ' : *q);
		}
	}
	for (const char *q = p + 10; p[8] == 'B' && q < end; q += 4) {
		unsigned v = 0, pad = 0;

		for (int k = 0; k < 4; k++) {
			pad += q[k] == '=';
			v = v << 6 | (q[k] == '=' ? 0 : (unsigned)(strchr(all, q[k]) - all));
		}
		for (unsigned k = 0; k < 3 - pad; k++)
			buf_addc(&raw, (char)(v >> (16 - 8 * k) & 255));
	}
	assert_true(utf8_valid(buf_span(&raw))); /* no character is split */
	assert_true(end - p + 2 <= 75);
	buf_addspan(out, buf_span(&raw));
	buf_clear(&raw);
	return end + 2;
}

/* What a mail reader makes of the field: unfolded, encoded words decoded, those next to one another joined. */
static void
decode(const struct buf *b, struct buf *out)
{
	const char *p = strchr(b->p, ':') + 1;
	size_t word_end = 0; /* in out; 0: the last thing was no encoded word */

	while (*p == ' ' || (p[0] == '\r' && p[1] == '\n' && p[2] == ' '))
		p += *p == ' ' ? 1 : 2;
	while (*p != '\0') {
		if (strncmp(p, "\r\n", 2) == 0) {
			p += 2;
		} else if (strncmp(p, "=?UTF-8?", 8) == 0) {
			if (word_end != 0) /* only blanks between two words: they are no text */
				buf_truncate(out, word_end);
			p = decode_word(p, out);
			word_end = out->n;
		} else {
			word_end = *p == ' ' ? word_end : 0;
			buf_addc(out, *p++);
		}
	}
}

static void
any_text_comes_back_as_it_went_in(void **state)
{
	static const char *const alphabet[] = { "a", "B", " ", "-", ".", "ü", "日", "🎉", "=?",
		"?=", ",", "(", "\"", "word", "longerword", "ß", "é", "х", "ש", "1", "_",
		"e\xCC\x81" };
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct buf in = BUF_INIT(4096), out = BUF_INIT(16384), back = BUF_INIT(8192);
		unsigned n = (seed = seed * 1103515245u + 12345u) >> 16 & 63;

		for (unsigned i = 0; i <= n; i++) {
			seed = seed * 1103515245u + 12345u;
			buf_adds(
			    &in, alphabet[(seed >> 16) % (sizeof(alphabet) / sizeof(alphabet[0]))]);
		}
		assert_int_equal(header_text(&out, "Subject", buf_span(&in), NULL), WRAP_OK);
		check_lines(&out);
		decode(&out, &back);
		assert_string_equal(buf_str(&back), buf_str(&in));
		buf_clear(&in);
		buf_clear(&out);
		buf_clear(&back);
	}
}

static void
long_values_fold_and_too_long_words_are_refused(void **state)
{
	struct buf in = BUF_INIT(8192), out = BUF_INIT(32768);

	(void)state;
	for (int i = 0; i < 5000; i++)
		buf_addc(&in, (char)('a' + i % 26));
	assert_int_equal(header_text(&out, "Subject", buf_span(&in), NULL), WRAP_OK);
	check_lines(&out);
	buf_reset(&out);
	assert_int_equal(header_words(&out, "Message-ID", buf_span(&in), NULL), WRAP_ELIMIT);
	assert_int_equal(out.n, 0);
	buf_reset(&in);
	for (int i = 0; i < 3; i++)
		buf_addf(&in, "%s<https://x.example/%060d>", i ? ", " : "", i);
	assert_int_equal(header_words(&out, "List-Unsubscribe", buf_span(&in), NULL), WRAP_OK);
	assert_non_null(strstr(buf_str(&out), ",\r\n <https://"));
	assert_null(strstr(buf_str(&out), "/\r\n"));
	buf_clear(&in);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_plain_where_it_can_be_and_encoded_where_it_must),
		cmocka_unit_test(phrases_are_atoms_quoted_or_encoded),
		cmocka_unit_test(nothing_ends_a_line_but_us),
		cmocka_unit_test(any_text_comes_back_as_it_went_in),
		cmocka_unit_test(long_values_fold_and_too_long_words_are_refused),
	};

	return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
