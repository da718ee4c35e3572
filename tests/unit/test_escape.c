/* Escaping: what goes in as text comes out as itself, judged by cmark for Markdown. */
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <cmark.h>
#include <stdlib.h>
#include <string.h>

static void
html_text_and_attributes(void **state)
{
	struct buf b = BUF_INIT(1024);

	(void)state;
	escape_html(SPAN_LIT("<a href=\"x\">Tom & 'Jo'</a>"), &b);
	assert_string_equal(
	    buf_str(&b), "&lt;a href=&quot;x&quot;&gt;Tom &amp; &#39;Jo&#39;&lt;/a&gt;");
	buf_reset(&b);
	escape_html((struct span){ "a\0b\x01\x1B[0m\xC2\x80\n\xFFß", 15 }, &b);
	assert_string_equal(buf_str(&b), "ab[0m\n\xEF\xBF\xBDß");
	buf_clear(&b);
}

static void
url_components(void **state)
{
	struct buf b = BUF_INIT(1024);

	(void)state;
	escape_url(SPAN_LIT("a b&c=d/é~._-\n"), &b);
	assert_string_equal(buf_str(&b), "a%20b%26c%3Dd%2F%C3%A9~._-%0A");
	buf_clear(&b);
}

/* The one text of the document, joined over the pieces cmark makes of it; blocks counts what is not a paragraph or text. */
static void
plain_text(const char *md, size_t n, struct buf *out, const char **url)
{
	cmark_node *doc = cmark_parse_document(md, n, CMARK_OPT_DEFAULT);
	cmark_iter *it = cmark_iter_new(doc);
	cmark_event_type ev;

	while ((ev = cmark_iter_next(it)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(it);

		if (ev != CMARK_EVENT_ENTER)
			continue;
		if (cmark_node_get_type(node) == CMARK_NODE_TEXT)
			buf_adds(out, cmark_node_get_literal(node));
		else if (cmark_node_get_type(node) == CMARK_NODE_SOFTBREAK)
			buf_addc(out, '\n');
		else if (cmark_node_get_type(node) == CMARK_NODE_LINK && url != NULL)
			*url = strdup(cmark_node_get_url(node));
		else
			buf_addf(out, "<%s>", cmark_node_get_type_string(node));
	}
	cmark_iter_free(it);
	cmark_node_free(doc);
}

static const char *const texts[] = {
	"*bold* _under_ snake_case __init__ `code` ``two``",
	"[link](http://x) ![img](y) ![",
	"] [a] [b]: c",
	"[ref]: http://x",
	"<b>html</b> <http://auto.example> <3",
	"# heading",
	"###### six",
	"closing #",
	"closing ## #",
	"C# and F#",
	"#hash",
	"- list",
	"+ list",
	"* list",
	"1. one",
	"12) twelve",
	"1234567890. ten digits",
	"3.14 is pi",
	"> quote",
	"=== ",
	"---",
	"- - -",
	"***",
	"___",
	"~~~ fence",
	"``` fence",
	"&amp; &copy; &#65; AT&T",
	"back\\slash \\* \\",
	"a\\",
	"trailing!",
	"wow!",
	"tab|le | x",
	"{{mustache}} {{{x}}}",
	"]]>",
	".",
	"100%",
	"a <!-- c --> b",
	"<?php ?>",
	"<![CDATA[x]]>",
	"\"quotes\" 'single'",
	"http://bare.example/a_b_c",
	"1986\\. A great year",
	"2026. A great year.",
	"*",
	"_",
	"**",
	"a * b",
	"a_",
	"_a",
	"日本_語_",
	"é_é",
	"=",
	"+",
	"-",
	"~",
	"|",
	"1.",
	"1)",
	"- ",
	"x&",
	"&",
};

static void
markdown_shows_any_text_as_itself(void **state)
{
	static const char *const frames[][3] = {
		{ "", "\n", "<document><paragraph>%" },
		{ "before\n", "\nafter\n", "<document><paragraph>before\n%\nafter" },
		{ "### ", "\n", "<document><heading>%" },
		{ "*By ", " x*\n", "<document><paragraph><emph>By % x" },
		{ "**", "x**\n", NULL },
	};

	(void)state;
	for (size_t f = 0; f < 4; f++)
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
			struct buf md = BUF_INIT(4096), got = BUF_INIT(4096), want = BUF_INIT(4096);
			struct span text = span_trim(span_of(texts[i]));
			const char *mark = strchr(frames[f][2], '%');

			buf_adds(&md, frames[f][0]);
			escape_markdown(span_of(texts[i]), &md);
			buf_adds(&md, frames[f][1]);
			buf_add(&want, frames[f][2], (size_t)(mark - frames[f][2]));
			buf_addspan(&want, f == 3 ? span_of(texts[i]) : text);
			if (f == 3 && texts[i][strlen(texts[i]) - 1] == ' ')
				buf_truncate(&want, want.n - 1);
			buf_adds(&want, mark + 1);
			plain_text(md.p, md.n, &got, NULL);
			if (f == 3 && texts[i][strlen(texts[i]) - 1] == ' ') {
				assert_non_null(strstr(buf_str(&got), "<emph>By "));
			} else {
				assert_string_equal(buf_str(&got), buf_str(&want));
			}
			buf_clear(&md);
			buf_clear(&got);
			buf_clear(&want);
		}
}

