/* Stories: copies and events told once, who stands for them, what was told before, and the rules of an owner. */
#include "digest_week.h"

static const char one[] =
    "edition = { min_stories = 1; per_source = 9; per_topic = 20; other = \"Else\"; };\n";

/* The same event, told by two papers in their own words. */
static const char exchange_a[] =
    "The Port Harbour internet exchange will move its switches to the old customs house in March. The exchange joins forty "
    "networks of the island, among them the university and the two cable operators. Its board voted for the customs house "
    "on Tuesday after the harbour authority raised the rent threefold. Traffic over the exchange doubled last year.";
static const char exchange_b[] =
    "After a steep rise in rent by the harbour authority, the board of the Port Harbour exchange decided on Tuesday to leave. "
    "From March its switches will stand in the customs house. Forty networks exchange traffic there, and the cable operators as "
    "well as the university welcomed the vote. The island's traffic has doubled within a year.";

static void
copies_are_told_once_and_named(void **state)
{
	struct week w;
	struct edition e;
	int64_t first, same_url, same_title, copy;

	(void)state;
	week_open(&w, one);
	first = week_put(&w, "alpha",
	    &(struct article){ .title = "DNS exchange moves to customs house",
		.url = "https://www.alpha.example/a/?utm_source=x",
		.text = (char *)exchange_a,
		.published_at = DAYS(1),
		.seen_at = DAYS(1) });
	same_url = week_put(&w, "beta",
	    &(struct article){ .title = "Elsewhere on the web",
		.url = "http://ALPHA.example/a#top",
		.published_at = DAYS(2),
		.seen_at = DAYS(2) });
	same_title = week_put(&w, "gamma",
	    &(struct article){ .title = "DNS exchange moves to customs house!",
		.published_at = DAYS(3),
		.seen_at = DAYS(3) });
	copy = week_put(&w, "beta",
	    &(struct article){ .title = "Updated: switches on the move",
		.text = (char *)exchange_a,
		.published_at = DAYS(2.5),
		.seen_at = DAYS(3) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	/* beta weighs more, so its earliest article with text stands for all */
	assert_int_equal(
	    week_story(&w, &e, same_url).position + week_story(&w, &e, copy).position, 1);
	assert_memory_equal(week_story(&w, &e, first).why, "copy: a copy of", 15);
	assert_memory_equal(week_story(&w, &e, same_title).why, "copy: a copy of", 15);
	assert_non_null(strstr(e.markdown, "Also covered by ["));
	assert_non_null(strstr(e.markdown, "[gamma]("));
	/* a second feed with the very same page is nowhere else to read it */
	assert_null(strstr(e.markdown, "[alpha]("));
	edition_clear(&e);
	week_close(&w);
}

static void
events_in_other_words_are_one_story(void **state)
{
	struct week w;
	struct edition e;
	int64_t a, b, other;

	(void)state;
	week_open(&w, "edition = { min_stories = 1; other = \"Else\"; same_story = 0.2; };\n");
	a = week_put(&w, "alpha",
	    &(struct article){ .title = "Harbour exchange leaves for customs house",
		.text = (char *)exchange_a,
		.published_at = DAYS(1),
		.seen_at = DAYS(1) });
	b = week_put(&w, "beta",
	    &(struct article){ .title = "Rent drives harbour exchange to the customs house",
		.text = (char *)exchange_b,
		.published_at = DAYS(2),
		.seen_at = DAYS(2) });
	other = week_put(&w, "gamma",
	    &(struct article){ .title = "Bakers of the island bake less bread",
		.text =
		    "The bakers of the island sold less bread this year than in any year since the war. Flour became "
		    "dearer and many families now bake at home on Sundays, a survey by the chamber found.",
		.published_at = DAYS(2),
		.seen_at = DAYS(2) });
	for (int i = 0; i < 6; i++) { /* a week has more than two stories */
		char title[64], text[200];

		(void)snprintf(
		    title, sizeof(title), "Report %d from the council of village %d", i, i * 7);
		(void)snprintf(text, sizeof(text),
		    "Village %d spent %d coins on road %d, hall %d, well %d and tower %d this "
		    "autumn. Mayor %d opened gate %d.",
		    i * 7, i * 11, i * 13, i * 17, i * 19, i * 23, i * 29, i * 31);
		week_put(&w, i % 2 ? "alpha" : "gamma",
		    &(struct article){ .title = title, .text = text, .seen_at = DAYS(1) });
	}
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_int_equal(week_story(&w, &e, a).position, 0);
	assert_memory_equal(week_story(&w, &e, a).why, "same-story: the same story as", 29);
	assert_true(week_story(&w, &e, b).position > 0);
	assert_true(week_story(&w, &e, other).position > 0);
	edition_clear(&e);
	week_close(&w);
}

/* Texts of one mould look like copies, but each has figures or names of its own. */
static void
a_series_is_told_number_by_number(void **state)
{
	static const char release[] =
	    "The Foo project announced the release of Foo %s on %s. Foo is a free DNS server for small and large "
	    "networks. This is a maintenance release and all users are advised to upgrade. %s Packages are on the "
	    "download page, and checksums are signed with the usual key. Thanks to all who sent reports and patches.";
	static const char sales[] =
	    "This week's list of domain name sales was led by %s at %d dollars, before %s at %d dollars. The list has "
	    "all public sales of 2,000 dollars and more. Sales that were not disclosed are not in the list. The ranking "
	    "is made each Wednesday from reports of the marketplaces and checked by two of us.";
	struct week w;
	struct edition e;
	int64_t a, b, c, d, copy;
	char text[4][600];

	(void)state;
	(void)snprintf(text[0], 600, release, "9.18.4", "Monday", "It fixes a crash.");
	(void)snprintf(text[1], 600, release, "9.18.5", "Friday", "It fixes a leak.");
	(void)snprintf(text[2], 600, sales, "coin.example", 51000, "vase.example", 22500);
	(void)snprintf(text[3], 600, sales, "tree.example", 72300, "fast.example", 18250);
	week_open(&w, one);
	a = week_put(&w, "alpha",
	    &(struct article){
		.title = "Foo 9.18.4 released", .text = text[0], .seen_at = DAYS(1) });
	b = week_put(&w, "gamma",
	    &(struct article){
		.title = "Foo 9.18.5 released", .text = text[1], .seen_at = DAYS(2) });
	c = week_put(&w, "alpha",
	    &(struct article){ .title = "Domain name sales of the week: our list",
		.text = text[2],
		.seen_at = DAYS(1) });
	d = week_put(&w, "alpha",
	    &(struct article){ .title = "Domain name sales of the week: our list",
		.text = text[3],
		.seen_at = DAYS(3) });
	copy = week_put(&w, "beta",
	    &(struct article){ .title = "Sales at a glance", .text = text[3], .seen_at = DAYS(3) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_true(week_story(&w, &e, a).position > 0);
	assert_true(week_story(&w, &e, b).position > 0);
	assert_true(week_story(&w, &e, c).position > 0);
	assert_int_equal(
	    (week_story(&w, &e, d).position > 0) + (week_story(&w, &e, copy).position > 0), 1);
	edition_clear(&e);
	week_close(&w);
}

static void
two_articles_of_one_feed_are_not_one_event(void **state)
{
	struct week w;
	struct edition e;
	int64_t a, b;

	(void)state;
	week_open(&w, "edition = { min_stories = 1; other = \"Else\"; same_story = 0.1; };\n");
	a = week_put(&w, "alpha",
	    &(struct article){ .title = "Harbour exchange leaves for customs house",
		.text = (char *)exchange_a,
		.seen_at = DAYS(1) });
	b = week_put(&w, "alpha",
	    &(struct article){ .title = "Rent drives harbour exchange to customs house",
		.text = (char *)exchange_b,
		.seen_at = DAYS(2) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_true(week_story(&w, &e, a).position > 0 && week_story(&w, &e, b).position > 0);
	edition_clear(&e);
	week_close(&w);
}

static void
what_was_told_last_week_is_not_told_again(void **state)
{
	struct week w;
	struct edition e1, e2;
	int64_t again;

	(void)state;
	week_open(&w, one);
	week_put(&w, "alpha",
	    &(struct article){
		.title = "DNS at the exchange", .text = (char *)exchange_a, .seen_at = DAYS(1) });
	e1 = week_draft(&w, "2026-W45", DAYS(4));
	week_seal(&w, &e1, DAYS(4));
	again = week_put(&w, "beta",
	    &(struct article){ .title = "DNS news: moving house",
		.text = (char *)exchange_a,
		.seen_at = DAYS(6) });
	week_put(&w, "beta", &(struct article){ .seen_at = DAYS(6) });
	e2 = week_draft(&w, "2026-W46", DAYS(11));
	assert_string_equal(
	    week_story(&w, &e2, again).why, "told: 2026-W45 told it as \"DNS at the exchange\"");
	edition_clear(&e1);
	edition_clear(&e2);
	week_close(&w);
}

static void
rules_block_keep_pin_move_and_weigh(void **state)
{
	struct week w;
	struct edition e;
	int64_t blocked, kept, pinned, moved, weighed;
	struct week_story s;

	(void)state;
	week_open(&w,
	    "edition = { min_stories = 1; per_source = 1; };\n"
	    "rules = ( { field = \"title\"; match = \"keep this\"; action = \"keep\"; },\n"
	    " { field = \"title\"; match = \"casino\"; action = \"block\"; },\n"
	    " { field = \"author\"; match = \"jane doe\"; action = \"pin\"; },\n"
	    " { field = \"url\"; match = \"alpha.example/sec\"; action = \"topic\"; topic = \"Security\"; },\n"
	    " { match = \"outage\"; action = \"weight\"; weight = 2.5; } );\n");
	blocked = week_put(&w, "alpha",
	    &(struct article){ .title = "DNS for the Casino trade", .seen_at = DAYS(1) });
	kept = week_put(
	    &w, "beta", &(struct article){ .title = "Keep this: DNS casino", .seen_at = DAYS(1) });
	pinned = week_put(&w, "beta",
	    &(struct article){
		.title = "DNS, but duller", .byline = "By Jane Doe", .seen_at = DAYS(1) });
	moved = week_put(&w, "alpha",
	    &(struct article){
		.title = "DNS too", .url = "https://alpha.example/sec/1", .seen_at = DAYS(1) });
	weighed = week_put(&w, "gamma",
	    &(struct article){
		.title = "X", .summary = "An OUTAGE of DNS", .topic = "DNS", .seen_at = DAYS(1) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_string_equal(week_story(&w, &e, blocked).why, "blocked: a rule blocks \"casino\"");
	assert_int_equal(week_story(&w, &e, pinned).position, 1);
	assert_memory_equal(week_story(&w, &e, pinned).why, "pinned: under DNS", 17);
	assert_memory_equal(week_story(&w, &e, kept).why, "source-cap: beta has 1", 22);
	s = week_story(&w, &e, moved);
	assert_non_null(strstr(s.why, "under Security by a rule on \"alpha.example/sec\""));
	s = week_story(&w, &e, weighed);
	assert_non_null(strstr(s.why, "rules +2.50"));
	edition_clear(&e);
	week_close(&w);
}

static void
addresses_are_compared_without_what_does_not_matter(void **state)
{
	static const struct {
		const char *url, *key;
	} t[] = {
		{ "https://www.Example.org/News/1/", "example.org/News/1" },
		{ "http://m.example.org/News/1?utm_source=feed&id=7&fbclid=x",
		    "example.org/News/1?id=7" },
		{ "https://example.org/?id=7&page=2#top", "example.org?id=7&page=2" },
		{ "https://example.org", "example.org" },
		{ "example.org/A", "example.org/A" },
		{ "https://example.org/a%28b%29/%C3%A9?q=%2F", "example.org/a(b)/%C3%A9?q=%2F" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct buf b = BUF_INIT(0);

		digest_url_key(t[i].url, &b);
		assert_string_equal(buf_str(&b), t[i].key);
		buf_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_are_told_once_and_named),
		cmocka_unit_test(events_in_other_words_are_one_story),
		cmocka_unit_test(a_series_is_told_number_by_number),
		cmocka_unit_test(two_articles_of_one_feed_are_not_one_event),
		cmocka_unit_test(what_was_told_last_week_is_not_told_again),
		cmocka_unit_test(rules_block_keep_pin_move_and_weigh),
		cmocka_unit_test(addresses_are_compared_without_what_does_not_matter),
	};

	return cmocka_run_group_tests_name("story", tests, NULL, NULL);
}
