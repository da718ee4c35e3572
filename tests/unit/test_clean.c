/* Strangers' HTML as mail may hold it, and as text. */
#include "text/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct {
	const char *html, *clean;
} cases[] = {
	{ "plain", "plain" },
	{ "<p>a <b>b</b> c</p>", "<p>a <b>b</b> c</p>" },
	{ "<p onclick='x()' style='x' class=c id=i>a</p>", "<p>a</p>" },
	{ "<script>x</script><style>y</style><!-- z -->a<iframe src=q></iframe><object>o</object>",
	    "a" },
	{ "<a href='/x?a=1&b=2' onmouseover=x>l</a>",
	    "<a href=\"https://h.example/x?a=1&amp;b=2\">l</a>" },
	{ "<a href='javascript:x'>l</a><a href=' java\nscript:x'>m</a><a href='data:text/html,x'>n</a>",
	    "lmn" },
	{ "<a href='vbscript:x'>l</a><a href='JaVaScRiPt&colon;x'>m</a>", "lm" },
	{ "<a href='//h::/p'>l</a><a href='https://h.example::80/'>m</a>", "lm" },
	{ "<a\nclass = x data-a='1'href=/q title>l</a><a/x=1 /href=/r/>m</a><img a=b src=i alt=\"c>d\"/>",
	    "<a href=\"https://h.example/q\">l</a><a href=\"https://h.example/r/\">m</a><img src=\"https://h.example/d/i\" alt=\"c&gt;d\">" },
	{ "<a a=1 b=2 href=/q c=3 d href=/z e='>' f=\"'\">l</a>",
	    "<a href=\"https://h.example/q\">l</a>" },
	{ "<a href='//h l<::/p'>l</a><a href='https://h.example:port/'>m</a><a href='//h%20l/'>n</a>",
	    "lmn" },
	{ "<a href='https://[2001:db8::1]:8443/p'>l</a>",
	    "<a href=\"https://[2001:db8::1]:8443/p\">l</a>" },
	{ "<a href=MAILTO:a@b.example>m</a>", "<a href=\"MAILTO:a@b.example\">m</a>" },
	{ "<img src=a.png alt='x\"<'><img src='javascript:x'><img src=t.gif width=1 height=1>",
	    "<img src=\"https://h.example/d/a.png\" alt=\"x&quot;&lt;\">" },
	{ "<div>a</div><div>b</div>", "<p>a</p><p>b</p>" },
	{ "<p>a<div>b</div>c</p>", "<p>a</p><p>b</p>c" },
	{ "<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>" },
	{ "<li>lone</li>", "<p>lone</p>" },
	{ "<table><tr><td>a</td><td>b</td></tr></table>", "<p>a</p><p>b</p>" },
	{ "<h2>a<h3>b</h3></h2>", "<h2>a</h2><h3>b</h3>" },
	{ "<pre>\n\n a\n  b</pre>", "<pre> a\n  b</pre>" },
	{ "<p></p><b></b><p> </p>x", "x" },
	{ "<a href=1>a<a href=2>b</a></a>",
	    "<a href=\"https://h.example/d/1\">a</a><a href=\"https://h.example/d/2\">b</a>" },
	{ "<form><input value=x><button>b</button><textarea>t</textarea>w</form>", "w" },
	{ "<svg onload=x><script>y</script><a>z</a></svg>ok", "ok" },
	{ "&lt;script&gt; &amp; &#60;b&#62; &nbsp;x", "&lt;script&gt; &amp; &lt;b&gt; \xC2\xA0x" },
	{ "<math><mi>x</mi></math><xmp><b></xmp>", NULL },
	{ "<b><p>a</b>b</p>", NULL },
	{ "<<b>x</b>", NULL },
	{ "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>", NULL },
	{ "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">", NULL },
	{ "<table><math><mglyph><style><img src onerror=x></style></math></table>", NULL },
	{ "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
	    NULL },
};

static void
only_the_allowed_remains_and_stays(void **state)
{
	struct span base = SPAN_LIT("https://h.example/d/e");
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf once = BUF_INIT(0), twice = BUF_INIT(0);
		clean_html(span_of(cases[i].html), base, &once);
		if (cases[i].clean != NULL)
			assert_string_equal(buf_str(&once), cases[i].clean);
		assert_null(strstr(buf_str(&once), " on"));
		assert_null(strstr(buf_str(&once), "<s"));
		clean_html(buf_span(&once), base, &twice);
		assert_string_equal(buf_str(&once), buf_str(&twice));
		buf_clear(&once);
		buf_clear(&twice);
	}
}

