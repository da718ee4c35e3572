/* Links: made absolute as RFC 3986 says, one form for one story, and what a reader is sent. */
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void
is(const char *what, struct buf *got, const char *want)
{
	if (strcmp(buf_str(got), want) != 0)
		fail_msg("%s\nis   %s\nnot  %s", what, buf_str(got), want);
	buf_clear(got);
}

/* RFC 3986 5.4, and what browsers forgive. */
static void
references_resolve(void **state)
{
	static const struct {
		const char *ref, *abs;
	} cases[] = { { "g", "http://a/b/c/g" }, { "./g", "http://a/b/c/g" },
		{ "g/", "http://a/b/c/g/" }, { "/g", "http://a/g" }, { "//g", "http://g" },
		{ "?y", "http://a/b/c/d;p?y" }, { "g?y", "http://a/b/c/g?y" },
		{ "#s", "http://a/b/c/d;p?q#s" }, { "g?y#s", "http://a/b/c/g?y#s" },
		{ ";x", "http://a/b/c/;x" }, { "g;x?y#s", "http://a/b/c/g;x?y#s" },
		{ "", "http://a/b/c/d;p?q" }, { ".", "http://a/b/c/" }, { "..", "http://a/b/" },
		{ "../g", "http://a/b/g" }, { "../..", "http://a/" }, { "../../g", "http://a/g" },
		{ "../../../g", "http://a/g" }, { "/./g", "http://a/g" },
		{ "g.", "http://a/b/c/g." }, { "./../g", "http://a/b/g" },
		{ "g/../h", "http://a/b/c/h" }, { "g;x=1/../y", "http://a/b/c/y" },
		{ "g?y/../x", "http://a/b/c/g?y/../x" },
		{ "https://b.example/x", "https://b.example/x" }, { " g\n", "http://a/b/c/g" },
		{ "a b", "http://a/b/c/a%20b" } };
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b = BUF_INIT(0);
		assert_true(url_resolve(SPAN_LIT("http://a/b/c/d;p?q"), span_of(cases[i].ref), &b));
		is(cases[i].ref, &b, cases[i].abs);
	}
}

static void
readers_are_not_followed(void **state)
{
	static const struct {
		const char *url, *mailed;
	} cases[] = { { "https://e.example/a?utm_source=rss&utm_medium=feed",
			  "https://e.example/a" },
		{ "https://e.example/a?id=7&utm_source=rss&b=%20x&fbclid=1#part",
		    "https://e.example/a?id=7&b=%20x#part" },
		{ "https://e.example/a?UTM_Source=x", "https://e.example/a" },
		{ "https://e.example/a#utm_source=rss", "https://e.example/a" },
		{ "https://e.example/a#top", "https://e.example/a#top" },
		{ "https://e.example/?p=1&mc_eid=9", "https://e.example/?p=1" },
		/* What may mean the content stays, in its order and spelling. */
		{ "https://e.example/src?ref=main&rss=1", "https://e.example/src?ref=main&rss=1" },
		{ "https://e.example/a?z=1&&a=2", "https://e.example/a?z=1&&a=2" },
		{ "https://e.example/a?", "https://e.example/a?" },
		{ "https://e.example/a?x=utm_source", "https://e.example/a?x=utm_source" },
		/* A signature may cover them. */
		{ "https://e.example/a?utm_source=x&sig=abc",
		    "https://e.example/a?utm_source=x&sig=abc" },
		{ "https://e.example/utm_source=x/", "https://e.example/utm_source=x/" },
		{ "mailto:a@b.example", "mailto:a@b.example" }, { "", "" } };
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b = BUF_INIT(0), canonical[2] = { BUF_INIT(0), BUF_INIT(0) };
		url_untracked(span_of(cases[i].url), &b);
		/* Both are the same story. */
		url_canonical(span_of(cases[i].url), &canonical[0]);
		url_canonical(buf_span(&b), &canonical[1]);
		assert_string_equal(buf_str(&canonical[0]), buf_str(&canonical[1]));
		buf_clear(&canonical[0]);
		buf_clear(&canonical[1]);
		is(cases[i].url, &b, cases[i].mailed);
	}
}

/* Whatever links are made of: a second pass finds nothing more to change. */
static void
forms_are_final(void **state)
{
	static const char *const parts[] = { "https://", "http://", "www.", "m.", "e.example",
		":80", "/", "a", "..", "?", "&", "=", "#", "utm_source=1", "amp", "%41", "%",
		"[::1]", "index.html", "ref=2", "//" };
	uint32_t dice = 7;
	(void)state;

	for (int round = 0; round < 20000; round++) {
		struct buf in = BUF_INIT(0), once = BUF_INIT(0), twice = BUF_INIT(0);
		for (int k = 0; k < 2 + round % 9; k++) {
			dice = dice * 1664525u + 1013904223u;
			buf_adds(&in, parts[(dice >> 8) % (sizeof(parts) / sizeof(parts[0]))]);
		}
		url_untracked(buf_span(&in), &once);
		url_untracked(buf_span(&once), &twice);
		if (!span_eq(buf_span(&once), buf_span(&twice)))
			fail_msg("%s: %s, then %s", buf_str(&in), buf_str(&once), buf_str(&twice));
		buf_reset(&once);
		buf_reset(&twice);
		if (url_resolve(SPAN_LIT("https://e.example/d/"), buf_span(&in), &once)) {
			assert_true(url_resolve(SPAN_LIT(""), buf_span(&once), &twice));
			if (!span_eq(buf_span(&once), buf_span(&twice)))
				fail_msg("%s: %s, then %s", buf_str(&in), buf_str(&once),
				    buf_str(&twice));
		}
		buf_clear(&in);
		buf_clear(&once);
		buf_clear(&twice);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_resolve),
		cmocka_unit_test(readers_are_not_followed),
		cmocka_unit_test(forms_are_final),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
