/* Bytes of any origin: what is declared, what is not, and what is declared wrongly. */
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct {
	const char *bytes;
	size_t n; /* 0: up to the NUL */
	const char *label;
	enum charset_kind kind;
	const char *utf8; /* stands in what comes out */
} cases[] = {
	{ "plain", 0, "", CHARSET_XML, "plain" },
	{ "caf\xC3\xA9", 0, "", CHARSET_PLAIN, "café" },
	{ "caf\xE9 \x93x\x94", 0, "", CHARSET_PLAIN, "café “x”" },
	{ "caf\xE9 \x80", 0, "iso-8859-1", CHARSET_PLAIN, "café €" },
	{ "caf\xE9", 0, "utf-8", CHARSET_PLAIN, "café" },
	{ "\xEF\xBB\xBF"
	  "caf\xC3\xA9",
	    0, "koi8-r", CHARSET_PLAIN, "café" },
	{ "\xF0\xD2\xC9\xD7\xC5\xD4", 0, "KOI8-R", CHARSET_PLAIN, "Привет" },
	{ "<?xml version='1.0' encoding='windows-1251'?><a>\xCF\xF0\xE8\xE2\xE5\xF2</a>", 0, "",
	    CHARSET_XML, "<a>Привет</a>" },
	/* The declaration says windows-1251; the bytes are plainly UTF-8. */
	{ "<?xml version='1.0' encoding='windows-1251'?><a>\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82</a>",
	    0, "", CHARSET_XML, "<a>Привет</a>" },
	{ "<?xml version='1.0' encoding='utf-16'?><a>x</a>", 0, "", CHARSET_XML, "<a>x</a>" },
	{ "<?xml version='1.0' encoding='no-such'?><a>\xC3\xA9</a>", 0, "", CHARSET_XML,
	    "<a>é</a>" },
	{ "<meta charset=shift_jis>\x93\xFA\x96\x7B", 0, "", CHARSET_HTML, "日本" },
	{ "<meta http-equiv=x content='text/html; charset=big5'>\xA4\xA4\xA4\xE5", 0, "",
	    CHARSET_HTML, "中文" },
	{ "\xFF\xFE<\0a\0>\0\xE9\0", 10, "", CHARSET_XML, "<a>é" },
	{ "\0<\0a\0>\0\xE9", 8, "", CHARSET_XML, "<a>é" },
	{ "{\0\"\0\xE9\0\"\0}\0", 10, "", CHARSET_JSON, "{\"é\"}" },
	{ "\x1B$BF|K\\\x1B(B", 0, "iso-2022-jp", CHARSET_PLAIN, "日本" },
	{ "ok \xC3\xA9 \xFF bad", 0, "utf-8", CHARSET_PLAIN, "ok " },
};

static void
texts_come_out_as_they_were_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf store = BUF_INIT(0);
		struct span in = { cases[i].bytes,
			cases[i].n > 0 ? cases[i].n : strlen(cases[i].bytes) },
			    out;
		assert_int_equal(
		    charset_decode(in, span_of(cases[i].label), cases[i].kind, &store, &out, NULL),
		    WRAP_OK);
		if (span_find(out, span_of(cases[i].utf8)) == (size_t)-1)
			fail_msg("case %zu is %.*s, not %s", i, (int)out.n, out.p, cases[i].utf8);
		buf_clear(&store);
	}
}

/* Any bytes under any label: valid UTF-8 comes out. */
static void
what_comes_out_is_utf8(void **state)
{
	static const char *const labels[] = { "", "utf-8", "utf-16", "iso-2022-jp", "gb2312",
		"euc-kr", "x-user-defined", "windows-1252", "utf-7", "hz-gb-2312" };
	uint32_t dice = 5;
	(void)state;

	for (int round = 0; round < 4000; round++) {
		struct buf store = BUF_INIT(0);
		char bytes[40];
		struct span out;
		for (size_t i = 0; i < sizeof(bytes); i++) {
			dice = dice * 1664525u + 1013904223u;
			bytes[i] = (char)(dice >> (round % 3 == 0 ? 24 : 16));
		}
		assert_int_equal(
		    charset_decode((struct span){ bytes, (size_t)round % sizeof(bytes) },
			span_of(labels[(size_t)round % (sizeof(labels) / sizeof(labels[0]))]),
			(enum charset_kind)(round % 4), &store, &out, NULL),
		    WRAP_OK);
		assert_true(utf8_valid(out));
		buf_clear(&store);
	}
}

static void
the_label_of_a_content_type(void **state)
{
	static const struct {
		const char *type, *charset;
	} types[] = { { "text/xml; charset=utf-8", "utf-8" },
		{ "text/xml;charset=\"KOI8-R\"", "KOI8-R" }, { "text/xml", "" },
		{ "text/xml; boundary=charset; CHARSET=x", "x" }, { "", "" } };
	(void)state;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!span_eqs(charset_of_type(span_of(types[i].type)), types[i].charset))
			fail_msg("%s", types[i].type);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_come_out_as_they_were_meant),
		cmocka_unit_test(what_comes_out_is_utf8),
		cmocka_unit_test(the_label_of_a_content_type),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