static void
text_is_what_a_reader_sees(void **state)
{
	static const struct {
		const char *html, *text;
	} texts[] = { { "a&amp;b &lt;c&gt; &hellip; &#8217;", "a&b <c> … ’" },
		{ "<p>a</p><p>b<br>c</p>", "a\n\nb\nc" },
		{ "x<script>y</script><style>z</style>", "x" },
		{ "a < b and c > d", "a < b and c > d" },
		{ "<ul><li>a</li><li>b</li></ul>", "a\n\nb" }, { "  a \n b  ", "a b" },
		{ "AT&T", "AT&T" }, { "a<!-- b -->c", "ac" } };
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct buf b = BUF_INIT(0);
		html_text(span_of(texts[i].html), &b);
		assert_string_equal(buf_str(&b), texts[i].text);
		buf_clear(&b);
	}
}

/* What HTML 5 reads otherwise than it looks: quotes that are none, ends that end more, references cut in two. */
static const char *const pieces[] = { "<p>", "</p>", "<div class=\"a b\">", "</div>", "<b>", "</b>",
	"<a href=\"x?a=1&amp;b=2&c=3\">", "<a href=y>", "</a>", "<a href='z' href=w>", "<ul>",
	"<ol>", "</ol>", "<li>", "</li>", "</ul>", "<h2>", "</h2>", "<h3>", "</h3>", "<pre>",
	"</pre>", "\n", "\n a  b\n", "<br>", "<br/>", "<hr>", "</br>",
	"<img src=i.png alt=\"p &gt; q\">", "</img>", "<img src=\"j.gif\" width=1 />",
	"<blockquote>", "</blockquote>", "<span>", "</span>", "<p ='>x'>", "<p b=c='>text' d>",
	"<a x\"y href=q>", "<p/>", "<i a = b>", "</i >", "<table>", "<td>", "</table>",
	"<!-- c -->", "<!--> -->", "<!--a--b-->", "&", "amp;", "&amp;", "&lt;", "&#8217;", "&#146;",
	"&#x92;", "&lang;", "&copy", "&copy=", "&notit;", "&nbsp;", "a & b", "<", ">", "x", " ",
	"<script>1 < 2</script>", "<script>y</script>", "<style>p{}</style>",
	"<iframe src=x></iframe>", "<iframe><p></iframe>", "\xEF\xBB\xBF", "\xEF\xBF\xBD", "\x80",
	"\x01", "<svg>", "</svg>", "<em>", "</em>", "<font color=red>", "</font>", "<abc-d>", "<s",
	"<section>", "</section>", "<figure>", "</figure>" };

/* Pairs of tags around texts, as feeds have them. */
static void
add_sound(struct buf *in, uint32_t *dice, unsigned depth)
{
	static const char *const pairs[][2] = { { "<p>", "</p>" }, { "<div id=d>", "</div>" },
		{ "<b>", "</b>" }, { "<ul>\n<li>", "</li></ul>" },
		{ "<a href='u?v&amp;w'>", "</a>" }, { "<h2>", "</h2>" },
		{ "<blockquote>", "</blockquote>" }, { "<pre>\n", "</pre>" }, { "<em>x", "</em>" },
		{ "<p>", "" }, { "", "<br/>" }, { "a ", "&#8217;s &amp; so" },
		{ "<!-- c -->", "<img src=i.png>" } };
	const char *const *pair;

	for (unsigned k = 0; k < 3; k++) {
		*dice = *dice * 1664525u + 1013904223u;
		pair = pairs[(*dice >> 8) % (sizeof(pairs) / sizeof(pairs[0]))];
		buf_adds(in, pair[0]);
		if (depth > 0)
			add_sound(in, dice, depth - 1);
		buf_adds(in, pair[1]);
	}
}