static void
markdown_links_keep_text_and_target(void **state)
{
	static const char *const urls[][2] = {
		{ "https://x.example/a?b=1&c=2#d", NULL },
		{ "https://x.example/a (b)", "https://x.example/a%20%28b%29" },
		{ "https://x.example/&copy;=1&amp", NULL },
		{ "https://x.example/*a*_b_[c]", NULL },
		{ "https://x.example/`a`<b>\\\"'", "https://x.example/%60a%60%3Cb%3E%5C\"'" },
		{ "https://x.example/é/日本", NULL },
		{ "https://x.example/\n\r\t", "https://x.example/%0A%0D%09" },
	};

	(void)state;
	for (size_t u = 0; u < sizeof(urls) / sizeof(urls[0]); u++)
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
			struct buf md = BUF_INIT(4096), got = BUF_INIT(4096), want = BUF_INIT(4096);
			const char *url = NULL;

			buf_adds(&md, "### [");
			escape_markdown(span_trim(span_of(texts[i])), &md);
			buf_adds(&md, "](");
			escape_markdown_url(span_of(urls[u][0]), &md);
			buf_adds(&md, ")\n");
			plain_text(md.p, md.n, &got, &url);
			buf_adds(&want, "<document><heading>");
			buf_addspan(&want, span_trim(span_of(texts[i])));
			assert_string_equal(buf_str(&got), buf_str(&want));
			assert_non_null(url);
			assert_string_equal(url, urls[u][1] == NULL ? urls[u][0] : urls[u][1]);
			free((char *)(uintptr_t)url);
			buf_clear(&md);
			buf_clear(&got);
			buf_clear(&want);
		}
}

static void
markdown_is_one_line_and_keeps_edge_blanks(void **state)
{
	struct buf b = BUF_INIT(1024);

	(void)state;
	escape_markdown((struct span){ "  a\r\n\r\n\t# b\0c ", 15 }, &b);
	assert_string_equal(buf_str(&b), " a # b c ");
	buf_reset(&b);
	escape_markdown(SPAN_LIT("    code"), &b);
	assert_string_equal(buf_str(&b), " code");
	buf_clear(&b);
}

static void
markdown_inside_a_line_needs_no_marks_of_blocks(void **state)
{
	static const struct {
		const char *before, *text, *after;
	} t[] = {
		{ "### [", "2. Round #1", "### [2. Round #1" },
		{ "*gamma, ", "19. Nov.", "*gamma, 19. Nov." },
		{ "### ", "closing #", "### closing \\#" },
		{ "one\n", "2. two", "one\n2\\. two" },
		{ "one\n> ", "- two", "one\n> \\- two" },
		{ "1. ", "# two", "1. \\# two" },
		{ "", "+ one", "\\+ one" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf b = BUF_INIT(1024);

		buf_adds(&b, t[i].before);
		escape_markdown(span_of(t[i].text), &b);
		assert_string_equal(buf_str(&b), t[i].after);
		buf_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_text_and_attributes),
		cmocka_unit_test(url_components),
		cmocka_unit_test(markdown_shows_any_text_as_itself),
		cmocka_unit_test(markdown_links_keep_text_and_target),
		cmocka_unit_test(markdown_is_one_line_and_keeps_edge_blanks),
		cmocka_unit_test(markdown_inside_a_line_needs_no_marks_of_blocks),
	};

	return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
