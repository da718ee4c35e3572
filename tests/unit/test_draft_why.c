/* Why: every reason there is, reached by an article of its own, and what is said of those no edition looked at. */
#include "digest_week.h"

struct answer {
	char text[8][300];
	char edition[8][EDITION_KEY];
	size_t n;
};

static enum wrap_rc
note(void *ctx, const struct digest_fact *f, struct wrap_err *err)
{
	struct answer *a = ctx;

	(void)err;
	assert_true(a->n < 8);
	(void)snprintf(a->text[a->n], sizeof(a->text[0]), "%s", f->why);
	(void)snprintf(
	    a->edition[a->n], sizeof(a->edition[0]), "%s", f->edition == NULL ? "" : f->edition);
	a->n++;
	return WRAP_OK;
}

static struct answer
why(struct week *w, const char *url)
{
	struct answer a = { .n = 0 };

	MUST(w, digest_why(w->st, &w->c, url, note, &a, &w->err));
	return a;
}

/* One of the answers begins so. */
static void
expect(struct week *w, const char *url, const char *begins)
{
	struct answer a = why(w, url);

	for (size_t i = 0; i < a.n; i++)
		if (strncmp(a.text[i], begins, strlen(begins)) == 0)
			return;
	fail_msg("%s: %s, not %s", url, a.text[a.n - 1], begins);
}

static const char config[] =
    "edition = { min_stories = 1; max_stories = 4; per_topic = 2; per_source = 1; };\n"
    "rules = ( { field = \"title\"; match = \"casino\"; action = \"block\"; }, { field = \"title\"; match = \"must read\"; action "
    "= \"pin\"; } );\n";

static void
put(struct week *w, const char *feed, const char *name, const char *title, const char *topic,
    double published)
{
	char url[80], guid[40];

	(void)snprintf(url, sizeof(url), "https://%s.example/%s", feed, name);
	(void)snprintf(guid, sizeof(guid), "guid-%s", name);
	week_put(w, feed,
	    &(struct article){ .title = (char *)title,
		.topic = (char *)topic,
		.url = url,
		.guid = guid,
		.published_at = DAYS(published),
		.seen_at = DAYS(8) });
}

static void
every_reason_is_reached_and_told(void **state)
{
	static const char story[] =
	    "The council of the island voted to lease its spare addresses to the hospital for ten years, and the "
	    "hospital will pay with free care for the council's staff and their children until then.";
	struct week w;
	struct edition e1, e2, e;
	struct edit_report r;
	struct answer a;

	(void)state;
	week_open(&w, config);
	week_put(&w, "beta",
	    &(struct article){ .title = "Told before",
		.topic = "DNS",
		.text = (char *)story,
		.url = "https://beta.example/told",
		.seen_at = DAYS(1),
		.published_at = DAYS(1) });
	e1 = week_draft(&w, "2026-W45", DAYS(4));
	week_seal(&w, &e1, DAYS(4));

	put(&w, "alpha", "chosen", "Best of DNS", "DNS", 8);
	put(&w, "gamma", "pinned", "A must read", "Security", 7);
	put(&w, "beta", "old", "From last year", "DNS", -300);
	put(&w, "beta", "untitled", " ", "DNS", 8);
	put(&w, "beta", "blocked", "Casino opens", "DNS", 8);
	put(&w, "beta", "notopic", "Bread and butter", NULL, 8);
	week_put(&w, "alpha",
	    &(struct article){ .title = "As we said",
		.topic = "DNS",
		.text = (char *)story,
		.url = "https://alpha.example/told",
		.seen_at = DAYS(8) });
	put(&w, "gamma", "copy", "Gamma tells another tale", "DNS", 8);
	week_put(&w, "gamma",
	    &(struct article){ .title = "The same address",
		.topic = "DNS",
		.url = "http://www.alpha.example/chosen/?utm_medium=x",
		.guid = "dup",
		.seen_at = DAYS(8),
		.published_at = DAYS(9) });
	put(&w, "alpha", "sourcecap", "Second best of the source", "DNS", 7);
	put(&w, "delta", "topiccap", "Third of its topic", "DNS", 2);
	put(&w, "alpha", "edition", "Security here", "Security", 6);
	put(&w, "delta", "editioncap", "Security there", "Security", 1);
	e2 = week_draft(&w, "2026-W46", DAYS(11));
	expect(
	    &w, "https://alpha.example/chosen", "chosen: under DNS by its author's word; score ");
	expect(&w, "alpha.example/chosen#x", "chosen: ");
	expect(&w, "https://gamma.example/pinned", "pinned: under Security");
	expect(&w, "https://beta.example/old", "old: dated 2026-01-06");
	expect(&w, "https://beta.example/untitled", "no-title: ");
	expect(&w, "https://beta.example/blocked", "blocked: a rule blocks \"casino\"");
	expect(&w, "https://beta.example/notopic", "no-topic: ");
	expect(&w, "https://alpha.example/told", "told: 2026-W45 told it as \"Told before\"");
	expect(&w, "https://alpha.example/sourcecap", "source-cap: alpha has 1");
	expect(&w, "https://delta.example/topiccap", "topic-cap: DNS has its 2");
	expect(&w, "https://delta.example/editioncap", "topic-cap: Security has its 2");
	a = why(&w, "https://alpha.example/chosen"); /* the copy at the same address answers too */
	assert_int_equal(a.n, 2);
	assert_memory_equal(a.text[1], "copy: a copy of \"Best of DNS\" from alpha", 39);
	a = why(&w, "https://beta.example/told");
	assert_int_equal(a.n, 1);
	assert_string_equal(a.edition[0], "2026-W45");

	w.c.edition.max_stories = 3;
	edition_clear(&e2);
	e2 = week_draft(&w, "2026-W46", DAYS(11));
	expect(&w, "https://alpha.example/edition", "edition-cap: the edition has its 3");
	MUST(&w, digest_edit(w.st, &w.c, "2026-W46", DAYS(11), NULL,
		     SPAN_LIT("# T\n\n## DNS\n\n### A letter\n\nWords.\n"), &r, &w.err));
	expect(&w, "https://gamma.example/pinned", "editor: taken out by the editor");

	week_put(&w, "alpha",
	    &(struct article){ .url = "https://alpha.example/new", .seen_at = DAYS(12) });
	expect(&w, "https://alpha.example/new", "waiting: it came after the last draft");
	assert_int_equal(
	    digest_why(w.st, &w.c, "https://nobody.example/x", note, &a, &w.err), WRAP_ENOTFOUND);
	(void)e;
	edition_clear(&e1);
	edition_clear(&e2);
	week_close(&w);
}