static bool
deaf_open(void *ctx, GumboTag tag, struct span attrs)
{
	(void)ctx, (void)tag, (void)attrs;
	return true;
}
static void
deaf_close(void *ctx)
{
	(void)ctx;
}
static void
deaf_text(void *ctx, struct span text)
{
	(void)ctx, (void)text;
}

/* The short way and the tree, over documents put together from pieces, most of them well-formed at first. */
static void
the_short_way_says_what_the_tree_says(void **state)
{
	struct span base = SPAN_LIT("https://h.example/d/e");
	uint32_t dice = 1;
	size_t short_ones = 0;
	static const struct html_events deaf = { deaf_open, deaf_close, deaf_text };
	(void)state;

	for (size_t round = 0; round < 8000; round++) {
		struct buf in = BUF_INIT(0), a = BUF_INIT(0), b = BUF_INIT(0);
		if (round % 2 == 0)
			add_sound(&in, &dice, (unsigned)(round % 3));
		for (size_t k = round % 4 == 0 ? 12 : 0; k < round % 12; k++) {
			dice = dice * 1664525u + 1013904223u;
			buf_adds(&in, pieces[(dice >> 8) % (sizeof(pieces) / sizeof(pieces[0]))]);
		}
		short_ones += html_simple(buf_span(&in), &deaf, NULL);
		clean_html(buf_span(&in), base, &a);
		clean_html_tree(buf_span(&in), base, &b);
		if (!span_eq(buf_span(&a), buf_span(&b)))
			fail_msg(
			    "%s\nshort: %s\n tree: %s", buf_str(&in), buf_str(&a), buf_str(&b));
		buf_reset(&b);
		clean_html(buf_span(&a), base, &b);
		if (!span_eq(buf_span(&a), buf_span(&b)))
			fail_msg(
			    "%s\n once: %s\ntwice: %s", buf_str(&in), buf_str(&a), buf_str(&b));
		buf_reset(&a);
		buf_reset(&b);
		html_text(buf_span(&in), &a);
		html_text_tree(buf_span(&in), &b);
		if (html_has_tags(buf_span(&in)) && !span_eq(buf_span(&a), buf_span(&b)))
			fail_msg(
			    "%s\nshort: %s\n tree: %s", buf_str(&in), buf_str(&a), buf_str(&b));
		buf_clear(&in);
		buf_clear(&a);
		buf_clear(&b);
	}
	/* Without enough of them the comparison would say nothing. */
	assert_true(short_ones > 1000);
}

/* Inputs whose cost in a plain HTML 5 parser grows with the square of their length. */
static void
depth_costs_little(void **state)
{
	static const char *const parts[] = { "<div>", "<b>", "<a href=x>", "<font color=1>",
		"<table>", "<ul><li>", "<div></x>", "<b><div></b>", "<div><table></div>", "<svg>",
		"<!--", "<object></div>", "<button><p>", "<select><option>" };
	(void)state;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct buf b = BUF_INIT(0), out = BUF_INIT(0);
		int64_t began = clock_monotonic_ms();
		for (int k = 0; k < 60000; k++)
			buf_adds(&b, parts[i]);
		clean_html(buf_span(&b), SPAN_LIT("https://h.example/"), &out);
		if (clock_monotonic_ms() - began > 5000)
			fail_msg("%s costs %lld ms", parts[i],
			    (long long)(clock_monotonic_ms() - began));
		buf_clear(&b);
		buf_clear(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_allowed_remains_and_stays),
		cmocka_unit_test(text_is_what_a_reader_sees),
		cmocka_unit_test(the_short_way_says_what_the_tree_says),
		cmocka_unit_test(depth_costs_little),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
