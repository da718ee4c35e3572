/*
 * The preferences of a reader: topics, name, language, a pause; and a mail with a link to what we keep, which
 * goes to their own mailbox, because the link of this page may have been forwarded with a mail.
 */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEEK_S (7 * 86400)

static const int pauses[] = { 0, 2, 4, 8, 12 };

static void
add_pauses(struct visit *v, struct value *p, const struct subscriber *s)
{
	bool paused = s->paused_until > v->now;

	if (paused) {
		struct buf date = BUF_INIT(256), text = BUF_INIT(1024);
		struct tm tm = clock_local(s->paused_until);
		struct value *keep = value_add(p, "pauses");

		phrase_date(v->tongue->book, &tm, PHRASE_DATE, &date);
		say(v, "pause_until", buf_str(&date), &text);
		value_texts(keep, "value", "keep");
		value_text(keep, "label", buf_span(&text));
		value_flag(keep, "chosen", true);
		buf_clear(&date);
		buf_clear(&text);
	}
	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		struct value *one = value_add(p, "pauses");
		struct buf text = BUF_INIT(1024);
		char number[16];

		(void)snprintf(number, sizeof(number), "%d", pauses[i]);
		if (pauses[i] == 0)
			say(v, "pause_none", NULL, &text);
		else
			phrase_count(v->tongue->book, "pause_weeks", pauses[i], &text);
		value_texts(one, "value", number);
		value_text(one, "label", buf_span(&text));
		value_flag(one, "chosen", !paused && pauses[i] == 0);
		buf_clear(&text);
	}
}

static void
add_languages(struct visit *v, struct value *p, const struct subscriber *s)
{
	const struct tongue *now = site_tongue(v->site, s->language, &v->site->tongues[0]);

	value_flag(p, "languages_many", v->site->n_tongues > 1);
	for (size_t i = 0; v->site->n_tongues > 1 && i < v->site->n_tongues; i++) {
		const struct tongue *t = &v->site->tongues[i];
		struct value *one = value_add(p, "languages");

		value_texts(one, "value", t->language);
		value_texts(one, "label", phrase(t->book, "language_name"));
		value_flag(one, "chosen", t == now);
	}
}

static enum wrap_rc
show_choices(struct visit *v, const struct subscriber *s, unsigned status, const char *saved,
    const char *problem, struct wrap_err *err)
{
	struct buf who = BUF_INIT(512);
	char leave[PEOPLE_URL];
	struct value *p = page_values(v, "choose_title");

	mask_address(s->address, &who);
	value_say(p, "text", v, "choose_text", buf_str(&who));
	buf_clear(&who);
	(void)people_link(v->site->c, v->site->keys, PEOPLE_LEAVE, s->id, leave);
	value_texts(p, "leave_url", leave);
	value_text(p, "action", span_of(v->url));
	value_texts(p, "name", s->name);
	topics_list(p, v->site->c, s->topics);
	add_languages(v, p, s);
	add_pauses(v, p, s);
	if (saved != NULL)
		value_say(p, "saved", v, saved, NULL);
	if (problem != NULL)
		value_say(p, "problem", v, problem, NULL);
	return page_show(v, PAGE_CHOOSE, status, &p, err);
}

/* Who it is, and whether there is anything to choose for them. */
static enum wrap_rc
open_reader(
    struct visit *v, struct store *st, struct subscriber *s, bool *shown, struct wrap_err *err)
{
	struct buf home = BUF_INIT(4096);
	enum wrap_rc rc = subscriber_by_id(st, v->reader, s, err);

	*shown = true;
	if (!visit_meets(v, s, &rc, err))
		return rc;
	*shown = s->state != SUBSCRIBER_ACTIVE;
	if (*shown) {
		buf_addspan(&home, v->site->base);
		buf_adds(&home, "/");
		rc = page_note(v, 200, "no_choice", NULL, buf_str(&home), "subscribe_again", err);
		buf_clear(&home);
	}
	return rc;
}

enum wrap_rc
choose_get(struct visit *v, struct store *st, struct wrap_err *err)
{
	struct subscriber s = { 0 };
	bool shown;
	enum wrap_rc rc = open_reader(v, st, &s, &shown, err);

	if (rc == WRAP_OK && !shown)
		rc = show_choices(v, &s, 200, NULL, NULL, err);
	subscriber_clear(&s);
	return rc;
}

static enum wrap_rc
ask_for_data(struct visit *v, struct store *st, const struct subscriber *s, struct wrap_err *err)
{
	enum wrap_rc rc = people_ask_data(st, s->id, v->now, &v->letters, err);

	return rc == WRAP_OK ? show_choices(v, s, 200, "data_mailed", NULL, err) : rc;
}

/* The pause asked for, as a time; keep is set for one that is to stay. */
static int64_t
read_pause(const struct visit *v, bool *keep)
{
	const char *weeks = form_get(&v->form, "pause");

	*keep = weeks == NULL || strcmp(weeks, "keep") == 0;
	for (size_t i = 1; !*keep && i < sizeof(pauses) / sizeof(pauses[0]); i++)
		if (strtol(weeks, NULL, 10) == pauses[i])
			return v->now + (int64_t)pauses[i] * WEEK_S;
	return 0;
}

static enum wrap_rc
save(struct visit *v, struct store *st, struct subscriber *s, struct wrap_err *err)
{
	char source[SOURCE_TEXT], *topics = topics_of_form(&v->form);
	struct people_act act = { .now = v->now, .source = visit_source(v, source) };
	struct people_choice choice = { .topics = topics,
		.name = form_get(&v->form, "name"),
		.language = form_get(&v->form, "language") };
	const struct config *c = v->site->c;
	bool many = c->n_topics + (c->edition.other != NULL ? 1 : 0) > 1;
	struct wrap_err why;
	enum wrap_rc rc;

	if (choice.language == NULL)
		choice.language = s->language;
	choice.paused_until = read_pause(v, &choice.keep_pause);
	if (topics == NULL) {
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	} else if (many && topics[0] == '\0') {
		rc = show_choices(v, s, 422, NULL, "choose_none", err);
	} else {
		struct subscriber now;

		rc = people_choose(st, c, s->id, &choice, &act, &now, &why);
		if (rc == WRAP_EINVAL) {
			rc = show_choices(v, s, 422, NULL, "choose_wrong", err);
		} else if (rc == WRAP_OK) {
			v->tongue = site_tongue(v->site, now.language, v->tongue);
			rc = show_choices(v, &now, 200, "choose_saved", NULL, err);
			subscriber_clear(&now);
		} else {
			*err = why;
		}
	}
	free(topics);
	return rc;
}

enum wrap_rc
choose_post(struct visit *v, struct store *st, struct wrap_err *err)
{
	struct subscriber s = { 0 };
	bool shown;
	enum wrap_rc rc = open_reader(v, st, &s, &shown, err);

	if (rc == WRAP_OK && !shown)
		rc = form_get(&v->form, "data") != NULL ? ask_for_data(v, st, &s, err)
		     : form_get(&v->form, "save") != NULL
			 ? save(v, st, &s, err)
			 : show_choices(v, &s, 200, NULL, NULL, err);
	subscriber_clear(&s);
	return rc;
}
