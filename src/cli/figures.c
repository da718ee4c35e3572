/*
 * Figures of editions and readers for status and report, as parts of a page and of a JSON answer.
 */
#include "figures.h"

#include <stdlib.h>
#include <string.h>

#define WEEK (7 * 86400)

/* ---- an edition's readers ------------------------------------------------------------------------------ */

enum wrap_rc
edition_figures_read(
    struct cli *cli, const struct edition *e, struct edition_figures *out, struct wrap_err *err)
{
	enum wrap_rc rc = figure_ledger(cli->store, e->id, &out->l, err);

	out->e = (struct edition){ .id = e->id,
		.state = e->state,
		.created_at = e->created_at,
		.sealed_at = e->sealed_at,
		.ended_at = e->ended_at,
		.subject = str_dup(e->subject),
		.hold = str_dup(e->hold) };
	memcpy(out->e.key, e->key, sizeof(out->e.key));
	out->missed = 0;
	if (rc == WRAP_OK && e->sealed_at != 0)
		rc = figure_missed(cli->store, e, &out->missed, err);
	if (rc == WRAP_OK)
		rc = figure_stories(cli->store, e->id, &out->stories, &out->topics, err);
	if (rc == WRAP_OK && out->e.subject == NULL)
		rc = wrap_fail(err, WRAP_ENOMEM, "out of memory");
	if (rc != WRAP_OK)
		edition_figures_clear(out);
	return rc;
}

void
edition_figures_clear(struct edition_figures *f)
{
	edition_clear(&f->e);
	*f = (struct edition_figures){ 0 };
}

int64_t
edition_figures_open(const struct edition_figures *f)
{
	return f->l.counts[DELIVERY_QUEUED] + f->l.counts[DELIVERY_SENDING] +
	       f->l.counts[DELIVERY_INDOUBT];
}

bool
edition_figures_sound(const struct edition_figures *f)
{
	int64_t sum = 0;

	for (int i = 0; i < DELIVERY_STATES; i++)
		sum += f->l.counts[i];
	return sum == f->l.readers && f->missed == 0;
}

void
edition_figures_verdict(struct sheet *p, const struct edition_figures *f)
{
	int64_t open = edition_figures_open(f), held = f->l.counts[DELIVERY_HELD];

	if (f->e.sealed_at == 0)
		sheet_note(p, SHEET_QUIET, sheet_say(p, "report_not_sealed"));
	else if (f->missed > 0)
		sheet_note(p, SHEET_BAD, sheet_count(p, "report_missed", f->missed, NULL, 0));
	else if (!edition_figures_sound(f))
		sheet_note(p, SHEET_BAD, sheet_say(p, "report_damaged"));
	else if (open > 0 || held > 0)
		sheet_note(p, SHEET_WARN,
		    sheet_fill(p, "report_going_on",
			(struct phrase_value[]){
			    { "open", sheet_number(p, open) }, { "held", sheet_number(p, held) } },
			2));
	else
		sheet_note(
		    p, SHEET_GOOD, sheet_count(p, "report_accounted", f->l.readers, NULL, 0));
	if (f->l.forgotten > 0)
		sheet_note(
		    p, SHEET_QUIET, sheet_count(p, "report_forgotten", f->l.forgotten, NULL, 0));
}

json_t *
edition_figures_json(const struct edition_figures *f)
{
	json_t *counts = json_object();

	for (int i = 0; i < DELIVERY_STATES; i++)
		(void)json_object_set_new(counts, delivery_state_name((enum delivery_state)i),
		    json_integer((json_int_t)f->l.counts[i]));
	return json_pack("{s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:I,s:I,s:o,s:I,s:I,s:I,s:b}", "key",
	    f->e.key, "state", edition_state_name(f->e.state), "subject", f->e.subject, "created",
	    cli_json_time(f->e.created_at), "sealed", cli_json_time(f->e.sealed_at), "ended",
	    cli_json_time(f->e.ended_at), "hold", cli_json_text(f->e.hold), "stories",
	    (json_int_t)f->stories, "topics", (json_int_t)f->topics, "deliveries", counts,
	    "readers", (json_int_t)f->l.readers, "forgotten", (json_int_t)f->l.forgotten, "missed",
	    (json_int_t)f->missed, "accounted", edition_figures_sound(f));
}

/* ---- the newest editions --------------------------------------------------------------------------------- */

struct ids {
	int64_t v[FIGURE_WEEKS];
	size_t n;
};

