/* The parts of rendering: documents that are none, themes, phrases, direction and language, what a mail client shows first. */
#include "sample.h"

#include "render/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void
what_is_no_edition_is_refused_with_its_line(void **state)
{
	static const char *const t[][2] = {
		{ "", "line 1: an edition starts with its title" },
		{ "Just text\n", "line 1: an edition starts with its title" },
		{ "\n\n## DNS\n", "line 3: an edition starts with its title" },
		{ "#\n", "an edition starts with its title" },
		{ "# A\n\n# B\n", "line 3: a second title" },
		{ "# A\n\n##\n", "line 3: a topic without a name" },
		{ "# A\n\n## T\n\n###\n", "line 5: a story without a title" },
	};
	struct buf deep = BUF_INIT(1 << 20);
	struct document d;
	struct strs none = { 0 };
	struct wrap_err err;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(document_open(span_of(t[i][0]), &none, &d, &err), WRAP_EPROTO);
		if (strstr(err.text, t[i][1]) == NULL)
			fail_msg("%s: got '%s'", t[i][1], err.text);
	}
	buf_adds(&deep, "# A\n\n");
	for (int i = 0; i < 5000; i++)
		buf_addc(&deep, '>');
	buf_adds(&deep, " deep\n");
	assert_int_equal(document_open(buf_span(&deep), &none, &d, &err), WRAP_EPROTO);
	assert_non_null(strstr(err.text, "too deep"));
	buf_reset(&deep);
	for (int i = 0; i < 300 << 10; i++)
		buf_addc(&deep, 'a');
	assert_int_equal(document_open(buf_span(&deep), &none, &d, &err), WRAP_ELIMIT);
	buf_clear(&deep);
}

static void
blocks_get_their_roles(void **state)
{
	static const char md[] =
	    "# T\n\nnote\n\n*note too*\n\n## A\n\n*sponsor*\n\n*text*\n\n### S\n\n<!-- lang: de -->\n\n"
	    "![i](https://x/i.png)\n\n*byline*\n\n*text*\n\ntext\n\n## B\n\ntext\n";
	static const enum block_role want[] = { BLOCK_TITLE, BLOCK_NOTE, BLOCK_NOTE, BLOCK_TOPIC,
		BLOCK_SPONSOR, BLOCK_TEXT, BLOCK_STORY, BLOCK_SILENT, BLOCK_IMAGE, BLOCK_BYLINE,
		BLOCK_TEXT, BLOCK_TEXT, BLOCK_TOPIC, BLOCK_TEXT };
	struct document d;
	struct strs none = { 0 };

	(void)state;
	assert_int_equal(document_open(SPAN_LIT(md), &none, &d, NULL), WRAP_OK);
	assert_int_equal(d.n_blocks, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < d.n_blocks; i++)
		assert_int_equal(d.blocks[i].role, want[i]);
	assert_int_equal(d.n_stories, 1);
	assert_string_equal(d.stories[0].language, "de");
	assert_int_equal(d.blocks[13].story, NO_TOPIC);
	document_close(&d);
}

