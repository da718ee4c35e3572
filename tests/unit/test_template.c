/* Templates: what we take of Mustache behaves as its specification says, and what is broken is refused with its line. */
#include "wrap/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static const struct template_name tag_names[] = { { ".", TEMPLATE_TEXT, NULL }, { NULL, 0, NULL } };
static const struct template_name item_names[] = {
	{ "name", TEMPLATE_TEXT, NULL },
	{ "link", TEMPLATE_URL, NULL },
	{ "tags", TEMPLATE_LIST, tag_names },
	{ "last", TEMPLATE_FLAG, NULL },
	{ NULL, 0, NULL },
};
static const struct template_name names[] = {
	{ "title", TEMPLATE_TEXT, NULL },
	{ "empty", TEMPLATE_TEXT, NULL },
	{ "name", TEMPLATE_TEXT, NULL },
	{ "link", TEMPLATE_URL, NULL },
	{ "body", TEMPLATE_MARKUP, NULL },
	{ "on", TEMPLATE_FLAG, NULL },
	{ "off", TEMPLATE_FLAG, NULL },
	{ "items", TEMPLATE_LIST, item_names },
	{ "none", TEMPLATE_LIST, item_names },
	{ NULL, 0, NULL },
};

static const char *
partial(void *ctx, const char *name)
{
	static const char *const t[][2] = {
		{ "head", "<{{title}}>\n" },
		{ "lines", "one\ntwo {{title}}\n" },
		{ "item", "{{name}}," },
		{ "loop", "x{{> loop}}" },
		{ "open", "{{#on}}" },
		{ "bad", "fine\n{{nonsense}}" },
		{ "nothing", "" },
		{ "twice", "{{> head}}{{> head}}" },
	};

	(void)ctx;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (strcmp(t[i][0], name) == 0)
			return t[i][1];
	return NULL;
}

static struct value *
sample(void)
{
	struct value *v = value_new(), *item;

	value_texts(v, "title", "A & B");
	value_texts(v, "empty", "");
	value_texts(v, "name", "outer");
	value_texts(v, "link", "https://x.example/?a=1&b=(2)");
	value_texts(v, "body", "<p>x</p>");
	value_flag(v, "on", true);
	value_flag(v, "off", false);
	item = value_add(v, "items");
	value_texts(item, "name", "first");
	value_texts(value_add(item, "tags"), ".", "t1");
	value_texts(value_add(item, "tags"), ".", "t2");
	item = value_add(v, "items");
	value_texts(item, "link", "javascript:alert(1)");
	value_flag(item, "last", true);
	return v;
}

static enum wrap_rc
compile(const char *text, enum template_escape escape, struct template **t, struct wrap_err *err)
{
	struct template_source src = { .name = "page",
		.text = span_of(text),
		.escape = escape,
		.names = names,
		.partial = partial };

	return template_compile(&src, t, err);
}

static void
expect(const char *text, enum template_escape escape, const char *want)
{
	struct value *v = sample();
	struct template *t;
	struct buf b = BUF_INIT(4096);
	struct wrap_err err = { 0 };

	if (compile(text, escape, &t, &err) != WRAP_OK)
		fail_msg("%s: %s", text, err.text);
	assert_int_equal(template_render(t, v, &b, &err), WRAP_OK);
	assert_string_equal(buf_str(&b), want);
	template_free(&t);
	value_free(&v);
	buf_clear(&b);
}

static enum wrap_rc
words(void *ctx, const char *name, bool own, struct buf *out, struct wrap_err *err)
{
	(void)ctx;
	if (own || strcmp(name, "words.en") != 0)
		return wrap_fail(err, WRAP_ENOTFOUND, "no %s", name);
	buf_adds(out, "hello = Hello & *welcome*\nme = <{{publication}}>\nwho = {{who}}\n");
	return WRAP_OK;
}

