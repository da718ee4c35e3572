/* The draft: what goes into an edition and what its document says. */
#include "digest_week.h"

static const char open_edition[] = "edition = { min_stories = 1; };\n";

static void
document_has_the_conventions_and_escapes_strangers(void **state)
{
	struct week w;
	struct edition e;

	(void)state;
	week_open(&w, open_edition);
	week_put(&w, "alpha",
	    &(struct article){ .title = "DNS *stars* and [brackets] <b>",
		.byline = "By Jane Doe",
		.summary =
		    "One resolver in five now checks signatures, the registry said in its yearly report on Monday.",
		.published_at = DAYS(3),
		.seen_at = DAYS(3) });
	week_put(&w, "gamma",
	    &(struct article){ .title = "Elsewhere", .published_at = DAYS(2), .seen_at = DAYS(2) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_string_equal(e.subject, "The Weekly Wrap: 6 November 2026");
	assert_string_equal(e.markdown,
	    "# The Weekly Wrap: 6 November 2026\n\n"
	    "## DNS\n\n"
	    "*Sponsored by [Dot & Co](https://dot.example)*\n\n"
	    "### [DNS \\*stars\\* and \\[brackets\\] \\<b>](https://alpha.example/1)\n\n"
	    "*By Jane Doe \xC2\xB7 5 Nov*\n\n"
	    "One resolver in five now checks signatures, the registry said in its yearly report on Monday.\n\n"
	    "## Security\n\n"
	    "### [Elsewhere](https://gamma.example/2)\n\n"
	    "*gamma \xC2\xB7 4 Nov*\n");
	assert_int_equal(e.state, EDITION_DRAFT);
	edition_clear(&e);
	week_close(&w);
}

static void
document_speaks_the_language_of_the_publication(void **state)
{
	struct week w;
	struct edition e;

	(void)state;
	week_open(&w, open_edition);
	free(w.c.publication.language);
	w.c.publication.language = str_dup("de-AT");
	week_put(&w, "alpha",
	    &(struct article){ .title = "DNS in 1. Linie",
		.byline = "Von Jane Doe",
		.language = "de-DE",
		.published_at = DAYS(3),
		.seen_at = DAYS(3) });
	week_put(&w, "gamma",
	    &(struct article){ .title = "Ailleurs",
		.language = "fr",
		.byline = "Di Maio",
		.published_at = DAYS(2),
		.seen_at = DAYS(2) });
	week_put(&w, "gamma",
	    &(struct article){ .title = "Who knows",
		.language = "en> <b",
		.published_at = DAYS(1),
		.seen_at = DAYS(1) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_string_equal(e.markdown, "# The Weekly Wrap: 6. November 2026\n\n"
					"## DNS\n\n"
					"*Anzeige von [Dot & Co](https://dot.example)*\n\n"
					"### [DNS in 1. Linie](https://alpha.example/1)\n\n"
					"*Von Jane Doe \xC2\xB7 5. Nov.*\n\n"
					"## Security\n\n"
					"### [Ailleurs](https://gamma.example/2)\n"
					"<!-- lang: fr -->\n\n"
					"*Von Di Maio \xC2\xB7 4. Nov.*\n\n"
					"### [Who knows](https://gamma.example/3)\n\n"
					"*gamma \xC2\xB7 3. Nov.*\n");
	edition_clear(&e);
	week_close(&w);
}

/* Draft with the owner's own edition.md; the failure's text, or "" and the document in e. */
static const char *
draft_with(struct week *w, const char *text, struct edition *e)
{
	struct digest_report rep;
	char path[128];
	FILE *f;

	free(w->c.paths.templates);
	w->c.paths.templates = str_dup(w->dir);
	(void)snprintf(path, sizeof(path), "%s/edition.md", w->dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	if (digest_draft(w->st, &w->c, "2026-W45", DAYS(4), e, &rep, &w->err) == WRAP_OK)
		return "";
	assert_int_equal(w->err.code, WRAP_ECONFIG);
	return w->err.text;
}

static void
an_owners_template_makes_the_document_and_a_broken_one_is_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} broken[] = {
		{ "# {{title}}\n\n{{#topics}}\n## {{topik}}\n{{/topics}}\n",
		    "edition.md:4: there is no name 'topik' here" },
		{ "# {{title}}\n{{#topics}}\n", "edition.md:2: " },
		{ "{{> none.md}}\n", "edition.md:1: " },
		{ "# {{{title}}}\n", "edition.md:1: " },
		{ "## {{title}}\n",
		    "edition.md: the document it makes has no title (# {{title}})" },
		{ "# {{title}}\n",
		    "edition.md: the document it makes has 0 stories, not 1; each is a heading ### " },
		{ "# {{title}}\n{{#topics}}{{#stories}}\n### {{headline}}\n{{/stories}}{{/topics}}\n",
		    "edition.md: the document it makes has stories under no topic (## {{topic}})" },
	};
	struct week w;
	struct edition e;

	(void)state;
	week_open(&w, open_edition);
	week_put(&w, "alpha",
	    &(struct article){ .title = "DNS *now*", .published_at = DAYS(1), .seen_at = DAYS(1) });
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		if (strstr(draft_with(&w, broken[i].text, &e), broken[i].says) == NULL)
			fail_msg("%s\nsays: %s", broken[i].text, w.err.text);
		assert_null(e.markdown);
	}
	assert_string_equal(
	    draft_with(&w,
		"# {{title}}\n\n{{#topics}}\n## {{topic}}\n{{#stories}}\n\n### {{headline}}\n\n"
		"<{{link}}> {{say_by}} {{source}}, {{key}}\n{{/stories}}\n{{/topics}}\n",
		&e),
	    "");
	assert_string_equal(e.markdown,
	    "# The Weekly Wrap: 6 November 2026\n\n## DNS\n\n### DNS \\*now\\*\n\n"
	    "<https://alpha.example/1> By alpha, 2026-W45\n");
	edition_clear(&e);
	week_close(&w);
}

static void
sponsor_line_stays_inside_its_dates(void **state)
{
	struct week w;
	struct edition e;

	(void)state;
	week_open(&w, open_edition);
	week_put(&w, "alpha", &(struct article){ .published_at = DAYS(12), .seen_at = DAYS(12) });
	e = week_draft(&w, "2026-W46", DAYS(13.9)); /* Sunday 15 November, its last day */
	assert_non_null(strstr(e.markdown, "Sponsored by"));
	edition_clear(&e);
	e = week_draft(&w, "2026-W47", DAYS(14.1));
	assert_null(strstr(e.markdown, "Sponsored by"));
	edition_clear(&e);
	week_close(&w);
}

static void
topic_is_chosen_by_author_feed_category_and_keywords(void **state)
{
	struct week w;
	struct edition e;
	int64_t author, feed, category, title, text, against, none;
	struct week_story s;

	(void)state;
	week_open(&w, open_edition);
	author = week_put(&w, "alpha",
	    &(struct article){ .title = "A", .topic = "security", .seen_at = DAYS(1) });
	feed = week_put(&w, "gamma", &(struct article){ .title = "DNS", .seen_at = DAYS(1) });
	category = week_put(&w, "alpha",
	    &(struct article){ .title = "B", .categories = "x\nname systems", .seen_at = DAYS(1) });
	title = week_put(
	    &w, "beta", &(struct article){ .title = "A malware story", .seen_at = DAYS(1) });
	text = week_put(&w, "beta",
	    &(struct article){
		.title = "C", .summary = "A resolver for DNS.", .seen_at = DAYS(1) });
	against = week_put(
	    &w, "beta", &(struct article){ .title = "Malware in sports", .seen_at = DAYS(1) });
	none = week_put(&w, "beta",
	    &(struct article){ .title = "D", .summary = "One breach.", .seen_at = DAYS(1) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	s = week_story(&w, &e, author);
	assert_non_null(strstr(s.why, "under Security by its author's word"));
	s = week_story(&w, &e, feed);
	assert_non_null(strstr(s.why, "under Security by its feed"));
	s = week_story(&w, &e, category);
	assert_non_null(strstr(s.why, "under DNS by its category \"name systems\""));
	s = week_story(&w, &e, title);
	assert_non_null(strstr(s.why, "under Security by keywords, 3 points, \"malware\""));
	s = week_story(&w, &e, text);
	assert_non_null(strstr(s.why, "under DNS by keywords, 2 points"));
	assert_int_equal(week_story(&w, &e, against).position, 0);
	s = week_story(&w, &e, none);
	assert_int_equal(s.position, 0);
	assert_memory_equal(s.why, "no-topic:", 9);
	edition_clear(&e);
	week_close(&w);
}

static void
what_fits_nowhere_goes_under_the_other_topic(void **state)
{
	struct week w;
	struct edition e;

	(void)state;
	week_open(&w, "edition = { min_stories = 1; other = \"And also\"; };\n");
	week_put(&w, "alpha", &(struct article){ .title = "Bread", .seen_at = DAYS(1) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_non_null(strstr(e.markdown, "## And also\n\n### [Bread]"));
	assert_null(strstr(e.markdown, "## DNS"));
	edition_clear(&e);
	week_close(&w);
}

static void
caps_hold_for_source_topic_and_edition(void **state)
{
	struct week w;
	struct edition e;
	int64_t id[8];
	const char *feeds[] = { "alpha", "beta" };

	(void)state;
	week_open(&w,
	    "edition = { min_stories = 1; per_source = 2; per_topic = 3; max_stories = 4; };\n");
	for (int i = 0; i < 6; i++)
		id[i] = week_put(&w, feeds[i % 2],
		    &(struct article){ .seen_at = DAYS(1), .published_at = DAYS(1) + i * 60 });
	id[6] = week_put(&w, "gamma",
	    &(struct article){ .title = "E", .seen_at = DAYS(1), .published_at = DAYS(1) });
	id[7] = week_put(&w, "gamma",
	    &(struct article){ .title = "F", .seen_at = DAYS(1), .published_at = DAYS(0.5) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	/* beta weighs more: its two newest, then the newest of alpha */
	assert_true(week_story(&w, &e, id[5]).position > 0);
	assert_true(week_story(&w, &e, id[3]).position > 0);
	assert_memory_equal(week_story(&w, &e, id[1]).why, "source-cap:", 11);
	assert_true(week_story(&w, &e, id[4]).position > 0);
	assert_memory_equal(week_story(&w, &e, id[2]).why, "topic-cap:", 10);
	assert_memory_equal(week_story(&w, &e, id[7]).why, "edition-cap:", 12);
	edition_clear(&e);
	week_close(&w);
}

static void
too_few_stories_hold_the_edition_and_more_free_it(void **state)
{
	struct week w;
	struct edition e;

	(void)state;
	week_open(&w, "");
	week_put(&w, "alpha", &(struct article){ .seen_at = DAYS(1) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_int_equal(e.state, EDITION_HELD);
	assert_string_equal(e.hold, "1 story, fewer than the 3 asked for (edition.min_stories)");
	edition_clear(&e);
	week_put(&w, "beta", &(struct article){ .seen_at = DAYS(2) });
	week_put(&w, "gamma", &(struct article){ .seen_at = DAYS(2) });
	e = week_draft(&w, "2026-W45", DAYS(4.5));
	assert_int_equal(e.state, EDITION_DRAFT);
	assert_null(e.hold);
	edition_clear(&e);
	week_close(&w);
}

static void
an_edited_draft_is_never_made_anew(void **state)
{
	struct week w;
	struct edition e, again;
	struct digest_report rep;

	(void)state;
	week_open(&w, open_edition);
	week_put(&w, "alpha", &(struct article){ .seen_at = DAYS(1) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	free(e.markdown);
	e.markdown = strdup("# Mine\n");
	MUST(&w, edition_put(w.st, &e, &w.err));
	assert_int_equal(
	    digest_draft(w.st, &w.c, "2026-W45", DAYS(5), &again, &rep, &w.err), WRAP_EEXISTS);
	assert_string_equal(again.markdown, "# Mine\n");
	assert_non_null(strstr(w.err.text, "changed by an editor"));
	edition_clear(&again);
	edition_clear(&e);
	week_close(&w);
}

static void
a_story_is_in_one_edition_and_none_is_lost(void **state)
{
	struct week w;
	struct edition e1, e2;
	int64_t early, late, gap;

	(void)state;
	week_open(&w, open_edition);
	early =
	    week_put(&w, "alpha", &(struct article){ .seen_at = DAYS(1), .published_at = DAYS(1) });
	e1 = week_draft(&w, "2026-W45", DAYS(4));
	/* seen a moment before the cut-off, but after the draft was made */
	gap = week_put(
	    &w, "beta", &(struct article){ .seen_at = DAYS(4) - 5, .published_at = DAYS(3) });
	/* dated before the cut-off, seen after it */
	late =
	    week_put(&w, "alpha", &(struct article){ .seen_at = DAYS(6), .published_at = DAYS(2) });
	week_seal(&w, &e1, DAYS(4));
	e2 = week_draft(&w, "2026-W46", DAYS(11));
	assert_int_equal(week_story(&w, &e1, early).position, 1);
	assert_int_equal(week_story(&w, &e2, early).position, -1);
	assert_true(week_story(&w, &e2, late).position > 0);
	assert_true(week_story(&w, &e2, gap).position > 0);
	assert_int_equal(e2.window_from, e1.window_to);
	edition_clear(&e1);
	edition_clear(&e2);
	week_close(&w);
}

static void
the_same_articles_give_the_same_edition_in_any_order(void **state)
{
	static const char *const feeds[] = { "alpha", "beta", "gamma" };
	char *first = NULL;

	(void)state;
	for (int turn = 0; turn < 3; turn++) {
		struct week w;
		struct edition e;

		week_open(&w, open_edition);
		for (int k = 0; k < 12; k++) {
			int i = turn == 0 ? k : turn == 1 ? 11 - k : (k * 5) % 12;
			char title[40], url[60], guid[20];

			(void)snprintf(title, sizeof(title), "DNS report %c", 'a' + i);
			(void)snprintf(url, sizeof(url), "https://x.example/%d", i / 2);
			(void)snprintf(guid, sizeof(guid), "id%d", i);
			week_put(&w, feeds[i % 3],
			    &(struct article){
				.title = title, .url = url, .guid = guid, .seen_at = DAYS(1) });
		}
		e = week_draft(&w, "2026-W45", DAYS(4));
		if (first == NULL)
			first = strdup(e.markdown);
		else
			assert_string_equal(e.markdown, first);
		edition_clear(&e);
		week_close(&w);
	}
	free(first);
}

static void
weeks_and_slots_follow_the_zone(void **state)
{
	struct week w;
	char key[EDITION_KEY];
	int64_t due;

	(void)state;
	week_open(&w, "");
	digest_week(&w.c, DAYS(0) - 1, key, &due);
	assert_string_equal(key, "2026-W44");
	digest_week(&w.c, DAYS(0), key, &due);
	assert_string_equal(key, "2026-W45");
	assert_int_equal(due, DAYS(0));
	w.c.publication.slot_weekday = 5;
	w.c.publication.slot_minute = 9 * 60;
	MUST(&w, clock_zone_set("America/Los_Angeles", &w.err));
	digest_week(&w.c, DAYS(0), key, &due);
	assert_string_equal(key, "2026-W44"); /* still Sunday there */
	digest_week(&w.c, DAYS(4), key, &due);
	assert_int_equal(due, DAYS(4) + 17 * 3600); /* 09:00 PST */
	digest_week(&w.c, DAYS(-5), key, &due);
	assert_int_equal(
	    due, DAYS(-3) + 16 * 3600); /* 09:00 PDT, the week before the clocks change */
	MUST(&w, clock_zone_set("UTC", &w.err));
	week_close(&w);
}

/* What stands under a title says more than the title, and shows where a feed cut it. */
static void
teasers_add_to_their_title(void **state)
{
	struct week w;
	struct edition e;

	(void)state;
	week_open(&w, "edition = { min_stories = 1; other = \"Else\"; };\n");
	week_put(&w, "alpha",
	    &(struct article){
		.title = "It is our birthday", .text = "It is our birthday!", .seen_at = DAYS(1) });
	week_put(&w, "beta",
	    &(struct article){ .title = "Behind the curve",
		.summary = "The leagues will never embrace what is good for players; unless it",
		.seen_at = DAYS(1) });
	week_put(&w, "gamma",
	    &(struct article){ .title = "Hafenmiete",
		.language = "en",
		.text =
		    "Der Vorstand des Knotens stimmte am Dienstag für das Zollhaus, nachdem die Miete im Hafen "
		    "gestiegen war, und er wird im März umziehen.",
		.seen_at = DAYS(1) });
	e = week_draft(&w, "2026-W45", DAYS(4));
	assert_null(strstr(e.markdown, "birthday!"));
	assert_non_null(strstr(e.markdown, "players; unless it\xE2\x80\xA6"));
	assert_non_null(strstr(e.markdown, "<!-- lang: de -->"));
	edition_clear(&e);
	week_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(teasers_add_to_their_title),
		cmocka_unit_test(document_has_the_conventions_and_escapes_strangers),
		cmocka_unit_test(document_speaks_the_language_of_the_publication),
		cmocka_unit_test(an_owners_template_makes_the_document_and_a_broken_one_is_refused),
		cmocka_unit_test(sponsor_line_stays_inside_its_dates),
		cmocka_unit_test(topic_is_chosen_by_author_feed_category_and_keywords),
		cmocka_unit_test(what_fits_nowhere_goes_under_the_other_topic),
		cmocka_unit_test(caps_hold_for_source_topic_and_edition),
		cmocka_unit_test(too_few_stories_hold_the_edition_and_more_free_it),
		cmocka_unit_test(an_edited_draft_is_never_made_anew),
		cmocka_unit_test(a_story_is_in_one_edition_and_none_is_lost),
		cmocka_unit_test(the_same_articles_give_the_same_edition_in_any_order),
		cmocka_unit_test(weeks_and_slots_follow_the_zone),
	};

	return cmocka_run_group_tests_name("draft", tests, NULL, NULL);
}