static enum wrap_rc
keep_sealed(void *ctx, const struct edition *e, struct wrap_err *err)
{
	struct ids *l = ctx;

	(void)err;
	if (e->sealed_at == 0)
		return WRAP_OK;
	if (l->n == FIGURE_WEEKS)
		memmove(l->v, l->v + 1, --l->n * sizeof(l->v[0]));
	l->v[l->n++] = e->id;
	return WRAP_OK;
}

enum wrap_rc
editions_figures_read(struct cli *cli, struct editions_figures *out, struct wrap_err *err)
{
	struct ids l = { .n = 0 };
	enum wrap_rc rc = edition_each(cli->store, keep_sealed, &l, err);

	*out = (struct editions_figures){ .n = 0 };
	for (size_t i = 0; rc == WRAP_OK && i < l.n; i++) {
		struct edition e;

		rc = edition_by_id(cli->store, l.v[i], &e, err);
		if (rc == WRAP_OK)
			rc = edition_figures_read(cli, &e, &out->v[out->n], err);
		if (rc == WRAP_OK)
			out->n++;
		edition_clear(&e);
	}
	if (rc != WRAP_OK)
		editions_figures_clear(out);
	return rc;
}

void
editions_figures_clear(struct editions_figures *f)
{
	for (size_t i = 0; i < f->n; i++)
		edition_figures_clear(&f->v[i]);
	f->n = 0;
}

/* ---- sections ---------------------------------------------------------------------------------------------- */

enum wrap_rc
figures_words(struct cli *cli, bool html, struct phrasebook **out, const char **language,
    struct wrap_err *err)
{
	const char *ours = cli->config.publication.language;
	struct phrasebook *english = NULL;
	enum wrap_rc rc = phrasebook_open("en", config_template_load, &cli->config, &english, err);

	*out = english;
	*language = "en";
	if (rc != WRAP_OK || !html)
		return rc;
	rc = phrasebook_open(ours, config_template_load, &cli->config, out, err);
	/* A language that has words for readers but none for this page would be a mixture. */
	if (rc == WRAP_OK &&
	    strcmp(phrase(*out, "report_editions"), phrase(english, "report_editions")) == 0) {
		phrasebook_close(out);
		*out = english;
		return WRAP_OK;
	}
	phrasebook_close(&english);
	if (rc == WRAP_OK)
		*language = ours;
	return rc;
}

enum wrap_rc
figures_readers(struct cli *cli, struct sheet *p, json_t *v, struct wrap_err *err)
{
	static const struct sheet_series one[] = { { "report_readers", SHEET_PLAIN } };
	static const char *const names[] = { [SUBSCRIBER_PENDING] = "report_pending",
		[SUBSCRIBER_ACTIVE] = "report_active",
		[SUBSCRIBER_UNSUBSCRIBED] = "report_unsubscribed",
		[SUBSCRIBER_BOUNCED] = "report_bounced",
		[SUBSCRIBER_COMPLAINED] = "report_complained" };
	int64_t n[SUBSCRIBER_COMPLAINED + 1];
	json_t *counts = json_object();
	enum wrap_rc rc = subscriber_counts(cli->store, n, err);

	(void)json_object_set_new(v, "subscribers", counts);
	if (rc != WRAP_OK)
		return rc;
	sheet_section(p, sheet_say(p, "report_readers"));
	sheet_chart(p, "", one, 1, 0);
	for (int i = 0; i <= SUBSCRIBER_COMPLAINED; i++) {
		/* By state, with the one that gets mail first. */
		enum subscriber_state s = i == 0   ? SUBSCRIBER_ACTIVE
					  : i == 1 ? SUBSCRIBER_PENDING
						   : (enum subscriber_state)i;

		sheet_bar(p, sheet_say(p, names[s]), &n[s], NULL);
		(void)json_object_set_new(
		    counts, subscriber_state_name(s), json_integer((json_int_t)n[s]));
	}
	return WRAP_OK;
}

