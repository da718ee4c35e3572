/* Files of our own: what stands in them, which are passed over, and what a second look makes of a change. */
#include "collect/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define NOW 1795197600 /* 2026-11-20 18:00 UTC */
#define MUST(call) assert_int_equal((call), WRAP_OK)

struct place {
	char dir[32], path[64], folder[64];
	struct store *st;
	struct feed f;
	size_t entries, added;
	char *problem;
};

static const char *const names[] = { "a.md", "b.md", "2026-11-18-a-dated_name.markdown", "link.md",
	"pipe.md", ".hidden.md", "_draft.md", "notes.txt", "deep.md", "big.md" };

static int
set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	*state = p;
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/test_folder.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof(p->path), "%s/wrap.db", p->dir);
	(void)snprintf(p->folder, sizeof(p->folder), "%s/f", p->dir);
	assert_int_equal(mkdir(p->folder, 0700), 0);
	MUST(store_open(p->path, STORE_CREATE, &p->st, NULL));
	MUST(feed_take(p->st, "f", p->folder, &p->f, NULL));
	return 0;
}

static char *
in_folder(const struct place *p, const char *name)
{
	return path_join(p->folder, name);
}

static int
tear_down(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-lock" };
	struct place *p = *state;

	free(p->problem);
	feed_clear(&p->f);
	store_close(&p->st);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = in_folder(p, names[i]);
		(void)unlink(path);
		(void)rmdir(path);
		free(path);
	}
	for (size_t i = 0; i < 4; i++) {
		char path[80];
		(void)snprintf(path, sizeof(path), "%s%s", p->path, ends[i]);
		(void)unlink(path);
	}
	(void)rmdir(p->folder);
	(void)rmdir(p->dir);
	free(p);
	return 0;
}

static void
file(struct place *p, const char *name, struct span text)
{
	char *path = in_folder(p, name);

	MUST(file_write(path, text, 0600, NULL));
	free(path);
}

static void
look(struct place *p)
{
	struct wrap_err err = { 0 };

	free(p->problem);
	MUST(store_begin(p->st, &err));
	if (folder_collect(
		p->st, &p->f, p->folder, NOW, &p->entries, &p->added, &p->problem, &err) != WRAP_OK)
		fail_msg("%s", err.text);
	MUST(store_end(p->st, WRAP_OK, &err));
}

static void
expect(const char *what, const char *got, const char *want)
{
	if ((got == NULL) != (want == NULL) || (want != NULL && strcmp(got, want) != 0))
		fail_msg("%s is %s, not %s", what, got, want);
}

static void
a_header_says_what_the_text_does_not(void **state)
{
	static const struct {
		const char *file, *title, *byline, *url, *text, *categories;
		int64_t published;
	} cases[] = {
		{ "---\ntitle: \"T: t\"\nauthor: Ann\nlink: https://x.example/1\ndate: 2026-11-19\ntags: [a, b]\n---\n\nBody *b*.\n",
		    "T: t", "Ann", "https://x.example/1", "Body b.", "a\nb", 1795046400 },
		{ "Title: T\nby: Ben\nurl: http://x.example/\ncategories: c\ndate: 2026-11-19T10:00:00Z\n\nBody\n",
		    "T", "Ben", "http://x.example/", "Body", "c", 1795082400 },
		{ "\xEF\xBB\xBF# Heading\n\nBody\n", "Heading", NULL, NULL, "Body", NULL, 0 },
		{ "---\r\ntitle: T\r\n---\r\n# T\r\n\r\nBody\r\n", "T", NULL, NULL, "Body", NULL,
		    0 },
		{ "title: T\n\n# Another\n\nBody\n", "T", NULL, NULL, "Another\n\nBody", NULL, 0 },
		{ "Just text: with a colon far behind more words\n", "A", NULL, NULL,
		    "Just text: with a colon far behind more words", NULL, 0 },
		{ "https://x.example/ is where\n", "A", NULL, NULL, "https://x.example/ is where",
		    NULL, 0 },
		{ "title: T\n---\nunknown: kept out\n\nBody <script>x()</script> <b>y</b>\n", NULL,
		    NULL, NULL, NULL, NULL, 0 },
	};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct article a;
		file(p, "a.md", span_of(cases[i].file));
		look(p);
		if (cases[i].title == NULL) {
			if (p->problem == NULL || strstr(p->problem, "a.md: ") == NULL)
				fail_msg("case %zu has no problem", i);
			continue;
		}
		if (p->problem != NULL)
			fail_msg("case %zu: %s", i, p->problem);
		MUST(article_find(p->st, p->f.id, "a.md", &a, NULL));
		expect("title", a.title, cases[i].title);
		expect("byline", a.byline, cases[i].byline);
		expect("url", a.url, cases[i].url);
		expect("text", a.text, cases[i].text);
		expect("categories", a.categories, cases[i].categories);
		if (cases[i].published != 0)
			assert_int_equal(a.published_at, cases[i].published);
		article_clear(&a);
	}
}

