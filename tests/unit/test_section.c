/* Sections: learnt topics are used with a margin only; sponsors, headlines, quiet topics. */
#include "digest_week.h"

static const char *const dns_words[] = { "zone", "signature", "cache", "delegation", "root",
	"nameserver", "record", "anycast" };
static const char *const sec_words[] = { "attacker", "payload", "ransom", "exploit", "botnet",
	"credential", "phishing", "trojan" };

/* Six of the words in an order of their own. */
static void
text_of(const char *const *words, unsigned n, char *out, size_t size)
{
	unsigned a = n * 5 % 8, b = (n * 7 + 3) % 8, c = (n / 2 * 3 + 1) % 8, d = (n / 3 + 5) % 8;

	(void)snprintf(out, size,
	    "Item%u tells of %s, of %s beside %s, and %s for %s when %s meets %s.", n, words[a],
	    words[b], words[c], words[d], words[(a + d) % 8], words[(b + c) % 8],
	    words[(c + d + 1) % 8]);
}

/* A past edition with n stories under each of two topics. */
static void
past_edition(struct week *w, const char *key, double day, unsigned n)
{
	struct edition e;
	char text[300];

	for (unsigned i = 0; i < n; i++) {
		text_of(dns_words, i, text, sizeof(text));
		week_put(w, "alpha",
		    &(struct article){
			.title = text, .text = text, .topic = "DNS", .seen_at = DAYS(day - 1) });
		text_of(sec_words, i, text, sizeof(text));
		week_put(w, "beta",
		    &(struct article){ .title = text,
			.text = text,
			.topic = "Security",
			.seen_at = DAYS(day - 1) });
	}
	e = week_draft(w, key, DAYS(day));
	week_seal(w, &e, DAYS(day));
	edition_clear(&e);
}

static void
past_editions_place_what_no_rule_places(void **state)
{
	struct week w;
	struct edition e;
	int64_t learnt, bread;
	char text[300];
	struct week_story s;

	(void)state;
	week_open(&w,
	    "edition = { min_stories = 1; per_source = 50; per_topic = 50; max_stories = 100; same_story = 0.9; };\n");
	past_edition(&w, "2026-W45", 4, 14);
	text_of(sec_words, 77, text, sizeof(text));
	learnt = week_put(&w, "alpha",
	    &(struct article){ .title = "Quite another title", .text = text, .seen_at = DAYS(8) });
	bread = week_put(&w, "alpha",
	    &(struct article){ .title = "Bread",
		.text = "Bakers bake the bread of the root of the hill.",
		.seen_at = DAYS(8) });
	e = week_draft(&w, "2026-W46", DAYS(11));
	s = week_story(&w, &e, learnt);
	if (strstr(s.why, "under Security as past editions place such stories") == NULL)
		fail_msg("%s", s.why);
	assert_memory_equal(week_story(&w, &e, bread).why, "no-topic:", 9);
	edition_clear(&e);
	w.c.edition.learn = false;
	e = week_draft(&w, "2026-W46", DAYS(11));
	assert_memory_equal(week_story(&w, &e, learnt).why, "no-topic:", 9);
	edition_clear(&e);
	week_close(&w);
}

static void
too_little_to_learn_from_gives_no_answer(void **state)
{
	struct week w;
	struct edition e;
	int64_t id;
	char text[300];

	(void)state;
	week_open(&w,
	    "edition = { min_stories = 1; per_source = 50; per_topic = 50; same_story = 0.9; };\n");
	past_edition(&w, "2026-W45", 4, 4);
	text_of(sec_words, 77, text, sizeof(text));
	id = week_put(
	    &w, "alpha", &(struct article){ .title = "Title", .text = text, .seen_at = DAYS(8) });
	e = week_draft(&w, "2026-W46", DAYS(11));
	assert_memory_equal(week_story(&w, &e, id).why, "no-topic:", 9);
	edition_clear(&e);
	week_close(&w);
}