static void
phrases_are_escaped_and_their_names_are_those_around_them(void **state)
{
	static const struct template_name here[] = { { "publication", TEMPLATE_TEXT, NULL },
		{ NULL, 0, NULL } };
	static const struct {
		enum template_escape escape;
		const char *text, *want;
		bool refused;
	} t[] = {
		{ TEMPLATE_ESCAPE_HTML, "<b>{{say_hello}}</b>", "<b>Hello &amp; *welcome*</b>",
		    false },
		{ TEMPLATE_ESCAPE_HTML, "{{ say_me }}", "&lt;A &amp; B&gt;", false },
		{ TEMPLATE_ESCAPE_MARKDOWN, "x {{say_hello}}", "x Hello & \\*welcome\\*", false },
		{ TEMPLATE_ESCAPE_LINE, "{{say_me}}: {{say_hello}}", "<A & B>: Hello & *welcome*",
		    false },
		{ TEMPLATE_ESCAPE_TEXT, "{{say_who}}", "say_who:1: there is no name 'who' here",
		    true },
		{ TEMPLATE_ESCAPE_TEXT, "\n{{say_bye}}",
		    "t:2: words.en has no phrase for 'say_bye'", true },
		{ TEMPLATE_ESCAPE_TEXT, "{{{say_hello}}}", "t:1: there is no name 'say_hello' here",
		    true },
	};
	struct phrasebook *book;
	struct value *v = value_new();
	struct wrap_err err = { 0 };

	(void)state;
	value_texts(v, "publication", "A & B");
	assert_int_equal(phrasebook_open("en", words, NULL, &book, &err), WRAP_OK);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct template_source src = { .name = "t",
			.text = span_of(t[i].text),
			.escape = t[i].escape,
			.names = here,
			.say = book };
		struct template *made;
		struct buf b = BUF_INIT(4096);

		if (t[i].refused) {
			assert_int_equal(template_compile(&src, &made, &err), WRAP_ECONFIG);
			assert_non_null(strstr(err.text, t[i].want));
			continue;
		}
		assert_int_equal(template_compile(&src, &made, &err), WRAP_OK);
		assert_int_equal(template_render(made, v, &b, &err), WRAP_OK);
		assert_string_equal(buf_str(&b), t[i].want);
		template_free(&made);
		buf_clear(&b);
	}
	value_free(&v);
	phrasebook_close(&book);
}

static const char *const html_cases[][2] = {
	/* variables */
	{ "plain text", "plain text" },
	{ "", "" },
	{ "{{title}}", "A &amp; B" },
	{ "{{ title }}|{{\ttitle\n}}", "A &amp; B|A &amp; B" },
	{ "[{{empty}}]", "[]" },
	{ "  {{title}}\n", "  A &amp; B\n" },
	{ "{{{body}}}{{& body }}{{body}}", "<p>x</p><p>x</p>&lt;p&gt;x&lt;/p&gt;" },
	{ "{{{ body }}}", "<p>x</p>" },
	{ "{ {title} } }}", "{ {title} } }}" },
	{ "{{title}}{{title}}", "A &amp; BA &amp; B" },
	{ "{{link}}", "https://x.example/?a=1&amp;b=(2)" },
	/* sections */
	{ "{{#on}}yes{{/on}}{{#off}}no{{/off}}", "yes" },
	{ "{{#title}}[{{.}}]{{/title}}", "[A &amp; B]" },
	{ "{{#empty}}no{{/empty}}{{^empty}}yes{{/empty}}", "yes" },
	{ "{{#items}}<{{name}}>{{/items}}", "<first><>" },
	{ "{{#items}}{{title}};{{/items}}", "A &amp; B;A &amp; B;" },
	{ "{{#items}}{{#tags}}{{.}},{{/tags}}{{^tags}}none{{/tags}}{{#last}}!{{/last}}{{/items}}",
	    "t1,t2,none!" },
	{ "{{#items}}({{link}}){{/items}}", "()()" },
	{ "{{#items}}{{#name}}{{.}}{{/name}}{{^name}}?{{/name}}{{/items}}", "first?" },
	{ "{{#none}}x{{/none}}{{^none}}empty list{{/none}}", "empty list" },
	{ "{{#on}}{{#on}}{{#items}}{{#on}}{{title}}.{{/on}}{{/items}}{{/on}}{{/on}}",
	    "A &amp; B.A &amp; B." },
	{ "{{#on}}{{#title}}{{#on}}{{.}}{{/on}}{{/title}}{{/on}}", "A &amp; B" },
	{ "{{# on }}x{{/ on }}", "x" },
	{ "{{#on}}{{/on}}", "" },
	/* inverted */
	{ "{{^off}}a{{/off}}{{^on}}b{{/on}}", "a" },
	{ "{{^off}}{{title}}{{/off}}", "A &amp; B" },
	/* comments */
	{ "a{{! any # / > thing }}b", "ab" },
	{ "a\n{{! gone\nwith its\nlines }}\nb", "a\nb" },
	{ "a {{! kept line }}\nb", "a \nb" },
	{ "  {{! x }} y", "   y" },
	/* standalone lines */
	{ "a\n{{#on}}\nb\n{{/on}}\nc\n", "a\nb\nc\n" },
	{ "a\n  {{#on}}  \n  b\n\t{{/on}}\nc", "a\n  b\nc" },
	{ "a\r\n{{#on}}\r\nb\r\n{{/on}}\r\nc", "a\r\nb\r\nc" },
	{ "{{#on}}\nx\n{{/on}}", "x\n" },
	{ "{{^off}}\nx\n{{/off}}", "x\n" },
	{ " {{#on}} {{/on}} \n", "   \n" },
	{ "{{#items}}\n- {{name}}\n{{/items}}\n", "- first\n- \n" },
	{ "x {{#on}}\ny\n{{/on}}\n", "x \ny\n" },
	/* partials */
	{ "{{> head}}!", "<A &amp; B>\n!" },
	{ "a\n  {{> lines}}\nb", "a\n  one\n  two A &amp; B\nb" },
	{ "-{{>lines}}-", "-one\ntwo A &amp; B\n-" },
	{ "{{#items}}{{> item}}{{/items}}", "first,," },
	{ "a{{> nothing}}b", "ab" },
	{ "  {{> nothing}}\nb", "b" },
	{ "{{> twice}}", "<A &amp; B>\n<A &amp; B>\n" },
};