static void
events_before_the_first_draft_and_before_its_window(void **state)
{
	static const char a[] =
	    "The Port Harbour internet exchange will move its switches to the customs house in March. The exchange joins "
	    "forty networks of the island. Its board voted for the customs house on Tuesday after the harbour raised the rent.";
	static const char b[] =
	    "After a steep rise in rent by the harbour the board of the Port Harbour exchange decided on Tuesday to leave. "
	    "From March its switches will stand in the customs house, where forty networks of the island exchange traffic.";
	struct week w;
	struct edition e;

	(void)state;
	week_open(&w, "edition = { min_stories = 1; same_story = 0.15; };\n");
	week_put(&w, "alpha",
	    &(struct article){ .title = "Harbour exchange moves to customs house",
		.topic = "DNS",
		.text = (char *)a,
		.url = "https://alpha.example/e",
		.seen_at = DAYS(1) });
	week_put(&w, "beta",
	    &(struct article){ .title = "Rent moves harbour exchange to customs house",
		.topic = "DNS",
		.text = (char *)b,
		.url = "https://beta.example/e",
		.seen_at = DAYS(2) });
	for (int i = 0; i < 6; i++) {
		char text[160];

		(void)snprintf(text, sizeof(text),
		    "Village%d spent coins%d on road%d hall%d well%d tower%d gate%d wall%d.", i, i,
		    i, i, i, i, i, i);
		week_put(&w, "gamma",
		    &(struct article){ .topic = "DNS", .text = text, .seen_at = DAYS(1) });
	}
	week_put(&w, "alpha",
	    &(struct article){ .url = "https://alpha.example/before", .seen_at = DAYS(-30) });
	expect(&w, "https://alpha.example/e", "waiting: no edition was made yet");
	e = week_draft(&w, "2026-W45", DAYS(4));
	expect(&w, "https://alpha.example/e", "same-story: the same story as \"Rent moves");
	expect(&w, "https://alpha.example/before", "missed: it was seen before the window");
	edition_clear(&e);
	week_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_is_reached_and_told),
		cmocka_unit_test(events_before_the_first_draft_and_before_its_window),
	};

	return cmocka_run_group_tests_name("draft_why", tests, NULL, NULL);
}