enum wrap_rc
figures_next(struct cli *cli, struct sheet *p, json_t *v, struct wrap_err *err)
{
	const char *shown =
	    json_string_value(json_object_get(json_object_get(v, "edition"), "key"));
	char key[EDITION_KEY], at[CLI_TIME];
	struct edition e = { 0 };
	int64_t due;
	enum wrap_rc rc;

	digest_week(&cli->config, cli->now, key, &due);
	(void)json_object_set_new(
	    v, "this_week", json_pack("{s:s,s:o}", "key", key, "due", cli_json_time(due)));
	rc = edition_by_key(cli->store, key, &e, err);
	if (rc == WRAP_OK && (e.sealed_at != 0 || e.state == EDITION_CANCELLED)) {
		edition_clear(&e);
		digest_week(&cli->config, cli->now + WEEK, key, &due);
		rc = edition_by_key(cli->store, key, &e, err);
	}
	if (rc != WRAP_OK && rc != WRAP_ENOTFOUND)
		return rc;
	(void)json_object_set_new(v, "next",
	    json_pack("{s:s,s:o,s:s,s:o}", "key", key, "due", cli_json_time(due), "state",
		rc == WRAP_OK ? edition_state_name(e.state) : "none", "hold",
		cli_json_text(rc == WRAP_OK ? e.hold : NULL)));
	if (cli->config.publication.slot == NULL)
		sheet_fact(p, SHEET_PLAIN, "next", "%s, with the first wrap run of its week", key);
	else
		sheet_fact(p, SHEET_PLAIN, "next", "%s, due %s", key, cli_time(due, at));
	/* Of an edition that was shown already, its hold was too. */
	if (rc == WRAP_OK && e.hold != NULL && strcmp(key, shown == NULL ? "" : shown) != 0)
		sheet_fact(p, SHEET_WARN, "", "HELD: %s", e.hold);
	else if (rc == WRAP_OK && e.hold == NULL)
		sheet_fact(p, SHEET_PLAIN, "", "%s: %s", edition_state_name(e.state), e.subject);
	edition_clear(&e);
	return WRAP_OK;
}

/* Who came, or who went: week by week, both on one scale. */
static void
draw_growth(struct sheet *p, const struct week_figures *w, int64_t most, bool gone)
{
	static const struct sheet_series came[] = { { "report_joined", SHEET_GOOD } };
	static const struct sheet_series went[] = { { "report_unsubscribed", SHEET_WARN },
		{ "report_bounced", SHEET_QUIET }, { "report_complained", SHEET_BAD } };

	sheet_chart(p, sheet_say(p, gone ? "report_left" : "report_joined"), gone ? went : came,
	    gone ? 3 : 1, most);
	for (size_t i = 0; i < FIGURE_WEEKS; i++) {
		int64_t left[] = { w[i].unsubscribed, w[i].bounced, w[i].complained };

		sheet_bar(p, sheet_day(p, w[i].from), gone ? left : &w[i].joined, NULL);
	}
}

enum wrap_rc
figures_growth(struct cli *cli, struct sheet *p, json_t *v, struct wrap_err *err)
{
	struct week_figures w[FIGURE_WEEKS];
	json_t *list = json_array();
	struct phrase_value weeks = { "n", NULL };
	int64_t most = 0, joined = 0, gone = 0;
	enum wrap_rc rc = figure_weeks(cli->store, cli->now + 1, w, FIGURE_WEEKS, err);

	(void)json_object_set_new(v, "weeks", list);
	if (rc != WRAP_OK)
		return rc;
	for (size_t i = 0; i < FIGURE_WEEKS; i++) {
		int64_t left = w[i].unsubscribed + w[i].bounced + w[i].complained;

		most = w[i].joined > most ? w[i].joined : most;
		most = left > most ? left : most;
		joined += w[i].joined;
		gone += left;
		(void)json_array_append_new(
		    list, json_pack("{s:o,s:I,s:I,s:I,s:I}", "from", cli_json_time(w[i].from),
			      "joined", (json_int_t)w[i].joined, "unsubscribed",
			      (json_int_t)w[i].unsubscribed, "bounced", (json_int_t)w[i].bounced,
			      "complained", (json_int_t)w[i].complained));
	}
	weeks.text = sheet_number(p, FIGURE_WEEKS);
	sheet_section(p, sheet_say(p, "report_growth"));
	if (most == 0) {
		sheet_note(p, SHEET_QUIET, sheet_fill(p, "report_no_growth", &weeks, 1));
		return WRAP_OK;
	}
	if (joined > 0)
		draw_growth(p, w, most, false);
	else
		sheet_note(p, SHEET_QUIET, sheet_fill(p, "report_no_joined", &weeks, 1));
	if (gone > 0)
		draw_growth(p, w, most, true);
	else
		sheet_note(p, SHEET_QUIET, sheet_fill(p, "report_no_left", &weeks, 1));
	return WRAP_OK;
}

/* ---- bounces by provider ------------------------------------------------------------------------------------- */

struct providers_seen {
	struct sheet *p;
	json_t *list;
};

static enum wrap_rc
see_provider(void *ctx, const struct provider_figures *f, struct wrap_err *err)
{
	static const struct sheet_series kinds[] = { { "report_hard", SHEET_BAD },
		{ "report_soft", SHEET_WARN }, { "report_complaints", SHEET_QUIET } };
	struct providers_seen *s = ctx;
	int64_t parts[] = { f->hard, f->soft, f->complaint };

	(void)err;
	if (json_array_size(s->list) == 0)
		sheet_chart(s->p, "", kinds, 3, 0);
	sheet_bar(s->p, f->name, parts, NULL);
	(void)json_array_append_new(s->list,
	    json_pack("{s:s,s:I,s:I,s:I}", "provider", f->name, "hard", (json_int_t)f->hard, "soft",
		(json_int_t)f->soft, "complaints", (json_int_t)f->complaint));
	return WRAP_OK;
}

