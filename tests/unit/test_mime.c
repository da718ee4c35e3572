/* Transfer encodings and the gate: what goes out is what came in, in lines nobody has to touch. */
#include "wrap/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void
qp_decode(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char hex[3] = { 0 };

		if (s.p[i] != '=') {
			buf_addc(out, s.p[i]);
			continue;
		}
		assert_true(i + 2 < s.n);
		memcpy(hex, s.p + i + 1, 2);
		if (memcmp(hex, "\r\n", 2) != 0)
			buf_addc(out, (char)strtol(hex, NULL, 16));
		i += 2;
	}
}

/* Lines of 76 at most, ended by CRLF, with no blank at their ends, no dot and no "From " at their start. */
static void
check_qp(struct span s)
{
	struct span line;

	while (span_cut(&s, '\n', &line)) {
		bool last = s.n == 0 && s.p == line.p + line.n;

		assert_true(last || (line.n > 0 && line.p[line.n - 1] == '\r'));
		line.n -= last ? 0 : 1;
		assert_true(line.n <= 76);
		assert_null(memchr(line.p, '\r', line.n));
		assert_true(line.n == 0 || (line.p[0] != '.' && line.p[0] != ' '));
		assert_true(line.n == 0 || line.p[line.n - 1] != ' ');
		assert_false(line.n >= 5 && memcmp(line.p, "From ", 5) == 0);
		assert_int_equal(span_find(line, SPAN_LIT("  ")), (size_t)-1);
	}
}

static void
qp_expect(const char *in, size_t n, const char *want)
{
	struct buf b = BUF_INIT(1 << 16);
	size_t column = 0;

	mime_qp((struct span){ in, n }, &column, &b);
	assert_string_equal(buf_str(&b), want);
	check_qp(buf_span(&b));
	buf_clear(&b);
}

static void
quoted_printable_by_rule(void **state)
{
	(void)state;
	qp_expect("plain\n", 6, "plain\r\n");
	qp_expect("plain\r\n", 7, "plain\r\n");
	qp_expect("a=b\xC3\xA9", 5, "a=3Db=C3=A9");
	qp_expect("end \nx", 6, "end=20\r\nx");
	qp_expect("a  b", 4, "a =20b");
	qp_expect(".\n..\nFrom me\n", 13, "=2E\r\n=2E.\r\n=46rom me\r\n");
	qp_expect("a\rb\tc\0d", 7, "a=0Db=09c=00d");
	qp_expect(" lead\n", 6, "=20lead\r\n");
	qp_expect("", 0, "");
}

/* Every way a story could try to end the message early, RFC 5321 4.1.1.4 and what servers took for it in 2023. */
static void
no_text_ends_the_message(void **state)
{
	static const char *const ends[] = { "\r\n", "\n", "\r", "\r\r\n", "\n\r", "\r\0\n" };
	static const size_t lengths[] = { 2, 1, 1, 3, 2, 3 };

	(void)state;
	for (size_t a = 0; a < 6; a++)
		for (size_t z = 0; z < 6; z++) {
			struct buf in = BUF_INIT(256), qp = BUF_INIT(1024), b64 = BUF_INIT(1024);
			size_t column = 0;

			buf_adds(&in, "before");
			buf_add(&in, ends[a], lengths[a]);
			buf_addc(&in, '.');
			buf_add(&in, ends[z], lengths[z]);
			buf_adds(&in, "MAIL FROM:<x@y.example>\r\n");
			mime_qp(buf_span(&in), &column, &qp);
			check_qp(buf_span(&qp));
			assert_int_equal(mime_gate(buf_span(&qp), false, NULL), WRAP_OK);
			assert_null(strstr(buf_str(&qp), "\n."));
			mime_base64(buf_span(&in), &b64);
			assert_int_equal(mime_gate(buf_span(&b64), false, NULL), WRAP_OK);
			buf_clear(&in);
			buf_clear(&qp);
			buf_clear(&b64);
		}
}

