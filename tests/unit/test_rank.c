/* Rank: the terms of a score, and what the choice makes of likeness, sources and equal scores. */
#include "digest_week.h"

static const char long_text[] = "Word one two three four five six seven eight nine. ";

static void
says(struct week *w, const struct edition *e, int64_t id, const char *term)
{
	struct week_story s = week_story(w, e, id);

	if (strstr(s.why, term) == NULL)
		fail_msg("no \"%s\" in: %s", term, s.why);
}

static void
every_term_of_a_score_is_told(void **state)
{
	struct week w;
	struct edition e;
	struct buf text = BUF_INIT(0);
	int64_t id, press;

	(void)state;
	week_open(&w,
	    "edition = { min_stories = 1; per_source = 9; };\nrules = ( { match = \"special\"; action = \"weight\"; weight = 1.25; } );\n");
	for (int i = 0; i < 30; i++)
		buf_adds(&text, long_text);
	id = week_put(&w, "beta",
	    &(struct article){ .title = "A special DNS story",
		.byline = "Jane",
		.text = text.p,
		.comments = 30,
		.seen_at = DAYS(4),
		.published_at = DAYS(4),
		.url = "https://x.example/1" });
	week_put(&w, "beta",
	    &(struct article){ .title = "DNS again",
		.comments = 10,
		.seen_at = DAYS(3),
		.published_at = DAYS(3) });
	week_put(&w, "beta",
	    &(struct article){ .title = "DNS once more",
		.comments = 10,
		.seen_at = DAYS(3),
		.published_at = DAYS(3) });
	week_put(&w, "alpha",
	    &(struct article){
		.title = "DNS copy", .seen_at = DAYS(3), .url = "https://x.example/1" });
	press = week_put(&w, "alpha",
	    &(struct article){
		.title = "DNS news", .categories = "Press release", .seen_at = DAYS(3) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	says(&w, &e, id, "feed +1.50");
	says(&w, &e, id, "author +0.50");
	says(&w, &e, id, "told by others +0.69"); /* ln 2 */
	says(&w, &e, id, "comments +0.83");       /* 0.6 ln(1 + 30 / 10) */
	says(&w, &e, id, "new +0.40");
	says(&w, &e, id, "keywords +0.69"); /* 0.5 ln(1 + 3) */
	says(&w, &e, id, "full text +0.20");
	says(&w, &e, id, "rules +1.25");
	says(&w, &e, press, "press release -0.80");
	edition_clear(&e);
	buf_clear(&text);
	week_close(&w);
}

static void
likeness_and_a_repeated_source_cost_a_place(void **state)
{
	struct week w;
	struct edition e;
	int64_t first, alike, other;

	(void)state;
	week_open(&w, "edition = { min_stories = 1; max_stories = 2; same_story = 1.0; };\n");
	first = week_put(&w, "beta",
	    &(struct article){ .title = "Queries of DNS root servers answered faster",
		.topic = "DNS",
		.seen_at = DAYS(3) });
	alike = week_put(&w, "beta",
	    &(struct article){ .title = "Faster answers to DNS root queries by servers",
		.topic = "DNS",
		.seen_at = DAYS(2) });
	other = week_put(&w, "alpha",
	    &(struct article){ .title = "A harbour for DNS", .topic = "DNS", .seen_at = DAYS(1) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_int_equal(week_story(&w, &e, first).position, 1);
	assert_int_equal(week_story(&w, &e, other).position, 2); /* its feed weighs 0.5 less */
	assert_int_equal(week_story(&w, &e, alike).position, 0);
	edition_clear(&e);
	w.c.rank.alike = w.c.rank.repeat = 0;
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_int_equal(week_story(&w, &e, alike).position, 2);
	edition_clear(&e);
	week_close(&w);
}

static void
the_best_story_leads_with_its_topic(void **state)
{
	struct week w;
	struct edition e;
	const char *dns, *security;

	(void)state;
	week_open(&w, "edition = { min_stories = 1; };\n");
	week_put(
	    &w, "alpha", &(struct article){ .topic = "DNS", .title = "Plain", .seen_at = DAYS(1) });
	week_put(&w, "beta",
	    &(struct article){
		.topic = "Security", .title = "Weighty", .byline = "X", .seen_at = DAYS(1) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	dns = strstr(e.markdown, "## DNS");
	security = strstr(e.markdown, "## Security");
	assert_true(security != NULL && dns != NULL && security < dns);
	edition_clear(&e);
	week_close(&w);
}

static void
pins_pass_the_caps(void **state)
{
	struct week w;
	struct edition e;
	int64_t id[4];

	(void)state;
	week_open(&w,
	    "edition = { min_stories = 1; max_stories = 2; per_source = 1; };\nrules = ( { match = \"pinme\"; action = \"pin\"; } );\n");
	for (int i = 0; i < 4; i++)
		id[i] = week_put(&w, "alpha",
		    &(struct article){ .title = i < 3 ? "DNS pinme" : "DNS other",
			.topic = "DNS",
			.url = NULL,
			.summary = i == 0   ? "a"
				   : i == 1 ? "b"
					    : "c",
			.seen_at = DAYS(1) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	for (int i = 0; i < 3; i++)
		assert_true(week_story(&w, &e, id[i]).position > 0);
	assert_int_equal(week_story(&w, &e, id[3]).position, 0);
	edition_clear(&e);
	week_close(&w);
}

static void
topics_keep_their_order_when_told_to(void **state)
{
	static const char *const lead[] = { "false", "true" };

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct week w;
		struct edition e;
		char edition[80];
		int64_t dns, security;

		(void)snprintf(edition, sizeof(edition),
		    "edition = { min_stories = 1; lead_first = %s; };\n", lead[k]);
		week_open(&w, edition);
		dns = week_put(&w, "alpha",
		    &(struct article){ .title = "Dull", .topic = "DNS", .seen_at = DAYS(1) });
		security = week_put(&w, "beta",
		    &(struct article){ .title = "Great",
			.topic = "Security",
			.byline = "Jane",
			.seen_at = DAYS(3) });
		e = week_draft(&w, "2026-W45", DAYS(4));
		assert_int_equal(week_story(&w, &e, dns).position, 1 + k);
		assert_int_equal(week_story(&w, &e, security).position, 2 - k);
		edition_clear(&e);
		week_close(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_term_of_a_score_is_told),
		cmocka_unit_test(likeness_and_a_repeated_source_cost_a_place),
		cmocka_unit_test(the_best_story_leads_with_its_topic),
		cmocka_unit_test(pins_pass_the_caps),
		cmocka_unit_test(topics_keep_their_order_when_told_to),
	};

	return cmocka_run_group_tests_name("rank", tests, NULL, NULL);
}
