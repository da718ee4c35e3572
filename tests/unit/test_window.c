/*
 * Windows: two hundred simulated weeks with clock changes, late and undated articles, editions that fail, are held or
 * cancelled, and drafts made again and again. Every article is in exactly one edition and none is lost.
 */
#include "digest_week.h"

#define WEEKS 200
#define HOUR 3600

static unsigned seed;

static unsigned
roll(unsigned below)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 9) % below;
}

struct world {
	struct week w;
	int64_t now;
	size_t put, sealed, cancelled, skipped;
	char last_key[EDITION_KEY];
};

/* A few articles of the hours since the last look: on time, late by up to ten days, undated, dated ahead. */
static void
articles_come(struct world *o)
{
	static const char *const feeds[] = { "alpha", "beta", "gamma" };

	for (unsigned n = roll(5); n > 0; n--) {
		struct article a = { .seen_at = o->now };
		char title[80];

		(void)snprintf(title, sizeof(title), "DNS item %zu about %c%c%c%c", o->put,
		    'a' + (int)roll(26), 'a' + (int)roll(26), 'a' + (int)roll(26),
		    'a' + (int)roll(26));
		a.title = title;
		switch (roll(6)) {
		case 0: break;
		case 1: a.published_at = o->now - (int64_t)roll(10 * 86400); break;
		case 2: a.published_at = o->now + (int64_t)roll(3 * 86400); break;
		default: a.published_at = o->now - (int64_t)roll(6 * HOUR); break;
		}
		week_put(&o->w, feeds[roll(3)], &a);
		o->put++;
	}
}

static void
edition_decided(struct world *o, struct edition *e)
{
	struct edition after;

	switch (roll(10)) {
	case 0:
		MUST(&o->w, digest_decide(o->w.st, e->key, DIGEST_CANCEL, NULL, &after, &o->w.err));
		edition_clear(&after);
		o->cancelled++;
		return;
	case 1:
		MUST(&o->w, digest_decide(o->w.st, e->key, DIGEST_HOLD, "wait", &after, &o->w.err));
		edition_clear(&after);
		o->skipped++;
		return;
	case 2: /* the machine dies before anything is sealed */ o->skipped++; return;
	default: break;
	}
	week_seal(&o->w, e, o->now);
	o->sealed++;
	assert_true(strcmp(e->key, o->last_key) > 0); /* one edition a week, in order */
	memcpy(o->last_key, e->key, sizeof(o->last_key));
}

/* Run by run through a week: the draft is made on the way, decided on Friday morning. */
static void
week_passes(struct world *o, int64_t monday)
{
	bool decided = false;

	for (o->now = monday; o->now < monday + 7 * 86400;
	     o->now += (int64_t)(4 + roll(16)) * HOUR) {
		char key[EDITION_KEY];
		struct digest_report rep;
		struct edition e;
		int64_t due;
		enum wrap_rc rc;

		articles_come(o);
		if (roll(12) == 0) /* an administrator sets the clock back for a run */
			continue;
		digest_week(&o->w.c, o->now, key, &due);
		rc = digest_draft(o->w.st, &o->w.c, key, o->now, &e, &rep, &o->w.err);
		if (rc != WRAP_OK && rc != WRAP_EEXISTS)
			fail_msg("%s", o->w.err.text);
		if (rc == WRAP_OK && !decided && o->now >= due && e.state == EDITION_DRAFT) {
			articles_come(o); /* what comes between draft and seal */
			edition_decided(o, &e);
			decided = true;
		}
		edition_clear(&e);
	}
}

struct tally {
	struct week *w;
	int *times; /* by article id */
	size_t size;
};

static enum wrap_rc
tally_story(void *ctx, const struct story *s, const struct article *a, struct wrap_err *err)
{
	struct tally *t = ctx;

	(void)err;
	if (s->position > 0 && (size_t)a->id < t->size)
		t->times[a->id]++;
	return WRAP_OK;
}

static enum wrap_rc
tally_edition(void *ctx, const struct edition *e, struct wrap_err *err)
{
	struct tally *t = ctx;

	return e->state == EDITION_SENT ? story_each(t->w->st, e->id, tally_story, t, err)
					: WRAP_OK;
}

static void
every_story_is_in_exactly_one_edition_over_two_hundred_weeks(void **state)
{
	struct world o = { .put = 0 };
	struct tally t;
	struct edition e;
	size_t lost = 0;
	int64_t monday = DAYS(0);

	(void)state;
	seed = 20261102;
	week_open(&o.w,
	    "edition = { min_stories = 1; max_stories = 1000; per_topic = 1000; per_source = 1000; other = \"Else\"; "
	    "oldest_days = 30; };\n");
	o.w.c.publication.slot_weekday = 5;
	o.w.c.publication.slot_minute = 9 * 60;
	MUST(&o.w, clock_zone_set("America/New_York", &o.w.err));
	for (int k = 0; k < WEEKS; k++) {
		week_passes(&o, monday);
		monday += 7 * 86400;
	}
	o.now = monday + 86400;
	e = week_draft(&o.w, "2031-W01", o.now); /* whatever is left */
	week_seal(&o.w, &e, o.now);
	edition_clear(&e);
	t = (struct tally){ .w = &o.w, .times = calloc(o.put + 2, sizeof(int)), .size = o.put + 2 };
	MUST(&o.w, edition_each(o.w.st, tally_edition, &t, &o.w.err));
	for (size_t id = 1; id <= o.put; id++) {
		if (t.times[id] > 1)
			fail_msg("article %zu was told %d times", id, t.times[id]);
		lost += t.times[id] == 0;
	}
	free(t.times);
	assert_true(o.put > 3000);
	assert_true(o.sealed > 100 && o.cancelled > 5 && o.skipped > 10);
	assert_int_equal(lost, 0);
	MUST(&o.w, clock_zone_set("UTC", &o.w.err));
	week_close(&o.w);
}

