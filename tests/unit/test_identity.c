/* Which entry is which: the names of an entry, and what a second reading of a feed makes of it. */
#include "collect/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define NOW 1795197600 /* 2026-11-20 18:00 UTC */
#define DAY ((int64_t)86400)
#define MUST(call) assert_int_equal((call), WRAP_OK)

/* One entry as a feed tells it; age in days, 0: no date. */
struct told {
	const char *guid, *url, *title;
	int age;
};

static struct reading
reading_of(const struct told *t, size_t n, int64_t now)
{
	struct reading r = { .v = calloc(n, sizeof(*r.v)), .n = n, .listed = n };

	assert_non_null(r.v);
	for (size_t i = 0; i < n; i++)
		r.v[i] = (struct article){ .guid = t[i].guid == NULL ? NULL : str_dup(t[i].guid),
			.url = t[i].url == NULL ? NULL : str_dup(t[i].url),
			.title = str_dup(t[i].title),
			.published_at = t[i].age == 0 ? 0 : now - t[i].age * DAY,
			.comments = -1 };
	return r;
}

/* ---- names ------------------------------------------------------------------------------------------- */

static void
names_of(const struct told *t, size_t n, struct reading *r, struct names **v)
{
	*r = reading_of(t, n, NOW);
	MUST(identity_names(r, v, NULL));
}

/* Two documents' only entries: the same by host-free guid, by title and path? */
static void
a_move_keeps_a_name_and_another_story_has_none_of_it(void **state)
{
	static const struct {
		struct told a, b;
		bool moved, story;
	} cases[] = {
		{ { "http://a.example/2026/1/", NULL, "T", 0 },
		    { "https://www.b.example/2026/1", NULL, "T", 0 }, true, false },
		{ { "http://a.example/?p=7", NULL, "T", 0 },
		    { "https://b.example/?p=7", NULL, "T", 0 }, true, false },
		{ { "http://a.example/?p=7", NULL, "T", 0 },
		    { "http://a.example/?p=8", NULL, "T", 0 }, false, false },
		{ { "tag:a.example,2005:post-1700", NULL, "T", 0 },
		    { "tag:b.example,2020:post-1700", NULL, "T", 0 }, true, false },
		{ { "tag:a.example,2005:7", NULL, "T", 0 },
		    { "tag:b.example,2005:7", NULL, "T", 0 }, false, false },
		{ { "1", "http://a.example/x/y", "T", 0 },
		    { "2", "https://b.example/x/y?utm_source=z", "T", 0 }, false, true },
		{ { "1", "http://a.example/x/y", "T", 0 }, { "2", "http://a.example/x/z", "T", 0 },
		    false, false },
		{ { "1", "http://a.example/x/y", "T", 0 }, { "2", "http://a.example/x/y", "U", 0 },
		    false, false },
		{ { "1", "http://a.example/show.php?id=1", "T", 0 },
		    { "2", "http://a.example/show.php?id=2", "T", 0 }, false, false },
		{ { "http://a.example/", NULL, "T", 0 }, { "http://b.example/", NULL, "T", 0 },
		    false, false },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reading ra, rb;
		struct names *a, *b;
		names_of(&cases[i].a, 1, &ra, &a);
		names_of(&cases[i].b, 1, &rb, &b);
		if (cases[i].moved !=
			(a->moved != NULL && b->moved != NULL && strcmp(a->moved, b->moved) == 0) ||
		    cases[i].story !=
			(a->story != NULL && b->story != NULL && strcmp(a->story, b->story) == 0))
			fail_msg("%s %s: moved %s %s, story %s %s", cases[i].a.guid,
			    cases[i].b.guid, a->moved, b->moved, a->story, b->story);
		identity_names_free(a, 1);
		identity_names_free(b, 1);
		reading_clear(&ra);
		reading_clear(&rb);
	}
}

static void
a_name_that_two_entries_share_is_none(void **state)
{
	static const struct told same_guid[] = { { "g", "http://a.example/1", "One", 1 },
		{ "g", "http://a.example/2", "Two", 2 } };
	static const struct told same_link[] = { { NULL, "http://a.example/", "One", 1 },
		{ NULL, "http://a.example/", "Two", 2 } };
	static const struct told twice[] = { { "g", "http://a.example/1", "One", 1 },
		{ "g", "http://a.example/1", "One", 1 } };
	struct reading r;
	struct names *v;
	(void)state;

	names_of(same_guid, 2, &r, &v);
	assert_string_not_equal(v[0].key, v[1].key);
	assert_false(v[1].repeat);
	identity_names_free(v, 2);
	reading_clear(&r);
	names_of(same_link, 2, &r, &v);
	assert_string_not_equal(v[0].key, v[1].key);
	identity_names_free(v, 2);
	reading_clear(&r);
	names_of(twice, 2, &r, &v);
	assert_true(v[1].repeat);
	identity_names_free(v, 2);
	reading_clear(&r);
}

/* ---- readings one after the other ------------------------------------------------------------------------ */

struct place {
	char dir[32], path[64];
	struct store *st;
	struct config c;
	struct feed f;
};

static int
set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	*state = p;
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/test_identity.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof(p->path), "%s/wrap.db", p->dir);
	p->c.edition.first_days = 7;
	MUST(store_open(p->path, STORE_CREATE, &p->st, NULL));
	MUST(feed_take(p->st, "f", "http://a.example/feed", &p->f, NULL));
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-lock" };
	struct place *p = *state;

	feed_clear(&p->f);
	store_close(&p->st);
	for (size_t i = 0; i < 4; i++) {
		char path[80];
		(void)snprintf(path, sizeof(path), "%s%s", p->path, ends[i]);
		(void)unlink(path);
	}
	(void)rmdir(p->dir);
	free(p);
	return 0;
}