static void
any_bytes_come_back_however_they_are_cut(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct buf in = BUF_INIT(4096), out = BUF_INIT(1 << 16), back = BUF_INIT(1 << 16);
		size_t column = 0, at = 0;

		for (int i = 0; i < 300; i++) {
			static const char often[] = " .F=\n\nabcdefrom m";

			seed = seed * 1103515245u + 12345u;
			if ((seed >> 16 & 3) == 0)
				buf_addc(&in, (char)(seed >> 20));
			else
				buf_addc(&in, often[(seed >> 18) % (sizeof(often) - 1)]);
		}
		for (size_t i = 0; i < in.n; i++) /* a lone CR is not text; lines end in LF here */
			if (in.p[i] == '\r')
				in.p[i] = 'r';
		while (at < in.n) {
			size_t n;

			seed = seed * 1103515245u + 12345u;
			n = (seed >> 16) % 50 + 1;
			n = n > in.n - at ? in.n - at : n;
			mime_qp((struct span){ in.p + at, n }, &column, &out);
			if ((seed >> 24 & 3) == 0)
				mime_qp_break(&column, &out);
			at += n;
		}
		mime_qp_break(&column, &out);
		check_qp(buf_span(&out));
		qp_decode(buf_span(&out), &back);
		for (size_t i = 0, k = 0; k < in.n; i++, k++) { /* LF went out as CRLF */
			if (in.p[k] == '\n')
				assert_int_equal(back.p[i++], '\r');
			assert_int_equal(back.p[i], in.p[k]);
		}
		buf_clear(&in);
		buf_clear(&out);
		buf_clear(&back);
	}
}

static void
base64_by_rule(void **state)
{
	struct buf b = BUF_INIT(1024);

	(void)state;
	mime_base64(SPAN_LIT("f"), &b);
	mime_base64(SPAN_LIT("fo"), &b);
	mime_base64(SPAN_LIT("foo"), &b);
	mime_base64(SPAN_LIT(""), &b);
	assert_string_equal(buf_str(&b), "Zg==\r\nZm8=\r\nZm9v\r\n");
	buf_reset(&b);
	mime_base64(SPAN_LIT("0123456789012345678901234567890123456789012345678901234567"), &b);
	assert_int_equal(strcspn(buf_str(&b), "\r"), 76);
	assert_string_equal(buf_str(&b) + 76, "\r\nNw==\r\n");
	buf_clear(&b);
}

static void
the_shorter_encoding_is_preferred(void **state)
{
	(void)state;
	assert_false(mime_prefers_base64(
	    span_of("The week in Zürich, a quiet one for once, says the mayor.")));
	assert_true(mime_prefers_base64(span_of("今週のドメイン名に関する記事のまとめです。")));
	assert_true(mime_prefers_base64(span_of("ملخص الأسبوع من أخبار أسماء النطاقات")));
	assert_false(mime_prefers_base64(span_of("")));
}

static void
the_gate_stops_what_relays_would_change(void **state)
{
	struct buf longest = BUF_INIT(4096);
	static const struct {
		struct span s;
		bool utf8, good;
	} t[] = {
		{ { "A: b\r\n\r\nc\r\n", 11 }, false, true },
		{ { "A: b\r\n\r\nc\n", 10 }, false, false },
		{ { "A: b\r\n\r\nc\rd\r\n", 13 }, false, false },
		{ { "A: b\r\n\r\nc", 9 }, false, false },
		{ { "A: b\r\n\r\nc\0d\r\n", 13 }, false, false },
		{ { "A: \xC3\xA9\r\n\r\nc\r\n", 12 }, false, false },
		{ { "A: \xC3\xA9\r\n\r\nc\r\n", 12 }, true, true },
		{ { "A: b\r\n\r\n\xC3\xA9\r\n", 12 }, true, false },
		{ { "", 0 }, false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_int_equal(mime_gate(t[i].s, t[i].utf8, NULL) == WRAP_OK, t[i].good);
	for (size_t n = 997; n <= 999; n++) {
		buf_reset(&longest);
		for (size_t i = 0; i < n; i++)
			buf_addc(&longest, 'x');
		buf_adds(&longest, "\r\n");
		assert_int_equal(mime_gate(buf_span(&longest), false, NULL) == WRAP_OK, n <= 998);
	}
	buf_clear(&longest);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quoted_printable_by_rule),
		cmocka_unit_test(no_text_ends_the_message),
		cmocka_unit_test(any_bytes_come_back_however_they_are_cut),
		cmocka_unit_test(base64_by_rule),
		cmocka_unit_test(the_shorter_encoding_is_preferred),
		cmocka_unit_test(the_gate_stops_what_relays_would_change),
	};

	return cmocka_run_group_tests_name("mime", tests, NULL, NULL);
}