static void
sixty_dates_have_the_week_and_slot_of_their_zone(void **state)
{
	static const char *const zones[] = { "UTC", "America/Vancouver", "Europe/Berlin",
		"Pacific/Auckland", "Asia/Kolkata", "America/St_Johns" };
	struct week w;

	(void)state;
	week_open(&w, "");
	w.c.publication.slot_weekday = 7;
	w.c.publication.slot_minute = 2 * 60 + 30; /* an hour that clock changes skip or repeat */
	for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
		char before[EDITION_KEY] = "";
		int64_t last_due = 0;

		MUST(&w, clock_zone_set(zones[z], &w.err));
		for (int k = 0; k < 60; k++) {
			int64_t t = DAYS(-400) + (int64_t)k * 7 * 86400 + k * 3600, due;
			char key[EDITION_KEY];
			struct tm tm;
			int year, week;

			digest_week(&w.c, t, key, &due);
			clock_iso_week(due, &year, &week);
			tm = clock_local(due);
			assert_int_equal((int)strtol(key, NULL, 10), year);
			assert_int_equal((int)strtol(key + 6, NULL, 10), week);
			assert_int_equal(tm.tm_wday, 0);
			assert_true((tm.tm_hour == 2 && tm.tm_min == 30) || tm.tm_hour == 3);
			assert_true(due > last_due && strcmp(key, before) > 0);
			last_due = due;
			memcpy(before, key, sizeof(before));
		}
	}
	MUST(&w, clock_zone_set("UTC", &w.err));
	week_close(&w);
}

static void
a_clock_set_back_makes_no_second_edition(void **state)
{
	struct week w;
	struct edition e1, e2;
	int64_t id, late;

	(void)state;
	week_open(&w, "edition = { min_stories = 1; };\n");
	id = week_put(&w, "alpha", &(struct article){ .seen_at = DAYS(9) });
	e1 = week_draft(&w, "2026-W46", DAYS(11));
	week_seal(&w, &e1, DAYS(11));
	late = week_put(&w, "beta",
	    &(struct article){ .seen_at = DAYS(10) }); /* first seen "before" the cut-off */
	assert_int_equal(digest_draft(w.st, &w.c, "2026-W46", DAYS(9), &e2,
			     &(struct digest_report){ 0 }, &w.err),
	    WRAP_EEXISTS);
	assert_int_equal(e2.state, EDITION_SENT);
	edition_clear(&e2);
	e2 = week_draft(&w, "2026-W47", DAYS(18));
	assert_int_equal(week_story(&w, &e2, id).position, -1);
	assert_true(week_story(&w, &e2, late).position > 0);
	edition_clear(&e1);
	edition_clear(&e2);
	week_close(&w);
}

static void
what_a_cap_left_out_comes_again_once(void **state)
{
	struct week w;
	struct edition e1, e2, e3;
	int64_t id[3];

	(void)state;
	week_open(&w, "edition = { min_stories = 1; max_stories = 1; };\n");
	for (int i = 0; i < 3; i++)
		id[i] = week_put(&w,
		    i == 0   ? "alpha"
		    : i == 1 ? "beta"
			     : "gamma",
		    &(struct article){ .seen_at = DAYS(1), .published_at = DAYS(1) });
	e1 = week_draft(&w, "2026-W45", DAYS(4));
	week_seal(&w, &e1, DAYS(4));
	e2 = week_draft(&w, "2026-W46", DAYS(11));
	assert_int_equal(week_story(&w, &e1, id[1]).position, 1); /* beta weighs more */
	assert_int_equal(week_story(&w, &e2, id[1]).position, -1);
	assert_int_equal(
	    week_story(&w, &e2, id[0]).position + week_story(&w, &e2, id[2]).position, 1);
	week_seal(&w, &e2, DAYS(11));
	w.c.edition.roll_over = false;
	e3 = week_draft(&w, "2026-W47", DAYS(18));
	assert_int_equal(e3.state, EDITION_HELD);
	assert_non_null(strstr(e3.hold, "0 stories"));
	edition_clear(&e1);
	edition_clear(&e2);
	edition_clear(&e3);
	week_close(&w);
}

static void
old_articles_of_a_new_feed_are_left_out(void **state)
{
	struct week w;
	struct edition e1, e2;
	int64_t old, fresh;

	(void)state;
	week_open(&w, "edition = { min_stories = 1; };\n");
	week_put(&w, "alpha", &(struct article){ .seen_at = DAYS(1) });
	e1 = week_draft(&w, "2026-W45", DAYS(4));
	week_seal(&w, &e1, DAYS(4));
	old = week_put(
	    &w, "beta", &(struct article){ .seen_at = DAYS(6), .published_at = DAYS(-60) });
	fresh =
	    week_put(&w, "beta", &(struct article){ .seen_at = DAYS(6), .published_at = DAYS(-5) });
	e2 = week_draft(&w, "2026-W46", DAYS(11));
	assert_memory_equal(week_story(&w, &e2, old).why, "old: dated 2026-09-03", 21);
	assert_true(week_story(&w, &e2, fresh).position > 0);
	edition_clear(&e1);
	edition_clear(&e2);
	week_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_story_is_in_exactly_one_edition_over_two_hundred_weeks),
		cmocka_unit_test(sixty_dates_have_the_week_and_slot_of_their_zone),
		cmocka_unit_test(a_clock_set_back_makes_no_second_edition),
		cmocka_unit_test(what_a_cap_left_out_comes_again_once),
		cmocka_unit_test(old_articles_of_a_new_feed_are_left_out),
	};

	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