static void
headlines_and_sponsors_of_quiet_topics(void **state)
{
	struct week w;
	struct edition e;
	struct digest_report rep;

	(void)state;
	week_open(&w, "edition = { min_stories = 1; };\n");
	week_put(&w, "gamma",
	    &(struct article){ .title = "Short",
		.summary =
		    "A summary that a person wrote, long enough to stand by itself under its title.",
		.seen_at = DAYS(1) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_non_null(strstr(e.markdown, "A summary that"));
	assert_null(strstr(e.markdown, "## DNS"));
	edition_clear(&e);
	w.c.topics[1].headlines = true;
	w.c.topics[0].sponsor.always = true;
	MUST(&w, digest_draft(w.st, &w.c, "2026-W45", DAYS(4), &e, &rep, &w.err));
	assert_null(strstr(e.markdown, "A summary that"));
	assert_non_null(strstr(e.markdown,
	    "## DNS\n\n*Sponsored by [Dot & Co](https://dot.example)*\n\nNothing new here this week.\n"));
	assert_string_equal(rep.notes, "sponsor Dot & Co of DNS runs out in 10 days\n");
	edition_clear(&e);
	MUST(&w, digest_draft(w.st, &w.c, "2026-W46", DAYS(15), &e, &rep, &w.err));
	assert_null(strstr(e.markdown, "Dot & Co"));
	assert_string_equal(rep.notes, "sponsor Dot & Co of DNS has run out and is not shown\n");
	edition_clear(&e);
	week_close(&w);
}

static void
feed_state(struct week *w, const char *name, int failures, const char *error)
{
	struct feed f;

	MUST(w, feed_take(w->st, name, "https://feed.example", &f, &w->err));
	f.last_tried_at = DAYS(3);
	f.failures = failures;
	free(f.error);
	f.error = str_dup(error);
	MUST(w, feed_put(w->st, &f, &w->err));
	feed_clear(&f);
}

static void
a_week_badly_seen_is_held(void **state)
{
	struct week w;
	struct edition e;

	(void)state;
	week_open(&w, "edition = { min_stories = 1; };\n");
	week_put(&w, "alpha", &(struct article){ .seen_at = DAYS(1) });
	feed_state(&w, "alpha", 0, NULL);
	feed_state(&w, "beta", 2, "404 Not Found");
	feed_state(&w, "gamma", 0, NULL);
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_int_equal(e.state, EDITION_DRAFT); /* one of three, not required */
	edition_clear(&e);
	w.c.feeds[1].required = true;
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_int_equal(e.state, EDITION_HELD);
	assert_string_equal(e.hold, "the required feed beta failed: 404 Not Found");
	edition_clear(&e);
	w.c.feeds[1].required = false;
	feed_state(&w, "gamma", 1, "timed out");
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_string_equal(
	    e.hold, "2 of 3 feeds failed, more than 50 percent (edition.failed_share)");
	edition_clear(&e);
	feed_state(&w, "beta", 0, NULL);
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_int_equal(e.state, EDITION_DRAFT);
	edition_clear(&e);
	week_close(&w);
}

static void
a_required_feed_that_was_never_read_holds(void **state)
{
	struct week w;
	struct edition e;

	(void)state;
	week_open(&w, "edition = { min_stories = 2; };\n");
	week_put(&w, "alpha", &(struct article){ .seen_at = DAYS(1) });
	w.c.feeds[2].required = true;
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_string_equal(e.hold,
	    "1 story, fewer than the 2 asked for (edition.min_stories); the required feed gamma was never read");
	edition_clear(&e);
	week_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(past_editions_place_what_no_rule_places),
		cmocka_unit_test(too_little_to_learn_from_gives_no_answer),
		cmocka_unit_test(headlines_and_sponsors_of_quiet_topics),
		cmocka_unit_test(a_week_badly_seen_is_held),
		cmocka_unit_test(a_required_feed_that_was_never_read_holds),
	};

	return cmocka_run_group_tests_name("section", tests, NULL, NULL);
}