static void
what_is_wrong_is_named_and_the_rest_is_read(void **state)
{
	static const struct {
		const char *file, *says;
	} cases[] = { { "---\ntitle: T\n\nBody\n", "second line of dashes" },
		{ "title: T\nBody\n", "empty line is missing" },
		{ "date: someday\n\nBody\n", "\"someday\" cannot be read" },
		{ "link: javascript:alert(1)\n\nBody\n", "link is no http" },
		{ "image: file:///etc/passwd\n\nBody\n", "image is no http" },
		{ "title: T\n", "neither text nor link" }, { "", "neither text nor link" },
		{ "\xFF\xFE\n", "not UTF-8" } };
	struct place *p = *state;

	file(p, "b.md", SPAN_LIT("# Good\n\nBody\n"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		file(p, "a.md", span_of(cases[i].file));
		look(p);
		if (p->problem == NULL || strstr(p->problem, "a.md: ") == NULL ||
		    strstr(p->problem, cases[i].says) == NULL)
			fail_msg("case %zu: %s", i, p->problem);
		assert_int_equal(p->entries, 1);
		assert_int_equal(p->added, i == 0);
	}
	file(p, "a.md", (struct span){ "a\0b", 3 });
	look(p);
	assert_non_null(strstr(p->problem, "not UTF-8"));
}

static void
no_path_leads_out_and_nothing_waits(void **state)
{
	struct place *p = *state;
	char *link = in_folder(p, "link.md"), *pipe = in_folder(p, "pipe.md"),
	     *deep = in_folder(p, "deep.md");
	char *big = malloc(70000);

	assert_int_equal(symlink("/etc/hostname", link), 0);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_int_equal(mkdir(deep, 0700), 0);
	memset(big, 'x', 70000);
	file(p, "big.md", (struct span){ big, 70000 });
	file(p, ".hidden.md", SPAN_LIT("x"));
	file(p, "_draft.md", SPAN_LIT("x"));
	file(p, "notes.txt", SPAN_LIT("x"));
	look(p);
	assert_int_equal(p->entries, 0);
	assert_non_null(strstr(p->problem, "link.md: it is a link"));
	assert_non_null(strstr(p->problem, "pipe.md: it is no regular file"));
	assert_non_null(strstr(p->problem, "deep.md: it is no regular file"));
	assert_non_null(strstr(p->problem, "big.md: it is larger than 64 kB"));
	free(link);
	free(pipe);
	free(deep);
	free(big);
}

static void
a_name_gives_title_and_date(void **state)
{
	struct place *p = *state;
	struct article a;

	file(p, "2026-11-18-a-dated_name.markdown", SPAN_LIT("Body\n"));
	look(p);
	MUST(article_find(p->st, p->f.id, "2026-11-18-a-dated_name.markdown", &a, NULL));
	expect("title", a.title, "A dated name");
	assert_int_equal(a.published_at, 1794960000);
	article_clear(&a);
}

static void
edits_drafts_and_removals_are_seen(void **state)
{
	struct place *p = *state;
	struct article a;
	char *path = in_folder(p, "a.md");

	file(p, "a.md", SPAN_LIT("draft: true\n\nBody\n"));
	look(p);
	assert_int_equal(p->entries + p->added, 0);
	file(p, "a.md", SPAN_LIT("date: 2026-12-24\n\nBody\n"));
	look(p);
	assert_int_equal(p->entries + p->added, 0);
	file(p, "a.md", SPAN_LIT("# One\n\nBody\n"));
	look(p);
	assert_int_equal(p->added, 1);
	file(p, "a.md", SPAN_LIT("# Two\n\nBody\n"));
	look(p);
	assert_int_equal(p->added, 0);
	MUST(article_find(p->st, p->f.id, "a.md", &a, NULL));
	expect("title", a.title, "Two");
	article_clear(&a);
	/* A slip while editing does not take the story back, its end does. */
	file(p, "a.md", SPAN_LIT("---\ntitle: Three\n"));
	look(p);
	MUST(article_find(p->st, p->f.id, "a.md", &a, NULL));
	article_clear(&a);
	assert_int_equal(unlink(path), 0);
	look(p);
	assert_int_equal(article_find(p->st, p->f.id, "a.md", &a, NULL), WRAP_ENOTFOUND);
	free(path);
}

static void
a_folder_that_is_not_there_is_said(void **state)
{
	struct place *p = *state;
	struct wrap_err err = { 0 };
	size_t entries, added;
	char *problem;

	assert_int_equal(
	    folder_collect(p->st, &p->f, "/nowhere/at all", NOW, &entries, &added, &problem, &err),
	    WRAP_ENOTFOUND);
	assert_non_null(strstr(err.text, "/nowhere/at all"));
	assert_null(problem);
}

int
main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_header_says_what_the_text_does_not),
		IN_FOLDER(what_is_wrong_is_named_and_the_rest_is_read),
		IN_FOLDER(no_path_leads_out_and_nothing_waits),
		IN_FOLDER(a_name_gives_title_and_date),
		IN_FOLDER(edits_drafts_and_removals_are_seen),
		IN_FOLDER(a_folder_that_is_not_there_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
