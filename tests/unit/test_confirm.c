/* Confirmed opt-in: who is asked how often, which links work for how long, and what a link is made of. */
#include "wrap/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW 1800000000
#define DAY 86400

struct fixture {
	char dir[64], path[96];
	struct store *st;
	struct config c;
	struct keyring keys;
};

static char url[] = "https://example.org/wrap", list_id[] = "weekly.example.org", dns[] = "DNS";
static struct config_topic topics[] = { { .name = dns } };

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/wrap-confirm-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/wrap.db", f->dir);
	f->c = (struct config){ .publication = { .url = url, .list_id = list_id },
		.serve = { .letters = 5, .welcome = true },
		.topics = topics,
		.n_topics = 1 };
	f->keys = (struct keyring){ .current = { { 1, 2, 3 } }, .suppression = { { 7 } } };
	assert_int_equal(store_open(f->path, STORE_CREATE, &f->st, NULL), WRAP_OK);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const suffix[] = { "", "-wal", "-shm", "-lock" };
	struct fixture *f = *state;

	store_close(&f->st);
	for (size_t i = 0; i < 4; i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), "%s%s", f->path, suffix[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

/* A form with this address at this time. Returns the reader's number. */
static int64_t
request(struct fixture *f, const char *address, int64_t now, enum people_asked want)
{
	struct subscribe_request r = {
		.address = address, .topics = "DNS", .stranger = true, .source = "web"
	};
	enum subscribe_result result;
	enum people_asked asked;
	struct subscriber s;
	bool changed;
	int64_t id;

	assert_int_equal(
	    people_request(f->st, &f->c, &f->keys, &r, now, &s, &result, &changed, &asked, NULL),
	    WRAP_OK);
	assert_int_equal(asked, want);
	id = s.id;
	subscriber_clear(&s);
	return id;
}

static enum confirm_result
confirm(struct fixture *f, int64_t id, int64_t now)
{
	struct people_act act = { .now = now, .source = "web 192.0.2.1", .detail = "yes" };
	enum confirm_result result;
	struct subscriber s;

	assert_int_equal(
	    people_confirm(f->st, &f->c, &f->keys, id, &act, &s, &result, NULL), WRAP_OK);
	subscriber_clear(&s);
	return result;
}

static enum unsubscribe_result
leave(struct fixture *f, int64_t id, int64_t now)
{
	enum unsubscribe_result result;
	struct subscriber s;

	assert_int_equal(people_leave(f->st, id, "link", "web", now, &s, &result, NULL), WRAP_OK);
	subscriber_clear(&s);
	return result;
}

static void
an_address_is_asked_once_a_day_and_three_times_in_all(void **state)
{
	struct fixture *f = *state;

	(void)request(f, "anna@example.org", NOW, ASKED_QUEUED);
	(void)request(f, "ANNA@Example.org", NOW + 1, ASKED_TODAY);
	(void)request(f, "anna@example.org", NOW + DAY - 1, ASKED_TODAY);
	(void)request(f, "anna@example.org", NOW + DAY, ASKED_QUEUED);
	(void)request(f, "anna@example.org", NOW + 3 * DAY, ASKED_QUEUED);
	(void)request(f, "anna@example.org", NOW + 6 * DAY, ASKED_ENOUGH);
	(void)request(f, "anna@example.org", NOW + 900 * DAY, ASKED_ENOUGH);
}

static void
a_confirmation_works_for_a_week_and_once(void **state)
{
	struct fixture *f = *state;
	int64_t id = request(f, "anna@example.org", NOW, ASKED_QUEUED);

	assert_int_equal(confirm(f, id, NOW + 7 * DAY), CONFIRM_LATE);
	assert_int_equal(confirm(f, id, NOW + 7 * DAY - 1), CONFIRM_DONE);
	assert_int_equal(confirm(f, id, NOW + 7 * DAY), CONFIRM_WAS_ACTIVE);
	(void)request(f, "anna@example.org", NOW + 7 * DAY, ASKED_NOT);
	assert_int_equal(leave(f, id, NOW + 8 * DAY), UNSUBSCRIBE_LEFT);
	assert_int_equal(leave(f, id, NOW + 8 * DAY), UNSUBSCRIBE_WAS_OUT);
	/* The old link is spent: only a new letter brings them back. */
	assert_int_equal(confirm(f, id, NOW + 8 * DAY), CONFIRM_LATE);
	(void)request(f, "anna@example.org", NOW + 9 * DAY, ASKED_QUEUED);
	assert_int_equal(confirm(f, id, NOW + 9 * DAY), CONFIRM_DONE);
}

static void
a_stranger_changes_no_choices_and_revives_nobody(void **state)
{
	struct fixture *f = *state;
	int64_t id = request(f, "anna@example.org", NOW, ASKED_QUEUED);
	struct subscribe_request r = { .address = "anna@example.org",
		.name = "Somebody Else",
		.stranger = true,
		.source = "web" };
	enum subscribe_result result;
	enum people_asked asked;
	struct subscriber s;
	bool changed;

	assert_int_equal(confirm(f, id, NOW + 1), CONFIRM_DONE);
	assert_int_equal(people_request(f->st, &f->c, &f->keys, &r, NOW + 2, &s, &result, &changed,
			     &asked, NULL),
	    WRAP_OK);
	assert_false(changed);
	assert_null(s.name);
	subscriber_clear(&s);
	assert_int_equal(leave(f, id, NOW + 3), UNSUBSCRIBE_LEFT);
	assert_int_equal(people_request(f->st, &f->c, &f->keys, &r, NOW + 4, &s, &result, &changed,
			     &asked, NULL),
	    WRAP_OK);
	assert_int_equal(asked, ASKED_QUEUED);
	assert_int_equal(s.state, SUBSCRIBER_UNSUBSCRIBED);
	subscriber_clear(&s);
}

static void
more_letters_than_allowed_wait_and_then_nobody_is_taken_on(void **state)
{
	struct fixture *f = *state;
	struct subscribe_request r = { .address = "late@example.org", .source = "web" };
	struct queued_letter due[64];
	enum subscribe_result result;
	enum people_asked asked;
	struct subscriber s;
	bool changed;
	size_t n;

	for (int i = 0; i < 20; i++) {
		char address[64];

		(void)snprintf(address, sizeof(address), "reader%d@example.org", i);
		(void)request(f, address, NOW, ASKED_QUEUED);
	}
	assert_int_equal(letter_due(f->st, NOW, 64, due, &n, NULL), WRAP_OK);
	assert_int_equal(n, 5);
	assert_int_equal(letter_due(f->st, NOW + 3600, 64, due, &n, NULL), WRAP_OK);
	assert_int_equal(n, 10);
	assert_int_equal(
	    people_request(f->st, &f->c, &f->keys, &r, NOW, &s, &result, &changed, &asked, NULL),
	    WRAP_ELIMIT);
	(void)request(f, "late@example.org", NOW + 3601, ASKED_QUEUED);
}

static void
leaving_can_be_taken_back_for_a_day(void **state)
{
	struct fixture *f = *state;
	struct people_act act = { .now = NOW + 10 + DAY, .source = "web" };
	int64_t id = request(f, "anna@example.org", NOW, ASKED_QUEUED);
	enum confirm_result result;
	struct subscriber s;

	assert_int_equal(leave(f, id, NOW + 1), UNSUBSCRIBE_LEFT);
	/* Who never was a reader has nothing to come back to. */
	act.now = NOW + 2;
	assert_int_equal(people_return(f->st, id, &act, &s, &result, NULL), WRAP_OK);
	assert_int_equal(result, CONFIRM_LATE);
	subscriber_clear(&s);
	(void)request(f, "anna@example.org", NOW + 5, ASKED_QUEUED);
	assert_int_equal(confirm(f, id, NOW + 6), CONFIRM_DONE);
	assert_int_equal(leave(f, id, NOW + 10), UNSUBSCRIBE_LEFT);
	act.now = NOW + 10 + DAY;
	assert_int_equal(people_return(f->st, id, &act, &s, &result, NULL), WRAP_OK);
	assert_int_equal(result, CONFIRM_LATE);
	subscriber_clear(&s);
	act.now = NOW + 9 + DAY;
	assert_int_equal(people_return(f->st, id, &act, &s, &result, NULL), WRAP_OK);
	assert_int_equal(result, CONFIRM_DONE);
	assert_int_equal(s.state, SUBSCRIBER_ACTIVE);
	subscriber_clear(&s);
}

static void
a_choice_is_checked_and_kept(void **state)
{
	struct fixture *f = *state;
	struct people_act act = { .now = NOW + 1, .source = "web" };
	struct people_choice choice = { .topics = "dns",
		.name = " Anna\r\nBcc: x ",
		.language = "pt-BR",
		.paused_until = NOW + DAY };
	int64_t id = request(f, "anna@example.org", NOW, ASKED_QUEUED);
	struct subscriber s;

	assert_int_equal(people_choose(f->st, &f->c, id, &choice, &act, &s, NULL), WRAP_OK);
	assert_string_equal(s.name, "Anna Bcc: x");
	assert_string_equal(s.language, "pt-BR");
	assert_null(s.topics); /* the only topic is all of them */
	assert_int_equal(s.paused_until, NOW + DAY);
	subscriber_clear(&s);
	choice.language = "../../etc";
	assert_int_equal(people_choose(f->st, &f->c, id, &choice, &act, &s, NULL), WRAP_EINVAL);
	choice.language = NULL;
	choice.topics = "Gardening";
	assert_int_equal(people_choose(f->st, &f->c, id, &choice, &act, &s, NULL), WRAP_EINVAL);
}

static void
links_are_for_one_page_and_one_reader(void **state)
{
	struct fixture *f = *state;
	char link[PEOPLE_URL];
	enum people_link which;
	int64_t id;

	for (int i = 0; i < PEOPLE_LINKS; i++) {
		struct span path;

		assert_true(people_link(&f->c, &f->keys, (enum people_link)i, 77, link));
		path = span_of(link + strlen(url));
		assert_true(people_link_read(&f->c, &f->keys, path, &which, &id));
		assert_int_equal(which, i);
		assert_int_equal(id, 77);
		/* Every other character, at every place of the token. */
		for (size_t at = path.n - 40; at < path.n; at++) {
			char *c = link + strlen(url) + at, was = *c;

			*c = was == 'a' ? 'b' : 'a';
			assert_false(people_link_read(&f->c, &f->keys, path, &which, &id));
			*c = was;
		}
		path.n--;
		assert_false(people_link_read(&f->c, &f->keys, path, &which, &id));
	}
	assert_true(people_link(&f->c, &f->keys, PEOPLE_LEAVE, 77, link));
	memcpy(link + strlen(url) - 1, "/back/", 6); /* another page's word before the same token */
	assert_false(
	    people_link_read(&f->c, &f->keys, span_of(link + strlen(url) - 1), &which, &id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    an_address_is_asked_once_a_day_and_three_times_in_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_confirmation_works_for_a_week_and_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_stranger_changes_no_choices_and_revives_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    more_letters_than_allowed_wait_and_then_nobody_is_taken_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    leaving_can_be_taken_back_for_a_day, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_choice_is_checked_and_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    links_are_for_one_page_and_one_reader, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