/* Read the document a day's later or so; how many were new, how many of them news. */
static size_t
put(struct place *p, const struct told *t, size_t n, int64_t now, bool trust, bool *suspect,
    size_t *fresh)
{
	struct reading r = reading_of(t, n, now);
	struct strs news = { 0 };
	struct wrap_err err = { 0 };
	size_t added;

	MUST(store_begin(p->st, &err));
	if (identity_put(p->st, &p->c, &p->f, &r, now, trust, &added, suspect, &news, &err) !=
	    WRAP_OK)
		fail_msg("%s", err.text);
	MUST(store_end(p->st, WRAP_OK, &err));
	*fresh = news.n;
	if (!*suspect)
		p->f.last_good_at = now;
	strs_clear(&news);
	reading_clear(&r);
	return added;
}

static void
a_story_is_put_once_whatever_its_guid_becomes(void **state)
{
	static const struct told days[][1] = {
		{ { "http://a.example/2026/1", "http://a.example/2026/1", "One", 1 } },
		{ { "https://b.example/2026/1/", "https://b.example/2026/1", "One", 1 } },
		{ { "urn:uuid:5", "https://b.example/2026/1?utm_source=rss", "One", 1 } },
		{ { "urn:uuid:5", "https://b.example/2026/one", "One, corrected", 1 } },
		{ { "http://a.example/2026/1", "http://a.example/2026/1", "One again", 1 } },
	};
	struct place *p = *state;
	bool suspect;
	size_t fresh;

	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
		if (put(p, days[i], 1, NOW + (int64_t)i * DAY, false, &suspect, &fresh) !=
			(i == 0 ? 1 : 0) ||
		    suspect)
			fail_msg("day %zu", i);
}

static void
a_title_that_comes_back_after_a_month_is_news(void **state)
{
	static const struct told was = { "1", "http://a.example/weekly", "Links of the week", 1 };
	static const struct told is = { "2", "http://a.example/weekly", "Links of the week", 1 };
	struct place *p = *state;
	bool suspect;
	size_t fresh;

	assert_int_equal(put(p, &was, 1, NOW, false, &suspect, &fresh), 1);
	assert_int_equal(put(p, &is, 1, NOW + 7 * DAY, false, &suspect, &fresh), 0);
	assert_int_equal(put(p, &is, 1, NOW + 60 * DAY, false, &suspect, &fresh), 0);
	assert_int_equal(
	    put(p, &(struct told){ "3", "http://a.example/weekly", "Links of the week", 1 }, 1,
		NOW + 120 * DAY, false, &suspect, &fresh),
	    1);
}

static void
a_past_that_looks_new_is_not_believed_unless_trusted(void **state)
{
	struct told was[6], is[6];
	char text[12][40];
	struct place *p = *state;
	bool suspect;
	size_t fresh;

	for (int i = 0; i < 6; i++) {
		(void)snprintf(text[i], sizeof(text[i]), "http://a.example/old/%d", i);
		(void)snprintf(text[i + 6], sizeof(text[i]), "http://a.example/new/%d-x", i);
		was[i] = (struct told){ text[i], text[i], text[i], 3 + i };
		is[i] = (struct told){ text[i + 6], text[i + 6], text[i + 6], 3 + i };
	}
	assert_int_equal(put(p, was, 6, NOW, false, &suspect, &fresh), 6);
	assert_int_equal(put(p, is, 6, NOW + DAY / 2, false, &suspect, &fresh), 0);
	assert_true(suspect);
	assert_int_equal(put(p, is, 6, NOW + DAY / 2, true, &suspect, &fresh), 6);
	assert_false(suspect);
}

static void
a_first_reading_brings_news_and_no_archive(void **state)
{
	struct told dated[40], undated[40];
	char text[80][40];
	struct place *p = *state;
	bool suspect;
	size_t fresh;

	for (int i = 0; i < 40; i++) {
		(void)snprintf(text[i], sizeof(text[i]), "http://a.example/d/%d", i);
		(void)snprintf(text[i + 40], sizeof(text[i]), "http://a.example/u/%d", i);
		dated[i] = (struct told){ text[i], text[i], text[i], i + 1 };
		undated[i] = (struct told){ text[i + 40], text[i + 40], text[i + 40], 0 };
	}
	assert_int_equal(put(p, dated, 40, NOW, false, &suspect, &fresh), 40);
	assert_int_equal(fresh, 7); /* first_days */
	feed_clear(&p->f);
	MUST(feed_take(p->st, "g", "http://b.example/feed", &p->f, NULL));
	assert_int_equal(put(p, undated, 40, NOW, false, &suspect, &fresh), 40);
	assert_int_equal(fresh, 10);
}

int
main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_move_keeps_a_name_and_another_story_has_none_of_it),
		cmocka_unit_test(a_name_that_two_entries_share_is_none),
		WITH_STORE(a_story_is_put_once_whatever_its_guid_becomes),
		WITH_STORE(a_title_that_comes_back_after_a_month_is_news),
		WITH_STORE(a_past_that_looks_new_is_not_believed_unless_trusted),
		WITH_STORE(a_first_reading_brings_news_and_no_archive),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