enum wrap_rc
figures_providers(struct cli *cli, int64_t edition_id, int64_t since, struct sheet *p, json_t *v,
    struct wrap_err *err)
{
	struct providers_seen s = { .p = p, .list = json_array() };
	enum wrap_rc rc;

	(void)json_object_set_new(v, "bounces", s.list);
	sheet_section(p, sheet_say(p, "report_providers"));
	rc = figure_providers(
	    cli->store, edition_id, since, FIGURE_PROVIDERS, see_provider, &s, err);
	if (rc == WRAP_OK && json_array_size(s.list) == 0)
		sheet_note(p, SHEET_QUIET, sheet_say(p, "report_none"));
	return rc;
}

/* ---- feeds ------------------------------------------------------------------------------------------------------ */

struct feeds_seen {
	struct cli *cli;
	struct sheet *p;
	json_t *list;
	size_t n, failing, held;
	bool drawn;
};

static enum wrap_rc
see_feed(void *ctx, const struct feed *f, struct wrap_err *err)
{
	struct feeds_seen *s = ctx;
	int64_t fresh;
	enum wrap_rc rc =
	    article_feed_count(s->cli->store, f->id, s->cli->now - 4 * WEEK, &fresh, err);

	if (rc != WRAP_OK)
		return rc;
	s->n++;
	s->failing += f->failures > 0;
	s->held += f->hold != NULL;
	(void)json_array_append_new(
	    s->list, json_pack("{s:s,s:s,s:o,s:o,s:i,s:o,s:o,s:I}", "name", f->name, "url", f->url,
			 "last_good", cli_json_time(f->last_good_at), "next_check",
			 cli_json_time(f->next_check_at), "failures", f->failures, "error",
			 cli_json_text(f->error), "hold", cli_json_text(f->hold),
			 "articles_4_weeks", (json_int_t)fresh));
	if (f->hold != NULL)
		sheet_fact(s->p, SHEET_BAD, f->name, "%s",
		    sheet_fill(
			s->p, "report_feed_held", &(struct phrase_value){ "why", f->hold }, 1));
	else if (f->failures > 0)
		sheet_fact(s->p, SHEET_WARN, f->name, "%s",
		    sheet_count(s->p, "report_feed_failed", f->failures,
			(struct phrase_value[]){ { "date", sheet_time(s->p, f->last_good_at) },
			    { "why", f->error == NULL ? "?" : f->error } },
			2));
	return WRAP_OK;
}

static void
draw_feeds(struct sheet *p, const json_t *list)
{
	static const struct sheet_series one[] = { { "report_articles", SHEET_PLAIN } };
	size_t i;
	json_t *f;

	sheet_chart(p, sheet_say(p, "report_articles"), one, 1, 0);
	json_array_foreach(list, i, f)
	{
		int64_t n = json_integer_value(json_object_get(f, "articles_4_weeks"));

		sheet_bar(p, json_string_value(json_object_get(f, "name")), &n, NULL);
	}
}

enum wrap_rc
figures_feeds(struct cli *cli, struct sheet *p, json_t *v, struct wrap_err *err)
{
	struct feeds_seen s = { .cli = cli, .p = p, .list = json_array() };
	int64_t articles = 0;
	enum wrap_rc rc;

	(void)json_object_set_new(v, "feeds", s.list);
	sheet_section(p, sheet_say(p, "report_feeds"));
	rc = article_count(cli->store, &articles, err);
	if (rc == WRAP_OK)
		rc = feed_each(cli->store, see_feed, &s, err);
	(void)json_object_set_new(v, "articles", json_integer((json_int_t)articles));
	if (rc == WRAP_OK && s.n == 0)
		sheet_note(p, SHEET_WARN, sheet_say(p, "report_no_feeds"));
	else if (rc == WRAP_OK)
		sheet_note(p, SHEET_PLAIN,
		    sheet_fill(p, "report_feeds_sum",
			(struct phrase_value[]){ { "known", sheet_number(p, (int64_t)s.n) },
			    { "failing", sheet_number(p, (int64_t)s.failing) },
			    { "held", sheet_number(p, (int64_t)s.held) },
			    { "articles", sheet_number(p, articles) } },
			4));
	if (rc == WRAP_OK && s.n > 0)
		draw_feeds(p, s.list);
	return rc;
}