static void
what_we_take_of_mustache(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(html_cases) / sizeof(html_cases[0]); i++)
		expect(html_cases[i][0], TEMPLATE_ESCAPE_HTML, html_cases[i][1]);
}

static void
escapes_for_its_context(void **state)
{
	(void)state;
	expect("[{{title}}]({{link}})", TEMPLATE_ESCAPE_MARKDOWN,
	    "[A & B](https://x.example/?a=1&b=%282%29)");
	expect("{{title}} {{link}}", TEMPLATE_ESCAPE_TEXT, "A & B https://x.example/?a=1&b=(2)");
	expect("?t={{title}}", TEMPLATE_ESCAPE_URL, "?t=A%20%26%20B");
	expect("{{title}}", TEMPLATE_ESCAPE_LINE, "A & B");
}

static void
hostile_values_stay_values(void **state)
{
	static const char evil[] = "{{title}}\r\n\x1B{{{body}}} <i>*%s\0x";
	static const struct {
		enum template_escape escape;
		const char *want;
	} t[] = {
		{ TEMPLATE_ESCAPE_HTML, "{{title}}\n{{{body}}} &lt;i&gt;*%sx" },
		{ TEMPLATE_ESCAPE_MARKDOWN, "{{title}} {{{body}}} \\<i>\\*%s x" },
		{ TEMPLATE_ESCAPE_TEXT, "{{title}}\n{{{body}}} <i>*%sx" },
		{ TEMPLATE_ESCAPE_LINE, "{{title}} {{{body}}} <i>*%s x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct value *v = value_new();
		struct template *tpl;
		struct buf b = BUF_INIT(4096);

		value_text(v, "title", (struct span){ evil, sizeof(evil) - 1 });
		assert_int_equal(compile("{{title}}", t[i].escape, &tpl, NULL), WRAP_OK);
		assert_int_equal(template_render(tpl, v, &b, NULL), WRAP_OK);
		assert_string_equal(buf_str(&b), t[i].want);
		template_free(&tpl);
		value_free(&v);
		buf_clear(&b);
	}
}

static void
what_is_broken_is_refused_with_its_line(void **state)
{
	static const char *const t[][2] = {
		{ "a\nb {{titel}}",
		    "page:2: there is no name 'titel' here; there are: title, empty" },
		{ "{{#items}}{{titel}}{{/items}}", "there are: name, link, tags, last, title" },
		{ "{{last}}", "page:1: there is no name 'last'" },
		{ "{{#none}}\n{{#on}}x\n{{/none}}\n{{/on}}",
		    "page:3: 'none' closes the section 'on' of line 2" },
		{ "x\n{{#on}}\nyy", "page:2: section 'on' is never closed" },
		{ "x{{/on}}", "page:1: no section is open for 'on'" },
		{ "x\n\n{{title", "page:3: this tag has no }}" },
		{ "{{{body}} x", "page:1: this tag has no }}}" },
		{ "{{}}", "page:1: a tag without a name" },
		{ "{{#}}{{/}}", "a tag without a name" },
		{ "{{=<% %>=}}", "delimiters cannot be changed" },
		{ "{{{title}}}", "page:1: this text may not be put in unescaped: 'title'" },
		{ "{{& link}}", "may not be put in unescaped" },
		{ "{{items}}", "this name opens a section" },
		{ "{{on}}", "this name opens a section" },
		{ "{{.}}", "there is no name '.'" },
		{ "{{#on}}{{.}}{{/on}}", "there is no name '.'" },
		{ "{{^title}}{{.}}{{/title}}", "there is no name '.'" },
		{ "{{#items}}{{.}}{{/items}}", "there is no name '.'" },
		{ "{{items.name}}", "there is no name 'items.name'" },
		{ "\n{{> missing}}", "page:2: there is no template 'missing'" },
		{ "{{> loop}}", "loop:1: templates include one another too deep" },
		{ "{{> open}}x{{/on}}", "open:1: section 'on' is never closed" },
		{ "{{> bad}}", "bad:2: there is no name 'nonsense'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct wrap_err err = { 0 };
		struct template *tpl;

		assert_int_equal(compile(t[i][0], TEMPLATE_ESCAPE_HTML, &tpl, &err), WRAP_ECONFIG);
		assert_null(tpl);
		if (strstr(err.text, t[i][1]) == NULL)
			fail_msg("%s: got '%s'", t[i][1], err.text);
	}
}

static void
deep_nesting_is_refused(void **state)
{
	struct buf b = BUF_INIT(1 << 20);
	struct template *t;

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_adds(&b, "{{#on}}");
	assert_int_equal(compile(buf_str(&b), TEMPLATE_ESCAPE_HTML, &t, NULL), WRAP_ECONFIG);
	buf_reset(&b);
	for (int i = 0; i < 30000; i++)
		buf_adds(&b, "{{on}}");
	assert_int_equal(compile(buf_str(&b), TEMPLATE_ESCAPE_HTML, &t, NULL), WRAP_ECONFIG);
	buf_clear(&b);
}

static void
values_are_replaced_and_calls_on_null_do_nothing(void **state)
{
	struct value *v = value_new(), *none = NULL;
	struct template *t;
	struct buf b = BUF_INIT(64), tiny = BUF_INIT(2);

	(void)state;
	value_texts(v, "title", "old");
	value_texts(v, "title", "-42");
	value_texts(v, "title", NULL);
	value_texts(NULL, "title", "x");
	assert_null(value_add(NULL, "items"));
	value_free(&none);
	assert_int_equal(compile("{{title}}", TEMPLATE_ESCAPE_TEXT, &t, NULL), WRAP_OK);
	assert_int_equal(template_render(t, v, &b, NULL), WRAP_OK);
	assert_string_equal(buf_str(&b), "-42");
	assert_int_equal(template_render(t, v, &tiny, NULL), WRAP_ELIMIT);
	assert_int_equal(template_render(t, NULL, &b, NULL), WRAP_ENOMEM);
	template_free(&t);
	value_free(&v);
	buf_clear(&b);
	buf_clear(&tiny);
}

static void
only_harmless_links_are_safe(void **state)
{
	static const char *const good[] = { "https://x.example/", "HTTP://x", "mailto:a@b.example",
		"/path", "?q", "#a", "path/x:y" };
	static const char *const bad[] = { "", "javascript:alert(1)", "java\nscript:x",
		"data:text/html,x", " https://x", "vbscript:x", ":x", "ftp://x", "https://x/a b" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(url_is_safe(span_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(url_is_safe(span_of(bad[i])));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_we_take_of_mustache),
		cmocka_unit_test(phrases_are_escaped_and_their_names_are_those_around_them),
		cmocka_unit_test(escapes_for_its_context),
		cmocka_unit_test(hostile_values_stay_values),
		cmocka_unit_test(what_is_broken_is_refused_with_its_line),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(values_are_replaced_and_calls_on_null_do_nothing),
		cmocka_unit_test(only_harmless_links_are_safe),
	};

	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