static void
links_go_out_in_ascii_or_not_at_all(void **state)
{
	static const char *const t[][2] = {
		{ "https://x.example/a?b=1&c=2#d", "https://x.example/a?b=1&c=2#d" },
		{ "https://x.example/ä b\"<>", "https://x.example/%C3%A4%20b%22%3C%3E" },
		{ "HTTP://X.example", "HTTP://X.example" },
		{ "mailto:a@b.example", "mailto:a@b.example" },
		{ "https://", NULL },
		{ "javascript:alert(1)", NULL },
		{ " https://x.example", NULL },
		{ "//x.example/", NULL },
		{ "/a", NULL },
		{ "", NULL },
		{ "data:text/html,https://x.example", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf b = BUF_INIT(1024);

		assert_int_equal(link_target(t[i][0], &b), t[i][1] != NULL);
		if (t[i][1] != NULL)
			assert_string_equal(buf_str(&b), t[i][1]);
		buf_clear(&b);
	}
}

static void
a_broken_theme_is_refused_with_its_line(void **state)
{
	static const char *const t[][2] = {
		{ "[colours]\nText = #fff\n", "theme:2: a key is of a-z" },
		{ "[styles]\np = color:$nothing\n", "theme:2: no colour is called 'nothing'" },
		{ "[dark]\ntext = #fff\n", "theme:2: [colours] has no 'text'" },
		{ "[colors]\nx = #fff\n", "theme:2: sections are" },
		{ "[styles]\np = background:url(https://x)\n",
		    "theme:2: this has no place in a style" },
		{ "[styles]\np = color:red\"><script>\n", "theme:2: this has no place" },
		{ "[styles]\nnonsense\n", "theme:2: not a [section], nor key = value" },
		{ "[styles]\np = color:red\n", "theme: [styles] lacks 'a'" },
		{ "[styles]\n[small]\nzz = width:1px\n", "lacks" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct theme theme;
		struct wrap_err err;

		assert_int_equal(theme_open("theme", t[i][0], &theme, &err), WRAP_ECONFIG);
		if (strstr(err.text, t[i][1]) == NULL)
			fail_msg("%s: got '%s'", t[i][1], err.text);
		assert_int_equal(theme.n, 0);
	}
}

static void
the_theme_darkens_what_has_a_twin_and_mirrors(void **state)
{
	struct theme t;
	struct buf text = BUF_INIT(1 << 16), sheet = BUF_INIT(1 << 16);
	const struct theme_entry *e;
	struct span html = SPAN_LIT("<p class=\"quote\">");

	(void)state;
	buf_adds(&text, sample_template(NULL, "theme.conf"));
	assert_int_equal(theme_open("theme.conf", buf_str(&text), &t, NULL), WRAP_OK);
	e = theme_find(&t, "quote");
	assert_non_null(strstr(e->style[0], "border-left:3px"));
	assert_non_null(strstr(e->style[1], "border-right:3px"));
	assert_non_null(strstr(e->dark, "color:#dfe3e8!important;"));
	assert_null(strstr(e->dark, "margin"));
	theme_sheet(&t, &html, &sheet);
	assert_non_null(strstr(buf_str(&sheet), ".quote{"));
	assert_null(strstr(buf_str(&sheet), ".h1{"));
	theme_close(&t);
	buf_clear(&text);
	buf_clear(&sheet);
}

static void
direction_and_language_are_read_from_the_letters(void **state)
{
	(void)state;
	assert_int_equal(text_direction(span_of("Hello שלום world")), DIRECTION_LTR);
	assert_int_equal(text_direction(span_of("שלום לכולם AB")), DIRECTION_RTL);
	assert_int_equal(text_direction(span_of("2026 - 11")), DIRECTION_NONE);
	assert_int_equal(language_direction("ar-EG"), DIRECTION_RTL);
	assert_int_equal(language_direction("az-Arab"), DIRECTION_RTL);
	assert_int_equal(language_direction("ks-Deva"), DIRECTION_LTR);
	assert_int_equal(language_direction("en"), DIRECTION_LTR);
	assert_string_equal(text_language(span_of("שלום לכולם"), "en"), "he");
	assert_null(text_language(span_of("שלום לכולם"), "he"));
	assert_null(text_language(span_of("שלום לכולם"), "yi"));
	assert_string_equal(text_language(span_of("مرحبا بالعالم"), "en"), "und-Arab");
	assert_null(text_language(span_of("مرحبا بالعالم"), "fa"));
	assert_string_equal(text_language(span_of("日本語のテキスト"), "en"), "ja");
	assert_string_equal(text_language(span_of("中文文本标题"), "en"), "und-Hani");
	assert_string_equal(text_language(span_of("English words"), "ja"), "und-Latn");
	assert_null(text_language(span_of("Deutsch oder Englisch"), "en"));
	assert_null(text_language(span_of("12 : 34"), "en"));
}

static void
runs_against_the_direction_are_found(void **state)
{
	static const struct {
		const char *text;
		enum direction base;
		const char *run;
	} t[] = {
		{ "By תום אחיטוב · 18 Nov", DIRECTION_LTR, "תום אחיטוב" },
		{ "all English", DIRECTION_LTR, NULL },
		{ "עברית RFC 5321 עברית", DIRECTION_RTL, "RFC 5321" },
		{ "עברית 5G עברית", DIRECTION_RTL, "5G" },
		{ "עברית (C++) עברית", DIRECTION_RTL, "C++" },
		{ "רק עברית 2026", DIRECTION_RTL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct span run = { 0 };

		assert_int_equal(
		    opposite_run(span_of(t[i].text), t[i].base, &run), t[i].run != NULL);
		if (t[i].run != NULL && !span_eqs(run, t[i].run))
			fail_msg("%s: got '%.*s'", t[i].text, (int)run.n, run.p);
	}
}

static char *
rendered(const char *md, enum wrap_rc (*part)(struct render *, const char *,
			     const struct render_reader *, struct buf *, struct wrap_err *))
{
	struct render_input in = sample_input(span_of(md));
	struct render_reader reader = sample_reader();
	struct render *r;
	struct buf out = BUF_INIT(0);
	struct wrap_err err = { 0 };

	if (render_open(&in, &r, &err) != WRAP_OK || part(r, NULL, &reader, &out, &err) != WRAP_OK)
		fail_msg("%s", err.text);
	render_close(&r);
	return buf_steal(&out);
}

static void
the_preheader_adds_to_the_subject(void **state)
{
	static const char *const t[][2] = {
		{ "# T\n\nThe editor's note, which is long enough to stand alone here.\n\n## D\n\n### One\n\nx\n",
		    "\">The editor&#39;s note, which is long enough to stand alone here.</div>" },
		{ "# T\n\n## D\n\n### First headline of the week\n\nx\n\n### Second headline, too\n\ny\n",
		    "\">First headline of the week · Second headline, too</div>" },
		{ "# T\n\nShort.\n\n## D\n\n### First headline of the week in full\n\nx\n",
		    "\">Short. · First headline of the week in full</div>" },
		{ "# T\n\n## D\n\n### One\n\nIts text goes on when the title is too short for a line.\n",
		    "\">One · Its text goes on when the title is too short for a line.</div>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char *html = rendered(t[i][0], render_html);

		if (strstr(html, t[i][1]) == NULL)
			fail_msg("no %s", t[i][1]);
		free(html);
	}
}

/* What a feed could put into a title, told as digest writes it into Markdown. */
static void
torture_titles_come_out_as_text(void **state)
{
	static const char *const titles[] = { "]]>", "{{title}} {{{body}}} {{#x}}", ".",
		"<b>*x*</b> &amp; [y](z)", "%s %n ${7*7}",
		"\xE2\x80\xAE"
		"desrever",
		"-- ", "From here" };
	static const char *const html[] = { "]]&gt;", "{{title}} {{{body}}} {{#x}}", ".",
		"&lt;b&gt;*x*&lt;/b&gt; &amp;amp; [y](z)", "%s %n ${7*7}", "desrever", "--",
		"From here" };
	static const char *const text[] = { "\n]]>\n", "\n{{title}} {{{body}}} {{#x}}\n", "\n.\n",
		"\n<b>*x*</b> &amp; [y](z)\n", "\n%s %n ${7*7}\n", "\ndesrever\n", "\n--\n",
		"\nFrom here\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		struct buf md = BUF_INIT(4096), want = BUF_INIT(256);
		char *page, *plain;

		buf_adds(&md, "# T\n\n## D\n\n### [");
		escape_markdown(span_trim(span_of(titles[i])), &md);
		buf_adds(&md, "](https://a.example/)\n\nx\n");
		page = rendered(buf_str(&md), render_html);
		plain = rendered(buf_str(&md), render_text);
		buf_addf(&want, "\">%s</a></h3>", html[i]);
		if (strstr(page, buf_str(&want)) == NULL)
			fail_msg("HTML lacks %s", buf_str(&want));
		if (strstr(plain, text[i]) == NULL)
			fail_msg("text lacks %s", text[i]);
		free(page);
		free(plain);
		buf_clear(&md);
		buf_clear(&want);
	}
}

static const char *
broken_template(void *ctx, const char *name)
{
	return strcmp(name, ctx) == 0 ? "<p>\n{{nonsense}}</p>" : sample_template(NULL, name);
}

static void
a_broken_template_is_refused_when_the_edition_is_opened(void **state)
{
	static const char *const names[] = { "message.html", "message.txt", "page.html" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct render_input in = sample_input(SPAN_LIT("# T\n\n## D\n\n### S\n\nx\n"));
		struct wrap_err err;
		struct render *r;
		char where[64];

		in.template_text = broken_template;
		in.ctx = (void *)(uintptr_t)names[i];
		assert_int_equal(render_open(&in, &r, &err), WRAP_ECONFIG);
		assert_null(r);
		(void)snprintf(where, sizeof(where), "%s:2: there is no name 'nonsense'", names[i]);
		assert_non_null(strstr(err.text, where));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_edition_is_refused_with_its_line),
		cmocka_unit_test(blocks_get_their_roles),
		cmocka_unit_test(links_go_out_in_ascii_or_not_at_all),
		cmocka_unit_test(a_broken_theme_is_refused_with_its_line),
		cmocka_unit_test(the_theme_darkens_what_has_a_twin_and_mirrors),
		cmocka_unit_test(direction_and_language_are_read_from_the_letters),
		cmocka_unit_test(runs_against_the_direction_are_found),
		cmocka_unit_test(the_preheader_adds_to_the_subject),
		cmocka_unit_test(torture_titles_come_out_as_text),
		cmocka_unit_test(a_broken_template_is_refused_when_the_edition_is_opened),
	};

	return cmocka_run_group_tests_name("render", tests, NULL, NULL);
}
